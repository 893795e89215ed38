package services

import (
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// move is one row of the table of what may befall an appointment.
type move struct {
	verb   domain.Verb
	from   []domain.Status
	by     []Side
	to     domain.Status // "" = as it was
	open   func(a *domain.Appointment) time.Time
	close  func(a *domain.Appointment) time.Time
	reason []Side // who must say why
}

// The windows of the moves.
const (
	earlyArrival = time.Hour           // before the start
	lateArrival  = 2 * time.Hour       // after the end
	missGrace    = 10 * time.Minute    // after the start, before anybody counts as missing
	lateOutcome  = 7 * 24 * time.Hour  // after the end
	lateRating   = 90 * 24 * time.Hour // after the end; the product's own choice
)

// moves is the one table of who may do what to an appointment, and until when.
// Every window begins at open, if given, and ends at close, both included.
var moves = []move{
	{domain.Confirm, []domain.Status{domain.Held}, []Side{SideOffice}, domain.Booked, nil, atStart, nil},
	{domain.Cancel, []domain.Status{domain.Held, domain.Booked}, []Side{SideResident}, domain.Cancelled, nil, atStart, nil},
	{domain.Cancel, []domain.Status{domain.Held, domain.Booked}, []Side{SideAdvisor, SideOffice}, domain.Cancelled, nil, atEnd, []Side{SideAdvisor, SideOffice}},
	{domain.Reschedule, []domain.Status{domain.Held, domain.Booked}, []Side{SideResident, SideOffice}, "", nil, atStart, nil},
	{domain.Arrive, []domain.Status{domain.Booked}, []Side{SideResident, SideAdvisor, SideOffice}, domain.Arrived, after(-earlyArrival), untilEnd(lateArrival), nil},
	{domain.Complete, []domain.Status{domain.Booked, domain.Arrived}, []Side{SideAdvisor}, domain.Done, after(0), untilEnd(lateOutcome), nil},
	{domain.Miss, []domain.Status{domain.Booked}, []Side{SideResident, SideAdvisor, SideOffice}, domain.Missed, after(missGrace), untilEnd(lateOutcome), nil},
	{domain.Rate, []domain.Status{domain.Done}, []Side{SideServed, SideOffice}, "", nil, untilEnd(lateRating), nil},
}

func atStart(a *domain.Appointment) time.Time { return a.Start }
func atEnd(a *domain.Appointment) time.Time   { return a.End }

func after(d time.Duration) func(*domain.Appointment) time.Time {
	return func(a *domain.Appointment) time.Time { return a.Start.Add(d) }
}

func untilEnd(d time.Duration) func(*domain.Appointment) time.Time {
	return func(a *domain.Appointment) time.Time { return a.End.Add(d) }
}

// Can answers what the one who sees the appointment may do to it now.
func (s *Seen) Can(now time.Time) []domain.Verb {
	var can []domain.Verb
	for _, m := range moves {
		if slices.Contains(can, m.verb) {
			continue
		}
		if _, err := judgeMove(&s.Appointment, m.verb, s.stand(), now); err == nil {
			can = append(can, m.verb)
		}
	}
	return can
}

// stand answers as what the one who sees the appointment stands in the table.
func (s *Seen) stand() Side {
	if s.Served && s.Side == SideResident {
		return SideServed
	}
	return s.Side
}

// judgeMove answers the row by which a side may do the verb now, or why not.
// The one served may do whatever the resident's side may.
func judgeMove(a *domain.Appointment, verb domain.Verb, side Side, now time.Time) (*move, error) {
	known := false
	for i := range moves {
		m := &moves[i]
		may := slices.Contains(m.by, side) || side == SideServed && slices.Contains(m.by, SideResident)
		if m.verb != verb || !may {
			continue
		}
		known = true
		if !slices.Contains(m.from, a.Status) {
			continue
		}
		if m.open != nil && now.Before(m.open(a)) {
			return nil, domain.Fault(domain.Conflict, "too_early")
		}
		if now.After(m.close(a)) {
			return nil, domain.Fault(domain.Conflict, "too_late")
		}
		if verb == domain.Rate && a.Rating != nil {
			return nil, domain.Fault(domain.Conflict, "rated_already")
		}
		return m, nil
	}
	if !known {
		return nil, domain.ErrForbidden
	}
	return nil, domain.Fault(domain.Conflict, "wrong_status")
}

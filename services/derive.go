package services

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"villagecounsel/services/domain"
)

// derive writes what follows from one event.
func (r *Relay) derive(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	steps := []func(context.Context, *domain.Appointment, *domain.Event) error{
		r.journals, r.month, r.recordBooking, r.clients, r.tell, r.remind, r.tellWaiting, r.audit,
	}
	for _, step := range steps {
		if err := step(ctx, a, e); err != nil {
			return err
		}
	}
	return nil
}

// journals notes an appointment for all who see it in their list.
func (r *Relay) journals(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	if e.Verb != domain.Book && e.Verb != domain.Reschedule {
		return nil
	}
	for _, person := range uniq(a.Resident, a.Booker, a.Advisor) {
		if err := r.journal(ctx, person, a); err != nil {
			return err
		}
	}
	return nil
}

func (r *Relay) journal(ctx context.Context, person string, a *domain.Appointment) error {
	return put(ctx, r.Data.Journals, person, domain.Attended{Appointment: a.ID, Start: a.Start}, false,
		func(at domain.Attended) string { return at.Appointment })
}

// month keeps the month sheet of the village's town. Events may come in any
// order: the sheet takes the state of the newest.
func (r *Relay) month(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	here := monthID(domain.TownOf(a.Village), monthOf(domain.DayOf(a.Start)))
	item := domain.MonthItem{Appointment: a.ID, Advisor: a.Advisor, Village: a.Village, Start: a.Start, End: a.End,
		Channel: a.Channel, Status: a.Status, Seq: len(a.Events), Hidden: a.ConcernsVillage}
	_, err := r.Data.Months.Upsert(ctx, here, func(m *domain.MonthSheet) error {
		i := slices.IndexFunc(m.Items, func(it domain.MonthItem) bool { return it.Appointment == a.ID })
		switch {
		case i < 0:
			m.Items = append(m.Items, item)
		case m.Items[i].Seq >= item.Seq:
			return domain.ErrUnchanged
		default:
			m.Items[i] = item
		}
		return nil
	})
	if err != nil || e.Freed.IsZero() {
		return err
	}
	before := monthID(domain.TownOf(e.FreedVillage), monthOf(domain.DayOf(e.Freed)))
	if before == here {
		return nil
	}
	_, err = r.Data.Months.Upsert(ctx, before, func(m *domain.MonthSheet) error {
		n := len(m.Items)
		m.Items = slices.DeleteFunc(m.Items, func(it domain.MonthItem) bool { return it.Appointment == a.ID })
		if len(m.Items) == n {
			return domain.ErrUnchanged
		}
		return nil
	})
	return err
}

// clients remembers whom the advisor has been consulted by.
func (r *Relay) clients(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	if e.Verb != domain.Book {
		return nil
	}
	hash := clientHash(r.Data.Hash, a.Name.Reveal())
	_, err := r.Data.Clients.Upsert(ctx, a.Advisor, func(c *domain.Clients) error {
		if slices.Contains(c.Names, hash) {
			return domain.ErrUnchanged
		}
		c.Names = append(c.Names, hash)
		return nil
	})
	return err
}

// audit notes what the office did to an appointment.
func (r *Relay) audit(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	if e.ByKind != domain.TownStaff && e.ByKind != domain.DistrictKind {
		return nil
	}
	return writeAudit(ctx, r.Data, domain.AuditLine{ID: a.ID + "." + strconv.Itoa(e.Seq), At: e.At, By: e.By,
		Kind: e.ByKind, Verb: string(e.Verb), Subject: a.ID, Purpose: e.Reason})
}

// offerTurns tells the stand-ins of the villages that a leave leaves without
// their main advisor: once, with the change of the diary that the leave came
// with.
func (r *Relay) offerTurns(ctx context.Context, d *domain.Diary, edition int64) error {
	now := r.Now()
	for _, c := range d.Closures {
		if c.Edition != edition || c.To.Before(now) {
			continue
		}
		for _, post := range d.Posts {
			if post.Role != domain.Main || domain.DayOf(c.To) < post.From || post.To < domain.DayOf(c.From) {
				continue
			}
			bench, err := r.Data.Benches.Get(ctx, post.Village)
			if errors.Is(err, domain.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			for _, seat := range bench.Seats {
				if seat.Role != domain.StandIn || !inTerm(seat, domain.DayOf(c.From)) {
					continue
				}
				n := domain.Notice{ID: c.ID + "." + post.Village, Kind: domain.NoticeTurn, At: now, Advisor: d.ID,
					Village: post.Village, Start: c.From, End: c.To}
				if err := r.notify(ctx, seat.Advisor, n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func inTerm(seat domain.Seat, day domain.Day) bool { return seat.From <= day && day <= seat.To }

// uniq answers the names that are not empty, each once.
func uniq(names ...string) []string {
	var out []string
	for _, n := range names {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

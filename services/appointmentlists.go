package services

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// Filter narrows a list of appointments.
type Filter struct {
	Status   domain.Status // "" = all
	From, To domain.Day    // inclusive; "" = no bound
	After    Cursor        // the last one of the page before
	Limit    int
}

// Cursor names one appointment in a list.
type Cursor struct {
	Start time.Time
	ID    string
}

// order puts the latest start first.
func order(x, y Cursor) int { return cmp.Or(y.Start.Compare(x.Start), cmp.Compare(x.ID, y.ID)) }

// Appointments lists appointments, the latest start first: a person's own, an
// advisor's, a village's by time, place and channel for its people, an area's
// for its office.
func (s *Booking) Appointments(ctx context.Context, actor domain.Actor, f Filter) (items []Seen, next Cursor, err error) {
	if err := May(actor, ActAppointments); err != nil {
		return nil, Cursor{}, err
	}
	var all []Cursor
	if !isStaff(actor) {
		if all, err = s.own(ctx, actor); err != nil {
			return nil, Cursor{}, err
		}
	}
	if isStaff(actor) || isVillagePeople(actor) {
		if all, err = s.addMonths(ctx, actor, f, all); err != nil {
			return nil, Cursor{}, err
		}
	}
	slices.SortFunc(all, order)
	told := make(map[string]bool, len(all))
	var last Cursor
	for _, l := range all {
		if told[l.ID] || !f.spans(l.Start) { // a start from before a move may lie outside
			continue
		}
		told[l.ID] = true
		if !f.After.Start.IsZero() && order(l, f.After) <= 0 {
			continue
		}
		if len(items) == f.Limit {
			return items, last, nil
		}
		a, err := s.Data.Appointments.Get(ctx, l.ID)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, Cursor{}, err
		}
		if SideOf(actor, &a) == SideNone || f.Status != "" && a.Status != f.Status || !f.spans(a.Start) {
			continue
		}
		seen, err := s.see(ctx, actor, a)
		if err != nil {
			return nil, Cursor{}, err
		}
		items, last = append(items, seen), l
	}
	return items, Cursor{}, nil
}

func (f *Filter) spans(t time.Time) bool {
	day := domain.DayOf(t)
	return (f.From == "" || f.From <= day) && (f.To == "" || day <= f.To)
}

// own gathers a person's appointments: the journal tells of all, the sheet and
// the diary of those that the relay has not passed on yet.
func (s *Booking) own(ctx context.Context, actor domain.Actor) ([]Cursor, error) {
	var all []Cursor
	if actor.Kind == domain.AdvisorKind {
		d, err := s.Data.Diaries.Get(ctx, actor.ID)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return nil, err
		}
		for _, b := range d.Taken {
			all = append(all, Cursor{b.From, b.Appointment})
		}
	} else {
		sheet, err := s.Data.Sheets.Get(ctx, actor.ID)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return nil, err
		}
		for _, o := range sheet.Open {
			all = append(all, Cursor{o.Start, o.Appointment})
		}
	}
	err := walk(ctx, s.Data.Journals, actor.ID, func(at domain.Attended) bool {
		all = append(all, Cursor{at.Start, at.Appointment})
		return true
	})
	return all, err
}

// monthsSpan is how many days lie between the first and the last that a list
// from month sheets covers.
const monthsSpan = 30

// addMonths gathers the appointments of a village or an area from the month
// sheets of its towns; without a range, those of the coming 31 days.
func (s *Booking) addMonths(ctx context.Context, actor domain.Actor, f Filter, all []Cursor) ([]Cursor, error) {
	from, to := f.From, f.To
	switch {
	case from == "" && to == "":
		from = domain.DayOf(s.Now())
		to = from.Add(monthsSpan)
	case from == "":
		from = to.Add(-monthsSpan)
	default:
		to = cmp.Or(to, from.Add(monthsSpan))
	}
	towns := s.Places.TownsIn(cmp.Or(actor.Area, actor.Village))
	for _, town := range towns {
		for month := monthOf(from); month <= monthOf(to); month = nextMonth(month) {
			sheet, err := s.Data.Months.Get(ctx, monthID(town, month))
			if errors.Is(err, domain.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			for _, it := range sheet.Items {
				day := domain.DayOf(it.Start)
				mine := isStaff(actor) || it.Village == actor.Village && !it.Hidden
				if mine && from <= day && day <= to {
					all = append(all, Cursor{it.Start, it.Appointment})
				}
			}
		}
	}
	return all, nil
}

func monthOf(d domain.Day) string { return string(d[:7]) }

func nextMonth(month string) string {
	return monthOf(domain.Day(month + "-01").Add(31))
}

func monthID(town, month string) string { return town + "|" + month }

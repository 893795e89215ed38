package services

import (
	"context"
	"errors"
	"slices"

	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

// LogFilter narrows a list of service logs.
type LogFilter struct {
	Advisor, Village, Appointment string           // "" = any
	Status                        domain.LogStatus // "" = any
	From, To                      domain.Day       // inclusive; both empty = the last 31 days
	After                         Cursor           // the last one of the page before
	Limit                         int
}

// List lists service logs, the latest start first: to an advisor and to who
// served together their own, to the people of a village those of the village,
// to the office those of its area. Whom an appointment was for asks by it.
func (s *Logs) List(ctx context.Context, actor domain.Actor, f LogFilter) (items []SeenLog, next Cursor, err error) {
	if err := May(actor, ActLogs); err != nil {
		return nil, Cursor{}, err
	}
	if f.Appointment != "" {
		return s.listOne(ctx, actor, &f)
	}
	if actor.Kind == domain.Resident {
		return nil, Cursor{}, domain.InvalidField("appointment", "required")
	}
	f.span(domain.DayOf(s.Now()))
	rows, err := s.rows(ctx, actor, &f)
	if err != nil {
		return nil, Cursor{}, err
	}
	var last Cursor
	for i, at := range rows {
		if i > 0 && at == rows[i-1] || f.After.ID != "" && order(at, f.After) <= 0 {
			continue
		}
		if len(items) == f.Limit {
			return items, last, nil
		}
		l, err := s.Data.Logs.Get(ctx, at.ID)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, Cursor{}, err
		}
		if SideOfLog(actor, &l) == SideNone || !f.fits(&l) {
			continue
		}
		seen, err := s.see(ctx, actor, l)
		if err != nil {
			return nil, Cursor{}, err
		}
		items, last = append(items, seen), at
	}
	return items, Cursor{}, nil
}

func (s *Logs) listOne(ctx context.Context, actor domain.Actor, f *LogFilter) ([]SeenLog, Cursor, error) {
	seen, err := s.Log(ctx, actor, logOf(s.Data, f.Appointment))
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return nil, Cursor{}, nil
	case err != nil:
		return nil, Cursor{}, err
	case seen.Side == SideVillage, !f.fits(&seen.ServiceLog): // the village does not know which appointment it was
		return nil, Cursor{}, nil
	}
	seen.SignIns = nil
	return []SeenLog{seen}, Cursor{}, nil
}

// span completes the range: what is missing follows from the other, or from
// today.
func (f *LogFilter) span(today domain.Day) {
	switch {
	case f.From == "" && f.To == "":
		f.From, f.To = today.Add(-monthsSpan), today
	case f.From == "":
		f.From = f.To.Add(-monthsSpan)
	case f.To == "":
		f.To = f.From.Add(monthsSpan)
	}
}

func (f *LogFilter) fits(l *domain.ServiceLog) bool {
	v := l.Now()
	day := domain.DayOf(v.Start)
	return (f.Advisor == "" || f.Advisor == l.Advisor) && (f.Village == "" || f.Village == v.Village) &&
		(f.Status == "" || f.Status == l.Status) && (f.From == "" || f.From <= day) && (f.To == "" || day <= f.To)
}

// rows gathers the logs from the ledgers that may name one that the actor sees,
// in the order of the list.
func (s *Logs) rows(ctx context.Context, actor domain.Actor, f *LogFilter) ([]Cursor, error) {
	var all []Cursor
	for _, owner := range s.owners(actor, f) {
		for month := monthOf(f.From); month <= monthOf(f.To); month = nextMonth(month) {
			l, err := s.Data.Ledgers.Get(ctx, lifecycle.LedgerID(owner, month))
			if errors.Is(err, domain.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			for _, row := range l.Rows {
				day := domain.DayOf(row.Start)
				if row.Kind == domain.ServiceFact && f.From <= day && day <= f.To && (f.Advisor == "" || f.Advisor == row.Advisor) {
					all = append(all, Cursor{row.Start, row.Ref})
				}
			}
		}
	}
	slices.SortFunc(all, order)
	return all, nil
}

// owners answers whose ledgers a list is made from.
func (s *Logs) owners(actor domain.Actor, f *LogFilter) []string {
	switch {
	case isStaff(actor) && f.Village != "":
		return []string{f.Village}
	case isStaff(actor) && f.Advisor != "":
		return []string{f.Advisor}
	case isStaff(actor):
		var all []string
		for _, town := range s.Places.TownsIn(actor.Area) {
			all = append(all, town)
			for _, v := range s.Places.Town(town) {
				all = append(all, v.Code)
			}
		}
		return all
	case isVillagePeople(actor):
		return uniq(actor.ID, actor.Village)
	}
	return []string{actor.ID}
}

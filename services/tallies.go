package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

// Tallies are the verbs of monthly figures (月度统计): they are folded from the
// ledgers each time they are asked for, and kept nowhere.
type Tallies struct {
	Data   Data
	Now    func() time.Time
	Places *Places
}

// MaxTallyMonths bounds how many months are answered at once.
const MaxTallyMonths = 36

// Months answers the figures of an advisor or collaborator, of a village or a
// town's station, or where both are named of that advisor there alone, for the
// months from "2026-01" to "2026-11", both included.
func (s *Tallies) Months(ctx context.Context, actor domain.Actor, advisor, village, from, to string) ([]domain.Tally, error) {
	if err := May(actor, ActTallies); err != nil {
		return nil, err
	}
	owner, err := s.owner(ctx, actor, advisor, village)
	if err != nil {
		return nil, err
	}
	var all []domain.Tally
	for month := from; month <= to; month = nextMonth(month) {
		if len(all) == MaxTallyMonths {
			return nil, domain.InvalidField("to", "too_many_months")
		}
		l, err := s.Data.Ledgers.Get(ctx, lifecycle.LedgerID(owner, month))
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return nil, err
		}
		if advisor != "" && village != "" {
			l.Rows = slices.DeleteFunc(l.Rows, func(f domain.Fact) bool { return f.Village != village })
		}
		all = append(all, lifecycle.TallyOf(&l, month, advisor != ""))
	}
	return all, nil
}

// owner answers whose ledgers are asked for, if the actor may see them: the
// city sees the figures of all.
func (s *Tallies) owner(ctx context.Context, actor domain.Actor, advisor, village string) (string, error) {
	station := domain.IsDigits(village, domain.TownDigits)
	switch {
	case advisor == "" && village == "":
		return "", domain.InvalidField("advisor", "one_of_two")
	case village != "" && !station && !domain.IsVillageCode(village):
		return "", domain.InvalidField("village", "bad_village")
	case advisor != "":
		return advisor, maySeeService(ctx, s.Data, actor, advisor)
	}
	_, known := s.Places.Lookup(village)
	if station {
		known = len(s.Places.Town(village)) > 0
	}
	if !known || actor.Kind == domain.Collaborator {
		return "", domain.ErrNotFound
	}
	if actor.Kind == domain.AdvisorKind {
		d, err := s.Data.Diaries.Get(ctx, actor.ID)
		if err != nil {
			return "", err
		}
		if !servesIn(&d, village, domain.DayOf(s.Now())) {
			return "", domain.ErrNotFound
		}
		return village, nil
	}
	if !inArea(actor, village) {
		return "", domain.ErrNotFound
	}
	return village, nil
}

// RepairTallies folds all chains anew and holds the ledgers to them. It names,
// by ids alone, those that differ, and puts them right.
func RepairTallies(ctx context.Context, data Data) (problems []string, checked int, err error) {
	want, err := foldAll(ctx, data)
	if err != nil {
		return nil, 0, err
	}
	var wrong []string
	for l, err := range data.Ledgers.All(ctx) {
		if err != nil {
			return nil, 0, err
		}
		checked++
		if !sameRows(&l, want[l.ID]) {
			wrong = append(wrong, l.ID)
		}
		delete(want, l.ID)
	}
	all, err := foldAll(ctx, data) // what was written meanwhile is no difference
	if err != nil {
		return nil, checked, err
	}
	for id := range want {
		checked++
		wrong = append(wrong, id)
	}
	slices.Sort(wrong)
	for _, id := range wrong {
		changed := false
		_, err := data.Ledgers.Upsert(ctx, id, func(l *domain.Ledger) error {
			if changed = !sameRows(l, all[id]); !changed {
				return domain.ErrUnchanged
			}
			l.Rows = nil
			if all[id] != nil {
				l.Rows = all[id].Rows
			}
			return nil
		})
		if err != nil {
			return problems, checked, err
		}
		if changed {
			problems = append(problems, fmt.Sprintf("ledger %s: was not what the records say", id))
		}
	}
	return problems, checked, nil
}

func foldAll(ctx context.Context, data Data) (map[string]*domain.Ledger, error) {
	var g lifecycle.Ledgers
	for page, err := range data.Records.All(ctx) {
		if err != nil {
			return nil, err
		}
		owner := ownerOf(page.ID)
		for i := range page.Items {
			g.Add(owner, &page.Items[i])
		}
	}
	return g.All(), nil
}

// sameRows reports whether two ledgers say the same; nil says nothing.
func sameRows(x, y *domain.Ledger) bool {
	if y == nil {
		return len(x.Rows) == 0
	}
	return slices.EqualFunc(x.Rows, y.Rows, func(a, b domain.Fact) bool {
		same := a.Start.Equal(b.Start)
		a.Start, b.Start = time.Time{}, time.Time{}
		return same && a == b
	})
}

package services

import (
	"context"
	"errors"
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// postChanges notes for the record how an import has changed the posts of a
// diary.
func postChanges(before []domain.Post, d *domain.Diary, today domain.Day, now time.Time) []domain.Change {
	same := func(p domain.Post) func(domain.Post) bool {
		return func(q domain.Post) bool { return q.Village == p.Village && q.Role == p.Role && q.From == p.From }
	}
	change := func(kind domain.RecordKind, p domain.Post, from domain.Day) domain.Change {
		return domain.Change{Edition: d.Edition, Kind: kind, Ref: p.Village, Role: p.Role, From: from.Time(), To: p.To.Add(1).Time(), At: now}
	}
	var all []domain.Change
	for _, p := range d.Posts {
		i := slices.IndexFunc(before, same(p))
		switch {
		case i < 0 || before[i].To < p.To:
			all = append(all, change(domain.RecordAssigned, p, p.From))
		case p.To < before[i].To:
			all = append(all, change(domain.RecordUnassigned, p, p.To.Add(1)))
		}
	}
	for _, p := range before {
		if !slices.ContainsFunc(d.Posts, same(p)) {
			all = append(all, change(domain.RecordUnassigned, p, today))
		}
	}
	return all
}

// pointTo writes a pointer for each diary that is about to change, so that the
// relay records the change.
func (r *importRun) pointTo(ctx context.Context, diaries []desired[domain.Diary]) error {
	for _, w := range diaries {
		d, err := r.Data.Diaries.Get(ctx, w.id)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		p := domain.Pointer{Meta: domain.Meta{ID: pointerID(pointDiary, w.id, d.Edition+1)}, Kind: pointDiary,
			Subject: w.id, Edition: d.Edition, At: r.now}
		if err := r.Data.Pending.Insert(ctx, p); err != nil && !errors.Is(err, domain.ErrExists) {
			return err
		}
	}
	return nil
}

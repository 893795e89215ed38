package main

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/huandu/go-clone"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// overlay is a store in memory over a small one: what is changed in it comes to
// the other only when it is flushed. The demo's past is lived through in it at
// the speed of memory. It is for one goroutine.
type overlay struct {
	data    services.Data
	flushes []func(ctx context.Context) error
}

// newOverlay reads the people and their rosters into memory. What has befallen
// them is taken away: an earlier try may have been cut off.
func newOverlay(ctx context.Context, base services.Data) (*overlay, error) {
	o := &overlay{data: base}
	d := &o.data
	d.Digests = noDigests{}
	return o, errors.Join(
		lay(ctx, o, &d.People, false), lay(ctx, o, &d.Directory, false), lay(ctx, o, &d.Advisors, false),
		lay(ctx, o, &d.Benches, false), lay(ctx, o, &d.Calendars, false), lay(ctx, o, &d.Offices, false),
		lay(ctx, o, &d.Diaries, false), lay(ctx, o, &d.Marks, false),

		lay(ctx, o, &d.Sheets, true), lay(ctx, o, &d.Appointments, true), lay(ctx, o, &d.Journals, true),
		lay(ctx, o, &d.Months, true), lay(ctx, o, &d.Clients, true), lay(ctx, o, &d.Waitlists, true),
		lay(ctx, o, &d.Inboxes, true), lay(ctx, o, &d.Audit, true), lay(ctx, o, &d.Pending, true),
		lay(ctx, o, &d.Due, true), lay(ctx, o, &d.Logs, true), lay(ctx, o, &d.SignIns, true),
		lay(ctx, o, &d.Complaints, true), lay(ctx, o, &d.Caseloads, true), lay(ctx, o, &d.Records, true),
		lay(ctx, o, &d.Heads, true), lay(ctx, o, &d.Ledgers, true),
	)
}

// flush writes what was changed. It may be stopped and run again.
func (o *overlay) flush(ctx context.Context) error {
	for _, f := range o.flushes {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// layer is one collection of an overlay.
type layer[T any, P interface {
	*T
	Head() *domain.Meta
}] struct {
	base  services.Docs[T]
	docs  map[string]*T
	below map[string]bool // what lies in the base
	dirty map[string]bool
}

func lay[T any, P interface {
	*T
	Head() *domain.Meta
}](ctx context.Context, o *overlay, docs *services.Docs[T], empty bool) error {
	l := &layer[T, P]{*docs, map[string]*T{}, map[string]bool{}, map[string]bool{}}
	for doc, err := range l.base.All(ctx) {
		if err != nil {
			return err
		}
		id := P(&doc).Head().ID
		if l.below[id] = true; empty {
			l.dirty[id] = true
		} else {
			l.docs[id] = &doc
		}
	}
	o.flushes = append(o.flushes, l.flush)
	*docs = l
	return nil
}

const flushBatch = 500

func (l *layer[T, P]) flush(ctx context.Context) error {
	var fresh []T
	for _, id := range slices.Sorted(maps.Keys(l.dirty)) {
		doc := l.docs[id]
		var err error
		switch {
		case doc == nil && l.below[id]:
			err = l.base.Delete(ctx, id)
		case doc == nil:
		case !l.below[id]:
			fresh = append(fresh, *doc)
		default:
			_, err = l.base.Update(ctx, id, func(to *T) error {
				rev := P(to).Head().Rev
				*to = *doc
				P(to).Head().Rev = rev
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(fresh, flushBatch) {
		if err := l.base.InsertMany(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

func (l *layer[T, P]) Get(_ context.Context, id string) (doc T, err error) {
	if found := l.docs[id]; found != nil {
		return clone.Clone(*found).(T), nil
	}
	return doc, domain.ErrNotFound
}

func (l *layer[T, P]) Insert(_ context.Context, doc T) error {
	id := P(&doc).Head().ID
	if l.docs[id] != nil {
		return domain.ErrExists
	}
	l.put(id, doc)
	return nil
}

func (l *layer[T, P]) InsertMany(ctx context.Context, docs []T) error {
	for _, doc := range docs {
		if err := l.Insert(ctx, doc); err != nil {
			return err
		}
	}
	return nil
}

func (l *layer[T, P]) Update(ctx context.Context, id string, change func(*T) error) (T, error) {
	doc, err := l.Get(ctx, id)
	if err != nil {
		return doc, err
	}
	return l.change(doc, id, change)
}

func (l *layer[T, P]) Upsert(ctx context.Context, id string, change func(*T) error) (T, error) {
	doc, _ := l.Get(ctx, id)
	P(&doc).Head().ID = id
	return l.change(doc, id, change)
}

func (l *layer[T, P]) change(doc T, id string, change func(*T) error) (T, error) {
	switch err := change(&doc); {
	case errors.Is(err, domain.ErrUnchanged):
		return doc, nil
	case err != nil:
		return doc, err
	}
	l.put(id, doc)
	return doc, nil
}

func (l *layer[T, P]) put(id string, doc T) {
	kept := clone.Clone(doc).(T)
	l.docs[id], l.dirty[id] = &kept, true
}

func (l *layer[T, P]) Delete(_ context.Context, id string) error {
	delete(l.docs, id)
	l.dirty[id] = true
	return nil
}

func (l *layer[T, P]) All(context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(l.docs)) {
			if doc := l.docs[id]; doc != nil && !yield(clone.Clone(*doc).(T), nil) {
				return
			}
		}
	}
}

// noDigests keeps none: what is made up today was not written down back then.
type noDigests struct{}

func (noDigests) Put(context.Context, domain.Day, []byte) error { return domain.ErrExists }

func (noDigests) All(context.Context) iter.Seq2[services.Digest, error] {
	return func(func(services.Digest, error) bool) {}
}

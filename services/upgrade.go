package services

import (
	"context"
	"errors"
	"fmt"
	"time"

	"villagecounsel/services/domain"
)

// upgrades bring a store from the form of their place to the next. A step may
// be stopped anywhere and run again.
var upgrades = map[int]func(ctx context.Context, data Data, now time.Time) error{
	1: recordWhatBefell,
}

// Upgrade does what the documents of a store need to come from one form to the
// next, beyond being written again.
func Upgrade(ctx context.Context, data Data, from int, now time.Time) error {
	step, ok := upgrades[from]
	if !ok {
		return fmt.Errorf("upgrade from form %d: no such step", from)
	}
	return step(ctx, data, now)
}

// pointBookings is the kind of pointer to an appointment whose events are to be
// recorded once more. Passing on the events themselves would be too much: lists
// know what was put lately alone, so that people would be told again of what is
// long past.
const pointBookings = "bookings"

// recordWhatBefell has the relay record what befell before there were records,
// and puts keyed hashes in the place of the open ones of old requests.
func recordWhatBefell(ctx context.Context, data Data, now time.Time) error {
	if err := recordOldPosts(ctx, data, now); err != nil {
		return err
	}
	if err := keyRequests(ctx, data); err != nil {
		return err
	}
	return recordOldBookings(ctx, data, now)
}

// recordOldPosts notes every post and leave that stands as a change to be
// recorded. What it notes a second time is recorded once: of when it was noted
// nothing is said, so the whole chain is looked through.
func recordOldPosts(ctx context.Context, data Data, now time.Time) error {
	var ids []string
	for d, err := range data.Diaries.All(ctx) {
		if err != nil {
			return err
		}
		ids = append(ids, d.ID)
	}
	for _, id := range ids {
		p := domain.Pointer{Meta: domain.Meta{ID: pointerID(pointDiary, id, 0)}, Kind: pointDiary, Subject: id, Edition: -1, At: now}
		if err := data.Pending.Insert(ctx, p); err != nil && !errors.Is(err, domain.ErrExists) {
			return err
		}
		_, err := data.Diaries.Update(ctx, id, func(d *domain.Diary) error {
			if len(d.Changes) > 0 {
				return domain.ErrUnchanged // noted before the program was stopped
			}
			for _, post := range d.Posts {
				d.Changes = append(d.Changes, domain.Change{Kind: domain.RecordAssigned, Ref: post.Village, Role: post.Role,
					From: post.From.Time(), To: post.To.Add(1).Time()})
			}
			for _, c := range d.Closures {
				d.Changes = append(d.Changes, domain.Change{Kind: domain.RecordLeave, Ref: c.ID, From: c.From, To: c.To, By: d.ID})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// openHash is the length of the hash of a request before it was keyed: 16 bytes
// in hexadecimal.
const openHash = 32

// keyRequests puts the keyed hash in the place of every open one: from an open
// hash a short text could be found by trying.
func keyRequests(ctx context.Context, data Data) error {
	keyed := func(request *string) (changed bool) {
		if changed = len(*request) == openHash; changed {
			*request = data.Hash("request", *request)
		}
		return changed
	}
	err := rekey(ctx, data.Appointments, func(a *domain.Appointment) bool { return keyed(&a.Request) })
	if err != nil {
		return err
	}
	err = rekey(ctx, data.Diaries, func(d *domain.Diary) (changed bool) {
		for i := range d.Closures {
			changed = keyed(&d.Closures[i].Request) || changed
		}
		return changed
	})
	if err != nil {
		return err
	}
	return rekey(ctx, data.Waitlists, func(w *domain.Waitlist) (changed bool) {
		for i := range w.Entries {
			changed = keyed(&w.Entries[i].Request) || changed
		}
		return changed
	})
}

func rekey[T any, P document[T]](ctx context.Context, docs Docs[T], change func(*T) bool) error {
	var ids []string
	for doc, err := range docs.All(ctx) {
		if err != nil {
			return err
		}
		ids = append(ids, P(&doc).Head().ID)
	}
	for _, id := range ids {
		_, err := docs.Update(ctx, id, func(doc *T) error {
			if !change(doc) {
				return domain.ErrUnchanged
			}
			return nil
		})
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
	}
	return nil
}

func recordOldBookings(ctx context.Context, data Data, now time.Time) error {
	for a, err := range data.Appointments.All(ctx) {
		if err != nil {
			return err
		}
		if len(a.Events) == 0 {
			continue
		}
		p := domain.Pointer{Meta: domain.Meta{ID: pointerID(pointBookings, a.ID, 0)}, Kind: pointBookings,
			Subject: a.ID, Advisor: a.Advisor, Sheet: a.Sheet, At: now}
		if err := data.Pending.Insert(ctx, p); err != nil && !errors.Is(err, domain.ErrExists) {
			return err
		}
	}
	return nil
}

// bookings records all that has befallen an appointment, in its order.
func (r *Relay) bookings(ctx context.Context, p *domain.Pointer) error {
	a, err := r.Data.Appointments.Get(ctx, p.Subject)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range a.Events {
		if err := r.recordBooking(ctx, &a, &a.Events[i]); err != nil {
			return err
		}
	}
	return nil
}

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
	1: recordOldBookings,
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

// recordOldBookings has the relay record what befell every appointment before
// there were records.
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

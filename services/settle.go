package services

import (
	"context"
	"slices"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// settle brings the advisor's diary and the resident's sheet to what the
// appointment says. The appointment may have been read a while ago: what a
// later edition has settled stays, and so does what a move has won that is
// still on its way.
func (r *Relay) settle(ctx context.Context, a *domain.Appointment) error {
	if err := r.settleTime(ctx, a.Advisor, a); err != nil {
		return err
	}
	return r.settleTurn(ctx, a.Sheet, a)
}

func (r *Relay) settleTime(ctx context.Context, advisor string, a *domain.Appointment) error {
	_, err := r.Data.Diaries.Update(ctx, advisor, func(d *domain.Diary) error { return settleDiary(d, a) })
	return err
}

func (r *Relay) settleTurn(ctx context.Context, sheet string, a *domain.Appointment) error {
	_, err := r.Data.Sheets.Upsert(ctx, sheet, func(sh *domain.Sheet) error { return settleSheet(sh, a, r.Now()) })
	return err
}

// freeOthers frees what a request has taken under the appointment's id where
// the appointment is not: with another advisor, or for somebody else, if its
// key was used twice; anywhere, if the appointment never came about.
func (r *Relay) freeOthers(ctx context.Context, a *domain.Appointment, advisor, sheet string) error {
	void := domain.Appointment{Meta: domain.Meta{ID: a.ID}, Status: domain.Void}
	if a.Status == domain.Void || a.Advisor != advisor {
		if err := r.settleTime(ctx, advisor, &void); err != nil {
			return err
		}
	}
	if a.Status == domain.Void || a.Sheet != sheet {
		return r.settleTurn(ctx, sheet, &void)
	}
	return nil
}

func settleDiary(d *domain.Diary, a *domain.Appointment) error {
	if a.Status == domain.Cancelled || a.Status == domain.Void {
		if len(schedule.Release(d, a.ID)) == 0 {
			return domain.ErrUnchanged
		}
		return nil
	}
	edition := a.Edition()
	if slices.ContainsFunc(d.Taken, func(b domain.Booking) bool { return b.Appointment == a.ID && b.Edition > edition }) {
		return domain.ErrUnchanged
	}
	changed := false
	d.Taken = slices.DeleteFunc(d.Taken, func(b domain.Booking) bool {
		gone := b.Appointment == a.ID && !b.From.Equal(a.Start) && !onItsWay(&b, edition)
		changed = changed || gone
		return gone
	})
	for i := range d.Taken {
		b := &d.Taken[i]
		if b.Appointment != a.ID || !b.From.Equal(a.Start) || onItsWay(b, edition) || b.Edition == edition && !b.Moving {
			continue
		}
		b.Channel, b.Village, b.To, b.Edition, b.Moving, changed = a.Channel, a.Village, a.End, edition, false, true
	}
	if !changed {
		return domain.ErrUnchanged
	}
	return nil
}

// onItsWay reports whether a booking was won for a move that may still be
// written, the appointment being at that edition.
func onItsWay(b *domain.Booking, edition int64) bool { return b.Moving && b.Edition == edition }

func settleSheet(sh *domain.Sheet, a *domain.Appointment, now time.Time) error {
	changed := false
	i := slices.IndexFunc(sh.Open, func(o domain.OpenBooking) bool { return o.Appointment == a.ID })
	switch {
	case a.Status.Open() && i >= 0 && !sh.Open[i].Start.Equal(a.Start) && sh.Open[i].Edition < a.Edition():
		sh.Open[i].Start, sh.Open[i].Edition, changed = a.Start, a.Edition(), true
	case !a.Status.Open() && i >= 0:
		sh.Open, changed = slices.Delete(sh.Open, i, i+1), true
	}
	missed := a.Status == domain.Missed && a.MissedBy == domain.Resident
	counted := slices.ContainsFunc(sh.Misses, func(m domain.MissedTurn) bool { return m.Appointment == a.ID })
	if missed && !counted && a.Start.After(now.Add(-domain.MissWindow)) {
		sh.Misses, changed = append(sh.Misses, domain.MissedTurn{Appointment: a.ID, At: a.Start}), true
	}
	if !changed {
		return domain.ErrUnchanged
	}
	return nil
}

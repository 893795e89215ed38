package services

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"villagecounsel/services/domain"
)

const (
	quarter = 15 * time.Minute
	// manyQuarters is from how many quarters on it is quicker to look at all
	// buckets than to ask for each.
	manyQuarters = 7 * 24 * 4
	dueMark      = "due"
)

// eveningBefore is when people are reminded of the next day: 18:00.
const eveningBefore = domain.Minute(18 * 60)

// reminders says when who is reminded of an appointment.
var reminders = []struct {
	kind domain.NoticeKind
	at   func(start time.Time) time.Time
	to   []Side
}{
	{domain.NoticeDayBefore, func(start time.Time) time.Time { return domain.DayOf(start).Add(-1).At(eveningBefore) }, []Side{SideResident, SideAdvisor}},
	{domain.NoticeHourBefore, func(start time.Time) time.Time { return start.Add(-time.Hour) }, []Side{SideResident, SideAdvisor}},
}

// remind notes what falls due for an appointment from now on.
func (r *Relay) remind(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	if e.Verb != domain.Book && e.Verb != domain.Confirm && e.Verb != domain.Reschedule {
		return nil
	}
	due := domain.Due{Appointment: a.ID, Start: e.Start}
	if e.Status == domain.Held {
		if due.At = e.Start; !due.At.After(r.Now()) {
			return r.lapse(ctx, a.ID, e.Start)
		}
		return r.dueAt(ctx, due)
	}
	for _, rem := range reminders {
		due.At, due.Kind = rem.at(e.Start), rem.kind
		if err := r.dueAt(ctx, due); err != nil {
			return err
		}
	}
	return nil
}

// dueTask notes a task, once for its subject in each quarter.
func (r *Relay) dueTask(ctx context.Context, task domain.Task, subject string, at time.Time) error {
	return r.dueAt(ctx, domain.Due{ID: string(task) + "." + subject, At: at, Task: task, Subject: subject})
}

// dueAt notes one thing in the bucket of its quarter. What has passed already
// is not noted. What belongs to an appointment gets its id here.
func (r *Relay) dueAt(ctx context.Context, d domain.Due) error {
	if !d.At.After(r.Now()) {
		return nil
	}
	if d.ID == "" {
		d.ID = d.Appointment + "." + strconv.FormatInt(d.Start.Unix(), 10) + "." + string(d.Kind)
	}
	_, err := r.Data.Due.Upsert(ctx, bucketID(d.At), func(b *domain.Bucket) error {
		if slices.ContainsFunc(b.Items, func(x domain.Due) bool { return x.ID == d.ID }) {
			return domain.ErrUnchanged
		}
		b.Items = append(b.Items, d)
		return nil
	})
	return err
}

func bucketID(t time.Time) string {
	return t.In(domain.China).Truncate(quarter).Format("2006-01-02T15:04")
}

// due does what has fallen due, from the quarter that was reached before.
func (r *Relay) due(ctx context.Context) error {
	now := r.Now()
	if err := r.alarmYears(ctx, now); err != nil {
		return err
	}
	if err := r.digest(ctx, now); err != nil {
		return err
	}
	current := now.In(domain.China).Truncate(quarter)
	mark, err := r.Data.Marks.Get(ctx, dueMark)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	from := current.Add(-quarter) // what was noted while that quarter was being left
	if err == nil && mark.At.Before(from) {
		from = mark.At
	}
	ids, err := r.bucketsBetween(ctx, from, current)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := r.empty(ctx, id, now); err != nil {
			return err
		}
	}
	if mark.At.Equal(current) {
		return nil
	}
	_, err = r.Data.Marks.Upsert(ctx, dueMark, func(m *domain.Mark) error { m.At = current; return nil })
	return err
}

func (r *Relay) bucketsBetween(ctx context.Context, from, to time.Time) ([]string, error) {
	var ids []string
	if to.Sub(from)/quarter < manyQuarters {
		for t := from; !t.After(to); t = t.Add(quarter) {
			ids = append(ids, bucketID(t))
		}
		return ids, nil
	}
	for b, err := range r.Data.Due.All(ctx) {
		if err != nil {
			return nil, err
		}
		if b.ID <= bucketID(to) {
			ids = append(ids, b.ID)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// empty does what has fallen due in one bucket and takes it out.
func (r *Relay) empty(ctx context.Context, id string, now time.Time) error {
	b, err := r.Data.Due.Get(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var done []string
	for _, d := range b.Items {
		if d.At.After(now) {
			continue
		}
		if err := r.fire(ctx, &d, now); err != nil {
			return err
		}
		done = append(done, d.ID)
	}
	if len(done) > 0 {
		b, err = r.Data.Due.Update(ctx, id, func(b *domain.Bucket) error {
			b.Items = slices.DeleteFunc(b.Items, func(d domain.Due) bool { return slices.Contains(done, d.ID) })
			return nil
		})
	}
	if err != nil || len(b.Items) > 0 || id >= bucketID(now) {
		return err
	}
	return r.Data.Due.Delete(ctx, id)
}

// fire does one thing that has fallen due.
func (r *Relay) fire(ctx context.Context, d *domain.Due, now time.Time) error {
	switch d.Task {
	case domain.EraseNote:
		return r.eraseNote(ctx, d.Subject)
	case domain.ErasePoints:
		return r.erasePoints(ctx, d.Subject)
	case domain.SweepFile:
		return r.sweepFile(ctx, d.Subject, now)
	case domain.WarnOwner:
		return r.warnOwner(ctx, d.Subject, now)
	}
	return r.fireReminder(ctx, d, now)
}

// fireReminder reminds of an appointment, or lets it lapse, if it still stands
// as it did when this was noted.
func (r *Relay) fireReminder(ctx context.Context, d *domain.Due, now time.Time) error {
	a, err := r.Data.Appointments.Get(ctx, d.Appointment)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil || !a.Start.Equal(d.Start) {
		return err
	}
	if d.Kind == "" {
		return r.lapse(ctx, a.ID, d.Start)
	}
	if a.Status != domain.Booked || now.After(a.Start) {
		return nil
	}
	for _, rem := range reminders {
		if rem.kind != d.Kind {
			continue
		}
		people, err := r.people(ctx, &a, rem.to)
		if err != nil {
			return err
		}
		for _, person := range people {
			if err := r.notify(ctx, person, noticeOf(&a, d.Kind, d.ID, d.At)); err != nil {
				return err
			}
		}
	}
	return nil
}

// lapse cancels a booking that the office has not confirmed by its start.
func (r *Relay) lapse(ctx context.Context, id string, start time.Time) error {
	return r.alter(ctx, id, func(a *domain.Appointment) (domain.Event, bool) {
		if a.Status != domain.Held || !a.Start.Equal(start) {
			return domain.Event{}, false
		}
		a.Status = domain.Cancelled
		return domain.Event{Verb: domain.Cancel, Freed: a.Start, FreedVillage: a.Village}, true
	})
}

// alarmYears tells the districts' offices, once, of a year within reach of
// bookings that has no table of holidays.
func (r *Relay) alarmYears(ctx context.Context, now time.Time) error {
	today := domain.DayOf(now)
	if r.warned.Load() == today {
		return nil
	}
	calendar, err := r.Years.Calendar(ctx, now)
	if err != nil {
		return err
	}
	missing := calendar.Missing(today, today.Add(domain.DefaultRules.Horizon))
	for _, year := range missing {
		slog.WarnContext(ctx, "no table of holidays for a year: import it", "year", year)
		for office, err := range r.Data.Offices.All(ctx) {
			if err != nil {
				return err
			}
			if len(office.ID) > domain.DistrictDigits {
				continue
			}
			for _, person := range office.Staff {
				y := strconv.Itoa(year)
				if err := r.notify(ctx, person, domain.Notice{ID: "calendar." + y, Kind: domain.NoticeCalendar, At: now, Note: y}); err != nil {
					return err
				}
			}
		}
	}
	r.warned.Store(today)
	return nil
}

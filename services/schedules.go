package services

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// Schedules are the verbs of an advisor's own diary (排班), and of the free
// times that come of it.
type Schedules struct {
	Data  Data
	Now   func() time.Time
	Years *Years
	Relay *Relay
}

// Free are an advisor's free slots, and the years among the days asked for
// that have no table of holidays.
type Free struct {
	Slots   []domain.Slot
	Missing []int
}

// Slots answers an advisor's free slots. Anybody may ask.
func (s *Schedules) Slots(ctx context.Context, advisor string, q schedule.Query) (Free, error) {
	now := s.Now()
	calendar, err := s.Years.Calendar(ctx, now)
	if err != nil {
		return Free{}, err
	}
	d, err := s.Data.Diaries.Get(ctx, advisor)
	if err != nil {
		return Free{}, err
	}
	return Free{schedule.Slots(&d, calendar, now, q), calendar.Missing(q.From, q.To)}, nil
}

// Schedule answers the actor's own diary.
func (s *Schedules) Schedule(ctx context.Context, actor domain.Actor) (domain.Diary, error) {
	if err := May(actor, ActSchedule); err != nil {
		return domain.Diary{}, err
	}
	return s.Data.Diaries.Get(ctx, actor.ID)
}

// ScheduleEdit is what an advisor puts in place of shifts, openings and rules;
// what is nil stays as it is.
type ScheduleEdit struct {
	Edition                                   int64 // of the diary that the edit was made from
	Shifts                                    []domain.Shift
	Openings                                  []domain.Opening
	EarliestNotice, Horizon, Buffer, DailyMax *int
}

func (e *ScheduleEdit) apply(d *domain.Diary) {
	if e.Shifts != nil {
		d.Shifts = e.Shifts
	}
	if e.Openings != nil {
		d.Openings = e.Openings
	}
	for _, rule := range []struct{ to, from *int }{
		{&d.Rules.EarliestNotice, e.EarliestNotice}, {&d.Rules.Horizon, e.Horizon},
		{&d.Rules.Buffer, e.Buffer}, {&d.Rules.DailyMax, e.DailyMax},
	} {
		if rule.from != nil {
			*rule.to = *rule.from
		}
	}
}

// Replace puts new shifts, openings and rules. It answers the bookings that
// the new ones no longer offer: these stay, marked, until they are moved or
// cancelled. A dry run changes nothing.
func (s *Schedules) Replace(ctx context.Context, actor domain.Actor, edit ScheduleEdit, dryRun bool) (domain.Diary, []domain.Booking, error) {
	if err := May(actor, ActSchedule); err != nil {
		return domain.Diary{}, nil, err
	}
	return s.change(ctx, actor.ID, dryRun, func(d *domain.Diary) error {
		if d.Edition != edit.Edition {
			return domain.Fault(domain.Conflict, "stale")
		}
		edit.apply(d)
		return schedule.CheckSchedule(d)
	})
}

// Limits on closures.
const (
	maxClosures   = 200
	maxClosureFor = 366 * 24 * time.Hour
	keepClosures  = 90 * 24 * time.Hour // past ones
)

// CloseRequest is a stretch of time in which an advisor gives no advice.
type CloseRequest struct {
	Key      string
	From, To time.Time // To exclusive
	Days     bool      // said in whole days
	Reason   string
}

// Close adds a closure, and answers the bookings that fall into it: these
// stay, marked. The stand-ins of the villages are offered the turn.
func (s *Schedules) Close(ctx context.Context, actor domain.Actor, req CloseRequest, dryRun bool) (domain.Closure, []domain.Booking, error) {
	if err := May(actor, ActSchedule); err != nil {
		return domain.Closure{}, nil, err
	}
	now := s.Now()
	c := domain.Closure{ID: s.Data.Hash("closure", actor.ID+"|"+req.Key), From: req.From, To: req.To, Days: req.Days, Reason: strings.TrimSpace(req.Reason)}
	c.Request = s.Data.request(c.From.UTC().String(), c.To.UTC().String(), c.Reason)
	var f domain.Faults
	f.Check(c.To.After(c.From) && c.To.Sub(c.From) <= maxClosureFor, "to", "bad_range")
	f.Check(c.To.After(now), "to", "past")
	f.Check(c.Reason != "", "reason", "required")
	f.Check(domain.IsText(c.Reason, maxReason), "reason", "too_long")
	if err := f.Err(); err != nil {
		return c, nil, err
	}
	_, orphans, err := s.change(ctx, actor.ID, dryRun, func(d *domain.Diary) error {
		for _, old := range d.Closures {
			if old.ID != c.ID {
				continue
			}
			if old.Request != c.Request {
				return domain.Fault(domain.Invalid, "idempotency_reused")
			}
			return domain.ErrUnchanged
		}
		d.Closures = slices.DeleteFunc(d.Closures, func(old domain.Closure) bool { return old.To.Before(now.Add(-keepClosures)) })
		if len(d.Closures) >= maxClosures {
			return domain.Fault(domain.Conflict, "too_many_closures")
		}
		c.Edition = d.Edition + 1
		d.Closures = append(d.Closures, c)
		d.Changes = append(slices.Clip(d.Changes), leaveChange(d, domain.RecordLeave, &c, now))
		return nil
	})
	orphans = slices.DeleteFunc(orphans, func(b domain.Booking) bool { return !b.From.Before(c.To) || !c.From.Before(b.To) })
	return c, orphans, err
}

// Reopen takes a closure away.
func (s *Schedules) Reopen(ctx context.Context, actor domain.Actor, id string) error {
	if err := May(actor, ActSchedule); err != nil {
		return err
	}
	now := s.Now()
	_, _, err := s.change(ctx, actor.ID, false, func(d *domain.Diary) error {
		i := slices.IndexFunc(d.Closures, func(c domain.Closure) bool { return c.ID == id })
		if i < 0 {
			return domain.ErrNotFound
		}
		d.Changes = append(slices.Clip(d.Changes), leaveChange(d, domain.RecordReturned, &d.Closures[i], now))
		d.Closures = slices.Delete(d.Closures, i, i+1)
		return nil
	})
	return err
}

// leaveChange notes a change of a leave for the record, at the edition that the
// diary is about to have.
func leaveChange(d *domain.Diary, kind domain.RecordKind, c *domain.Closure, now time.Time) domain.Change {
	return domain.Change{Edition: d.Edition + 1, Kind: kind, Ref: c.ID, From: c.From, To: c.To, At: now, By: d.ID}
}

// Recheck judges every advisor's bookings anew, after a roster or a table of
// holidays has been imported: those that are no longer offered are marked.
func (s *Schedules) Recheck(ctx context.Context) (orphans int, err error) {
	now := s.Now()
	calendar, err := s.Years.Calendar(ctx, now)
	if err != nil {
		return 0, err
	}
	var concerned []string
	for d, err := range s.Data.Diaries.All(ctx) {
		if err != nil {
			return 0, err
		}
		before := slices.Clone(d.Taken)
		orphans += len(markOrphans(&d, calendar, now))
		if !slices.Equal(before, d.Taken) {
			concerned = append(concerned, d.ID)
		}
	}
	for _, id := range concerned {
		if _, _, err := s.change(ctx, id, false, func(*domain.Diary) error { return nil }); err != nil {
			return orphans, err
		}
	}
	return orphans, nil
}

// change is the one way in which a diary's rules change: the bookings that are
// no longer offered are marked in the same write, and a pointer makes sure that
// their people are told.
func (s *Schedules) change(ctx context.Context, advisor string, dryRun bool, edit func(*domain.Diary) error) (domain.Diary, []domain.Booking, error) {
	now := s.Now()
	calendar, err := s.Years.Calendar(ctx, now)
	if err != nil {
		return domain.Diary{}, nil, err
	}
	for {
		d, orphans, err := s.changeOnce(ctx, advisor, dryRun, edit, calendar, now)
		if !errors.Is(err, errOvertaken) {
			return d, orphans, err
		}
	}
}

var errOvertaken = errors.New("the diary has another edition by now")

func (s *Schedules) changeOnce(ctx context.Context, advisor string, dryRun bool, edit func(*domain.Diary) error,
	calendar *schedule.Calendar, now time.Time) (domain.Diary, []domain.Booking, error) {
	d, err := s.Data.Diaries.Get(ctx, advisor)
	if err != nil {
		return d, nil, err
	}
	p := domain.Pointer{Meta: domain.Meta{ID: pointerID(pointDiary, advisor, d.Edition+1)}, Kind: pointDiary,
		Subject: advisor, Edition: d.Edition, At: now}
	// What is refused, or done already, is found out before anything is written.
	before := d
	before.Closures = slices.Clone(d.Closures)
	err = edit(&d)
	done := errors.Is(err, domain.ErrUnchanged)
	if err != nil && !done {
		return d, nil, err
	}
	if dryRun || done {
		return d, markOrphans(&d, calendar, now), nil
	}
	p.Gained = gained(&before, &d, calendar, now)
	if err := s.Data.Pending.Insert(ctx, p); err != nil && !errors.Is(err, domain.ErrExists) {
		return d, nil, err
	}
	var orphans []domain.Booking
	d, err = s.Data.Diaries.Update(ctx, advisor, func(d *domain.Diary) error {
		orphans = nil
		if d.Edition != p.Edition {
			return errOvertaken
		}
		if err := edit(d); err != nil {
			return err
		}
		d.Edition++
		orphans = markOrphans(d, calendar, now)
		return nil
	})
	if err == nil {
		s.Relay.Kick(p.ID)
	}
	return d, orphans, err
}

// maxGained bounds how many of the times that a change brings are told of: the
// earliest are what those who wait want to hear.
const maxGained = 500

// gained answers the free times that a diary offers after a change and did not
// offer before.
func gained(before, after *domain.Diary, calendar *schedule.Calendar, now time.Time) []domain.Slot {
	today := domain.DayOf(now)
	free := func(d *domain.Diary) []domain.Slot {
		return schedule.Slots(d, calendar, now, schedule.Query{From: today, To: today.Add(d.Rules.Horizon)})
	}
	had := make(map[domain.Slot]bool)
	for _, s := range free(before) {
		had[s] = true
	}
	won := slices.DeleteFunc(free(after), func(s domain.Slot) bool { return had[s] })
	return won[:min(len(won), maxGained)]
}

// markOrphans marks the bookings that the rules no longer offer, unmarks those
// that they offer again, and answers the marked ones. An appointment that is
// being moved has two bookings, each judged by itself.
func markOrphans(d *domain.Diary, calendar *schedule.Calendar, now time.Time) []domain.Booking {
	each := *d
	each.Taken = slices.Clone(d.Taken)
	for i := range each.Taken {
		each.Taken[i].Appointment = strconv.Itoa(i)
	}
	gone := schedule.Orphans(&each, calendar, now)
	var orphans []domain.Booking
	for i := range d.Taken {
		b := &d.Taken[i]
		if b.From.Before(now) {
			continue
		}
		if b.Orphaned = gone[strconv.Itoa(i)]; b.Orphaned && !b.Moving {
			orphans = append(orphans, *b)
		}
	}
	return orphans
}

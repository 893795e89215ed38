package services

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// maxWaits bounds how many waiting lists one person stands on.
const maxWaits = 10

// Waiting are the verbs of the waiting lists (候补).
type Waiting struct {
	Data   Data
	Now    func() time.Time
	Places *Places
}

// WaitRequest is a wish to be told when a time comes free.
type WaitRequest struct {
	Key              string
	Advisor, Village string
	Channel          domain.Channel // "" = any
	From, To         domain.Day     // inclusive; "" = from today, to the end of the advisor's horizon
}

// Waited is one wish with whose list it is on.
type Waited struct {
	domain.Wait
	Advisor string
}

// Add puts the actor on an advisor's waiting list.
func (s *Waiting) Add(ctx context.Context, actor domain.Actor, req WaitRequest) (Waited, error) {
	if err := May(actor, ActWait); err != nil {
		return Waited{}, err
	}
	now := s.Now()
	today := domain.DayOf(now)
	d, err := s.Data.Diaries.Get(ctx, req.Advisor)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return Waited{}, err
	}
	w := domain.Wait{ID: s.Data.Hash("wait", actor.ID+"|"+req.Key), Person: actor.ID, Village: req.Village,
		Channel: req.Channel, From: cmp.Or(req.From, today), To: cmp.Or(req.To, today.Add(d.Rules.Horizon)), Created: now,
		Request: s.Data.request(req.Advisor, req.Village, string(req.Channel), string(req.From), string(req.To))}
	var f domain.Faults
	f.Check(err == nil, "advisor", "unknown")
	f.Check(err != nil || slices.ContainsFunc(d.Posts, func(p domain.Post) bool { return p.Village == w.Village && p.To >= w.From }), "village", "not_served")
	f.Check(w.Channel == "" || slices.Contains(domain.Channels, w.Channel), "channel", "unknown")
	f.Check(w.To >= w.From && w.To >= today, "to", "bad_range")
	if err := f.Err(); err != nil {
		return Waited{}, err
	}
	standing, err := s.List(ctx, actor)
	if err != nil {
		return Waited{}, err
	}
	// The sheet names the list before the person stands on it: a name too many
	// does no harm, and is taken out when there are too many.
	if _, err := s.Data.Sheets.Upsert(ctx, actor.ID, func(sh *domain.Sheet) error {
		if slices.Contains(sh.Waits, req.Advisor) {
			return domain.ErrUnchanged
		}
		if len(sh.Waits) >= maxWaits {
			sh.Waits = slices.DeleteFunc(sh.Waits, func(a string) bool {
				return !slices.ContainsFunc(standing, func(w Waited) bool { return w.Advisor == a })
			})
		}
		if len(sh.Waits) >= maxWaits {
			return domain.Fault(domain.Conflict, "too_many_waits")
		}
		sh.Waits = append(sh.Waits, req.Advisor)
		return nil
	}); err != nil {
		return Waited{}, err
	}
	_, err = s.Data.Waitlists.Upsert(ctx, req.Advisor, func(l *domain.Waitlist) error {
		l.Entries = slices.DeleteFunc(l.Entries, func(e domain.Wait) bool { return e.To < today })
		mine := 0
		for _, e := range l.Entries {
			if e.ID == w.ID {
				if e.Request != w.Request {
					return domain.Fault(domain.Invalid, "idempotency_reused")
				}
				w = e
				return domain.ErrUnchanged
			}
			if e.Person == w.Person {
				mine++
			}
		}
		if mine >= maxWaits {
			return domain.Fault(domain.Conflict, "too_many_waits")
		}
		l.Entries = append(l.Entries, w)
		return nil
	})
	return Waited{w, req.Advisor}, err
}

// List answers the actor's wishes that still stand, the earliest first.
func (s *Waiting) List(ctx context.Context, actor domain.Actor) ([]Waited, error) {
	if err := May(actor, ActWait); err != nil {
		return nil, err
	}
	sheet, err := s.Data.Sheets.Get(ctx, actor.ID)
	if errors.Is(err, domain.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	today := domain.DayOf(s.Now())
	var all []Waited
	for _, advisor := range sheet.Waits {
		l, err := s.Data.Waitlists.Get(ctx, advisor)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range l.Entries {
			if e.Person == actor.ID && e.To >= today {
				all = append(all, Waited{e, advisor})
			}
		}
	}
	slices.SortFunc(all, func(x, y Waited) int { return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.ID, y.ID)) })
	return all, nil
}

// Remove takes the actor off a waiting list.
func (s *Waiting) Remove(ctx context.Context, actor domain.Actor, id string) error {
	all, err := s.List(ctx, actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(w Waited) bool { return w.ID == id })
	if i < 0 {
		return domain.ErrNotFound
	}
	advisor := all[i].Advisor
	if _, err = s.Data.Waitlists.Update(ctx, advisor, func(l *domain.Waitlist) error {
		l.Entries = slices.DeleteFunc(l.Entries, func(e domain.Wait) bool { return e.ID == id })
		return nil
	}); err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(w Waited) bool { return w.Advisor == advisor && w.ID != id }) {
		return nil
	}
	_, err = s.Data.Sheets.Update(ctx, actor.ID, func(sh *domain.Sheet) error {
		sh.Waits = slices.DeleteFunc(sh.Waits, func(a string) bool { return a == advisor })
		return nil
	})
	return err
}

// tellWaiting tells those on the waiting list of a time that an event freed,
// as far as the rules still offer it to them.
func (r *Relay) tellWaiting(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	now := r.Now()
	if e.Freed.IsZero() || !e.Freed.After(now) {
		return nil
	}
	list, err := r.Data.Waitlists.Get(ctx, a.Advisor)
	if errors.Is(err, domain.ErrNotFound) || err == nil && len(list.Entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	d, err := r.Data.Diaries.Get(ctx, a.Advisor)
	if err != nil {
		return err
	}
	calendar, err := r.Years.Calendar(ctx, now)
	if err != nil {
		return err
	}
	until := e.Freed.Add(a.End.Sub(a.Start))
	for _, w := range list.Entries {
		if w.Person == e.By {
			continue
		}
		free := schedule.Slots(&d, calendar, now, wanted(&w, domain.DayOf(e.Freed)))
		i := slices.IndexFunc(free, func(s domain.Slot) bool { return s.Start.Before(until) && s.End.After(e.Freed) })
		if i < 0 {
			continue
		}
		if err := r.tellFree(ctx, a.Advisor, &w, a.ID+"."+strconv.Itoa(e.Seq), e.At, free[i]); err != nil {
			return err
		}
	}
	return nil
}

// tellGained tells those on the waiting list of the first time that a change of
// the diary brought them: a leave taken back, a turn added.
func (r *Relay) tellGained(ctx context.Context, d *domain.Diary, p *domain.Pointer) error {
	if len(p.Gained) == 0 {
		return nil
	}
	list, err := r.Data.Waitlists.Get(ctx, d.ID)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := r.Now()
	calendar, err := r.Years.Calendar(ctx, now)
	if err != nil {
		return err
	}
	for _, w := range list.Entries {
		for _, s := range p.Gained {
			free := schedule.Slots(d, calendar, now, wanted(&w, domain.DayOf(s.Start)))
			i := slices.IndexFunc(free, func(f domain.Slot) bool { return f.Start.Equal(s.Start) && f.Channel == s.Channel })
			if i < 0 {
				continue
			}
			if err := r.tellFree(ctx, d.ID, &w, strconv.FormatInt(p.Edition+1, 10), p.At, free[i]); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// wanted asks for what somebody waits for on one day; on a day that they did
// not name it asks for nothing.
func wanted(w *domain.Wait, day domain.Day) schedule.Query {
	return schedule.Query{From: max(day, w.From), To: min(day, w.To), Channel: w.Channel, Village: w.Village}
}

func (r *Relay) tellFree(ctx context.Context, advisor string, w *domain.Wait, cause string, at time.Time, s domain.Slot) error {
	return r.notify(ctx, w.Person, domain.Notice{ID: w.ID + "." + cause + "." + string(domain.NoticeFreed), Kind: domain.NoticeFreed,
		At: at, Advisor: advisor, Village: w.Village, Channel: s.Channel, Start: s.Start, End: s.End})
}

package schedule

import (
	"cmp"
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// Wish is a slot that somebody wants.
type Wish struct {
	Start   time.Time
	Channel domain.Channel
	Village string
	Moving  string // id of the appointment that is being moved: its own bookings count as free
}

// Judge answers the slot that Slots lists for the wish, or why it lists none.
// Where slots of several lengths begin at that time it answers the shortest.
//
// Its errors are Conflict "slot_taken" if the rules offer the slot but it is
// gone (a booking, the buffer to one, or the daily maximum), and Invalid on
// `village` ("not_served") or on `start`: "too_soon", "too_far", or
// "not_offered" if the schedule has no such slot or a closure covers it.
func Judge(d *domain.Diary, c *Calendar, now time.Time, w Wish) (domain.Slot, error) {
	p := newPage(d, c, now, w.Moving)
	day := domain.DayOf(w.Start)
	switch {
	case !d.Serves(w.Village, day):
		return domain.Slot{}, domain.InvalidField("village", "not_served")
	case w.Start.Before(p.earliest):
		return domain.Slot{}, domain.InvalidField("start", "too_soon")
	case day > p.last:
		return domain.Slot{}, domain.InvalidField("start", "too_far")
	case !slices.Contains(domain.Channels, w.Channel):
		return domain.Slot{}, domain.InvalidField("start", "not_offered")
	}
	p.open(day.Time(), w.Channel, w.Village)
	slot, free, offered := p.find(w)
	switch {
	case free:
		return slot, nil
	case offered:
		return domain.Slot{}, slotTaken()
	}
	return domain.Slot{}, domain.InvalidField("start", "not_offered")
}

// Nearest lists up to n free slots of the wish's channel and village, those
// nearest to its start first and of two equally near the earlier one first.
// The time an appointment is being moved away from is not among them.
func Nearest(d *domain.Diary, c *Calendar, now time.Time, w Wish, n int) []domain.Slot {
	if w.Village == "" || w.Channel == "" {
		return nil
	}
	p := newPage(d, c, now, w.Moving)
	earliest, last := domain.DayOf(p.earliest), p.last
	from, to := earliest.Time(), last.Time()
	center := max(earliest, min(last, domain.DayOf(w.Start))).Time()
	var near, day []domain.Slot
	look := func(begins time.Time) {
		if begins.Before(from) || begins.After(to) {
			return
		}
		p.open(begins, w.Channel, w.Village)
		day = p.appendFree(day[:0])
		for _, s := range day {
			if !p.stands(s) {
				near = append(near, s)
			}
		}
	}
	// A day farther from the center by two holds nothing nearer than what is
	// found so far: after n are found, one more round is enough.
	for away, enough := 0, false; away <= earliest.DaysUntil(last); away++ {
		look(center.Add(-time.Duration(away) * dayLong))
		if away > 0 {
			look(center.Add(time.Duration(away) * dayLong))
		}
		if enough {
			break
		}
		enough = len(near) >= n
	}
	slices.SortFunc(near, func(a, b domain.Slot) int {
		return cmp.Or(
			cmp.Compare(a.Start.Sub(w.Start).Abs(), b.Start.Sub(w.Start).Abs()),
			compareSlots(a, b),
		)
	})
	return near[:max(0, min(n, len(near)))]
}

// find answers the shortest free slot of the open day that fits the wish, and
// whether any that fits is offered.
func (p *page) find(w Wish) (slot domain.Slot, free, offered bool) {
	start := w.Start.In(domain.China)
	for i := range p.turns {
		t := &p.turns[i]
		end := start.Add(t.slot)
		if start.Before(t.from) || end.After(t.to) || start.Sub(t.from)%t.slot != 0 {
			continue
		}
		unclaimed, ok := p.judge(t, start, end)
		offered = offered || ok
		if unclaimed != 0 && (!free || end.Before(slot.End)) {
			slot, free = domain.Slot{Start: start, End: end, Channel: w.Channel, Village: w.Village}, true
		}
	}
	return slot, free, offered
}

// stands reports whether the appointment being moved already begins at the
// slot's start.
func (p *page) stands(s domain.Slot) bool {
	for i := firstFrom(p.taken, s.Start); i < len(p.taken) && p.taken[i].From.Equal(s.Start); i++ {
		if p.own(&p.taken[i]) {
			return true
		}
	}
	return false
}

// slotTaken is made anew each time, for callers hang offers on it.
func slotTaken() *domain.Error { return domain.Fault(domain.Conflict, "slot_taken") }

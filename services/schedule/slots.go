package schedule

import (
	"cmp"
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// Query says which free slots are asked for.
type Query struct {
	From, To domain.Day     // both included
	Channel  domain.Channel // empty = all
	Village  string         // empty = all
}

// Slots lists the free slots of a diary (号源) in order of start, then channel
// as in domain.Channels, then village, then end. Its cost grows with the days
// asked for, not with the bookings that exist.
//
// A weekly shift runs on its weekday unless that is a statutory day off; an
// opening runs on its day in any case. A village is served while a post covers
// the day. Nothing is offered sooner than the earliest notice or later than
// the horizon, in a closure, over a booking, on a day that has its daily
// maximum, or on site with less than the buffer to a booking on site elsewhere.
func Slots(d *domain.Diary, c *Calendar, now time.Time, q Query) []domain.Slot {
	p := newPage(d, c, now, "")
	from, to := max(q.From, domain.DayOf(p.earliest)).Time(), min(q.To, p.last).Time()
	if from.IsZero() {
		return nil
	}
	var free []domain.Slot
	for begins := from; !begins.After(to); begins = begins.Add(dayLong) {
		p.open(begins, q.Channel, q.Village)
		free = p.appendFree(free)
	}
	return free
}

// appendFree appends the free slots of the open day in order.
func (p *page) appendFree(free []domain.Slot) []domain.Slot {
	if p.full {
		return free
	}
	before := len(free)
	for i := range p.turns {
		t := &p.turns[i]
		start := t.from
		for end := start.Add(t.slot); !end.After(t.to); start, end = end, end.Add(t.slot) {
			unclaimed, _ := p.judge(t, start, end)
			for bit, channel := range domain.Channels {
				if unclaimed&(1<<bit) != 0 {
					free = append(free, domain.Slot{Start: start, End: end, Channel: channel, Village: t.village})
				}
			}
		}
	}
	if p.inTurn() {
		return free
	}
	day := free[before:]
	slices.SortFunc(day, compareSlots)
	day = slices.CompactFunc(day, func(a, b domain.Slot) bool { return compareSlots(a, b) == 0 })
	return free[:before+len(day)]
}

// inTurn reports whether each turn begins when the one before it has ended, so
// that their slots are in order as they come.
func (p *page) inTurn() bool {
	for i := 1; i < len(p.turns); i++ {
		if p.turns[i].from.Before(p.turns[i-1].to) {
			return false
		}
	}
	return true
}

// compareSlots orders slots as Slots lists them; 0 says that they are the same.
func compareSlots(a, b domain.Slot) int {
	if n := a.Start.Compare(b.Start); n != 0 {
		return n
	}
	return cmp.Or(
		cmp.Compare(slices.Index(domain.Channels, a.Channel), slices.Index(domain.Channels, b.Channel)),
		cmp.Compare(a.Village, b.Village),
		a.End.Compare(b.End),
	)
}

package schedule

import (
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// page is a diary seen at one moment, open at one day. It holds what every
// slot of that day is judged by, so that a slot itself costs little.
type page struct {
	diary    *domain.Diary
	calendar *Calendar
	moving   string        // appointment whose own bookings count as free
	earliest time.Time     // no slot starts before
	last     domain.Day    // no slot starts after
	buffer   time.Duration // between two places

	turns    []turn
	closures []domain.Closure // that touch the day
	taken    []domain.Booking // that can touch the day or its buffers, in order of From
	longest  time.Duration    // of taken
	full     bool             // the daily maximum is reached
}

// turn is one shift or opening on the open day.
type turn struct {
	village  string
	channels channels
	from, to time.Time
	slot     time.Duration
}

// channels is a set: bit i stands for domain.Channels[i].
type channels uint8

func newPage(d *domain.Diary, c *Calendar, now time.Time, moving string) *page {
	return &page{
		diary:    d,
		calendar: c,
		moving:   moving,
		earliest: now.Add(time.Duration(d.Rules.EarliestNotice) * time.Minute),
		last:     domain.DayOf(now).Add(d.Rules.Horizon),
		buffer:   time.Duration(d.Rules.Buffer) * time.Minute,
	}
}

// open turns to the day that begins at the moment, with the turns of one
// channel and village; empty ones stand for all.
func (p *page) open(begins time.Time, channel domain.Channel, village string) {
	p.openTurns(begins, channel, village)
	if len(p.turns) == 0 {
		return
	}
	ends := begins.Add(dayLong)
	p.closures = p.closures[:0]
	for _, c := range p.diary.Closures {
		if c.From.Before(ends) && begins.Before(c.To) {
			p.closures = append(p.closures, c)
		}
	}
	p.openTaken(begins, ends)
}

func (p *page) openTurns(begins time.Time, channel domain.Channel, village string) {
	p.turns = p.turns[:0]
	day := domain.DayOf(begins)
	add := func(in string, list []domain.Channel, from, to domain.Minute, slot int) {
		if village != "" && in != village {
			return
		}
		set := setOf(list, channel)
		if set == 0 || !p.diary.Serves(in, day) {
			return
		}
		p.turns = append(p.turns, turn{
			village:  in,
			channels: set,
			from:     begins.Add(time.Duration(from) * time.Minute),
			to:       begins.Add(time.Duration(to) * time.Minute),
			slot:     time.Duration(slotMinutes(slot)) * time.Minute,
		})
	}
	if !p.calendar.Off(day) {
		weekday := weekdayOf(begins)
		for i := range p.diary.Shifts {
			if s := &p.diary.Shifts[i]; s.Weekday == weekday {
				add(s.Village, s.Channels, s.From, s.To, s.Slot)
			}
		}
	}
	for i := range p.diary.Openings {
		if o := &p.diary.Openings[i]; o.Day == day {
			add(o.Village, o.Channels, o.From, o.To, o.Slot)
		}
	}
}

// openTaken relies on what Take keeps: bookings lie in order of From and none
// is longer than a day.
func (p *page) openTaken(begins, ends time.Time) {
	all := p.diary.Taken
	p.taken = all[firstFrom(all, begins.Add(-dayLong-p.buffer)):firstFrom(all, ends.Add(p.buffer))]
	p.longest = 0
	count := 0
	for i := range p.taken {
		b := &p.taken[i]
		p.longest = max(p.longest, b.To.Sub(b.From))
		if !p.own(b) && !b.From.Before(begins) && b.From.Before(ends) {
			count++
		}
	}
	most := p.diary.Rules.DailyMax
	p.full = most > 0 && count >= most
}

// judge is the one place where a slot of a turn is judged. It answers the
// channels in which the slot is free. It is not offered at all if it is too
// soon or closed; if it is offered but not free, it is taken.
func (p *page) judge(t *turn, start, end time.Time) (free channels, offered bool) {
	switch {
	case start.Before(p.earliest) || p.closed(start, end):
		return 0, false
	case p.full:
		return 0, true
	}
	return p.unclaimed(t, start, end), true
}

func (p *page) closed(start, end time.Time) bool {
	for i := range p.closures {
		if c := &p.closures[i]; c.From.Before(end) && start.Before(c.To) {
			return true
		}
	}
	return false
}

// unclaimed answers the turn's channels in which the slot overlaps no booking
// and, if on site, keeps the buffer to those on site elsewhere.
func (p *page) unclaimed(t *turn, start, end time.Time) channels {
	free, reach := t.channels, time.Duration(0)
	if free&onSite != 0 {
		reach = p.buffer
	}
	low, high := start.Add(-reach), end.Add(reach)
	begun := low.Add(-p.longest) // what begins here or before has ended by low
	for i := firstFrom(p.taken, high) - 1; i >= 0 && p.taken[i].From.After(begun); i-- {
		b := &p.taken[i]
		switch {
		case p.own(b) || !low.Before(b.To):
		case b.From.Before(end) && start.Before(b.To):
			return 0
		case b.Channel == domain.Visit && b.Village == t.village:
			free &^= homes // every home is a place of its own
		case b.Channel.OnSite():
			free &^= onSite
		}
	}
	return free
}

func (p *page) own(b *domain.Booking) bool { return p.moving != "" && b.Appointment == p.moving }

// firstFrom answers the index of the first booking that begins at t or later.
func firstFrom(taken []domain.Booking, t time.Time) int {
	low, high := 0, len(taken)
	for low < high {
		if mid := int(uint(low+high) / 2); taken[mid].From.Before(t) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// setOf answers the set of the channels, or of the wanted one alone if it is
// among them.
func setOf(list []domain.Channel, wanted domain.Channel) (set channels) {
	for bit, c := range domain.Channels {
		if (wanted == "" || wanted == c) && slices.Contains(list, c) {
			set |= 1 << bit
		}
	}
	return set
}

var (
	homes  = setOf(domain.Channels, domain.Home)
	onSite = setOf(domain.Channels, domain.Visit) | homes
)

func slotMinutes(slot int) int {
	if slot <= 0 {
		return domain.DefaultSlotMinutes
	}
	return slot
}

// weekdayOf answers 1 for Monday to 7 for Sunday.
func weekdayOf(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

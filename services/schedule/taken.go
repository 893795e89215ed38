package schedule

import (
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// Take enters a booking in its order. It is the last guard, whatever the rules
// say: a booking of another appointment that overlaps is Conflict
// "slot_taken". Taking what the appointment already holds from the same start
// replaces it. A booking that is empty or longer than a day is Invalid.
func Take(d *domain.Diary, b domain.Booking) error {
	if !b.From.Before(b.To) || b.To.Sub(b.From) > dayLong {
		return domain.InvalidField("start", "bad_time")
	}
	at := firstFrom(d.Taken, b.To)
	for i := at - 1; i >= 0 && d.Taken[i].From.After(b.From.Add(-dayLong)); i-- {
		if t := &d.Taken[i]; t.Appointment != b.Appointment && b.From.Before(t.To) {
			return slotTaken()
		}
	}
	at = firstFrom(d.Taken, b.From)
	for i := at; i < len(d.Taken) && d.Taken[i].From.Equal(b.From); i++ {
		if d.Taken[i].Appointment == b.Appointment {
			d.Taken[i] = b
			return nil
		}
	}
	d.Taken = slices.Insert(d.Taken, at, b)
	return nil
}

// Release removes all bookings of the appointment and answers them.
func Release(d *domain.Diary, appointment string) []domain.Booking {
	return drop(d, func(b *domain.Booking) bool { return b.Appointment == appointment })
}

// Prune removes the bookings that ended before the day of now began and
// answers how many. Those of today stay, for they count in the daily maximum.
func Prune(d *domain.Diary, now time.Time) int {
	today := domain.DayOf(now).Time()
	return len(drop(d, func(b *domain.Booking) bool { return !b.To.After(today) }))
}

func drop(d *domain.Diary, what func(*domain.Booking) bool) (dropped []domain.Booking) {
	d.Taken = slices.DeleteFunc(d.Taken, func(b domain.Booking) bool {
		if !what(&b) {
			return false
		}
		dropped = append(dropped, b)
		return true
	})
	return dropped
}

// Orphans answers the ids of the appointments that begin now or later at a
// time the diary no longer offers: the turns of the village and channel on
// that day do not cover it, a closure touches it, or no post covers the day.
// Where it lies between the starts of slots, and notice, horizon, buffer and
// daily maximum, do not matter.
func Orphans(d *domain.Diary, c *Calendar, now time.Time) map[string]bool {
	orphans := map[string]bool{}
	p := newPage(d, c, now, "")
	for _, b := range d.Taken[firstFrom(d.Taken, now):] {
		p.open(domain.DayOf(b.From).Time(), b.Channel, b.Village)
		if !p.covers(b.From, b.To) || p.closed(b.From, b.To) {
			orphans[b.Appointment] = true
		}
	}
	return orphans
}

// covers reports whether the turns of the open day together cover the stretch.
func (p *page) covers(from, to time.Time) bool {
	for {
		i := slices.IndexFunc(p.turns, func(t turn) bool { return !from.Before(t.from) && from.Before(t.to) })
		if i < 0 {
			return false
		}
		if from = p.turns[i].to; !from.Before(to) {
			return true
		}
	}
}

package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// busy is an advisor of three villages with 16 half hours each weekday, on two
// channels, every second one taken for that many days on both sides of today.
func busy(days int) (*domain.Diary, time.Time) {
	d := diary(rules(domain.DefaultRules))
	for weekday := 1; weekday <= 5; weekday++ {
		village := []string{one, two}[weekday%2]
		shift(village, []domain.Channel{domain.Visit, domain.Video}, weekday, "08:30", "12:00", 30)(d)
		shift(village, []domain.Channel{domain.Visit, domain.Video}, weekday, "13:30", "18:00", 30)(d)
	}
	closure("2026-12-03 13:00", "2026-12-03 18:00")(d)
	today := domain.Day("2026-11-24")
	for i := -days; i <= days; i++ {
		day := today.Add(i)
		village := []string{one, two}[day.Weekday()%2]
		for m := domain.Minute(510); m < 1080; m += 60 {
			d.Taken = append(d.Taken, domain.Booking{Appointment: fmt.Sprint(day, m), From: day.At(m).UTC(), To: day.At(m + 30).UTC(), Channel: domain.Visit, Village: village})
		}
	}
	return d, today.At(480)
}

// BenchmarkSlots lists 14 days, half of them taken. The diary with a hundred
// times the bookings must cost the same.
func BenchmarkSlots(b *testing.B) {
	for _, days := range []int{14, 1400} {
		d, now := busy(days)
		c := shipped()
		q := schedule.Query{From: "2026-11-24", To: "2026-12-07"}
		b.Run(fmt.Sprintf("taken=%d", len(d.Taken)), func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = len(schedule.Slots(d, c, now, q))
			}
			b.ReportMetric(float64(n), "slots")
		})
	}
}

func BenchmarkJudge(b *testing.B) {
	d, now := busy(30)
	c := shipped()
	w := schedule.Wish{Start: at("2026-12-01 09:00"), Channel: domain.Visit, Village: one}
	if _, err := schedule.Judge(d, c, now, w); err != nil {
		w.Village = two
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schedule.Judge(d, c, now, w); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	d, now := busy(30)
	c := shipped()
	w := schedule.Wish{Start: at("2026-12-01 08:30"), Channel: domain.Visit, Village: two}
	b.ReportAllocs()
	for b.Loop() {
		schedule.Nearest(d, c, now, w, 3)
	}
}

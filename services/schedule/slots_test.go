package schedule_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

const (
	one = "110116001201"
	two = "110116001202"
)

var (
	visit = []domain.Channel{domain.Visit}
	home  = []domain.Channel{domain.Home}
	video = []domain.Channel{domain.Video}
)

// Wednesday 2026-11-25 is the day of most tests; now is the evening before.
const wednesday = 3

var eve = at("2026-11-24 20:00")

// diary has posts in two villages for all of 2024 to 2028 and no bounds but a
// horizon of 30 days.
func diary(change ...func(*domain.Diary)) *domain.Diary {
	d := &domain.Diary{
		Posts: []domain.Post{
			{Village: one, Role: domain.Main, From: "2024-01-01", To: "2028-12-31"},
			{Village: two, Role: domain.Main, From: "2024-01-01", To: "2028-12-31"},
		},
		Rules: domain.Rules{Horizon: 30},
	}
	for _, c := range change {
		c(d)
	}
	return d
}

func shift(village string, channels []domain.Channel, weekday int, from, to string, slot int) func(*domain.Diary) {
	return func(d *domain.Diary) {
		d.Shifts = append(d.Shifts, domain.Shift{Village: village, Channels: channels, Weekday: weekday, From: minute(from), To: minute(to), Slot: slot})
	}
}

func opening(day domain.Day, village string, channels []domain.Channel, from, to string, slot int) func(*domain.Diary) {
	return func(d *domain.Diary) {
		d.Openings = append(d.Openings, domain.Opening{Day: day, Village: village, Channels: channels, From: minute(from), To: minute(to), Slot: slot})
	}
}

func closure(from, to string) func(*domain.Diary) {
	return func(d *domain.Diary) {
		d.Closures = append(d.Closures, domain.Closure{From: at(from), To: at(to)})
	}
}

// taken enters a booking on a day "2026-11-25" from "09:00" to "09:30"; it
// comes from the store in UTC.
func taken(id, village string, channel domain.Channel, day domain.Day, from, to string) func(*domain.Diary) {
	return func(d *domain.Diary) {
		b := domain.Booking{Appointment: id, Village: village, Channel: channel, From: day.At(minute(from)).UTC(), To: day.At(minute(to)).UTC()}
		if err := schedule.Take(d, b); err != nil {
			panic(err)
		}
	}
}

func rules(r domain.Rules) func(*domain.Diary) { return func(d *domain.Diary) { d.Rules = r } }

func minute(s string) domain.Minute {
	m, ok := domain.ParseMinute(s)
	if !ok {
		panic("not a time: " + s)
	}
	return m
}

func TestSlots(t *testing.T) {
	morning := shift(one, visit, wednesday, "09:00", "10:30", 30)
	oneDay := schedule.Query{From: "2026-11-25", To: "2026-11-25"}
	tests := []struct {
		name  string
		diary *domain.Diary
		now   time.Time
		query schedule.Query
		want  []string
	}{
		{"nothing", diary(), eve, oneDay, nil},
		{"a shift", diary(morning), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 09:30 visit 1", "11-25 10:00 visit 1"}},
		{"every week to the horizon", diary(shift(one, visit, wednesday, "09:00", "09:30", 0)), eve,
			schedule.Query{From: "2026-01-01", To: "2027-12-31"},
			[]string{"11-25 09:00 visit 1", "12-02 09:00 visit 1", "12-09 09:00 visit 1", "12-16 09:00 visit 1", "12-23 09:00 visit 1"}},
		{"the days asked for are both included", diary(shift(one, visit, wednesday, "09:00", "09:30", 0)), eve,
			schedule.Query{From: "2026-12-02", To: "2026-12-09"}, []string{"12-02 09:00 visit 1", "12-09 09:00 visit 1"}},
		{"days in the wrong order", diary(morning), eve, schedule.Query{From: "2026-11-26", To: "2026-11-25"}, nil},
		{"no days", diary(morning), eve, schedule.Query{From: "2026-11-2x", To: "2026-11-25"}, nil},
		{"no last day", diary(morning), eve, schedule.Query{From: "2026-11-25", To: ""}, nil},
		{"a rest shorter than a slot is not offered", diary(shift(one, visit, wednesday, "09:00", "10:00", 25)), eve, oneDay,
			[]string{"11-25 09:00 visit 1 25m", "11-25 09:25 visit 1 25m"}},
		{"a window shorter than a slot", diary(shift(one, visit, wednesday, "09:00", "09:29", 30)), eve, oneDay, nil},
		{"the default length", diary(shift(one, visit, wednesday, "09:00", "09:59", 0)), eve, oneDay, []string{"11-25 09:00 visit 1"}},
		{"the whole day to 24:00", diary(shift(one, video, wednesday, "00:00", "24:00", 720)), eve, oneDay,
			[]string{"11-25 00:00 video 1 720m", "11-25 12:00 video 1 720m"}},
		{"the channels in their order, then the villages", diary(
			shift(two, []domain.Channel{domain.Phone, domain.Video}, wednesday, "09:00", "09:30", 30),
			shift(one, []domain.Channel{domain.Video, domain.Visit, domain.Phone, domain.Home}, wednesday, "09:00", "09:30", 30),
		), eve, oneDay, []string{
			"11-25 09:00 visit 1", "11-25 09:00 home 1", "11-25 09:00 video 1", "11-25 09:00 video 2", "11-25 09:00 phone 1", "11-25 09:00 phone 2"}},
		{"one channel", diary(shift(one, domain.Channels, wednesday, "09:00", "09:30", 30)), eve,
			schedule.Query{From: "2026-11-25", To: "2026-11-25", Channel: domain.Phone}, []string{"11-25 09:00 phone 1"}},
		{"one village", diary(morning, shift(two, visit, wednesday, "14:00", "14:30", 30)), eve,
			schedule.Query{From: "2026-11-25", To: "2026-11-25", Village: two}, []string{"11-25 14:00 visit 2"}},
		{"overlapping shifts give a slot once", diary(morning, shift(one, visit, wednesday, "10:00", "11:00", 30)), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 09:30 visit 1", "11-25 10:00 visit 1", "11-25 10:30 visit 1"}},
		{"of two lengths both, the shorter first", diary(shift(one, visit, wednesday, "09:00", "10:00", 60), shift(one, visit, wednesday, "09:00", "09:30", 30)), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 09:00 visit 1 60m"}},

		// Holidays: 2026-10-01 is a Thursday off, Saturday 10-10 is a make-up day.
		{"no shift on a holiday", diary(shift(one, visit, 4, "09:00", "09:30", 30)), at("2026-09-30 08:00"),
			schedule.Query{From: "2026-10-01", To: "2026-10-08"}, []string{"10-08 09:00 visit 1"}},
		{"an opening on a holiday", diary(shift(one, visit, 4, "09:00", "09:30", 30), opening("2026-10-01", one, visit, "15:00", "15:30", 30)), at("2026-09-30 08:00"),
			schedule.Query{From: "2026-10-01", To: "2026-10-01"}, []string{"10-01 15:00 visit 1"}},
		{"a weekend among the holidays", diary(shift(one, visit, 7, "09:00", "09:30", 30)), at("2026-09-30 08:00"),
			schedule.Query{From: "2026-10-01", To: "2026-10-11"}, []string{"10-11 09:00 visit 1"}},
		{"a make-up Saturday is a Saturday", diary(shift(one, visit, 6, "09:00", "09:30", 30), shift(one, visit, 5, "09:00", "09:30", 30)), at("2026-10-09 10:00"),
			schedule.Query{From: "2026-10-09", To: "2026-10-10"}, []string{"10-10 09:00 visit 1"}},
		{"shifts run in a year without a table", diary(shift(one, visit, 5, "09:00", "09:30", 30)), at("2026-12-30 08:00"),
			schedule.Query{From: "2026-12-31", To: "2027-01-07"}, []string{"01-01 09:00 visit 1"}},

		// Earliest notice and horizon.
		{"exactly at the notice", diary(morning, rules(domain.Rules{EarliestNotice: 120, Horizon: 30})), at("2026-11-25 07:30"), oneDay,
			[]string{"11-25 09:30 visit 1", "11-25 10:00 visit 1"}},
		{"a moment past the notice", diary(morning, rules(domain.Rules{EarliestNotice: 120, Horizon: 30})), at("2026-11-25 07:30").Add(1), oneDay,
			[]string{"11-25 10:00 visit 1"}},
		{"without notice a slot that begins now", diary(morning), at("2026-11-25 10:00"), oneDay, []string{"11-25 10:00 visit 1"}},
		{"notice over midnight", diary(shift(one, visit, wednesday, "00:00", "01:00", 30), rules(domain.Rules{EarliestNotice: 60, Horizon: 30})), at("2026-11-24 23:30"),
			schedule.Query{From: "2026-11-24", To: "2026-11-25"}, []string{"11-25 00:30 visit 1"}},
		{"the last day of the horizon", diary(morning, rules(domain.Rules{Horizon: 1})), at("2026-11-24 00:00"), oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 09:30 visit 1", "11-25 10:00 visit 1"}},
		{"the day after the horizon", diary(morning, rules(domain.Rules{Horizon: 1})), at("2026-11-23 24:00").Add(-1), oneDay, nil},
		{"today is China's", diary(morning, rules(domain.Rules{Horizon: 0})), at("2026-11-25 00:00").UTC(), oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 09:30 visit 1", "11-25 10:00 visit 1"}},

		// Posts.
		{"the post begins and ends", diary(shift(one, visit, wednesday, "09:00", "09:30", 30), func(d *domain.Diary) {
			d.Posts = []domain.Post{{Village: one, From: "2026-12-02", To: "2026-12-09"}}
		}), eve, schedule.Query{From: "2026-11-25", To: "2026-12-31"}, []string{"12-02 09:00 visit 1", "12-09 09:00 visit 1"}},
		{"the post does not reach the day", diary(shift(one, visit, wednesday, "09:00", "09:30", 30), func(d *domain.Diary) {
			d.Posts = []domain.Post{{Village: one, From: "2026-11-26", To: "2026-12-01"}, {Village: two, From: "2026-01-01", To: "2026-12-31"}}
		}), eve, schedule.Query{From: "2026-11-25", To: "2026-12-02"}, nil},

		// Closures.
		{"a closure takes what it touches", diary(morning, closure("2026-11-25 09:29", "2026-11-25 09:31")), eve, oneDay, []string{"11-25 10:00 visit 1"}},
		{"a closure with equal edges", diary(morning, closure("2026-11-25 09:30", "2026-11-25 10:00")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 10:00 visit 1"}},
		{"closures before and after", diary(morning, closure("2026-11-20 00:00", "2026-11-25 09:00"), closure("2026-11-25 10:30", "2026-12-25 00:00")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 09:30 visit 1", "11-25 10:00 visit 1"}},
		{"a closure over days", diary(morning, closure("2026-11-20 00:00", "2026-12-20 00:00")), eve, oneDay, nil},
		{"a closure from midnight", diary(shift(one, visit, wednesday, "23:00", "24:00", 30), closure("2026-11-25 24:00", "2026-11-27 00:00")), eve, oneDay,
			[]string{"11-25 23:00 visit 1", "11-25 23:30 visit 1"}},

		// What is taken.
		{"equal edges are free", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "09:30", "10:00")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 10:00 visit 1"}},
		{"a minute of overlap on both sides", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "09:29", "10:01")), eve, oneDay, nil},
		{"all channels and villages are taken", diary(shift(one, domain.Channels, wednesday, "09:00", "09:30", 30), taken("a", two, domain.Phone, "2026-11-25", "09:00", "09:30")), eve, oneDay, nil},
		{"taken over midnight", diary(shift(one, video, wednesday, "00:00", "01:00", 30), func(d *domain.Diary) {
			d.Taken = []domain.Booking{{Appointment: "a", From: at("2026-11-24 23:00"), To: at("2026-11-25 00:10"), Channel: domain.Video, Village: one}}
		}), eve, oneDay, []string{"11-25 00:30 video 1"}},

		// The buffer between two places.
		{"the buffer is exact", diary(shift(one, visit, wednesday, "09:00", "12:00", 30), rules(domain.Rules{Horizon: 30, Buffer: 30}),
			taken("a", two, domain.Visit, "2026-11-25", "10:00", "10:30")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 11:00 visit 1", "11-25 11:30 visit 1"}},
		{"a minute short of the buffer", diary(shift(one, visit, wednesday, "09:00", "12:00", 30), rules(domain.Rules{Horizon: 30, Buffer: 31}),
			taken("a", two, domain.Visit, "2026-11-25", "10:00", "10:30")), eve, oneDay, []string{"11-25 11:30 visit 1"}},
		{"the buffer is exact beside a longer booking", diary(shift(one, visit, wednesday, "09:00", "12:00", 30), rules(domain.Rules{Horizon: 30, Buffer: 30}),
			taken("a", two, domain.Visit, "2026-11-25", "10:00", "10:30"), taken("b", one, domain.Phone, "2026-11-25", "06:00", "08:00")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 11:00 visit 1", "11-25 11:30 visit 1"}},
		{"no buffer in the same room", diary(morning, rules(domain.Rules{Horizon: 30, Buffer: 240}),
			taken("a", one, domain.Visit, "2026-11-25", "09:30", "10:00")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 10:00 visit 1"}},
		{"a home is a place of its own", diary(shift(one, []domain.Channel{domain.Visit, domain.Home}, wednesday, "09:00", "10:30", 30), rules(domain.Rules{Horizon: 30, Buffer: 30}),
			taken("a", one, domain.Home, "2026-11-25", "09:30", "10:00")), eve, oneDay, nil},
		{"a home beside the room", diary(shift(one, []domain.Channel{domain.Visit, domain.Home}, wednesday, "09:00", "11:00", 30), rules(domain.Rules{Horizon: 30, Buffer: 30}),
			taken("a", one, domain.Visit, "2026-11-25", "09:30", "10:00")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 10:00 visit 1", "11-25 10:30 visit 1", "11-25 10:30 home 1"}},
		{"no buffer to or from a screen", diary(shift(one, []domain.Channel{domain.Visit, domain.Video}, wednesday, "09:00", "10:30", 30), rules(domain.Rules{Horizon: 30, Buffer: 240}),
			taken("a", two, domain.Video, "2026-11-25", "09:00", "09:30")), eve, oneDay,
			[]string{"11-25 09:30 visit 1", "11-25 09:30 video 1", "11-25 10:00 visit 1", "11-25 10:00 video 1"}},
		{"video beside a visit elsewhere", diary(shift(one, video, wednesday, "09:00", "10:30", 30), rules(domain.Rules{Horizon: 30, Buffer: 240}),
			taken("a", two, domain.Visit, "2026-11-25", "09:30", "10:00")), eve, oneDay,
			[]string{"11-25 09:00 video 1", "11-25 10:00 video 1"}},
		{"the buffer beyond a nearer booking", diary(shift(one, visit, wednesday, "10:00", "11:00", 30), rules(domain.Rules{Horizon: 30, Buffer: 60}),
			taken("a", two, domain.Visit, "2026-11-25", "09:00", "09:30"), taken("b", one, domain.Phone, "2026-11-25", "09:45", "10:00")), eve, oneDay,
			[]string{"11-25 10:30 visit 1"}},
		{"the buffer over midnight", diary(shift(one, visit, wednesday, "00:00", "01:30", 30), rules(domain.Rules{Horizon: 30, Buffer: 60}),
			taken("a", two, domain.Home, "2026-11-24", "23:00", "24:00")), eve, oneDay, []string{"11-25 01:00 visit 1"}},
		{"the buffer to the next day", diary(shift(one, visit, wednesday, "22:00", "24:00", 30), rules(domain.Rules{Horizon: 30, Buffer: 60}),
			taken("a", two, domain.Home, "2026-11-26", "00:00", "01:00")), eve, oneDay,
			[]string{"11-25 22:00 visit 1", "11-25 22:30 visit 1"}},

		// The daily maximum.
		{"below the daily maximum", diary(morning, rules(domain.Rules{Horizon: 30, DailyMax: 2}), taken("a", two, domain.Phone, "2026-11-25", "20:00", "20:30")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 09:30 visit 1", "11-25 10:00 visit 1"}},
		{"the daily maximum is reached", diary(morning, rules(domain.Rules{Horizon: 30, DailyMax: 2}),
			taken("a", two, domain.Phone, "2026-11-25", "20:00", "20:30"), taken("b", two, domain.Phone, "2026-11-25", "00:00", "00:30")), eve, oneDay, nil},
		{"other days do not count", diary(morning, rules(domain.Rules{Horizon: 30, DailyMax: 1}),
			taken("a", two, domain.Phone, "2026-11-24", "23:30", "24:00"), taken("b", two, domain.Phone, "2026-11-26", "00:00", "00:30")), eve, oneDay,
			[]string{"11-25 09:00 visit 1", "11-25 09:30 visit 1", "11-25 10:00 visit 1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := starts(schedule.Slots(tt.diary, shipped(), tt.now, tt.query))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

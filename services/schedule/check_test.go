package schedule_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

func TestCheckSchedule(t *testing.T) {
	both := []domain.Channel{domain.Video, domain.Visit}
	raw := func(s domain.Shift) func(*domain.Diary) {
		return func(d *domain.Diary) { d.Shifts = append(d.Shifts, s) }
	}
	sound := domain.Shift{Village: one, Channels: visit, Weekday: 1, From: 540, To: 600, Slot: 30}
	with := func(change func(*domain.Shift)) func(*domain.Diary) { s := sound; change(&s); return raw(s) }
	many := func(n int) func(*domain.Diary) {
		return func(d *domain.Diary) {
			for range n {
				d.Shifts = append(d.Shifts, sound)
			}
		}
	}
	manyOpenings := func(n int) func(*domain.Diary) {
		return func(d *domain.Diary) {
			for range n {
				opening("2026-11-25", one, visit, "09:00", "10:00", 30)(d)
			}
		}
	}
	tests := []struct {
		name  string
		diary *domain.Diary
		want  []string // "field reason"
	}{
		{"sound", diary(raw(sound), opening("2026-11-25", two, both, "00:00", "24:00", 240)), nil},
		{"nothing but rules", diary(), nil},
		{"default rules", diary(rules(domain.DefaultRules)), nil},
		{"default slot", diary(with(func(s *domain.Shift) { s.Slot = 0 })), nil},
		{"the default slot does not fit", diary(with(func(s *domain.Shift) { s.Slot, s.To = 0, 569 })), []string{"shifts[0].slot_minutes does_not_fit"}},
		{"all bounds", diary(rules(domain.Rules{EarliestNotice: 20160, Horizon: 90, Buffer: 240, DailyMax: 100}), with(func(s *domain.Shift) { s.From, s.To, s.Slot, s.Weekday = 0, 1440, 5, 7 })), nil},
		{"rules below", diary(rules(domain.Rules{EarliestNotice: -1, Horizon: 0, Buffer: -1, DailyMax: -1})),
			[]string{"earliest_notice_minutes out_of_range", "horizon_days out_of_range", "buffer_minutes out_of_range", "daily_max out_of_range"}},
		{"rules above", diary(rules(domain.Rules{EarliestNotice: 20161, Horizon: 91, Buffer: 241, DailyMax: 101})),
			[]string{"earliest_notice_minutes out_of_range", "horizon_days out_of_range", "buffer_minutes out_of_range", "daily_max out_of_range"}},
		{"empty", diary(raw(domain.Shift{})),
			[]string{"shifts[0].weekday out_of_range", "shifts[0].village required", "shifts[0].channels required", "shifts[0].to bad_time"}},
		{"weekday 8", diary(with(func(s *domain.Shift) { s.Weekday = 8 })), []string{"shifts[0].weekday out_of_range"}},
		{"village of 9 digits", diary(with(func(s *domain.Shift) { s.Village = "110116001" })), []string{"shifts[0].village unknown"}},
		{"village without a post", diary(raw(sound), with(func(s *domain.Shift) { s.Village, s.Weekday = "110116001203", 2 })), []string{"shifts[1].village not_served"}},
		{"unknown channel", diary(with(func(s *domain.Shift) { s.Channels = []domain.Channel{"visit", "fax", "fax"} })), []string{"shifts[0].channels unknown"}},
		{"channel twice", diary(with(func(s *domain.Shift) { s.Channels = []domain.Channel{"visit", "visit"} })), []string{"shifts[0].channels repeated"}},
		{"negative from", diary(with(func(s *domain.Shift) { s.From = -1 })), []string{"shifts[0].from bad_time"}},
		{"from 24:00", diary(with(func(s *domain.Shift) { s.From, s.To = 1440, 1440 })), []string{"shifts[0].from bad_time"}},
		{"to beyond 24:00", diary(with(func(s *domain.Shift) { s.To = 1441 })), []string{"shifts[0].to bad_time"}},
		{"to equals from", diary(with(func(s *domain.Shift) { s.To = s.From })), []string{"shifts[0].to bad_time"}},
		{"slot of 4", diary(with(func(s *domain.Shift) { s.Slot = 4 })), []string{"shifts[0].slot_minutes out_of_range"}},
		{"slot of 241", diary(with(func(s *domain.Shift) { s.Slot = 241 })), []string{"shifts[0].slot_minutes out_of_range"}},
		{"negative slot", diary(with(func(s *domain.Shift) { s.Slot = -30 })), []string{"shifts[0].slot_minutes out_of_range"}},
		{"slot as long as the window", diary(with(func(s *domain.Shift) { s.Slot = 60 })), nil},
		{"slot longer than the window", diary(with(func(s *domain.Shift) { s.Slot = 61 })), []string{"shifts[0].slot_minutes does_not_fit"}},
		{"100 shifts", diary(many(100)), nil},
		{"101 shifts", diary(many(101)), []string{"shifts too_many"}},
		{"200 openings", diary(manyOpenings(200)), nil},
		{"201 openings", diary(manyOpenings(201)), []string{"openings too_many"}},
		{"opening on no day", diary(opening("2026-02-30", one, visit, "09:00", "10:00", 30)), []string{"openings[0].day bad_day"}},
		{"opening without a post on the day", diary(opening("2029-01-01", one, visit, "09:00", "10:00", 30)), []string{"openings[0].village not_served"}},
		{"opening: slot", diary(opening("2026-11-25", one, visit, "09:00", "10:00", 3)), []string{"openings[0].slot_minutes out_of_range"}},

		{"on site in two villages at once", diary(shift(one, visit, 1, "09:00", "10:00", 30), shift(two, home, 1, "09:59", "11:00", 30)), []string{"shifts[1].from overlaps"}},
		{"one after the other", diary(shift(one, visit, 1, "09:00", "10:00", 30), shift(two, home, 1, "10:00", "11:00", 30)), nil},
		{"on other weekdays", diary(shift(one, visit, 1, "09:00", "10:00", 30), shift(two, home, 2, "09:00", "10:00", 30)), nil},
		{"in one village", diary(shift(one, visit, 1, "09:00", "10:00", 30), shift(one, home, 1, "09:00", "10:00", 30)), nil},
		{"one of them by video", diary(shift(one, both, 1, "09:00", "10:00", 30), shift(two, video, 1, "09:00", "10:00", 30)), nil},
		{"both also by video", diary(shift(one, both, 1, "09:00", "10:00", 30), shift(two, both, 1, "09:00", "10:00", 30)), []string{"shifts[1].from overlaps"}},
		{"openings in two villages at once", diary(opening("2026-11-25", one, visit, "09:00", "10:00", 30), opening("2026-11-25", two, visit, "09:30", "10:00", 30)), []string{"openings[1].from overlaps"}},
		{"an opening beside a shift", diary(shift(one, visit, wednesday, "09:00", "10:00", 30), opening("2026-11-25", two, visit, "09:30", "10:00", 30)), nil},
		{"all faults at once", diary(with(func(s *domain.Shift) { s.Weekday, s.Slot = 0, 1 }), rules(domain.Rules{})),
			[]string{"shifts[0].weekday out_of_range", "shifts[0].slot_minutes out_of_range", "horizon_days out_of_range"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range fields(t, schedule.CheckSchedule(tt.diary)) {
				got = append(got, fmt.Sprint(f.Name, " ", f.Reason))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package schedule_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

func TestJudge(t *testing.T) {
	morning := shift(one, visit, wednesday, "09:00", "10:30", 30)
	nine := schedule.Wish{Start: at("2026-11-25 09:00"), Channel: domain.Visit, Village: one}
	with := func(change func(*schedule.Wish)) schedule.Wish { w := nine; change(&w); return w }
	tests := []struct {
		name  string
		diary *domain.Diary
		now   time.Time
		wish  schedule.Wish
		want  string // of the error; empty = granted
	}{
		{"granted", diary(morning), eve, nine, ""},
		{"granted in UTC", diary(morning), eve, with(func(w *schedule.Wish) { w.Start = w.Start.UTC() }), ""},
		{"taken", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "08:30", "09:01")), eve, nine, "slot_taken"},
		{"in the buffer", diary(morning, rules(domain.Rules{Horizon: 30, Buffer: 30}), taken("a", two, domain.Visit, "2026-11-25", "09:45", "10:00")), eve, nine, "slot_taken"},
		{"daily maximum", diary(morning, rules(domain.Rules{Horizon: 30, DailyMax: 1}), taken("a", two, domain.Video, "2026-11-25", "19:00", "19:30")), eve, nine, "slot_taken"},
		{"moving within the overlap", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "08:30", "09:01")), eve, with(func(w *schedule.Wish) { w.Moving = "a" }), ""},
		{"moving within the daily maximum", diary(morning, rules(domain.Rules{Horizon: 30, DailyMax: 1}), taken("a", one, domain.Visit, "2026-11-25", "10:00", "10:30")), eve, with(func(w *schedule.Wish) { w.Moving = "a" }), ""},
		{"moving onto another", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "09:30", "10:00"), taken("b", one, domain.Visit, "2026-11-25", "09:00", "09:30")), eve, with(func(w *schedule.Wish) { w.Moving = "a" }), "slot_taken"},
		{"off the grid", diary(morning), eve, with(func(w *schedule.Wish) { w.Start = at("2026-11-25 09:10") }), "invalid_fields start:not_offered"},
		{"a second off the grid", diary(morning), eve, with(func(w *schedule.Wish) { w.Start = w.Start.Add(time.Second) }), "invalid_fields start:not_offered"},
		{"before the shift", diary(morning), eve, with(func(w *schedule.Wish) { w.Start = at("2026-11-25 08:30") }), "invalid_fields start:not_offered"},
		{"at the shift's end", diary(morning), eve, with(func(w *schedule.Wish) { w.Start = at("2026-11-25 10:30") }), "invalid_fields start:not_offered"},
		{"another channel", diary(morning), eve, with(func(w *schedule.Wish) { w.Channel = domain.Phone }), "invalid_fields start:not_offered"},
		{"no channel", diary(morning), eve, with(func(w *schedule.Wish) { w.Channel = "" }), "invalid_fields start:not_offered"},
		{"unknown channel", diary(shift(one, []domain.Channel{"fax"}, wednesday, "09:00", "10:30", 30)), eve, with(func(w *schedule.Wish) { w.Channel = "fax" }), "invalid_fields start:not_offered"},
		{"another village's shift", diary(morning), eve, with(func(w *schedule.Wish) { w.Village = two }), "invalid_fields start:not_offered"},
		{"on leave", diary(morning, closure("2026-11-25 09:10", "2026-11-25 09:20")), eve, nine, "invalid_fields start:not_offered"},
		{"on leave and taken", diary(morning, closure("2026-11-25 09:10", "2026-11-25 09:20"), taken("a", one, domain.Visit, "2026-11-25", "09:00", "09:30")), eve, nine, "invalid_fields start:not_offered"},
		{"a holiday", diary(shift(one, visit, 4, "09:00", "10:00", 30)), at("2026-09-30 08:00"), with(func(w *schedule.Wish) { w.Start = at("2026-10-01 09:00") }), "invalid_fields start:not_offered"},
		{"no village", diary(morning), eve, with(func(w *schedule.Wish) { w.Village = "" }), "invalid_fields village:not_served"},
		{"a village without a post", diary(morning), eve, with(func(w *schedule.Wish) { w.Village = "110116001203" }), "invalid_fields village:not_served"},
		{"the post has ended", diary(morning, func(d *domain.Diary) { d.Posts[0].To = "2026-11-24" }), eve, nine, "invalid_fields village:not_served"},
		{"on the post's last day", diary(morning, func(d *domain.Diary) { d.Posts[0].To = "2026-11-25" }), eve, nine, ""},
		{"exactly at the notice", diary(morning, rules(domain.Rules{Horizon: 30, EarliestNotice: 60})), at("2026-11-25 08:00"), nine, ""},
		{"past the notice", diary(morning, rules(domain.Rules{Horizon: 30, EarliestNotice: 60})), at("2026-11-25 08:00").Add(time.Millisecond), nine, "invalid_fields start:too_soon"},
		{"in the past", diary(morning), at("2026-12-25 08:00"), nine, "invalid_fields start:too_soon"},
		{"on the last day", diary(morning, rules(domain.Rules{Horizon: 1})), eve, nine, ""},
		{"past the horizon", diary(morning, rules(domain.Rules{Horizon: 0})), eve, nine, "invalid_fields start:too_far"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			slot, err := schedule.Judge(tt.diary, shipped(), tt.now, tt.wish)
			if tt.want != "" {
				if err == nil || err.Error() != tt.want || slot != (domain.Slot{}) {
					t.Fatalf("got %v, %v, want %q", slot, err, tt.want)
				}
				if e, ok := errors.AsType[*domain.Error](err); !ok || (e.Code == domain.Conflict) != (tt.want == "slot_taken") {
					t.Errorf("error %v", err)
				}
				return
			}
			want := domain.Slot{Start: tt.wish.Start, End: tt.wish.Start.Add(30 * time.Minute), Channel: tt.wish.Channel, Village: tt.wish.Village}
			if diff := cmp.Diff(want, slot); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

func TestJudgeTakesTheShortest(t *testing.T) {
	d := diary(shift(one, visit, wednesday, "09:00", "10:00", 60), shift(one, visit, wednesday, "09:00", "10:00", 20), shift(one, visit, wednesday, "09:00", "10:00", 30))
	slot, err := schedule.Judge(d, shipped(), eve, schedule.Wish{Start: at("2026-11-25 09:00"), Channel: domain.Visit, Village: one})
	if err != nil || slot.End.Sub(slot.Start) != 20*time.Minute {
		t.Errorf("got %v, %v", slot, err)
	}
}

// TestOffersDoNotLeak: callers hang an offer on the error they get.
func TestOffersDoNotLeak(t *testing.T) {
	d := diary(shift(one, visit, wednesday, "09:00", "10:00", 30), taken("a", one, domain.Visit, "2026-11-25", "09:00", "09:30"))
	wish := schedule.Wish{Start: at("2026-11-25 09:00"), Channel: domain.Visit, Village: one}
	_, first := schedule.Judge(d, shipped(), eve, wish)
	first.(*domain.Error).Offer = &domain.Offer{}
	if _, second := schedule.Judge(d, shipped(), eve, wish); second.(*domain.Error).Offer != nil {
		t.Error("two refusals share one error")
	}
}

func TestNearest(t *testing.T) {
	base := diary(
		shift(one, []domain.Channel{domain.Visit, domain.Video}, wednesday, "09:00", "10:30", 30),
		shift(two, visit, wednesday, "14:00", "15:00", 30),
		shift(one, visit, 5, "09:00", "09:30", 30),
	)
	full := diary(
		shift(one, visit, wednesday, "09:00", "10:30", 30),
		taken("a", one, domain.Visit, "2026-11-25", "09:00", "09:30"),
		taken("b", one, domain.Visit, "2026-11-25", "09:30", "10:00"),
		taken("c", one, domain.Visit, "2026-11-25", "10:00", "10:30"),
	)
	far := diary(shift(one, visit, 6, "23:00", "23:30", 30), shift(one, visit, 1, "09:00", "09:30", 30), shift(one, visit, 7, "23:30", "24:00", 30))
	wish := func(start string) schedule.Wish {
		return schedule.Wish{Start: at(start), Channel: domain.Visit, Village: one}
	}
	moving := wish("2026-11-25 09:00")
	moving.Moving = "b"
	tests := []struct {
		name  string
		diary *domain.Diary
		wish  schedule.Wish
		n     int
		want  []string
	}{
		{"the earlier of two first", base, wish("2026-11-25 09:30"), 3, []string{"11-25 09:30 visit 1", "11-25 09:00 visit 1", "11-25 10:00 visit 1"}},
		{"days on both sides", base, wish("2026-12-03 09:00"), 2, []string{"12-02 10:00 visit 1", "12-02 09:30 visit 1"}},
		{"equally near days", base, wish("2026-12-03 09:00"), 4, []string{"12-02 10:00 visit 1", "12-02 09:30 visit 1", "12-02 09:00 visit 1", "12-04 09:00 visit 1"}},
		{"the day before may be nearer", far, wish("2026-11-29 00:10"), 1, []string{"11-28 23:00 visit 1"}},
		{"the day after may be nearer", far, wish("2026-11-29 23:50"), 3, []string{"11-29 23:30 visit 1", "11-30 09:00 visit 1", "11-28 23:00 visit 1"}},
		{"the next week", full, wish("2026-11-25 09:00"), 1, []string{"12-02 09:00 visit 1"}},
		{"not where it already is", full, moving, 1, []string{"12-02 09:00 visit 1"}},
		{"before all", base, wish("2020-01-01 09:00"), 2, []string{"11-25 09:00 visit 1", "11-25 09:30 visit 1"}},
		{"after all", base, wish("2029-01-01 09:00"), 2, []string{"12-23 10:00 visit 1", "12-23 09:30 visit 1"}},
		{"fewer than wished", diary(opening("2026-11-25", one, visit, "09:00", "09:30", 30)), wish("2026-12-01 09:00"), 3, []string{"11-25 09:00 visit 1"}},
		{"none wished", base, wish("2026-11-25 09:30"), 0, nil},
		{"fewer than none wished", base, wish("2026-11-25 09:30"), -1, nil},
		{"none there", diary(), wish("2026-11-25 09:30"), 3, nil},
		{"no village", base, schedule.Wish{Start: eve, Channel: domain.Visit}, 3, nil},
		{"no channel", base, schedule.Wish{Start: eve, Village: one}, 3, nil},
		{"no day within the bounds", diary(rules(domain.Rules{Horizon: 1, EarliestNotice: 14 * 24 * 60}), shift(one, visit, wednesday, "09:00", "09:30", 30)), wish("2026-11-25 09:00"), 3, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := starts(schedule.Nearest(tt.diary, shipped(), eve, tt.wish, tt.n))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

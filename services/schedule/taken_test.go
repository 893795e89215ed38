package schedule_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// ids shows what is taken as "a 09:00".
func ids(taken []domain.Booking) []string {
	var out []string
	for _, b := range taken {
		out = append(out, b.Appointment+" "+b.From.In(domain.China).Format("15:04"))
	}
	return out
}

func booking(id, from, to string) domain.Booking {
	return domain.Booking{Appointment: id, From: domain.Day("2026-11-25").At(minute(from)), To: domain.Day("2026-11-25").At(minute(to)), Channel: domain.Visit, Village: one}
}

func TestTake(t *testing.T) {
	gone := domain.Fault(domain.Conflict, "slot_taken")
	bad := domain.InvalidField("start", "bad_time")
	tests := []struct {
		name string
		take domain.Booking
		err  error
		want []string
	}{
		{"first", booking("x", "08:00", "08:30"), nil, []string{"x 08:00", "a 09:00", "b 10:00"}},
		{"between, edges equal", booking("x", "09:30", "10:00"), nil, []string{"a 09:00", "x 09:30", "b 10:00"}},
		{"last", booking("x", "11:00", "11:30"), nil, []string{"a 09:00", "b 10:00", "x 11:00"}},
		{"the same start", booking("x", "09:00", "09:10"), gone, nil},
		{"a minute over the end", booking("x", "09:29", "09:59"), gone, nil},
		{"a minute over the start", booking("x", "09:31", "10:01"), gone, nil},
		{"inside", booking("x", "10:10", "10:20"), gone, nil},
		{"around", booking("x", "00:00", "24:00"), gone, nil},
		{"its own again", booking("a", "09:00", "09:40"), nil, []string{"a 09:00", "b 10:00"}},
		{"over its own", booking("a", "09:15", "09:45"), nil, []string{"a 09:00", "a 09:15", "b 10:00"}},
		{"over its own and another", booking("a", "09:15", "10:15"), gone, nil},
		{"empty", booking("x", "08:00", "08:00"), bad, nil},
		{"backward", booking("x", "08:00", "07:00"), bad, nil},
		{"longer than a day", domain.Booking{Appointment: "x", From: at("2026-11-20 00:00"), To: at("2026-11-21 00:01")}, bad, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := diary()
			d.Taken = []domain.Booking{booking("a", "09:00", "09:30"), booking("b", "10:00", "10:30")}
			err := schedule.Take(d, tt.take)
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if tt.err != nil {
				tt.want = []string{"a 09:00", "b 10:00"}
			}
			if diff := cmp.Diff(tt.want, ids(d.Taken)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMoveOverItself follows a move onto a time that overlaps the old one, the
// only case in which entries overlap, with a longer entry that hides a shorter.
func TestMoveOverItself(t *testing.T) {
	d := diary(shift(one, visit, wednesday, "08:00", "12:00", 30))
	for _, b := range []domain.Booking{booking("a", "09:00", "11:00"), booking("a", "09:30", "10:00")} {
		if err := schedule.Take(d, b); err != nil {
			t.Fatal(err)
		}
	}
	if err := schedule.Take(d, booking("x", "10:30", "11:00")); domain.ReasonOf(err) != "slot_taken" {
		t.Errorf("the long entry is overlooked: %v", err)
	}
	oneDay := schedule.Query{From: "2026-11-25", To: "2026-11-25"}
	want := []string{"11-25 08:00 visit 1", "11-25 08:30 visit 1", "11-25 11:00 visit 1", "11-25 11:30 visit 1"}
	if diff := cmp.Diff(want, starts(schedule.Slots(d, shipped(), eve, oneDay))); diff != "" {
		t.Error(diff)
	}
}

func TestRelease(t *testing.T) {
	d := diary()
	d.Taken = []domain.Booking{booking("a", "09:00", "09:30"), booking("b", "10:00", "10:30"), booking("a", "11:00", "11:30")}
	if got := schedule.Release(d, "c"); got != nil {
		t.Errorf("released %v", ids(got))
	}
	if diff := cmp.Diff([]string{"a 09:00", "a 11:00"}, ids(schedule.Release(d, "a"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b 10:00"}, ids(d.Taken)); diff != "" {
		t.Error(diff)
	}
}

func TestPrune(t *testing.T) {
	d := diary()
	d.Taken = []domain.Booking{booking("a", "09:00", "09:30"), booking("b", "23:30", "24:00")}
	if n := schedule.Prune(d, at("2026-11-25 24:00").Add(-1)); n != 0 {
		t.Errorf("dropped %d of today's, which count in the daily maximum", n)
	}
	d.Taken = append(d.Taken, domain.Booking{Appointment: "c", From: at("2026-11-25 24:00"), To: at("2026-11-26 00:30")})
	if n := schedule.Prune(d, at("2026-11-26 00:00").UTC()); n != 2 || len(d.Taken) != 1 || d.Taken[0].Appointment != "c" {
		t.Errorf("dropped %d, kept %v", n, ids(d.Taken))
	}
}

func TestOrphans(t *testing.T) {
	morning := shift(one, visit, wednesday, "09:00", "10:00", 30)
	nine := taken("a", one, domain.Visit, "2026-11-25", "09:00", "09:30")
	tests := []struct {
		name  string
		diary *domain.Diary
		now   time.Time
		want  []string
	}{
		{"none taken", diary(morning), eve, nil},
		{"inside the shift", diary(morning, nine), eve, nil},
		{"off the grid, inside the shift", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "09:10", "09:55")), eve, nil},
		{"all of the shift", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "09:00", "10:00")), eve, nil},
		{"a minute beyond its end", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "09:31", "10:01")), eve, []string{"a"}},
		{"a minute before its start", diary(morning, taken("a", one, domain.Visit, "2026-11-25", "08:59", "09:29")), eve, []string{"a"}},
		{"over two shifts that touch", diary(morning, shift(one, visit, wednesday, "10:00", "11:00", 20), taken("a", one, domain.Visit, "2026-11-25", "09:45", "10:15")), eve, nil},
		{"over two shifts with a gap", diary(morning, shift(one, visit, wednesday, "10:01", "11:00", 20), taken("a", one, domain.Visit, "2026-11-25", "09:45", "10:15")), eve, []string{"a"}},
		{"shift gone", diary(nine), eve, []string{"a"}},
		{"other channel", diary(shift(one, video, wednesday, "09:00", "10:00", 30), nine), eve, []string{"a"}},
		{"other village", diary(shift(two, visit, wednesday, "09:00", "10:00", 30), nine), eve, []string{"a"}},
		{"other weekday", diary(shift(one, visit, 4, "09:00", "10:00", 30), nine), eve, []string{"a"}},
		{"an opening instead", diary(opening("2026-11-25", one, visit, "09:00", "09:30", 30), nine), eve, nil},
		{"a closure touches it", diary(morning, closure("2026-11-25 09:29", "2026-11-25 12:00"), nine), eve, []string{"a"}},
		{"a closure with an equal edge", diary(morning, closure("2026-11-25 09:30", "2026-11-25 12:00"), nine), eve, nil},
		{"the post has ended", diary(morning, nine, func(d *domain.Diary) { d.Posts[0].To = "2026-11-24" }), eve, []string{"a"}},
		{"the post's last day", diary(morning, nine, func(d *domain.Diary) { d.Posts[0].To = "2026-11-25" }), eve, nil},
		{"a holiday became known", diary(shift(one, visit, 4, "09:00", "10:00", 30), taken("a", one, domain.Visit, "2026-10-01", "09:00", "09:30")), at("2026-09-01 08:00"), []string{"a"}},
		{"already begun", diary(nine), at("2026-11-25 09:00").Add(1), nil},
		{"begins now", diary(nine), at("2026-11-25 09:00"), []string{"a"}},
		{"notice, horizon and maximum do not matter", diary(morning, nine, rules(domain.Rules{EarliestNotice: 20000, Horizon: 0, DailyMax: 1, Buffer: 240}),
			taken("b", one, domain.Visit, "2026-11-25", "09:30", "10:00")), eve, nil},
		{"over midnight", diary(shift(one, visit, wednesday, "00:00", "24:00", 30), shift(one, visit, 4, "00:00", "24:00", 30), func(d *domain.Diary) {
			d.Taken = []domain.Booking{{Appointment: "a", From: at("2026-11-25 23:30"), To: at("2026-11-26 00:30"), Channel: domain.Visit, Village: one}}
		}), eve, []string{"a"}},
		{"only those concerned", diary(morning, nine, taken("b", one, domain.Visit, "2026-11-25", "10:00", "10:30"), taken("c", one, domain.Visit, "2026-11-26", "09:00", "09:30")), eve, []string{"b", "c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := slices.Sorted(maps.Keys(schedule.Orphans(tt.diary, shipped(), tt.now)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package schedule_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

func shipped() *schedule.Calendar { return schedule.NewCalendar(schedule.Shipped()) }

// TestShippedAgrees compares the shipped tables with a source of other hands.
func TestShippedAgrees(t *testing.T) {
	data, err := os.ReadFile("testdata/chinese-days-1.5.7.json")
	if err != nil {
		t.Fatal(err)
	}
	var extract struct {
		Years map[string]struct {
			Holidays, Workdays []domain.Day
		} `json:"years"`
	}
	if err := json.Unmarshal(data, &extract); err != nil {
		t.Fatal(err)
	}
	years := schedule.Shipped()
	if len(years) != 3 || len(extract.Years) != 3 {
		t.Fatalf("got %d years, the extract has %d, want 3 each", len(years), len(extract.Years))
	}
	for _, y := range years {
		other := extract.Years[y.ID]
		if diff := cmp.Diff(other.Holidays, y.Off); diff != "" {
			t.Errorf("%s off (-chinese-days +ours):\n%s", y.ID, diff)
		}
		if diff := cmp.Diff(other.Workdays, y.Work); diff != "" {
			t.Errorf("%s work (-chinese-days +ours):\n%s", y.ID, diff)
		}
		if err := schedule.CheckYear(y); err != nil {
			t.Errorf("%s: %v", y.ID, err)
		}
	}
	notices := []string{years[0].Notice, years[1].Notice, years[2].Notice}
	want := []string{"国办发明电〔2023〕7号", "国办发明电〔2024〕12号", "国办发明电〔2025〕7号"}
	if diff := cmp.Diff(want, notices); diff != "" {
		t.Error(diff)
	}
}

func TestWorking(t *testing.T) {
	c := shipped()
	tests := []struct {
		day                 domain.Day
		working, known, off bool
		why                 string
	}{
		{"2026-11-25", true, true, false, "Wednesday"},
		{"2026-11-28", false, true, false, "ordinary Saturday"},
		{"2026-11-29", false, true, false, "ordinary Sunday"},
		{"2026-10-01", false, true, true, "holiday on Thursday"},
		{"2026-10-04", false, true, true, "Sunday among the holidays"},
		{"2026-10-08", true, true, false, "the day after"},
		{"2026-10-10", true, true, false, "make-up Saturday"},
		{"2026-01-04", true, true, false, "make-up Sunday"},
		{"2025-12-31", true, true, false, "last day of a year"},
		{"2024-02-09", true, true, false, "New Year's Eve of 2024, not off by the notice"},
		{"2027-01-04", false, false, false, "Monday of a year without a table"},
		{"2023-12-29", false, false, false, "Friday of a year without a table"},
		{"2026-02-30", false, false, false, "no such day"},
		{"2026", false, false, false, "no day"},
		{"", false, false, false, "nothing"},
	}
	for _, tt := range tests {
		working, known := c.Working(tt.day)
		if working != tt.working || known != tt.known || c.Off(tt.day) != tt.off {
			t.Errorf("%s (%s): got working %v, known %v, off %v", tt.day, tt.why, working, known, c.Off(tt.day))
		}
	}
}

// TestWorkingDaysOf2026 holds the count that domain.md names: 33 days off, 6
// make-up days, 248 working days.
func TestWorkingDaysOf2026(t *testing.T) {
	c := shipped()
	count := 0
	for day := domain.Day("2026-01-01"); day <= "2026-12-31"; day = day.Add(1) {
		if working, known := c.Working(day); !known {
			t.Fatalf("%s is not known", day)
		} else if working {
			count++
		}
	}
	y := schedule.Shipped()[2]
	if count != 248 || len(y.Off) != 33 || len(y.Work) != 6 {
		t.Errorf("got %d working days, %d off, %d make-up", count, len(y.Off), len(y.Work))
	}
}

func TestAddWorkingDays(t *testing.T) {
	c := shipped()
	tests := []struct {
		from domain.Day
		n    int
		want domain.Day
		ok   bool
		why  string
	}{
		{"2026-11-25", 0, "2026-11-25", true, "none"},
		{"2026-11-28", 0, "2026-11-28", true, "none, from a Saturday"},
		{"2026-11-25", -3, "2026-11-25", true, "fewer than none"},
		{"2026-11-25", 2, "2026-11-27", true, "within a week"},
		{"2026-11-26", 2, "2026-11-30", true, "over a weekend"},
		{"2026-11-28", 1, "2026-11-30", true, "from a Saturday"},
		{"2026-09-30", 1, "2026-10-08", true, "over the National Day holidays"},
		{"2026-10-09", 1, "2026-10-10", true, "onto a make-up Saturday"},
		{"2026-10-09", 2, "2026-10-12", true, "over a make-up Saturday"},
		{"2026-02-13", 2, "2026-02-24", true, "make-up Saturday, then the Spring Festival"},
		{"2025-12-31", 1, "2026-01-04", true, "over the new year onto a make-up Sunday"},
		{"2026-12-30", 1, "2026-12-31", true, "the last day that is known"},
		{"2026-12-30", 2, "", false, "into a year without a table"},
		{"2023-12-29", 1, "", false, "from a year without a table, through a weekend of it"},
		{"2023-12-31", 1, "2024-01-02", true, "only the days counted must be known"},
		{"2026-02-30", 1, "", false, "no such day"},
		{"", 0, "", false, "nothing"},
	}
	for _, tt := range tests {
		if got, ok := c.AddWorkingDays(tt.from, tt.n); got != tt.want || ok != tt.ok {
			t.Errorf("%s + %d (%s): got %q, %v", tt.from, tt.n, tt.why, got, ok)
		}
	}
}

func TestMissing(t *testing.T) {
	c := shipped()
	tests := []struct {
		from, to domain.Day
		want     []int
	}{
		{"2024-01-01", "2026-12-31", nil},
		{"2026-12-31", "2027-01-01", []int{2027}},
		{"2023-12-31", "2028-01-01", []int{2023, 2027, 2028}},
		{"2028-01-01", "2027-01-01", nil},
		{"2026-12-31", "soon", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, c.Missing(tt.from, tt.to)); diff != "" {
			t.Errorf("%s to %s:\n%s", tt.from, tt.to, diff)
		}
	}
	if !c.Has(2026) || c.Has(2027) || c.Has(0) {
		t.Error("Has is wrong")
	}
}

func TestLaterTableStands(t *testing.T) {
	corrected := domain.CalendarYear{Meta: domain.Meta{ID: "2026"}, Off: []domain.Day{"2026-11-25"}}
	c := schedule.NewCalendar(append(schedule.Shipped(), corrected))
	if !c.Off("2026-11-25") || c.Off("2026-10-01") || !c.Has(2025) {
		t.Error("the later table does not replace the earlier one")
	}
}

func TestCheckYear(t *testing.T) {
	sound := func() domain.CalendarYear {
		return domain.CalendarYear{
			Meta:   domain.Meta{ID: "2026"},
			Notice: "国办发明电〔2025〕7号",
			Off:    []domain.Day{"2026-10-01", "2026-10-04"},
			Work:   []domain.Day{"2026-10-10"},
		}
	}
	tests := []struct {
		name   string
		change func(*domain.CalendarYear)
		want   []domain.Field
	}{
		{"sound", func(*domain.CalendarYear) {}, nil},
		{"no year", func(y *domain.CalendarYear) { y.ID, y.Off, y.Work = "26", []domain.Day{"2026-10-01"}, nil },
			[]domain.Field{{Name: "year", Reason: "bad_year"}, {Name: "off[0]", Reason: "other_year"}}},
		{"nothing", func(y *domain.CalendarYear) { y.Notice, y.Off, y.Work = "", nil, nil },
			[]domain.Field{{Name: "notice", Reason: "required"}, {Name: "off", Reason: "required"}}},
		{"other year", func(y *domain.CalendarYear) { y.Off[1] = "2025-12-31" },
			[]domain.Field{{Name: "off[1]", Reason: "other_year"}}},
		{"no day", func(y *domain.CalendarYear) { y.Work[0] = "2026-02-30" },
			[]domain.Field{{Name: "work[0]", Reason: "bad_day"}}},
		{"twice", func(y *domain.CalendarYear) { y.Off[1] = "2026-10-01" },
			[]domain.Field{{Name: "off[1]", Reason: "repeated"}}},
		{"off and work", func(y *domain.CalendarYear) { y.Work[0] = "2026-10-04" },
			[]domain.Field{{Name: "work[0]", Reason: "repeated"}}},
		{"make-up Friday", func(y *domain.CalendarYear) { y.Work[0] = "2026-10-09" },
			[]domain.Field{{Name: "work[0]", Reason: "not_weekend"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y := sound()
			tt.change(&y)
			if diff := cmp.Diff(tt.want, fields(t, schedule.CheckYear(y))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzAddWorkingDays holds the count to a walk by Working.
func FuzzAddWorkingDays(f *testing.F) {
	f.Add("2026-09-30", 1)
	f.Add("2023-12-31", 600)
	f.Add("2026-12-30", 2)
	f.Add("", 0)
	c := shipped()
	f.Fuzz(func(t *testing.T, from string, n int) {
		got, ok := c.AddWorkingDays(domain.Day(from), n)
		if !ok {
			if got != "" {
				t.Fatalf("not ok, but %q", got)
			}
			return
		}
		if n < 1 {
			if got != domain.Day(from) {
				t.Fatalf("%s + %d = %s", from, n, got)
			}
			return
		}
		if working, known := c.Working(got); !working || !known {
			t.Fatalf("%s + %d = %s is not worked", from, n, got)
		}
		count := 0
		for day := domain.Day(from).Add(1); day <= got; day = day.Add(1) {
			working, known := c.Working(day)
			if !known {
				t.Fatalf("%s + %d = %s passes %s, which is not known", from, n, got, day)
			}
			if working {
				count++
			}
		}
		if count != n {
			t.Fatalf("%s + %d = %s, but %d working days lie between", from, n, got, count)
		}
	})
}

// fields answers the faulty fields of an Invalid error; none for nil.
func fields(t *testing.T, err error) []domain.Field {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*domain.Error](err)
	if !ok || e.Code != domain.Invalid || e.Reason != "invalid_fields" {
		t.Fatalf("not an Invalid error: %v", err)
	}
	return e.Fields
}

// at reads a moment in China, "2026-11-25 09:00"; 24:00 is the next midnight.
func at(s string) time.Time {
	day, ok := domain.ParseDay(s[:10])
	minute, okMinute := domain.ParseMinute(s[11:])
	if !ok || !okMinute {
		panic("not a moment: " + s)
	}
	return day.At(minute)
}

// starts shows slots as "11-25 09:00 visit 1", the last digit of the village.
func starts(slots []domain.Slot) []string {
	var out []string
	for _, s := range slots {
		length := ""
		if minutes := int(s.End.Sub(s.Start).Minutes()); minutes != domain.DefaultSlotMinutes {
			length = " " + strconv.Itoa(minutes) + "m"
		}
		out = append(out, s.Start.Format("01-02 15:04 ")+string(s.Channel)+" "+s.Village[len(s.Village)-1:]+length)
	}
	return slices.Clip(out)
}

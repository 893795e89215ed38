package schedule

import (
	"strconv"
	"time"

	"villagecounsel/services/domain"
)

// Calendar knows the statutory days off and the make-up working days of the
// years it has a table for (节假日安排). It guesses nothing about other years.
type Calendar struct {
	years map[string]table // by the four digits of the year
}

// NewCalendar makes a calendar of the tables. Of two tables for the same year
// the later one stands, so that imported ones may follow the shipped ones.
func NewCalendar(years []domain.CalendarYear) *Calendar {
	c := &Calendar{years: make(map[string]table, len(years))}
	for _, y := range years {
		t := make(table, len(y.Off)+len(y.Work))
		for _, d := range y.Off {
			t[d] = off
		}
		for _, d := range y.Work {
			t[d] = work
		}
		c.years[y.ID] = t
	}
	return c
}

// Has reports whether there is a table for the year.
func (c *Calendar) Has(year int) bool {
	_, ok := c.years[strconv.Itoa(year)]
	return ok
}

// Off reports whether the day is a statutory day off (法定节假日放假) by its
// year's table. Ordinary weekends, and days of years without a table, are not.
func (c *Calendar) Off(day domain.Day) bool {
	t, _ := c.of(day)
	return t[day] == off
}

// Missing lists the years between two days, both included, that have no table.
func (c *Calendar) Missing(from, to domain.Day) []int {
	from, okFrom := domain.ParseDay(string(from))
	to, okTo := domain.ParseDay(string(to))
	if !okFrom || !okTo {
		return nil
	}
	var missing []int
	for year := from.Year(); year <= to.Year(); year++ {
		if !c.Has(year) {
			missing = append(missing, year)
		}
	}
	return missing
}

// Working reports whether the day is worked (工作日): Monday to Friday unless
// off, or a make-up day (调休上班). It is not known in a year without a table.
func (c *Calendar) Working(day domain.Day) (working, known bool) {
	t, ok := c.of(day)
	begins := day.Time()
	if !ok || begins.IsZero() {
		return false, false
	}
	return t.works(day, begins), true
}

// AddWorkingDays answers the n-th working day after from, which itself is not
// counted; n below 1 answers from. It is not ok when the count reaches a year
// without a table, or from is no day.
func (c *Calendar) AddWorkingDays(from domain.Day, n int) (day domain.Day, ok bool) {
	begins := from.Time()
	if begins.IsZero() {
		return "", false
	}
	for day = from; n > 0; {
		begins = begins.Add(dayLong)
		day = domain.DayOf(begins)
		t, known := c.of(day)
		if !known {
			return "", false
		}
		if t.works(day, begins) {
			n--
		}
	}
	return day, true
}

// CheckYear holds a table against what every notice of the State Council
// fulfils: a number, days off, all days within the year and each named once,
// make-up days on weekends only. Fields are `year`, `notice`, `off[i]` and
// `work[i]`.
func CheckYear(y domain.CalendarYear) error {
	var f domain.Faults
	f.Check(domain.IsDigits(y.ID, 4), "year", "bad_year")
	f.Check(y.Notice != "", "notice", "required")
	f.Check(len(y.Off) > 0, "off", "required")
	seen := make(map[domain.Day]bool, len(y.Off)+len(y.Work))
	check := func(name string, d domain.Day, weekend bool) {
		_, ok := domain.ParseDay(string(d))
		switch {
		case !ok:
			f.Add(name, "bad_day")
		case string(d[:4]) != y.ID:
			f.Add(name, "other_year")
		case seen[d]:
			f.Add(name, "repeated")
		case weekend && d.Weekday() < saturday:
			f.Add(name, "not_weekend")
		}
		seen[d] = true
	}
	for i, d := range y.Off {
		check(item("off", i), d, false)
	}
	for i, d := range y.Work {
		check(item("work", i), d, true)
	}
	return f.Err()
}

// dayLong is the length of every day in China: there is no summer time.
const dayLong = 24 * time.Hour

const saturday = 6 // as weekdays count here, from 1 for Monday

// mark is what a table says of a day; the zero mark says nothing.
type mark uint8

const (
	off  mark = iota + 1 // 休
	work                 // 班
)

type table map[domain.Day]mark

// works judges a day of the table's own year by the day's first moment.
func (t table) works(day domain.Day, begins time.Time) bool {
	switch t[day] {
	case off:
		return false
	case work:
		return true
	}
	return weekdayOf(begins) < saturday
}

// of answers the table of the day's year.
func (c *Calendar) of(day domain.Day) (table, bool) {
	if len(day) != len(time.DateOnly) {
		return nil, false
	}
	t, ok := c.years[string(day[:4])]
	return t, ok
}

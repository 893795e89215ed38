package domain

import (
	"fmt"
	"time"
)

// China is the one time zone of the product. It has no summer time.
var China = time.FixedZone("+08:00", 8*60*60)

// Day is a calendar day in China, "2026-11-25". Days compare as strings.
type Day string

// DayOf answers the day on which t falls in China.
func DayOf(t time.Time) Day { return Day(t.In(China).Format(time.DateOnly)) }

// The years that a day may lie in.
const (
	firstYear = 1900
	lastYear  = 2199
)

// ParseDay reads "2026-11-25"; ok is false for anything else, and for a year
// before 1900 or after 2199.
func ParseDay(s string) (d Day, ok bool) {
	t, err := time.ParseInLocation(time.DateOnly, s, China)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return "", false
	}
	return Day(s), true
}

// Time answers the first moment of the day. An invalid day answers the zero time.
func (d Day) Time() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), China)
	if err != nil {
		return time.Time{}
	}
	return t
}

// At answers the moment that many minutes after the day begins.
func (d Day) At(m Minute) time.Time { return d.Time().Add(time.Duration(m) * time.Minute) }

// Add answers the day n days later.
func (d Day) Add(n int) Day { return DayOf(d.Time().AddDate(0, 0, n)) }

// Weekday answers 1 for Monday to 7 for Sunday.
func (d Day) Weekday() int {
	if w := d.Time().Weekday(); w != time.Sunday {
		return int(w)
	}
	return 7
}

// Year answers the calendar year.
func (d Day) Year() int { return d.Time().Year() }

// DaysUntil answers how many days lie between d and e; negative if e is earlier.
func (d Day) DaysUntil(e Day) int { return int(e.Time().Sub(d.Time()) / (24 * time.Hour)) }

// Minute is a time of day in minutes after midnight, 0 to 1440.
type Minute int

// ParseMinute reads "09:00" to "24:00"; ok is false for anything else.
func ParseMinute(s string) (m Minute, ok bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	h, min := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	if min > 59 || h > 24 || h == 24 && min > 0 {
		return 0, false
	}
	return Minute(h*60 + min), true
}

func (m Minute) String() string { return fmt.Sprintf("%02d:%02d", int(m)/60, int(m)%60) }

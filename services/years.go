package services

import (
	"context"
	"sync"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// yearsFresh is how long the year tables are remembered: another process of
// the program may have imported a new one.
const yearsFresh = time.Minute

// Years answers the year tables of holidays: those that were imported, and
// those that the program ships for years that were not.
type Years struct {
	Data Data

	mu       sync.Mutex
	calendar *schedule.Calendar
	read     time.Time
}

// Calendar answers the year tables as they stand, at most a minute old.
func (y *Years) Calendar(ctx context.Context, now time.Time) (*schedule.Calendar, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if age := now.Sub(y.read); y.calendar != nil && age >= 0 && age < yearsFresh {
		return y.calendar, nil
	}
	years := make(map[string]domain.CalendarYear)
	for _, year := range schedule.Shipped() {
		years[year.ID] = year
	}
	for year, err := range y.Data.Calendars.All(ctx) {
		if err != nil {
			return nil, err
		}
		years[year.ID] = year
	}
	all := make([]domain.CalendarYear, 0, len(years))
	for _, year := range years {
		all = append(all, year)
	}
	y.calendar, y.read = schedule.NewCalendar(all), now
	return y.calendar, nil
}

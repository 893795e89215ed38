package services

import (
	"context"
	"time"

	"villagecounsel/services/domain"
)

// Tallies are the verbs of monthly figures (月度统计).
type Tallies struct {
	Data   Data
	Now    func() time.Time
	Places *Places
}

// Months answers the figures of an advisor or of a village, one of the two
// being empty, for the months from "2026-01" to "2026-11", both included.
func (s *Tallies) Months(ctx context.Context, actor domain.Actor, advisor, village, from, to string) ([]domain.Tally, error) {
	return nil, domain.ErrNotFound
}

package services

import (
	"context"

	"villagecounsel/services/domain"
)

// RateRequest is what is said of a finished service.
type RateRequest struct {
	Key    string
	Stars  int
	Tags   []domain.RatingTag
	Text   string
	Source domain.Source // "" = domain.FromApp; the office says paper or phone
}

// Rate keeps the word of the one served, once.
func (s *Booking) Rate(ctx context.Context, actor domain.Actor, id string, req RateRequest) (Seen, error) {
	return Seen{}, domain.ErrNotFound
}

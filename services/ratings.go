package services

import (
	"context"
	"slices"
	"strings"

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

// Limits on a rating: the product's own choice.
const (
	maxTags   = 5
	maxRating = 500 // letters
)

// Rate keeps the word of the one served, once: their own, or what the office
// enters for them from a form or a call. Neither the advisor nor the village's
// people speak for them, nor does somebody who only booked for them.
func (s *Booking) Rate(ctx context.Context, actor domain.Actor, id string, req RateRequest) (Seen, error) {
	return s.move(ctx, actor, id, domain.Rate, moveRequest{key: req.Key, rating: &domain.Rating{
		Stars: req.Stars, Tags: req.Tags, Text: domain.Private(strings.TrimSpace(req.Text)), Source: req.Source}})
}

// rerated reports whether a request that was carried out under this key has said
// something else.
func rerated(a *domain.Appointment, key string, r *domain.Rating) bool {
	return a.Rating != nil && repeated(a, domain.Rate, key) &&
		(a.Rating.Stars != r.Stars || a.Rating.Text != r.Text || !slices.Equal(a.Rating.Tags, r.Tags))
}

// checkRating judges a rating by the side that it comes from, and fills in the
// source of one's own.
func checkRating(r *domain.Rating, side Side, f *domain.Faults) {
	if r.Source == "" && side != SideOffice {
		r.Source = domain.FromApp
	}
	fromOffice := r.Source == domain.FromPaper || r.Source == domain.FromPhone
	f.Check(r.Stars >= 1 && r.Stars <= domain.MaxStars, "stars", "out_of_range")
	f.Check(len(r.Tags) <= maxTags, "tags", "too_many")
	unknown := func(tag domain.RatingTag) bool { return !slices.Contains(domain.RatingTags, tag) }
	f.Check(!slices.ContainsFunc(r.Tags, unknown), "tags", "unknown")
	f.Check(len(slices.Compact(slices.Sorted(slices.Values(r.Tags)))) == len(r.Tags), "tags", "repeated")
	f.Check(domain.IsText(r.Text.Reveal(), maxRating), "text", "too_long")
	switch {
	case r.Source == "":
		f.Add("source", "required")
	case fromOffice != (side == SideOffice), !fromOffice && r.Source != domain.FromApp:
		f.Add("source", "unknown")
	}
}

// shownRating answers the rating as it may be shown. Its text is for the office
// and for the one served; who only booked for them sees nothing of it.
func (s *Seen) shownRating() *domain.Rating {
	switch {
	case s.Rating == nil, s.Side == SideVillage, s.Side == SideResident && !s.Served:
		return nil
	case s.Side == SideOffice, s.Served:
		return s.Rating
	}
	shown := *s.Rating
	shown.Text = ""
	return &shown
}

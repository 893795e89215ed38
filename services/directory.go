package services

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// Roster are the verbs of the public list of advisors (公示).
type Roster struct {
	Data   Data
	Now    func() time.Time
	Places *Places
}

// Card is what anybody may know of an advisor.
type Card struct {
	domain.Advisor
	Role     domain.Role // in the village asked for, if one was
	Villages []Served
	Shifts   []domain.Shift
}

// Served is one village on a card.
type Served struct {
	domain.Place
	Role domain.Role
}

// Card answers an advisor's public card.
func (s *Roster) Card(ctx context.Context, id string) (Card, error) {
	adv, err := s.Data.Advisors.Get(ctx, id)
	if err != nil {
		return Card{}, err
	}
	d, err := s.Data.Diaries.Get(ctx, id)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return Card{}, err
	}
	card := Card{Advisor: adv, Shifts: d.Shifts}
	today := domain.DayOf(s.Now())
	for _, p := range d.Posts {
		if p.From <= today && today <= p.To {
			place, _ := s.Places.Lookup(p.Village)
			place.Code = p.Village
			card.Villages = append(card.Villages, Served{place, p.Role})
		}
	}
	if len(card.Villages) == 0 {
		return Card{}, domain.ErrNotFound // nobody's advisor any more: the card is taken down
	}
	return card, nil
}

// Of answers the cards of a village's advisors in service, the main one first.
func (s *Roster) Of(ctx context.Context, village string) ([]Card, error) {
	if _, ok := s.Places.Lookup(village); !ok {
		return nil, domain.ErrNotFound
	}
	bench, err := s.Data.Benches.Get(ctx, village)
	if errors.Is(err, domain.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	today := domain.DayOf(s.Now())
	slices.SortStableFunc(bench.Seats, func(x, y domain.Seat) int { return cmp.Compare(rank(x.Role), rank(y.Role)) })
	var cards []Card
	for _, seat := range bench.Seats {
		if !inTerm(seat, today) {
			continue
		}
		card, err := s.Card(ctx, seat.Advisor)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		card.Role = seat.Role
		cards = append(cards, card)
	}
	return cards, nil
}

// Office answers the office that people of a village may call: their town's, or
// else their district's. It answers domain.ErrNotFound where neither has a
// telephone.
func (s *Roster) Office(ctx context.Context, village string) (domain.Office, error) {
	for _, area := range []string{domain.TownOf(village), domain.DistrictOf(village)} {
		office, err := s.Data.Offices.Get(ctx, area)
		if err == nil && office.Phone != "" {
			return office, nil
		}
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return domain.Office{}, err
		}
	}
	return domain.Office{}, domain.ErrNotFound
}

// Helper is somebody who may have served together with an advisor in a village.
type Helper struct {
	ID    string
	Name  string
	Kind  domain.Kind // domain.Collaborator or domain.AdvisorKind
	Roles []string    // of a collaborator
}

// Helpers answers who may have served together in a village beside the actor:
// its collaborators, and its advisors in service. Its advisors may ask, and the
// office of its area; for others it is not there.
func (s *Roster) Helpers(ctx context.Context, actor domain.Actor, village string) ([]Helper, error) {
	if err := May(actor, ActHelpers); err != nil {
		return nil, err
	}
	if _, ok := s.Places.Lookup(village); !ok {
		return nil, domain.ErrNotFound
	}
	bench, err := s.Data.Benches.Get(ctx, village)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	office, err := s.Data.Offices.Get(ctx, village)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	today := domain.DayOf(s.Now())
	ids, serves := office.Staff, isStaff(actor) && inArea(actor, village)
	for _, seat := range bench.Seats {
		if inTerm(seat, today) {
			ids = append(ids, seat.Advisor)
			serves = serves || seat.Advisor == actor.ID
		}
	}
	if !serves {
		return nil, domain.ErrNotFound
	}
	var helpers []Helper
	for _, id := range uniq(ids...) {
		p, err := s.Data.People.Get(ctx, id)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		here := p.Kind == domain.AdvisorKind || p.Kind == domain.Collaborator && p.Village == village
		if here && id != actor.ID {
			helpers = append(helpers, Helper{p.ID, p.Name.Reveal(), p.Kind, p.Roles})
		}
	}
	return helpers, nil
}

func rank(r domain.Role) int {
	if r == domain.Main {
		return 0
	}
	return 1
}

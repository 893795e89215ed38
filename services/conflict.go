package services

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"villagecounsel/services/domain"
)

// The conflict check (律师法 38, 39; 利益冲突审查): an advisor of a village does
// not act against it, nor against somebody who consulted them before.

var errConflict = domain.Fault(domain.Conflict, "conflict_of_interest")

// conflict answers errConflict if the other party is a village that the advisor
// serves, or somebody whom the advisor has served.
func (s *Booking) conflict(d *domain.Diary, a *domain.Appointment, j judgement) error {
	if j.party == "" {
		return nil
	}
	today := domain.DayOf(j.now)
	for _, p := range d.Posts {
		if p.To < today {
			continue
		}
		place, ok := s.Places.Lookup(p.Village)
		if ok && namesVillage(j.party, place.Name) {
			return errConflict
		}
	}
	hash := clientHash(s.Data.Hash, j.party)
	if slices.Contains(j.former, hash) {
		return errConflict
	}
	if slices.ContainsFunc(d.Taken, func(b domain.Booking) bool { return b.Client == hash && b.Appointment != a.ID }) {
		return errConflict
	}
	return nil
}

// formerClients reads the advisor's earlier clients, if there is a party to
// hold against them.
func (s *Booking) formerClients(ctx context.Context, advisor, party string) ([]string, error) {
	if party == "" {
		return nil, nil
	}
	c, err := s.Data.Clients.Get(ctx, advisor)
	if errors.Is(err, domain.ErrNotFound) {
		return nil, nil
	}
	return c.Names, err
}

// otherAdvisors answers main advisors of other villages of the town for whom
// the matter is no conflict, at most as many as a refusal holds out.
func (s *Booking) otherAdvisors(ctx context.Context, a *domain.Appointment, j judgement) ([]string, error) {
	var found []string
	tried := []string{a.Advisor}
	for _, place := range s.Places.Town(domain.TownOf(a.Village)) {
		bench, err := s.Data.Benches.Get(ctx, place.Code)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, seat := range bench.Seats {
			if seat.Role != domain.Main || slices.Contains(tried, seat.Advisor) {
				continue
			}
			tried = append(tried, seat.Advisor)
			ok, err := s.free(ctx, seat.Advisor, a, j)
			if err != nil {
				return nil, err
			}
			if ok {
				found = append(found, seat.Advisor)
			}
		}
		if len(found) >= offers {
			return found[:offers], nil
		}
	}
	return found, nil
}

// free reports whether an advisor is in service and free of conflict.
func (s *Booking) free(ctx context.Context, advisor string, a *domain.Appointment, j judgement) (bool, error) {
	d, err := s.Data.Diaries.Get(ctx, advisor)
	if errors.Is(err, domain.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	today := domain.DayOf(j.now)
	serving := slices.ContainsFunc(d.Posts, func(p domain.Post) bool { return p.From <= today && today <= p.To })
	sameVillage := slices.ContainsFunc(d.Posts, func(p domain.Post) bool { return p.Village == a.Village })
	if !serving || a.ConcernsVillage && sameVillage {
		return false, nil
	}
	if j.former, err = s.formerClients(ctx, advisor, j.party); err != nil {
		return false, err
	}
	return s.conflict(&d, a, j) == nil, nil
}

// clientHash answers the keyed hash by which a client's name is remembered.
func clientHash(hash func(purpose, text string) string, name string) string {
	return hash("client", normalParty(domain.Private(name)))
}

// normalParty puts a name into the form in which names are compared: narrow
// letters, lower case, no spaces.
func normalParty(name domain.Private) string {
	text := strings.ToLower(width.Narrow.String(name.Reveal()))
	return strings.Join(strings.Fields(text), "")
}

// committee are the endings by which people name a village or its committee.
var committee = []string{"村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "委员会", "村委", "居委", "社区", "村"}

// namesVillage reports whether a party, in normal form, is the village or its
// committee, under any of the endings that people use.
func namesVillage(party, village string) bool {
	v := bareVillage(normalParty(domain.Private(village)))
	return v != "" && (bareVillage(party) == v || len([]rune(v)) >= 2 && strings.Contains(party, v) && endsAsCommittee(party))
}

// officials are the words by which a party that names a village is its committee
// or somebody of it, wherever they stand.
var officials = []string{"村委", "居委", "委员会", "党支部", "党总支", "经济合作社", "村主任", "村书记", "村支书"}

func endsAsCommittee(party string) bool {
	return slices.ContainsFunc(committee, func(end string) bool { return strings.HasSuffix(party, end) }) ||
		slices.ContainsFunc(officials, func(word string) bool { return strings.Contains(party, word) })
}

// bareVillage takes the endings off: "北房村委会" and "北房村" are both "北房".
func bareVillage(name string) string {
	for {
		cut := name
		for _, end := range committee {
			if rest, ok := strings.CutSuffix(cut, end); ok && rest != "" {
				cut = rest
				break
			}
		}
		if cut == name {
			return name
		}
		name = cut
	}
}

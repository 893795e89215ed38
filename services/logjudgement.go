package services

import (
	"cmp"
	"context"
	"strings"

	"villagecounsel/services/domain"
)

// Confirm says that the service took place, as the version of that number tells,
// or if it is 0 as the one that stands.
func (s *Logs) Confirm(ctx context.Context, actor domain.Actor, id string, version int, key string) (SeenLog, error) {
	return s.judge(ctx, actor, id, domain.ConfirmLog, version, "", key)
}

// Dispute says that it did not take place as that version tells.
func (s *Logs) Dispute(ctx context.Context, actor domain.Actor, id string, version int, reason, key string) (SeenLog, error) {
	return s.judge(ctx, actor, id, domain.DisputeLog, version, reason, key)
}

// judge lets a side of the village, or the office, say whether a service took
// place.
func (s *Logs) judge(ctx context.Context, actor domain.Actor, id string, verb domain.LogVerb, version int, reason, key string) (SeenLog, error) {
	l, err := s.visible(ctx, actor, id)
	if err != nil {
		return SeenLog{}, err
	}
	now, side := s.Now(), SideOfLog(actor, &l)
	seen, err := s.see(ctx, actor, l)
	if err != nil {
		return SeenLog{}, err
	}
	row, ok := judgements[verb][side]
	if !ok || !seen.mayJudge(actor, verb) {
		return SeenLog{}, domain.ErrForbidden
	}
	reason = strings.TrimSpace(reason)
	var f domain.Faults
	f.Check(verb == domain.ConfirmLog || reason != "", "reason", "required")
	f.Check(domain.IsText(reason, maxReason), "reason", "too_long")
	if err := f.Err(); err != nil {
		return SeenLog{}, err
	}
	if side != SideOffice {
		if err := s.open(ctx, l.Now(), now); err != nil {
			return SeenLog{}, err
		}
	}
	to := domain.Confirmed
	if verb == domain.DisputeLog {
		to = domain.Disputed
	}
	return s.change(ctx, actor, l, logMove{verb: verb, reason: reason, key: key, says: []string{reason}, from: row, seen: cmp.Or(version, len(l.Versions)), apply: func(l *domain.ServiceLog) { l.Status = to }}, now)
}

// judgements is the one table of who may say of a service in which status that
// it took place, or that it did not. What is disputed the office decides.
var judgements = map[domain.LogVerb]map[Side][]domain.LogStatus{
	domain.ConfirmLog: {
		SideVillage: {domain.Unconfirmed}, SideResident: {domain.Unconfirmed}, SideOffice: {domain.Unconfirmed, domain.Disputed},
	},
	domain.DisputeLog: {
		SideVillage: {domain.Unconfirmed, domain.Confirmed}, SideResident: {domain.Unconfirmed, domain.Confirmed},
		SidePartner: {domain.Unconfirmed, domain.Confirmed}, SideOffice: {domain.Unconfirmed, domain.Confirmed},
	},
}

// mayJudge reports whether the one who sees a log may say this of it: not whom a
// typed telephone alone makes the one served, and to confirm it not who of the
// office has entered it.
func (s *SeenLog) mayJudge(actor domain.Actor, verb domain.LogVerb) bool {
	switch s.Side {
	case SideResident:
		return s.Content
	case SideOffice:
		return verb != domain.ConfirmLog || s.Versions[0].By != actor.ID
	}
	return true
}

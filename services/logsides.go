package services

import (
	"context"
	"errors"
	"slices"

	"villagecounsel/services/domain"
)

// SideOfLog answers what somebody is to a service log.
func SideOfLog(actor domain.Actor, l *domain.ServiceLog) Side {
	v := l.Now()
	switch {
	case actor.ID == "":
		return SideNone
	case actor.ID == l.Advisor:
		return SideAdvisor
	case actor.ID == l.Resident:
		return SideResident
	case slices.Contains(v.With, actor.ID):
		return SidePartner
	case isStaff(actor) && inArea(actor, placeOf(&v.Report)):
		return SideOffice
	case isVillagePeople(actor) && v.Village != "" && actor.Village == v.Village && !v.ConcernsVillage:
		return SideVillage
	}
	return SideNone
}

// placeOf answers where a service was given: 12 digits of a village, or 9 of a
// town's station.
func placeOf(r *domain.Report) string {
	if r.Village != "" {
		return r.Village
	}
	return r.Town
}

func (s *Logs) visible(ctx context.Context, actor domain.Actor, id string) (domain.ServiceLog, error) {
	l, err := s.Data.Logs.Get(ctx, id)
	if err != nil {
		return l, err
	}
	if SideOfLog(actor, &l) == SideNone {
		return domain.ServiceLog{}, domain.ErrNotFound
	}
	return l, nil
}

// see answers a log as the actor may see it: the reported part to the advisor,
// to who served together and to the office, and to whom it was for if their
// telephone is known to be theirs or they booked it themselves; time, place and
// kind to the village.
func (s *Logs) see(ctx context.Context, actor domain.Actor, l domain.ServiceLog) (SeenLog, error) {
	seen := SeenLog{ServiceLog: l, Side: SideOfLog(actor, &l)}
	switch seen.Side {
	case SideAdvisor:
		seen.Content, seen.Own = true, true
	case SideOffice, SidePartner:
		seen.Content = true
	case SideResident:
		p, err := s.Data.People.Get(ctx, actor.ID)
		if err != nil {
			return seen, err
		}
		a, err := s.Data.Appointments.Get(ctx, l.Appointment)
		if err != nil {
			return seen, err
		}
		seen.Content = p.Verified || a.Booker == actor.ID
	}
	closed := false
	if err := s.open(ctx, l.Now(), s.Now()); errors.Is(err, errMonthClosed) {
		closed = true
	} else if err != nil {
		return seen, err
	}
	for _, verb := range []domain.LogVerb{domain.ConfirmLog, domain.DisputeLog} {
		if slices.Contains(judgements[verb][seen.Side], l.Status) && seen.mayJudge(actor, verb) && (!closed || seen.Side == SideOffice) {
			seen.Can = append(seen.Can, verb)
		}
	}
	if seen.Side == SideOffice || seen.Side == SideAdvisor && !closed {
		seen.Can = append(seen.Can, domain.CorrectLog)
	}
	return seen, nil
}

// show answers one log with the sign-ins that go with it.
func (s *Logs) show(ctx context.Context, actor domain.Actor, l domain.ServiceLog) (SeenLog, error) {
	seen, err := s.see(ctx, actor, l)
	if err != nil || !seen.Content {
		return seen, err
	}
	v := l.Now()
	day, err := s.Data.SignIns.Get(ctx, l.Advisor+"|"+string(domain.DayOf(v.Start)))
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return seen, err
	}
	seen.SignIns = []domain.SignIn{}
	for _, in := range day.Items {
		if in.Village == placeOf(&v.Report) {
			seen.SignIns = append(seen.SignIns, in)
		}
	}
	return seen, nil
}

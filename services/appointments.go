package services

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// Seen is an appointment as one person may see it.
type Seen struct {
	domain.Appointment
	Side    Side
	Served  bool          // the person is known to be whom it is for
	Content bool          // what it is about, and with whom
	Offer   *domain.Offer // other times, where the advisor cancelled; other advisors, where it concerns the village
}

// Appointment answers one appointment as the actor may see it.
func (s *Booking) Appointment(ctx context.Context, actor domain.Actor, id string) (Seen, error) {
	a, err := s.visible(ctx, actor, id)
	if err != nil {
		return Seen{}, err
	}
	return s.show(ctx, actor, a)
}

// OpenMatter answers an appointment with its content to somebody of the office,
// who says what for. The purpose is on the audit trail before anything is shown.
func (s *Booking) OpenMatter(ctx context.Context, actor domain.Actor, id, purpose string) (Seen, error) {
	if err := May(actor, ActOpenMatter); err != nil {
		return Seen{}, err
	}
	a, err := s.visible(ctx, actor, id)
	if err != nil {
		return Seen{}, err
	}
	purpose = strings.TrimSpace(purpose)
	var f domain.Faults
	f.Check(purpose != "", "purpose", "required")
	f.Check(domain.IsText(purpose, maxReason), "purpose", "too_long")
	if err := f.Err(); err != nil {
		return Seen{}, err
	}
	now := s.Now()
	line := domain.AuditLine{At: now, By: actor.ID, Kind: actor.Kind, Verb: string(ActOpenMatter), Subject: a.ID,
		Purpose: domain.Private(purpose)}
	if err := writeAudit(ctx, s.Data, line); err != nil {
		return Seen{}, err
	}
	return Seen{Appointment: a, Side: SideOffice, Content: true}, nil
}

// Confirm lets a held booking stand.
func (s *Booking) Confirm(ctx context.Context, actor domain.Actor, id, key string) (Seen, error) {
	return s.move(ctx, actor, id, domain.Confirm, moveRequest{key: key})
}

// Cancel ends a booking before it took place. The advisor and the office must
// say why.
func (s *Booking) Cancel(ctx context.Context, actor domain.Actor, id, reason, key string) (Seen, error) {
	return s.move(ctx, actor, id, domain.Cancel, moveRequest{reason: reason, key: key})
}

// Arrive notes that the parties have met.
func (s *Booking) Arrive(ctx context.Context, actor domain.Actor, id, key string) (Seen, error) {
	return s.move(ctx, actor, id, domain.Arrive, moveRequest{key: key})
}

// Complete notes that the consultation took place.
func (s *Booking) Complete(ctx context.Context, actor domain.Actor, id, key string) (Seen, error) {
	return s.move(ctx, actor, id, domain.Complete, moveRequest{key: key})
}

// Miss notes that one side did not come: domain.Resident or domain.AdvisorKind.
// A side says it of the other, the office of either.
func (s *Booking) Miss(ctx context.Context, actor domain.Actor, id string, by domain.Kind, reason, key string) (Seen, error) {
	return s.move(ctx, actor, id, domain.Miss, moveRequest{missedBy: by, reason: reason, key: key})
}

type moveRequest struct {
	reason   string
	key      string // idempotency key, may be empty
	missedBy domain.Kind
	rating   *domain.Rating
}

// move changes an appointment's status. The commit point is the appointment's
// own write; the diary and the sheet follow.
func (s *Booking) move(ctx context.Context, actor domain.Actor, id string, verb domain.Verb, req moveRequest) (Seen, error) {
	a, err := s.visible(ctx, actor, id)
	if err != nil {
		return Seen{}, err
	}
	now, key := s.Now(), s.keyHash(actor, req.key)
	if verb == domain.Rate && rerated(&a, key, req.rating) {
		return Seen{}, domain.Fault(domain.Invalid, "idempotency_reused")
	}
	if repeated(&a, verb, key) {
		return s.show(ctx, actor, a)
	}
	seen, err := s.stance(ctx, actor, a)
	if err != nil {
		return Seen{}, err
	}
	m, err := judgeMove(&a, verb, seen.stand(), now)
	if err != nil {
		return Seen{}, err
	}
	req.reason = strings.TrimSpace(req.reason)
	if err := req.check(m, seen.Side); err != nil {
		return Seen{}, err
	}
	pointer, err := s.point(ctx, &a, now)
	if err != nil {
		return Seen{}, err
	}
	a, err = s.Data.Appointments.Update(ctx, id, func(a *domain.Appointment) error {
		if repeated(a, verb, key) {
			return domain.ErrUnchanged
		}
		m, err := judgeMove(a, verb, seen.stand(), now)
		if err != nil {
			return err
		}
		if a.Edition() != pointer.Edition {
			return errChanged
		}
		a.Status = cmp.Or(m.to, a.Status)
		switch verb {
		case domain.Miss:
			a.MissedBy = req.missedBy
		case domain.Rate:
			rating := *req.rating
			rating.At = now
			a.Rating = &rating
		}
		e := domain.Event{Seq: pointer.Seq, At: now, Verb: verb, By: actor.ID, ByKind: actor.Kind,
			Reason: domain.Private(req.reason), Status: a.Status, Start: a.Start, Key: key}
		if verb == domain.Cancel {
			e.Freed, e.FreedVillage = a.Start, a.Village
		}
		a.Events = append(a.Events, e)
		return nil
	})
	if err != nil {
		return Seen{}, err
	}
	return s.settled(ctx, actor, a, pointer)
}

func (r *moveRequest) check(m *move, side Side) error {
	var f domain.Faults
	f.Check(domain.IsText(r.reason, maxReason), "reason", "too_long")
	f.Check(r.reason != "" || !slices.Contains(m.reason, side), "reason", "required")
	if m.verb == domain.Rate {
		checkRating(r.rating, side, &f)
	}
	if m.verb == domain.Miss {
		switch {
		case r.missedBy != domain.Resident && r.missedBy != domain.AdvisorKind:
			f.Add("by", "unknown")
		case side == SideResident && r.missedBy == domain.Resident, side == SideAdvisor && r.missedBy == domain.AdvisorKind:
			f.Add("by", "other_side_only")
		}
	}
	return f.Err()
}

// errChanged says that somebody else has just changed the appointment.
var errChanged = domain.Fault(domain.Conflict, "changed_meanwhile")

// Reschedule moves an appointment to another time of the same advisor. The new
// time is won in the diary beside the old one, then the appointment changes,
// then the old time is freed: whatever happens in between, one of them is held.
// Whom the matter is against was judged when it was booked.
func (s *Booking) Reschedule(ctx context.Context, actor domain.Actor, id string, to Turn, reqKey string) (Seen, error) {
	a, err := s.visible(ctx, actor, id)
	if err != nil {
		return Seen{}, err
	}
	now, side, key := s.Now(), SideOf(actor, &a), s.keyHash(actor, reqKey)
	if repeated(&a, domain.Reschedule, key) {
		return s.show(ctx, actor, a)
	}
	if _, err := judgeMove(&a, domain.Reschedule, side, now); err != nil {
		return Seen{}, err
	}
	wished := a
	if err := to.apply(&wished); err != nil {
		return Seen{}, err
	}
	if wished.Start.Equal(a.Start) && wished.Channel == a.Channel && wished.Village == a.Village {
		return s.show(ctx, actor, a)
	}
	calendar, err := s.Years.Calendar(ctx, now)
	if err != nil {
		return Seen{}, err
	}
	j := judgement{now: now, calendar: calendar}
	d, err := s.Data.Diaries.Get(ctx, a.Advisor)
	if err != nil {
		return Seen{}, err
	}
	if err := s.judge(&d, &wished, j); err != nil { // most losers are told here, before anything is written
		return Seen{}, s.withOffer(ctx, &wished, &d, j, err)
	}
	pointer, err := s.point(ctx, &a, now)
	if err != nil {
		return Seen{}, err
	}
	if err := s.takeTime(ctx, &wished, j); err != nil {
		return s.outrun(ctx, actor, id, domain.Reschedule, key, err)
	}
	moved, err := s.Data.Appointments.Update(ctx, id, func(a *domain.Appointment) error {
		if _, err := judgeMove(a, domain.Reschedule, side, now); err != nil {
			return err
		}
		if a.Edition() != pointer.Edition {
			return errChanged
		}
		e := domain.Event{Seq: pointer.Seq, At: now, Verb: domain.Reschedule, By: actor.ID, ByKind: actor.Kind,
			Status: a.Status, Start: wished.Start, Key: key, Freed: a.Start, FreedVillage: a.Village}
		a.Start, a.End, a.Channel, a.Village, a.Address = wished.Start, wished.End, wished.Channel, wished.Village, wished.Address
		a.Orphaned = false
		a.Events = append(a.Events, e)
		return nil
	})
	if err != nil {
		return s.outrun(ctx, actor, id, domain.Reschedule, key, err)
	}
	return s.settled(ctx, actor, moved, pointer)
}

// outrun ends a move that has lost a race: what it took is freed. If the winner
// was the same request sent twice, its answer is the answer. The pointer stays,
// for others may share it.
func (s *Booking) outrun(ctx context.Context, actor domain.Actor, id string, verb domain.Verb, key string, why error) (Seen, error) {
	if e, ok := errors.AsType[*domain.Error](why); !ok || e.Code == domain.Unavailable {
		return Seen{}, why // it may have been written: the relay finds out
	}
	a, err := s.visible(ctx, actor, id)
	if err != nil {
		return Seen{}, err
	}
	_ = s.Relay.settle(ctx, &a) // if not now, the relay does it by the pointer
	if repeated(&a, verb, key) {
		return s.show(ctx, actor, a)
	}
	return Seen{}, why
}

// Turn is where an appointment is to be moved.
type Turn struct {
	Start   time.Time
	Channel domain.Channel // "" = as it was
	Village string         // "" = as it was
	Address string         // "" = as it was
}

func (t *Turn) apply(a *domain.Appointment) error {
	var f domain.Faults
	f.Check(!t.Start.IsZero(), "start", "required")
	f.Check(t.Channel == "" || slices.Contains(domain.Channels, t.Channel), "channel", "unknown")
	f.Check(t.Village == "" || domain.IsVillageCode(t.Village), "village", "bad_village")
	f.Check(domain.IsText(t.Address, maxAddress), "address", "too_long")
	a.Start, a.Channel, a.Village = t.Start, cmp.Or(t.Channel, a.Channel), cmp.Or(t.Village, a.Village)
	a.Address = cmp.Or(domain.Private(strings.TrimSpace(t.Address)), a.Address)
	f.Check(a.Channel != domain.Home || a.Address != "", "address", "required")
	return f.Err()
}

// settled brings the diary and the sheet to what the appointment has become,
// and hands the rest to the relay. Whatever fails here is done by the relay.
func (s *Booking) settled(ctx context.Context, actor domain.Actor, a domain.Appointment, pointer domain.Pointer) (Seen, error) {
	if err := s.Relay.settle(ctx, &a); err == nil {
		s.Relay.Kick(pointer.ID)
	}
	return s.show(ctx, actor, a)
}

// point writes the pointer for the next event of an appointment. Two who want
// to write the same event share it.
func (s *Booking) point(ctx context.Context, a *domain.Appointment, now time.Time) (domain.Pointer, error) {
	p := pointerTo(a, now)
	err := s.Data.Pending.Insert(ctx, p)
	if errors.Is(err, domain.ErrExists) {
		err = nil
	}
	return p, err
}

func (s *Booking) keyHash(actor domain.Actor, key string) string {
	if key == "" {
		return ""
	}
	return s.Data.Hash("move", actor.ID+"|"+key)
}

// repeated reports whether the request that carries this key has been carried
// out already.
func repeated(a *domain.Appointment, verb domain.Verb, key string) bool {
	return key != "" && slices.ContainsFunc(a.Events, func(e domain.Event) bool { return e.Verb == verb && e.Key == key })
}

func (s *Booking) visible(ctx context.Context, actor domain.Actor, id string) (domain.Appointment, error) {
	a, err := s.Data.Appointments.Get(ctx, id)
	if err != nil {
		return a, err
	}
	if SideOf(actor, &a) == SideNone {
		return domain.Appointment{}, domain.ErrNotFound
	}
	return a, nil
}

// stance answers an appointment with what the actor is to it. Whom only a typed
// phone makes the one it is for does not count as the one served (decision 0003).
func (s *Booking) stance(ctx context.Context, actor domain.Actor, a domain.Appointment) (Seen, error) {
	seen := Seen{Appointment: a, Side: SideOf(actor, &a)}
	if actor.ID != a.Resident {
		return seen, nil
	}
	p, err := s.Data.People.Get(ctx, actor.ID)
	seen.Served = p.Verified || actor.ID == a.Booker
	return seen, err
}

// see answers an appointment as the actor may see it. Whoever it is for sees
// what it is about if they booked it themselves or their phone is known to be
// theirs; the advisor sees all; the office opens it with a purpose; the village
// never does.
func (s *Booking) see(ctx context.Context, actor domain.Actor, a domain.Appointment) (Seen, error) {
	seen, err := s.stance(ctx, actor, a)
	if err != nil {
		return seen, err
	}
	seen.Content = actor.ID == a.Booker || seen.Side == SideAdvisor || seen.Served
	seen.Rating = seen.shownRating()
	return seen, nil
}

// show answers one appointment with what there is instead of it: other advisors
// where it concerns the village, other times where the advisor cancelled.
func (s *Booking) show(ctx context.Context, actor domain.Actor, a domain.Appointment) (Seen, error) {
	seen, err := s.see(ctx, actor, a)
	if err != nil || seen.Side != SideResident {
		return seen, err
	}
	switch {
	case a.ConcernsVillage && seen.Content && a.Status.Open():
		others, err := s.otherAdvisors(ctx, &a, judgement{now: s.Now(), party: normalParty(a.OtherParty)})
		if err != nil {
			return seen, err
		}
		seen.Offer = &domain.Offer{Advisors: others, Office: domain.TownOf(a.Village)}
	case a.Status == domain.Cancelled && a.Events[len(a.Events)-1].ByKind == domain.AdvisorKind && a.Start.After(s.Now()):
		seen.Offer, err = s.otherTimes(ctx, &a)
	}
	return seen, err
}

func (s *Booking) otherTimes(ctx context.Context, a *domain.Appointment) (*domain.Offer, error) {
	now := s.Now()
	calendar, err := s.Years.Calendar(ctx, now)
	if err != nil {
		return nil, err
	}
	d, err := s.Data.Diaries.Get(ctx, a.Advisor)
	if err != nil {
		return nil, err
	}
	// Its own time may be free again; it is the one that does not suit.
	slots := slices.DeleteFunc(schedule.Nearest(&d, calendar, now, wish(a), offers+1), func(s domain.Slot) bool { return s.Start.Equal(a.Start) })
	return &domain.Offer{Slots: slots[:min(len(slots), offers)]}, nil
}

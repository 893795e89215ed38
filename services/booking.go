package services

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// Booking are the verbs of appointments (预约).
type Booking struct {
	Data   Data
	Now    func() time.Time
	Years  *Years
	Places *Places
	Relay  *Relay
	// Past answers the earliest that the house's clock may ever say again: what
	// ended before it may be dropped. It is Now but where a clock can be set
	// back.
	Past func() time.Time
}

// BookRequest is a wish for an appointment.
type BookRequest struct {
	Key                     string // the request's idempotency key
	Advisor, Village        string
	Start                   time.Time
	Channel                 domain.Channel
	Topic, Details, Address string
	For                     *Beneficiary // nil = for the actor
	ConcernsVillage         bool
	OtherParty              string
}

// Beneficiary is the neighbour or family member for whom somebody books.
type Beneficiary struct{ Name, Phone string }

// Limits on what is written into a booking, in letters.
const (
	maxTopic   = 100
	maxDetails = 2000
	maxAddress = 200
	maxParty   = 50
	maxReason  = 200
)

// offers is how many other times a refusal holds out.
const offers = 3

// Book makes an appointment. The commit point is the write of the advisor's
// diary: before it nothing counts, after it the relay sees the booking through.
// The pointer is written first, the resident's sheet second, the appointment
// last. While its pointer is young a booking belongs to the one who wrote it.
func (s *Booking) Book(ctx context.Context, actor domain.Actor, req BookRequest) (Seen, error) {
	if err := May(actor, ActBook); err != nil {
		return Seen{}, err
	}
	defer s.Relay.hurry()()
	now := s.Now()
	req.trim()
	if err := req.check(actor); err != nil {
		return Seen{}, err
	}
	if isStaff(actor) && !inArea(actor, req.Village) {
		return Seen{}, domain.ErrForbidden // the office books for the people of its own area
	}
	calendar, err := s.Years.Calendar(ctx, now)
	if err != nil {
		return Seen{}, err
	}
	a, err := s.draft(ctx, actor, req, now)
	if err != nil {
		return Seen{}, err
	}
	if err := s.notHimself(ctx, &a); err != nil {
		return Seen{}, err
	}
	for attempt := 0; ; {
		a.ID, a.Events = s.appointmentID(actor, req.Key, attempt), nil
		why := s.commit(ctx, actor, &a, calendar, now)
		if why == nil {
			return s.show(ctx, actor, a)
		}
		ended := errors.Is(why, errUnderWay) && s.await(ctx, a.ID)
		made, err := s.Data.Appointments.Get(ctx, a.ID)
		switch {
		case errors.Is(err, domain.ErrNotFound) && ended: // the twin was refused: hear why
			continue
		case errors.Is(err, domain.ErrNotFound):
			return Seen{}, why
		case err != nil:
			return Seen{}, err
		case made.Status == domain.Void: // it was given up while it was being written
			attempt++
			continue
		case made.Request != a.Request:
			return Seen{}, domain.Fault(domain.Invalid, "idempotency_reused")
		}
		return s.show(ctx, actor, made)
	}
}

// notHimself refuses an appointment of an advisor with themselves, who would
// then rate and confirm their own service.
func (s *Booking) notHimself(ctx context.Context, a *domain.Appointment) error {
	p, err := s.Data.People.Get(ctx, a.Advisor)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return nil // said where the diary is looked up
	case err != nil:
		return err
	case p.ID == a.Booker || p.Phone == a.Phone:
		return domain.Fault(domain.Conflict, "conflict_of_interest")
	}
	return nil
}

// errUnderWay says that the same request is being carried out elsewhere.
var errUnderWay = domain.Fault(domain.Conflict, "request_in_progress")

// How a request sent twice waits for its twin.
const (
	awaitStep  = 20 * time.Millisecond
	awaitSteps = 150
)

// await waits until the twin of a request has come to an end, and reports
// whether it has, one way or the other.
func (s *Booking) await(ctx context.Context, id string) bool {
	pointer := pointerTo(&domain.Appointment{Meta: domain.Meta{ID: id}}, time.Time{})
	for range awaitSteps {
		p, err := s.Data.Pending.Get(ctx, pointer.ID)
		if err != nil {
			return errors.Is(err, domain.ErrNotFound)
		}
		if _, err := s.Data.Appointments.Get(ctx, id); !errors.Is(err, domain.ErrNotFound) {
			return err == nil
		}
		// The twin died with its program: whoever asks again need not wait until
		// the relay has come to it among all that was left.
		if !s.Relay.mayCome(&p) && s.Relay.pass(ctx, p.ID) == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(awaitStep):
		}
	}
	return false
}

// appointmentID derives the id from who asks and the idempotency key, so that
// a request sent again finds what it made.
func (s *Booking) appointmentID(actor domain.Actor, key string, attempt int) string {
	return s.Data.Hash("appointment", actor.ID+"|"+key+"|"+strconv.Itoa(attempt))
}

func (r *BookRequest) trim() {
	for _, f := range []*string{&r.Topic, &r.Details, &r.Address, &r.OtherParty} {
		*f = strings.TrimSpace(*f)
	}
	if r.For != nil {
		r.For = &Beneficiary{strings.TrimSpace(r.For.Name), strings.TrimSpace(r.For.Phone)}
	}
}

func (r *BookRequest) check(actor domain.Actor) error {
	var f domain.Faults
	f.Check(r.Advisor != "", "advisor", "required")
	f.Check(domain.IsVillageCode(r.Village), "village", "bad_village")
	f.Check(!r.Start.IsZero(), "start", "required")
	f.Check(slices.Contains(domain.Channels, r.Channel), "channel", "unknown")
	f.Check(r.Topic != "", "topic", "required")
	f.Check(domain.IsText(r.Topic, maxTopic), "topic", "too_long")
	f.Check(domain.IsText(r.Details, maxDetails), "details", "too_long")
	f.Check(domain.IsText(r.Address, maxAddress), "address", "too_long")
	f.Check(r.Channel != domain.Home || r.Address != "", "address", "required")
	f.Check(domain.IsText(r.OtherParty, maxParty), "other_party", "too_long")
	if r.For != nil {
		f.Check(domain.IsName(r.For.Name), "for.name", "bad_name")
		f.Check(domain.IsMobile(r.For.Phone), "for.phone", "bad_phone")
	} else {
		f.Check(!isStaff(actor), "for", "required")
	}
	return f.Err()
}

func (r *BookRequest) parts() []string {
	parts := []string{r.Advisor, r.Village, r.Start.UTC().Format(time.RFC3339Nano), string(r.Channel), r.Topic,
		r.Details, r.Address, strconv.FormatBool(r.ConcernsVillage), r.OtherParty}
	if r.For != nil {
		parts = append(parts, r.For.Name, r.For.Phone)
	}
	return parts
}

// draft makes the appointment as it would be, with whom it is for.
func (s *Booking) draft(ctx context.Context, actor domain.Actor, req BookRequest, now time.Time) (domain.Appointment, error) {
	a := domain.Appointment{
		Status: domain.Booked, Advisor: req.Advisor, Booker: actor.ID,
		Village: req.Village, Start: req.Start, Channel: req.Channel, Topic: domain.Private(req.Topic),
		Details: domain.Private(req.Details), Address: domain.Private(req.Address),
		OtherParty: domain.Private(req.OtherParty), ConcernsVillage: req.ConcernsVillage,
		Request: s.Data.request(req.parts()...), Created: now,
	}
	booker, err := s.Data.People.Get(ctx, actor.ID)
	if err != nil {
		return a, err
	}
	if !isStaff(actor) && !booker.Consented(PrivacyVersion) {
		return a, domain.Fault(domain.Invalid, "consent_required")
	}
	if req.For == nil {
		var f domain.Faults
		f.Check(booker.Name != "", "name", "required")
		f.Check(booker.Phone != "", "phone", "required")
		if fields := f.Fields(); len(fields) > 0 {
			return a, &domain.Error{Code: domain.Invalid, Reason: "profile_incomplete", Fields: fields}
		}
		a.Resident, a.Sheet, a.Name, a.Phone = booker.ID, booker.ID, booker.Name, booker.Phone
		return a, nil
	}
	a.Name, a.Phone = domain.Private(req.For.Name), domain.Private(req.For.Phone)
	return a, s.findBeneficiary(ctx, &a)
}

// findBeneficiary looks up whom a booking is for. A phone that was only typed
// proves nothing: such a person is told and may cancel, but a matter that
// concerns the village is not even shown to them.
func (s *Booking) findBeneficiary(ctx context.Context, a *domain.Appointment) error {
	id := directoryID(s.Data.Hash, a.Name, a.Phone)
	a.Sheet = id
	entry, err := s.Data.Directory.Get(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, person := range entry.Persons {
		p, err := s.Data.People.Get(ctx, person)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if p.Name != a.Name || p.Phone != a.Phone || !p.Verified && a.ConcernsVillage {
			continue
		}
		if a.Resident == "" || p.Verified {
			a.Resident, a.Sheet = p.ID, p.ID
		}
		if p.Verified {
			break
		}
	}
	return nil
}

// commit takes the draft through its steps. Whatever it answers but nil, the
// caller looks whether the appointment exists already.
func (s *Booking) commit(ctx context.Context, actor domain.Actor, a *domain.Appointment, calendar *schedule.Calendar, now time.Time) error {
	d, err := s.Data.Diaries.Get(ctx, a.Advisor)
	if errors.Is(err, domain.ErrNotFound) {
		return domain.InvalidField("advisor", "unknown")
	}
	if err != nil {
		return err
	}
	j := judgement{now: now, calendar: calendar, party: normalParty(a.OtherParty)}
	if j.former, err = s.formerClients(ctx, a.Advisor, j.party); err != nil {
		return err
	}
	if err := s.judge(&d, a, j); err != nil { // most losers are told here, before anything is written
		return s.withOffer(ctx, a, &d, j, err)
	}
	// A request sent again, long after, takes nothing a second time, not even for
	// a moment, and nobody is told a second time.
	if _, err := s.Data.Appointments.Get(ctx, a.ID); err == nil {
		return domain.ErrExists
	} else if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	pointer := pointerTo(a, now)
	if err := s.Data.Pending.Insert(ctx, pointer); err != nil {
		if errors.Is(err, domain.ErrExists) {
			return errUnderWay
		}
		return err
	}
	if err := s.takeTurn(ctx, a, now); err != nil {
		return s.giveUp(ctx, a, pointer, err)
	}
	if err := s.takeTime(ctx, a, j); err != nil {
		return s.giveUp(ctx, a, pointer, err)
	}
	if ctx.Err() != nil { // too late to be sure: the relay gives it up
		return &domain.Error{Code: domain.Unavailable, Reason: "timed_out", Err: ctx.Err()}
	}
	a.Events = []domain.Event{{Seq: 1, At: now, Verb: domain.Book, By: actor.ID, ByKind: actor.Kind,
		Status: a.Status, Start: a.Start}}
	if a.Booker != a.Resident {
		// The booker's own list is the one thing that the sheet and the diary
		// cannot answer until the relay has run.
		if err := s.Relay.journal(ctx, a.Booker, a); err != nil {
			return err
		}
	}
	if err := s.Data.Appointments.Insert(ctx, *a); err != nil {
		return s.giveUp(ctx, a, pointer, err)
	}
	s.Relay.Kick(pointer.ID)
	return nil
}

// judgement is what a booking is judged by beside the diary.
type judgement struct {
	now      time.Time
	calendar *schedule.Calendar
	party    string   // the other party, in normal form
	former   []string // hashes of earlier clients, if there is a party
}

// judge says whether the diary allows the appointment, and sets its end.
func (s *Booking) judge(d *domain.Diary, a *domain.Appointment, j judgement) error {
	if err := s.conflict(d, a, j); err != nil {
		return err
	}
	slot, err := schedule.Judge(d, j.calendar, j.now, wish(a))
	a.End = slot.End
	return err
}

func wish(a *domain.Appointment) schedule.Wish {
	return schedule.Wish{Start: a.Start, Channel: a.Channel, Village: a.Village, Moving: a.ID}
}

// takeTurn counts the booking on the resident's sheet.
func (s *Booking) takeTurn(ctx context.Context, a *domain.Appointment, now time.Time) error {
	status := domain.Booked
	_, err := s.Data.Sheets.Upsert(ctx, a.Sheet, func(sh *domain.Sheet) error {
		tidySheet(sh, s.Past())
		status = domain.Booked
		if missesSince(sh, now.Add(-domain.MissWindow)) >= domain.MissesToHold {
			status = domain.Held
		}
		ahead := 0
		for _, o := range sh.Open {
			if o.Appointment == a.ID {
				return domain.ErrExists
			}
			if o.Start.After(now) {
				ahead++
			}
		}
		if ahead >= domain.MaxOpenBookings {
			return domain.Fault(domain.Conflict, "too_many_open")
		}
		sh.Open = append(sh.Open, domain.OpenBooking{Appointment: a.ID, Start: a.Start, Edition: firstEdition})
		return nil
	})
	a.Status = status
	return err
}

// takeTime takes the slot in the advisor's diary, if nothing speaks against it.
// A move takes it beside the time that the appointment has, if the diary still
// knows the appointment as the one who moves it saw it: after the diary has been
// settled by a later change, nothing can be taken for an earlier one.
func (s *Booking) takeTime(ctx context.Context, a *domain.Appointment, j judgement) error {
	var last domain.Diary
	_, err := s.Data.Diaries.Update(ctx, a.Advisor, func(d *domain.Diary) error {
		last = *d
		if err := s.judge(d, a, j); err != nil {
			return err
		}
		schedule.Prune(d, s.Past().Add(-keepTaken))
		b := s.takenBy(a)
		if b.Moving {
			known := false
			for _, t := range d.Taken {
				if t.Appointment != a.ID {
					continue
				}
				if t.Edition > b.Edition {
					return errChanged
				}
				if known = true; t.From.Equal(b.From) && t.To.After(b.To) {
					b.To = t.To // until the move is written, the longer of both is held
				}
			}
			if !known {
				return errChanged
			}
		}
		return schedule.Take(d, b)
	})
	return s.withOffer(ctx, a, &last, j, err)
}

// keepTaken is how long past bookings stay in the diary, so that an advisor's
// list and the conflict check are whole before the relay has run.
const keepTaken = 48 * time.Hour

// firstEdition is an appointment's when it has been booked.
const firstEdition = 1

// takenBy answers how an appointment stands in the diary: one that is not
// written yet as it will be, any other as a move of it.
func (s *Booking) takenBy(a *domain.Appointment) domain.Booking {
	b := domain.Booking{Appointment: a.ID, From: a.Start, To: a.End, Channel: a.Channel, Village: a.Village,
		Client: clientHash(s.Data.Hash, a.Name.Reveal()), Edition: firstEdition}
	if len(a.Events) > 0 {
		b.Edition, b.Moving = a.Edition(), true
	}
	return b
}

// withOffer adds to a refusal what there is instead.
func (s *Booking) withOffer(ctx context.Context, a *domain.Appointment, d *domain.Diary, j judgement, err error) error {
	switch domain.ReasonOf(err) {
	case "slot_taken":
		return &domain.Error{Code: domain.Conflict, Reason: "slot_taken",
			Offer: &domain.Offer{Slots: schedule.Nearest(d, j.calendar, j.now, wish(a), offers)}}
	case "conflict_of_interest":
		others, oerr := s.otherAdvisors(ctx, a, j)
		if oerr != nil {
			return oerr
		}
		return &domain.Error{Code: domain.Conflict, Reason: "conflict_of_interest",
			Offer: &domain.Offer{Advisors: others, Office: domain.TownOf(a.Village)}}
	}
	return err
}

// giveUp takes back what a refused booking has written, and answers why it was
// refused. Where the answer of a write was lost, nothing is taken back here:
// the relay finds out. ErrExists on the sheet or at the end says that the
// booking was made before, or that it was given up: then only the time taken a
// second time is freed.
func (s *Booking) giveUp(ctx context.Context, a *domain.Appointment, pointer domain.Pointer, why error) error {
	if e, ok := errors.AsType[*domain.Error](why); !ok || e.Code == domain.Unavailable {
		return why
	}
	made, err := s.Data.Appointments.Get(ctx, a.ID)
	if errors.Is(err, domain.ErrNotFound) {
		made, err = domain.Appointment{Meta: domain.Meta{ID: a.ID}, Status: domain.Void}, nil
	}
	if err == nil && made.Status != domain.Void {
		err = s.Relay.settle(ctx, &made)
	}
	if err == nil {
		err = s.Relay.freeOthers(ctx, &made, a.Advisor, a.Sheet)
	}
	if err == nil {
		err = s.Data.Pending.Delete(ctx, pointer.ID)
	}
	if err != nil {
		slog.WarnContext(ctx, "left to the relay", "appointment", a.ID, "err", err)
	}
	return why
}

// keepOpen is how long after its start a booking that nobody has brought to an
// end stays on the sheet.
const keepOpen = lateOutcome + 24*time.Hour

// missesSince counts the misses from a time on.
func missesSince(sh *domain.Sheet, from time.Time) (n int) {
	for _, m := range sh.Misses {
		if !m.At.Before(from) {
			n++
		}
	}
	return n
}

// tidySheet drops what no longer counts.
func tidySheet(sh *domain.Sheet, now time.Time) {
	sh.Open = slices.DeleteFunc(sh.Open, func(o domain.OpenBooking) bool { return o.Start.Before(now.Add(-keepOpen)) })
	sh.Misses = slices.DeleteFunc(sh.Misses, func(m domain.MissedTurn) bool { return m.At.Before(now.Add(-domain.MissWindow)) })
}

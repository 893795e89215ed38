package services

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// Complaints are the verbs of complaints (投诉).
type Complaints struct {
	Data  Data
	Now   func() time.Time
	Years *Years
	Relay *Relay
}

// ComplaintRequest is a complaint as it is filed. Without an appointment and an
// advisor it is about the service itself.
type ComplaintRequest struct {
	Key         string
	Appointment string
	Advisor     string
	Text        string
	Files       []string
}

// SeenComplaint is a complaint as one person may see it.
type SeenComplaint struct {
	domain.Complaint
	Due     domain.Day     // the last day of its clock; "" = a year without a table is reached
	Overdue bool           // that day passed, or has passed, without an answer
	Can     bool           // the person may answer it now
	Filer   *domain.Person // who filed it, to who answers it; nil to others
}

// ComplaintFilter narrows a list of complaints.
type ComplaintFilter struct {
	Open  *bool // nil = all
	After string
	Limit int
}

// Limits on complaints: the product's own choice.
const (
	maxComplaint      = 2000 // letters of a complaint, and of an answer
	maxOpenComplaints = 5    // of one person; the office enters them for many
)

// File files a complaint. The commit point is its own write; its id is derived
// from who files it and the idempotency key, so that a request sent again finds
// what it made.
func (s *Complaints) File(ctx context.Context, actor domain.Actor, req ComplaintRequest) (SeenComplaint, error) {
	if err := May(actor, ActComplain); err != nil {
		return SeenComplaint{}, err
	}
	now := s.Now()
	req.Text = strings.TrimSpace(req.Text)
	if err := checkSaid(req.Text).Err(); err != nil {
		return SeenComplaint{}, err
	}
	c := domain.Complaint{Meta: domain.Meta{ID: s.Data.Hash("complaint", actor.ID+"|"+req.Key)}, By: actor.ID, ByKind: actor.Kind,
		Text: domain.Private(req.Text), Files: req.Files, Edition: 1, Created: now,
		Request: s.Data.request(req.Appointment, req.Advisor, req.Text, strings.Join(req.Files, ","))}
	if seen, err := s.made(ctx, actor, &c); !errors.Is(err, domain.ErrNotFound) {
		return seen, err
	}
	if err := s.draft(ctx, actor, &c, req); err != nil {
		return SeenComplaint{}, err
	}
	if err := claimFiles(ctx, s.Data, actor, claimComplaint+c.ID, "files", req.Files); err != nil {
		return SeenComplaint{}, err
	}
	pointer, err := s.point(ctx, &c, 0, now)
	if err != nil {
		return SeenComplaint{}, err
	}
	err = s.Data.Complaints.Insert(ctx, c)
	if errors.Is(err, domain.ErrExists) {
		return s.made(ctx, actor, &c)
	}
	if err != nil {
		return SeenComplaint{}, err
	}
	s.Relay.passNow(ctx, pointer.ID)
	return s.show(ctx, actor, c)
}

// checkSaid judges the text of a complaint or of an answer.
func checkSaid(text string) *domain.Faults {
	var f domain.Faults
	f.Check(text != "", "text", "required")
	f.Check(domain.IsText(text, maxComplaint), "text", "too_long")
	return &f
}

// made answers what the same request has made already.
func (s *Complaints) made(ctx context.Context, actor domain.Actor, c *domain.Complaint) (SeenComplaint, error) {
	made, err := s.Data.Complaints.Get(ctx, c.ID)
	if err != nil {
		return SeenComplaint{}, err
	}
	if made.Request != c.Request {
		return SeenComplaint{}, domain.Fault(domain.Invalid, "idempotency_reused")
	}
	return s.show(ctx, actor, made)
}

// draft finds out what a complaint is about and who answers it within which
// time.
func (s *Complaints) draft(ctx context.Context, actor domain.Actor, c *domain.Complaint, req ComplaintRequest) error {
	person, err := s.Data.People.Get(ctx, actor.ID)
	if err != nil {
		return err
	}
	if !isStaff(actor) && !person.Consented(PrivacyVersion) {
		return domain.Fault(domain.Invalid, "consent_required")
	}
	if err := s.findSubject(ctx, actor, c, req); err != nil {
		return err
	}
	if c.Village == "" && !isStaff(actor) {
		if c.Village = person.Village; c.Village == "" {
			return &domain.Error{Code: domain.Invalid, Reason: "profile_incomplete", Fields: []domain.Field{{Name: "village", Reason: "required"}}}
		}
	}
	c.Area = actor.Area
	if c.Village != "" {
		c.Area = domain.TownOf(c.Village)
	}
	if len(c.Area) < domain.DistrictDigits {
		return domain.ErrForbidden // staff of no town and no district
	}
	district := domain.DistrictOf(c.Area)
	if c.Appointment == "" && c.Advisor == "" {
		c.Area = district // the town's office does not answer what is said of itself
	}
	if err := s.limit(ctx, actor); err != nil {
		return err
	}
	office, err := s.Data.Offices.Get(ctx, district)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	c.Days = cmp.Or(office.ComplaintDays, domain.DefaultComplaintDays)
	c.Owner, err = s.findOwner(ctx, c)
	return err
}

// findSubject looks up the appointment and the advisor that a complaint names.
// An appointment that the complainant has no part in does not exist for them.
func (s *Complaints) findSubject(ctx context.Context, actor domain.Actor, c *domain.Complaint, req ComplaintRequest) error {
	if req.Advisor != "" {
		_, err := s.Data.Advisors.Get(ctx, req.Advisor)
		if errors.Is(err, domain.ErrNotFound) {
			return domain.InvalidField("advisor", "unknown")
		}
		if err != nil {
			return err
		}
		c.Advisor = req.Advisor
	}
	if req.Appointment == "" {
		return nil
	}
	a, err := s.Data.Appointments.Get(ctx, req.Appointment)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	if side := SideOf(actor, &a); err != nil || side != SideResident && side != SideOffice {
		return domain.InvalidField("appointment", "unknown")
	}
	if c.Advisor != "" && c.Advisor != a.Advisor {
		return domain.InvalidField("advisor", "not_of_appointment")
	}
	c.Appointment, c.Advisor, c.Village = a.ID, a.Advisor, a.Village
	c.Barred, err = s.hands(ctx, &a)
	return err
}

// hands answers who had a hand in a matter: whom it is for, and who of the
// office acted on the appointment or on its log.
func (s *Complaints) hands(ctx context.Context, a *domain.Appointment) ([]string, error) {
	hands := []string{a.Booker, a.Resident}
	for _, e := range a.Events {
		if isOffice(e.ByKind) {
			hands = append(hands, e.By)
		}
	}
	l, err := s.Data.Logs.Get(ctx, logOf(s.Data, a.ID))
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	for _, e := range l.Events {
		if isOffice(e.ByKind) {
			hands = append(hands, e.By)
		}
	}
	return uniq(hands...), nil
}

// limit refuses one more complaint to somebody who has too many open ones. It
// holds up who sends many, not who sends two at the same moment.
func (s *Complaints) limit(ctx context.Context, actor domain.Actor) error {
	if isStaff(actor) {
		return nil
	}
	looked, open := 0, 0
	var fault error
	err := walk(ctx, s.Data.Caseloads, actor.ID, func(ref domain.CaseRef) bool {
		c, err := s.Data.Complaints.Get(ctx, ref.Complaint)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			fault = err
			return false
		}
		if err == nil && c.By == actor.ID && c.Answer == nil {
			open++
		}
		looked++
		return open < maxOpenComplaints && looked < domain.PageLen
	})
	switch {
	case err != nil || fault != nil:
		return cmp.Or(err, fault)
	case open >= maxOpenComplaints:
		return domain.Fault(domain.Conflict, "too_many_complaints")
	}
	return nil
}

// findOwner answers who of the office is to answer a complaint: of those who
// work there and have no hand in it, one by lot, the lot being the complaint's
// id. If the town has nobody, somebody of the district; if nobody has, "".
func (s *Complaints) findOwner(ctx context.Context, c *domain.Complaint) (string, error) {
	for _, area := range uniq(c.Area, domain.DistrictOf(c.Area)) {
		office, err := s.Data.Offices.Get(ctx, area)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return "", err
		}
		staff := slices.Clone(office.Staff)
		slices.SortFunc(staff, func(x, y string) int { return cmp.Compare(digestOf(c.ID, x), digestOf(c.ID, y)) })
		for _, id := range staff {
			p, err := s.Data.People.Get(ctx, id)
			if err != nil && !errors.Is(err, domain.ErrNotFound) {
				return "", err
			}
			if err == nil && isOffice(p.Kind) && p.Area == area && id != c.By && !slices.Contains(c.Barred, id) {
				return id, nil
			}
		}
	}
	return "", nil
}

// point writes a pointer for a complaint's next edition, unless it is too late
// to write that one. Each attempt has a pointer of its own, so that none goes by
// one that the relay is about to drop.
func (s *Complaints) point(ctx context.Context, c *domain.Complaint, edition int64, now time.Time) (domain.Pointer, error) {
	p := domain.Pointer{Meta: domain.Meta{ID: pointerID(pointComplaint, c.ID, edition+1) + "|" + rand.Text()}, Kind: pointComplaint,
		Subject: c.ID, Seq: int(edition) + 1, Edition: edition, At: now}
	err := s.Data.Pending.Insert(ctx, p)
	if err == nil && ctx.Err() != nil { // too late to be sure
		err = &domain.Error{Code: domain.Unavailable, Reason: "timed_out", Err: ctx.Err()}
	}
	return p, err
}

// Complaint answers one complaint to who filed it and to who answers it.
func (s *Complaints) Complaint(ctx context.Context, actor domain.Actor, id string) (SeenComplaint, error) {
	c, err := s.visible(ctx, actor, id)
	if err != nil {
		return SeenComplaint{}, err
	}
	return s.show(ctx, actor, c)
}

func (s *Complaints) visible(ctx context.Context, actor domain.Actor, id string) (domain.Complaint, error) {
	c, err := s.Data.Complaints.Get(ctx, id)
	if err != nil {
		return c, err
	}
	if !seesComplaint(actor, &c) {
		return domain.Complaint{}, domain.ErrNotFound
	}
	return c, nil
}

// seesComplaint reports whether a complaint exists for somebody: for who filed
// it and for who may answer it, and never for whom it is about.
func seesComplaint(actor domain.Actor, c *domain.Complaint) bool {
	return actor.ID != "" && actor.ID == c.By || answersComplaint(actor, c)
}

// answersComplaint reports whether answering a complaint is somebody's: its
// owner's, or the district's. Nobody answers what they have filed themselves or
// had a hand in.
func answersComplaint(actor domain.Actor, c *domain.Complaint) bool {
	if actor.ID == "" || !isStaff(actor) || !inArea(actor, c.Area) || actor.ID == c.By || slices.Contains(c.Barred, actor.ID) {
		return false
	}
	return actor.ID == c.Owner || actor.Kind == domain.DistrictKind
}

func (s *Complaints) show(ctx context.Context, actor domain.Actor, c domain.Complaint) (SeenComplaint, error) {
	now := s.Now()
	calendar, err := s.Years.Calendar(ctx, now)
	if err != nil {
		return SeenComplaint{}, err
	}
	seen := SeenComplaint{Complaint: c, Due: dueDay(&c, calendar), Can: c.Answer == nil && answersComplaint(actor, &c)}
	if answersComplaint(actor, &c) {
		filer, err := s.Data.People.Get(ctx, c.By)
		if err != nil {
			return SeenComplaint{}, err
		}
		seen.Filer = &filer
	}
	if c.Answer != nil {
		now = c.Answer.At
	}
	seen.Overdue = seen.Due != "" && domain.DayOf(now) > seen.Due
	return seen, nil
}

// dueDay answers the last day of a complaint's clock: so many working days after
// the day on which it was filed, or "" where they cannot be counted yet.
func dueDay(c *domain.Complaint, calendar *schedule.Calendar) domain.Day {
	day, _ := calendar.AddWorkingDays(domain.DayOf(c.Created), c.Days)
	return day
}

// List lists the actor's complaints, newest first: those that somebody filed or
// is to answer, and to the district's office all of its area. Next is the id of
// the last if there are more.
func (s *Complaints) List(ctx context.Context, actor domain.Actor, f ComplaintFilter) (items []SeenComplaint, next string, err error) {
	if err := May(actor, ActComplaints); err != nil {
		return nil, "", err
	}
	owner := actor.ID
	if actor.Kind == domain.DistrictKind {
		owner = actor.Area
	}
	found := f.After == ""
	var fault error
	err = walk(ctx, s.Data.Caseloads, owner, func(ref domain.CaseRef) bool {
		if !found {
			found = ref.Complaint == f.After
			return true
		}
		var c domain.Complaint
		c, fault = s.visible(ctx, actor, ref.Complaint)
		switch {
		case errors.Is(fault, domain.ErrNotFound), fault == nil && f.Open != nil && *f.Open != (c.Answer == nil):
			fault = nil
			return true
		case fault != nil:
			return false
		case len(items) == f.Limit:
			next = items[f.Limit-1].ID
			return false
		}
		var seen SeenComplaint
		if seen, fault = s.show(ctx, actor, c); fault == nil {
			items = append(items, seen)
		}
		return fault == nil
	})
	return items, next, cmp.Or(err, fault)
}

// Answer gives the office's word, once.
func (s *Complaints) Answer(ctx context.Context, actor domain.Actor, id, text string, outcome domain.Outcome, key string) (SeenComplaint, error) {
	if err := May(actor, ActAnswerComplaint); err != nil {
		return SeenComplaint{}, err
	}
	c, err := s.visible(ctx, actor, id)
	if err != nil {
		return SeenComplaint{}, err
	}
	if err := s.mayAnswer(ctx, actor, &c); err != nil {
		return SeenComplaint{}, err
	}
	now := s.Now()
	answer := domain.Answer{Text: domain.Private(strings.TrimSpace(text)), Outcome: outcome, By: actor.ID, ByKind: actor.Kind, At: now}
	if key != "" {
		answer.Key = s.Data.Hash("answer", actor.ID+"|"+key)
	}
	f := checkSaid(answer.Text.Reveal())
	f.Check(slices.Contains(domain.Outcomes, outcome), "outcome", "unknown")
	if err := f.Err(); err != nil {
		return SeenComplaint{}, err
	}
	if c.Answer == nil {
		c, err = s.commitAnswer(ctx, &c, answer, now)
	} else {
		err = answeredBefore(&c, &answer)
	}
	if err != nil {
		return SeenComplaint{}, err
	}
	return s.show(ctx, actor, c)
}

// mayAnswer answers nil if a complaint is the actor's to answer: somebody of the
// office may have had a hand in the matter after the complaint was filed.
func (s *Complaints) mayAnswer(ctx context.Context, actor domain.Actor, c *domain.Complaint) error {
	if !answersComplaint(actor, c) {
		return domain.ErrForbidden
	}
	if c.Appointment == "" || c.Answer != nil {
		return nil
	}
	a, err := s.Data.Appointments.Get(ctx, c.Appointment)
	if err != nil {
		return err
	}
	hands, err := s.hands(ctx, &a)
	if err == nil && slices.Contains(hands, actor.ID) {
		err = domain.ErrForbidden
	}
	return err
}

func (s *Complaints) commitAnswer(ctx context.Context, c *domain.Complaint, answer domain.Answer, now time.Time) (domain.Complaint, error) {
	pointer, err := s.point(ctx, c, c.Edition, now)
	if err != nil {
		return domain.Complaint{}, err
	}
	answered, err := s.Data.Complaints.Update(ctx, c.ID, func(c *domain.Complaint) error {
		if c.Answer != nil {
			return cmp.Or(answeredBefore(c, &answer), domain.ErrUnchanged)
		}
		c.Answer = &answer
		c.Edition++
		return nil
	})
	if err != nil {
		return domain.Complaint{}, err
	}
	s.Relay.passNow(ctx, pointer.ID)
	return answered, nil
}

// answeredBefore answers nil if a complaint was answered by the same request,
// and otherwise why it cannot be answered again.
func answeredBefore(c *domain.Complaint, answer *domain.Answer) error {
	switch {
	case answer.Key == "" || c.Answer.Key != answer.Key:
		return domain.Fault(domain.Conflict, "answered_already")
	case c.Answer.Text != answer.Text || c.Answer.Outcome != answer.Outcome:
		return domain.Fault(domain.Invalid, "idempotency_reused")
	}
	return nil
}

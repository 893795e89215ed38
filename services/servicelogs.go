package services

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

// Logs are the verbs of service logs (工作日志).
type Logs struct {
	Data    Data
	Now     func() time.Time
	Places  *Places
	Relay   *Relay
	Booking *Booking
}

// LogEdit is what is told of a service. With an appointment everything may be
// left out: what is zero or nil follows from the appointment, and in a
// correction from the version before it.
type LogEdit struct {
	Village, Town           string // one of them; a town's station where the mode is domain.Station, Panel or Tour
	Mode                    domain.Mode
	Duty                    domain.Duty
	Start, End              time.Time
	Counters                *domain.Counters
	With                    []string
	Groups                  []domain.KeyGroup
	Method, Content, Result string
	Files                   []string
	ConcernsVillage         bool // once said, it stays
}

// LogRequest is a service log as it is entered.
type LogRequest struct {
	Key         string
	Appointment string // "" = a service of its own
	Advisor     string // the office names whose service it was; an advisor leaves it empty
	Reason      string // the office says why it enters it
	Note        string // the advisor's own, privileged
	Edit        LogEdit
}

// LogCorrection puts a new version in the place of one that was seen.
type LogCorrection struct {
	Key     string
	Version int // number of the version that was seen, from 1
	Reason  string
	Note    *string // nil = as it was; the advisor alone may change it
	Edit    LogEdit
}

// SeenLog is a service log as one person may see it.
type SeenLog struct {
	domain.ServiceLog
	Side    Side
	Content bool             // the reported part beyond time, place and kind
	Own     bool             // the private note
	Can     []domain.LogVerb // what the person may do now
	SignIns []domain.SignIn  // of that advisor, day and place; nil unless Content and one log was asked for
}

// Write enters a service log. One for an appointment also completes it. The
// commit point is the insertion of the log; its record, the ledgers and the
// notices follow at once, or by the relay.
func (s *Logs) Write(ctx context.Context, actor domain.Actor, req LogRequest) (SeenLog, error) {
	if err := May(actor, ActLog); err != nil {
		return SeenLog{}, err
	}
	now := s.Now()
	req.trim()
	if err := req.check(actor); err != nil {
		return SeenLog{}, err
	}
	l := domain.ServiceLog{Meta: domain.Meta{ID: s.logID(actor, &req)}, Advisor: actor.ID, Appointment: req.Appointment,
		Status: domain.Unconfirmed, Note: domain.Private(req.Note), Request: s.Data.request(req.parts()...), Created: now}
	if isStaff(actor) {
		l.Advisor = req.Advisor
	}
	if seen, err := s.again(ctx, actor, &l); err != nil || seen.ID != "" {
		return seen, err
	}
	a, err := s.appointmentOf(ctx, actor, &l, now)
	if err != nil {
		return SeenLog{}, err
	}
	report, err := s.report(ctx, l.Advisor, fromAppointment(&a), req.Edit, now)
	if err != nil {
		return SeenLog{}, err
	}
	if err := ofAppointment(&report, &a); err != nil {
		return SeenLog{}, err
	}
	if err := s.mayEnter(ctx, actor, now, &report); err != nil {
		return SeenLog{}, err
	}
	if err := s.notTwice(ctx, &l, &report); err != nil {
		return SeenLog{}, err
	}
	l.Resident = a.Resident
	l.Versions = []domain.LogVersion{{Report: report, At: now, By: actor.ID, ByKind: actor.Kind, Reason: domain.Private(req.Reason)}}
	if err := claimFiles(ctx, s.Data, actor, claimOf(l.ID), "files", report.Files); err != nil {
		return SeenLog{}, err
	}
	if err := s.complete(ctx, actor, &a, req.Key, now); err != nil {
		return SeenLog{}, err
	}
	pointer := pointerToLog(&l, now)
	l.Events = []domain.LogEvent{{Seq: 1, At: now, Verb: domain.WriteLog, By: actor.ID, ByKind: actor.Kind,
		Reason: domain.Private(req.Reason), Version: 1, Status: l.Status}}
	if err := s.prepare(ctx, &l, pointer); err != nil {
		return SeenLog{}, err
	}
	err = s.Data.Logs.Insert(ctx, l)
	if err = s.written(ctx, pointer, err); errors.Is(err, domain.ErrExists) {
		return s.again(ctx, actor, &l)
	}
	if err != nil {
		return SeenLog{}, err
	}
	return s.show(ctx, actor, l)
}

// logID derives the id from the appointment, which has one log, or from who
// writes and the idempotency key.
func (s *Logs) logID(actor domain.Actor, req *LogRequest) string {
	if req.Appointment != "" {
		return logOf(s.Data, req.Appointment)
	}
	return s.Data.Hash("log", actor.ID+"|"+req.Key)
}

// logOf answers the id of an appointment's log.
func logOf(data Data, appointment string) string { return data.Hash("log", "appointment|"+appointment) }

// claimOf names a log as the thing that a file belongs to.
func claimOf(log string) string { return pointLog + "|" + log }

// again answers a log that the same request has made before, or an empty one.
func (s *Logs) again(ctx context.Context, actor domain.Actor, l *domain.ServiceLog) (SeenLog, error) {
	made, err := s.Data.Logs.Get(ctx, l.ID)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return SeenLog{}, nil
	case err != nil:
		return SeenLog{}, err
	case SideOfLog(actor, &made) != SideAdvisor && SideOfLog(actor, &made) != SideOffice:
		return SeenLog{}, domain.InvalidField("appointment", "unknown")
	case made.Request == l.Request:
		return s.show(ctx, actor, made)
	case l.Appointment != "":
		return SeenLog{}, domain.Fault(domain.Conflict, "logged_already")
	}
	return SeenLog{}, domain.Fault(domain.Invalid, "idempotency_reused")
}

// appointmentOf reads the appointment that a log tells of, if it names one.
func (s *Logs) appointmentOf(ctx context.Context, actor domain.Actor, l *domain.ServiceLog, now time.Time) (domain.Appointment, error) {
	if l.Appointment == "" {
		return domain.Appointment{}, nil
	}
	a, err := s.Data.Appointments.Get(ctx, l.Appointment)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return a, err
	}
	side := SideOf(actor, &a)
	switch {
	case err != nil, side != SideAdvisor && side != SideOffice, side == SideOffice && a.Advisor != l.Advisor:
		return a, domain.InvalidField("appointment", "unknown")
	case a.Status != domain.Booked && a.Status != domain.Arrived && a.Status != domain.Done:
		return a, domain.Fault(domain.Conflict, "wrong_status")
	case now.Before(a.Start):
		return a, domain.Fault(domain.Conflict, "too_early")
	}
	return a, nil
}

// fromAppointment answers what of a report follows from the appointment.
func fromAppointment(a *domain.Appointment) domain.Report {
	if a.ID == "" {
		return domain.Report{}
	}
	r := domain.Report{Village: a.Village, Town: domain.TownOf(a.Village), Mode: domain.ModeOf(a.Channel), Duty: domain.Consultation,
		Start: a.Start, End: a.End, ConcernsVillage: a.ConcernsVillage}
	r.Counters[domain.Consultations] = 1
	return r
}

// ofAppointment holds a report to the appointment that it tells of, if any: it
// took place in that village on that day.
func ofAppointment(r *domain.Report, a *domain.Appointment) error {
	if a.ID == "" {
		return nil
	}
	var f domain.Faults
	f.Check(r.Village == a.Village, "village", "not_of_appointment")
	f.Check(domain.DayOf(r.Start) == domain.DayOf(a.Start), "start", "not_of_appointment")
	return f.Err()
}

// notTwice refuses a log of what the advisor has logged already: the same time,
// place, mode and duty. It holds up who taps twice on two telephones.
func (s *Logs) notTwice(ctx context.Context, l *domain.ServiceLog, r *domain.Report) error {
	month, err := s.Data.Ledgers.Get(ctx, lifecycle.LedgerID(l.Advisor, lifecycle.MonthOf(r.Start)))
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	minutes := int(r.End.Sub(r.Start) / time.Minute)
	for _, row := range month.Rows {
		if row.Kind == domain.ServiceFact && row.Ref != l.ID && row.Advisor == l.Advisor && row.Start.Equal(r.Start) && row.Minutes == minutes &&
			row.Village == placeOf(r) && row.How == string(r.Mode) && row.Duty == r.Duty {
			return domain.Fault(domain.Conflict, "logged_already")
		}
	}
	return nil
}

// complete brings the appointment to its end, where that is still to be done
// and may be done now. Where it is too late for it, or the office enters the
// log, the log stands by itself.
func (s *Logs) complete(ctx context.Context, actor domain.Actor, a *domain.Appointment, key string, now time.Time) error {
	if a.ID == "" || a.Status == domain.Done {
		return nil
	}
	_, err := judgeMove(a, domain.Complete, SideOf(actor, a), now)
	if err == nil {
		_, err = s.Booking.Complete(ctx, actor, a.ID, key)
	} else if domain.ReasonOf(err) == "too_late" || errors.Is(err, domain.ErrForbidden) {
		err = nil
	}
	return err
}

// prepare writes what must be there before a change of a log is.
func (s *Logs) prepare(ctx context.Context, l *domain.ServiceLog, pointer domain.Pointer) error {
	if l.Note != "" {
		due := domain.Due{ID: string(domain.EraseNote) + "." + l.ID, Task: domain.EraseNote, Subject: l.ID, At: l.Now().End.Add(domain.KeepNote)}
		if err := s.Relay.dueAt(ctx, due); err != nil {
			return err
		}
	}
	if err := s.Data.Pending.Insert(ctx, pointer); err != nil {
		return err
	}
	if ctx.Err() != nil { // too late to be sure that the pointer outlives this request
		return &domain.Error{Code: domain.Unavailable, Reason: "timed_out", Err: ctx.Err()}
	}
	return nil
}

// written passes on what was written, or takes the pointer back of what was
// refused; where that is not known, the relay finds out. It answers the error.
func (s *Logs) written(ctx context.Context, pointer domain.Pointer, err error) error {
	e, known := errors.AsType[*domain.Error](err)
	switch {
	case err == nil:
		s.Relay.passNow(ctx, pointer.ID)
	case known && e.Code != domain.Unavailable:
		_ = s.Data.Pending.Delete(ctx, pointer.ID) // if not now, the relay does it
	}
	return err
}

// Log answers one service log as the actor may see it.
func (s *Logs) Log(ctx context.Context, actor domain.Actor, id string) (SeenLog, error) {
	l, err := s.visible(ctx, actor, id)
	if err != nil {
		return SeenLog{}, err
	}
	return s.show(ctx, actor, l)
}

// Correct puts a new version; the old one stays readable. The advisor may do so
// until the month is closed, the office always.
func (s *Logs) Correct(ctx context.Context, actor domain.Actor, id string, req LogCorrection) (SeenLog, error) {
	l, err := s.visible(ctx, actor, id)
	if err != nil {
		return SeenLog{}, err
	}
	now, side := s.Now(), SideOfLog(actor, &l)
	if side != SideAdvisor && side != SideOffice {
		return SeenLog{}, domain.ErrForbidden
	}
	req.Reason = strings.TrimSpace(req.Reason)
	req.Edit.trim()
	var f domain.Faults
	f.Check(req.Reason != "", "reason", "required")
	f.Check(domain.IsText(req.Reason, maxReason), "reason", "too_long")
	f.Check(req.Note == nil || side == SideAdvisor, "note", "advisor_only")
	f.Check(req.Note == nil || domain.IsText(*req.Note, maxNote), "note", "too_long")
	if err := f.Err(); err != nil {
		return SeenLog{}, err
	}
	if side == SideAdvisor {
		if err := s.open(ctx, l.Now(), now); err != nil {
			return SeenLog{}, err
		}
	}
	report, err := s.report(ctx, l.Advisor, l.Now().Report, req.Edit, now)
	if err != nil {
		return SeenLog{}, err
	}
	if l.Appointment != "" {
		a, err := s.Data.Appointments.Get(ctx, l.Appointment)
		if err == nil {
			err = ofAppointment(&report, &a)
		}
		if err != nil {
			return SeenLog{}, err
		}
	}
	if err := s.mayEnter(ctx, actor, now, &report); err != nil {
		return SeenLog{}, err
	}
	if !sameService(&l.Now().Report, &report) {
		if err := s.notTwice(ctx, &l, &report); err != nil {
			return SeenLog{}, err
		}
	}
	if err := claimFiles(ctx, s.Data, actor, claimOf(id), "files", newOnes(report.Files, l.Now().Files)); err != nil {
		return SeenLog{}, err
	}
	return s.change(ctx, actor, l, logMove{verb: domain.CorrectLog, reason: req.Reason, key: req.Key, says: req.parts(), seen: req.Version, apply: func(l *domain.ServiceLog) {
		l.Status = statusAfter(side, l, &report)
		if req.Note != nil {
			l.Note = domain.Private(strings.TrimSpace(*req.Note))
		}
		l.Versions = append(l.Versions, domain.LogVersion{Report: report, At: now, By: actor.ID, ByKind: actor.Kind, Reason: domain.Private(req.Reason)})
	}}, now)
}

// statusAfter answers what a correction leaves of what was said: the office
// decides, and what it has not decided stays disputed; what was confirmed of
// another time, place, kind, number or company says nothing of this one.
func statusAfter(side Side, l *domain.ServiceLog, to *domain.Report) domain.LogStatus {
	was := l.Now()
	same := sameService(&was.Report, to) && was.Counters == to.Counters && slices.Equal(was.With, to.With)
	switch {
	case side == SideOffice:
		return domain.Confirmed
	case same || l.Status == domain.Disputed:
		return l.Status
	}
	return domain.Unconfirmed
}

// sameService reports whether two reports are of the same time, place and kind.
func sameService(x, y *domain.Report) bool {
	return x.Village == y.Village && x.Town == y.Town && x.Mode == y.Mode && x.Duty == y.Duty && x.Start.Equal(y.Start) && x.End.Equal(y.End)
}

func newOnes(files, old []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(f string) bool { return slices.Contains(old, f) })
}

// logMove is one change of a log.
type logMove struct {
	verb   domain.LogVerb
	reason string
	key    string
	says   []string           // what the request says
	from   []domain.LogStatus // nil = any
	seen   int                // number of the version that was seen
	apply  func(*domain.ServiceLog)
}

// change is the one way in which a log changes after it was written.
func (s *Logs) change(ctx context.Context, actor domain.Actor, l domain.ServiceLog, m logMove, now time.Time) (SeenLog, error) {
	says := s.Data.request(m.says...)
	if m.key != "" {
		m.key = s.Data.Hash("log move", actor.ID+"|"+m.key)
	}
	done := func(l *domain.ServiceLog) bool {
		return m.key != "" && slices.ContainsFunc(l.Events, func(e domain.LogEvent) bool { return e.Verb == m.verb && e.Key == m.key })
	}
	other := func(e domain.LogEvent) bool {
		return m.key != "" && e.Key == m.key && (e.Verb != m.verb || e.Request != says)
	}
	allowed := func(l *domain.ServiceLog) error {
		switch {
		case len(l.Versions) != m.seen:
			return errLogChanged
		case m.from != nil && !slices.Contains(m.from, l.Status):
			return domain.Fault(domain.Conflict, "log_status")
		}
		return nil
	}
	if slices.ContainsFunc(l.Events, other) {
		return SeenLog{}, domain.Fault(domain.Invalid, "idempotency_reused")
	}
	if done(&l) {
		return s.show(ctx, actor, l)
	}
	if err := allowed(&l); err != nil {
		return SeenLog{}, err
	}
	pointer := pointerToLog(&l, now)
	after := l
	after.Versions = slices.Clone(l.Versions)
	m.apply(&after)
	if err := s.prepare(ctx, &after, pointer); err != nil {
		return SeenLog{}, err
	}
	l, err := s.Data.Logs.Update(ctx, l.ID, func(l *domain.ServiceLog) error {
		if done(l) {
			return domain.ErrUnchanged
		}
		if l.Edition() != pointer.Edition {
			return errLogChanged
		}
		if err := allowed(l); err != nil {
			return err
		}
		m.apply(l)
		l.Events = append(l.Events, domain.LogEvent{Seq: pointer.Seq, At: now, Verb: m.verb, By: actor.ID, ByKind: actor.Kind,
			Reason: domain.Private(m.reason), Version: len(l.Versions), Status: l.Status, Key: m.key, Request: says})
		return nil
	})
	if err := s.written(ctx, pointer, err); err != nil {
		return SeenLog{}, err
	}
	return s.show(ctx, actor, l)
}

// errLogChanged says that somebody else has just changed the log.
var errLogChanged = domain.Fault(domain.Conflict, "log_changed")

// pointerToLog answers a pointer to a log's next event. Each attempt has one of
// its own, so that none goes by one that the relay is about to drop.
func pointerToLog(l *domain.ServiceLog, now time.Time) domain.Pointer {
	return domain.Pointer{Meta: domain.Meta{ID: pointerID(pointLog, l.ID, l.Edition()+1) + "|" + rand.Text()}, Kind: pointLog, Subject: l.ID,
		Seq: len(l.Events) + 1, Edition: l.Edition(), At: now}
}

func (r *LogRequest) parts() []string {
	return append(r.Edit.parts(), r.Appointment, r.Advisor, r.Reason, r.Note)
}

func (r *LogCorrection) parts() []string {
	parts := append(r.Edit.parts(), strconv.Itoa(r.Version), r.Reason)
	if r.Note != nil {
		parts = append(parts, *r.Note)
	}
	return parts
}

func (e *LogEdit) parts() []string {
	parts := []string{e.Village, e.Town, string(e.Mode), string(e.Duty),
		e.Start.UTC().Format(time.RFC3339Nano), e.End.UTC().Format(time.RFC3339Nano), strings.Join(e.With, ","),
		e.Method, e.Content, e.Result, strings.Join(e.Files, ","), strconv.FormatBool(e.ConcernsVillage)}
	for _, g := range e.Groups {
		parts = append(parts, g.Reveal())
	}
	if e.Counters != nil {
		for _, n := range e.Counters {
			parts = append(parts, strconv.Itoa(n))
		}
	}
	return parts
}

package services

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

// passNow passes a pointer on at once, so that who has just written finds what
// follows from it. What fails here the relay does.
func (r *Relay) passNow(ctx context.Context, id string) {
	if err := r.pass(context.WithoutCancel(ctx), id); err != nil {
		r.fail(ctx, id, err)
	}
}

// serviceLog passes on an event of a log. One that never came is forgotten: a
// request gives up before it writes when its time is over, and its last write
// ends within the store's own limit, both well within the grace, so none can
// come to life later.
func (r *Relay) serviceLog(ctx context.Context, p *domain.Pointer) error {
	l, err := r.Data.Logs.Get(ctx, p.Subject)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	if len(l.Events) < p.Seq {
		if r.mayCome(p) {
			return errMayCome
		}
		return nil
	}
	e := &l.Events[p.Seq-1]
	if err := r.recordLog(ctx, &l, e); err != nil {
		return err
	}
	if err := r.tellLog(ctx, &l, e); err != nil {
		return err
	}
	if !isOffice(e.ByKind) {
		return nil
	}
	return writeAudit(ctx, r.Data, domain.AuditLine{ID: l.ID + "." + strconv.Itoa(e.Seq), At: e.At, By: e.By, Kind: e.ByKind,
		Verb: "log_" + string(e.Verb), Subject: l.ID, Purpose: e.Reason})
}

func isOffice(kind domain.Kind) bool { return kind == domain.TownStaff || kind == domain.DistrictKind }

// logKinds says as what an event of a log is recorded.
var logKinds = map[domain.LogVerb]domain.RecordKind{
	domain.WriteLog: domain.RecordService, domain.CorrectLog: domain.RecordCorrected,
	domain.ConfirmLog: domain.RecordConfirmed, domain.DisputeLog: domain.RecordDisputed,
}

// logEntries answers the records of an event of a log: one for its advisor, one
// for each who served together, and one for each who no longer is said to.
func logEntries(l *domain.ServiceLog, e *domain.LogEvent) []entry {
	with := l.Versions[e.Version-1].With
	all := []entry{logEntry(l, e, l.Advisor, "")}
	for _, person := range with {
		all = append(all, logEntry(l, e, person, lifecycle.RoleJoint))
	}
	if e.Verb == domain.CorrectLog {
		for _, person := range l.Versions[e.Version-2].With {
			if !slices.Contains(with, person) {
				all = append(all, logEntry(l, e, person, lifecycle.RoleNone))
			}
		}
	}
	return all
}

func logEntry(l *domain.ServiceLog, e *domain.LogEvent, owner, role string) entry {
	v := &l.Versions[e.Version-1]
	rec := domain.Record{Source: sourceOf(pointLog, l.ID, e.Seq), Kind: logKinds[e.Verb], On: v.Start, Ref: l.ID, Village: placeOf(&v.Report),
		Codes: map[string]string{lifecycle.CodeHow: string(v.Mode), lifecycle.CodeDuty: string(v.Duty), lifecycle.CodeStatus: string(e.Status)},
		Numbers: map[string]int64{lifecycle.NumberState: int64(e.Seq), lifecycle.NumberMinutes: int64(v.End.Sub(v.Start) / time.Minute),
			lifecycle.NumberLate: int64(LateDays(v.End, l.Created))}}
	rec.By, rec.ByKind = openly(e.By, e.ByKind)
	for i, n := range v.Counters {
		if n != 0 {
			rec.Numbers[domain.CounterNames[i]] = int64(n)
		}
	}
	if role != "" {
		rec.Codes[lifecycle.CodeRole], rec.Codes[lifecycle.CodeAdvisor] = role, l.Advisor
	}
	if e.Verb == domain.CorrectLog {
		for _, before := range slices.Backward(l.Events[:e.Seq-1]) {
			if before.Version == e.Version-1 && (before.Verb == domain.WriteLog || before.Verb == domain.CorrectLog) {
				rec.Voids = sourceOf(pointLog, l.ID, before.Seq)
			}
		}
	}
	return entry{owner, e.At, rec}
}

// LateDays answers how many days lie between a service and its first entry.
func LateDays(end, entered time.Time) int {
	return max(0, domain.DayOf(end).DaysUntil(domain.DayOf(entered)))
}

// recordLog records an event of a log in the chains of all who served, and
// keeps the ledgers by what the log is now.
func (r *Relay) recordLog(ctx context.Context, l *domain.ServiceLog, e *domain.LogEvent) error {
	for _, x := range logEntries(l, e) {
		if err := r.append(ctx, x); err != nil {
			return err
		}
	}
	for {
		last := l.Events[len(l.Events)-1]
		var former []row
		for version := 1; version < last.Version; version++ {
			was := last
			was.Verb, was.Version = domain.ConfirmLog, version
			former = append(former, logRows(l, &was)...)
		}
		if err := r.keep(ctx, logRows(l, &last), former); err != nil {
			return err
		}
		again, err := r.Data.Logs.Get(ctx, l.ID)
		if err != nil || len(again.Events) == len(l.Events) {
			return err
		}
		l = &again // it moved on meanwhile
	}
}

func logRows(l *domain.ServiceLog, e *domain.LogEvent) []row {
	var rows []row
	for _, x := range logEntries(l, e) {
		if f, ok := rowOf(&x); ok {
			rows = append(rows, f)
		}
	}
	return rows
}

// tellLog tells who is to say whether a service took place, and the advisor and
// the office of what was said.
func (r *Relay) tellLog(ctx context.Context, l *domain.ServiceLog, e *domain.LogEvent) error {
	v := &l.Versions[e.Version-1]
	kind, to := domain.NoticeLogged, []string(nil)
	var err error
	switch {
	case e.Verb == domain.DisputeLog:
		kind = domain.NoticeDisputed
		to, err = r.office(ctx, v.Town)
		to = append(to, l.Advisor)
	case isOffice(e.ByKind):
		kind, to = domain.NoticeSettled, []string{l.Advisor}
	case e.Status != domain.Unconfirmed:
	case v.ConcernsVillage && l.Resident != "":
		to = []string{l.Resident}
	case v.ConcernsVillage || v.Village == "":
		to, err = r.office(ctx, v.Town)
	default:
		to, err = r.office(ctx, v.Village)
	}
	if err != nil {
		return err
	}
	n := domain.Notice{ID: l.ID + "." + strconv.Itoa(e.Seq) + "." + string(kind), Kind: kind, At: e.At, Log: l.ID,
		Advisor: l.Advisor, Village: v.Village, Start: v.Start, End: v.End}
	for _, person := range uniq(to...) {
		if person == e.By || slices.Contains(v.With, person) {
			continue
		}
		if err := r.notify(ctx, person, n); err != nil {
			return err
		}
	}
	return r.tellCredited(ctx, l, e, n)
}

// tellCredited tells those who are newly named as having served together.
func (r *Relay) tellCredited(ctx context.Context, l *domain.ServiceLog, e *domain.LogEvent, n domain.Notice) error {
	if e.Verb != domain.WriteLog && e.Verb != domain.CorrectLog {
		return nil
	}
	n.Kind = domain.NoticeCredited
	n.ID = l.ID + "." + strconv.Itoa(e.Seq) + "." + string(n.Kind)
	for _, person := range l.Versions[e.Version-1].With {
		if e.Version > 1 && slices.Contains(l.Versions[e.Version-2].With, person) {
			continue
		}
		if err := r.notify(ctx, person, n); err != nil {
			return err
		}
	}
	return nil
}

// office answers who works for an area or a village.
func (r *Relay) office(ctx context.Context, area string) ([]string, error) {
	o, err := r.Data.Offices.Get(ctx, area)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	return o.Staff, nil
}

// eraseNote erases the private note of a log whose time is over.
func (r *Relay) eraseNote(ctx context.Context, id string) error {
	_, err := r.Data.Logs.Update(ctx, id, func(l *domain.ServiceLog) error {
		if l.Note == "" || r.Now().Before(l.Now().End.Add(domain.KeepNote)) {
			return domain.ErrUnchanged
		}
		l.Note, l.Request = "", "" // the request said it, too
		return nil
	})
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	return err
}

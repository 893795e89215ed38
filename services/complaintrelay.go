package services

import (
	"context"
	"errors"
	"slices"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// complaint passes on that a complaint was filed or answered. One that never
// came is forgotten, without a tombstone: nothing was taken for it that would
// have to be freed, and none can come to life later, for a request gives up
// after 15 s, before its last write, and that write ends within 30 s, both well
// within the grace.
func (r *Relay) complaint(ctx context.Context, p *domain.Pointer) error {
	c, err := r.Data.Complaints.Get(ctx, p.Subject)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	switch { // one that is not there has no edition
	case c.Edition > p.Edition && p.Edition == 0:
		return r.complaintFiled(ctx, &c)
	case c.Edition > p.Edition:
		return r.complaintAnswered(ctx, &c)
	case r.mayCome(p):
		return errMayCome
	}
	return nil
}

func (r *Relay) complaintFiled(ctx context.Context, c *domain.Complaint) error {
	ref := domain.CaseRef{Complaint: c.ID, At: c.Created}
	for _, owner := range uniq(c.By, c.Owner, domain.DistrictOf(c.Area)) {
		err := put(ctx, r.Data.Caseloads, owner, ref, true, func(x domain.CaseRef) string { return x.Complaint })
		if err != nil {
			return err
		}
	}
	answerers, err := r.answerers(ctx, c)
	if err != nil {
		return err
	}
	if err := r.tellOfComplaint(ctx, c, answerers, domain.NoticeComplaint, "1", c.Created); err != nil {
		return err
	}
	if err := r.auditComplaint(ctx, c, ActComplain, c.By, c.ByKind, c.Created); err != nil || c.Answer != nil {
		return err
	}
	calendar, err := r.Years.Calendar(ctx, r.Now())
	if err != nil {
		return err
	}
	return r.armWarning(ctx, c, calendar, r.Now())
}

func (r *Relay) complaintAnswered(ctx context.Context, c *domain.Complaint) error {
	if err := r.tellOfComplaint(ctx, c, []string{c.By}, domain.NoticeResolved, "2", c.Answer.At); err != nil {
		return err
	}
	if err := r.auditComplaint(ctx, c, ActAnswerComplaint, c.Answer.By, c.Answer.ByKind, c.Answer.At); err != nil {
		return err
	}
	return r.recordComplaint(ctx, c)
}

// tellOfComplaint tells that there is something about a complaint, never what.
func (r *Relay) tellOfComplaint(ctx context.Context, c *domain.Complaint, people []string, kind domain.NoticeKind, what string, at time.Time) error {
	n := domain.Notice{ID: c.ID + "." + what + "." + string(kind), Kind: kind, At: at, Complaint: c.ID}
	for _, person := range people {
		if err := r.notify(ctx, person, n); err != nil {
			return err
		}
	}
	return nil
}

func (r *Relay) auditComplaint(ctx context.Context, c *domain.Complaint, act Act, by string, kind domain.Kind, at time.Time) error {
	if !isOffice(kind) {
		return nil
	}
	return writeAudit(ctx, r.Data, domain.AuditLine{ID: c.ID + "." + string(act), At: at, By: by, Kind: kind, Verb: string(act), Subject: c.ID})
}

// answerers answers who is to answer a complaint: its owner, or where nobody is,
// all of the district's office who may.
func (r *Relay) answerers(ctx context.Context, c *domain.Complaint) ([]string, error) {
	if c.Owner != "" {
		return []string{c.Owner}, nil
	}
	return r.districtStaff(ctx, c)
}

func (r *Relay) districtStaff(ctx context.Context, c *domain.Complaint) ([]string, error) {
	office, err := r.Data.Offices.Get(ctx, domain.DistrictOf(c.Area))
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(office.Staff), func(id string) bool { return id == c.By || slices.Contains(c.Barred, id) }), nil
}

// When the office is warned of a complaint that is not answered: the product's
// own choice.
const (
	warnAt    = domain.Minute(9 * 60)
	warnAhead = 1 // working days before the last one
	// warnMargin keeps a warning that is as good as due from being noted too
	// late to be noted at all.
	warnMargin = time.Minute
)

// warnOwner tells who is to answer a complaint that its clock is about to run
// out, and again on the day after it did; from then on the district's office is
// told every day.
func (r *Relay) warnOwner(ctx context.Context, id string, now time.Time) error {
	c, err := r.Data.Complaints.Get(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil || c.Answer != nil {
		return err
	}
	calendar, err := r.Years.Calendar(ctx, now)
	if err != nil {
		return err
	}
	today, due := domain.DayOf(now), dueDay(&c, calendar)
	if due != "" && today >= warnDay(&c, calendar) {
		whom := r.answerers
		if today > due.Add(1) {
			whom = r.districtStaff
		}
		people, err := whom(ctx, &c)
		if err != nil {
			return err
		}
		if err := r.tellOfComplaint(ctx, &c, people, domain.NoticeDeadline, string(today), now); err != nil {
			return err
		}
	}
	return r.armWarning(ctx, &c, calendar, now)
}

// armWarning notes the next warning: while the last day cannot be known, the
// next morning, when the table of the year may have come.
func (r *Relay) armWarning(ctx context.Context, c *domain.Complaint, calendar *schedule.Calendar, now time.Time) error {
	now = now.Add(warnMargin)
	at := domain.DayOf(now).At(warnAt)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	if due := dueDay(c, calendar); due != "" {
		for _, day := range []domain.Day{due.Add(1), warnDay(c, calendar)} {
			if day.At(warnAt).After(now) {
				at = day.At(warnAt)
			}
		}
	}
	return r.dueTask(ctx, domain.WarnOwner, c.ID, at)
}

// warnDay answers the working day on which the first warning is due.
func warnDay(c *domain.Complaint, calendar *schedule.Calendar) domain.Day {
	day, _ := calendar.AddWorkingDays(domain.DayOf(c.Created), c.Days-warnAhead)
	return day
}

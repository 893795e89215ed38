package services

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"villagecounsel/services/domain"
)

// Limits on what is told of a service.
const (
	maxMethod   = 200 // letters
	maxReport   = 2000
	maxNote     = 5000
	maxTogether = 10
	maxService  = 12 * time.Hour
	maxLate     = 366 * 24 * time.Hour // how long after a service it may still be entered
	clockSkew   = 5 * time.Minute      // by which a telephone's clock may be ahead
)

// maxCounters bound what one service may count: what a large lecture, a day of
// consultations and a handout to a whole village come to.
var maxCounters = domain.Counters{domain.LecturePeople: 2000, domain.Consultations: 200, domain.DisputesMediated: 50,
	domain.PeopleTrained: 500, domain.Materials: 5000, domain.LegalAid: 50, domain.Documents: 100, domain.VillageRules: 20}

func (e *LogEdit) trim() {
	for _, t := range []*string{&e.Method, &e.Content, &e.Result} {
		*t = strings.TrimSpace(*t)
	}
}

func (r *LogRequest) trim() {
	r.Edit.trim()
	r.Note, r.Reason = strings.TrimSpace(r.Note), strings.TrimSpace(r.Reason)
}

func (r *LogRequest) check(actor domain.Actor) error {
	var f domain.Faults
	staff := isStaff(actor)
	f.Check(!staff || r.Advisor != "", "advisor", "required")
	f.Check(staff || r.Advisor == "" || r.Advisor == actor.ID, "advisor", "unknown")
	f.Check(!staff || r.Reason != "", "reason", "required")
	f.Check(domain.IsText(r.Reason, maxReason), "reason", "too_long")
	f.Check(!staff || r.Note == "", "note", "advisor_only")
	f.Check(domain.IsText(r.Note, maxNote), "note", "too_long")
	return f.Err()
}

// report answers what is told of a service: what the edit says over what stood
// before.
func (s *Logs) report(ctx context.Context, advisor string, was domain.Report, e LogEdit, now time.Time) (domain.Report, error) {
	r := was
	if e.Village != "" {
		r.Village, r.Town = e.Village, ""
		if domain.IsVillageCode(e.Village) {
			r.Town = domain.TownOf(e.Village)
		}
	}
	if e.Town != "" {
		r.Town = e.Town
		if e.Village == "" {
			r.Village = ""
		}
	}
	r.Mode, r.Duty = cmp.Or(e.Mode, r.Mode), cmp.Or(e.Duty, r.Duty)
	if !e.Start.IsZero() {
		r.Start = e.Start
	}
	if !e.End.IsZero() {
		r.End = e.End
	}
	if e.Counters != nil {
		r.Counters = *e.Counters
	}
	if e.With != nil {
		r.With = e.With
	}
	if e.Groups != nil {
		r.Groups = e.Groups
	}
	if e.Files != nil {
		r.Files = e.Files
	}
	r.Method, r.Content, r.Result = cmp.Or(domain.Private(e.Method), r.Method), cmp.Or(domain.Private(e.Content), r.Content), cmp.Or(domain.Private(e.Result), r.Result)
	r.ConcernsVillage = r.ConcernsVillage || e.ConcernsVillage
	return r, s.checkReport(ctx, advisor, &r, was.Village != "" || was.Town != "", now)
}

// checkReport holds a report to the rules. known says that it follows from an
// appointment or from a version before it, so that its content may be short.
func (s *Logs) checkReport(ctx context.Context, advisor string, r *domain.Report, known bool, now time.Time) error {
	var f domain.Faults
	f.Check(slices.Contains(domain.Modes, r.Mode), "mode", orRequired(r.Mode == "", "unknown"))
	f.Check(slices.Contains(domain.Duties, r.Duty), "duty", orRequired(r.Duty == "", "unknown"))
	checkTimes(&f, r, now)
	for i, n := range r.Counters {
		f.Check(n >= 0 && n <= maxCounters[i], "counters."+domain.CounterNames[i], "out_of_range")
	}
	f.Check(len(r.Groups) <= len(domain.KeyGroups), "groups", "too_many")
	for i, g := range r.Groups[:min(len(r.Groups), len(domain.KeyGroups))] {
		f.Check(slices.Contains(domain.KeyGroups, g), "groups", "unknown")
		f.Check(!slices.Contains(r.Groups[:i], g), "groups", "repeated")
	}
	f.Check(known || r.Content != "", "content", "required")
	f.Check(domain.IsText(r.Method.Reveal(), maxMethod), "method", "too_long")
	f.Check(domain.IsText(r.Content.Reveal(), maxReport), "content", "too_long")
	f.Check(domain.IsText(r.Result.Reveal(), maxReport), "result", "too_long")
	if err := s.checkPlace(ctx, &f, advisor, r); err != nil {
		return err
	}
	if err := s.checkWith(ctx, &f, advisor, r); err != nil {
		return err
	}
	return f.Err()
}

func orRequired(missing bool, reason string) string {
	if missing {
		return "required"
	}
	return reason
}

func checkTimes(f *domain.Faults, r *domain.Report, now time.Time) {
	f.Check(!r.Start.IsZero(), "start", "required")
	f.Check(!r.End.IsZero(), "end", "required")
	if r.Start.IsZero() || r.End.IsZero() {
		return
	}
	f.Check(r.End.After(r.Start) && r.End.Sub(r.Start) <= maxService, "end", "bad_range")
	f.Check(!r.End.After(now.Add(clockSkew)), "end", "future")
	f.Check(!r.Start.Before(now.Add(-maxLate)), "start", "too_old")
}

// stations are the modes that may be given at a town's station, for no village
// in particular.
var stations = []domain.Mode{domain.Station, domain.Panel, domain.Tour}

// checkPlace holds the place to the villages that the advisor served on that
// day.
func (s *Logs) checkPlace(ctx context.Context, f *domain.Faults, advisor string, r *domain.Report) error {
	d, err := s.Data.Diaries.Get(ctx, advisor)
	if errors.Is(err, domain.ErrNotFound) {
		f.Add("advisor", "unknown")
		return nil
	}
	if err != nil {
		return err
	}
	day := domain.DayOf(r.Start)
	if r.Village == "" {
		switch {
		case r.Town == "":
			f.Add("village", "required")
		case !domain.IsDigits(r.Town, domain.TownDigits):
			f.Add("town", "bad_code")
		case !slices.Contains(stations, r.Mode):
			f.Add("village", "required")
		default:
			f.Check(servesIn(&d, r.Town, day), "town", "not_served")
		}
		return nil
	}
	switch {
	case !domain.IsVillageCode(r.Village):
		f.Add("village", "bad_village")
	case r.Town != domain.TownOf(r.Village):
		f.Add("town", "bad_code")
	default:
		f.Check(r.Start.IsZero() || d.Serves(r.Village, day), "village", "not_served")
	}
	return nil
}

// servesIn reports whether a diary has a post on the day in a village, or in one
// of a town's or a district's.
func servesIn(d *domain.Diary, area string, day domain.Day) bool {
	return slices.ContainsFunc(d.Posts, func(p domain.Post) bool {
		return strings.HasPrefix(p.Village, area) && p.From <= day && day <= p.To
	})
}

// checkWith holds who served together to the collaborators of the town and the
// advisors of the district. Where it concerns the village, none of its own
// people is among them: they would learn of it.
func (s *Logs) checkWith(ctx context.Context, f *domain.Faults, advisor string, r *domain.Report) error {
	f.Check(len(r.With) <= maxTogether, "with", "too_many")
	for i, id := range r.With[:min(len(r.With), maxTogether)] {
		if slices.Contains(r.With[:i], id) {
			f.Add("with", "repeated")
			continue
		}
		p, err := s.Data.People.Get(ctx, id)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		ok := err == nil && id != advisor
		switch {
		case !ok:
		case p.Kind == domain.AdvisorKind:
			d, err := s.Data.Diaries.Get(ctx, id)
			if err != nil && !errors.Is(err, domain.ErrNotFound) {
				return err
			}
			ok = servesIn(&d, r.Town[:min(len(r.Town), domain.DistrictDigits)], domain.DayOf(r.Start))
		default:
			ok = p.Kind == domain.Collaborator && strings.HasPrefix(p.Village, r.Town)
		}
		f.Check(ok, "with", "unknown")
		f.Check(!ok || !r.ConcernsVillage || p.Kind != domain.Collaborator || p.Village != r.Village, "with", "of_the_village")
	}
	return nil
}

// mayEnter answers whether somebody may enter a report of that place and month:
// the office for its own area, an advisor until the month is closed.
func (s *Logs) mayEnter(ctx context.Context, actor domain.Actor, now time.Time, r *domain.Report) error {
	if isStaff(actor) {
		if !inArea(actor, placeOf(r)) {
			return domain.ErrForbidden
		}
		return nil
	}
	return s.open(ctx, &domain.LogVersion{Report: *r}, now)
}

// errMonthClosed says that the month of a service is closed: what is to be
// changed goes through the office.
var errMonthClosed = domain.Fault(domain.Conflict, "month_closed")

// open answers nil as long as the month of a service is open: it is closed some
// days into the next one, as the district says.
func (s *Logs) open(ctx context.Context, v *domain.LogVersion, now time.Time) error {
	office, err := s.Data.Offices.Get(ctx, domain.DistrictOf(v.Town))
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	first := domain.Day(nextMonth(monthOf(domain.DayOf(v.Start))) + "-01")
	if now.Before(first.Add(cmp.Or(office.MonthGrace, domain.DefaultMonthGrace)).Time()) {
		return nil
	}
	return errMonthClosed
}

package lifecycle

import (
	"cmp"
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// What the codes and numbers of a record are called.
const (
	CodeAdvisor  = "advisor" // whose service it was, where that is not the chain's owner
	CodeDuty     = "duty"
	CodeHow      = "how" // a mode
	CodeMissedBy = "missed_by"
	CodeOutcome  = "outcome"
	CodeRole     = "role" // of a post, or of who served: RoleJoint, RoleNone
	CodeSource   = "source"
	CodeStatus   = "status"
	CodeUntil    = "until"

	NumberAhead   = "ahead_minutes" // between an act and the time that it concerns
	NumberDays    = "days"
	NumberLate    = "late_days" // between a service and its entry
	NumberMinutes = "minutes"
	NumberStars   = "stars"
	NumberState   = "state" // counts what has befallen the subject: of two records the later one stands
)

// The roles of who served in a service that another entered.
const (
	RoleJoint = "joint"
	RoleNone  = "none" // was named, and is no longer
)

// FactOf answers the row of a ledger that a record of a chain makes. A row of
// status RoleNone takes an earlier one away.
func FactOf(owner string, r *domain.Record) (f domain.Fact, ok bool) {
	f = domain.Fact{Ref: r.Ref, Edition: r.Numbers[NumberState], Advisor: cmp.Or(r.Codes[CodeAdvisor], owner), Village: r.Village, Start: r.On}
	switch r.Kind {
	case domain.RecordBooked, domain.RecordMoved:
		f.Kind, f.Status = domain.BookingFact, string(domain.Booked)
	case domain.RecordCancelled:
		f.Kind, f.Status = domain.BookingFact, string(domain.Cancelled)
	case domain.RecordCompleted:
		f.Kind, f.Status = domain.BookingFact, string(domain.Done)
	case domain.RecordMissed:
		f.Kind, f.Status, f.MissedBy = domain.BookingFact, string(domain.Missed), domain.Kind(r.Codes[CodeMissedBy])
	case domain.RecordRated:
		f.Kind, f.Stars = domain.RatingFact, int(r.Numbers[NumberStars])
	case domain.RecordService, domain.RecordCorrected, domain.RecordConfirmed, domain.RecordDisputed:
		f.Kind, f.Status, f.How, f.Duty = domain.ServiceFact, r.Codes[CodeStatus], r.Codes[CodeHow], domain.Duty(r.Codes[CodeDuty])
		f.Minutes = int(r.Numbers[NumberMinutes])
		for i, name := range domain.CounterNames {
			f.Counters[i] = int(r.Numbers[name])
		}
		if r.Codes[CodeRole] == RoleNone {
			f.Status = RoleNone
		}
	default:
		return f, false
	}
	return f, true
}

// LedgersOf answers the ledgers in which a fact of an owner's chain stands: the
// owner's month, and if the owner is who entered it the village's as well.
func LedgersOf(owner string, f *domain.Fact) []string {
	month := MonthOf(f.Start)
	ids := []string{LedgerID(owner, month)}
	if owner == f.Advisor {
		ids = append(ids, LedgerID(f.Village, month))
	}
	return ids
}

// LedgerID answers the id of a ledger.
func LedgerID(owner, month string) string { return owner + "|" + month }

// MonthOf answers the month of a moment in China, "2026-11".
func MonthOf(t time.Time) string { return string(domain.DayOf(t)[:7]) }

// Put brings a row into a ledger, unless a later state of it stands there, and
// reports whether it changed anything.
func Put(l *domain.Ledger, f domain.Fact) bool {
	i := slices.IndexFunc(l.Rows, same(&f))
	switch {
	case f.Status == RoleNone && i >= 0 && l.Rows[i].Edition <= f.Edition:
		l.Rows = slices.Delete(l.Rows, i, i+1)
	case f.Status == RoleNone, i >= 0 && l.Rows[i].Edition >= f.Edition:
		return false
	case i >= 0:
		l.Rows[i] = f
	default:
		l.Rows = append(l.Rows, f)
	}
	slices.SortFunc(l.Rows, order)
	return true
}

// Take takes a row of that state or an earlier one out of a ledger, and reports
// whether it was there.
func Take(l *domain.Ledger, f domain.Fact) bool {
	f.Status = RoleNone
	return Put(l, f)
}

func same(f *domain.Fact) func(domain.Fact) bool {
	return func(x domain.Fact) bool { return x.Kind == f.Kind && x.Ref == f.Ref }
}

func order(x, y domain.Fact) int {
	return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Ref, y.Ref))
}

// TallyOf folds the rows of a ledger into a month's figures. One person's times on
// site that overlap count once; on a village's ledger each advisor is one
// person, on a person's own all rows are theirs.
func TallyOf(l *domain.Ledger, month string, person bool) domain.Tally {
	t := domain.Tally{Month: month}
	type stay struct{ from, to time.Time }
	stays := map[string][]stay{}
	visits := map[[3]string]bool{}
	for _, f := range l.Rows {
		switch f.Kind {
		case domain.BookingFact:
			countBooking(&t, &f)
		case domain.RatingFact:
			t.Ratings++
			t.Stars += f.Stars
		case domain.ServiceFact:
			if f.Status == string(domain.Disputed) {
				t.Disputed++
				continue
			}
			t.Services++
			if f.Status == string(domain.Unconfirmed) {
				t.Unconfirmed++
			}
			for i, n := range f.Counters {
				t.Counters[i] += n
			}
			if !domain.Mode(f.How).OnSite() {
				continue
			}
			who := f.Advisor
			if person {
				who = ""
			}
			stays[who] = append(stays[who], stay{f.Start, f.Start.Add(time.Duration(f.Minutes) * time.Minute)})
			visits[[3]string{who, f.Village, string(domain.DayOf(f.Start))}] = true
		}
	}
	t.Visits = len(visits)
	for _, all := range stays {
		slices.SortFunc(all, func(x, y stay) int { return x.from.Compare(y.from) })
		var until time.Time
		for _, s := range all {
			if s.from.Before(until) {
				s.from = until
			}
			if s.to.After(s.from) {
				t.OnSiteMinutes += int(s.to.Sub(s.from) / time.Minute)
				until = s.to
			}
		}
	}
	return t
}

func countBooking(t *domain.Tally, f *domain.Fact) {
	if f.Status == string(domain.Cancelled) {
		t.Cancelled++
		return
	}
	t.Bookings++
	switch {
	case f.Status == string(domain.Done):
		t.Completed++
	case f.Status == string(domain.Missed) && f.MissedBy == domain.AdvisorKind:
		t.AdvisorMissed++
	case f.Status == string(domain.Missed):
		t.ResidentMissed++
	}
}

// Ledgers gathers what chains say, record by record, into the ledgers that
// follow from them.
type Ledgers struct {
	last map[factKey]domain.Fact
}

type factKey struct {
	owner string // of the chain
	kind  domain.FactKind
	ref   string
}

// Add takes a record of an owner's chain.
func (g *Ledgers) Add(owner string, r *domain.Record) {
	f, ok := FactOf(owner, r)
	if !ok {
		return
	}
	if g.last == nil {
		g.last = map[factKey]domain.Fact{}
	}
	k := factKey{owner, f.Kind, f.Ref}
	if old, ok := g.last[k]; !ok || old.Edition < f.Edition {
		g.last[k] = f
	}
}

// All answers the ledgers by their ids.
func (g *Ledgers) All() map[string]*domain.Ledger {
	out := map[string]*domain.Ledger{}
	for k, f := range g.last {
		if f.Status == RoleNone {
			continue
		}
		for _, id := range LedgersOf(k.owner, &f) {
			if out[id] == nil {
				out[id] = &domain.Ledger{Meta: domain.Meta{ID: id}}
			}
			out[id].Rows = append(out[id].Rows, f)
		}
	}
	for _, l := range out {
		slices.SortFunc(l.Rows, order)
	}
	return out
}

package services

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"time"

	"villagecounsel/services/domain"
)

// Verify walks every chain of records, reads all appointments, diaries, sheets,
// journals, logs, complaints, files and pointers, and sees that whatever befell
// is recorded; it names, by ids alone, whatever does not agree. What a pointer says is under
// way is left to the relay, unless the pointer is too old. It tells of a moment:
// in a store that is being written to, ask twice before you believe a problem.
func Verify(ctx context.Context, data Data, now time.Time) (problems []string, checked int, err error) {
	v := verifier{
		now: now, seed: maphash.MakeSeed(),
		pending: map[string]bool{}, taken: map[string][]takenEntry{}, open: map[string][]openEntry{},
		missed: map[string][]string{}, listed: map[uint64]struct{}{}, recorded: map[uint64]struct{}{}, broken: map[string]bool{},
	}
	steps := []func() error{
		func() error { return each(ctx, &v, data.Pending, v.pointer) },
		func() error { return v.chains(ctx, data) },
		func() error { return each(ctx, &v, data.Diaries, v.diary) },
		func() error { return each(ctx, &v, data.Sheets, v.sheet) },
		func() error { return each(ctx, &v, data.Journals, v.journal) },
		func() error { return each(ctx, &v, data.Appointments, v.appointment) },
		func() error { return each(ctx, &v, data.Logs, v.log) },
		func() error { return each(ctx, &v, data.Complaints, v.complaint) },
		func() error { return v.files(ctx, data) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return v.problems, v.checked, err
		}
	}
	v.leftOver()
	slices.Sort(v.problems)
	return v.problems, v.checked, nil
}

// verifier gathers what diaries, sheets and journals say of each appointment,
// until the appointment itself is read.
type verifier struct {
	now      time.Time
	seed     maphash.Seed
	pending  map[string]bool // subjects of pointers
	taken    map[string][]takenEntry
	open     map[string][]openEntry
	missed   map[string][]string // ids of sheets
	listed   map[uint64]struct{} // hashes of person and appointment
	recorded map[uint64]struct{} // hashes of a chain's owner and a record's source
	broken   map[string]bool     // owners of chains with a bad record
	problems []string
	checked  int
}

type takenEntry struct {
	advisor string
	domain.Booking
}

type openEntry struct {
	sheet string
	domain.OpenBooking
}

func each[T any](ctx context.Context, v *verifier, docs interface {
	All(ctx context.Context) iter.Seq2[T, error]
}, look func(*T)) error {
	for doc, err := range docs.All(ctx) {
		if err != nil {
			return err
		}
		v.checked++
		look(&doc)
	}
	return nil
}

func (v *verifier) add(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

func (v *verifier) check(ok bool, format string, args ...any) {
	if !ok {
		v.add(format, args...)
	}
}

func (v *verifier) pointer(p *domain.Pointer) {
	v.pending[p.Subject] = true
	v.check(v.now.Sub(p.At).Abs() < grace, "pointer %s: pending since %s", p.ID, p.At.In(domain.China).Format(time.RFC3339))
}

func (v *verifier) diary(d *domain.Diary) {
	for i, b := range d.Taken {
		v.taken[b.Appointment] = append(v.taken[b.Appointment], takenEntry{d.ID, b})
		v.check(i == 0 || !b.From.Before(d.Taken[i-1].From), "diary %s: appointment %s is out of order", d.ID, b.Appointment)
		for _, other := range d.Taken[:i] {
			v.check(other.Appointment == b.Appointment || !b.From.Before(other.To) || !other.From.Before(b.To),
				"diary %s: appointments %s and %s overlap", d.ID, other.Appointment, b.Appointment)
		}
	}
}

func (v *verifier) sheet(s *domain.Sheet) {
	for _, o := range s.Open {
		v.open[o.Appointment] = append(v.open[o.Appointment], openEntry{s.ID, o})
	}
	for _, m := range s.Misses {
		v.missed[m.Appointment] = append(v.missed[m.Appointment], s.ID)
	}
}

func (v *verifier) journal(j *domain.Journal) {
	owner, _, _ := strings.Cut(j.ID, "|")
	for _, at := range j.Items {
		v.listed[v.hash(owner, at.Appointment)] = struct{}{}
	}
}

func (v *verifier) hash(person, appointment string) uint64 {
	return maphash.String(v.seed, person+"|"+appointment)
}

func (v *verifier) appointment(a *domain.Appointment) {
	taken, open, missed := v.taken[a.ID], v.open[a.ID], v.missed[a.ID]
	delete(v.taken, a.ID)
	delete(v.open, a.ID)
	delete(v.missed, a.ID)
	if v.pending[a.ID] {
		return
	}
	v.appointmentTime(a, taken)
	v.appointmentTurn(a, open)
	counts := a.Status == domain.Missed && a.MissedBy == domain.Resident
	v.check(!counts || len(missed) > 0 || a.Start.Before(v.now.Add(-domain.MissWindow)), "appointment %s: its miss is not on sheet %s", a.ID, a.Sheet)
	v.check(counts || len(missed) == 0, "appointment %s: a miss of it is on sheet %s", a.ID, strings.Join(missed, ", "))
	if a.Status == domain.Void {
		return
	}
	for i := range a.Events {
		if e, ok := bookingEntry(a, &a.Events[i]); ok {
			v.isRecorded(&e)
		}
	}
	for _, person := range uniq(a.Resident, a.Booker, a.Advisor) {
		_, ok := v.listed[v.hash(person, a.ID)]
		v.check(ok, "appointment %s: not in the journal of %s", a.ID, person)
	}
	for i, e := range a.Events {
		v.check(e.Seq == i+1, "appointment %s: event %d is numbered %d", a.ID, i+1, e.Seq)
	}
	v.check(len(a.Events) > 0 && a.Events[len(a.Events)-1].Status == a.Status, "appointment %s: its last event does not make it %s", a.ID, a.Status)
}

// appointmentTime holds an appointment against the diaries. Past ones are
// dropped there in time.
func (v *verifier) appointmentTime(a *domain.Appointment, taken []takenEntry) {
	if a.Status == domain.Cancelled || a.Status == domain.Void {
		for _, t := range taken {
			v.add("diary %s: holds appointment %s, which is %s", t.advisor, a.ID, a.Status)
		}
		return
	}
	v.check(len(taken) > 0 || !a.Status.Open() || a.End.Before(v.now.Add(-keepTaken)), "appointment %s: not in diary %s", a.ID, a.Advisor)
	v.check(len(taken) < 2, "appointment %s: in diaries %d times", a.ID, len(taken))
	for _, t := range taken {
		v.check(t.advisor == a.Advisor, "diary %s: holds appointment %s, which is with %s", t.advisor, a.ID, a.Advisor)
		v.check(t.From.Equal(a.Start) && t.To.Equal(a.End) && t.Channel == a.Channel && t.Village == a.Village,
			"diary %s: holds appointment %s at another time, place or channel", t.advisor, a.ID)
		v.check(!t.Moving && t.Edition <= a.Edition(), "diary %s: a move of appointment %s is half done", t.advisor, a.ID)
		v.check(t.Orphaned == a.Orphaned || !a.Status.Open() || !a.Start.After(v.now),
			"diary %s: does not agree with appointment %s on whether the time is still offered", t.advisor, a.ID)
	}
}

// appointmentTurn holds an appointment against the sheets. Those long past are
// dropped there in time.
func (v *verifier) appointmentTurn(a *domain.Appointment, open []openEntry) {
	if !a.Status.Open() {
		for _, o := range open {
			v.add("sheet %s: counts appointment %s, which is %s", o.sheet, a.ID, a.Status)
		}
		return
	}
	v.check(len(open) > 0 || a.Start.Before(v.now.Add(-keepOpen)), "appointment %s: not on sheet %s", a.ID, a.Sheet)
	v.check(len(open) < 2, "appointment %s: on sheets %d times", a.ID, len(open))
	for _, o := range open {
		v.check(o.sheet == a.Sheet, "sheet %s: counts appointment %s, which counts on %s", o.sheet, a.ID, a.Sheet)
		v.check(o.Start.Equal(a.Start), "sheet %s: counts appointment %s at another time", o.sheet, a.ID)
	}
}

// leftOver names what diaries and sheets say of appointments that do not exist.
func (v *verifier) leftOver() {
	for id, taken := range v.taken {
		for _, t := range taken {
			v.check(v.pending[id], "diary %s: holds appointment %s, which does not exist", t.advisor, id)
		}
	}
	for id, open := range v.open {
		for _, o := range open {
			v.check(v.pending[id], "sheet %s: counts appointment %s, which does not exist", o.sheet, id)
		}
	}
	for id, sheets := range v.missed {
		v.add("sheet %s: counts a miss of appointment %s, which does not exist", strings.Join(sheets, ", "), id)
	}
}

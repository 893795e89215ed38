package services

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"villagecounsel/services/domain"
)

// Relay passes on what follows from a change: it settles the diary and the
// sheet, and derives lists, notices and reminders. Everything derived has an
// identity of its own, so that running it twice changes nothing; a pointer
// says what there is to do, so that nothing is forgotten.
type Relay struct {
	Data  Data
	Now   func() time.Time
	Years *Years
	// Since is when the one program that may write began; pointers older than
	// that belong to a dead one. Zero where several programs share the store.
	Since time.Time

	kicks    chan string
	warned   atomic.Value // domain.Day on which the year tables were last looked at
	digested atomic.Value // domain.Day of the last digest
	waiting  atomic.Int32 // bookings that somebody is waiting for
	passed   atomic.Int64
	failed   atomic.Int64
	behind   atomic.Int64
}

// The kinds of pointer.
const (
	pointAppointment = "appointment"
	pointDiary       = "diary"
	pointLog         = "log"
	pointComplaint   = "complaint"
)

const (
	// grace is how long a pointer whose change has not come is left alone. It
	// is well above the time that a request may take.
	grace = 90 * time.Second
	// sweepEvery is how often leftovers and what falls due are looked for.
	sweepEvery = 2 * time.Second
	kickQueue  = 4096
)

// NewRelay makes a relay; Run starts it.
func NewRelay(data Data, now func() time.Time, years *Years, since time.Time) *Relay {
	return &Relay{Data: data, Now: now, Years: years, Since: since, kicks: make(chan string, kickQueue)}
}

// Kick tells the relay of a pointer whose change has been written. It never
// waits: what it cannot take is found by the next sweep.
func (r *Relay) Kick(pointer string) {
	select {
	case r.kicks <- pointer:
	default:
	}
}

// Run works until the context ends, and then finishes what it has in hand.
func (r *Relay) Run(ctx context.Context) {
	work := context.WithoutCancel(ctx)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	r.sweep(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-r.kicks:
			r.giveWay(ctx)
			r.behind.Store(int64(len(r.kicks)))
			if err := r.pass(work, id); err != nil {
				r.fail(ctx, id, err)
			}
		case <-tick.C:
			if len(r.kicks) == 0 {
				r.sweep(ctx)
			}
		}
	}
}

// How the relay gives way to bookings that somebody is waiting for: it looks so
// often, and so many times, before it goes on all the same.
const (
	giveWayStep  = 2 * time.Millisecond
	giveWaySteps = 25
)

// giveWay waits a little as long as somebody is waiting: what follows from a
// change may come later, its answer may not.
func (r *Relay) giveWay(ctx context.Context) {
	for range giveWaySteps {
		if r.waiting.Load() == 0 || ctx.Err() != nil {
			return
		}
		time.Sleep(giveWayStep)
	}
}

// hurry says that somebody is waiting, until what it answers is called.
func (r *Relay) hurry() (done func()) {
	r.waiting.Add(1)
	return func() { r.waiting.Add(-1) }
}

// Stats are the relay's figures since it began.
type Stats struct{ Passed, Failed, Behind int64 }

// Stats answers the relay's figures.
func (r *Relay) Stats() Stats { return Stats{r.passed.Load(), r.failed.Load(), r.behind.Load()} }

// Sweep passes on everything that is pending and does what has fallen due, and
// answers how many pointers were left: those of changes that may still come.
func (r *Relay) Sweep(ctx context.Context) (left int, err error) {
	if err := r.due(ctx); err != nil {
		return 0, err
	}
	for {
		passed, left, err := r.passAll(ctx)
		if err != nil || passed == 0 {
			return left, err
		}
	}
}

// passAll passes on what is pending, and answers how much of it, and how much
// was left. What it passes on may make more.
func (r *Relay) passAll(ctx context.Context) (passed, left int, err error) {
	var ids []string
	for p, err := range r.Data.Pending.All(ctx) {
		if err != nil {
			return 0, 0, err
		}
		ids = append(ids, p.ID)
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			return 0, 0, ctx.Err()
		}
		if err := r.pass(ctx, id); err != nil {
			r.fail(ctx, id, err)
			continue
		}
		passed++
	}
	return passed, len(ids) - passed, nil
}

func (r *Relay) sweep(ctx context.Context) {
	err := r.due(ctx)
	if err == nil {
		_, _, err = r.passAll(ctx)
	}
	if err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "relay sweep", "err", err)
	}
}

func (r *Relay) fail(ctx context.Context, id string, err error) {
	if errors.Is(err, errMayCome) {
		return
	}
	r.failed.Add(1)
	slog.ErrorContext(ctx, "relay", "pointer", id, "err", err)
}

// errMayCome says that a pointer's change has not been written and may yet be.
var errMayCome = errors.New("the change may still come")

// pass passes on what a pointer points at, and removes it.
func (r *Relay) pass(ctx context.Context, id string) error {
	p, err := r.Data.Pending.Get(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	switch p.Kind {
	case pointAppointment:
		err = r.appointment(ctx, &p)
	case pointDiary:
		err = r.diary(ctx, &p)
	case pointBookings:
		err = r.bookings(ctx, &p)
	case pointLog:
		err = r.serviceLog(ctx, &p)
	case pointComplaint:
		err = r.complaint(ctx, &p)
	}
	if err != nil {
		return err
	}
	r.passed.Add(1)
	return r.Data.Pending.Delete(ctx, id)
}

// mayCome reports whether the change of a pointer may still be on its way. One
// from the future was written before the clock was set back.
func (r *Relay) mayCome(p *domain.Pointer) bool {
	return !p.At.Before(r.Since) && r.Now().Sub(p.At).Abs() < grace
}

func (r *Relay) appointment(ctx context.Context, p *domain.Pointer) error {
	a, err := r.Data.Appointments.Get(ctx, p.Subject)
	if errors.Is(err, domain.ErrNotFound) {
		if r.mayCome(p) {
			return errMayCome
		}
		a = domain.Appointment{Meta: domain.Meta{ID: p.Subject}, Status: domain.Void, Advisor: p.Advisor, Sheet: p.Sheet, Created: r.Now()}
		if err = r.Data.Appointments.Insert(ctx, a); errors.Is(err, domain.ErrExists) {
			a, err = r.Data.Appointments.Get(ctx, p.Subject)
		}
	}
	if err != nil {
		return err
	}
	if err := r.freeOthers(ctx, &a, p.Advisor, p.Sheet); err != nil || a.Status == domain.Void {
		return err
	}
	if len(a.Events) < p.Seq {
		return r.shutOut(ctx, p)
	}
	e := a.Events[p.Seq-1]
	if e.Verb != domain.Book || a.Status != domain.Booked {
		if err := r.settle(ctx, &a); err != nil {
			return err
		}
	}
	return r.derive(ctx, &a, &e)
}

// shutOut ends a change that never came: the appointment's fence is raised, so
// that a slow writer finds it and gives up, and what it took is freed.
func (r *Relay) shutOut(ctx context.Context, p *domain.Pointer) error {
	if r.mayCome(p) {
		return errMayCome
	}
	a, err := r.Data.Appointments.Update(ctx, p.Subject, func(a *domain.Appointment) error {
		if a.Edition() != p.Edition {
			return domain.ErrUnchanged
		}
		a.Fence++
		return nil
	})
	if err != nil {
		return err
	}
	if len(a.Events) >= p.Seq { // it came after all
		return r.appointment(ctx, p)
	}
	return r.settle(ctx, &a)
}

// diary passes on a change of an advisor's rules: the bookings that they no
// longer offer are marked, those that they offer again are unmarked, and the
// stand-ins are offered the turns of a leave.
func (r *Relay) diary(ctx context.Context, p *domain.Pointer) error {
	d, err := r.Data.Diaries.Get(ctx, p.Subject)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if d.Edition == p.Edition {
		if r.mayCome(p) {
			return errMayCome
		}
		// Whoever is slow, or shares the pointer of one who died, finds the
		// edition gone and begins anew with a pointer of its own.
		d, err = r.Data.Diaries.Update(ctx, p.Subject, func(d *domain.Diary) error {
			if d.Edition != p.Edition {
				return domain.ErrUnchanged
			}
			d.Edition++
			return nil
		})
		if err != nil {
			return err
		}
		p.Gained = nil // the change that was to bring them never came
	}
	unwritten := false
	for _, b := range d.Taken {
		if !b.From.After(r.Now()) {
			continue
		}
		written, err := r.mark(ctx, &b)
		if err != nil {
			return err
		}
		unwritten = unwritten || !written
	}
	if err := r.offerTurns(ctx, &d, p.Edition+1); err != nil {
		return err
	}
	if err := r.tellGained(ctx, &d, p); err != nil {
		return err
	}
	if err := r.recordChanges(ctx, &d); err != nil {
		return err
	}
	if unwritten && r.mayCome(p) {
		return errMayCome
	}
	return nil
}

// mark brings an appointment's mark to what the diary says, and reports whether
// what was booked there is written already: it may have been won by the old
// rules just before they changed.
func (r *Relay) mark(ctx context.Context, b *domain.Booking) (written bool, err error) {
	verb := domain.Restore
	if b.Orphaned {
		verb = domain.Orphan
	}
	err = r.alter(ctx, b.Appointment, func(a *domain.Appointment) (domain.Event, bool) {
		written = !onItsWay(b, a.Edition())
		if a.Orphaned == b.Orphaned || !a.Status.Open() || !a.Start.Equal(b.From) || !written {
			return domain.Event{}, false
		}
		a.Orphaned = b.Orphaned
		return domain.Event{Verb: verb}, true
	})
	if errors.Is(err, domain.ErrNotFound) {
		return false, nil
	}
	return written, err
}

// alter changes an appointment at the program's own hand, as long as change
// finds something to do: it answers the event that tells of it.
func (r *Relay) alter(ctx context.Context, id string, change func(*domain.Appointment) (domain.Event, bool)) error {
	for {
		a, err := r.Data.Appointments.Get(ctx, id)
		if err != nil {
			return err
		}
		p := pointerTo(&a, r.Now())
		if _, ok := change(&a); !ok {
			return nil
		}
		if err := r.Data.Pending.Insert(ctx, p); err != nil && !errors.Is(err, domain.ErrExists) {
			return err
		}
		done := false
		_, err = r.Data.Appointments.Update(ctx, id, func(a *domain.Appointment) error {
			if done = a.Edition() == p.Edition; !done {
				return domain.ErrUnchanged
			}
			e, ok := change(a)
			if !ok {
				return domain.ErrUnchanged
			}
			e.Seq, e.At, e.Status, e.Start = p.Seq, p.At, a.Status, a.Start
			a.Events = append(a.Events, e)
			return nil
		})
		if err != nil {
			return err
		}
		if done {
			r.Kick(p.ID)
			return nil
		}
	}
}

// pointerTo answers the pointer to an appointment's next event.
func pointerTo(a *domain.Appointment, now time.Time) domain.Pointer {
	return domain.Pointer{Meta: domain.Meta{ID: pointerID(pointAppointment, a.ID, a.Edition()+1)}, Kind: pointAppointment,
		Subject: a.ID, Seq: len(a.Events) + 1, Edition: a.Edition(), Advisor: a.Advisor, Sheet: a.Sheet, At: now}
}

func pointerID(kind, subject string, edition int64) string {
	return kind + "|" + subject + "|" + strconv.FormatInt(edition, 10)
}

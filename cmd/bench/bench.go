package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"villagecounsel/services/domain"
)

const (
	clients = 8
	turns   = 2 // program and ceiling, each so often
	starts  = 5
	// residentsASecond is how many are logged in for each second of booking;
	// each may book twice.
	residentsASecond = 400
	// crowdShare is the part of the time for which `book` is measured with a
	// crowd as well.
	crowdShare = 2
)

// bench measures one engine.
type bench struct {
	program
	length time.Duration
	page   *page

	today     domain.Day
	free      []wish // of the advisors that `book` books
	kept      []wish // of those that `contend` books
	ceiling   *site
	server    *server
	residents []resident // who book
	crowd     []resident // who contend
	reserve   []resident // who take a winner's place
	few       measured   // the row `book`

	booked   atomic.Int64 // slots of free that were tried
	keys     atomic.Int64 // idempotency keys used
	mu       sync.Mutex
	answered map[string]wish // what was booked, by appointment
}

// resident is somebody who has logged in.
type resident struct{ id, token string }

func (b *bench) run(ctx context.Context) (err error) {
	b.say("load the data")
	if err := b.load(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.ceiling.close(true)) }()
	b.say("start")
	if err := b.start(ctx); err != nil {
		return err
	}
	running := true
	defer func() {
		if running {
			_ = b.server.stop()
		}
	}()
	if err := b.logIn(ctx); err != nil {
		return err
	}
	for _, row := range []func(context.Context) error{b.slots, b.book, b.contend, b.append} {
		if err := row(ctx); err != nil {
			return err
		}
	}
	full, err := b.server.memory()
	if err != nil {
		return err
	}
	b.page.add(row{name: "memory after load", engine: b.engine.name, ours: mebibytes(full), aim: "<= 200 MiB", verdict: verdict(full <= maxMemory)})
	running = false
	if err := b.server.stop(); err != nil {
		return err
	}
	return b.check(ctx)
}

func (b *bench) say(what string) { fmt.Fprintf(os.Stderr, "%s: %s\n", b.engine.name, what) }

// load seeds the program's demo data, and writes the diaries beside it and to
// the ceiling's own database.
func (b *bench) load(ctx context.Context) error {
	if text, err := b.command(ctx, nil, "seed").CombinedOutput(); err != nil {
		return fmt.Errorf("seed: %w\n%s", err, text)
	}
	key, err := b.dataKey()
	if err != nil {
		return err
	}
	b.today = domain.DayOf(time.Now())
	all := diaries(b.today)
	b.free = freeSlots(all[:advisors-contended], b.today)
	b.kept = freeSlots(all[advisors-contended:], b.today)
	dice := rand.New(rand.NewPCG(1, 2)) // one that always falls the same way
	dice.Shuffle(len(b.free), func(i, j int) { b.free[i], b.free[j] = b.free[j], b.free[i] })
	own, err := b.engine.open(ctx, filepath.Join(b.folder, "data"), b.database, key)
	if err != nil {
		return err
	}
	if err := errors.Join(own.data.Diaries.InsertMany(ctx, all), own.close(false)); err != nil {
		return err
	}
	b.ceiling, err = b.engine.open(ctx, filepath.Join(b.folder, "ceiling"), b.database+"_ceiling", key)
	if err != nil {
		return err
	}
	return b.ceiling.data.Diaries.InsertMany(ctx, all)
}

const (
	maxStart  = 1500 * time.Millisecond
	maxMemory = 200
)

// start starts the program several times and leaves it running.
func (b *bench) start(ctx context.Context) error {
	var ready, first []time.Duration
	for n := range starts {
		s, err := b.serve(ctx, b.slotsPath(0))
		if err != nil {
			return err
		}
		ready, first = append(ready, s.ready), append(first, s.first)
		if n == starts-1 {
			b.server = s
			break
		}
		if err := s.stop(); err != nil {
			return err
		}
	}
	slices.Sort(ready)
	slices.Sort(first)
	for _, r := range []struct {
		name string
		each []time.Duration
	}{{"start: first good /readyz", ready}, {"start: first slots", first}} {
		median := r.each[starts/2]
		b.page.add(row{name: r.name, engine: b.engine.name, ours: fmt.Sprintf("best %s, median of %d %s", seconds(r.each[0]), starts, seconds(median)),
			aim: "<= 1.5 s", verdict: verdict(median <= maxStart)})
	}
	empty, err := b.server.memory()
	b.page.add(row{name: "memory after start", engine: b.engine.name, ours: mebibytes(empty), aim: "<= 200 MiB", verdict: verdict(empty <= maxMemory)})
	return err
}

// logIn logs the residents in, before any clock starts.
func (b *bench) logIn(ctx context.Context) error {
	book := residentsASecond * int(b.length.Seconds()) * (crowdShare + 1) / crowdShare
	count := book + crowd + winners
	b.say(fmt.Sprintf("log %d residents in", count))
	all := make([]resident, count)
	b.residents, b.crowd, b.reserve = all[:book], all[book:book+crowd], all[book+crowd:]
	_, err := load(clients, time.Hour, func(n int) error {
		if n >= count {
			return errUsedUp
		}
		body, err := b.server.ask(ctx, http.MethodPost, b.server.base+"/api/v1/login",
			request{body: map[string]string{"code": fmt.Sprintf("demo-resident-%d", 1001+n)}})
		if err != nil {
			return err
		}
		var in struct {
			Token  string `json:"token"`
			Person struct {
				ID string `json:"id"`
			} `json:"person"`
		}
		if err := json.Unmarshal(body, &in); err != nil {
			return err
		}
		all[n] = resident{in.Person.ID, in.Token}
		return nil
	})
	return err
}

// sideBySide loads the program and its ceiling in turns. What the relay has to
// do after a turn is waited for and measured apart.
func (b *bench) sideBySide(ctx context.Context, op, ceiling func(n int) error) (ours, bare measured, err error) {
	for turn := range turns {
		o, err := b.measure(ctx, clients, b.length/turns, op)
		if err != nil {
			return ours, bare, fmt.Errorf("program: %w", err)
		}
		ours.add(o)
		c, err := load(clients, b.length/turns, func(n int) error { return ceiling(turn<<24 + n) })
		if err != nil {
			return ours, bare, fmt.Errorf("ceiling: %w", err)
		}
		bare.add(c)
	}
	return ours, bare, nil
}

// measure loads the program, with its CPU, and waits for the relay.
func (b *bench) measure(ctx context.Context, clients int, length time.Duration, op func(n int) error) (measured, error) {
	before, err := b.cpu(ctx)
	if err != nil {
		return measured{}, err
	}
	passed, err := b.server.figure(ctx, "villagecounsel_relay_passed_total")
	if err != nil {
		return measured{}, err
	}
	used := len(b.answered)
	m, err := load(clients, length, op)
	if err != nil {
		return m, err
	}
	stopped := time.Now()
	loaded, err := b.cpu(ctx)
	if err != nil {
		return m, err
	}
	for {
		now, err := b.server.figure(ctx, "villagecounsel_relay_passed_total")
		if err != nil {
			return m, err
		}
		if now-passed >= float64(len(b.answered)-used) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	m.after = time.Since(stopped)
	done, err := b.cpu(ctx)
	m.cpu, m.spent = loaded-before, done-loaded
	return m, err
}

// cpu answers the CPU time of the server, and of the database where it is a
// process of its own.
func (b *bench) cpu(ctx context.Context) (time.Duration, error) {
	own, err := b.server.cpu()
	if err != nil || b.engine.embedded() {
		return own, err
	}
	var status struct {
		Extra struct {
			User   int64 `bson:"user_time_us"`
			System int64 `bson:"system_time_us"`
		} `bson:"extra_info"`
	}
	err = b.ceiling.bare.Client().Database("admin").RunCommand(ctx, bson.D{{Key: "serverStatus", Value: 1}}).Decode(&status)
	if err == nil && status.Extra.User == 0 {
		err = errors.New("the database does not tell its CPU time")
	}
	return own + time.Duration(status.Extra.User+status.Extra.System)*time.Microsecond, err
}

// check looks, after the program has ended, whether every booking that was
// answered stands once in its diary and as an appointment, and whether any two
// in a diary overlap.
func (b *bench) check(ctx context.Context) (err error) {
	key, err := b.dataKey()
	if err != nil {
		return err
	}
	own, err := b.engine.open(ctx, filepath.Join(b.folder, "data"), b.database, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.close(true)) }()
	overlaps, found := 0, 0
	for d, err := range own.data.Diaries.All(ctx) {
		if err != nil {
			return err
		}
		for i, t := range d.Taken {
			if i > 0 && t.From.Before(d.Taken[i-1].To) {
				overlaps++
			}
			if w, ok := b.answered[t.Appointment]; ok && w.advisor == d.ID && t.From.Equal(w.start) {
				found++
			}
		}
	}
	missing := 0
	for id := range b.answered {
		_, err := own.data.Appointments.Get(ctx, id)
		switch {
		case errors.Is(err, domain.ErrNotFound):
			missing++
		case err != nil:
			return err
		}
	}
	b.page.note("%s: of %d bookings answered, %d stand in their diary when the program has ended; %d have no appointment; %d bookings overlap.",
		b.engine.name, len(b.answered), found, missing, overlaps)
	if found != len(b.answered) || missing > 0 || overlaps > 0 {
		return errors.New("bookings do not agree: " + b.page.notes[len(b.page.notes)-1])
	}
	return nil
}

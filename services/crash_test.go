package services_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// deed is something that a program may die in.
type deed struct {
	name string
	// prepare makes what is needed, and answers the deed, which may be done
	// again, and what must be true when it has been.
	prepare func(w *world) (do func(w *world) error, check func(w *world, err error))
}

var deeds = []deed{
	{"a booking", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		req := w.wish(lawyer, "11-25 09:00")
		book := func(w *world) error { _, err := w.booking.Book(w.ctx, wang, req); return err }
		return book, func(w *world, err error) {
			w.must(err)
			w.equal("the diary", w.diary(lawyer), "11-25 09:00 visit")
			w.equal("the list", w.told(wang), "booked")
			if n := len(w.lists(wang, services.Filter{})); n != 1 {
				w.Errorf("%d in the list", n)
			}
		}
	}},
	{"a booking for a neighbour", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang, old := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明"), w.resident("old", "李大爷")
		req := w.wish(lawyer, "11-25 09:00", forNeighbour("李大爷", w.phoneOf("old")))
		book := func(w *world) error { _, err := w.booking.Book(w.ctx, wang, req); return err }
		return book, func(w *world, err error) {
			w.must(err)
			w.equal("the diary", w.diary(lawyer), "11-25 09:00 visit")
			for _, who := range []domain.Actor{wang, old} {
				if n := len(w.lists(who, services.Filter{})); n != 1 {
					w.Errorf("%d in the list of %s", n, who.ID)
				}
			}
		}
	}},
	{"a booking that is refused", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		w.booked(wang, w.wish(lawyer, "11-25 10:00"))
		w.booked(wang, w.wish(lawyer, "11-25 11:00"))
		w.pass()
		req := w.wish(lawyer, "11-25 09:00")
		book := func(w *world) error { _, err := w.booking.Book(w.ctx, wang, req); return err }
		return book, func(w *world, err error) {
			w.refused(err, "too_many_open")
			w.equal("the diary", w.diary(lawyer), "11-25 10:00 visit", "11-25 11:00 visit")
		}
	}},
	{"a booking sent again after it was cancelled", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		req := w.wish(lawyer, "11-25 09:00")
		seen := w.booked(wang, req)
		_, err := w.booking.Cancel(w.ctx, wang, seen.ID, "", "")
		w.must(err)
		w.pass()
		book := func(w *world) error { _, err := w.booking.Book(w.ctx, wang, req); return err }
		return book, func(w *world, err error) {
			w.must(err)
			w.equal("the diary", w.diary(lawyer))
		}
	}},
	{"a key used again for another advisor", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		second := w.advisor("second", post(beifang, domain.StandIn))
		req := w.wish(lawyer, "11-25 09:00")
		w.booked(wang, req)
		w.pass()
		req.Advisor, req.For = second.ID, &services.Beneficiary{Name: "李四", Phone: "13900000009"}
		book := func(w *world) error { _, err := w.booking.Book(w.ctx, wang, req); return err }
		return book, func(w *world, err error) {
			w.refused(err, "idempotency_reused")
			w.equal("the diary", w.diary(second))
		}
	}},
	{"a cancellation", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.pass()
		cancel := func(w *world) error { _, err := w.booking.Cancel(w.ctx, wang, seen.ID, "", "key"); return err }
		return cancel, func(w *world, err error) {
			w.must(err)
			w.equal("the diary", w.diary(lawyer))
			w.equal("the advisor", w.told(lawyer), "booked", "cancelled")
		}
	}},
	{"a move", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.pass()
		move := func(w *world) error {
			_, err := w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("12-02 10:00")}, "key")
			return err
		}
		return move, func(w *world, err error) {
			w.must(err)
			w.equal("the diary", w.diary(lawyer), "12-02 10:00 visit")
			w.equal("the advisor", w.told(lawyer), "booked", "changed")
		}
	}},
	{"a move to another channel at the same time", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.pass()
		move := func(w *world) error {
			_, err := w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 09:00"), Channel: domain.Phone}, "key")
			return err
		}
		return move, func(w *world, err error) {
			w.must(err)
			w.equal("the diary", w.diary(lawyer), "11-25 09:00 phone")
		}
	}},
	{"a miss", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-23 11:00"))
		w.pass()
		w.clock.set(at("11-23 11:30"))
		miss := func(w *world) error {
			_, err := w.booking.Miss(w.ctx, lawyer, seen.ID, domain.Resident, "", "key")
			return err
		}
		return miss, func(w *world, err error) {
			w.must(err)
			s, err := w.data.Sheets.Get(w.ctx, "wang")
			w.must(err)
			if len(s.Misses) != 1 || len(s.Open) != 0 {
				w.Errorf("%d misses, %d open", len(s.Misses), len(s.Open))
			}
		}
	}},
	{"a rating", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		id := w.finished(lawyer, wang, "11-23 11:00")
		rate := func(w *world) error {
			_, err := w.booking.Rate(w.ctx, wang, id, services.RateRequest{Key: "key", Stars: 4})
			return err
		}
		return rate, func(w *world, err error) {
			w.must(err)
			if a := w.stored(id); a.Rating == nil || len(a.Events) != 3 || a.Status != domain.Done {
				w.Errorf("rating %v, %d events, %s", a.Rating, len(a.Events), a.Status)
			}
			w.equal("the chain", w.chain(lawyer), "booked", "completed", "rated")
		}
	}},
	{"a complaint", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		clerk, district := w.staff(domain.TownStaff, "clerk", "110116101"), w.staff(domain.DistrictKind, "district", "110116")
		id := w.booked(wang, w.wish(lawyer, "11-25 09:00")).ID
		w.pass()
		file := func(w *world) error {
			_, err := w.complain.File(w.ctx, wang, services.ComplaintRequest{Key: "key", Appointment: id, Text: wrong})
			return err
		}
		return file, func(w *world, err error) {
			w.must(err)
			ids := w.complaints(wang, services.ComplaintFilter{})
			if len(ids) != 1 {
				w.Fatalf("%d complaints", len(ids))
			}
			w.equal("the owner's list", w.complaints(clerk, services.ComplaintFilter{}), ids...)
			w.equal("the district's list", w.complaints(district, services.ComplaintFilter{}), ids...)
			w.equal("the owner", w.told(clerk), "complaint_filed")
			w.equal("what falls due", w.fallsDue("12-11 09:00"), ids...)
		}
	}},
	{"an answer to a complaint", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		clerk := w.staff(domain.TownStaff, "clerk", "110116101")
		id := w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID}).ID
		w.pass()
		answer := func(w *world) error {
			_, err := w.complain.Answer(w.ctx, clerk, id, "查过了", domain.Partly, "key")
			return err
		}
		return answer, func(w *world, err error) {
			w.must(err)
			w.equal("the complainant", w.told(wang), "complaint_answered")
			w.equal("the chain", w.chain(lawyer), "complaint")
			if n := len(w.audit()); n != 1 {
				w.Errorf("%d audit lines", n)
			}
		}
	}},
	{"a leave", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		second := w.advisor("second", post(beifang, domain.StandIn))
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.pass()
		leave := func(w *world) error {
			_, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "key", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "出差"}, false)
			return err
		}
		return leave, func(w *world, err error) {
			w.must(err)
			if !w.stored(seen.ID).Orphaned {
				w.Error("what falls into the leave is not marked")
			}
			w.equal("the resident", w.told(wang), "booked", "orphaned")
			w.equal("the stand-in", w.told(second), "turn_offered")
			w.equal("the chain", w.chain(lawyer), "booked", "leave")
		}
	}},
	{"a service log in two taps", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		id := w.served(lawyer, wang, "11-23 11:00")
		write := func(w *world) error {
			_, err := w.logs.Write(w.ctx, lawyer, services.LogRequest{Key: "key", Appointment: id, Note: "记一笔"})
			return err
		}
		return write, func(w *world, err error) {
			w.must(err)
			w.equal("the chain", slices.Sorted(slices.Values(w.chain(lawyer))), "booked", "completed", "service")
		}
	}},
	{"a correction that moves a service to another month and village", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main), post(weili, domain.Main))
		helper := w.villager(domain.Collaborator, "helper", beifang)
		w.clock.set(at("11-05 08:00"))
		seen := w.logged(lawyer, lecture("10-31 15:00", helper.ID))
		correct := func(w *world) error {
			_, err := w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Key: "key", Version: 1, Reason: "日期、地点记错",
				Edit: services.LogEdit{Village: weili, Start: at("11-01 15:00"), End: at("11-01 16:00"), With: []string{}}})
			return err
		}
		return correct, func(w *world, err error) {
			w.must(err)
			w.equal("the chain", w.chain(lawyer), "service", "corrected")
			w.equal("the helper's chain", w.chain(helper), "service", "corrected")
			w.equal("the ledgers", w.ledgers(), "110116101202|2026-11 service", "lawyer|2026-11 service")
		}
	}},
	{"a dispute", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer, cadre := w.advisor("lawyer", post(beifang, domain.Main)), w.villager(domain.Cadre, "cadre", beifang)
		seen := w.logged(lawyer, lecture("11-22 15:00"))
		dispute := func(w *world) error {
			_, err := w.logs.Dispute(w.ctx, cadre, seen.ID, 0, "那天没有来", "key")
			return err
		}
		return dispute, func(w *world, err error) {
			w.must(err)
			w.equal("the chain", w.chain(lawyer), "service", "disputed")
			w.equal("the advisor", w.told(lawyer), "service_disputed")
		}
	}},
}

// Whenever the program dies in a deed, and whether or not its last word has
// reached the store: the next program cleans up, nothing is pending, everything
// agrees, and the same request sent again gets a proper answer.
func TestDyingInTheMiddle(t *testing.T) {
	for _, d := range deeds {
		t.Run(d.name, func(t *testing.T) {
			each(t, func(w *world) { dying(w, d, false) })
		})
		t.Run(d.name+", its last word unheard", func(t *testing.T) {
			each(t, func(w *world) { dying(w, d, true) })
		})
	}
}

// dying kills the program after its first operation, its second, and so on. If
// the last word is lost, what it asked for has happened nevertheless, and the
// request is sent again at once, while the next program cleans up.
func dying(w *world, d deed, lost bool) {
	for after := 0; ; after++ {
		w := newWorldOn(w, after)
		do, check := d.prepare(w)
		h := &harm{after: after, lost: lost}
		if after == 0 {
			h.refuse = "pending" // dies before it has written anything
		}
		err := do(program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys))
		next := w.restarted()
		if !lost {
			next.settled()
		}
		again := next.working(func() error { return do(next) })
		next.settled()
		if lost && slices.Contains([]string{"changed_meanwhile", "request_in_progress"}, why(again)) {
			again = do(next) // the relay was just at it
			next.settled()
		}
		check(next, again)
		if w.Failed() {
			w.Fatalf("killed after %d operations: %v", after, h.names)
		}
		if why(err) == why(again) && h.count <= after && after > 0 {
			return
		}
	}
}

// working does something while the relay runs.
func (w *world) working(do func() error) error {
	w.Helper()
	ctx, stop := context.WithCancel(w.ctx)
	done := make(chan struct{})
	go func() { defer close(done); w.relay.Run(ctx) }()
	err := do()
	stop()
	<-done
	return err
}

// newWorldOn empties the store and begins anew.
func newWorldOn(w *world, round int) *world {
	w.Helper()
	if round == 0 {
		return w
	}
	wipe(w, w.data.People)
	wipe(w, w.data.Directory)
	wipe(w, w.data.Advisors)
	wipe(w, w.data.Towns)
	wipe(w, w.data.Benches)
	wipe(w, w.data.Diaries)
	wipe(w, w.data.Sheets)
	wipe(w, w.data.Appointments)
	wipe(w, w.data.Journals)
	wipe(w, w.data.Months)
	wipe(w, w.data.Clients)
	wipe(w, w.data.Inboxes)
	wipe(w, w.data.Audit)
	wipe(w, w.data.Pending)
	wipe(w, w.data.Due)
	wipe(w, w.data.Offices)
	wipe(w, w.data.Complaints)
	wipe(w, w.data.Caseloads)
	wipe(w, w.data.Logs)
	wipe(w, w.data.Records)
	wipe(w, w.data.Heads)
	wipe(w, w.data.Ledgers)
	wipe(w, w.data.Files)
	wipe(w, w.data.SignIns)
	for _, id := range w.blobs() {
		w.must(w.data.Blobs.Delete(w.ctx, id))
	}
	wipe(w, w.data.Marks)
	return newWorld(w.T, w.data)
}

func wipe[T any](w *world, docs services.Docs[T]) {
	w.Helper()
	var ids []string
	for doc, err := range docs.All(w.ctx) {
		w.must(err)
		ids = append(ids, any(&doc).(interface{ Head() *domain.Meta }).Head().ID)
	}
	for _, id := range ids {
		w.must(docs.Delete(w.ctx, id))
	}
}

// A program that is slow, not dead: it stops before any of its operations, the
// relay of another program gives it up after the grace, somebody else takes the
// time, and then it goes on.
func TestASlowWriterIsShutOut(t *testing.T) {
	slow := map[string]struct {
		prepare func(w *world, lawyer, wang domain.Actor) func(w *world) (services.Seen, error)
		want    []string // proper answers
	}{
		"a booking": {func(w *world, lawyer, wang domain.Actor) func(w *world) (services.Seen, error) {
			req := w.wish(lawyer, "11-25 10:00")
			return func(w *world) (services.Seen, error) { return w.booking.Book(w.ctx, wang, req) }
		}, []string{"", "slot_taken"}},
		"a move": {func(w *world, lawyer, wang domain.Actor) func(w *world) (services.Seen, error) {
			seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
			w.pass()
			return func(w *world) (services.Seen, error) {
				return w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 10:00")}, "key")
			}
		}, []string{"", "slot_taken", "changed_meanwhile"}},
		"a cancellation": {func(w *world, lawyer, wang domain.Actor) func(w *world) (services.Seen, error) {
			seen := w.booked(wang, w.wish(lawyer, "11-25 10:00"))
			w.pass()
			return func(w *world) (services.Seen, error) { return w.booking.Cancel(w.ctx, wang, seen.ID, "", "key") }
		}, []string{"", "changed_meanwhile"}},
	}
	for name, c := range slow {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				for pauseAt := 1; ; pauseAt++ {
					w := newWorldOn(w, pauseAt-1)
					lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
					rival := w.resident("rival", "李四")
					do := c.prepare(w, lawyer, wang)

					h := &harm{pauseAt: pauseAt, paused: make(chan struct{}), resume: make(chan struct{})}
					writer := program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys)
					done := make(chan error, 1)
					go func() { _, err := do(writer); done <- err }()
					select {
					case <-h.paused:
					case err := <-done:
						w.must(err)
						return // it never came so far: all has been tried
					}
					w.clock.add(2 * time.Minute)
					other := program(w.T, w.data, w.clock, time.Time{}, w.keys)
					if _, err := other.relay.Sweep(w.ctx); err != nil {
						w.Fatal(err)
					}
					_, err := other.booking.Book(w.ctx, rival, w.wish(lawyer, "11-25 10:00"))
					rivalWon := err == nil
					if err != nil {
						w.refused(err, "slot_taken")
					}
					close(h.resume)
					answer := why(<-done)
					if !slices.Contains(c.want, answer) {
						w.Errorf("it was answered %q", answer)
					}
					if _, err := other.relay.Sweep(w.ctx); err != nil {
						w.Fatal(err)
					}
					w.clock.add(2 * time.Minute)
					other.settled()
					other.plain(lawyer)
					if rivalWon && answer == "" && name != "a cancellation" {
						w.Error("two have won one time")
					}
					if w.Failed() {
						w.Fatalf("stopped before operation %d of %v", pauseAt, h.names)
					}
				}
			})
		})
	}
}

// Between any two steps of a move or a cancellation, another program does
// something to the same appointment, and its relay passes that on. Then the
// first goes on, or takes one more step and dies.
func TestTwoAtOneAppointment(t *testing.T) {
	type act func(w *world, id string) (services.Seen, error)
	wang, lawyer := domain.Actor{ID: "wang", Kind: domain.Resident}, domain.Actor{ID: "lawyer", Kind: domain.AdvisorKind}
	move := func(to string) act {
		return func(w *world, id string) (services.Seen, error) {
			return w.booking.Reschedule(w.ctx, wang, id, services.Turn{Start: at(to)}, "to "+to)
		}
	}
	cancel := act(func(w *world, id string) (services.Seen, error) {
		return w.booking.Cancel(w.ctx, wang, id, "", "cancel")
	})
	acts := map[string]act{
		"a move": move("11-25 10:00"), "a move back": move("11-25 09:00"), "a move elsewhere": move("12-02 11:00"), "a cancellation": cancel,
		"a leave": func(w *world, id string) (services.Seen, error) {
			_, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "key", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "出差"}, false)
			return services.Seen{}, err
		},
		"a booking of the time": func(w *world, id string) (services.Seen, error) {
			return w.booking.Book(w.ctx, domain.Actor{ID: "rival", Kind: domain.Resident}, services.BookRequest{Key: "rival", Advisor: "lawyer",
				Village: beifang, Start: at("11-25 10:00"), Channel: domain.Visit, Topic: "借款"})
		},
	}
	proper := []string{"", "changed_meanwhile", "wrong_status", "slot_taken", "start:not_offered"}
	for _, first := range []string{"a move back", "a cancellation"} {
		for second := range acts {
			t.Run(second+" within "+first, func(t *testing.T) {
				each(t, func(w *world) {
					for round := 0; ; round++ {
						w := newWorldOn(w, round)
						pauseAt, dies := round/2+1, round%2 == 1
						lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
						w.resident("rival", "李四")
						seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
						w.pass()
						if first == "a move back" {
							// An event that the relay has not passed on yet.
							_, err := move("11-25 09:30")(w, seen.ID)
							w.must(err)
						}
						h := &harm{pauseAt: pauseAt, paused: make(chan struct{}), resume: make(chan struct{})}
						if dies {
							h.after = pauseAt
						}
						writer := program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys)
						done := make(chan error, 1)
						go func() { _, err := acts[first](writer, seen.ID); done <- err }()
						select {
						case <-h.paused:
						case err := <-done:
							w.must(err)
							return
						}
						sweep := func() {
							if _, err := w.relay.Sweep(w.ctx); err != nil {
								w.Error(err)
							}
						}
						sweep()
						_, err := acts[second](w, seen.ID)
						if got := why(err); !slices.Contains(proper, got) {
							w.Errorf("the second was answered %q", got)
						}
						sweep()
						close(h.resume)
						if got := why(<-done); !slices.Contains(proper, got) && !dies {
							w.Errorf("the first was answered %q", got)
						}
						sweep()
						w.clock.add(2 * time.Minute)
						w.settled()
						w.plain(lawyer)
						if w.Failed() {
							w.Fatalf("stopped before operation %d of %v, dies %v", pauseAt, h.names, dies)
						}
					}
				})
			})
		}
	}
}

// Two requests with one key and different bodies, at once: what the loser took
// elsewhere is freed, whether it lives to do so or not.
func TestAKeyUsedTwiceAtOnce(t *testing.T) {
	each(t, func(w *world) {
		for round, after := range []int{0, 5, 6, 7, 8, 9, 10, 11, 12} {
			w := newWorldOn(w, round)
			lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
			second := w.advisor("second", post(beifang, domain.StandIn))
			req := w.wish(lawyer, "11-25 09:00")
			other := req
			other.Advisor, other.For = second.ID, &services.Beneficiary{Name: "李四", Phone: "13900000009"}
			goOn := w.pausedAs(&harm{pauseBefore: "insert pending", after: after}, func(w *world) (services.Seen, error) {
				return w.booking.Book(w.ctx, wang, other)
			})
			w.booked(wang, req)
			w.pass()
			if _, err := goOn(); after == 0 {
				w.refused(err, "idempotency_reused")
			}
			w.clock.add(2 * time.Minute)
			w.settled()
			w.equal("the other advisor's diary", w.diary(second))
		}
	})
}

// Who moves to a shorter turn at the same time holds the longer one until the
// move is written: if it never is, nobody else sits in the rest of it.
func TestAMoveToAShorterTurnHoldsTheLongerOne(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang, rival := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明"), w.resident("rival", "李四")
		_, err := w.data.Diaries.Update(w.ctx, lawyer.ID, func(d *domain.Diary) error {
			shift := domain.Shift{Village: beifang, Channels: []domain.Channel{domain.Visit}, Weekday: 3, From: 9 * 60, To: 10 * 60, Slot: 60}
			short := shift
			short.Channels, short.Slot = []domain.Channel{domain.Phone}, 30
			d.Shifts = []domain.Shift{shift, short}
			return nil
		})
		w.must(err)
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.pass()
		goOn := w.pausedAs(&harm{pauseBefore: "change appointments", after: 4}, func(w *world) (services.Seen, error) {
			return w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 09:00"), Channel: domain.Phone}, "")
		})
		_, err = w.booking.Book(w.ctx, rival, w.wish(lawyer, "11-25 09:30", by(domain.Phone)))
		w.refused(err, "slot_taken")
		if _, err := goOn(); !errors.Is(err, errKilled) {
			w.Fatalf("it has not died: %v", err)
		}
		w.clock.add(2 * time.Minute)
		w.settled()
		w.equal("the diary", w.diary(lawyer), "11-25 09:00 visit")
		_, err = w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 09:00"), Channel: domain.Phone}, "")
		w.must(err)
		w.booked(rival, w.wish(lawyer, "11-25 09:30", by(domain.Phone)))
		w.settled()
	})
}

// A leave that shares the pointer of one who died is marked all the same, though
// the relay clears that pointer away under it.
func TestALeaveAfterOneThatDied(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.pass()
		leave := func(w *world) error {
			_, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "key", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "出差"}, false)
			return err
		}
		h := &harm{after: 2} // dies with its pointer written
		if err := leave(program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys)); err == nil {
			w.Fatalf("it has not died: %v", h.names)
		}
		w.clock.add(2 * time.Minute)
		goOn := w.paused("change diaries", func(w *world) (services.Seen, error) { return services.Seen{}, leave(w) })
		w.pass()
		_, err := goOn()
		w.must(err)
		w.settled()
		if !w.stored(seen.ID).Orphaned || w.toldOf(wang, domain.NoticeOrphaned) != 1 {
			w.Error("what falls into the leave is not marked")
		}
	})
}

// The relay dies at any of its operations: the next one does the rest, and what
// comes of it is what would have come of it anyway.
func TestTheRelayDying(t *testing.T) {
	each(t, func(w *world) {
		want := ""
		for after := 0; ; after++ {
			w := newWorldOn(w, after)
			w.clock.set(morning)
			lawyer, wang, li := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明"), w.resident("li", "李四")
			w.advisor("second", post(beifang, domain.StandIn))
			w.staff(domain.TownStaff, "office", "110116101")
			w.missed(li, 3)
			moved := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
			gone := w.booked(wang, w.wish(lawyer, "11-25 10:00"))
			w.booked(li, w.wish(lawyer, "11-24 11:00")) // held
			w.booked(w.resident("zhao", "赵六"), w.wish(lawyer, "11-24 10:00"))
			_, err := w.booking.Reschedule(w.ctx, wang, moved.ID, services.Turn{Start: at("12-01 09:00")}, "")
			w.must(err)
			_, err = w.booking.Cancel(w.ctx, wang, gone.ID, "", "")
			w.must(err)
			_, _, err = w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "key", From: at("12-01 00:00"), To: at("12-02 00:00"), Reason: "出差"}, false)
			w.must(err)
			h := &harm{after: after, lost: after%2 == 0}
			died := false
			for _, now := range []string{"11-23 09:00", "11-23 18:00", "11-24 11:00"} {
				w.clock.set(at(now))
				_, _ = program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys).relay.Sweep(w.ctx)
				died = died || after > 0 && h.count >= after
				program(w.T, w.data, w.clock, time.Time{}, w.keys).settled()
			}
			got := w.derived()
			if after == 0 {
				want = got
			}
			if got != want {
				w.Fatalf("killed after %d operations:\n%s\nwithout being killed:\n%s", after, got, want)
			}
			if after > 0 && !died {
				return
			}
			after += 10 // eleven by eleven: in time it stops at every sort of operation
		}
	})
}

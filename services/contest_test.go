package services_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// Thirty-two people at once book, move, cancel and confirm with one advisor,
// who closes and opens the day meanwhile, while the relay runs. Whatever came of
// it, everything agrees, and every answer was true.
func TestAContestForOneAdvisor(t *testing.T) {
	const people, rounds = 32, 16
	each(t, func(w *world) {
		lawyer, office := w.advisor("lawyer", post(beifang, domain.Main)), w.staff(domain.TownStaff, "office", "110116101")
		residents := make([]domain.Actor, 12)
		for i := range residents {
			residents[i] = w.resident(fmt.Sprintf("r%d", i), "王小明")
		}
		w.missed(residents[0], 3) // whose bookings are held

		ctx, stop := context.WithCancel(w.ctx)
		var relay sync.WaitGroup
		relay.Go(func() { w.relay.Run(ctx) })

		var mu sync.Mutex
		var mine []services.Seen // what was answered, to be moved and cancelled by others
		reasons := map[string]int{}
		note := func(seen services.Seen, err error) {
			mu.Lock()
			defer mu.Unlock()
			reasons[why(err)]++
			if err == nil {
				mine = append(mine, seen)
			}
		}
		pick := func() (services.Seen, bool) {
			mu.Lock()
			defer mu.Unlock()
			if len(mine) == 0 {
				return services.Seen{}, false
			}
			return mine[max(0, len(mine)-1-rand.IntN(12))], true // mostly what still stands
		}
		slot := func() time.Time { // a few slots of three days, so that all want the same
			return at("11-25 09:00").Add(time.Duration(rand.IntN(3))*24*time.Hour + time.Duration(rand.IntN(6))*30*time.Minute)
		}
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() {
				who := residents[i%len(residents)]
				for round := range rounds {
					a, ok := pick()
					switch n := rand.IntN(12); {
					case !ok || n < 4:
						req := services.BookRequest{Key: fmt.Sprintf("k%d.%d", i, round/2), Advisor: lawyer.ID, Village: beifang, Start: slot(),
							Channel: domain.Channels[rand.IntN(2)*2], Topic: "宅基地"}
						note(w.booking.Book(w.ctx, who, req))
					case n < 9:
						actor := domain.Actor{ID: a.Resident, Kind: domain.Resident}
						note(w.booking.Reschedule(w.ctx, actor, a.ID, services.Turn{Start: slot(), Channel: domain.Channels[rand.IntN(2)*2]}, fmt.Sprint("m", i, round/2)))
					case n < 10 && round%2 == 0:
						note(w.booking.Cancel(w.ctx, domain.Actor{ID: a.Resident, Kind: domain.Resident}, a.ID, "", fmt.Sprint("c", i, round/2)))
					case n < 11:
						note(w.booking.Confirm(w.ctx, office, a.ID, ""))
					case i == 0:
						c, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: fmt.Sprint(round), From: at("11-25 10:00"), To: at("11-25 11:00"), Reason: "开庭"}, false)
						if err == nil {
							_ = w.schedules.Reopen(w.ctx, lawyer, c.ID)
						}
					}
				}
			})
		}
		all.Wait()
		stop()
		relay.Wait()
		w.Log(reasons)
		for reason := range reasons {
			switch reason {
			case "", "slot_taken", "too_many_open", "idempotency_reused", "changed_meanwhile", "wrong_status", "not_offered", "start:not_offered", "not_found":
			default:
				w.Errorf("somebody was answered %q", reason)
			}
		}
		if reasons[""] < people {
			w.Errorf("hardly anything succeeded: %v", reasons)
		}
		left := 0
		for range 3 { // what was changed by others meanwhile is looked at again
			var err error
			left, err = w.relay.Sweep(w.ctx)
			w.must(err)
		}
		if left > 0 { // of moves that lost: given up after the grace
			w.clock.add(2 * time.Minute)
			w.pass()
		}
		w.sound()
		w.plain(lawyer)
	})
}

// plain looks at the diary of one advisor with the plainest means there are.
func (w *world) plain(lawyer domain.Actor) {
	w.Helper()
	d, err := w.data.Diaries.Get(w.ctx, lawyer.ID)
	w.must(err)
	entries := map[string]int{}
	for i, b := range d.Taken {
		entries[b.Appointment]++
		for _, o := range d.Taken[i+1:] {
			if b.From.Before(o.To) && o.From.Before(b.To) {
				w.Errorf("%s and %s overlap", b.Appointment, o.Appointment)
			}
		}
		a := w.stored(b.Appointment)
		if !a.Start.Equal(b.From) || !a.End.Equal(b.To) || a.Channel != b.Channel || !a.Status.Open() {
			w.Errorf("the diary holds %s from %s, and it is %s from %s", a.ID, b.From, a.Status, a.Start)
		}
	}
	open := map[string]int{}
	for a, err := range w.data.Appointments.All(w.ctx) {
		w.must(err)
		if a.Status.Open() {
			open[a.Sheet]++
			if entries[a.ID] != 1 {
				w.Errorf("%s is %s and %d times in the diary", a.ID, a.Status, entries[a.ID])
			}
		}
	}
	for s, err := range w.data.Sheets.All(w.ctx) {
		w.must(err)
		if len(s.Open) != open[s.ID] || len(s.Open) > domain.MaxOpenBookings {
			w.Errorf("sheet %s counts %d, and %d are open", s.ID, len(s.Open), open[s.ID])
		}
	}
	for p, err := range w.data.Pending.All(w.ctx) {
		w.must(err)
		w.Errorf("%s is pending", p.ID)
	}
}

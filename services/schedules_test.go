package services_test

import (
	"fmt"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

func starts(list []domain.Booking) []string {
	var all []string
	for _, b := range list {
		all = append(all, b.From.In(domain.China).Format("01-02 15:04"))
	}
	return all
}

func TestALeaveMarksWhatFallsIntoIt(t *testing.T) {
	each(t, func(w *world) {
		lawyer, second := w.advisor("lawyer", post(beifang, domain.Main)), w.advisor("second", post(beifang, domain.StandIn))
		wang, li := w.resident("wang", "王小明"), w.resident("li", "李四")
		hit := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		spared := w.booked(li, w.wish(lawyer, "11-27 09:00"))
		w.pass()
		leave := services.CloseRequest{Key: "leave", From: at("11-25 00:00"), To: at("11-27 00:00"), Reason: "出差"}

		_, orphans, err := w.schedules.Close(w.ctx, lawyer, leave, true)
		w.must(err)
		w.equal("previewed", starts(orphans), "11-25 09:00")
		w.pass()
		if w.stored(hit.ID).Orphaned || w.toldOf(wang, domain.NoticeOrphaned) != 0 || w.toldOf(second, domain.NoticeTurn) != 0 || !w.free(lawyer, "11-25 10:00") {
			w.Error("a preview has changed something")
		}

		closure, orphans, err := w.schedules.Close(w.ctx, lawyer, leave, false)
		w.must(err)
		w.equal("marked", starts(orphans), "11-25 09:00")
		again, orphans, err := w.schedules.Close(w.ctx, lawyer, leave, false)
		w.must(err)
		w.equal("said twice", starts(orphans), "11-25 09:00")
		if again.ID != closure.ID {
			w.Error("the same request made two closures")
		}
		other := leave
		other.Reason = "休假"
		_, _, err = w.schedules.Close(w.ctx, lawyer, other, false)
		w.refused(err, "idempotency_reused")
		if w.free(lawyer, "11-25 10:00") {
			w.Error("a time within the leave is offered")
		}
		w.settled()
		if a := w.stored(hit.ID); !a.Orphaned || a.Status != domain.Booked {
			w.Errorf("what falls into the leave is %s, marked %v", a.Status, a.Orphaned)
		}
		if w.stored(spared.ID).Orphaned {
			w.Error("what lies beside the leave is marked")
		}
		w.equal("told", w.told(wang), "booked", "orphaned")
		w.equal("told", w.told(li), "booked")
		w.equal("the stand-in is told", w.told(second), "turn_offered")

		// A second leave answers what it takes itself.
		_, orphans, err = w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "more", From: at("11-27 09:00"), To: at("11-27 10:00"), Reason: "开庭"}, true)
		w.must(err)
		w.equal("previewed of the second", starts(orphans), "11-27 09:00")

		// Taken back, the mark goes, and its people are told.
		w.must(w.schedules.Reopen(w.ctx, lawyer, closure.ID))
		w.settled()
		if w.stored(hit.ID).Orphaned || !w.free(lawyer, "11-25 10:00") {
			w.Error("the leave is over and the mark stays")
		}
		w.equal("told", w.told(wang), "booked", "orphaned", "changed")
		w.refused(w.schedules.Reopen(w.ctx, lawyer, closure.ID), "not_found")
		w.settled()
	})
}

func TestAMarkGoesWithAMove(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		_, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "k", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "出差"}, false)
		w.must(err)
		w.settled()
		_, err = w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-26 09:00")}, "")
		w.must(err)
		w.settled()
		if w.stored(seen.ID).Orphaned {
			w.Error("moved away from the leave, it is still marked")
		}
	})
}

func TestNewShiftsMarkWhatTheyNoLongerOffer(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		early := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		late := w.booked(wang, w.wish(lawyer, "11-25 11:00"))
		d, err := w.schedules.Schedule(w.ctx, lawyer)
		w.must(err)
		shifts := []domain.Shift{{Village: beifang, Channels: domain.Channels, Weekday: 3, From: 10 * 60, To: 12 * 60, Slot: 30}}
		edit := services.ScheduleEdit{Edition: d.Edition, Shifts: shifts}

		_, orphans, err := w.schedules.Replace(w.ctx, lawyer, edit, true)
		w.must(err)
		w.equal("previewed", starts(orphans), "11-25 09:00")
		after, orphans, err := w.schedules.Replace(w.ctx, lawyer, edit, false)
		w.must(err)
		w.equal("marked", starts(orphans), "11-25 09:00")
		if after.Edition != d.Edition+1 {
			w.Errorf("edition %d after %d", after.Edition, d.Edition)
		}
		_, _, err = w.schedules.Replace(w.ctx, lawyer, edit, false)
		w.refused(err, "stale")
		w.settled()
		if !w.stored(early.ID).Orphaned || w.stored(late.ID).Orphaned {
			w.Error("the wrong booking is marked")
		}
		bad := services.ScheduleEdit{Edition: after.Edition, Shifts: []domain.Shift{{Village: weili, Channels: domain.Channels, Weekday: 8, From: 10 * 60, To: 9 * 60}}}
		_, _, err = w.schedules.Replace(w.ctx, lawyer, bad, false)
		w.refused(err, "shifts[0].weekday:out_of_range shifts[0].village:not_served shifts[0].to:bad_time")
		w.settled()

		back := services.ScheduleEdit{Edition: after.Edition, Shifts: d.Shifts}
		_, orphans, err = w.schedules.Replace(w.ctx, lawyer, back, false)
		w.must(err)
		w.equal("marked", starts(orphans))
		w.settled()
		if w.stored(early.ID).Orphaned {
			w.Error("offered again, it is still marked")
		}
	})
}

func TestWhatIsWrongWithAClosure(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		for _, c := range []struct {
			from, to, reason, want string
		}{
			{"11-25 09:00", "11-25 09:00", "出差", "to:bad_range"},
			{"11-25 09:00", "11-25 08:00", "出差", "to:bad_range"},
			{"11-22 09:00", "11-23 08:00", "出差", "to:past"},
			{"11-25 09:00", "11-26 09:00", " ", "reason:required"},
		} {
			_, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "k", From: at(c.from), To: at(c.to), Reason: c.reason}, false)
			if got := why(err); got != c.want {
				w.Errorf("%s to %s: %q, want %q", c.from, c.to, got, c.want)
			}
		}
	})
}

// A booking that was judged by the schedule as it was may be written after the
// schedule has changed: it is marked all the same.
func TestABookingThatMeetsALeaveIsMarked(t *testing.T) {
	for _, what := range []string{"insert appointments", "change appointments"} {
		t.Run(what, func(t *testing.T) {
			each(t, func(w *world) {
				lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
				do := func(w *world) (services.Seen, error) {
					return w.booking.Book(w.ctx, wang, w.wish(lawyer, "11-25 09:00"))
				}
				if what == "change appointments" {
					seen := w.booked(wang, w.wish(lawyer, "11-24 09:00"))
					w.pass()
					do = func(w *world) (services.Seen, error) {
						return w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 09:00")}, "")
					}
				}
				slow := w.paused(what, do)
				_, orphans, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "k", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "出差"}, false)
				w.must(err)
				if len(orphans) > 1 {
					w.Errorf("marked: %v", starts(orphans))
				}
				if _, err := w.relay.Sweep(w.ctx); err != nil {
					w.Fatal(err)
				}
				seen, err := slow()
				w.must(err)
				w.settled()
				if !w.stored(seen.ID).Orphaned {
					w.Error("it is not marked")
				}
				if w.toldOf(wang, domain.NoticeOrphaned) != 1 {
					w.Errorf("told: %v", w.told(wang))
				}
			})
		})
	}
}

// paused lets another thread do something that stops before the first operation
// of that name, and answers how to let it go on.
func (w *world) paused(before string, do func(*world) (services.Seen, error)) (goOn func() (services.Seen, error)) {
	w.Helper()
	return w.pausedAs(&harm{pauseBefore: before}, do)
}

func (w *world) pausedAs(h *harm, do func(*world) (services.Seen, error)) (goOn func() (services.Seen, error)) {
	w.Helper()
	h.paused, h.resume = make(chan struct{}), make(chan struct{})
	before := h.pauseBefore
	slow := program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys)
	type answer struct {
		seen services.Seen
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		seen, err := do(slow)
		done <- answer{seen, err}
	}()
	select {
	case <-h.paused:
	case a := <-done:
		w.Fatalf("it never came to %q: %v", before, a.err)
	}
	return func() (services.Seen, error) {
		close(h.resume)
		a := <-done
		return a.seen, a.err
	}
}

func TestFreeSlotsOfAYearWithoutATable(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		w.clock.set(at("12-20 08:00"))
		f, err := w.schedules.Slots(w.ctx, lawyer.ID, schedule.Query{From: "2026-12-31", To: "2027-01-01", Channel: domain.Visit, Village: beifang})
		w.must(err)
		if got := fmt.Sprint(f.Missing); got != "[2027]" || len(f.Slots) != 12 {
			w.Errorf("%d slots, missing %s", len(f.Slots), got)
		}
		_, err = w.schedules.Slots(w.ctx, "nobody", schedule.Query{From: "2026-12-31", To: "2027-01-01"})
		w.refused(err, "not_found")
	})
}

package services_test

import (
	"fmt"
	"testing"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestWhoWaitsIsTold(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main), post(weili, domain.Main))
		wang := w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.pass()
		waiters := map[string]struct {
			req  services.WaitRequest
			want int
		}{
			"any":     {services.WaitRequest{}, 2},
			"inside":  {services.WaitRequest{From: "2026-11-25", To: "2026-11-26"}, 2},
			"before":  {services.WaitRequest{From: "2026-11-23", To: "2026-11-24"}, 0},
			"after":   {services.WaitRequest{From: "2026-11-27"}, 0},
			"channel": {services.WaitRequest{Channel: domain.Video}, 2},
			"village": {services.WaitRequest{Village: weili}, 0}, // the turns there are in the afternoon
		}
		people := map[string]domain.Actor{}
		for id, c := range waiters {
			people[id] = w.resident(id, "李四")
			c.req.Key, c.req.Advisor = "w", lawyer.ID
			if c.req.Village == "" {
				c.req.Village = beifang
			}
			_, err := w.waiting.Add(w.ctx, people[id], c.req)
			w.must(err)
		}
		// The one who frees the time waits as well, and is not told.
		_, err := w.waiting.Add(w.ctx, wang, services.WaitRequest{Key: "w", Advisor: lawyer.ID, Village: beifang})
		w.must(err)

		_, err = w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-26 09:00")}, "")
		w.must(err)
		w.pass()
		for id, c := range waiters {
			if got := w.toldOf(people[id], domain.NoticeFreed); got != c.want/2 {
				w.Errorf("%s: told %d times of a move", id, got)
			}
		}
		_, err = w.booking.Cancel(w.ctx, wang, seen.ID, "", "")
		w.must(err)
		w.pass()
		w.pass()
		for id, c := range waiters {
			if got := w.toldOf(people[id], domain.NoticeFreed); got != c.want {
				w.Errorf("%s: told %d times of a move and a cancellation, want %d", id, got, c.want)
			}
		}
		if got := w.toldOf(wang, domain.NoticeFreed); got != 0 {
			w.Errorf("who freed the time was told %d times", got)
		}
		list, err := w.notices.List(w.ctx, people["channel"], false, "", 1)
		w.must(err)
		if n := list.Items[0]; n.Channel != domain.Video || !n.Start.Equal(at("11-26 09:00")) || n.Advisor != lawyer.ID || n.Appointment != "" {
			w.Errorf("the notice: %+v", n)
		}
		w.settled()
	})
}

// A time that the rules no longer offer is not held out to those who wait.
func TestWhoWaitsIsNotToldOfAClosedTime(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang, li := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明"), w.resident("li", "李四")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		_, err := w.waiting.Add(w.ctx, li, services.WaitRequest{Key: "w", Advisor: lawyer.ID, Village: beifang})
		w.must(err)
		_, _, err = w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "k", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "出差"}, false)
		w.must(err)
		_, err = w.booking.Cancel(w.ctx, wang, seen.ID, "", "")
		w.must(err)
		w.settled()
		if got := w.toldOf(li, domain.NoticeFreed); got != 0 {
			w.Errorf("told %d times", got)
		}
	})
}

func TestStandingOnWaitingLists(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang, li := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明"), w.resident("li", "李四")
		for _, c := range []struct {
			req  services.WaitRequest
			want string
		}{
			{services.WaitRequest{Advisor: "nobody", Village: beifang}, "advisor:unknown"},
			{services.WaitRequest{Advisor: lawyer.ID, Village: weili}, "village:not_served"},
			{services.WaitRequest{Advisor: lawyer.ID, Village: beifang, Channel: "letter"}, "channel:unknown"},
			{services.WaitRequest{Advisor: lawyer.ID, Village: beifang, From: "2026-11-26", To: "2026-11-25"}, "to:bad_range"},
			{services.WaitRequest{Advisor: lawyer.ID, Village: beifang, From: "2026-11-20", To: "2026-11-22"}, "to:bad_range"},
		} {
			c.req.Key = "k"
			_, err := w.waiting.Add(w.ctx, wang, c.req)
			w.refused(err, c.want)
		}
		req := services.WaitRequest{Key: "k", Advisor: lawyer.ID, Village: beifang}
		first, err := w.waiting.Add(w.ctx, wang, req)
		w.must(err)
		if first.From != "2026-11-23" || first.To != "2026-12-23" || first.Advisor != lawyer.ID {
			w.Errorf("waits %+v", first)
		}
		w.clock.set(at("11-24 08:00"))
		again, err := w.waiting.Add(w.ctx, wang, req)
		w.must(err)
		if again.ID != first.ID || again.From != first.From {
			w.Errorf("sent twice: %+v", again)
		}
		other := req
		other.Channel = domain.Phone
		_, err = w.waiting.Add(w.ctx, wang, other)
		w.refused(err, "idempotency_reused")

		theirs, err := w.waiting.Add(w.ctx, li, req)
		w.must(err)
		w.refused(w.waiting.Remove(w.ctx, wang, theirs.ID), "not_found")
		w.must(w.waiting.Remove(w.ctx, wang, first.ID))
		w.refused(w.waiting.Remove(w.ctx, wang, first.ID), "not_found")
		list, err := w.waiting.List(w.ctx, wang)
		w.must(err)
		if len(list) != 0 {
			w.Errorf("still waits: %+v", list)
		}
		if list, err = w.waiting.List(w.ctx, li); err != nil || len(list) != 1 {
			w.Errorf("the other waits %d times: %v", len(list), err)
		}
	})
}

func TestHowManyListsOneMayStandOn(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		add := func(i int, to domain.Day) error {
			_, err := w.waiting.Add(w.ctx, wang, services.WaitRequest{Key: fmt.Sprint(i), Advisor: fmt.Sprintf("lawyer%d", i), Village: beifang, To: to})
			return err
		}
		for i := range 12 {
			w.advisor(fmt.Sprintf("lawyer%d", i), post(beifang, domain.Main))
		}
		for i := range 10 {
			w.must(add(i, domain.Day(fmt.Sprintf("2026-11-%d", 25+i%2))))
		}
		w.refused(add(10, "2026-12-01"), "too_many_waits")
		// Wishes that have passed make room.
		w.clock.set(at("11-26 08:00"))
		for i := range 2 {
			w.must(add(10+i, "2026-12-01"))
		}
		list, err := w.waiting.List(w.ctx, wang)
		w.must(err)
		if len(list) != 7 {
			w.Errorf("waits on %d lists, want 5 old and 2 new ones", len(list))
		}
	})
}

func TestWhoWaitsIsToldOfTimesThatAChangeBrings(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		wang, li := w.resident("wang", "王小明"), w.resident("li", "李四")
		leave, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "c", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "开庭"}, false)
		w.must(err)
		w.pass()
		_, err = w.waiting.Add(w.ctx, wang, services.WaitRequest{Key: "w", Advisor: lawyer.ID, Village: beifang, From: "2026-11-25", To: "2026-11-25"})
		w.must(err)
		_, err = w.waiting.Add(w.ctx, li, services.WaitRequest{Key: "w", Advisor: lawyer.ID, Village: beifang, From: "2026-11-26", To: "2026-11-26"})
		w.must(err)

		// A change that brings nothing that day tells nobody.
		notice := 60
		d, err := w.schedules.Schedule(w.ctx, lawyer)
		w.must(err)
		_, _, err = w.schedules.Replace(w.ctx, lawyer, services.ScheduleEdit{Edition: d.Edition, EarliestNotice: &notice}, false)
		w.must(err)
		w.pass()
		if got := w.toldOf(wang, domain.NoticeFreed); got != 0 {
			w.Errorf("told %d times of nothing", got)
		}

		w.must(w.schedules.Reopen(w.ctx, lawyer, leave.ID))
		w.pass()
		w.pass()
		if got, other := w.toldOf(wang, domain.NoticeFreed), w.toldOf(li, domain.NoticeFreed); got != 1 || other != 0 {
			w.Errorf("a leave taken back is told %d times, and %d times to who waits for another day", got, other)
		}
	})
}

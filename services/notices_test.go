package services_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestWhoIsToldWhat(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		first := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.pass()
		_, err := w.booking.Reschedule(w.ctx, wang, first.ID, services.Turn{Start: at("11-25 10:00")}, "")
		w.must(err)
		w.pass()
		_, err = w.booking.Cancel(w.ctx, lawyer, first.ID, "开庭", "")
		w.must(err)
		w.pass()
		w.equal("the resident", w.told(wang), "booked", "cancelled") // the move was their own
		w.equal("the advisor", w.told(lawyer), "booked", "changed")  // the cancellation was their own
		seen, err := w.booking.Appointment(w.ctx, wang, first.ID)
		w.must(err)
		if seen.Offer == nil || len(seen.Offer.Slots) != 3 {
			w.Error("whom the advisor cancelled is offered no other times")
		}
		if seen, err := w.booking.Appointment(w.ctx, lawyer, first.ID); err != nil || seen.Offer != nil {
			w.Errorf("the advisor is offered times: %v", err)
		}

		second := w.booked(wang, w.wish(lawyer, "11-25 11:00"))
		w.clock.set(at("11-25 11:00"))
		w.pass()
		_, err = w.booking.Complete(w.ctx, lawyer, second.ID, "")
		w.must(err)
		w.pass()
		if w.toldOf(wang, domain.NoticeRate) != 1 || w.toldOf(lawyer, domain.NoticeRate) != 0 {
			w.Error("the resident alone is asked to rate")
		}
		w.settled()
	})
}

func TestNoticesSayWhereAndWhenButNeverWhat(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		w.booked(wang, w.wish(lawyer, "11-25 09:00", aboutVillage, func(r *services.BookRequest) { r.Details = "很私密" }))
		w.pass()
		list, err := w.notices.List(w.ctx, wang, false, "", 10)
		w.must(err)
		if text := fmt.Sprintf("%+v", list); strings.Contains(text, "宅基地") || strings.Contains(text, "很私密") || strings.Contains(text, "王小明") {
			w.Errorf("a notice tells: %s", text)
		}
		n := list.Items[0]
		if !n.Start.Equal(at("11-25 09:00")) || !n.End.Equal(at("11-25 09:30")) || n.Village != beifang || n.Channel != domain.Visit || n.Advisor != lawyer.ID {
			w.Errorf("the notice: %+v", n)
		}
	})
}

// Whatever the relay derives twice is there once.
func TestPassingOnTwiceChangesNothing(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		office, li := w.staff(domain.TownStaff, "office", "110116101"), w.resident("li", "李四")
		_, err := w.waiting.Add(w.ctx, li, services.WaitRequest{Key: "w", Advisor: lawyer.ID, Village: beifang})
		w.must(err)
		var pointers []domain.Pointer
		keep := func() {
			for p, err := range w.data.Pending.All(w.ctx) {
				w.must(err)
				pointers = append(pointers, p)
			}
		}
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		keep()
		w.pass()
		_, err = w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("12-01 10:00")}, "")
		w.must(err)
		keep()
		w.pass()
		_, _, err = w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "k", From: at("12-01 00:00"), To: at("12-02 00:00"), Reason: "出差"}, false)
		w.must(err)
		keep()
		w.pass()
		_, err = w.booking.Cancel(w.ctx, office, seen.ID, "代为取消", "")
		w.must(err)
		keep()
		w.settled()
		before := w.derived()
		for round := range 3 {
			for i := range pointers {
				w.must(w.data.Pending.Insert(w.ctx, pointers[(i*3+round)%len(pointers)])) // in any order
			}
			w.settled()
			if after := w.derived(); after != before {
				w.Errorf("passed on again:\n%s\nbefore:\n%s", after, before)
			}
		}
	})
}

// derived tells all that the relay writes, revisions left out.
func (w *world) derived() string {
	w.Helper()
	out := map[string]int{}
	for d, err := range w.data.Inboxes.All(w.ctx) {
		w.must(err)
		for _, n := range d.Items {
			out["notice "+d.ID+" "+n.ID]++
		}
	}
	for d, err := range w.data.Journals.All(w.ctx) {
		w.must(err)
		for _, n := range d.Items {
			out["journal "+d.ID+" "+n.Appointment+" "+n.Start.UTC().String()]++
		}
	}
	for d, err := range w.data.Months.All(w.ctx) {
		w.must(err)
		for _, n := range d.Items {
			out[fmt.Sprintf("month %s %s %s %s", d.ID, n.Appointment, n.Start.UTC(), n.Status)]++
		}
	}
	for d, err := range w.data.Due.All(w.ctx) {
		w.must(err)
		for _, n := range d.Items {
			out["due "+d.ID+" "+n.ID]++
		}
	}
	for d, err := range w.data.Clients.All(w.ctx) {
		w.must(err)
		for _, n := range d.Names {
			out["client "+d.ID+" "+n]++
		}
	}
	for _, l := range w.audit() {
		out["audit "+l.ID]++
	}
	return strings.ReplaceAll(fmt.Sprint(out), " notice", "\nnotice")
}

func TestReadingNotices(t *testing.T) {
	each(t, func(w *world) {
		wang, li := w.resident("wang", "王小明"), w.resident("li", "李四")
		list, err := w.notices.List(w.ctx, wang, false, "", 20)
		w.must(err)
		if len(list.Items) != 0 || list.Unread != 0 || list.Next != "" {
			w.Errorf("an empty inbox: %+v", list)
		}
		w.refused(w.notices.Read(w.ctx, wang, "n1"), "not_found")
		const all = 260 // beyond two pages
		for i := range all {
			w.must(services.Notify(w.ctx, w.relay, "wang", domain.Notice{ID: fmt.Sprintf("n%d", i), At: morning.Add(time.Duration(i) * time.Minute)}))
			if i%20 == 0 { // told again
				w.must(services.Notify(w.ctx, w.relay, "wang", domain.Notice{ID: fmt.Sprintf("n%d", max(0, i-70))}))
			}
		}
		if got := w.inbox(wang, false); len(got) != all || got[0] != "n259" || got[all-1] != "n0" {
			w.Errorf("%d notices, from %v", len(got), got[:min(3, len(got))])
		}
		unread := func(want int) {
			w.Helper()
			list, err := w.notices.List(w.ctx, wang, false, "", 1)
			w.must(err)
			if list.Unread != want {
				w.Errorf("%d unread, want %d", list.Unread, want)
			}
		}
		unread(all)
		for _, id := range []string{"n259", "n130", "n3", "n3"} { // newest, middle, on the oldest page, and again
			w.must(w.notices.Read(w.ctx, wang, id))
		}
		unread(all - 3)
		if got := w.inbox(wang, true); len(got) != all-3 || got[0] != "n258" {
			w.Errorf("%d unread in the list, from %v", len(got), got[:min(3, len(got))])
		}
		w.refused(w.notices.Read(w.ctx, wang, "n999"), "not_found")
		w.refused(w.notices.Read(w.ctx, li, "n3"), "not_found") // another's
	})
}

func TestReadingAllNoticesUpToOne(t *testing.T) {
	each(t, func(w *world) {
		wang, li := w.resident("wang", "王小明"), w.resident("li", "李四")
		w.refused(w.notices.ReadUntil(w.ctx, wang, "n1"), "not_found")
		const all = 260 // beyond two pages
		for i := range all {
			w.must(services.Notify(w.ctx, w.relay, "wang", domain.Notice{ID: fmt.Sprintf("n%d", i), At: morning.Add(time.Duration(i) * time.Minute)}))
		}
		for _, c := range []struct {
			until  string
			unread int
		}{{"n3", all - 4}, {"n3", all - 4}, {"n130", all - 131}, {"n20", all - 131}, {"n255", 4}, {"n259", 0}} {
			w.must(w.notices.ReadUntil(w.ctx, wang, c.until))
			if got := w.inbox(wang, true); len(got) != c.unread || c.unread > 0 && got[0] != "n259" {
				w.Errorf("up to %s: %d are left unread, want %d", c.until, len(got), c.unread)
			}
		}
		w.must(services.Notify(w.ctx, w.relay, "wang", domain.Notice{ID: "n260", At: morning}))
		w.refused(w.notices.ReadUntil(w.ctx, wang, "n999"), "not_found")
		w.refused(w.notices.ReadUntil(w.ctx, li, "n3"), "not_found") // another's
		w.equal("what came after", w.inbox(wang, true), "n260")
	})
}

// A program that dies while it marks leaves nothing that the next does not mark.
func TestReadingAllNoticesUnderHarm(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		for i := range 260 {
			w.must(services.Notify(w.ctx, w.relay, "wang", domain.Notice{ID: fmt.Sprintf("n%d", i)}))
		}
		for after := 1; ; after++ {
			h := &harm{after: after, lost: after%2 == 0}
			if program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys).notices.ReadUntil(w.ctx, wang, "n250") == nil {
				break
			}
		}
		w.equal("unread", w.inbox(wang, true), "n259", "n258", "n257", "n256", "n255", "n254", "n253", "n252", "n251")
	})
}

// inbox reads a whole inbox by pages of 33.
func (w *world) inbox(who domain.Actor, unread bool) []string {
	w.Helper()
	var ids []string
	after := ""
	for range 100 {
		list, err := w.notices.List(w.ctx, who, unread, after, 33)
		w.must(err)
		for _, n := range list.Items {
			ids = append(ids, n.ID)
		}
		if after = list.Next; after == "" {
			return ids
		}
	}
	w.Fatal("the list has no end")
	return nil
}

// A page that was cut off half way in turning, again and again, loses nothing.
func TestTurningPagesUnderHarm(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		const all = 230
		for i := range all {
			n := domain.Notice{ID: fmt.Sprintf("n%d", i)}
			if i < 90 || i%50 > 5 {
				w.must(services.Notify(w.ctx, w.relay, "wang", n))
				continue
			}
			for after := 1; ; after++ { // killed after every operation, until it comes to an end
				h := &harm{after: after, lost: after%2 == 0}
				broken := services.NewRelay(h.data(w.data), w.clock.now, nil, time.Time{})
				if services.Notify(w.ctx, broken, "wang", n) == nil {
					break
				}
			}
		}
		got := w.inbox(wang, false)
		for i, id := range got {
			if want := fmt.Sprintf("n%d", all-1-i); id != want {
				w.Fatalf("item %d is %s, want %s", i, id, want)
			}
		}
		if len(got) != all {
			w.Errorf("%d items, want %d", len(got), all)
		}
	})
}

func TestReminders(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		w.booked(wang, w.wish(lawyer, "11-25 09:30"))
		w.pass()
		for _, c := range []struct{ now, want string }{
			{"11-24 17:59", "booked"},
			{"11-24 18:00", "booked day_before"},
			{"11-24 18:01", "booked day_before"},
			{"11-25 08:29", "booked day_before"},
			{"11-25 08:30", "booked day_before hour_before"},
			{"11-25 12:00", "booked day_before hour_before"},
		} {
			w.clock.set(at(c.now))
			w.pass()
			w.pass()
			for _, who := range []domain.Actor{wang, lawyer} {
				if got := strings.Join(w.told(who), " "); got != c.want {
					w.Errorf("%s at %s: %s, want %s", who.ID, c.now, got, c.want)
				}
			}
		}
		w.sound()
		for b, err := range w.data.Due.All(w.ctx) { // what is done is not kept
			w.must(err)
			w.Errorf("bucket %s is left with %d items", b.ID, len(b.Items))
		}
	})
}

func TestNoReminderOfWhatIsNoMore(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		gone, moved, soon := w.resident("gone", "王小明"), w.resident("moved", "李四"), w.resident("soon", "赵六")
		a := w.booked(gone, w.wish(lawyer, "11-25 09:00"))
		b := w.booked(moved, w.wish(lawyer, "11-25 10:00"))
		w.pass()
		_, err := w.booking.Cancel(w.ctx, gone, a.ID, "", "")
		w.must(err)
		_, err = w.booking.Reschedule(w.ctx, moved, b.ID, services.Turn{Start: at("11-27 10:00")}, "")
		w.must(err)
		w.pass()
		w.clock.set(at("11-24 20:00"))
		w.pass()
		w.booked(soon, w.wish(lawyer, "11-25 09:00")) // after the evening's reminder: none, but an hour before
		w.clock.set(at("11-25 10:30"))
		w.pass()
		w.equal("who cancelled", w.told(gone), "booked")
		w.equal("who moved", w.told(moved), "booked")
		w.clock.set(at("11-26 18:00"))
		w.pass()
		w.equal("who moved, the day before", w.told(moved), "booked", "day_before")
		if got := strings.Join(w.told(soon), " "); got != "booked" {
			w.Errorf("who booked in the evening, long after: %s", got)
		}
	})
}

func TestTheClockJumps(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang, li := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明"), w.resident("li", "李四")
		w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.booked(li, w.wish(lawyer, "12-10 09:00"))
		w.pass()
		// Days at once: what is past is not told any more, the rest is.
		w.clock.set(at("12-09 18:10"))
		w.pass()
		w.equal("of what is past", w.told(wang), "booked")
		w.equal("of what is ahead", w.told(li), "booked", "day_before")
		// Backwards: what is booked then is reminded of in its time, nothing twice.
		w.clock.set(at("12-01 08:00"))
		w.pass()
		w.booked(wang, w.wish(lawyer, "12-03 09:00"))
		w.pass()
		w.clock.set(at("12-02 18:00"))
		w.pass()
		w.equal("of what was booked after the jump back", w.told(wang), "booked", "booked", "day_before")
		w.clock.set(at("12-09 18:20"))
		w.pass()
		w.clock.set(at("12-10 08:00"))
		w.pass()
		w.equal("in its time, once", w.told(li), "booked", "day_before", "hour_before")
		// A pointer from the future does not stay for ever.
		w.clock.set(at("12-20 08:00"))
		w.booked(wang, w.wish(lawyer, "12-22 09:00"))
		w.clock.set(at("12-15 08:00"))
		w.settled()
	})
}

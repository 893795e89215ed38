package services_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestBookingInEveryChannel(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		for i, channel := range domain.Channels {
			who := w.resident(fmt.Sprintf("r%d", i), "王小明")
			req := w.wish(lawyer, fmt.Sprintf("11-%d 09:00", 24+i), by(channel), func(r *services.BookRequest) {
				r.Details, r.Address = " 邻居占了宅基地 ", "北房村 12 号"
			})
			seen := w.booked(who, req)
			if seen.Status != domain.Booked || seen.Channel != channel || !seen.End.Equal(req.Start.Add(30*time.Minute)) ||
				seen.Side != services.SideResident || !seen.Content || seen.Details.Reveal() != "邻居占了宅基地" {
				w.Errorf("%s: booked as %+v", channel, seen)
			}
			again, err := w.booking.Appointment(w.ctx, who, seen.ID)
			w.must(err)
			if again.Name.Reveal() != "王小明" || again.Topic.Reveal() != "宅基地" || again.Address.Reveal() != "北房村 12 号" {
				w.Errorf("%s: what was written is lost", channel)
			}
			w.equal("one's own list before the relay has run", w.lists(who, services.Filter{}), seen.ID)
			w.pass()
			w.equal("one's own list", w.lists(who, services.Filter{}), seen.ID)
			w.equal("told", w.told(who), "booked")
		}
		if got := w.toldOf(lawyer, domain.NoticeBooked); got != len(domain.Channels) {
			w.Errorf("the advisor was told %d times", got)
		}
		if got := len(w.lists(lawyer, services.Filter{})); got != len(domain.Channels) {
			w.Errorf("the advisor lists %d", got)
		}
		w.sound()
	})
}

func TestWhatIsWrongWithARequest(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		office := w.staff(domain.TownStaff, "office", "110116101")
		cases := []struct {
			what string
			who  domain.Actor
			req  func(*services.BookRequest)
			want string
		}{
			{"nothing at all", wang, func(r *services.BookRequest) { *r = services.BookRequest{} },
				"advisor:required village:bad_village start:required channel:unknown topic:required"},
			{"a visit at home without an address", wang, by(domain.Home), "address:required"},
			{"an address of spaces", wang, func(r *services.BookRequest) { r.Channel, r.Address = domain.Home, "  " }, "address:required"},
			{"an unknown channel", wang, by("letter"), "channel:unknown"},
			{"an unknown advisor", wang, func(r *services.BookRequest) { r.Advisor = "nobody" }, "advisor:unknown"},
			{"a village that is no code", wang, in("北房村"), "village:bad_village"},
			{"a village of other advisors", wang, in(weili), "village:not_served"},
			{"a village that does not exist", wang, in("999999999999"), "village:not_served"},
			{"a topic of 101 letters", wang, func(r *services.BookRequest) { r.Topic = strings.Repeat("事", 101) }, "topic:too_long"},
			{"details of 2001 letters", wang, func(r *services.BookRequest) { r.Details = strings.Repeat("事", 2001) }, "details:too_long"},
			{"a control letter", wang, func(r *services.BookRequest) { r.Details = "a\x00b" }, "details:too_long"},
			{"another party of 51 letters", wang, against(strings.Repeat("某", 51)), "other_party:too_long"},
			{"a neighbour without a proper name", wang, forNeighbour("J", "13900000001"), "for.name:bad_name"},
			{"a neighbour without a proper phone", wang, forNeighbour("李四", "12345"), "for.phone:bad_phone"},
			{"the office for itself", office, func(*services.BookRequest) {}, "for:required"},
			{"in an hour", wang, func(r *services.BookRequest) { r.Start = at("11-23 09:00") }, "start:too_soon"},
			{"yesterday", wang, func(r *services.BookRequest) { r.Start = at("11-22 09:00") }, "start:too_soon"},
			{"on the 31st day", wang, func(r *services.BookRequest) { r.Start = at("12-24 09:00") }, "start:too_far"},
			{"between two slots", wang, func(r *services.BookRequest) { r.Start = at("11-25 09:10") }, "start:not_offered"},
			{"in the evening", wang, func(r *services.BookRequest) { r.Start = at("11-25 20:00") }, "start:not_offered"},
		}
		for _, c := range cases {
			_, err := w.booking.Book(w.ctx, c.who, w.wish(lawyer, "11-25 09:00", c.req))
			if got := why(err); got != c.want {
				w.Errorf("%s: refused by %q, want %q", c.what, got, c.want)
			}
		}
		seen := w.booked(wang, w.wish(lawyer, "12-23 09:00"))
		w.equal("what was refused has left nothing", w.diary(lawyer), "12-23 09:00 visit")
		w.equal("in the list", w.lists(wang, services.Filter{}), seen.ID)
		w.settled()
	})
}

func TestWhoHasNotConsentedOrHasNoName(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		p, err := w.accounts.Login(w.ctx, "somebody")
		w.must(err)
		who := p.Actor()
		_, err = w.booking.Book(w.ctx, who, w.wish(lawyer, "11-25 09:00"))
		w.refused(err, "consent_required")

		_, err = w.accounts.Consent(w.ctx, who, "1999-01", false)
		w.refused(err, "version:unknown_version")
		_, err = w.accounts.Consent(w.ctx, who, services.PrivacyVersion, false)
		w.must(err)
		_, err = w.booking.Book(w.ctx, who, w.wish(lawyer, "11-25 09:00"))
		w.refused(err, "profile_incomplete")
		if e, ok := errors.AsType[*domain.Error](err); !ok || len(e.Fields) != 2 || e.Fields[0].Name != "name" || e.Fields[1].Name != "phone" {
			w.Errorf("the fields that are missing: %v", err)
		}

		name, number := "王小明", "13912345678"
		_, err = w.accounts.Amend(w.ctx, who, services.Amendment{Name: &name})
		w.must(err)
		_, err = w.booking.Book(w.ctx, who, w.wish(lawyer, "11-25 09:00"))
		w.refused(err, "profile_incomplete")
		_, err = w.accounts.Amend(w.ctx, who, services.Amendment{Phone: &number})
		w.must(err)
		w.booked(who, w.wish(lawyer, "11-25 09:00"))

		_, err = w.accounts.Consent(w.ctx, who, services.PrivacyVersion, true)
		w.must(err)
		_, err = w.booking.Book(w.ctx, who, w.wish(lawyer, "11-25 09:30"))
		w.refused(err, "consent_required")
		w.settled()
	})
}

func TestALostSlotComesWithOthers(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		w.booked(w.resident("wang", "王小明"), w.wish(lawyer, "11-25 09:30"))
		_, err := w.booking.Book(w.ctx, w.resident("li", "李四"), w.wish(lawyer, "11-25 09:30"))
		w.refused(err, "slot_taken")
		e, _ := errors.AsType[*domain.Error](err)
		var starts []string
		for _, s := range e.Offer.Slots {
			starts = append(starts, s.Start.In(domain.China).Format("01-02 15:04"))
		}
		w.equal("offered", starts, "11-25 09:00", "11-25 10:00", "11-25 10:30")
		w.settled()
	})
}

func TestNoMoreThanTwoOpenBookings(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		wang, li := w.resident("wang", "王小明"), w.resident("li", "李四")
		first := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		// The one whom it is for counts, not the one who books.
		w.booked(li, w.wish(lawyer, "11-25 09:30", forNeighbour("王小明", w.phoneOf("wang"))))
		_, err := w.booking.Book(w.ctx, wang, w.wish(lawyer, "11-25 10:00"))
		w.refused(err, "too_many_open")
		_, err = w.booking.Book(w.ctx, li, w.wish(lawyer, "11-25 10:00", forNeighbour("王小明", w.phoneOf("wang"))))
		w.refused(err, "too_many_open")
		w.booked(li, w.wish(lawyer, "11-25 10:00"))

		_, err = w.booking.Cancel(w.ctx, wang, first.ID, "", "")
		w.must(err)
		third := w.booked(wang, w.wish(lawyer, "11-25 10:30"))
		_, err = w.booking.Book(w.ctx, wang, w.wish(lawyer, "11-25 11:00"))
		w.refused(err, "too_many_open")

		w.clock.set(at("11-25 10:30"))
		_, err = w.booking.Complete(w.ctx, lawyer, third.ID, "")
		w.must(err)
		w.booked(wang, w.wish(lawyer, "11-26 09:00"))
		w.settled()
	})
}

func TestWhoMissedThreeTurnsIsHeld(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		office := w.staff(domain.TownStaff, "office", "110116101")
		for day := 24; day <= 26; day++ {
			seen := w.booked(wang, w.wish(lawyer, fmt.Sprintf("11-%d 09:00", day)))
			if seen.Status != domain.Booked {
				w.Fatalf("held after %d misses", day-24)
			}
			w.clock.set(seen.Start.Add(15 * time.Minute))
			_, err := w.booking.Miss(w.ctx, lawyer, seen.ID, domain.Resident, "", "")
			w.must(err)
			w.pass()
		}

		// Confirmed by the office, it stands.
		w.clock.set(at("11-27 08:00"))
		held := w.booked(wang, w.wish(lawyer, "11-30 09:00"))
		if held.Status != domain.Held || w.free(lawyer, "11-30 09:00") {
			w.Errorf("after three misses: %s, and the time is free: %v", held.Status, w.free(lawyer, "11-30 09:00"))
		}
		w.pass()
		if w.toldOf(office, domain.NoticeHeld) != 1 || w.toldOf(wang, domain.NoticeHeld) != 1 || w.toldOf(lawyer, domain.NoticeHeld) != 0 {
			w.Error("the office and the resident are to be told that it is held, the advisor is not")
		}
		confirmed, err := w.booking.Confirm(w.ctx, office, held.ID, "")
		w.must(err)
		if confirmed.Status != domain.Booked {
			w.Errorf("confirmed: %s", confirmed.Status)
		}
		w.pass()
		if w.toldOf(wang, domain.NoticeBooked) != 4 || w.toldOf(lawyer, domain.NoticeBooked) != 4 {
			w.Error("both are to be told that it stands")
		}

		// Not confirmed by its start, it lapses, and the time is free again.
		lapsing := w.booked(wang, w.wish(lawyer, "11-30 10:00"))
		w.pass()
		w.clock.set(at("11-30 09:59"))
		w.pass()
		if w.stored(lapsing.ID).Status != domain.Held {
			w.Error("it lapsed before its start")
		}
		w.clock.set(at("11-30 10:00"))
		w.settled()
		if a := w.stored(lapsing.ID); a.Status != domain.Cancelled || a.Events[1].By != "" {
			w.Errorf("at its start it is %s", a.Status)
		}
		if slices.Contains(w.diary(lawyer), "11-30 10:00 visit") {
			w.Error("its time is still taken")
		}
		if w.toldOf(wang, domain.NoticeCancelled) != 1 {
			w.Error("the resident is to be told that it lapsed")
		}
		_, err = w.booking.Confirm(w.ctx, office, lapsing.ID, "")
		w.refused(err, "wrong_status")

		// The resident may cancel what is held.
		given := w.booked(wang, w.wish(lawyer, "12-01 09:00"))
		_, err = w.booking.Cancel(w.ctx, wang, given.ID, "", "")
		w.must(err)

		// What the advisor missed does not count, and after 90 days nothing does.
		w.clock.set(at("12-01 08:00").Add(83 * 24 * time.Hour))
		w.booked(wang, func() services.BookRequest {
			r := w.wish(lawyer, "12-01 09:00")
			r.Start = at("12-02 09:00").Add(83 * 24 * time.Hour)
			return r
		}())
		w.clock.set(at("11-24 09:00").Add(90*24*time.Hour + time.Hour))
		seen := w.booked(wang, func() services.BookRequest {
			r := w.wish(lawyer, "11-24 09:00")
			r.Start = at("11-25 11:00").Add(90 * 24 * time.Hour)
			return r
		}())
		if seen.Status != domain.Booked {
			w.Errorf("when the first miss is 90 days old: %s", seen.Status)
		}
		w.settled()
	})
}

func TestAHeldBookingLapsesThoughTheRelayWasAway(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		w.missed(wang, 3)
		held := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.clock.set(at("11-28 09:00"))
		w.settled()
		if got := w.stored(held.ID).Status; got != domain.Cancelled {
			w.Errorf("days after its start it is %s", got)
		}
	})
}

// missed lets somebody have missed some turns, last week.
func (w *world) missed(who domain.Actor, n int) {
	w.Helper()
	_, err := w.data.Sheets.Upsert(w.ctx, who.ID, func(s *domain.Sheet) error {
		for i := range n {
			id := fmt.Sprintf("missed%d", i)
			a := domain.Appointment{Meta: domain.Meta{ID: id}, Status: domain.Missed, MissedBy: domain.Resident, Sheet: who.ID, Start: morning.Add(-7 * 24 * time.Hour)}
			a.Events = []domain.Event{{Seq: 1, Verb: domain.Confirm, Status: domain.Missed}} // of a kind that is not recorded
			w.must(w.data.Appointments.Insert(w.ctx, a))
			s.Misses = append(s.Misses, domain.MissedTurn{Appointment: id, At: a.Start})
		}
		return nil
	})
	w.must(err)
}

func TestTheSameRequestTwice(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		req := w.wish(lawyer, "11-25 09:00")
		first := w.booked(wang, req)
		same := func(when string) {
			w.Helper()
			again, err := w.booking.Book(w.ctx, wang, req)
			if err != nil || again.ID != first.ID {
				w.Errorf("%s: %q, %v; want %q", when, again.ID, err, first.ID)
			}
		}
		same("at once")
		w.settled()
		same("after the relay has run")

		other := req
		other.Start = at("11-25 10:00")
		_, err := w.booking.Book(w.ctx, wang, other)
		w.refused(err, "idempotency_reused")
		other = req
		other.Topic = "借款"
		_, err = w.booking.Book(w.ctx, wang, other)
		w.refused(err, "idempotency_reused")
		second := w.advisor("second", post(beifang, domain.StandIn))
		other = req
		other.Advisor = second.ID
		_, err = w.booking.Book(w.ctx, wang, other)
		w.refused(err, "idempotency_reused")
		w.equal("the other advisor's diary", w.diary(second))
		other = req
		other.For = &services.Beneficiary{Name: "李四", Phone: "13900000009"}
		_, err = w.booking.Book(w.ctx, wang, other)
		w.refused(err, "idempotency_reused")

		// Another person's key is another key.
		li := w.resident("li", "李四")
		theirs := req
		theirs.Start = at("11-25 10:00")
		if seen := w.booked(li, theirs); seen.ID == first.ID {
			w.Error("two people share an appointment")
		}

		_, err = w.booking.Reschedule(w.ctx, wang, first.ID, services.Turn{Start: at("11-26 09:00")}, "move")
		w.must(err)
		same("after it was moved")
		w.equal("the diary", w.diary(lawyer), "11-25 10:00 visit", "11-26 09:00 visit")
		_, err = w.booking.Cancel(w.ctx, wang, first.ID, "", "")
		w.must(err)
		same("after it was cancelled")
		w.settled()
		same("long after")
		w.equal("the diary", w.diary(lawyer), "11-25 10:00 visit")
		w.clock.set(at("11-27 09:00"))
		same("after its time")
		w.settled()
	})
}

// A refused request may be sent again with the same key: it has made nothing.
func TestARefusedRequestMayBeSentAgain(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		other := w.booked(w.resident("li", "李四"), w.wish(lawyer, "11-25 09:00"))
		req := w.wish(lawyer, "11-25 09:00")
		_, err := w.booking.Book(w.ctx, wang, req)
		w.refused(err, "slot_taken")
		_, err = w.booking.Cancel(w.ctx, lawyer, other.ID, "开庭", "")
		w.must(err)
		w.booked(wang, req)
		w.settled()
	})
}

func TestTwinsGetTheSameAnswer(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		for round := range 5 {
			who := w.resident(fmt.Sprintf("r%d", round), "王小明")
			req := w.wish(lawyer, fmt.Sprintf("11-%d 09:00", 24+round))
			ids := w.together(8, func(int) (services.Seen, error) { return w.booking.Book(w.ctx, who, req) })
			for _, id := range ids[1:] {
				if id != ids[0] || strings.HasPrefix(id, "!") {
					w.Errorf("twins were answered %v", ids)
				}
			}
		}
		// Twins that are refused are refused alike.
		rival := w.resident("rival", "李四")
		req := w.wish(lawyer, "11-24 09:00")
		ids := w.together(4, func(int) (services.Seen, error) { return w.booking.Book(w.ctx, rival, req) })
		w.equal("refused twins", ids, "!slot_taken", "!slot_taken", "!slot_taken", "!slot_taken")
		w.settled()
	})
}

// together does something n times at once, and answers the ids, or the reasons
// marked by "!".
func (w *world) together(n int, do func(i int) (services.Seen, error)) []string {
	w.Helper()
	answers := make([]string, n)
	start := make(chan struct{})
	done := make(chan struct{})
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			<-start
			seen, err := do(i)
			answers[i] = seen.ID
			if err != nil {
				answers[i] = "!" + why(err)
			}
		}()
	}
	close(start)
	for range n {
		<-done
	}
	return answers
}

func TestBookingGoesOnInAYearWithoutATable(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		district := w.staff(domain.DistrictKind, "district", "110116")
		w.clock.set(at("12-20 08:00"))
		req := w.wish(lawyer, "12-20 09:00")
		req.Start = time.Date(2027, 1, 1, 9, 0, 0, 0, domain.China)
		w.booked(wang, req)
		w.settled()
		w.pass()
		if w.toldOf(district, domain.NoticeCalendar) != 1 {
			w.Error("the district's office is to be told once that 2027 has no table")
		}
	})
}

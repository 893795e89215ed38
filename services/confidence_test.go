package services_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestBookingForANeighbour(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		helper, old := w.resident("helper", "王小明"), w.resident("old", "李大爷")
		seen := w.booked(helper, w.wish(lawyer, "11-25 09:00", forNeighbour(" 李大爷 ", w.phoneOf("old"))))
		a := w.stored(seen.ID)
		if a.Booker != "helper" || a.Resident != "old" || a.Name.Reveal() != "李大爷" || a.Sheet != "old" {
			w.Errorf("the booking does not name both: booker %s, resident %s, sheet %s", a.Booker, a.Resident, a.Sheet)
		}
		w.equal("the booker's list before the relay", w.lists(helper, services.Filter{}), seen.ID)
		w.equal("the neighbour's list before the relay", w.lists(old, services.Filter{}), seen.ID)
		w.pass()
		w.equal("the booker is told", w.told(helper), "booked")
		w.equal("the neighbour is told", w.told(old), "booked")
		theirs, err := w.booking.Appointment(w.ctx, old, seen.ID)
		w.must(err)
		if theirs.Side != services.SideResident || !theirs.Content {
			w.Error("whose phone is known to be theirs sees what it is about")
		}
		_, err = w.booking.Cancel(w.ctx, old, seen.ID, "", "")
		w.must(err)
		w.pass()
		w.equal("the booker is told", w.told(helper), "booked", "cancelled")
		w.equal("the neighbour knows", w.told(old), "booked")
		w.settled()
	})
}

func TestAPhoneThatWasOnlyTypedProvesNothing(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		helper, typed := w.resident("helper", "王小明"), w.resident("typed", "李四")
		_, err := w.data.People.Update(w.ctx, "typed", func(p *domain.Person) error { p.Verified = false; return nil })
		w.must(err)

		seen := w.booked(helper, w.wish(lawyer, "11-25 09:00", forNeighbour("李四", w.phoneOf("typed"))))
		w.pass()
		theirs, err := w.booking.Appointment(w.ctx, typed, seen.ID)
		w.must(err)
		if theirs.Content {
			w.Error("somebody who only typed a phone sees what another's booking is about")
		}
		w.equal("told", w.told(typed), "booked")
		_, err = w.booking.Cancel(w.ctx, typed, seen.ID, "", "")
		w.must(err)

		// A matter that concerns the village is not even there for them.
		hidden := w.booked(helper, w.wish(lawyer, "11-25 10:00", forNeighbour("李四", w.phoneOf("typed")), aboutVillage))
		w.pass()
		_, err = w.booking.Appointment(w.ctx, typed, hidden.ID)
		w.refused(err, "not_found")
		w.equal("told", w.told(typed), "booked")
		w.equal("listed", w.lists(typed, services.Filter{}), seen.ID)

		// What they book themselves they see.
		own := w.booked(typed, w.wish(lawyer, "11-25 11:00", aboutVillage))
		if !own.Content {
			w.Error("one's own booking hides what it is about")
		}
		w.settled()
	})
}

func TestANeighbourWhomNobodyKnows(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		helper, other := w.resident("helper", "王小明"), w.resident("other", "赵六")
		for _, start := range []string{"11-25 09:00", "11-25 09:30"} {
			seen := w.booked(helper, w.wish(lawyer, start, forNeighbour("钱五", "13700000005")))
			if a := w.stored(seen.ID); a.Resident != "" || a.Sheet == "" || a.Sheet == "helper" {
				w.Errorf("resident %q, sheet %q", a.Resident, a.Sheet)
			}
		}
		_, err := w.booking.Book(w.ctx, other, w.wish(lawyer, "11-25 10:00", forNeighbour("钱五", "13700000005")))
		w.refused(err, "too_many_open")
		w.booked(other, w.wish(lawyer, "11-25 10:00", forNeighbour("钱五", "13700000006")))
		w.settled()
	})
}

func TestTheOfficeBooksForSomebody(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		office, old := w.staff(domain.TownStaff, "office", "110116101"), w.resident("old", "李大爷")
		w.missed(old, 3)
		seen := w.booked(office, w.wish(lawyer, "11-25 09:00", forNeighbour("李大爷", w.phoneOf("old"))))
		if seen.Status != domain.Held || !seen.Content {
			w.Errorf("%s, content %v", seen.Status, seen.Content)
		}
		_, err := w.booking.Confirm(w.ctx, office, seen.ID, "")
		w.must(err)
		w.pass()
		audit := w.audit()
		if len(audit) != 2 || audit[0].Verb != "book" || audit[1].Verb != "confirm" || audit[0].By != "office" || audit[0].Kind != domain.TownStaff {
			w.Errorf("the audit trail: %+v", audit)
		}
	})
}

// audit answers the audit lines of the day.
func (w *world) audit() []domain.AuditLine {
	w.Helper()
	var lines []domain.AuditLine
	for page, err := range w.data.Audit.All(w.ctx) {
		w.must(err)
		lines = append(lines, page.Items...)
	}
	return lines
}

func TestWhatTheVillageSeesOfOthers(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		li := w.resident("li", "李四")
		village := []domain.Actor{w.villager(domain.Cadre, "cadre", beifang), w.villager(domain.Collaborator, "mediator", beifang)}
		next := w.villager(domain.Cadre, "next", weili)
		open := w.booked(wang, w.wish(lawyer, "11-25 09:00", against("张三")))
		secret := w.booked(li, w.wish(lawyer, "11-25 10:00", aboutVillage))
		w.pass()
		for _, who := range village {
			seen, err := w.booking.Appointment(w.ctx, who, open.ID)
			w.must(err)
			if seen.Side != services.SideVillage || seen.Content {
				w.Errorf("%s: side %q, content %v", who.Kind, seen.Side, seen.Content)
			}
			_, err = w.booking.Appointment(w.ctx, who, secret.ID)
			w.refused(err, "not_found")
			for _, verb := range []domain.Verb{domain.Cancel, domain.Reschedule, domain.Arrive, domain.Complete, domain.Miss, domain.Confirm} {
				_, err := w.do(who, secret.ID, verb)
				w.refused(err, "not_found")
				_, err = w.do(who, open.ID, verb)
				w.refused(err, "forbidden")
			}
			w.equal("the month", w.lists(who, services.Filter{}), open.ID)
			w.equal("November", w.lists(who, services.Filter{From: "2026-11-01", To: "2026-11-30"}), open.ID)
			if n := len(w.told(who)); n != 0 {
				w.Errorf("%s is told of others' bookings: %v", who.Kind, w.told(who))
			}
		}
		w.equal("the next village", w.lists(next, services.Filter{}))
		_, err := w.booking.Appointment(w.ctx, next, open.ID)
		w.refused(err, "not_found")

		// A cadre's own matter against the village is theirs to see.
		own := w.booked(village[0], w.wish(lawyer, "11-26 09:00", aboutVillage))
		w.pass()
		w.equal("the cadre's list", w.lists(village[0], services.Filter{}), own.ID, open.ID)
		w.equal("the mediator's list", w.lists(village[1], services.Filter{}), open.ID)
		// A move does not bring a hidden matter to light.
		_, err = w.booking.Reschedule(w.ctx, li, secret.ID, services.Turn{Start: at("12-02 10:00")}, "")
		w.must(err)
		w.settled()
		w.equal("the mediator's list", w.lists(village[1], services.Filter{From: "2026-12-01", To: "2026-12-30"}))
	})
}

func TestWhatTheOfficeSees(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		town, next := w.staff(domain.TownStaff, "town", "110116101"), w.staff(domain.TownStaff, "next", "110116102")
		district, other := w.staff(domain.DistrictKind, "district", "110116"), w.staff(domain.DistrictKind, "other", "110117")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00", aboutVillage))
		w.pass()
		for _, who := range []domain.Actor{town, district} {
			got, err := w.booking.Appointment(w.ctx, who, seen.ID)
			w.must(err)
			if got.Side != services.SideOffice || got.Content {
				w.Errorf("%s: side %q, content %v", who.ID, got.Side, got.Content)
			}
			w.equal("the office's list", w.lists(who, services.Filter{}), seen.ID)

			before := len(w.audit())
			_, err = w.booking.OpenMatter(w.ctx, who, seen.ID, "   ")
			w.refused(err, "purpose:required")
			if len(w.audit()) != before {
				w.Error("what was not opened is on the audit trail")
			}
			w.clock.add(time.Minute)
			opened, err := w.booking.OpenMatter(w.ctx, who, seen.ID, "核实投诉")
			w.must(err)
			if !opened.Content || opened.Topic.Reveal() != "宅基地" {
				w.Error("the matter is not opened")
			}
			lines := w.audit()
			if len(lines) != before+1 {
				w.Fatalf("%d audit lines, want one more than %d", len(lines), before)
			}
			line := lines[len(lines)-1]
			if line.By != who.ID || line.Subject != seen.ID || line.Purpose.Reveal() != "核实投诉" || !line.At.Equal(w.clock.now()) {
				w.Errorf("the audit line: %+v", line)
			}
		}
		for _, who := range []domain.Actor{next, other} {
			_, err := w.booking.Appointment(w.ctx, who, seen.ID)
			w.refused(err, "not_found")
			_, err = w.booking.OpenMatter(w.ctx, who, seen.ID, "核实投诉")
			w.refused(err, "not_found")
			_, err = w.booking.Cancel(w.ctx, who, seen.ID, "核实", "")
			w.refused(err, "not_found")
			w.equal("another office's list", w.lists(who, services.Filter{}))
		}
		for _, who := range []domain.Actor{wang, lawyer, w.villager(domain.Cadre, "cadre", beifang)} {
			_, err := w.booking.OpenMatter(w.ctx, who, seen.ID, "好奇")
			w.refused(err, "forbidden")
		}
	})
}

// If the audit line cannot be written, nothing is shown.
func TestNothingIsOpenedWithoutAnAuditLine(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		town := w.staff(domain.TownStaff, "town", "110116101")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		h := &harm{refuse: "audit"}
		broken := program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys)
		opened, err := broken.booking.OpenMatter(w.ctx, town, seen.ID, "核实投诉")
		if err == nil || opened.Content || opened.Topic != "" {
			w.Errorf("opened with error %v", err)
		}
	})
}

func TestTheConflictCheck(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main), post(zaixiang, domain.Main))
		single := w.advisor("single", post(zhuang, domain.Main))
		former := w.resident("former", "欧阳建国")
		w.booked(former, w.wish(lawyer, "11-25 09:00"))
		who := w.resident("wang", "王小明")
		for _, c := range []struct {
			advisor domain.Actor
			village string
			party   string
			hit     bool
		}{
			{lawyer, beifang, "北房村", true},
			{lawyer, beifang, "北房村委会", true},
			{lawyer, beifang, "北房村村委会", true},
			{lawyer, beifang, "北房村民委员会", true},
			{lawyer, beifang, "北房村村民委员会", true},
			{lawyer, beifang, "北房", true},
			{lawyer, beifang, " 北 房 村 ", true},
			{lawyer, beifang, "北房\u3000村委会", true},
			{lawyer, beifang, "北房镇北房村村委会", true},
			{lawyer, beifang, "北房村村委会主任", true},
			{lawyer, beifang, "北房村党支部书记", true},
			{lawyer, beifang, "宰相庄村", true}, // the other village that the advisor serves
			{lawyer, beifang, "韦里村", false}, // one of another advisor
			{lawyer, beifang, "北房中学", false},
			{lawyer, beifang, "张北房", false},
			{lawyer, beifang, "", false},
			{single, zhuang, "庄村委会", true},
			{single, zhuang, "庄村", true},
			{single, zhuang, "庄某", false}, // merely begins with the village's one letter
			{single, zhuang, "宰相庄村委会", false},
			{single, zhuang, "石家庄市某公司", false},
			{lawyer, beifang, "欧阳建国", true}, // who consulted the advisor
			{lawyer, beifang, "欧 阳 建国", true},
			{lawyer, beifang, "欧阳建国\u3000", true},
			{lawyer, beifang, "欧阳建", false},
			{single, zhuang, "欧阳建国", false}, // consulted another advisor
			{lawyer, beifang, "ＡＢＣ公司", false},
		} {
			req := w.wish(c.advisor, "11-26 09:00", in(c.village), against(c.party))
			seen, err := w.booking.Book(w.ctx, who, req)
			if hit := why(err) == "conflict_of_interest"; hit != c.hit || !hit && err != nil {
				w.Errorf("%s against %q: %v, want a hit: %v", c.advisor.ID, c.party, err, c.hit)
			}
			if err == nil {
				_, err = w.booking.Cancel(w.ctx, who, seen.ID, "", "")
				w.must(err)
			}
		}
		w.settled()
	})
}

func TestAFormerClientStaysOne(t *testing.T) {
	each(t, func(w *world) {
		lawyer, who := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		w.booked(w.resident("former", "Ａ·欧阳"), w.wish(lawyer, "11-25 09:00"))
		w.pass()
		w.clock.set(at("12-15 08:00")) // long dropped from the diary
		w.booked(w.resident("li", "李四"), w.wish(lawyer, "12-16 09:00"))
		if slices.Contains(w.diary(lawyer), "11-25 09:00 visit") {
			w.Error("what is three weeks past still lies in the diary")
		}
		for _, party := range []string{"Ａ·欧阳", "a·欧阳", "A · 欧阳"} {
			_, err := w.booking.Book(w.ctx, who, w.wish(lawyer, "12-17 09:00", against(party)))
			w.refused(err, "conflict_of_interest")
		}
		w.settled()
	})
}

func TestInsteadOfAConflictThereAreOthers(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		w.advisor("also", post(weili, domain.Main), post(beifang, domain.StandIn)) // serves the same village
		w.advisor("free", post(zaixiang, domain.Main))
		ended := post(zhuang, domain.Main)
		ended.To = "2026-11-01"
		w.advisor("ended", ended)
		who := w.resident("wang", "王小明")

		_, err := w.booking.Book(w.ctx, who, w.wish(lawyer, "11-25 09:00", against("北房村委会")))
		w.refused(err, "conflict_of_interest")
		e, _ := errors.AsType[*domain.Error](err)
		offer := e.Offer
		w.equal("offered", offer.Advisors, "free")
		if offer.Office != "110116101" {
			w.Errorf("the office offered: %q", offer.Office)
		}
		w.equal("nothing was taken", w.diary(lawyer))

		// Whoever has served the other party is not offered either.
		w.booked(w.resident("zhang", "张三"), w.wish(domain.Actor{ID: "free"}, "11-25 09:00", in(zaixiang)))
		w.booked(w.resident("zhang2", "张三"), w.wish(lawyer, "11-25 09:00"))
		_, err = w.booking.Book(w.ctx, who, w.wish(lawyer, "11-25 10:00", against("张三")))
		w.refused(err, "conflict_of_interest")
		w.equal("offered against a client of both", err.(*domain.Error).Offer.Advisors, "also")

		// What concerns the village is booked, and other villages' advisors are named.
		seen := w.booked(who, w.wish(lawyer, "11-25 10:00", aboutVillage))
		if seen.Offer == nil {
			w.Fatal("nobody is offered")
		}
		w.equal("offered where it concerns the village", seen.Offer.Advisors, "free")
		w.settled()
	})
}

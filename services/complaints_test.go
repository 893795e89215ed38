package services_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// bureau is who works in the offices of the tests.
type bureau struct{ town, desk, next, district, chief, elsewhere domain.Actor }

func (w *world) bureau() bureau {
	w.Helper()
	return bureau{
		w.staff(domain.TownStaff, "town", "110116101"), w.staff(domain.TownStaff, "desk", "110116101"), w.staff(domain.TownStaff, "next", "110116102"),
		w.staff(domain.DistrictKind, "district", "110116"), w.staff(domain.DistrictKind, "chief", "110116"), w.staff(domain.DistrictKind, "elsewhere", "110117"),
	}
}

// wrong is what people mostly complain of.
const wrong = "律师当面骂人，说我不懂法"

// filed files a complaint and fails the test if that is refused.
func (w *world) filed(who domain.Actor, req services.ComplaintRequest) services.SeenComplaint {
	w.Helper()
	if req.Key == "" {
		req.Key = "key " + strconv.FormatInt(w.keys.Add(1), 10)
	}
	if req.Text == "" {
		req.Text = wrong
	}
	seen, err := w.complain.File(w.ctx, who, req)
	if err != nil {
		w.Fatalf("%s cannot complain: %s", who.ID, why(err))
	}
	return seen
}

// complaints answers the ids in somebody's list, newest first.
func (w *world) complaints(who domain.Actor, f services.ComplaintFilter) []string {
	w.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	items, _, err := w.complain.List(w.ctx, who, f)
	w.must(err)
	var ids []string
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}

func TestAComplaintReachesWhoAnswersItAndNobodyElse(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang, li := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明"), w.resident("li", "李四")
		cadre, mediator := w.villager(domain.Cadre, "cadre", beifang), w.villager(domain.Collaborator, "mediator", beifang)
		b := w.bureau()
		id := w.finished(lawyer, wang, "11-23 11:00")
		c := w.filed(wang, services.ComplaintRequest{Appointment: id})
		if c.Advisor != lawyer.ID || c.Village != beifang || c.Area != "110116101" || c.Due != "2026-12-14" || c.Overdue || c.Can {
			w.Errorf("the complaint: advisor %s, village %s, area %s, due %s, overdue %v, can %v", c.Advisor, c.Village, c.Area, c.Due, c.Overdue, c.Can)
		}
		w.settled()
		owner, other := b.town, b.desk
		if c.Owner == b.desk.ID {
			owner, other = other, owner
		}
		if c.Owner != owner.ID {
			w.Fatalf("its owner is %q", c.Owner)
		}
		for _, who := range []domain.Actor{owner, b.district, b.chief} {
			seen, err := w.complain.Complaint(w.ctx, who, c.ID)
			w.must(err)
			if !seen.Can || seen.Text.Reveal() != wrong {
				w.Errorf("%s: can %v", who.ID, seen.Can)
			}
			w.equal("the list of "+who.ID, w.complaints(who, services.ComplaintFilter{}), c.ID)
		}
		w.equal("the complainant's list", w.complaints(wang, services.ComplaintFilter{}), c.ID)
		for _, who := range []domain.Actor{lawyer, li, cadre, mediator, other, b.next, b.elsewhere, {ID: lawyer.ID, Kind: domain.Resident}, {}} {
			_, err := w.complain.Complaint(w.ctx, who, c.ID)
			w.refused(err, "not_found")
			if services.May(who, services.ActAnswerComplaint) == nil {
				_, err = w.complain.Answer(w.ctx, who, c.ID, "查过了", domain.NotUpheld, "")
				w.refused(err, "not_found")
			}
			if services.May(who, services.ActComplaints) == nil {
				w.equal("the list of "+who.ID, w.complaints(who, services.ComplaintFilter{}))
			}
		}
		if w.toldOf(owner, domain.NoticeComplaint) != 1 || w.toldOf(other, domain.NoticeComplaint)+w.toldOf(b.district, domain.NoticeComplaint) != 0 {
			w.Error("its owner alone is told")
		}
		_, err := w.complain.Answer(w.ctx, owner, c.ID, "已约谈，律师道歉", domain.Partly, "k")
		w.must(err)
		w.settled()
		w.secretive("骂人", "约谈")
		for _, who := range []domain.Actor{lawyer, cadre, mediator} {
			for _, kind := range []domain.NoticeKind{domain.NoticeComplaint, domain.NoticeDeadline, domain.NoticeResolved} {
				if w.toldOf(who, kind) != 0 {
					w.Errorf("%s is told of it: %s", who.ID, kind)
				}
			}
		}
	})
}

// secretive fails the test if a word stands anywhere where it must not: in
// notices, audit lines, records, caseloads, appointments.
func (w *world) secretive(words ...string) {
	w.Helper()
	look := func(where string, thing any) {
		for _, word := range words {
			if strings.Contains(fmt.Sprintf("%+v", thing), word) {
				w.Errorf("%s tells %s", where, word)
			}
		}
	}
	for x, err := range w.data.Inboxes.All(w.ctx) {
		w.must(err)
		look("a notice", x)
	}
	for _, line := range w.audit() {
		look("the audit trail", line.Purpose.Reveal())
	}
	for x, err := range w.data.Records.All(w.ctx) {
		w.must(err)
		look("a record", x)
	}
	for x, err := range w.data.Caseloads.All(w.ctx) {
		w.must(err)
		look("a caseload", x)
	}
}

func TestAComplaintIsFiledOnce(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		w.bureau()
		req := services.ComplaintRequest{Key: "key", Text: " " + wrong + " "}
		first := w.filed(wang, req)
		w.clock.add(1e9)
		if again := w.filed(wang, req); again.ID != first.ID || !again.Created.Equal(first.Created) || again.Text.Reveal() != wrong {
			w.Error("sent again, it is another")
		}
		req.Text = "另一件事"
		_, err := w.complain.File(w.ctx, wang, req)
		w.refused(err, "idempotency_reused")
		w.pass()
		w.equal("the list", w.complaints(wang, services.ComplaintFilter{}), first.ID)
	})
}

func TestWhatAComplaintMayBeAbout(t *testing.T) {
	each(t, func(w *world) {
		lawyer, second := w.advisor("lawyer", post(beifang, domain.Main)), w.advisor("second", post(weili, domain.Main))
		wang, helper := w.resident("wang", "王小明"), w.resident("helper", "李四")
		cadre, b := w.villager(domain.Cadre, "cadre", beifang), w.bureau()
		stranger := w.person(domain.Person{Meta: domain.Meta{ID: "stranger"}, Kind: domain.Resident, Consents: []domain.Consent{{Version: services.PrivacyVersion}}})
		silent := w.person(domain.Person{Meta: domain.Meta{ID: "silent"}, Kind: domain.Resident, Village: beifang})
		own := w.finished(lawyer, helper, "11-23 11:00", forNeighbour("王小明", w.phoneOf("wang")))
		for i, c := range []struct {
			who  domain.Actor
			req  services.ComplaintRequest
			want string // "" = filed
			area string
		}{
			{wang, services.ComplaintRequest{Text: " \n"}, "text:required", ""},
			{wang, services.ComplaintRequest{Text: strings.Repeat("错", 2001)}, "text:too_long", ""},
			{silent, services.ComplaintRequest{Text: wrong}, "consent_required", ""},
			{stranger, services.ComplaintRequest{Text: wrong}, "profile_incomplete", ""},
			{wang, services.ComplaintRequest{Text: wrong, Appointment: "none"}, "appointment:unknown", ""},
			{stranger, services.ComplaintRequest{Text: wrong, Appointment: own}, "appointment:unknown", ""},
			{cadre, services.ComplaintRequest{Text: wrong, Appointment: own}, "appointment:unknown", ""},
			{b.next, services.ComplaintRequest{Text: wrong, Appointment: own}, "appointment:unknown", ""},
			{wang, services.ComplaintRequest{Text: wrong, Advisor: "none"}, "advisor:unknown", ""},
			{wang, services.ComplaintRequest{Text: wrong, Advisor: wang.ID}, "advisor:unknown", ""},
			{wang, services.ComplaintRequest{Text: wrong, Appointment: own, Advisor: second.ID}, "advisor:not_of_appointment", ""},
			{wang, services.ComplaintRequest{Text: wrong, Files: []string{"none"}}, "files:unknown_file", ""},
			{wang, services.ComplaintRequest{Text: wrong, Appointment: own, Advisor: lawyer.ID}, "", "110116101"},
			{helper, services.ComplaintRequest{Text: wrong, Appointment: own}, "", "110116101"},
			{wang, services.ComplaintRequest{Text: wrong, Advisor: second.ID}, "", "110116101"},
			{cadre, services.ComplaintRequest{Text: wrong, Advisor: lawyer.ID}, "", "110116101"},
			{wang, services.ComplaintRequest{Text: "司法所总没有人"}, "", "110116"},
			{b.town, services.ComplaintRequest{Text: "来电反映律师迟到", Appointment: own}, "", "110116101"},
			{b.town, services.ComplaintRequest{Text: "来电反映律师迟到", Advisor: lawyer.ID}, "", "110116101"},
			{b.town, services.ComplaintRequest{Text: "来电反映司法所态度"}, "", "110116"},
			{b.district, services.ComplaintRequest{Text: "来电反映律师迟到", Advisor: lawyer.ID}, "", "110116"},
		} {
			c.req.Key = strconv.Itoa(i)
			seen, err := w.complain.File(w.ctx, c.who, c.req)
			if got := why(err); got != c.want || seen.Area != c.area {
				w.Errorf("%d: %s complains %+v: %q and area %q, want %q and %q", i, c.who.ID, c.req, got, seen.Area, c.want, c.area)
			}
			if c.area == "" {
				continue
			}
			if seen.Owner == "" || seen.Owner == c.who.ID || strings.HasPrefix(seen.Owner, "next") || (c.area == "110116") != (seen.Owner == "district" || seen.Owner == "chief") {
				w.Errorf("%d: its owner is %q", i, seen.Owner)
			}
		}
		w.settled()
		if n := len(w.complaints(b.chief, services.ComplaintFilter{})); n != 9 {
			w.Errorf("the district sees %d", n)
		}
	})
}

func TestNobodyAnswersForThemselves(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		wang := w.resident("wang", "王小明")
		b := w.bureau()
		// The office booked it: that clerk is barred, whoever files.
		byTown := w.finished(lawyer, b.town, "11-23 11:00", forNeighbour("王小明", w.phoneOf("wang")))
		c := w.filed(wang, services.ComplaintRequest{Appointment: byTown})
		if c.Owner != "desk" {
			w.Errorf("its owner is %q", c.Owner)
		}
		_, err := w.complain.Complaint(w.ctx, b.town, c.ID)
		w.refused(err, "not_found")
		// Both of the town had a hand in it: somebody of the district owns it.
		w.clock.set(at("11-24 08:00"))
		both := w.booked(b.town, w.wish(lawyer, "11-25 11:00", forNeighbour("王小明", w.phoneOf("wang"))))
		_, err = w.booking.Cancel(w.ctx, b.desk, both.ID, "律师生病", "")
		w.must(err)
		w.pass()
		c = w.filed(wang, services.ComplaintRequest{Appointment: both.ID})
		if c.Owner != "district" && c.Owner != "chief" {
			w.Errorf("its owner is %q", c.Owner)
		}
		// Whoever filed one for somebody on the telephone sees it, and does not answer it.
		c = w.filed(b.district, services.ComplaintRequest{Appointment: byTown})
		if c.Owner != "desk" || c.Can {
			w.Errorf("its owner is %q, can %v", c.Owner, c.Can)
		}
		_, err = w.complain.Complaint(w.ctx, b.district, c.ID)
		w.must(err)
		_, err = w.complain.Answer(w.ctx, b.district, c.ID, "查过了", domain.NotUpheld, "")
		w.refused(err, "forbidden")
		w.settled()
		w.equal("the list of who filed it", w.complaints(b.district, services.ComplaintFilter{Limit: 1}), c.ID)
		if lines := w.audit(); lines[len(lines)-1].Verb != "complain" || lines[len(lines)-1].Subject != c.ID {
			w.Errorf("the audit trail ends with %+v", lines[len(lines)-1])
		}
		// Where nobody is left, all of the district who may are told and may answer.
		moved := func(p *domain.Person) error { p.Area = "110116102"; return nil }
		for _, id := range []string{"town", "desk", "district", "chief"} {
			_, err := w.data.People.Update(w.ctx, id, moved)
			w.must(err)
		}
		c = w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID})
		if c.Owner != "" {
			w.Errorf("its owner is %q", c.Owner)
		}
		for _, who := range []domain.Actor{b.district, b.chief} {
			list, err := w.notices.List(w.ctx, who, false, "", 1)
			w.must(err)
			if n := list.Items[0]; n.Kind != domain.NoticeComplaint || n.Complaint != c.ID {
				w.Errorf("%s is told last: %+v", who.ID, n)
			}
		}
		_, err = w.complain.Answer(w.ctx, b.chief, c.ID, "查过了", domain.NotUpheld, "")
		w.must(err)
		w.settled()
	})
}

func TestAComplaintIsAnsweredOnce(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		b := w.bureau()
		c := w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID})
		general := w.filed(wang, services.ComplaintRequest{Text: "没有人接电话"})
		_, err := w.complain.Answer(w.ctx, wang, c.ID, "我自己答", domain.Upheld, "")
		w.refused(err, "forbidden")
		_, err = w.complain.Answer(w.ctx, b.district, c.ID, " ", "maybe", "")
		w.refused(err, "text:required outcome:unknown")
		w.clock.set(at("11-26 10:00"))
		for range 2 {
			seen, err := w.complain.Answer(w.ctx, b.district, c.ID, "已约谈律师 ", domain.Upheld, "k")
			w.must(err)
			if a := seen.Answer; a == nil || a.Text.Reveal() != "已约谈律师" || a.Outcome != domain.Upheld || a.By != "district" || seen.Can || seen.Edition != 2 {
				w.Fatalf("the answer: %+v, can %v, edition %d", a, seen.Can, seen.Edition)
			}
		}
		_, err = w.complain.Answer(w.ctx, b.district, c.ID, "改主意了", domain.NotUpheld, "k")
		w.refused(err, "idempotency_reused")
		_, err = w.complain.Answer(w.ctx, b.chief, c.ID, "改主意了", domain.NotUpheld, "k")
		w.refused(err, "answered_already")
		_, err = w.complain.Answer(w.ctx, b.district, c.ID, "已约谈律师", domain.Upheld, "")
		w.refused(err, "answered_already")
		_, err = w.complain.Answer(w.ctx, b.chief, general.ID, "已加一部电话", domain.Partly, "k")
		w.must(err)
		w.settled()
		w.equal("the advisor's chain", w.chain(lawyer), "complaint")
		page, err := w.data.Records.Get(w.ctx, "lawyer|1")
		w.must(err)
		if r := page.Items[0]; r.Codes["outcome"] != "upheld" || r.Numbers["days"] != 3 || r.Ref != c.ID {
			w.Errorf("the record: %+v", r)
		}
		if w.toldOf(wang, domain.NoticeResolved) != 2 {
			w.Errorf("the complainant is told %v", w.told(wang))
		}
		seen, err := w.complain.Complaint(w.ctx, wang, c.ID)
		w.must(err)
		if seen.Answer == nil {
			w.Error("the complainant sees no answer")
		}
		lines := w.audit()
		if n := len(lines); n != 2 || lines[0].Verb != "answer_complaint" || lines[0].By != "district" || lines[0].Subject != c.ID {
			w.Errorf("the audit trail: %+v", lines)
		}
	})
}

func TestFiveOpenComplaintsAreEnough(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		b := w.bureau()
		var ids []string
		for range 5 {
			ids = append(ids, w.filed(wang, services.ComplaintRequest{}).ID)
		}
		req := services.ComplaintRequest{Key: "sixth", Text: wrong}
		_, err := w.complain.File(w.ctx, wang, req)
		w.refused(err, "too_many_complaints")
		_, err = w.complain.Answer(w.ctx, b.chief, ids[2], "查过了", domain.NotUpheld, "")
		w.must(err)
		w.filed(wang, req)
		for range 7 {
			w.filed(b.town, services.ComplaintRequest{Text: "来电反映"})
		}
		w.pass()

		yes, no := true, false
		w.equal("answered", w.complaints(wang, services.ComplaintFilter{Open: &no}), ids[2])
		if n := len(w.complaints(wang, services.ComplaintFilter{Open: &yes})); n != 5 {
			w.Errorf("%d are open", n)
		}
		var pages [][]string
		var all []string
		for after := ""; ; {
			items, next, err := w.complain.List(w.ctx, b.chief, services.ComplaintFilter{Open: &yes, After: after, Limit: 5})
			w.must(err)
			var page []string
			for _, it := range items {
				page = append(page, it.ID)
			}
			pages, all = append(pages, page), append(all, page...)
			if after = next; next == "" {
				break
			}
			if next != page[4] {
				w.Errorf("the next page is after %s, not after the last", next)
			}
		}
		if len(pages) != 3 || len(all) != 12 || !slices.Equal(all, w.complaints(b.chief, services.ComplaintFilter{Open: &yes})) {
			w.Errorf("the pages: %v", pages)
		}
	})
}

// fallsDue answers the subjects of what falls due at a time.
func (w *world) fallsDue(when string) []string {
	w.Helper()
	b, err := w.data.Due.Get(w.ctx, strings.Replace("2026-"+when, " ", "T", 1))
	w.must(err)
	var subjects []string
	for _, d := range b.Items {
		subjects = append(subjects, d.Subject)
	}
	return subjects
}

// The relay passes a filing and an answer on as often as it likes.
func TestPassingAComplaintOnTwice(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		clerk := w.staff(domain.TownStaff, "clerk", "110116101")
		c := w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID})
		_, err := w.complain.Answer(w.ctx, clerk, c.ID, "查过了", domain.NotUpheld, "")
		w.must(err)
		w.settled()
		before := w.derived()
		for range 2 {
			for edition := range int64(2) {
				w.must(w.data.Pending.Insert(w.ctx, domain.Pointer{Meta: domain.Meta{ID: fmt.Sprintf("again %d", edition)}, Kind: "complaint", Subject: c.ID,
					Edition: edition, At: w.clock.now()}))
			}
			w.settled()
		}
		if after := w.derived(); after != before {
			w.Errorf("passed on again:\n%s\nbefore:\n%s", after, before)
		}
		w.equal("the chain", w.chain(lawyer), "complaint")
		w.equal("the list", w.complaints(clerk, services.ComplaintFilter{}), c.ID)
	})
}

package services_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// served books a visit to 北房村 and lets its time come.
func (w *world) served(lawyer, who domain.Actor, start string) string {
	w.Helper()
	seen := w.booked(who, w.wish(lawyer, start))
	w.pass()
	w.clock.set(at(start).Add(31 * 60e9))
	return seen.ID
}

// lecture is an hour's lecture in 北房村.
func lecture(start string, with ...string) services.LogEdit {
	return services.LogEdit{Village: beifang, Mode: domain.Fixed, Duty: domain.Publicity, Start: at(start), End: at(start).Add(60 * 60e9),
		Counters: &domain.Counters{40}, With: with, Content: "讲民法典婚姻家庭编"}
}

// logged enters a log and fails the test if that is refused.
func (w *world) logged(lawyer domain.Actor, e services.LogEdit, more ...func(*services.LogRequest)) services.SeenLog {
	w.Helper()
	req := services.LogRequest{Key: "key " + strconv.FormatInt(w.keys.Add(1), 10), Edit: e}
	for _, m := range more {
		m(&req)
	}
	seen, err := w.logs.Write(w.ctx, lawyer, req)
	if err != nil {
		w.Fatalf("%s cannot log: %s", lawyer.ID, why(err))
	}
	return seen
}

// chain answers the kinds of somebody's records, oldest first.
func (w *world) chain(who domain.Actor) []string {
	w.Helper()
	var kinds []string
	for n := 1; ; n++ {
		page, err := w.data.Records.Get(w.ctx, who.ID+"|"+strconv.Itoa(n))
		if err != nil {
			return kinds
		}
		for _, r := range page.Items {
			kinds = append(kinds, string(r.Kind))
		}
	}
}

// ledgers answers the rows of all ledgers: "owner|2026-11 service".
func (w *world) ledgers() []string {
	w.Helper()
	var all []string
	for l, err := range w.data.Ledgers.All(w.ctx) {
		w.must(err)
		for _, r := range l.Rows {
			all = append(all, l.ID+" "+string(r.Kind))
		}
	}
	slices.Sort(all)
	return all
}

func (w *world) tally(who domain.Actor, advisor, village, month string) domain.Tally {
	w.Helper()
	all, err := w.tallies.Months(w.ctx, who, advisor, village, month, month)
	w.must(err)
	return all[0]
}

func verbs(can []domain.LogVerb) string {
	var all []string
	for _, v := range can {
		all = append(all, string(v))
	}
	return strings.Join(all, " ")
}

func TestALogInTwoTaps(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		cadre := w.villager(domain.Cadre, "cadre", beifang)
		w.listed(beifang, cadre)
		id := w.served(lawyer, wang, "11-23 11:00")
		req := services.LogRequest{Key: "k", Appointment: id, Note: "他说的是书记的亲戚"}
		seen, err := w.logs.Write(w.ctx, lawyer, req)
		w.must(err)
		v := seen.Now()
		if v.Mode != domain.Fixed || v.Duty != domain.Consultation || !v.Start.Equal(at("11-23 11:00")) || v.Counters[domain.Consultations] != 1 || v.Village != beifang {
			t.Errorf("not what follows from the appointment: %+v", v)
		}
		if w.stored(id).Status != domain.Done {
			t.Error("the appointment is not done")
		}
		w.equal("its list", w.logIDs(lawyer, services.LogFilter{}), seen.ID)
		again, err := w.logs.Write(w.ctx, lawyer, req)
		w.must(err)
		if again.ID != seen.ID || len(again.Versions) != 1 {
			t.Error("sent again, it was written again")
		}
		req.Key, req.Note = "other", ""
		_, err = w.logs.Write(w.ctx, lawyer, req)
		w.refused(err, "logged_already")

		w.equal("the cadre is asked", w.told(cadre), "service_logged")
		w.equal("the cadre's list", w.logIDs(cadre, services.LogFilter{}), seen.ID)
		byCadre, err := w.logs.Log(w.ctx, cadre, seen.ID)
		w.must(err)
		if byCadre.Content || byCadre.Own || byCadre.Side != services.SideVillage || verbs(byCadre.Can) != "confirm dispute" {
			t.Errorf("the cadre sees %+v", byCadre)
		}
		_, err = w.logs.Confirm(w.ctx, cadre, seen.ID, 0, "c")
		w.must(err)
		_, err = w.logs.Confirm(w.ctx, cadre, seen.ID, 0, "c")
		w.must(err)
		_, err = w.logs.Confirm(w.ctx, cadre, seen.ID, 0, "d")
		w.refused(err, "log_status")
		_, err = w.logs.Confirm(w.ctx, lawyer, seen.ID, 0, "e")
		w.refused(err, "forbidden")

		w.settled()
		w.equal("the chain", slices.Sorted(slices.Values(w.chain(lawyer))), "booked", "completed", "confirmed", "service")
		want := domain.Tally{Month: "2026-11", OnSiteMinutes: 30, Visits: 1, Services: 1, Counters: domain.Counters{domain.Consultations: 1}, Bookings: 1, Completed: 1}
		if diff := cmp.Diff(want, w.tally(lawyer, "lawyer", "", "2026-11")); diff != "" {
			t.Error(diff)
		}
		town := w.staff(domain.TownStaff, "town", "110116101")
		if diff := cmp.Diff(want, w.tally(town, "", beifang, "2026-11")); diff != "" {
			t.Error(diff)
		}
	})
}

// listed enters somebody on the list of a village's people.
func (w *world) listed(village string, who domain.Actor) {
	w.Helper()
	_, err := w.data.Offices.Upsert(w.ctx, village, func(o *domain.Office) error { o.Staff = append(o.Staff, who.ID); return nil })
	w.must(err)
}

func (w *world) logIDs(who domain.Actor, f services.LogFilter) []string {
	w.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	items, _, err := w.logs.List(w.ctx, who, f)
	w.must(err)
	var ids []string
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}

func TestWhatConcernsTheVillageStaysFromIt(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		cadre := w.villager(domain.Cadre, "cadre", beifang)
		w.listed(beifang, cadre)
		town := w.staff(domain.TownStaff, "town", "110116101")
		seen := w.booked(wang, w.wish(lawyer, "11-23 11:00", aboutVillage))
		w.pass()
		w.clock.set(at("11-23 11:31"))
		log := w.logged(lawyer, services.LogEdit{}, func(r *services.LogRequest) { r.Appointment = seen.ID })
		walkIn := lecture("11-23 10:00")
		walkIn.ConcernsVillage = true
		other := w.logged(lawyer, walkIn)

		w.equal("the cadre is told nothing", w.told(cadre))
		w.equal("the cadre's list", w.logIDs(cadre, services.LogFilter{}))
		for _, id := range []string{log.ID, other.ID} {
			for _, do := range []func() error{
				func() error { _, err := w.logs.Log(w.ctx, cadre, id); return err },
				func() error { _, err := w.logs.Confirm(w.ctx, cadre, id, 0, ""); return err },
				func() error { _, err := w.logs.Dispute(w.ctx, cadre, id, 0, "没来", ""); return err },
			} {
				w.refused(do(), "not_found")
			}
		}
		w.equal("the office is asked where there is no resident", w.told(town), "service_logged")
		if w.toldOf(wang, domain.NoticeLogged) != 1 {
			t.Error("the resident is not asked")
		}
		byWang, err := w.logs.Confirm(w.ctx, wang, log.ID, 0, "")
		w.must(err)
		if byWang.Status != domain.Confirmed || !byWang.Content || byWang.Own {
			t.Errorf("the resident sees %+v", byWang)
		}
		// A correction cannot take the word back: it would open the log to the village.
		plain := lecture("11-23 10:00")
		corrected, err := w.logs.Correct(w.ctx, lawyer, other.ID, services.LogCorrection{Version: 1, Reason: "改字", Edit: plain})
		w.must(err)
		if !corrected.Now().ConcernsVillage {
			t.Error("it no longer concerns the village")
		}
		w.settled()
	})
}

func TestWhoSeesALog(t *testing.T) {
	each(t, func(w *world) {
		lawyer, second := w.advisor("lawyer", post(beifang, domain.Main)), w.advisor("second", post(weili, domain.Main))
		helper := w.villager(domain.Collaborator, "helper", beifang)
		seen := w.logged(lawyer, lecture("11-22 15:00", second.ID, helper.ID), func(r *services.LogRequest) { r.Note = "只给自己看" })
		for _, tt := range []struct {
			who                domain.Actor
			side               services.Side
			content, own, list bool
			can                string
		}{
			{lawyer, services.SideAdvisor, true, true, true, "correct"},
			{second, services.SidePartner, true, false, true, "dispute"},
			{helper, services.SidePartner, true, false, true, "dispute"},
			{w.staff(domain.TownStaff, "town", "110116101"), services.SideOffice, true, false, true, "confirm dispute correct"},
			{w.staff(domain.DistrictKind, "district", "110116"), services.SideOffice, true, false, true, "confirm dispute correct"},
			{w.villager(domain.Cadre, "cadre", beifang), services.SideVillage, false, false, true, "confirm dispute"},
			{w.villager(domain.Cadre, "elsewhere", weili), services.SideNone, false, false, false, ""},
			{w.staff(domain.TownStaff, "yanqi", "110116102"), services.SideNone, false, false, false, ""},
			{w.advisor("third", post(beifang, domain.StandIn)), services.SideNone, false, false, false, ""},
		} {
			got, err := w.logs.Log(w.ctx, tt.who, seen.ID)
			if tt.side == services.SideNone {
				w.refused(err, "not_found")
			} else if err != nil || got.Side != tt.side || got.Content != tt.content || got.Own != tt.own || verbs(got.Can) != tt.can {
				t.Errorf("%s: %v, side %s, content %v, note %v, can %q", tt.who.ID, err, got.Side, got.Content, got.Own, verbs(got.Can))
			}
			if listed := len(w.logIDs(tt.who, services.LogFilter{})) == 1; listed != tt.list {
				t.Errorf("%s: in the list %v", tt.who.ID, listed)
			}
		}
		w.equal("each who served has it in the chain", append(w.chain(second), w.chain(helper)...), "service", "service")
		w.settled()
	})
}

func TestALogIsHeldToTheRules(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		cadre := w.villager(domain.Cadre, "cadre", beifang)
		town := w.staff(domain.TownStaff, "town", "110116101")
		for _, tt := range []struct {
			name string
			who  domain.Actor
			req  func(*services.LogRequest)
			want string
		}{
			{"nothing", lawyer, func(r *services.LogRequest) { r.Edit = services.LogEdit{} }, "mode:required duty:required start:required end:required content:required village:required"},
			{"another village", lawyer, func(r *services.LogRequest) { r.Edit.Village = weili }, "village:not_served"},
			{"no village", lawyer, func(r *services.LogRequest) { r.Edit.Village = "北房" }, "village:bad_village"},
			{"no mode of ours", lawyer, func(r *services.LogRequest) { r.Edit.Mode = "tele" }, "mode:unknown"},
			{"it ends before it begins", lawyer, func(r *services.LogRequest) { r.Edit.End = r.Edit.Start }, "end:bad_range"},
			{"it lies ahead", lawyer, func(r *services.LogRequest) { r.Edit.Start, r.Edit.End = at("11-23 08:00"), at("11-23 08:06") }, "end:future"},
			{"too long ago", lawyer, func(r *services.LogRequest) {
				r.Edit.Start, r.Edit.End = at("11-01 08:00").AddDate(-2, 0, 0), at("11-01 09:00").AddDate(-2, 0, 0)
			}, "start:too_old village:not_served"},
			{"a counter below nothing", lawyer, func(r *services.LogRequest) { r.Edit.Counters = &domain.Counters{-1} }, "counters.lecture_people:out_of_range"},
			{"a key group twice", lawyer, func(r *services.LogRequest) { r.Edit.Groups = []domain.KeyGroup{"minor", "minor"} }, "groups:repeated"},
			{"together with a cadre", lawyer, func(r *services.LogRequest) { r.Edit.With = []string{cadre.ID} }, "with:unknown"},
			{"together with oneself", lawyer, func(r *services.LogRequest) { r.Edit.With = []string{lawyer.ID} }, "with:unknown"},
			{"together with nobody", lawyer, func(r *services.LogRequest) { r.Edit.With = []string{"ghost"} }, "with:unknown"},
			{"a file of nobody", lawyer, func(r *services.LogRequest) { r.Edit.Files = []string{"ghost"} }, "files:unknown_file"},
			{"a station for a lecture", lawyer, func(r *services.LogRequest) { r.Edit.Village, r.Edit.Town = "", "110116101" }, "village:required"},
			{"another town's station", lawyer, func(r *services.LogRequest) {
				r.Edit.Village, r.Edit.Town, r.Edit.Mode = "", "110116102", domain.Station
			}, "town:not_served"},
			{"a cadre", cadre, func(*services.LogRequest) {}, "forbidden"},
			{"the office without a reason", town, func(*services.LogRequest) {}, "advisor:required reason:required"},
			{"the office with a private note", town, func(r *services.LogRequest) { r.Advisor, r.Reason, r.Note = lawyer.ID, "补录", "x" }, "note:advisor_only"},
			{"somebody's appointment", lawyer, func(r *services.LogRequest) { r.Appointment = "ghost" }, "appointment:unknown"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				req := services.LogRequest{Key: "k " + tt.name, Edit: lecture("11-22 15:00")}
				tt.req(&req)
				if _, err := w.logs.Write(w.ctx, tt.who, req); why(err) != tt.want {
					t.Errorf("%s, want %s", why(err), tt.want)
				}
			})
		}
		w.equal("nothing was written", w.ledgers())
		w.settled()
	})
}

func TestATownsStation(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		town := w.staff(domain.TownStaff, "town", "110116101")
		e := lecture("11-22 13:00")
		e.Village, e.Town, e.Mode = "", "110116101", domain.Station
		seen := w.logged(lawyer, e)
		w.equal("the office is asked", w.told(town), "service_logged")
		w.equal("the office's list", w.logIDs(town, services.LogFilter{}), seen.ID)
		w.equal("the ledgers", w.ledgers(), "110116101|2026-11 service", "lawyer|2026-11 service")
		w.settled()
	})
}

func TestAMonthIsClosed(t *testing.T) {
	each(t, func(w *world) {
		lawyer, cadre := w.advisor("lawyer", post(beifang, domain.Main)), w.villager(domain.Cadre, "cadre", beifang)
		town := w.staff(domain.TownStaff, "town", "110116101")
		seen := w.logged(lawyer, lecture("11-22 15:00"))
		correct := func(who domain.Actor, version int) error {
			_, err := w.logs.Correct(w.ctx, who, seen.ID, services.LogCorrection{Version: version, Reason: "人数记错", Edit: services.LogEdit{Counters: &domain.Counters{41}}})
			return err
		}
		w.clock.set(at("12-10 23:59"))
		w.must(correct(lawyer, 1))
		w.clock.set(at("12-11 00:00"))
		w.refused(correct(lawyer, 2), "month_closed")
		_, err := w.logs.Write(w.ctx, lawyer, services.LogRequest{Key: "late", Edit: lecture("11-21 15:00")})
		w.refused(err, "month_closed")
		_, err = w.logs.Confirm(w.ctx, cadre, seen.ID, 0, "")
		w.refused(err, "month_closed")
		w.must(correct(town, 2))
		if now, err := w.logs.Log(w.ctx, lawyer, seen.ID); err != nil || now.Status != domain.Confirmed || len(now.Versions) != 3 || verbs(now.Can) != "" {
			t.Errorf("%v: %+v", err, now)
		}
		w.equal("the advisor is told", w.told(lawyer), "service_settled")
		late, err := w.logs.Write(w.ctx, town, services.LogRequest{Key: "late", Advisor: lawyer.ID, Reason: "顾问住院,凭纸质记录补录", Edit: lecture("11-21 15:00")})
		w.must(err)
		if late.Advisor != lawyer.ID || late.Side != services.SideOffice {
			t.Errorf("%+v", late)
		}

		// A district may keep its months open longer.
		_, err = w.data.Offices.Upsert(w.ctx, "110116", func(o *domain.Office) error { o.MonthGrace = 20; return nil })
		w.must(err)
		w.must(correct(lawyer, 3))
		w.settled()
	})
}

func TestACorrectionIsANewVersion(t *testing.T) {
	each(t, func(w *world) {
		lawyer, cadre := w.advisor("lawyer", post(beifang, domain.Main)), w.villager(domain.Cadre, "cadre", beifang)
		seen := w.logged(lawyer, lecture("11-22 15:00"))
		_, err := w.logs.Confirm(w.ctx, cadre, seen.ID, 0, "")
		w.must(err)
		_, err = w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Version: 1, Edit: services.LogEdit{Content: "讲土地承包法"}})
		w.refused(err, "reason:required")
		_, err = w.logs.Correct(w.ctx, cadre, seen.ID, services.LogCorrection{Version: 1, Reason: "x"})
		w.refused(err, "forbidden")
		// What was confirmed is not touched by another wording ...
		one, err := w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Version: 1, Reason: "写错", Edit: services.LogEdit{Content: "讲土地承包法"}})
		w.must(err)
		if one.Status != domain.Confirmed || one.Versions[0].Content != "讲民法典婚姻家庭编" || one.Now().Content != "讲土地承包法" {
			t.Errorf("%+v", one.ServiceLog)
		}
		// ... but by another time.
		two, err := w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Version: 2, Reason: "写错", Edit: services.LogEdit{End: at("11-22 17:00")}})
		w.must(err)
		if two.Status != domain.Unconfirmed {
			t.Errorf("still %s", two.Status)
		}
		_, err = w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Version: 2, Reason: "写错", Edit: services.LogEdit{End: at("11-22 18:00")}})
		w.refused(err, "log_changed")
		w.settled()
		w.equal("the chain", w.chain(lawyer), "service", "confirmed", "corrected", "corrected")
		if got := w.tally(lawyer, "lawyer", "", "2026-11"); got.OnSiteMinutes != 120 || got.Services != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestANoteIsErasedWhenItsTimeIsOver(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		seen := w.logged(lawyer, lecture("11-22 15:00"), func(r *services.LogRequest) { r.Note = "只给自己看" })
		w.clock.set(at("11-22 16:00").Add(domain.KeepNote - 1e9))
		w.pass()
		if now, err := w.logs.Log(w.ctx, lawyer, seen.ID); err != nil || now.Note == "" {
			t.Errorf("too early: %v", err)
		}
		w.clock.add(2e9)
		w.pass()
		if now, err := w.logs.Log(w.ctx, lawyer, seen.ID); err != nil || now.Note != "" || now.Now().Content == "" {
			t.Errorf("%v: the note %q", err, now.Note.Reveal())
		}
		w.settled()
	})
}

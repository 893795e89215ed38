package services_test

import (
	"slices"
	"strings"
	"testing"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// What is disputed stays so until the office decides, whatever the advisor
// corrects, and whoever else would confirm it.
func TestAnAdvisorDoesNotUndoADispute(t *testing.T) {
	each(t, func(w *world) {
		lawyer, cadre := w.advisor("lawyer", post(beifang, domain.Main), post(weili, domain.Main)), w.villager(domain.Cadre, "cadre", beifang)
		town := w.staff(domain.TownStaff, "town", "110116101")
		seen := w.logged(lawyer, lecture("11-22 15:00"))
		_, err := w.logs.Dispute(w.ctx, cadre, seen.ID, 0, "那天没有来", "")
		w.must(err)
		for i, e := range []services.LogEdit{{End: at("11-22 16:30")}, {Village: weili}, {ConcernsVillage: true}} {
			seen, err = w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Version: i + 1, Reason: "改", Edit: e})
			w.must(err)
			if seen.Status != domain.Disputed {
				t.Errorf("corrected, it is %s", seen.Status)
			}
		}
		if got := w.tally(lawyer, "lawyer", "", "2026-11"); got.Disputed != 1 || got.OnSiteMinutes != 0 {
			t.Errorf("it counts: %+v", got)
		}
		_, err = w.logs.Confirm(w.ctx, cadre, seen.ID, 0, "")
		w.refused(err, "not_found") // it concerns the village by now
		_, err = w.logs.Confirm(w.ctx, town, seen.ID, 0, "")
		w.must(err)
		w.settled()
	})
}

func TestWhoConfirmsAndWhat(t *testing.T) {
	each(t, func(w *world) {
		lawyer, cadre := w.advisor("lawyer", post(beifang, domain.Main)), w.villager(domain.Cadre, "cadre", beifang)
		town, other := w.staff(domain.TownStaff, "town", "110116101"), w.staff(domain.TownStaff, "other", "110116101")
		seen := w.logged(lawyer, lecture("11-22 15:00"))
		_, err := w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Version: 1, Reason: "改", Edit: services.LogEdit{End: at("11-22 20:00")}})
		w.must(err)
		_, err = w.logs.Confirm(w.ctx, cadre, seen.ID, 1, "")
		w.refused(err, "log_changed") // they have not seen this one
		confirmed, err := w.logs.Confirm(w.ctx, cadre, seen.ID, 2, "c")
		w.must(err)
		_, err = w.logs.Dispute(w.ctx, cadre, seen.ID, 2, "没来", "c")
		w.refused(err, "idempotency_reused")
		if got, err := w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Version: len(confirmed.Versions), Reason: "改", Edit: services.LogEdit{Counters: &domain.Counters{1999}}}); err != nil || got.Status != domain.Unconfirmed {
			t.Errorf("%v: other numbers stay %s", err, got.Status)
		}

		entered, err := w.logs.Write(w.ctx, town, services.LogRequest{Key: "k", Advisor: lawyer.ID, Reason: "凭纸质记录补录", Edit: lecture("11-21 15:00")})
		w.must(err)
		_, err = w.logs.Confirm(w.ctx, town, entered.ID, 0, "")
		w.refused(err, "forbidden")
		_, err = w.logs.Confirm(w.ctx, other, entered.ID, 0, "")
		w.must(err)
		w.settled()
	})
}

func TestWhoIsCredited(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		near, far := w.advisor("near", post(yanqi, domain.Main)), w.advisor("far", post(xiagezhuang, domain.Main))
		helper, neighbour := w.villager(domain.Collaborator, "helper", beifang), w.villager(domain.Collaborator, "neighbour", weili)
		elsewhere := w.villager(domain.Collaborator, "elsewhere", yanqi)
		log := func(concerns bool, with ...domain.Actor) error {
			e := lecture("11-22 15:00")
			e.ConcernsVillage = concerns
			for _, who := range with {
				e.With = append(e.With, who.ID)
			}
			_, err := w.logs.Write(w.ctx, lawyer, services.LogRequest{Key: strings.Join(e.With, " "), Edit: e})
			return err
		}
		w.refused(log(false, far), "with:unknown")
		w.refused(log(false, elsewhere), "with:unknown")
		w.refused(log(true, helper), "with:of_the_village")
		w.must(log(true, neighbour, near))
		w.equal("they are told", append(w.told(neighbour), w.told(near)...), "service_credited", "service_credited")
		list, err := w.records.List(w.ctx, neighbour, neighbour.ID, services.RecordFilter{Limit: 10})
		w.must(err)
		if len(list.Items) != 1 || w.tally(neighbour, neighbour.ID, "", "2026-11").Services != 1 {
			t.Errorf("a collaborator reads %d records", len(list.Items))
		}
		_, err = w.records.List(w.ctx, neighbour, lawyer.ID, services.RecordFilter{Limit: 10})
		w.refused(err, "not_found")
		_, err = w.logs.Dispute(w.ctx, near, list.Items[0].Ref, 0, "我没有参加", "")
		w.must(err)
		w.settled()
	})
}

func TestALogTellsOfItsAppointment(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main), post(weili, domain.Main)), w.resident("wang", "王小明")
		id := w.served(lawyer, wang, "11-23 11:00")
		for _, e := range []services.LogEdit{{Village: weili}, {Start: at("11-22 09:00"), End: at("11-22 10:00")}} {
			_, err := w.logs.Write(w.ctx, lawyer, services.LogRequest{Key: "k", Appointment: id, Edit: e})
			if got := why(err); !strings.HasSuffix(got, ":not_of_appointment") {
				t.Errorf("%+v: %q", e, got)
			}
		}
		seen := w.logged(lawyer, services.LogEdit{Mode: domain.Online}, func(r *services.LogRequest) { r.Appointment = id })
		_, err := w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Version: 1, Reason: "改", Edit: services.LogEdit{Village: weili}})
		w.refused(err, "village:not_of_appointment")
		w.logged(lawyer, lecture("11-22 15:00"))
		_, err = w.logs.Write(w.ctx, lawyer, services.LogRequest{Key: "another telephone", Edit: lecture("11-22 15:00")})
		w.refused(err, "logged_already")
		moved := w.logged(lawyer, lecture("11-22 17:00"))
		_, err = w.logs.Correct(w.ctx, lawyer, moved.ID, services.LogCorrection{Version: 1, Reason: "改", Edit: lecture("11-22 15:00")})
		w.refused(err, "logged_already")
		cadre := w.villager(domain.Cadre, "cadre", beifang)
		w.equal("the village does not know which appointment it was", w.logIDs(cadre, services.LogFilter{Appointment: id}))
		w.settled()
	})
}

// Somebody who types a telephone number speaks for nobody, and an advisor does
// not serve themselves.
func TestNobodySpeaksForOthers(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		typed := w.person(domain.Person{Meta: domain.Meta{ID: "typed"}, Kind: domain.Resident, Name: "李大爷", Phone: "13900000077", Village: beifang,
			Consents: []domain.Consent{{Version: services.PrivacyVersion, At: morning}}})
		w.known(typed.ID)
		wang := w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-23 11:00", forNeighbour("李大爷", "13900000077")))
		w.pass()
		w.clock.set(at("11-23 11:31"))
		log := w.logged(lawyer, services.LogEdit{}, func(r *services.LogRequest) { r.Appointment = seen.ID })
		_, err := w.logs.Confirm(w.ctx, typed, log.ID, 0, "")
		w.refused(err, "forbidden")
		_, err = w.booking.Rate(w.ctx, typed, seen.ID, services.RateRequest{Stars: 5})
		w.refused(err, "forbidden")

		self, err := w.data.People.Get(w.ctx, lawyer.ID)
		w.must(err)
		_, err = w.booking.Book(w.ctx, wang, w.wish(lawyer, "11-25 09:00", forNeighbour("赵律师", self.Phone.Reveal())))
		w.refused(err, "conflict_of_interest")
	})
}

func TestWhoHadAHandInALogDoesNotAnswerTheComplaint(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		town, other := w.staff(domain.TownStaff, "town", "110116101"), w.staff(domain.TownStaff, "other", "110116101")
		district := w.staff(domain.DistrictKind, "district", "110116")
		id := w.served(lawyer, wang, "11-23 11:00")
		log := w.logged(lawyer, services.LogEdit{}, func(r *services.LogRequest) { r.Appointment = id })
		_, err := w.logs.Dispute(w.ctx, town, log.ID, 0, "抽查不符", "")
		w.must(err)
		c, err := w.complain.File(w.ctx, wang, services.ComplaintRequest{Key: "k", Appointment: id, Text: "不认账"})
		w.must(err)
		if c.Owner != other.ID {
			t.Errorf("it is %s's to answer", c.Owner)
		}
		_, err = w.logs.Confirm(w.ctx, district, log.ID, 0, "")
		w.must(err)
		_, err = w.complain.Answer(w.ctx, district, c.ID, "查过了", domain.NotUpheld, "")
		w.refused(err, "forbidden")
		_, err = w.complain.Answer(w.ctx, other, c.ID, "查过了", domain.Partly, "")
		w.must(err)
		w.settled()
		list, err := w.records.List(w.ctx, lawyer, lawyer.ID, services.RecordFilter{Limit: 10})
		w.must(err)
		i := slices.IndexFunc(list.Items, func(r domain.Record) bool { return r.Kind == domain.RecordComplaint })
		if r := list.Items[max(i, 0)]; i < 0 || r.Village != "110116101" || !r.On.Equal(domain.Day("2026-11-23").Time()) {
			t.Errorf("the advisor reads of the complaint: %+v", r)
		}
	})
}

func TestVerifyFindsWhatIsInNoChain(t *testing.T) {
	each(t, func(w *world) {
		w.pass() // the day's digest names nobody yet
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.logged(lawyer, lecture("11-22 15:00"))
		w.pass()
		for n := range 2 {
			w.must(w.data.Records.Delete(w.ctx, "lawyer|1"))
			w.must(w.data.Heads.Delete(w.ctx, "lawyer"))
			problems, _, err := services.Verify(w.ctx, w.data, w.clock.now())
			w.must(err)
			if len(problems) != 2 || !strings.HasPrefix(problems[0], "chain lawyer: does not tell of appointment|") || !strings.HasPrefix(problems[1], "chain lawyer: does not tell of log|") {
				t.Errorf("%d: %v", n, problems)
			}
		}
	})
}

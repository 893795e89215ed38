package services_test

import (
	"fmt"
	"strings"
	"testing"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// finished books a consultation, has it take place, and answers its id.
func (w *world) finished(lawyer, who domain.Actor, start string, more ...func(*services.BookRequest)) string {
	w.Helper()
	seen := w.booked(who, w.wish(lawyer, start, more...))
	w.clock.set(at(start))
	_, err := w.booking.Complete(w.ctx, lawyer, seen.ID, "")
	w.must(err)
	w.pass()
	return seen.ID
}

// stars is a rating as people mostly give it.
func stars(n int, source domain.Source) services.RateRequest {
	return services.RateRequest{Stars: n, Tags: []domain.RatingTag{"clear", "patient"}, Text: "讲得很清楚", Source: source}
}

func TestTheOneServedRatesOnce(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		office := w.staff(domain.TownStaff, "office", "110116101")
		id := w.finished(lawyer, wang, "11-23 11:00")
		req := stars(5, "")
		req.Key = "key"
		for range 2 { // the same request, sent again
			seen, err := w.booking.Rate(w.ctx, wang, id, req)
			w.must(err)
			if r := seen.Rating; r == nil || r.Stars != 5 || len(r.Tags) != 2 || r.Source != domain.FromApp || !r.At.Equal(at("11-23 11:00")) {
				w.Fatalf("the rating: %+v", r)
			}
			if seen.Status != domain.Done {
				w.Errorf("rated, it is %s", seen.Status)
			}
			if can := seen.Can(w.clock.now()); len(can) != 0 {
				w.Errorf("what is left to do: %v", can)
			}
		}
		req.Key = "another"
		_, err := w.booking.Rate(w.ctx, wang, id, req)
		w.refused(err, "rated_already")
		_, err = w.booking.Rate(w.ctx, office, id, stars(1, domain.FromPaper))
		w.refused(err, "rated_already")
		w.settled()
		w.equal("the chain", w.chain(lawyer), "booked", "completed", "rated")
		if n := len(w.stored(id).Events); n != 3 {
			w.Errorf("%d events", n)
		}
	})
}

func TestWhoRates(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		office, district := w.staff(domain.TownStaff, "office", "110116101"), w.staff(domain.DistrictKind, "district", "110116")
		next := w.staff(domain.TownStaff, "next", "110116102")
		cadre, mediator := w.villager(domain.Cadre, "cadre", beifang), w.villager(domain.Collaborator, "mediator", beifang)
		w.known(office.ID)
		w.known(lawyer.ID)
		neighbour := forNeighbour("王小明", w.phoneOf("wang"))
		for i, c := range []struct {
			what    string
			booker  domain.Actor
			booking []func(*services.BookRequest)
			rater   domain.Actor
			source  domain.Source
			want    string
		}{
			{"whoever was served", wang, nil, wang, "", ""},
			{"whoever was served, and says so", wang, nil, wang, domain.FromApp, ""},
			{"whoever was served, on paper", wang, nil, wang, domain.FromPaper, "source:unknown"},
			{"whoever was served, in no way known", wang, nil, wang, "dream", "source:unknown"},
			{"a mediator who booked it for a neighbour", mediator, []func(*services.BookRequest){neighbour}, mediator, "", "forbidden"},
			{"a cadre who booked it for a neighbour", cadre, []func(*services.BookRequest){neighbour}, cadre, "", "forbidden"},
			{"the neighbour for whom it was booked", cadre, []func(*services.BookRequest){neighbour}, wang, "", ""},
			{"a cadre of the village", wang, nil, cadre, "", "forbidden"},
			{"a mediator of the village, on paper", wang, nil, mediator, domain.FromPaper, "forbidden"},
			{"a cadre who was served", cadre, nil, cadre, "", ""},
			{"the advisor", wang, nil, lawyer, "", "forbidden"},
			{"the advisor, on paper", wang, nil, lawyer, domain.FromPaper, "forbidden"},
			{"the town's office, on paper", wang, nil, office, domain.FromPaper, ""},
			{"the district's office, on the telephone", wang, nil, district, domain.FromPhone, ""},
			{"the office, without a source", wang, nil, office, "", "source:required"},
			{"the office, as from the app", wang, nil, office, domain.FromApp, "source:unknown"},
			{"the next town's office", wang, nil, next, domain.FromPaper, "not_found"},
			{"somebody of the office who was served", wang, []func(*services.BookRequest){forNeighbour("孙科员", w.phoneOf("office"))}, office, "", ""},
			{"somebody of the office who was served, on paper", wang, []func(*services.BookRequest){forNeighbour("孙科员", w.phoneOf("office"))}, office, domain.FromPaper, "source:unknown"},
			{"nobody in particular", wang, nil, domain.Actor{ID: "x", Kind: domain.Resident}, "", "not_found"},
		} {
			day := at("11-24 09:00").AddDate(0, 0, i).Format("01-02 15:04")
			w.clock.set(at(day).AddDate(0, 0, -1))
			id := w.finished(lawyer, c.booker, day, c.booking...)
			_, err := w.booking.Rate(w.ctx, c.rater, id, stars(4, c.source))
			if got := why(err); got != c.want {
				w.Errorf("%s rates: %q, want %q", c.what, got, c.want)
			}
			if seen, err := w.booking.Appointment(w.ctx, c.rater, id); err == nil {
				mayRate := strings.Contains(fmt.Sprint(seen.Can(w.clock.now())), "rate")
				if want := strings.HasPrefix(c.want, "source:"); mayRate != want {
					w.Errorf("%s: is offered to rate %v, want %v", c.what, mayRate, want)
				}
			}
		}
		w.settled()
	})
}

func TestWhatARatingMaySay(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		early := w.booked(wang, w.wish(lawyer, "11-24 10:00"))
		_, err := w.booking.Rate(w.ctx, wang, early.ID, stars(5, ""))
		w.refused(err, "wrong_status")
		id := w.finished(lawyer, wang, "11-23 11:00")
		for _, c := range []struct {
			req  services.RateRequest
			want string
		}{
			{services.RateRequest{}, "stars:out_of_range"},
			{services.RateRequest{Stars: 6}, "stars:out_of_range"},
			{services.RateRequest{Stars: -1, Tags: []domain.RatingTag{"free"}}, "stars:out_of_range tags:unknown"},
			{services.RateRequest{Stars: 3, Tags: []domain.RatingTag{"late", "late"}}, "tags:repeated"},
			{services.RateRequest{Stars: 3, Tags: domain.RatingTags[:6]}, "tags:too_many"},
			{services.RateRequest{Stars: 3, Text: strings.Repeat("好", 501)}, "text:too_long"},
			{services.RateRequest{Stars: 1, Tags: domain.RatingTags[5:], Text: strings.Repeat("好", 500) + " "}, ""},
		} {
			_, err := w.booking.Rate(w.ctx, wang, id, c.req)
			w.refused(err, c.want)
		}
	})
}

func TestWhatIsSeenOfARating(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		helper, typed := w.resident("helper", "李四"), w.resident("typed", "赵六")
		_, err := w.data.People.Update(w.ctx, "typed", func(p *domain.Person) error { p.Verified = false; return nil })
		w.must(err)
		cadre, office := w.villager(domain.Cadre, "cadre", beifang), w.staff(domain.TownStaff, "office", "110116101")
		own := w.finished(lawyer, wang, "11-23 11:00")
		_, err = w.booking.Rate(w.ctx, wang, own, stars(2, ""))
		w.must(err)
		paper := w.finished(lawyer, helper, "11-24 11:00", forNeighbour("赵六", w.phoneOf("typed")))
		_, err = w.booking.Rate(w.ctx, office, paper, stars(3, domain.FromPaper))
		w.must(err)
		w.settled()
		for _, c := range []struct {
			who   domain.Actor
			id    string
			stars int
			text  string
			what  string
		}{
			{wang, own, 2, "讲得很清楚", "who gave it"},
			{office, own, 2, "讲得很清楚", "the office"},
			{lawyer, own, 2, "", "the advisor"},
			{cadre, own, 0, "", "the village"},
			{office, paper, 3, "讲得很清楚", "the office"},
			{lawyer, paper, 3, "", "the advisor"},
			{helper, paper, 0, "", "who booked it for somebody"},
			{typed, paper, 0, "", "whose phone was only typed"},
		} {
			one, err := w.booking.Appointment(w.ctx, c.who, c.id)
			w.must(err)
			list, _, err := w.booking.Appointments(w.ctx, c.who, services.Filter{From: "2026-11-01", To: "2026-11-30", Limit: 10})
			w.must(err)
			for _, seen := range append(list, one) {
				if seen.ID != c.id {
					continue
				}
				if c.stars == 0 {
					if seen.Rating != nil {
						w.Errorf("%s sees a rating", c.what)
					}
					continue
				}
				if seen.Rating == nil || seen.Rating.Stars != c.stars || len(seen.Rating.Tags) != 2 || seen.Rating.Text.Reveal() != c.text {
					w.Errorf("%s sees %+v, want %d stars and %q", c.what, seen.Rating, c.stars, c.text)
				}
			}
		}
		if got := w.stored(own).Rating.Text.Reveal(); got != "讲得很清楚" {
			w.Errorf("kept: %q", got)
		}
		for inbox, err := range w.data.Inboxes.All(w.ctx) {
			w.must(err)
			for _, n := range inbox.Items {
				if strings.Contains(fmt.Sprintf("%+v", n), "清楚") {
					w.Errorf("a notice tells of the rating's text: %s", n.ID)
				}
			}
		}
		for page, err := range w.data.Records.All(w.ctx) {
			w.must(err)
			for _, r := range page.Items {
				if strings.Contains(fmt.Sprintf("%+v", r), "清楚") {
					w.Errorf("a record tells of the rating's text: %s", r.Source)
				}
			}
		}
	})
}

func TestWhoIsAskedToRate(t *testing.T) {
	each(t, func(w *world) {
		lawyer, helper, old := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("helper", "王小明"), w.resident("old", "李大爷")
		office := w.staff(domain.TownStaff, "office", "110116101")
		w.finished(lawyer, helper, "11-23 11:00", forNeighbour("李大爷", w.phoneOf("old")))
		for who, want := range map[*domain.Actor]int{&old: 1, &helper: 0, &lawyer: 0} {
			if got := w.toldOf(*who, domain.NoticeRate); got != want {
				w.Errorf("%s is asked %d times, want %d", who.ID, got, want)
			}
		}
		unknown := w.finished(lawyer, helper, "11-24 11:00", forNeighbour("钱五", "13700000005"))
		_, err := w.booking.Rate(w.ctx, helper, unknown, stars(5, ""))
		w.refused(err, "forbidden")
		_, err = w.booking.Rate(w.ctx, office, unknown, stars(5, domain.FromPhone))
		w.must(err)
		w.settled()
		lines := w.audit()
		if last := lines[len(lines)-1]; last.Verb != "rate" || last.By != "office" || last.Subject != unknown {
			w.Errorf("the audit trail ends with %+v", last)
		}
	})
}

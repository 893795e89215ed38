package services_test

import (
	"fmt"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// What may befall an appointment from 09:00 to 09:30, by whom, and when: from
// open to close, both included. A row that is not here is refused.
var allowed = []struct {
	verb  domain.Verb
	from  domain.Status
	by    services.Side
	open  string // "" = as soon as it is booked
	close string
	to    domain.Status
}{
	{domain.Confirm, domain.Held, services.SideOffice, "", "11-25 09:00", domain.Booked},

	{domain.Cancel, domain.Held, services.SideResident, "", "11-25 09:00", domain.Cancelled},
	{domain.Cancel, domain.Booked, services.SideResident, "", "11-25 09:00", domain.Cancelled},
	{domain.Cancel, domain.Held, services.SideAdvisor, "", "11-25 09:30", domain.Cancelled},
	{domain.Cancel, domain.Booked, services.SideAdvisor, "", "11-25 09:30", domain.Cancelled},
	{domain.Cancel, domain.Held, services.SideOffice, "", "11-25 09:30", domain.Cancelled},
	{domain.Cancel, domain.Booked, services.SideOffice, "", "11-25 09:30", domain.Cancelled},

	{domain.Reschedule, domain.Held, services.SideResident, "", "11-25 09:00", domain.Held},
	{domain.Reschedule, domain.Booked, services.SideResident, "", "11-25 09:00", domain.Booked},
	{domain.Reschedule, domain.Held, services.SideOffice, "", "11-25 09:00", domain.Held},
	{domain.Reschedule, domain.Booked, services.SideOffice, "", "11-25 09:00", domain.Booked},

	{domain.Arrive, domain.Booked, services.SideResident, "11-25 08:00", "11-25 11:30", domain.Arrived},
	{domain.Arrive, domain.Booked, services.SideAdvisor, "11-25 08:00", "11-25 11:30", domain.Arrived},
	{domain.Arrive, domain.Booked, services.SideOffice, "11-25 08:00", "11-25 11:30", domain.Arrived},

	{domain.Complete, domain.Booked, services.SideAdvisor, "11-25 09:00", "12-02 09:30", domain.Done},
	{domain.Complete, domain.Arrived, services.SideAdvisor, "11-25 09:00", "12-02 09:30", domain.Done},

	{domain.Miss, domain.Booked, services.SideResident, "11-25 09:10", "12-02 09:30", domain.Missed},
	{domain.Miss, domain.Booked, services.SideAdvisor, "11-25 09:10", "12-02 09:30", domain.Missed},
	{domain.Miss, domain.Booked, services.SideOffice, "11-25 09:10", "12-02 09:30", domain.Missed},

	{domain.Rate, domain.Done, services.SideResident, "", "2027-02-23 09:30", domain.Done},
	{domain.Rate, domain.Done, services.SideOffice, "", "2027-02-23 09:30", domain.Done},
}

// forbidden are the verbs that a side may never do, whatever the status.
var forbidden = map[services.Side][]domain.Verb{
	services.SideResident: {domain.Confirm, domain.Complete},
	services.SideAdvisor:  {domain.Confirm, domain.Reschedule, domain.Rate},
	services.SideOffice:   {domain.Complete},
	services.SideVillage:  {domain.Confirm, domain.Cancel, domain.Reschedule, domain.Arrive, domain.Complete, domain.Miss, domain.Rate},
}

func TestTheStatusTable(t *testing.T) {
	verbs := []domain.Verb{domain.Confirm, domain.Cancel, domain.Reschedule, domain.Arrive, domain.Complete, domain.Miss, domain.Rate}
	sides := []services.Side{services.SideResident, services.SideAdvisor, services.SideOffice, services.SideVillage, services.SideNone}
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		people := map[services.Side]domain.Actor{
			services.SideResident: w.resident("wang", "王小明"),
			services.SideAdvisor:  lawyer,
			services.SideOffice:   w.staff(domain.TownStaff, "office", "110116101"),
			services.SideVillage:  w.villager(domain.Cadre, "cadre", beifang),
			services.SideNone:     w.resident("stranger", "李四"),
		}
		try := func(verb domain.Verb, from domain.Status, side services.Side, now time.Time) (domain.Status, string) {
			id := w.planted(lawyer, people[services.SideResident], from)
			w.clock.set(now)
			seen, err := w.do(people[side], id, verb)
			w.clock.set(morning)
			return seen.Status, why(err)
		}
		for _, verb := range verbs {
			for _, from := range domain.Statuses {
				for _, side := range sides {
					row := -1
					for i, a := range allowed {
						if a.verb == verb && a.from == from && a.by == side {
							row = i
						}
					}
					name := fmt.Sprintf("%q %ss what is %s", side, verb, from)
					if row < 0 {
						want := "wrong_status"
						for _, v := range forbidden[side] {
							if v == verb {
								want = "forbidden"
							}
						}
						if side == services.SideNone {
							want = "not_found"
						}
						if _, got := try(verb, from, side, at("11-25 09:00")); got != want {
							w.Errorf("%s: %q, want %q", name, got, want)
						}
						continue
					}
					a := allowed[row]
					edges := []struct {
						now  time.Time
						want string
					}{{at(a.close), ""}, {at(a.close).Add(time.Millisecond), "too_late"}}
					if a.open != "" {
						edges = append(edges, []struct {
							now  time.Time
							want string
						}{{at(a.open), ""}, {at(a.open).Add(-time.Millisecond), "too_early"}}...)
					}
					for _, e := range edges {
						if verb == domain.Reschedule && e.want == "" {
							continue // at the very start the new time is looked at as well: see the tests of moving
						}
						status, got := try(verb, from, side, e.now)
						if got != e.want || got == "" && status != a.to {
							w.Errorf("%s at %s: %q and %s, want %q and %s", name, e.now.Format("01-02 15:04:05.000"), got, status, e.want, a.to)
						}
					}
				}
			}
		}
	})
}

// planted is an appointment of 11-25 09:00 in any status, as it lies in the store.
func (w *world) planted(advisor, resident domain.Actor, status domain.Status) string {
	w.Helper()
	id := fmt.Sprintf("planted%d", w.keys.Add(1))
	w.must(w.data.Appointments.Insert(w.ctx, domain.Appointment{
		Meta: domain.Meta{ID: id}, Status: status, Advisor: advisor.ID, Resident: resident.ID, Booker: resident.ID, Sheet: resident.ID,
		Name: "王小明", Phone: "13900000001", Village: beifang, Start: at("11-25 09:00"), End: at("11-25 09:30"), Channel: domain.Visit, Topic: "宅基地",
		Events: []domain.Event{{Seq: 1, At: morning, Verb: domain.Book, By: resident.ID, ByKind: resident.Kind, Status: status, Start: at("11-25 09:00")}},
	}))
	return id
}

// do does a verb as it is mostly done.
func (w *world) do(who domain.Actor, id string, verb domain.Verb) (services.Seen, error) {
	switch verb {
	case domain.Confirm:
		return w.booking.Confirm(w.ctx, who, id, "")
	case domain.Cancel:
		return w.booking.Cancel(w.ctx, who, id, "有事", "")
	case domain.Reschedule:
		return w.booking.Reschedule(w.ctx, who, id, services.Turn{Start: at("11-26 09:00")}, "")
	case domain.Arrive:
		return w.booking.Arrive(w.ctx, who, id, "")
	case domain.Complete:
		return w.booking.Complete(w.ctx, who, id, "")
	case domain.Miss:
		missed := domain.Resident
		if who.Kind == domain.Resident {
			missed = domain.AdvisorKind
		}
		return w.booking.Miss(w.ctx, who, id, missed, "", "")
	case domain.Rate:
		req := services.RateRequest{Stars: 5}
		if who.Kind == domain.TownStaff {
			req.Source = domain.FromPaper
		}
		return w.booking.Rate(w.ctx, who, id, req)
	}
	w.Fatalf("no such verb: %s", verb)
	return services.Seen{}, nil
}

func TestWhoMustSayWhy(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		office := w.staff(domain.TownStaff, "office", "110116101")
		for _, c := range []struct {
			who  domain.Actor
			want string
		}{{wang, ""}, {lawyer, "reason:required"}, {office, "reason:required"}} {
			_, err := w.booking.Cancel(w.ctx, c.who, w.planted(lawyer, wang, domain.Booked), "  ", "")
			if got := why(err); got != c.want {
				w.Errorf("%s cancels without a word: %q, want %q", c.who.Kind, got, c.want)
			}
		}
	})
}

func TestASideSaysOfTheOtherThatItMissed(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		office := w.staff(domain.TownStaff, "office", "110116101")
		w.clock.set(at("11-25 10:00"))
		for _, c := range []struct {
			who    domain.Actor
			missed domain.Kind
			want   string
		}{
			{wang, domain.AdvisorKind, ""}, {wang, domain.Resident, "by:other_side_only"},
			{lawyer, domain.Resident, ""}, {lawyer, domain.AdvisorKind, "by:other_side_only"},
			{office, domain.Resident, ""}, {office, domain.AdvisorKind, ""},
			{office, domain.Cadre, "by:unknown"}, {office, "", "by:unknown"},
		} {
			seen, err := w.booking.Miss(w.ctx, c.who, w.planted(lawyer, wang, domain.Booked), c.missed, "", "")
			if got := why(err); got != c.want || err == nil && seen.MissedBy != c.missed {
				w.Errorf("%s says that the %s missed: %q, want %q", c.who.Kind, c.missed, got, c.want)
			}
		}
	})
}

func TestWhatOneCanDoIsWhatTheVerbsAllow(t *testing.T) {
	booked := domain.Appointment{Status: domain.Booked, Start: at("11-25 09:00"), End: at("11-25 09:30")}
	done, rated := booked, booked
	done.Status, rated.Status, rated.Rating = domain.Done, domain.Done, &domain.Rating{Stars: 5}
	for _, c := range []struct {
		side services.Side
		now  string
		want string
		a    domain.Appointment
		own  bool // whom it is for
	}{
		{services.SideResident, "11-24 12:00", "[cancel reschedule]", booked, false},
		{services.SideResident, "11-24 12:00", "[cancel reschedule]", booked, true},
		{services.SideResident, "11-25 08:30", "[cancel reschedule arrive]", booked, false},
		{services.SideResident, "11-25 09:20", "[arrive miss]", booked, false},
		{services.SideAdvisor, "11-25 09:20", "[cancel arrive complete miss]", booked, false},
		{services.SideOffice, "11-24 12:00", "[cancel reschedule]", booked, false},
		{services.SideVillage, "11-24 12:00", "[]", booked, false},
		{services.SideNone, "11-24 12:00", "[]", booked, false},
		{services.SideResident, "11-26 12:00", "[rate]", done, true},
		{services.SideResident, "11-26 12:00", "[]", done, false}, // booked it for somebody else
		{services.SideOffice, "11-26 12:00", "[rate]", done, false},
		{services.SideAdvisor, "11-26 12:00", "[]", done, false},
		{services.SideVillage, "11-26 12:00", "[]", done, false},
		{services.SideResident, "11-26 12:00", "[]", rated, true},
		{services.SideOffice, "11-26 12:00", "[]", rated, false},
	} {
		seen := services.Seen{Appointment: c.a, Side: c.side, Served: c.own}
		if got := fmt.Sprint(seen.Can(at(c.now))); got != c.want {
			t.Errorf("%q at %s can %s, want %s", c.side, c.now, got, c.want)
		}
	}
}

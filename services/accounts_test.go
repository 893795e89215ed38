package services_test

import (
	"strings"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestLoggingIn(t *testing.T) {
	each(t, func(w *world) {
		first, err := w.accounts.Login(w.ctx, "wang")
		w.must(err)
		if first.Kind != domain.Resident || first.ID == "" || first.Name != "" {
			w.Errorf("a newcomer: %+v", first)
		}
		again, err := w.accounts.Login(w.ctx, "wang")
		w.must(err)
		other, err := w.accounts.Login(w.ctx, "li")
		w.must(err)
		if again.ID != first.ID || other.ID == first.ID {
			w.Error("a login is to lead to one person, always the same")
		}
		// At the very same time, too.
		ids := w.together(6, func(int) (services.Seen, error) {
			p, err := w.accounts.Login(w.ctx, "zhao")
			return services.Seen{Appointment: domain.Appointment{Meta: p.Meta}}, err
		})
		for _, id := range ids {
			if id != ids[0] || id == "" {
				w.Errorf("one login led to %v", ids)
			}
		}
	})
}

func TestAmendingOneself(t *testing.T) {
	each(t, func(w *world) {
		wang, cadre := w.resident("wang", "王小明"), w.villager(domain.Cadre, "cadre", beifang)
		text := func(s string) *string { return &s }
		for _, c := range []struct {
			who  domain.Actor
			am   services.Amendment
			want string
		}{
			{wang, services.Amendment{Name: text("J")}, "name:bad_name"},
			{wang, services.Amendment{Phone: text("123")}, "phone:bad_phone"},
			{wang, services.Amendment{Village: text("110116101999")}, "village:unknown_village"},
			{wang, services.Amendment{Village: text("北房")}, "village:unknown_village"},
			{wang, services.Amendment{Name: text("1"), Phone: text("2")}, "name:bad_name phone:bad_phone"},
			{cadre, services.Amendment{Name: text("王小明")}, "name:kept_by_office"},
			{cadre, services.Amendment{Village: text(weili)}, "village:kept_by_office"},
			{cadre, services.Amendment{Phone: text("13800000001")}, ""},
			{wang, services.Amendment{Village: text("")}, ""},
			{wang, services.Amendment{Village: text(weili)}, ""},
		} {
			_, err := w.accounts.Amend(w.ctx, c.who, c.am)
			if got := why(err); got != c.want {
				w.Errorf("%s: %q, want %q", c.who.ID, got, c.want)
			}
		}
		p, err := w.accounts.Amend(w.ctx, wang, services.Amendment{Phone: text(" 13900000077 ")})
		w.must(err)
		if p.Phone.Reveal() != "13900000077" || p.Verified || p.Village != weili {
			w.Error("a phone that was just typed is nobody's yet")
		}
		// Under the new number the resident is found.
		lawyer, helper := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("helper", "李四")
		seen := w.booked(helper, w.wish(lawyer, "11-25 09:00", forNeighbour("王小明", "13900000077")))
		if w.stored(seen.ID).Resident != "wang" {
			w.Error("the neighbour is not found by the new number")
		}
	})
}

func TestTokensAreRevokedWithinFiveSeconds(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		security := w.person(domain.Person{Meta: domain.Meta{ID: "security"}, Kind: domain.Security, Area: "110116"})
		elsewhere := w.person(domain.Person{Meta: domain.Meta{ID: "elsewhere"}, Kind: domain.Security, Area: "110117"})
		other := program(w.T, w.data, w.clock, time.Time{}, w.keys) // another process, which remembers
		for _, p := range []*world{w, other} {
			actor, err := p.accounts.Who(w.ctx, "wang", 0)
			w.must(err)
			if actor != wang {
				w.Errorf("the token stands for %+v", actor)
			}
		}
		w.refused(w.accounts.Revoke(w.ctx, elsewhere, "wang"), "not_found")
		w.must(w.accounts.Revoke(w.ctx, security, "wang"))
		_, err := w.accounts.Who(w.ctx, "wang", 0)
		w.refused(err, "token_revoked")
		w.clock.add(5 * time.Second)
		_, err = other.accounts.Who(w.ctx, "wang", 0)
		w.refused(err, "token_revoked")
		_, err = other.accounts.Who(w.ctx, "wang", 1)
		w.must(err)

		w.must(w.accounts.LogOut(w.ctx, wang))
		_, err = w.accounts.Who(w.ctx, "wang", 1)
		w.refused(err, "token_revoked")
		_, err = w.accounts.Who(w.ctx, "nobody", 0)
		w.refused(err, "token_revoked")

		// A clock that is set back does not make the memory last.
		_, err = other.accounts.Who(w.ctx, "wang", 2)
		w.must(err)
		w.must(w.accounts.LogOut(w.ctx, wang))
		w.clock.add(-time.Hour)
		_, err = other.accounts.Who(w.ctx, "wang", 2)
		w.refused(err, "token_revoked")
		other.accounts.Forget()
	})
}

// login logs in and answers who that is.
func (w *world) login(code string) domain.Actor {
	w.Helper()
	p, err := w.accounts.Login(w.ctx, code)
	w.must(err)
	return p.Actor()
}

func TestBindingALoginToAPersonOfTheRosters(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		office := w.staff(domain.TownStaff, "office", "110116101")
		code, expires, err := w.accounts.IssueBindCode(w.ctx, office, lawyer.ID, "k")
		w.must(err)
		if !expires.Equal(morning.Add(72*time.Hour)) || len(code) != 10 {
			w.Errorf("code of %d letters until %s", len(code), expires)
		}
		again, _, err := w.accounts.IssueBindCode(w.ctx, office, lawyer.ID, "k")
		w.must(err)
		if again != code {
			w.Error("the same request answers another code")
		}
		me := w.login("phone one")
		for _, bad := range []string{"", "ABC", "AAAAAAAAAA", strings.Repeat("A", 100)} {
			_, err := w.accounts.Bind(w.ctx, me, bad)
			w.refused(err, "code:bad_bind_code")
		}
		p, err := w.accounts.Bind(w.ctx, me, strings.ToLower(code[:5]+"-"+code[5:]))
		w.must(err)
		if p.ID != lawyer.ID || p.Kind != domain.AdvisorKind {
			w.Errorf("bound to %s", p.ID)
		}
		if got := w.login("phone one"); got.ID != lawyer.ID {
			w.Errorf("the login leads to %s", got.ID)
		}
		_, err = w.accounts.Who(w.ctx, me.ID, 0)
		w.refused(err, "token_revoked") // who they were before
		_, err = w.accounts.Bind(w.ctx, w.login("stranger"), code)
		w.refused(err, "code:bad_bind_code") // once

		// Through a new telephone, the old one is nobody's any more.
		// The office that hands out codes cannot become somebody who is bound.
		_, _, err = w.accounts.IssueBindCode(w.ctx, office, lawyer.ID, "k2")
		w.refused(err, "bound_already")
		guard := w.staff(domain.Security, "guard", "110116")
		code, _, err = w.accounts.IssueBindCode(w.ctx, guard, lawyer.ID, "k2")
		w.must(err)
		_, err = w.accounts.Who(w.ctx, lawyer.ID, p.Tokens)
		w.must(err)
		_, err = w.accounts.Bind(w.ctx, w.login("phone two"), code)
		w.must(err)
		_, err = w.accounts.Who(w.ctx, lawyer.ID, p.Tokens)
		w.refused(err, "token_revoked")
		if got := w.login("phone two"); got.ID != lawyer.ID {
			w.Errorf("the new telephone leads to %s", got.ID)
		}
		if got := w.login("phone one"); got.ID == lawyer.ID || got.Kind != domain.Resident {
			w.Errorf("the old telephone leads to %s, a %s", got.ID, got.Kind)
		}

		code, _, err = w.accounts.IssueBindCode(w.ctx, guard, lawyer.ID, "k3")
		w.must(err)
		late := w.login("late")
		w.clock.add(72*time.Hour + time.Second)
		_, err = w.accounts.Bind(w.ctx, late, code)
		w.refused(err, "code:bad_bind_code")
	})
}

func TestWhoHasBookingsMustEndThemBeforeBinding(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		office := w.staff(domain.TownStaff, "office", "110116101")
		cadre := w.villager(domain.Cadre, "cadre", beifang)
		me := w.login("wang")
		_, err := w.data.People.Update(w.ctx, me.ID, func(p *domain.Person) error {
			p.Name, p.Phone = "王小明", "13900000001"
			p.Consents = []domain.Consent{{Version: services.PrivacyVersion}}
			return nil
		})
		w.must(err)
		seen := w.booked(me, w.wish(lawyer, "11-25 09:00"))
		code, _, err := w.accounts.IssueBindCode(w.ctx, office, cadre.ID, "k")
		w.must(err)
		_, err = w.accounts.Bind(w.ctx, me, code)
		w.refused(err, "bind_open_bookings")
		_, err = w.booking.Cancel(w.ctx, me, seen.ID, "", "")
		w.must(err)
		_, err = w.accounts.Bind(w.ctx, me, code)
		w.must(err)
	})
}

func TestForWhomAnOfficeHandsOutCodes(t *testing.T) {
	each(t, func(w *world) {
		w.advisor("advisor", post(beifang, domain.Main))
		w.villager(domain.Cadre, "cadre", beifang)
		w.villager(domain.Collaborator, "mediator", yanqi)
		w.resident("resident", "王小明")
		w.person(domain.Person{Meta: domain.Meta{ID: "firm"}, Kind: domain.FirmKind})
		issuers := []domain.Actor{
			w.staff(domain.TownStaff, "town", "110116101"), w.staff(domain.DistrictKind, "district", "110116"),
			w.staff(domain.DistrictKind, "elsewhere", "110117"), w.staff(domain.Security, "security", "110116"),
		}
		w.staff(domain.TownStaff, "colleague", "110116101")
		want := map[string]string{ // who may, by the order of issuers
			"advisor": "yyny", "cadre": "yyny", "mediator": "nyny", "resident": "nnnn", "firm": "nyyy",
			"colleague": "nyny", "district": "nnny", "security": "nnny", "nobody": "nnnn",
		}
		for person, row := range want {
			for i, who := range issuers {
				_, _, err := w.accounts.IssueBindCode(w.ctx, who, person, "k")
				if row[i] == 'y' && err != nil || row[i] == 'n' && why(err) != "not_found" {
					w.Errorf("%s for %s: %v", who.ID, person, err)
				}
			}
		}
	})
}

// Killed after any of its steps, a binding can be done again, by the same login
// and by no other.
func TestBindingUnderHarm(t *testing.T) {
	each(t, func(w *world) {
		office := w.staff(domain.TownStaff, "office", "110116101")
		for after := 1; ; after++ {
			for _, lost := range []bool{false, true} {
				name := "cadre " + strings.Repeat("x", after) + map[bool]string{true: "lost"}[lost]
				cadre := w.villager(domain.Cadre, name, beifang)
				code, _, err := w.accounts.IssueBindCode(w.ctx, office, cadre.ID, "k")
				w.must(err)
				me := w.login("login of " + name)
				h := &harm{after: after, lost: lost}
				_, err = program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys).accounts.Bind(w.ctx, me, code)
				if err == nil {
					if h.count > after {
						w.Error("it came to its end though it was killed")
					}
					return
				}
				if thief := w.login("thief of " + name); h.count > 3 && after > 3 {
					_, err = w.accounts.Bind(w.ctx, thief, code)
					w.refused(err, "code:bad_bind_code")
				}
				now := w.login("login of " + name)
				if now.ID == me.ID {
					_, err := w.accounts.Bind(w.ctx, now, code)
					w.must(err)
				}
				if got := w.login("login of " + name); got.ID != cadre.ID {
					w.Errorf("killed after %d operations (%v), the login leads to %s", after, h.names, got.ID)
				}
				p, err := w.data.People.Get(w.ctx, cadre.ID)
				w.must(err)
				if p.Login == "" {
					w.Errorf("killed after %d operations (%v), the person knows no login", after, h.names)
				}
			}
		}
	})
}

func TestThePublicCard(t *testing.T) {
	each(t, func(w *world) {
		second, lawyer := w.advisor("second", post(beifang, domain.StandIn)), w.advisor("lawyer", post(beifang, domain.Main), post(weili, domain.Main))
		ended := post(beifang, domain.Main)
		ended.To = "2026-11-22"
		w.advisor("ended", ended)
		card, err := w.roster.Card(w.ctx, lawyer.ID)
		w.must(err)
		if card.Name != "赵律师" || card.FirmName != "怀山律师事务所" || len(card.Villages) != 2 || card.Villages[0].Name != "北房村委会" || len(card.Shifts) != 14 {
			w.Errorf("the card: %+v", card)
		}
		cards, err := w.roster.Of(w.ctx, beifang)
		w.must(err)
		var ids []string
		for _, c := range cards {
			ids = append(ids, c.ID+" "+string(c.Role))
		}
		w.equal("the village's advisors, the main one first", ids, lawyer.ID+" main", second.ID+" standin")
		_, err = w.roster.Card(w.ctx, "ended")
		w.refused(err, "not_found")
		_, err = w.roster.Of(w.ctx, "110116101999")
		w.refused(err, "not_found")
		if cards, err = w.roster.Of(w.ctx, zaixiang); err != nil || len(cards) != 0 {
			w.Errorf("a village without an advisor: %v, %v", cards, err)
		}
	})
}

package services_test

import (
	"testing"

	"villagecounsel/services/domain"
)

func TestWhoMayHaveServedTogether(t *testing.T) {
	each(t, func(w *world) {
		lawyer, second := w.advisor("lawyer", post(beifang, domain.Main)), w.advisor("second", post(beifang, domain.StandIn), post(weili, domain.Main))
		ended := post(beifang, domain.StandIn)
		ended.To = "2026-11-22"
		former, other := w.advisor("former", ended), w.advisor("other", post(weili, domain.StandIn))
		cadre, mediator := w.villager(domain.Cadre, "cadre", beifang), w.villager(domain.Collaborator, "mediator", beifang)
		moved := w.villager(domain.Collaborator, "moved", weili)
		_, err := w.data.People.Update(w.ctx, mediator.ID, func(p *domain.Person) error { p.Roles = []string{domain.Mediator}; return nil })
		w.must(err)
		_, err = w.data.Offices.Upsert(w.ctx, beifang, func(o *domain.Office) error {
			o.Staff = []string{cadre.ID, mediator.ID, moved.ID, "nobody"}
			return nil
		})
		w.must(err)
		b := w.bureau()
		for _, c := range []struct {
			who  domain.Actor
			want []string
			why  string
		}{
			{lawyer, []string{"mediator", "second"}, ""},
			{second, []string{"mediator", "lawyer"}, ""},
			{b.town, []string{"mediator", "lawyer", "second"}, ""},
			{b.district, []string{"mediator", "lawyer", "second"}, ""},
			{former, nil, "not_found"},
			{other, nil, "not_found"},
			{b.next, nil, "not_found"},
			{b.elsewhere, nil, "not_found"},
			{cadre, nil, "forbidden"},
			{mediator, nil, "forbidden"},
			{w.resident("wang", "王小明"), nil, "forbidden"},
		} {
			helpers, err := w.roster.Helpers(w.ctx, c.who, beifang)
			w.refused(err, c.why)
			var ids []string
			for _, h := range helpers {
				ids = append(ids, h.ID)
				if h.ID == "mediator" && (h.Name != "钱干部" || h.Kind != domain.Collaborator || len(h.Roles) != 1) {
					w.Errorf("the mediator is %+v", h)
				}
			}
			w.equal("to "+c.who.ID, ids, c.want...)
		}
		_, err = w.roster.Helpers(w.ctx, b.district, "110116999999")
		w.refused(err, "not_found")
	})
}

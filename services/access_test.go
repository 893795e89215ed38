package services_test

import (
	"errors"
	"slices"
	"testing"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestWhoMayDoWhat(t *testing.T) {
	everybody := []services.Act{services.ActMe, services.ActNotices}
	may := map[domain.Kind][]services.Act{
		domain.Resident:     {services.ActBind, services.ActBook, services.ActAppointments, services.ActWait, services.ActComplain, services.ActComplaints, services.ActUpload},
		domain.Cadre:        {services.ActBook, services.ActAppointments, services.ActWait, services.ActComplain, services.ActComplaints, services.ActUpload, services.ActSignIn, services.ActVillageCode},
		domain.Collaborator: {services.ActBook, services.ActAppointments, services.ActWait, services.ActComplain, services.ActComplaints, services.ActUpload},
		domain.AdvisorKind:  {services.ActAppointments, services.ActSchedule, services.ActHelpers, services.ActUpload, services.ActPhoto, services.ActSignIn},
		domain.TownStaff: {services.ActBook, services.ActAppointments, services.ActOpenMatter, services.ActIssueBind,
			services.ActComplain, services.ActComplaints, services.ActAnswerComplaint, services.ActHelpers, services.ActUpload, services.ActVillageCode},
		domain.DistrictKind: {services.ActBook, services.ActAppointments, services.ActOpenMatter, services.ActIssueBind,
			services.ActComplain, services.ActComplaints, services.ActAnswerComplaint, services.ActHelpers, services.ActUpload, services.ActVillageCode},
		domain.FirmKind:   {},
		domain.CityViewer: {},
		domain.Auditor:    {},
		domain.Security:   {services.ActIssueBind, services.ActRevokeTokens},
		domain.System:     {},
		"":                nil, // nobody
	}
	acts := []services.Act{services.ActMe, services.ActBind, services.ActBook, services.ActAppointments, services.ActOpenMatter,
		services.ActSchedule, services.ActWait, services.ActNotices, services.ActIssueBind, services.ActRevokeTokens,
		services.ActComplain, services.ActComplaints, services.ActAnswerComplaint, services.ActHelpers, services.ActUpload, services.ActPhoto, services.ActSignIn,
		services.ActVillageCode}
	for _, kind := range append(slices.Clone(domain.Kinds), "", "stranger") {
		allowed, known := may[kind]
		if kind != "" && known {
			allowed = append(slices.Clone(everybody), allowed...)
		}
		for _, act := range acts {
			err := services.May(domain.Actor{ID: "p", Kind: kind}, act)
			if want := slices.Contains(allowed, act); want != (err == nil) || err != nil && !errors.Is(err, domain.ErrForbidden) {
				t.Errorf("%s does %s: %v, want allowed %v", kind, act, err, want)
			}
		}
	}
}

// Every verb must ask the table: somebody of a kind that it does not name is
// forbidden, whatever they ask for.
func TestEveryVerbAsksTheAccessTable(t *testing.T) {
	each(t, func(w *world) {
		verbs := map[services.Act]func(a domain.Actor) error{
			services.ActMe:   func(a domain.Actor) error { _, err := w.accounts.Me(w.ctx, a); return err },
			services.ActBind: func(a domain.Actor) error { _, err := w.accounts.Bind(w.ctx, a, "ABCDEFGHJK"); return err },
			services.ActBook: func(a domain.Actor) error { _, err := w.booking.Book(w.ctx, a, services.BookRequest{}); return err },
			services.ActAppointments: func(a domain.Actor) error {
				_, _, err := w.booking.Appointments(w.ctx, a, services.Filter{Limit: 1})
				return err
			},
			services.ActOpenMatter:   func(a domain.Actor) error { _, err := w.booking.OpenMatter(w.ctx, a, "none", "查阅"); return err },
			services.ActSchedule:     func(a domain.Actor) error { _, err := w.schedules.Schedule(w.ctx, a); return err },
			services.ActWait:         func(a domain.Actor) error { _, err := w.waiting.List(w.ctx, a); return err },
			services.ActNotices:      func(a domain.Actor) error { _, err := w.notices.List(w.ctx, a, false, "", 1); return err },
			services.ActIssueBind:    func(a domain.Actor) error { _, _, err := w.accounts.IssueBindCode(w.ctx, a, "none", "k"); return err },
			services.ActRevokeTokens: func(a domain.Actor) error { return w.accounts.Revoke(w.ctx, a, "none") },
			services.ActComplain: func(a domain.Actor) error {
				_, err := w.complain.File(w.ctx, a, services.ComplaintRequest{})
				return err
			},
			services.ActComplaints: func(a domain.Actor) error {
				_, _, err := w.complain.List(w.ctx, a, services.ComplaintFilter{Limit: 1})
				return err
			},
			services.ActAnswerComplaint: func(a domain.Actor) error {
				_, err := w.complain.Answer(w.ctx, a, "none", "已核实", domain.Upheld, "")
				return err
			},
			services.ActUpload:      func(a domain.Actor) error { _, err := w.files.Upload(w.ctx, a, "k", nil); return err },
			services.ActPhoto:       func(a domain.Actor) error { return w.files.SetPhoto(w.ctx, a, "none") },
			services.ActSignIn:      func(a domain.Actor) error { _, _, err := w.signIns.Add(w.ctx, a, services.SignInRequest{}); return err },
			services.ActVillageCode: func(a domain.Actor) error { _, err := w.signIns.Code(w.ctx, a, beifang); return err },
			services.ActHelpers:     func(a domain.Actor) error { _, err := w.roster.Helpers(w.ctx, a, beifang); return err },
		}
		for _, kind := range append(slices.Clone(domain.Kinds), "") {
			actor := domain.Actor{ID: "somebody", Kind: kind, Village: beifang, Area: "110116"}
			for act, verb := range verbs {
				allowed := services.May(actor, act) == nil
				if err := verb(actor); errors.Is(err, domain.ErrForbidden) == allowed {
					w.Errorf("%s does %s: %v, and the table says %v", kind, act, err, allowed)
				}
			}
		}
	})
}

func TestWhatSomebodyIsToAnAppointment(t *testing.T) {
	open := domain.Appointment{Status: domain.Booked, Resident: "r", Booker: "b", Advisor: "l", Village: beifang}
	secret := open
	secret.ConcernsVillage = true
	void := open
	void.Status = domain.Void
	byTown := open
	byTown.Booker = "town"
	for _, c := range []struct {
		who   string
		actor domain.Actor
		a     domain.Appointment
		want  services.Side
	}{
		{"whom it is for", domain.Actor{ID: "r", Kind: domain.Resident}, open, services.SideResident},
		{"who booked it", domain.Actor{ID: "b", Kind: domain.Resident}, open, services.SideResident},
		{"another resident of the village", domain.Actor{ID: "x", Kind: domain.Resident, Village: beifang}, open, services.SideNone},
		{"the advisor", domain.Actor{ID: "l", Kind: domain.AdvisorKind}, open, services.SideAdvisor},
		{"another advisor", domain.Actor{ID: "l2", Kind: domain.AdvisorKind}, open, services.SideNone},
		{"a cadre of the village", domain.Actor{ID: "c", Kind: domain.Cadre, Village: beifang}, open, services.SideVillage},
		{"a mediator of the village", domain.Actor{ID: "c", Kind: domain.Collaborator, Village: beifang}, open, services.SideVillage},
		{"a cadre of the next village", domain.Actor{ID: "c", Kind: domain.Cadre, Village: weili}, open, services.SideNone},
		{"a cadre of no village", domain.Actor{ID: "c", Kind: domain.Cadre}, open, services.SideNone},
		{"a cadre, of a matter against the village", domain.Actor{ID: "c", Kind: domain.Cadre, Village: beifang}, secret, services.SideNone},
		{"a mediator, of a matter against the village", domain.Actor{ID: "c", Kind: domain.Collaborator, Village: beifang}, secret, services.SideNone},
		{"a cadre, of their own matter against the village", domain.Actor{ID: "r", Kind: domain.Cadre, Village: beifang}, secret, services.SideResident},
		{"the town's office", domain.Actor{ID: "t", Kind: domain.TownStaff, Area: "110116101"}, open, services.SideOffice},
		{"the town's office, of a matter against the village", domain.Actor{ID: "t", Kind: domain.TownStaff, Area: "110116101"}, secret, services.SideOffice},
		{"the next town's office", domain.Actor{ID: "t", Kind: domain.TownStaff, Area: "110116102"}, open, services.SideNone},
		{"the district's office", domain.Actor{ID: "d", Kind: domain.DistrictKind, Area: "110116"}, open, services.SideOffice},
		{"another district's office", domain.Actor{ID: "d", Kind: domain.DistrictKind, Area: "110117"}, open, services.SideNone},
		{"an office without an area", domain.Actor{ID: "d", Kind: domain.DistrictKind}, open, services.SideNone},
		{"the office that booked it for somebody", domain.Actor{ID: "town", Kind: domain.TownStaff, Area: "110116101"}, byTown, services.SideOffice},
		{"the city's viewer", domain.Actor{ID: "v", Kind: domain.CityViewer, Area: "11"}, open, services.SideNone},
		{"the auditor", domain.Actor{ID: "v", Kind: domain.Auditor, Area: "110116"}, open, services.SideNone},
		{"the security administrator", domain.Actor{ID: "v", Kind: domain.Security, Area: "110116"}, open, services.SideNone},
		{"the system administrator", domain.Actor{ID: "v", Kind: domain.System, Area: "110116"}, open, services.SideNone},
		{"nobody", domain.Actor{}, open, services.SideNone},
		{"the resident of one that never came about", domain.Actor{ID: "r", Kind: domain.Resident}, void, services.SideNone},
	} {
		if got := services.SideOf(c.actor, &c.a); got != c.want {
			t.Errorf("%s is %q, want %q", c.who, got, c.want)
		}
	}
}

// Nobody without an id stands for whom an appointment is for, where it is for
// somebody whom the system does not know.
func TestNobodyIsNotTheUnknownNeighbour(t *testing.T) {
	a := domain.Appointment{Status: domain.Booked, Booker: "b", Advisor: "l", Village: beifang}
	if got := services.SideOf(domain.Actor{Kind: domain.Resident}, &a); got != services.SideNone {
		t.Errorf("somebody without an id is %q", got)
	}
}

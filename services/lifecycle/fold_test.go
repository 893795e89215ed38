package lifecycle

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
)

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+text, domain.China)
	if err != nil {
		panic(err)
	}
	return t
}

func service(ref, advisor, village, start string, minutes int, how domain.Mode, status domain.LogStatus) domain.Fact {
	return domain.Fact{Kind: domain.ServiceFact, Ref: ref, Edition: 1, Advisor: advisor, Village: village, Start: at(start),
		Minutes: minutes, How: string(how), Status: string(status)}
}

func TestTallyOf(t *testing.T) {
	const a, b = "110116101201", "110116101202"
	for _, tt := range []struct {
		name   string
		person bool
		rows   []domain.Fact
		want   domain.Tally
	}{
		{"nothing", true, nil, domain.Tally{}},
		{"two consultations within one visit are one visit, and its time counts once", true, []domain.Fact{
			service("1", "x", a, "11-25 09:00", 150, domain.Fixed, domain.Confirmed),
			service("2", "x", a, "11-25 09:30", 30, domain.Fixed, domain.Confirmed),
		}, domain.Tally{OnSiteMinutes: 150, Visits: 1, Services: 2}},
		{"times that touch and times that overlap in part", true, []domain.Fact{
			service("1", "x", a, "11-25 09:00", 60, domain.Fixed, domain.Confirmed),
			service("2", "x", a, "11-25 10:00", 60, domain.AtHome, domain.Confirmed),
			service("3", "x", a, "11-25 10:30", 60, domain.Fixed, domain.Confirmed),
		}, domain.Tally{OnSiteMinutes: 150, Visits: 1, Services: 3}},
		{"nobody is in two villages at once", true, []domain.Fact{
			service("1", "x", a, "11-25 09:00", 120, domain.Fixed, domain.Confirmed),
			service("2", "x", b, "11-25 10:00", 120, domain.Fixed, domain.Confirmed),
		}, domain.Tally{OnSiteMinutes: 180, Visits: 2, Services: 2}},
		{"two advisors in one village give it both their times", false, []domain.Fact{
			service("1", "x", a, "11-25 09:00", 120, domain.Fixed, domain.Confirmed),
			service("2", "y", a, "11-25 10:00", 120, domain.Fixed, domain.Confirmed),
		}, domain.Tally{OnSiteMinutes: 240, Visits: 2, Services: 2}},
		{"by telephone nobody is on site", true, []domain.Fact{
			service("1", "x", a, "11-25 09:00", 30, domain.Online, domain.Unconfirmed),
		}, domain.Tally{Services: 1, Unconfirmed: 1}},
		{"what is disputed counts apart", true, []domain.Fact{
			service("1", "x", a, "11-25 09:00", 30, domain.Fixed, domain.Disputed),
		}, domain.Tally{Disputed: 1}},
		{"bookings by how they ended", true, []domain.Fact{
			{Kind: domain.BookingFact, Ref: "1", Status: "booked"}, {Kind: domain.BookingFact, Ref: "2", Status: "done"},
			{Kind: domain.BookingFact, Ref: "3", Status: "missed", MissedBy: domain.AdvisorKind},
			{Kind: domain.BookingFact, Ref: "4", Status: "missed", MissedBy: domain.Resident},
			{Kind: domain.BookingFact, Ref: "5", Status: "cancelled"},
			{Kind: domain.RatingFact, Ref: "2", Stars: 5}, {Kind: domain.RatingFact, Ref: "6", Stars: 2},
		}, domain.Tally{Bookings: 4, Completed: 1, AdvisorMissed: 1, ResidentMissed: 1, Cancelled: 1, Ratings: 2, Stars: 7}},
	} {
		tt.want.Month = "2026-11"
		got := TallyOf(&domain.Ledger{Rows: tt.rows}, "2026-11", tt.person)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}

func TestCountersAddUp(t *testing.T) {
	x, y := service("1", "x", "v", "11-25 09:00", 30, domain.Fixed, domain.Confirmed), service("2", "x", "v", "11-26 09:00", 30, domain.Fixed, domain.Confirmed)
	x.Counters, y.Counters = domain.Counters{40, 3, 0, 0, 100}, domain.Counters{0, 2, 1}
	if diff := cmp.Diff(domain.Counters{40, 5, 1, 0, 100}, TallyOf(&domain.Ledger{Rows: []domain.Fact{x, y}}, "2026-11", true).Counters); diff != "" {
		t.Error(diff)
	}
}

func TestTheLaterStateStandsInWhateverOrder(t *testing.T) {
	was, is := service("1", "x", "v", "11-25 09:00", 30, domain.Fixed, domain.Unconfirmed), service("1", "x", "v", "11-25 09:00", 60, domain.Fixed, domain.Confirmed)
	is.Edition = 2
	for _, rows := range [][]domain.Fact{{was, is}, {is, was}, {is, is, was, was}} {
		var l domain.Ledger
		for _, f := range rows {
			Put(&l, f)
		}
		if diff := cmp.Diff([]domain.Fact{is}, l.Rows); diff != "" {
			t.Error(diff)
		}
	}
	l := domain.Ledger{Rows: []domain.Fact{is}}
	if Take(&l, was) || len(l.Rows) != 1 {
		t.Error("an earlier state took a later one away")
	}
	if !Take(&l, is) || len(l.Rows) != 0 {
		t.Error("it was not taken out")
	}
}

func TestLedgersFollowFromChains(t *testing.T) {
	rec := func(kind domain.RecordKind, ref, on string, state int64, codes map[string]string) domain.Record {
		return domain.Record{Kind: kind, Ref: ref, On: at(on), Village: "v", Codes: codes, Numbers: map[string]int64{NumberState: state, NumberMinutes: 60}}
	}
	var g Ledgers
	for owner, records := range map[string][]domain.Record{
		"x": {
			rec(domain.RecordMoved, "a1", "12-02 09:00", 2, nil), rec(domain.RecordBooked, "a1", "11-25 09:00", 1, nil), // out of order
			rec(domain.RecordService, "l1", "11-30 09:00", 1, map[string]string{CodeStatus: "unconfirmed"}),
			rec(domain.RecordLeave, "c1", "11-30 09:00", 0, nil),
		},
		"y": {
			rec(domain.RecordService, "l1", "11-30 09:00", 1, map[string]string{CodeAdvisor: "x", CodeRole: RoleJoint}),
			rec(domain.RecordService, "l2", "11-30 09:00", 1, map[string]string{CodeAdvisor: "x", CodeRole: RoleJoint}),
			rec(domain.RecordCorrected, "l2", "11-30 09:00", 2, map[string]string{CodeAdvisor: "x", CodeRole: RoleNone}),
		},
	} {
		for i := range records {
			g.Add(owner, &records[i])
		}
	}
	got := map[string][]string{}
	for id, l := range g.All() {
		for _, f := range l.Rows {
			got[id] = append(got[id], string(f.Kind)+" "+f.Ref)
		}
	}
	want := map[string][]string{
		"x|2026-12": {"booking a1"}, "v|2026-12": {"booking a1"},
		"x|2026-11": {"service l1"}, "v|2026-11": {"service l1"}, // whom another's service credits adds nothing to the village
		"y|2026-11": {"service l1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

package services_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
	"villagecounsel/services/sheetfile"
	"villagecounsel/store/storetest"
)

const demo = "../cmd/server/demo/"

// verb is one of the importer's.
type verb func(*services.Importer, context.Context, *sheetfile.Table, bool) (services.Report, error)

var (
	villages verb = (*services.Importer).Villages
	roster   verb = (*services.Importer).Roster
	staff    verb = (*services.Importer).Staff
	cadres   verb = (*services.Importer).Cadres
	offices  verb = (*services.Importer).Offices
	calendar verb = (*services.Importer).Calendar
)

// importer has a clock that moves on a second each time it is asked, so that
// progress is told at each step, and stands on one day.
func importer(data services.Data) *services.Importer {
	at := domain.Day("2026-11-24").At(10 * 60)
	return &services.Importer{Data: data, Now: func() time.Time {
		at = at.Add(time.Second)
		return at
	}}
}

// file answers a demo file's text.
func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(demo, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// importText runs an import and expects no error.
func importText(t *testing.T, i *services.Importer, do verb, text string, check bool) services.Report {
	t.Helper()
	report, err := tryImport(t.Context(), t, i, do, text, check)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func tryImport(ctx context.Context, t *testing.T, i *services.Importer, do verb, text string, check bool) (services.Report, error) {
	t.Helper()
	table, err := sheetfile.Read(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return do(i, ctx, table, check)
}

// counts answers a report's counts as "what +added ~changed =unchanged -unlisted".
func counts(r services.Report) []string {
	var list []string
	for _, c := range r.Counts {
		list = append(list, fmt.Sprintf("%s +%d ~%d =%d -%d", c.What, c.Added, c.Changed, c.Unchanged, c.Unlisted))
	}
	return list
}

func expect(t *testing.T, what string, r services.Report, want ...string) {
	t.Helper()
	for _, f := range r.Faults {
		t.Errorf("%s: %v", what, f.Error())
	}
	if diff := cmp.Diff(want, counts(r)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func expectFaults(t *testing.T, what string, r services.Report, want ...string) {
	t.Helper()
	var got []string
	for _, f := range r.Faults {
		got = append(got, fmt.Sprintf("%d:%s:%s", f.Row, f.Column, f.Problem))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	if len(r.Counts) > 0 {
		t.Errorf("%s: counted %v in spite of faults", what, counts(r))
	}
}

// all reads a collection by id.
func all[T any, P interface {
	*T
	Head() *domain.Meta
}](t *testing.T, docs services.Docs[T]) map[string]T {
	t.Helper()
	found := map[string]T{}
	for doc, err := range docs.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		head := P(&doc).Head()
		head.Rev = 0
		found[head.ID] = doc
	}
	return found
}

// state is everything that imports write.
func state(t *testing.T, data services.Data) []any {
	t.Helper()
	people := all(t, data.People)
	for id, p := range people {
		p.Created = time.Time{}
		people[id] = p
	}
	diaries := all(t, data.Diaries)
	for _, d := range diaries {
		for i := range d.Changes {
			d.Changes[i].At = time.Time{}
		}
	}
	return []any{
		all(t, data.Towns), all(t, data.Firms), people, all(t, data.Advisors),
		diaries, all(t, data.Benches), all(t, data.Calendars), all(t, data.Offices),
	}
}

func TestImportVillages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		i := importer(data)
		text := file(t, "villages.csv")
		expect(t, "check", importText(t, i, villages, text, true), "村居 +321 ~0 =0 -0", "街乡 +17 ~0 =0 -0")
		if n := len(all(t, data.Towns)); n != 0 {
			t.Fatalf("a check wrote %d towns", n)
		}
		expect(t, "first", importText(t, i, villages, text, false), "村居 +321 ~0 =0 -0", "街乡 +17 ~0 =0 -0")
		before := state(t, data)
		expect(t, "again", importText(t, i, villages, text, false), "村居 +0 ~0 =321 -0", "街乡 +0 ~0 =17 -0")
		if diff := cmp.Diff(before, state(t, data)); diff != "" {
			t.Errorf("the same table changed: %s", diff)
		}

		other := "统计代码,村居,街乡,区县\n110101001001,多福巷社区居委会,东华门街道,东城区\n"
		expect(t, "other district", importText(t, i, villages, other, false), "村居 +1 ~0 =0 -0", "街乡 +1 ~0 =0 -0")

		lines := strings.SplitAfter(text, "\n")
		var fewer []string
		for _, line := range lines {
			if !strings.HasPrefix(line, "110116001001") && !strings.HasPrefix(line, "110116102") {
				fewer = append(fewer, line)
			}
		}
		gone := len(lines) - len(fewer)
		expect(t, "fewer", importText(t, i, villages, strings.Join(fewer, ""), false),
			fmt.Sprintf("村居 +0 ~0 =%d -%d", 321-gone, gone), "街乡 +0 ~2 =15 -0")
		places := &services.Places{Towns: data.Towns}
		if err := places.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		for code, unlisted := range map[string]bool{"110116001001": true, "110116001002": false, "110101001001": false} {
			if p, ok := places.Lookup(code); !ok || p.Unlisted != unlisted {
				t.Errorf("%s: %+v %v, want unlisted %v", code, p, ok, unlisted)
			}
		}
		expect(t, "fewer again", importText(t, i, villages, strings.Join(fewer, ""), false),
			fmt.Sprintf("村居 +0 ~0 =%d -0", 321-gone), "街乡 +0 ~0 =17 -0")
		expect(t, "back again", importText(t, i, villages, text, false),
			fmt.Sprintf("村居 +0 ~%d =%d -0", gone, 321-gone), "街乡 +0 ~2 =15 -0")

		bad := text + "110116999,某村,某镇,怀柔区\n110116001003,新村,泉河街道,怀柔区\n"
		expectFaults(t, "one bad row", importText(t, i, villages, bad, false), "323:统计代码:bad_code")
		if places.Load(t.Context()) != nil || places.Len() != 322 {
			t.Errorf("%d villages: a faulty table was written", places.Len())
		}
	})
}

func TestImportDemo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		i := importer(data)
		importText(t, i, villages, file(t, "villages.csv"), false)
		steps := []struct {
			name string
			do   verb
			want []string
		}{
			{"roster.csv", roster, []string{"律所 +21", "顾问 +75", "公示卡片 +75", "排班册 +75", "村居顾问席 +321"}},
			{"staff.csv", staff, []string{"人员 +45", "司法所、司法局 +18"}},
			{"cadres.csv", cadres, []string{"人员 +441", "村居人员 +321"}},
		}
		for _, s := range steps {
			var fresh, same []string
			for _, w := range s.want {
				fresh = append(fresh, w+" ~0 =0 -0")
				what, n, _ := strings.Cut(w, "+")
				same = append(same, what+"+0 ~0 ="+n+" -0")
			}
			report := importText(t, i, s.do, file(t, s.name), false)
			expect(t, s.name, report, fresh...)
			if len(report.Warnings)+len(report.Notes)+len(report.Unknown) > 0 {
				t.Errorf("%s: warnings %v, notes %v, unknown columns %v", s.name, report.Warnings, report.Notes, report.Unknown)
			}
			before := state(t, data)
			expect(t, s.name+" again", importText(t, i, s.do, file(t, s.name), false), same...)
			if diff := cmp.Diff(before, state(t, data)); diff != "" {
				t.Errorf("%s: the same table changed: %s", s.name, diff)
			}
		}

		mains := 0
		for id, b := range all(t, data.Benches) {
			for n, seat := range b.Seats {
				if seat.Role == domain.Main {
					mains++
				}
				if n == 0 && seat.Role != domain.Main {
					t.Errorf("bench %s begins with %s", id, seat.Role)
				}
			}
		}
		if mains != 321 {
			t.Errorf("%d main advisors, want 321", mains)
		}
		for id, d := range all(t, data.Diaries) {
			if d.Edition != 1 || d.Rules != domain.DefaultRules {
				t.Errorf("diary %s: edition %d, rules %+v", id, d.Edition, d.Rules)
			}
		}
		kinds := map[domain.Kind]int{}
		for _, p := range all(t, data.People) {
			kinds[p.Kind]++
			if !p.Verified || p.Created.IsZero() || p.Name == "" || p.Phone == "" {
				t.Errorf("person %s is not whole", p.ID)
			}
		}
		want := map[domain.Kind]int{
			domain.AdvisorKind: 75, domain.TownStaff: 17, domain.DistrictKind: 3, domain.CityViewer: 1, domain.Auditor: 1,
			domain.Security: 1, domain.System: 1, domain.FirmKind: 21, domain.Cadre: 321, domain.Collaborator: 120,
		}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Error(diff)
		}
	})
}

// Two advisors of one town; the villages of 泉河街道 are 001, 002, 004 and 006.
const (
	rosterHead = "姓名,律所,执业证号,手机,专长,村居代码,角色,合同起,合同止\n"
	advisorA   = "张明田,北京甲律师事务所,11116201010900001,15400010001,继承,"
	advisorB   = "李守禾,北京乙律师事务所,11116201010900002,15400010002,物业,"
	term       = ",2025-01-01,2027-12-31\n"
)

func TestImportRosterChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		i := importer(data)
		importText(t, i, villages, file(t, "villages.csv"), false)
		importText(t, i, villages, "统计代码,村居,街乡,区县\n110101001001,多福巷社区居委会,东华门街道,东城区\n", false)
		before := state(t, data)
		first := rosterHead +
			advisorA + "110116001001;110116001002,主" + term +
			advisorB + "110116001004,主" + term + advisorB + "110116001001,备" + term
		fresh := []string{"律所 +2 ~0 =0 -0", "顾问 +2 ~0 =0 -0", "公示卡片 +2 ~0 =0 -0", "排班册 +2 ~0 =0 -0", "村居顾问席 +3 ~0 =0 -0"}
		expect(t, "check", importText(t, i, roster, first, true), fresh...)
		if diff := cmp.Diff(before, state(t, data)); diff != "" {
			t.Errorf("a check wrote: %s", diff)
		}
		expect(t, "first", importText(t, i, roster, first, false), fresh...)
		expect(t, "other district", importText(t, i, roster, rosterHead+advisorA+"110101001001,备"+term, false),
			"律所 +0 ~0 =1 -0", "顾问 +0 ~0 =1 -0", "公示卡片 +0 ~0 =1 -0", "排班册 +0 ~1 =0 -0", "村居顾问席 +1 ~0 =2 -0")

		// What the advisor and the residents have put into the diary stays.
		a := advisorOf(t, data, "110116001001", domain.Main)
		booking := domain.Booking{Appointment: "x", From: domain.Day("2026-11-30").At(600), To: domain.Day("2026-11-30").At(630), Channel: domain.Visit, Village: "110116001002"}
		shift := domain.Shift{Village: "110116001001", Channels: []domain.Channel{domain.Visit}, Weekday: 1, From: 600, To: 660, Slot: 30}
		rules := domain.Rules{EarliestNotice: 60, Horizon: 14}
		if _, err := data.Diaries.Update(t.Context(), a, func(d *domain.Diary) error {
			d.Taken, d.Shifts, d.Rules = []domain.Booking{booking}, []domain.Shift{shift}, rules
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := data.People.Update(t.Context(), a, func(p *domain.Person) error {
			p.Consents, p.Tokens = []domain.Consent{{Version: "1"}}, 3
			return nil
		}); err != nil {
			t.Fatal(err)
		}

		// The second table takes a village from A and gives it to B, leaves out
		// the specialities, and says nothing of the other district.
		second := "姓名,律所,执业证号,手机,村居代码,角色,合同起,合同止\n" +
			strings.Replace(strings.TrimSuffix(advisorA, "继承,"), "15400010001", "15400010009", 1) + "110116001001,主" + term +
			strings.TrimSuffix(advisorB, "物业,") + "110116001004,主" + term + strings.TrimSuffix(advisorB, "物业,") + "110116001002,主,2026-12-01,2027-12-31\n"
		report := importText(t, i, roster, second, false)
		expect(t, "second", report,
			"律所 +0 ~0 =2 -0", "顾问 +0 ~1 =1 -0", "公示卡片 +0 ~0 =2 -0", "排班册 +0 ~2 =0 -0", "村居顾问席 +0 ~2 =2 -0")
		if len(report.Warnings) != 1 || report.Warnings[0].Problem != "bookings_adrift" {
			t.Errorf("warnings: %v", report.Warnings)
		}
		if diff := cmp.Diff([]string{"名册不再列出的聘任 2 个已结束。"}, report.Notes); diff != "" {
			t.Error(diff)
		}
		d, err := data.Diaries.Get(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		want := domain.Diary{
			Meta: domain.Meta{ID: a}, Edition: 3, Shifts: []domain.Shift{shift}, Rules: rules, Taken: []domain.Booking{booking},
			Posts: []domain.Post{
				{Village: "110101001001", Role: domain.StandIn, From: "2025-01-01", To: "2027-12-31"},
				{Village: "110116001001", Role: domain.Main, From: "2025-01-01", To: "2027-12-31"},
				{Village: "110116001002", Role: domain.Main, From: "2025-01-01", To: "2026-11-23"},
			},
		}
		if diff := cmp.Diff(want, d, cmpopts.IgnoreFields(domain.Meta{}, "Rev", "Schema"), cmpopts.IgnoreFields(domain.Diary{}, "Changes"), cmpopts.EquateApproxTime(0)); diff != "" {
			t.Error(diff)
		}
		relay := services.NewRelay(data, i.Now, &services.Years{Data: data}, i.Now().Add(time.Hour))
		if left, err := relay.Sweep(t.Context()); err != nil || left > 0 {
			t.Fatalf("%v, %d left", err, left)
		}
		var recorded []string
		page, err := data.Records.Get(t.Context(), a+"|1")
		for _, r := range page.Items {
			recorded = append(recorded, string(r.Kind)+" "+r.Village+" "+string(domain.DayOf(r.On)))
		}
		if diff := cmp.Diff([]string{"assigned 110116001001 2025-01-01", "assigned 110116001002 2025-01-01", "assigned 110101001001 2025-01-01",
			"unassigned 110116001002 2026-11-24"}, recorded); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		p, err := data.People.Get(t.Context(), a)
		if err != nil || p.Phone != "15400010009" || p.Tokens != 3 || len(p.Consents) != 1 {
			t.Errorf("person: %v, tokens %d, consents %v", err, p.Tokens, p.Consents)
		}
		card, err := data.Advisors.Get(t.Context(), a)
		if err != nil || !cmp.Equal(card.Specialities, []string{"继承"}) {
			t.Errorf("card: %v %v", err, card.Specialities)
		}
		b := advisorOf(t, data, "110116001004", domain.Main)
		bench, err := data.Benches.Get(t.Context(), "110116001002")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]domain.Seat{
			{Advisor: a, Role: domain.Main, From: "2025-01-01", To: "2026-11-23"},
			{Advisor: b, Role: domain.Main, From: "2026-12-01", To: "2027-12-31"},
		}, bench.Seats); diff != "" {
			t.Error(diff)
		}
		before = state(t, data)
		importText(t, i, roster, second, false)
		if diff := cmp.Diff(before, state(t, data)); diff != "" {
			t.Errorf("the same table changed: %s", diff)
		}

		// A table that knows only B may not take A's village.
		expectFaults(t, "two mains", importText(t, i, roster, rosterHead+advisorB+"110116001001,主"+term, false), "2:角色:two_mains")
		third := rosterHead + advisorB + "110116001003,主" + term + advisorB + "110116001004,主" + term
		expectFaults(t, "unknown village", importText(t, i, roster, third, false), "2:村居代码:unknown_village")
		alone := importText(t, i, roster, rosterHead+advisorB+"110116001004,主"+term, true)
		if diff := cmp.Diff("名册里没有的顾问 1 位\uFF0C没有改动。", alone.Notes[0]); diff != "" {
			t.Error(diff)
		}
	})
}

// advisorOf answers the first advisor on a village's bench with a role.
func advisorOf(t *testing.T, data services.Data, village string, role domain.Role) string {
	t.Helper()
	bench, err := data.Benches.Get(t.Context(), village)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range bench.Seats {
		if s.Role == role {
			return s.Advisor
		}
	}
	t.Fatalf("%s has no advisor", village)
	return ""
}

func TestImportPeopleAgainstTheStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		i := importer(data)
		importText(t, i, villages, file(t, "villages.csv"), false)
		importText(t, i, roster, rosterHead+advisorA+"110116001001,主"+term, false)
		importText(t, i, villages, strings.Replace(file(t, "villages.csv"), "110116001001", "110116001999", 1), false)
		expectFaults(t, "staff", importText(t, i, staff, "姓名,手机,身份,区划代码,律所\n"+
			"甲乙,15400020001,司法所,110116999,\n丙丁,15400020002,区司法局,110117,\n戊己,15400020003,市司法局,12,\n"+
			"庚辛,15400020004,律所秘书,,北京无此律师事务所\n壬癸,15400020005,律所秘书,,北京甲律师事务所\n", false),
			"2:区划代码:unknown_area", "3:区划代码:unknown_area", "4:区划代码:unknown_area", "5:律所:unknown_firm")
		expectFaults(t, "cadres", importText(t, i, cadres, "姓名,手机,村居代码,身份\n"+
			"甲乙,15400030001,110116001001,村干部\n丙丁,15400030002,110116001003,法律明白人\n戊己,15400030003,110116001002,村干部\n", false),
			"2:村居代码:unlisted_village", "3:村居代码:unknown_village")
		people := "姓名,手机,村居代码,身份\n甲乙,15400030001,110116001002,法律明白人\n"
		expect(t, "first", importText(t, i, cadres, people, false), "人员 +1 ~0 =0 -0", "村居人员 +1 ~0 =0 -0")
		expect(t, "moved", importText(t, i, cadres, strings.Replace(people, "001002,法律明白人", "001004,法律明白人;人民调解员", 1), false), "人员 +0 ~1 =0 -0", "村居人员 +1 ~1 =0 -0")
		id := data.Hash("person", "collaborator|15400030001")
		if p, err := data.People.Get(t.Context(), id); err != nil || p.Village != "110116001004" || len(p.Roles) != 2 {
			t.Errorf("%v: %s %v", err, p.Village, p.Roles)
		}
		lists := all(t, data.Offices)
		if left, joined := lists["110116001002"].Staff, lists["110116001004"].Staff; len(left) != 0 || !slices.Equal(joined, []string{id}) {
			t.Errorf("the village left lists %v, the village joined %v", left, joined)
		}
	})
}

// A table of offices says what they are called and where they are reached, and
// leaves who works there alone.
func TestImportOffices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		i := importer(data)
		importText(t, i, villages, file(t, "villages.csv"), false)
		importText(t, i, roster, file(t, "roster.csv"), false)
		importText(t, i, staff, file(t, "staff.csv"), false)
		before := all(t, data.Offices)
		text := file(t, "offices.csv")
		expect(t, "check", importText(t, i, offices, text, true), "司法所、司法局 +0 ~18 =0 -0")
		if diff := cmp.Diff(before, all(t, data.Offices)); diff != "" {
			t.Errorf("a check wrote: %s", diff)
		}
		expect(t, "first", importText(t, i, offices, text, false), "司法所、司法局 +0 ~18 =0 -0")
		expect(t, "again", importText(t, i, offices, text, false), "司法所、司法局 +0 ~0 =18 -0")
		expect(t, "the staff again", importText(t, i, staff, file(t, "staff.csv"), false), "人员 +0 ~0 =45 -0", "司法所、司法局 +0 ~0 =18 -0")
		for id, o := range all(t, data.Offices) {
			if !slices.Equal(o.Staff, before[id].Staff) || o.Name == "" || !strings.HasPrefix(o.Phone, "1540005") {
				t.Errorf("office %s: %q %q, %d of %d staff", id, o.Name, o.Phone, len(o.Staff), len(before[id].Staff))
			}
		}
		expectFaults(t, "unknown", importText(t, i, offices, text+"110116999,某镇司法所,15400050019\n", false), "20:区划代码:unknown_area")
	})
}

func TestImportCalendar(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		text, err := os.ReadFile("schedule/years.csv")
		if err != nil {
			t.Fatal(err)
		}
		i := importer(data)
		shipped := map[string]domain.CalendarYear{}
		for _, y := range schedule.Shipped() {
			shipped[y.ID] = y
		}
		years := len(shipped)
		expect(t, "first", importText(t, i, calendar, string(text), false), fmt.Sprintf("年度 +%d ~0 =0 -0", years))
		expect(t, "again", importText(t, i, calendar, string(text), false), fmt.Sprintf("年度 +0 ~0 =%d -0", years))
		if diff := cmp.Diff(shipped, all(t, data.Calendars), cmpopts.IgnoreFields(domain.Meta{}, "Rev", "Schema")); diff != "" {
			t.Errorf("the shipped years (-want +got):\n%s", diff)
		}
		expect(t, "one year anew", importText(t, i, calendar, "年份,日期,类型,文号\n2026,2026-01-01~2026-01-03,休,某号\n", false), "年度 +0 ~1 =0 -0")
		if y, err := data.Calendars.Get(t.Context(), "2026"); err != nil || len(y.Off) != 3 || len(y.Work) != 0 {
			t.Errorf("%v: %+v", err, y)
		}
	})
}

// ofTowns keeps the header and the rows of some towns.
func ofTowns(text string, towns ...string) string {
	var kept strings.Builder
	for n, line := range strings.SplitAfter(text, "\n") {
		if n == 0 || slices.ContainsFunc(towns, func(t string) bool { return strings.Contains(line, ","+t) }) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// TestImportCutOff kills imports at many points and lets the next run mend
// what they left.
func TestImportCutOff(t *testing.T) {
	var many strings.Builder
	many.WriteString("统计代码,村居,街乡,区县\n")
	for n := range 1100 {
		fmt.Fprintf(&many, "11%04d%03d001,村%d,镇%d,区%d\n", 100+n/100, n%100, n, n, n/100)
	}
	one := ofTowns(file(t, "roster.csv"), "110116001", "110116002")
	tests := map[string]struct {
		do     verb
		before []string // tables that come first: villages, roster
		text   string
		stops  []int
	}{
		"villages":       {villages, nil, many.String(), []int{1, 501}},
		"roster":         {roster, []string{file(t, "villages.csv")}, one, []int{1, 14, 30, 50}},
		"roster, change": {roster, []string{file(t, "villages.csv"), one}, strings.ReplaceAll(one, ",主,2025-01-01", ",主,2025-02-01"), []int{1, 6, 20}},
		"offices":        {offices, []string{file(t, "villages.csv")}, file(t, "offices.csv"), []int{1}},
		"cadres":         {cadres, []string{file(t, "villages.csv")}, ofTowns(file(t, "cadres.csv"), "110116001"), []int{1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			prepare := func(data services.Data) *services.Importer {
				i := importer(data)
				for n, text := range tt.before {
					importText(t, i, []verb{villages, roster}[n], text, false)
				}
				return i
			}
			whole := storetest.Embedded(t)
			importText(t, prepare(whole), tt.do, tt.text, false)
			want := state(t, whole)
			for _, stop := range tt.stops {
				data := storetest.Embedded(t)
				i := prepare(data)
				ctx, kill := context.WithCancel(t.Context())
				writes := 0
				i.Progress = func(p services.Progress) {
					if p.Stage == "写入" {
						if writes++; writes == stop {
							kill()
						}
					}
				}
				if _, err := tryImport(ctx, t, i, tt.do, tt.text, false); !errors.Is(err, context.Canceled) {
					t.Fatalf("stopped after %d of %d writes: %v", stop, writes, err)
				}
				i.Progress = nil
				importText(t, i, tt.do, tt.text, false)
				if diff := cmp.Diff(want, state(t, data)); diff != "" {
					t.Errorf("stopped after %d writes: %s", stop, diff)
				}
			}
		})
	}
}

// TestImportFormats reads one table in every form that offices keep.
func TestImportFormats(t *testing.T) {
	data := storetest.Embedded(t)
	i := importer(data)
	text := file(t, "villages.csv")
	importText(t, i, villages, text, false)
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	book := excelize.NewFile()
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		cells := strings.Split(line, ",")
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	var xlsx bytes.Buffer
	if err := book.Write(&xlsx); err != nil {
		t.Fatal(err)
	}
	for name, same := range map[string]string{"mark": "\uFEFF" + text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "GB18030": gb, "XLSX": xlsx.String()} {
		expect(t, name, importText(t, i, villages, same, false), "村居 +0 ~0 =321 -0", "街乡 +0 ~0 =17 -0")
	}
}

// BenchmarkImportNation imports a table of the nation's size into an empty
// store: 620,573 villages in 41,352 towns.
func BenchmarkImportNation(b *testing.B) {
	const nationVillages, nationTowns = 620_573, 41_352
	path := filepath.Join(b.TempDir(), "nation.csv")
	out, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "统计代码,村居,街乡,区县")
	for n := range nationVillages {
		t := n * nationTowns / nationVillages
		first := (t*nationVillages + nationTowns - 1) / nationTowns
		fmt.Fprintf(w, "%06d%03d%03d,某某某%d村民委员会,某%d镇,某%d县\n", 110101+t/14, t%14, n-first, n, t, t/14)
	}
	if err := errors.Join(w.Flush(), out.Close()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		table, err := sheetfile.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		i := &services.Importer{Data: storetest.Embedded(b), Now: time.Now}
		report, err := i.Villages(b.Context(), table, false)
		if err != nil || !report.Sound() {
			b.Fatalf("%v, %d faults", err, len(report.Faults))
		}
		if diff := cmp.Diff([]string{"村居 +620573 ~0 =0 -0", "街乡 +41352 ~0 =0 -0"}, counts(report)); diff != "" {
			b.Fatal(diff)
		}
		if err := table.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(nationVillages)*float64(b.N)/b.Elapsed().Seconds(), "villages/s")
	b.ReportMetric(peakMiB(), "peakMiB")
}

// peakMiB answers the most memory that this process has had, where the system
// tells it.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		return 0
	}
	return kib / 1024
}

func TestReportText(t *testing.T) {
	data := storetest.Embedded(t)
	i := importer(data)
	var out bytes.Buffer
	report := importText(t, i, villages, "统计代码,村居,街乡,区县,天气\n110116001001,甲,泉河街道,怀柔区,晴\n", false)
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	report = importText(t, i, villages, "统计代码,村居,街乡,区县\n1,甲,泉河街道,怀柔区\n", true)
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := "读入 1 行。\n没有用到的列\uFF1A「天气」\n村居\uFF1A新增 1\uFF0C变更 0\uFF0C未变 0\n街乡\uFF1A新增 1\uFF0C变更 0\uFF0C未变 0\n导入完成。\n" +
		"读入 1 行。\n错误 第 2 行「统计代码」\uFF1A「1」不是 12 位数字。应改为\uFF1A12 位数字\uFF0C如 110116001001\n有 1 处错误\uFF0C没有写入任何数据。\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

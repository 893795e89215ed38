package services_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

func TestLeavesAndPostsAreRecorded(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		c, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "k", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "出差"}, false)
		w.must(err)
		w.must(w.schedules.Reopen(w.ctx, lawyer, c.ID))
		w.settled()
		w.equal("the chain", w.chain(lawyer), "leave", "leave_withdrawn")
		d, err := w.data.Diaries.Get(w.ctx, lawyer.ID)
		w.must(err)
		if len(d.Changes) != 0 {
			t.Errorf("still to be recorded: %+v", d.Changes)
		}
		list, err := w.records.List(w.ctx, lawyer, lawyer.ID, services.RecordFilter{Limit: 10})
		w.must(err)
		if r := list.Items[1]; r.Numbers[lifecycle.NumberMinutes] != 24*60 || r.By != lawyer.ID || strings.Contains(fmt.Sprint(r), "出差") {
			t.Errorf("%+v", r)
		}
	})
}

// A chain of several pages holds every event once, however often and in
// whatever order events are passed on, and though the clock was set back.
func TestAChainGrowsOverPages(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		var logs []services.SeenLog
		for i := range 130 {
			if i == 60 {
				w.clock.add(10 * 24 * 60 * 60e9)
			}
			if i == 70 {
				w.clock.set(morning)
			}
			e := lecture("11-2" + fmt.Sprint(i%3) + " 15:00")
			e.End = e.End.Add(time.Duration(i) * time.Minute)
			logs = append(logs, w.logged(lawyer, e))
		}
		w.settled()
		for _, l := range logs { // told a second time
			w.must(w.data.Pending.Insert(w.ctx, domain.Pointer{Meta: domain.Meta{ID: "log|" + l.ID + "|1"}, Kind: "log", Subject: l.ID, Seq: 1, At: w.clock.now()}))
		}
		w.settled()
		head, err := w.data.Heads.Get(w.ctx, lawyer.ID)
		w.must(err)
		if head.Len != 130 || len(w.chain(lawyer)) != 130 {
			t.Errorf("%d records, the head says %d", len(w.chain(lawyer)), head.Len)
		}
		var got []int64
		for before := int64(0); ; {
			list, err := w.records.List(w.ctx, lawyer, lawyer.ID, services.RecordFilter{Before: before, Limit: 50})
			w.must(err)
			for _, r := range list.Items {
				got = append(got, r.Seq)
			}
			if before = list.Next; before == 0 {
				break
			}
		}
		if len(got) != 130 || got[0] != 130 || !slices.IsSortedFunc(got, func(x, y int64) int { return int(y - x) }) {
			t.Errorf("listed %v", got)
		}
		var file bytes.Buffer
		s, err := services.ExportRecords(w.ctx, w.data, lawyer.ID, w.clock.now(), &file)
		w.must(err)
		read, err := lifecycle.VerifyFile(&file, map[int64]string{s.Len: s.Head})
		if diff := cmp.Diff(s, read); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		_, err = services.ExportRecords(w.ctx, w.data, "ghost", w.clock.now(), &file)
		w.refused(err, "not_found")
	})
}

func TestWhoReadsRecords(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main), post(yanqi, domain.StandIn))
		w.logged(lawyer, lecture("11-22 15:00"))
		there := lecture("11-22 17:00")
		there.Village = yanqi
		w.logged(lawyer, there)
		_, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: "k", From: at("11-25 00:00"), To: at("11-26 00:00"), Reason: "出差"}, false)
		w.must(err)
		w.settled()
		for _, tt := range []struct {
			who  domain.Actor
			want string
			n    int
		}{
			{lawyer, "", 3},
			{w.staff(domain.TownStaff, "town", "110116101"), "", 2}, // its own service, and the leave
			{w.staff(domain.DistrictKind, "district", "110116"), "", 3},
			{w.staff(domain.DistrictKind, "pinggu", "110117"), "not_found", 0},
			{w.advisor("second", post(beifang, domain.Main)), "not_found", 0},
			{w.villager(domain.Cadre, "cadre", beifang), "forbidden", 0},
			{w.resident("wang", "王小明"), "forbidden", 0},
		} {
			list, err := w.records.List(w.ctx, tt.who, lawyer.ID, services.RecordFilter{Limit: 10})
			if why(err) != tt.want || len(list.Items) != tt.n {
				t.Errorf("%s: %q, %d records", tt.who.ID, why(err), len(list.Items))
			}
		}
	})
}

// Whatever is done to a chain in the store itself, it is found, and the first
// bad record is named; what is made to agree within the store does not agree
// with the digest of the day before.
func TestVerifyFindsEveryTouchedChain(t *testing.T) {
	page := func(w *world, change func(p *domain.RecordPage)) {
		_, err := w.data.Records.Update(w.ctx, "lawyer|1", func(p *domain.RecordPage) error { change(p); return nil })
		w.must(err)
	}
	head := func(w *world, change func(h *domain.ChainHead)) {
		_, err := w.data.Heads.Update(w.ctx, "lawyer", func(h *domain.ChainHead) error { change(h); return nil })
		w.must(err)
	}
	anew := func(p *domain.RecordPage) {
		var prev *domain.Record
		for i := range p.Items {
			p.Items[i] = lifecycle.Link("lawyer", prev, p.Items[i])
			prev = &p.Items[i]
		}
	}
	for _, tt := range []struct {
		name  string
		touch func(w *world)
		want  string
	}{
		{"nothing", func(*world) {}, ""},
		{"a number", func(w *world) { page(w, func(p *domain.RecordPage) { p.Items[1].Numbers["minutes"] = 600 }) }, "chain lawyer: record 2: was changed"},
		{"two swapped", func(w *world) {
			page(w, func(p *domain.RecordPage) { p.Items[1], p.Items[2] = p.Items[2], p.Items[1] })
		}, "chain lawyer: record 3: stands in place 2"},
		{"the tail", func(w *world) { page(w, func(p *domain.RecordPage) { p.Items = p.Items[:3] }) }, "chain lawyer: record 4: is missing, the chain was cut off after 3 of 4"},
		{"the whole page", func(w *world) { w.must(w.data.Records.Delete(w.ctx, "lawyer|1")) }, "chain lawyer: record 1: is missing"},
		{"the head", func(w *world) { w.must(w.data.Heads.Delete(w.ctx, "lawyer")) }, "chain lawyer: record 1: the head does not know of it"},
		{"the head's hash", func(w *world) { head(w, func(h *domain.ChainHead) { h.Hash = "x" }) }, "chain lawyer: record 4: is not the one that the head names"},
		{"a record put in", func(w *world) {
			page(w, func(p *domain.RecordPage) {
				p.Items = append(p.Items, lifecycle.Link("lawyer", &p.Items[3], domain.Record{Source: "log|x|1", Kind: domain.RecordService}))
			})
		}, "chain lawyer: record 5: the head does not know of it"},
		{"one told twice", func(w *world) {
			page(w, func(p *domain.RecordPage) {
				p.Items = append(p.Items, lifecycle.Link("lawyer", &p.Items[3], p.Items[0]))
			})
		}, "chain lawyer: record 5: tells of something a second time"},
		{"the tail and the head", func(w *world) {
			page(w, func(p *domain.RecordPage) { p.Items = p.Items[:2] })
			head(w, func(h *domain.ChainHead) { h.Len = 2 })
			page(w, func(p *domain.RecordPage) { head(w, func(h *domain.ChainHead) { h.Hash = p.Items[1].Hash }) })
		}, "chain lawyer: record 3: is missing, the digest of 2026-11-24 names it"},
		{"all, made anew", func(w *world) {
			var hash string
			page(w, func(p *domain.RecordPage) { p.Items[1].Numbers["minutes"] = 600; anew(p); hash = p.Items[3].Hash })
			head(w, func(h *domain.ChainHead) { h.Hash = hash })
		}, "chain lawyer: record 4: is not the one that the digest of 2026-11-24 names"},
		{"everything", func(w *world) {
			w.must(w.data.Records.Delete(w.ctx, "lawyer|1"))
			w.must(w.data.Heads.Delete(w.ctx, "lawyer"))
		}, "chain lawyer: record 1: is missing, the digest of 2026-11-24 names it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(w *world) {
				lawyer := w.advisor("lawyer", post(beifang, domain.Main))
				for i := range 4 {
					w.logged(lawyer, lecture(fmt.Sprintf("11-22 1%d:00", i)))
				}
				w.clock.set(at("11-24 00:00"))
				w.settled() // and the day's digest is written
				tt.touch(w)
				problems, _, err := services.Verify(w.ctx, w.data, w.clock.now())
				w.must(err)
				if got := strings.Join(problems, "\n"); tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) || len(problems) > 1 {
					t.Errorf("found %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestRepairTalliesFindsEveryDifference(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		w.logged(lawyer, lecture("11-22 15:00"))
		w.pass()
		_, err := w.data.Ledgers.Update(w.ctx, "lawyer|2026-11", func(l *domain.Ledger) error { l.Rows[0].Minutes = 600; return nil })
		w.must(err)
		w.must(w.data.Ledgers.Delete(w.ctx, beifang+"|2026-11"))
		w.must(w.data.Ledgers.Insert(w.ctx, domain.Ledger{Meta: domain.Meta{ID: "ghost|2026-11"}, Rows: []domain.Fact{{Kind: domain.ServiceFact, Ref: "x"}}}))
		problems, _, err := services.RepairTallies(w.ctx, w.data)
		w.must(err)
		w.equal("found", problems, "ledger 110116101201|2026-11: was not what the records say",
			"ledger ghost|2026-11: was not what the records say", "ledger lawyer|2026-11: was not what the records say")
		w.settled()
		w.equal("and put right", w.ledgers(), "110116101201|2026-11 service", "lawyer|2026-11 service")
	})
}

// The figures of an advisor in one village leave out what took place elsewhere,
// and what others did there.
func TestFiguresOfAnAdvisorInOneVillage(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main), post(weili, domain.Main))
		second := w.advisor("second", post(beifang, domain.StandIn))
		elsewhere := func(e services.LogEdit, village string) services.LogEdit { e.Village = village; return e }
		w.logged(lawyer, lecture("11-20 09:00"))
		w.logged(lawyer, lecture("11-20 15:00"))
		w.logged(lawyer, elsewhere(lecture("11-21 09:00"), weili))
		w.logged(second, lecture("11-22 09:00"))
		w.settled()
		for _, c := range []struct {
			who              domain.Actor
			advisor, village string
			services, visits int
		}{
			{lawyer, "lawyer", "", 3, 2}, {lawyer, "lawyer", beifang, 2, 1}, {lawyer, "lawyer", weili, 1, 1}, {lawyer, "lawyer", yanqi, 0, 0},
			{lawyer, "", beifang, 3, 2}, {second, "second", beifang, 1, 1}, {second, "second", weili, 0, 0},
		} {
			got := w.tally(c.who, c.advisor, c.village, "2026-11")
			if got.Services != c.services || got.Visits != c.visits {
				w.Errorf("%q in %q: %d services, %d visits, want %d and %d", c.advisor, c.village, got.Services, got.Visits, c.services, c.visits)
			}
		}
	})
}

// A list of some kinds is walked as the whole one is.
func TestRecordsOfSomeKinds(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		for i := range 130 {
			e := lecture("11-2" + fmt.Sprint(i%3) + " 15:00")
			e.End = e.End.Add(time.Duration(i) * time.Minute)
			w.logged(lawyer, e)
			if i%50 == 0 {
				day := at("11-25 00:00").AddDate(0, 0, i/50)
				_, _, err := w.schedules.Close(w.ctx, lawyer, services.CloseRequest{Key: fmt.Sprint(i), From: day, To: day.AddDate(0, 0, 1), Reason: "出差"}, false)
				w.must(err)
			}
		}
		w.settled()
		walk := func(kinds ...domain.RecordKind) (all []string) {
			for f := (services.RecordFilter{Kinds: kinds, Limit: 2}); ; {
				list, err := w.records.List(w.ctx, lawyer, lawyer.ID, f)
				w.must(err)
				for _, r := range list.Items {
					all = append(all, string(r.Kind))
				}
				if list.Head.Len != 133 {
					w.Errorf("the chain is %d long", list.Head.Len)
				}
				if f.Before = list.Next; f.Before == 0 {
					return all
				}
			}
		}
		w.equal("leaves", walk(domain.RecordLeave), "leave", "leave", "leave")
		w.equal("ratings", walk(domain.RecordRated))
		if n := len(walk(domain.RecordLeave, domain.RecordService)); n != 133 {
			w.Errorf("%d leaves and services", n)
		}
		if n := len(walk()); n != 133 {
			w.Errorf("%d of all kinds", n)
		}
	})
}

func TestWhoSeesTallies(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		cadre, city := w.villager(domain.Cadre, "cadre", beifang), w.staff(domain.CityViewer, "city", "11")
		for _, tt := range []struct {
			who              domain.Actor
			advisor, village string
			want             string
		}{
			{lawyer, "lawyer", "", ""}, {lawyer, "", beifang, ""}, {lawyer, "", weili, "not_found"},
			{w.advisor("second", post(weili, domain.Main)), "lawyer", "", "not_found"},
			{city, "lawyer", "", ""}, {city, "", beifang, ""}, {city, "", "110116101999", "not_found"},
			{w.staff(domain.TownStaff, "yanqi", "110116102"), "lawyer", "", "not_found"},
			{w.staff(domain.TownStaff, "yanqi2", "110116102"), "", beifang, "not_found"},
			{cadre, "", beifang, "forbidden"}, {cadre, "lawyer", "", "forbidden"},
			{city, "", "", "advisor:one_of_two"}, {city, "", "北房", "village:bad_village"}, {city, "lawyer", "北房", "village:bad_village"},
			{lawyer, "lawyer", beifang, ""}, {lawyer, "lawyer", weili, ""}, {city, "lawyer", beifang, ""}, {cadre, "lawyer", beifang, "forbidden"},
			{w.advisor("third", post(beifang, domain.Main)), "lawyer", beifang, "not_found"},
			{w.staff(domain.TownStaff, "yanqi3", "110116102"), "lawyer", beifang, "not_found"},
		} {
			_, err := w.tallies.Months(w.ctx, tt.who, tt.advisor, tt.village, "2026-01", "2026-11")
			if why(err) != tt.want {
				t.Errorf("%s asks for %q %q: %q, want %q", tt.who.ID, tt.advisor, tt.village, why(err), tt.want)
			}
		}
		_, err := w.tallies.Months(w.ctx, city, "lawyer", "", "2020-01", "2026-11")
		w.refused(err, "to:too_many_months")
	})
}

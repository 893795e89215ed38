package services_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestVerifyFindsEveryPlantedFault(t *testing.T) {
	type town struct {
		*world
		lawyer, wang, li domain.Actor
		id, other        string // of two appointments, the second cancelled
	}
	diary := func(w *town, change func(d *domain.Diary)) {
		_, err := w.data.Diaries.Update(w.ctx, w.lawyer.ID, func(d *domain.Diary) error { change(d); return nil })
		w.must(err)
	}
	sheet := func(w *town, id string, change func(s *domain.Sheet)) {
		_, err := w.data.Sheets.Upsert(w.ctx, id, func(s *domain.Sheet) error { change(s); return nil })
		w.must(err)
	}
	appointment := func(w *town, id string, change func(a *domain.Appointment)) {
		_, err := w.data.Appointments.Update(w.ctx, id, func(a *domain.Appointment) error { change(a); return nil })
		w.must(err)
	}
	entry := func(id, from, to string) domain.Booking {
		return domain.Booking{Appointment: id, From: at(from), To: at(to), Channel: domain.Visit, Village: beifang, Edition: 1}
	}
	for _, c := range []struct {
		name  string
		plant func(w *town)
		want  []string // parts of the problems, in any order
	}{
		{"nothing", func(*town) {}, nil},
		{"an overlap", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken = append(d.Taken, entry("ghost", "11-25 09:15", "11-25 09:45")) })
		}, []string{"diary lawyer: appointments ID and ghost overlap", "diary lawyer: holds appointment ghost, which does not exist"}},
		{"an entry out of order", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken = append(d.Taken, entry("ghost", "11-24 09:00", "11-24 09:30")) })
		}, []string{"diary lawyer: appointment ghost is out of order", "ghost, which does not exist"}},
		{"an entry of what was cancelled", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken = append(d.Taken, entry(w.other, "11-25 11:00", "11-25 11:30")) })
		}, []string{"diary lawyer: holds appointment OTHER, which is cancelled"}},
		{"an entry at another time", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken[0].To = at("11-25 09:20") })
		}, []string{"diary lawyer: holds appointment ID at another time, place or channel"}},
		{"an entry in another channel", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken[0].Channel = domain.Phone })
		}, []string{"diary lawyer: holds appointment ID at another time, place or channel"}},
		{"an entry too many", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken = append(d.Taken, entry(w.id, "11-25 10:00", "11-25 10:30")) })
		}, []string{"appointment ID: in diaries 2 times", "ID at another time"}},
		{"an entry with another advisor", func(w *town) {
			appointment(w, w.id, func(a *domain.Appointment) { a.Advisor = "second" })
		}, []string{"diary lawyer: holds appointment ID, which is with second", "ID: not in the journal of second", "chain second: does not tell of appointment|ID|1"}},
		{"a move that is half done", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken[0].Moving = true })
		}, []string{"a move of appointment ID is half done"}},
		{"a mark that is not on the appointment", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken[0].Orphaned = true })
		}, []string{"does not agree with appointment ID on whether"}},
		{"an appointment without an entry", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken = nil })
		}, []string{"appointment ID: not in diary lawyer"}},
		{"an appointment that is not counted", func(w *town) {
			sheet(w, "wang", func(s *domain.Sheet) { s.Open = nil })
		}, []string{"appointment ID: not on sheet wang"}},
		{"an appointment that is counted for another", func(w *town) {
			sheet(w, "li", func(s *domain.Sheet) { s.Open = []domain.OpenBooking{{Appointment: w.id, Start: at("11-25 09:00")}} })
		}, []string{"sheet li: counts appointment ID, which counts on wang", "ID: on sheets 2 times"}},
		{"an appointment that is counted at another time", func(w *town) {
			sheet(w, "wang", func(s *domain.Sheet) { s.Open[0].Start = at("11-25 10:00") })
		}, []string{"sheet wang: counts appointment ID at another time"}},
		{"what was cancelled is counted", func(w *town) {
			sheet(w, "wang", func(s *domain.Sheet) {
				s.Open = append(s.Open, domain.OpenBooking{Appointment: w.other, Start: at("11-25 11:00")})
			})
		}, []string{"sheet wang: counts appointment OTHER, which is cancelled"}},
		{"what does not exist is counted", func(w *town) {
			sheet(w, "wang", func(s *domain.Sheet) {
				s.Open = append(s.Open, domain.OpenBooking{Appointment: "ghost"})
				s.Misses = append(s.Misses, domain.MissedTurn{Appointment: "ghost", At: morning})
			})
		}, []string{"counts appointment ghost, which does not exist", "counts a miss of appointment ghost, which does not exist"}},
		{"a miss that was none", func(w *town) {
			sheet(w, "wang", func(s *domain.Sheet) {
				s.Misses = append(s.Misses, domain.MissedTurn{Appointment: w.other, At: morning})
			})
		}, []string{"appointment OTHER: a miss of it is on sheet wang"}},
		{"a miss that is not counted", func(w *town) {
			appointment(w, w.other, func(a *domain.Appointment) {
				a.Status, a.MissedBy, a.Events[1].Status = domain.Missed, domain.Resident, domain.Missed
			})
		}, []string{"appointment OTHER: its miss is not on sheet wang"}},
		{"journals that lack an appointment", func(w *town) {
			for _, person := range []string{"wang", "lawyer"} {
				_, err := w.data.Journals.Update(w.ctx, person, func(j *domain.Journal) error { j.Items = j.Items[1:]; return nil })
				w.must(err)
			}
		}, []string{"ID: not in the journal of wang", "ID: not in the journal of lawyer"}},
		{"an event that is lost", func(w *town) {
			appointment(w, w.other, func(a *domain.Appointment) { a.Events = a.Events[:1] })
		}, []string{"appointment OTHER: its last event does not make it cancelled"}},
		{"events out of order", func(w *town) {
			appointment(w, w.other, func(a *domain.Appointment) { a.Events[0].Seq, a.Events[1].Seq = 2, 1 })
		}, []string{"OTHER: event 1 is numbered 2", "OTHER: event 2 is numbered 1"}},
		{"an old pointer", func(w *town) {
			w.must(w.data.Pending.Insert(w.ctx, domain.Pointer{Meta: domain.Meta{ID: "p"}, Subject: "nothing", At: morning.Add(-2 * time.Minute)}))
		}, []string{"pointer p: pending since 2026-11-23T07:58:00+08:00"}},
		{"a pointer from the future", func(w *town) {
			w.must(w.data.Pending.Insert(w.ctx, domain.Pointer{Meta: domain.Meta{ID: "p"}, Subject: "nothing", At: morning.Add(time.Hour)}))
		}, []string{"pointer p: pending since"}},
		{"what is under way", func(w *town) {
			diary(w, func(d *domain.Diary) { d.Taken = append(d.Taken, entry("coming", "11-25 11:00", "11-25 11:30")) })
			sheet(w, "li", func(s *domain.Sheet) { s.Open = []domain.OpenBooking{{Appointment: "coming"}} })
			w.must(w.data.Pending.Insert(w.ctx, domain.Pointer{Meta: domain.Meta{ID: "p"}, Subject: "coming", At: morning}))
		}, nil},
		{"a tombstone that holds a time", func(w *town) {
			w.must(w.data.Appointments.Insert(w.ctx, domain.Appointment{Meta: domain.Meta{ID: "void"}, Status: domain.Void}))
			diary(w, func(d *domain.Diary) { d.Taken = append(d.Taken, entry("void", "11-25 11:00", "11-25 11:30")) })
		}, []string{"diary lawyer: holds appointment void, which is void"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(w *world) {
				w2 := &town{world: w, lawyer: w.advisor("lawyer", post(beifang, domain.Main)), wang: w.resident("wang", "王小明"), li: w.resident("li", "李四")}
				w2.id = w.booked(w2.wang, w.wish(w2.lawyer, "11-25 09:00")).ID
				w.pass()
				w2.other = w.booked(w2.wang, w.wish(w2.lawyer, "11-25 11:00")).ID
				w.pass()
				_, err := w.booking.Cancel(w.ctx, w2.wang, w2.other, "", "")
				w.must(err)
				w.settled()
				c.plant(w2)
				problems, checked, err := services.Verify(w.ctx, w.data, w.clock.now())
				w.must(err)
				if checked < 5 {
					w.Errorf("%d documents checked", checked)
				}
				all := strings.NewReplacer(w2.id, "ID", w2.other, "OTHER").Replace(strings.Join(problems, "\n"))
				for _, want := range c.want {
					if !strings.Contains(all, want) {
						w.Errorf("not found: %s\nfound: %s", want, all)
					}
				}
				if len(problems) != len(c.want) {
					w.Errorf("%d problems, want %d: %s", len(problems), len(c.want), all)
				}
				if strings.Contains(fmt.Sprint(problems), "王小明") {
					w.Error("a problem tells a name")
				}
			})
		})
	}
}

// What has long passed is no problem: diaries and sheets drop it in time.
func TestVerifyForgivesThePast(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang, li := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明"), w.resident("li", "李四")
		w.booked(wang, w.wish(lawyer, "11-24 09:00"))
		for day := 25; day <= 30; day += 5 {
			w.pass()
			w.clock.set(at(fmt.Sprintf("11-%d 08:00", day)))
			w.booked(li, w.wish(lawyer, fmt.Sprintf("11-%d 11:00", day)))
			w.settled()
		}
		w.clock.set(at("12-10 08:00"))
		w.booked(wang, w.wish(lawyer, "12-11 09:00"))
		w.settled()
	})
}

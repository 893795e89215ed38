package services_test

import (
	"testing"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestTheClockOfAComplaint(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		b := w.bureau()
		for _, c := range []struct {
			filed string
			days  int
			due   domain.Day
		}{
			{"09-18 10:00", 0, "2026-10-15"}, // the 20th and 10 October are worked, the autumn and national holidays are not
			{"09-18 23:59", 1, "2026-09-20"},
			{"11-27 08:00", 1, "2026-11-30"},
			{"12-31 08:00", 1, ""},
		} {
			_, err := w.data.Offices.Update(w.ctx, "110116", func(o *domain.Office) error { o.ComplaintDays = c.days; return nil })
			w.must(err)
			w.clock.set(at(c.filed))
			seen := w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID})
			if seen.Due != c.due || seen.Overdue {
				w.Errorf("filed %s with %d days: due %q, overdue %v, want %q", c.filed, c.days, seen.Due, seen.Overdue, c.due)
			}
			if c.due == "" {
				continue
			}
			for minute, overdue := range []bool{false, true} {
				w.clock.set(c.due.Add(1).At(domain.Minute(minute - 1)))
				late, err := w.complain.Complaint(w.ctx, wang, seen.ID)
				w.must(err)
				if late.Overdue != overdue {
					w.Errorf("at %s it is overdue: %v", w.clock.now(), late.Overdue)
				}
			}
			late, err := w.complain.Answer(w.ctx, b.chief, seen.ID, "迟了", domain.Upheld, "")
			w.must(err)
			if !late.Overdue {
				w.Error("answered late, it is not overdue")
			}
		}
	})
}

func TestTheOfficeIsWarned(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		clerk := w.staff(domain.TownStaff, "clerk", "110116101")
		district, chief := w.staff(domain.DistrictKind, "district", "110116"), w.staff(domain.DistrictKind, "chief", "110116")
		c := w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID}) // due Monday 12-14
		answered := w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID, Text: "另一件事"})
		_, err := w.complain.Answer(w.ctx, clerk, answered.ID, "查过了", domain.NotUpheld, "")
		w.must(err)
		var told []string
		for now := at("11-23 08:00"); now.Before(at("12-18 08:00")); now = now.Add(15 * 60e9) {
			if hour := now.Hour(); hour != 8 && hour != 9 {
				continue
			}
			w.clock.set(now)
			before := []int{w.toldOf(clerk, domain.NoticeDeadline), w.toldOf(district, domain.NoticeDeadline), w.toldOf(chief, domain.NoticeDeadline)}
			w.pass()
			for i, who := range []domain.Actor{clerk, district, chief} {
				for range w.toldOf(who, domain.NoticeDeadline) - before[i] {
					told = append(told, now.Format("01-02 15:04 ")+who.ID)
				}
			}
		}
		w.equal("warned", told, "12-11 09:00 clerk", "12-15 09:00 clerk", "12-16 09:00 district", "12-16 09:00 chief", "12-17 09:00 district", "12-17 09:00 chief")
		_, err = w.complain.Answer(w.ctx, clerk, c.ID, "查过了", domain.NotUpheld, "")
		w.must(err)
		w.clock.set(at("12-21 10:00"))
		before := len(w.told(chief))
		w.pass()
		w.clock.set(at("12-22 10:00"))
		w.settled()
		if len(w.told(chief)) != before {
			w.Errorf("warned of what is answered: %v", w.told(chief))
		}
		if w.toldOf(lawyer, domain.NoticeDeadline)+w.toldOf(wang, domain.NoticeDeadline) != 0 {
			w.Error("others are warned")
		}
	})
}

// A program that was down over the day comes late, and the warnings go on.
func TestAWarningComesLate(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		clerk, district := w.staff(domain.TownStaff, "clerk", "110116101"), w.staff(domain.DistrictKind, "district", "110116")
		w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID})
		w.pass()
		for i, c := range []struct {
			now             string
			clerk, district int
		}{{"12-14 15:00", 1, 0}, {"12-15 09:01", 2, 0}, {"12-20 12:00", 2, 1}, {"12-21 08:59", 2, 1}, {"12-21 09:00", 2, 2}} {
			w.clock.set(at(c.now))
			w.pass()
			if x, y := w.toldOf(clerk, domain.NoticeDeadline), w.toldOf(district, domain.NoticeDeadline); x != c.clerk || y != c.district {
				w.Errorf("%d: by %s the clerk is warned %d times, the district %d times", i, c.now, x, y)
			}
		}
		w.settled()
	})
}

// Working days of a year without a table cannot be counted: the clock waits for
// the table, and then runs.
func TestAComplaintWaitsForTheTableOfAYear(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		clerk := w.staff(domain.TownStaff, "clerk", "110116101")
		w.clock.set(at("12-28 10:00"))
		c := w.filed(wang, services.ComplaintRequest{Advisor: lawyer.ID})
		if c.Due != "" || c.Overdue || c.Days != domain.DefaultComplaintDays {
			w.Errorf("due %q, overdue %v, %d days", c.Due, c.Overdue, c.Days)
		}
		for _, day := range []string{"12-29 09:00", "2027-01-04 09:30", "2027-02-01 09:00"} {
			w.clock.set(at(day))
			w.pass()
		}
		if w.toldOf(clerk, domain.NoticeDeadline) != 0 {
			w.Error("the office is warned by guess")
		}
		w.must(w.data.Calendars.Insert(w.ctx, domain.CalendarYear{Meta: domain.Meta{ID: "2027"}, Notice: "某号", Off: []domain.Day{"2027-01-01"}}))
		w.clock.set(at("2027-02-02 09:00"))
		w.pass()
		seen, err := w.complain.Complaint(w.ctx, clerk, c.ID)
		w.must(err)
		if seen.Due != "2027-01-19" || !seen.Overdue {
			w.Errorf("due %q, overdue %v", seen.Due, seen.Overdue)
		}
		w.settled()
	})
}

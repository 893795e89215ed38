package services_test

import (
	"strings"
	"testing"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func TestMovingAnAppointment(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main), post(weili, domain.Main))
		wang, li := w.resident("wang", "王小明"), w.resident("li", "李四")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		w.booked(li, w.wish(lawyer, "11-25 10:00"))

		// Who loses the new time keeps the old one.
		_, err := w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 10:00")}, "")
		w.refused(err, "slot_taken")
		if len(err.(*domain.Error).Offer.Slots) != 3 {
			w.Error("no other times are offered")
		}
		w.equal("the diary", w.diary(lawyer), "11-25 09:00 visit", "11-25 10:00 visit")
		w.settled()

		moves := []struct {
			to   services.Turn
			want string
		}{
			{services.Turn{Start: at("11-25 09:30")}, "11-25 09:30 visit"},                                           // beside the old one
			{services.Turn{Start: at("11-25 09:30"), Channel: domain.Phone}, "11-25 09:30 phone"},                    // another channel at the same time
			{services.Turn{Start: at("11-25 09:30"), Channel: domain.Home, Address: "北房村 12 号"}, "11-25 09:30 home"}, // buffer to the next visit is not kept
			{services.Turn{Start: at("12-01 09:00"), Channel: domain.Phone}, "12-01 09:00 phone"},                    // across months
			{services.Turn{Start: at("11-26 13:00"), Channel: domain.Visit, Village: weili}, "11-26 13:00 visit"},    // to another village, and back in time
		}
		for _, m := range moves {
			before := w.stored(seen.ID)
			moved, err := w.booking.Reschedule(w.ctx, wang, seen.ID, m.to, "")
			if m.to.Channel == domain.Home {
				w.refused(err, "slot_taken")
				continue
			}
			w.must(err)
			if moved.ID != seen.ID || moved.Status != domain.Booked || !moved.Start.Equal(m.to.Start) || len(moved.Events) != len(before.Events)+1 {
				w.Errorf("moved to %s: %+v", m.want, moved)
			}
			all := strings.Join(w.diary(lawyer), ", ")
			if !strings.Contains(all, m.want) || len(w.diary(lawyer)) != 2 {
				w.Errorf("after a move to %s the diary holds %s", m.want, all)
			}
			w.equal("one's list", w.lists(wang, services.Filter{}), seen.ID)
			w.settled()
		}
		if !w.free(lawyer, "11-25 09:00") || !w.free(lawyer, "12-01 09:00") {
			w.Error("an old time is still taken")
		}
		if got := w.toldOf(lawyer, domain.NoticeChanged); got != len(moves)-1 {
			w.Errorf("the advisor was told of %d moves", got)
		}
	})
}

func TestWhereAMoveIsRefused(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		for _, c := range []struct {
			to   services.Turn
			want string
		}{
			{services.Turn{}, "start:required"},
			{services.Turn{Start: at("11-25 10:00"), Channel: "letter"}, "channel:unknown"},
			{services.Turn{Start: at("11-25 10:00"), Channel: domain.Home}, "address:required"},
			{services.Turn{Start: at("11-25 10:00"), Village: "北房"}, "village:bad_village"},
			{services.Turn{Start: at("11-25 10:00"), Village: weili}, "village:not_served"},
			{services.Turn{Start: at("11-23 09:00")}, "start:too_soon"},
			{services.Turn{Start: at("12-30 09:00")}, "start:too_far"},
			{services.Turn{Start: at("11-25 09:05")}, "start:not_offered"},
			{services.Turn{Start: at("11-25 10:00"), Address: strings.Repeat("某", 201)}, "address:too_long"},
		} {
			_, err := w.booking.Reschedule(w.ctx, wang, seen.ID, c.to, "")
			if got := why(err); got != c.want {
				w.Errorf("moved to %+v: %q, want %q", c.to, got, c.want)
			}
		}
		same, err := w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 09:00")}, "")
		w.must(err)
		if len(same.Events) != 1 {
			w.Error("a move to where it is has changed something")
		}
		w.settled()
	})
}

// A party that became the advisor's client after the booking does not pin it.
func TestAMoveIsNotJudgedForConflictAnew(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00", against("张三")))
		w.booked(w.resident("zhang", "张三"), w.wish(lawyer, "11-25 10:00"))
		_, err := w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 11:00")}, "")
		w.must(err)
		w.settled()
	})
}

func TestTheSameMoveTwice(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
		move := func(int) (services.Seen, error) {
			return w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 10:00")}, "move")
		}
		for _, id := range w.together(6, move) {
			if id != seen.ID {
				w.Errorf("a twin was answered %s", id)
			}
		}
		again, err := move(0)
		w.must(err)
		if len(again.Events) != 2 {
			w.Errorf("%d events after a move sent seven times", len(again.Events))
		}
		cancel := func(int) (services.Seen, error) { return w.booking.Cancel(w.ctx, wang, seen.ID, "", "cancel") }
		for _, id := range w.together(6, cancel) {
			if id != seen.ID {
				w.Errorf("a twin was answered %s", id)
			}
		}
		if got := len(w.stored(seen.ID).Events); got != 3 {
			w.Errorf("%d events after a cancellation sent six times", got)
		}
		w.settled()
		w.equal("the diary", w.diary(lawyer))
	})
}

// Each finds out by itself what the other did: whoever comes second is refused,
// and the diary agrees with the appointment whatever happened.
func TestMovingAndCancellingAtOnce(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		for range 12 {
			seen := w.booked(wang, w.wish(lawyer, "11-25 09:00"))
			answers := w.together(3, func(i int) (services.Seen, error) {
				switch i {
				case 0:
					return w.booking.Cancel(w.ctx, wang, seen.ID, "", "")
				case 1:
					return w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 10:00")}, "")
				}
				return w.booking.Reschedule(w.ctx, wang, seen.ID, services.Turn{Start: at("11-25 11:00")}, "")
			})
			won := 0
			for _, a := range answers {
				switch a {
				case seen.ID:
					won++
				case "!changed_meanwhile", "!wrong_status":
				default:
					w.Errorf("answered %v", answers)
				}
			}
			if won == 0 {
				w.Errorf("nobody won: %v", answers)
			}
			w.settled()
			if w.stored(seen.ID).Status == domain.Booked {
				_, err := w.booking.Cancel(w.ctx, wang, seen.ID, "", "")
				w.must(err)
			}
			w.settled()
			w.equal("the diary", w.diary(lawyer))
		}
	})
}

package schedule_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// dice makes choices of bytes, so that the fuzzer can steer them. When the
// bytes are used up every choice is 0.
type dice struct{ data []byte }

// roll answers 0 to n-1; n is at most 65536.
func (d *dice) roll(n int) int {
	if len(d.data) < 2 {
		return 0
	}
	v := int(d.data[0]) | int(d.data[1])<<8
	d.data = d.data[2:]
	return v % n
}

func pick[T any](d *dice, from ...T) T { return from[d.roll(len(from))] }

// scene is a diary and a moment at which it is asked.
type scene struct {
	diary *domain.Diary
	now   time.Time
	today domain.Day
	query schedule.Query
}

// rollScene makes a scene around a holiday, the last day with a table, or neither.
func rollScene(data []byte) scene {
	dice := &dice{data}
	today := pick(dice, domain.Day("2026-11-24"), "2026-09-29", "2026-12-29")
	villages := []string{one, two, "110116001203"}
	channels := func() (out []domain.Channel) {
		mask := dice.roll(15) + 1
		for i, c := range domain.Channels {
			if mask&(1<<i) != 0 {
				out = append(out, c)
			}
		}
		return out
	}
	window := func() (from, to domain.Minute, slot int) {
		from = domain.Minute(dice.roll(288) * 5)
		to = min(from+domain.Minute(dice.roll(48)*5+5), 1440)
		return from, to, pick(dice, 0, 15, 20, 30, 45, 60, 7)
	}
	moment := func() time.Time { // mostly on the grid of the windows, so that edges meet
		return today.At(domain.Minute(dice.roll(10*288)*5 - 1440 + pick(dice, 0, 0, 0, 1)))
	}

	d := &domain.Diary{Rules: domain.Rules{
		EarliestNotice: pick(dice, 0, 1, 120, 1440, 3000),
		Horizon:        dice.roll(12),
		Buffer:         pick(dice, 0, 30, 1, 60, 240),
		DailyMax:       pick(dice, 0, 1, 2, 5),
	}}
	for range dice.roll(5) + 1 {
		from := today.Add(dice.roll(14) - 10)
		d.Posts = append(d.Posts, domain.Post{Village: pick(dice, villages...), From: from, To: from.Add(dice.roll(20))})
	}
	for range dice.roll(10) {
		s := domain.Shift{Village: pick(dice, villages...), Channels: channels(), Weekday: dice.roll(7) + 1}
		s.From, s.To, s.Slot = window()
		d.Shifts = append(d.Shifts, s)
	}
	for range dice.roll(6) {
		o := domain.Opening{Village: pick(dice, villages...), Channels: channels(), Day: today.Add(dice.roll(10) - 1)}
		o.From, o.To, o.Slot = window()
		d.Openings = append(d.Openings, o)
	}
	for range dice.roll(4) {
		from := moment()
		d.Closures = append(d.Closures, domain.Closure{From: from, To: from.Add(time.Duration(dice.roll(1500)) * time.Minute)})
	}
	for i := range dice.roll(60) {
		from := moment()
		_ = schedule.Take(d, domain.Booking{ // what overlaps stays out
			Appointment: fmt.Sprint("a", i-dice.roll(2)), // some hold two
			From:        from,
			To:          from.Add(time.Duration(pick(dice, 30, 15, 60, 5, 1, 240)) * time.Minute),
			Channel:     pick(dice, domain.Channels...),
			Village:     pick(dice, villages...),
		})
	}
	now := today.At(domain.Minute(dice.roll(1440))).Add(time.Duration(dice.roll(3)) * time.Millisecond)
	from := today.Add(dice.roll(8) - 2)
	q := schedule.Query{From: from, To: from.Add(dice.roll(14) - 1)}
	if dice.roll(4) == 1 {
		q.Channel = pick(dice, domain.Channels...)
	}
	if dice.roll(4) == 1 {
		q.Village = pick(dice, villages...)
	}
	return scene{d, now, today, q}
}

// listNaively says again what Slots says, as plainly as it can be said and at
// any cost.
func listNaively(d *domain.Diary, c *schedule.Calendar, now time.Time, q schedule.Query) []domain.Slot {
	var out []domain.Slot
	offer := func(day domain.Day, village string, channels []domain.Channel, from, to domain.Minute, slot int) {
		if slot == 0 {
			slot = 30
		}
		for m := from; m+domain.Minute(slot) <= to; m += domain.Minute(slot) {
			for _, channel := range channels {
				s := domain.Slot{Start: day.At(m), End: day.At(m + domain.Minute(slot)), Channel: channel, Village: village}
				if isFreeNaively(d, now, day, s) &&
					(q.Village == "" || q.Village == village) && (q.Channel == "" || q.Channel == channel) &&
					!slices.ContainsFunc(out, func(o domain.Slot) bool { return gocmp.Equal(o, s) }) {
					out = append(out, s)
				}
			}
		}
	}
	for day := q.From; day <= q.To; day = day.Add(1) {
		if day > domain.DayOf(now).Add(d.Rules.Horizon) {
			break
		}
		for _, s := range d.Shifts {
			if s.Weekday == day.Weekday() && !c.Off(day) {
				offer(day, s.Village, s.Channels, s.From, s.To, s.Slot)
			}
		}
		for _, o := range d.Openings {
			if o.Day == day {
				offer(day, o.Village, o.Channels, o.From, o.To, o.Slot)
			}
		}
	}
	slices.SortFunc(out, func(a, b domain.Slot) int {
		return cmp.Or(a.Start.Compare(b.Start),
			slices.Index(domain.Channels, a.Channel)-slices.Index(domain.Channels, b.Channel),
			cmp.Compare(a.Village, b.Village), a.End.Compare(b.End))
	})
	return out
}

func isFreeNaively(d *domain.Diary, now time.Time, day domain.Day, s domain.Slot) bool {
	if !d.Serves(s.Village, day) || s.Start.Sub(now) < time.Duration(d.Rules.EarliestNotice)*time.Minute {
		return false
	}
	for _, c := range d.Closures {
		if c.From.Before(s.End) && s.Start.Before(c.To) {
			return false
		}
	}
	count := 0
	for _, b := range d.Taken {
		if domain.DayOf(b.From) == day {
			count++
		}
		gap := max(s.Start.Sub(b.To), b.From.Sub(s.End)) // negative if they overlap
		apart := s.Channel.OnSite() && b.Channel.OnSite() &&
			(s.Channel == domain.Home || b.Channel == domain.Home || s.Village != b.Village)
		if gap < 0 || apart && gap < time.Duration(d.Rules.Buffer)*time.Minute {
			return false
		}
	}
	return d.Rules.DailyMax == 0 || count < d.Rules.DailyMax
}

// checkSlots holds Slots to the plain list and to what must never happen.
func checkSlots(t *testing.T, s scene) {
	c := shipped()
	got := schedule.Slots(s.diary, c, s.now, s.query)
	if diff := gocmp.Diff(listNaively(s.diary, c, s.now, s.query), got); diff != "" {
		t.Fatalf("Slots (-naive +got):\n%s", diff)
	}
	if diff := gocmp.Diff(got, schedule.Slots(s.diary, c, s.now, s.query)); diff != "" {
		t.Fatalf("asked again:\n%s", diff)
	}
	for i, slot := range got {
		if i > 0 && slot.Start.Before(got[i-1].Start) {
			t.Fatalf("%v is out of order", slot)
		}
		for _, b := range s.diary.Taken {
			if b.From.Before(slot.End) && slot.Start.Before(b.To) {
				t.Fatalf("%v overlaps %v", slot, b)
			}
		}
		for _, closed := range s.diary.Closures {
			if closed.From.Before(slot.End) && slot.Start.Before(closed.To) {
				t.Fatalf("%v is closed by %v", slot, closed)
			}
		}
		if !s.diary.Serves(slot.Village, domain.DayOf(slot.Start)) {
			t.Fatalf("%v is in no post", slot)
		}
		if slot.Start.Sub(s.now) < time.Duration(s.diary.Rules.EarliestNotice)*time.Minute {
			t.Fatalf("%v is before the notice", slot)
		}
	}
	checkTaking(t, s, got)
}

// checkTaking takes the first slot: that must succeed, orphan nobody, and
// leave nothing that overlaps it.
func checkTaking(t *testing.T, s scene, free []domain.Slot) {
	if len(free) == 0 {
		return
	}
	d, slot := *s.diary, free[0]
	d.Taken = slices.Clone(d.Taken)
	b := domain.Booking{Appointment: "new", From: slot.Start, To: slot.End, Channel: slot.Channel, Village: slot.Village}
	if err := schedule.Take(&d, b); err != nil {
		t.Fatalf("%v is listed but: %v", slot, err)
	}
	if !slices.IsSortedFunc(d.Taken, func(a, b domain.Booking) int { return a.From.Compare(b.From) }) {
		t.Fatal("taken out of order")
	}
	if schedule.Orphans(&d, shipped(), s.now)["new"] {
		t.Fatalf("%v is an orphan at once", slot)
	}
	for _, left := range schedule.Slots(&d, shipped(), s.now, s.query) {
		if left.Start.Before(slot.End) && slot.Start.Before(left.End) {
			t.Fatalf("%v is still free beside %v", left, slot)
		}
	}
}

// checkJudge holds Judge to Slots at the given starts: it grants a wish if and
// only if Slots lists it, and calls it taken if and only if Slots would list
// it in an empty diary. An appointment being moved is as if it were not there.
func checkJudge(t *testing.T, s scene, moving string, starts func(yield func(time.Time) bool)) {
	c := shipped()
	all := schedule.Query{From: s.today, To: s.today.Add(s.diary.Rules.Horizon + 1)}
	type key struct {
		start   int64
		channel domain.Channel
		village string
	}
	index := func(d *domain.Diary) map[key]domain.Slot {
		m := map[key]domain.Slot{}
		for _, slot := range schedule.Slots(d, c, s.now, all) {
			k := key{slot.Start.UnixNano(), slot.Channel, slot.Village}
			if _, ok := m[k]; !ok {
				m[k] = slot
			}
		}
		return m
	}
	without, empty := *s.diary, *s.diary
	without.Taken, empty.Taken = slices.Clone(s.diary.Taken), nil
	if moving != "" {
		schedule.Release(&without, moving)
	}
	free, offered := index(&without), index(&empty)
	for start := range starts {
		for _, channel := range domain.Channels {
			for _, village := range []string{one, two, "110116001203"} {
				k := key{start.UnixNano(), channel, village}
				want, listed := free[k]
				_, inEmpty := offered[k]
				got, err := schedule.Judge(s.diary, c, s.now, schedule.Wish{Start: start, Channel: channel, Village: village, Moving: moving})
				if listed != (err == nil) || got != want {
					t.Fatalf("%v: Slots has %v, Judge says %v, %v", k, want, got, err)
				}
				if isTaken := domain.ReasonOf(err) == "slot_taken"; isTaken != (inEmpty && !listed) {
					t.Fatalf("%v: offered %v, listed %v, Judge says %v", k, inEmpty, listed, err)
				}
			}
		}
	}
}

// checkNearest holds Nearest to a sort of all that Slots lists.
func checkNearest(t *testing.T, s scene, w schedule.Wish, n int) {
	c := shipped()
	all := schedule.Slots(s.diary, c, s.now, schedule.Query{
		From: s.today, To: s.today.Add(s.diary.Rules.Horizon), Channel: w.Channel, Village: w.Village})
	slices.SortStableFunc(all, func(a, b domain.Slot) int {
		return cmp.Compare(a.Start.Sub(w.Start).Abs(), b.Start.Sub(w.Start).Abs())
	})
	var want []domain.Slot
	want = append(want, all[:min(n, len(all))]...)
	if diff := gocmp.Diff(want, schedule.Nearest(s.diary, c, s.now, w, n), gocmp.Transformer("all", starts)); diff != "" {
		t.Fatalf("Nearest to %v (-sorted +got):\n%s", w, diff)
	}
}

// TestJudgeGrantsWhatSlotsList tries every five minutes, and some between, on
// random diaries.
func TestJudgeGrantsWhatSlotsList(t *testing.T) {
	for seed := range uint64(24) {
		random := rand.New(rand.NewPCG(seed, 4))
		s := rollScene(randomBytes(random))
		moving := ""
		if len(s.diary.Taken) > 0 && seed%2 == 0 {
			moving = s.diary.Taken[random.IntN(len(s.diary.Taken))].Appointment
		}
		checkJudge(t, s, moving, func(yield func(time.Time) bool) {
			for start := s.today.Add(-1).Time(); start.Before(s.today.Add(s.diary.Rules.Horizon + 2).Time()); start = start.Add(5 * time.Minute) {
				if !yield(start) || !yield(start.Add(time.Duration(random.IntN(300))*time.Second)) {
					return
				}
			}
		})
	}
}

// TestRandomDiaries is FuzzSlots on bytes by chance.
func TestRandomDiaries(t *testing.T) {
	listed := 0
	for seed := range uint64(600) {
		s := rollScene(randomBytes(rand.New(rand.NewPCG(seed, 8))))
		checkSlots(t, s)
		listed += len(schedule.Slots(s.diary, shipped(), s.now, s.query))
	}
	if listed < 600 {
		t.Errorf("only %d slots in 600 diaries: the scenes are too poor to prove anything", listed)
	}
}

func randomBytes(r *rand.Rand) []byte {
	data := make([]byte, 1200)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func FuzzSlots(f *testing.F) {
	f.Add([]byte(nil), uint16(0))
	for seed := range uint64(20) {
		f.Add(randomBytes(rand.New(rand.NewPCG(seed, 15))), uint16(seed*100))
	}
	f.Fuzz(func(t *testing.T, data []byte, wish uint16) {
		s := rollScene(data)
		checkSlots(t, s)
		moving := ""
		if n := len(s.diary.Taken); n > 0 && wish%2 == 1 {
			moving = s.diary.Taken[int(wish/2)%n].Appointment
		}
		start := s.today.At(domain.Minute(int(wish)%(14*1440) - 1440))
		checkJudge(t, s, moving, func(yield func(time.Time) bool) {
			if !yield(start) {
				return
			}
			for _, slot := range schedule.Slots(s.diary, shipped(), s.now, s.query) {
				if !yield(slot.Start) || !yield(slot.End) {
					return
				}
			}
		})
		channel, village := domain.Channels[wish%4], pick(&dice{data}, one, two)
		checkNearest(t, s, schedule.Wish{Start: start, Channel: channel, Village: village}, int(wish%5))
	})
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"villagecounsel/services/domain"
)

const (
	slotRounds = 20 // the crowd for one slot
	dayRounds  = 6  // the crowd for one day
	// winners is how many of the crowd are replaced, for each may book only twice.
	winners = slotRounds + dayRounds*slotsOfDay
)

// contest is what rounds of contention came to.
type contest struct {
	double, lost int
	losers       []time.Duration // of refused requests
}

// contend lets the crowd book the same slot, and then the same day, in many
// rounds. The aim is held against `book` with as many clients.
func (b *bench) contend(ctx context.Context) error {
	b.say("contend")
	many, err := b.measure(ctx, crowd, b.length/crowdShare, b.bookNext(ctx))
	if err != nil {
		return err
	}
	b.page.add(row{name: fmt.Sprintf("book with %d clients", crowd), engine: b.engine.name, ours: perSecond(many.rate()),
		p50: millis(many.percentile(50)), p99: millis(many.percentile(99)), cpu: milliCPU(many.cpuEach())})
	partly, whole := b.keptDays()
	var slot, day contest
	for n := range slotRounds {
		if err := b.round(ctx, &slot, partly[n][:1]); err != nil {
			return err
		}
	}
	for n := range dayRounds {
		if err := b.round(ctx, &day, whole[n]); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		name   string
		rounds int
		contest
	}{{"contend for one slot", slotRounds, slot}, {"contend for one day", dayRounds, day}} {
		slices.Sort(c.losers)
		worst := percentile(c.losers, 99)
		ratio := ms(worst) / ms(many.percentile(99))
		b.page.add(row{name: c.name, engine: b.engine.name, ours: fmt.Sprintf("%d double, %d lost in %d rounds of %d", c.double, c.lost, c.rounds, crowd),
			ceiling: fmt.Sprintf("p99 of `book` with %d clients %s", crowd, millis(many.percentile(99))), ratio: ratioText(ratio),
			aim: fmt.Sprintf("0, 0; losers' p99 <= %d x", loserRatio), p50: millis(percentile(c.losers, 50)), p99: millis(worst),
			verdict: verdict(c.double == 0 && c.lost == 0 && ratio <= loserRatio)})
		b.page.note("%s, `%s`: against the p99 of `book` with %d clients, %s, the losers' is %.1f times.", b.engine.name, c.name,
			clients, millis(b.few.percentile(99)), ms(worst)/ms(b.few.percentile(99)))
	}
	return nil
}

// keptDays answers the days of the advisors kept for contention: what is left
// of those that are partly taken, and the whole ones.
func (b *bench) keptDays() (partly, whole [][]wish) {
	for slots := b.kept; len(slots) > 0; {
		n := 1
		for n < len(slots) && slots[n].advisor == slots[0].advisor && domain.DayOf(slots[n].start) == domain.DayOf(slots[0].start) {
			n++
		}
		if n == slotsOfDay {
			whole = append(whole, slots[:n])
		} else {
			partly = append(partly, slots[:n])
		}
		slots = slots[n:]
	}
	return partly, whole
}

// round lets the crowd book any of the slots at once. Who is refused takes what
// is offered of them, until nothing is.
func (b *bench) round(ctx context.Context, c *contest, slots []wish) error {
	var (
		mu   sync.Mutex
		won  = map[time.Time]int{}
		errs = make([]error, crowd)
		wg   sync.WaitGroup
		gate = make(chan struct{})
	)
	for i := range crowd {
		wg.Go(func() {
			w := slots[i%len(slots)]
			<-gate
			for {
				begun := time.Now()
				offered, err := b.bookOne(ctx, b.crowd[i], w)
				took := time.Since(begun)
				mu.Lock()
				switch {
				case err == nil:
					won[w.start]++
					b.crowd[i] = b.reserve[0]
					b.reserve = b.reserve[1:]
				case errors.Is(err, errRefused):
					c.losers = append(c.losers, took)
				default:
					errs[i] = err
				}
				mu.Unlock()
				next := slices.IndexFunc(slots, func(s wish) bool { return slices.ContainsFunc(offered, s.start.Equal) })
				if next < 0 {
					return
				}
				w = slots[next]
			}
		})
	}
	close(gate)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	body, err := b.server.ask(ctx, http.MethodGet, fmt.Sprintf("%s/api/v1/advisors/%s/slots?from=%[3]s&to=%[3]s",
		b.server.base, slots[0].advisor, domain.DayOf(slots[0].start)), request{})
	if err != nil {
		return err
	}
	for _, s := range slots {
		listed := strings.Contains(string(body), `"start":"`+s.start.Format(time.RFC3339)+`"`)
		switch n := won[s.start]; {
		case n == 0:
			c.lost++
		case listed:
			return fmt.Errorf("a slot of %s was won and is still listed", s.advisor)
		default:
			c.double += n - 1
		}
	}
	return nil
}

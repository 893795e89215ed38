package main

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// measured is what one side of a row did.
type measured struct {
	took  time.Duration   // of the load alone
	each  []time.Duration // of every operation, in order once sorted
	cpu   time.Duration   // of the server
	after time.Duration   // until the relay had passed everything on
	spent time.Duration   // CPU of the server in that time
}

func (m *measured) add(more measured) {
	m.took, m.cpu, m.after, m.spent = m.took+more.took, m.cpu+more.cpu, m.after+more.after, m.spent+more.spent
	m.each = append(m.each, more.each...)
	slices.Sort(m.each)
}

func (m *measured) rate() float64 { return float64(len(m.each)) / m.took.Seconds() }

// cpuEach is the CPU time of one operation in milliseconds.
func (m *measured) cpuEach() float64 { return ms(m.cpu) / float64(len(m.each)) }

func (m *measured) percentile(p int) time.Duration { return percentile(m.each, p) }

// percentile answers one of durations that are in order.
func percentile(each []time.Duration, p int) time.Duration {
	if len(each) == 0 {
		return 0
	}
	return each[min(len(each)-1, len(each)*p/100)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// errUsedUp says that there is nothing left to do.
var errUsedUp = errors.New("used up")

// load lets clients do one operation after another for a while, and answers
// how long each took. What an operation gets counts up from zero.
func load(clients int, length time.Duration, op func(n int) error) (measured, error) {
	var (
		next atomic.Int64
		wg   sync.WaitGroup
		each = make([][]time.Duration, clients)
		errs = make([]error, clients)
	)
	begun := time.Now()
	for c := range clients {
		wg.Go(func() {
			for {
				started := time.Now()
				if started.Sub(begun) >= length {
					return
				}
				if err := op(int(next.Add(1) - 1)); err != nil {
					errs[c] = err
					return
				}
				each[c] = append(each[c], time.Since(started))
			}
		})
	}
	wg.Wait()
	m := measured{took: time.Since(begun), each: slices.Concat(each...)}
	slices.Sort(m.each)
	for _, err := range errs {
		if err != nil && !errors.Is(err, errUsedUp) {
			return m, err
		}
	}
	if len(m.each) == 0 {
		return m, errUsedUp
	}
	return m, nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// The aims of ../shared/bench.md.
const (
	slotsRatio, slotsRate, slotsCPU = 0.6, 600, 0.4 // CPU in ms, on MongoDB, database included
	bookRatio, bookRate, bookCPU    = 0.5, 250, 1.2
	loserRatio                      = 3
)

// aim answers what a row is held to besides its ratio, and whether it is met.
func (b *bench) aim(m *measured, ratio, rate, cpu, got float64) (string, bool) {
	if b.engine.embedded() {
		return fmt.Sprintf(">= %.1f; >= %.0f/s", ratio, rate), got >= ratio && m.rate() >= rate
	}
	return fmt.Sprintf(">= %.1f; CPU <= %.1f ms", ratio, cpu), got >= ratio && m.cpuEach() <= cpu
}

func (b *bench) slotsPath(advisor int) string {
	return fmt.Sprintf("/api/v1/advisors/%s/slots?from=%s&to=%s", advisorID(advisor), b.today.Add(1), b.today.Add(askedDays))
}

// slots asks for the free slots of advisors at random.
func (b *bench) slots(ctx context.Context) error {
	b.say("slots")
	body, err := b.server.ask(ctx, http.MethodGet, b.server.base+b.slotsPath(0), request{})
	if err != nil {
		return err
	}
	if got, want := strings.Count(string(body), `"start"`), askedDays*slotsOfDay-askedDays/2*takenOfDay; got != want {
		return fmt.Errorf("the program lists %d slots, want %d", got, want)
	}
	coll := b.ceiling.bare.Collection("diaries")
	ours, bare, err := b.sideBySide(ctx, func(int) error {
		_, err := b.server.ask(ctx, http.MethodGet, b.server.base+b.slotsPath(rand.IntN(advisors)), request{})
		return err
	}, func(int) error {
		_, err := coll.FindOne(ctx, byID(advisorID(rand.IntN(advisors)))).Raw()
		return err
	})
	if err != nil {
		return err
	}
	ratio := ours.rate() / bare.rate()
	aim, met := b.aim(&ours, slotsRatio, slotsRate, slotsCPU, ratio)
	b.page.add(row{"slots", b.engine.name, perSecond(ours.rate()), perSecond(bare.rate()), ratioText(ratio), aim,
		millis(ours.percentile(50)), millis(ours.percentile(99)), milliCPU(ours.cpuEach()), verdict(met)})
	b.page.note("%s, `slots`: an answer lists %d slots in %d bytes.", b.engine.name, strings.Count(string(body), `"start"`), len(body))
	return nil
}

// book lets residents book free slots.
func (b *bench) book(ctx context.Context) error {
	b.say("book")
	ceiling, err := b.bareBooking(ctx)
	if err != nil {
		return err
	}
	ours, bare, err := b.sideBySide(ctx, b.bookNext(ctx), ceiling)
	if err != nil {
		return err
	}
	ratio := ours.rate() / bare.rate()
	aim, met := b.aim(&ours, bookRatio, bookRate, bookCPU, ratio)
	b.page.add(row{"book", b.engine.name, perSecond(ours.rate()), perSecond(bare.rate()), ratioText(ratio), aim,
		millis(ours.percentile(50)), millis(ours.percentile(99)), milliCPU(ours.cpuEach()), verdict(met)})
	n := float64(len(ours.each))
	b.page.add(row{name: "book: the relay's work after it", engine: b.engine.name,
		ours: fmt.Sprintf("%s for %.0f bookings", seconds(ours.after), n), cpu: milliCPU(ms(ours.spent) / n)})
	b.page.note("%s, `book`: the relay works beside the bookings and after them; with all that it does, %s and %s of CPU a booking.",
		b.engine.name, perSecond(n/(ours.took+ours.after).Seconds()), milliCPU(ms(ours.cpu+ours.spent)/n))
	b.few = ours
	return nil
}

// bookNext answers the operation that books the next free slot for the next
// resident.
func (b *bench) bookNext(ctx context.Context) func(int) error {
	return func(int) error {
		n := int(b.booked.Add(1) - 1)
		if n >= len(b.free) || n >= 2*len(b.residents) {
			return errUsedUp
		}
		_, err := b.bookOne(ctx, b.residents[n%len(b.residents)], b.free[n])
		return err
	}
}

const (
	topic   = "邻居占用宅基地"
	details = "邻居翻建房屋时占了我家宅基地约半米,村里调解过一次没有谈成,想问证据怎么留、能不能起诉。"
)

// bookOne books one slot. Where it is refused it answers what is offered
// instead.
func (b *bench) bookOne(ctx context.Context, r resident, w wish) (offered []time.Time, err error) {
	body, err := b.server.ask(ctx, http.MethodPost, b.server.base+"/api/v1/appointments", request{
		token: r.token, key: fmt.Sprintf("bench-%d", b.keys.Add(1)),
		body: map[string]string{"advisor": w.advisor, "village": w.village, "start": w.start.Format(time.RFC3339),
			"channel": string(w.channel), "topic": topic, "details": details},
	})
	if err != nil && !errors.Is(err, errRefused) {
		return nil, err
	}
	var answer struct {
		ID     string `json:"id"`
		Reason string `json:"reason"`
		Slots  []struct {
			Start time.Time `json:"start"`
		} `json:"slots"`
	}
	if jerr := json.Unmarshal(body, &answer); jerr != nil {
		return nil, jerr
	}
	if err != nil {
		if answer.Reason != "slot_taken" {
			return nil, fmt.Errorf("booking refused: %s", answer.Reason)
		}
		for _, s := range answer.Slots {
			offered = append(offered, s.Start)
		}
		return offered, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answered[answer.ID] = w
	return nil, nil
}

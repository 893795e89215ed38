package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// crashEntry is a service that an advisor has logged.
type crashEntry struct {
	id, advisor string
	versions    int
}

// log lets an advisor log a lecture of yesterday, or correct what was logged.
func (c *crashClient) log() error {
	if len(c.entries) > 0 && c.chance(35) {
		e := c.entries[c.rng.IntN(len(c.entries))]
		_, err := c.send(&crashOp{kind: "correct", by: &c.byID[e.advisor].crashPerson, entry: e, method: "POST", path: "/service-logs/" + e.id + "/correct",
			key: c.key("e"), body: crashJSON(map[string]any{"version": e.versions, "reason": "人数记错", "counters": map[string]int{"lecture_people": c.rng.IntN(100)}})}, c.chance(10))
		return err
	}
	adv := c.advisors[c.rng.IntN(len(c.advisors))]
	start := time.Now().Add(-time.Duration(25*3600+c.rng.IntN(20*3600)) * time.Second).Truncate(time.Second)
	_, err := c.send(&crashOp{kind: "log", by: &adv.crashPerson, advisor: adv, method: "POST", path: "/service-logs", key: c.key("s"),
		body: crashJSON(map[string]any{"village": adv.targets[0].Village, "mode": "fixed", "duty": "publicity", "start": start.Format(time.RFC3339),
			"end": start.Add(time.Hour).Format(time.RFC3339), "content": "讲土地承包法", "note": "只给自己看"})}, c.chance(10))
	return err
}

// rate lets a resident rate a service of the past.
func (c *crashClient) rate() error {
	if len(c.ratable) == 0 {
		return c.book()
	}
	b := c.ratable[0]
	c.ratable = c.ratable[1:]
	_, err := c.send(&crashOp{kind: "rate", by: c.resident(b.Resident), entry: &crashEntry{id: b.ID, advisor: b.Advisor}, method: "POST",
		path: "/appointments/" + b.ID + "/rate", key: c.key("r"), body: crashJSON(map[string]any{"stars": 1 + c.rng.IntN(5)})}, c.chance(10))
	return err
}

func (c *crashClient) resident(id string) *crashPerson {
	for _, p := range c.residents {
		if p.id == id {
			return p
		}
	}
	c.t.Fatalf("%s is nobody's", id)
	return nil
}

// findRatable gathers the services of the past that the client's residents may
// rate.
func (c *crashClient) findRatable() {
	for _, p := range c.residents {
		c.list("/appointments?status=done", p, func(item crashSeen) {
			for _, verb := range item.Can {
				if verb == "rate" {
					c.ratable = append(c.ratable, item)
				}
			}
		})
	}
}

// noteEntry remembers what was acknowledged of a log or a rating.
func (c *crashClient) noteEntry(op *crashOp, ans *crashAnswer, first bool) {
	switch {
	case op.kind == "log" && first:
		op.entry = &crashEntry{id: ans.ID, advisor: op.advisor.id, versions: 1}
		c.entries = append(c.entries, op.entry)
	case op.kind == "correct" && first:
		op.entry.versions++
	case op.kind == "rate" && first:
		c.rated = append(c.rated, op.entry)
	}
	if ans.ID != op.entry.id {
		c.t.Errorf("%s is another now: %s\n%s", op.entry.id, op, ans)
	}
}

// checkRecords exports the chains of all advisors concerned from the files of a
// stopped server, has the program verify them, and sees that every log, every
// correction and every rating that was acknowledged is in its chain once, and
// nothing that was not asked for.
func (h *crash) checkRecords() {
	h.t.Helper()
	chains, want := map[string]map[string]int{}, map[string]int{}
	expect := func(e *crashEntry, kind string, n int) {
		if chains[e.advisor] == nil {
			chains[e.advisor] = h.export(e.advisor)
		}
		want[e.advisor] += n
		if got := chains[e.advisor][kind+" "+e.id]; got != n {
			h.t.Errorf("%s %s is %d times in the chain of %s, want %d", kind, e.id, got, e.advisor, n)
		}
	}
	for _, c := range h.clients {
		for _, e := range c.entries {
			expect(e, "service", 1)
			expect(e, "corrected", e.versions-1)
		}
		for _, e := range c.rated {
			expect(e, "rated", 1)
		}
		for _, b := range c.bookings {
			expect(&crashEntry{id: b.ID, advisor: b.Advisor}, "booked", 1)
		}
	}
	if len(want) == 0 {
		h.t.Error("nothing was recorded")
	}
}

// export answers how often each kind and subject is in a chain.
func (h *crash) export(advisor string) map[string]int {
	h.t.Helper()
	file := filepath.Join(h.folder, "records-"+advisor+".jsonl")
	for _, args := range [][]string{{"export", "records", "--advisor", advisor, file}, {"verify", file}} {
		if out, err := h.command(args...).CombinedOutput(); err != nil {
			h.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		h.t.Fatal(err)
	}
	times := map[string]int{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var r struct{ Kind, Ref string }
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			h.t.Fatal(err)
		}
		times[fmt.Sprintf("%s %s", r.Kind, r.Ref)]++
	}
	return times
}

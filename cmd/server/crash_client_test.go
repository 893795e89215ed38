package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// What stands on the wire, as far as this test reads it.
type (
	crashEvent struct{ At, Verb, By, Start string } // By is empty where the program itself acted

	crashSlot struct{ Start, End, Channel, Village string }

	// crashSeen is an answer to a write: an appointment, a closure, a wait, or
	// a refusal.
	crashSeen struct {
		ID, Status, Start, End, Channel, Village string
		From, To                                 string
		Advisor, Resident                        string
		BookedBy                                 string `json:"booked_by"`
		Events                                   []crashEvent
		Can                                      []string
		Reason                                   string
		Fields                                   []struct{ Name, Reason string }
		Slots                                    []crashSlot
	}

	crashAnswer struct {
		status int
		body   []byte
		crashSeen
		err error // no answer came
	}
)

func (a *crashAnswer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return fmt.Sprintf("%d %s", a.status, bytes.TrimSpace(a.body))
}

// crashPerson is somebody who is logged in.
type crashPerson struct {
	code, id, token, name, phone string
	waits                        []string
}

// crashAdvisor is an advisor whose time is contested.
type crashAdvisor struct {
	crashPerson
	slots    []crashSlot // all that are offered while nothing is taken
	targets  []crashSlot // those that are fought for
	closures []crashSeen
}

// crashBooking is an appointment of which the server has told.
type crashBooking struct {
	crashSeen // as it was last told
	booker    *crashPerson
	who       *crashPerson // whom it is for
	ops       []*crashOp   // its moves and its end, as far as they have come about
	fresh     bool         // something befell it in this round
}

func (b *crashBooking) open() bool { return b.Status == "booked" }

// crashOp is one write, sent once or more often with the same key.
type crashOp struct {
	kind    string // book, move, cancel, close, reopen, wait, unwait
	by      *crashPerson
	method  string
	path    string
	key     string
	body    []byte
	advisor *crashAdvisor
	start   string        // wished
	who     *crashPerson  // whom a booking is for
	booking *crashBooking // which it made or changes
	entry   *crashEntry   // likewise
	id      string        // which it made or removes, if no booking
	done    bool          // the server has said yes
}

func (op *crashOp) String() string {
	return fmt.Sprintf("%s by %s: %s %s key %q body %s", op.kind, op.by.code, op.method, op.path, op.key, op.body)
}

// crashRefusals are the reasons for which a sound request may be refused while
// others are about.
var crashRefusals = map[string][]string{
	"book":   {"slot_taken", "too_many_open", "request_in_progress", "start:not_offered"},
	"move":   {"slot_taken", "changed_meanwhile", "wrong_status", "start:not_offered"},
	"cancel": {"changed_meanwhile", "wrong_status"},
	"close":  {"stale"},
	"reopen": {"stale"},
	"wait":   {"too_many_waits"},
	"log":    {"logged_already"}, // two that fall on the same second
	"rate":   {"changed_meanwhile"},
}

// crashPassing are the refusals that say: ask again.
var crashPassing = []string{"request_in_progress", "changed_meanwhile", "stale"}

// crashClient sends requests for its own residents, one after the other, and
// knows what has become of each.
type crashClient struct {
	*crash
	n         int
	rng       *rand.Rand
	serial    int
	residents []*crashPerson
	bookings  []*crashBooking
	lost      []*crashOp    // without an answer
	recent    []*crashOp    // answered yes in this round
	old       []*crashOp    // answered yes, of which some are sent again
	entries   []*crashEntry // services that were logged
	ratable   []crashSeen   // services of the past that are not rated yet
	rated     []*crashEntry
	advisor   *crashAdvisor
}

// errCrashed ends a client's round: the server is gone.
type errCrashed struct{}

func (errCrashed) Error() string { return "the server is gone" }

// run sends requests until the server is gone.
func (c *crashClient) run() {
	actions := []struct {
		weight int
		act    func() error
	}{
		{31, c.book}, {17, c.move}, {16, c.cancel}, {4, c.race}, {4, c.repeat}, {4, c.wait}, {4, c.look}, {10, c.close}, {6, c.log}, {4, c.rate},
	}
	for {
		dice := c.rng.IntN(100)
		for _, a := range actions {
			if dice -= a.weight; dice < 0 {
				if a.act() != nil {
					return
				}
				break
			}
		}
	}
}

func (c *crashClient) one() *crashPerson { return c.residents[c.rng.IntN(len(c.residents))] }

func (c *crashClient) key(kind string) string {
	c.serial++
	return fmt.Sprintf("%s-%d-%d-%d", kind, c.seed, c.n, c.serial)
}

func (c *crashClient) chance(percent int) bool { return c.rng.IntN(100) < percent }

// bookOp makes the request for one slot.
func (c *crashClient) bookOp(by, who *crashPerson, adv *crashAdvisor, s crashSlot) *crashOp {
	body := map[string]any{"advisor": adv.id, "village": s.Village, "start": s.Start, "channel": s.Channel, "topic": "土地承包"}
	if s.Channel == "home" {
		body["address"] = "一街 1 号"
	}
	if who != by {
		body["for"] = map[string]string{"name": who.name, "phone": who.phone}
	}
	if c.chance(10) {
		body["concerns_village"], body["details"] = true, "征地补偿"
	}
	return &crashOp{kind: "book", by: by, who: who, advisor: adv, start: s.Start, method: "POST", path: "/appointments", key: c.key("b"), body: crashJSON(body)}
}

func (c *crashClient) book() error {
	by := c.one()
	who := by
	if c.chance(15) {
		who = c.one()
	}
	adv := c.advisors[c.rng.IntN(len(c.advisors))]
	op := c.bookOp(by, who, adv, adv.targets[c.rng.IntN(len(adv.targets))])
	last, err := c.send(op, c.chance(10))
	if err == nil && last.Reason == "slot_taken" && c.chance(50) {
		for _, s := range last.Slots {
			if slices.Contains(adv.slots, s) { // an offer may be sooner or later than what is looked at
				_, err = c.send(c.bookOp(by, who, adv, s), false)
				break
			}
		}
	}
	return err
}

// any picks one of the client's open appointments.
func (c *crashClient) any() *crashBooking {
	var open []*crashBooking
	for _, b := range c.bookings {
		if b.open() {
			open = append(open, b)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return open[c.rng.IntN(len(open))]
}

// side picks one of the two who may move an appointment.
func (c *crashClient) side(b *crashBooking) *crashPerson {
	if c.chance(50) {
		return b.booker
	}
	return b.who
}

func (c *crashClient) moveOp(b *crashBooking) *crashOp {
	adv := c.byID[b.Advisor]
	s := adv.targets[c.rng.IntN(len(adv.targets))]
	for s.Start == b.Start && s.Channel == b.Channel && s.Village == b.Village {
		s = adv.targets[c.rng.IntN(len(adv.targets))]
	}
	body := map[string]string{"start": s.Start, "channel": s.Channel, "village": s.Village}
	if s.Channel == "home" {
		body["address"] = "二街 2 号"
	}
	return &crashOp{kind: "move", by: c.side(b), booking: b, start: s.Start, method: "POST",
		path: "/appointments/" + b.ID + "/reschedule", key: c.key("m"), body: crashJSON(body)}
}

func (c *crashClient) cancelOp(b *crashBooking, by *crashPerson) *crashOp {
	return &crashOp{kind: "cancel", by: by, booking: b, start: b.Start, method: "POST",
		path: "/appointments/" + b.ID + "/cancel", key: c.key("c"), body: crashJSON(map[string]string{"reason": "临时有事"})}
}

func (c *crashClient) move() error {
	b := c.any()
	if b == nil {
		return c.book()
	}
	_, err := c.send(c.moveOp(b), c.chance(10))
	return err
}

func (c *crashClient) cancel() error {
	b := c.any()
	if b == nil {
		return c.book()
	}
	by := c.side(b)
	if c.chance(25) {
		by = &c.byID[b.Advisor].crashPerson
	}
	_, err := c.send(c.cancelOp(b, by), c.chance(10))
	return err
}

// race sends two changes of one appointment at the same moment: one wins, or
// one follows the other.
func (c *crashClient) race() error {
	b := c.any()
	if b == nil {
		return c.book()
	}
	first := c.moveOp(b)
	second := c.cancelOp(b, &c.byID[b.Advisor].crashPerson)
	if c.chance(40) {
		second = c.moveOp(b)
		for second.start == first.start {
			second = c.moveOp(b)
		}
	}
	_, err := c.sendAll(first, second)
	return err
}

// repeat sends again what was answered long ago.
func (c *crashClient) repeat() error {
	if len(c.old) == 0 {
		return c.book()
	}
	op := c.old[c.rng.IntN(len(c.old))]
	ans, err := c.send(op, false)
	if err == nil && ans.ID != op.booking.ID {
		c.t.Errorf("sent again: %s\n%s", op, &ans)
	}
	return err
}

func (c *crashClient) wait() error {
	p := c.one()
	if len(p.waits) > 0 && c.chance(50) {
		id := p.waits[c.rng.IntN(len(p.waits))]
		_, err := c.send(&crashOp{kind: "unwait", by: p, method: "DELETE", path: "/waitlist/" + id, id: id}, false)
		return err
	}
	adv := c.advisors[c.rng.IntN(len(c.advisors))]
	body := crashJSON(map[string]string{"advisor": adv.id, "village": adv.targets[0].Village, "from": c.from, "to": c.to})
	_, err := c.send(&crashOp{kind: "wait", by: p, method: "POST", path: "/waitlist", key: c.key("w"), body: body}, false)
	return err
}

// close closes an hour of the client's advisor, or opens one again. Only some
// clients have an advisor.
func (c *crashClient) close() error {
	adv := c.advisor
	if adv == nil {
		return c.book()
	}
	if n := len(adv.closures); n > 2 || n > 0 && c.chance(50) {
		id := adv.closures[c.rng.IntN(n)].ID
		_, err := c.send(&crashOp{kind: "reopen", by: &adv.crashPerson, advisor: adv, method: "DELETE", path: "/me/closures/" + id, id: id}, false)
		return err
	}
	from := crashTime(adv.targets[c.rng.IntN(len(adv.targets))].Start)
	body := crashJSON(map[string]string{"from": from.Format(time.RFC3339), "to": from.Add(time.Hour).Format(time.RFC3339), "reason": "开庭"})
	_, err := c.send(&crashOp{kind: "close", by: &adv.crashPerson, advisor: adv, method: "POST", path: "/me/closures", key: c.key("l"), body: body}, false)
	return err
}

// look reads what people look at.
func (c *crashClient) look() error {
	adv, p := c.advisors[c.rng.IntN(len(c.advisors))], c.one()
	paths := []string{"/advisors/" + adv.id + "/slots?from=" + c.from + "&to=" + c.to, "/appointments", "/notices", "/waitlist", "/me"}
	ans := c.do("GET", paths[c.rng.IntN(len(paths))], p, "", nil)
	switch {
	case ans.err != nil:
		return c.gone(ans.err)
	case ans.status != http.StatusOK:
		c.t.Errorf("GET by %s: %s", p.code, &ans)
	}
	return nil
}

// send sends a write, or the same one twice at the same moment.
func (c *crashClient) send(op *crashOp, twice bool) (crashAnswer, error) {
	ops := []*crashOp{op}
	if twice {
		ops = append(ops, op)
	}
	return c.sendAll(ops...)
}

// sendAll sends writes at the same moment, notes what is answered, and answers
// the last one.
func (c *crashClient) sendAll(ops ...*crashOp) (crashAnswer, error) {
	answers := make([]crashAnswer, len(ops))
	var wg sync.WaitGroup
	for i, op := range ops {
		wg.Go(func() { answers[i] = c.do(op.method, op.path, op.by, op.key, op.body) })
	}
	wg.Wait()
	var err error
	for i, op := range ops {
		if answers[i].err != nil {
			err = c.gone(answers[i].err)
			continue
		}
		c.note(op, &answers[i])
	}
	for i, op := range ops {
		if answers[i].err != nil && !op.done && !slices.Contains(c.lost, op) {
			c.lost = append(c.lost, op)
		}
	}
	last := answers[len(answers)-1]
	if err == nil && last.Reason == "too_many_open" && c.openOf(ops[0].who) < crashMaxOpen {
		return last, c.lockedOut(ops[0])
	}
	return last, err
}

// crashMaxOpen is how many open bookings one resident may have (the product's
// contract).
const crashMaxOpen = 2

func (c *crashClient) openOf(p *crashPerson) (n int) {
	for _, b := range c.bookings {
		if b.who == p && b.open() {
			n++
		}
	}
	return n
}

// lockedOut waits for a resident to be let in again, whom a booking that never
// came about may hold up for a moment, never for long.
func (c *crashClient) lockedOut(op *crashOp) error {
	var last crashAnswer
	for range 50 {
		time.Sleep(100 * time.Millisecond)
		last = c.do(op.method, op.path, op.by, op.key, op.body)
		if last.err != nil {
			c.lost = append(c.lost, op)
			return c.gone(last.err)
		}
		if c.note(op, &last); last.Reason != "too_many_open" {
			return nil
		}
	}
	c.t.Errorf("%s has %d open bookings and is locked out: %s\n%s", op.who.code, c.openOf(op.who), op, &last)
	return nil
}

// gone tells whether an answer may be missing.
func (c *crashClient) gone(err error) error {
	if !c.killing.Load() {
		c.t.Errorf("no answer from a living server: %v", err)
	}
	return errCrashed{}
}

// note takes an answer into what the client knows.
func (c *crashClient) note(op *crashOp, ans *crashAnswer) {
	first := !op.done
	switch want := map[string]int{"POST": http.StatusCreated, "DELETE": http.StatusOK}[op.method]; {
	case slices.Contains([]string{"move", "cancel", "correct", "rate"}, op.kind):
		op.done = op.done || ans.status == http.StatusOK
		if ans.status != http.StatusOK {
			c.refused(op, ans)
			return
		}
	case ans.status != want:
		c.refused(op, ans)
		return
	}
	op.done = true
	if first {
		c.count("yes " + op.kind)
	}
	switch op.kind {
	case "book":
		c.booked(op, ans, first)
	case "move", "cancel":
		op.booking.tell(c.crash, op, ans)
		if first {
			op.booking.ops = append(op.booking.ops, op)
		}
	case "log", "correct", "rate":
		c.noteEntry(op, ans, first)
	case "close":
		if op.id != "" && op.id != ans.ID {
			c.t.Errorf("%s\nmade %s and %s", op, op.id, ans.ID)
		}
		if op.id == "" {
			op.advisor.closures = append(op.advisor.closures, ans.crashSeen)
		}
		op.id = ans.ID
	case "reopen":
		op.advisor.closures = slices.DeleteFunc(op.advisor.closures, func(s crashSeen) bool { return s.ID == op.id })
	case "wait":
		if !slices.Contains(op.by.waits, ans.ID) {
			op.by.waits = append(op.by.waits, ans.ID)
		}
	case "unwait":
		op.by.waits = slices.DeleteFunc(op.by.waits, func(id string) bool { return id == op.id })
	}
	if first && op.booking != nil {
		c.recent = append(c.recent, op)
	}
}

// booked notes a booking, which must be the one that was wished, and the same
// one each time it is told.
func (c *crashClient) booked(op *crashOp, ans *crashAnswer, first bool) {
	if !first {
		if ans.ID != op.booking.ID {
			c.t.Errorf("booked twice, as %s and %s: %s", op.booking.ID, ans.ID, op)
		}
		op.booking.tell(c.crash, op, ans)
		return
	}
	op.booking = &crashBooking{crashSeen: ans.crashSeen, booker: op.by, who: op.who, fresh: true}
	if len(ans.Events) == 0 || ans.Events[0].Start != op.start || ans.Advisor != op.advisor.id || ans.Resident != op.who.id || ans.BookedBy != op.by.id {
		c.t.Errorf("not what was wished: %s\n%s", op, ans)
	}
	for _, b := range c.bookings {
		if b.ID == ans.ID {
			c.t.Errorf("two requests made one booking: %s\n%s", op, ans)
		}
	}
	c.bookings = append(c.bookings, op.booking)
	if n := c.openOf(op.who); n > crashMaxOpen {
		c.t.Errorf("%s has %d open bookings: %s", op.who.code, n, op)
	}
}

func (c *crashClient) refused(op *crashOp, ans *crashAnswer) {
	reason := ans.Reason
	if reason == "invalid_fields" && len(ans.Fields) == 1 {
		reason = ans.Fields[0].Name + ":" + ans.Fields[0].Reason
	}
	c.count("no " + op.kind + " " + reason)
	if !slices.Contains(crashRefusals[op.kind], reason) {
		c.t.Errorf("%s\n%s", op, ans)
	}
}

// tell takes what the server says of an appointment: nothing that it has told
// before may have changed.
func (b *crashBooking) tell(h *crash, op fmt.Stringer, ans *crashAnswer) {
	b.fresh = true
	short, long := b.Events, ans.Events
	if len(short) > len(long) {
		short, long = long, short
	}
	if ans.ID != b.ID || !slices.Equal(short, long[:len(short)]) {
		h.t.Errorf("%s\ntold before: %+v\ntold now:    %s", op, b.crashSeen, ans)
	}
	if len(ans.Events) >= len(b.Events) {
		b.crashSeen = ans.crashSeen
	}
}

// resolve sends again what was not answered, until it is, and some of what was.
func (c *crashClient) resolve() {
	lost := c.lost
	c.lost = nil
	for _, op := range lost {
		ans, ok := c.resend(op)
		if !ok {
			return
		}
		switch {
		case !op.done:
			c.count("lost, then refused: " + op.kind)
		case op.booking == nil:
			c.count("lost, now done: " + op.kind)
		case ans.done(c.killed):
			c.count("lost, but was done: " + op.kind)
		default:
			c.count("lost, then done: " + op.kind)
		}
	}
	for _, op := range c.recent { // those just resolved among them
		if ans, ok := c.resend(op); !ok {
			return
		} else if ans.ID != op.booking.ID {
			c.t.Errorf("sent again: %s\n%s", op, &ans)
		}
	}
	c.old, c.recent = append(c.old, c.recent...), nil
	c.old = c.old[max(0, len(c.old)-50):]
}

// done reports whether the last change that an answer tells of was made before
// a moment. Times on the wire are whole seconds.
func (a *crashAnswer) done(before time.Time) bool {
	return len(a.Events) > 0 && !crashTime(a.Events[len(a.Events)-1].At).After(before)
}

// resend sends a write until its answer is final.
func (c *crashClient) resend(op *crashOp) (crashAnswer, bool) {
	until := time.Now().Add(crashPatience)
	for {
		ans := c.do(op.method, op.path, op.by, op.key, op.body)
		switch {
		case ans.err != nil:
			c.t.Errorf("no answer from a living server: %v", ans.err)
			return ans, false
		case ans.status == http.StatusNotFound && op.method == "DELETE": // it was done before
			op.done = true
			if op.kind == "reopen" {
				op.advisor.closures = slices.DeleteFunc(op.advisor.closures, func(s crashSeen) bool { return s.ID == op.id })
			} else {
				op.by.waits = slices.DeleteFunc(op.by.waits, func(id string) bool { return id == op.id })
			}
			return ans, true
		case !slices.Contains(crashPassing, ans.Reason):
			c.note(op, &ans)
			return ans, true
		case time.Now().After(until):
			c.t.Errorf("no final answer: %s\n%s", op, &ans)
			return ans, false
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// do sends one request.
func (h *crash) do(method, path string, by *crashPerson, key string, body []byte) crashAnswer {
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.server.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return crashAnswer{err: err}
	}
	if by != nil {
		req.Header.Set("Authorization", "Bearer "+by.token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := h.http.Do(req)
	if err != nil {
		return crashAnswer{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	ans := crashAnswer{status: res.StatusCode}
	if ans.body, err = io.ReadAll(res.Body); err == nil {
		err = json.Unmarshal(ans.body, &ans.crashSeen)
	}
	if err != nil { // a part of an answer is none
		return crashAnswer{err: fmt.Errorf("%s %s: %w", method, path, err)}
	}
	return ans
}

func crashJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func crashTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic("not a time on the wire: " + strings.TrimSpace(s))
	}
	return t
}

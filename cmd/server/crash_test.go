package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	crashRounds    = 4 // unless CRASH_ROUNDS says otherwise
	crashClients   = 32
	crashResidents = 3  // of each client
	crashAdvisors  = 3  // few, so that their time is fought for
	crashTimes     = 30 // of each advisor that are fought for: half of what the residents could take
	crashDays      = 26 // within which they lie
	crashAllEvery  = 10 // rounds after which everything is looked at, not only what is new

	// The load of one round lasts this long.
	crashLoadLeast = 50 * time.Millisecond
	crashLoadMost  = 1500 * time.Millisecond
	// crashEarlyMost bounds a kill on the way up, while the server puts right
	// what the kill before has left.
	crashEarlyMost = 1500 * time.Millisecond
	crashEarly     = 25 // percent of the rounds that have one

	// crashPatience is how long the relay may take to put right what a kill
	// has left, and a request that is being carried out to come to an end.
	crashPatience = 15 * time.Second
)

// TestCrash kills the server at random moments while its clients book, move
// and cancel, and holds what it tells and keeps afterwards against what it has
// answered. CRASH_ROUNDS=50 runs it at length; CRASH_SEED makes the same
// choices again.
func TestCrash(t *testing.T) {
	rounds, seed := crashNumber(t, "CRASH_ROUNDS", crashRounds), crashNumber(t, "CRASH_SEED", time.Now().UnixNano())
	t.Logf("CRASH_SEED=%d CRASH_ROUNDS=%d", seed, rounds)
	begun := time.Now()
	h := newCrash(t, seed)
	h.server = h.start()
	h.prepare()
	h.lap("prepare")
	for round := 1; round <= int(rounds) && !t.Failed(); round++ {
		at := h.load(round)
		h.lap("load")
		if h.rng.IntN(100) < crashEarly {
			h.killEarly()
		}
		if round%2 == 0 {
			h.repair()
			h.lap("repair")
		}
		h.server = h.start()
		h.lap("start")
		h.each((*crashClient).resolve)
		h.lap("resolve")
		h.check(round%crashAllEvery == 0)
		h.lap("check")
		t.Logf("round %d: killed after %v; %d answered writes and %d lost answers by now", round, at.Round(time.Millisecond), h.sum("yes "), h.sum("lost, "))
	}
	if !t.Failed() {
		h.check(true)
		h.clear(rounds > crashRounds)
		h.lap("clear")
		h.stop(h.server)
		h.repair()
		h.lap("repair")
		h.server = h.start()
		h.check(false)
		h.checkNotices()
		h.stop(h.server)
		h.checkRecords()
		h.lap("check")
	}
	t.Logf("time spent: %v", h.laps)
	for _, what := range slices.Sorted(maps.Keys(h.counts)) {
		t.Logf("%6d %s", h.counts[what], what)
	}
	t.Logf("%d kills, %d starts, %d answered writes, %d lost answers, %d refusals in %v",
		h.counts["kills"], h.runs, h.sum("yes "), h.sum("lost, "), h.sum("no "), time.Since(begun).Round(time.Second))
}

func crashNumber(t *testing.T, name string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// crash is the test's whole world.
type crash struct {
	*crashHost
	seed     int64
	rng      *rand.Rand
	http     *http.Client
	server   *crashServer
	killing  atomic.Bool
	killed   time.Time
	from, to string // the days that are looked at
	advisors []*crashAdvisor
	byID     map[string]*crashAdvisor
	clients  []*crashClient

	mu     sync.Mutex
	counts map[string]int

	lapped time.Time
	laps   map[string]time.Duration
}

func newCrash(t *testing.T, seed int64) *crash {
	t.Helper()
	return &crash{crashHost: newCrashHost(t), seed: seed, rng: crashRand(seed, 0), byID: map[string]*crashAdvisor{}, counts: map[string]int{}, laps: map[string]time.Duration{}, lapped: time.Now(),
		http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * crashClients}}}
}

func crashRand(seed int64, stream int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(stream)))
}

func (h *crash) count(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[what]++
}

// lap notes where the time goes.
func (h *crash) lap(what string) {
	now := time.Now()
	h.laps[what] += now.Sub(h.lapped).Round(time.Millisecond)
	h.lapped = now
}

func (h *crash) sum(prefix string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for what, count := range h.counts {
		if strings.HasPrefix(what, prefix) {
			n += count
		}
	}
	return n
}

// each lets all clients do something at the same time.
func (h *crash) each(do func(*crashClient)) {
	var wg sync.WaitGroup
	for _, c := range h.clients {
		wg.Go(func() { do(c) })
	}
	wg.Wait()
}

// prepare logs everybody in and notes what the advisors offer.
func (h *crash) prepare() {
	h.t.Helper()
	// From the day after tomorrow on, so that nothing begins or comes into
	// reach while the test runs, not even over midnight.
	china := time.FixedZone("+08:00", 8*60*60)
	today := time.Now().In(china)
	h.from, h.to = today.AddDate(0, 0, 2).Format(time.DateOnly), today.AddDate(0, 0, 1+crashDays).Format(time.DateOnly)
	for n := range crashAdvisors {
		adv := &crashAdvisor{crashPerson: *h.login(fmt.Sprintf("demo-advisor-%d", n+1))}
		h.arrange(adv, n == crashAdvisors-1)
		for _, id := range h.ids("/me/closures", &adv.crashPerson) { // of the past
			h.do("DELETE", "/me/closures/"+id, &adv.crashPerson, "", nil)
		}
		adv.slots = h.slots(adv)
		starts := map[string]bool{}
		for _, s := range adv.slots {
			if starts[s.Start] = true; len(starts) <= crashTimes {
				adv.targets = append(adv.targets, s)
			}
		}
		if n := len(h.apart(adv)); n < (crashClients/crashAdvisors+1)*crashResidents*crashMaxOpen {
			h.t.Fatalf("%s offers only %d times", adv.code, n)
		}
		h.advisors = append(h.advisors, adv)
		h.byID[adv.id] = adv
	}
	for n := range crashClients {
		h.clients = append(h.clients, &crashClient{crash: h, n: n, rng: crashRand(h.seed, n+1)})
		if n < crashAdvisors {
			h.clients[n].advisor = h.advisors[n]
		}
	}
	h.each(func(c *crashClient) {
		for i := range crashResidents {
			c.residents = append(c.residents, h.login(fmt.Sprintf("demo-resident-%d", c.n*crashResidents+i+1)))
		}
		c.findRatable()
	})
	if h.t.Failed() {
		h.t.FailNow()
	}
}

// login answers somebody with a token. Tokens outlive the server.
func (h *crash) login(code string) *crashPerson {
	p := &crashPerson{code: code}
	var session struct {
		Token  string
		Person struct{ ID string }
	}
	var me struct{ Name, Phone string }
	ans := h.do("POST", "/login", nil, "", crashJSON(map[string]string{"code": code}))
	if ans.err != nil || json.Unmarshal(ans.body, &session) != nil || session.Token == "" {
		h.t.Errorf("login as %s: %s", code, &ans)
		return p
	}
	p.id, p.token = session.Person.ID, session.Token
	if ans = h.do("GET", "/me", p, "", nil); ans.err != nil || json.Unmarshal(ans.body, &me) != nil || me.Phone == "" {
		h.t.Errorf("%s: %s", code, &ans)
	}
	p.name, p.phone = me.Name, me.Phone
	return p
}

// arrange takes the buffer off an advisor's rules, so that what is free follows
// from what is taken alone. If asked to, it puts a second grid of longer slots
// over the first, so that slots overlap in part.
func (h *crash) arrange(adv *crashAdvisor, grid bool) {
	h.t.Helper()
	ans := h.do("GET", "/me/schedule", &adv.crashPerson, "", nil)
	var schedule struct {
		Rev    int64            `json:"rev"`
		Buffer int              `json:"buffer_minutes"`
		Shifts []map[string]any `json:"shifts"`
	}
	if ans.err != nil || json.Unmarshal(ans.body, &schedule) != nil || len(schedule.Shifts) == 0 {
		h.t.Fatalf("%s has no schedule: %s", adv.code, &ans)
	}
	schedule.Buffer = 0
	for _, s := range schedule.Shifts {
		if from, _ := s["from"].(string); grid && from < "12:00" {
			long := maps.Clone(s)
			long["channels"], long["slot_minutes"] = []string{"video"}, 45
			schedule.Shifts = append(schedule.Shifts, long)
		}
	}
	if ans = h.do("PUT", "/me/schedule", &adv.crashPerson, "", crashJSON(schedule)); ans.err != nil || ans.status != http.StatusOK {
		h.t.Fatalf("arrange %s: %s", adv.code, &ans)
	}
}

// load lets the clients loose and kills the server among them.
func (h *crash) load(round int) time.Duration {
	for _, c := range h.clients {
		c.rng = crashRand(h.seed, round<<16|c.n+1)
	}
	took := crashLoadLeast + time.Duration(h.rng.Int64N(int64(crashLoadMost-crashLoadLeast)))
	time.AfterFunc(took, func() {
		h.killing.Store(true)
		h.kill(h.server)
	})
	h.each((*crashClient).run)
	<-h.server.ended // the clients may have found out first
	h.killing.Store(false)
	h.http.CloseIdleConnections()
	h.faults(h.server)
	return took
}

func (h *crash) kill(s *crashServer) {
	h.killed = time.Now()
	s.kill()
	h.count("kills")
}

// killEarly starts the server and kills it on its way up.
func (h *crash) killEarly() {
	took := time.Duration(h.rng.Int64N(int64(crashEarlyMost)))
	s := h.spawn()
	time.Sleep(took)
	h.kill(s)
	h.faults(s)
}

// check holds what the server tells against what it has answered before: of
// what is new, or of all.
func (h *crash) check(all bool) {
	h.each(func(c *crashClient) {
		for _, b := range c.bookings {
			if all || b.fresh {
				c.checkBooking(b)
			}
		}
		for _, p := range c.residents {
			if all || c.freshOf(p) {
				c.checkLists(p)
			}
		}
		for _, b := range c.bookings {
			b.fresh = false
		}
	})
	for _, adv := range h.advisors {
		h.checkAdvisor(adv, all)
	}
}

// checkBooking holds an appointment to what was acknowledged of it: all of its
// past as it was told, each change that was answered yes once, and nothing else.
func (c *crashClient) checkBooking(b *crashBooking) {
	ans := c.do("GET", "/appointments/"+b.ID, c.side(b), "", nil)
	if ans.err != nil || ans.status != http.StatusOK {
		c.t.Errorf("%s, booked by %s, is gone: %s", b.ID, b.booker.code, &ans)
		return
	}
	known := len(b.Events)
	b.tell(c.crash, crashSaying("looked at again"), &ans)
	if len(ans.Events) < known {
		c.t.Errorf("%s has forgotten: %s", b.ID, &ans)
	}
	var happened, wanted []string
	for i, e := range b.Events {
		switch {
		case i == 0:
			happened = append(happened, e.Verb+" "+e.By+" "+e.Start)
		case e.By == "" && (e.Verb == "orphan" || e.Verb == "restore"): // its advisor's time was closed, or opened again
		case e.Verb == "cancel":
			happened = append(happened, e.Verb+" "+e.By)
		default:
			happened = append(happened, e.Verb+" "+e.By+" "+e.Start)
		}
	}
	wanted = append(wanted, "book resident "+b.Events[0].Start)
	start, status := b.Events[0].Start, "booked"
	for _, op := range b.ops {
		switch {
		case op.kind == "move":
			wanted = append(wanted, "reschedule resident "+op.start)
		case c.byID[op.by.id] != nil:
			status, wanted = "cancelled", append(wanted, "cancel advisor")
		default:
			status, wanted = "cancelled", append(wanted, "cancel resident")
		}
	}
	for _, e := range b.Events {
		start = e.Start
	}
	slices.Sort(happened)
	slices.Sort(wanted)
	if diff := cmp.Diff(wanted, happened); diff != "" || b.Status != status || b.Start != start {
		c.t.Errorf("%s is not as it was acknowledged (-acknowledged +told):\n%s%s", b.ID, diff, &ans)
	}
}

// crashSaying is a text that says what was done.
type crashSaying string

func (s crashSaying) String() string { return string(s) }

func (c *crashClient) freshOf(p *crashPerson) bool {
	return slices.ContainsFunc(c.bookings, func(b *crashBooking) bool { return b.fresh && (b.booker == p || b.who == p) })
}

// checkLists holds a resident's own lists to what was acknowledged.
func (c *crashClient) checkLists(p *crashPerson) {
	var want []string
	for _, b := range c.bookings {
		if b.open() && (b.booker == p || b.who == p) {
			want = append(want, b.ID)
		}
	}
	c.same(p.code+"'s open appointments", want, func() []string { return c.ids("/appointments?status=booked", p) })
	c.same(p.code+"'s waiting lists", p.waits, func() []string { return c.ids("/waitlist", p) })
}

// open answers all open appointments of an advisor.
func (h *crash) open(adv *crashAdvisor) []*crashBooking {
	var open []*crashBooking
	for _, c := range h.clients {
		for _, b := range c.bookings {
			if b.open() && b.Advisor == adv.id {
				open = append(open, b)
			}
		}
	}
	slices.SortFunc(open, func(x, y *crashBooking) int { return strings.Compare(x.Start+x.End, y.Start+y.End) })
	return open
}

// checkAdvisor holds an advisor's time to what was acknowledged: no two
// appointments overlap, and what is neither taken nor closed is offered.
func (h *crash) checkAdvisor(adv *crashAdvisor, all bool) {
	open := h.open(adv)
	var ids []string
	for i, b := range open {
		ids = append(ids, b.ID)
		for _, other := range open[:i] {
			if b.Start < other.End && other.Start < b.End {
				h.t.Errorf("%s is booked twice: %s by %s at %s–%s and %s by %s at %s–%s", adv.code,
					other.ID, other.booker.code, other.Start, other.End, b.ID, b.booker.code, b.Start, b.End)
			}
		}
	}
	var want []string
	for _, s := range adv.slots {
		taken := slices.ContainsFunc(open, func(b *crashBooking) bool { return b.Start < s.End && s.Start < b.End })
		closed := slices.ContainsFunc(adv.closures, func(c crashSeen) bool { return c.From < s.End && s.Start < c.To })
		if !taken && !closed {
			want = append(want, s.String())
		}
	}
	h.same(adv.code+"'s free slots", want, func() (got []string) {
		for _, s := range h.slots(adv) {
			got = append(got, s.String())
		}
		return got
	})
	var closures []string
	for _, c := range adv.closures {
		closures = append(closures, c.ID)
	}
	h.same(adv.code+"'s closures", closures, func() []string { return h.ids("/me/closures", &adv.crashPerson) })
	if all {
		h.same(adv.code+"'s open appointments", ids, func() []string {
			return h.ids("/appointments?status=booked&from="+h.from+"&to="+h.to, &adv.crashPerson)
		})
	}
}

func (s crashSlot) String() string { return s.Start + " " + s.End + " " + s.Channel + " " + s.Village }

// same waits for something to be as it should: the relay may still be at work.
func (h *crash) same(what string, want []string, ask func() []string) {
	want = slices.Sorted(slices.Values(want))
	for until := time.Now().Add(crashPatience); ; time.Sleep(100 * time.Millisecond) {
		got := slices.Sorted(slices.Values(ask()))
		if slices.Equal(want, got) {
			return
		}
		if h.t.Failed() || time.Now().After(until) {
			h.t.Errorf("%s (-acknowledged +told):\n%s", what, cmp.Diff(want, got))
			return
		}
	}
}

// ids answers the ids of a whole list.
func (h *crash) ids(path string, p *crashPerson) (ids []string) {
	h.list(path, p, func(item crashSeen) { ids = append(ids, item.ID) })
	return ids
}

// list visits a whole list, page by page.
func (h *crash) list(path string, p *crashPerson, visit func(crashSeen)) {
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	for next := ""; ; {
		var page struct {
			Items []crashSeen
			Next  string
		}
		ans := h.do("GET", path+join+"limit=100&cursor="+url.QueryEscape(next), p, "", nil)
		if ans.err != nil || ans.status != http.StatusOK || json.Unmarshal(ans.body, &page) != nil {
			h.t.Errorf("%s by %s: %s", path, p.code, &ans)
			return
		}
		for _, item := range page.Items {
			visit(item)
		}
		if next = page.Next; next == "" {
			return
		}
	}
}

// slots answers what an advisor offers.
func (h *crash) slots(adv *crashAdvisor) []crashSlot {
	ans := h.do("GET", "/advisors/"+adv.id+"/slots?from="+h.from+"&to="+h.to, nil, "", nil)
	var list struct{ Items []crashSlot }
	if ans.err != nil || ans.status != http.StatusOK || json.Unmarshal(ans.body, &list) != nil {
		h.t.Errorf("slots of %s: %s", adv.code, &ans)
	}
	return list.Items
}

// clear cancels everything, and sees that nothing is left of it: the advisors
// offer all their time, and residents may book as much as in the beginning: all
// of them, or one of each client.
func (h *crash) clear(all bool) {
	h.each(func(c *crashClient) {
		for _, b := range c.bookings {
			if b.open() {
				c.must(c.cancelOp(b, b.booker))
			}
		}
		if c.advisor == nil {
			return
		}
		for _, s := range slices.Clone(c.advisor.closures) {
			c.must(&crashOp{kind: "reopen", by: &c.advisor.crashPerson, advisor: c.advisor, method: "DELETE", path: "/me/closures/" + s.ID, id: s.ID})
		}
	})
	h.check(false) // all is free
	h.each(func(c *crashClient) {
		adv, before := h.advisors[c.n%len(h.advisors)], c.n/len(h.advisors)*crashResidents*crashMaxOpen
		mine := h.apart(adv)[before:]
		for i, p := range c.residents {
			if i > 0 && !all {
				break
			}
			for _, s := range mine[i*crashMaxOpen:][:crashMaxOpen] {
				c.must(c.bookOp(p, p, adv, s))
			}
		}
	})
}

// apart answers slots of an advisor of which no two overlap, enough for all.
func (h *crash) apart(adv *crashAdvisor) []crashSlot {
	var apart []crashSlot
	for _, s := range adv.slots {
		if len(apart) == 0 || apart[len(apart)-1].End <= s.Start {
			apart = append(apart, s)
		}
	}
	return apart
}

// must sends a write that nothing stands against.
func (c *crashClient) must(op *crashOp) {
	ans, ok := c.resend(op)
	if ok && !op.done {
		c.t.Errorf("refused, with nothing against it: %s\n%s", op, &ans)
	}
}

// checkNotices sees that everybody was told of everything, once.
func (h *crash) checkNotices() {
	got := map[string]map[string]int{}
	var mu sync.Mutex
	read := func(p *crashPerson) {
		told, ids := map[string]int{}, map[string]bool{}
		h.notices(p, func(id, kind, appointment string) {
			if ids[id] && appointment != "" { // a stand-in may be offered the same turn again much later
				h.t.Errorf("%s was told twice: %s", p.code, id)
			}
			ids[id] = true
			told[kind+" "+appointment]++
		})
		mu.Lock()
		defer mu.Unlock()
		got[p.id] = told
	}
	h.each(func(c *crashClient) {
		for _, p := range c.residents {
			read(p)
		}
	})
	for _, adv := range h.advisors {
		read(&adv.crashPerson)
	}
	for _, c := range h.clients {
		for _, b := range c.bookings {
			for _, p := range c.told(b) {
				for kind, want := range p.kinds {
					if n := got[p.id][kind+" "+b.ID]; n != want {
						h.t.Errorf("%s was told %d times that %s is %s, want %d", p.id, n, b.ID, kind, want)
					}
				}
			}
		}
	}
}

type crashTold struct {
	id    string
	kinds map[string]int
}

// told answers who should have been told what of an appointment, how often.
func (c *crashClient) told(b *crashBooking) []crashTold {
	orphaned := 0
	for _, e := range b.Events {
		if e.Verb == "orphan" {
			orphaned++
		}
	}
	people := []crashTold{{b.Advisor, map[string]int{"booked": 1}}}
	for _, id := range slices.Compact([]string{b.booker.id, b.who.id}) {
		people = append(people, crashTold{id, map[string]int{"booked": 1, "orphaned": orphaned}})
	}
	for _, p := range people {
		for _, op := range b.ops {
			if op.kind == "cancel" && op.by.id != p.id {
				p.kinds["cancelled"]++
			}
		}
	}
	return people
}

// notices visits all notices of somebody.
func (h *crash) notices(p *crashPerson, visit func(id, kind, appointment string)) {
	for next := ""; ; {
		var page struct {
			Items []struct{ ID, Kind, Appointment string }
			Next  string
		}
		ans := h.do("GET", "/notices?limit=100&cursor="+url.QueryEscape(next), p, "", nil)
		if ans.err != nil || ans.status != http.StatusOK || json.Unmarshal(ans.body, &page) != nil {
			h.t.Errorf("notices of %s: %s", p.code, &ans)
			return
		}
		for _, n := range page.Items {
			visit(n.ID, n.Kind, n.Appointment)
		}
		if next = page.Next; next == "" {
			return
		}
	}
}

package services_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
	"villagecounsel/store/storetest"
)

// The villages of the tests: four of one town, one of the next town, one of
// another district.
const (
	beifang     = "110116101201" // 北房村委会
	weili       = "110116101202" // 韦里村委会
	zaixiang    = "110116101203" // 宰相庄村委会
	zhuang      = "110116101204" // 庄村委会: one letter before the ending
	yanqi       = "110116102201" // 雁栖村委会, 雁栖镇
	xiagezhuang = "110117101201" // 夏各庄村委会, 平谷区
)

var towns = []domain.Town{
	{Meta: domain.Meta{ID: "110116101"}, Name: "北房镇", DistrictName: "怀柔区", Villages: []domain.Village{
		{Code: beifang, Name: "北房村委会"}, {Code: weili, Name: "韦里村委会"},
		{Code: zaixiang, Name: "宰相庄村委会"}, {Code: zhuang, Name: "庄村委会"},
	}},
	{Meta: domain.Meta{ID: "110116102"}, Name: "雁栖镇", DistrictName: "怀柔区", Villages: []domain.Village{{Code: yanqi, Name: "雁栖村委会"}}},
	{Meta: domain.Meta{ID: "110117101"}, Name: "夏各庄镇", DistrictName: "平谷区", Villages: []domain.Village{{Code: xiagezhuang, Name: "夏各庄村委会"}}},
}

// morning is when every world begins: a Monday, 08:00.
var morning = at("11-23 08:00")

// at reads "11-25 09:00" as a time of 2026 in China, and "2027-02-23 09:30" as
// it stands.
func at(text string) time.Time {
	if len(text) == len("11-25 09:00") {
		text = "2026-" + text
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", text, domain.China)
	if err != nil {
		panic(err)
	}
	return t
}

// clock is a clock that stands still until it is set.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time      { return time.UnixMilli(c.ms.Load()).In(domain.China) }
func (c *clock) set(t time.Time)     { c.ms.Store(t.UnixMilli()) }
func (c *clock) add(d time.Duration) { c.set(c.now().Add(d)) }

// world is a district at work, on a real store.
type world struct {
	*testing.T
	ctx       context.Context
	data      services.Data
	clock     *clock
	relay     *services.Relay
	booking   *services.Booking
	schedules *services.Schedules
	waiting   *services.Waiting
	accounts  *services.Accounts
	notices   *services.Notices
	complain  *services.Complaints
	roster    *services.Roster
	logs      *services.Logs
	records   *services.Records
	tallies   *services.Tallies
	files     *services.Files
	signIns   *services.SignIns
	keys      *atomic.Int64
}

func newWorld(t *testing.T, data services.Data) *world {
	t.Helper()
	c := &clock{}
	c.set(morning)
	for _, town := range towns {
		if err := data.Towns.Insert(t.Context(), town); err != nil {
			t.Fatal(err)
		}
	}
	return program(t, data, c, time.Time{}, &atomic.Int64{})
}

// program starts the verbs on a store: since is as Relay.Since.
func program(t *testing.T, data services.Data, c *clock, since time.Time, keys *atomic.Int64) *world {
	t.Helper()
	places := &services.Places{Towns: data.Towns}
	if err := places.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	years := &services.Years{Data: data}
	relay := services.NewRelay(data, c.now, years, since)
	booking := &services.Booking{Data: data, Now: c.now, Years: years, Places: places, Relay: relay, Past: c.now}
	return &world{
		T: t, ctx: t.Context(), data: data, clock: c, relay: relay, keys: keys,
		booking:   booking,
		schedules: &services.Schedules{Data: data, Now: c.now, Years: years, Relay: relay},
		waiting:   &services.Waiting{Data: data, Now: c.now, Places: places},
		accounts:  &services.Accounts{Data: data, Now: c.now, Places: places, Platform: platform{}},
		notices:   &services.Notices{Data: data},
		complain:  &services.Complaints{Data: data, Now: c.now, Years: years, Relay: relay},
		roster:    &services.Roster{Data: data, Now: c.now, Places: places},
		files:     &services.Files{Data: data, Now: c.now, Relay: relay},
		signIns:   &services.SignIns{Data: data, Now: c.now, Places: places, Relay: relay},
		logs:      &services.Logs{Data: data, Now: c.now, Places: places, Relay: relay, Booking: booking},
		records:   &services.Records{Data: data, Now: c.now},
		tallies:   &services.Tallies{Data: data, Now: c.now, Places: places},
	}
}

// restarted is the program started anew on the same store, alone: whatever was
// under way is dead.
func (w *world) restarted() *world {
	w.clock.add(time.Second)
	return program(w.T, w.data, w.clock, w.clock.now(), w.keys)
}

// platform logs everybody in whose code says who they are.
type platform struct{}

func (platform) Login(_ context.Context, code string) (domain.Session, error) {
	return domain.Session{OpenID: domain.Private("openid of " + code), SessionKey: "key"}, nil
}

// each runs a test in a new world on every engine at hand.
func each(t *testing.T, run func(w *world)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, data services.Data) { run(newWorld(t, data)) })
}

// must fails the test on an error.
func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused fails the test unless err has the reason: "not_found", or
// "start:too_soon" for a field.
func (w *world) refused(err error, reason string) {
	w.Helper()
	if got := why(err); got != reason {
		w.Errorf("refused by %q, want %q", got, reason)
	}
}

// why tells an error as reason, or as the faulty fields.
func why(err error) string {
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return "internal: " + err.Error()
	}
	if e.Reason != "invalid_fields" {
		return e.Reason
	}
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Name+":"+f.Reason)
	}
	return strings.Join(fields, " ")
}

// pass lets the relay do all there is to do.
func (w *world) pass() {
	w.Helper()
	left, err := w.relay.Sweep(w.ctx)
	w.must(err)
	if left != 0 {
		w.Errorf("%d pointers are left", left)
	}
}

// sound fails the test if anything in the store does not agree.
func (w *world) sound() {
	w.Helper()
	problems, checked, err := services.Verify(w.ctx, w.data, w.clock.now())
	w.must(err)
	for _, p := range problems {
		w.Error(p)
	}
	if checked == 0 {
		w.Error("nothing was checked")
	}
	problems, _, err = services.RepairTallies(w.ctx, w.data)
	w.must(err)
	for _, p := range problems {
		w.Error(p)
	}
}

// settled passes everything on, and checks that all agrees.
func (w *world) settled() {
	w.Helper()
	w.pass()
	w.sound()
}

// post is a village that an advisor serves.
func post(village string, role domain.Role) domain.Post {
	return domain.Post{Village: village, Role: role, From: "2026-01-01", To: "2027-12-31"}
}

// advisor appoints an advisor who sits every day from 09:00 to 12:00 for the
// first village, and from 13:00 to 16:00 for the second, in all channels.
func (w *world) advisor(id string, posts ...domain.Post) domain.Actor {
	w.Helper()
	p := w.person(domain.Person{Meta: domain.Meta{ID: id}, Kind: domain.AdvisorKind, Name: "赵律师", Phone: phone("138", id), Verified: true})
	w.must(w.data.Advisors.Insert(w.ctx, domain.Advisor{Meta: domain.Meta{ID: id}, Name: "赵律师", FirmName: "怀山律师事务所"}))
	d := domain.Diary{Meta: domain.Meta{ID: id}, Posts: posts, Rules: domain.DefaultRules, Edition: 1}
	for i, p := range posts {
		from := domain.Minute(9*60 + i*4*60)
		for weekday := 1; weekday <= 7; weekday++ {
			d.Shifts = append(d.Shifts, domain.Shift{Village: p.Village, Channels: domain.Channels, Weekday: weekday, From: from, To: from + 180, Slot: 30})
		}
		_, err := w.data.Benches.Upsert(w.ctx, p.Village, func(b *domain.Bench) error {
			b.Seats = append(b.Seats, domain.Seat{Advisor: id, Role: p.Role, From: p.From, To: p.To})
			return nil
		})
		w.must(err)
	}
	w.must(w.data.Diaries.Insert(w.ctx, d))
	return p
}

// phone makes a number that belongs to nobody from an id.
func phone(prefix, id string) domain.Private {
	sum := 0
	for _, r := range id {
		sum = (sum*131 + int(r)) % 1e8
	}
	return domain.Private(prefix + fmt.Sprintf("%08d", sum))
}

// resident is somebody of 北房村 with name, phone, and consent, ready to book.
func (w *world) resident(id, name string) domain.Actor {
	w.Helper()
	p := domain.Person{Meta: domain.Meta{ID: id}, Kind: domain.Resident, Name: domain.Private(name), Phone: phone("139", id), Verified: true, Village: beifang}
	p.Consents = []domain.Consent{{Version: services.PrivacyVersion, At: morning}}
	actor := w.person(p)
	w.known(actor.ID)
	return actor
}

// known enters somebody into the directory, as a roster or their own phone does.
func (w *world) known(id string) {
	w.Helper()
	p, err := w.data.People.Get(w.ctx, id)
	w.must(err)
	_, err = w.data.Directory.Upsert(w.ctx, w.data.Hash("directory", p.Name.Reveal()+"|"+p.Phone.Reveal()), func(e *domain.DirectoryEntry) error {
		e.Persons = append(e.Persons, id)
		return nil
	})
	w.must(err)
}

func (w *world) phoneOf(id string) string {
	w.Helper()
	p, err := w.data.People.Get(w.ctx, id)
	w.must(err)
	return p.Phone.Reveal()
}

func (w *world) person(p domain.Person) domain.Actor {
	w.Helper()
	w.must(w.data.People.Insert(w.ctx, p))
	return p.Actor()
}

// villager is a cadre or a collaborator of a village, with consent.
func (w *world) villager(kind domain.Kind, id, village string) domain.Actor {
	w.Helper()
	return w.person(domain.Person{Meta: domain.Meta{ID: id}, Kind: kind, Name: "钱干部", Phone: phone("137", id), Verified: true, Village: village,
		Consents: []domain.Consent{{Version: services.PrivacyVersion, At: morning}}})
}

// staff works in an office of the area and stands on its list.
func (w *world) staff(kind domain.Kind, id, area string) domain.Actor {
	w.Helper()
	_, err := w.data.Offices.Upsert(w.ctx, area, func(o *domain.Office) error {
		o.Staff = append(o.Staff, id)
		return nil
	})
	w.must(err)
	return w.person(domain.Person{Meta: domain.Meta{ID: id}, Kind: kind, Name: "孙科员", Phone: phone("136", id), Verified: true, Area: area})
}

// wish is a request for a visit to 北房村, as people mostly make it.
func (w *world) wish(advisor domain.Actor, start string, more ...func(*services.BookRequest)) services.BookRequest {
	req := services.BookRequest{Key: "key " + strconv.FormatInt(w.keys.Add(1), 10), Advisor: advisor.ID, Village: beifang,
		Start: at(start), Channel: domain.Visit, Topic: "宅基地"}
	for _, m := range more {
		m(&req)
	}
	return req
}

func by(c domain.Channel) func(*services.BookRequest) {
	return func(r *services.BookRequest) { r.Channel = c }
}

func in(village string) func(*services.BookRequest) {
	return func(r *services.BookRequest) { r.Village = village }
}

func against(party string) func(*services.BookRequest) {
	return func(r *services.BookRequest) { r.OtherParty = party }
}

func aboutVillage(r *services.BookRequest) { r.ConcernsVillage = true }

func forNeighbour(name, phone string) func(*services.BookRequest) {
	return func(r *services.BookRequest) { r.For = &services.Beneficiary{Name: name, Phone: phone} }
}

// booked books and fails the test if that is refused.
func (w *world) booked(who domain.Actor, req services.BookRequest) services.Seen {
	w.Helper()
	seen, err := w.booking.Book(w.ctx, who, req)
	if err != nil {
		w.Fatalf("%s cannot book %s: %v", who.ID, req.Start.Format("01-02 15:04"), err)
	}
	return seen
}

// stored reads an appointment as it lies in the store.
func (w *world) stored(id string) domain.Appointment {
	w.Helper()
	a, err := w.data.Appointments.Get(w.ctx, id)
	w.must(err)
	return a
}

// diary answers what is taken in an advisor's diary: "11-25 09:00 visit".
func (w *world) diary(advisor domain.Actor) []string {
	w.Helper()
	d, err := w.data.Diaries.Get(w.ctx, advisor.ID)
	w.must(err)
	var taken []string
	for _, b := range d.Taken {
		taken = append(taken, b.From.In(domain.China).Format("01-02 15:04")+" "+string(b.Channel))
	}
	return taken
}

// free answers whether an advisor's slot is free for a visit to 北房村.
func (w *world) free(advisor domain.Actor, start string) bool {
	w.Helper()
	day := domain.DayOf(at(start))
	f, err := w.schedules.Slots(w.ctx, advisor.ID, schedule.Query{From: day, To: day, Channel: domain.Visit, Village: beifang})
	w.must(err)
	return slices.ContainsFunc(f.Slots, func(s domain.Slot) bool { return s.Start.Equal(at(start)) })
}

// told answers the kinds of a person's notices, oldest first.
func (w *world) told(who domain.Actor) []string {
	w.Helper()
	list, err := w.notices.List(w.ctx, who, false, "", 100)
	w.must(err)
	var kinds []string
	for _, n := range slices.Backward(list.Items) {
		kinds = append(kinds, string(n.Kind))
	}
	return kinds
}

// toldOf answers how often a person was told of a kind.
func (w *world) toldOf(who domain.Actor, kind domain.NoticeKind) int {
	w.Helper()
	n := 0
	for _, k := range w.told(who) {
		if k == string(kind) {
			n++
		}
	}
	return n
}

// lists answers the ids in a person's list of appointments.
func (w *world) lists(who domain.Actor, f services.Filter) []string {
	w.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	items, _, err := w.booking.Appointments(w.ctx, who, f)
	w.must(err)
	var ids []string
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}

// equal compares two lists in order.
func (w *world) equal(what string, got []string, want ...string) {
	w.Helper()
	if !slices.Equal(got, want) {
		w.Errorf("%s: %v, want %v", what, got, want)
	}
}

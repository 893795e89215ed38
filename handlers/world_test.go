package handlers_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"villagecounsel/handlers"
	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/wechat"
	"villagecounsel/services/wechat/wechattest"
	"villagecounsel/store/storetest"
)

// The villages of the small world: two in one town, one in another town, one
// in another district.
const (
	villageA   = "110116001001" // 北山村, of town 110116001
	villageB   = "110116001002" // 南河村, of the same town
	villageC   = "110116002001" // of another town of the district
	villageFar = "110117001001" // of another district

	townA     = "110116001"
	districtA = "110116"
)

// The advisors. Main serves A and B, standIn stands in at A, far serves the
// other district.
const (
	mainAdvisor    = "advisor-main"
	standInAdvisor = "advisor-standin"
	otherAdvisor   = "advisor-other"
	farAdvisor     = "advisor-far"
)

// monday is when every world begins, or a moment later, so that its times have
// fractions: Monday, 23 November 2026, 08:00.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, domain.China)

// world is the house wired as the program wires it, on a store of its own,
// with a platform on loopback and a clock that is moved by hand.
type world struct {
	t        testing.TB
	data     services.Data
	handler  http.Handler
	server   *handlers.Server
	accounts *services.Accounts
	relay    *services.Relay
	tokens   *handlers.Tokens
	platform *wechattest.Platform
	start    time.Time
	offset   atomic.Int64
	people   map[string]*client // by demo code
}

func (w *world) now() time.Time { return w.start.Add(time.Duration(w.offset.Load())) }

// pass moves the clock on.
func (w *world) pass(d time.Duration) { w.offset.Add(int64(d)) }

// goTo moves the clock to a time.
func (w *world) goTo(t time.Time) { w.offset.Store(int64(t.Sub(w.start))) }

var testKey = bytes.Repeat([]byte("k"), sha256.Size)

// setting changes a world's wiring before it is made.
type setting func(*handlers.Config)

func newWorld(t testing.TB, settings ...setting) *world {
	t.Helper()
	w := &world{t: t, start: monday.Add(123 * time.Millisecond), data: storetest.Embedded(t), people: map[string]*client{}}
	w.furnish()
	var err error
	if w.platform, err = wechattest.Start(wechattest.Options{AppID: "wx1", AppSecret: "s3cret", Now: w.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.platform.Close() })
	if w.tokens, err = handlers.NewTokens(testKey, w.now); err != nil {
		t.Fatal(err)
	}
	years := &services.Years{Data: w.data}
	places := &services.Places{Towns: w.data.Towns}
	if err := places.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.relay = services.NewRelay(w.data, w.now, years, w.start)
	w.accounts = &services.Accounts{Data: w.data, Now: w.now, Places: places,
		Platform: wechat.New(wechat.Config{AppID: "wx1", AppSecret: "s3cret", Endpoint: w.platform.URL()})}
	booking := &services.Booking{Data: w.data, Now: w.now, Years: years, Places: places, Relay: w.relay, Past: w.now}
	conf := handlers.Config{
		Accounts:  w.accounts,
		Roster:    &services.Roster{Data: w.data, Now: w.now, Places: places},
		Schedules: &services.Schedules{Data: w.data, Now: w.now, Years: years, Relay: w.relay},
		Booking:   booking,
		Waiting:   &services.Waiting{Data: w.data, Now: w.now, Places: places},
		Notices:   &services.Notices{Data: w.data},
		Relay:     w.relay, Places: places, Tokens: w.tokens,

		Logs:       &services.Logs{Data: w.data, Now: w.now, Places: places, Relay: w.relay, Booking: booking},
		SignIns:    &services.SignIns{Data: w.data, Now: w.now, Places: places, Relay: w.relay},
		Files:      &services.Files{Data: w.data, Now: w.now, Relay: w.relay},
		Complaints: &services.Complaints{Data: w.data, Now: w.now, Years: years, Relay: w.relay},
		Records:    &services.Records{Data: w.data, Now: w.now},
		Tallies:    &services.Tallies{Data: w.data, Now: w.now, Places: places},

		Now: w.now, Wall: time.Now, Ping: func(context.Context) error { return nil }, Log: slog.Default(),
		SetClock: func(offset time.Duration) { w.offset.Store(int64(offset)) },
		Cast: func(context.Context) ([]handlers.DemoPerson, error) {
			return []handlers.DemoPerson{{Code: "demo-resident-1", Kind: domain.Resident, Label: "村民 · 王秀英 · 北山村委会"}}, nil
		},
	}
	for _, set := range settings {
		set(&conf)
	}
	w.server = handlers.New(conf)
	w.handler = w.server.Handler()
	return w
}

// settle lets the relay pass on everything.
func (w *world) settle() {
	w.t.Helper()
	for range 3 { // an event may bring another
		if _, err := w.relay.Sweep(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// furnish puts the places, the rosters and the people into the store.
func (w *world) furnish() {
	w.t.Helper()
	village := func(code, name string) domain.Village { return domain.Village{Code: code, Name: name} }
	insert(w, w.data.Towns,
		domain.Town{Meta: meta(townA), Name: "云溪镇", DistrictName: "怀柔区", Villages: []domain.Village{
			village(villageA, "北山村委会"), village(villageB, "南河村委会"), {Code: "110116001003", Name: "旧村委会", Unlisted: true}}},
		domain.Town{Meta: meta("110116002"), Name: "石门镇", DistrictName: "怀柔区", Villages: []domain.Village{village(villageC, "松林村委会")}},
		domain.Town{Meta: meta("110117001"), Name: "东桥镇", DistrictName: "平谷区", Villages: []domain.Village{village(villageFar, "梨园村委会")}})
	for _, adv := range []struct {
		id, name string
		posts    []domain.Post
	}{
		{mainAdvisor, "周明远", []domain.Post{post(villageA, domain.Main), post(villageB, domain.Main)}},
		{standInAdvisor, "吴清和", []domain.Post{post(villageA, domain.StandIn)}},
		{otherAdvisor, "郑若水", []domain.Post{post(villageC, domain.Main)}},
		{farAdvisor, "冯远山", []domain.Post{post(villageFar, domain.Main)}},
	} {
		insert(w, w.data.Advisors, domain.Advisor{Meta: meta(adv.id), Name: adv.name, Firm: "firm-1", FirmName: "北京清源律师事务所",
			Licence: "11101202010000001", Specialities: []string{"婚姻家庭", "土地承包"}})
		d := domain.Diary{Meta: meta(adv.id), Rules: domain.DefaultRules}
		for _, p := range adv.posts {
			d.Posts = append(d.Posts, p)
			for weekday := 1; weekday <= 5; weekday++ {
				channels := []domain.Channel{domain.Visit, domain.Home, domain.Phone}
				from := domain.Minute(9 * 60)
				if p.Village == villageB {
					from = 14 * 60
				}
				d.Shifts = append(d.Shifts, domain.Shift{Village: p.Village, Channels: channels, Weekday: weekday, From: from, To: from + 180, Slot: 30})
			}
		}
		insert(w, w.data.Diaries, d)
	}
	bench := func(village string, seats ...domain.Seat) domain.Bench {
		return domain.Bench{Meta: meta(village), Seats: seats}
	}
	seat := func(advisor string, role domain.Role) domain.Seat {
		return domain.Seat{Advisor: advisor, Role: role, From: "2026-01-01", To: "2027-12-31"}
	}
	insert(w, w.data.Benches,
		bench(villageA, seat(standInAdvisor, domain.StandIn), seat(mainAdvisor, domain.Main)),
		bench(villageB, seat(mainAdvisor, domain.Main)),
		bench(villageC, seat(otherAdvisor, domain.Main)), bench(villageFar, seat(farAdvisor, domain.Main)))
	insert(w, w.data.Offices,
		domain.Office{Meta: meta(townA), Staff: []string{"town-1"}}, domain.Office{Meta: meta(districtA), Staff: []string{"district-1"}},
		domain.Office{Meta: meta(villageA), Staff: []string{"cadre-1", "collaborator-1"}})

	in := func(village string) domain.Person { return domain.Person{Village: village} }
	of := func(area string) domain.Person { return domain.Person{Area: area} }
	for _, p := range []struct {
		id   string
		code string // demo login
		name string
		domain.Person
	}{
		{"resident-1", "demo-resident-1", "王秀英", in(villageA)},
		{"resident-2", "demo-resident-2", "李建国", in(villageA)},
		{"resident-3", "demo-resident-3", "陈小满", in(villageFar)},
		{"cadre-1", "demo-cadre-1", "孙立春", in(villageA)},
		{"cadre-far", "demo-cadre-2", "钱远征", in(villageFar)},
		{"collaborator-1", "demo-collaborator-1", "何解忧", domain.Person{Village: villageA, Roles: []string{domain.Mediator}}},
		{mainAdvisor, "demo-advisor-1", "周明远", domain.Person{Firm: "firm-1"}},
		{standInAdvisor, "demo-advisor-2", "吴清和", domain.Person{Firm: "firm-1"}},
		{farAdvisor, "demo-advisor-3", "冯远山", domain.Person{Firm: "firm-1"}},
		{"firm-secretary", "demo-firm-1", "褚文书", domain.Person{Firm: "firm-1"}},
		{"town-1", "demo-town-1", "卫守正", of(townA)},
		{"district-1", "demo-district-1", "蒋慎之", of(districtA)},
		{"city-1", "demo-city-1", "沈观澜", of("11")},
		{"auditor-1", "demo-auditor-1", "韩明察", of(districtA)},
		{"security-1", "demo-security-1", "杨安邦", of(districtA)},
		{"system-1", "demo-system-1", "朱运行", of(districtA)},
		// Nobody logs in as these: things are done to them.
		{"cadre-near", "demo-cadre-8", "秦近邻", in(villageB)},
		{"resident-near", "demo-resident-8", "尤近邻", in(villageB)},
		{"advisor-unbound", "", "许未定", domain.Person{Village: villageB}},
	} {
		w.addPerson(p.id, p.code, p.name, p.Person)
	}
}

func (w *world) addPerson(id, code, name string, p domain.Person) {
	w.t.Helper()
	phone := "139" + digits(id, 8)
	p.Meta, p.Name, p.Phone, p.Created = meta(id), domain.Private(name), domain.Private(phone), w.start
	p.Kind = domain.Kind(strings.Split(code+"--", "-")[1])
	if code == "" {
		p.Kind = domain.Cadre
	}
	p.Consents = []domain.Consent{{Version: services.PrivacyVersion, At: w.start}}
	keep(name, phone)
	if code != "" {
		openid := wechattest.OpenIDOf(code)
		keep(openid)
		p.Login = w.data.Hash("openid", openid)
		insert(w, w.data.Logins, domain.Login{Meta: meta(p.Login), Person: id, OpenID: domain.Private(openid), Seen: w.start})
	}
	insert(w, w.data.People, p)
}

// appointment puts an appointment into the store as it is, past the verbs.
func (w *world) appointment(id, advisor, booker, village string, status domain.Status, start time.Time, concerns bool) {
	w.t.Helper()
	keep("丢失的界石", "界石被人挪动", "对方孙某某")
	insert(w, w.data.Appointments, domain.Appointment{
		Meta: meta(id), Status: status, Advisor: advisor, Resident: booker, Booker: booker, Sheet: booker,
		Name: "王秀英", Phone: "13900000001", Village: village, Start: start, End: start.Add(30 * time.Minute), Channel: domain.Visit,
		Topic: "丢失的界石", Details: "界石被人挪动", OtherParty: "对方孙某某", ConcernsVillage: concerns, Created: w.start,
		Events: []domain.Event{{Seq: 1, At: w.start, Verb: domain.Book, By: booker, ByKind: domain.Resident, Status: status, Start: start}},
	})
}

func insert[T any](w *world, docs services.Docs[T], items ...T) {
	w.t.Helper()
	for _, it := range items {
		if err := docs.Insert(w.t.Context(), it); err != nil {
			w.t.Fatal(err)
		}
	}
}

func meta(id string) domain.Meta { return domain.Meta{ID: id} }

func post(village string, role domain.Role) domain.Post {
	return domain.Post{Village: village, Role: role, From: "2026-01-01", To: "2027-12-31"}
}

// digits answers n digits that belong to a text.
func digits(text string, n int) string {
	sum := sha256.Sum256([]byte(text))
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + sum[i]%10
	}
	return string(out)
}

// What the tests keep an eye on: nothing of secrets may be in logs or in the
// bodies of faults.
var (
	secretsLock sync.Mutex
	secrets     = map[string]bool{}
	logs        lockedBuffer
)

// keep notes texts that must not get out.
func keep(texts ...string) {
	secretsLock.Lock()
	defer secretsLock.Unlock()
	for _, s := range texts {
		if s != "" {
			secrets[s] = true
		}
	}
}

// leaked answers the secrets that stand in a text.
func leaked(text string) (found []string) {
	secretsLock.Lock()
	defer secretsLock.Unlock()
	for s := range secrets {
		if strings.Contains(text, s) {
			found = append(found, s)
		}
	}
	return found
}

type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.Lock()
	defer b.Unlock()
	return b.String()
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	code := m.Run()
	for line := range strings.Lines(logs.text()) {
		if found := leaked(line); len(found) > 0 {
			_, _ = os.Stderr.WriteString("FAIL: a log line holds " + strings.Join(found, ", ") + ": " + line)
			code = 1
		}
	}
	os.Exit(code)
}

package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
	"villagecounsel/services/wechat/wechattest"
)

const demoOpening = `请在浏览器里打开 open in a browser:  http://%[1]s/app/

`

const demoBanner = `
演示登录 demo logins:POST http://%[1]s/api/v1/login {"code":"demo-KIND-N"}
  demo-resident-1      村民        resident (任意编号 any number)
  demo-resident-500    新村民      newcomer, of whom nothing is known (500–599)
  demo-cadre-1         村干部      village cadre
  demo-collaborator-1  法律明白人  collaborator
  demo-advisor-1       法律顾问    legal advisor (1–75)
  demo-firm-1          律所秘书    law firm's secretary (1–21)
  demo-town-1          司法所      town justice office (1–17)
  demo-district-1      区司法局    district bureau
  demo-city-1 demo-auditor-1 demo-security-1 demo-system-1
  时钟可调 move the clock:POST http://%[1]s/demo/clock {"offset_seconds":3600}
按 Ctrl-C 停止 stop with Ctrl-C
`

//go:embed demo/*.csv
var demoFiles embed.FS

const (
	seededMark = "demo"
	// demoResidents are seeded, so that they can be booked for before they
	// first log in; any other number is made when it logs in.
	demoResidents = 20
)

func seedCommand(ctx context.Context, conf config, stdout io.Writer) error {
	if !conf.demo {
		return errors.New("seed loads invented people: it needs DEMO=1")
	}
	h, err := openHouse(ctx, conf)
	if err != nil {
		return err
	}
	defer h.close(ctx)
	return seed(ctx, h, stdout)
}

// seed loads the demo data into an empty store. It may be stopped and run
// again; once it has come to its end it does nothing.
func seed(ctx context.Context, h *house, out io.Writer) error {
	_, err := h.data.Marks.Get(ctx, seededMark)
	if err == nil {
		_, err = fmt.Fprintln(out, "演示数据已在。demo data is in place.")
		return err
	}
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	if err := importDemo(ctx, h, out); err != nil {
		return fmt.Errorf("load the demo data: %w", err)
	}
	if err := h.places.Load(ctx); err != nil {
		return err
	}
	people, err := peopleByKind(ctx, h.data)
	if err != nil {
		return err
	}
	if err := demoShifts(ctx, h); err != nil {
		return err
	}
	if err := demoLogins(ctx, h, people); err != nil {
		return err
	}
	if err := demoPast(ctx, h, people); err != nil {
		return fmt.Errorf("make the demo's past: %w", err)
	}
	if err := demoPortraits(ctx, h, people[domain.AdvisorKind]); err != nil {
		return fmt.Errorf("give the demo's advisors a face: %w", err)
	}
	_, err = h.data.Marks.Upsert(ctx, seededMark, func(m *domain.Mark) error { m.At = h.clock.now(); return nil })
	return err
}

func importDemo(ctx context.Context, h *house, out io.Writer) error {
	begins := demoBegins(h.clock.now())
	im := &services.Importer{Data: h.data, Now: func() time.Time { return begins }}
	for _, step := range []struct {
		file string
		run  func(context.Context, *sheetfile.Table, bool) (services.Report, error)
	}{
		{"villages", im.Villages}, {"roster", im.Roster}, {"staff", im.Staff}, {"cadres", im.Cadres}, {"offices", im.Offices},
	} {
		text, err := demoFiles.ReadFile("demo/" + step.file + ".csv")
		if err != nil {
			return err
		}
		table, err := sheetfile.Read(strings.NewReader(string(text)), int64(len(text)))
		if err != nil {
			return err
		}
		report, err := step.run(ctx, table, false)
		if err != nil {
			return err
		}
		if err := report.Print(out); err != nil {
			return err
		}
		if !report.Sound() {
			return fmt.Errorf("%s.csv has faults", step.file)
		}
	}
	return nil
}

// peopleByKind lists the people of the rosters, each kind in the order of its
// phones: the order of the demo files.
func peopleByKind(ctx context.Context, data services.Data) (map[domain.Kind][]domain.Person, error) {
	people := map[domain.Kind][]domain.Person{}
	for p, err := range data.People.All(ctx) {
		if err != nil {
			return nil, err
		}
		people[p.Kind] = append(people[p.Kind], p)
	}
	for _, all := range people {
		slices.SortFunc(all, func(x, y domain.Person) int { return cmp.Compare(x.Phone, y.Phone) })
	}
	return people, nil
}

// demoShifts gives every advisor who has none a week: each main village a
// morning there and an afternoon by video and telephone.
func demoShifts(ctx context.Context, h *house) error {
	var advisors []string
	for d, err := range h.data.Diaries.All(ctx) {
		if err != nil {
			return err
		}
		advisors = append(advisors, d.ID)
	}
	for _, id := range advisors {
		_, err := h.data.Diaries.Update(ctx, id, func(d *domain.Diary) error {
			if len(d.Shifts) > 0 {
				return domain.ErrUnchanged
			}
			d.Edition++
			d.Shifts = weekOf(d.Posts)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func weekOf(posts []domain.Post) []domain.Shift {
	var shifts []domain.Shift
	for _, p := range posts {
		if p.Role != domain.Main {
			continue
		}
		day := len(shifts)/2%5 + 1
		shifts = append(shifts,
			domain.Shift{Village: p.Village, Channels: []domain.Channel{domain.Visit, domain.Home, domain.Video, domain.Phone},
				Weekday: day, From: 9 * 60, To: 11*60 + 30, Slot: domain.DefaultSlotMinutes},
			domain.Shift{Village: p.Village, Channels: []domain.Channel{domain.Video, domain.Phone},
				Weekday: day, From: 14 * 60, To: 16*60 + 30, Slot: domain.DefaultSlotMinutes})
	}
	return shifts
}

// demoLogins joins the demo codes to the people of the rosters, and makes the
// first residents.
func demoLogins(ctx context.Context, h *house, people map[domain.Kind][]domain.Person) error {
	now := demoBegins(h.clock.now())
	for _, kind := range domain.Kinds {
		for i, p := range people[kind] {
			if kind == domain.Resident {
				continue
			}
			if err := demoLogin(ctx, h, fmt.Sprintf("demo-%s-%d", kind, i+1), p.ID, now); err != nil {
				return err
			}
		}
	}
	fill := newcomer(h)
	for n := 1; n <= demoResidents; n++ {
		code := fmt.Sprintf("demo-resident-%d", n)
		p := domain.Person{Meta: domain.Meta{ID: fmt.Sprintf("rdemo%d", n)}, Kind: domain.Resident, Created: now}
		openID := domain.Private(wechattest.OpenIDOf(code))
		p.Login = h.data.Hash("openid", openID.Reveal())
		fill(openID, &p)
		if err := demoLogin(ctx, h, code, p.ID, now); err != nil {
			return err
		}
		if err := h.data.People.Insert(ctx, p); err != nil && !errors.Is(err, domain.ErrExists) {
			return err
		}
		if err := services.EnterDirectory(ctx, h.data, &p); err != nil {
			return err
		}
	}
	return nil
}

func demoLogin(ctx context.Context, h *house, code, person string, now time.Time) error {
	openID := wechattest.OpenIDOf(code)
	id := h.data.Hash("openid", openID)
	_, err := h.data.Logins.Upsert(ctx, id, func(l *domain.Login) error {
		if l.Person != "" {
			return domain.ErrUnchanged
		}
		l.Person, l.OpenID, l.Seen = person, domain.Private(openID), now
		return nil
	})
	if err != nil {
		return err
	}
	_, err = h.data.People.Update(ctx, person, func(p *domain.Person) error {
		consented := p.Consented(services.PrivacyVersion)
		if consented && p.Login == id {
			return domain.ErrUnchanged
		}
		p.Login = id
		if !consented {
			p.Consents = append(p.Consents, domain.Consent{Version: services.PrivacyVersion, At: now})
		}
		return nil
	})
	if errors.Is(err, domain.ErrNotFound) {
		return nil // a resident, who is made after their login
	}
	return err
}

const (
	demoSurnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
	demoGiven    = "秀英建国桂兰志强淑珍海燕玉梅永福春生宝田"
)

// newcomer makes a demo resident on the spot: a name, a phone, consent, and a
// village that has an advisor in service. Strangers stay strangers.
func newcomer(h *house) func(openID domain.Private, p *domain.Person) {
	return func(openID domain.Private, p *domain.Person) {
		kind, n, ok := wechattest.ParseDemo(openID.Reveal())
		if !ok || kind != domain.Resident || firstStranger <= n && n <= lastStranger {
			return
		}
		surnames, given := []rune(demoSurnames), []rune(demoGiven)
		i := n - 1
		p.Name = domain.Private([]rune{surnames[i%len(surnames)], given[i/len(surnames)*2%len(given)], given[(i*2+1)%len(given)]})
		p.Phone = domain.Private(fmt.Sprintf("1540%07d", 9_000_000+n))
		p.Verified = true
		p.Consents = []domain.Consent{{Version: services.PrivacyVersion, At: p.Created}}
		p.Village = h.demoVillage(i)
	}
}

// demoVillage answers the village of the n-th demo resident.
func (h *house) demoVillage(n int) string {
	var villages []string
	for _, town := range h.places.TownsIn(demoDistrict) {
		for _, v := range h.places.Town(town) {
			villages = append(villages, v.Code)
		}
	}
	if len(villages) == 0 {
		return ""
	}
	return villages[n%len(villages)]
}

const demoDistrict = "110116" // 怀柔区

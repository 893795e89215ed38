package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

// demoMonths is how long the demo's past is, in months before the current one.
const demoMonths = 12

// demoBegins answers when the demo's past begins: at the first of a month.
func demoBegins(now time.Time) time.Time {
	now = now.In(domain.China)
	return time.Date(now.Year(), now.Month()-demoMonths, 1, 8, 0, 0, 0, domain.China)
}

// past lives through the months before the demo was made, by the same verbs and
// the same relay as real life, with a clock of its own and dice that always
// fall the same.
type past struct {
	ctx        context.Context
	now        time.Time
	dice       *rand.Rand
	data       services.Data
	relay      *services.Relay
	booking    *services.Booking
	logs       *services.Logs
	complaints *services.Complaints
	schedules  *services.Schedules

	calendar  *schedule.Calendar
	advisors  []domain.Person
	residents []domain.Person
	villages  map[string]villagePeople
	offices   map[string]domain.Person // by area
	keys      int
	today     domain.Day // on which the past ends
	agenda    []planned  // what is to take place, in order
	err       error      // the first that was met
}

type villagePeople struct{ cadre, helper *domain.Person }

// planned is something that takes place at its time.
type planned struct {
	at time.Time
	do func()
}

// demoPast makes the past of the demo people, and writes it.
func demoPast(ctx context.Context, h *house, people map[domain.Kind][]domain.Person) error {
	o, err := newOverlay(ctx, h.data)
	if err != nil {
		return err
	}
	p := &past{ctx: ctx, now: demoBegins(h.clock.now()), today: domain.DayOf(h.clock.now()), dice: rand.New(rand.NewPCG(2026, 16)), data: o.data,
		advisors: people[domain.AdvisorKind], villages: map[string]villagePeople{}, offices: map[string]domain.Person{}}
	years := &services.Years{Data: p.data}
	if p.calendar, err = years.Calendar(ctx, p.now); err != nil {
		return err
	}
	p.verbs(h, years)
	if err := p.meet(people); err != nil {
		return err
	}
	for day := domain.DayOf(p.now); day < p.today; day = day.Add(1) {
		p.plan(day)
		p.live(day.Add(1).Time())
		if p.err != nil {
			return fmt.Errorf("%s: %w", day, p.err)
		}
	}
	if err := p.readNotices(p.today.Add(-3).Time()); err != nil {
		return err
	}
	return o.flush(ctx)
}

func (p *past) verbs(h *house, years *services.Years) {
	clock := func() time.Time { return p.now }
	p.relay = services.NewRelay(p.data, clock, years, time.Time{})
	p.booking = &services.Booking{Data: p.data, Now: clock, Years: years, Places: h.places, Relay: p.relay, Past: clock}
	p.logs = &services.Logs{Data: p.data, Now: clock, Places: h.places, Relay: p.relay, Booking: p.booking}
	p.complaints = &services.Complaints{Data: p.data, Now: clock, Years: years, Relay: p.relay}
	p.schedules = &services.Schedules{Data: p.data, Now: clock, Years: years, Relay: p.relay}
}

// meet finds out who is where, and has every post recorded as of the beginning.
func (p *past) meet(people map[domain.Kind][]domain.Person) error {
	for _, kind := range []domain.Kind{domain.Cadre, domain.Collaborator} {
		for i := range people[kind] {
			person := &people[kind][i]
			v := p.villages[person.Village]
			if kind == domain.Cadre {
				v.cadre = person
			} else {
				v.helper = person
			}
			p.villages[person.Village] = v
		}
	}
	for _, kind := range []domain.Kind{domain.TownStaff, domain.DistrictKind} {
		for _, person := range people[kind] {
			p.offices[person.Area] = person
		}
	}
	for n := 1; n <= demoResidents; n++ {
		person, err := p.data.People.Get(p.ctx, fmt.Sprintf("rdemo%d", n))
		if err != nil {
			return err
		}
		p.residents = append(p.residents, person)
	}
	for _, a := range p.advisors {
		d, err := p.data.Diaries.Update(p.ctx, a.ID, func(d *domain.Diary) error {
			d.Taken, d.Closures, d.Changes = nil, nil, nil
			for _, post := range d.Posts {
				d.Changes = append(d.Changes, domain.Change{Edition: d.Edition, Kind: domain.RecordAssigned, Ref: post.Village,
					Role: post.Role, From: post.From.Time(), To: post.To.Add(1).Time(), At: p.now})
			}
			return nil
		})
		if err != nil {
			return err
		}
		pointer := domain.Pointer{Meta: domain.Meta{ID: fmt.Sprintf("diary|%s|%d", a.ID, d.Edition)}, Kind: "diary", Subject: a.ID,
			Edition: d.Edition - 1, At: p.now}
		if err := p.data.Pending.Insert(p.ctx, pointer); err != nil {
			return err
		}
	}
	return nil
}

// live lets take place what is planned until a time.
func (p *past) live(until time.Time) {
	for len(p.agenda) > 0 && p.agenda[0].at.Before(until) && p.err == nil {
		next := p.agenda[0]
		p.agenda = p.agenda[1:]
		p.now = next.at
		next.do()
		p.pass()
	}
}

// pass lets the relay do all there is to do.
func (p *past) pass() {
	_, err := p.relay.Sweep(p.ctx)
	p.check(err)
}

// check keeps the first fault.
func (p *past) check(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *past) at(t time.Time, do func()) {
	i, _ := slices.BinarySearchFunc(p.agenda, t, func(x planned, t time.Time) int {
		if x.at.After(t) {
			return 1
		}
		return -1
	})
	p.agenda = slices.Insert(p.agenda, i, planned{t, do})
}

func (p *past) key() string {
	p.keys++
	return fmt.Sprintf("past %d", p.keys)
}

func (p *past) chance(percent int) bool { return p.dice.IntN(100) < percent }

// later answers a time of day some days later, when people are up; busy says
// that it is to be a working day.
func (p *past) later(least, most int, busy bool) time.Time {
	day := domain.DayOf(p.now).Add(least + p.dice.IntN(most-least+1))
	for busy && (day.Weekday() > 5 || p.calendar.Off(day)) {
		day = day.Add(1)
	}
	return day.At(domain.Minute(8*60 + p.dice.IntN(9*60)))
}

func pick[T any](p *past, all []T) T { return all[p.dice.IntN(len(all))] }

// plan says what will take place on a day: each advisor is in each main village
// once a month, at the station now and then, on leave hardly ever; residents
// book.
func (p *past) plan(day domain.Day) {
	if p.calendar.Off(day) {
		return
	}
	week := (day.Time().Day() - 1) / 7
	for i, a := range p.advisors {
		d, err := p.data.Diaries.Get(p.ctx, a.ID)
		if err != nil {
			p.check(err)
			return
		}
		for n, s := range d.Shifts {
			if s.Weekday != day.Weekday() || !slices.Contains(s.Channels, domain.Visit) || (i+n/2)%4 != week || p.chance(4) {
				continue
			}
			p.at(day.At(s.To), func() { p.visit(a, s, day) })
		}
		free := !slices.ContainsFunc(d.Taken, func(b domain.Booking) bool { return domain.DayOf(b.From) == day })
		if day.Weekday() == 1+i%5 && week == 3 && i%3 == 0 && free {
			p.at(day.At(17*60), func() { p.station(a, d.Posts[0].Village, day) })
		}
		if p.dice.IntN(400) == 0 {
			p.at(day.At(8*60), func() { p.leave(a, day.Add(3)) })
		}
	}
	for i, r := range p.residents {
		if p.dice.IntN(21) == 0 {
			p.at(day.At(domain.Minute(8*60+i)), func() { p.book(i, r) })
		}
	}
}

// visit is a turn in a village: consultations for the most part, a lecture once
// a quarter, and now and then a dispute that is settled with a collaborator.
func (p *past) visit(a domain.Person, s domain.Shift, day domain.Day) {
	around := p.villages[s.Village]
	e := services.LogEdit{Village: s.Village, Mode: domain.Fixed, Duty: domain.Consultation, Start: day.At(s.From), End: day.At(s.To),
		Counters: &domain.Counters{domain.Consultations: 1 + p.dice.IntN(6), domain.Materials: p.dice.IntN(30)},
		Method:   "现场解答", Content: pick(p, pastConsultations), Result: "已当场答复"}
	switch {
	case day.Time().Month()%3 == 2 && p.chance(80):
		e.Duty, e.Content, e.Method = domain.Publicity, pick(p, pastLectures), "法治讲座"
		e.Counters[domain.LecturePeople] = 15 + p.dice.IntN(50)
	case around.helper != nil && p.chance(15):
		e.Duty, e.Content, e.Result, e.Method = domain.Dispute, pick(p, pastDisputes), "双方达成口头协议", "与调解员共同调解"
		e.With, e.Counters[domain.DisputesMediated] = []string{around.helper.ID}, 1
	case p.chance(6):
		e.Duty, e.Content = domain.Governance, "审查村规民约修订稿"
		e.Counters[domain.VillageRules] = 1
	}
	if p.chance(20) {
		e.Groups = []domain.KeyGroup{"elderly"}
	}
	entered := p.now.Add(time.Duration(p.dice.IntN(90)) * time.Minute)
	if p.chance(8) {
		entered = p.later(1, 6, false)
	}
	p.at(entered, func() { p.log(a, around.cadre, services.LogRequest{Edit: e}) })
}

// log enters a log and lets the village, or else the office, have its say.
func (p *past) log(a domain.Person, cadre *domain.Person, req services.LogRequest) {
	req.Key = p.key()
	seen, err := p.logs.Write(p.ctx, a.Actor(), req)
	if err != nil {
		p.check(err)
		return
	}
	later := p.later(1, 3, false)
	office := p.offices[seen.Now().Town]
	switch {
	case cadre != nil && !seen.Now().ConcernsVillage && p.chance(2):
		p.at(later, func() {
			_, err := p.logs.Dispute(p.ctx, cadre.Actor(), seen.ID, 0, "时间与记录不符", p.key())
			p.check(err)
		})
		p.at(later.AddDate(0, 0, 3), func() {
			if office.ID != "" {
				_, err := p.logs.Confirm(p.ctx, office.Actor(), seen.ID, 0, p.key())
				p.check(err)
			}
		})
	case cadre != nil && !seen.Now().ConcernsVillage && p.chance(80):
		p.at(later, func() { _, err := p.logs.Confirm(p.ctx, cadre.Actor(), seen.ID, 0, p.key()); p.check(err) })
	}
}

// station is half a day at the town's station.
func (p *past) station(a domain.Person, village string, day domain.Day) {
	e := services.LogEdit{Town: domain.TownOf(village), Mode: domain.Station, Duty: domain.Consultation, Start: day.At(13 * 60), End: day.At(17 * 60),
		Counters: &domain.Counters{domain.Consultations: 2 + p.dice.IntN(5), domain.Documents: p.dice.IntN(2)}, Method: "坐诊", Content: "司法所坐诊值班"}
	p.log(a, nil, services.LogRequest{Edit: e})
}

func (p *past) leave(a domain.Person, day domain.Day) {
	_, _, err := p.schedules.Close(p.ctx, a.Actor(), services.CloseRequest{Key: p.key(), From: day.Time(), To: day.Add(1).Time(), Reason: "开庭", Days: true}, false)
	p.check(err)
}

// book lets a resident book with an advisor of their village, and what follows.
func (p *past) book(i int, r domain.Person) {
	bench, err := p.data.Benches.Get(p.ctx, r.Village)
	if err != nil || len(bench.Seats) == 0 {
		return // nobody serves there
	}
	advisor := bench.Seats[0].Advisor
	today := domain.DayOf(p.now)
	free, err := p.schedules.Slots(p.ctx, advisor, schedule.Query{From: today.Add(1), To: today.Add(9), Village: r.Village})
	if err != nil {
		p.check(err)
		return
	}
	if len(free.Slots) == 0 {
		return
	}
	slot := pick(p, free.Slots)
	if domain.DayOf(slot.Start) >= p.today {
		return // what lies ahead is for who looks around
	}
	topic := pick(p, pastTopics)
	req := services.BookRequest{Key: p.key(), Advisor: advisor, Village: r.Village, Start: slot.Start, Channel: slot.Channel, Topic: topic,
		ConcernsVillage: p.chance(10)}
	if slot.Channel == domain.Home {
		req.Address = "村东头"
	}
	seen, err := p.booking.Book(p.ctx, r.Actor(), req)
	switch domain.ReasonOf(err) {
	case "too_many_open", "slot_taken":
		return
	}
	if err != nil {
		p.check(err)
		return
	}
	lawyer := slices.IndexFunc(p.advisors, func(a domain.Person) bool { return a.ID == advisor })
	p.ends(i, r, p.advisors[lawyer], seen.Appointment)
}

// ends brings a booking to its end: done for the most part, rated often,
// complained about hardly ever.
func (p *past) ends(i int, r, a domain.Person, booked domain.Appointment) {
	dice := p.dice.IntN(100)
	switch {
	case dice < 6:
		p.at(booked.Start.Add(-20*time.Hour), func() {
			_, err := p.booking.Cancel(p.ctx, r.Actor(), booked.ID, "临时有事", p.key())
			p.settle(err)
		})
		return
	case dice < 9:
		p.at(booked.Start.Add(30*time.Minute), func() {
			_, err := p.booking.Miss(p.ctx, r.Actor(), booked.ID, domain.AdvisorKind, "律师没有来", p.key())
			p.settle(err)
		})
		p.at(booked.Start.AddDate(0, 0, 1), func() {
			p.complain(r, booked, "约好的时间律师没有来,也没有通知。", pick(p, domain.Outcomes))
		})
		return
	case dice < 12 && i >= len(p.residents)/2:
		p.at(booked.Start.Add(30*time.Minute), func() {
			_, err := p.booking.Miss(p.ctx, a.Actor(), booked.ID, domain.Resident, "", p.key())
			p.settle(err)
		})
		return
	}
	p.at(booked.End.Add(10*time.Minute), func() {
		around := p.villages[booked.Village]
		p.log(a, around.cadre, services.LogRequest{Appointment: booked.ID, Edit: services.LogEdit{Result: "已答复"}})
		if p.chance(70) {
			p.at(p.later(1, 3, false), func() { p.rate(r, booked) })
		}
	})
}

// settle takes a refusal that life brings with it: the relay, or somebody else,
// was first.
func (p *past) settle(err error) {
	switch domain.ReasonOf(err) {
	case "wrong_status", "too_late":
		return
	}
	p.check(err)
}

func (p *past) rate(r domain.Person, booked domain.Appointment) {
	req := services.RateRequest{Key: p.key(), Stars: []int{5, 5, 5, 4, 4, 5, 3, 5, 4, 2}[p.dice.IntN(10)]}
	req.Text = "还是没弄明白。"
	if req.Stars > 3 {
		req.Text = pick(p, pastPraise)
		req.Tags = domain.RatingTags[:1+p.dice.IntN(3)]
	} else {
		req.Tags = domain.RatingTags[5:6]
	}
	_, err := p.booking.Rate(p.ctx, r.Actor(), booked.ID, req)
	p.check(err)
	if req.Stars == 2 && p.chance(40) {
		p.at(p.now.Add(time.Hour), func() { p.complain(r, booked, pick(p, pastComplaints), pick(p, domain.Outcomes)) })
	}
}

// complain files a complaint that is answered after some days.
func (p *past) complain(r domain.Person, booked domain.Appointment, text string, outcome domain.Outcome) {
	seen, err := p.complaints.File(p.ctx, r.Actor(), services.ComplaintRequest{Key: p.key(), Appointment: booked.ID, Text: text})
	if err != nil {
		p.settle(err)
		return
	}
	owner, err := p.data.People.Get(p.ctx, seen.Owner)
	if err != nil {
		return // nobody answers: it stays open
	}
	p.at(p.later(2, 10, true), func() {
		_, err := p.complaints.Answer(p.ctx, owner.Actor(), seen.ID, pastAnswers[outcome], outcome, p.key())
		p.check(err)
	})
}

// readNotices leaves unread only what came after a time.
func (p *past) readNotices(since time.Time) error {
	for inbox, err := range p.data.Inboxes.All(p.ctx) {
		if err != nil {
			return err
		}
		_, err := p.data.Inboxes.Update(p.ctx, inbox.ID, func(in *domain.Inbox) error {
			for i := range in.Items {
				in.Items[i].Read = in.Items[i].Read || in.Items[i].At.Before(since)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// What is told and asked in the demo's past: invented, all of it.
var (
	pastConsultations = []string{"宅基地确权、赡养义务咨询", "劳动报酬、工伤认定咨询", "土地流转合同、邻里通行咨询", "遗嘱与继承咨询", "民间借贷、交通事故赔偿咨询"}
	pastLectures      = []string{"讲民法典婚姻家庭编", "讲防范养老诈骗", "讲土地承包与流转", "讲劳动合同与农民工工资"}
	pastDisputes      = []string{"调解邻里排水纠纷", "调解赡养费分担纠纷", "调解果园地界纠纷"}
	pastComplaints    = []string{"讲得太快,问了几句就让我走了。", "说好回头给我看合同,一直没有消息。", "在走廊里当着别人的面问我的家事。"}
	pastAnswers       = map[domain.Outcome]string{
		domain.Upheld:    "情况属实。已与律师谈话并要求改进,向您致歉。",
		domain.Partly:    "已向双方核实,部分属实,已请律师与您联系补充说明。",
		domain.NotUpheld: "已向双方核实并查看签到,与您反映的情况不一致,结果告知您。",
	}
	pastPraise = []string{"讲得很清楚。", "问题解决了,谢谢。", "律师很耐心。", ""}
	pastTopics = []string{"宅基地", "赡养", "土地流转", "欠薪", "借款", "继承", "交通事故"}
)

package handlers

import (
	"cmp"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

type scheduleBody struct {
	Rev            *int64     `json:"rev"`
	Shifts         *[]shift   `json:"shifts"`
	Openings       *[]opening `json:"openings"`
	EarliestNotice *int       `json:"earliest_notice_minutes"`
	Horizon        *int       `json:"horizon_days"`
	Buffer         *int       `json:"buffer_minutes"`
	DailyMax       *int       `json:"daily_max"`
	Orphaned       *[]orphan  `json:"orphaned,omitempty"`
}

// A shift and an opening name their fields one by one: a struct within them
// would stand in the name of a field that has the wrong type.
type shift struct {
	Village  string           `json:"village"`
	Channels []domain.Channel `json:"channels"`
	Weekday  int              `json:"weekday"`
	From     string           `json:"from"`
	To       string           `json:"to"`
	Slot     int              `json:"slot_minutes"`
}

type opening struct {
	Village  string           `json:"village"`
	Channels []domain.Channel `json:"channels"`
	Day      string           `json:"day"`
	From     string           `json:"from"`
	To       string           `json:"to"`
	Slot     int              `json:"slot_minutes"`
}

func scheduleOf(d *domain.Diary) scheduleBody {
	shifts := mapped(d.Shifts, func(s domain.Shift) shift {
		return shift{s.Village, s.Channels, s.Weekday, s.From.String(), s.To.String(), s.Slot}
	})
	openings := mapped(d.Openings, func(o domain.Opening) opening {
		return opening{o.Village, o.Channels, string(o.Day), o.From.String(), o.To.String(), o.Slot}
	})
	r := d.Rules
	return scheduleBody{&d.Edition, &shifts, &openings, &r.EarliestNotice, &r.Horizon, &r.Buffer, &r.DailyMax, nil}
}

func (b *scheduleBody) edit() (services.ScheduleEdit, error) {
	var f domain.Faults
	e := services.ScheduleEdit{EarliestNotice: b.EarliestNotice, Horizon: b.Horizon, Buffer: b.Buffer, DailyMax: b.DailyMax}
	if f.Check(b.Rev != nil, "rev", "required"); b.Rev != nil {
		e.Edition = *b.Rev
	}
	if b.Shifts != nil {
		e.Shifts = []domain.Shift{}
		for i, s := range *b.Shifts {
			name := fmt.Sprintf("shifts[%d]", i)
			from, to := clock(s.From, name+".from", &f), clock(s.To, name+".to", &f)
			e.Shifts = append(e.Shifts, domain.Shift{Village: s.Village, Channels: s.Channels, Weekday: s.Weekday, From: from, To: to, Slot: cmp.Or(s.Slot, domain.DefaultSlotMinutes)})
		}
	}
	if b.Openings != nil {
		e.Openings = []domain.Opening{}
		for i, o := range *b.Openings {
			name := fmt.Sprintf("openings[%d]", i)
			from, to := clock(o.From, name+".from", &f), clock(o.To, name+".to", &f)
			day, ok := domain.ParseDay(o.Day)
			f.Check(ok, name+".day", "bad_day")
			e.Openings = append(e.Openings, domain.Opening{Day: day, Village: o.Village, Channels: o.Channels, From: from, To: to, Slot: cmp.Or(o.Slot, domain.DefaultSlotMinutes)})
		}
	}
	return e, f.Err()
}

func (s *Server) schedule(c *gin.Context, actor domain.Actor) (int, any, error) {
	d, err := s.Schedules.Schedule(c, actor)
	return ok(scheduleOf(&d), err)
}

func (s *Server) putSchedule(c *gin.Context, actor domain.Actor) (int, any, error) {
	q := query{c: c}
	dryRun := q.flag("dry_run")
	var in scheduleBody
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	edit, err := in.edit()
	if err != nil {
		return 0, nil, err
	}
	d, orphans, err := s.Schedules.Replace(c, actor, edit, dryRun)
	out, lost := scheduleOf(&d), orphansOf(orphans)
	out.Orphaned = &lost
	return ok(out, err)
}

type closure struct {
	ID     string `json:"id"`
	From   string `json:"from"`
	To     string `json:"to"`
	Reason string `json:"reason"`
}

// closureOf writes a closure as it was said: in whole days, both inclusive, or
// in times.
func closureOf(c domain.Closure) closure {
	if c.Days {
		return closure{c.ID, string(domain.DayOf(c.From)), string(domain.DayOf(c.To).Add(-1)), c.Reason}
	}
	return closure{c.ID, when(c.From), when(c.To), c.Reason}
}

func (s *Server) closures(c *gin.Context, actor domain.Actor) (int, any, error) {
	d, err := s.Schedules.Schedule(c, actor)
	if err != nil {
		return 0, nil, err
	}
	return ok(pageOf(c, d.Closures, closureOf))
}

func (s *Server) addClosure(c *gin.Context, actor domain.Actor) (int, any, error) {
	q := query{c: c}
	dryRun := q.flag("dry_run")
	key, err := idempotencyKey(c, !dryRun)
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		From   string `json:"from"`
		To     string `json:"to"`
		Reason string `json:"reason"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	from, to, days := stretch(in.From, in.To, &q.faults)
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	made, orphans, err := s.Schedules.Close(c, actor, services.CloseRequest{Key: key, From: from, To: to, Days: days, Reason: in.Reason}, dryRun)
	body := struct {
		closure
		Orphaned []orphan `json:"orphaned"`
	}{closureOf(made), orphansOf(orphans)}
	if dryRun {
		return ok(body, err)
	}
	return created(body, err)
}

// stretch reads a closure's bounds: two days, both inclusive, or two times.
func stretch(from, to string, f *domain.Faults) (begin, end time.Time, days bool) {
	first, ok1 := domain.ParseDay(from)
	last, ok2 := domain.ParseDay(to)
	if ok1 && ok2 {
		return first.Time(), last.Add(1).Time(), true
	}
	return moment(from, "from", f), moment(to, "to", f), false
}

func (s *Server) deleteClosure(c *gin.Context, actor domain.Actor) (int, any, error) {
	return ok(nothing{}, s.Schedules.Reopen(c, actor, c.Param("id")))
}

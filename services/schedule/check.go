package schedule

import (
	"fmt"
	"slices"
	"strconv"

	"villagecounsel/services/domain"
)

// Bounds of what an advisor may set. They are our own choice: wide enough to
// live with, narrow enough to keep a diary small.
const (
	MaxShifts        = 100
	MaxOpenings      = 200
	MinSlotMinutes   = 5
	MaxSlotMinutes   = 240
	MaxNoticeMinutes = 14 * 24 * 60
	MinHorizonDays   = 1
	MaxHorizonDays   = 90
	MaxBufferMinutes = 240
	MaxDailyMax      = 100
)

// CheckSchedule validates the shifts, openings and rules that an advisor has
// put into the diary, against its posts, and reports all faults at once.
// Fields are named as on the wire, such as `shifts[2].from`. A slot of 0
// minutes stands for the default. Two shifts on one weekday, or two openings
// on one day, must not overlap if both are on site in different villages.
func CheckSchedule(d *domain.Diary) error {
	var f domain.Faults
	if len(d.Shifts) > MaxShifts {
		f.Add("shifts", "too_many")
	} else {
		checkAll(&f, shiftEntries(&f, d))
	}
	if len(d.Openings) > MaxOpenings {
		f.Add("openings", "too_many")
	} else {
		checkAll(&f, openingEntries(&f, d))
	}
	checkRules(&f, d.Rules)
	return f.Err()
}

// entry is what shifts and openings have in common.
type entry struct {
	name     string // "shifts[2]."
	when     string // weekday or day
	village  string
	channels []domain.Channel
	from, to domain.Minute
	slot     int
}

func shiftEntries(f *domain.Faults, d *domain.Diary) (entries []entry) {
	for i, s := range d.Shifts {
		e := entry{item("shifts", i) + ".", strconv.Itoa(s.Weekday), s.Village, s.Channels, s.From, s.To, s.Slot}
		f.Check(1 <= s.Weekday && s.Weekday <= 7, e.name+"weekday", "out_of_range")
		checkVillage(f, e, slices.ContainsFunc(d.Posts, func(p domain.Post) bool { return p.Village == s.Village }))
		entries = append(entries, e)
	}
	return entries
}

func openingEntries(f *domain.Faults, d *domain.Diary) (entries []entry) {
	for i, o := range d.Openings {
		e := entry{item("openings", i) + ".", string(o.Day), o.Village, o.Channels, o.From, o.To, o.Slot}
		_, ok := domain.ParseDay(string(o.Day))
		f.Check(ok, e.name+"day", "bad_day")
		checkVillage(f, e, !ok || d.Serves(o.Village, o.Day))
		entries = append(entries, e)
	}
	return entries
}

func checkVillage(f *domain.Faults, e entry, served bool) {
	switch {
	case e.village == "":
		f.Add(e.name+"village", "required")
	case !domain.IsVillageCode(e.village):
		f.Add(e.name+"village", "unknown")
	case !served:
		f.Add(e.name+"village", "not_served")
	}
}

func checkAll(f *domain.Faults, entries []entry) {
	var sound []entry
	for _, e := range entries {
		checkChannels(f, e)
		if !checkTimes(f, e) {
			continue
		}
		f.Check(!slices.ContainsFunc(sound, e.excludes), e.name+"from", "overlaps")
		sound = append(sound, e)
	}
}

func checkChannels(f *domain.Faults, e entry) {
	f.Check(len(e.channels) > 0, e.name+"channels", "required")
	for i, c := range e.channels {
		switch {
		case !slices.Contains(domain.Channels, c):
			f.Add(e.name+"channels", "unknown")
			return
		case slices.Contains(e.channels[:i], c):
			f.Add(e.name+"channels", "repeated")
			return
		}
	}
}

// checkTimes reports whether the times are sound, so that overlaps mean something.
func checkTimes(f *domain.Faults, e entry) bool {
	slot := slotMinutes(e.slot)
	switch {
	case e.from < 0 || e.from >= minutesOfDay:
		f.Add(e.name+"from", "bad_time")
	case e.to <= e.from || e.to > minutesOfDay:
		f.Add(e.name+"to", "bad_time")
	case e.slot < 0 || slot < MinSlotMinutes || slot > MaxSlotMinutes:
		f.Add(e.name+"slot_minutes", "out_of_range")
	case domain.Minute(slot) > e.to-e.from:
		f.Add(e.name+"slot_minutes", "does_not_fit")
	default:
		return true
	}
	return false
}

// excludes reports whether nobody can keep both: on site in two villages at
// one time.
func (e entry) excludes(other entry) bool {
	return e.when == other.when && e.village != other.village &&
		e.from < other.to && other.from < e.to &&
		slices.ContainsFunc(e.channels, domain.Channel.OnSite) &&
		slices.ContainsFunc(other.channels, domain.Channel.OnSite)
}

func checkRules(f *domain.Faults, r domain.Rules) {
	check := func(name string, value, least, most int) {
		f.Check(least <= value && value <= most, name, "out_of_range")
	}
	check("earliest_notice_minutes", r.EarliestNotice, 0, MaxNoticeMinutes)
	check("horizon_days", r.Horizon, MinHorizonDays, MaxHorizonDays)
	check("buffer_minutes", r.Buffer, 0, MaxBufferMinutes)
	check("daily_max", r.DailyMax, 0, MaxDailyMax)
}

const minutesOfDay = 24 * 60

// item names one item of a list as on the wire.
func item(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

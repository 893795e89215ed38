package domain

import (
	"slices"
	"time"
)

// Channel is how advice is given.
type Channel string

// The channels.
const (
	Visit Channel = "visit" // 到村: at the village's room
	Home  Channel = "home"  // 入户: at the resident's home
	Video Channel = "video" // 视频
	Phone Channel = "phone" // 电话
)

// Channels lists them in the order in which they are shown.
var Channels = []Channel{Visit, Home, Video, Phone}

// OnSite reports whether the advisor must be in the village.
func (c Channel) OnSite() bool { return c == Visit || c == Home }

// Advisor is the public card of an advisor (公示). Its id is the person's.
type Advisor struct {
	Meta         `bson:",inline"`
	Name         string   `bson:"name"`
	Firm         string   `bson:"firm"`
	FirmName     string   `bson:"firm_name"`
	Licence      string   `bson:"licence"` // 执业证号, 17 digits; 12 on old ones
	Specialities []string `bson:"specialities,omitempty"`
	Photo        string   `bson:"photo,omitempty"` // id of a file
}

// Firm is a law firm (律师事务所).
type Firm struct {
	Meta `bson:",inline"`
	Name string `bson:"name"`
}

// Diary is the one document in which an advisor's time is contested: the
// villages served, the rules by which slots come about, and what is taken
// (排班册). Its id is the advisor's. A booking, a leave and a change of shifts
// are each one write of it, so no two of them can both be judged by what the
// other has already changed.
type Diary struct {
	Meta     `bson:",inline"`
	Edition  int64     `bson:"edition"` // counts changes of the rules alone; what `me/schedule` calls rev
	Posts    []Post    `bson:"posts,omitempty"`
	Shifts   []Shift   `bson:"shifts,omitempty"`
	Openings []Opening `bson:"openings,omitempty"`
	Closures []Closure `bson:"closures,omitempty"`
	Rules    Rules     `bson:"rules"`
	Taken    []Booking `bson:"taken,omitempty"`   // in order of From; past ones are dropped in time
	Changes  []Change  `bson:"changes,omitempty"` // of leaves and posts, that are not recorded yet
}

// Change is a change of leaves or posts that is to be recorded. It is written
// together with the change itself, and taken out when it has been recorded.
type Change struct {
	Edition int64      `bson:"edition"` // of the diary that it came with
	Kind    RecordKind `bson:"kind"`    // RecordLeave, RecordReturned, RecordAssigned or RecordUnassigned
	Ref     string     `bson:"ref"`     // id of the closure; of a post, the village
	Role    Role       `bson:"role,omitempty"`
	From    time.Time  `bson:"from"`
	To      time.Time  `bson:"to"` // exclusive
	At      time.Time  `bson:"at"`
	By      string     `bson:"by,omitempty"` // empty = the office's import
}

// Post is one assignment of the advisor to a village (聘任).
type Post struct {
	Village string `bson:"village"`
	Role    Role   `bson:"role"`
	From    Day    `bson:"from"`
	To      Day    `bson:"to"` // inclusive
}

// Serves reports whether the diary has a post in the village on the day.
func (d *Diary) Serves(village string, day Day) bool {
	return slices.ContainsFunc(d.Posts, func(p Post) bool {
		return p.Village == village && p.From <= day && day <= p.To
	})
}

// InService reports whether the diary has a post anywhere on the day.
func (d *Diary) InService(day Day) bool {
	return slices.ContainsFunc(d.Posts, func(p Post) bool { return p.From <= day && day <= p.To })
}

// Shift is a weekly turn (班次).
type Shift struct {
	Village  string    `bson:"village"`
	Channels []Channel `bson:"channels"`
	Weekday  int       `bson:"weekday"` // 1 Monday to 7 Sunday
	From     Minute    `bson:"from"`
	To       Minute    `bson:"to"`
	Slot     int       `bson:"slot"` // minutes
}

// Opening is a turn on one day only (加开). It also opens a statutory holiday.
type Opening struct {
	Day      Day       `bson:"day"`
	Village  string    `bson:"village"`
	Channels []Channel `bson:"channels"`
	From     Minute    `bson:"from"`
	To       Minute    `bson:"to"`
	Slot     int       `bson:"slot"` // minutes
}

// Closure closes whole stretches of time: a leave, a court hearing (请假、停诊).
type Closure struct {
	ID      string    `bson:"id"`
	From    time.Time `bson:"from"`
	To      time.Time `bson:"to"` // exclusive
	Reason  string    `bson:"reason"`
	Days    bool      `bson:"days,omitempty"` // it was said in whole days
	Request string    `bson:"request"`        // hash of the request that made it
	Edition int64     `bson:"edition"`        // of the diary that it came with
}

// Rules bound what may be booked.
type Rules struct {
	EarliestNotice int `bson:"notice"`  // minutes between booking and start
	Horizon        int `bson:"horizon"` // days ahead, today included as day 0
	Buffer         int `bson:"buffer"`  // minutes between two places
	DailyMax       int `bson:"daily"`   // bookings a day; 0 = no bound
}

// DefaultRules are those of an advisor who set none: half an hour between
// places is our own choice, the rest is the product's contract.
var DefaultRules = Rules{EarliestNotice: 120, Horizon: 30, Buffer: 30}

// DefaultSlotMinutes is the length of a slot where a shift names none.
const DefaultSlotMinutes = 30

// Booking is one stretch of an advisor's time that is taken.
type Booking struct {
	Appointment string    `bson:"a"`
	From        time.Time `bson:"f"`
	To          time.Time `bson:"t"`
	Channel     Channel   `bson:"c"`
	Village     string    `bson:"v"`
	Client      string    `bson:"n,omitempty"` // keyed hash of the client's name, for the conflict check
	Orphaned    bool      `bson:"o,omitempty"` // the rules no longer offer this time
	Edition     int64     `bson:"e"`           // of the appointment when this was taken or last settled
	Moving      bool      `bson:"m,omitempty"` // won for a move that is not written yet
}

// Slot is a time that can be booked (号源).
type Slot struct {
	Start   time.Time `bson:"s"`
	End     time.Time `bson:"e"`
	Channel Channel   `bson:"c"`
	Village string    `bson:"v"`
}

// CalendarYear is one year's table of statutory holidays and make-up working
// days (节假日安排). Its id is the year, "2026".
type CalendarYear struct {
	Meta   `bson:",inline"`
	Notice string `bson:"notice"` // number of the State Council's notice
	Off    []Day  `bson:"off"`    // every day off by the notice, weekends among them included
	Work   []Day  `bson:"work"`   // weekend days that are worked (调休上班)
}

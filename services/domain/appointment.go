package domain

import "time"

// Status of an appointment.
type Status string

// The statuses. Void is a tombstone: the booking never came about.
const (
	Held      Status = "held" // waits for the office's confirmation
	Booked    Status = "booked"
	Arrived   Status = "arrived"
	Done      Status = "done"
	Missed    Status = "missed"
	Cancelled Status = "cancelled"
	Void      Status = "void"
)

// Statuses lists those that can be seen.
var Statuses = []Status{Held, Booked, Arrived, Done, Missed, Cancelled}

// Open reports whether the appointment still lies ahead.
func (s Status) Open() bool { return s == Held || s == Booked || s == Arrived }

// Appointment is a booked consultation (预约).
type Appointment struct {
	Meta            `bson:",inline"`
	Status          Status    `bson:"status"`
	Advisor         string    `bson:"advisor"`
	Resident        string    `bson:"resident,omitempty"` // whom it is for, if a person of the system
	Booker          string    `bson:"booker"`             // who booked it
	Sheet           string    `bson:"sheet"`              // id of the resident's sheet it counts on
	Name            Private   `bson:"name"`               // of whom it is for
	Phone           Private   `bson:"phone"`
	Village         string    `bson:"village"`
	Start           time.Time `bson:"start"`
	End             time.Time `bson:"end"`
	Channel         Channel   `bson:"channel"`
	Topic           Private   `bson:"topic"`
	Details         Private   `bson:"details,omitempty"`
	Address         Private   `bson:"address,omitempty"`
	OtherParty      Private   `bson:"other_party,omitempty"`
	ConcernsVillage bool      `bson:"concerns_village,omitempty"`
	Orphaned        bool      `bson:"orphaned,omitempty"` // the advisor's time changed under it
	MissedBy        Kind      `bson:"missed_by,omitempty"`
	Rating          *Rating   `bson:"rating,omitempty"`
	Request         string    `bson:"request"` // hash of the request that made it
	Fence           int64     `bson:"fence"`   // raised to shut out a slow writer
	Events          []Event   `bson:"events"`
	Created         time.Time `bson:"created"`
}

// Edition counts what has befallen the appointment. Whoever means to change it
// says which edition they saw, and loses if another change came first.
func (a *Appointment) Edition() int64 { return int64(len(a.Events)) + a.Fence }

// Verb is what is done to an appointment.
type Verb string

// The verbs of the status table, and two that only the program itself says.
const (
	Book       Verb = "book"
	Confirm    Verb = "confirm"
	Cancel     Verb = "cancel"
	Reschedule Verb = "reschedule"
	Arrive     Verb = "arrive"
	Complete   Verb = "complete"
	Miss       Verb = "miss"
	Rate       Verb = "rate"
	Orphan     Verb = "orphan" // the schedule changed under the booking
	Restore    Verb = "restore"
)

// Event is one thing that befell an appointment. It is written together with
// the change it tells of; notices and records are derived from it.
type Event struct {
	Seq    int       `bson:"seq"` // from 1
	At     time.Time `bson:"at"`
	Verb   Verb      `bson:"verb"`
	By     string    `bson:"by,omitempty"` // id of the person; empty = the program
	ByKind Kind      `bson:"by_kind,omitempty"`
	Reason Private   `bson:"reason,omitempty"`
	Status Status    `bson:"status"`        // after this event
	Start  time.Time `bson:"start"`         // when the appointment was to begin after this event
	Key    string    `bson:"key,omitempty"` // hash of the request's idempotency key

	// The time and the place that became free, if any.
	Freed        time.Time `bson:"freed,omitempty"`
	FreedVillage string    `bson:"freed_village,omitempty"`
}

// Rating is what the one served says of a finished service (评价).
type Rating struct {
	Stars  int         `bson:"stars"` // 1 to 5
	Tags   []RatingTag `bson:"tags,omitempty"`
	Text   Private     `bson:"text,omitempty"`
	Source Source      `bson:"source"`
	At     time.Time   `bson:"at"`
}

// Source says how a rating came in.
type Source string

// The sources of a rating.
const (
	FromApp   Source = "app"
	FromPaper Source = "paper" // entered by the office from a form
	FromPhone Source = "phone" // entered by the office from a call
)

// RatingTag is a word that goes with the stars.
type RatingTag string

// RatingTags are the tags, the good ones first: 讲得明白、有耐心、专业、守时、问题解决了,
// 没听明白、不耐烦、太匆忙、迟到、问题没解决.
var RatingTags = []RatingTag{"clear", "patient", "expert", "punctual", "solved",
	"unclear", "impatient", "hurried", "late", "unsolved"}

// MaxStars is the best rating; 1 is the worst.
const MaxStars = 5

// Sheet holds what counts for one resident (预约人账): open bookings, misses,
// and the waiting lists they are on. Its id is the person's, or the keyed hash
// of name and phone of one who is no person of the system.
type Sheet struct {
	Meta   `bson:",inline"`
	Open   []OpenBooking `bson:"open,omitempty"`
	Misses []MissedTurn  `bson:"misses,omitempty"`
	Waits  []string      `bson:"waits,omitempty"` // ids of advisors
}

// OpenBooking is one booking that counts against the limit.
type OpenBooking struct {
	Appointment string    `bson:"a"`
	Start       time.Time `bson:"s"`
	Edition     int64     `bson:"e"` // of the appointment that this start was read from
}

// MissedTurn is one booking that its resident missed.
type MissedTurn struct {
	Appointment string    `bson:"a"`
	At          time.Time `bson:"at"`
}

// Limits on one resident (《预约须知》, the product's contract).
const (
	MaxOpenBookings = 2
	MissesToHold    = 3
	MissWindow      = 90 * 24 * time.Hour
)

// Waitlist lists who would come earlier to one advisor (候补). Its id is the
// advisor's.
type Waitlist struct {
	Meta    `bson:",inline"`
	Entries []Wait `bson:"entries,omitempty"`
}

// Wait is one person's wish for an earlier time.
type Wait struct {
	ID      string    `bson:"id"`
	Person  string    `bson:"person"`
	Village string    `bson:"village"`
	Channel Channel   `bson:"channel,omitempty"` // empty = any
	From    Day       `bson:"from"`
	To      Day       `bson:"to"` // inclusive
	Request string    `bson:"request"`
	Created time.Time `bson:"created"`
}

// Clients holds the keyed hashes of the names of all whom one advisor has
// served or been booked by, for the conflict check (律师法 38, 39). Its id is
// the advisor's.
type Clients struct {
	Meta  `bson:",inline"`
	Names []string `bson:"names"`
}

// MonthSheet lists the appointments of one town in one month, for its staff
// and cadres (街乡月历); derived. Its id is "110116001|2026-11".
type MonthSheet struct {
	Meta  `bson:",inline"`
	Items []MonthItem `bson:"items"`
}

// MonthItem is what may be known of an appointment without its content.
type MonthItem struct {
	Appointment string    `bson:"a"`
	Advisor     string    `bson:"l"`
	Village     string    `bson:"v"`
	Start       time.Time `bson:"s"`
	End         time.Time `bson:"e"`
	Channel     Channel   `bson:"c"`
	Status      Status    `bson:"st"`
	Seq         int       `bson:"q"`           // of the event it was derived from
	Hidden      bool      `bson:"h,omitempty"` // concerns the village: not for its people
}

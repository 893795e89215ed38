package domain

import "time"

// RecordKind says what a lifecycle record tells of.
type RecordKind string

// The kinds of lifecycle record.
const (
	RecordBooked     RecordKind = "booked"
	RecordMoved      RecordKind = "moved"
	RecordCancelled  RecordKind = "cancelled"
	RecordCompleted  RecordKind = "completed"
	RecordMissed     RecordKind = "missed"
	RecordRated      RecordKind = "rated"
	RecordService    RecordKind = "service"
	RecordCorrected  RecordKind = "corrected"
	RecordConfirmed  RecordKind = "confirmed"
	RecordDisputed   RecordKind = "disputed"
	RecordComplaint  RecordKind = "complaint"
	RecordLeave      RecordKind = "leave"
	RecordReturned   RecordKind = "leave_withdrawn"
	RecordAssigned   RecordKind = "assigned"
	RecordUnassigned RecordKind = "unassigned"
)

// RecordKinds lists them.
var RecordKinds = []RecordKind{RecordBooked, RecordMoved, RecordCancelled, RecordCompleted, RecordMissed, RecordRated, RecordService,
	RecordCorrected, RecordConfirmed, RecordDisputed, RecordComplaint, RecordLeave, RecordReturned, RecordAssigned, RecordUnassigned}

// Record is one thing that befell an advisor, or somebody who served with one
// (履历记录). It holds ids, codes, numbers and times: never a name, a telephone
// number or free text, so that a person can be erased while every chain stays
// whole. Each carries the hash of the one before it.
type Record struct {
	Seq      int64             `bson:"seq"`    // from 1, without gaps
	Source   string            `bson:"source"` // <subject kind>|<subject>|<event>: the same one is recorded once
	Kind     RecordKind        `bson:"kind"`
	On       time.Time         `bson:"on"`       // when it took place
	Recorded time.Time         `bson:"recorded"` // never before the record's predecessor, nor before the event
	By       string            `bson:"by,omitempty"`
	ByKind   Kind              `bson:"by_kind,omitempty"` // empty = the program
	Ref      string            `bson:"ref,omitempty"`     // id of the subject
	Village  string            `bson:"village,omitempty"` // 12 digits, 9 of a town, or 6 of a district
	Codes    map[string]string `bson:"codes,omitempty"`
	Numbers  map[string]int64  `bson:"numbers,omitempty"`
	Voids    string            `bson:"voids,omitempty"` // source of the record in whose place this one stands
	Alg      string            `bson:"alg"`
	Prev     string            `bson:"prev"` // hash of the record before; of the first, what stands for its owner
	Hash     string            `bson:"hash"`
}

// RecordPage is one stretch of a person's records; its id is "owner|n", n from
// 1, and every page but the last holds PageLen of them.
type RecordPage struct {
	Meta  `bson:",inline"`
	Items []Record `bson:"items"`
}

// ChainHead says how long a person's chain is and how it ends, so that a tail
// cut off is noticed. Its id is the owner's.
type ChainHead struct {
	Meta `bson:",inline"`
	Len  int64  `bson:"len"`
	Hash string `bson:"hash"`
}

// Ledger is one month of an advisor, of somebody who served with one, of a
// village, or of a town's station (台账): a row for each booking, service and
// rating, derived from the records. Its id is "owner|2026-11".
type Ledger struct {
	Meta `bson:",inline"`
	Rows []Fact `bson:"rows,omitempty"`
}

// FactKind says what a row of a ledger tells of.
type FactKind string

// The kinds of row.
const (
	BookingFact FactKind = "booking"
	ServiceFact FactKind = "service"
	RatingFact  FactKind = "rating"
)

// Fact is the latest state of one booking, service or rating.
type Fact struct {
	Kind     FactKind  `bson:"k"`
	Ref      string    `bson:"r"`
	Edition  int64     `bson:"e"` // of the subject
	Advisor  string    `bson:"a"` // whose booking or service it is
	Village  string    `bson:"v"`
	Start    time.Time `bson:"s"`
	Minutes  int       `bson:"m,omitempty"`
	How      string    `bson:"h,omitempty"`  // a mode or a channel
	Duty     Duty      `bson:"d,omitempty"`  // of a service
	Status   string    `bson:"st,omitempty"` // a Status or a LogStatus
	MissedBy Kind      `bson:"mb,omitempty"`
	Counters Counters  `bson:"c,omitempty"`
	Stars    int       `bson:"n,omitempty"`
}

// Tally is a month's figures (月度统计), folded from the rows of its ledger.
// Services that are disputed are counted apart and in none of the others.
type Tally struct {
	Month          string // "2026-11"
	OnSiteMinutes  int    // time on site; times that overlap count once
	Visits         int    // days on site, each village by itself
	Services       int
	Disputed       int
	Unconfirmed    int
	Counters       Counters
	Bookings       int // all that were to take place in the month and were not cancelled
	Completed      int
	AdvisorMissed  int
	ResidentMissed int
	Cancelled      int
	Ratings        int
	Stars          int // sum
}

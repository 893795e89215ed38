package domain

import "time"

// Outcome is how a complaint ended.
type Outcome string

// The outcomes.
const (
	Upheld    Outcome = "upheld"     // 属实
	Partly    Outcome = "partly"     // 部分属实
	NotUpheld Outcome = "not_upheld" // 不属实
)

// Outcomes lists them.
var Outcomes = []Outcome{Upheld, Partly, NotUpheld}

// Complaint is somebody's complaint (投诉): its own thing, with a clock in
// working days and an owner at the office who is not its subject.
type Complaint struct {
	Meta        `bson:",inline"`
	By          string    `bson:"by"` // who filed it
	ByKind      Kind      `bson:"by_kind"`
	Appointment string    `bson:"appointment,omitempty"`
	Advisor     string    `bson:"advisor,omitempty"` // whom it is about, if an advisor
	Village     string    `bson:"village,omitempty"` // 12 digits
	Area        string    `bson:"area"`              // of the office that answers: 9 or 6 digits
	Text        Private   `bson:"text"`
	Files       []string  `bson:"files,omitempty"`
	Barred      []string  `bson:"barred,omitempty"` // who had a hand in the matter, and so does not answer it
	Owner       string    `bson:"owner,omitempty"`  // who answers it; empty = nobody could be found
	Days        int       `bson:"days"`             // working days within which it is to be answered
	Answer      *Answer   `bson:"answer,omitempty"` // nil = still open
	Edition     int64     `bson:"edition"`          // 1 when filed, 2 when answered
	Request     string    `bson:"request"`
	Created     time.Time `bson:"created"`
}

// Answer is the office's word on a complaint.
type Answer struct {
	Text    Private   `bson:"text"`
	Outcome Outcome   `bson:"outcome"`
	By      string    `bson:"by"`
	ByKind  Kind      `bson:"by_kind"`
	At      time.Time `bson:"at"`
	Key     string    `bson:"key,omitempty"`
}

// Caseload lists the complaints that somebody filed or owns, or that belong to
// an area (投诉登记); its owner is a person's id or an area's digits.
type Caseload = Page[CaseRef]

// CaseRef is one complaint in a caseload.
type CaseRef struct {
	Complaint string    `bson:"c"`
	At        time.Time `bson:"at"`
}

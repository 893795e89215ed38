package domain

import "time"

// NoticeKind says what a notice tells.
type NoticeKind string

// The kinds of notice.
const (
	NoticeBooked     NoticeKind = "booked"
	NoticeHeld       NoticeKind = "held"
	NoticeDayBefore  NoticeKind = "day_before"
	NoticeHourBefore NoticeKind = "hour_before"
	NoticeChanged    NoticeKind = "changed"
	NoticeOrphaned   NoticeKind = "orphaned" // the advisor cannot keep this time: move or cancel it
	NoticeCancelled  NoticeKind = "cancelled"
	NoticeMissed     NoticeKind = "missed"
	NoticeRate       NoticeKind = "please_rate"
	NoticeAnswered   NoticeKind = "answered"
	NoticeFreed      NoticeKind = "slot_freed"   // the waiting list
	NoticeTurn       NoticeKind = "turn_offered" // a stand-in may take a turn
	NoticeCalendar   NoticeKind = "calendar_missing"
)

// Notice tells one person of one thing (消息). It never says what a matter is
// about: telephones are shared.
type Notice struct {
	ID          string     `bson:"id"` // <subject>.<seq>.<kind>: telling twice changes nothing
	Kind        NoticeKind `bson:"kind"`
	At          time.Time  `bson:"at"`
	Appointment string     `bson:"appointment,omitempty"`
	Advisor     string     `bson:"advisor,omitempty"`
	Village     string     `bson:"village,omitempty"`
	Channel     Channel    `bson:"channel,omitempty"`
	Start       time.Time  `bson:"start,omitempty"` // of the appointment, or of the slot
	End         time.Time  `bson:"end,omitempty"`
	Note        string     `bson:"note,omitempty"` // a number of a year and the like; never free text of a person
	Read        bool       `bson:"read,omitempty"`
}

// Pointer says that a change is about to commit somewhere, so that what
// follows from it is not forgotten if the program dies. Its id is
// "<kind>|<subject>|<edition>", with the edition that the change would make.
type Pointer struct {
	Meta    `bson:",inline"`
	Kind    string    `bson:"kind"`
	Subject string    `bson:"subject"`
	Seq     int       `bson:"seq"`
	Advisor string    `bson:"advisor,omitempty"` // whose diary is concerned
	Sheet   string    `bson:"sheet,omitempty"`   // whose sheet is concerned
	Edition int64     `bson:"edition"`           // of the subject when the change began
	Gained  []Slot    `bson:"gained,omitempty"`  // free times that a change of a diary brings
	At      time.Time `bson:"at"`
}

// Bucket holds what falls due within one quarter of an hour. Its id is the
// quarter's start in China, "2026-11-25T09:15".
type Bucket struct {
	Meta  `bson:",inline"`
	Items []Due `bson:"items"`
}

// Due is one thing to be done at a time.
type Due struct {
	ID          string     `bson:"id"`
	At          time.Time  `bson:"at"`
	Kind        NoticeKind `bson:"kind"` // what is to be told; empty = a held booking lapses
	Appointment string     `bson:"appointment"`
	Start       time.Time  `bson:"start"` // the appointment's start when this was noted
}

// AuditLine is one thing that somebody did or read (审计记录).
type AuditLine struct {
	ID      string    `bson:"id"`
	At      time.Time `bson:"at"`
	By      string    `bson:"by"`
	Kind    Kind      `bson:"kind"`
	Verb    string    `bson:"verb"`
	Subject string    `bson:"subject"`
	Purpose Private   `bson:"purpose,omitempty"`
}

// Office lists the staff of one area (司法所、司法局). Its id is the area's 2, 6
// or 9 digits.
type Office struct {
	Meta  `bson:",inline"`
	Name  string   `bson:"name,omitempty"`
	Staff []string `bson:"staff"` // ids of persons
}

// Mark remembers how far a piece of background work has come, or by which
// settings the store was made.
type Mark struct {
	Meta `bson:",inline"`
	At   time.Time `bson:"at"`
	Mode string    `bson:"mode,omitempty"` // demo or real
	Key  string    `bson:"key,omitempty"`  // keyed hash by which the data key is known again
}

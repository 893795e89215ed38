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
	NoticeLogged     NoticeKind = "service_logged"   // a service took place: confirm it, or dispute it
	NoticeDisputed   NoticeKind = "service_disputed" // somebody says that it did not
	NoticeSettled    NoticeKind = "service_settled"  // the office has decided, or corrected
	NoticeCredited   NoticeKind = "service_credited" // to who is said to have served together
	NoticeComplaint  NoticeKind = "complaint_filed"  // to who is to answer it
	NoticeDeadline   NoticeKind = "complaint_due"    // its clock runs out
	NoticeResolved   NoticeKind = "complaint_answered"
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
	Log         string     `bson:"log,omitempty"`
	Complaint   string     `bson:"complaint,omitempty"`
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
	Kind        NoticeKind `bson:"kind"`              // what is to be told; empty = a held booking lapses
	Task        Task       `bson:"task,omitempty"`    // what is to be done beside appointments
	Subject     string     `bson:"subject,omitempty"` // of the task
	Appointment string     `bson:"appointment,omitempty"`
	Start       time.Time  `bson:"start"` // the appointment's start when this was noted
}

// Task is something that falls due for a subject other than an appointment.
type Task string

// The tasks.
const (
	EraseNote   Task = "erase_note"   // of a service log
	ErasePoints Task = "erase_points" // of a day of sign-ins
	SweepFile   Task = "sweep_file"   // if nothing has claimed it
	WarnOwner   Task = "warn_owner"   // of a complaint that is not answered
)

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

// Office lists who works for one area: the staff of a 司法所 or 司法局 by its 2, 6
// or 9 digits, the cadres and collaborators of a village by its 12.
type Office struct {
	Meta  `bson:",inline"`
	Name  string   `bson:"name,omitempty"`
	Phone string   `bson:"phone,omitempty"` // that anybody may call
	Staff []string `bson:"staff"`           // ids of persons

	// Of a district; 0 = as DefaultMonthGrace and DefaultComplaintDays say.
	MonthGrace    int `bson:"month_grace,omitempty"`    // days into the next month in which a month stays open
	ComplaintDays int `bson:"complaint_days,omitempty"` // working days within which a complaint is answered
}

// What a district that has set nothing goes by: the product's own choice.
const (
	DefaultMonthGrace    = 10
	DefaultComplaintDays = 15
)

// Mark remembers how far a piece of background work has come, or by which
// settings the store was made.
type Mark struct {
	Meta `bson:",inline"`
	At   time.Time `bson:"at"`
	Mode string    `bson:"mode,omitempty"` // demo or real
	Key  string    `bson:"key,omitempty"`  // keyed hash by which the data key is known again
	// Form is the version of the form that all documents of the store have;
	// none is 1.
	Form int `bson:"schema,omitempty"`
}

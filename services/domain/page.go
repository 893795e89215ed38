package domain

import "time"

// PageLen is how many entries a full page holds.
const PageLen = 100

// Page is the newest stretch of a list that only grows: its id is the owner's
// and its last entry the newest. When it is full its older half moves to a page
// of its own, "owner|n".
type Page[T any] struct {
	Meta  `bson:",inline"`
	Older int `bson:"older"` // pages before this one: "owner|1" to "owner|Older"
	Items []T `bson:"items"`
}

// Inbox lists a person's notices (收件箱).
type Inbox = Page[Notice]

// Journal lists a person's appointments (预约簿).
type Journal = Page[Attended]

// AuditPage lists a day's audit lines (审计日志); its owner is the day.
type AuditPage = Page[AuditLine]

// Attended is one appointment in a person's journal.
type Attended struct {
	Appointment string    `bson:"a"`
	Start       time.Time `bson:"s"`
}

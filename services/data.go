// Package services holds the verbs of village legal advice, one file per noun.
// A verb takes who acts as an argument, reads the clock once, and changes one
// document by one write; what follows from the change is derived by the relay.
package services

import (
	"context"
	"iter"

	"villagecounsel/services/domain"
)

// Docs is what the verbs need of a collection: documents found by id.
type Docs[T any] interface {
	// Get answers the document, or domain.ErrNotFound.
	Get(ctx context.Context, id string) (T, error)
	// Insert adds a document, or answers domain.ErrExists.
	Insert(ctx context.Context, doc T) error
	// InsertMany adds documents that are known not to exist.
	InsertMany(ctx context.Context, docs []T) error
	// Update changes a document by a pure function that may run more than
	// once, and answers what it became. domain.ErrUnchanged from change
	// leaves the document alone and is no error.
	Update(ctx context.Context, id string, change func(*T) error) (T, error)
	// Upsert is Update on a document that may not exist yet: change then
	// gets an empty one.
	Upsert(ctx context.Context, id string, change func(*T) error) (T, error)
	// Delete removes a document; one that does not exist is no error.
	Delete(ctx context.Context, id string) error
	// All streams every document in no order. It reads the whole
	// collection: for small ones and for work at the office's command.
	All(ctx context.Context) iter.Seq2[T, error]
}

// Blobs keeps contents by id, outside the store and sealed.
type Blobs interface {
	// Put writes a content whole, or not at all; the same id again is
	// replaced.
	Put(ctx context.Context, id string, content []byte) error
	// Get answers the content, or domain.ErrNotFound.
	Get(ctx context.Context, id string) ([]byte, error)
	// Delete removes a content; one that does not exist is no error.
	Delete(ctx context.Context, id string) error
	// All streams the ids of all contents in no order.
	All(ctx context.Context) iter.Seq2[string, error]
}

// Digests keeps one text a day where whoever controls the database does not
// reach it by the database alone.
type Digests interface {
	// Put writes a day's text, or answers domain.ErrExists.
	Put(ctx context.Context, day domain.Day, text []byte) error
	// All streams the days and their texts, the oldest first.
	All(ctx context.Context) iter.Seq2[Digest, error]
}

// Digest is the text of one day.
type Digest struct {
	Day  domain.Day
	Text []byte
}

// Data is where the verbs keep things.
type Data struct {
	People       Docs[domain.Person]
	Logins       Docs[domain.Login]
	BindCodes    Docs[domain.BindCode]
	Directory    Docs[domain.DirectoryEntry]
	Firms        Docs[domain.Firm]
	Advisors     Docs[domain.Advisor]
	Towns        Docs[domain.Town]
	Benches      Docs[domain.Bench]
	Calendars    Docs[domain.CalendarYear]
	Diaries      Docs[domain.Diary]
	Sheets       Docs[domain.Sheet]
	Appointments Docs[domain.Appointment]
	Journals     Docs[domain.Journal]
	Months       Docs[domain.MonthSheet]
	Waitlists    Docs[domain.Waitlist]
	Clients      Docs[domain.Clients]
	Inboxes      Docs[domain.Inbox]
	Audit        Docs[domain.AuditPage]
	Pending      Docs[domain.Pointer]
	Due          Docs[domain.Bucket]
	Offices      Docs[domain.Office]
	Marks        Docs[domain.Mark]
	Logs         Docs[domain.ServiceLog]
	SignIns      Docs[domain.SignInDay]
	Complaints   Docs[domain.Complaint]
	Caseloads    Docs[domain.Caseload]
	Records      Docs[domain.RecordPage]
	Heads        Docs[domain.ChainHead]
	Ledgers      Docs[domain.Ledger]
	Files        Docs[domain.File]

	// Blobs keeps the content of files, Digests what is written outside the
	// store to hold it to.
	Blobs   Blobs
	Digests Digests

	// Hash answers the keyed hash of a text for one purpose, by which sealed
	// things are found again.
	Hash func(purpose, text string) string
}

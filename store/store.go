// Package store keeps the documents of the house in MongoDB, or in the engine
// that the program carries with it. It knows the interface that the verbs ask
// for (services.Docs); the verbs know nothing of it.
package store

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// Config says which database to speak to.
type Config struct {
	URI      string
	Database string
	Embedded bool // the engine in this process: one connection, one operation at a time
	Keys     *Keys
}

// Store is an open database.
type Store struct {
	client *mongo.Client
	db     *mongo.Database
	conf   Config
}

// Open connects and makes sure that the database answers.
func Open(ctx context.Context, conf Config) (*Store, error) {
	opts := options.Client().ApplyURI(conf.URI).
		SetRegistry(registry(conf.Keys)).
		SetAppName("villagecounsel").
		SetReadConcern(readconcern.Majority()).
		SetWriteConcern(writeconcern.Majority())
	if conf.Embedded {
		opts = options.Client().ApplyURI(conf.URI).
			SetRegistry(registry(conf.Keys)).
			SetMaxPoolSize(1).
			SetRetryWrites(false).
			SetRetryReads(false)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %s", kind(err))
	}
	s := &Store{client: client, db: client.Database(conf.Database), conf: conf}
	if err := s.Ping(ctx); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx))
		return nil, err
	}
	return s, nil
}

// Ping answers whether the database is there.
func (s *Store) Ping(ctx context.Context) error {
	if s.conf.Embedded {
		ctx = context.WithoutCancel(ctx)
	}
	return fault("ping", s.conf.Database, s.client.Ping(ctx, nil))
}

// Close waits for operations under way and disconnects.
func (s *Store) Close(ctx context.Context) error {
	return fault("disconnect", s.conf.Database, s.client.Disconnect(ctx))
}

// Drop removes the whole database.
func (s *Store) Drop(ctx context.Context) error {
	return fault("drop", s.conf.Database, s.db.Drop(ctx))
}

// Data answers the collections as the verbs know them. Every collection's name
// stands here and nowhere else.
func (s *Store) Data() services.Data {
	l := newLocks()
	return services.Data{
		People:       docs[domain.Person](s, l, "people"),
		Logins:       docs[domain.Login](s, l, "logins"),
		BindCodes:    docs[domain.BindCode](s, l, "bind_codes"),
		Directory:    docs[domain.DirectoryEntry](s, l, "directory"),
		Firms:        docs[domain.Firm](s, l, "firms"),
		Advisors:     docs[domain.Advisor](s, l, "advisors"),
		Towns:        docs[domain.Town](s, l, "towns"),
		Benches:      docs[domain.Bench](s, l, "benches"),
		Calendars:    docs[domain.CalendarYear](s, l, "calendars"),
		Diaries:      docs[domain.Diary](s, l, "diaries"),
		Sheets:       docs[domain.Sheet](s, l, "sheets"),
		Appointments: docs[domain.Appointment](s, l, "appointments"),
		Journals:     docs[domain.Journal](s, l, "journals"),
		Months:       docs[domain.MonthSheet](s, l, "months"),
		Waitlists:    docs[domain.Waitlist](s, l, "waitlists"),
		Clients:      docs[domain.Clients](s, l, "clients"),
		Inboxes:      docs[domain.Inbox](s, l, "inboxes"),
		Audit:        docs[domain.AuditPage](s, l, "audit"),
		Pending:      docs[domain.Pointer](s, l, "pending"),
		Due:          docs[domain.Bucket](s, l, "due"),
		Offices:      docs[domain.Office](s, l, "offices"),
		Marks:        docs[domain.Mark](s, l, "marks"),
		Hash:         s.conf.Keys.Hash,
	}
}

func docs[T any, P document[T]](s *Store, l *locks, name string) *Docs[T, P] {
	return &Docs[T, P]{coll: s.db.Collection(name), embedded: s.conf.Embedded, locks: l}
}

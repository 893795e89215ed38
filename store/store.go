// Package store keeps the documents of the house in MongoDB, or in the engine
// that the program carries with it. It knows the interface that the verbs ask
// for (services.Docs); the verbs know nothing of it.
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// Config says which database to speak to, and where files lie beside it.
type Config struct {
	Folder   string // the data folder; it is made where it is missing
	URI      string
	Embedded Indexer // the engine in this process: one connection, one operation at a time; nil on MongoDB
	Database string
	Keys     *Keys
}

// Indexer is what the store needs of the embedded engine beside its URI: it
// gives all collections of a database an index of their ids.
type Indexer interface {
	Index(ctx context.Context, database string) error
}

// Store is an open database.
type Store struct {
	client *mongo.Client
	db     *mongo.Database
	conf   Config

	files, digests *folder
}

// Open connects and makes sure that the database answers.
func Open(ctx context.Context, conf Config) (*Store, error) {
	opts := options.Client().ApplyURI(conf.URI).
		SetAppName("villagecounsel").
		SetReadConcern(readconcern.Majority()).
		SetWriteConcern(writeconcern.Majority())
	if conf.Embedded != nil {
		opts = options.Client().ApplyURI(conf.URI).
			SetMaxPoolSize(1).
			SetRetryWrites(false).
			SetRetryReads(false)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %s", kind(err))
	}
	s := &Store{client: client, db: client.Database(conf.Database), conf: conf}
	err = s.Ping(ctx)
	if err == nil && conf.Embedded != nil {
		err = s.index(context.WithoutCancel(ctx))
	}
	if err == nil {
		err = s.openFolders()
	}
	if err != nil {
		_ = s.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return s, nil
}

// openFolders opens what lies in files beside the database.
func (s *Store) openFolders() error {
	if err := os.MkdirAll(s.conf.Folder, folderMode); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	data, err := os.OpenRoot(s.conf.Folder)
	if err != nil {
		return fmt.Errorf("open the data folder: %w", err)
	}
	if s.files, err = openFolder(data, "files"); err == nil {
		s.digests, err = openFolder(data, "digests")
	}
	return errors.Join(err, data.Close())
}

// index makes the collections that are missing in the embedded engine, and has
// it index them all.
func (s *Store) index(ctx context.Context) error {
	there, err := s.db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return fault("list collections", s.conf.Database, err)
	}
	_, sh := s.collections()
	for _, name := range sh.names {
		if slices.Contains(there, name) {
			continue
		}
		if err := s.db.CreateCollection(ctx, name); err != nil {
			return fault("create", name, err)
		}
	}
	return s.conf.Embedded.Index(ctx, s.conf.Database)
}

// Ping answers whether the database is there.
func (s *Store) Ping(ctx context.Context) error {
	if s.conf.Embedded != nil {
		ctx = context.WithoutCancel(ctx)
	}
	return fault("ping", s.conf.Database, s.client.Ping(ctx, nil))
}

// Close waits for operations under way and disconnects.
func (s *Store) Close(ctx context.Context) error {
	return errors.Join(
		fault("disconnect", s.conf.Database, s.client.Disconnect(ctx)),
		s.files.close(), s.digests.close())
}

// Drop removes the whole database.
func (s *Store) Drop(ctx context.Context) error {
	return fault("drop", s.conf.Database, s.db.Drop(ctx))
}

// Data answers the collections as the verbs know them. It is called once: on
// the embedded engine what it answers remembers documents, and would not see
// what another one writes.
func (s *Store) Data() services.Data {
	data, _ := s.collections()
	return data
}

// collections makes the collections. Every collection's name stands here and
// nowhere else.
func (s *Store) collections() (services.Data, *shared) {
	sh := &shared{registry: registry(s.conf.Keys), locks: newLocks()}
	if s.conf.Embedded != nil {
		sh.embedded, sh.cache = true, newCache()
	}
	return services.Data{
		People:       docs[domain.Person](s, sh, "people"),
		Logins:       docs[domain.Login](s, sh, "logins"),
		BindCodes:    docs[domain.BindCode](s, sh, "bind_codes"),
		Directory:    docs[domain.DirectoryEntry](s, sh, "directory"),
		Firms:        docs[domain.Firm](s, sh, "firms"),
		Advisors:     docs[domain.Advisor](s, sh, "advisors"),
		Towns:        docs[domain.Town](s, sh, "towns"),
		Benches:      docs[domain.Bench](s, sh, "benches"),
		Calendars:    docs[domain.CalendarYear](s, sh, "calendars"),
		Diaries:      docs[domain.Diary](s, sh, "diaries"),
		Sheets:       docs[domain.Sheet](s, sh, "sheets"),
		Appointments: docs[domain.Appointment](s, sh, "appointments"),
		Journals:     docs[domain.Journal](s, sh, "journals"),
		Months:       docs[domain.MonthSheet](s, sh, "months"),
		Waitlists:    docs[domain.Waitlist](s, sh, "waitlists"),
		Clients:      docs[domain.Clients](s, sh, "clients"),
		Inboxes:      docs[domain.Inbox](s, sh, "inboxes"),
		Audit:        docs[domain.AuditPage](s, sh, "audit"),
		Pending:      docs[domain.Pointer](s, sh, "pending"),
		Due:          docs[domain.Bucket](s, sh, "due"),
		Offices:      docs[domain.Office](s, sh, "offices"),
		Marks:        docs[domain.Mark](s, sh, "marks"),
		Logs:         docs[domain.ServiceLog](s, sh, "service_logs"),
		SignIns:      docs[domain.SignInDay](s, sh, "sign_ins"),
		Complaints:   docs[domain.Complaint](s, sh, "complaints"),
		Caseloads:    docs[domain.Caseload](s, sh, "caseloads"),
		Records:      docs[domain.RecordPage](s, sh, "records"),
		Heads:        docs[domain.ChainHead](s, sh, "chain_heads"),
		Ledgers:      docs[domain.Ledger](s, sh, "ledgers"),
		Files:        docs[domain.File](s, sh, "files"),
		Blobs:        &blobs{s.files, s.conf.Keys},
		Digests:      &digests{s.digests},
		Hash:         s.conf.Keys.Hash,
	}, sh
}

func docs[T any, P document[T]](s *Store, sh *shared, name string) *Docs[T, P] {
	sh.names = append(sh.names, name)
	return &Docs[T, P]{shared: sh, coll: s.db.Collection(name)}
}

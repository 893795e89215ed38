package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"villagecounsel/services/domain"
	"villagecounsel/store"
)

// raw reaches a desk's engine beside the store.
func (d *desk) raw() *mongo.Database {
	d.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(d.engine.URI).SetMaxPoolSize(1))
	d.must(err)
	d.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database("d")
}

// lay lays a document on the disk as a program of some version did.
func (d *desk) lay(db *mongo.Database, collection string, doc bson.D) {
	d.Helper()
	open, err := bson.Marshal(doc)
	d.must(err)
	_, err = db.Collection(collection).InsertOne(d.Context(), bson.D{{Key: "_id", Value: doc[0].Value}, {Key: "doc", Value: open}})
	d.must(err)
}

func TestAnOlderStoreIsWrittenInTheNewestForm(t *testing.T) {
	d := newDesk(t)
	db := d.raw()
	for i := range 250 {
		d.lay(db, "sheets", bson.D{{Key: "_id", Value: fmt.Sprint("s", i)}, {Key: "rev", Value: int64(7)}, {Key: "waits", Value: bson.A{"w"}}})
	}
	d.must(d.data.Marks.Insert(t.Context(), domain.Mark{Meta: domain.Meta{ID: "new"}}))
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Restamp(stopped, d.data); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, it answers %v", err)
	}
	for range 2 {
		d.must(store.Restamp(t.Context(), d.data))
	}
	n := 0
	for s, err := range d.data.Sheets.All(t.Context()) {
		d.must(err)
		if n++; s.Schema != store.SchemaVersion || s.Rev != 8 || len(s.Waits) != 1 {
			t.Fatalf("%+v", s)
		}
	}
	mark, err := d.data.Marks.Get(t.Context(), "new")
	if err != nil || n != 250 || mark.Rev != 1 || mark.Schema != store.SchemaVersion {
		t.Errorf("%d sheets; a document of the newest form: %+v, %v", n, mark, err)
	}
}

func TestADocumentOfTheFutureIsRefused(t *testing.T) {
	d := newDesk(t)
	db := d.raw()
	d.lay(db, "sheets", bson.D{{Key: "_id", Value: "s"}, {Key: "rev", Value: int64(1)}, {Key: "v", Value: store.SchemaVersion + 1}, {Key: "unknown", Value: "kept"}})
	before, err := db.Collection("sheets").FindOne(t.Context(), bson.D{{Key: "_id", Value: "s"}}).Raw()
	d.must(err)
	_, got := d.data.Sheets.Get(t.Context(), "s")
	_, updated := d.data.Sheets.Update(t.Context(), "s", func(*domain.Sheet) error { return nil })
	_, upserted := d.data.Sheets.Upsert(t.Context(), "s", func(*domain.Sheet) error { return nil })
	var listed error
	for _, err := range d.data.Sheets.All(t.Context()) {
		listed = err
	}
	for _, err := range []error{got, updated, upserted, listed, store.Restamp(t.Context(), d.data)} {
		if !errors.Is(err, store.ErrNewer) {
			t.Errorf("answers %v", err)
		}
	}
	after, err := db.Collection("sheets").FindOne(t.Context(), bson.D{{Key: "_id", Value: "s"}}).Raw()
	if err != nil || string(after) != string(before) {
		t.Errorf("it was changed: %v", err)
	}
}

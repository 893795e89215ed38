package store

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"math/rand/v2"
	"reflect"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

const (
	// opLimit bounds one operation, the wait for the embedded engine's one
	// connection included.
	opLimit = 30 * time.Second
	// maxRaces bounds how often an update that lost its race is tried again.
	maxRaces = 200
)

const (
	fieldID     = "_id"
	fieldRev    = "rev"
	fieldSchema = "v"
)

// RestoringMark is the mark that stands while a store is being restored.
const RestoringMark = "restoring"

// SchemaVersion is the form in which documents are written. Version 1 is what
// was written before documents said theirs.
const SchemaVersion = 2

// ErrNewer says that something was written by a newer program than this one.
var ErrNewer = errors.New("written by a newer program")

// document is a pointer to a type that begins with domain.Meta.
type document[T any] interface {
	*T
	Head() *domain.Meta
}

// Docs is one collection whose documents are found and changed by id. It
// implements services.Docs.
type Docs[T any, P document[T]] struct {
	*shared
	coll *mongo.Collection
}

// shared is what all collections of a store have in common.
type shared struct {
	registry *bson.Registry
	embedded bool
	locks    *locks
	cache    *cache   // nil on MongoDB
	names    []string // of the collections
}

// Get answers the document, or domain.ErrNotFound.
func (d *Docs[T, P]) Get(ctx context.Context, id string) (T, error) {
	if raw := d.cache.get(d.key(id)); raw != nil {
		doc, err := d.unpack(raw)
		return doc, d.fault("decode", err)
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	if d.embedded { // what is read here is remembered
		defer d.locks.lock(d.key(id))()
	}
	return d.read(ctx, id)
}

// Insert adds a document, or answers domain.ErrExists.
func (d *Docs[T, P]) Insert(ctx context.Context, doc T) error {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	head := P(&doc).Head()
	head.Rev = 1
	defer d.locks.lock(d.key(head.ID))()
	_, err := d.write(ctx, &doc, 0)
	return err
}

// InsertMany adds documents that are known not to exist.
func (d *Docs[T, P]) InsertMany(ctx context.Context, docs []T) error {
	if len(docs) == 0 {
		return nil
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	all := make([]bson.Raw, len(docs))
	for i := range docs {
		P(&docs[i]).Head().Rev = 1
		raw, err := d.pack(&docs[i])
		if err != nil {
			return d.fault("encode", err)
		}
		all[i] = raw
	}
	_, err := d.coll.InsertMany(ctx, all)
	return d.fault("insert many", err)
}

// Update changes a document by a pure function that may run more than once,
// and answers what the document became. It answers domain.ErrNotFound where
// there is none, and whatever change answers, except domain.ErrUnchanged,
// which leaves the document as it is.
func (d *Docs[T, P]) Update(ctx context.Context, id string, change func(*T) error) (T, error) {
	return d.change(ctx, id, change, false)
}

// Upsert is Update where a document that does not exist yet is made: change
// then gets an empty one.
func (d *Docs[T, P]) Upsert(ctx context.Context, id string, change func(*T) error) (T, error) {
	return d.change(ctx, id, change, true)
}

// Delete removes a document; one that does not exist is no error.
func (d *Docs[T, P]) Delete(ctx context.Context, id string) error {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	defer d.locks.lock(d.key(id))()
	d.cache.forget(d.key(id))
	_, err := d.coll.DeleteOne(ctx, byID(id))
	return d.fault("delete", err)
}

// All streams every document in no order. It reads the whole collection.
func (d *Docs[T, P]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if d.embedded {
			ctx = context.WithoutCancel(ctx)
		}
		cur, err := d.coll.Find(ctx, bson.D{})
		if err != nil {
			yield(none, d.fault("scan", err))
			return
		}
		defer func() { _ = cur.Close(context.WithoutCancel(ctx)) }()
		for cur.Next(ctx) {
			doc, err := d.unpack(cur.Current)
			if err != nil {
				yield(none, d.fault("decode", err))
				return
			}
			if !yield(doc, nil) {
				return
			}
		}
		if err := cur.Err(); err != nil {
			yield(none, d.fault("scan", err))
		}
	}
}

// restamp writes every document of an older form again, which brings it to the
// newest. It may be stopped anywhere and run again.
func (d *Docs[T, P]) restamp(ctx context.Context) error {
	var ids []string // a document is not written while its collection is read
	for doc, err := range d.All(ctx) {
		if err != nil {
			return err
		}
		if head := P(&doc).Head(); head.Schema < SchemaVersion {
			ids = append(ids, head.ID)
		}
	}
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := d.Update(ctx, id, func(*T) error { return nil })
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Restamp brings every document of the data to the newest form. It may be
// stopped anywhere and run again.
func Restamp(ctx context.Context, data services.Data) error {
	for _, field := range reflect.ValueOf(data).Fields() {
		docs, ok := field.Interface().(interface {
			restamp(ctx context.Context) error
		})
		if !ok {
			continue // no collection
		}
		if err := docs.restamp(ctx); err != nil {
			return err
		}
	}
	return nil
}

// change is the one way in which a document changes. The embedded engine's
// updates are safe between operations, not between reading and writing, so
// the process's lock of that id is held over both; on MongoDB other processes
// are about, so the revision decides as well.
func (d *Docs[T, P]) change(ctx context.Context, id string, change func(*T) error, make bool) (T, error) {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	defer d.locks.lock(d.key(id))()
	var none T
	for race := range maxRaces {
		doc, err := d.read(ctx, id)
		fresh := make && errors.Is(err, domain.ErrNotFound)
		if err != nil && !fresh {
			return none, err
		}
		head := P(&doc).Head()
		head.ID = id
		rev := head.Rev
		if err := change(&doc); err != nil {
			if errors.Is(err, domain.ErrUnchanged) {
				return doc, nil
			}
			return none, err
		}
		head.Rev = rev + 1
		won, err := d.write(ctx, &doc, rev)
		if fresh && errors.Is(err, domain.ErrExists) {
			won, err = false, nil
		}
		if err != nil {
			return none, err
		}
		if won {
			return doc, nil
		}
		wait := time.Duration(rand.Int64N(int64(min(race+1, 20)) * int64(time.Millisecond)))
		select {
		case <-ctx.Done():
			return none, d.fault("update", ctx.Err())
		case <-time.After(wait):
		}
	}
	return none, &domain.Error{Code: domain.Unavailable, Reason: "store_unavailable",
		Err: errors.New("update " + d.coll.Name() + ": lost every race")}
}

// read answers the document. The caller holds its lock.
func (d *Docs[T, P]) read(ctx context.Context, id string) (doc T, err error) {
	raw := d.cache.get(d.key(id))
	if raw == nil {
		if raw, err = d.coll.FindOne(ctx, byID(id)).Raw(); err != nil {
			return doc, d.fault("find", err)
		}
		d.cache.put(d.key(id), raw)
	}
	doc, err = d.unpack(raw)
	return doc, d.fault("decode", err)
}

// write puts the document in the place of the one of that revision, none being
// 0, and reports whether that one was still there. The caller holds its lock.
func (d *Docs[T, P]) write(ctx context.Context, doc P, rev int64) (won bool, err error) {
	raw, err := d.pack(doc)
	if err != nil {
		return false, d.fault("encode", err)
	}
	id := doc.Head().ID
	d.cache.forget(d.key(id))
	if rev == 0 {
		if _, err := d.coll.InsertOne(ctx, raw); err != nil {
			return false, d.fault("insert", err)
		}
		d.cache.put(d.key(id), raw)
		return true, nil
	}
	filter := byID(id)
	if !d.embedded {
		filter = append(filter, bson.E{Key: fieldRev, Value: rev})
	}
	res, err := d.coll.ReplaceOne(ctx, filter, raw)
	if err != nil || res.MatchedCount == 0 {
		return false, d.fault("replace", err)
	}
	d.cache.put(d.key(id), raw)
	return true, nil
}

// bound gives an operation its limit. On the embedded engine the request's own
// cancellation is taken off: it would make the driver drop its one connection
// while the engine finishes the command, and the next command would overlap it.
func (sh *shared) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if sh.embedded {
		ctx = context.WithoutCancel(ctx)
	}
	return context.WithTimeout(ctx, opLimit)
}

func (d *Docs[T, P]) fault(op string, err error) error { return fault(op, d.coll.Name(), err) }

func (d *Docs[T, P]) key(id string) docKey { return docKey{d.coll.Name(), id} }

func byID(id string) bson.D { return bson.D{{Key: fieldID, Value: id}} }

// docKey names one document.
type docKey struct{ collection, id string }

// locks are the process's locks of single documents, in stripes: two documents
// that share one only wait for each other.
type locks struct {
	seed    maphash.Seed
	stripes [1024]sync.Mutex
}

func newLocks() *locks { return &locks{seed: maphash.MakeSeed()} }

func (l *locks) lock(k docKey) (unlock func()) {
	m := &l.stripes[maphash.Comparable(l.seed, k)%uint64(len(l.stripes))]
	m.Lock()
	return m.Unlock
}

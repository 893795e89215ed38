package store

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

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
	fieldID  = "_id"
	fieldRev = "rev"
)

// document is a pointer to a type that begins with domain.Meta.
type document[T any] interface {
	*T
	Head() *domain.Meta
}

// Docs is one collection whose documents are found and changed by id. It
// implements services.Docs.
type Docs[T any, P document[T]] struct {
	coll     *mongo.Collection
	embedded bool
	locks    *locks
}

// Get answers the document, or domain.ErrNotFound.
func (d *Docs[T, P]) Get(ctx context.Context, id string) (T, error) {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	var doc T
	err := d.coll.FindOne(ctx, byID(id)).Decode(&doc)
	return doc, d.fault("find", err)
}

// Insert adds a document, or answers domain.ErrExists.
func (d *Docs[T, P]) Insert(ctx context.Context, doc T) error {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	P(&doc).Head().Rev = 1
	_, err := d.coll.InsertOne(ctx, &doc)
	return d.fault("insert", err)
}

// InsertMany adds documents that are known not to exist.
func (d *Docs[T, P]) InsertMany(ctx context.Context, docs []T) error {
	if len(docs) == 0 {
		return nil
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	all := make([]P, len(docs))
	for i := range docs {
		all[i] = &docs[i]
		all[i].Head().Rev = 1
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
			var doc T
			if err := cur.Decode(&doc); err != nil {
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

// change is the one way in which a document changes. The embedded engine's
// updates are safe between operations, not between reading and writing, so
// the process's lock of that id is held over both; on MongoDB other processes
// are about, so the revision decides as well.
func (d *Docs[T, P]) change(ctx context.Context, id string, change func(*T) error, make bool) (T, error) {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	unlock := d.locks.lock(d.coll.Name(), id)
	defer unlock()
	var none T
	for race := range maxRaces {
		var doc T
		err := d.fault("find", d.coll.FindOne(ctx, byID(id)).Decode(&doc))
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
		won, err := d.write(ctx, &doc, rev, fresh)
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

func (d *Docs[T, P]) write(ctx context.Context, doc P, rev int64, fresh bool) (won bool, err error) {
	if fresh {
		_, err := d.coll.InsertOne(ctx, doc)
		if mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		return err == nil, d.fault("insert", err)
	}
	filter := byID(doc.Head().ID)
	if !d.embedded {
		filter = append(filter, bson.E{Key: fieldRev, Value: rev})
	}
	res, err := d.coll.ReplaceOne(ctx, filter, doc)
	if err != nil {
		return false, d.fault("replace", err)
	}
	return res.MatchedCount == 1, nil
}

// bound gives an operation its limit. On the embedded engine the request's own
// cancellation is taken off: it would make the driver drop its one connection
// while the engine finishes the command, and the next command would overlap it.
func (d *Docs[T, P]) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if d.embedded {
		ctx = context.WithoutCancel(ctx)
	}
	return context.WithTimeout(ctx, opLimit)
}

func (d *Docs[T, P]) fault(op string, err error) error { return fault(op, d.coll.Name(), err) }

func byID(id string) bson.D { return bson.D{{Key: fieldID, Value: id}} }

// locks are the process's locks of single documents, in stripes: two documents
// that share one only wait for each other.
type locks struct {
	seed    maphash.Seed
	stripes [1024]sync.Mutex
}

func newLocks() *locks { return &locks{seed: maphash.MakeSeed()} }

func (l *locks) lock(collection, id string) (unlock func()) {
	m := &l.stripes[(maphash.String(l.seed, collection)^maphash.String(l.seed, id))%uint64(len(l.stripes))]
	m.Lock()
	return m.Unlock
}

package services_test

import (
	"context"
	"errors"
	"iter"
	"sync"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// harm stands between the verbs and a real store, and does to them what dying
// programs, lost answers and slow networks do.
type harm struct {
	mu     sync.Mutex
	count  int      // operations so far
	names  []string // of the operations
	after  int      // the program dies after that many operations; 0 = never
	lost   bool     // and the last one is carried out, but its answer is lost
	refuse string   // the collection that answers nothing but errors

	pauseAt     int           // the operation before which the program stands still; 0 = none
	pauseBefore string        // or the name of the operation, the first time
	paused      chan struct{} // closed when it stands still
	resume      chan struct{} // closed to let it go on
}

var (
	errKilled = errors.New("killed")
	errBroken = errors.New("broken")
)

// before is asked before every operation, and answers what it shall fail with,
// and whether it is carried out all the same.
func (h *harm) before(name, collection string) (err error, anyway bool) {
	h.mu.Lock()
	h.count++
	n := h.count
	h.names = append(h.names, name+" "+collection)
	stop := n == h.pauseAt
	if name+" "+collection == h.pauseBefore {
		stop, h.pauseBefore = true, ""
	}
	h.mu.Unlock()
	if stop {
		close(h.paused)
		<-h.resume
	}
	switch {
	case collection == h.refuse:
		return errBroken, false
	case h.after == 0 || n < h.after:
		return nil, false
	case n == h.after && h.lost:
		return errKilled, true
	case n > h.after:
		return errKilled, false
	}
	return nil, false
}

// harmed is one collection behind harm.
type harmed[T any] struct {
	services.Docs[T]
	name string
	h    *harm
}

func (d harmed[T]) Get(ctx context.Context, id string) (T, error) {
	if err, anyway := d.h.before("get", d.name); err != nil && !anyway {
		var none T
		return none, err
	}
	return d.Docs.Get(ctx, id)
}

func (d harmed[T]) Insert(ctx context.Context, doc T) error {
	err, anyway := d.h.before("insert", d.name)
	if err != nil && !anyway {
		return err
	}
	if done := d.Docs.Insert(ctx, doc); err == nil {
		return done
	}
	return err
}

func (d harmed[T]) change(ctx context.Context, id string, f func(*T) error, how func(context.Context, string, func(*T) error) (T, error)) (T, error) {
	err, anyway := d.h.before("change", d.name)
	var none T
	if err != nil && !anyway {
		return none, err
	}
	doc, done := how(ctx, id, f)
	if err == nil {
		return doc, done
	}
	return none, err
}

func (d harmed[T]) Update(ctx context.Context, id string, f func(*T) error) (T, error) {
	return d.change(ctx, id, f, d.Docs.Update)
}

func (d harmed[T]) Upsert(ctx context.Context, id string, f func(*T) error) (T, error) {
	return d.change(ctx, id, f, d.Docs.Upsert)
}

func (d harmed[T]) Delete(ctx context.Context, id string) error {
	err, anyway := d.h.before("delete", d.name)
	if err != nil && !anyway {
		return err
	}
	if done := d.Docs.Delete(ctx, id); err == nil {
		return done
	}
	return err
}

func (d harmed[T]) All(ctx context.Context) iter.Seq2[T, error] {
	if err, _ := d.h.before("all", d.name); err != nil {
		return func(yield func(T, error) bool) {
			var none T
			yield(none, err)
		}
	}
	return d.Docs.All(ctx)
}

func wrap[T any](docs services.Docs[T], name string, h *harm) services.Docs[T] {
	return harmed[T]{docs, name, h}
}

// harmedBlobs are the contents behind harm.
type harmedBlobs struct {
	services.Blobs
	h *harm
}

func (b harmedBlobs) Put(ctx context.Context, id string, content []byte) error {
	err, anyway := b.h.before("put", "blobs")
	if err != nil && !anyway {
		return err
	}
	if done := b.Blobs.Put(ctx, id, content); err == nil {
		return done
	}
	return err
}

func (b harmedBlobs) Get(ctx context.Context, id string) ([]byte, error) {
	if err, anyway := b.h.before("get", "blobs"); err != nil && !anyway {
		return nil, err
	}
	return b.Blobs.Get(ctx, id)
}

func (b harmedBlobs) Delete(ctx context.Context, id string) error {
	err, anyway := b.h.before("delete", "blobs")
	if err != nil && !anyway {
		return err
	}
	if done := b.Blobs.Delete(ctx, id); err == nil {
		return done
	}
	return err
}

// data answers the store as a program sees it that comes to harm.
func (h *harm) data(data services.Data) services.Data {
	data.People = wrap(data.People, "people", h)
	data.Logins = wrap(data.Logins, "logins", h)
	data.BindCodes = wrap(data.BindCodes, "bind codes", h)
	data.Directory = wrap(data.Directory, "directory", h)
	data.Advisors = wrap(data.Advisors, "advisors", h)
	data.Benches = wrap(data.Benches, "benches", h)
	data.Diaries = wrap(data.Diaries, "diaries", h)
	data.Sheets = wrap(data.Sheets, "sheets", h)
	data.Appointments = wrap(data.Appointments, "appointments", h)
	data.Journals = wrap(data.Journals, "journals", h)
	data.Months = wrap(data.Months, "months", h)
	data.Waitlists = wrap(data.Waitlists, "waitlists", h)
	data.Clients = wrap(data.Clients, "clients", h)
	data.Inboxes = wrap(data.Inboxes, "inboxes", h)
	data.Audit = wrap(data.Audit, "audit", h)
	data.Pending = wrap(data.Pending, "pending", h)
	data.Due = wrap(data.Due, "due", h)
	data.Offices = wrap(data.Offices, "offices", h)
	data.Complaints = wrap(data.Complaints, "complaints", h)
	data.Caseloads = wrap(data.Caseloads, "caseloads", h)
	data.Logs = wrap(data.Logs, "logs", h)
	data.Records = wrap(data.Records, "records", h)
	data.Heads = wrap(data.Heads, "heads", h)
	data.Ledgers = wrap(data.Ledgers, "ledgers", h)
	data.Files = wrap(data.Files, "files", h)
	data.SignIns = wrap(data.SignIns, "sign-ins", h)
	data.Blobs = harmedBlobs{data.Blobs, h}
	data.Marks = wrap[domain.Mark](data.Marks, "marks", h)
	return data
}

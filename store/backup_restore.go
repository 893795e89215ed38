package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// A batch of documents that are inserted together.
const (
	batchDocuments = 500
	batchBytes     = 4 << 20
)

// ErrNotEmpty says that there is something where a backup was to be restored.
var ErrNotEmpty = errors.New("the store is not empty")

// Restore writes a backup into an empty store, reads it back and holds it to
// the backup. Before anything else it leaves RestoringMark, which stays: who
// calls it takes the mark away when they have verified what there is.
func (s *Store) Restore(ctx context.Context, a *Archive) error {
	data, sh := s.collections()
	if err := s.mustBeEmpty(ctx, data, sh); err != nil {
		return err
	}
	for _, p := range a.parts {
		if p.collection != "" && !slices.Contains(sh.names, p.collection) {
			return fmt.Errorf("%w: %s is no collection of this program", ErrDamaged, p.collection)
		}
	}
	err := data.Marks.Insert(ctx, domain.Mark{Meta: domain.Meta{ID: RestoringMark}, At: a.Manifest.Made})
	if err != nil {
		return err
	}
	in := &restorer{store: s, shared: sh, blobs: &blobs{s.files, s.conf.Keys}, digests: data.Digests}
	for i := range a.parts {
		if err := in.part(ctx, &a.parts[i]); err != nil {
			return fmt.Errorf("restore %s: %w", a.parts[i].Name, err)
		}
	}
	for i := range a.parts {
		if err := in.compare(ctx, &a.parts[i], data); err != nil {
			return fmt.Errorf("read back %s: %w", a.parts[i].Name, err)
		}
	}
	return nil
}

// mustBeEmpty answers ErrNotEmpty if the store or the folders beside it hold
// anything.
func (s *Store) mustBeEmpty(ctx context.Context, data services.Data, sh *shared) error {
	for _, name := range sh.names {
		for _, err := range s.open(ctx, sh, name) {
			if err != nil {
				return err
			}
			return fmt.Errorf("%w: %s", ErrNotEmpty, name)
		}
	}
	for _, err := range data.Blobs.All(ctx) {
		return errors.Join(err, fmt.Errorf("%w: files", ErrNotEmpty))
	}
	for _, err := range data.Digests.All(ctx) {
		return errors.Join(err, fmt.Errorf("%w: digests", ErrNotEmpty))
	}
	return nil
}

// restorer writes what a backup holds.
type restorer struct {
	*shared
	store   *Store
	blobs   *blobs
	digests services.Digests
}

func (in *restorer) part(ctx context.Context, p *part) error {
	if p.collection != "" {
		return p.read(func(r io.Reader) error { return in.documents(ctx, p.collection, r) })
	}
	return p.read(func(r io.Reader) error {
		content, err := io.ReadAll(r)
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return err
		case p.blob != "":
			return in.blobs.putSealed(p.blob, content)
		}
		return in.digests.Put(ctx, p.day, content)
	})
}

// documents inserts the documents of one collection in batches.
func (in *restorer) documents(ctx context.Context, collection string, r io.Reader) error {
	var batch []bson.Raw
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		op, cancel := in.bound(ctx)
		defer cancel()
		_, err := in.store.db.Collection(collection).InsertMany(op, batch)
		batch, size = batch[:0], 0
		return fault("insert many", collection, err)
	}
	err := documentsOf(r, func(doc bson.Raw) error {
		id := doc.Lookup(fieldID).StringValue()
		kept, err := in.wrap(id, slices.Clone(doc))
		if err != nil {
			return fault("encode", collection, err)
		}
		batch, size = append(batch, kept), size+len(kept)
		if len(batch) < batchDocuments && size < batchBytes {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// compare reads back what was written of a part.
func (in *restorer) compare(ctx context.Context, p *part, data services.Data) error {
	switch {
	case p.collection != "":
		n := 0
		for doc, err := range in.store.open(ctx, in.shared, p.collection) {
			if err != nil {
				return err
			}
			if id, _ := doc.Lookup(fieldID).StringValueOK(); id != RestoringMark {
				n++
			}
		}
		if n != p.Documents {
			return fmt.Errorf("%d documents are there, want %d", n, p.Documents)
		}
	case p.blob != "":
		return in.compareFile(ctx, p, data)
	}
	return nil
}

// compareFile holds a content to the backup as it lies on disk, and opened to
// what the store knows of it.
func (in *restorer) compareFile(ctx context.Context, p *part, data services.Data) error {
	file, err := in.blobs.sealed(p.blob)
	if err != nil {
		return err
	}
	sum := newSum()
	_, err = io.Copy(sum, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	known, err := data.Files.Get(ctx, p.blob)
	if err != nil {
		return err
	}
	content, err := in.blobs.Get(ctx, p.blob)
	if err != nil {
		return err
	}
	if plain := sha256.Sum256(content); sum.text() != p.SHA256 || hex.EncodeToString(plain[:]) != known.SHA256 {
		return errors.New("it is not what it was")
	}
	return nil
}

// putSealed puts a content where it lay, as it lay.
func (b *blobs) putSealed(id string, sealed []byte) error {
	name, err := blobName(id)
	if err == nil {
		err = b.fan(path.Dir(name))
	}
	if err == nil {
		err = b.replace(name, sealed)
	}
	return err
}

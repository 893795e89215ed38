package store

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// A backup is a zip file:
//
//	docs/<collection>.bson  documents, one after another, what is private still sealed
//	files/<id>              contents of files, sealed as they lie on disk
//	digests/<day>.json      what was written outside the store to hold it to
//	manifest.json           the last: what there is, with a SHA-256 of each
const (
	backupFormat  = "villagecounsel-backup/1"
	manifestName  = "manifest.json"
	docsFolder    = "docs/"
	docsEnding    = ".bson"
	filesFolder   = "files/"
	digestsFolder = "digests/"
)

// Manifest says what a backup holds, and of which store.
type Manifest struct {
	Format    string        `json:"format"`
	Schema    int           `json:"schema"` // form of the store
	Made      time.Time     `json:"made"`   // the moment that it shows
	Mode      string        `json:"mode"`   // demo or real
	Key       string        `json:"key"`    // by which the data key is known again
	Documents int           `json:"documents"`
	Files     int           `json:"files"`
	Digests   int           `json:"digests"`
	Missing   []string      `json:"missing,omitempty"` // ids of files that belong to something and were not there
	Entries   []BackupEntry `json:"entries"`
	Seal      string        `json:"seal"` // keyed hash of all the rest
}

// BackupEntry is one file within a backup.
type BackupEntry struct {
	Name      string `json:"name"`
	Documents int    `json:"documents,omitempty"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256"`
}

// sealed answers the keyed hash of what a manifest says.
func (m *Manifest) sealed(keys *Keys) (string, error) {
	bare := *m
	bare.Seal = ""
	text, err := json.Marshal(bare)
	return keys.Hash("backup", string(text)), err
}

// ErrNoSnapshot says that a MongoDB server cannot show one moment of the whole
// database.
var ErrNoSnapshot = errors.New("a standalone MongoDB server cannot be backed up while it is written to")

// Backup writes what the store holds at one moment. The manifest that is handed
// in says which store it is; digests of later days than until were made after
// that moment and are left out.
func (s *Store) Backup(ctx context.Context, w io.Writer, m Manifest, until domain.Day) (Manifest, error) {
	at, end, err := s.moment(ctx)
	if err != nil {
		return m, err
	}
	defer end()
	data, sh := s.collections()
	m.Format, m.Made = backupFormat, m.Made.UTC()
	b := &backup{store: s, shared: sh, zip: zip.NewWriter(w), manifest: m}
	for _, name := range sh.names {
		if err := b.collection(at, name); err != nil {
			return m, err
		}
	}
	if err := b.files(at, data); err != nil {
		return m, err
	}
	if err := b.digests(ctx, data.Digests, until); err != nil {
		return m, err
	}
	return b.manifest, b.close()
}

// moment answers a context in which all reads see the same moment. The embedded
// engine is only ever read where nobody writes.
func (s *Store) moment(ctx context.Context) (at context.Context, end func(), err error) {
	if s.conf.Embedded != nil {
		return ctx, func() {}, nil
	}
	var hello struct {
		Set string `bson:"setName"`
		Msg string `bson:"msg"`
	}
	if err := s.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return nil, nil, fault("ask", s.conf.Database, err)
	}
	if hello.Set == "" && hello.Msg != "isdbgrid" {
		return nil, nil, ErrNoSnapshot
	}
	session, err := s.client.StartSession(options.Session().SetSnapshot(true))
	if err != nil {
		return nil, nil, fault("start a snapshot of", s.conf.Database, err)
	}
	return mongo.NewSessionContext(ctx, session), func() { session.EndSession(context.WithoutCancel(ctx)) }, nil
}

// open streams the open documents of a collection.
func (s *Store) open(ctx context.Context, sh *shared, name string) iter.Seq2[bson.Raw, error] {
	return func(yield func(bson.Raw, error) bool) {
		ask := ctx
		if sh.embedded {
			ask = context.WithoutCancel(ctx)
		}
		cur, err := s.db.Collection(name).Find(ask, bson.D{})
		if err != nil {
			yield(nil, fault("scan", name, err))
			return
		}
		defer func() { _ = cur.Close(context.WithoutCancel(ask)) }()
		for cur.Next(ask) {
			doc, err := sh.unwrap(cur.Current)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(doc, fault("read", name, err)) || err != nil {
				return
			}
		}
		if err := cur.Err(); err != nil {
			yield(nil, fault("scan", name, err))
		}
	}
}

// backup is a backup that is being written.
type backup struct {
	*shared
	store    *Store
	zip      *zip.Writer
	manifest Manifest
}

// entry writes one file of the backup. What is sealed does not get smaller by
// being packed.
func (b *backup) entry(name string, method uint16, write func(w io.Writer) (documents int, err error)) error {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: b.manifest.Made.UTC()})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	sum := newSum()
	n, err := write(io.MultiWriter(w, sum))
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	b.manifest.Entries = append(b.manifest.Entries, BackupEntry{Name: name, Documents: n, Bytes: sum.n, SHA256: sum.text()})
	return nil
}

func (b *backup) collection(ctx context.Context, name string) error {
	return b.entry(docsFolder+name+docsEnding, zip.Deflate, func(w io.Writer) (n int, err error) {
		for doc, err := range b.store.open(ctx, b.shared, name) {
			if err != nil {
				return n, err
			}
			if _, err := w.Write(doc); err != nil {
				return n, err
			}
			n++
		}
		b.manifest.Documents += n
		return n, nil
	})
}

// files writes the contents of the files that the store knows of. One that was
// swept since the moment belonged to nothing; any other that is not there is
// named.
func (b *backup) files(ctx context.Context, data services.Data) error {
	kept, known := &blobs{b.store.files, b.store.conf.Keys}, data.Files.(*Docs[domain.File, *domain.File])
	for doc, err := range b.store.open(ctx, b.shared, known.coll.Name()) {
		if err != nil {
			return err
		}
		var f struct {
			ID    string `bson:"_id"`
			Claim string `bson:"claim"`
		}
		if err := bson.Unmarshal(doc, &f); err != nil {
			return known.fault("decode", err)
		}
		content, err := kept.sealed(f.ID)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if f.Claim != "" {
				b.manifest.Missing = append(b.manifest.Missing, f.ID)
			}
			continue
		case err != nil:
			return fmt.Errorf("read a file: %w", err)
		}
		err = b.entry(filesFolder+f.ID, zip.Store, func(w io.Writer) (int, error) {
			_, err := io.Copy(w, content)
			return 0, err
		})
		if err = errors.Join(err, content.Close()); err != nil {
			return err
		}
		b.manifest.Files++
	}
	slices.Sort(b.manifest.Missing)
	return nil
}

func (b *backup) digests(ctx context.Context, digests services.Digests, until domain.Day) error {
	for d, err := range digests.All(ctx) {
		if err != nil {
			return err
		}
		if d.Day > until {
			continue
		}
		err := b.entry(digestsFolder+string(d.Day)+digestEnding, zip.Deflate, func(w io.Writer) (int, error) {
			_, err := w.Write(d.Text)
			return 0, err
		})
		if err != nil {
			return err
		}
		b.manifest.Digests++
	}
	return nil
}

// sealed opens a content as it lies on disk.
func (b *blobs) sealed(id string) (*os.File, error) {
	name, err := blobName(id)
	if err != nil {
		return nil, err
	}
	return b.root.Open(name)
}

// close writes the manifest and ends the zip file.
func (b *backup) close() error {
	seal, err := b.manifest.sealed(b.store.conf.Keys)
	if err != nil {
		return fmt.Errorf("seal the manifest: %w", err)
	}
	b.manifest.Seal = seal
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Deflate, Modified: b.manifest.Made.UTC()})
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	if err := errors.Join(out.Encode(b.manifest), b.zip.Close()); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// sum counts what is written to it and answers its SHA-256.
type sum struct {
	hash.Hash
	n int64
}

func newSum() *sum { return &sum{Hash: sha256.New()} }

func (s *sum) Write(p []byte) (int, error) {
	s.n += int64(len(p))
	return s.Hash.Write(p)
}

func (s *sum) text() string { return hex.EncodeToString(s.Sum(nil)) }

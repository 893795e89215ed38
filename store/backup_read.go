package store

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"villagecounsel/services/domain"
)

// Bounds on what a backup may hold.
const (
	maxManifest = 512 << 20 // some four million files
	maxDocument = 16 << 20  // MongoDB's own
	minDocument = 5         // a length and an end
	maxContent  = 64 << 20  // of a file or a digest: well above what an upload may have
)

// Why a backup is refused.
var (
	ErrNoBackup = errors.New("not a backup of this program")
	ErrDamaged  = errors.New("the backup is damaged")
	ErrOtherKey = errors.New("the backup was made with another DATA_KEY")
)

// Archive is a backup that has been checked to the last byte.
type Archive struct {
	Manifest Manifest

	parts []part
}

// part is one file of a backup, and the one thing that it is.
type part struct {
	BackupEntry
	file *zip.File

	collection string
	blob       string
	day        domain.Day
}

// OpenArchive reads a backup through, and refuses one that is not whole, that a
// newer program wrote, or that was made with another key.
func OpenArchive(ctx context.Context, r io.ReaderAt, size int64, keys *Keys) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: no zip file, or cut short", ErrNoBackup)
	}
	a := &Archive{}
	if err := a.readManifest(z, keys); err != nil {
		return nil, err
	}
	if err := a.match(z); err != nil {
		return nil, err
	}
	for i := range a.parts {
		if err := a.parts[i].check(ctx); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, a.parts[i].Name, err)
		}
	}
	return a, nil
}

// readManifest reads the last file of the zip. What is sealed is believed.
func (a *Archive) readManifest(z *zip.Reader, keys *Keys) error {
	if len(z.File) == 0 || z.File[len(z.File)-1].Name != manifestName {
		return fmt.Errorf("%w: its last file is not %s", ErrNoBackup, manifestName)
	}
	in, err := z.File[len(z.File)-1].Open()
	if err != nil {
		return fmt.Errorf("%w: %s", ErrDamaged, manifestName)
	}
	defer func() { _ = in.Close() }()
	text, err := io.ReadAll(io.LimitReader(in, maxManifest))
	if err != nil {
		return fmt.Errorf("%w: %s", ErrDamaged, manifestName)
	}
	m := &a.Manifest
	err = json.Unmarshal(text, m)
	family, _, _ := strings.Cut(backupFormat, "/")
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s", ErrDamaged, manifestName)
	case !strings.HasPrefix(m.Format, family+"/"):
		return ErrNoBackup
	case m.Format != backupFormat:
		return fmt.Errorf("%w: %s, the program knows %s", ErrNewer, m.Format, backupFormat)
	case m.Schema > SchemaVersion:
		return fmt.Errorf("%w: form %d, the program knows %d", ErrNewer, m.Schema, SchemaVersion)
	case m.Key != keys.Hash("store", "key"):
		return ErrOtherKey
	}
	seal, err := m.sealed(keys)
	if err != nil || m.Seal != seal || m.Schema < 1 {
		return fmt.Errorf("%w: %s was changed", ErrDamaged, manifestName)
	}
	return nil
}

// match holds the files of the zip against the manifest: the same names in the
// same order, each known, none twice, none of another size.
func (a *Archive) match(z *zip.Reader) error {
	files := z.File[:len(z.File)-1]
	if len(files) != len(a.Manifest.Entries) {
		return fmt.Errorf("%w: it has %d files, its manifest names %d", ErrDamaged, len(files), len(a.Manifest.Entries))
	}
	seen := map[string]bool{}
	for i, e := range a.Manifest.Entries {
		p := part{BackupEntry: e, file: files[i]}
		switch {
		case p.file.Name != e.Name || seen[e.Name] || !p.name():
			return fmt.Errorf("%w: file %d has no name that belongs there", ErrDamaged, i+1)
		case p.file.Method != zip.Store && p.file.Method != zip.Deflate,
			p.file.UncompressedSize64 != uint64(e.Bytes), e.Bytes < 0, p.collection == "" && e.Bytes > maxContent:
			return fmt.Errorf("%w: %s: its size", ErrDamaged, e.Name)
		}
		seen[e.Name] = true
		a.parts = append(a.parts, p)
	}
	return nil
}

// name finds out by its name what a part is.
func (p *part) name() bool {
	kind, rest, _ := strings.Cut(p.Name, "/")
	switch kind + "/" {
	case docsFolder:
		name, ok := strings.CutSuffix(rest, docsEnding)
		p.collection = name
		return ok && name != ""
	case filesFolder:
		p.blob = rest
		_, err := blobName(rest)
		return err == nil
	case digestsFolder:
		name, ok := strings.CutSuffix(rest, digestEnding)
		day, isDay := domain.ParseDay(name)
		p.day = day
		return ok && isDay
	}
	return false
}

// check reads a part and holds it to what the manifest says.
func (p *part) check(ctx context.Context) error {
	sum, documents := newSum(), 0
	err := p.read(func(r io.Reader) error {
		r = io.TeeReader(r, sum)
		if p.collection == "" {
			_, err := io.Copy(io.Discard, r)
			return err
		}
		return documentsOf(r, func(bson.Raw) error {
			documents++
			return ctx.Err()
		})
	})
	switch {
	case err != nil:
		return err
	case sum.n != p.Bytes || sum.text() != p.SHA256:
		return errors.New("its SHA-256 is another")
	case documents != p.Documents:
		return fmt.Errorf("it has %d documents, the manifest says %d", documents, p.Documents)
	}
	return nil
}

// read opens a part; no more of it is read than it may have.
func (p *part) read(use func(io.Reader) error) error {
	in, err := p.file.Open()
	if err != nil {
		return errors.New("it cannot be opened")
	}
	defer func() { _ = in.Close() }()
	return use(io.LimitReader(in, p.Bytes+1))
}

// documentsOf calls use for every document of a stream; use does not keep it.
func documentsOf(r io.Reader, use func(bson.Raw) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var doc []byte
	for {
		begin, err := in.Peek(4)
		if len(begin) == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("it is cut short")
		}
		size := int(binary.LittleEndian.Uint32(begin))
		if size < minDocument || size > maxDocument {
			return errors.New("a document has an impossible size")
		}
		doc = slices.Grow(doc[:0], size)[:size]
		if _, err := io.ReadFull(in, doc); err != nil {
			return errors.New("it is cut short")
		}
		if err := sound(doc); err != nil {
			return err
		}
		if err := use(doc); err != nil {
			return err
		}
	}
}

// sound refuses what is no document, or none that this program can keep.
func sound(doc bson.Raw) error {
	if doc.Validate() != nil {
		return errors.New("a document is no document")
	}
	if id, ok := doc.Lookup(fieldID).StringValueOK(); !ok || id == "" {
		return errors.New("a document has no id")
	}
	if form, _ := doc.Lookup(fieldSchema).AsInt64OK(); form > SchemaVersion {
		return fmt.Errorf("%w: form %d, the program knows %d", ErrNewer, form, SchemaVersion)
	}
	return nil
}

package store_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
)

// desk is a store on an engine of its own.
type desk struct {
	*testing.T
	engine *embedded.Engine
	keys   *store.Keys
	store  *store.Store
	data   services.Data
	folder string
	close  func()
}

func openDesk(t *testing.T, folder string, files string, key byte) *desk {
	t.Helper()
	d := &desk{T: t, folder: folder}
	var err error
	if d.engine, err = embedded.Start(folder); err != nil {
		t.Fatal(err)
	}
	if d.keys, err = store.NewKeys(bytes.Repeat([]byte{key}, store.KeyBytes)); err != nil {
		t.Fatal(err)
	}
	d.store, err = store.Open(t.Context(), store.Config{Folder: files, URI: d.engine.URI, Embedded: d.engine, Database: "d", Keys: d.keys})
	if err != nil {
		t.Fatal(err)
	}
	d.data = d.store.Data()
	d.close = sync.OnceFunc(func() {
		if err := d.store.Close(context.Background()); err != nil {
			t.Error(err)
		}
		d.engine.Stop()
	})
	t.Cleanup(func() { d.close() })
	return d
}

func newDesk(t *testing.T) *desk {
	folder := t.TempDir()
	return openDesk(t, folder, folder, 'k')
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// furnish puts some of everything into the store.
func (d *desk) furnish() {
	d.Helper()
	ctx := d.Context()
	for i := range 1200 {
		d.must(d.data.Towns.Insert(ctx, domain.Town{Meta: domain.Meta{ID: fmt.Sprintf("%09d", i)}, Name: "北房镇"}))
	}
	d.must(d.data.People.Insert(ctx, domain.Person{Meta: domain.Meta{ID: "p"}, Name: "王小明"}))
	d.must(d.data.Inboxes.Insert(ctx, domain.Inbox{Meta: domain.Meta{ID: "p"}, Items: make([]domain.Notice, 300)}))
	for id, content := range map[string]string{"aaaa1": "first", "bbbb2": "second", "cccc3": ""} {
		sum := sha256.Sum256([]byte(content))
		d.must(d.data.Blobs.Put(ctx, id, []byte(content)))
		d.must(d.data.Files.Insert(ctx, domain.File{Meta: domain.Meta{ID: id}, Claim: "log|l", SHA256: hex.EncodeToString(sum[:])}))
	}
	d.must(d.data.Blobs.Put(ctx, "dddd4", []byte("uploaded since")))
	d.must(d.data.Files.Insert(ctx, domain.File{Meta: domain.Meta{ID: "swept"}}))
	for _, day := range []domain.Day{"2026-11-21", "2026-11-22", "2026-11-23"} {
		d.must(d.data.Digests.Put(ctx, day, []byte(`{"day":"`+day+`"}`)))
	}
}

var made = time.Date(2026, 11, 22, 12, 0, 0, 0, domain.China)

func (d *desk) manifest() store.Manifest {
	return store.Manifest{Schema: store.SchemaVersion, Made: made, Mode: "real", Key: d.keys.Hash("store", "key")}
}

func (d *desk) backup(m store.Manifest) ([]byte, store.Manifest) {
	d.Helper()
	var out bytes.Buffer
	m, err := d.store.Backup(d.Context(), &out, m, "2026-11-22")
	d.must(err)
	return out.Bytes(), m
}

func (d *desk) open(file []byte) (*store.Archive, error) {
	return store.OpenArchive(d.Context(), bytes.NewReader(file), int64(len(file)), d.keys)
}

func TestABackupIsRestored(t *testing.T) {
	from, to := newDesk(t), newDesk(t)
	from.furnish()
	from.must(from.data.Files.Insert(t.Context(), domain.File{Meta: domain.Meta{ID: "lost"}, Claim: "complaint|c"}))
	file, m := from.backup(from.manifest())
	if m.Documents != 1200+1+1+5 || m.Files != 3 || m.Digests != 2 || !slices.Equal(m.Missing, []string{"lost"}) {
		t.Errorf("backed up %d documents, %d files, %d digests, missing %v", m.Documents, m.Files, m.Digests, m.Missing)
	}
	if bytes.Contains(file, []byte("王小明")) || bytes.Contains(file, []byte("second")) {
		t.Error("the backup holds in clear what is sealed on disk")
	}
	archive, err := to.open(file)
	to.must(err)
	to.must(to.store.Restore(t.Context(), archive))
	if _, err := to.data.Marks.Get(t.Context(), store.RestoringMark); err != nil {
		t.Errorf("the mark of a restore that is not yet verified: %v", err)
	}
	to.must(to.data.Marks.Delete(t.Context(), store.RestoringMark))
	again, m2 := to.backup(from.manifest())
	if m.Seal = ""; m.Documents != m2.Documents || m.Files != m2.Files || m.Digests != m2.Digests || len(again) == 0 {
		t.Errorf("of what was restored: %+v", m2)
	}
	for i, e := range m.Entries {
		if i >= len(m2.Entries) || e != m2.Entries[i] && !strings.HasPrefix(e.Name, "docs/") {
			t.Errorf("entry %s is not as it was", e.Name)
		}
	}
	p, err := to.data.People.Get(t.Context(), "p")
	if err != nil || p.Name.Reveal() != "王小明" || p.Rev != 1 {
		t.Errorf("restored %+v, %v", p, err)
	}
	if content, err := to.data.Blobs.Get(t.Context(), "bbbb2"); err != nil || string(content) != "second" {
		t.Errorf("restored %q, %v", content, err)
	}
	if _, err := to.data.Blobs.Get(t.Context(), "dddd4"); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a file that the store did not know of: %v", err)
	}
	if err := to.store.Restore(t.Context(), archive); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("into a store that is not empty: %v", err)
	}
}

// A snapshot shows one moment, though others write all the time: what is
// written second is never there without what was written first.
func TestASnapshotIsOneMoment(t *testing.T) {
	d := newDesk(t)
	stop, wg := make(chan struct{}), sync.WaitGroup{}
	for worker := range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, id := range []string{"first", "second"} {
					_, err := d.data.Sheets.Upsert(context.Background(), fmt.Sprint(id, worker), func(s *domain.Sheet) error {
						s.Waits = append(s.Waits, "w")
						return nil
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	snapshots, last := filepath.Join(d.folder, "snapshots"), 0
	for range 5 {
		name, err := d.engine.Snapshot(t.Context(), "d", snapshots)
		d.must(err)
		shot := openDesk(t, filepath.Join(snapshots, name), d.folder, 'k')
		file, _ := shot.backup(shot.manifest())
		shot.close()
		to := newDesk(t)
		archive, err := to.open(file)
		to.must(err)
		to.must(to.store.Restore(t.Context(), archive))
		for worker := range 4 {
			first, _ := to.data.Sheets.Get(t.Context(), fmt.Sprint("first", worker))
			second, _ := to.data.Sheets.Get(t.Context(), fmt.Sprint("second", worker))
			if ahead := len(first.Waits) - len(second.Waits); ahead < 0 || ahead > 1 {
				t.Errorf("the second of two writes stands %d times, the first %d times", len(second.Waits), len(first.Waits))
			}
			last = max(last, len(first.Waits))
		}
		to.close()
	}
	close(stop)
	wg.Wait()
	if last == 0 {
		t.Error("nobody wrote")
	}
	d.must(embedded.ClearSnapshots(snapshots, time.Now().Add(-time.Hour)))
	left, err := filepath.Glob(filepath.Join(snapshots, "*"))
	if err != nil || len(left) != 5 {
		t.Errorf("%d snapshots that may yet be read are left, want 5", len(left))
	}
	reader, err := embedded.Start(left[0])
	d.must(err)
	d.must(embedded.ClearSnapshots(snapshots, time.Now().Add(time.Hour)))
	reader.Stop()
	if left, _ := filepath.Glob(filepath.Join(snapshots, "*")); len(left) != 1 {
		t.Errorf("%d old snapshots are left, want the one that is read", len(left))
	}
}

func TestABackupThatIsNotWholeIsRefused(t *testing.T) {
	from := newDesk(t)
	from.furnish()
	file, m := from.backup(from.manifest())
	other := openDesk(t, t.TempDir(), t.TempDir(), 'o')
	newer := from.manifest()
	newer.Schema++
	newest, _ := from.backup(newer)
	format := rewrite(t, file, func(name string, content []byte) (string, []byte) {
		return name, bytes.Replace(content, []byte("backup/1"), []byte("backup/2"), 1)
	})
	tests := []struct {
		name string
		file []byte
		by   *desk
		want error
	}{
		{"whole", file, from, nil},
		{"another key", file, other, store.ErrOtherKey},
		{"a newer store", newest, from, store.ErrNewer},
		{"a newer format", format, from, store.ErrNewer},
		{"cut", file[:len(file)-30], from, store.ErrNoBackup},
		{"no zip file", []byte("hello"), from, store.ErrNoBackup},
		{"nothing", nil, from, store.ErrNoBackup},
		{"a changed number", rewrite(t, file, func(name string, content []byte) (string, []byte) {
			return name, bytes.Replace(content, []byte(`"documents": 1206`), []byte(`"documents": 1205`), 1)
		}), from, store.ErrDamaged},
		{"a changed document", rewrite(t, file, func(name string, content []byte) (string, []byte) {
			return name, bytes.Replace(content, []byte("北房镇"), []byte("北房乡"), 1)
		}), from, store.ErrDamaged},
		{"a missing file", rewrite(t, file, func(name string, content []byte) (string, []byte) {
			if name == "files/aaaa1" {
				name = ""
			}
			return name, content
		}), from, store.ErrDamaged},
		{"a way out", rewrite(t, file, func(name string, content []byte) (string, []byte) {
			return strings.Replace(name, "files/aaaa1", "files/../../etc/passwd", 1), content
		}), from, store.ErrDamaged},
		{"an absurd size", rewrite(t, file, func(name string, content []byte) (string, []byte) {
			if name == "files/aaaa1" {
				content = make([]byte, 80<<20)
			}
			return name, content
		}), from, store.ErrDamaged},
		{"two files exchanged", rewrite(t, file, func(name string, content []byte) (string, []byte) {
			return map[string]string{"files/aaaa1": "files/bbbb2", "files/bbbb2": "files/aaaa1"}[name] +
				strings.NewReplacer("files/aaaa1", "", "files/bbbb2", "").Replace(name), content
		}), from, store.ErrDamaged},
	}
	for _, tt := range tests {
		if _, err := tt.by.open(tt.file); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if m.Documents != 1206 {
		t.Errorf("%d documents: the test does not change their number", m.Documents)
	}
}

// rewrite makes another zip file of the files of one; those without a name are
// left out.
func rewrite(t *testing.T, file []byte, change func(name string, content []byte) (string, []byte)) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name, content := change(f.Name, content)
		if name == "" {
			continue
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: f.Method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A byte flipped anywhere in what a backup holds is found.
func TestEveryFlippedByteIsFound(t *testing.T) {
	d := newDesk(t)
	d.must(d.data.People.Insert(t.Context(), domain.Person{Meta: domain.Meta{ID: "p"}, Name: "王小明"}))
	file, _ := d.backup(d.manifest())
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	d.must(err)
	flipped := 0
	for _, f := range z.File {
		begin, err := f.DataOffset()
		d.must(err)
		for i := begin; i < begin+int64(f.CompressedSize64); i++ {
			broken := slices.Clone(file)
			broken[i] ^= 0xff
			if _, err := d.open(broken); err == nil {
				t.Fatalf("byte %d of %s was flipped, and nobody noticed", i-begin, f.Name)
			}
			flipped++
		}
	}
	if flipped < 500 {
		t.Errorf("%d bytes were flipped", flipped)
	}
}

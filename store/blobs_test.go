package store_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/store/storetest"
)

// ids answers the ids of all contents, in order.
func ids(t *testing.T, blobs services.Blobs) []string {
	t.Helper()
	var all []string
	for id, err := range blobs.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

func TestAContentComesBackAsItWent(t *testing.T) {
	blobs := storetest.Embedded(t).Blobs
	large := bytes.Repeat([]byte("0123456789abcdef"), 10<<16)
	for id, content := range map[string][]byte{"aaaa": []byte("one"), "aabb": {}, "zz22": large} {
		if err := blobs.Put(t.Context(), id, content); err != nil {
			t.Fatal(err)
		}
		got, err := blobs.Get(t.Context(), id)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, error %v; want %d", id, len(got), err, len(content))
		}
	}
	if got := ids(t, blobs); !slices.Equal(got, []string{"aaaa", "aabb", "zz22"}) {
		t.Errorf("there are %v", got)
	}
	if err := blobs.Put(t.Context(), "aaaa", []byte("two")); err != nil {
		t.Fatal(err)
	}
	if got, err := blobs.Get(t.Context(), "aaaa"); err != nil || string(got) != "two" {
		t.Errorf("after it was replaced it is %q, error %v", got, err)
	}
	for range 2 { // what is gone may be removed again
		if err := blobs.Delete(t.Context(), "aaaa"); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"aaaa", "none"} {
		if _, err := blobs.Get(t.Context(), id); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s answers %v, want not found", id, err)
		}
	}
	if err := blobs.Delete(t.Context(), "never"); err != nil {
		t.Errorf("removing what never was: %v", err)
	}
	if got := ids(t, blobs); !slices.Equal(got, []string{"aabb", "zz22"}) {
		t.Errorf("there are %v", got)
	}
	for _, err := range blobs.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		break // who has seen enough may stop
	}
}

func TestNoIDLeadsElsewhere(t *testing.T) {
	blobs := storetest.Embedded(t).Blobs
	for _, id := range []string{"", "a", "abc", "../../db", "ab/cd", "..", "ABCD", "ab.cd", "ab cd", "ab\x00cd", "文件文件", strings.Repeat("a", 65)} {
		_, get := blobs.Get(t.Context(), id)
		for verb, err := range map[string]error{"put": blobs.Put(t.Context(), id, nil), "get": get, "delete": blobs.Delete(t.Context(), id)} {
			if err == nil || errors.Is(err, domain.ErrNotFound) {
				t.Errorf("%s %q answers %v", verb, id, err)
			}
		}
	}
	if got := ids(t, blobs); len(got) != 0 {
		t.Errorf("there are %v", got)
	}
}

func TestACancelledWriteLeavesNothing(t *testing.T) {
	blobs := storetest.Embedded(t).Blobs
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := blobs.Put(ctx, "abcd", []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled write answers %v", err)
	}
	if got := ids(t, blobs); len(got) != 0 {
		t.Errorf("there are %v", got)
	}
}

// Files lie sealed, for nobody else to read, and are opened only as what they
// were put as.
func TestFilesLieSealed(t *testing.T) {
	folder := t.TempDir()
	_, data, done := openEmbedded(t, folder)
	defer done()
	const secret = "SECRETTEXTOFAVILLAGER"
	if err := data.Blobs.Put(t.Context(), "aaaa", []byte(secret)); err != nil {
		t.Fatal(err)
	}
	if err := data.Blobs.Put(t.Context(), "aabb", []byte("other")); err != nil {
		t.Fatal(err)
	}
	one, other := filepath.Join(folder, "files", "aa", "aaaa"), filepath.Join(folder, "files", "aa", "aabb")
	sealed, err := os.ReadFile(one)
	if err != nil || lies(sealed, secret) {
		t.Errorf("it lies in clear, or not at all: %v", err)
	}
	err = filepath.WalkDir(filepath.Join(folder, "files"), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if want := fs.FileMode(0o600); err == nil && !d.IsDir() && info.Mode() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if want := fs.ModeDir | 0o700; err == nil && d.IsDir() && info.Mode() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"cut short":     sealed[:len(sealed)-1],
		"cut to a head": sealed[:12],
		"emptied":       {},
		"changed":       append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1),
		"another suite": append([]byte("b1"), sealed[2:]...),
		"another key":   append([]byte("a1.000000."), sealed[len("a1.000000."):]...),
	} {
		if err := os.WriteFile(one, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := data.Blobs.Get(t.Context(), "aaaa"); err == nil {
			t.Errorf("a file that was %s is opened", name)
		}
	}
	if err := os.WriteFile(other, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := data.Blobs.Get(t.Context(), "aabb"); err == nil {
		t.Error("a file is opened in another's place")
	}
}

// What somebody left who died writing is removed at the next start, unless it
// is so young that another program may be at it.
func TestWhatWasLeftHalfWrittenIsCleared(t *testing.T) {
	folder := t.TempDir()
	_, _, done := openEmbedded(t, folder)
	done()
	part := filepath.Join(folder, "files", "part")
	for name, age := range map[string]time.Duration{"OLD": 2 * time.Hour, "YOUNG": time.Minute} {
		path := filepath.Join(part, name)
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	_, data, done := openEmbedded(t, folder)
	defer done()
	if got := ids(t, data.Blobs); len(got) != 0 {
		t.Errorf("what is half written counts as %v", got)
	}
	entries, err := os.ReadDir(part)
	if err != nil || len(entries) != 1 || entries[0].Name() != "YOUNG" {
		t.Errorf("there are %v, error %v", entries, err)
	}
}

func TestManyWriteAtOnce(t *testing.T) {
	blobs := storetest.Embedded(t).Blobs
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, id := range []string{"aaaa", "aabb", "bbbb"} {
				if err := blobs.Put(t.Context(), id, bytes.Repeat([]byte(id), 1000)); err != nil {
					t.Error(err)
				}
				got, err := blobs.Get(t.Context(), id)
				if err != nil || !bytes.Equal(got, bytes.Repeat([]byte(id), 1000)) {
					t.Errorf("%d bytes, error %v", len(got), err)
				}
			}
		})
	}
	wg.Wait()
}

func TestADigestIsWrittenOnce(t *testing.T) {
	folder := t.TempDir()
	_, data, done := openEmbedded(t, folder)
	for day, text := range map[domain.Day]string{"2026-11-24": "two", "2026-11-23": "one", "2027-01-01": "three"} {
		if err := data.Digests.Put(t.Context(), day, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := data.Digests.Put(t.Context(), "2026-11-23", []byte("forged")); !errors.Is(err, domain.ErrExists) {
		t.Errorf("a second one of a day answers %v, want exists", err)
	}
	for _, day := range []domain.Day{"", "..", "2026-13-01", "../../x"} {
		if err := data.Digests.Put(t.Context(), day, nil); err == nil {
			t.Errorf("%q is taken for a day", day)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "digests", "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	done()
	_, data, done = openEmbedded(t, folder)
	defer done()
	var got []string
	for d, err := range data.Digests.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(d.Day)+" "+string(d.Text))
	}
	if want := []string{"2026-11-23 one", "2026-11-24 two", "2027-01-01 three"}; !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	text, err := os.ReadFile(filepath.Join(folder, "digests", "2026-11-23.json"))
	if err != nil || string(text) != "one" {
		t.Errorf("on the disk lies %q, error %v", text, err)
	}
	if left, err := os.ReadDir(filepath.Join(folder, "digests", "part")); err != nil || len(left) != 0 {
		t.Errorf("half written: %v, error %v", left, err)
	}
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/store"
)

// demoWithAdmin is a demo whose admin listener can be found.
func demoWithAdmin(t *testing.T) *program {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := demo(t)
	p.env["ADMIN_ADDR"] = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// office is the program in real mode, with an empty store.
func office(t *testing.T) *program {
	t.Helper()
	p := demoWithAdmin(t)
	p.env["DEMO"], p.env["JWT_KEY"], p.env["DATA_KEY"] = "0", strings.Repeat("k", 32), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	p.env["WECHAT_APP_ID"], p.env["WECHAT_APP_SECRET"] = "wx0123456789abcdef", "s"
	return p
}

// moved is the program on another machine: an empty folder, the same keys.
func (p *program) moved() *program {
	p.t.Helper()
	q := demoWithAdmin(p.t)
	if err := os.CopyFS(filepath.Join(q.env["DATA_DIR"], "demo-keys"), os.DirFS(filepath.Join(p.env["DATA_DIR"], "demo-keys"))); err != nil {
		p.t.Fatal(err)
	}
	return q
}

// must runs a command that is to come to a good end.
func (p *program) must(args ...string) string {
	p.t.Helper()
	out, err := p.command(args...)
	if err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// refused runs a command that is to be refused for a reason.
func (p *program) refused(want error, args ...string) {
	p.t.Helper()
	if out, err := p.command(args...); !errors.Is(err, want) {
		p.t.Errorf("%v: %v, want %v\n%s", args, err, want, out)
	}
}

// with opens the store beside the program.
func (p *program) with(use func(ctx context.Context, conf config, h *house)) {
	p.t.Helper()
	conf, err := readConfig(p.getenv)
	if err != nil {
		p.t.Fatal(err)
	}
	h, err := openStore(p.t.Context(), conf, conf.dataDir)
	if err != nil {
		p.t.Fatal(err)
	}
	defer h.close(context.Background())
	use(p.t.Context(), conf, h)
}

// lies reports whether something lies in the data folder.
func (p *program) lies(name string) bool {
	_, err := os.Stat(filepath.Join(p.env["DATA_DIR"], name))
	return err == nil
}

// What was acknowledged before a backup under load began is in it, all that is
// in it agrees, and the program goes on with what was restored.
func TestABackupUnderLoadIsRestored(t *testing.T) {
	p := demoWithAdmin(t).seeded()
	p.start()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var booked []string
	stop := make(chan struct{})
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				id, status := p.tryToBook(p.login(fmt.Sprintf("demo-resident-%d", 1000+n*4+i)))
				switch status {
				case http.StatusCreated:
					mu.Lock()
					booked = append(booked, id)
					mu.Unlock()
				case http.StatusConflict: // the other was faster
				default:
					t.Errorf("booking answers %d", status)
				}
			}
		})
	}
	acknowledged := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(booked)
	}
	for len(acknowledged()) < 20 {
		time.Sleep(10 * time.Millisecond)
	}
	file := filepath.Join(t.TempDir(), "backup.zip")
	before, begun := acknowledged(), time.Now()
	out := p.must("backup", file)
	took, after := time.Since(begun), acknowledged()
	close(stop)
	wg.Wait()
	if len(after) == len(before) {
		t.Error("nobody booked while the backup was made")
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the backup's file: %v, %v", info, err)
	}
	t.Logf("backup in %v beside %d bookings, %d bytes: %s", took.Round(time.Millisecond), len(after)-len(before), info.Size(), out)
	p.refused(errFileThere, "backup", file)
	if left, _ := filepath.Glob(filepath.Join(p.env["DATA_DIR"], snapshotsFolder, "*")); len(left) > 0 {
		t.Errorf("snapshots are left: %v", left)
	}

	q := p.moved()
	begun = time.Now()
	out = q.must("restore", file)
	t.Logf("restore in %v: %s", time.Since(begun).Round(time.Millisecond), out)
	if !strings.Contains(out, " 0 problems") {
		t.Errorf("restored with problems:\n%s", out)
	}
	q.must("repair", "relay")
	if out := q.must("repair", "verify"); !strings.Contains(out, " 0 problems") {
		t.Errorf("verify:\n%s", out)
	}
	q.with(func(ctx context.Context, _ config, h *house) {
		for _, id := range before {
			if _, err := h.data.Appointments.Get(ctx, id); err != nil {
				t.Errorf("booking %s, made before the backup: %v", id, err)
			}
		}
	})
	q.start()
	q.book(q.login("demo-resident-2"))
	if err := q.stop(); err != nil {
		t.Fatal(err)
	}

	q.must("backup", filepath.Join(t.TempDir(), "again.zip")) // nothing serves
	q.refused(store.ErrNotEmpty, "restore", file)
}

func TestASnapshotIsMadeForWhoKnowsTheKeyAlone(t *testing.T) {
	p := office(t)
	p.start()
	conf, err := readConfig(p.getenv)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := store.NewKeys(conf.dataKey)
	if err != nil {
		t.Fatal(err)
	}
	others, err := store.NewKeys(make([]byte, store.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int{
		"":                                   http.StatusNotFound,
		"abc":                                http.StatusNotFound,
		snapshotKey(others.Hash, time.Now()): http.StatusNotFound,
		snapshotKey(keys.Hash, time.Now().Add(-snapshotFresh-time.Minute)):          http.StatusNotFound,
		snapshotKey(keys.Hash, time.Now().Add(snapshotFresh+time.Minute)):           http.StatusNotFound,
		snapshotKey(keys.Hash, time.Now().Add(-snapshotFresh+time.Minute)):          http.StatusOK,
		snapshotKey(keys.Hash, time.Now()) + "x":                                    http.StatusNotFound,
		strings.TrimLeft(snapshotKey(keys.Hash, time.Now()), "0123456789"):          http.StatusNotFound,
		"9999999999999999999" + snapshotKey(keys.Hash, time.Now().AddDate(9, 0, 0)): http.StatusNotFound,
	} {
		req, err := http.NewRequest(http.MethodPost, "http://"+conf.adminAddr+snapshotRoute, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(snapshotHeader, key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != want {
			t.Errorf("key %q answers %d, want %d", key, res.StatusCode, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(p.env["DATA_DIR"], snapshotsFolder, "*")); len(left) != 1 {
		t.Errorf("%d snapshots were made, want 1", len(left))
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	p.start()
	if left, _ := filepath.Glob(filepath.Join(p.env["DATA_DIR"], snapshotsFolder, "*")); len(left) != 0 {
		t.Errorf("%d snapshots are left after a start", len(left))
	}
}

func TestABackupNeedsAStoreThatAnswers(t *testing.T) {
	p := demoWithAdmin(t)
	file := filepath.Join(t.TempDir(), "backup.zip")
	p.refused(errNoStore, "backup", file)
	if p.lies("db") {
		t.Error("a store was made to be backed up")
	}
	p.with(func(context.Context, config, *house) { p.refused(errLocked, "backup", file) })
	p.refused(errNoStore, "backup", file) // nobody has ever entered it
	if _, err := os.Stat(file); err == nil {
		t.Error("a backup of nothing was written")
	}
}

func TestABackupThatDoesNotFitIsNotRestored(t *testing.T) {
	p := demoWithAdmin(t)
	p.with(func(ctx context.Context, conf config, h *house) {
		if err := h.enter(ctx, conf); err != nil {
			t.Fatal(err)
		}
	})
	file := filepath.Join(t.TempDir(), "backup.zip")
	p.must("backup", file)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	broken := func(change func([]byte) []byte) string {
		path := filepath.Join(t.TempDir(), "broken.zip")
		if err := os.WriteFile(path, change(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	same := p.moved()
	real := office(t)
	key, err := os.ReadFile(filepath.Join(p.env["DATA_DIR"], "demo-keys", "data.key"))
	if err != nil {
		t.Fatal(err)
	}
	real.env["DATA_KEY"] = strings.TrimPrefix(strings.TrimSpace(string(key)), demoPrefix)
	tests := []struct {
		name string
		by   *program
		file string
		want error
	}{
		{"another key", demoWithAdmin(t), file, store.ErrOtherKey},
		{"another mode", real, file, errOtherStore},
		{"a flipped byte", same, broken(func(b []byte) []byte { b[60] ^= 1; return b }), store.ErrDamaged},
		{"cut short", same, broken(func(b []byte) []byte { return b[:len(b)/2] }), store.ErrNoBackup},
		{"no backup", same, broken(func([]byte) []byte { return []byte("hello") }), store.ErrNoBackup},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.by.refused(tt.want, "restore", tt.file)
			if tt.by.lies("db") {
				t.Error("something was written")
			}
		})
	}
	same.must("restore", file)
	same.refused(store.ErrNotEmpty, "restore", file)
}

// cutting reads a file, and ends a context before one of its reads.
type cutting struct {
	io.ReaderAt
	left int
	cut  func()
}

func (c *cutting) ReadAt(b []byte, at int64) (int, error) {
	if c.left--; c.left == 0 {
		c.cut()
	}
	return c.ReaderAt.ReadAt(b, at)
}

// A restore that dies anywhere leaves a store that nothing opens; into an empty
// folder it can be done again.
func TestARestoreThatWasCutOffIsNotServed(t *testing.T) {
	p := office(t)
	p.must("repair", "verify")
	p.with(func(ctx context.Context, _ config, h *house) {
		towns := make([]domain.Town, 3000)
		for i := range towns {
			towns[i] = domain.Town{Meta: domain.Meta{ID: fmt.Sprintf("%09d", i)}, Name: fmt.Sprint("镇", i*i)}
		}
		if err := h.data.Towns.InsertMany(ctx, towns); err != nil {
			t.Fatal(err)
		}
	})
	file := filepath.Join(t.TempDir(), "backup.zip")
	p.must("backup", file)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	for _, part := range []int{8, 4, 2} { // of all reads, after which it dies
		q := office(t)
		q.with(func(ctx context.Context, conf config, h *house) {
			ctx, cancel := context.WithCancel(ctx)
			keys, err := store.NewKeys(conf.dataKey)
			if err != nil {
				t.Fatal(err)
			}
			in := &cutting{ReaderAt: bytes.NewReader(whole), cut: cancel}
			archive, err := store.OpenArchive(ctx, in, int64(len(whole)), keys)
			if err != nil {
				t.Fatal(err)
			}
			reads = -in.left // restoring reads as often
			in.left = max(reads/part, 1)
			if err := h.store.Restore(ctx, archive); !errors.Is(err, context.Canceled) {
				t.Fatalf("cut off, it answers %v", err)
			}
		})
		q.refused(errCutOff, "serve")
		q.refused(errCutOff, "repair", "verify")
		q.refused(errCutOff, "backup", filepath.Join(t.TempDir(), "b.zip"))
		q.refused(errCutOff, "restore", file)
	}
	office(t).must("restore", file)
}

// A store of form 1 has no records.
func TestAnOlderStoreIsBroughtUp(t *testing.T) {
	p := office(t)
	p.must("repair", "verify")
	p.with(func(ctx context.Context, _ config, h *house) {
		a := domain.Appointment{Meta: domain.Meta{ID: "a"}, Status: domain.Cancelled, Advisor: "lawyer", Booker: "ann", Village: "110116101201",
			Start: time.Now(), Events: []domain.Event{{Seq: 1, Verb: domain.Book, Status: domain.Booked}, {Seq: 2, Verb: domain.Cancel, Status: domain.Cancelled}}}
		err := h.data.Appointments.Insert(ctx, a)
		for _, person := range []string{a.Advisor, a.Booker} {
			err = errors.Join(err, h.data.Journals.Insert(ctx, domain.Journal{Meta: domain.Meta{ID: person}, Items: []domain.Attended{{Appointment: a.ID}}}))
		}
		if err != nil {
			t.Fatal(err)
		}
		setForm(t, h, 0)
	})
	file := filepath.Join(t.TempDir(), "backup.zip")
	p.must("backup", file)
	p.with(func(ctx context.Context, _ config, h *house) {
		if mark, err := h.data.Marks.Get(ctx, storeMark); err != nil || mark.Form != 0 {
			t.Errorf("the backup has changed the store: %+v, %v", mark, err)
		}
	})
	q := office(t)
	q.must("restore", file)
	for _, each := range []*program{p, q} {
		each.must("repair", "relay")
		each.must("repair", "verify")
		each.with(func(ctx context.Context, _ config, h *house) {
			mark, err := h.data.Marks.Get(ctx, storeMark)
			if err != nil || mark.Form != store.SchemaVersion {
				t.Errorf("brought up: %+v, %v", mark, err)
			}
			records := 0
			for page, err := range h.data.Records.All(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				records += len(page.Items)
			}
			if records != 2 {
				t.Errorf("the old booking has %d records, want 2", records)
			}
		})
	}
}

func TestANewerStoreIsRefused(t *testing.T) {
	p := demoWithAdmin(t)
	p.with(func(ctx context.Context, conf config, h *house) {
		if err := h.enter(ctx, conf); err != nil {
			t.Fatal(err)
		}
		setForm(t, h, store.SchemaVersion+1)
	})
	file := filepath.Join(t.TempDir(), "backup.zip")
	for _, args := range [][]string{{"serve"}, {"seed"}, {"repair", "verify"}, {"backup", file}} {
		p.refused(errNewer, args...)
	}
	p.with(func(ctx context.Context, _ config, h *house) {
		if mark, err := h.data.Marks.Get(ctx, storeMark); err != nil || mark.Rev != 2 {
			t.Errorf("it was written to: %+v, %v", mark, err)
		}
		if _, err := h.data.Marks.Get(ctx, seededMark); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("it was written to: %v", err)
		}
	})
}

func setForm(t *testing.T, h *house, form int) {
	t.Helper()
	_, err := h.data.Marks.Update(t.Context(), storeMark, func(m *domain.Mark) error { m.Form = form; return nil })
	if err != nil {
		t.Fatal(err)
	}
}

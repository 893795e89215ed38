package store_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
	"villagecounsel/store/storetest"
)

func TestADocumentComesBackAsItWent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		want := domain.Appointment{
			Meta: domain.Meta{ID: "a1"}, Status: domain.Booked, Name: "王小明", Phone: "13900000001",
			Start: time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC), Channel: domain.Visit,
			Events: []domain.Event{{Seq: 1, Verb: domain.Book, Reason: "说得很私密"}},
		}
		if err := data.Appointments.Insert(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := data.Appointments.Get(t.Context(), "a1")
		if err != nil {
			t.Fatal(err)
		}
		want.Rev = 1
		if diff := cmp.Diff(reveal(want), reveal(got)); diff != "" {
			t.Error(diff)
		}
		if err := data.Appointments.Insert(t.Context(), want); !errors.Is(err, domain.ErrExists) {
			t.Errorf("a second insert answers %v, want exists", err)
		}
		if _, err := data.Appointments.Get(t.Context(), "a2"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a missing document answers %v, want not found", err)
		}
	})
}

// reveal makes private texts comparable.
func reveal(a domain.Appointment) string {
	return fmt.Sprintf("%s %s %s %s %v %v %d", a.ID, a.Status, a.Name.Reveal(), a.Phone.Reveal(), a.Start.UTC(), a.Events[0].Reason.Reveal(), a.Rev)
}

func TestNoUpdateIsLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				_, err := data.Sheets.Upsert(t.Context(), "s", func(s *domain.Sheet) error {
					s.Waits = append(s.Waits, fmt.Sprint(i))
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s, err := data.Sheets.Get(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Waits) != 32 || s.Rev != 32 {
			t.Errorf("%d entries at revision %d, want 32 at 32", len(s.Waits), s.Rev)
		}
	})
}

func TestAChangeThatDoesNothingWritesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data services.Data) {
		if err := data.Sheets.Insert(t.Context(), domain.Sheet{Meta: domain.Meta{ID: "s"}}); err != nil {
			t.Fatal(err)
		}
		s, err := data.Sheets.Update(t.Context(), "s", func(*domain.Sheet) error { return domain.ErrUnchanged })
		if err != nil || s.Rev != 1 {
			t.Errorf("revision %d, error %v; want 1 and none", s.Rev, err)
		}
		refused := domain.Fault(domain.Conflict, "no")
		if _, err := data.Sheets.Update(t.Context(), "s", func(*domain.Sheet) error { return refused }); !errors.Is(err, refused) {
			t.Errorf("a refused change answers %v", err)
		}
		if _, err := data.Sheets.Update(t.Context(), "none", func(*domain.Sheet) error { return nil }); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("an update of nothing answers %v", err)
		}
	})
}

func TestWhatAVillagerSaysIsSealedOnDisk(t *testing.T) {
	folder := t.TempDir()
	engine, err := embedded.Start(folder)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := store.NewKeys([]byte(strings.Repeat("k", store.KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Config{URI: engine.URI, Embedded: engine, Database: "d", Keys: keys, Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	secret, open := "SECRETTEXTOFAVILLAGER", "OPENTEXTOFTHEOFFICES"
	err = s.Data().Appointments.Insert(t.Context(), domain.Appointment{
		Meta: domain.Meta{ID: "a"}, Village: open, Name: domain.Private(secret), Phone: domain.Private(secret),
		Topic: domain.Private(secret), Details: domain.Private(secret), Address: domain.Private(secret),
		OtherParty: domain.Private(secret), Events: []domain.Event{{Reason: domain.Private(secret)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	engine.Stop()
	found := 0
	err = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if lies(b, open) {
			found++
		}
		if lies(b, secret) {
			t.Errorf("%s holds the text in clear", filepath.Base(path))
		}
		return err
	})
	if err != nil || found == 0 {
		t.Errorf("files of the store seen: %d, error %v", found, err)
	}
}

// lies reports whether a text lies in a file in clear, or within something that
// the file holds in base64: one of three neighbouring bytes begins a group there.
func lies(file []byte, text string) bool {
	for begin := range 3 {
		whole := len(text[begin:]) / 3 * 3
		if bytes.Contains(file, []byte(base64.StdEncoding.EncodeToString([]byte(text[begin:begin+whole])))) {
			return true
		}
	}
	return bytes.Contains(file, []byte(text))
}

func TestTheWrongDataKeyIsNamed(t *testing.T) {
	folder := t.TempDir()
	for i, key := range []string{"a", "b"} {
		engine, err := embedded.Start(folder)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := store.NewKeys([]byte(strings.Repeat(key, store.KeyBytes)))
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), store.Config{URI: engine.URI, Embedded: engine, Database: "d", Keys: keys, Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			err = s.Data().People.Insert(t.Context(), domain.Person{Meta: domain.Meta{ID: "p"}, Name: "某人"})
			if err != nil {
				t.Fatal(err)
			}
		} else if _, err := s.Data().People.Get(t.Context(), "p"); err == nil || !strings.Contains(err.Error(), "DATA_KEY") {
			t.Errorf("reading with another key answers %v", err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		engine.Stop()
	}
}

func TestOneProgramAtATime(t *testing.T) {
	folder := t.TempDir()
	engine, err := embedded.Start(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Stop()
	if _, err := embedded.Start(folder); !errors.Is(err, embedded.ErrInUse) {
		t.Errorf("a second program gets %v, want ErrInUse", err)
	}
}

// Two stores with locks of their own are what two programs on one MongoDB are.
// The engine underneath is asked by one connection, so that each operation is
// whole; that the read and the write of a change are not is left to the
// revision, as on MongoDB.
func TestTwoProgramsLoseNoUpdate(t *testing.T) {
	engine, err := embedded.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Stop)
	keys, err := store.NewKeys(make([]byte, store.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Config{URI: engine.URI + "?maxPoolSize=1&retryWrites=false", Database: "d", Keys: keys, Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	var wg sync.WaitGroup
	for _, program := range []services.Data{s.Data(), s.Data()} {
		for range 8 {
			wg.Go(func() {
				_, err := program.Sheets.Upsert(t.Context(), "s", func(s *domain.Sheet) error {
					s.Waits = append(s.Waits, "w")
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	sheet, err := s.Data().Sheets.Get(t.Context(), "s")
	if err != nil || len(sheet.Waits) != 16 {
		t.Errorf("%d updates stand, error %v; want 16", len(sheet.Waits), err)
	}
}

// Package storetest opens stores for tests: the embedded engine always, and
// MongoDB too where MONGODB_TEST_URI names one.
package storetest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"villagecounsel/services"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
)

// Each runs a test on every engine at hand, each with an empty store.
func Each(t *testing.T, run func(t *testing.T, data services.Data)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { run(t, Embedded(t)) })
	if uri := os.Getenv("MONGODB_TEST_URI"); uri != "" {
		t.Run("mongodb", func(t *testing.T) { run(t, open(t, store.Config{URI: uri, Database: name()})) })
	}
}

// Embedded opens an empty store on the embedded engine, closed when the test ends.
func Embedded(t testing.TB) services.Data {
	t.Helper()
	engine, err := embedded.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Stop)
	return open(t, store.Config{URI: engine.URI, Embedded: engine, Database: name()})
}

func open(t testing.TB, conf store.Config) services.Data {
	t.Helper()
	keys, err := store.NewKeys(make([]byte, store.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	conf.Keys, conf.Folder = keys, t.TempDir()
	s, err := store.Open(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Drop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s.Data()
}

func name() string { return "test_" + strings.ToLower(rand.Text()[:10]) }

package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
)

// openEmbedded opens a store on a folder; done closes it.
func openEmbedded(t *testing.T, folder string) (engine *embedded.Engine, data services.Data, done func()) {
	t.Helper()
	engine, err := embedded.Start(folder)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := store.NewKeys(make([]byte, store.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Config{URI: engine.URI, Embedded: engine, Database: "d", Keys: keys, Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	return engine, s.Data(), func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		engine.Stop()
	}
}

func TestTheEmbeddedEngineFindsIDsByIndex(t *testing.T) {
	engine, data, done := openEmbedded(t, t.TempDir())
	defer done()
	// A plan is made of what the connection has seen, which is nothing new
	// before it is first asked.
	if _, err := data.Appointments.Get(t.Context(), "a"); !errors.Is(err, domain.ErrNotFound) {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(engine.URI))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	find := bson.D{{Key: "find", Value: "appointments"}, {Key: "filter", Value: bson.D{{Key: "_id", Value: "a"}}}}
	var answer struct {
		Planner struct{ Plan []string } `bson:"queryPlanner"`
	}
	if err := client.Database("d").RunCommand(t.Context(), bson.D{{Key: "explain", Value: find}}).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if plan := strings.Join(answer.Planner.Plan, "; "); !strings.Contains(plan, "USING INDEX") {
		t.Errorf("a document is looked up by: %s", plan)
	}
}

// What a store remembers of documents after many have changed the same few is
// what the next program finds on disk.
func TestWhatIsRememberedLiesOnDisk(t *testing.T) {
	folder := t.TempDir()
	_, data, done := openEmbedded(t, folder)
	ids := []string{"a", "b", "c"}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(worker), 0))
			for n := range 100 {
				id := ids[dice.IntN(len(ids))]
				var err error
				switch dice.IntN(4) {
				case 0:
					_, err = data.Sheets.Get(t.Context(), id)
				case 1:
					err = data.Sheets.Insert(t.Context(), domain.Sheet{Meta: domain.Meta{ID: id}})
				case 2:
					err = data.Sheets.Delete(t.Context(), id)
				case 3:
					_, err = data.Sheets.Upsert(t.Context(), id, func(s *domain.Sheet) error {
						s.Waits = append(s.Waits, fmt.Sprint(worker, " ", n))
						return nil
					})
				}
				if err != nil && !errors.Is(err, domain.ErrNotFound) && !errors.Is(err, domain.ErrExists) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	remembered := sheets(t, data, ids)
	done()
	_, data, done = openEmbedded(t, folder)
	defer done()
	if diff := cmp.Diff(remembered, sheets(t, data, ids)); diff != "" {
		t.Errorf("remembered (-) and on disk (+):\n%s", diff)
	}
}

func sheets(t *testing.T, data services.Data, ids []string) map[string]domain.Sheet {
	t.Helper()
	all := map[string]domain.Sheet{}
	for _, id := range ids {
		s, err := data.Sheets.Get(t.Context(), id)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			t.Fatal(err)
		}
		all[id] = s
	}
	return all
}

package handlers_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/handlers"
	"villagecounsel/services/domain"
)

// What the mini-program asks for beside the main job.

func TestAVillageNamesTheOfficeToCall(t *testing.T) {
	w := newWorld(t)
	calls := func(village string, want any) {
		t.Helper()
		a := w.nobody().call("GET", "/api/v1/villages/"+village, nil).want(200)
		if diff := cmp.Diff(want, a.at("office")); diff != "" {
			t.Errorf("%s calls:\n%s", village, diff)
		}
	}
	reached := func(area, name, phone string) {
		t.Helper()
		if _, err := w.data.Offices.Update(t.Context(), area, func(o *domain.Office) error { o.Name, o.Phone = name, phone; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	calls(villageA, nil)
	reached(districtA, "怀柔区司法局", "010-60000000")
	calls(villageA, map[string]any{"name": "怀柔区司法局", "phone": "010-60000000"})
	reached(townA, "云溪镇司法所", "15400050001")
	calls(villageA, map[string]any{"name": "云溪镇司法所", "phone": "15400050001"})
	calls(villageC, map[string]any{"name": "怀柔区司法局", "phone": "010-60000000"})
	calls(villageFar, nil)
	if a := w.nobody().call("GET", "/api/v1/villages", nil).want(200); len(a.holdsAny("office", "15400050001")) > 0 {
		t.Errorf("the list of villages: %s", a.body)
	}
}

func TestAllNoticesAreRead(t *testing.T) {
	w := newWorld(t)
	inbox := domain.Inbox{Meta: meta("resident-1")}
	for i := range 5 {
		inbox.Items = append(inbox.Items, domain.Notice{ID: fmt.Sprint("n", i), Kind: domain.NoticeBooked, At: monday})
	}
	insert(w, w.data.Inboxes, inbox)
	c := w.as("demo-resident-1")
	c.call("POST", "/api/v1/notices/read", map[string]any{"until": "n9"}).refused(404, "not_found")
	for _, tt := range []struct {
		until string
		left  []string
	}{{"n1", []string{"n4", "n3", "n2"}}, {"n3", []string{"n4"}}, {"n0", []string{"n4"}}, {"n4", nil}} {
		c.call("POST", "/api/v1/notices/read", map[string]any{"until": tt.until}).want(200)
		a := c.call("GET", "/api/v1/notices?unread=true", nil).want(200)
		if !slices.Equal(a.texts("items", "id"), tt.left) || a.at("unread") != float64(len(tt.left)) {
			t.Errorf("up to %s: %s", tt.until, a.body)
		}
	}
	w.as("demo-resident-2").call("POST", "/api/v1/notices/read", map[string]any{"until": "n4"}).refused(404, "not_found")
}

func TestTheDemoSaysWhoThereIs(t *testing.T) {
	w := newWorld(t)
	a := w.nobody().call("GET", "/demo/people", nil).want(200)
	want := []any{map[string]any{"code": "demo-resident-1", "kind": "resident", "label": "村民 · 王秀英 · 北山村委会"}}
	if diff := cmp.Diff(want, a.list("items")); diff != "" {
		t.Error(diff)
	}
}

// open opens a page as a browser does, outside the contract.
func (w *world) open(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, httptest.NewRequestWithContext(w.t.Context(), "GET", path, nil))
	return rec
}

func TestTheWayHome(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{"/": "/app/", "/app": "/app/"} {
		if a := w.open(path); a.Code != 302 || a.Header().Get("Location") != want {
			t.Errorf("%s leads to %d %q, want %q", path, a.Code, a.Header().Get("Location"), want)
		}
	}
	if a := w.open("/app/"); a.Code != 200 && a.Code != 503 {
		t.Errorf("the mini-program answers %d", a.Code)
	}
	real := newWorld(t, func(c *handlers.Config) { c.SetClock = nil })
	if a := real.open("/"); a.Code != 302 || a.Header().Get("Location") != "/docs" {
		t.Errorf("outside demo mode / leads to %d %q", a.Code, a.Header().Get("Location"))
	}
}

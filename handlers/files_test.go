package handlers_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
)

// send uploads a form.
func (c *client) send(k, field string, contents ...[]byte) *answer {
	form, kind := formOf(field, contents...)
	return c.call("POST", "/api/v1/files", form, key(k), header("Content-Type", kind), malformed)
}

func TestAFileIsKeptAndGivenOut(t *testing.T) {
	w := newWorld(t)
	adv := w.as("demo-advisor-1")
	made := adv.send("a", "file", picture).want(201)
	id := made.text("id")
	if made.text("type") != "image/png" || made.at("size").(float64) < 1 {
		t.Errorf("kept: %s", made.body)
	}
	if again := adv.send("a", "file", picture).want(201); again.text("id") != id {
		t.Errorf("kept again: %s", again.body)
	}
	adv.send("a", "file", append(picture, 0)).refused(422, "idempotency_reused")
	got := adv.call("GET", "/api/v1/files/"+id, nil).want(200)
	for name, want := range map[string]string{
		"Content-Type": "image/png", "Content-Disposition": `attachment; filename="` + id + `.png"`, "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if diff := cmp.Diff([]string{want}, got.header.Values(name)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if !bytes.HasPrefix(got.body, []byte("\x89PNG")) || float64(len(got.body)) != made.at("size") {
		t.Errorf("given out: %d bytes, want %v", len(got.body), made.at("size"))
	}
	w.as("demo-town-1").call("GET", "/api/v1/files/"+id, nil).refused(404, "not_found")

	// As part of a log it is for those who see the log's content.
	path := "/api/v1/service-logs"
	body := lecture("files", []string{id, "nobody's"})
	adv.call("POST", path, body, key("l")).refused(422, "invalid_fields", "files unknown_file")
	log := adv.call("POST", path, lecture("files", []string{id}), key("l")).want(201)
	if diff := cmp.Diff([]any{id}, log.list("files")); diff != "" {
		t.Errorf("logged with:\n%s", diff)
	}
	for code, status := range map[string]int{"demo-town-1": 200, "demo-collaborator-1": 200, "demo-cadre-1": 404, "demo-resident-1": 404, "demo-advisor-3": 404} {
		w.as(code).call("GET", "/api/v1/files/"+id, nil).want(status)
	}
}

func TestAnAdvisorsPhotoIsPublic(t *testing.T) {
	w := newWorld(t)
	adv, path := w.as("demo-advisor-1"), "/api/v1/advisors/"+mainAdvisor+"/photo"
	w.nobody().call("GET", path, nil).refused(404, "not_found")
	id := adv.send("a", "file", picture).want(201).text("id")
	adv.call("PUT", "/api/v1/me/photo", map[string]any{"file": id}).want(200)
	card := w.nobody().call("GET", "/api/v1/advisors/"+mainAdvisor, nil).want(200)
	if card.text("photo") != id {
		t.Errorf("the card: %s", card.body)
	}
	got := w.nobody().call("GET", path, nil).want(200)
	for name, want := range map[string]string{"Content-Type": "image/png", "Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox"} {
		if diff := cmp.Diff([]string{want}, got.header.Values(name)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if !bytes.HasPrefix(got.body, []byte("\x89PNG")) {
		t.Errorf("given out: %.20q", got.body)
	}
	tag := got.header.Get("ETag")
	for tags, status := range map[string]int{tag: 304, `"other", W/` + tag: 304, "*": 304, `"other"`: 200} {
		a := w.nobody().call("GET", path, nil, header("If-None-Match", tags)).want(status)
		if a.header.Get("ETag") != tag || status == 304 && len(a.body) > 0 {
			t.Errorf("to who has %s: %d bytes, %s", tags, len(a.body), a.header.Get("ETag"))
		}
	}
	w.as("demo-advisor-2").call("PUT", "/api/v1/me/photo", map[string]any{"file": id}).refused(422, "invalid_fields", "file unknown_file")
	w.as("demo-advisor-2").call("GET", "/api/v1/files/"+id, nil).refused(404, "not_found")
	adv.call("PUT", "/api/v1/me/photo", map[string]any{"file": nil}).want(200)
	w.nobody().call("GET", path, nil).refused(404, "not_found")
}

func TestFormsThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	c := w.as("demo-resident-1")
	c.call("POST", "/api/v1/files", "", malformed).refused(400, "idempotency_key_required")
	c.call("POST", "/api/v1/files", map[string]any{"file": "x"}, key("k"), malformed).refused(400, "malformed_form")
	c.send("k", "photo", picture).refused(400, "malformed_form")
	c.send("k", "file", picture, picture).refused(400, "malformed_form")
	form, kind := formOf("file", picture)
	c.call("POST", "/api/v1/files", form[:len(form)-20], key("k"), header("Content-Type", kind), malformed).refused(400, "malformed_form")
	c.call("POST", "/api/v1/files", form, key("k"), header("Content-Type", "multipart/form-data"), malformed).refused(400, "malformed_form")
	c.call("POST", "/api/v1/files", form, key("k"), header("Content-Type", "multipart/form-data; boundary=x"), malformed).refused(400, "malformed_form")
	c.send("k", "file", bytes.Repeat([]byte("x"), 10<<20+65<<10)).refused(400, "body_too_large")
	c.send("k", "file", bytes.Repeat([]byte("x"), 10<<20+1)).refused(422, "invalid_fields", "file file_too_large")
	c.send("k", "file", nil).refused(422, "invalid_fields", "file file_type")
	c.send("k", "file", []byte("<html><script>alert(1)</script>")).refused(422, "invalid_fields", "file file_type")
	c.send("k", "file", picture[:40]).refused(422, "invalid_fields", "file file_broken")
	w.as("demo-firm-1").send("k", "file", picture).refused(403, "forbidden")
}

// drip gives a body out bit by bit, as a slow telephone sends it.
type drip struct {
	content io.Reader
	step    int64
	pause   time.Duration
}

func (d *drip) Read(p []byte) (int, error) {
	time.Sleep(d.pause)
	return io.LimitReader(d.content, d.step).Read(p)
}

// A slow upload outlives the time that other requests have to be read and
// answered.
func TestASlowTelephoneMaySend(t *testing.T) {
	w := newWorld(t)
	token := w.as("demo-resident-1").token
	srv := httptest.NewUnstartedServer(w.handler)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 200*time.Millisecond, 300*time.Millisecond
	srv.Start()
	defer srv.Close()
	form, kind := formOf("file", picture)
	slow := &drip{strings.NewReader(form), int64(len(form)/8 + 1), 100 * time.Millisecond}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/api/v1/files", slow)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Idempotency-Key", "slow")
	res, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusCreated {
		t.Errorf("a slow upload answers %d %s, %v", res.StatusCode, body, err)
	}
}

func TestSigningIn(t *testing.T) {
	w := newWorld(t)
	adv, cadre := w.as("demo-advisor-1"), w.as("demo-cadre-1")
	at := monday.Add(-time.Hour).Format(time.RFC3339)
	post := func(c *client, k string, more ...any) *answer {
		body := map[string]any{"village": villageA, "at": at}
		for i := 0; i < len(more); i += 2 {
			body[more[i].(string)] = more[i+1]
		}
		return c.call("POST", "/api/v1/sign-ins", body, key(k), malformed)
	}
	place := post(adv, "1", "way", "place", "lat", 40.351234, "lon", 116.637654, "accuracy", 20).want(201)
	if place.at("distance") != nil || place.at("inside") != nil || place.text("advisor") != mainAdvisor || place.text("by_kind") != "advisor" ||
		place.text("claimed") != "2026-11-23T07:00:00+08:00" || place.text("received") != "2026-11-23T08:00:00+08:00" {
		t.Errorf("by place: %s", place.body)
	}
	if _, err := w.data.Towns.Update(t.Context(), townA, func(town *domain.Town) error {
		town.Villages[0].Lat, town.Villages[0].Lon = 40.351, 116.637
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	measured := post(adv, "2", "way", "place", "lat", 40.351234, "lon", 116.637654, "accuracy", 20).want(201)
	if d, _ := measured.at("distance").(float64); d < 1 || d > 200 || measured.at("inside") != true {
		t.Errorf("measured: %s", measured.body)
	}
	code := cadre.call("GET", "/api/v1/villages/"+villageA+"/sign-in-code", nil).want(200).text("code")
	post(adv, "3", "way", "code", "code", code).want(201)
	post(adv, "4", "way", "code", "code", code+"x").refused(422, "invalid_fields", "code bad_code")
	photo := adv.send("photo", "file", picture).want(201).text("id")
	if a := post(adv, "5", "way", "photo", "photo", photo).want(201); a.text("photo") != photo {
		t.Errorf("by photo: %s", a.body)
	}
	if a := post(cadre, "6", "way", "cadre", "advisor", mainAdvisor).want(201); a.text("by_kind") != "cadre" || a.text("advisor") != mainAdvisor {
		t.Errorf("by the cadre's word: %s", a.body)
	}
	post(adv, "7").refused(422, "invalid_fields", "way unknown")
	post(adv, "7", "at", "").refused(422, "invalid_fields", "at required")
	post(adv, "7", "way", "cadre").refused(422, "invalid_fields", "way not_yours")
	post(adv, "7", "lat", "40").refused(400, "malformed_json", "lat wrong_type")

	// They stand beside the log of that day, without coordinates.
	log := adv.call("POST", "/api/v1/service-logs", lecture("start", "2026-11-23T06:30:00+08:00", "end", "2026-11-23T07:30:00+08:00"), key("l")).want(201)
	if ways := log.texts("sign_ins", "way"); !slices.Equal(ways, []string{"place", "place", "code", "photo", "cadre"}) || len(log.holdsAny("40.35", "116.63")) > 0 {
		t.Errorf("beside the log: %s", log.body)
	}
}

func TestHelpersOfAVillage(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/villages/" + villageA + "/helpers"
	all := w.as("demo-advisor-1").call("GET", path, nil).want(200)
	if got := all.texts("items", "id"); !slices.Equal(got, []string{"collaborator-1", standInAdvisor}) {
		t.Errorf("helpers: %s", all.body)
	}
	first := w.as("demo-advisor-1").call("GET", path+"?limit=1", nil).want(200)
	second := w.as("demo-advisor-1").call("GET", path+"?limit=1&cursor="+url.QueryEscape(first.text("next")), nil).want(200)
	if len(first.list("items")) != 1 || len(second.list("items")) != 1 || second.text("next") != "" {
		t.Errorf("by one: %s, %s", first.body, second.body)
	}
}

package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"villagecounsel/services/wechat/wechattest"
)

// contract is the API as openapi.yaml says it is.
var contract = sync.OnceValues(func() (*openapi3.T, routers.Router) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		panic(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		panic(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		panic(err)
	}
	for _, media := range []string{"image/jpeg", "image/png", "application/pdf"} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.FileBodyDecoder)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return doc, router
})

// client speaks to the router as one person, and holds every request and every
// answer to the contract.
type client struct {
	w     *world
	token string // "" = nobody
	id    string
}

// nobody answers a client without a token.
func (w *world) nobody() *client { return &client{w: w} }

// login answers a client who has logged in by a demo code.
func (w *world) login(code string) *client {
	w.t.Helper()
	a := w.nobody().call("POST", "/api/v1/login", map[string]any{"code": code}).want(200)
	c := &client{w: w, token: a.text("token"), id: a.text("person", "id")}
	keep(c.token, c.token[strings.LastIndexByte(c.token, '.')+1:])
	login, err := w.data.Logins.Get(w.t.Context(), w.data.Hash("openid", wechattest.OpenIDOf(code)))
	if err != nil {
		w.t.Fatal(err)
	}
	keep(login.SessionKey.Reveal(), login.OpenID.Reveal())
	return c
}

// as answers the client of a demo code, logged in once.
func (w *world) as(code string) *client {
	w.t.Helper()
	if w.people[code] == nil {
		w.people[code] = w.login(code)
	}
	return w.people[code]
}

type request struct {
	*http.Request
	malformed bool // on purpose: the contract does not allow it
	outside   bool // the contract does not know this address here
}

type option func(*request)

// key sets the idempotency key.
func key(k string) option { return func(r *request) { r.Header.Set("Idempotency-Key", k) } }

// malformed says that the request breaks the contract on purpose.
func malformed(r *request) { r.malformed = true }

// outside says that the address is not routed here, whatever the contract says.
func outside(r *request) { r.outside = true }

func header(name, value string) option { return func(r *request) { r.Header.Set(name, value) } }

// answer is what came back.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   []byte
	json   any
}

// call makes a request. The body is a text as it is, or anything that becomes
// JSON.
func (c *client) call(method, path string, body any, options ...option) *answer {
	t := c.w.t
	t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	r := &request{Request: httptest.NewRequestWithContext(t.Context(), method, path, content)}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for _, o := range options {
		o(r)
	}
	doc, router := contract()
	route, params, routeErr := router.FindRoute(r.Request)
	in := &openapi3filter.RequestValidationInput{Request: r.Request, PathParams: params, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, SkipSettingDefaults: true, MultiError: true,
	}}
	if routeErr == nil && !r.malformed && !r.outside {
		if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
			t.Fatalf("%s %s: the request is not as the contract says: %v", method, path, err)
		}
	}
	rec := httptest.NewRecorder()
	c.w.handler.ServeHTTP(rec, r.Request)
	a := &answer{t: t, what: method + " " + path, status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(a.body, &a.json); err != nil {
			t.Fatalf("%s: %v: %s", a.what, err, a.body)
		}
	}
	if a.status >= 400 {
		if found := leaked(string(a.body)); len(found) > 0 {
			t.Errorf("%s: the body of a fault holds %v: %s", a.what, found, a.body)
		}
		a.isFault()
	}
	if routeErr != nil || r.outside || a.status == http.StatusMethodNotAllowed { // outside the contract: still a fault of its form
		if err := doc.Components.Schemas["Fault"].Value.VisitJSON(a.json); err != nil {
			t.Errorf("%s: %d: %v: %s", a.what, a.status, err, a.body)
		}
		return a
	}
	if a.status == http.StatusInternalServerError {
		t.Errorf("%s: %d %s", a.what, a.status, a.body)
	}
	if err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.status, Header: a.header, Options: in.Options, Body: io.NopCloser(bytes.NewReader(a.body)),
	}); err != nil {
		t.Errorf("%s: the answer %d is not as the contract says: %v\n%s", a.what, a.status, err, a.body)
	}
	return a
}

// isFault checks what every fault has.
func (a *answer) isFault() {
	a.t.Helper()
	if strings.HasSuffix(a.what, "z") { // health is for machines
		return
	}
	if a.text("request_id") != a.header.Get("X-Request-Id") {
		a.t.Errorf("%s: the body names another request than the header: %s", a.what, a.body)
	}
	if !isChinese(a.text("message")) {
		a.t.Errorf("%s: the message is not Chinese: %s", a.what, a.body)
	}
	for _, f := range a.list("fields") {
		message := f.(map[string]any)["message"].(string)
		if !strings.HasPrefix(message, "「") || !isChinese(message) || !strings.Contains(a.text("message"), message) {
			a.t.Errorf("%s: the message does not name the field in Chinese: %s", a.what, a.body)
		}
	}
}

func isChinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff })
}

// want fails the test unless the answer has this status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s answers %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

// refused fails the test unless the answer is this refusal, with these fields:
// "name reason".
func (a *answer) refused(status int, reason string, fields ...string) *answer {
	a.t.Helper()
	a.want(status)
	var got []string
	for _, f := range a.list("fields") {
		m := f.(map[string]any)
		got = append(got, m["name"].(string)+" "+m["reason"].(string))
	}
	if a.text("reason") != reason || strings.Join(got, ", ") != strings.Join(fields, ", ") {
		a.t.Fatalf("%s is refused by %s %v, want %s %v: %s", a.what, a.text("reason"), got, reason, fields, a.body)
	}
	return a
}

// at answers what stands at a path of names; nil if nothing does.
func (a *answer) at(path ...string) any {
	v := a.json
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (a *answer) text(path ...string) string {
	s, _ := a.at(path...).(string)
	return s
}

func (a *answer) list(path ...string) []any {
	l, _ := a.at(path...).([]any)
	return l
}

// texts answers one text of every item of a list.
func (a *answer) texts(list, name string) []string {
	var out []string
	for _, it := range a.list(list) {
		s, _ := it.(map[string]any)[name].(string)
		out = append(out, s)
	}
	return out
}

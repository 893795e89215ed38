package handlers_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"villagecounsel/handlers"
	"villagecounsel/services/wechat/wechattest"
)

func TestBodiesThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	c := w.as("demo-resident-1")
	for _, body := range []string{"{", "[]", "not json", `{"advisor":"a"} {"again":1}`, `"text"`, "\x00", strings.Repeat("[", 10000)} {
		c.call("POST", "/api/v1/appointments", body, key("k"), malformed).refused(400, "malformed_json")
	}
	for _, wrong := range []struct{ body, field string }{
		{`{"advisor":1}`, "advisor"},
		{`{"concerns_village":"yes"}`, "concerns_village"},
		{`{"for":"me"}`, "for"},
		{`{"for":{"phone":13800000000}}`, "for.phone"},
		{`{"topic":["a"]}`, "topic"},
	} {
		c.call("POST", "/api/v1/appointments", wrong.body, key("k"), malformed).refused(400, "malformed_json", wrong.field+" wrong_type")
	}
	c.call("POST", "/api/v1/appointments", "", key("k"), malformed).refused(400, "body_required")
	c.call("POST", "/api/v1/appointments", "   ", key("k"), malformed).refused(400, "body_required")
	adv := w.as("demo-advisor-1")
	for _, wrong := range []struct{ body, field string }{
		{`{"rev":"0"}`, "rev"},
		{`{"shifts":{}}`, "shifts"},
		{`{"shifts":[{"weekday":"1"}]}`, "shifts.weekday"},
		{`{"shifts":[{"slot_minutes":"30"}]}`, "shifts.slot_minutes"},
		{`{"openings":[{"channels":"visit"}]}`, "openings.channels"},
		{`{"daily_max":1.5}`, "daily_max"},
	} {
		adv.call("PUT", "/api/v1/me/schedule", wrong.body, malformed).refused(400, "malformed_json", wrong.field+" wrong_type")
	}
	c.call("POST", "/api/v1/appointments", `{"topic":"`+strings.Repeat("a", 64<<10)+`"}`, key("k"), malformed).refused(400, "body_too_large")
	// What is not known is left, and what a body has too much of is no fault.
	c.call("PUT", "/api/v1/me", map[string]any{"favourite_colour": "green"}).want(200)
}

func TestAnEmptyBodyOfUnknownLength(t *testing.T) {
	w := newWorld(t)
	c := w.as("demo-resident-1")
	id := c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("a")).want(201).text("id")
	unknown := func(r *request) { r.ContentLength = -1; r.Body = http.NoBody; r.TransferEncoding = []string{"chunked"} }
	c.call("POST", "/api/v1/appointments/"+id+"/cancel", nil, unknown, malformed).want(200)
}

func TestTheKeyOfARequest(t *testing.T) {
	w := newWorld(t)
	c := w.as("demo-resident-1")
	c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), malformed).refused(400, "idempotency_key_required")
	c.call("POST", "/api/v1/waitlist", map[string]any{"advisor": mainAdvisor, "village": villageA}, malformed).refused(400, "idempotency_key_required")
	for _, bad := range []string{"with space", "键", "\x7f", strings.Repeat("k", 129)} {
		c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key(bad), malformed).refused(400, "idempotency_key_required")
		c.call("POST", "/api/v1/appointments/x/arrive", nil, key(bad), malformed).refused(400, "idempotency_key_required")
	}
	c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key(strings.Repeat("k", 128))).want(201)
}

func TestFieldsAreNamedAllAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.as("demo-resident-1")
	c.call("POST", "/api/v1/appointments", map[string]any{"start": "2026-11-24T09:00:00+08:00", "channel": "fax", "village": "110",
		"other_party": strings.Repeat("长", 51), "for": map[string]any{"name": "Bob", "phone": "12"}}, key("k"), malformed).
		refused(422, "invalid_fields", "advisor required", "village bad_village", "channel unknown", "topic required", "other_party too_long",
			"for.name bad_name", "for.phone bad_phone")
	for _, tt := range []struct {
		more   []any
		fields string
	}{
		{[]any{"start", ""}, "start required"},
		{[]any{"start", "2026-11-24 09:00"}, "start bad_time"},
		{[]any{"start", tomorrow(9, 10).Format(time.RFC3339)}, "start not_offered"},
		{[]any{"start", monday.Add(90 * time.Minute).Format(time.RFC3339)}, "start too_soon"},
		{[]any{"start", monday.AddDate(0, 3, 0).Format(time.RFC3339)}, "start too_far"},
		{[]any{"village", villageFar}, "village not_served"},
		{[]any{"channel", "home"}, "address required"},
		{[]any{"advisor", "nobody"}, "advisor unknown"},
		{[]any{"advisor", "\x00"}, "advisor unknown"},
		{[]any{"advisor", strings.Repeat("a", 5000)}, "advisor unknown"},
		{[]any{"topic", "bell\a"}, "topic too_long"},
	} {
		c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0), tt.more...), key("k"), malformed).refused(422, "invalid_fields", tt.fields)
	}
	for _, tt := range []struct{ query, fields string }{
		{"limit=0", "limit bad_limit"}, {"limit=101", "limit bad_limit"}, {"limit=x", "limit bad_limit"},
		{"status=void", "status unknown"}, {"from=2026-11-31", "from bad_day"}, {"to=1", "to bad_day"},
		{"from=2026-11-02&to=2026-11-01", "to bad_range"}, {"from=2026-11-01&to=2026-12-02", "to too_wide"},
	} {
		c.call("GET", "/api/v1/appointments?"+tt.query, nil, malformed).refused(422, "invalid_fields", tt.fields)
	}
	c.call("GET", "/api/v1/appointments?from=2026-11-01&to=2026-12-01", nil).want(200)
	c.call("POST", "/api/v1/notices/read", map[string]any{}, malformed).refused(422, "invalid_fields", "until required")
	w.as("demo-advisor-1").call("PUT", "/api/v1/me/photo", map[string]any{}, malformed).refused(422, "invalid_fields", "file required")
	w.as("demo-advisor-1").call("PUT", "/api/v1/me/photo", map[string]any{"file": "none"}).refused(422, "invalid_fields", "file unknown_file")
	w.as("demo-advisor-1").call("PUT", "/api/v1/me/photo", map[string]any{"file": 1}, malformed).refused(400, "malformed_json", "file wrong_type")
	c.call("GET", "/api/v1/notices?unread=maybe", nil, malformed).refused(422, "invalid_fields", "unread unknown")
	c.call("GET", "/api/v1/villages?district=11&town=1&q="+strings.Repeat("q", 51), nil, malformed).
		refused(422, "invalid_fields", "q too_long", "district bad_code", "town bad_code")
	c.call("GET", "/api/v1/advisors/"+mainAdvisor+"/slots?channel=fax&village=1&from=2026-11-24", nil, malformed).
		refused(422, "invalid_fields", "village bad_code", "channel unknown")
	c.call("PUT", "/api/v1/me", map[string]any{"name": "X", "phone": "1", "village": "110116001003"}, malformed).
		refused(422, "invalid_fields", "name bad_name", "phone bad_phone", "village unknown_village")
	w.as("demo-cadre-1").call("PUT", "/api/v1/me", map[string]any{"name": "孙立夏", "village": villageB}).
		refused(422, "invalid_fields", "name kept_by_office", "village kept_by_office")
	a := c.call("PUT", "/api/v1/me", map[string]any{"phone": "1"}, malformed)
	if got := a.text("message"); !strings.Contains(got, "「手机号」") {
		t.Errorf("the message reads %s", got)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	w := newWorld(t)
	c := w.as("demo-resident-1")
	c.call("GET", "/api/v1/nothing", nil).refused(404, "not_found")
	c.call("GET", "/api/v1/appointments/", nil, outside).refused(404, "not_found")
	if a := c.call("DELETE", "/api/v1/appointments", nil).refused(405, "method_not_allowed"); !strings.Contains(a.header.Get("Allow"), "POST") {
		t.Errorf("405 allows %q", a.header.Get("Allow"))
	}
	c.call("PUT", "/api/v1/login", nil).refused(405, "method_not_allowed")
	for _, id := range []string{"none", "%00", "%FF", "%24where", "a%7Cb", "..%2F..", strings.Repeat("a", 4000), url.PathEscape("编号"), "%7B%22%24gt%22%3A1%7D"} {
		c.call("GET", "/api/v1/appointments/"+id, nil, outside).refused(404, "not_found")
		c.call("POST", "/api/v1/appointments/"+id+"/cancel", nil, outside).refused(404, "not_found")
		c.call("GET", "/api/v1/villages/"+id, nil, outside).refused(404, "not_found")
		c.call("GET", "/api/v1/villages/"+id+"/advisors", nil, outside).refused(404, "not_found")
		c.call("GET", "/api/v1/advisors/"+id, nil, outside).refused(404, "not_found")
		c.call("GET", "/api/v1/advisors/"+id+"/slots", nil, outside).refused(404, "not_found")
		c.call("GET", "/api/v1/advisors/"+id+"/photo", nil, outside).refused(404, "not_found")
		c.call("POST", "/api/v1/notices/"+id+"/read", nil, outside).refused(404, "not_found")
		c.call("DELETE", "/api/v1/waitlist/"+id, nil, outside).refused(404, "not_found")
		w.as("demo-advisor-1").call("DELETE", "/api/v1/me/closures/"+id, nil, outside).refused(404, "not_found")
		for _, thing := range []string{"service-logs/", "complaints/", "files/"} {
			w.as("demo-town-1").call("GET", "/api/v1/"+thing+id, nil, outside).refused(404, "not_found")
		}
		w.as("demo-advisor-1").call("GET", "/api/v1/service-logs/"+id+"/versions", nil, outside).refused(404, "not_found")
		w.as("demo-advisor-1").call("POST", "/api/v1/service-logs/"+id+"/correct", `{"version":1,"reason":"x"}`, outside).refused(404, "not_found")
		w.as("demo-cadre-1").call("POST", "/api/v1/service-logs/"+id+"/confirm", nil, outside).refused(404, "not_found")
		w.as("demo-town-1").call("POST", "/api/v1/complaints/"+id+"/answer", `{"text":"x","outcome":"upheld"}`, outside).refused(404, "not_found")
		w.as("demo-cadre-1").call("GET", "/api/v1/villages/"+id+"/sign-in-code", nil, outside).refused(404, "not_found")
		w.as("demo-town-1").call("GET", "/api/v1/villages/"+id+"/helpers", nil, outside).refused(404, "not_found")
		w.as("demo-town-1").call("GET", "/api/v1/records?advisor="+id, nil, outside)
		w.as("demo-security-1").call("DELETE", "/api/v1/people/"+id+"/sessions", nil, outside).refused(404, "not_found")
		w.as("demo-town-1").call("POST", "/api/v1/people/"+id+"/bind-codes", nil, key("k"), outside).refused(404, "not_found")
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	c := w.login("demo-resident-1")
	header64 := base64.RawURLEncoding.EncodeToString
	claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
		cl := jwt.MapClaims{"sub": c.id, "iss": "villagecounsel", "aud": "villagecounsel-api", "ver": 0,
			"iat": w.now().Unix(), "exp": w.now().Add(time.Hour).Unix()}
		if change != nil {
			change(cl)
		}
		return cl
	}
	kid := header64([]byte{})
	if parsed, _, err := jwt.NewParser().ParseUnverified(c.token, jwt.MapClaims{}); err == nil {
		kid, _ = parsed.Header["kid"].(string)
	}
	sign := func(method jwt.SigningMethod, key any, kid any, cl jwt.MapClaims) string {
		tok := jwt.NewWithClaims(method, cl)
		if kid != nil {
			tok.Header["kid"] = kid
		}
		s, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	hs := jwt.SigningMethodHS256
	without := func(name string) jwt.MapClaims { return claims(func(cl jwt.MapClaims) { delete(cl, name) }) }
	with := func(name string, v any) jwt.MapClaims { return claims(func(cl jwt.MapClaims) { cl[name] = v }) }
	parts := strings.Split(c.token, ".")
	for _, tt := range []struct{ name, authorization, reason string }{
		{"nothing", "", "token_required"},
		{"basic", "Basic YTpi", "token_bad"},
		{"no scheme", c.token, "token_bad"},
		{"empty", "Bearer ", "token_bad"},
		{"garbage", "Bearer garbage", "token_bad"},
		{"three dots", "Bearer a.b.c", "token_bad"},
		{"alg none", "Bearer " + sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid, claims(nil)), "token_bad"},
		{"alg HS512", "Bearer " + sign(jwt.SigningMethodHS512, testKey, kid, claims(nil)), "token_bad"},
		{"another key", "Bearer " + sign(hs, []byte(strings.Repeat("x", 32)), kid, claims(nil)), "token_bad"},
		{"another key id", "Bearer " + sign(hs, testKey, "00000000", claims(nil)), "token_bad"},
		{"no key id", "Bearer " + sign(hs, testKey, nil, claims(nil)), "token_bad"},
		{"a number as key id", "Bearer " + sign(hs, testKey, 7, claims(nil)), "token_bad"},
		{"another issuer", "Bearer " + sign(hs, testKey, kid, with("iss", "x")), "token_bad"},
		{"no issuer", "Bearer " + sign(hs, testKey, kid, without("iss")), "token_bad"},
		{"another audience", "Bearer " + sign(hs, testKey, kid, with("aud", "x")), "token_bad"},
		{"no audience", "Bearer " + sign(hs, testKey, kid, without("aud")), "token_bad"},
		{"no expiry", "Bearer " + sign(hs, testKey, kid, without("exp")), "token_bad"},
		{"no subject", "Bearer " + sign(hs, testKey, kid, without("sub")), "token_bad"},
		{"expired", "Bearer " + sign(hs, testKey, kid, with("exp", w.now().Add(-time.Second).Unix())), "token_expired"},
		{"an old version", "Bearer " + sign(hs, testKey, kid, with("ver", -1)), "token_revoked"},
		{"a person who is not", "Bearer " + sign(hs, testKey, kid, with("sub", "nobody")), "token_revoked"},
		{"another's claims", "Bearer " + parts[0] + "." + header64(mustJSON(t, claims(func(cl jwt.MapClaims) { cl["sub"] = "security-1" }))) + "." + parts[2], "token_bad"},
		{"a cut signature", "Bearer " + c.token[:len(c.token)-2], "token_bad"},
		{"twice", "Bearer Bearer " + c.token, "token_bad"},
	} {
		opts := []option{malformed}
		if tt.authorization != "" {
			opts = append(opts, header("Authorization", tt.authorization))
		}
		a := w.nobody().call("GET", "/api/v1/me", nil, opts...)
		if a.status != 401 || a.text("reason") != tt.reason || a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d %s, want 401 %s", tt.name, a.status, a.body, tt.reason)
		}
	}
	good := sign(hs, testKey, kid, claims(nil))
	w.nobody().call("GET", "/api/v1/me", nil, header("Authorization", "Bearer "+good)).want(200)
	// A token lasts two hours to the second, and no longer.
	w.pass(2*time.Hour - time.Second)
	c.call("GET", "/api/v1/me", nil).want(200)
	w.pass(time.Second)
	c.call("GET", "/api/v1/me", nil).refused(401, "token_expired")
}

func TestATokenSaysNothingOfAPerson(t *testing.T) {
	w := newWorld(t)
	c := w.login("demo-resident-1")
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(c.token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	for name := range got {
		if !slices.Contains([]string{"sub", "iss", "aud", "iat", "exp", "ver"}, name) {
			t.Errorf("a token holds %s", name)
		}
	}
	mac := hmac.New(sha256.New, testKey)
	mac.Write([]byte(c.token[:strings.LastIndexByte(c.token, '.')]))
	if sum := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)); !strings.HasSuffix(c.token, "."+sum) {
		t.Error("a token is not signed by HMAC-SHA256 over header and claims")
	}
}

func TestLoginFaults(t *testing.T) {
	w := newWorld(t)
	login := func(code string) *answer {
		return w.nobody().call("POST", "/api/v1/login", map[string]any{"code": code}, malformed)
	}
	login("").refused(422, "invalid_fields", "code bad_code")
	login("x&appid=y").refused(422, "invalid_fields", "code bad_code")
	login("demo-mayor-1").refused(401, "wechat_code_invalid")
	openid := "oAbCdEfGhIjKlMnOpQrStUvWxYz0"
	keep(openid)
	once := w.platform.Issue(openid)
	keep(once)
	login(once).want(200)
	login(once).refused(401, "wechat_code_used")
	for errcode, want := range map[int]string{40226: "403 wechat_blocked", 45011: "429 wechat_too_often", 40013: "503 wechat_settings", 12345: "503 wechat_unavailable"} {
		w.platform.Fail(1, wechattest.Fault{Code: errcode})
		if a := login("demo-resident-1"); fmt.Sprint(a.status, " ", a.text("reason")) != want {
			t.Errorf("errcode %d: %d %s, want %s", errcode, a.status, a.body, want)
		}
	}
	w.platform.Fail(1, wechattest.Fault{Status: 502})
	login("demo-resident-1").refused(503, "wechat_unavailable")
	w.platform.Fail(1, wechattest.Fault{Cut: true})
	login("demo-resident-1").refused(503, "wechat_unavailable")
	login("demo-resident-1").want(200)
}

func TestTheRateLimit(t *testing.T) {
	wall := time.Now()
	w := newWorld(t, func(c *handlers.Config) { c.RateLimit = 5; c.Wall = func() time.Time { return wall } })
	c, other := w.login("demo-resident-1"), w.login("demo-resident-2")
	for i := range 10 {
		if a := c.call("GET", "/api/v1/me", nil); a.status != 200 {
			t.Fatalf("request %d of a burst of 10 answers %d", i+1, a.status)
		}
	}
	if a := c.call("GET", "/api/v1/me", nil).refused(429, "too_many_requests"); a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
	other.call("GET", "/api/v1/me", nil).want(200)
	wall = wall.Add(time.Second)
	for range 5 {
		c.call("GET", "/api/v1/me", nil).want(200)
	}
	c.call("GET", "/api/v1/me", nil).refused(429, "too_many_requests")
	// Somebody without a token is held by address.
	status := 0
	for range 11 {
		status = w.nobody().call("GET", "/api/v1/privacy", nil).status
	}
	if status != 429 {
		t.Errorf("the eleventh request of one address answers %d", status)
	}
}

func TestAPanicIsAnInternalFault(t *testing.T) {
	w := newWorld(t, func(c *handlers.Config) { c.Roster = nil })
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/advisors/"+mainAdvisor, nil)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	var got map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != 500 || got["reason"] != "internal" {
		t.Errorf("a panic answers %d %s", rec.Code, rec.Body)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	w := newWorld(t)
	for _, a := range []*answer{w.nobody().call("GET", "/api/v1/privacy", nil), w.nobody().call("GET", "/api/v1/me", nil), w.nobody().call("GET", "/nothing", nil)} {
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
			if a.header.Get(name) != want {
				t.Errorf("%s: %s is %q", a.what, name, a.header.Get(name))
			}
		}
		if got := a.header.Get("Date"); got != "Mon, 23 Nov 2026 00:00:00 GMT" {
			t.Errorf("%s: its date is %s", a.what, got)
		}
	}
	// The date goes with the house's clock, also where the server adds one of its own.
	w.pass(90 * time.Second)
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	res, err := srv.Client().Get(srv.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if got := res.Header.Values("Date"); len(got) != 1 || got[0] != "Mon, 23 Nov 2026 00:01:30 GMT" {
		t.Errorf("later its date is %v", got)
	}
}

func TestLogsSayWhatHappenedAndNothingElse(t *testing.T) {
	before := len(logs.text())
	w := newWorld(t)
	c := w.login("demo-resident-1")
	c.call("GET", "/api/v1/villages?q="+url.QueryEscape("王秀英"), nil).want(200)
	c.call("GET", "/api/v1/appointments/13900000001", nil).want(404)
	var line map[string]any
	for text := range strings.Lines(logs.text()[before:]) {
		var l map[string]any
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if l["msg"] == "request" {
			line = l
		}
	}
	if line["route"] != "/api/v1/appointments/:id" || line["reason"] != "not_found" || line["kind"] != "resident" || line["status"] != 404.0 || line["request_id"] == "" {
		t.Errorf("the log says %v", line)
	}
	if strings.Contains(logs.text()[before:], "13900000001") || strings.Contains(logs.text()[before:], "王秀英") {
		t.Error("the log holds what stood in an address")
	}
}

func TestTheAdminListener(t *testing.T) {
	w := newWorld(t)
	w.login("demo-resident-1")
	get := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		w.server.Admin().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		return rec
	}
	if body := get("/metrics").Body.String(); !strings.Contains(body, `villagecounsel_requests_total{method="POST",route="/api/v1/login",status="200"} 1`) {
		t.Errorf("the figures: %.300s", body)
	}
	if get("/healthz").Code != 200 || get("/readyz").Code != 200 {
		t.Error("not healthy, or not ready")
	}
	if found := leaked(get("/metrics").Body.String()); len(found) > 0 {
		t.Errorf("the figures hold %v", found)
	}
}

func TestTheViewer(t *testing.T) {
	w := newWorld(t)
	a := w.nobody().call("GET", "/docs/assets/../openapi.go", nil, outside)
	if a.status == 200 {
		t.Error("an asset outside the folder is served")
	}
	if a := w.nobody().call("GET", "/docs/assets/x.txt", nil, outside); a.status != 404 {
		t.Errorf("an unknown asset answers %d", a.status)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/docs", nil))
	if rec.Code != 200 && rec.Code != 503 {
		t.Errorf("the viewer answers %d", rec.Code)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

package wechattest_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/wechat/wechattest"

	"github.com/google/go-cmp/cmp"
)

func TestDemoCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, kind := range domain.Kinds {
		for code, n := range map[string]int{"1": 1, "17": 17, "1000000": 1000000} {
			code := "demo-" + string(kind) + "-" + code
			openid := wechattest.OpenIDOf(code)
			if len(openid) != 28 {
				t.Errorf("OpenIDOf(%q) = %q, want 28 characters", code, openid)
			}
			if other := seen[openid]; other != "" {
				t.Errorf("%q and %q share the openid %q", code, other, openid)
			}
			seen[openid] = code
			if k, m, ok := wechattest.ParseDemo(openid); !ok || k != kind || m != n {
				t.Errorf("ParseDemo(%q) = %q, %d, %v", openid, k, m, ok)
			}
		}
	}
}

func TestNoDemoCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"", "demo", "demo-", "demo-resident", "demo-resident-", "demo-resident-0", "demo-resident-01",
		"demo-resident--1", "demo-resident-+1", "demo-resident-1000001", "demo-resident-1-1", "demo-resident-1x",
		"demo-resident-99999999999999999999", "demo-mayor-1", "demo--1", "resident-1", "Demo-resident-1",
		"demo_resident_00000000000017",
	} {
		if got := wechattest.OpenIDOf(code); got != "" {
			t.Errorf("OpenIDOf(%q) = %q, want none", code, got)
		}
	}
	for _, openid := range []string{
		"", "demo_resident_17", "demo_resident_00000000000000", "demo_resident_00000001000001",
		"demo_resident_000000000000017", "demo_mayor_00000000000000017", "demo_resident_+0000000000017",
		"oAbCdEfGhIjKlMnOpQrStUvWxYz0", "resident_0000000000000000017",
	} {
		if k, n, ok := wechattest.ParseDemo(openid); ok {
			t.Errorf("ParseDemo(%q) = %q, %d, want none", openid, k, n)
		}
	}
}

// answer is every field a login may be answered with.
type answer struct {
	Code       int    `json:"errcode"`
	OpenID     string `json:"openid"`
	SessionKey string `json:"session_key"`
}

func TestParameters(t *testing.T) {
	t.Parallel()
	p, _ := start(t)
	good := url.Values{
		"appid": {"wx1"}, "secret": {"s3cret"},
		"js_code": {"demo-resident-1"}, "grant_type": {"authorization_code"},
	}
	for _, c := range []struct {
		name, value string
		remove      bool
		want        int
	}{
		{name: "appid", remove: true, want: 41002},
		{name: "appid", value: "wx2", want: 40013},
		{name: "secret", remove: true, want: 41004},
		{name: "secret", value: "other", want: 40125},
		{name: "grant_type", value: "client_credential", want: 40002},
		{name: "grant_type", remove: true, want: 40002},
		{name: "js_code", remove: true, want: 41008},
		{name: "js_code", value: "demo-resident-01", want: 40029},
		{name: "js_code", value: "nobody-issued-this", want: 40029},
	} {
		q := url.Values{}
		maps.Copy(q, good)
		if q.Set(c.name, c.value); c.remove {
			q.Del(c.name)
		}
		if got := ask(t, p, q); got != (answer{Code: c.want}) {
			t.Errorf("%s = %q, removed %v: got %+v, want errcode %d", c.name, c.value, c.remove, got, c.want)
		}
	}

	got := ask(t, p, good)
	if key, err := base64.StdEncoding.DecodeString(got.SessionKey); err != nil || len(key) != 16 {
		t.Errorf("session key %q: %v", got.SessionKey, err)
	}
	want := answer{OpenID: wechattest.OpenIDOf("demo-resident-1"), SessionKey: got.SessionKey}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestIssuedCodes(t *testing.T) {
	t.Parallel()
	p, clock := start(t)
	a, b := p.Issue("openid-a"), p.Issue("openid-a")
	if a == b {
		t.Fatalf("the same code twice: %q", a)
	}
	check := func(step, code string, want int) {
		t.Helper()
		if got := login(t, p, code); got.Code != want {
			t.Errorf("%s: errcode %d, want %d", step, got.Code, want)
		}
	}
	check("first use", a, 0)
	check("second use", a, 40163)
	clock.add(5*time.Minute - time.Millisecond)
	check("used, at the end of its life", a, 40163)
	check("unused, at the end of its life", b, 0)
	clock.add(time.Millisecond)
	check("used, after its life", a, 40029)

	late := p.Issue("openid-a")
	clock.add(5 * time.Minute)
	check("unused, after its life", late, 40029)
}

func TestRate(t *testing.T) {
	t.Parallel()
	p, clock := start(t)
	for range 100 {
		if got := login(t, p, p.Issue("openid-a")); got.Code != 0 {
			t.Fatalf("errcode %d within the quota", got.Code)
		}
	}
	over := p.Issue("openid-a")
	if got := login(t, p, over); got.Code != 45011 {
		t.Errorf("the 101st: errcode %d, want 45011", got.Code)
	}
	if got := login(t, p, p.Issue("openid-b")); got.Code != 0 {
		t.Errorf("another person: errcode %d", got.Code)
	}
	clock.add(time.Minute)
	if got := login(t, p, over); got.Code != 0 {
		t.Errorf("the same code a minute later: errcode %d", got.Code)
	}
	for range 150 {
		if got := login(t, p, "demo-resident-1"); got.Code != 0 {
			t.Fatalf("a demo code: errcode %d", got.Code)
		}
	}
}

func TestFaultsInTurn(t *testing.T) {
	t.Parallel()
	p, _ := start(t)
	p.Fail(2, wechattest.Fault{Code: -1})
	p.Fail(1, wechattest.Fault{Code: 12345, Slow: 30 * time.Millisecond})
	var got []int
	for range 4 {
		got = append(got, login(t, p, "demo-resident-1").Code)
	}
	if d := cmp.Diff([]int{-1, -1, 12345, 0}, got); d != "" {
		t.Error(d)
	}
}

func TestStartNeedsItsOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []wechattest.Options{
		{},
		{AppSecret: "s", Now: time.Now},
		{AppID: "wx1", Now: time.Now},
		{AppID: "wx1", AppSecret: "s"},
	} {
		if _, err := wechattest.Start(o); err == nil {
			t.Errorf("%+v: started", o)
		}
	}
}

// clock is a clock that is moved by hand.
type clock struct{ passed atomic.Int64 }

func (c *clock) add(d time.Duration) { c.passed.Add(int64(d)) }

func (c *clock) now() time.Time {
	return time.Date(2026, 11, 25, 9, 0, 0, 0, domain.China).Add(time.Duration(c.passed.Load()))
}

func start(t *testing.T) (*wechattest.Platform, *clock) {
	t.Helper()
	c := &clock{}
	p, err := wechattest.Start(wechattest.Options{AppID: "wx1", AppSecret: "s3cret", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if !strings.HasPrefix(p.URL(), "http://127.0.0.1:") {
		t.Fatalf("not on loopback: %s", p.URL())
	}
	return p, c
}

func login(t *testing.T, p *wechattest.Platform, code string) answer {
	t.Helper()
	return ask(t, p, url.Values{
		"appid": {"wx1"}, "secret": {"s3cret"}, "js_code": {code}, "grant_type": {"authorization_code"},
	})
}

func ask(t *testing.T, p *wechattest.Platform, q url.Values) answer {
	t.Helper()
	r, err := http.Get(p.URL() + "/sns/jscode2session?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return a
}

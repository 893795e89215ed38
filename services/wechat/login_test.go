package wechat_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/wechat"
	"villagecounsel/services/wechat/wechattest"

	"github.com/google/go-cmp/cmp"
)

const (
	appID = "wx0123456789abcdef"
	// A secret that must be escaped, to see that it is.
	secret = "S3CRET&js_code=demo-city-1%20#+"
	demo   = "demo-resident-17"
)

var (
	invalid     = domain.Fault(domain.Unauthenticated, "wechat_code_invalid")
	used        = domain.Fault(domain.Unauthenticated, "wechat_code_used")
	tooOften    = domain.Fault(domain.TooMany, "wechat_too_often")
	blocked     = domain.Fault(domain.Forbidden, "wechat_blocked")
	settings    = domain.Fault(domain.Unavailable, "wechat_settings")
	unavailable = domain.Fault(domain.Unavailable, "wechat_unavailable")
)

func TestLogin(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	var keys []domain.Private
	for range 3 { // demo codes may be used again
		s, err := c.Login(t.Context(), demo)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.OpenID.Reveal(), wechattest.OpenIDOf(demo); got != want {
			t.Errorf("openid %q, want %q", got, want)
		}
		if key, err := base64.StdEncoding.DecodeString(s.SessionKey.Reveal()); err != nil || len(key) != 16 {
			t.Errorf("session key: %d bytes, %v", len(key), err)
		}
		keys = append(keys, s.SessionKey)
	}
	if keys[0] == keys[1] || keys[1] == keys[2] {
		t.Error("the session key did not change")
	}
}

func TestLoginIssuedCode(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	p, c := startAt(t, func() time.Time { return time.Unix(1764032400+passed.Load(), 0) })
	code, late := p.Issue("oSomebody"), p.Issue("oSomebody")
	s, err := c.Login(t.Context(), code)
	if err != nil || s.OpenID != "oSomebody" {
		t.Fatalf("%q, %v", s.OpenID.Reveal(), err)
	}
	_, err = c.Login(t.Context(), code)
	wantFault(t, "used", err, used)
	passed.Add(5 * 60)
	_, err = c.Login(t.Context(), late)
	wantFault(t, "expired", err, invalid)
}

func TestLoginErrcodes(t *testing.T) {
	t.Parallel()
	for errcode, want := range map[int]error{
		40029: invalid,
		40163: used,
		45011: tooOften,
		40226: blocked,
		40002: settings,
		40013: settings,
		40125: settings,
		40243: settings,
		41002: settings,
		41004: settings,
		-1:    unavailable,
		41008: unavailable,
		99999: unavailable, // unknown to the table
	} {
		t.Run(fmt.Sprint(errcode), func(t *testing.T) {
			t.Parallel()
			p, c := start(t)
			p.Fail(3, wechattest.Fault{Code: errcode})
			s, err := c.Login(t.Context(), demo)
			wantFault(t, "", err, want)
			if s != (domain.Session{}) {
				t.Error("a session beside an error")
			}
			if text := fmt.Sprintf("errcode %d", errcode); !strings.Contains(err.Error(), text) {
				t.Errorf("%q does not tell the operator %q", err, text)
			}
		})
	}
}

func TestLoginWrongSettings(t *testing.T) {
	t.Parallel()
	p, _ := start(t)
	for name, config := range map[string]wechat.Config{
		"app id":       {AppID: "wxother", AppSecret: secret, Endpoint: p.URL()},
		"secret":       {AppID: appID, AppSecret: "other", Endpoint: p.URL()},
		"no scheme":    {AppID: appID, AppSecret: secret, Endpoint: "127.0.0.1:80"},
		"no host":      {AppID: appID, AppSecret: secret, Endpoint: "http://"},
		"port alone":   {AppID: appID, AppSecret: secret, Endpoint: "http://:8080"},
		"other scheme": {AppID: appID, AppSecret: secret, Endpoint: "ftp://127.0.0.1"},
		"no address":   {AppID: appID, AppSecret: secret, Endpoint: "http://%zz"},
	} {
		_, err := wechat.New(config).Login(t.Context(), demo)
		wantFault(t, name, err, settings)
	}
}

// faults are the answers that are none, or none that can be read.
var faults = map[string]wechattest.Fault{
	"HTTP 500":       {Status: 500},
	"HTTP 502":       {Status: 502},
	"HTTP 404":       {Status: 404},
	"half answer":    {Cut: true},
	"half refusal":   {Code: 40029, Cut: true},
	"garbage":        {Body: "<html>busy</html>"},
	"empty object":   {Body: "{}"},
	"empty list":     {Body: "[]"},
	"no session key": {Body: `{"openid":"o1"}`},
	"no openid":      {Body: `{"session_key":"AAAA"}`},
	"wrong type":     {Body: `{"openid":1,"session_key":"AAAA"}`},
	"too long":       {Body: `{"openid":"o1","session_key":"AAAA","x":"` + strings.Repeat("x", 2<<20) + `"}`},
	"echo":           {Body: "no such secret: " + secret},
}

func TestLoginUnreadableAnswers(t *testing.T) {
	t.Parallel()
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, c := start(t)
			p.Fail(1, f)
			s, err := c.Login(t.Context(), demo)
			wantFault(t, "", err, unavailable)
			if s != (domain.Session{}) {
				t.Error("a session beside an error")
			}
			// It was asked once: the fault did not reach this call.
			if _, err := c.Login(t.Context(), demo); err != nil {
				t.Errorf("the next login: %v", err)
			}
		})
	}
}

func TestLoginNobodyThere(t *testing.T) {
	t.Parallel()
	p, c := start(t)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := c.Login(t.Context(), demo)
	wantFault(t, "", err, unavailable)
}

func TestLoginLostAnswerUsesTheCode(t *testing.T) {
	t.Parallel()
	p, c := start(t)
	code := p.Issue("oSomebody")
	p.Fail(1, wechattest.Fault{Cut: true})
	_, err := c.Login(t.Context(), code)
	wantFault(t, "half answer", err, unavailable)
	_, err = c.Login(t.Context(), code)
	wantFault(t, "again", err, used)
}

func TestLoginRepeatsBusyOnly(t *testing.T) {
	t.Parallel()
	p, c := start(t)
	code := p.Issue("oSomebody")
	p.Fail(2, wechattest.Fault{Code: -1})
	if _, err := c.Login(t.Context(), code); err != nil {
		t.Errorf("busy twice: %v", err)
	}

	p.Fail(3, wechattest.Fault{Code: -1})
	p.Fail(1, wechattest.Fault{Code: 40226})
	_, err := c.Login(t.Context(), demo)
	wantFault(t, "busy three times", err, unavailable)
	_, err = c.Login(t.Context(), demo)
	wantFault(t, "not asked a fourth time", err, blocked)

	p.Fail(1, wechattest.Fault{Code: 45011})
	_, err = c.Login(t.Context(), demo)
	wantFault(t, "too often", err, tooOften)
	if _, err = c.Login(t.Context(), demo); err != nil {
		t.Errorf("after too often: %v", err)
	}
}

func TestLoginWithinItsContext(t *testing.T) {
	t.Parallel()
	p, c := start(t)

	p.Fail(1, wechattest.Fault{Slow: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := c.Login(ctx, demo)
	wantFault(t, "slow", err, unavailable)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v does not say that time ran out", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}

	p.Fail(1, wechattest.Fault{Code: -1}) // the pause before the second attempt ends with the context
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Login(ctx, demo)
	wantFault(t, "busy", err, unavailable)

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = c.Login(ctx, demo)
	wantFault(t, "gone before", err, unavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not say that the caller went", err)
	}
}

func TestLoginRefusesCodes(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(s.Close)
	c := wechat.New(wechat.Config{AppID: appID, AppSecret: secret, Endpoint: s.URL})
	for _, code := range []string{
		"", " ", "x&appid=wxother", "x&secret=", "x#y", "x%26appid=1", "x y", "x\r\nHost: example.org",
		"x/../y", "x?y", "x=y", "x+y", "x\x00", "法", strings.Repeat("x", 129),
	} {
		_, err := c.Login(t.Context(), code)
		if d := cmp.Diff(domain.InvalidField("code", "bad_code").Error(), fmt.Sprint(err)); d != "" {
			t.Errorf("code %q: %s", code, d)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d of them were sent", n)
	}
	if _, _ = c.Login(t.Context(), strings.Repeat("aZ0-_9", 21)+"xx"); asked.Load() != 1 {
		t.Error("128 good characters were not sent")
	}
}

// TestRedirectsAreNotFollowed also sees to it that the secret goes nowhere
// else.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(elsewhere.Close)
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	t.Cleanup(s.Close)
	c := wechat.New(wechat.Config{AppID: appID, AppSecret: secret, Endpoint: s.URL})
	_, err := c.Login(t.Context(), demo)
	wantFault(t, "", err, unavailable)
	if asked.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

// TestNothingIsTold looks for the secret, the code, the openid and the
// platform's own words in whatever can be printed of an error.
func TestNothingIsTold(t *testing.T) {
	t.Parallel()
	all := map[string]wechattest.Fault{
		"slow":         {Slow: time.Minute},
		"chatty":       {Body: `{"errcode":40013,"errmsg":"busy ` + secret + `"}`},
		"chatty retry": {Body: `{"errcode":-1,"errmsg":"busy ` + secret + `"}`},
		"-1":           {Code: -1},
		"unknown":      {Code: 99999},
	}
	maps.Copy(all, faults)
	for _, errcode := range []int{40002, 40013, 40029, 40125, 40163, 40226, 40243, 41002, 41004, 41008, 45011} {
		all[fmt.Sprint(errcode)] = wechattest.Fault{Code: errcode}
	}
	look := func(t *testing.T, c *wechat.Client, within time.Duration) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		_, err := c.Login(ctx, demo)
		if err == nil {
			t.Fatal("no error")
		}
		told := everything(err) + fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, c)
		for _, hidden := range []string{"S3CRET", demo, "resident", "busy", "html", "jscode2session", "put-in"} {
			if strings.Contains(told, hidden) {
				t.Errorf("%q is told:\n%s", hidden, told)
			}
		}
	}
	for name, f := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, c := start(t)
			p.Fail(3, f)
			within := 10 * time.Second
			if f.Slow > 0 {
				within = 50 * time.Millisecond
			}
			look(t, c, within)
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		p, c := start(t)
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		look(t, c, 10*time.Second)
	})
	t.Run("no address", func(t *testing.T) {
		t.Parallel()
		look(t, wechat.New(wechat.Config{AppID: appID, AppSecret: secret, Endpoint: "S3CRET"}), 10*time.Second)
	})
}

// everything prints an error and all that it wraps in every way there is.
func everything(err error) string {
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "err", err)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "err", err)
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		fmt.Fprintf(&b, "%v %+v %#v %s %q\n", err, err, err, err, err)
		switch e := err.(type) { //nolint:errorlint // every link of the chain is looked at
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				walk(err)
			}
		}
	}
	walk(err)
	return b.String()
}

// TestParallelClients has several platforms that know the same app id, so
// that a request that went astray would be noticed.
func TestParallelClients(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for i := range 4 {
		s := domain.Private(fmt.Sprintf("secret-%d", i))
		p, err := wechattest.Start(wechattest.Options{AppID: appID, AppSecret: s, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		for range 8 {
			all.Go(func() {
				c := wechat.New(wechat.Config{AppID: appID, AppSecret: s, Endpoint: p.URL()})
				for range 10 {
					openid := fmt.Sprintf("o-of-platform-%d", i)
					got, err := c.Login(t.Context(), p.Issue(openid))
					if err != nil || got.OpenID.Reveal() != openid {
						t.Errorf("platform %d: %q, %v", i, got.OpenID.Reveal(), err)
					}
				}
			})
		}
	}
	all.Wait()
}

func start(t *testing.T) (*wechattest.Platform, *wechat.Client) {
	t.Helper()
	return startAt(t, time.Now)
}

func startAt(t *testing.T, now func() time.Time) (*wechattest.Platform, *wechat.Client) {
	t.Helper()
	p, err := wechattest.Start(wechattest.Options{AppID: appID, AppSecret: secret, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, wechat.New(wechat.Config{AppID: appID, AppSecret: secret, Endpoint: p.URL()})
}

func wantFault(t *testing.T, step string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", step, got, want)
	}
}

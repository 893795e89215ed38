package wechat

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"villagecounsel/services/domain"

	"github.com/silenceper/wechat/v2/util"
)

func TestBaseOf(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"":                        "https://api.weixin.qq.com",
		"http://127.0.0.1:8081":   "http://127.0.0.1:8081",
		"https://simulator.local": "https://simulator.local",
	} {
		if got := baseOf(endpoint); got.String() != want {
			t.Errorf("baseOf(%q) = %s, want %s", endpoint, got, want)
		}
	}
}

func TestGateRefuses(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(s.Close)
	c := New(Config{AppID: "wx1", AppSecret: "s", Endpoint: s.URL})
	ours := context.WithValue(t.Context(), callKey{}, &call{client: c})

	for _, refused := range []struct {
		name    string
		ctx     context.Context
		address string
	}{
		{"another host", ours, "https://api2.weixin.qq.com/x"},
		{"another port", ours, "https://api.weixin.qq.com:8443/x"},
		{"the simulator by name", ours, s.URL},
		{"in clear", ours, "http://api.weixin.qq.com/x"},
		{"by nobody", t.Context(), "https://api.weixin.qq.com/x"},
	} {
		if _, err := util.HTTPGetContext(refused.ctx, refused.address); !errors.Is(err, errRefused) {
			t.Errorf("GET, %s: %v", refused.name, err)
		}
		if _, err := util.PostJSONContext(refused.ctx, refused.address, "x"); !errors.Is(err, errRefused) {
			t.Errorf("POST, %s: %v", refused.name, err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests went out", n)
	}
	if _, err := util.PostJSONContext(ours, "https://api.weixin.qq.com/x", "x"); err != nil || asked.Load() != 1 {
		t.Errorf("our own: %v", err)
	}
}

// TestTheLibraryDoesNotKnowTheSecret looks at the error that Login drops.
func TestTheLibraryDoesNotKnowTheSecret(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	c := New(Config{AppID: "wx1", AppSecret: "S3CRET", Endpoint: s.URL})
	ctx := context.WithValue(t.Context(), callKey{}, &call{client: c})
	for _, step := range []func(){func() {}, s.Close} {
		step()
		_, err := c.auth.Code2SessionContext(ctx, "code")
		if err == nil || !strings.Contains(err.Error(), secretMark) || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("the library says: %v", err)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := New(Config{AppID: "wx1", AppSecret: "s"})
	if c.limit != 5*time.Second || cap(c.slots) != 64 {
		t.Errorf("limits %v, %d", c.limit, cap(c.slots))
	}
}

func TestRequestsInFlight(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(20 * time.Millisecond)
		now.Add(-1) // before the answer leaves, and so before the slot is free
		_, _ = w.Write([]byte(`{"openid":"o1","session_key":"AAAA"}`))
	}))
	t.Cleanup(s.Close)
	c := New(Config{AppID: "wx1", AppSecret: "s", Endpoint: s.URL})
	c.slots = make(chan struct{}, 2)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := c.Login(t.Context(), "code"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := most.Load(); n != 2 {
		t.Errorf("%d requests at once, want 2", n)
	}
}

func TestAPlatformThatHangs(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(s.Close)
	c := New(Config{AppID: "wx1", AppSecret: "s", Endpoint: s.URL})
	c.limit, c.slots = 100*time.Millisecond, make(chan struct{}, 2)
	var all sync.WaitGroup
	for range 6 { // two hang, four get no slot
		all.Go(func() {
			_, err := c.Login(t.Context(), "code")
			if !errors.Is(err, domain.Fault(domain.Unavailable, "wechat_unavailable")) || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(c.slots); n != 0 {
		t.Errorf("%d slots were not given back", n)
	}
}

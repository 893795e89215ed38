// Package wechattest is the WeChat platform's simulator: a real HTTP server
// on loopback that behaves as the platform is documented to, faults
// included. Tests and the demo mode point a wechat.Client at it.
package wechattest

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"villagecounsel/services/domain"
)

// Options say which mini-program the platform knows.
type Options struct {
	AppID     string
	AppSecret domain.Private
	Now       func() time.Time
}

// Platform is a running simulator.
type Platform struct {
	options Options
	server  *http.Server
	url     string
	served  chan struct{} // closed when the server has ended
	codes   codes

	mu     sync.Mutex
	faults []Fault
}

// Start starts a simulator on a free port of loopback.
func Start(o Options) (*Platform, error) {
	if o.AppID == "" || o.AppSecret == "" || o.Now == nil {
		return nil, errors.New("wechattest: app id, secret and clock are needed")
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wechattest: listen: %w", err)
	}
	p := &Platform{
		options: o,
		url:     "http://" + listener.Addr().String(),
		served:  make(chan struct{}),
		codes:   codes{now: o.Now, issued: map[string]issued{}, logins: map[string][]time.Time{}},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sns/jscode2session", p.answer(p.login))
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(listener) // ends by Close
	}()
	return p, nil
}

// URL answers the base address, "http://127.0.0.1:port".
func (p *Platform) URL() string { return p.url }

// Close stops the simulator and cuts its connections.
func (p *Platform) Close() error {
	err := p.server.Close()
	<-p.served
	return err
}

// Issue makes a code as wx.login does for the person with this openid. It
// works once, for five minutes.
func (p *Platform) Issue(openid string) string { return p.codes.issue(openid) }

// Fault is something that goes wrong with one call. Slow and Cut go together
// with the others.
type Fault struct {
	Slow   time.Duration // the answer comes only after this time
	Code   int           // the answer is this errcode; the call does nothing
	Status int           // the answer is this HTTP status; the call does nothing
	Body   string        // the answer is this text; the call does nothing
	Cut    bool          // the connection breaks off in the middle of the answer
}

// Fail lets the next n calls go wrong, after those already told to.
func (p *Platform) Fail(n int, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, slices.Repeat([]Fault{f}, n)...)
}

// fault takes the fault of this call; the zero Fault is none.
func (p *Platform) fault() Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) == 0 {
		return Fault{}
	}
	f := p.faults[0]
	p.faults = p.faults[1:]
	return f
}

// answer makes a handler of a call, which answers a value for the JSON body.
func (p *Platform) answer(call func(*http.Request) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := p.fault()
		if f.Slow > 0 && !sleep(r.Context(), f.Slow) {
			return
		}
		var body []byte
		switch {
		case f.Status != 0:
			body = []byte(http.StatusText(f.Status))
		case f.Body != "":
			body = []byte(f.Body)
		case f.Code != 0:
			body = encode(refuse(f.Code))
		default:
			body = encode(call(r))
		}
		w.Header().Set("Content-Type", "text/plain") // as the platform says of its JSON
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		if f.Status != 0 {
			w.WriteHeader(f.Status)
		}
		if f.Cut {
			_, _ = w.Write(body[:len(body)/2])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler) // the documented way to break off
		}
		_, _ = w.Write(body)
	}
}

// session is the answer to a login.
type session struct {
	SessionKey string `json:"session_key"`
	OpenID     string `json:"openid"`
}

// login is code2Session.
func (p *Platform) login(r *http.Request) any {
	q := r.URL.Query()
	switch {
	case !q.Has("appid"):
		return refuse(41002)
	case q.Get("appid") != p.options.AppID:
		return refuse(40013)
	case !q.Has("secret"):
		return refuse(41004)
	case subtle.ConstantTimeCompare([]byte(q.Get("secret")), []byte(p.options.AppSecret)) != 1:
		return refuse(40125)
	case q.Get("grant_type") != "authorization_code":
		return refuse(40002)
	case q.Get("js_code") == "":
		return refuse(41008)
	}
	openid, errcode := p.codes.use(q.Get("js_code"))
	if errcode != 0 {
		return refuse(errcode)
	}
	return session{SessionKey: newSessionKey(), OpenID: openid}
}

// refusal is the platform's answer to what it does not do.
type refusal struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

// messages are the platform's words for its errcodes.
var messages = map[int]string{
	-1:    "system error",
	40002: "invalid grant_type",
	40013: "invalid appid",
	40029: "invalid code",
	40125: "invalid appsecret",
	40163: "code been used",
	40226: "code blocked",
	41002: "appid missing",
	41004: "appsecret missing",
	41008: "missing code",
	45011: "api minute-quota reach limit, must slower",
}

func refuse(errcode int) refusal {
	m, ok := messages[errcode]
	if !ok {
		m = "error"
	}
	return refusal{errcode, m}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own plain structs come here
	}
	return b
}

// sleep waits, and reports whether the caller is still there.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// Package wechat speaks to the WeChat platform (微信小程序服务端). It is the
// only importer of silenceper/wechat.
//
// The library keeps the app secret in its addresses and its addresses in its
// errors. Therefore it is never given the secret (the gate puts it in when a
// request leaves), and none of its errors, nor any text of the platform, is
// wrapped, logged or returned: errors carry our own words and an errcode.
package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"villagecounsel/services/domain"

	"github.com/silenceper/wechat/v2/miniprogram/auth"
	"github.com/silenceper/wechat/v2/miniprogram/config"
	library "github.com/silenceper/wechat/v2/miniprogram/context"
)

// Config is what the platform knows the mini-program by.
type Config struct {
	AppID     string
	AppSecret domain.Private

	// Endpoint is the base address of a simulator, "http://127.0.0.1:port".
	// Empty means the real platform.
	Endpoint string
}

// Client is the platform as seen by one mini-program. It is safe for
// concurrent use and needs no closing.
type Client struct {
	auth   *auth.Auth
	secret domain.Private
	base   *url.URL // nil: the endpoint of the settings is no address
	slots  chan struct{}
	limit  time.Duration
}

// The limits of our own; the platform sets none that a caller could rely on.
const (
	callLimit = 5 * time.Second // one verb with its repetitions; a person is waiting
	inFlight  = 64              // requests at once: 64 hanging for 5 s still leave the server alive
)

// New makes a Client. It sends nothing. An Endpoint that cannot be read is
// told by every call as "wechat_settings"; it never means the real platform.
func New(c Config) *Client {
	install()
	return &Client{
		auth: auth.NewAuth(&library.Context{
			Config: &config.Config{AppID: c.AppID, AppSecret: secretMark},
		}),
		secret: c.AppSecret,
		base:   baseOf(c.Endpoint),
		slots:  make(chan struct{}, inFlight),
		limit:  callLimit,
	}
}

// Format keeps the secret out of anything that is printed: fmt does not ask
// the Private in an unexported field.
func (c *Client) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("[wechat client]")) }

// call is one request through the library. It travels in the request's
// context: so the gate knows whose request it is, and the client learns what
// came back without reading the library's errors.
type call struct {
	client *Client
	status int // the HTTP status of the answer; 0 if there was none
}

type callKey struct{}

// do makes one request once a slot is free.
func (c *Client) do(ctx context.Context, request func(context.Context)) (status int, err error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return 0, unavailable(fmt.Errorf("wechat: no free slot: %w", ctx.Err()))
	}
	one := &call{client: c}
	request(context.WithValue(ctx, callKey{}, one))
	return one.status, nil
}

// noAnswer says why a request brought no answer that can be read. Of the
// causes only the context's is wrapped.
func noAnswer(ctx context.Context, status int) error {
	switch {
	case ctx.Err() != nil:
		return unavailable(fmt.Errorf("wechat: no answer in time: %w", ctx.Err()))
	case status == 0:
		return unavailable(errors.New("wechat: no answer"))
	case status != 200:
		return unavailable(fmt.Errorf("wechat: HTTP status %d", status))
	}
	return unavailable(errors.New("wechat: an answer that cannot be read"))
}

func unavailable(err error) error {
	return &domain.Error{Code: domain.Unavailable, Reason: "wechat_unavailable", Err: err}
}

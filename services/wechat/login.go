package wechat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"villagecounsel/services/domain"

	"github.com/silenceper/wechat/v2/miniprogram/auth"
)

// Login exchanges the code of wx.login for the person's openid and session
// key. A code works once, so only an answer that says the platform was busy
// is asked again; after a lost answer the mini-program gets a new code.
func (c *Client) Login(ctx context.Context, code string) (domain.Session, error) {
	if !readable(code) {
		return domain.Session{}, domain.InvalidField("code", "bad_code")
	}
	if c.base == nil {
		return domain.Session{}, &domain.Error{Code: domain.Unavailable, Reason: "wechat_settings",
			Err: errors.New("wechat: the endpoint is no address")}
	}
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	for attempt := 0; ; attempt++ {
		session, errcode, err := c.login(ctx, code)
		if errcode != busy || attempt == len(pauses) {
			return session, err
		}
		select {
		case <-time.After(pauses[attempt]):
		case <-ctx.Done():
			return domain.Session{}, err
		}
	}
}

// login asks once.
func (c *Client) login(ctx context.Context, code string) (_ domain.Session, errcode int64, _ error) {
	var (
		answer auth.ResCode2Session
		failed bool
	)
	status, err := c.do(ctx, func(ctx context.Context) {
		var err error
		answer, err = c.auth.Code2SessionContext(ctx, code)
		failed = err != nil // and no more of it: see the package comment
	})
	switch {
	case err != nil:
		return domain.Session{}, 0, err
	case answer.ErrCode != 0:
		return domain.Session{}, answer.ErrCode, loginFault(answer.ErrCode)
	case failed:
		return domain.Session{}, 0, noAnswer(ctx, status)
	case answer.OpenID == "" || answer.SessionKey == "":
		return domain.Session{}, 0, unavailable(errors.New("wechat: login answered without openid or session key"))
	}
	return domain.Session{OpenID: domain.Private(answer.OpenID), SessionKey: domain.Private(answer.SessionKey)}, 0, nil
}

// busy is the platform's "try again".
const busy = -1

// pauses are the waits before the second and the third attempt.
var pauses = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond}

// loginFaults is the table of the platform's refusals. An errcode that is
// not here is none that a person could do something about.
//
// Source: the platform's pages on code2Session and on global return codes;
// 40243 from memory.
var loginFaults = map[int64]struct {
	code   domain.Code
	reason string
}{
	40029: {domain.Unauthenticated, "wechat_code_invalid"}, // unknown or older than five minutes
	40163: {domain.Unauthenticated, "wechat_code_used"},
	45011: {domain.TooMany, "wechat_too_often"},    // 100 a minute for one person
	40226: {domain.Forbidden, "wechat_blocked"},    // judged a risk by the platform
	40002: {domain.Unavailable, "wechat_settings"}, // grant type
	40013: {domain.Unavailable, "wechat_settings"}, // app id wrong
	40125: {domain.Unavailable, "wechat_settings"}, // secret wrong
	40243: {domain.Unavailable, "wechat_settings"}, // secret frozen
	41002: {domain.Unavailable, "wechat_settings"}, // app id missing
	41004: {domain.Unavailable, "wechat_settings"}, // secret missing
}

func loginFault(errcode int64) error {
	err := fmt.Errorf("wechat: login: errcode %d", errcode)
	f, ok := loginFaults[errcode]
	if !ok {
		return unavailable(err)
	}
	return &domain.Error{Code: f.code, Reason: f.reason, Err: err}
}

// maxCode bounds a code; the platform's have 32 characters.
const maxCode = 128

// readable reports whether a code may be sent. The library writes it into an
// address as it is, so "x&appid=…" must end here.
func readable(code string) bool {
	if code == "" || len(code) > maxCode {
		return false
	}
	for _, r := range []byte(code) {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '-':
		default:
			return false
		}
	}
	return true
}

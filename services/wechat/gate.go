package wechat

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

const (
	platformHost = "api.weixin.qq.com"
	maxAnswer    = 1 << 20 // bytes; the largest answer we ask for, a mini-program code, is a tenth

	// secretMark is what the library takes for the app secret.
	secretMark = "put-in-by-the-gate"
)

// install gives the library our HTTP client. The library has one package
// variable for it, so there is one for the process, set once and before any
// Client exists; what differs between Clients is found by the gate in the
// request's context. (The library's URI modifier is a package variable too,
// and it sees only an address, which for most calls does not tell whose it
// is.)
//
// A call of the library that takes no context is refused by the gate: it
// could not be bounded, and it could not be told whose it is. The library's
// util.PostJSONContext is the way round.
var install = sync.OnceFunc(func() {
	util.DefaultHTTPClient = &http.Client{
		Transport: &gate{next: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
			TLSHandshakeTimeout:    2 * time.Second,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    inFlight,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		}},
		// The platform does not redirect, and a followed redirect would
		// carry the address it came from.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       callLimit,
	}
})

// gate is the only way out. It lets requests of a Client through to the
// platform, or to the Client's simulator, and refuses everything else.
type gate struct{ next http.RoundTripper }

var errRefused = errors.New("wechat: not a request of a client to the platform")

// RoundTrip sends a request of a Client.
func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	one, ok := r.Context().Value(callKey{}).(*call)
	if !ok || r.URL.Scheme != "https" || r.URL.Host != platformHost {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, errRefused
	}
	out := r.Clone(r.Context()) // the request given is the caller's, and its address stands in errors
	out.Host = ""
	out.URL.Scheme, out.URL.Host = one.client.base.Scheme, one.client.base.Host
	if q := out.URL.Query(); q.Get("secret") == secretMark {
		q.Set("secret", one.client.secret.Reveal())
		out.URL.RawQuery = q.Encode()
	}
	answer, err := g.next.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	one.status = answer.StatusCode
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	answer.Request = r // not out, which knows the secret
	return answer, nil
}

// baseOf answers where requests go, or nil if the endpoint cannot be read.
func baseOf(endpoint string) *url.URL {
	if endpoint == "" {
		return &url.URL{Scheme: "https", Host: platformHost}
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil
	}
	return u
}

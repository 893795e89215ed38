package wechattest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"villagecounsel/services/domain"
)

// MaxDemo is the largest number of a demo code.
const MaxDemo = 1_000_000

// OpenIDOf answers the openid of a demo code "demo-KIND-N", where KIND is a
// domain.Kind and N is 1 to MaxDemo without leading zeros: always the same
// for the same code, 28 characters long as the platform's are. For any other
// code it answers "".
func OpenIDOf(code string) string {
	rest, ok := strings.CutPrefix(code, "demo-")
	if !ok {
		return ""
	}
	kind, digits, _ := strings.Cut(rest, "-")
	n, ok := number(digits)
	if !ok || strconv.Itoa(n) != digits || !slices.Contains(domain.Kinds, domain.Kind(kind)) {
		return ""
	}
	return demoOpenID(domain.Kind(kind), n)
}

// ParseDemo is the way back from an openid of OpenIDOf: it answers the KIND
// and the N of the demo code. For any other openid ok is false.
func ParseDemo(openid string) (kind domain.Kind, n int, ok bool) {
	rest, _ := strings.CutPrefix(openid, "demo_")
	name, digits, _ := strings.Cut(rest, "_")
	kind = domain.Kind(name)
	n, ok = number(digits)
	if !ok || !slices.Contains(domain.Kinds, kind) || demoOpenID(kind, n) != openid {
		return "", 0, false
	}
	return kind, n, true
}

// demoOpenID writes "demo_resident_00000000000017": the zeros fill it up to
// the length of an openid.
func demoOpenID(kind domain.Kind, n int) string {
	const length = 28
	head := "demo_" + string(kind) + "_"
	return fmt.Sprintf("%s%0*d", head, length-len(head), n)
}

func number(digits string) (n int, ok bool) {
	n, err := strconv.Atoi(digits)
	return n, err == nil && n >= 1 && n <= MaxDemo
}

// The platform's rules for codes, from its pages on wx.login and code2Session.
const (
	codeLife   = 5 * time.Minute
	rateWindow = time.Minute
	rateLimit  = 100 // logins of one person in a rateWindow
)

// codes knows which codes stand.
//
// Demo codes need no issuing and may be used again and again, as often as one
// likes: neither 40163 nor 45011 applies to them, for a load test logs the
// same demo people in over and over. Everything applies to issued codes.
type codes struct {
	now    func() time.Time
	mu     sync.Mutex
	issued map[string]issued
	logins map[string][]time.Time // by openid: those of the last rateWindow
}

type issued struct {
	openid string
	ends   time.Time
	used   bool
}

func (c *codes) issue(openid string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	maps.DeleteFunc(c.issued, func(_ string, i issued) bool { return !now.Before(i.ends) })
	code := rand.Text()
	c.issued[code] = issued{openid: openid, ends: now.Add(codeLife)}
	return code
}

// use uses up a code, or answers the errcode for why it cannot be.
func (c *codes) use(code string) (openid string, errcode int) {
	if openid := OpenIDOf(code); openid != "" {
		return openid, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	i, ok := c.issued[code]
	switch {
	case !ok || !now.Before(i.ends):
		return "", 40029
	case i.used:
		return "", 40163
	}
	recent := slices.DeleteFunc(c.logins[i.openid], func(t time.Time) bool { return now.Sub(t) >= rateWindow })
	c.logins[i.openid] = recent
	if len(recent) >= rateLimit {
		return "", 45011
	}
	c.logins[i.openid] = append(recent, now)
	i.used = true
	c.issued[code] = i
	return i.openid, 0
}

// newSessionKey answers base64 text of 16 random bytes. Each login brings a
// new one, as each may on the platform.
func newSessionKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return base64.StdEncoding.EncodeToString(b[:])
}

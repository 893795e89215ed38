package handlers_test

import (
	"fmt"
	"log/slog"
	"testing"

	"villagecounsel/handlers"
)

// FuzzBookBody holds that no body of a booking, whatever it is, makes more of
// an answer than the contract allows.
func FuzzBookBody(f *testing.F) {
	w := newWorld(f, func(c *handlers.Config) { c.Log = slog.New(slog.DiscardHandler) })
	c := w.as("demo-resident-1")
	for _, body := range []string{`{}`, `{"advisor":"advisor-main","village":"110116001001","start":"2026-11-24T09:00:00+08:00","channel":"visit","topic":"t"}`,
		`{"advisor":"advisor-main","village":"110116001001","start":"2026-11-24T10:00:00.999999999Z","channel":"home","topic":"t","address":"a","for":{"name":"某某","phone":"13800000000"},"concerns_village":true,"other_party":"北山村"}`,
		`{"start":"0000-01-01T00:00:00Z"}`, `{"start":"9999-12-31T23:59:60Z"}`, `{"for":null}`, `[]`, `null`, `"`, `{"advisor":"\u0000"}`, `{"village":"110116001001","village":1}`} {
		f.Add(body, "k")
	}
	n := 0
	f.Fuzz(func(t *testing.T, body, k string) {
		c.w.t = t
		n++
		a := c.call("POST", "/api/v1/appointments", body, key(fmt.Sprint(k, n)), malformed)
		switch a.status {
		case 400, 409, 422:
		case 201:
			c.call("POST", "/api/v1/appointments/"+a.text("id")+"/cancel", nil).want(200)
		default:
			t.Errorf("%q answers %d: %s", body, a.status, a.body)
		}
	})
}

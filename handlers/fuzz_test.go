package handlers

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// FuzzToken holds that only what Sign made is read.
func FuzzToken(f *testing.F) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, domain.China)
	tokens, err := NewTokens([]byte(strings.Repeat("k", 32)), func() time.Time { return now })
	if err != nil {
		f.Fatal(err)
	}
	made := map[string]domain.Person{}
	for i, id := range []string{"p1", "advisor-1", "r7mkq2"} {
		p := domain.Person{Meta: domain.Meta{ID: id}, Tokens: i}
		token, _, err := tokens.Sign(&p)
		if err != nil {
			f.Fatal(err)
		}
		made[token] = p
		f.Add(token)
		f.Add(token + "\n")
		f.Add(token[:len(token)-1] + "\r" + token[len(token)-1:])
		f.Add(strings.Replace(token, ".", "..", 1))
		f.Add(token + "=")
		f.Add(token[:len(token)-1])
	}
	f.Add("")
	f.Add("a.b.c")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + ".e30.")
	f.Fuzz(func(t *testing.T, token string) {
		person, version, err := tokens.Read(token)
		p, ours := made[token]
		switch {
		case err == nil && (!ours || person != p.ID || version != p.Tokens):
			t.Errorf("%q is read as %q, version %d", token, person, version)
		case err != nil && ours:
			t.Errorf("a token of ours: %v", err)
		case err != nil && (person != "" || version != 0):
			t.Errorf("a refused token names %q", person)
		}
		if e, ok := errors.AsType[*domain.Error](err); err != nil && (!ok || e.Code != domain.Unauthenticated || len(token) > 20 && strings.Contains(e.Error(), token)) {
			t.Errorf("%q is refused by %v", token, err)
		}
	})
}

// FuzzCursor holds that a cursor is read as it was written, that what nobody
// wrote is refused, and that there is one cursor for one place.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "!", "eA", "MXxh", "MXxh\n", "MHx4", "MDF8YQ", "LTF8YQ", writeCursor("n-1.2.booked"),
		writeTimeCursor(services.Cursor{Start: time.UnixMilli(1795561200000), ID: "a|b"}), strings.Repeat("e", 300)} {
		f.Add(s, int64(1795561200000), "a")
	}
	f.Fuzz(func(t *testing.T, s string, ms int64, id string) {
		bad := func(err error) bool {
			e, ok := errors.AsType[*domain.Error](err)
			return ok && e.Code == domain.Malformed && e.Reason == "bad_cursor"
		}
		if text, err := readCursor(s); err != nil && !bad(err) || err == nil && writeCursor(text) != s {
			t.Errorf("%q is read as %q, %v", s, text, err)
		}
		if c, err := readTimeCursor(s); err != nil && !bad(err) || err == nil && writeTimeCursor(c) != s {
			t.Errorf("%q is read as %v, %v", s, c, err)
		}
		if n, err := readNumberCursor(s); err != nil && !bad(err) || err == nil && writeNumberCursor(n) != s {
			t.Errorf("%q is read as %d, %v", s, n, err)
		}
		c := services.Cursor{Start: time.UnixMilli(ms), ID: id}
		written := writeTimeCursor(c)
		if len(written) > maxCursor { // no id of ours is that long
			return
		}
		back, err := readTimeCursor(written)
		if err != nil || back.ID != c.ID || id != "" && !back.Start.Equal(c.Start) {
			t.Errorf("%v comes back as %v, %v", c, back, err)
		}
	})
}

package handlers

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// appServer serves a folder as the mini-program in the browser.
func appServer(files fstest.MapFS) *Server {
	now := func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }
	s := New(Config{Now: now, Wall: now, Log: slog.New(slog.DiscardHandler), SetClock: func(time.Duration) {}})
	s.app = newSite(files)
	return s
}

func TestTheMiniProgramInTheBrowser(t *testing.T) {
	script := strings.Repeat("console.log('村');", 200)
	h := appServer(fstest.MapFS{
		"index.html": {Data: []byte("<!doctype html>")}, "main.js": {Data: []byte(script)}, "a/b.css": {Data: []byte("b{}")},
		"a/c.png": {Data: []byte("\x89PNG")}, "main.js.map": {Data: []byte("{}")}, "secret.txt": {Data: []byte("x")},
	}).Handler()
	get := func(path string, headers ...string) *httptest.ResponseRecorder {
		r, rec := httptest.NewRequestWithContext(t.Context(), "GET", path, nil), httptest.NewRecorder()
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		h.ServeHTTP(rec, r)
		return rec
	}
	for path, want := range map[string]string{
		"/app/": "text/html; charset=utf-8", "/app/index.html": "text/html; charset=utf-8", "/app/main.js": "text/javascript; charset=utf-8",
		"/app/a/b.css": "text/css; charset=utf-8", "/app/a/c.png": "image/png",
	} {
		for range 2 {
			a := get(path)
			if a.Code != 200 || a.Header().Get("Content-Type") != want || a.Header().Get("Content-Security-Policy") != sitePolicy ||
				a.Header().Get("Cache-Control") != "no-cache" || a.Header().Get("Content-Encoding") != "" {
				t.Errorf("%s answers %d %v", path, a.Code, a.Header())
			}
			tag := a.Header().Get("ETag")
			if b := get(path, "If-None-Match", tag); b.Code != 304 || b.Body.Len() > 0 || b.Header().Get("ETag") != tag {
				t.Errorf("%s again answers %d %v", path, b.Code, b.Header())
			}
		}
	}
	for _, path := range []string{"/app/main.js.map", "/app/secret.txt", "/app/none.js", "/app/a", "/app/a/", "/app//main.js", "/app/../pages.js", "/app/%2e%2e/start.js", "/app/a/../main.js"} {
		if a := get(path); a.Code != 404 {
			t.Errorf("%s answers %d", path, a.Code)
		}
	}
	zipped := get("/app/main.js", "Accept-Encoding", "br, gzip")
	r, err := gzip.NewReader(zipped.Body)
	if err != nil || zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Header().Get("Vary") != "Accept-Encoding" {
		t.Fatalf("packed: %v, %v", err, zipped.Header())
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != script {
		t.Errorf("unpacked: %d bytes, %v", len(text), err)
	}
	if a := get("/app/a/c.png", "Accept-Encoding", "gzip"); a.Header().Get("Content-Encoding") != "" || !bytes.HasPrefix(a.Body.Bytes(), []byte("\x89PNG")) {
		t.Errorf("what packing makes no smaller: %v", a.Header())
	}
}

func TestTheMiniProgramThatWasNotBuilt(t *testing.T) {
	h := appServer(fstest.MapFS{}).Handler()
	for path, want := range map[string]int{"/app/": 503, "/app/main.js": 503, "/app/x.txt": 404} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		if rec.Code != want || want == 503 && !strings.Contains(rec.Body.String(), "asset_not_built") {
			t.Errorf("%s answers %d %s", path, rec.Code, rec.Body)
		}
	}
}

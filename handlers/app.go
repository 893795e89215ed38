package handlers

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"villagecounsel/services/domain"
)

// site is a folder of pages for the browser: in demo mode the mini-program,
// which a build puts there. Each file is packed when it is first asked for, and
// kept.
type site struct {
	files fs.FS
	mu    sync.Mutex
	made  map[string]*page
}

// page is one file of a site.
type page struct {
	kind, tag     string
	plain, packed []byte // packed is nil where that makes it no smaller
}

// appFiles answers the folder of the mini-program in the browser.
func appFiles() fs.FS {
	files, err := fs.Sub(assets, "assets/app")
	if err != nil {
		panic(err) // the name is a sound one
	}
	return files
}

func newSite(files fs.FS) *site { return &site{files: files, made: map[string]*page{}} }

const (
	sitePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"media-src 'self' blob:; connect-src 'self' blob:; frame-src 'self'; base-uri 'none'; frame-ancestors 'self'"
	siteIndex = "index.html"
)

// siteTypes are the files that a site gives out.
var siteTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
}

// appPage answers a file of the mini-program in the browser.
func (s *Server) appPage(c *gin.Context) {
	p, err := s.app.page(strings.TrimPrefix(c.Param("file"), "/"))
	if err != nil {
		s.fail(c, err)
		return
	}
	out := raw{p.kind, map[string]string{"Content-Security-Policy": sitePolicy, "Cache-Control": "no-cache", "ETag": p.tag}, p.plain}
	if p.packed != nil {
		out.headers["Vary"] = "Accept-Encoding"
		if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
			out.headers["Content-Encoding"], out.content = "gzip", p.packed
		}
	}
	out.write(c, http.StatusOK)
}

// page answers a file by its path, the index where that is empty.
func (s *site) page(name string) (*page, error) {
	if name == "" {
		name = siteIndex
	}
	kind, known := siteTypes[path.Ext(name)]
	if !known || !fs.ValidPath(name) {
		return nil, domain.ErrNotFound
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.made[name]; p != nil {
		return p, nil
	}
	plain, err := fs.ReadFile(s.files, name)
	if err != nil {
		if _, err := fs.Stat(s.files, siteIndex); err != nil {
			return nil, domain.Fault(domain.Unavailable, "asset_not_built")
		}
		return nil, domain.ErrNotFound
	}
	sum := sha256.Sum256(plain)
	p := &page{kind: kind, tag: `W/"` + hex.EncodeToString(sum[:16]) + `"`, plain: plain, packed: packed(plain)}
	s.made[name] = p
	return p, nil
}

// packed answers a content in gzip, or nil where that makes it no smaller.
func packed(plain []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil || out.Len() >= len(plain) {
		return nil
	}
	return out.Bytes()
}

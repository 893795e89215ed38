package handlers

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"villagecounsel/services/domain"
)

const (
	maxUpload = 10<<20 + 64<<10 // a file, and what the form puts around it
	// What is being sent lies in memory, and a slow one for long: so many are
	// read at a time, of one person and of all.
	maxUploadsOfOne = 2
	maxUploads      = 16
	// uploadTime is how long a slow telephone may send, answerTime how long
	// it may receive.
	uploadTime = 60 * time.Second
	answerTime = 60 * time.Second
	fileField  = "file"
)

type file struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Size    int64  `json:"size"`
	Created string `json:"created"`
}

func fileOf(f domain.File) file { return file{f.ID, f.Type, f.Size, when(f.Created)} }

// raw is a body that is no JSON.
type raw struct {
	contentType string
	headers     map[string]string
	content     []byte
}

// write answers the content, or that it has not changed to who has it already.
func (r raw) write(c *gin.Context, status int) {
	for name, value := range r.headers {
		c.Header(name, value)
	}
	if tag := c.Writer.Header().Get("ETag"); tag != "" && hasTag(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(status, r.contentType, r.content)
}

// hasTag reports whether a list of entity tags holds one, or all (RFC 9110,
// 13.1.2: compared weakly).
func hasTag(tags, tag string) bool {
	for t := range strings.SplitSeq(tags, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == "*" || t == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

func (s *Server) upload(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, true)
	if err != nil {
		return 0, nil, err
	}
	if err := s.uploads.begin(actor.ID); err != nil {
		return 0, nil, err
	}
	defer s.uploads.end(actor.ID)
	s.allow(c, uploadTime)
	content, err := readUpload(c)
	if err != nil {
		return 0, nil, err
	}
	// Sending has taken of the request's time; keeping has time of its own.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), requestLimit)
	defer cancel()
	made, err := s.Files.Upload(ctx, actor, key, content)
	return created(fileOf(made), err)
}

// uploads counts the files that are being sent.
type uploads struct {
	mu  sync.Mutex
	all int
	of  map[string]int // by person
}

func (u *uploads) begin(person string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all >= maxUploads || u.of[person] >= maxUploadsOfOne {
		return domain.Fault(domain.TooMany, "too_many_requests")
	}
	if u.of == nil {
		u.of = map[string]int{}
	}
	u.all++
	u.of[person]++
	return nil
}

func (u *uploads) end(person string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all--
	if u.of[person]--; u.of[person] == 0 {
		delete(u.of, person)
	}
}

// allow lets a request be read and answered for longer than others. What is no
// connection, as in tests, knows no deadlines.
func (s *Server) allow(c *gin.Context, reading time.Duration) {
	now, control := s.Wall(), http.NewResponseController(c.Writer)
	if reading > 0 {
		_ = control.SetReadDeadline(now.Add(reading))
	}
	_ = control.SetWriteDeadline(now.Add(reading + answerTime))
}

// readUpload reads the one file of a form. It stays in memory: a part that was
// put by on disk would lie there unsealed.
func readUpload(c *gin.Context) ([]byte, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxUpload)
	form, err := c.Request.MultipartReader()
	if err != nil {
		return nil, badForm(err)
	}
	var content []byte
	found := false
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, badForm(err)
		}
		if part.FormName() != fileField {
			continue
		}
		if found {
			return nil, badForm(nil)
		}
		found = true
		if content, err = readPart(part); err != nil {
			return nil, badForm(err)
		}
	}
	if !found {
		return nil, badForm(nil)
	}
	return content, nil
}

func readPart(part *multipart.Part) ([]byte, error) {
	defer func() { _ = part.Close() }()
	return io.ReadAll(part)
}

func badForm(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return domain.Fault(domain.Malformed, "body_too_large")
	}
	return &domain.Error{Code: domain.Malformed, Reason: "malformed_form", Err: err}
}

var extensions = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}

func (s *Server) file(c *gin.Context, actor domain.Actor) (int, any, error) {
	f, content, err := s.Files.Open(c, actor, c.Param("id"))
	if err != nil {
		return 0, nil, err
	}
	s.allow(c, 0)
	return ok(raw{f.Type, map[string]string{
		"Content-Disposition":          `attachment; filename="` + fileName(f) + `"`,
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "default-src 'none'; sandbox",
		"Cache-Control":                "private, no-store",
		"Cross-Origin-Resource-Policy": "same-origin",
	}, content}, nil)
}

// fileName answers a name that a header may hold.
func fileName(f domain.File) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, f.ID) + extensions[f.Type]
}

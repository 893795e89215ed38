package handlers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"villagecounsel/handlers/reply"
	"villagecounsel/services/domain"
)

const (
	// requestLimit bounds how long one request may work.
	requestLimit = 15 * time.Second
	keyRequestID = "request_id"
	keyError     = "error"
	keyActor     = "actor"
)

// identify gives the request an id and a limit.
func (s *Server) identify(c *gin.Context) {
	id := strings.ToLower(rand.Text()[:16])
	c.Set(keyRequestID, id)
	c.Header("X-Request-Id", id)
	ctx, cancel := context.WithTimeout(c.Request.Context(), requestLimit)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// observe logs and counts a request: its route's pattern, never its path, its
// parameters or its body.
func (s *Server) observe(c *gin.Context) {
	begun := s.Wall()
	c.Next()
	took, status, route := s.Wall().Sub(begun), c.Writer.Status(), c.FullPath()
	if route == "" {
		route = "none"
	}
	s.metrics.count(c.Request.Method, route, status, took)
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request_id", c.GetString(keyRequestID)), slog.String("method", c.Request.Method),
		slog.String("route", route), slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if actor, ok := c.Value(keyActor).(domain.Actor); ok && actor.ID != "" {
		attrs = append(attrs, slog.String("kind", string(actor.Kind)))
	}
	if err, ok := c.Value(keyError).(error); ok {
		attrs = append(attrs, slog.String("reason", domain.ReasonOf(err)))
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
			attrs = append(attrs, slog.Any("err", err))
		}
	}
	s.Log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// recover answers 500 where a handler panics, and logs where.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(c.Request.Context(), "panic", "request_id", c.GetString(keyRequestID), "stack", string(debug.Stack()))
			s.fail(c, errors.New("panic"))
		}
	}()
	c.Next()
}

// headers sets what every answer carries. The date is the house's, so that a
// telephone whose clock is wrong can correct itself (RFC 9110, 6.6.1).
func (s *Server) headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Date", s.Now().UTC().Format(http.TimeFormat))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	c.Next()
}

// whoAsks answers who a request's token stands for. A public route is open to
// somebody without one, or with one that no longer stands.
func (s *Server) whoAsks(c *gin.Context, public bool) (domain.Actor, error) {
	actor, err := s.bearer(c)
	if e, ok := errors.AsType[*domain.Error](err); ok && public && e.Code == domain.Unauthenticated {
		return domain.Actor{}, nil
	}
	return actor, err
}

func (s *Server) bearer(c *gin.Context) (domain.Actor, error) {
	header := c.GetHeader("Authorization")
	if header == "" {
		return domain.Actor{}, domain.Fault(domain.Unauthenticated, "token_required")
	}
	token, found := strings.CutPrefix(header, "Bearer ")
	if !found {
		return domain.Actor{}, domain.Fault(domain.Unauthenticated, "token_bad")
	}
	person, version, err := s.Tokens.Read(token)
	if err != nil {
		return domain.Actor{}, err
	}
	actor, err := s.Accounts.Who(c.Request.Context(), person, version)
	if err == nil {
		c.Set(keyActor, actor)
	}
	return actor, err
}

// refusal is the body of a fault that holds something out instead.
type refusal struct {
	reply.Fault
	Slots    *[]slot   `json:"slots,omitempty"`
	Advisors *[]string `json:"advisors,omitempty"`
	Office   string    `json:"office,omitempty"`
}

func (s *Server) fail(c *gin.Context, err error) {
	c.Set(keyError, err)
	status, fault := reply.Of(err, c.GetString(keyRequestID))
	if errors.Is(err, methodNotAllowed) {
		status = http.StatusMethodNotAllowed
	}
	body := refusal{Fault: fault}
	if e, ok := errors.AsType[*domain.Error](err); ok && e.Offer != nil {
		body.Office = e.Offer.Office
		if e.Reason == "slot_taken" {
			slots := slotsOf(e.Offer.Slots)
			body.Slots = &slots
		} else {
			advisors := append([]string{}, e.Offer.Advisors...)
			body.Advisors = &advisors
		}
	}
	switch status {
	case http.StatusUnauthorized:
		c.Header("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		c.Header("Retry-After", "1")
	}
	c.AbortWithStatusJSON(status, body)
}

// limits hold each person, or each address of somebody without a token, to a
// number of requests a second.
type limits struct {
	perSecond rate.Limit
	burst     int
	wall      func() time.Time

	mu   sync.Mutex
	byID map[string]*limit
}

type limit struct {
	*rate.Limiter
	seen time.Time
}

const (
	maxLimits  = 50_000 // how many are remembered before idle ones are dropped
	limitsIdle = time.Minute
)

func newLimits(perSecond float64, wall func() time.Time) *limits {
	return &limits{perSecond: rate.Limit(perSecond), burst: int(2 * perSecond), wall: wall, byID: map[string]*limit{}}
}

func (l *limits) allow(actor domain.Actor, address string) error {
	if l.perSecond == 0 {
		return nil
	}
	id := actor.ID
	if id == "" {
		id = "@" + address
	}
	now := l.wall()
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.byID[id]
	if own == nil {
		l.dropIdle(now)
		own = &limit{Limiter: rate.NewLimiter(l.perSecond, max(l.burst, 1))}
		l.byID[id] = own
	}
	own.seen = now
	if !own.AllowN(now, 1) {
		return domain.Fault(domain.TooMany, "too_many_requests")
	}
	return nil
}

func (l *limits) dropIdle(now time.Time) {
	if len(l.byID) < maxLimits {
		return
	}
	for id, own := range l.byID {
		if now.Sub(own.seen) > limitsIdle {
			delete(l.byID, id)
		}
	}
}

func (s *Server) ready(ctx context.Context) error {
	if s.draining.Load() {
		return domain.Fault(domain.Unavailable, "draining")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.Ping(ctx)
}

func writeHealth(w http.ResponseWriter, err error) {
	status, body := http.StatusOK, map[string]string{"status": "ok"}
	if err != nil {
		status, body = http.StatusServiceUnavailable, map[string]string{"status": domain.ReasonOf(err)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone: nobody to tell
}

func statusText(status int) string { return strconv.Itoa(status) }

// Package handlers is the edge of the house: routes, tokens, what stands on
// the wire. A handler reads, calls one verb and writes; no rule lives here.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"villagecounsel/services"
)

// Config is what the edge needs of the house.
type Config struct {
	Accounts  *services.Accounts
	Roster    *services.Roster
	Schedules *services.Schedules
	Booking   *services.Booking
	Waiting   *services.Waiting
	Notices   *services.Notices
	Relay     *services.Relay
	Places    *services.Places
	Tokens    *Tokens

	Logs       *services.Logs
	SignIns    *services.SignIns
	Files      *services.Files
	Complaints *services.Complaints
	Records    *services.Records
	Tallies    *services.Tallies

	Now       func() time.Time                                // the house's clock
	Wall      func() time.Time                                // the machine's clock, for durations
	SetClock  func(offset time.Duration)                      // demo mode only; nil otherwise
	Cast      func(ctx context.Context) ([]DemoPerson, error) // demo mode only: who there is to log in as
	Ping      func(ctx context.Context) error
	Snapshot  http.Handler // of the admin listener: copies the database for a backup; nil where there is no need
	Proxies   []string     // addresses or networks whose X-Forwarded-For is believed
	RateLimit float64      // requests a second and person; 0 = none
	Log       *slog.Logger
}

// Server is the edge.
type Server struct {
	Config
	limits   *limits
	uploads  uploads
	metrics  *metrics
	app      *site // demo mode only
	draining atomic.Bool
}

// New makes the edge.
func New(conf Config) *Server {
	return &Server{Config: conf, limits: newLimits(conf.RateLimit, conf.Wall), metrics: newMetrics(conf), app: newSite(appFiles())}
}

// Drain makes readiness fail from now on, so that no new work is sent here.
func (s *Server) Drain() { s.draining.Store(true) }

// Handler answers the public routes.
func (s *Server) Handler() http.Handler {
	gin.SetMode(gin.ReleaseMode) // its debug mode prints every route
	g := gin.New()
	g.HandleMethodNotAllowed = true
	g.RedirectTrailingSlash = false
	g.ContextWithFallback = true
	_ = g.SetTrustedProxies(s.Proxies) // they were read as addresses already
	g.Use(s.identify, s.observe, s.recover, s.headers)
	g.NoRoute(s.refuse(notFound))
	g.NoMethod(s.refuse(methodNotAllowed))
	for _, r := range s.Routes() {
		g.Handle(r.Method, r.Path, s.serve(r))
	}
	s.pages(g)
	return g
}

// Admin answers the routes of the admin listener: health, figures, snapshots.
func (s *Server) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	if s.Snapshot != nil {
		mux.Handle("POST /snapshot", s.Snapshot)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeHealth(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { writeHealth(w, s.ready(r.Context())) })
	return mux
}

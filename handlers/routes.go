package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"villagecounsel/services/domain"
)

const api = "/api/v1"

// Route is one row of the route table.
type Route struct {
	Method, Path string
	Public       bool // no token needed
	handle       func(s *Server, c *gin.Context, actor domain.Actor) (status int, body any, err error)
}

// Routes is the route table. Every row is in openapi.yaml.
func (s *Server) Routes() []Route {
	rows := []Route{
		{"POST", "/login", true, (*Server).login},
		{"GET", "/privacy", true, (*Server).privacy},
		{"GET", "/me", false, (*Server).me},
		{"PUT", "/me", false, (*Server).amendMe},
		{"POST", "/me/consents", false, (*Server).consent},
		{"DELETE", "/me/consents/:version", false, (*Server).withdrawConsent},
		{"POST", "/me/bind", false, (*Server).bind},
		{"DELETE", "/me/sessions", false, (*Server).logOut},
		{"PUT", "/me/photo", false, (*Server).putPhoto},
		{"POST", "/people/:id/bind-codes", false, (*Server).issueBindCode},
		{"DELETE", "/people/:id/sessions", false, (*Server).revoke},

		{"GET", "/villages", true, (*Server).villages},
		{"GET", "/villages/:code", true, (*Server).village},
		{"GET", "/villages/:code/advisors", true, (*Server).villageAdvisors},
		{"GET", "/advisors/:id", true, (*Server).advisor},
		{"GET", "/advisors/:id/photo", true, (*Server).photo},
		{"GET", "/advisors/:id/slots", true, (*Server).slots},

		{"POST", "/appointments", false, (*Server).book},
		{"GET", "/appointments", false, (*Server).appointments},
		{"GET", "/appointments/:id", false, (*Server).appointment},
		{"POST", "/appointments/:id/open", false, (*Server).openMatter},
		{"POST", "/appointments/:id/cancel", false, (*Server).cancel},
		{"POST", "/appointments/:id/reschedule", false, (*Server).reschedule},
		{"POST", "/appointments/:id/confirm", false, (*Server).confirm},
		{"POST", "/appointments/:id/arrive", false, (*Server).arrive},
		{"POST", "/appointments/:id/complete", false, (*Server).complete},
		{"POST", "/appointments/:id/miss", false, (*Server).miss},
		{"POST", "/appointments/:id/rate", false, (*Server).rate},

		{"POST", "/service-logs", false, (*Server).writeLog},
		{"GET", "/service-logs", false, (*Server).logs},
		{"GET", "/service-logs/:id", false, (*Server).log},
		{"POST", "/service-logs/:id/confirm", false, (*Server).confirmLog},
		{"POST", "/service-logs/:id/dispute", false, (*Server).disputeLog},
		{"POST", "/service-logs/:id/correct", false, (*Server).correctLog},
		{"GET", "/service-logs/:id/versions", false, (*Server).logVersions},

		{"POST", "/sign-ins", false, (*Server).addSignIn},
		{"GET", "/villages/:code/sign-in-code", false, (*Server).signInCode},
		{"GET", "/villages/:code/helpers", false, (*Server).helpers},

		{"POST", "/files", false, (*Server).upload},
		{"GET", "/files/:id", false, (*Server).file},

		{"POST", "/complaints", false, (*Server).fileComplaint},
		{"GET", "/complaints", false, (*Server).complaints},
		{"GET", "/complaints/:id", false, (*Server).complaint},
		{"POST", "/complaints/:id/answer", false, (*Server).answerComplaint},

		{"GET", "/records", false, (*Server).records},
		{"GET", "/tallies", false, (*Server).tallies},

		{"GET", "/me/schedule", false, (*Server).schedule},
		{"PUT", "/me/schedule", false, (*Server).putSchedule},
		{"GET", "/me/closures", false, (*Server).closures},
		{"POST", "/me/closures", false, (*Server).addClosure},
		{"DELETE", "/me/closures/:id", false, (*Server).deleteClosure},

		{"GET", "/waitlist", false, (*Server).waits},
		{"POST", "/waitlist", false, (*Server).addWait},
		{"DELETE", "/waitlist/:id", false, (*Server).deleteWait},

		{"GET", "/notices", false, (*Server).notices},
		{"POST", "/notices/read", false, (*Server).readNotices},
		{"POST", "/notices/:id/read", false, (*Server).readNotice},
	}
	for i := range rows {
		rows[i].Path = api + rows[i].Path
	}
	if s.SetClock != nil {
		rows = append(rows,
			Route{"POST", "/demo/clock", true, (*Server).setClock},
			Route{"GET", "/demo/people", true, (*Server).cast})
	}
	return rows
}

// serve takes a request through token, rate limit and handler.
func (s *Server) serve(r Route) gin.HandlerFunc {
	return func(c *gin.Context) {
		actor, err := s.whoAsks(c, r.Public)
		if err == nil {
			err = s.limits.allow(actor, c.ClientIP())
		}
		if err != nil {
			s.fail(c, err)
			return
		}
		status, body, err := r.handle(s, c, actor)
		if err != nil {
			s.fail(c, err)
			return
		}
		if content, ok := body.(raw); ok {
			content.write(c, status)
			return
		}
		c.JSON(status, body)
	}
}

var (
	notFound         = domain.ErrNotFound
	methodNotAllowed = &domain.Error{Code: domain.NotFound, Reason: "method_not_allowed"}
)

func (s *Server) refuse(err error) gin.HandlerFunc {
	return func(c *gin.Context) { s.fail(c, err) }
}

func ok(body any, err error) (int, any, error)      { return http.StatusOK, body, err }
func created(body any, err error) (int, any, error) { return http.StatusCreated, body, err }

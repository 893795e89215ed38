package handlers

import (
	_ "embed"
	"encoding/json"

	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

type session struct {
	Token     string `json:"token"`
	ExpiresAt string `json:"expires_at"`
	Person    person `json:"person"`
}

func (s *Server) session(p domain.Person, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	token, expires, err := s.Tokens.Sign(&p)
	return ok(session{token, when(expires), personOf(&p)}, err)
}

func (s *Server) login(c *gin.Context, _ domain.Actor) (int, any, error) {
	var in struct {
		Code string `json:"code"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	return s.session(s.Accounts.Login(c, in.Code))
}

//go:embed privacy.md
var privacyText string

func (s *Server) privacy(*gin.Context, domain.Actor) (int, any, error) {
	return ok(struct {
		Version string `json:"version"`
		Text    string `json:"text"`
	}{services.PrivacyVersion, privacyText}, nil)
}

func (s *Server) me(c *gin.Context, actor domain.Actor) (int, any, error) {
	p, err := s.Accounts.Me(c, actor)
	return ok(meOf(&p), err)
}

func (s *Server) amendMe(c *gin.Context, actor domain.Actor) (int, any, error) {
	var in struct {
		Name    *string  `json:"name"`
		Phone   *string  `json:"phone"`
		Village nullable `json:"village"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	p, err := s.Accounts.Amend(c, actor, services.Amendment{Name: in.Name, Phone: in.Phone, Village: in.Village.text})
	return ok(meOf(&p), err)
}

// nullable is a text that may be left out, or be null to clear what is there.
type nullable struct{ text *string } // nil = left out; "" = null

func (n *nullable) UnmarshalJSON(b []byte) error {
	n.text = new(string)
	return json.Unmarshal(b, n.text) // null leaves the empty text
}

func (s *Server) consent(c *gin.Context, actor domain.Actor) (int, any, error) {
	var in struct {
		Version string `json:"version"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	p, err := s.Accounts.Consent(c, actor, in.Version, false)
	return created(meOf(&p), err)
}

func (s *Server) withdrawConsent(c *gin.Context, actor domain.Actor) (int, any, error) {
	p, err := s.Accounts.Consent(c, actor, c.Param("version"), true)
	return ok(meOf(&p), err)
}

func (s *Server) bind(c *gin.Context, actor domain.Actor) (int, any, error) {
	var in struct {
		Code string `json:"code"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	return s.session(s.Accounts.Bind(c, actor, in.Code))
}

type nothing struct{}

func (s *Server) logOut(c *gin.Context, actor domain.Actor) (int, any, error) {
	return ok(nothing{}, s.Accounts.LogOut(c, actor))
}

func (s *Server) issueBindCode(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, true)
	if err != nil {
		return 0, nil, err
	}
	code, expires, err := s.Accounts.IssueBindCode(c, actor, c.Param("id"), key)
	return created(struct {
		Code      string `json:"code"`
		ExpiresAt string `json:"expires_at"`
	}{code, when(expires)}, err)
}

func (s *Server) revoke(c *gin.Context, actor domain.Actor) (int, any, error) {
	return ok(nothing{}, s.Accounts.Revoke(c, actor, c.Param("id")))
}

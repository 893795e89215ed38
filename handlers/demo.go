package handlers

import (
	"time"

	"github.com/gin-gonic/gin"

	"villagecounsel/services/domain"
)

// DemoPerson is somebody of the demo as whom one can log in.
type DemoPerson struct {
	Code  string
	Kind  domain.Kind
	Label string
}

type demoPerson struct {
	Code  string      `json:"code"`
	Kind  domain.Kind `json:"kind"`
	Label string      `json:"label"`
}

func (s *Server) cast(c *gin.Context, _ domain.Actor) (int, any, error) {
	people, err := s.Cast(c)
	return ok(list[demoPerson]{Items: mapped(people, func(p DemoPerson) demoPerson { return demoPerson(p) })}, err)
}

// maxOffset bounds how far the demo clock may be moved either way.
const maxOffset = 5 * 365 * 24 * time.Hour

func (s *Server) setClock(c *gin.Context, _ domain.Actor) (int, any, error) {
	var in struct {
		Offset *int64 `json:"offset_seconds"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	if in.Offset == nil {
		return 0, nil, domain.InvalidField("offset_seconds", "required")
	}
	if limit := int64(maxOffset / time.Second); *in.Offset > limit || *in.Offset < -limit {
		return 0, nil, domain.InvalidField("offset_seconds", "out_of_range")
	}
	s.SetClock(time.Duration(*in.Offset) * time.Second)
	return ok(struct {
		Now string `json:"now"`
	}{when(s.Now())}, nil)
}

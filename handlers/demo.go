package handlers

import (
	"time"

	"github.com/gin-gonic/gin"

	"villagecounsel/services/domain"
)

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

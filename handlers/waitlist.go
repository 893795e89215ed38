package handlers

import (
	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

type wait struct {
	ID      string  `json:"id"`
	Advisor string  `json:"advisor"`
	Village string  `json:"village"`
	Channel *string `json:"channel"`
	From    string  `json:"from"`
	To      string  `json:"to"`
	Created string  `json:"created"`
}

func waitOf(w services.Waited) wait {
	return wait{w.ID, w.Advisor, w.Village, orNull(string(w.Channel)), string(w.From), string(w.To), when(w.Created)}
}

func (s *Server) waits(c *gin.Context, actor domain.Actor) (int, any, error) {
	all, err := s.Waiting.List(c, actor)
	if err != nil {
		return 0, nil, err
	}
	return ok(pageOf(c, all, waitOf))
}

func (s *Server) addWait(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, true)
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		Advisor string         `json:"advisor"`
		Village string         `json:"village"`
		Channel domain.Channel `json:"channel"`
		From    string         `json:"from"`
		To      string         `json:"to"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	var f domain.Faults
	req := services.WaitRequest{Key: key, Advisor: in.Advisor, Village: in.Village, Channel: in.Channel,
		From: dayOrNone(in.From, "from", &f), To: dayOrNone(in.To, "to", &f)}
	if err := f.Err(); err != nil {
		return 0, nil, err
	}
	made, err := s.Waiting.Add(c, actor, req)
	return created(waitOf(made), err)
}

func dayOrNone(s, name string, f *domain.Faults) domain.Day {
	if s == "" {
		return ""
	}
	d, ok := domain.ParseDay(s)
	f.Check(ok, name, "bad_day")
	return d
}

func (s *Server) deleteWait(c *gin.Context, actor domain.Actor) (int, any, error) {
	return ok(nothing{}, s.Waiting.Remove(c, actor, c.Param("id")))
}

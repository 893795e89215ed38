package handlers

import (
	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// signIn has no coordinates: where exactly somebody stood stays inside.
type signIn struct {
	ID       string      `json:"id"`
	Advisor  string      `json:"advisor"`
	Village  string      `json:"village"`
	Way      domain.Way  `json:"way"`
	Claimed  string      `json:"claimed"`
	Received string      `json:"received"`
	ByKind   domain.Kind `json:"by_kind"`
	Distance *int        `json:"distance"` // metres; null = not measured
	Inside   *bool       `json:"inside"`
	Photo    *string     `json:"photo"`
}

func signInOf(advisor string, in domain.SignIn) signIn {
	out := signIn{ID: in.ID, Advisor: advisor, Village: in.Village, Way: in.Way, Claimed: when(in.Claimed), Received: when(in.Received),
		ByKind: in.ByKind, Photo: orNull(in.Photo)}
	if in.Measured {
		out.Distance, out.Inside = &in.Distance, &in.Inside
	}
	return out
}

func (s *Server) addSignIn(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, true)
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		Village  string     `json:"village"`
		Way      domain.Way `json:"way"`
		At       string     `json:"at"`
		Advisor  string     `json:"advisor"`
		Lat      *float64   `json:"lat"`
		Lon      *float64   `json:"lon"`
		Accuracy int        `json:"accuracy"`
		Code     string     `json:"code"`
		Photo    string     `json:"photo"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	var f domain.Faults
	at := moment(in.At, "at", &f)
	if err := f.Err(); err != nil {
		return 0, nil, err
	}
	advisor, made, err := s.SignIns.Add(c, actor, services.SignInRequest{
		Key: key, Advisor: in.Advisor, Village: in.Village, Way: in.Way, At: at, Lat: in.Lat, Lon: in.Lon, Accuracy: in.Accuracy,
		Code: in.Code, Photo: in.Photo,
	})
	return created(signInOf(advisor, made), err)
}

func (s *Server) signInCode(c *gin.Context, actor domain.Actor) (int, any, error) {
	code, err := s.SignIns.Code(c, actor, c.Param("code"))
	return ok(struct {
		Code string `json:"code"`
	}{code}, err)
}

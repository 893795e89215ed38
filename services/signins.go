package services

import (
	"context"
	"time"

	"villagecounsel/services/domain"
)

// SignIns are the verbs of signing in (签到).
type SignIns struct {
	Data   Data
	Now    func() time.Time
	Places *Places
	Relay  *Relay
}

// SignInRequest says that an advisor is, or was, in a village.
type SignInRequest struct {
	Key      string
	Advisor  string // a cadre names who is there; an advisor leaves it empty
	Village  string
	Way      domain.Way
	At       time.Time // when it was made, by the telephone's clock
	Lat, Lon *float64  // degrees, GCJ-02
	Accuracy int       // metres
	Code     string    // as the village's QR code says
	Photo    string    // id of a file
}

// Add notes a sign-in.
func (s *SignIns) Add(ctx context.Context, actor domain.Actor, req SignInRequest) (advisor string, made domain.SignIn, err error) {
	return "", domain.SignIn{}, domain.ErrNotFound
}

// Code answers the text of a village's QR code, for its cadres and its office.
func (s *SignIns) Code(ctx context.Context, actor domain.Actor, village string) (string, error) {
	return "", domain.ErrNotFound
}

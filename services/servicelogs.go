package services

import (
	"context"
	"time"

	"villagecounsel/services/domain"
)

// Logs are the verbs of service logs (工作日志).
type Logs struct {
	Data    Data
	Now     func() time.Time
	Places  *Places
	Relay   *Relay
	Booking *Booking
}

// LogEdit is what is told of a service. With an appointment everything may be
// left out: what is zero or nil follows from the appointment.
type LogEdit struct {
	Village, Town           string // one of them; a town's station where the mode is domain.Station, Panel or Tour
	Mode                    domain.Mode
	Duty                    domain.Duty
	Start, End              time.Time
	Counters                *domain.Counters
	With                    []string
	Groups                  []domain.KeyGroup
	Method, Content, Result string
	Files                   []string
	ConcernsVillage         bool
}

// LogRequest is a service log as it is entered.
type LogRequest struct {
	Key         string
	Appointment string // "" = a service of its own
	Advisor     string // the office names whose service it was; an advisor leaves it empty
	Reason      string // the office says why it enters it
	Note        string // the advisor's own, privileged
	Edit        LogEdit
}

// LogCorrection puts a new version in the place of one that was seen.
type LogCorrection struct {
	Key     string
	Version int // number of the version that was seen, from 1
	Reason  string
	Note    *string // nil = as it was; the advisor alone may change it
	Edit    LogEdit
}

// SeenLog is a service log as one person may see it.
type SeenLog struct {
	domain.ServiceLog
	Side    Side
	Content bool             // the reported part beyond time, place and kind
	Own     bool             // the private note, and whom the appointment was for
	Can     []domain.LogVerb // what the person may do now
	SignIns []domain.SignIn  // of that advisor, day and village; nil unless Content and one log was asked for
}

// LogFilter narrows a list of service logs.
type LogFilter struct {
	Advisor, Village, Appointment string           // "" = any
	Status                        domain.LogStatus // "" = any
	From, To                      domain.Day       // inclusive; both empty = the last 31 days
	After                         Cursor           // the last one of the page before
	Limit                         int
}

// Write enters a service log.
func (s *Logs) Write(ctx context.Context, actor domain.Actor, req LogRequest) (SeenLog, error) {
	return SeenLog{}, domain.ErrNotFound
}

// Log answers one service log as the actor may see it.
func (s *Logs) Log(ctx context.Context, actor domain.Actor, id string) (SeenLog, error) {
	return SeenLog{}, domain.ErrNotFound
}

// List lists service logs, the latest start first.
func (s *Logs) List(ctx context.Context, actor domain.Actor, f LogFilter) (items []SeenLog, next Cursor, err error) {
	return nil, Cursor{}, domain.ErrNotFound
}

// Correct puts a new version; the old one stays readable.
func (s *Logs) Correct(ctx context.Context, actor domain.Actor, id string, req LogCorrection) (SeenLog, error) {
	return SeenLog{}, domain.ErrNotFound
}

// Confirm says that the service took place.
func (s *Logs) Confirm(ctx context.Context, actor domain.Actor, id, key string) (SeenLog, error) {
	return SeenLog{}, domain.ErrNotFound
}

// Dispute says that it did not take place as told.
func (s *Logs) Dispute(ctx context.Context, actor domain.Actor, id, reason, key string) (SeenLog, error) {
	return SeenLog{}, domain.ErrNotFound
}

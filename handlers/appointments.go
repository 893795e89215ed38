package handlers

import (
	"slices"

	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

func (s *Server) seen(status func(any, error) (int, any, error), seen services.Seen, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	return status(s.appointmentOf(seen), nil)
}

func (s *Server) book(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, true)
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		Advisor         string         `json:"advisor"`
		Village         string         `json:"village"`
		Start           string         `json:"start"`
		Channel         domain.Channel `json:"channel"`
		Topic           string         `json:"topic"`
		Details         string         `json:"details"`
		Address         string         `json:"address"`
		ConcernsVillage bool           `json:"concerns_village"`
		OtherParty      string         `json:"other_party"`
		For             *struct {
			Name  string `json:"name"`
			Phone string `json:"phone"`
		} `json:"for"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	var f domain.Faults
	start := moment(in.Start, "start", &f)
	if err := f.Err(); err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.Book(c, actor, services.BookRequest{
		Key: key, Advisor: in.Advisor, Village: in.Village, Start: start, Channel: in.Channel, Topic: in.Topic,
		Details: in.Details, Address: in.Address, For: (*services.Beneficiary)(in.For),
		ConcernsVillage: in.ConcernsVillage, OtherParty: in.OtherParty,
	})
	return s.seen(created, seen, err)
}

func (q *query) channel() domain.Channel {
	ch := domain.Channel(q.c.Query("channel"))
	q.faults.Check(ch == "" || slices.Contains(domain.Channels, ch), "channel", "unknown")
	return ch
}

func (s *Server) appointments(c *gin.Context, actor domain.Actor) (int, any, error) {
	q := query{c: c}
	f := services.Filter{Status: domain.Status(c.Query("status")), From: q.day("from"), To: q.day("to"), Limit: q.limit()}
	q.faults.Check(f.Status == "" || slices.Contains(domain.Statuses, f.Status), "status", "unknown")
	q.range31(f.From, f.To)
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	var err error
	if f.After, err = readTimeCursor(c.Query("cursor")); err != nil {
		return 0, nil, err
	}
	items, next, err := s.Booking.Appointments(c, actor, f)
	return ok(list[appointment]{mapped(items, s.appointmentOf), writeTimeCursor(next)}, err)
}

func (s *Server) appointment(c *gin.Context, actor domain.Actor) (int, any, error) {
	seen, err := s.Booking.Appointment(c, actor, c.Param("id"))
	return s.seen(ok, seen, err)
}

func (s *Server) openMatter(c *gin.Context, actor domain.Actor) (int, any, error) {
	var in struct {
		Purpose string `json:"purpose"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.OpenMatter(c, actor, c.Param("id"), in.Purpose)
	return s.seen(ok, seen, err)
}

// moveBody is what the verbs of an appointment may say; each reads its own.
type moveBody struct {
	Reason  string         `json:"reason"`
	By      domain.Kind    `json:"by"`
	Start   string         `json:"start"`
	Channel domain.Channel `json:"channel"`
	Village string         `json:"village"`
	Address string         `json:"address"`
}

// readVerb reads what a verb may be told: a body and a key, both of which may be
// missing.
func readVerb[T any](c *gin.Context) (in T, key string, err error) {
	if key, err = idempotencyKey(c, false); err != nil {
		return in, key, err
	}
	return in, key, readOptional(c, &in)
}

func (s *Server) cancel(c *gin.Context, actor domain.Actor) (int, any, error) {
	in, key, err := readVerb[moveBody](c)
	if err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.Cancel(c, actor, c.Param("id"), in.Reason, key)
	return s.seen(ok, seen, err)
}

func (s *Server) reschedule(c *gin.Context, actor domain.Actor) (int, any, error) {
	in, key, err := readVerb[moveBody](c)
	if err != nil {
		return 0, nil, err
	}
	var f domain.Faults
	to := services.Turn{Start: moment(in.Start, "start", &f), Channel: in.Channel, Village: in.Village, Address: in.Address}
	if err := f.Err(); err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.Reschedule(c, actor, c.Param("id"), to, key)
	return s.seen(ok, seen, err)
}

func (s *Server) confirm(c *gin.Context, actor domain.Actor) (int, any, error) {
	_, key, err := readVerb[moveBody](c)
	if err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.Confirm(c, actor, c.Param("id"), key)
	return s.seen(ok, seen, err)
}

func (s *Server) arrive(c *gin.Context, actor domain.Actor) (int, any, error) {
	_, key, err := readVerb[moveBody](c)
	if err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.Arrive(c, actor, c.Param("id"), key)
	return s.seen(ok, seen, err)
}

func (s *Server) complete(c *gin.Context, actor domain.Actor) (int, any, error) {
	_, key, err := readVerb[moveBody](c)
	if err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.Complete(c, actor, c.Param("id"), key)
	return s.seen(ok, seen, err)
}

func (s *Server) miss(c *gin.Context, actor domain.Actor) (int, any, error) {
	in, key, err := readVerb[moveBody](c)
	if err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.Miss(c, actor, c.Param("id"), in.By, in.Reason, key)
	return s.seen(ok, seen, err)
}

func (s *Server) rate(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, false)
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		Stars  int                `json:"stars"`
		Tags   []domain.RatingTag `json:"tags"`
		Text   string             `json:"text"`
		Source domain.Source      `json:"source"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	seen, err := s.Booking.Rate(c, actor, c.Param("id"), services.RateRequest{
		Key: key, Stars: in.Stars, Tags: in.Tags, Text: in.Text, Source: in.Source,
	})
	return s.seen(ok, seen, err)
}

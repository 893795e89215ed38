package handlers

import (
	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

type complaint struct {
	ID          string          `json:"id"`
	Status      string          `json:"status"`
	Appointment *string         `json:"appointment"`
	Advisor     *string         `json:"advisor"`
	Village     *string         `json:"village"`
	Text        string          `json:"text"`
	Files       []string        `json:"files"`
	Created     string          `json:"created"`
	Due         *string         `json:"due"`
	Overdue     bool            `json:"overdue"`
	Owner       *string         `json:"owner"` // for the office alone
	Days        int             `json:"days"`
	CanAnswer   bool            `json:"can_answer"`
	Answer      *complaintReply `json:"answer"`
	Complainant *complainant    `json:"complainant"` // for who answers alone
}

type complainant struct {
	Kind  domain.Kind `json:"kind"`
	Name  string      `json:"name"`
	Phone string      `json:"phone"`
}

type complaintReply struct {
	Text    string         `json:"text"`
	Outcome domain.Outcome `json:"outcome"`
	At      string         `json:"at"`
}

// complaintFor answers how a complaint is written for somebody.
func complaintFor(actor domain.Actor) func(services.SeenComplaint) complaint {
	return func(seen services.SeenComplaint) complaint {
		out := complaint{
			ID: seen.ID, Status: "open", Appointment: orNull(seen.Appointment), Advisor: orNull(seen.Advisor), Village: orNull(seen.Village),
			Text: seen.Text.Reveal(), Files: append([]string{}, seen.Files...), Created: when(seen.Created), Due: orNull(string(seen.Due)),
			Overdue: seen.Overdue, Days: seen.Days, CanAnswer: seen.Can,
		}
		if actor.Kind == domain.TownStaff || actor.Kind == domain.DistrictKind {
			out.Owner = orNull(seen.Owner)
		}
		if p := seen.Filer; p != nil {
			out.Complainant = &complainant{p.Kind, p.Name.Reveal(), p.Phone.Reveal()}
		}
		if a := seen.Answer; a != nil {
			out.Status, out.Answer = "answered", &complaintReply{a.Text.Reveal(), a.Outcome, when(a.At)}
		}
		return out
	}
}

func (s *Server) fileComplaint(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, true)
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		Appointment string   `json:"appointment"`
		Advisor     string   `json:"advisor"`
		Text        string   `json:"text"`
		Files       []string `json:"files"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	made, err := s.Complaints.File(c, actor, services.ComplaintRequest{
		Key: key, Appointment: in.Appointment, Advisor: in.Advisor, Text: in.Text, Files: in.Files,
	})
	return created(complaintFor(actor)(made), err)
}

func (s *Server) complaints(c *gin.Context, actor domain.Actor) (int, any, error) {
	q := query{c: c}
	f := services.ComplaintFilter{Limit: q.limit()}
	if open := q.flag("open"); c.Query("open") != "" {
		f.Open = &open
	}
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	var err error
	if f.After, err = readCursor(c.Query("cursor")); err != nil {
		return 0, nil, err
	}
	items, next, err := s.Complaints.List(c, actor, f)
	return ok(list[complaint]{mapped(items, complaintFor(actor)), writeCursor(next)}, err)
}

func (s *Server) complaint(c *gin.Context, actor domain.Actor) (int, any, error) {
	seen, err := s.Complaints.Complaint(c, actor, c.Param("id"))
	return ok(complaintFor(actor)(seen), err)
}

func (s *Server) answerComplaint(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, false)
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		Text    string         `json:"text"`
		Outcome domain.Outcome `json:"outcome"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	seen, err := s.Complaints.Answer(c, actor, c.Param("id"), in.Text, in.Outcome, key)
	return ok(complaintFor(actor)(seen), err)
}

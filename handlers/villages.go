package handlers

import (
	"errors"

	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
)

const maxQuery = 50

func (s *Server) villages(c *gin.Context, _ domain.Actor) (int, any, error) {
	q := query{c: c}
	text, limit := q.text("q", maxQuery), q.limit()
	district, town := q.digits("district", domain.DistrictDigits), q.digits("town", domain.TownDigits)
	after, err := readCursor(c.Query("cursor"))
	if err != nil || after != "" && !domain.IsVillageCode(after) {
		return 0, nil, badCursor()
	}
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	places, next := s.Places.Search(text, district, town, limit, after)
	return ok(list[village]{mapped(places, villageOf), writeCursor(next)}, nil)
}

func (s *Server) village(c *gin.Context, _ domain.Actor) (int, any, error) {
	place, found := s.Places.Lookup(c.Param("code"))
	if !found {
		return 0, nil, domain.ErrNotFound
	}
	out := villageCard{village: villageOf(place)}
	o, err := s.Roster.Office(c, place.Code)
	switch {
	case err == nil:
		out.Office = &office{o.Name, o.Phone}
	case !errors.Is(err, domain.ErrNotFound):
		return 0, nil, err
	}
	return ok(out, nil)
}

func (s *Server) villageAdvisors(c *gin.Context, _ domain.Actor) (int, any, error) {
	cards, err := s.Roster.Of(c, c.Param("code"))
	return ok(list[advisor]{Items: mapped(cards, advisorOf)}, err)
}

func (s *Server) advisor(c *gin.Context, _ domain.Actor) (int, any, error) {
	card, err := s.Roster.Card(c, c.Param("id"))
	return ok(advisorOf(card), err)
}

func (s *Server) photo(c *gin.Context, _ domain.Actor) (int, any, error) {
	f, content, err := s.Files.Photo(c, c.Param("id"))
	if err != nil {
		return 0, nil, err
	}
	s.allow(c, 0)
	return ok(raw{f.Type, map[string]string{
		"ETag":                    `"` + f.SHA256 + `"`,
		"Cache-Control":           photoCache,
		"Content-Security-Policy": "default-src 'none'; sandbox",
	}, content}, nil)
}

// photoCache lets telephones and what lies between keep a photo for an hour: a
// photo that was taken off is gone by then.
const photoCache = "public, max-age=3600"

func (s *Server) putPhoto(c *gin.Context, actor domain.Actor) (int, any, error) {
	var in struct {
		File nullable `json:"file"`
	}
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	if in.File.text == nil {
		return 0, nil, domain.InvalidField("file", "required")
	}
	return ok(nothing{}, s.Files.SetPhoto(c, actor, *in.File.text))
}

// slotDays is how many days of free slots are shown where none are asked for.
const slotDays = 14

func (s *Server) slots(c *gin.Context, _ domain.Actor) (int, any, error) {
	q := query{c: c}
	from, to := q.span(domain.DayOf(s.Now()), slotDays)
	village := q.digits("village", domain.VillageDigits)
	channel := q.channel()
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	free, err := s.Schedules.Slots(c, c.Param("id"), schedule.Query{From: from, To: to, Channel: channel, Village: village})
	return ok(struct {
		Items           []slot `json:"items"`
		Next            string `json:"next"`
		CalendarMissing []int  `json:"calendar_missing"`
	}{slotsOf(free.Slots), "", append([]int{}, free.Missing...)}, err)
}

type helper struct {
	ID    string      `json:"id"`
	Name  string      `json:"name"`
	Kind  domain.Kind `json:"kind"`
	Roles []string    `json:"roles"`
}

// helpers answers who may have served together in a village.
func (s *Server) helpers(c *gin.Context, actor domain.Actor) (int, any, error) {
	all, err := s.Roster.Helpers(c, actor, c.Param("code"))
	if err != nil {
		return 0, nil, err
	}
	return ok(pageOf(c, all, func(h services.Helper) helper {
		return helper{h.ID, h.Name, h.Kind, append([]string{}, h.Roles...)}
	}))
}

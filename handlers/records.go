package handlers

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

type record struct {
	Seq      int64             `json:"seq"`
	Kind     domain.RecordKind `json:"kind"`
	On       string            `json:"on"`
	Recorded string            `json:"recorded"`
	By       *string           `json:"by"`      // of officers and advisors alone
	ByKind   *string           `json:"by_kind"` // null = the program
	Ref      *string           `json:"ref"`
	Village  *string           `json:"village"`
	Codes    map[string]string `json:"codes"`
	Numbers  map[string]int64  `json:"numbers"`
	Voids    *string           `json:"voids"`
	Prev     string            `json:"prev"`
	Hash     string            `json:"hash"`
	Alg      string            `json:"alg"`
	Source   string            `json:"source"`
}

func recordOf(r domain.Record) record {
	out := record{
		Seq: r.Seq, Kind: r.Kind, On: when(r.On), Recorded: when(r.Recorded), By: orNull(r.By), ByKind: orNull(string(r.ByKind)), Ref: orNull(r.Ref),
		Village: orNull(r.Village), Codes: map[string]string{}, Numbers: map[string]int64{}, Voids: orNull(r.Voids),
		Prev: r.Prev, Hash: r.Hash, Alg: r.Alg, Source: r.Source,
	}
	maps.Copy(out.Codes, r.Codes)
	maps.Copy(out.Numbers, r.Numbers)
	return out
}

func (s *Server) records(c *gin.Context, actor domain.Actor) (int, any, error) {
	q := query{c: c}
	advisor, kinds, limit := q.text("advisor", maxID), q.kinds(), q.limit()
	q.faults.Check(advisor != "", "advisor", "required")
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	before, err := readNumberCursor(c.Query("cursor"))
	if err != nil {
		return 0, nil, err
	}
	found, err := s.Records.List(c, actor, advisor, services.RecordFilter{Kinds: kinds, Before: before, Limit: limit})
	return ok(struct {
		list[record]
		Length int64  `json:"length"`
		Head   string `json:"head"`
	}{list[record]{mapped(found.Items, recordOf), writeNumberCursor(found.Next)}, found.Head.Len, found.Head.Hash}, err)
}

// kinds reads the kinds of record that are asked for, each at most once.
func (q *query) kinds() []domain.RecordKind {
	var kinds []domain.RecordKind
	for _, text := range q.c.QueryArray("kind") {
		kind := domain.RecordKind(text)
		q.faults.Check(slices.Contains(domain.RecordKinds, kind), "kind", "unknown")
		q.faults.Check(!slices.Contains(kinds, kind), "kind", "repeated")
		kinds = append(kinds, kind)
		if q.faults.Err() != nil {
			break
		}
	}
	return kinds
}

func writeNumberCursor(n int64) string {
	if n == 0 {
		return ""
	}
	return writeCursor(strconv.FormatInt(n, 10))
}

func readNumberCursor(s string) (int64, error) {
	text, err := readCursor(s)
	if err != nil || text == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
		return 0, badCursor()
	}
	return n, nil
}

type tally struct {
	Month          string   `json:"month"`
	OnSiteMinutes  int      `json:"on_site_minutes"`
	Visits         int      `json:"visits"`
	Services       int      `json:"services"`
	Disputed       int      `json:"disputed"`
	Unconfirmed    int      `json:"unconfirmed"`
	Counters       counters `json:"counters"`
	Bookings       int      `json:"bookings"`
	Completed      int      `json:"completed"`
	AdvisorMissed  int      `json:"advisor_missed"`
	ResidentMissed int      `json:"resident_missed"`
	Cancelled      int      `json:"cancelled"`
	Ratings        int      `json:"ratings"`
	StarsMean      *float64 `json:"stars_mean"` // to one decimal; null = no ratings
}

func tallyOf(t domain.Tally) tally {
	out := tally{t.Month, t.OnSiteMinutes, t.Visits, t.Services, t.Disputed, t.Unconfirmed, countersOf(t.Counters), t.Bookings, t.Completed,
		t.AdvisorMissed, t.ResidentMissed, t.Cancelled, t.Ratings, nil}
	if t.Ratings > 0 {
		mean := math.Round(float64(t.Stars)*10/float64(t.Ratings)) / 10
		out.StarsMean = &mean
	}
	return out
}

const (
	monthForm     = "2006-01"
	usualMonths   = 12
	monthsOfAYear = 12
)

func (s *Server) tallies(c *gin.Context, actor domain.Actor) (int, any, error) {
	q := query{c: c}
	advisor, village := q.text("advisor", maxID), q.text("village", domain.VillageDigits)
	from, to := q.months(s.Now())
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	found, err := s.Tallies.Months(c, actor, advisor, village, from.Format(monthForm), to.Format(monthForm))
	return ok(list[tally]{Items: mapped(found, tallyOf)}, err)
}

// months reads from and to as months. A missing one lies a year from the other;
// without both it is the year up to now.
func (q *query) months(now time.Time) (from, to time.Time) {
	now = now.In(domain.China)
	from, to = q.month("from"), q.month("to")
	switch {
	case from.IsZero() && to.IsZero():
		to = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, domain.China)
		from = to.AddDate(0, 1-usualMonths, 0)
	case to.IsZero():
		to = from.AddDate(0, usualMonths-1, 0)
	case from.IsZero():
		from = to.AddDate(0, 1-usualMonths, 0)
	}
	apart := (to.Year()-from.Year())*monthsOfAYear + int(to.Month()-from.Month())
	q.faults.Check(apart >= 0, "to", "bad_range")
	q.faults.Check(apart < services.MaxTallyMonths, "to", "too_many_months")
	return from, to
}

// month reads a month, "2026-11"; the zero time if there is none.
func (q *query) month(name string) time.Time {
	s := q.c.Query(name)
	if s == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(monthForm, s, domain.China)
	q.faults.Check(err == nil && t.Year() > 1900 && t.Year() < 2200, name, "bad_month")
	return t
}

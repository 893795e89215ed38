package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"villagecounsel/services/domain"
)

const (
	maxBody         = 64 << 10
	maxIdempotency  = 128
	maxID           = 128 // ids of ours are shorter by far
	defaultPageSize = 20
	maxPageSize     = 100
	maxRangeDays    = 31
)

// read reads a JSON body. Fields that it does not know are left.
func read(c *gin.Context, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	switch {
	case err != nil:
	case len(bytes.TrimSpace(body)) == 0:
		err = io.EOF
	case !utf8.Valid(body):
		err = errors.New("no UTF-8")
	default:
		err = json.Unmarshal(body, into)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return errNoBody
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return domain.Fault(domain.Malformed, "body_too_large")
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
		return &domain.Error{Code: domain.Malformed, Reason: "malformed_json", Fields: []domain.Field{{Name: e.Field, Reason: "wrong_type"}}}
	}
	return domain.Fault(domain.Malformed, "malformed_json")
}

// errNoBody says that a body was needed and there is none.
var errNoBody = domain.Fault(domain.Malformed, "body_required")

// readOptional reads a JSON body that may be missing.
func readOptional(c *gin.Context, into any) error {
	if c.Request.ContentLength == 0 {
		return nil
	}
	err := read(c, into)
	if errors.Is(err, errNoBody) {
		return nil
	}
	return err
}

// idempotencyKey answers the request's key; required says that it must be there.
func idempotencyKey(c *gin.Context, required bool) (string, error) {
	key := c.GetHeader("Idempotency-Key")
	if key == "" && !required {
		return "", nil
	}
	if key == "" || len(key) > maxIdempotency || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", domain.Fault(domain.Malformed, "idempotency_key_required")
	}
	return key, nil
}

// query reads the parameters of a URL and gathers what is wrong with them.
type query struct {
	c      *gin.Context
	faults domain.Faults
}

func (q *query) text(name string, limit int) string {
	s := strings.TrimSpace(q.c.Query(name))
	q.faults.Check(domain.IsText(s, limit), name, "too_long")
	return s
}

func (q *query) digits(name string, n int) string {
	s := q.c.Query(name)
	q.faults.Check(s == "" || domain.IsDigits(s, n), name, "bad_code")
	return s
}

func (q *query) day(name string) domain.Day {
	s := q.c.Query(name)
	if s == "" {
		return ""
	}
	d, ok := domain.ParseDay(s)
	q.faults.Check(ok, name, "bad_day")
	return d
}

func (q *query) flag(name string) bool {
	s := q.c.Query(name)
	b, err := strconv.ParseBool(s)
	q.faults.Check(s == "" || err == nil, name, "unknown")
	return b
}

func (q *query) limit() int {
	s := q.c.Query("limit")
	if s == "" {
		return defaultPageSize
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxPageSize {
		q.faults.Add("limit", "bad_limit")
		return defaultPageSize
	}
	return n
}

// pageOf answers the page of a short list that the query asks for. The cursor
// is the number of items before it.
func pageOf[T, W any](c *gin.Context, items []T, wire func(T) W) (list[W], error) {
	q := query{c: c}
	limit := q.limit()
	if err := q.faults.Err(); err != nil {
		return list[W]{}, err
	}
	text, err := readCursor(c.Query("cursor"))
	if err != nil {
		return list[W]{}, err
	}
	first := 0
	if text != "" {
		if first, err = strconv.Atoi(text); err != nil || first < 0 || strconv.Itoa(first) != text {
			return list[W]{}, badCursor()
		}
	}
	first = min(first, len(items))
	last := min(first+limit, len(items))
	out := list[W]{Items: mapped(items[first:last], wire)}
	if last < len(items) {
		out.Next = writeCursor(strconv.Itoa(last))
	}
	return out, nil
}

// span reads from and to, of which at most 31 days may lie apart. A missing
// one follows from the other, or from today and the days given.
func (q *query) span(today domain.Day, days int) (from, to domain.Day) {
	from, to = q.day("from"), q.day("to")
	if q.faults.Err() != nil {
		return from, to
	}
	switch {
	case from == "" && to == "":
		from, to = today, today.Add(days-1)
	case to == "":
		to = from.Add(days - 1)
	case from == "":
		from = min(today, to)
	}
	q.range31(from, to)
	return from, to
}

func (q *query) range31(from, to domain.Day) {
	if from == "" || to == "" || q.faults.Err() != nil {
		return
	}
	q.faults.Check(from <= to, "to", "bad_range")
	q.faults.Check(from.DaysUntil(to) < maxRangeDays, "to", "too_wide")
}

// moment reads an RFC 3339 time of a body.
func moment(s, name string, f *domain.Faults) time.Time {
	if s == "" {
		f.Add(name, "required")
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	f.Check(err == nil, name, "bad_time")
	return t.Truncate(time.Millisecond)
}

// clock reads a time of day of a body, "09:00".
func clock(s, name string, f *domain.Faults) domain.Minute {
	m, ok := domain.ParseMinute(s)
	f.Check(ok, name, "bad_time")
	return m
}

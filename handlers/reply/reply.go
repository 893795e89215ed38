// Package reply turns an error into an answer: a status, a stable reason and a
// plain Chinese text. It is the one place that knows either.
package reply

import (
	"errors"
	"net/http"
	"strings"

	"villagecounsel/services/domain"
)

// Fault is the body of every refusal.
type Fault struct {
	Reason    string  `json:"reason"`
	Message   string  `json:"message"`
	Fields    []Field `json:"fields"`
	RequestID string  `json:"request_id"`
}

// Field is one faulty field.
type Field struct {
	Name    string `json:"name"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// Internal is the reason of an error that is nobody's business outside.
const Internal = "internal"

var statuses = map[domain.Code]int{
	domain.Malformed:       http.StatusBadRequest,
	domain.Unauthenticated: http.StatusUnauthorized,
	domain.Forbidden:       http.StatusForbidden,
	domain.NotFound:        http.StatusNotFound,
	domain.Conflict:        http.StatusConflict,
	domain.Invalid:         http.StatusUnprocessableEntity,
	domain.TooMany:         http.StatusTooManyRequests,
	domain.Unavailable:     http.StatusServiceUnavailable,
}

// Of answers the status and the body of an error. An error that is no
// domain.Error is 500, and nothing of it is told.
func Of(err error, requestID string) (status int, body Fault) {
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return http.StatusInternalServerError, Fault{Internal, texts[Internal], []Field{}, requestID}
	}
	body = Fault{Reason: e.Reason, Message: text(e.Reason), Fields: make([]Field, 0, len(e.Fields)), RequestID: requestID}
	var told []string
	for _, f := range e.Fields {
		m := fieldName(f.Name) + text(f.Reason)
		body.Fields = append(body.Fields, Field{f.Name, f.Reason, m})
		told = append(told, m)
	}
	if len(told) > 0 {
		body.Message = strings.TrimSuffix(body.Message, "。") + "：" + strings.Join(told, "；") + "。"
	}
	return statuses[e.Code], body
}

func text(reason string) string {
	if t, ok := texts[reason]; ok {
		return t
	}
	return texts["unknown_reason"]
}

// fieldName answers what people call a field: "for.phone" and "shifts[2].from"
// go by their last part.
func fieldName(name string) string {
	n := name
	if i := strings.LastIndexByte(n, '.'); i >= 0 {
		n = n[i+1:]
	}
	n, _, _ = strings.Cut(n, "[")
	if t, ok := names[n]; ok {
		return "「" + t + "」"
	}
	return "「" + name + "」"
}

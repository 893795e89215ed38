package domain

import (
	"errors"
	"strings"
)

// Code says what sort of fault an Error is. The edge maps it to a status;
// nothing else about a status is known inside the house.
type Code int

// The sorts of fault. An error that is no *Error is internal.
const (
	Malformed       Code = iota + 1 // the request cannot be read
	Unauthenticated                 // nobody, or a token that does not stand
	Forbidden                       // visible, but not for this person to do
	NotFound                        // does not exist, or is not this person's to see
	Conflict                        // the state of the thing does not allow it
	Invalid                         // read, but a field or a rule refuses it
	TooMany                         // asked too often
	Unavailable                     // a part that is needed does not answer
)

// Field is one faulty field of a request.
type Field struct {
	Name   string // as on the wire, e.g. "for.phone"
	Reason string // a slug of the text catalogue, e.g. "required"
}

// Offer is what a refusal holds out instead: other times, or other people.
type Offer struct {
	Slots    []Slot    // at most three, nearest first
	Advisors []string  // ids of advisors of other villages
	Office   string    // 9 digits: the town whose 司法所 may be asked
	Bookings []Booking // what a change of schedule would orphan
}

// Error is a fault that somebody outside may be told of. Reason is a stable
// slug; Err is for the log alone and never reaches a body.
type Error struct {
	Code   Code
	Reason string
	Fields []Field
	Offer  *Offer
	Err    error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Reason)
	for _, f := range e.Fields {
		b.WriteString(" " + f.Name + ":" + f.Reason)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target has the same code and reason.
func (e *Error) Is(target error) bool {
	t, ok := errors.AsType[*Error](target)
	return ok && t.Code == e.Code && t.Reason == e.Reason
}

// Fault makes an Error of a code and a reason.
func Fault(code Code, reason string) *Error { return &Error{Code: code, Reason: reason} }

// InvalidField makes an Invalid error about one field.
func InvalidField(name, reason string) *Error {
	return &Error{Code: Invalid, Reason: "invalid_fields", Fields: []Field{{name, reason}}}
}

// Faults that many verbs share.
var (
	ErrNotFound  = Fault(NotFound, "not_found")
	ErrForbidden = Fault(Forbidden, "forbidden")

	// ErrExists says that a document with this id is already there.
	ErrExists = Fault(Conflict, "exists")

	// ErrUnchanged is returned by a change function that found nothing to
	// do: the document is left as it is and the update succeeds.
	ErrUnchanged = errors.New("unchanged")
)

// ReasonOf answers the reason of a domain error, or "internal".
func ReasonOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return "internal"
}

// Faults gathers the faulty fields of one request, so that a person is told
// of all of them at once.
type Faults struct{ fields []Field }

// Add notes a fault.
func (f *Faults) Add(name, reason string) { f.fields = append(f.fields, Field{name, reason}) }

// Check notes a fault unless ok.
func (f *Faults) Check(ok bool, name, reason string) {
	if !ok {
		f.Add(name, reason)
	}
}

// Fields answers what was noted.
func (f *Faults) Fields() []Field { return f.fields }

// Err answers the Invalid error of all noted faults, or nil.
func (f *Faults) Err() error {
	if len(f.fields) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Reason: "invalid_fields", Fields: f.fields}
}

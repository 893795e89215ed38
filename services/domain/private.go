package domain

import (
	"errors"
	"fmt"
	"log/slog"
)

// Private is text that is sealed at rest and kept out of logs and bodies: a
// resident's name, telephone number, openid, or what a matter is about. The
// store seals and opens it; whoever means to show it calls Reveal.
type Private string

// Reveal answers the text itself.
func (p Private) Reveal() string { return string(p) }

// Format keeps the text out of anything that is printed.
func (p Private) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("[private]")) }

// LogValue keeps the text out of logs.
func (p Private) LogValue() slog.Value { return slog.StringValue("[private]") }

// MarshalJSON refuses: wire types carry revealed text on purpose, never a
// Private by accident.
func (p Private) MarshalJSON() ([]byte, error) {
	return nil, errors.New("domain: private text must not be encoded")
}

package handlers

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// Cursors are opaque to clients: base64url of what comes last on a page.

const maxCursor = 256

func writeCursor(last string) string {
	if last == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(last))
}

func readCursor(s string) (string, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(s) > maxCursor || strings.ContainsAny(s, lineBreaks) {
		return "", badCursor()
	}
	return string(b), nil
}

func writeTimeCursor(c services.Cursor) string {
	if c.ID == "" {
		return ""
	}
	return writeCursor(strconv.FormatInt(c.Start.UnixMilli(), 10) + "|" + c.ID)
}

func readTimeCursor(s string) (services.Cursor, error) {
	if s == "" {
		return services.Cursor{}, nil
	}
	text, err := readCursor(s)
	if err != nil {
		return services.Cursor{}, err
	}
	at, id, ok := strings.Cut(text, "|")
	ms, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || id == "" || strconv.FormatInt(ms, 10) != at {
		return services.Cursor{}, badCursor()
	}
	return services.Cursor{Start: time.UnixMilli(ms), ID: id}, nil
}

func badCursor() error {
	return &domain.Error{Code: domain.Malformed, Reason: "bad_cursor", Fields: []domain.Field{{Name: "cursor", Reason: "bad_code"}}}
}

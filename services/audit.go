package services

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"villagecounsel/services/domain"
)

// writeAudit adds a line to the audit trail (审计日志) of its day. A line that
// has an id already is written once; one without gets one.
func writeAudit(ctx context.Context, data Data, line domain.AuditLine) error {
	if line.ID == "" {
		line.ID = rand.Text()
	}
	return put(ctx, data.Audit, string(domain.DayOf(line.At)), line, true, func(l domain.AuditLine) string { return l.ID })
}

// request answers the keyed hash of what a request says: what two requests share
// only if they say the same, and what tells nothing to who has no key.
func (d *Data) request(parts ...string) string { return d.Hash("request", digestOf(parts...)) }

// digestOf answers a text that follows from all parts.
func digestOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return strings.ToLower(hex.EncodeToString(h.Sum(nil)[:16]))
}

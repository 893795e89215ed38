package services

import (
	"context"
	"errors"
	"fmt"
	"time"

	"villagecounsel/services/domain"
)

// Districts are the verbs of what a district has settled for itself (区级设置).
type Districts struct {
	Data   Data
	Now    func() time.Time
	Places *Places
}

// Bounds of a district's settings: the product's own choice.
const (
	maxMonthGrace    = 31 // days: by then the next month is over
	maxComplaintDays = 60 // working days
)

// DistrictChange is what is to be settled anew; nil = as it was.
type DistrictChange struct {
	MonthGrace    *int // 0 = as domain.DefaultMonthGrace says
	ComplaintDays *int
}

// Settings answers a district's settings, or domain.ErrNotFound.
func (s *Districts) Settings(ctx context.Context, code string) (domain.Office, error) {
	if !domain.IsDigits(code, domain.DistrictDigits) || len(s.Places.TownsIn(code)) == 0 {
		return domain.Office{}, domain.ErrNotFound
	}
	office, err := s.Data.Offices.Get(ctx, code)
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Office{Meta: domain.Meta{ID: code}}, nil
	}
	return office, err
}

// Set changes a district's settings at the operator's command. It is on the
// audit trail before it stands.
func (s *Districts) Set(ctx context.Context, code string, to DistrictChange) (domain.Office, error) {
	was, err := s.Settings(ctx, code)
	if err != nil {
		return was, err
	}
	if to.MonthGrace != nil && (*to.MonthGrace < 0 || *to.MonthGrace > maxMonthGrace) {
		return was, fmt.Errorf("the month's grace is 0 to %d days", maxMonthGrace)
	}
	if to.ComplaintDays != nil && (*to.ComplaintDays < 1 || *to.ComplaintDays > maxComplaintDays) {
		return was, fmt.Errorf("a complaint is answered within 1 to %d working days", maxComplaintDays)
	}
	to.apply(&was)
	err = writeAudit(ctx, s.Data, domain.AuditLine{At: s.Now(), By: operator, Verb: "district_settings", Subject: code,
		Purpose: domain.Private(fmt.Sprintf("month_grace=%d complaint_days=%d", was.MonthGrace, was.ComplaintDays))})
	if err != nil {
		return was, err
	}
	return s.Data.Offices.Upsert(ctx, code, func(o *domain.Office) error {
		to.apply(o)
		return nil
	})
}

// operator is whoever works at the command line.
const operator = "operator"

func (c *DistrictChange) apply(o *domain.Office) {
	if c.MonthGrace != nil {
		o.MonthGrace = *c.MonthGrace
	}
	if c.ComplaintDays != nil {
		o.ComplaintDays = *c.ComplaintDays
	}
}

package services

import (
	"context"
	"time"

	"villagecounsel/services/domain"
)

// Complaints are the verbs of complaints (投诉).
type Complaints struct {
	Data   Data
	Now    func() time.Time
	Years  *Years
	Places *Places
	Relay  *Relay
}

// ComplaintRequest is a complaint as it is filed. Without an appointment and an
// advisor it is about the service itself.
type ComplaintRequest struct {
	Key         string
	Appointment string
	Advisor     string
	Text        string
	Files       []string
}

// SeenComplaint is a complaint as one person may see it.
type SeenComplaint struct {
	domain.Complaint
	Due     domain.Day // the last day of its clock; "" = a year without a table is reached
	Overdue bool
	Can     bool // the person may answer it now
}

// ComplaintFilter narrows a list of complaints.
type ComplaintFilter struct {
	Open  *bool // nil = all
	After string
	Limit int
}

// File files a complaint.
func (s *Complaints) File(ctx context.Context, actor domain.Actor, req ComplaintRequest) (SeenComplaint, error) {
	return SeenComplaint{}, domain.ErrNotFound
}

// Complaint answers one complaint to who filed it and to who answers it.
func (s *Complaints) Complaint(ctx context.Context, actor domain.Actor, id string) (SeenComplaint, error) {
	return SeenComplaint{}, domain.ErrNotFound
}

// List lists the actor's complaints, newest first; next is the id of the last
// if there are more.
func (s *Complaints) List(ctx context.Context, actor domain.Actor, f ComplaintFilter) (items []SeenComplaint, next string, err error) {
	return nil, "", domain.ErrNotFound
}

// Answer gives the office's word.
func (s *Complaints) Answer(ctx context.Context, actor domain.Actor, id, text string, outcome domain.Outcome, key string) (SeenComplaint, error) {
	return SeenComplaint{}, domain.ErrNotFound
}

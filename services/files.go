package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/filecheck"
)

// Files are the verbs of uploaded files (附件).
type Files struct {
	Data  Data
	Now   func() time.Time
	Relay *Relay
}

const (
	// maxFiles is how many files one thing may have, and claimGrace how long a
	// file's claim may wait for the thing to be written: own choices.
	maxFiles   = 9
	claimGrace = time.Hour
)

// What a file's claim begins with.
const (
	claimLog       = "log|"
	claimSignIn    = "signin|"
	claimComplaint = "complaint|"
	claimPhoto     = "photo|"
	claimSwept     = "swept" // it is about to be removed: nothing claims it any more
)

// checking lets one upload of the process be judged and kept at a time: a
// picture takes some 200 MB while it is judged.
var checking = make(chan struct{}, 1)

// Upload keeps a file, judged by its content. What falls due for it is noted
// first, so that whatever is left of an upload that dies is swept.
func (s *Files) Upload(ctx context.Context, actor domain.Actor, key string, content []byte) (domain.File, error) {
	if err := May(actor, ActUpload); err != nil {
		return domain.File{}, err
	}
	select {
	case checking <- struct{}{}:
		defer func() { <-checking }()
	case <-ctx.Done():
		return domain.File{}, &domain.Error{Code: domain.Unavailable, Reason: "timed_out", Err: ctx.Err()}
	}
	now := s.Now()
	f := domain.File{Meta: domain.Meta{ID: s.Data.Hash("file", actor.ID+"|"+key)}, By: actor.ID, Request: sumOf(content), Created: now}
	made, err := s.uploaded(ctx, &f)
	if !errors.Is(err, domain.ErrNotFound) {
		return made, err
	}
	clean, mime, err := filecheck.Check(content)
	if err != nil {
		return domain.File{}, err
	}
	f.Type, f.Size, f.SHA256 = mime, int64(len(clean)), sumOf(clean)
	if err := s.Relay.dueTask(ctx, domain.SweepFile, f.ID, now.Add(domain.KeepUpload)); err != nil {
		return domain.File{}, err
	}
	if err := s.Data.Blobs.Put(ctx, f.ID, clean); err != nil {
		return domain.File{}, err
	}
	if err := s.Data.Files.Insert(ctx, f); !errors.Is(err, domain.ErrExists) {
		return f, err
	}
	return s.uploaded(ctx, &f)
}

// uploaded answers what the same request has made before.
func (s *Files) uploaded(ctx context.Context, f *domain.File) (domain.File, error) {
	made, err := s.Data.Files.Get(ctx, f.ID)
	if err == nil && made.Request != f.Request {
		return domain.File{}, domain.Fault(domain.Invalid, "idempotency_reused")
	}
	return made, err
}

var errContent = errors.New("its content is missing, or is not what was kept")

// Open answers a file to whom it may be given: to who uploaded it, and to those
// who may know of the thing that it belongs to.
func (s *Files) Open(ctx context.Context, actor domain.Actor, id string) (domain.File, []byte, error) {
	f, err := s.Data.Files.Get(ctx, id)
	if err != nil {
		return domain.File{}, nil, err
	}
	own := actor.ID != "" && actor.ID == f.By
	if !own {
		may, err := s.mayOpen(ctx, actor, &f)
		if err != nil {
			return domain.File{}, nil, err
		}
		if !may {
			return domain.File{}, nil, domain.ErrNotFound
		}
	}
	content, err := s.content(ctx, &f)
	if err != nil {
		return domain.File{}, nil, err
	}
	if isStaff(actor) && !own {
		line := domain.AuditLine{At: s.Now(), By: actor.ID, Kind: actor.Kind, Verb: "open_file", Subject: id}
		if err := writeAudit(ctx, s.Data, line); err != nil {
			return domain.File{}, nil, err
		}
	}
	return f, content, nil
}

// content answers what was kept of a file.
func (s *Files) content(ctx context.Context, f *domain.File) ([]byte, error) {
	content, err := s.Data.Blobs.Get(ctx, f.ID)
	if errors.Is(err, domain.ErrNotFound) || err == nil && sumOf(content) != f.SHA256 {
		err = errContent
	}
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", f.ID, err)
	}
	return content, nil
}

// mayOpen reports whether a file of somebody else may be given to the actor:
// never to the people of the village.
func (s *Files) mayOpen(ctx context.Context, actor domain.Actor, f *domain.File) (bool, error) {
	if actor.ID == "" {
		return false, nil
	}
	c, err := claimer(ctx, s.Data, f)
	if errors.Is(err, domain.ErrNotFound) {
		return false, nil
	}
	switch {
	case err != nil:
		return false, err
	case c.log != nil:
		return s.mayOpenOfLog(ctx, actor, c.log)
	case c.signIn != nil:
		advisor, _, _ := strings.Cut(c.day, "|")
		return actor.ID == advisor || isStaff(actor) && inArea(actor, c.signIn.Village), nil
	case c.complaint != nil:
		return seesComplaint(actor, c.complaint), nil
	}
	return false, nil
}

// mayOpenOfLog holds to what a log shows: whom the appointment was for sees its
// content only if their telephone is known to be theirs or they booked it
// themselves.
func (s *Files) mayOpenOfLog(ctx context.Context, actor domain.Actor, l *domain.ServiceLog) (bool, error) {
	switch SideOfLog(actor, l) {
	case SideAdvisor, SidePartner, SideOffice:
		return true, nil
	case SideResident:
		p, err := s.Data.People.Get(ctx, actor.ID)
		if err != nil || p.Verified {
			return err == nil, err
		}
		a, err := s.Data.Appointments.Get(ctx, l.Appointment)
		return err == nil && a.Booker == actor.ID, err
	}
	return false, nil
}

// claimed is the thing that a file belongs to: one of the three, or none where
// it is a photo, which is given out with the card alone.
type claimed struct {
	log       *domain.ServiceLog
	signIn    *domain.SignIn
	day       string // of the sign-in: id of its document
	complaint *domain.Complaint
}

// claimer answers the thing that claims a file and lists it, in any version, or
// domain.ErrNotFound.
func claimer(ctx context.Context, data Data, f *domain.File) (claimed, error) {
	if id, ok := strings.CutPrefix(f.Claim, claimLog); ok {
		l, err := data.Logs.Get(ctx, id)
		if err == nil && slices.ContainsFunc(l.Versions, func(v domain.LogVersion) bool { return slices.Contains(v.Files, f.ID) }) {
			return claimed{log: &l}, nil
		}
		return claimed{}, orNotFound(err)
	}
	if id, ok := strings.CutPrefix(f.Claim, claimSignIn); ok {
		d, err := data.SignIns.Get(ctx, id)
		if i := slices.IndexFunc(d.Items, func(in domain.SignIn) bool { return in.Photo == f.ID }); err == nil && i >= 0 {
			return claimed{signIn: &d.Items[i], day: id}, nil
		}
		return claimed{}, orNotFound(err)
	}
	if id, ok := strings.CutPrefix(f.Claim, claimComplaint); ok {
		c, err := data.Complaints.Get(ctx, id)
		if err == nil && slices.Contains(c.Files, f.ID) {
			return claimed{complaint: &c}, nil
		}
		return claimed{}, orNotFound(err)
	}
	if id, ok := strings.CutPrefix(f.Claim, claimPhoto); ok {
		a, err := data.Advisors.Get(ctx, id)
		if err == nil && a.Photo == f.ID {
			return claimed{}, nil
		}
		return claimed{}, orNotFound(err)
	}
	return claimed{}, domain.ErrNotFound
}

func orNotFound(err error) error {
	if err == nil {
		return domain.ErrNotFound
	}
	return err
}

// claimFiles lets a thing claim files, before the thing itself is written: each
// must be the actor's and nobody else's, or have been claimed by the same thing,
// and be of one of the types named, if any.
func claimFiles(ctx context.Context, data Data, actor domain.Actor, claim, field string, ids []string, only ...string) error {
	if len(ids) > maxFiles {
		return domain.InvalidField(field, "too_many")
	}
	unknown := domain.InvalidField(field, "unknown_file")
	fits := func(f *domain.File) bool {
		return (f.Claim == claim || f.Claim == "" && f.By == actor.ID) && (len(only) == 0 || slices.Contains(only, f.Type))
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return domain.InvalidField(field, "repeated")
		}
		f, err := data.Files.Get(ctx, id)
		if errors.Is(err, domain.ErrNotFound) || err == nil && !fits(&f) {
			return unknown
		}
		if err != nil {
			return err
		}
	}
	for _, id := range ids {
		_, err := data.Files.Update(ctx, id, func(f *domain.File) error {
			switch {
			case !fits(f):
				return unknown
			case f.Claim == claim:
				return domain.ErrUnchanged
			}
			f.Claim = claim
			return nil
		})
		if errors.Is(err, domain.ErrNotFound) {
			return unknown
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sweepFile removes a file that nothing has claimed, or whose claim came to
// nothing. It is marked first, so that nothing claims it any more, and its
// content goes last: whoever is stopped in between is followed by another.
func (r *Relay) sweepFile(ctx context.Context, id string, now time.Time) error {
	f, err := r.Data.Files.Get(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		return r.Data.Blobs.Delete(ctx, id)
	}
	kept := f.Created.Add(domain.KeepUpload)
	if err != nil || now.Before(kept) { // it was uploaded again, and will be swept of itself
		return err
	}
	if f.Claim != "" && f.Claim != claimSwept {
		_, err := claimer(ctx, r.Data, &f)
		if !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if now.Before(kept.Add(claimGrace)) { // what claims it may be being written
			return r.dueTask(ctx, domain.SweepFile, id, kept.Add(claimGrace))
		}
	}
	now = r.Now()
	swept, err := r.Data.Files.Update(ctx, id, func(x *domain.File) error {
		if x.Claim != f.Claim {
			return domain.ErrUnchanged
		}
		x.Claim = claimSwept
		return nil
	})
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return r.Data.Blobs.Delete(ctx, id)
	case err != nil:
		return err
	case swept.Claim != claimSwept: // claimed just now
		return r.dueTask(ctx, domain.SweepFile, id, now.Add(claimGrace))
	}
	if err := r.Data.Files.Delete(ctx, id); err != nil {
		return err
	}
	return r.Data.Blobs.Delete(ctx, id)
}

package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

// entry is one record to be appended: to whose chain, and since when the event
// that it tells of has been known.
type entry struct {
	owner  string
	since  time.Time
	record domain.Record
}

// append adds a record to the end of its owner's chain, unless its source is
// recorded already. The commit point is the write of the last page; the head
// follows, and if the program dies in between, whoever passes the event again
// raises it.
func (r *Relay) append(ctx context.Context, e entry) error {
	head, err := r.Data.Heads.Get(ctx, e.owner)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	if e.record.Recorded = r.Now(); e.record.Recorded.Before(e.since) { // the clock was set back
		e.record.Recorded = e.since
	}
	n := int(head.Len/domain.PageLen) + 1
	prev, found, err := r.searchChain(ctx, e, n-1)
	if err != nil || found {
		return err
	}
	for ; ; n++ {
		var full bool
		page, err := r.Data.Records.Upsert(ctx, pageID(e.owner, n), func(p *domain.RecordPage) error {
			full = false
			if slices.ContainsFunc(p.Items, func(x domain.Record) bool { return x.Source == e.record.Source }) {
				return domain.ErrUnchanged
			}
			if full = len(p.Items) == domain.PageLen; full {
				return domain.ErrUnchanged
			}
			last := prev
			if len(p.Items) > 0 {
				last = &p.Items[len(p.Items)-1]
			}
			p.Items = append(p.Items, lifecycle.Link(e.owner, last, e.record))
			return nil
		})
		if err != nil {
			return err
		}
		last := page.Items[len(page.Items)-1]
		if err := r.raiseHead(ctx, e.owner, &last); err != nil {
			return err
		}
		if !full {
			return nil
		}
		prev = &last
	}
}

// searchChain looks for a source on the pages up to the n-th, and answers the
// last record of that one. No record was recorded before its event was known,
// and times of recording never fall, so pages from before then need no look.
func (r *Relay) searchChain(ctx context.Context, e entry, n int) (last *domain.Record, found bool, err error) {
	for ; n > 0; n-- {
		page, err := r.Data.Records.Get(ctx, pageID(e.owner, n))
		if err != nil {
			return nil, false, fmt.Errorf("page %d of a chain: %w", n, err)
		}
		newest := &page.Items[len(page.Items)-1]
		if last == nil {
			last = newest
		}
		if newest.Recorded.Before(e.since) {
			break
		}
		if slices.ContainsFunc(page.Items, func(x domain.Record) bool { return x.Source == e.record.Source }) {
			return last, true, nil
		}
	}
	return last, false, nil
}

func (r *Relay) raiseHead(ctx context.Context, owner string, last *domain.Record) error {
	_, err := r.Data.Heads.Upsert(ctx, owner, func(h *domain.ChainHead) error {
		if h.Len >= last.Seq {
			return domain.ErrUnchanged
		}
		h.Len, h.Hash = last.Seq, last.Hash
		return nil
	})
	return err
}

// keep brings rows to the ledgers they belong to, and takes them out of those
// named in out.
func (r *Relay) keep(ctx context.Context, rows []row, out []row) error {
	var in []string
	for _, x := range rows {
		if x.fact.Status == lifecycle.RoleNone {
			out = append(out, x)
			continue
		}
		for _, id := range lifecycle.LedgersOf(x.owner, &x.fact) {
			in = append(in, id)
			if err := r.enter(ctx, id, x.fact, lifecycle.Put); err != nil {
				return err
			}
		}
	}
	for _, x := range out {
		for _, id := range lifecycle.LedgersOf(x.owner, &x.fact) {
			if slices.Contains(in, id) {
				continue
			}
			if err := r.enter(ctx, id, x.fact, lifecycle.Take); err != nil {
				return err
			}
		}
	}
	return nil
}

// row is a fact of an owner's chain.
type row struct {
	owner string
	fact  domain.Fact
}

func rowOf(e *entry) (row, bool) {
	f, ok := lifecycle.FactOf(e.owner, &e.record)
	return row{e.owner, f}, ok
}

func (r *Relay) enter(ctx context.Context, id string, f domain.Fact, change func(*domain.Ledger, domain.Fact) bool) error {
	_, err := r.Data.Ledgers.Upsert(ctx, id, func(l *domain.Ledger) error {
		if !change(l, f) {
			return domain.ErrUnchanged
		}
		return nil
	})
	return err
}

// bookingKinds says which events of an appointment are recorded.
var bookingKinds = map[domain.Verb]domain.RecordKind{
	domain.Book: domain.RecordBooked, domain.Reschedule: domain.RecordMoved, domain.Cancel: domain.RecordCancelled,
	domain.Complete: domain.RecordCompleted, domain.Miss: domain.RecordMissed, domain.Rate: domain.RecordRated,
}

// bookingEntry answers the record of an appointment's event, if it makes one.
func bookingEntry(a *domain.Appointment, e *domain.Event) (entry, bool) {
	kind, ok := bookingKinds[e.Verb]
	if !ok {
		return entry{}, false
	}
	rec := domain.Record{Source: sourceOf(pointAppointment, a.ID, e.Seq), Kind: kind, On: e.Start, Ref: a.ID, Village: a.Village,
		Codes: map[string]string{}, Numbers: map[string]int64{lifecycle.NumberState: int64(e.Seq)}}
	rec.By, rec.ByKind = openly(e.By, e.ByKind)
	for _, later := range a.Events[e.Seq:] { // where it was to take place then
		if later.Verb == domain.Reschedule {
			rec.Village = later.FreedVillage
			break
		}
	}
	switch kind {
	case domain.RecordMoved, domain.RecordCancelled:
		rec.Numbers[lifecycle.NumberAhead] = int64(e.Freed.Sub(e.At) / time.Minute)
	case domain.RecordMissed:
		rec.Codes[lifecycle.CodeMissedBy] = string(a.MissedBy)
	case domain.RecordRated:
		rec.Numbers[lifecycle.NumberStars] = int64(a.Rating.Stars)
		rec.Codes[lifecycle.CodeSource] = string(a.Rating.Source)
	}
	return entry{a.Advisor, e.At, rec}, true
}

// recordBooking records an appointment's event, and keeps the ledgers by what
// the appointment is now.
func (r *Relay) recordBooking(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	this, ok := bookingEntry(a, e)
	if !ok {
		return nil
	}
	if err := r.append(ctx, this); err != nil {
		return err
	}
	for {
		if err := r.keep(ctx, bookingRows(a), formerRows(a)); err != nil {
			return err
		}
		again, err := r.Data.Appointments.Get(ctx, a.ID)
		if err != nil || len(again.Events) == len(a.Events) {
			return err
		}
		a = &again // it moved on meanwhile
	}
}

// formerRows answers the rows that an appointment made before it was moved.
func formerRows(a *domain.Appointment) []row {
	var rows []row
	for i := range a.Events {
		e := &a.Events[i]
		was, ok := bookingEntry(a, e)
		if !ok || e.Verb != domain.Reschedule {
			continue
		}
		was.record.On, was.record.Village = e.Freed, e.FreedVillage
		was.record.Numbers[lifecycle.NumberState] = int64(len(a.Events))
		if x, ok := rowOf(&was); ok {
			rows = append(rows, x)
		}
	}
	return rows
}

// bookingRows answers the rows that an appointment makes as it is now: one of
// the booking, and one of its rating.
func bookingRows(a *domain.Appointment) []row {
	var rows []row
	for i := range slices.Backward(a.Events) {
		e, ok := bookingEntry(a, &a.Events[i])
		if !ok {
			continue
		}
		x, _ := rowOf(&e)
		if !slices.ContainsFunc(rows, func(y row) bool { return y.fact.Kind == x.fact.Kind }) {
			rows = append(rows, x)
		}
	}
	return rows
}

// recordChanges records the leaves and posts that a diary has changed, and then
// takes them off it.
func (r *Relay) recordChanges(ctx context.Context, d *domain.Diary) error {
	if len(d.Changes) == 0 {
		return nil
	}
	for _, c := range d.Changes {
		rec := domain.Record{Source: "diary|" + d.ID + "|" + strconv.FormatInt(c.Edition, 10) + "|" + strings.Join([]string{string(c.Kind), c.Ref, string(c.Role), string(domain.DayOf(c.From)), string(domain.DayOf(c.To))}, "|"),
			Kind: c.Kind, On: c.From, By: c.By, Codes: map[string]string{}, Numbers: map[string]int64{}}
		if c.By != "" {
			rec.ByKind = domain.AdvisorKind
		}
		switch c.Kind {
		case domain.RecordLeave, domain.RecordReturned:
			rec.Ref = c.Ref
			rec.Numbers[lifecycle.NumberMinutes] = int64(c.To.Sub(c.From) / time.Minute)
			if !c.At.IsZero() {
				rec.Numbers[lifecycle.NumberAhead] = int64(c.From.Sub(c.At) / time.Minute)
			}
		case domain.RecordAssigned, domain.RecordUnassigned:
			rec.Village = c.Ref
			rec.Codes[lifecycle.CodeRole], rec.Codes[lifecycle.CodeUntil] = string(c.Role), string(domain.DayOf(c.To.Add(-1)))
		}
		if err := r.append(ctx, entry{d.ID, c.At, rec}); err != nil {
			return err
		}
	}
	_, err := r.Data.Diaries.Update(ctx, d.ID, func(now *domain.Diary) error {
		n := len(now.Changes)
		now.Changes = slices.DeleteFunc(now.Changes, func(c domain.Change) bool { return slices.Contains(d.Changes, c) })
		if len(now.Changes) == n {
			return domain.ErrUnchanged
		}
		return nil
	})
	return err
}

// complaintEntry answers the record of how a complaint about an advisor ended.
// The advisor reads it: it names the day and the town, not the moment and the
// village by which a complainant might be known.
func complaintEntry(c *domain.Complaint) (entry, bool) {
	if c.Advisor == "" || c.Answer == nil {
		return entry{}, false
	}
	rec := domain.Record{Source: sourceOf(pointComplaint, c.ID, int(c.Edition)), Kind: domain.RecordComplaint, On: domain.DayOf(c.Created).Time(), Ref: c.ID, Village: c.Area,
		Codes:   map[string]string{lifecycle.CodeOutcome: string(c.Answer.Outcome)},
		Numbers: map[string]int64{lifecycle.NumberDays: int64(domain.DayOf(c.Created).DaysUntil(domain.DayOf(c.Answer.At)))}}
	rec.By, rec.ByKind = openly(c.Answer.By, c.Answer.ByKind)
	return entry{c.Advisor, c.Answer.At, rec}, true
}

func (r *Relay) recordComplaint(ctx context.Context, c *domain.Complaint) error {
	e, ok := complaintEntry(c)
	if !ok {
		return nil
	}
	return r.append(ctx, e)
}

// openly answers who did something, as a record may say it: officers and
// advisors by id, the people of a village by what they are alone.
func openly(by string, kind domain.Kind) (string, domain.Kind) {
	switch kind {
	case domain.Resident, domain.Cadre, domain.Collaborator:
		return "", kind
	}
	return by, kind
}

func sourceOf(kind, subject string, seq int) string {
	return kind + "|" + subject + "|" + strconv.Itoa(seq)
}

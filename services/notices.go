package services

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"villagecounsel/services/domain"
)

// Notices are the verbs of a person's inbox (消息). Delivery outside the app
// hangs on the same notices.
type Notices struct{ Data Data }

// NoticeList is one page of a person's notices.
type NoticeList struct {
	Items  []domain.Notice
	Next   string // id of the last item, if there are more
	Unread int    // of the newest countUnread
}

// countUnread is how far back unread notices are counted: a number beyond it
// tells nobody anything, and counting all would read a whole inbox.
const countUnread = 300

// List answers a person's notices, newest first, after the one named, if any.
func (s *Notices) List(ctx context.Context, actor domain.Actor, unread bool, after string, limit int) (NoticeList, error) {
	if err := May(actor, ActNotices); err != nil {
		return NoticeList{}, err
	}
	var list NoticeList
	looked, found := 0, after == ""
	err := walk(ctx, s.Data.Inboxes, actor.ID, func(n domain.Notice) bool {
		if looked++; looked <= countUnread && !n.Read {
			list.Unread++
		}
		switch {
		case !found:
			found = n.ID == after
		case unread && n.Read || list.Next != "":
		case len(list.Items) == limit:
			list.Next = list.Items[limit-1].ID
		default:
			list.Items = append(list.Items, n)
		}
		return list.Next == "" || looked < countUnread
	})
	return list, err
}

// Read marks one of the actor's notices as read.
func (s *Notices) Read(ctx context.Context, actor domain.Actor, id string) error {
	if err := May(actor, ActNotices); err != nil {
		return err
	}
	head, err := s.Data.Inboxes.Get(ctx, actor.ID)
	if err != nil {
		return err
	}
	for n := head.Older + 1; n > 0; n-- {
		page := actor.ID
		if n <= head.Older {
			page = pageID(actor.ID, n)
		}
		_, err := s.Data.Inboxes.Update(ctx, page, func(p *domain.Inbox) error {
			i := slices.IndexFunc(p.Items, func(n domain.Notice) bool { return n.ID == id })
			switch {
			case i < 0:
				return domain.ErrNotFound
			case p.Items[i].Read:
				return domain.ErrUnchanged
			}
			p.Items[i].Read = true
			return nil
		})
		if !errors.Is(err, domain.ErrNotFound) {
			return err
		}
	}
	return domain.ErrNotFound
}

// ReadUntil marks one of the actor's notices as read, and all that stand after
// it in the list, which are older. It may be stopped and run again.
func (s *Notices) ReadUntil(ctx context.Context, actor domain.Actor, id string) error {
	if err := May(actor, ActNotices); err != nil {
		return err
	}
	head, err := s.Data.Inboxes.Get(ctx, actor.ID)
	if err != nil {
		return err
	}
	found := false
	isIt := func(n domain.Notice) bool { return n.ID == id }
	for n := head.Older + 1; n > 0; n-- {
		page := actor.ID
		if n <= head.Older {
			page = pageID(actor.ID, n)
		}
		read, err := s.Data.Inboxes.Update(ctx, page, func(p *domain.Inbox) error {
			last := len(p.Items) - 1
			if !found {
				last = slices.IndexFunc(p.Items, isIt)
			}
			unread := false
			for i := range p.Items[:last+1] {
				unread = unread || !p.Items[i].Read
				p.Items[i].Read = true
			}
			if !unread {
				return domain.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			return err
		}
		found = found || slices.ContainsFunc(read.Items, isIt)
	}
	if !found {
		return domain.ErrNotFound
	}
	return nil
}

// told is one row of the table of who is told what of an event.
type told struct {
	verb   domain.Verb
	status domain.Status // "" = whatever the status is then
	kind   domain.NoticeKind
	to     []Side
	self   bool // the one who did it is told as well
}

// tellings is the one table of who is told what when something befalls an
// appointment. What falls due by the clock stands in reminders.
var tellings = []told{
	{domain.Book, domain.Booked, domain.NoticeBooked, []Side{SideResident, SideAdvisor}, true},
	{domain.Book, domain.Held, domain.NoticeHeld, []Side{SideResident, SideOffice}, true},
	{domain.Confirm, "", domain.NoticeBooked, []Side{SideResident, SideAdvisor}, false},
	{domain.Cancel, "", domain.NoticeCancelled, []Side{SideResident, SideAdvisor}, false},
	{domain.Reschedule, "", domain.NoticeChanged, []Side{SideResident, SideAdvisor}, false},
	{domain.Orphan, "", domain.NoticeOrphaned, []Side{SideResident}, false},
	{domain.Restore, "", domain.NoticeChanged, []Side{SideResident}, false},
	{domain.Miss, "", domain.NoticeMissed, []Side{SideResident, SideAdvisor}, false},
	{domain.Complete, "", domain.NoticeRate, []Side{SideServed}, false},
}

// tell writes the notices of one event.
func (r *Relay) tell(ctx context.Context, a *domain.Appointment, e *domain.Event) error {
	for _, row := range tellings {
		if row.verb != e.Verb || row.status != "" && row.status != e.Status {
			continue
		}
		people, err := r.people(ctx, a, row.to)
		if err != nil {
			return err
		}
		n := noticeOf(a, row.kind, a.ID+"."+strconv.Itoa(e.Seq), e.At)
		n.Start, n.End = e.Start, e.Start.Add(a.End.Sub(a.Start))
		for _, person := range people {
			if person == e.By && !row.self {
				continue
			}
			if err := r.notify(ctx, person, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// people answers who stands on some sides of an appointment.
func (r *Relay) people(ctx context.Context, a *domain.Appointment, sides []Side) ([]string, error) {
	var all []string
	for _, side := range sides {
		switch side {
		case SideResident:
			all = append(all, a.Resident, a.Booker)
		case SideServed:
			all = append(all, a.Resident)
		case SideAdvisor:
			all = append(all, a.Advisor)
		case SideOffice:
			office, err := r.Data.Offices.Get(ctx, domain.TownOf(a.Village))
			if err != nil && !errors.Is(err, domain.ErrNotFound) {
				return nil, err
			}
			all = append(all, office.Staff...)
		}
	}
	return uniq(all...), nil
}

// noticeOf makes a notice about an appointment: where and when, never what.
func noticeOf(a *domain.Appointment, kind domain.NoticeKind, id string, at time.Time) domain.Notice {
	return domain.Notice{ID: id + "." + string(kind), Kind: kind, At: at, Appointment: a.ID, Advisor: a.Advisor,
		Village: a.Village, Channel: a.Channel, Start: a.Start, End: a.End}
}

// notify puts a notice into a person's inbox, once.
func (r *Relay) notify(ctx context.Context, person string, n domain.Notice) error {
	return put(ctx, r.Data.Inboxes, person, n, true, func(n domain.Notice) string { return n.ID })
}

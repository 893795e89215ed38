package services

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

// Records are the verbs of lifecycle records (履历记录): nobody writes one, they
// follow from what takes place.
type Records struct {
	Data Data
	Now  func() time.Time
}

// RecordList is one page of somebody's records, newest first.
type RecordList struct {
	Items []domain.Record
	Next  int64 // sequence number of the last item if there are more, or 0
	Head  domain.ChainHead
}

// RecordFilter narrows a list of records.
type RecordFilter struct {
	Kinds  []domain.RecordKind // none = all
	Before int64               // sequence number of the last one of the page before; 0 = from the newest on
	Limit  int
}

// List answers the records of an advisor, or of a collaborator who served with
// one: to themselves all, to the office those of its area and those of no place.
func (s *Records) List(ctx context.Context, actor domain.Actor, advisor string, f RecordFilter) (RecordList, error) {
	if err := May(actor, ActRecords); err != nil {
		return RecordList{}, err
	}
	if err := maySeeService(ctx, s.Data, actor, advisor); err != nil {
		return RecordList{}, err
	}
	head, err := s.Data.Heads.Get(ctx, advisor)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return RecordList{}, err
	}
	list := RecordList{Head: head}
	last := head.Len
	if f.Before > 0 {
		last = min(last, f.Before-1)
	}
	for n := int((last + domain.PageLen - 1) / domain.PageLen); n > 0; n-- {
		page, err := s.Data.Records.Get(ctx, pageID(advisor, n))
		if err != nil {
			return list, err
		}
		for _, r := range slices.Backward(page.Items) {
			if r.Seq > last || isStaff(actor) && r.Village != "" && !strings.HasPrefix(r.Village, actor.Area) {
				continue
			}
			if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, r.Kind) {
				continue
			}
			if len(list.Items) == f.Limit {
				list.Next = list.Items[f.Limit-1].Seq
				return list, nil
			}
			list.Items = append(list.Items, r)
		}
	}
	return list, nil
}

// maySeeService answers nil if somebody may see how an advisor or a collaborator
// serves: they themselves, and the office of an area in which the advisor has or
// had a post, or to which the collaborator's village belongs.
func maySeeService(ctx context.Context, data Data, actor domain.Actor, who string) error {
	if actor.ID == who {
		return nil
	}
	if actor.Kind == domain.AdvisorKind || actor.Kind == domain.Collaborator {
		return domain.ErrNotFound
	}
	p, err := data.People.Get(ctx, who)
	if err != nil {
		return err
	}
	d, err := data.Diaries.Get(ctx, who)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	here := p.Kind == domain.Collaborator && inArea(actor, p.Village)
	if !here && !slices.ContainsFunc(d.Posts, func(p domain.Post) bool { return inArea(actor, p.Village) }) {
		return domain.ErrNotFound
	}
	return nil
}

// ExportRecords writes somebody's chain to a file that VerifyFile of package
// lifecycle checks without the store. It answers domain.ErrNotFound where there
// are no records.
func ExportRecords(ctx context.Context, data Data, owner string, now time.Time, w io.Writer) (lifecycle.Summary, error) {
	head, err := data.Heads.Get(ctx, owner)
	if err != nil {
		return lifecycle.Summary{}, err
	}
	s := lifecycle.Summary{Owner: owner, Exported: now, Len: head.Len, Head: head.Hash}
	return s, lifecycle.WriteFile(w, s, chain(ctx, data, owner, head.Len))
}

// chain streams the records of a chain up to the one numbered.
func chain(ctx context.Context, data Data, owner string, last int64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for n := 1; int64(n-1)*domain.PageLen < last; n++ {
			page, err := data.Records.Get(ctx, pageID(owner, n))
			if err != nil {
				yield(domain.Record{}, err)
				return
			}
			for _, r := range page.Items {
				if r.Seq > last || !yield(r, nil) {
					return
				}
			}
		}
	}
}

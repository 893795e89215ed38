package services

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

// chainLooks is how often a chain is looked at before it is said to be wrong:
// it may grow while it is read.
const chainLooks = 3

// chains walks every chain and names the first bad record of each, and whatever
// does not end as its head or a digest says.
func (v *verifier) chains(ctx context.Context, data Data) error {
	points, problems, err := readDigests(ctx, data)
	if err != nil {
		return err
	}
	v.problems = append(v.problems, problems...)
	pages := map[string]int{} // the number of each owner's last page
	for p, err := range data.Records.All(ctx) {
		if err != nil {
			return err
		}
		v.checked++
		n, _ := strconv.Atoi(p.ID[strings.LastIndexByte(p.ID, '|')+1:])
		pages[ownerOf(p.ID)] = max(n, pages[ownerOf(p.ID)])
	}
	for h, err := range data.Heads.All(ctx) {
		if err != nil {
			return err
		}
		v.checked++
		pages[h.ID] = max(0, pages[h.ID])
	}
	for owner := range points {
		pages[owner] = max(0, pages[owner])
	}
	for _, owner := range slices.Sorted(maps.Keys(pages)) {
		var wrong error
		for range chainLooks {
			if wrong, err = v.chain(ctx, data, owner, pages[owner], points[owner]); err != nil || wrong == nil {
				break
			}
		}
		if err != nil {
			return err
		}
		if wrong != nil {
			v.add("chain %s: %s", owner, wrong)
			v.broken[owner] = true
		}
	}
	return nil
}

// ownerOf answers whose page an id names.
func ownerOf(pageID string) string { return pageID[:max(0, strings.LastIndexByte(pageID, '|'))] }

// chain answers the first thing that is wrong with one chain of that many pages
// at least.
func (v *verifier) chain(ctx context.Context, data Data, owner string, pages int, points []waypoint) (wrong, err error) {
	head, err := data.Heads.Get(ctx, owner)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return nil, err
	}
	c := lifecycle.NewChecker(owner)
	hashes := map[int64]string{} // of the records that a head or a digest names
	for _, p := range points {
		hashes[p.len] = ""
	}
	hashes[head.Len] = ""
	beyond := "" // the first record that the head does not know
	for n := 1; ; n++ {
		page, err := data.Records.Get(ctx, pageID(owner, n))
		if errors.Is(err, domain.ErrNotFound) {
			if n <= pages {
				return fmt.Errorf("page %d is missing", n), nil
			}
			break
		}
		if err != nil {
			return nil, err
		}
		if n < pages && len(page.Items) != domain.PageLen {
			wrong = fmt.Errorf("page %d has %d records", n, len(page.Items))
		}
		for i := range page.Items {
			r := &page.Items[i]
			if err := c.Next(r); err != nil {
				return err, nil
			}
			v.recorded[v.hash(owner, r.Source)] = struct{}{}
			if _, named := hashes[r.Seq]; named {
				hashes[r.Seq] = r.Hash
			}
			if r.Seq > head.Len && beyond == "" && !v.pending[subjectOf(r.Source)] {
				beyond = fmt.Sprintf("record %d: the head does not know of it", r.Seq)
			}
		}
		if wrong != nil {
			return wrong, nil
		}
	}
	switch {
	case c.Len() < head.Len:
		return fmt.Errorf("record %d: is missing, the chain was cut off after %d of %d", c.Len()+1, c.Len(), head.Len), nil
	case beyond != "":
		return errors.New(beyond), nil
	case hashes[head.Len] != head.Hash:
		return fmt.Errorf("record %d: is not the one that the head names", head.Len), nil
	}
	for _, p := range points {
		switch {
		case c.Len() < p.len:
			return fmt.Errorf("record %d: is missing, the digest of %s names it", c.Len()+1, p.day), nil
		case hashes[p.len] != p.hash:
			return fmt.Errorf("record %d: is not the one that the digest of %s names", p.len, p.day), nil
		}
	}
	return nil, nil
}

// subjectOf answers whom or what a source tells of.
func subjectOf(source string) string {
	_, rest, _ := strings.Cut(source, "|")
	subject, _, _ := strings.Cut(rest, "|")
	return subject
}

// isRecorded names what is in no chain although it befell. Of a chain whose first
// bad record is named already it says nothing more.
func (v *verifier) isRecorded(e *entry) {
	_, ok := v.recorded[v.hash(e.owner, e.record.Source)]
	v.check(ok || v.broken[e.owner], "chain %s: does not tell of %s", e.owner, e.record.Source)
}

func (v *verifier) log(l *domain.ServiceLog) {
	if v.pending[l.ID] {
		return
	}
	for i := range l.Events {
		for _, e := range logEntries(l, &l.Events[i]) {
			v.isRecorded(&e)
		}
	}
}

func (v *verifier) complaint(c *domain.Complaint) {
	if e, ok := complaintEntry(c); ok && !v.pending[c.ID] {
		v.isRecorded(&e)
	}
}

// files sees that every file that belongs to something has the content that was
// kept.
func (v *verifier) files(ctx context.Context, data Data) error {
	for f, err := range data.Files.All(ctx) {
		if err != nil {
			return err
		}
		v.checked++
		if f.Claim == "" || f.Claim == claimSwept {
			continue
		}
		switch content, err := data.Blobs.Get(ctx, f.ID); {
		case errors.Is(err, domain.ErrNotFound):
			v.add("file %s: its content is missing", f.ID)
		case err != nil || sumOf(content) != f.SHA256:
			v.add("file %s: its content was changed", f.ID)
		}
	}
	return nil
}

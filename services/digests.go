package services

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"villagecounsel/services/domain"
)

// digestText is what is written of a day outside the store: how every chain
// ended then, and the SHA-256 of the digest before it.
type digestText struct {
	Day   domain.Day   `json:"day"`
	Made  string       `json:"made"`
	Prev  string       `json:"prev"`
	Heads []digestHead `json:"heads"` // in order of their owners
}

type digestHead struct {
	Owner string `json:"owner"`
	Len   int64  `json:"len"`
	Hash  string `json:"hash"`
}

// digest writes the day's digest of all chains, once, as soon as the day has
// begun: a chain that is rebuilt later by whoever controls the database then
// does not end as it did.
func (r *Relay) digest(ctx context.Context, now time.Time) error {
	today := domain.DayOf(now)
	if r.digested.Load() == today {
		return nil
	}
	text := digestText{Day: today, Made: now.UTC().Format(time.RFC3339), Heads: []digestHead{}}
	var newest Digest
	for d, err := range r.Data.Digests.All(ctx) {
		if err != nil {
			return err
		}
		newest = d
		text.Prev = sumOf(d.Text)
	}
	if newest.Day >= today {
		if newest.Day > today {
			slog.WarnContext(ctx, "no digest today: there is one of a later day, the clock was set back", "day", newest.Day)
		}
		return r.digestWritten(ctx, newest, today)
	}
	for h, err := range r.Data.Heads.All(ctx) {
		if err != nil {
			return err
		}
		text.Heads = append(text.Heads, digestHead{h.ID, h.Len, h.Hash})
	}
	slices.SortFunc(text.Heads, func(x, y digestHead) int { return strings.Compare(x.Owner, y.Owner) })
	out, err := json.MarshalIndent(text, "", " ")
	if err != nil {
		return err
	}
	out = append(out, '\n')
	if err := r.Data.Digests.Put(ctx, today, out); err != nil {
		if errors.Is(err, domain.ErrExists) { // another program was first, and marks it
			r.digested.Store(today)
			return nil
		}
		return err
	}
	return r.digestWritten(ctx, Digest{today, out}, today)
}

// digestMark names the newest digest in the store, so that one that is taken
// away is missed.
const digestMark = "digest"

func (r *Relay) digestWritten(ctx context.Context, newest Digest, today domain.Day) error {
	_, err := r.Data.Marks.Upsert(ctx, digestMark, func(m *domain.Mark) error {
		if m.Key == sumOf(newest.Text) {
			return domain.ErrUnchanged
		}
		m.At, m.Key = newest.Day.Time(), sumOf(newest.Text)
		return nil
	})
	if err == nil {
		r.digested.Store(today)
	}
	return err
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ReadDigest answers of which day a digest is, and the hashes that it names of
// the records of an owner's chain, by their sequence numbers.
func ReadDigest(text []byte, owner string) (domain.Day, map[int64]string, error) {
	var d digestText
	if err := json.Unmarshal(text, &d); err != nil {
		return "", nil, fmt.Errorf("read the digest: %w", err)
	}
	for _, h := range d.Heads {
		if h.Owner == owner && h.Len > 0 {
			return d.Day, map[int64]string{h.Len: h.Hash}, nil
		}
	}
	return d.Day, nil, fmt.Errorf("the digest of %s does not name %s", d.Day, owner)
}

// waypoint is what a digest says of a chain: the record of that number had that
// hash on that day.
type waypoint struct {
	day  domain.Day
	len  int64
	hash string
}

// readDigests answers what all digests say of each chain, and what is wrong
// with the digests themselves.
func readDigests(ctx context.Context, data Data) (points map[string][]waypoint, problems []string, err error) {
	mark, err := data.Marks.Get(ctx, digestMark)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return nil, nil, err
	}
	points = map[string][]waypoint{}
	prev, found := "", mark.Key == ""
	for d, err := range data.Digests.All(ctx) {
		if err != nil {
			return nil, nil, err
		}
		var text digestText
		dec := json.NewDecoder(bytes.NewReader(d.Text))
		dec.DisallowUnknownFields()
		switch err := dec.Decode(&text); {
		case err != nil:
			problems = append(problems, fmt.Sprintf("digest %s: cannot be read", d.Day))
		case text.Day != d.Day:
			problems = append(problems, fmt.Sprintf("digest %s: is of another day", d.Day))
		case text.Prev != prev:
			problems = append(problems, fmt.Sprintf("digest %s: does not follow the one before it", d.Day))
		}
		prev = sumOf(d.Text)
		found = found || prev == mark.Key
		for _, h := range text.Heads {
			points[h.Owner] = append(points[h.Owner], waypoint{text.Day, h.Len, h.Hash})
		}
	}
	if !found {
		problems = append(problems, fmt.Sprintf("digest %s: is missing, or is not the one that was written", domain.DayOf(mark.At)))
	}
	return points, problems, nil
}

package services

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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
	for old, err := range r.Data.Digests.All(ctx) {
		if err != nil {
			return err
		}
		if old.Day >= today { // it is written, or the clock was set back
			r.digested.Store(today)
			return nil
		}
		text.Prev = sumOf(old.Text)
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
	if err := r.Data.Digests.Put(ctx, today, append(out, '\n')); err != nil && !errors.Is(err, domain.ErrExists) {
		return err
	}
	r.digested.Store(today)
	return nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
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
func readDigests(ctx context.Context, digests Digests) (points map[string][]waypoint, problems []string, err error) {
	points = map[string][]waypoint{}
	prev := ""
	for d, err := range digests.All(ctx) {
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
		for _, h := range text.Heads {
			points[h.Owner] = append(points[h.Owner], waypoint{text.Day, h.Len, h.Hash})
		}
	}
	return points, problems, nil
}

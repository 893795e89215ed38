package lifecycle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"villagecounsel/services/domain"
)

// Alg names how records are hashed: SHA-256 (FIPS 180-4) in hexadecimal over
// canonical JSON (RFC 8785) of all fields but the hash itself.
const Alg = "sha256"

// Origin is what the first record of somebody's chain carries in place of its
// predecessor's hash, so that no chain passes for another's.
func Origin(owner string) string {
	sum := sha256.Sum256([]byte(Format + "|" + owner))
	return hex.EncodeToString(sum[:])
}

// Link makes a record of an owner's chain the one after prev, which is nil for
// the first: it sets the sequence number, both hashes, and a time of recording
// that is not before its predecessor's.
func Link(owner string, prev *domain.Record, r domain.Record) domain.Record {
	r.Seq, r.Prev, r.Alg = 1, Origin(owner), Alg
	if prev != nil {
		r.Seq, r.Prev = prev.Seq+1, prev.Hash
		if r.Recorded.Before(prev.Recorded) {
			r.Recorded = prev.Recorded
		}
	}
	r.Hash = Sum(&r)
	return r
}

// Sum answers the hash that a record should carry.
func Sum(r *domain.Record) string {
	c := lineOf(r)
	c.Hash = ""
	sum := sha256.Sum256(encode(c))
	return hex.EncodeToString(sum[:])
}

// Checker holds a chain, record by record, to its rules.
type Checker struct {
	owner   string
	last    *domain.Record
	sources map[string]bool
}

// NewChecker begins with the first record of an owner's chain.
func NewChecker(owner string) *Checker {
	return &Checker{owner: owner, sources: map[string]bool{}}
}

// Len answers how many records were good so far.
func (c *Checker) Len() int64 {
	if c.last == nil {
		return 0
	}
	return c.last.Seq
}

// Hash answers the hash of the last good record, empty before the first.
func (c *Checker) Hash() string {
	if c.last == nil {
		return ""
	}
	return c.last.Hash
}

// Next answers what is wrong with the next record, or nil.
func (c *Checker) Next(r *domain.Record) error {
	switch {
	case r.Seq != c.Len()+1:
		return fmt.Errorf("record %d: stands in place %d", r.Seq, c.Len()+1)
	case r.Alg != Alg:
		return fmt.Errorf("record %d: hashed by unknown means", r.Seq)
	case !slices.Contains(domain.RecordKinds, r.Kind):
		return fmt.Errorf("record %d: is of no known kind", r.Seq)
	case c.last == nil && r.Prev != Origin(c.owner), c.last != nil && r.Prev != c.last.Hash:
		return fmt.Errorf("record %d: does not follow the one before it", r.Seq)
	case r.Hash != Sum(r):
		return fmt.Errorf("record %d: was changed", r.Seq)
	case c.last != nil && r.Recorded.Before(c.last.Recorded):
		return fmt.Errorf("record %d: was recorded before the one before it", r.Seq)
	case c.sources[r.Source]:
		return fmt.Errorf("record %d: tells of something a second time", r.Seq)
	}
	c.sources[r.Source] = true
	kept := *r
	c.last = &kept
	return nil
}

// line is a record as canonical JSON: fields in the order of their names, times
// in UTC with milliseconds.
type line struct {
	Alg      string            `json:"alg"`
	By       string            `json:"by"`
	ByKind   domain.Kind       `json:"by_kind"`
	Codes    map[string]string `json:"codes"`
	Hash     string            `json:"hash,omitempty"`
	Kind     domain.RecordKind `json:"kind"`
	Numbers  map[string]int64  `json:"numbers"`
	On       string            `json:"on"`
	Prev     string            `json:"prev"`
	Recorded string            `json:"recorded"`
	Ref      string            `json:"ref"`
	Seq      int64             `json:"seq"`
	Source   string            `json:"source"`
	Village  string            `json:"village"`
	Voids    string            `json:"voids"`
}

const millis = "2006-01-02T15:04:05.000Z"

func lineOf(r *domain.Record) line {
	l := line{Alg: r.Alg, By: r.By, ByKind: r.ByKind, Codes: r.Codes, Hash: r.Hash, Kind: r.Kind, Numbers: r.Numbers,
		On: r.On.UTC().Format(millis), Prev: r.Prev, Recorded: r.Recorded.UTC().Format(millis), Ref: r.Ref, Seq: r.Seq,
		Source: r.Source, Village: r.Village, Voids: r.Voids}
	if l.Codes == nil {
		l.Codes = map[string]string{}
	}
	if l.Numbers == nil {
		l.Numbers = map[string]int64{}
	}
	return l
}

func (l *line) record() (domain.Record, error) {
	on, err := time.Parse(millis, l.On)
	if err != nil {
		return domain.Record{}, err
	}
	recorded, err := time.Parse(millis, l.Recorded)
	return domain.Record{Seq: l.Seq, Source: l.Source, Kind: l.Kind, On: on, Recorded: recorded, By: l.By, ByKind: l.ByKind,
		Ref: l.Ref, Village: l.Village, Codes: l.Codes, Numbers: l.Numbers, Voids: l.Voids, Alg: l.Alg, Prev: l.Prev, Hash: l.Hash}, err
}

// encode writes canonical JSON of a type whose fields stand in the order of
// their names. All text in it is ASCII, all numbers are whole.
func encode(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // texts, numbers and maps of them: nothing that cannot be written
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}

package lifecycle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
)

var day = time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC)

// grown is a chain of n records.
func grown(n int) []domain.Record {
	var chain []domain.Record
	var prev *domain.Record
	for i := range n {
		r := domain.Record{Source: fmt.Sprintf("log|l%d|1", i), Kind: domain.RecordService, On: day.Add(time.Duration(i) * time.Hour),
			Recorded: day.Add(time.Duration(i)*time.Hour + 90*time.Minute), By: "lawyer", ByKind: domain.AdvisorKind, Ref: fmt.Sprintf("l%d", i),
			Village: "110116101201", Codes: map[string]string{CodeHow: "fixed", CodeStatus: "unconfirmed"},
			Numbers: map[string]int64{NumberState: 1, NumberMinutes: 150, "consultations": int64(i)}}
		chain = append(chain, Link("lawyer", prev, r))
		prev = &chain[i]
	}
	return chain
}

func sequence(chain []domain.Record) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for _, r := range chain {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func check(chain []domain.Record) error {
	c := NewChecker("lawyer")
	for i := range chain {
		if err := c.Next(&chain[i]); err != nil {
			return err
		}
	}
	return nil
}

// The hash is fixed for ever: whoever holds an old file must come to the same.
func TestTheHashIsFixed(t *testing.T) {
	r := grown(1)[0]
	const text = `{"alg":"sha256","by":"lawyer","by_kind":"advisor","codes":{"how":"fixed","status":"unconfirmed"},"kind":"service",` +
		`"numbers":{"consultations":0,"minutes":150,"state":1},"on":"2026-11-25T01:00:00.000Z","prev":"8db4e252cf6788b998587cde2dfa41d0ca13b2b64fc26f8c7dd88183efb9db72","recorded":"2026-11-25T02:30:00.000Z",` +
		`"ref":"l0","seq":1,"source":"log|l0|1","village":"110116101201","voids":""}`
	l := lineOf(&r)
	l.Hash = ""
	if got := string(encode(l)); got != text {
		t.Errorf("canonical text\n%s\nwant\n%s", got, text)
	}
	if want := "5a32cedaf81dd5e59e8ac4a701bb04fa42ff170109d3db1005e4fa1315829c29"; r.Hash != want { // by another program
		t.Errorf("hash %s, want %s", r.Hash, want)
	}
}

func TestTimesOfRecordingNeverFall(t *testing.T) {
	chain := grown(1)
	late := Link("lawyer", &chain[0], domain.Record{Source: "x", Recorded: chain[0].Recorded.Add(-time.Hour)})
	if !late.Recorded.Equal(chain[0].Recorded) {
		t.Errorf("recorded %s, its predecessor %s", late.Recorded, chain[0].Recorded)
	}
}

func TestAChainThatWasTouchedIsFound(t *testing.T) {
	for _, tt := range []struct {
		name  string
		touch func([]domain.Record) []domain.Record
		want  string
	}{
		{"untouched", func(c []domain.Record) []domain.Record { return c }, ""},
		{"a number is changed", func(c []domain.Record) []domain.Record { c[3].Numbers[NumberMinutes] = 300; return c }, "record 4: was changed"},
		{"a number is changed and the hash made anew", func(c []domain.Record) []domain.Record {
			c[3].Numbers[NumberMinutes] = 300
			c[3].Hash = Sum(&c[3])
			return c
		}, "record 5: does not follow"},
		{"two are swapped", func(c []domain.Record) []domain.Record { c[3], c[4] = c[4], c[3]; return c }, "record 5: stands in place 4"},
		{"two are swapped and numbered anew", func(c []domain.Record) []domain.Record {
			c[3], c[4] = c[4], c[3]
			c[3].Seq, c[4].Seq = 4, 5
			return c
		}, "record 4: does not follow"},
		{"one is taken out", func(c []domain.Record) []domain.Record { return slices.Delete(c, 2, 3) }, "record 4: stands in place 3"},
		{"one is put in twice", func(c []domain.Record) []domain.Record { return slices.Insert(c, 3, c[2]) }, "record 3: stands in place 4"},
		{"one is of no known kind", func(c []domain.Record) []domain.Record { c[0].Kind = "nonsense"; c[0].Hash = Sum(&c[0]); return c }, "record 1: is of no known kind"},
		{"one is told twice", func(c []domain.Record) []domain.Record { return append(c, Link("lawyer", &c[7], c[0])) }, "record 9: tells of something a second time"},
		{"it is another's", func(c []domain.Record) []domain.Record { c[0] = Link("second", nil, c[0]); return c }, "record 1: does not follow"},
		{"the first is cut off", func(c []domain.Record) []domain.Record { return c[1:] }, "record 2: stands in place 1"},
		{"another means of hashing", func(c []domain.Record) []domain.Record { c[0].Alg = "md5"; c[0].Hash = Sum(&c[0]); return c }, "record 1: hashed by unknown means"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := check(tt.touch(grown(8)))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func written(t *testing.T, chain []domain.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	s := Summary{Owner: "lawyer", Exported: day, Len: int64(len(chain))}
	if len(chain) > 0 {
		s.Head = chain[len(chain)-1].Hash
	}
	if err := WriteFile(&out, s, sequence(chain)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAFileIsReadBack(t *testing.T) {
	chain := grown(250)
	got, err := VerifyFile(bytes.NewReader(written(t, chain)), nil)
	want := Summary{"lawyer", day, 250, chain[249].Hash}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// Whichever byte of an exported chain is changed, and however, it is found.
func TestEveryFlippedByteIsFound(t *testing.T) {
	file := written(t, grown(3))
	for i := range file {
		for _, bit := range []byte{1, 2, 32, 128} {
			touched := slices.Clone(file)
			touched[i] ^= bit
			if s, err := VerifyFile(bytes.NewReader(touched), nil); err == nil {
				t.Fatalf("byte %d, %q to %q: not found: %+v", i, file[i], touched[i], s)
			}
		}
	}
}

// Wherever the tail of an exported chain is cut off, it is found, and so is
// anything that is put behind it.
func TestEveryCutIsFound(t *testing.T) {
	file := written(t, grown(3))
	for n := range file {
		if _, err := VerifyFile(bytes.NewReader(file[:n]), nil); err == nil {
			t.Fatalf("cut after %d of %d bytes: not found", n, len(file))
		}
	}
	if _, err := VerifyFile(bytes.NewReader(append(slices.Clone(file), '\n')), nil); err == nil {
		t.Error("a byte behind the end: not found")
	}
}

func TestSwappedAndMissingLinesAreFound(t *testing.T) {
	lines := bytes.SplitAfter(written(t, grown(5)), []byte{'\n'})
	for i := range len(lines) - 2 {
		swapped := slices.Clone(lines)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		if _, err := VerifyFile(bytes.NewReader(bytes.Join(swapped, nil)), nil); err == nil {
			t.Errorf("lines %d and %d swapped: not found", i, i+1)
		}
		if _, err := VerifyFile(bytes.NewReader(bytes.Join(slices.Delete(slices.Clone(lines), i, i+1), nil)), nil); err == nil {
			t.Errorf("line %d missing: not found", i)
		}
	}
}

// A file that somebody has made anew, from end to end and by the rules, is sound
// in itself. It does not agree with what was kept elsewhere.
func TestAFileMadeAnewIsFoundByWhatIsKnown(t *testing.T) {
	chain := grown(5)
	known := map[int64]string{4: chain[3].Hash}
	if _, err := VerifyFile(bytes.NewReader(written(t, chain)), known); err != nil {
		t.Errorf("the true file: %v", err)
	}
	other := slices.Clone(chain)
	var prev *domain.Record
	for i := range other {
		other[i].Voids = "x"
		other[i] = Link("lawyer", prev, other[i])
		prev = &other[i]
	}
	for name, file := range map[string][]byte{"made anew": written(t, other), "cut": written(t, chain[:3])} {
		if _, err := VerifyFile(bytes.NewReader(file), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := VerifyFile(bytes.NewReader(file), known); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

// No chain passes for another's, and no length that cannot be is taken.
func TestAHeaderThatLiesIsFound(t *testing.T) {
	chain := grown(2)
	for name, s := range map[string]Summary{
		"another owner": {Owner: "second", Exported: day, Len: 2, Head: chain[1].Hash},
		"fewer":         {Owner: "lawyer", Exported: day, Len: 1, Head: chain[1].Hash},
	} {
		var out bytes.Buffer
		if err := WriteFile(&out, s, sequence(chain)); err == nil {
			t.Errorf("%s: it was written", name)
		}
	}
	for _, head := range []string{
		`{"exported":"2026-11-25T01:00:00.000Z","format":"villagecounsel-records/1","head":"","len":-5,"owner":"x"}`,
		`{"exported":"2026-11-25T01:00:00.000Z","format":"villagecounsel-records/1","head":"x","len":0,"owner":"x"}`,
		`{"exported":"2026-11-25T01:00:00.000Z","format":"villagecounsel-records/1","head":"","len":0,"owner":""}`,
	} {
		sum := sha256.Sum256([]byte(head + "\n"))
		file := head + "\n" + `{"sha256":"` + hex.EncodeToString(sum[:]) + `"}` + "\n"
		if s, err := VerifyFile(strings.NewReader(file), nil); err == nil {
			t.Errorf("%s: sound: %+v", head, s)
		}
	}
}

// A chain that is cut and whose file is written anew by the rules says itself
// that it ends elsewhere than its header or the head in the store.
func TestAFileIsNotWrittenOfAChainThatDoesNotEndWhereItShould(t *testing.T) {
	chain := grown(5)
	var out bytes.Buffer
	if err := WriteFile(&out, Summary{Owner: "lawyer", Exported: day, Len: 5, Head: chain[4].Hash}, sequence(chain[:4])); err == nil {
		t.Error("a cut chain was written")
	}
	chain[2].Numbers["consultations"]++
	if err := WriteFile(&out, Summary{Owner: "lawyer", Exported: day, Len: 5, Head: chain[4].Hash}, sequence(chain)); err == nil {
		t.Error("a changed chain was written")
	}
}

func FuzzVerifyFile(f *testing.F) {
	var out bytes.Buffer
	chain := grown(2)
	_ = WriteFile(&out, Summary{Owner: "lawyer", Exported: day, Len: 2, Head: chain[1].Hash}, sequence(chain))
	f.Add(out.Bytes())
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"exported":"2026-11-25T01:00:00.000Z","format":"villagecounsel-records/1","head":"","len":0,"owner":"x"}` + "\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := VerifyFile(bytes.NewReader(file), nil)
		if err == nil && s.Len > int64(bytes.Count(file, []byte{'\n'})) {
			t.Errorf("more records than lines: %+v", s)
		}
	})
}

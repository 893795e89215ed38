package lifecycle

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"time"

	"villagecounsel/services/domain"
)

// Format names the format of a file of records: lines of canonical JSON, first
// a header, then every record, last a footer with the SHA-256 of all before it.
const Format = "villagecounsel-records/1"

// Summary is what a file of records says of itself.
type Summary struct {
	Owner    string // whose records they are
	Exported time.Time
	Len      int64
	Head     string // hash of the last record
}

type header struct {
	Exported string `json:"exported"`
	Format   string `json:"format"`
	Head     string `json:"head"`
	Len      int64  `json:"len"`
	Owner    string `json:"owner"`
}

type footer struct {
	SHA256 string `json:"sha256"`
}

// maxLine bounds a line of a file, in bytes.
const maxLine = 64 << 10

// WriteFile writes a chain. It answers an error, and the file is worth nothing,
// if the records do not make the chain that s names.
func WriteFile(w io.Writer, s Summary, records iter.Seq2[domain.Record, error]) error {
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	put := func(v any) error {
		_, err := out.Write(append(encode(v), '\n'))
		return err
	}
	if err := put(header{s.Exported.UTC().Format(millis), Format, s.Head, s.Len, s.Owner}); err != nil {
		return err
	}
	chain := NewChecker(s.Owner)
	for r, err := range records {
		if err == nil {
			err = chain.Next(&r)
		}
		if err == nil {
			err = put(lineOf(&r))
		}
		if err != nil {
			return err
		}
	}
	if chain.Len() != s.Len || chain.Hash() != s.Head {
		return errTail
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := put(footer{hex.EncodeToString(sum.Sum(nil))}); err != nil {
		return err
	}
	return out.Flush()
}

var (
	errKnown   = errors.New("is not the one that is known from elsewhere")
	errTail    = errors.New("the chain does not end where it should")
	errLine    = errors.New("the line does not read as it was written")
	errFooter  = errors.New("the end is missing")
	errAfter   = errors.New("something follows the end")
	errContent = errors.New("the content was changed")
)

// VerifyFile reads a file of records and answers what it holds, or the first
// thing that is wrong with it: with the file itself, or with what is known of
// the chain from elsewhere, a record's hash by its sequence number. Without
// that, a file that somebody has made anew from end to end looks sound.
func VerifyFile(r io.Reader, known map[int64]string) (Summary, error) {
	f := fileReader{in: bufio.NewReaderSize(r, maxLine), sum: sha256.New()}
	var h header
	if err := f.read(&h); err != nil {
		return Summary{}, fmt.Errorf("header: %w", err)
	}
	if h.Format != Format {
		return Summary{}, errors.New("header: not a file of records")
	}
	exported, err := time.Parse(millis, h.Exported)
	if err != nil {
		return Summary{}, fmt.Errorf("header: %w", errLine)
	}
	s := Summary{h.Owner, exported, h.Len, h.Head}
	if s.Len < 0 || s.Owner == "" {
		return s, fmt.Errorf("header: %w", errLine)
	}
	chain := NewChecker(s.Owner)
	for chain.Len() < s.Len {
		var l line
		if err := f.read(&l); err != nil {
			return s, fmt.Errorf("record %d: %w", chain.Len()+1, err)
		}
		rec, err := l.record()
		if err != nil {
			return s, fmt.Errorf("record %d: %w", chain.Len()+1, errLine)
		}
		if err := chain.Next(&rec); err != nil {
			return s, err
		}
		if hash, ok := known[rec.Seq]; ok && hash != rec.Hash {
			return s, fmt.Errorf("record %d: %w", rec.Seq, errKnown)
		}
	}
	for seq := range known {
		if seq > s.Len {
			return s, fmt.Errorf("record %d: is missing, and is known from elsewhere", seq)
		}
	}
	if chain.Hash() != s.Head {
		return s, errTail
	}
	want := hex.EncodeToString(f.sum.Sum(nil))
	var end footer
	if err := f.read(&end); err != nil {
		return s, fmt.Errorf("%w: %w", errFooter, err)
	}
	if end.SHA256 != want {
		return s, errContent
	}
	if _, err := f.in.ReadByte(); !errors.Is(err, io.EOF) {
		return s, errAfter
	}
	return s, nil
}

type fileReader struct {
	in  *bufio.Reader
	sum hash.Hash
}

// read reads a line that must be written exactly as this package writes it.
func (f *fileReader) read(into any) error {
	text, err := f.in.ReadSlice('\n')
	if err != nil {
		return errLine
	}
	f.sum.Write(text)
	text = text[:len(text)-1]
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if dec.Decode(into) != nil || !bytes.Equal(encode(into), text) {
		return errLine
	}
	return nil
}

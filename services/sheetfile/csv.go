package sheetfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// csvSource reads the rows of a text table.
type csvSource struct {
	r     *csv.Reader
	bound *allowance
	line  int // of the last row
	done  bool
}

// readCSV opens a text table. It reads the file once to learn its encoding.
func readCSV(r io.ReaderAt, size int64) (*Table, error) {
	gb, err := sniff(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	counted := &counter{r: io.NewSectionReader(r, 0, size)}
	t := &Table{Format: "CSV(UTF-8)", read: func() float64 { return float64(counted.n) / float64(size) }}
	var text io.Reader = counted
	if gb {
		t.Format = "CSV(GB18030)"
		text = transform.NewReader(counted, simplifiedchinese.GB18030.NewDecoder())
	}
	bound := &allowance{r: text, left: maxRecord}
	buf := bufio.NewReaderSize(bound, 64<<10)
	if mark, _ := buf.Peek(len(magicUTF8)); string(mark) == string(magicUTF8) {
		_, _ = buf.Discard(len(magicUTF8))
	}
	cr := csv.NewReader(buf)
	cr.Comma = separator(buf)
	cr.FieldsPerRecord = -1
	cr.ReuseRecord = true
	t.src = &csvSource{r: cr, bound: bound}
	return t, nil
}

// sniff reports whether a text is in GB18030 rather than in UTF-8. A file that
// is broken UTF-8 stays UTF-8: text in GB18030 hardly ever reads as characters
// of UTF-8, so the more frequent reading is the right one.
func sniff(r io.Reader) (gb bool, err error) {
	text := bufio.NewReaderSize(r, 64<<10)
	chars, broken := 0, 0
	for {
		c, n, err := text.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return broken > chars, nil
		case err != nil:
			return false, err
		case c == 0:
			return false, &Fault{Problem: "not_text", Wrong: "不是文本文件，也不是 Excel 工作簿", Right: "CSV（UTF-8 或 GB18030）或 .xlsx"}
		case c == utf8.RuneError && n == 1:
			broken++
		case n > 1:
			chars++
		}
	}
}

// separator answers what stands between the cells: what is most frequent in
// the first lines, where the header is.
func separator(buf *bufio.Reader) rune {
	head, _ := buf.Peek(buf.Size() / 2)
	text := string(head)
	for i, lines := 0, 0; i < len(text); i++ {
		if text[i] == '\n' {
			if lines++; lines == titleRows {
				text = text[:i]
			}
		}
	}
	best, most := ',', 0
	for _, c := range ",\t\uFF0C;" {
		if n := strings.Count(text, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

func (s *csvSource) next() (record, error) {
	if s.done {
		return record{}, io.EOF
	}
	s.bound.left = maxRecord
	cells, err := s.r.Read()
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		return record{}, &Fault{Row: p.StartLine, Problem: "quotes",
			Wrong: "引号没有成对", Right: "含逗号或引号的格用英文双引号括起，格里的引号写两遍"}
	}
	if errors.Is(err, errAllowance) {
		s.done = true
		return record{}, &Fault{Row: s.line + 1, Problem: "row_too_long",
			Wrong: "从这里起有一行过长，以下没有检查", Right: "检查引号是否成对"}
	}
	if err != nil {
		return record{}, err
	}
	line, _ := s.r.FieldPos(0)
	s.line = line
	if len(cells) > maxColumns {
		return record{}, tooWide(line)
	}
	return record{line, cells}, nil
}

func (s *csvSource) Close() error { return nil }

// errAllowance says that one row used up what it may read.
var errAllowance = errors.New("sheetfile: row too long")

// allowance bounds how much is read between two rows, so that a quotation mark
// that is never closed does not draw the whole file into memory.
type allowance struct {
	r    io.Reader
	left int
}

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, errAllowance
	}
	n, err := a.r.Read(p)
	a.left -= n
	return n, err
}

// counter counts what has been read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Package sheetfile reads the tables that offices keep: CSV in UTF-8 or
// GB18030, and XLSX. What a file is is judged by its content, never by its
// name. Rows are streamed, and no file, however built, makes the reader use
// more than a bounded amount of memory.
package sheetfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds on what is read. They are our own: the nation's 620,573 villages make
// a file of 40 MB, the largest table that an office is known to have.
const (
	maxFile     = 256 << 20 // bytes of a file
	maxWorkbook = 64 << 20  // bytes of a workbook as it lies on disk
	maxUnzipped = 512 << 20 // bytes of a workbook's parts together
	maxExtras   = 64 << 20  // bytes of a workbook's parts that are neither sheets nor strings
	maxStrings  = 128 << 20 // bytes of a workbook's table of strings
	maxTexts    = 2_000_000 // strings of that table
	maxParts    = 10_000    // parts of a workbook
	maxRecord   = 1 << 20   // bytes of a row
	maxColumns  = 200
	maxCell     = 2_000 // characters of a cell
	titleRows   = 10    // the header is looked for in this many rows
)

// Column is one column that an import knows.
type Column struct {
	Name     string
	Also     []string // other names under which offices keep it
	Required bool
}

// Table is one file of rows. It is read once, from start to end: Bind first,
// then Rows.
type Table struct {
	Format   string // for the operator: "CSV(UTF-8)", "CSV(GB18030)" or "XLSX"
	Unknown  []string
	src      source
	date1904 bool
	columns  []Column
	at       []int // where each column stands; -1 = nowhere
	ahead    []record
	read     func() float64
}

// source answers the raw rows of a file. A *Fault concerns one row and the
// next row may be asked for; io.EOF ends the table.
type source interface {
	next() (record, error)
	Close() error
}

// record is one raw row.
type record struct {
	line  int
	cells []string
}

// Row is one row of a bound table.
type Row struct {
	Line  int // as the table's own program counts it, from 1
	cells []string
	at    []int
}

// Open opens a table. An error that is a *Fault says that the file itself is
// not a table that can be read.
func Open(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &Fault{Problem: "not_a_file", Wrong: "不是文件", Right: "CSV 或 XLSX 文件"}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	t, err := Read(f, info.Size())
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	t.src = &closing{t.src, f}
	return t, nil
}

// closing closes the file after the source that reads it.
type closing struct {
	source
	file *os.File
}

func (c *closing) Close() error { return errors.Join(c.source.Close(), c.file.Close()) }

// Magic numbers of files.
var (
	magicUTF8  = []byte("\xEF\xBB\xBF")
	magicLE    = []byte("\xFF\xFE")
	magicBE    = []byte("\xFE\xFF")
	magicZip   = []byte("PK\x03\x04")
	magicOLE   = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	longestSig = len(magicOLE)
)

// Read reads a table from r, which must stay open while the table is read.
func Read(r io.ReaderAt, size int64) (*Table, error) {
	if size > maxFile {
		return nil, &Fault{Problem: "file_too_large",
			Wrong: fmt.Sprintf("文件有 %d MB，超过 %d MB", size>>20, maxFile>>20), Right: "按区县拆成几个文件"}
	}
	head := make([]byte, longestSig)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch head = head[:n]; {
	case n == 0:
		return nil, &Fault{Problem: "empty", Wrong: "文件是空的", Right: "第一行是表头，其后每行一条"}
	case bytes.HasPrefix(head, magicZip):
		return readXLSX(r, size)
	case bytes.HasPrefix(head, magicOLE):
		return nil, &Fault{Problem: "old_or_locked_workbook",
			Wrong: "是旧版 Excel（.xls）或加了密码的文件", Right: "在 Excel 里另存为不加密的 .xlsx 或 CSV"}
	case bytes.HasPrefix(head, magicLE), bytes.HasPrefix(head, magicBE):
		return nil, &Fault{Problem: "utf16",
			Wrong: "文件是 UTF-16 编码（Excel 的“Unicode 文本”）", Right: "另存为“CSV UTF-8（逗号分隔）”或 .xlsx"}
	}
	return readCSV(r, size)
}

// Close releases the file.
func (t *Table) Close() error { return t.src.Close() }

// Part answers what part of the file has been read, 0 to 1, or 0 if that is
// not known.
func (t *Table) Part() float64 { return t.read() }

// Has reports whether the i-th column of Bind stands in the table.
func (t *Table) Has(i int) bool { return t.at[i] >= 0 }

// Day answers the day that a spreadsheet means by a serial number.
func (t *Table) Day(serial int) time.Time {
	if t.date1904 {
		return time.Date(1904, 1, 1+serial, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(1899, 12, 30+serial, 0, 0, 0, 0, time.UTC)
}

// Bind finds the columns by their names in the header row, which may stand
// below a title. It answers the faults of the header, and an error if the file
// cannot be read. Columns that nobody knows are noted in Unknown and left.
func (t *Table) Bind(columns []Column) ([]Fault, error) {
	t.columns = columns
	best, bestHits := -1, 0
	for len(t.ahead) < titleRows {
		rec, err := t.src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if f, ok := errors.AsType[*Fault](err); ok {
			return []Fault{*f}, nil
		}
		if err != nil {
			return nil, err
		}
		rec.cells = slices.Clone(rec.cells)
		t.ahead = append(t.ahead, rec)
		if at, _ := locate(columns, rec.cells); hits(at) > bestHits {
			best, bestHits = len(t.ahead)-1, hits(at)
		}
		if bestHits == len(columns) {
			break
		}
	}
	if len(t.ahead) == 0 {
		return []Fault{{Problem: "empty", Wrong: "文件里没有内容", Right: headerText(columns)}}, nil
	}
	best = max(best, 0)
	header := t.ahead[best]
	t.ahead = t.ahead[best+1:]

	var faults []Fault
	at, twice := locate(columns, header.cells)
	t.at = at
	for i, c := range columns {
		if twice[i] {
			faults = append(faults, Fault{header.line, c.Name, "duplicate_column",
				"这一列有两个", "只留一列，另一列改名或删去"})
		}
		if c.Required && at[i] < 0 {
			faults = append(faults, Fault{header.line, c.Name, "missing_column", "没有这一列", headerText(columns)})
		}
	}
	for i, name := range header.cells {
		if name = Trim(name); name != "" && !slices.Contains(at, i) && !slices.ContainsFunc(columns, func(c Column) bool { return c.is(name) }) {
			t.Unknown = append(t.Unknown, name)
		}
	}
	return faults, nil
}

// headerText tells which columns a header needs.
func headerText(columns []Column) string {
	var names []string
	for _, c := range columns {
		if c.Required {
			names = append(names, c.Name)
		}
	}
	return "表头写明 " + strings.Join(names, "、")
}

// locate answers where each column stands in a header, and which stand twice.
func locate(columns []Column, header []string) (at []int, twice []bool) {
	at, twice = make([]int, len(columns)), make([]bool, len(columns))
	for i, c := range columns {
		at[i] = -1
		for j, name := range header {
			if !c.is(name) {
				continue
			}
			if at[i] >= 0 {
				twice[i] = true
			} else {
				at[i] = j
			}
		}
	}
	return at, twice
}

func hits(at []int) int {
	n := 0
	for _, i := range at {
		if i >= 0 {
			n++
		}
	}
	return n
}

// is reports whether a header's cell names the column.
func (c *Column) is(name string) bool {
	name = plainName(name)
	return name != "" && (name == plainName(c.Name) || slices.ContainsFunc(c.Also, func(a string) bool { return name == plainName(a) }))
}

// plainName brings a column's name to one form: without spaces and the star
// that marks a required column, and with brackets of one width.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\uFF08': // full-width brackets and star
			return '('
		case '\uFF09':
			return ')'
		case '*', '\uFF0A', '\uFEFF', '\u200B':
			return -1
		}
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// Rows streams the rows below the header, without the blank ones. An error
// that is a *Fault concerns one row, which is left out; the rows go on after
// it. Any other error is the last thing that is answered.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			rec, err := t.record()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				if _, ok := errors.AsType[*Fault](err); !yield(Row{}, err) || !ok {
					return
				}
				continue
			}
			row := Row{rec.line, rec.cells, t.at}
			if row.blank() {
				continue
			}
			faults := t.check(row)
			for i := range faults {
				if !yield(Row{}, &faults[i]) {
					return
				}
			}
			if len(faults) == 0 && !yield(row, nil) {
				return
			}
		}
	}
}

// record answers the next raw row, those first that Bind has read ahead.
func (t *Table) record() (record, error) {
	if len(t.ahead) > 0 {
		rec := t.ahead[0]
		t.ahead = t.ahead[1:]
		return rec, nil
	}
	return t.src.next()
}

// check answers what is wrong with a row whatever its columns mean.
func (t *Table) check(row Row) []Fault {
	var faults []Fault
	for i, c := range t.columns {
		cell := row.Cell(i)
		switch {
		case cell == "":
		case !utf8.ValidString(cell) || strings.ContainsRune(cell, utf8.RuneError):
			faults = append(faults, Fault{row.Line, c.Name, "bad_encoding",
				"有认不出的字：" + Quote(cell), "文件存为 UTF-8 或 GB18030 编码"})
		case utf8.RuneCountInString(cell) > maxCell:
			faults = append(faults, Fault{row.Line, c.Name, "cell_too_long",
				fmt.Sprintf("超过 %d 个字", maxCell), "缩短，或检查引号是否成对"})
		case slices.Contains(errorValues, cell):
			faults = append(faults, Fault{row.Line, c.Name, "formula_error",
				"公式出错：" + Quote(cell), "改正公式，或粘贴为数值"})
		case strings.ContainsFunc(cell, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }):
			faults = append(faults, Fault{row.Line, c.Name, "control_characters",
				"有看不见的控制字符：" + Quote(cell), "重新录入这一格"})
		}
	}
	return faults
}

// errorValues are what a spreadsheet shows for a formula that fails.
var errorValues = []string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"}

// Cell answers the text of the i-th column of Bind, without the spaces around
// it; empty if the row does not reach so far.
func (r Row) Cell(i int) string {
	if at := r.at[i]; at >= 0 && at < len(r.cells) {
		return Trim(r.cells[at])
	}
	return ""
}

func (r Row) blank() bool {
	return !slices.ContainsFunc(r.cells, func(s string) bool { return Trim(s) != "" })
}

// Trim takes the spaces of all widths from around a cell, and what programs
// put there to keep a number as text: a leading apostrophe, or ="…".
func Trim(s string) string {
	s = trimSpace(s)
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		s = trimSpace(inner[:len(inner)-1])
	}
	if inner, ok := strings.CutPrefix(s, "'"); ok {
		s = trimSpace(inner)
	}
	return s
}

func trimSpace(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' })
}

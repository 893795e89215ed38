package sheetfile

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// xlsxSource reads the rows of a workbook's first sheet.
type xlsxSource struct {
	book *excelize.File
	rows *excelize.Rows
	line int
	done bool
}

// inMemory is how large a sheet may be before it is unpacked to a temporary
// file instead of into memory.
const inMemory = 8 << 20

// stringsPart holds a workbook's table of strings.
const stringsPart = "xl/sharedStrings.xml"

// damaged is the fault of a workbook that cannot be read.
func damaged() *Fault {
	return &Fault{Problem: "damaged_workbook", Wrong: "不是 Excel 工作簿（.xlsx），或已损坏", Right: "用 Excel 打开后另存为 .xlsx 或 CSV"}
}

func tooWide(line int) *Fault {
	return &Fault{Row: line, Problem: "too_many_columns",
		Wrong: fmt.Sprintf("超过 %d 列", maxColumns), Right: "只留需要的列"}
}

// readXLSX opens a workbook.
func readXLSX(r io.ReaderAt, size int64) (t *Table, err error) {
	defer survive(&err)
	if size > maxWorkbook {
		return nil, tooLarge()
	}
	parts, err := zip.NewReader(r, size)
	if err != nil {
		return nil, damaged()
	}
	if err := checkParts(parts); err != nil {
		return nil, err
	}
	book, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: inMemory,
	})
	if err != nil {
		return nil, damaged()
	}
	defer func() {
		if t == nil {
			_ = book.Close()
		}
	}()
	sheets := book.GetSheetList()
	if len(sheets) == 0 {
		return nil, damaged()
	}
	rows, err := book.Rows(sheets[0])
	if err != nil {
		return nil, damaged()
	}
	t = &Table{Format: "XLSX", src: &xlsxSource{book: book, rows: rows}, read: func() float64 { return 0 }}
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		t.date1904 = *props.Date1904
	}
	return t, nil
}

// survive turns a panic of the workbook library into the fault of a damaged
// workbook: the files come from outside, and the library is not ours.
func survive(err *error) {
	if recover() != nil {
		*err = damaged()
	}
}

// checkParts holds a workbook to the bounds before anything is unpacked, and
// its first sheet to be whole: the library takes a sheet that breaks off for
// one that ends.
func checkParts(parts *zip.Reader) error {
	if len(parts.File) > maxParts {
		return tooLarge()
	}
	var all, extras, strs uint64
	for _, p := range parts.File {
		n := p.UncompressedSize64
		if n > maxUnzipped {
			return tooLarge()
		}
		all += n
		switch name := strings.ToLower(strings.ReplaceAll(p.Name, `\`, "/")); {
		case strings.EqualFold(name, stringsPart):
			strs += n
		case !strings.HasPrefix(name, "xl/worksheets/sheet"):
			extras += n
		}
	}
	if all > maxUnzipped || extras > maxExtras || strs > maxStrings {
		return tooLarge()
	}
	sheet, err := firstSheet(parts)
	if err != nil {
		return damaged()
	}
	defer func() { _ = sheet.Close() }()
	if err := wellFormed(sheet, "row", "c", maxSheetColumns); err != nil {
		return err
	}
	if find(parts, stringsPart) == nil {
		return nil // all strings stand in the sheet
	}
	texts, err := open(parts, stringsPart)
	if err != nil {
		return damaged()
	}
	defer func() { _ = texts.Close() }()
	return wellFormed(texts, "sst", "si", maxTexts)
}

// maxSheetColumns is how many columns a sheet can have.
const maxSheetColumns = 16_384

func tooLarge() *Fault {
	return &Fault{Problem: "workbook_too_large",
		Wrong: fmt.Sprintf("工作簿过大（超过 %d MB，或解开后超过 %d MB）", maxWorkbook>>20, maxUnzipped>>20), Right: "删去图片和多余的工作表，或另存为 CSV"}
}

// firstSheet opens the part that holds the first sheet.
func firstSheet(parts *zip.Reader) (io.ReadCloser, error) {
	var book struct {
		Sheets []struct {
			Rel []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := decode(parts, "xl/workbook.xml", &book); err != nil {
		return nil, err
	}
	var rels struct {
		Rel []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := decode(parts, "xl/_rels/workbook.xml.rels", &rels); err != nil {
		return nil, err
	}
	if len(book.Sheets) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	for _, a := range book.Sheets[0].Rel {
		if a.Name.Local != "id" {
			continue
		}
		for _, rel := range rels.Rel {
			if rel.ID != a.Value {
				continue
			}
			if name, ok := strings.CutPrefix(rel.Target, "/"); ok {
				return open(parts, name)
			}
			return open(parts, path.Join("xl", rel.Target))
		}
	}
	return nil, io.ErrUnexpectedEOF
}

func decode(parts *zip.Reader, name string, into any) error {
	part, err := open(parts, name)
	if err != nil {
		return err
	}
	defer func() { _ = part.Close() }()
	return xml.NewDecoder(part).Decode(into)
}

func open(parts *zip.Reader, name string) (io.ReadCloser, error) {
	p := find(parts, name)
	if p == nil {
		return nil, io.ErrUnexpectedEOF
	}
	return p.Open()
}

// find answers a part by its name, or nil; some programs write names with
// other slashes or letters.
func find(parts *zip.Reader, name string) *zip.File {
	i := slices.IndexFunc(parts.File, func(p *zip.File) bool {
		return strings.EqualFold(strings.ReplaceAll(p.Name, `\`, "/"), name)
	})
	if i < 0 {
		return nil
	}
	return parts.File[i]
}

// wellFormed reads a part to its end: that it ends where it should, and that
// no element named group holds more than limit of those named item.
func wellFormed(part io.Reader, group, item string, limit int) error {
	bound := &allowance{r: part}
	d := xml.NewDecoder(bound)
	groups, items, depth := 0, 0, 0
	for {
		bound.left = maxRecord
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if err != nil {
			f := damaged()
			if group == "row" && groups > 0 {
				f.Row, f.Wrong = groups, "工作表从这一行起已损坏，后面读不出来"
			}
			return f
		}
		switch e := token.(type) {
		case xml.StartElement:
			depth++
			switch e.Name.Local {
			case group:
				groups, items = groups+1, 0
			case item:
				if items++; items > limit {
					return tooLarge()
				}
			}
		case xml.EndElement:
			depth--
		}
	}
}

func (s *xlsxSource) next() (rec record, err error) {
	if s.done {
		return record{}, io.EOF
	}
	s.done = true // until a row has been read without fail
	defer survive(&err)
	for s.rows.Next() {
		s.line++
		cells, err := s.rows.Columns()
		switch {
		case err != nil:
			return record{}, damaged()
		case len(cells) > maxColumns:
			err = tooWide(s.line)
		case len(cells) == 0:
			continue
		}
		s.done = false
		return record{s.line, cells}, err
	}
	if s.rows.Error() != nil {
		return record{}, damaged()
	}
	return record{}, io.EOF
}

func (s *xlsxSource) Close() error { return errors.Join(s.rows.Close(), s.book.Close()) }

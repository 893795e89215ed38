package sheetfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

var testColumns = []Column{
	{Name: "代码", Also: []string{"统计代码"}, Required: true},
	{Name: "名称(全称)", Required: true},
	{Name: "备注"},
}

// read binds a file's bytes and answers its rows as "line:code|name|note" and
// its faults as "row:column:problem".
func read(t *testing.T, file []byte) (rows, faults []string, table *Table) {
	t.Helper()
	fault := func(f *Fault) { faults = append(faults, fmt.Sprintf("%d:%s:%s", f.Row, f.Column, f.Problem)) }
	table, err := Read(bytes.NewReader(file), int64(len(file)))
	if f, ok := errors.AsType[*Fault](err); ok {
		fault(f)
		return nil, faults, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	})
	bad, err := table.Bind(testColumns)
	if err != nil {
		t.Fatal(err)
	}
	for i := range bad {
		fault(&bad[i])
	}
	if len(bad) > 0 {
		return nil, faults, table
	}
	for row, err := range table.Rows() {
		if f, ok := errors.AsType[*Fault](err); ok {
			fault(f)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprintf("%d:%s|%s|%s", row.Line, row.Cell(0), row.Cell(1), row.Cell(2)))
	}
	return rows, faults, table
}

func gb18030(t *testing.T, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCSV(t *testing.T) {
	const head = "代码,名称(全称),备注\n"
	long := strings.Repeat("长", maxCell+1)
	tests := map[string]struct {
		file   string
		rows   []string
		faults []string
	}{
		"plain":             {file: head + "1,甲,x\n", rows: []string{"2:1|甲|x"}},
		"mark, CRLF":        {file: "\uFEFF代码,名称(全称),备注\r\n1,甲,x\r\n", rows: []string{"2:1|甲|x"}},
		"no last line end":  {file: head + "1,甲,x", rows: []string{"2:1|甲|x"}},
		"other order":       {file: "备注,名称(全称),代码\nx,甲,1\n", rows: []string{"2:1|甲|x"}},
		"other names":       {file: " 统计代码 ,*名 称\uFF08全称\uFF09\n1,甲\n", rows: []string{"2:1|甲|"}},
		"tabs":              {file: "代码\t名称(全称)\n1\t甲,乙\n", rows: []string{"2:1|甲,乙|"}},
		"semicolons":        {file: "代码;名称(全称)\n1;甲\n", rows: []string{"2:1|甲|"}},
		"wide commas":       {file: "代码\uFF0C名称(全称)\n1\uFF0C甲\n", rows: []string{"2:1|甲|"}},
		"quoted":            {file: head + "1,\"甲,\"\"乙\"\"\",\"x\ny\"\n2,丙,\n", rows: []string{"2:1|甲,\"乙\"|x\ny", "4:2|丙|"}},
		"spaces":            {file: head + " 1\u00A0,\u3000甲 ,\n", rows: []string{"2:1|甲|"}},
		"kept as text":      {file: head + "'1,\"=\"\"2\"\"\",\n", rows: []string{"2:1|2|"}},
		"blank rows":        {file: head + "\n,,\n \u3000,,\n1,甲,\n\n", rows: []string{"5:1|甲|"}},
		"short row":         {file: head + "1\n", rows: []string{"2:1||"}},
		"long row":          {file: head + "1,甲,x,y,z\n", rows: []string{"2:1|甲|x"}},
		"below a title":     {file: "二〇二六年名册,,\n,,\n" + head + "1,甲,x\n", rows: []string{"4:1|甲|x"}},
		"header only":       {file: head},
		"broken quote":      {file: head + "1,甲\"乙,\n2,丙,\n", rows: []string{"3:2|丙|"}, faults: []string{"2::quotes"}},
		"open quote":        {file: head + "1,\"甲,\n2,丙,\n", faults: []string{"2::quotes"}},
		"open quote, large": {file: head + "1,甲,\n2,\"" + strings.Repeat("乙,丙\n", maxRecord/4), rows: []string{"2:1|甲|"}, faults: []string{"3::row_too_long"}},
		"formula error":     {file: head + "#N/A,甲,#REF!\n2,乙,\n", rows: []string{"3:2|乙|"}, faults: []string{"2:代码:formula_error", "2:备注:formula_error"}},
		"control letters":   {file: head + "1,甲\x07,\n", faults: []string{"2:名称(全称):control_characters"}},
		"long cell":         {file: head + "1," + long + ",\n", faults: []string{"2:名称(全称):cell_too_long"}},
		"long cell unknown": {file: "代码,名称(全称),别的\n1,甲," + long + "\n", rows: []string{"2:1|甲|"}},
		"broken letters":    {file: head + "1,甲\xE7\x94,\n2,乙丙丁,\n", rows: []string{"3:2|乙丙丁|"}, faults: []string{"2:名称(全称):bad_encoding"}},
		"missing column":    {file: "代码,备注\n1,x\n", faults: []string{"1:名称(全称):missing_column"}},
		"column twice":      {file: "代码,统计代码,名称(全称)\n1,1,甲\n", faults: []string{"1:代码:duplicate_column"}},
		"no header":         {file: "1,甲\n2,乙\n", faults: []string{"1:代码:missing_column", "1:名称(全称):missing_column"}},
		"many columns":      {file: head + strings.Repeat(",", maxColumns) + "\n1,甲,\n", rows: []string{"3:1|甲|"}, faults: []string{"2::too_many_columns"}},
		"empty":             {file: "", faults: []string{"0::empty"}},
		"only a mark":       {file: "\uFEFF", faults: []string{"0::empty"}},
		"only line ends":    {file: "\r\n\n", faults: []string{"0::empty"}},
		"UTF-16":            {file: "\xFF\xFE\xE3\x4E", faults: []string{"0::utf16"}},
		"UTF-16, other end": {file: "\xFE\xFF\x4E\xE3", faults: []string{"0::utf16"}},
		"UTF-16, no mark":   {file: "1\x002\x00", faults: []string{"0::not_text"}},
		"old workbook":      {file: "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", faults: []string{"0::old_or_locked_workbook"}},
		"broken workbook":   {file: "PK\x03\x04....", faults: []string{"0::damaged_workbook"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rows, faults, _ := read(t, []byte(tt.file))
			if diff := cmp.Diff(tt.rows, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.faults, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	const text = "代码,名称(全称),备注\n1,镕㙟\U0002368D村,x\n"
	want := []string{"2:1|镕㙟\U0002368D村|x"}
	for format, file := range map[string][]byte{
		"CSV(UTF-8)":   []byte(text),
		"CSV(GB18030)": gb18030(t, text),
	} {
		rows, faults, table := read(t, file)
		if table.Format != format {
			t.Errorf("format: got %s, want %s", table.Format, format)
		}
		if diff := cmp.Diff(want, rows); diff != "" || faults != nil {
			t.Errorf("%s (-want +got):\n%s\nfaults: %v", format, diff, faults)
		}
		if table.Part() != 1 {
			t.Errorf("%s: read %v of the file, want 1", format, table.Part())
		}
	}
	// A broken character in the middle of GB18030.
	file := bytes.Replace(gb18030(t, text), []byte("x"), []byte{0x81, 0xFF}, 1)
	if _, faults, _ := read(t, file); !slices.Equal(faults, []string{"2:备注:bad_encoding"}) {
		t.Errorf("broken GB18030: %v", faults)
	}
}

func TestUnknownColumns(t *testing.T) {
	_, _, table := read(t, []byte("代码,天气,名称(全称),,心情\n1,晴,甲,,好\n"))
	if diff := cmp.Diff([]string{"天气", "心情"}, table.Unknown); diff != "" {
		t.Error(diff)
	}
	if table.Has(2) || !table.Has(1) {
		t.Error("Has does not know which columns are there")
	}
}

// workbook makes a workbook of rows; a nil row is left out.
func workbook(t *testing.T, rows [][]any, opts ...func(*excelize.File)) []byte {
	t.Helper()
	book := excelize.NewFile()
	for i, row := range rows {
		if row == nil {
			continue
		}
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	for _, opt := range opts {
		opt(book)
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestXLSX(t *testing.T) {
	file := workbook(t, [][]any{
		{"怀柔区名册"},
		nil,
		{"代码", "名称(全称)", "备注", "别的"},
		{110116001001, "甲", 46023},
		{"110116001002", " 乙 ", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		nil,
		{1.10116001003e11, "丙", nil, "x"},
		{11116201510990001.0, "丁"},
		{"", "", ""},
		{"#N/A", "戊"},
	}, func(f *excelize.File) {
		if _, err := f.NewSheet("另一张"); err != nil {
			t.Fatal(err)
		}
	})
	rows, faults, table := read(t, file)
	want := []string{
		"4:110116001001|甲|46023",
		"5:110116001002|乙|46023",
		"7:110116001003|丙|",
		"8:11116201510990000|丁|",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"10:代码:formula_error"}, faults); diff != "" {
		t.Error(diff)
	}
	if table.Format != "XLSX" || !slices.Equal(table.Unknown, []string{"别的"}) {
		t.Errorf("format %s, unknown %v", table.Format, table.Unknown)
	}
}

func TestSerialDays(t *testing.T) {
	for name, tt := range map[string]struct {
		is1904 bool
		serial int
		want   string
	}{
		"1900": {false, 46023, "2026-01-01"},
		"1904": {true, 44561, "2026-01-01"},
	} {
		file := workbook(t, [][]any{{"代码", "名称(全称)"}, {"1", "甲"}}, func(f *excelize.File) {
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &tt.is1904}); err != nil {
				t.Fatal(err)
			}
		})
		_, _, table := read(t, file)
		if got := table.Day(tt.serial).Format(time.DateOnly); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

// rezip copies a workbook with its parts changed.
func rezip(t *testing.T, file []byte, change func(name string, part []byte) []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, p := range in.File {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		var part bytes.Buffer
		if _, err := part.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		o, err := w.Create(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Write(change(p.Name, part.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBadWorkbooks(t *testing.T) {
	good := workbook(t, [][]any{{"代码", "名称(全称)"}, {"1", "甲"}, {"2", "乙"}})
	sheet := func(change func(part []byte) []byte) []byte {
		return rezip(t, good, func(name string, part []byte) []byte {
			if name == "xl/worksheets/sheet1.xml" {
				return change(part)
			}
			return part
		})
	}
	var document bytes.Buffer
	w := zip.NewWriter(&document)
	if _, err := w.Create("word/document.xml"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		file   []byte
		faults []string
	}{
		"cut off":     {sheet(func(p []byte) []byte { return p[:bytes.LastIndex(p, []byte("<row"))] }), []string{"2::damaged_workbook"}},
		"bad letters": {sheet(func(p []byte) []byte { return bytes.Replace(p, []byte("<row r=\"3\""), []byte("\x0b<row r=\"3\""), 1) }), []string{"2::damaged_workbook"}},
		"no workbook": {document.Bytes(), []string{"0::damaged_workbook"}},
		"bomb": {rezip(t, good, func(name string, part []byte) []byte {
			if name == "docProps/app.xml" {
				return make([]byte, maxExtras+1)
			}
			return part
		}), []string{"0::workbook_too_large"}},
		"wide row": {sheet(func(p []byte) []byte {
			return bytes.Replace(p, []byte(`<row r="3"`), []byte(`<row r="3"><c r="XFD3"><v>1</v></c></row><row r="4"`), 1)
		}), []string{"3::too_many_columns"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, faults, _ := read(t, tt.file)
			if diff := cmp.Diff(tt.faults, faults); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "名册.xlsx") // named wrongly on purpose
	if err := os.WriteFile(path, []byte("代码,名称(全称)\n1,甲\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if table.Format != "CSV(UTF-8)" {
		t.Errorf("format: %s", table.Format)
	}
	if err := table.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "不是文件") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open(filepath.Join(folder, "无")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Read(bytes.NewReader(nil), maxFile+1); err == nil {
		t.Error("a file too large is read")
	}
}

func TestFaultText(t *testing.T) {
	tests := map[string]struct {
		fault Fault
		want  string
	}{
		"cell":   {Fault{Row: 3, Column: "代码", Wrong: "没有填", Right: "12 位数字"}, "第 3 行「代码」\uFF1A没有填。应改为\uFF1A12 位数字"},
		"row":    {Fault{Row: 3, Wrong: "引号没有成对"}, "第 3 行\uFF1A引号没有成对"},
		"file":   {Fault{Wrong: "文件是空的"}, "文件是空的"},
		"quoted": {Fault{Wrong: Quote("a\x1b[2Jb\u202Ec")}, "「a\uFFFD[2Jb\uFFFDc」"},
		"long":   {Fault{Wrong: Quote(strings.Repeat("字", 50))}, "「" + strings.Repeat("字", 40) + "…」"},
	}
	for name, tt := range tests {
		if got := tt.fault.Error(); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

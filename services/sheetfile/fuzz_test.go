package sheetfile

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzRead holds the reader to its word on any bytes.
func FuzzRead(f *testing.F) {
	t := &testing.T{}
	for _, text := range []string{
		"代码,名称(全称),备注\n1,甲,x\n",
		"\uFEFF代码\t名称(全称)\r\n1\t\"甲\r\n乙\"\r\n",
		"题,,\n\n代码,名称(全称)\n1,\"甲\n",
		"\xFF\xFE1\x00",
	} {
		f.Add([]byte(text))
	}
	f.Add(gb18030(t, "代码,名称(全称),备注\n1,镕㙟村,x\n"))
	f.Add(workbook(t, [][]any{{"代码", "名称(全称)"}, {110116001001, "甲"}, nil, {"2", "乙", 46023}}))
	f.Fuzz(mustRead)
}

// FuzzSheet puts any bytes into the parts of a workbook, which a change of the
// packed file's bytes hardly ever reaches.
func FuzzSheet(f *testing.F) {
	base := workbook(&testing.T{}, [][]any{{"代码", "名称(全称)"}, {1, "甲"}})
	parts := map[string][]byte{}
	rezip(&testing.T{}, base, func(name string, part []byte) []byte {
		parts[name] = part
		return part
	})
	f.Add(parts["xl/worksheets/sheet1.xml"], parts["xl/sharedStrings.xml"], parts["xl/workbook.xml"])
	f.Fuzz(func(t *testing.T, sheet, texts, book []byte) {
		mustRead(t, rezip(t, base, func(name string, part []byte) []byte {
			switch name {
			case "xl/worksheets/sheet1.xml":
				return sheet
			case "xl/sharedStrings.xml":
				return texts
			case "xl/workbook.xml":
				return book
			}
			return part
		}))
	})
}

// mustRead reads any bytes: that never panics, ends, and answers rows whose
// numbers rise and whose cells are bounded.
func mustRead(t *testing.T, file []byte) {
	table, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return
	}
	defer func() { _ = table.Close() }()
	if faults, err := table.Bind(testColumns); err != nil || len(faults) > 0 {
		return
	}
	last := 0
	for row, err := range table.Rows() {
		if _, ok := errors.AsType[*Fault](err); ok {
			continue
		}
		if err != nil {
			return
		}
		if row.Line <= last {
			t.Fatalf("row %d after row %d", row.Line, last)
		}
		last = row.Line
		for i := range testColumns {
			if len(row.Cell(i)) > 4*maxCell {
				t.Fatalf("a cell of %d bytes", len(row.Cell(i)))
			}
		}
	}
}

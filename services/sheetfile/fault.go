package sheetfile

import (
	"fmt"
	"strings"
	"unicode"
)

// Fault is one thing that is wrong with a table, told so that the person who
// keeps the table can put it right.
type Fault struct {
	Row     int    // as the table's own program counts it, from 1; 0 = the file as a whole
	Column  string // name of the column, or empty
	Problem string // a slug without any content, fit for logs
	Wrong   string // what is wrong, in Chinese; may quote the cell
	Right   string // what would be right, in Chinese
}

// Error tells the fault in one line, for the person who keeps the table. It
// may quote a cell, so it must not be logged; Problem may.
func (f *Fault) Error() string {
	var b strings.Builder
	if f.Row > 0 {
		fmt.Fprintf(&b, "第 %d 行", f.Row)
	}
	if f.Column != "" {
		fmt.Fprintf(&b, "「%s」", f.Column)
	}
	if b.Len() > 0 {
		b.WriteString("：")
	}
	b.WriteString(f.Wrong)
	if f.Right != "" {
		b.WriteString("。应改为：" + f.Right)
	}
	return b.String()
}

// quoted is how many characters of a cell a fault shows.
const quoted = 40

// Quote shows a cell's text within a fault, cut to a length that fits a line.
func Quote(s string) string {
	if c := []rune(s); len(c) > quoted {
		s = string(c[:quoted]) + "…"
	}
	return "「" + Plain(s) + "」"
}

// Plain takes out of a text the characters that would move a terminal's cursor
// or turn its writing.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

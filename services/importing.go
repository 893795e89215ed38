package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
)

// Importer brings the office's tables into the store (导入). Every import reads
// and judges its whole table before it writes anything; what it writes has
// identities derived from the table, so it may be run again at any time, also
// after it was killed, and the same table twice changes nothing.
type Importer struct {
	Data     Data
	Now      func() time.Time
	Progress func(Progress) // told a few times a second; may be nil
}

// Report is what came of an import, or would come of it.
type Report struct {
	Check    bool // nothing was to be written
	Rows     int
	Counts   []Count
	Unknown  []string          // columns that nobody knows
	Notes    []string          // what the office should know beside the counts
	Warnings []sheetfile.Fault // what may be right
	Faults   []sheetfile.Fault // what is wrong; if any, nothing was written
	Untold   int               // faults and warnings beyond those that are kept
}

// Count tells of one sort of thing how many are new, and so on.
type Count struct {
	What                                string
	Added, Changed, Unchanged, Unlisted int
}

// maxTold bounds how many faults of a table are kept for the report.
const maxTold = 50_000

// Sound reports whether the table is without fault.
func (r *Report) Sound() bool { return len(r.Faults) == 0 }

// Print writes the report for the operator, in Chinese.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "读入 %d 行。\n", r.Rows)
	for _, f := range r.Faults {
		b.WriteString("错误 " + f.Error() + "\n")
	}
	for _, f := range r.Warnings {
		b.WriteString("提醒 " + f.Error() + "\n")
	}
	if r.Untold > 0 {
		fmt.Fprintf(&b, "另有 %d 处没有列出。\n", r.Untold)
	}
	if len(r.Unknown) > 0 {
		var names []string
		for _, name := range r.Unknown {
			names = append(names, sheetfile.Quote(name))
		}
		b.WriteString("没有用到的列：" + strings.Join(names, "、") + "\n")
	}
	if !r.Sound() {
		fmt.Fprintf(&b, "有 %d 处错误，没有写入任何数据。\n", len(r.Faults))
		_, err := io.WriteString(w, b.String())
		return err
	}
	for _, c := range r.Counts {
		fmt.Fprintf(&b, "%s：新增 %d，变更 %d，未变 %d", c.What, c.Added, c.Changed, c.Unchanged)
		if c.Unlisted > 0 {
			fmt.Fprintf(&b, "，不再列名 %d", c.Unlisted)
		}
		b.WriteString("\n")
	}
	for _, n := range r.Notes {
		b.WriteString(n + "\n")
	}
	if r.Check {
		b.WriteString("检查通过，没有写入任何数据。\n")
	} else {
		b.WriteString("导入完成。\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Progress tells how far an import is.
type Progress struct {
	Stage       string // 读取, 核对 or 写入
	Unit        string // what is counted
	Done, Total int    // Total is 0 while nobody knows it
	Elapsed     time.Duration
}

// Rate answers how many are done a second.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Done) / p.Elapsed.Seconds()
}

// Left answers how long the rest of the stage will take at this rate, or 0 if
// that is not known.
func (p Progress) Left() time.Duration {
	rate := p.Rate()
	if rate == 0 || p.Done >= p.Total {
		return 0
	}
	return time.Duration(float64(p.Total-p.Done) / rate * float64(time.Second))
}

func (p Progress) String() string {
	s := fmt.Sprintf("%s %d", p.Stage, p.Done)
	if p.Total > 0 {
		s += fmt.Sprintf("/%d %s（%d%%）", p.Total, p.Unit, int64(p.Done)*100/int64(p.Total))
	} else {
		s += " " + p.Unit
	}
	if rate := p.Rate(); rate > 0 {
		s += fmt.Sprintf("，每秒 %.0f", rate)
	}
	if left := p.Left(); left > 0 {
		s += fmt.Sprintf("，还需 %s", left.Round(time.Second))
	}
	return s
}

// tellEvery is how often progress is told.
const tellEvery = 250 * time.Millisecond

// importRun is one import on its way.
type importRun struct {
	*Importer
	table       *sheetfile.Table
	now         time.Time
	today       domain.Day
	began, told time.Time // of the stage
	Report
}

func (i *Importer) begin(table *sheetfile.Table, check bool) *importRun {
	now := i.Now()
	return &importRun{Importer: i, table: table, now: now, today: domain.DayOf(now), Report: Report{Check: check}}
}

// stage begins a stage of work.
func (r *importRun) stage() { r.began = r.Now(); r.told = r.began }

// tell tells how far the stage is, if it is time to.
func (r *importRun) tell(p Progress) {
	if r.Progress == nil {
		return
	}
	now := r.Now()
	if now.Sub(r.told) < tellEvery && (p.Total == 0 || p.Done < p.Total) {
		return
	}
	r.told = now
	p.Elapsed = now.Sub(r.began)
	r.Progress(p)
}

// fault notes what is wrong with the table.
func (r *importRun) fault(row int, column, problem, wrong, right string) {
	r.Faults = r.keep(r.Faults, row, column, problem, wrong, right)
}

// warn notes what may be right.
func (r *importRun) warn(row int, column, problem, wrong, right string) {
	r.Warnings = r.keep(r.Warnings, row, column, problem, wrong, right)
}

func (r *importRun) keep(list []sheetfile.Fault, row int, column, problem, wrong, right string) []sheetfile.Fault {
	if len(list) == maxTold {
		r.Untold++
		return list
	}
	return append(list, sheetfile.Fault{Row: row, Column: column, Problem: problem, Wrong: wrong, Right: right})
}

// finish answers the report, its faults in order of the rows.
func (r *importRun) finish() Report {
	byRow := func(a, b sheetfile.Fault) int { return a.Row - b.Row }
	slices.SortStableFunc(r.Faults, byRow)
	slices.SortStableFunc(r.Warnings, byRow)
	return r.Report
}

// tellRows is how many rows are read between two looks at the clock.
const tellRows = 1024

// read reads the whole table, row by row, and notes its faults.
func (r *importRun) read(columns []sheetfile.Column, each func(sheetfile.Row)) error {
	r.stage()
	faults, err := r.table.Bind(columns)
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	r.Unknown = r.table.Unknown
	if len(faults) > 0 {
		r.Faults = faults
		return nil
	}
	faulty := 0 // the last faulty row: it may have several faults
	for row, err := range r.table.Rows() {
		if f, ok := errors.AsType[*sheetfile.Fault](err); ok {
			if f.Row != faulty {
				faulty = f.Row
				r.Rows++
			}
			r.fault(f.Row, f.Column, f.Problem, f.Wrong, f.Right)
			continue
		}
		if err != nil {
			return fmt.Errorf("read table: %w", err)
		}
		r.Rows++
		each(row)
		if r.Rows%tellRows == 0 {
			p := Progress{Stage: "读取", Unit: "行", Done: r.Rows}
			if part := r.table.Part(); part > 0 {
				p.Total = max(r.Rows, int(float64(r.Rows)/part))
			}
			r.tell(p)
		}
	}
	if r.Rows == 0 {
		r.fault(0, "", "empty", "表头以下没有内容", "每行一条")
	}
	return nil
}

// document is what a collection holds, found by its head.
type document[T any] interface {
	*T
	Head() *domain.Meta
}

// desired is a document as the table wants it: apply changes what is there and
// reports whether it had to. It may run more than once.
type desired[T any] struct {
	id    string
	apply func(*T) bool
	fresh bool
	size  int // what it counts for in the progress; 0 means 1
}

// compareDocs gets what is there of each desired document, counts, and answers
// those that are to be written.
func compareDocs[T any](ctx context.Context, r *importRun, get func(ctx context.Context, id string) (T, error), what string, all []desired[T]) ([]desired[T], error) {
	c := Count{What: what}
	var due []desired[T]
	r.stage()
	for n, w := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		doc, err := get(ctx, w.id)
		switch {
		case errors.Is(err, domain.ErrNotFound):
			w.fresh = true
			c.Added++
			due = append(due, w)
		case err != nil:
			return nil, fmt.Errorf("compare %s: %w", what, err)
		case w.apply(&doc):
			c.Changed++
			due = append(due, w)
		default:
			c.Unchanged++
		}
		r.tell(Progress{Stage: "核对", Unit: what, Done: n + 1, Total: len(all)})
	}
	r.Counts = append(r.Counts, c)
	return due, nil
}

// insertBatch is how many new documents are written at once.
const insertBatch = 500

// writeDocs writes what is due: new documents in batches, others one by one.
func writeDocs[T any, P document[T]](ctx context.Context, r *importRun, docs Docs[T], unit string, due []desired[T]) error {
	r.stage()
	p := Progress{Stage: "写入", Unit: unit}
	for _, w := range due {
		p.Total += max(w.size, 1)
	}
	var fresh []T
	for n, w := range due {
		err := ctx.Err()
		switch {
		case err != nil:
		case w.fresh:
			var doc T
			P(&doc).Head().ID = w.id
			w.apply(&doc)
			fresh = append(fresh, doc)
		default:
			_, err = docs.Update(ctx, w.id, func(doc *T) error {
				if !w.apply(doc) {
					return domain.ErrUnchanged
				}
				return nil
			})
		}
		if err == nil && len(fresh) > 0 && (len(fresh) == insertBatch || n == len(due)-1) {
			err = docs.InsertMany(ctx, fresh)
			fresh = fresh[:0]
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", unit, err)
		}
		p.Done += max(w.size, 1)
		r.tell(p)
	}
	return nil
}

// setField changes a field and notes that it did.
func setField[V comparable](field *V, to V, changed *bool) {
	if *field != to {
		*field, *changed = to, true
	}
}

// setListField changes a list and notes that it did.
func setListField[V comparable](field *[]V, to []V, changed *bool) {
	if !slices.Equal(*field, to) {
		*field, *changed = slices.Clone(to), true
	}
}

// places looks up villages in the store.
func (r *importRun) places(ctx context.Context, codes []string) (map[string]domain.Place, error) {
	found := map[string]domain.Place{}
	towns := map[string]bool{}
	for _, code := range codes {
		id := domain.TownOf(code)
		if towns[id] {
			continue
		}
		towns[id] = true
		town, err := r.Data.Towns.Get(ctx, id)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look up villages: %w", err)
		}
		for _, v := range town.Villages {
			found[v.Code] = domain.Place{Code: v.Code, Name: v.Name, Town: town.Name, District: town.DistrictName, Unlisted: v.Unlisted}
		}
	}
	return found, nil
}

// checkPlace notes a fault unless the village is known and listed.
func (r *importRun) checkPlace(row int, column, code string, known map[string]domain.Place) {
	place, ok := known[code]
	switch {
	case !ok:
		r.fault(row, column, "unknown_village", "没有代码为 "+code+" 的村居", "村居名录里的代码;名录没有时先导入 villages")
	case place.Unlisted:
		r.fault(row, column, "unlisted_village", code+"("+place.Town+place.Name+"）已不在名录中", "现行名录里的代码")
	}
}

// narrow brings the digits and signs of full width in a cell to plain ones.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if '\uFF01' <= r && r <= '\uFF5E' {
			return r - '\uFF01' + '!'
		}
		return r
	}, s)
}

// splitList splits a cell that holds several things.
func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return strings.ContainsRune(";\uFF1B,\uFF0C、", r) || unicode.IsSpace(r)
	})
}

// isScientific reports whether a spreadsheet has turned a code into a number
// like 1.10116E+11, which loses its last digits.
func isScientific(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && strings.ContainsAny(s, "eE") && !strings.ContainsAny(s, "xX")
}

const asText = "把这一列设为“文本”格式后重新录入"

// villageCode reads a village's code and notes what is wrong with it.
func (r *importRun) villageCode(row int, column, cell string) (code string, ok bool) {
	code = narrow(cell)
	switch {
	case domain.IsVillageCode(code):
		return code, true
	case code == "":
		r.fault(row, column, "required", "没有填", "12 位数字，如 110116001001")
	case isScientific(code):
		r.fault(row, column, "scientific", sheetfile.Quote(cell)+"是表格软件改写的数，后几位已丢失", asText)
	default:
		r.fault(row, column, "bad_code", sheetfile.Quote(cell)+"不是 12 位数字", "12 位数字，如 110116001001")
	}
	return "", false
}

// Lengths of names, in characters.
const (
	minFirm, maxFirm = 4, 60
	maxPlaceName     = 100
)

// person reads the name of a person: Han letters and the dot of names of many
// peoples. Spaces that align a short name are taken out.
func (r *importRun) person(row int, column, cell string) string {
	name := strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return -1
		case strings.ContainsRune("•・‧∙", c): // other dots that input methods write
			return '·'
		}
		return c
	}, cell)
	switch {
	case name == "":
		r.fault(row, column, "required", "没有填", "姓名")
	case !domain.IsName(name):
		r.fault(row, column, "bad_name", sheetfile.Quote(cell)+"不是姓名", "2 到 20 个汉字，中间可有“·”")
	}
	return name
}

// phone reads a mobile number.
func (r *importRun) phone(row int, column, cell string) string {
	phone := strings.NewReplacer(" ", "", "-", "", "\u00A0", "").Replace(narrow(cell))
	phone = strings.TrimPrefix(phone, "+86")
	switch {
	case phone == "":
		r.fault(row, column, "required", "没有填", "11 位手机号")
	case isScientific(phone):
		r.fault(row, column, "scientific", "手机号被表格软件改写成了数，后几位已丢失", asText)
	case !domain.IsMobile(phone):
		r.fault(row, column, "bad_phone", maskNumber(phone)+"不是手机号", "11 位数字，1 开头，第二位 3 至 9")
	}
	return phone
}

// maskNumber shows a number to the operator without telling it.
func maskNumber(s string) string {
	c := []rune(s)
	if len(c) < 7 {
		return fmt.Sprintf("「%s」（%d 位）", strings.Repeat("*", len(c)), len(c))
	}
	return fmt.Sprintf("「%s%s%s」（%d 位）", sheetfile.Plain(string(c[:3])), strings.Repeat("*", min(len(c)-5, quotedStars)), sheetfile.Plain(string(c[len(c)-2:])), len(c))
}

// quotedStars bounds how long a masked number is shown.
const quotedStars = 20

// day reads a date as offices write it, or as a spreadsheet numbers it.
func (r *importRun) day(row int, column, cell string) (domain.Day, bool) {
	if cell == "" {
		r.fault(row, column, "required", "没有填", "日期，如 2026-01-01")
		return "", false
	}
	if d, ok := r.parseDay(cell); ok {
		return d, true
	}
	r.fault(row, column, "bad_date", sheetfile.Quote(cell)+"不是日期", "如 2026-01-01、2026/1/1 或 2026年1月1日")
	return "", false
}

// Serial numbers of days that can be meant, 1980-01-01 to 2100-12-31; other
// numbers are no dates.
const firstSerial, lastSerial = 29_221, 73_415

func (r *importRun) parseDay(cell string) (domain.Day, bool) {
	s := narrow(cell)
	s, _, _ = strings.Cut(s, " ")
	s, _, _ = strings.Cut(s, "T")
	if n, err := strconv.ParseFloat(s, 64); err == nil && len(s) != len("20260101") {
		if n < firstSerial || n >= lastSerial+1 {
			return "", false
		}
		return domain.Day(r.table.Day(int(n)).Format(time.DateOnly)), true
	}
	for _, layout := range []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil {
			return domain.ParseDay(t.Format(time.DateOnly))
		}
	}
	return "", false
}

package services

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
)

// calendarColumns are the columns of a table of holidays.
var calendarColumns = []sheetfile.Column{
	{Name: "年份", Also: []string{"年度", "年"}, Required: true},
	{Name: "日期", Required: true},
	{Name: "类型", Also: []string{"类型（休/班）", "休/班", "休班"}, Required: true},
	{Name: "文号", Also: []string{"通知文号", "发文字号"}, Required: true},
}

const (
	colYear = iota
	colDays
	colDayKind
	colNotice
)

// Bounds on a table of holidays.
const (
	maxHoliday = 31 // days of one range
	maxNotice  = 60 // characters of a notice's number
)

// Calendar imports years of statutory holidays and make-up working days
// (节假日安排). A year that the table contains is replaced by it as a whole.
func (i *Importer) Calendar(ctx context.Context, table *sheetfile.Table, check bool) (Report, error) {
	r := i.begin(table, check)
	years, err := r.readCalendar()
	if err != nil || !r.Sound() {
		return r.finish(), err
	}
	docs := make([]desired[domain.CalendarYear], 0, len(years))
	for _, y := range years {
		docs = append(docs, desired[domain.CalendarYear]{id: y.ID, apply: func(d *domain.CalendarYear) (changed bool) {
			setField(&d.Notice, y.Notice, &changed)
			setListField(&d.Off, y.Off, &changed)
			setListField(&d.Work, y.Work, &changed)
			return changed
		}})
	}
	due, err := compareDocs(ctx, r, r.Data.Calendars.Get, "年度", docs)
	if err != nil || check {
		return r.finish(), err
	}
	err = writeDocs(ctx, r, r.Data.Calendars, "个年度", due)
	return r.finish(), err
}

// readCalendar reads and judges the table, and answers its years in order.
func (r *importRun) readCalendar() ([]*domain.CalendarYear, error) {
	years := map[string]*domain.CalendarYear{}
	noticed := map[string]int{} // line of each year's notice
	seen := map[domain.Day]int{}
	err := r.read(calendarColumns, func(row sheetfile.Row) {
		column := func(i int) string { return calendarColumns[i].Name }
		year := strings.TrimSuffix(narrow(row.Cell(colYear)), "年")
		okYear := domain.IsDigits(year, 4) && year >= "2000" && year <= "2100"
		if !okYear {
			r.fault(row.Line, column(colYear), "bad_year", sheetfile.Quote(row.Cell(colYear))+"不是年份", "4 位数字，如 2026")
		}
		notice := row.Cell(colNotice)
		switch {
		case notice == "":
			r.fault(row.Line, column(colNotice), "required", "没有填", "国务院办公厅通知的文号")
		case utf8.RuneCountInString(notice) > maxNotice:
			r.fault(row.Line, column(colNotice), "notice_too_long", "过长："+sheetfile.Quote(notice), fmt.Sprintf("至多 %d 个字", maxNotice))
		}
		kind := row.Cell(colDayKind)
		if kind != "休" && kind != "班" {
			wrong := sheetfile.Quote(kind) + "不是类型"
			if kind == "" {
				wrong = "没有填"
			}
			r.fault(row.Line, column(colDayKind), "bad_day_kind", wrong, "休 或 班")
		}
		days := r.days(row.Line, column(colDays), row.Cell(colDays))
		if !okYear {
			return
		}
		y := years[year]
		if y == nil {
			y = &domain.CalendarYear{Meta: domain.Meta{ID: year}, Notice: notice}
			years[year], noticed[year] = y, row.Line
		} else if y.Notice != notice {
			r.fault(row.Line, column(colNotice), "two_notices", fmt.Sprintf("与第 %d 行同一年的文号不同", noticed[year]), "一年一个文号")
		}
		for _, d := range days {
			if strconv.Itoa(d.Year()) != year {
				r.fault(row.Line, column(colDays), "other_year", fmt.Sprintf("%s 不在 %s 年", d, year), "当年的日期")
				continue
			}
			if line, ok := seen[d]; ok {
				r.fault(row.Line, column(colDays), "day_twice", fmt.Sprintf("%s 已在第 %d 行", d, line), "一天一行，休、班只取其一")
				continue
			}
			seen[d] = row.Line
			switch {
			case kind == "休":
				y.Off = append(y.Off, d)
			case kind == "班" && d.Weekday() < 6:
				r.fault(row.Line, column(colDays), "work_on_weekday", fmt.Sprintf("%s 是工作日，不用调休上班", d), "周六或周日")
			case kind == "班":
				y.Work = append(y.Work, d)
			}
		}
	})
	list := make([]*domain.CalendarYear, 0, len(years))
	for _, y := range years {
		if len(y.Off) == 0 && r.Sound() {
			r.fault(noticed[y.ID], calendarColumns[colDayKind].Name, "no_days_off", y.ID+" 年没有一天休", "写全当年的放假安排")
		}
		slices.Sort(y.Off)
		slices.Sort(y.Work)
		list = append(list, y)
	}
	slices.SortFunc(list, func(a, b *domain.CalendarYear) int { return cmp.Compare(a.ID, b.ID) })
	return list, err
}

// days reads a day, or a range of days such as 2026-02-15~2026-02-23.
func (r *importRun) days(row int, column, cell string) []domain.Day {
	first, last, ranged := cut(cell, "~", "\uFF5E", "至", "—", "–")
	from, ok := r.day(row, column, strings.TrimSpace(first))
	if !ok {
		return nil
	}
	if !ranged {
		return []domain.Day{from}
	}
	to, ok := r.day(row, column, strings.TrimSpace(last))
	if !ok {
		return nil
	}
	if n := from.DaysUntil(to); n < 0 || n >= maxHoliday {
		r.fault(row, column, "bad_range", fmt.Sprintf("%s 至 %s 不是一段假期", from, to), fmt.Sprintf("起不晚于止，至多 %d 天", maxHoliday))
		return nil
	}
	var days []domain.Day
	for d := from; d <= to; d = d.Add(1) {
		days = append(days, d)
	}
	return days
}

// cut parts a text at the first separator that it has.
func cut(s string, separators ...string) (before, after string, found bool) {
	for _, sep := range separators {
		if before, after, found = strings.Cut(s, sep); found {
			return before, after, true
		}
	}
	return s, "", false
}

package services

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
)

// officeColumns are the columns of a table of offices.
var officeColumns = []sheetfile.Column{
	{Name: "区划代码", Also: []string{"街乡代码", "统计代码", "辖区代码"}, Required: true},
	{Name: "名称", Also: []string{"司法所", "司法所名称", "单位名称"}, Required: true},
	{Name: "电话", Also: []string{"联系电话", "对外电话", "办公电话"}, Required: true},
}

const (
	colOfficeArea = iota
	colOfficeName
	colOfficePhone
)

// officeAreas are the areas that an office of the table may serve, the district
// first: its code in twelve digits ends in noughts enough for a town's as well.
var officeAreas = staffKind{word: "区司法局、司法所", area: []int{domain.DistrictDigits, domain.TownDigits}}

// listedOffice is one office of a table.
type listedOffice struct {
	line              int
	area, name, phone string
}

// Offices imports the names and the public telephones of the 司法所 of towns and
// of the bureaus of districts. Offices that it does not name are left alone.
func (i *Importer) Offices(ctx context.Context, table *sheetfile.Table, check bool) (Report, error) {
	r := i.begin(table, check)
	offices, err := r.readOffices()
	if err != nil || len(offices) == 0 {
		return r.finish(), err
	}
	areas, err := r.areas(ctx)
	if err != nil {
		return r.finish(), err
	}
	docs := make([]desired[domain.Office], 0, len(offices))
	for _, o := range offices {
		if o.area != "" && !areas[o.area] {
			r.fault(o.line, officeColumns[colOfficeArea].Name, "unknown_area", "名录里没有 "+o.area+" 这个区划", "名录里的代码;名录没有时先导入 villages")
		}
		docs = append(docs, desired[domain.Office]{id: o.area, apply: func(d *domain.Office) (changed bool) {
			setField(&d.Name, o.name, &changed)
			setField(&d.Phone, o.phone, &changed)
			return changed
		}})
	}
	if !r.Sound() {
		return r.finish(), nil
	}
	due, err := compareDocs(ctx, r, r.Data.Offices.Get, "司法所、司法局", docs)
	if err != nil || check {
		return r.finish(), err
	}
	err = writeDocs(ctx, r, r.Data.Offices, "个", due)
	return r.finish(), err
}

// readOffices reads and judges the table by itself.
func (r *importRun) readOffices() ([]listedOffice, error) {
	var offices []listedOffice
	first := map[string]int{}
	err := r.read(officeColumns, func(row sheetfile.Row) {
		column := func(i int) string { return officeColumns[i].Name }
		o := listedOffice{
			line:  row.Line,
			area:  r.area(row.Line, column(colOfficeArea), row.Cell(colOfficeArea), officeAreas),
			name:  r.officeName(row.Line, column(colOfficeName), row.Cell(colOfficeName)),
			phone: r.officePhone(row.Line, column(colOfficePhone), row.Cell(colOfficePhone)),
		}
		if line, ok := first[o.area]; ok && o.area != "" {
			r.fault(row.Line, column(colOfficeArea), "office_twice", fmt.Sprintf("%s 已在第 %d 行", o.area, line), "一个区划一行")
		} else {
			first[o.area] = row.Line
		}
		offices = append(offices, o)
	})
	return offices, err
}

// Lengths of an office's name, in characters.
const minOffice, maxOffice = 3, 40

func (r *importRun) officeName(row int, column, cell string) string {
	switch n := len([]rune(cell)); {
	case cell == "":
		r.fault(row, column, "required", "没有填", "司法所或司法局的名称")
	case n < minOffice || n > maxOffice || strings.ContainsAny(cell, "\n\r\t"):
		r.fault(row, column, "bad_office", sheetfile.Quote(cell)+"不像单位名称", fmt.Sprintf("%d 到 %d 个字，写在一行里", minOffice, maxOffice))
	}
	return cell
}

// landline is a number with its area code, as 《电信网编号计划》 numbers them, and
// an extension, if any.
var landline = regexp.MustCompile(`^0\d{2,3}-?\d{7,8}(-\d{1,6})?$`)

// officePhone reads a number that anybody may call: a landline's or a mobile.
func (r *importRun) officePhone(row int, column, cell string) string {
	phone := strings.NewReplacer(" ", "", "\u00A0", "", "(", "", ")", "-", "—", "-", "–", "-").Replace(narrow(cell))
	switch {
	case phone == "":
		r.fault(row, column, "required", "没有填", "群众能打通的电话")
	case isScientific(phone):
		r.fault(row, column, "scientific", "电话被表格软件改写成了数，后几位已丢失", asText)
	case !domain.IsMobile(phone) && !landline.MatchString(phone):
		r.fault(row, column, "bad_phone", sheetfile.Quote(cell)+"不是电话号码", "带区号的座机，如 010 加 8 位号码；或 11 位手机号")
	}
	return phone
}

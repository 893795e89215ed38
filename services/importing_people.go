package services

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
)

// staffColumns are the columns of a table of staff.
var staffColumns = []sheetfile.Column{
	{Name: "姓名", Required: true},
	{Name: "手机", Also: []string{"手机号", "手机号码", "联系电话", "电话"}, Required: true},
	{Name: "身份", Also: []string{"岗位", "角色"}, Required: true},
	{Name: "区划代码", Also: []string{"统计代码", "辖区代码"}, Required: true},
	{Name: "律所", Also: []string{"律师事务所", "所在律所"}},
}

const (
	colStaffName = iota
	colStaffPhone
	colStaffKind
	colStaffArea
	colStaffFirm
)

// staffKind is one sort of staff, with the lengths of the codes of the areas
// that it may serve.
type staffKind struct {
	word string
	kind domain.Kind
	area []int
}

var staffKinds = []staffKind{
	{"司法所", domain.TownStaff, []int{domain.TownDigits}},
	{"区司法局", domain.DistrictKind, []int{domain.DistrictDigits}},
	{"市司法局", domain.CityViewer, []int{cityDigits}},
	{"审计管理员", domain.Auditor, []int{cityDigits, domain.DistrictDigits}},
	{"安全管理员", domain.Security, []int{cityDigits, domain.DistrictDigits}},
	{"系统管理员", domain.System, []int{cityDigits, domain.DistrictDigits}},
	{"律所秘书", domain.FirmKind, nil},
}

// cityDigits is the length of the code of a municipality.
const cityDigits = 2

// administrators must be different people (GB/T 22239-2019: 三权分立).
var administrators = []domain.Kind{domain.Auditor, domain.Security, domain.System}

// Staff imports the staff of the bureaus, their administrators and the
// secretaries of law firms (工作人员). People it does not name are left alone.
func (i *Importer) Staff(ctx context.Context, table *sheetfile.Table, check bool) (Report, error) {
	r := i.begin(table, check)
	people, err := r.readStaff()
	if err != nil || len(people) == 0 {
		return r.finish(), err
	}
	areas, err := r.areas(ctx)
	if err != nil {
		return r.finish(), err
	}
	firms := map[string]error{}
	for _, p := range people {
		if p.area != "" && !areas[p.area] {
			r.fault(p.line, staffColumns[colStaffArea].Name, "unknown_area", "名录里没有 "+p.area+" 这个区划", "名录里的代码;名录没有时先导入 villages")
		}
		if p.firm == "" {
			continue
		}
		err, ok := firms[p.firm]
		if !ok {
			_, err = r.Data.Firms.Get(ctx, firmID(p.firm))
			firms[p.firm] = err
		}
		switch {
		case errors.Is(err, domain.ErrNotFound):
			r.fault(p.line, staffColumns[colStaffFirm].Name, "unknown_firm", "名册里没有律所"+sheetfile.Quote(p.firm), "与顾问名册里一样的全称;名册没有时先导入 roster")
		case err != nil:
			return r.finish(), fmt.Errorf("look up firms: %w", err)
		}
	}
	err = r.savePeople(ctx, people, "司法所、司法局", check)
	return r.finish(), err
}

// listedPerson is one person of a table.
type listedPerson struct {
	line                int
	kind                domain.Kind
	name, phone         string
	village, area, firm string
	roles               []string
}

// readStaff reads and judges the table by itself.
func (r *importRun) readStaff() ([]*listedPerson, error) {
	var people []*listedPerson
	err := r.read(staffColumns, func(row sheetfile.Row) {
		column := func(i int) string { return staffColumns[i].Name }
		p := &listedPerson{
			line:  row.Line,
			name:  r.person(row.Line, column(colStaffName), row.Cell(colStaffName)),
			phone: r.phone(row.Line, column(colStaffPhone), row.Cell(colStaffPhone)),
		}
		people = append(people, p)
		word := row.Cell(colStaffKind)
		i := slices.IndexFunc(staffKinds, func(k staffKind) bool { return k.word == word })
		if i < 0 {
			wrong := sheetfile.Quote(word) + "不是身份"
			if word == "" {
				wrong = "没有填"
			}
			r.fault(row.Line, column(colStaffKind), "bad_kind", wrong, staffWords())
			return
		}
		kind := staffKinds[i]
		p.kind = kind.kind
		if kind.area == nil {
			p.firm = r.firm(row.Line, column(colStaffFirm), row.Cell(colStaffFirm))
		} else {
			p.area = r.area(row.Line, column(colStaffArea), row.Cell(colStaffArea), kind)
		}
	})
	r.checkTwice(people, staffColumns[colStaffPhone].Name)
	for i, p := range people {
		if !slices.Contains(administrators, p.kind) {
			continue
		}
		for _, q := range people[:i] {
			if q.phone == p.phone && q.kind != p.kind && slices.Contains(administrators, q.kind) {
				r.fault(p.line, staffColumns[colStaffKind].Name, "administrators_not_apart",
					fmt.Sprintf("与第 %d 行是同一人", q.line), "审计、安全、系统管理员由不同的人担任")
			}
		}
	}
	return people, err
}

func staffWords() string {
	words := make([]string, 0, len(staffKinds))
	for _, k := range staffKinds {
		words = append(words, k.word)
	}
	return strings.Join(words, "、")
}

// area reads the code of the area that somebody serves; a code of 12 digits
// that ends in noughts means the area itself.
func (r *importRun) area(row int, column, cell string, kind staffKind) string {
	code := narrow(cell)
	for _, n := range kind.area {
		if domain.IsDigits(code, n) {
			return code
		}
	}
	if domain.IsVillageCode(code) {
		for _, n := range kind.area {
			if strings.Trim(code[n:], "0") == "" {
				return code[:n]
			}
		}
	}
	lengths := make([]string, 0, len(kind.area))
	for _, n := range kind.area {
		lengths = append(lengths, fmt.Sprintf("%d 位", n))
	}
	right := kind.word + "的区划代码是 " + strings.Join(lengths, "或 ") + "数字"
	switch {
	case code == "":
		r.fault(row, column, "required", "没有填", right)
	case isScientific(code):
		r.fault(row, column, "scientific", sheetfile.Quote(cell)+"是表格软件改写的数", asText)
	default:
		r.fault(row, column, "bad_area", sheetfile.Quote(cell)+"的位数不对", right)
	}
	return ""
}

// areas answers the codes of all areas that the store has villages of.
func (r *importRun) areas(ctx context.Context) (map[string]bool, error) {
	areas := map[string]bool{}
	for town, err := range r.Data.Towns.All(ctx) {
		if err != nil {
			return nil, fmt.Errorf("look up areas: %w", err)
		}
		for _, n := range []int{cityDigits, domain.DistrictDigits, domain.TownDigits} {
			areas[town.ID[:n]] = true
		}
	}
	return areas, nil
}

// checkTwice notes whoever stands twice in one kind.
func (r *importRun) checkTwice(people []*listedPerson, column string) {
	type account struct {
		kind  domain.Kind
		phone string
	}
	first := map[account]int{}
	for _, p := range people {
		if p.kind == "" || p.phone == "" {
			continue
		}
		if line, ok := first[account{p.kind, p.phone}]; ok {
			r.fault(p.line, column, "person_twice", fmt.Sprintf("与第 %d 行是同一手机、同一身份", line), "一人一行")
		} else {
			first[account{p.kind, p.phone}] = p.line
		}
	}
}

// cadreColumns are the columns of a table of cadres and collaborators.
var cadreColumns = []sheetfile.Column{
	{Name: "姓名", Required: true},
	{Name: "手机", Also: []string{"手机号", "手机号码", "联系电话", "电话"}, Required: true},
	{Name: "村居代码", Also: []string{"统计代码"}, Required: true},
	{Name: "身份", Also: []string{"角色"}, Required: true},
}

const (
	colCadreName = iota
	colCadrePhone
	colCadreVillage
	colCadreKind
)

// collaboratorWords are the words for what a collaborator is, in the order in
// which a person's roles are kept.
var collaboratorWords = []struct{ word, role string }{
	{"法律明白人", domain.LegallyVersed},
	{"人民调解员", domain.Mediator},
}

const (
	cadreWord = "村干部"
	cadreHelp = "村干部;或 法律明白人、人民调解员（可兼，用 ; 分开）"
)

// Cadres imports village cadres and their collaborators (村干部、法律明白人、
// 人民调解员). People it does not name are left alone.
func (i *Importer) Cadres(ctx context.Context, table *sheetfile.Table, check bool) (Report, error) {
	r := i.begin(table, check)
	people, err := r.readCadres()
	if err != nil || len(people) == 0 {
		return r.finish(), err
	}
	var codes []string
	for _, p := range people {
		if p.village != "" {
			codes = append(codes, p.village)
		}
	}
	known, err := r.places(ctx, codes)
	if err != nil {
		return r.finish(), err
	}
	for _, p := range people {
		if p.village != "" {
			r.checkPlace(p.line, cadreColumns[colCadreVillage].Name, p.village, known)
		}
	}
	err = r.savePeople(ctx, people, "村居人员", check)
	return r.finish(), err
}

// readCadres reads and judges the table by itself.
func (r *importRun) readCadres() ([]*listedPerson, error) {
	var people []*listedPerson
	err := r.read(cadreColumns, func(row sheetfile.Row) {
		column := func(i int) string { return cadreColumns[i].Name }
		p := &listedPerson{
			line:  row.Line,
			name:  r.person(row.Line, column(colCadreName), row.Cell(colCadreName)),
			phone: r.phone(row.Line, column(colCadrePhone), row.Cell(colCadrePhone)),
		}
		people = append(people, p)
		switch codes := splitList(row.Cell(colCadreVillage)); {
		case len(codes) > 1:
			r.fault(row.Line, column(colCadreVillage), "several_villages", fmt.Sprintf("写了 %d 个村居", len(codes)), "一人一个村居")
		default:
			p.village, _ = r.villageCode(row.Line, column(colCadreVillage), row.Cell(colCadreVillage))
		}
		p.kind, p.roles = r.cadreKind(row.Line, column(colCadreKind), row.Cell(colCadreKind))
	})
	r.checkTwice(people, cadreColumns[colCadrePhone].Name)
	return people, err
}

// cadreKind reads what somebody is in the village.
func (r *importRun) cadreKind(row int, column, cell string) (domain.Kind, []string) {
	words := splitList(cell)
	if len(words) == 0 {
		r.fault(row, column, "required", "没有填", cadreHelp)
		return "", nil
	}
	if slices.Contains(words, cadreWord) {
		if len(words) > 1 {
			r.fault(row, column, "cadre_and_collaborator", sheetfile.Quote(cell)+"要分两行", cadreHelp)
			return "", nil
		}
		return domain.Cadre, nil
	}
	var roles []string
	known := 0
	for _, c := range collaboratorWords {
		if slices.Contains(words, c.word) {
			roles = append(roles, c.role)
			known++
		}
	}
	if known < len(words) {
		r.fault(row, column, "bad_kind", sheetfile.Quote(cell)+"不是身份", cadreHelp)
		return "", nil
	}
	return domain.Collaborator, roles
}

// savePeople compares and writes the people of a sound table, and the offices
// in whose lists they stand. The lists come first: who has moved is known by
// where the person was, for as long as the person has not been written.
func (r *importRun) savePeople(ctx context.Context, people []*listedPerson, lists string, check bool) error {
	if !r.Sound() {
		return nil
	}
	were := map[string]domain.Person{}
	docs := make([]desired[domain.Person], 0, len(people))
	for _, p := range people {
		docs = append(docs, r.personDoc(r.listed(p)))
	}
	due, err := compareDocs(ctx, r, func(ctx context.Context, id string) (domain.Person, error) {
		p, err := r.Data.People.Get(ctx, id)
		if err == nil {
			were[id] = p
		}
		return p, err
	}, "人员", docs)
	if err != nil {
		return err
	}
	offices, err := r.offices(ctx, people, were, lists)
	if err != nil || check {
		return err
	}
	if err := writeDocs(ctx, r, r.Data.Offices, "个", offices); err != nil {
		return err
	}
	return writeDocs(ctx, r, r.Data.People, "人", due)
}

// listed answers a person as a row of a table has them.
func (r *importRun) listed(p *listedPerson) domain.Person {
	to := domain.Person{
		Meta: domain.Meta{ID: r.Data.Hash("person", string(p.kind)+"|"+p.phone)},
		Kind: p.kind, Name: domain.Private(p.name), Phone: domain.Private(p.phone),
		Village: p.village, Area: p.area, Roles: p.roles,
	}
	if p.firm != "" {
		to.Firm = firmID(p.firm)
	}
	return to
}

// officeOf answers the code of the office in whose list somebody stands: of a
// 司法所 or 区司法局 that of its area, of the village's people the village's.
func officeOf(p *domain.Person) string {
	switch p.Kind {
	case domain.TownStaff, domain.DistrictKind:
		return p.Area
	case domain.Cadre, domain.Collaborator:
		return p.Village
	}
	return ""
}

// offices compares who works for each area, and is told what concerns it. Who
// has moved leaves the list in which they stood.
func (r *importRun) offices(ctx context.Context, people []*listedPerson, were map[string]domain.Person, what string) ([]desired[domain.Office], error) {
	type change struct{ join, leave []string }
	changes := map[string]*change{}
	of := func(code string) *change {
		if changes[code] == nil {
			changes[code] = &change{}
		}
		return changes[code]
	}
	for _, p := range people {
		to := r.listed(p)
		here := officeOf(&to)
		if here == "" {
			continue
		}
		of(here).join = append(of(here).join, to.ID)
		was := were[to.ID]
		before := officeOf(&was)
		if before == "" || before == here {
			continue
		}
		_, err := r.Data.Offices.Get(ctx, before)
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return nil, fmt.Errorf("compare %s: %w", what, err)
		}
		if err == nil {
			of(before).leave = append(of(before).leave, to.ID)
		}
	}
	docs := make([]desired[domain.Office], 0, len(changes))
	for _, code := range slices.Sorted(maps.Keys(changes)) {
		docs = append(docs, desired[domain.Office]{id: code, apply: func(o *domain.Office) bool {
			staff := slices.DeleteFunc(slices.Clone(o.Staff), func(id string) bool { return slices.Contains(changes[code].leave, id) })
			for _, id := range changes[code].join {
				if !slices.Contains(staff, id) {
					staff = append(staff, id)
				}
			}
			changed := !slices.Equal(o.Staff, staff)
			o.Staff = staff
			return changed
		}})
	}
	if len(docs) == 0 {
		return nil, nil
	}
	return compareDocs(ctx, r, r.Data.Offices.Get, what, docs)
}

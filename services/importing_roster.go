package services

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
)

// rosterColumns are the columns of a roster of advisors.
var rosterColumns = []sheetfile.Column{
	{Name: "姓名", Also: []string{"律师姓名", "顾问姓名"}, Required: true},
	{Name: "律所", Also: []string{"律师事务所", "所在律所", "执业机构"}, Required: true},
	{Name: "执业证号", Also: []string{"律师执业证号", "执业证"}, Required: true},
	{Name: "手机", Also: []string{"手机号", "手机号码", "联系电话", "电话"}, Required: true},
	{Name: "专长", Also: []string{"专业特长", "擅长领域"}},
	{Name: "村居代码", Also: []string{"统计代码", "服务村居代码"}, Required: true},
	{Name: "角色", Also: []string{"主备"}, Required: true},
	{Name: "合同起", Also: []string{"合同起始", "合同开始", "起始日期"}, Required: true},
	{Name: "合同止", Also: []string{"合同终止", "合同结束", "截止日期"}, Required: true},
}

const (
	colAdvisor = iota
	colFirm
	colLicence
	colAdvisorPhone
	colSpecialities
	colPostVillages
	colRole
	colFrom
	colTo
)

// MaxVillages is how many villages one advisor is the main one of before the
// office is warned: five in Anhui's standard and in Hangzhou; rosters of Beijing
// go up to twelve, so it is no bound. Standing in for others is not counted.
const MaxVillages = 5

// Bounds on specialities.
const maxSpecialities, maxSpeciality = 10, 20

// Roster imports advisors with their firms and posts (顾问名册). The table is
// the whole truth about the posts that its advisors have in the districts that
// it names: others of theirs end. Advisors that it does not name are left alone.
func (i *Importer) Roster(ctx context.Context, table *sheetfile.Table, check bool) (Report, error) {
	r := i.begin(table, check)
	f, err := r.readRoster()
	if err != nil || len(f.advisors) == 0 {
		return r.finish(), err
	}
	known, err := r.places(ctx, f.villages())
	if err != nil {
		return r.finish(), err
	}
	for _, a := range f.advisors {
		for i, p := range a.posts {
			r.checkPlace(a.lines[i], rosterColumns[colPostVillages].Name, p.Village, known)
		}
	}
	stored, err := r.storedPosts(ctx, f)
	if err != nil {
		return r.finish(), err
	}
	all := f.settle(stored, r.today)
	r.checkMains(f, all, known)
	r.noteEnded(f, stored)
	if !r.Sound() {
		return r.finish(), nil
	}
	err = r.saveRoster(ctx, f, all, check)
	return r.finish(), err
}

// roster is a judged table of advisors.
type roster struct {
	advisors     []*rosterAdvisor // in order of the table
	byID         map[string]*rosterAdvisor
	districts    map[string]bool // 6 digits of those whose villages the table names
	specialities bool            // the table has such a column
}

type rosterAdvisor struct {
	line                           int
	id, name, firm, licence, phone string
	specialities                   []string
	posts                          []domain.Post
	lines                          []int // of each post
}

// readRoster reads and judges the table by itself.
func (r *importRun) readRoster() (*roster, error) {
	f := &roster{byID: map[string]*rosterAdvisor{}, districts: map[string]bool{}}
	phones := map[string]*rosterAdvisor{}
	err := r.read(rosterColumns, func(row sheetfile.Row) {
		column := func(i int) string { return rosterColumns[i].Name }
		a := &rosterAdvisor{
			line:    row.Line,
			name:    r.person(row.Line, column(colAdvisor), row.Cell(colAdvisor)),
			firm:    r.firm(row.Line, column(colFirm), row.Cell(colFirm)),
			licence: r.licence(row.Line, column(colLicence), row.Cell(colLicence)),
			phone:   r.phone(row.Line, column(colAdvisorPhone), row.Cell(colAdvisorPhone)),
		}
		a.specialities = r.specialities(row.Line, column(colSpecialities), row.Cell(colSpecialities))
		posts := r.posts(row)
		if a.licence == "" {
			return
		}
		a.id = advisorID(a.licence)
		if first, ok := f.byID[a.id]; ok {
			r.agree(first, a)
			a, first.specialities = first, appendNew(first.specialities, a.specialities)
		} else {
			f.byID[a.id] = a
			f.advisors = append(f.advisors, a)
			if other, ok := phones[a.phone]; ok && a.phone != "" {
				r.fault(row.Line, column(colAdvisorPhone), "phone_of_another",
					fmt.Sprintf("与第 %d 行另一位顾问的手机相同", other.line), "各人自己的手机号")
			}
			phones[a.phone] = a
		}
		for _, p := range posts {
			r.addPost(a, p, row.Line)
			f.districts[domain.DistrictOf(p.Village)] = true
		}
	})
	if len(f.advisors) > 0 {
		f.specialities = r.table.Has(colSpecialities)
	}
	for _, a := range f.advisors {
		r.checkLoad(a)
	}
	return f, err
}

// agree notes where two rows of one licence contradict each other.
func (r *importRun) agree(first, again *rosterAdvisor) {
	for _, c := range []struct {
		col     int
		a, b    string
		problem string
	}{
		{colAdvisor, first.name, again.name, "name_differs"},
		{colFirm, first.firm, again.firm, "firm_differs"},
		{colAdvisorPhone, first.phone, again.phone, "phone_differs"},
	} {
		if c.a != c.b && c.a != "" && c.b != "" {
			r.fault(again.line, rosterColumns[c.col].Name, c.problem,
				fmt.Sprintf("与第 %d 行同一执业证号的这一项不同", first.line), "同一人各行写法一致")
		}
	}
}

// posts reads the posts that one row names.
func (r *importRun) posts(row sheetfile.Row) []domain.Post {
	column := func(i int) string { return rosterColumns[i].Name }
	var p domain.Post
	sound := true
	switch cell := row.Cell(colRole); cell {
	case "主", "主顾问":
		p.Role = domain.Main
	case "备", "备顾问":
		p.Role = domain.StandIn
	default:
		sound = false
		if cell == "" {
			r.fault(row.Line, column(colRole), "required", "没有填", "主 或 备")
		} else {
			r.fault(row.Line, column(colRole), "bad_role", sheetfile.Quote(cell)+"不是角色", "主 或 备")
		}
	}
	from, okFrom := r.day(row.Line, column(colFrom), row.Cell(colFrom))
	to, okTo := r.day(row.Line, column(colTo), row.Cell(colTo))
	if okFrom && okTo && to < from {
		r.fault(row.Line, column(colTo), "ends_before_start", fmt.Sprintf("%s 早于合同起 %s", to, from), "不早于合同起的日期")
	}
	p.From, p.To = from, to
	codes := splitList(narrow(row.Cell(colPostVillages)))
	if len(codes) == 0 {
		r.fault(row.Line, column(colPostVillages), "required", "没有填", "12 位代码，几个之间用 ; 分开")
	}
	var posts []domain.Post
	for _, code := range codes {
		code, ok := r.villageCode(row.Line, column(colPostVillages), code)
		if p.Village = code; ok && sound && okFrom && okTo && from <= to {
			posts = append(posts, p)
		}
	}
	return posts
}

// addPost adds a post unless the advisor already has one in that village at
// that time.
func (r *importRun) addPost(a *rosterAdvisor, p domain.Post, line int) {
	for i, q := range a.posts {
		if p.Village == q.Village && overlap(p, q) {
			r.fault(line, rosterColumns[colPostVillages].Name, "post_twice",
				fmt.Sprintf("这位顾问在 %s 的任期与第 %d 行重叠", p.Village, a.lines[i]), "同一村居同一时段一行")
			return
		}
	}
	a.posts = append(a.posts, p)
	a.lines = append(a.lines, line)
}

func overlap(p, q domain.Post) bool { return p.From <= q.To && q.From <= p.To }

// checkLoad warns of an advisor with many villages.
func (r *importRun) checkLoad(a *rosterAdvisor) {
	var villages []string
	for _, p := range a.posts {
		if p.Role == domain.Main {
			villages = appendNew(villages, []string{p.Village})
		}
	}
	if len(villages) > MaxVillages {
		r.warn(a.line, rosterColumns[colPostVillages].Name, "many_villages",
			fmt.Sprintf("一位顾问任 %d 个村居的主顾问", len(villages)), fmt.Sprintf("一般不超过 %d 个", MaxVillages))
	}
}

// appendNew appends what the list does not yet hold.
func appendNew(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// firm reads the name of a law firm and brings its brackets to one width.
func (r *importRun) firm(row int, column, cell string) string {
	name := strings.NewReplacer("(", "\uFF08", ")", "\uFF09", " ", "", "\u3000", "").Replace(cell)
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		r.fault(row, column, "required", "没有填", "律师事务所全称")
	case n < minFirm || !domain.IsText(name, maxFirm):
		r.fault(row, column, "bad_firm", sheetfile.Quote(cell)+"不像律所全称", fmt.Sprintf("%d 到 %d 个字的全称", minFirm, maxFirm))
	}
	return name
}

// specialities reads what an advisor is good at.
func (r *importRun) specialities(row int, column, cell string) []string {
	list := appendNew(nil, splitList(cell))
	if len(list) > maxSpecialities {
		r.fault(row, column, "too_many_specialities", fmt.Sprintf("有 %d 项", len(list)), fmt.Sprintf("至多 %d 项", maxSpecialities))
	}
	for _, s := range list {
		if !domain.IsText(s, maxSpeciality) {
			r.fault(row, column, "long_speciality", sheetfile.Quote(s)+"过长", fmt.Sprintf("每项至多 %d 个字，用、分开", maxSpeciality))
		}
	}
	return list
}

// Parts of a licence's number of 17 digits: its sort, province, city or
// district, year, category, sex and serial number (律师执业证号编码规则).
const (
	licenceDigits    = 17
	oldLicenceDigits = 12
	firstLicenceYear = 1979 // when lawyers were licensed again
)

// licence reads the number of a lawyer's licence; empty if it is none.
func (r *importRun) licence(row int, column, cell string) string {
	s := strings.ReplaceAll(narrow(cell), " ", "")
	if s == "" {
		r.fault(row, column, "required", "没有填", "17 位执业证号")
		return ""
	}
	if isScientific(s) {
		r.fault(row, column, "scientific", "执业证号被表格软件改写成了数，后几位已丢失", asText)
		return ""
	}
	if domain.IsDigits(s, oldLicenceDigits) {
		r.warn(row, column, "old_licence", maskNumber(s)+"是旧证号", "新证 17 位")
		return s
	}
	if wrong := licenceFault(s, r.today.Year()); wrong != "" {
		r.fault(row, column, "bad_licence", maskNumber(s)+wrong, "17 位：1、省 2 位、市或区 2 位、年份 4 位、类别 1 至 9、性别 0 或 1、序号 6 位")
		return ""
	}
	if category := s[9]; category >= '6' {
		r.warn(row, column, "licence_category", fmt.Sprintf("%s的类别是 %c（公职、公司、法援或军队律师）", maskNumber(s), category), "一般为 1 专职或 2 兼职")
	}
	return s
}

// licenceFault answers what is wrong with a number of 17 digits, or nothing.
func licenceFault(s string, thisYear int) string {
	if !domain.IsDigits(s, licenceDigits) {
		return "不是 17 位数字"
	}
	year, err := strconv.Atoi(s[5:9])
	province := s[1:3]
	switch {
	case s[0] != '1':
		return "第 1 位应为 1（律师执业证）"
	case province < "11" || province > "66": // 66 is the Production and Construction Corps
		return "第 2、3 位不是省份"
	case err != nil || year < firstLicenceYear || year > thisYear:
		return fmt.Sprintf("第 6 至 9 位不是 %d 至 %d 的年份", firstLicenceYear, thisYear)
	case s[9] == '0':
		return "第 10 位类别应为 1 至 9"
	case s[10] > '1':
		return "第 11 位性别应为 0 或 1"
	}
	return ""
}

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// derivedID answers the identity that follows from a public name or number.
func derivedID(prefix, text string, n int) string {
	sum := sha256.Sum256([]byte(text))
	return prefix + idText.EncodeToString(sum[:])[:n]
}

// advisorID answers the id of the advisor of a licence, firmID of a firm.
func advisorID(licence string) string { return derivedID("a", licence, 20) }
func firmID(name string) string       { return derivedID("f", name, 16) }

// villages lists the codes that the table names.
func (f *roster) villages() []string {
	var codes []string
	for _, a := range f.advisors {
		for _, p := range a.posts {
			codes = append(codes, p.Village)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// storedPosts are the posts that stand in the diaries, by advisor.
type storedPosts struct {
	posts map[string][]domain.Post
	taken map[string][]domain.Booking // of the table's advisors: bookings that lie ahead
}

// storedPosts reads the posts of all advisors, and notes how many of them the
// table does not name.
func (r *importRun) storedPosts(ctx context.Context, f *roster) (storedPosts, error) {
	s := storedPosts{map[string][]domain.Post{}, map[string][]domain.Booking{}}
	others := 0
	for d, err := range r.Data.Diaries.All(ctx) {
		if err != nil {
			return s, fmt.Errorf("read diaries: %w", err)
		}
		s.posts[d.ID] = d.Posts
		if f.byID[d.ID] == nil {
			others++
			continue
		}
		for _, b := range d.Taken {
			if b.From.After(r.now) {
				s.taken[d.ID] = append(s.taken[d.ID], b)
			}
		}
	}
	if others > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("名册里没有的顾问 %d 位，没有改动。", others))
	}
	return s, nil
}

// settle answers the posts of all advisors as they are after the import.
func (f *roster) settle(stored storedPosts, today domain.Day) map[string][]domain.Post {
	mains := f.mains()
	all := make(map[string][]domain.Post, len(stored.posts)+len(f.advisors))
	maps.Copy(all, stored.posts)
	for _, a := range f.advisors {
		all[a.id] = f.merge(a, all[a.id], mains, today)
	}
	return all
}

// mains lists the table's main posts by village.
func (f *roster) mains() map[string][]domain.Post {
	mains := map[string][]domain.Post{}
	for _, a := range f.advisors {
		for _, p := range a.posts {
			if p.Role == domain.Main {
				mains[p.Village] = append(mains[p.Village], p)
			}
		}
	}
	return mains
}

// merge answers an advisor's posts: those that the table names, and of the
// others what the table does not speak of, because it lies in another district
// or in the past. A post that the table no longer names ended yesterday at the
// latest, and before the one that follows it. Merging twice changes nothing.
func (f *roster) merge(a *rosterAdvisor, stored []domain.Post, mains map[string][]domain.Post, today domain.Day) []domain.Post {
	posts := slices.Clone(a.posts)
	for _, p := range stored {
		if !f.districts[domain.DistrictOf(p.Village)] {
			posts = append(posts, p)
			continue
		}
		if slices.ContainsFunc(a.posts, func(q domain.Post) bool { return q.Village == p.Village && q.Role == p.Role && overlap(p, q) }) {
			continue // the table's own post stands in its place
		}
		to := min(p.To, today.Add(-1))
		for _, q := range a.posts {
			if q.Village == p.Village && overlap(p, q) {
				to = min(to, q.From.Add(-1))
			}
		}
		if p.Role == domain.Main && p.To >= today {
			for _, q := range mains[p.Village] {
				if overlap(p, q) {
					to = min(to, q.From.Add(-1))
				}
			}
		}
		if p.To = to; p.From <= p.To {
			posts = append(posts, p)
		}
	}
	slices.SortFunc(posts, comparePosts)
	return posts
}

func comparePosts(p, q domain.Post) int {
	return cmp.Or(cmp.Compare(p.From, q.From), cmp.Compare(p.Village, q.Village), cmp.Compare(p.Role, q.Role), cmp.Compare(p.To, q.To))
}

// checkMains notes a fault where two advisors would be a village's main one at
// the same time.
func (r *importRun) checkMains(f *roster, all map[string][]domain.Post, known map[string]domain.Place) {
	type term struct {
		domain.Post
		advisor string
		line    int // in the table; 0 = in the store
	}
	villages := map[string][]term{}
	for id, posts := range all {
		for _, p := range posts {
			if p.Role != domain.Main {
				continue
			}
			line := 0
			if a := f.byID[id]; a != nil {
				if i := slices.Index(a.posts, p); i >= 0 {
					line = a.lines[i]
				}
			}
			villages[p.Village] = append(villages[p.Village], term{p, id, line})
		}
	}
	for _, village := range slices.Sorted(maps.Keys(villages)) {
		terms := villages[village]
		slices.SortFunc(terms, func(a, b term) int { return cmp.Or(cmp.Compare(a.line, b.line), comparePosts(a.Post, b.Post)) })
		for i, t := range terms {
			if t.line == 0 {
				continue
			}
			before := slices.IndexFunc(terms[:i], func(u term) bool { return u.advisor != t.advisor && overlap(t.Post, u.Post) })
			if before < 0 {
				continue
			}
			other := terms[before]
			where := village + known[village].Name
			if other.line > 0 {
				r.fault(t.line, rosterColumns[colRole].Name, "two_mains",
					fmt.Sprintf("%s 在第 %d 行已有主顾问（%s 至 %s）", where, other.line, other.From, other.To), "改为备，或把任期错开")
			} else {
				r.fault(t.line, rosterColumns[colRole].Name, "two_mains",
					fmt.Sprintf("%s 已有主顾问（%s 至 %s），不在这份名册里", where, other.From, other.To), "把原顾问写进名册并改合同止，或把任期错开")
			}
		}
	}
}

// noteEnded tells how many posts end because the table no longer names them,
// and which bookings that leaves without a post.
func (r *importRun) noteEnded(f *roster, stored storedPosts) {
	mains := f.mains()
	ended := 0
	for _, a := range f.advisors {
		d := domain.Diary{Posts: f.merge(a, stored.posts[a.id], mains, r.today)}
		for _, p := range stored.posts[a.id] {
			if p.To >= r.today && !slices.ContainsFunc(d.Posts, func(q domain.Post) bool { return q.Village == p.Village && q.To >= r.today }) {
				ended++
			}
		}
		adrift := 0
		for _, b := range stored.taken[a.id] {
			if !d.Serves(b.Village, domain.DayOf(b.From)) {
				adrift++
			}
		}
		if adrift > 0 {
			r.warn(a.line, rosterColumns[colPostVillages].Name, "bookings_adrift",
				fmt.Sprintf("这位顾问有 %d 个预约在任期以外", adrift), "导入后由司法所改派或取消")
		}
	}
	if ended > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("名册不再列出的聘任 %d 个已结束。", ended))
	}
}

// saveRoster compares and writes in an order in which a run that was cut off
// is mended by the next: each step derives from the table and from what the
// steps before it have written.
func (r *importRun) saveRoster(ctx context.Context, f *roster, all map[string][]domain.Post, check bool) error {
	firms, err := compareDocs(ctx, r, r.Data.Firms.Get, "律所", f.firmDocs())
	if err != nil {
		return err
	}
	people, err := compareDocs(ctx, r, r.Data.People.Get, "顾问", f.people(r))
	if err != nil {
		return err
	}
	cards, err := compareDocs(ctx, r, r.Data.Advisors.Get, "公示卡片", f.cards())
	if err != nil {
		return err
	}
	diaries, err := compareDocs(ctx, r, r.Data.Diaries.Get, "排班册", f.diaries(r.today, r.now))
	if err != nil {
		return err
	}
	benches, err := r.benches(ctx, f, all)
	if err != nil || check {
		return err
	}
	if err := writeDocs(ctx, r, r.Data.Firms, "家律所", firms); err != nil {
		return err
	}
	if err := writeDocs(ctx, r, r.Data.People, "位顾问", people); err != nil {
		return err
	}
	if err := writeDocs(ctx, r, r.Data.Advisors, "张公示卡片", cards); err != nil {
		return err
	}
	if err := r.pointTo(ctx, diaries); err != nil {
		return err
	}
	if err := writeDocs(ctx, r, r.Data.Diaries, "本排班册", diaries); err != nil {
		return err
	}
	return writeDocs(ctx, r, r.Data.Benches, "个顾问席", benches)
}

func (f *roster) firmDocs() []desired[domain.Firm] {
	var docs []desired[domain.Firm]
	done := map[string]bool{}
	for _, a := range f.advisors {
		if done[a.firm] {
			continue
		}
		done[a.firm] = true
		docs = append(docs, desired[domain.Firm]{id: firmID(a.firm), apply: func(d *domain.Firm) (changed bool) {
			setField(&d.Name, a.firm, &changed)
			return changed
		}})
	}
	return docs
}

func (f *roster) people(r *importRun) []desired[domain.Person] {
	docs := make([]desired[domain.Person], 0, len(f.advisors))
	for _, a := range f.advisors {
		docs = append(docs, r.personDoc(domain.Person{
			Meta: domain.Meta{ID: a.id}, Kind: domain.AdvisorKind,
			Name: domain.Private(a.name), Phone: domain.Private(a.phone), Firm: firmID(a.firm),
		}))
	}
	return docs
}

// personDoc is a person as the office's table has them. What the person has
// done stays: the login, the consents, the day of the first entry.
func (r *importRun) personDoc(to domain.Person) desired[domain.Person] {
	return desired[domain.Person]{id: to.ID, apply: func(p *domain.Person) (changed bool) {
		setField(&p.Kind, to.Kind, &changed)
		setField(&p.Name, to.Name, &changed)
		setField(&p.Phone, to.Phone, &changed)
		setField(&p.Verified, true, &changed)
		setField(&p.Village, to.Village, &changed)
		setField(&p.Area, to.Area, &changed)
		setField(&p.Firm, to.Firm, &changed)
		setListField(&p.Roles, to.Roles, &changed)
		if p.Created.IsZero() {
			p.Created, changed = r.now, true
		}
		return changed
	}}
}

func (f *roster) cards() []desired[domain.Advisor] {
	docs := make([]desired[domain.Advisor], 0, len(f.advisors))
	for _, a := range f.advisors {
		docs = append(docs, desired[domain.Advisor]{id: a.id, apply: func(d *domain.Advisor) (changed bool) {
			setField(&d.Name, a.name, &changed)
			setField(&d.Firm, firmID(a.firm), &changed)
			setField(&d.FirmName, a.firm, &changed)
			setField(&d.Licence, a.licence, &changed)
			if f.specialities {
				setListField(&d.Specialities, a.specialities, &changed)
			}
			return changed
		}})
	}
	return docs
}

func (f *roster) diaries(today domain.Day, now time.Time) []desired[domain.Diary] {
	mains := f.mains()
	docs := make([]desired[domain.Diary], 0, len(f.advisors))
	for _, a := range f.advisors {
		docs = append(docs, desired[domain.Diary]{id: a.id, apply: func(d *domain.Diary) (changed bool) {
			before := d.Posts
			setListField(&d.Posts, f.merge(a, d.Posts, mains, today), &changed)
			if changed {
				d.Edition++
				d.Changes = append(slices.Clip(d.Changes), postChanges(before, d, today, now)...)
				left := func(village string) bool {
					return !slices.ContainsFunc(d.Posts, func(p domain.Post) bool { return p.Village == village && p.To >= today })
				}
				d.Shifts = slices.DeleteFunc(d.Shifts, func(s domain.Shift) bool { return left(s.Village) })
				d.Openings = slices.DeleteFunc(d.Openings, func(o domain.Opening) bool { return left(o.Village) })
			}
			if d.Rules == (domain.Rules{}) {
				d.Rules, changed = domain.DefaultRules, true
			}
			return changed
		}})
	}
	return docs
}

// benches compares the benches of all villages that an advisor of the table
// serves, or did serve, with the posts.
func (r *importRun) benches(ctx context.Context, f *roster, all map[string][]domain.Post) ([]desired[domain.Bench], error) {
	seats := map[string][]domain.Seat{}
	for _, a := range f.advisors {
		for _, p := range all[a.id] {
			seats[p.Village] = nil
		}
	}
	there := map[string]domain.Bench{}
	for bench, err := range r.Data.Benches.All(ctx) {
		if err != nil {
			return nil, fmt.Errorf("read benches: %w", err)
		}
		_, served := seats[bench.ID]
		if served || slices.ContainsFunc(bench.Seats, func(s domain.Seat) bool { return f.byID[s.Advisor] != nil }) {
			seats[bench.ID] = nil
			there[bench.ID] = bench
		}
	}
	for id, posts := range all {
		for _, p := range posts {
			if _, ok := seats[p.Village]; ok {
				seats[p.Village] = append(seats[p.Village], domain.Seat{Advisor: id, Role: p.Role, From: p.From, To: p.To})
			}
		}
	}
	docs := make([]desired[domain.Bench], 0, len(seats))
	for village, seats := range seats {
		slices.SortFunc(seats, compareSeats)
		docs = append(docs, desired[domain.Bench]{id: village, apply: func(b *domain.Bench) (changed bool) {
			setListField(&b.Seats, seats, &changed)
			return changed
		}})
	}
	slices.SortFunc(docs, func(a, b desired[domain.Bench]) int { return cmp.Compare(a.id, b.id) })
	return compareDocs(ctx, r, func(_ context.Context, id string) (domain.Bench, error) {
		if bench, ok := there[id]; ok {
			return bench, nil
		}
		return domain.Bench{}, domain.ErrNotFound
	}, "村居顾问席", docs)
}

// compareSeats puts main advisors before stand-ins, then by term.
func compareSeats(a, b domain.Seat) int {
	return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.From, b.From), cmp.Compare(a.Advisor, b.Advisor), cmp.Compare(a.To, b.To))
}

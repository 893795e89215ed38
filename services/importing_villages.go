package services

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
)

// villageColumns are the columns of a table of villages.
var villageColumns = []sheetfile.Column{
	{Name: "统计代码", Also: []string{"统计用区划代码", "区划代码", "村居代码", "代码"}, Required: true},
	{Name: "村居", Also: []string{"村居名称", "村（居）", "村（居）名称", "名称"}, Required: true},
	{Name: "街乡", Also: []string{"街乡名称", "街乡镇", "乡镇", "街道", "乡镇街道"}, Required: true},
	{Name: "区县", Also: []string{"区县名称", "区", "县", "县区"}, Required: true},
	{Name: "纬度", Also: []string{"纬度（GCJ-02）", "lat"}},
	{Name: "经度", Also: []string{"经度（GCJ-02）", "lon"}},
}

const (
	colVillageCode = iota
	colVillageName
	colTownName
	colDistrictName
	colLat
	colLon
)

// Villages imports villages with the towns and districts they lie in (村居名录),
// and where their committees sit, as far as the table says so: what it leaves
// out stays as it was. A village of the store that the table does not name is
// marked as no longer listed, but only in districts that the table contains.
func (i *Importer) Villages(ctx context.Context, table *sheetfile.Table, check bool) (Report, error) {
	r := i.begin(table, check)
	l, err := r.readVillages()
	if err != nil || !r.Sound() {
		return r.finish(), err
	}
	due, err := r.compareTowns(ctx, l)
	if err != nil || check {
		return r.finish(), err
	}
	err = writeDocs(ctx, r, r.Data.Towns, "个村居", due)
	return r.finish(), err
}

// compareTowns streams what is there, counts, and answers the towns that are
// to be written.
func (r *importRun) compareTowns(ctx context.Context, l *listing) ([]desired[domain.Town], error) {
	villages, towns := Count{What: "村居"}, Count{What: "街乡"}
	var due []desired[domain.Town]
	there := make([]bool, len(l.towns))
	want := func(id string, size int, fresh bool) {
		due = append(due, desired[domain.Town]{id: id, fresh: fresh, size: size, apply: func(t *domain.Town) bool {
			_, changed := l.merge(t)
			return changed
		}})
	}
	r.stage()
	n := 0
	for town, err := range r.Data.Towns.All(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("compare towns: %w", err)
		}
		if i, ok := l.find(town.ID); ok {
			there[i] = true
		}
		if n++; n%tellRows == 0 {
			r.tell(Progress{Stage: "核对", Unit: "个街乡", Done: n})
		}
		if _, ok := l.districts[domain.DistrictOf(town.ID)]; !ok {
			continue
		}
		c, changed := l.merge(&town)
		villages.add(c)
		if !changed {
			towns.Unchanged++
			continue
		}
		towns.Changed++
		want(town.ID, len(town.Villages), false)
	}
	for i, known := range there {
		if !known {
			villages.Added += l.towns[i].n
			towns.Added++
			want(l.towns[i].id(), l.towns[i].n, true)
		}
	}
	r.Counts = append(r.Counts, villages, towns)
	return due, nil
}

func (c *Count) add(d Count) {
	c.Added += d.Added
	c.Changed += d.Changed
	c.Unchanged += d.Unchanged
	c.Unlisted += d.Unlisted
}

// listing is the villages of a table, packed so that the nation's fit into
// little memory.
type listing struct {
	rows      []listed // in order of their codes
	names     []byte   // every name and a line break
	towns     []listedTown
	districts map[string]string // names by their 6 digits
}

type listed struct {
	code uint64
	name uint32 // where it begins
	line uint32
	point
}

// point is a place on the ground in millionths of a degree, 0.1 m; both 0 =
// not said.
type point struct{ lat, lon int32 }

const microdegrees = 1e6

// listedTown is a run of rows of one town.
type listedTown struct {
	code     uint64
	name     string
	district string
	from, n  int
}

func (t *listedTown) id() string { return digits(t.code, domain.TownDigits) }

// digits writes a code with its leading zeros.
func digits(code uint64, n int) string { return fmt.Sprintf("%0*d", n, code) }

// townShift parts a village's code from its town's.
const townShift = 1000

// readVillages reads and judges the table.
func (r *importRun) readVillages() (*listing, error) {
	l := &listing{districts: map[string]string{}}
	type first struct {
		name string
		line int
	}
	towns, districts := map[uint64]first{}, map[string]first{}
	err := r.read(villageColumns, func(row sheetfile.Row) {
		column := func(i int) string { return villageColumns[i].Name }
		code, ok := r.villageCode(row.Line, column(colVillageCode), row.Cell(colVillageCode))
		name := r.placeName(row, colVillageName)
		town := r.placeName(row, colTownName)
		district := r.placeName(row, colDistrictName)
		if !ok {
			return
		}
		n, err := strconv.ParseUint(code, 10, 64)
		if err != nil {
			return
		}
		if was, ok := towns[n/townShift]; !ok {
			towns[n/townShift] = first{town, row.Line}
		} else if was.name != town {
			r.fault(row.Line, column(colTownName), "two_names", fmt.Sprintf("街乡 %s 在第 %d 行叫%s，这里叫%s",
				domain.TownOf(code), was.line, sheetfile.Quote(was.name), sheetfile.Quote(town)), "同一代码用同一名称")
		}
		if was, ok := districts[domain.DistrictOf(code)]; !ok {
			districts[domain.DistrictOf(code)] = first{district, row.Line}
		} else if was.name != district {
			r.fault(row.Line, column(colDistrictName), "two_names", fmt.Sprintf("区县 %s 在第 %d 行叫%s，这里叫%s",
				domain.DistrictOf(code), was.line, sheetfile.Quote(was.name), sheetfile.Quote(district)), "同一代码用同一名称")
		}
		l.rows = append(l.rows, listed{n, uint32(len(l.names)), uint32(row.Line), r.point(row)})
		l.names = append(append(l.names, name...), nameEnd)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(l.rows, func(a, b listed) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.line, b.line))
	})
	for i, row := range l.rows {
		if i > 0 && row.code == l.rows[i-1].code {
			r.fault(int(row.line), villageColumns[colVillageCode].Name, "duplicate_code",
				fmt.Sprintf("%s 已在第 %d 行", digits(row.code, domain.VillageDigits), l.rows[i-1].line), "一个代码一行")
		}
		code := row.code / townShift
		if last := len(l.towns) - 1; last < 0 || l.towns[last].code != code {
			id := digits(code, domain.TownDigits)
			l.towns = append(l.towns, listedTown{code, towns[code].name, districts[domain.DistrictOf(id)].name, i, 0})
		}
		l.towns[len(l.towns)-1].n++
	}
	for code, d := range districts {
		l.districts[code] = d.name
	}
	return l, nil
}

// placeName reads the name of a village, a town or a district.
func (r *importRun) placeName(row sheetfile.Row, col int) string {
	name, column := row.Cell(col), villageColumns[col].Name
	switch {
	case name == "":
		r.fault(row.Line, column, "required", "没有填", column+"的名称")
	case utf8.RuneCountInString(name) > maxPlaceName:
		r.fault(row.Line, column, "name_too_long", "过长："+sheetfile.Quote(name), fmt.Sprintf("至多 %d 个字", maxPlaceName))
	case strings.ContainsAny(name, "\n\r\t"):
		r.fault(row.Line, column, "bad_name", "有换行或制表符："+sheetfile.Quote(name), "写在一行里")
	}
	return name
}

// point reads where a village's committee sits: both degrees, or neither.
func (r *importRun) point(row sheetfile.Row) point {
	lat, lon := narrow(row.Cell(colLat)), narrow(row.Cell(colLon))
	if lat == "" && lon == "" {
		return point{}
	}
	if lat == "" || lon == "" {
		column := villageColumns[colLat].Name
		if lon == "" {
			column = villageColumns[colLon].Name
		}
		r.fault(row.Line, column, "required", "没有填", "纬度、经度都填，或都不填")
		return point{}
	}
	x, errLat := strconv.ParseFloat(lat, 64)
	y, errLon := strconv.ParseFloat(lon, 64)
	switch {
	case errLat != nil || errLon != nil:
		r.fault(row.Line, villageColumns[colLat].Name, "bad_point", sheetfile.Quote(lat+"，"+lon)+"不是经纬度", "以度为单位的小数，如 40.316 和 116.632")
		return point{}
	case !domain.IsInChina(x, y):
		r.fault(row.Line, villageColumns[colLat].Name, "point_abroad", sheetfile.Quote(lat+"，"+lon)+"不在中国境内", "纬度在前、经度在后，不要写反")
		return point{}
	}
	return point{int32(math.Round(x * microdegrees)), int32(math.Round(y * microdegrees))}
}

// place brings a village to the point that a row says, if it says one.
func (p point) place(v *domain.Village) (changed bool) {
	if p != (point{}) {
		setField(&v.Lat, float64(p.lat)/microdegrees, &changed)
		setField(&v.Lon, float64(p.lon)/microdegrees, &changed)
	}
	return changed
}

// find answers the town of 9 digits.
func (l *listing) find(id string) (int, bool) {
	code, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 0, false
	}
	return slices.BinarySearchFunc(l.towns, code, func(t listedTown, code uint64) int { return cmp.Compare(t.code, code) })
}

// name answers the name of a row.
func (l *listing) name(row listed) []byte {
	rest := l.names[row.name:]
	return rest[:bytes.IndexByte(rest, nameEnd)]
}

// merge brings a town to what the table says of it, and answers what becomes
// of its villages and whether anything changes. A town that the table does not
// name, in a district that it does, loses all its villages.
func (l *listing) merge(t *domain.Town) (c Count, changed bool) {
	var rows []listed
	setField(&t.DistrictName, l.districts[domain.DistrictOf(t.ID)], &changed)
	if i, ok := l.find(t.ID); ok {
		setField(&t.Name, l.towns[i].name, &changed)
		rows = l.rows[l.towns[i].from : l.towns[i].from+l.towns[i].n]
	}
	byCode := func(a, b domain.Village) int { return cmp.Compare(a.Code, b.Code) }
	if !slices.IsSortedFunc(t.Villages, byCode) {
		slices.SortFunc(t.Villages, byCode)
		changed = true
	}
	old := t.Villages
	t.Villages = make([]domain.Village, 0, max(len(rows), len(old)))
	for len(rows) > 0 || len(old) > 0 {
		var code string
		if len(rows) > 0 {
			code = digits(rows[0].code, domain.VillageDigits)
		}
		switch {
		case len(rows) == 0 || len(old) > 0 && old[0].Code < code:
			v := old[0]
			if old = old[1:]; !v.Unlisted {
				v.Unlisted = true
				c.Unlisted++
			}
			t.Villages = append(t.Villages, v)
			continue
		case len(old) == 0 || code < old[0].Code:
			v := domain.Village{Code: code, Name: string(l.name(rows[0]))}
			rows[0].place(&v)
			t.Villages = append(t.Villages, v)
			c.Added++
		default:
			v := old[0]
			old = old[1:]
			differs := rows[0].place(&v)
			setField(&v.Unlisted, false, &differs)
			setField(&v.Name, string(l.name(rows[0])), &differs)
			if differs {
				c.Changed++
			} else {
				c.Unchanged++
			}
			t.Villages = append(t.Villages, v)
		}
		rows = rows[1:]
	}
	return c, changed || c.Added+c.Changed+c.Unlisted > 0
}

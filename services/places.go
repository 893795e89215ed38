package services

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"villagecounsel/services/domain"
)

// Places is the list of all villages, packed in memory: the nation's 620,573
// take about 20 MB and are searched within milliseconds. The list does not
// change; Load puts a new one in its place.
type Places struct {
	Towns Docs[domain.Town]

	loading sync.Mutex
	list    atomic.Pointer[placeList]
}

// placeList is one reading of all towns. Villages are numbered in the order of
// their codes.
type placeList struct {
	towns  []placeTown
	names  []byte   // every village's name and a line break
	starts []uint32 // where each village's name begins; one more at the end
	parts  []uint16 // the last three digits of each code, and unlistedMark
}

type placeTown struct {
	code           string // 9 digits
	name, district string
	first          int // number of its first village
}

const (
	nameEnd           = '\n'
	unlistedMark      = 1 << 15
	villagePartDigits = domain.VillageDigits - domain.TownDigits
)

// Load reads all towns anew.
func (p *Places) Load(ctx context.Context) error {
	p.loading.Lock()
	defer p.loading.Unlock()
	var b placeBuilder
	for town, err := range p.Towns.All(ctx) {
		if err != nil {
			return fmt.Errorf("load villages: %w", err)
		}
		if err := b.add(&town); err != nil {
			return err
		}
	}
	p.list.Store(b.list())
	return nil
}

// Len answers how many villages are known, those no longer listed included.
func (p *Places) Len() int {
	if l := p.list.Load(); l != nil {
		return len(l.parts)
	}
	return 0
}

// Lookup answers the village of a code, listed or no longer listed.
func (p *Places) Lookup(code string) (domain.Place, bool) {
	l := p.list.Load()
	if l == nil || !domain.IsVillageCode(code) {
		return domain.Place{}, false
	}
	t, ok := l.town(domain.TownOf(code))
	if !ok {
		return domain.Place{}, false
	}
	if i := l.seek(t, code); i < l.end(t) && l.place(t, i).Code == code {
		return l.place(t, i), true
	}
	return domain.Place{}, false
}

// Town answers the listed villages of a town, in order of their codes.
func (p *Places) Town(code string) []domain.Place {
	found, _ := p.Search("", "", code, maxTownVillages, "")
	return found
}

// maxTownVillages is how many villages a town can have: three digits of the
// code are theirs.
const maxTownVillages = 1000

// Search answers the listed villages whose own name or whose town's name
// contains q, in order of their codes: within a town (9 digits), within a
// district (6 digits), or everywhere where both are empty. At most limit of
// them come after the cursor; next is the cursor of the following ones, or
// empty at the end.
func (p *Places) Search(q, district, town string, limit int, after string) (found []domain.Place, next string) {
	l := p.list.Load()
	q = strings.TrimSpace(q)
	if l == nil || limit < 1 || strings.ContainsRune(q, nameEnd) {
		return nil, ""
	}
	area := cmp.Or(town, district)
	t, _ := slices.BinarySearchFunc(l.towns, max(area, after[:min(len(after), domain.TownDigits)]), placeTown.compare)
	for ; t < len(l.towns) && strings.HasPrefix(l.towns[t].code, area); t++ {
		i := l.towns[t].first
		if after != "" && strings.HasPrefix(after, l.towns[t].code) {
			if i = l.seek(t, after); i < l.end(t) && l.place(t, i).Code == after {
				i++
			}
		}
		whole := strings.Contains(l.towns[t].name, q)
		for ; i < l.end(t); i++ {
			if !whole {
				if i = l.next(i, l.end(t), q); i == l.end(t) {
					break
				}
			}
			if l.parts[i]&unlistedMark != 0 {
				continue
			}
			if len(found) == limit {
				return found, found[limit-1].Code
			}
			found = append(found, l.place(t, i))
		}
	}
	return found, ""
}

// next answers the first village from i on whose name contains q, or end.
func (l *placeList) next(i, end int, q string) int {
	if i == end {
		return end
	}
	from := int(l.starts[i])
	at := bytes.Index(l.names[from:l.starts[end]], []byte(q))
	if at < 0 {
		return end
	}
	return i + sort.Search(end-i, func(n int) bool { return int(l.starts[i+n+1]) > from+at })
}

func (t placeTown) compare(code string) int { return strings.Compare(t.code, code) }

func (l *placeList) town(code string) (int, bool) {
	return slices.BinarySearchFunc(l.towns, code, placeTown.compare)
}

// end answers the number after that of the town's last village.
func (l *placeList) end(t int) int {
	if t+1 < len(l.towns) {
		return l.towns[t+1].first
	}
	return len(l.parts)
}

// seek answers the first village of the town whose code is not before code.
func (l *placeList) seek(t int, code string) int {
	first := l.towns[t].first
	return first + sort.Search(l.end(t)-first, func(n int) bool { return l.place(t, first+n).Code >= code })
}

func (l *placeList) place(t, i int) domain.Place {
	town := &l.towns[t]
	part := strconv.Itoa(int(l.parts[i] &^ unlistedMark))
	return domain.Place{
		Code:     town.code + "000"[:villagePartDigits-len(part)] + part,
		Name:     string(l.names[l.starts[i] : l.starts[i+1]-1]),
		Town:     town.name,
		District: town.district,
		Unlisted: l.parts[i]&unlistedMark != 0,
	}
}

// placeBuilder packs towns as they come, in any order.
type placeBuilder struct {
	packed    placeList
	districts map[string]string
}

func (b *placeBuilder) add(town *domain.Town) error {
	if !domain.IsDigits(town.ID, domain.TownDigits) {
		return fmt.Errorf("load villages: bad code of a town: %q", town.ID)
	}
	if b.districts == nil {
		b.districts = make(map[string]string)
	}
	district, ok := b.districts[town.DistrictName]
	if !ok {
		district = town.DistrictName
		b.districts[district] = district
	}
	l := &b.packed
	l.towns = append(l.towns, placeTown{town.ID, town.Name, district, len(l.parts)})
	for _, v := range town.Villages {
		if !domain.IsVillageCode(v.Code) || domain.TownOf(v.Code) != town.ID || strings.ContainsRune(v.Name, nameEnd) {
			return fmt.Errorf("load villages: bad village in town %s: %q", town.ID, v.Code)
		}
		part, err := strconv.Atoi(v.Code[domain.TownDigits:])
		if err != nil {
			return fmt.Errorf("load villages: %w", err)
		}
		if v.Unlisted {
			part |= unlistedMark
		}
		l.starts = append(l.starts, uint32(len(l.names)))
		l.names = append(append(l.names, v.Name...), nameEnd)
		l.parts = append(l.parts, uint16(part))
	}
	return nil
}

// list answers what was added, in order of the codes and without spare room.
func (b *placeBuilder) list() *placeList {
	in := &b.packed
	in.starts = append(in.starts, uint32(len(in.names)))
	order := make([]int, len(in.towns))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(in.towns[i].code, in.towns[j].code) })
	out := &placeList{
		towns:  make([]placeTown, 0, len(in.towns)),
		names:  make([]byte, 0, len(in.names)),
		starts: make([]uint32, 0, len(in.starts)),
		parts:  make([]uint16, 0, len(in.parts)),
	}
	for _, t := range order {
		town := in.towns[t]
		first := len(out.parts)
		for i := town.first; i < in.end(t); i++ {
			out.starts = append(out.starts, uint32(len(out.names)))
			out.names = append(out.names, in.names[in.starts[i]:in.starts[i+1]]...)
			out.parts = append(out.parts, in.parts[i])
		}
		town.first = first
		out.towns = append(out.towns, town)
	}
	out.starts = append(out.starts, uint32(len(out.names)))
	return out
}

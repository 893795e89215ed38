package services

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
)

// packed makes places of towns, given in any order.
func packed(t testing.TB, towns iter.Seq[domain.Town]) *Places {
	t.Helper()
	var b placeBuilder
	for town := range towns {
		if err := b.add(&town); err != nil {
			t.Fatal(err)
		}
	}
	p := &Places{}
	p.list.Store(b.list())
	return p
}

func town(code, name, district string, villages ...string) domain.Town {
	t := domain.Town{Meta: domain.Meta{ID: code}, Name: name, DistrictName: district}
	for i, v := range villages {
		name, unlisted := strings.CutPrefix(v, "-")
		t.Villages = append(t.Villages, domain.Village{Code: fmt.Sprintf("%s%03d", code, i*2+1), Name: name, Unlisted: unlisted})
	}
	return t
}

func TestPlaces(t *testing.T) {
	p := packed(t, slices.Values([]domain.Town{
		town("110116102", "北房镇", "怀柔区", "北房村", "-小罗山村", "大罗山村"),
		town("110101001", "东华门街道", "东城区", "多福巷社区", "银闸社区"),
		town("110116003", "空镇", "怀柔区"),
		town("110116001", "泉河街道", "怀柔区", "富乐社区", "滨湖社区", "北园社区"),
	}))
	t.Run("search", func(t *testing.T) {
		tests := map[string]struct {
			q, district, town string
			limit             int
			after             string
			want              []string
			next              string
		}{
			"all":                  {limit: 100, want: []string{"多福巷社区", "银闸社区", "富乐社区", "滨湖社区", "北园社区", "北房村", "大罗山村"}},
			"first page":           {limit: 3, want: []string{"多福巷社区", "银闸社区", "富乐社区"}, next: "110116001001"},
			"second page":          {limit: 3, after: "110116001001", want: []string{"滨湖社区", "北园社区", "北房村"}, next: "110116102001"},
			"last page":            {limit: 3, after: "110116102001", want: []string{"大罗山村"}},
			"full last page":       {limit: 1, after: "110116102001", want: []string{"大罗山村"}},
			"past the end":         {limit: 3, after: "110116102005"},
			"after none of them":   {limit: 1, after: "110116001002", want: []string{"滨湖社区"}, next: "110116001003"},
			"after no town":        {limit: 1, after: "110116002999", want: []string{"北房村"}, next: "110116102001"},
			"after short":          {limit: 1, after: "1101160", want: []string{"富乐社区"}, next: "110116001001"},
			"town":                 {town: "110116102", limit: 100, want: []string{"北房村", "大罗山村"}},
			"town page":            {town: "110116102", limit: 1, want: []string{"北房村"}, next: "110116102001"},
			"town, after earlier":  {town: "110116102", after: "110101001001", limit: 1, want: []string{"北房村"}, next: "110116102001"},
			"town, after later":    {town: "110101001", after: "110116001001", limit: 1},
			"empty town":           {town: "110116003", limit: 100},
			"no such town":         {town: "110116999", limit: 100},
			"district":             {district: "110101", limit: 100, want: []string{"多福巷社区", "银闸社区"}},
			"part of a name":       {q: "北", limit: 100, want: []string{"北园社区", "北房村", "大罗山村"}},
			"part, page":           {q: "北", limit: 2, want: []string{"北园社区", "北房村"}, next: "110116102001"},
			"part, next page":      {q: "北", limit: 2, after: "110116102001", want: []string{"大罗山村"}},
			"part, district":       {q: "社区", district: "110116", limit: 2, want: []string{"富乐社区", "滨湖社区"}, next: "110116001003"},
			"spaces around":        {q: " 银闸 ", limit: 100, want: []string{"银闸社区"}},
			"unlisted":             {q: "小罗山", limit: 100},
			"town's name":          {q: "泉河", limit: 100, want: []string{"富乐社区", "滨湖社区", "北园社区"}},
			"across two names":     {q: "社区银", limit: 100},
			"line break":           {q: "社区\n银", limit: 100},
			"part of a letter":     {q: "\xE5", limit: 1, want: []string{"多福巷社区"}, next: "110101001001"},
			"nothing":              {q: "不存在", limit: 100},
			"no limit, no results": {limit: 0},
		}
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				found, next := p.Search(tt.q, tt.district, tt.town, tt.limit, tt.after)
				var names []string
				for _, f := range found {
					names = append(names, f.Name)
				}
				if diff := cmp.Diff(tt.want, names); diff != "" || next != tt.next {
					t.Errorf("next %q, want %q\n%s", next, tt.next, diff)
				}
			})
		}
	})
	t.Run("lookup", func(t *testing.T) {
		for code, want := range map[string]domain.Place{
			"110116102003": {Code: "110116102003", Name: "小罗山村", Town: "北房镇", District: "怀柔区", Unlisted: true},
			"110101001001": {Code: "110101001001", Name: "多福巷社区", Town: "东华门街道", District: "东城区"},
			"110116102005": {Code: "110116102005", Name: "大罗山村", Town: "北房镇", District: "怀柔区"},
			"110116102004": {},
			"110116102007": {},
			"110116003001": {},
			"110116999001": {},
			"110116102":    {},
			"":             {},
		} {
			if got, ok := p.Lookup(code); got != want || ok != (want.Code != "") {
				t.Errorf("%q: got %+v %v, want %+v", code, got, ok, want)
			}
		}
	})
	t.Run("town", func(t *testing.T) {
		if got := p.Town("110116001"); len(got) != 3 || got[2].Code != "110116001005" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("before the first load", func(t *testing.T) {
		var none Places
		found, next := none.Search("", "", "", 10, "")
		if _, ok := none.Lookup("110101001001"); ok || found != nil || next != "" || none.Len() != 0 {
			t.Error("an empty list knows a village")
		}
	})
}

func TestPlacesRefuseBadTowns(t *testing.T) {
	for name, bad := range map[string]domain.Town{
		"town's code":     {Meta: domain.Meta{ID: "11010100"}},
		"village's code":  {Meta: domain.Meta{ID: "110101001"}, Villages: []domain.Village{{Code: "11010100100", Name: "甲"}}},
		"other town":      {Meta: domain.Meta{ID: "110101001"}, Villages: []domain.Village{{Code: "110101002001", Name: "甲"}}},
		"name of 2 lines": {Meta: domain.Meta{ID: "110101001"}, Villages: []domain.Village{{Code: "110101001001", Name: "甲\n乙"}}},
	} {
		var b placeBuilder
		if err := b.add(&bad); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// nation is a list of the nation's size: 620,573 villages in 41,352 towns.
func nation() iter.Seq[domain.Town] {
	const villages, towns = 620_573, 41_352
	han := []rune("东西南北上下前后大小新旧张王李赵刘陈杨黄周吴徐孙河湖山水沟坡岭桥寺庙田园林泉")
	name := func(n int) string {
		return string([]rune{han[n%len(han)], han[n/7%len(han)], han[n/61%len(han)]})
	}
	return func(yield func(domain.Town) bool) {
		n := 0
		for i := range towns {
			t := domain.Town{
				Meta: domain.Meta{ID: fmt.Sprintf("%06d%03d", 110101+i/14, 1+i%14)},
				Name: name(i*31) + "镇", DistrictName: fmt.Sprintf("区县%d", i/14),
			}
			for last := (i + 1) * villages / towns; n < last; n++ {
				t.Villages = append(t.Villages, domain.Village{Code: fmt.Sprintf("%s%03d", t.ID, 200+len(t.Villages)), Name: name(n) + "村民委员会"})
			}
			if !yield(t) {
				return
			}
		}
	}
}

func BenchmarkPlaces(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p := packed(b, nation())
	runtime.GC()
	runtime.ReadMemStats(&after)
	size := float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20)
	for name, q := range map[string]string{"rare": "龘", "last": "泉泉泉", "frequent": "东河", "every": "村"} {
		b.Run("search/"+name, func(b *testing.B) {
			for b.Loop() {
				p.Search(q, "", "", 20, "")
			}
			b.ReportMetric(size, "MiB")
		})
	}
	b.Run("search/to the end", func(b *testing.B) {
		for b.Loop() {
			p.Search("东河", "", "", 1_000_000, "")
		}
	})
	b.Run("lookup", func(b *testing.B) {
		for b.Loop() {
			p.Lookup("111101003205")
		}
	})
}

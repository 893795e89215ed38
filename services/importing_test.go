package services

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
	"villagecounsel/services/sheetfile"
)

// importNow is when the imports of these tests happen.
var importNow = domain.Day("2026-11-24").At(10 * 60)

// reading begins an import of a text that touches no store.
func reading(t *testing.T, text string) *importRun {
	t.Helper()
	table, err := sheetfile.Read(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	i := &Importer{Now: func() time.Time { return importNow }}
	return i.begin(table, true)
}

// problems answers faults as "row:column:problem".
func problems(faults []sheetfile.Fault) []string {
	var list []string
	for _, f := range faults {
		list = append(list, fmt.Sprintf("%d:%s:%s", f.Row, f.Column, f.Problem))
	}
	return list
}

func TestReadVillages(t *testing.T) {
	const head = "统计代码,村居,街乡,区县\n"
	tests := map[string]struct {
		rows   string
		faults []string
	}{
		"sound":            {"110116001001,甲,泉河街道,怀柔区\n110116001002,乙,泉河街道,怀柔区\n", nil},
		"any order":        {"110116002001,甲,龙山街道,怀柔区\n110116001001,乙,泉河街道,怀柔区\n", nil},
		"wide digits":      {"\uFF11\uFF11\uFF10116001001,甲,泉河街道,怀柔区\n", nil},
		"short code":       {"11011600101,甲,泉河街道,怀柔区\n", []string{"2:统计代码:bad_code"}},
		"letters":          {"11011600100O,甲,泉河街道,怀柔区\n", []string{"2:统计代码:bad_code"}},
		"turned to number": {"1.10116E+11,甲,泉河街道,怀柔区\n", []string{"2:统计代码:scientific"}},
		"all empty but one": {",,,怀柔区\n", []string{
			"2:统计代码:required", "2:村居:required", "2:街乡:required"}},
		"duplicate":         {"110116001001,甲,泉河街道,怀柔区\n110116001001,甲,泉河街道,怀柔区\n", []string{"3:统计代码:duplicate_code"}},
		"town two names":    {"110116001001,甲,泉河街道,怀柔区\n110116001002,乙,泉河,怀柔区\n", []string{"3:街乡:two_names"}},
		"district, names":   {"110116001001,甲,泉河街道,怀柔区\n110116002001,乙,龙山街道,怀柔\n", []string{"3:区县:two_names"}},
		"long name":         {"110116001001," + strings.Repeat("长", 101) + ",泉河街道,怀柔区\n", []string{"2:村居:name_too_long"}},
		"name in two lines": {"110116001001,\"甲\n乙\",泉河街道,怀柔区\n", []string{"2:村居:bad_name"}},
		"nothing":           {"", []string{"0::empty"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := reading(t, head+tt.rows)
			if _, err := r.readVillages(); err != nil {
				t.Fatal(err)
			}
			report := r.finish()
			if diff := cmp.Diff(tt.faults, problems(report.Faults)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMergeTown(t *testing.T) {
	r := reading(t, "统计代码,村居,街乡,区县\n"+
		"110116001003,丙,泉河街道,怀柔区\n110116001001,甲,泉河街道,怀柔区\n110116001005,戊,泉河街道,怀柔区\n")
	l, err := r.readVillages()
	if err != nil {
		t.Fatal(err)
	}
	const a, b, c, d, e = "110116001001", "110116001002", "110116001003", "110116001004", "110116001005"
	village := func(code, name string) domain.Village { return domain.Village{Code: code, Name: name} }
	gone := func(code, name string) domain.Village {
		return domain.Village{Code: code, Name: name, Unlisted: true}
	}
	town := func(name string, villages ...domain.Village) domain.Town {
		return domain.Town{Meta: domain.Meta{ID: "110116001"}, Name: name, DistrictName: "怀柔区", Villages: villages}
	}
	sound := town("泉河街道", village(a, "甲"), village(c, "丙"), village(e, "戊"))
	elsewhere := domain.Town{Meta: domain.Meta{ID: "110116002"}, Name: "龙山街道", DistrictName: "怀柔区", Villages: []domain.Village{village("110116002001", "子")}}
	lost := elsewhere
	lost.Villages = []domain.Village{gone("110116002001", "子")}
	tests := map[string]struct {
		was, want domain.Town
		count     Count
		changed   bool
	}{
		"new":              {domain.Town{Meta: domain.Meta{ID: "110116001"}}, sound, Count{Added: 3}, true},
		"same":             {sound, sound, Count{Unchanged: 3}, false},
		"town renamed":     {town("泉河", sound.Villages...), sound, Count{Unchanged: 3}, true},
		"renamed":          {town("泉河街道", village(a, "旧"), village(c, "丙"), village(e, "戊")), sound, Count{Changed: 1, Unchanged: 2}, true},
		"back again":       {town("泉河街道", village(a, "甲"), gone(c, "丙"), village(e, "戊")), sound, Count{Changed: 1, Unchanged: 2}, true},
		"out of order":     {town("泉河街道", village(e, "戊"), village(a, "甲"), village(c, "丙")), sound, Count{Unchanged: 3}, true},
		"vanished between": {town("泉河街道", village(b, "乙"), village(d, "丁"), village(e, "戊")), town("泉河街道", village(a, "甲"), gone(b, "乙"), village(c, "丙"), gone(d, "丁"), village(e, "戊")), Count{Added: 2, Unchanged: 1, Unlisted: 2}, true},
		"vanished before":  {town("泉河街道", village(a, "甲"), gone(b, "乙"), village(c, "丙"), village(e, "戊")), town("泉河街道", village(a, "甲"), gone(b, "乙"), village(c, "丙"), village(e, "戊")), Count{Unchanged: 3}, false},
		"town vanished":    {elsewhere, lost, Count{Unlisted: 1}, true},
		"still vanished":   {lost, lost, Count{}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := tt.was
			got.Villages = append([]domain.Village(nil), tt.was.Villages...)
			count, changed := l.merge(&got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if count != tt.count || changed != tt.changed {
				t.Errorf("got %+v %v, want %+v %v", count, changed, tt.count, tt.changed)
			}
		})
	}
}

func TestReadRoster(t *testing.T) {
	const (
		head = "姓名,律所,执业证号,手机,专长,村居代码,角色,合同起,合同止\n"
		one  = "张明田,北京甲律师事务所,11116201010900001,15400010001,"
		two  = "李守禾,北京乙律师事务所,11116201010900002,15400010002,"
		v1   = "110116001001"
		term = ",主,2025-01-01,2027-12-31\n"
	)
	tests := map[string]struct {
		rows             string
		faults, warnings []string
	}{
		"sound":         {one + "婚姻家庭、继承," + v1 + ";110116001002" + term, nil, nil},
		"more rows":     {one + "," + v1 + term + one + ",110116001002,备,2026/1/1,2026年12月31日\n", nil, nil},
		"terms touch":   {one + "," + v1 + ",主,2025-01-01,2025-12-31\n" + one + "," + v1 + ",备,2026-01-01,2026-12-31\n", nil, nil},
		"terms overlap": {one + "," + v1 + ",主,2025-01-01,2026-01-01\n" + one + "," + v1 + ",备,2026-01-01,2026-12-31\n", []string{"3:村居代码:post_twice"}, nil},
		"village twice": {one + "," + v1 + "；" + v1 + term, []string{"2:村居代码:post_twice"}, nil},
		"dates":         {one + "," + v1 + ",主,46023,46387.0\n", nil, nil},
		"dates packed":  {one + "," + v1 + ",主,20260101,2026.12.31\n", nil, nil},
		"date and time": {one + "," + v1 + ",主,2026-01-01 00:00:00,2026-12-31T00:00:00Z\n", nil, nil},
		"no dates": {one + "," + v1 + ",主,,长期\n" + two + "," + v1 + ",备,2026-02-30,3\n", []string{
			"2:合同起:required", "2:合同止:bad_date", "3:合同起:bad_date", "3:合同止:bad_date"}, nil},
		"backwards":         {one + "," + v1 + ",主,2026-01-02,2026-01-01\n", []string{"2:合同止:ends_before_start"}, nil},
		"one day":           {one + "," + v1 + ",主,2026-01-01,2026-01-01\n", nil, nil},
		"roles":             {one + "," + v1 + ",,2026-01-01,2026-12-31\n" + two + "," + v1 + ",副,2026-01-01,2026-12-31\n", []string{"2:角色:required", "3:角色:bad_role"}, nil},
		"names":             {strings.Replace(one, "张明田", "张 明", 1) + "," + v1 + term + strings.Replace(two, "李守禾", "阿依•古丽", 1) + ",110116001002" + term, nil, nil},
		"bad names":         {strings.Replace(one, "张明田", "张3", 1) + "," + v1 + term + strings.Replace(two, "李守禾", "·李", 1) + ",110116001002" + term, []string{"2:姓名:bad_name", "3:姓名:bad_name"}, nil},
		"phones":            {strings.Replace(one, "15400010001", "+86 154-0001-0001", 1) + "," + v1 + term, nil, nil},
		"bad phones":        {strings.Replace(one, "15400010001", "1540001000", 1) + "," + v1 + term + strings.Replace(two, "15400010002", "1.54E+10", 1) + ",110116001002" + term, []string{"2:手机:bad_phone", "3:手机:scientific"}, nil},
		"no phone, no firm": {"张明田,,11116201010900001,,," + v1 + term, []string{"2:律所:required", "2:手机:required"}, nil},
		"phone of another":  {one + "," + v1 + term + strings.Replace(two, "15400010002", "15400010001", 1) + ",110116001002" + term, []string{"3:手机:phone_of_another"}, nil},
		"rows differ":       {one + "," + v1 + term + "张明川,北京丙律师事务所,11116201010900001,15400010009,,110116001002" + term, []string{"3:姓名:name_differs", "3:律所:firm_differs", "3:手机:phone_differs"}, nil},
		"brackets of firm":  {strings.Replace(one, "北京甲", "北京甲(怀柔)", 1) + "," + v1 + term + strings.Replace(one, "北京甲", "北京甲\uFF08怀柔\uFF09", 1) + ",110116001002" + term, nil, nil},
		"no village":        {one + "," + term, []string{"2:村居代码:required"}, nil},
		"bad village":       {one + "," + v1 + ";12" + term, []string{"2:村居代码:bad_code"}, nil},
		"six villages": {one + ",110116001001;110116001002;110116001003;110116001004;110116001005;110116001006" + term,
			nil, []string{"2:村居代码:many_villages"}},
		"six as stand-in":   {one + ",110116001001;110116001002;110116001003;110116001004;110116001005;110116001006,备,2025-01-01,2027-12-31\n", nil, nil},
		"many specialities": {one + "甲、乙、丙、丁、戊、己、庚、辛、壬、癸、子," + v1 + term, []string{"2:专长:too_many_specialities"}, nil},
		"old licence":       {strings.Replace(one, "11116201010900001", "110116090001", 1) + "," + v1 + term, nil, []string{"2:执业证号:old_licence"}},
		"public lawyer":     {strings.Replace(one, "11116201010900001", "11116201060900001", 1) + "," + v1 + term, nil, []string{"2:执业证号:licence_category"}},
		"no licence":        {strings.Replace(one, "11116201010900001", "", 1) + "," + v1 + term, []string{"2:执业证号:required"}, nil},
		"number licence":    {strings.Replace(one, "11116201010900001", "1.11162E+16", 1) + "," + v1 + term, []string{"2:执业证号:scientific"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := reading(t, head+tt.rows)
			if _, err := r.readRoster(); err != nil {
				t.Fatal(err)
			}
			report := r.finish()
			if diff := cmp.Diff(tt.faults, problems(report.Faults)); diff != "" {
				t.Error("faults", diff)
			}
			if diff := cmp.Diff(tt.warnings, problems(report.Warnings)); diff != "" {
				t.Error("warnings", diff)
			}
		})
	}
}

func TestLicence(t *testing.T) {
	for number, sound := range map[string]bool{
		"11116201010900001":  true,
		"16601202691999999":  true,
		"1111620101090000":   false, // 16 digits
		"111162010109000012": false, // 18 digits
		"21116201010900001":  false, // no lawyer's licence
		"10916201010900001":  false, // no province
		"16716201010900001":  false,
		"11116197810900001":  false, // before there were licences
		"11116197910900001":  true,
		"11116202710900001":  false, // next year
		"11116202610900001":  true,
		"11116201000900001":  false, // no category
		"11116201012900001":  false, // no sex
		"1111620101090000X":  false,
	} {
		if got := licenceFault(number, 2026); (got == "") != sound {
			t.Errorf("%s: %q, want sound %v", number, got, sound)
		}
	}
}

func TestFaultsHideNumbers(t *testing.T) {
	r := reading(t, "姓名,律所,执业证号,手机,村居代码,角色,合同起,合同止\n"+
		"张明田,北京甲律师事务所,21116201010900001,25400010001,110116001001,主,2025-01-01,2027-12-31\n"+
		"李守禾,北京甲律师事务所,110116090001,1.54E+10,110116001001,主,2025-01-01,2027-12-31\n")
	if _, err := r.readRoster(); err != nil {
		t.Fatal(err)
	}
	report := r.finish()
	var out bytes.Buffer
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"21116201010900001", "25400010001", "110116090001", "1.54E+10"} {
		if strings.Contains(out.String(), number) {
			t.Errorf("the report tells %s:\n%s", number, out.String())
		}
	}
	if !strings.Contains(out.String(), "211************01") {
		t.Errorf("the report does not tell which number it means:\n%s", out.String())
	}
}

func TestSettlePosts(t *testing.T) {
	const today = domain.Day("2026-11-24")
	post := func(village string, role domain.Role, from, to domain.Day) domain.Post {
		return domain.Post{Village: village, Role: role, From: from, To: to}
	}
	const v, w, far = "110116001001", "110116001002", "110101001001"
	whole := post(v, domain.Main, "2025-01-01", "2027-12-31")
	tests := map[string]struct {
		file, stored, want []domain.Post
		others             []domain.Post // main posts of another advisor of the table
	}{
		"first":                     {file: []domain.Post{whole}, want: []domain.Post{whole}},
		"same":                      {file: []domain.Post{whole}, stored: []domain.Post{whole}, want: []domain.Post{whole}},
		"other term":                {file: []domain.Post{whole}, stored: []domain.Post{post(v, domain.Main, "2025-03-01", "2026-12-31")}, want: []domain.Post{whole}},
		"earlier contract kept":     {file: []domain.Post{whole}, stored: []domain.Post{post(v, domain.Main, "2022-01-01", "2024-12-31")}, want: []domain.Post{post(v, domain.Main, "2022-01-01", "2024-12-31"), whole}},
		"not named, ends yesterday": {file: []domain.Post{whole}, stored: []domain.Post{whole, post(w, domain.Main, "2025-01-01", "2027-12-31")}, want: []domain.Post{whole, post(w, domain.Main, "2025-01-01", "2026-11-23")}},
		"not named, ends today":     {file: []domain.Post{whole}, stored: []domain.Post{post(w, domain.Main, "2025-01-01", today)}, want: []domain.Post{whole, post(w, domain.Main, "2025-01-01", "2026-11-23")}},
		"not named, ended":          {file: []domain.Post{whole}, stored: []domain.Post{post(w, domain.Main, "2025-01-01", "2026-11-23")}, want: []domain.Post{whole, post(w, domain.Main, "2025-01-01", "2026-11-23")}},
		"not named, began today":    {file: []domain.Post{whole}, stored: []domain.Post{post(w, domain.Main, today, "2027-12-31")}, want: []domain.Post{whole}},
		"not named, to come":        {file: []domain.Post{whole}, stored: []domain.Post{post(w, domain.Main, "2027-01-01", "2027-12-31")}, want: []domain.Post{whole}},
		"other district left alone": {file: []domain.Post{whole}, stored: []domain.Post{post(far, domain.Main, "2025-01-01", "2027-12-31")}, want: []domain.Post{post(far, domain.Main, "2025-01-01", "2027-12-31"), whole}},
		"role changed": {
			file:   []domain.Post{post(v, domain.StandIn, "2026-06-01", "2027-12-31")},
			stored: []domain.Post{whole},
			want:   []domain.Post{post(v, domain.Main, "2025-01-01", "2026-05-31"), post(v, domain.StandIn, "2026-06-01", "2027-12-31")},
		},
		"role changes later": {
			file:   []domain.Post{post(v, domain.StandIn, "2026-12-01", "2027-12-31")},
			stored: []domain.Post{whole},
			want:   []domain.Post{post(v, domain.Main, "2025-01-01", "2026-11-23"), post(v, domain.StandIn, "2026-12-01", "2027-12-31")},
		},
		"role changed from the start": {
			file:   []domain.Post{post(v, domain.StandIn, "2025-01-01", "2027-12-31")},
			stored: []domain.Post{whole},
			want:   []domain.Post{post(v, domain.StandIn, "2025-01-01", "2027-12-31")},
		},
		"another took over some time ago": {
			file:   []domain.Post{post(w, domain.Main, "2025-01-01", "2027-12-31")},
			stored: []domain.Post{whole},
			others: []domain.Post{post(v, domain.Main, "2026-09-01", "2027-12-31")},
			want:   []domain.Post{post(v, domain.Main, "2025-01-01", "2026-08-31"), post(w, domain.Main, "2025-01-01", "2027-12-31")},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := &rosterAdvisor{id: "a", posts: tt.file}
			b := &rosterAdvisor{id: "b", posts: tt.others}
			f := &roster{advisors: []*rosterAdvisor{a, b}, byID: map[string]*rosterAdvisor{"a": a, "b": b}, districts: map[string]bool{"110116": true}}
			got := f.settle(storedPosts{posts: map[string][]domain.Post{"a": tt.stored}}, today)["a"]
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			for _, day := range []domain.Day{today, today.Add(1), today.Add(40)} {
				again := f.settle(storedPosts{posts: map[string][]domain.Post{"a": got}}, day)["a"]
				if diff := cmp.Diff(got, again); diff != "" {
					t.Errorf("again on %s: %s", day, diff)
				}
			}
		})
	}
}

func TestOneMainAdvisor(t *testing.T) {
	const head = "姓名,律所,执业证号,手机,村居代码,角色,合同起,合同止\n"
	person := func(n int, village, rest string) string {
		return fmt.Sprintf("张明田,北京甲律师事务所,1111620101090000%d,1540001000%d,%s,%s\n", n, n, village, rest)
	}
	const v = "110116001001"
	tests := map[string]struct {
		rows   string
		stored []domain.Post // of an advisor whom the table does not name
		faults []string
	}{
		"one after the other": {rows: person(1, v, "主,2025-01-01,2025-12-31") + person(2, v, "主,2026-01-01,2026-12-31")},
		"on the same day":     {rows: person(1, v, "主,2025-01-01,2026-01-01") + person(2, v, "主,2026-01-01,2026-12-31"), faults: []string{"3:角色:two_mains"}},
		"one stands in":       {rows: person(1, v, "主,2025-01-01,2026-12-31") + person(2, v, "备,2025-01-01,2026-12-31")},
		"three": {rows: person(1, v, "主,2025-01-01,2026-12-31") + person(2, v, "主,2025-01-01,2025-06-30") + person(3, v, "主,2026-01-01,2026-12-31"),
			faults: []string{"3:角色:two_mains", "4:角色:two_mains"}},
		"against the store": {rows: person(1, v, "主,2026-01-01,2026-12-31"), stored: []domain.Post{{Village: v, Role: domain.Main, From: "2026-12-31", To: "2027-12-31"}},
			faults: []string{"2:角色:two_mains"}},
		"after the store's":   {rows: person(1, v, "主,2026-01-01,2026-12-31"), stored: []domain.Post{{Village: v, Role: domain.Main, From: "2025-01-01", To: "2025-12-31"}}},
		"store's stand-in":    {rows: person(1, v, "主,2026-01-01,2026-12-31"), stored: []domain.Post{{Village: v, Role: domain.StandIn, From: "2025-01-01", To: "2027-12-31"}}},
		"store's other place": {rows: person(1, v, "主,2026-01-01,2026-12-31"), stored: []domain.Post{{Village: "110116001002", Role: domain.Main, From: "2025-01-01", To: "2027-12-31"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := reading(t, head+tt.rows)
			f, err := r.readRoster()
			if err != nil {
				t.Fatal(err)
			}
			r.checkMains(f, f.settle(storedPosts{posts: map[string][]domain.Post{"other": tt.stored}}, r.today), nil)
			report := r.finish()
			if diff := cmp.Diff(tt.faults, problems(report.Faults)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadStaff(t *testing.T) {
	const head = "姓名,手机,身份,区划代码,律所\n"
	tests := map[string]struct {
		rows   string
		faults []string
	}{
		"sound": {"甲乙,15400020001,司法所,110116001,\n丙丁,15400020002,区司法局,110116,\n戊己,15400020003,市司法局,11,\n" +
			"庚辛,15400020004,审计管理员,110116,\n壬癸,15400020005,安全管理员,11,\n子丑,15400020006,系统管理员,110116,\n寅卯,15400020007,律所秘书,,北京甲律师事务所\n", nil},
		"whole codes":   {"甲乙,15400020001,司法所,110116001000,\n丙丁,15400020002,区司法局,110116000000,\n戊己,15400020003,市司法局,110000000000,\n", nil},
		"two kinds":     {"甲乙,15400020001,司法所,110116001,\n甲乙,15400020001,区司法局,110116,\n", nil},
		"twice":         {"甲乙,15400020001,司法所,110116001,\n甲乙,15400020001,司法所,110116002,\n", []string{"3:手机:person_twice"}},
		"no kind":       {"甲乙,15400020001,,110116001,\n", []string{"2:身份:bad_kind"}},
		"other kind":    {"甲乙,15400020001,所长,110116001,\n", []string{"2:身份:bad_kind"}},
		"area too wide": {"甲乙,15400020001,司法所,110116,\n", []string{"2:区划代码:bad_area"}},
		"no area":       {"甲乙,15400020001,司法所,,\n", []string{"2:区划代码:required"}},
		"no firm":       {"甲乙,15400020001,律所秘书,,\n", []string{"2:律所:required"}},
		"administrators one person": {"甲乙,15400020001,审计管理员,110116,\n甲乙,15400020001,系统管理员,110116,\n",
			[]string{"3:身份:administrators_not_apart"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := reading(t, head+tt.rows)
			if _, err := r.readStaff(); err != nil {
				t.Fatal(err)
			}
			report := r.finish()
			if diff := cmp.Diff(tt.faults, problems(report.Faults)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadOffices(t *testing.T) {
	const head = "街乡代码,名称,电话\n"
	tests := map[string]struct {
		rows   string
		phones []string
		faults []string
	}{
		"sound": {rows: "110116001,泉河街道司法所,15400050001\n110116,怀柔区司法局,010-60000000\n110116002,龙山街道司法所,(010) 60000001-12\n",
			phones: []string{"15400050001", "010-60000000", "010-60000001-12"}},
		"whole codes":   {rows: "110116001000,泉河街道司法所,01060000000\n110116000000,怀柔区司法局,０１０—60000000\n", phones: []string{"01060000000", "010-60000000"}},
		"a village's":   {rows: "110116001001,泉河街道司法所,15400050001\n", faults: []string{"2:区划代码:bad_area"}},
		"the city's":    {rows: "11,市司法局,15400050001\n", faults: []string{"2:区划代码:bad_area"}},
		"twice":         {rows: "110116,甲乙丙,15400050001\n110116000000,丁戊己,15400050002\n110116,庚辛壬,15400050003\n", faults: []string{"3:区划代码:office_twice", "4:区划代码:office_twice"}},
		"nothing":       {rows: ",,\n110116,,\n", faults: []string{"3:名称:required", "3:电话:required"}},
		"no area code":  {rows: "110116,怀柔区司法局,60000000\n", faults: []string{"2:电话:bad_phone"}},
		"two numbers":   {rows: "110116,怀柔区司法局,15400050001/15400050002\n", faults: []string{"2:电话:bad_phone"}},
		"words":         {rows: "110116,怀柔区司法局,请来访\n", faults: []string{"2:电话:bad_phone"}},
		"a long number": {rows: "110116,怀柔区司法局,1.54E+10\n", faults: []string{"2:电话:scientific"}},
		"a short name":  {rows: "110116,局,15400050001\n", faults: []string{"2:名称:bad_office"}},
		"a long name":   {rows: "110116," + strings.Repeat("长", 41) + ",15400050001\n", faults: []string{"2:名称:bad_office"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := reading(t, head+tt.rows)
			offices, err := r.readOffices()
			if err != nil {
				t.Fatal(err)
			}
			report := r.finish()
			if diff := cmp.Diff(tt.faults, problems(report.Faults)); diff != "" {
				t.Error(diff)
			}
			var phones []string
			for _, o := range offices {
				phones = append(phones, o.phone)
			}
			if diff := cmp.Diff(tt.phones, phones); tt.faults == nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadCadres(t *testing.T) {
	const head = "姓名,手机,村居代码,身份\n"
	tests := map[string]struct {
		rows   string
		roles  []string
		faults []string
	}{
		"cadre":         {rows: "甲乙,15400030001,110116001001,村干部\n"},
		"both":          {rows: "甲乙,15400030001,110116001001,人民调解员；法律明白人\n", roles: []string{domain.LegallyVersed, domain.Mediator}},
		"two accounts":  {rows: "甲乙,15400030001,110116001001,村干部\n甲乙,15400030001,110116001001,人民调解员\n"},
		"in one row":    {rows: "甲乙,15400030001,110116001001,村干部;人民调解员\n", faults: []string{"2:身份:cadre_and_collaborator"}},
		"unknown":       {rows: "甲乙,15400030001,110116001001,人民调解员;村医\n", faults: []string{"2:身份:bad_kind"}},
		"none":          {rows: "甲乙,15400030001,110116001001,\n", faults: []string{"2:身份:required"}},
		"two villages":  {rows: "甲乙,15400030001,110116001001;110116001002,村干部\n", faults: []string{"2:村居代码:several_villages"}},
		"no village":    {rows: "甲乙,15400030001,,村干部\n", faults: []string{"2:村居代码:required"}},
		"twice":         {rows: "甲乙,15400030001,110116001001,村干部\n甲乙,15400030001,110116001002,村干部\n", faults: []string{"3:手机:person_twice"}},
		"bad name also": {rows: "a,1,1,x\n", faults: []string{"2:姓名:bad_name", "2:手机:bad_phone", "2:村居代码:bad_code", "2:身份:bad_kind"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := reading(t, head+tt.rows)
			people, err := r.readCadres()
			if err != nil {
				t.Fatal(err)
			}
			report := r.finish()
			if diff := cmp.Diff(tt.faults, problems(report.Faults)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.roles, people[0].roles); tt.faults == nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadCalendar(t *testing.T) {
	const head = "年份,日期,类型,文号\n"
	tests := map[string]struct {
		rows      string
		off, work int
		faults    []string
	}{
		"sound":         {rows: "2026,2026-01-01,休,甲号\n2026年,2026/1/4,班,甲号\n", off: 1, work: 1},
		"range":         {rows: "2026,2026-02-15~2026-02-23,休,甲号\n2026,2026年2月28日,班,甲号\n", off: 9, work: 1},
		"range, words":  {rows: "2026,2026年2月15日至2026年2月16日,休,甲号\n", off: 2},
		"other year":    {rows: "2026,2026-01-01,休,甲号\n2026,2025-12-31,休,甲号\n", faults: []string{"3:日期:other_year"}},
		"both":          {rows: "2026,2026-01-04,休,甲号\n2026,2026-01-04,班,甲号\n", faults: []string{"3:日期:day_twice"}},
		"in a range":    {rows: "2026,2026-01-01~2026-01-03,休,甲号\n2026,2026-01-02,休,甲号\n", faults: []string{"3:日期:day_twice"}},
		"weekday":       {rows: "2026,2026-01-01,休,甲号\n2026,2026-01-05,班,甲号\n", faults: []string{"3:日期:work_on_weekday"}},
		"two notices":   {rows: "2026,2026-01-01,休,甲号\n2026,2026-01-02,休,乙号\n", faults: []string{"3:文号:two_notices"}},
		"two years":     {rows: "2026,2026-01-01,休,甲号\n2027,2027-01-01,休,乙号\n", off: 1},
		"no day off":    {rows: "2026,2026-01-04,班,甲号\n", faults: []string{"2:类型:no_days_off"}},
		"bad cells":     {rows: "26,1月1日,放假,\n", faults: []string{"2:年份:bad_year", "2:文号:required", "2:类型:bad_day_kind", "2:日期:bad_date"}},
		"backwards":     {rows: "2026,2026-01-03~2026-01-01,休,甲号\n", faults: []string{"2:日期:bad_range"}},
		"half a range":  {rows: "2026,2026-01-03~,休,甲号\n", faults: []string{"2:日期:required"}},
		"endless range": {rows: "2026,2026-01-01~2026-12-31,休,甲号\n", faults: []string{"2:日期:bad_range"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := reading(t, head+tt.rows)
			years, err := r.readCalendar()
			if err != nil {
				t.Fatal(err)
			}
			report := r.finish()
			if diff := cmp.Diff(tt.faults, problems(report.Faults)); diff != "" {
				t.Error(diff)
			}
			if tt.faults != nil {
				return
			}
			if y := years[0]; y.ID != "2026" || len(y.Off) != tt.off || len(y.Work) != tt.work {
				t.Errorf("got %+v", y)
			}
			for _, y := range years {
				if err := schedule.CheckYear(*y); err != nil {
					t.Errorf("%s: %v", y.ID, err)
				}
			}
		})
	}
}

func TestProgressText(t *testing.T) {
	tests := map[string]struct {
		p    Progress
		want string
	}{
		"under way":    {Progress{"写入", "个村居", 5000, 20000, 2500 * time.Millisecond}, "写入 5000/20000 个村居\uFF0825%\uFF09\uFF0C每秒 2000\uFF0C还需 8s"},
		"done":         {Progress{"写入", "个村居", 20000, 20000, 10 * time.Second}, "写入 20000/20000 个村居\uFF08100%\uFF09\uFF0C每秒 2000"},
		"no total":     {Progress{"读取", "行", 1024, 0, time.Second}, "读取 1024 行\uFF0C每秒 1024"},
		"no time yet":  {Progress{"读取", "行", 1024, 2048, 0}, "读取 1024/2048 行\uFF0850%\uFF09"},
		"nothing done": {Progress{"读取", "行", 0, 2048, time.Second}, "读取 0/2048 行\uFF080%\uFF09"},
	}
	for name, tt := range tests {
		if got := tt.p.String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestReportKeepsABound(t *testing.T) {
	r := reading(t, "统计代码\n")
	for i := range maxTold + 3 {
		r.fault(i, "", "bad_code", "错", "对")
	}
	if report := r.finish(); len(report.Faults) != maxTold || report.Untold != 3 {
		t.Errorf("kept %d, untold %d", len(report.Faults), report.Untold)
	}
}

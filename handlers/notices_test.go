package handlers

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// constants answers the constants of one type in a source of the domain, in
// order.
func constants(t *testing.T, file, typ string) (all []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../services/domain/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if id, ok := v.Type.(*ast.Ident); ok && id.Name == typ {
				all = append(all, strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
			}
		}
		return true
	})
	return all
}

func enum(t *testing.T, schema string) (all []string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range doc.Components.Schemas[schema].Value.Enum {
		all = append(all, v.(string))
	}
	return all
}

var narrow = regexp.MustCompile(`\p{Han}[,;:?!()]|[,;:?!()]\p{Han}`)

func TestEveryKindOfNoticeHasWords(t *testing.T) {
	kinds := constants(t, "notice.go", "NoticeKind")
	for _, kind := range kinds {
		words := noticeTexts[domain.NoticeKind(kind)]
		if words[0] == "" || words[1] == "" {
			t.Errorf("%s has no words", kind)
		}
		if narrow.MatchString(words[0]+words[1]) || strings.HasSuffix(words[1], "。") {
			t.Errorf("%s: %s", kind, words[1])
		}
	}
	if len(noticeTexts) != len(kinds) {
		t.Errorf("words for %d kinds, of which there are %d", len(noticeTexts), len(kinds))
	}
	if diff := cmp.Diff(kinds, enum(t, "NoticeKind")); diff != "" {
		t.Errorf("domain (-) and openapi.yaml (+) differ:\n%s", diff)
	}
	for typ, file := range map[string]string{"Verb": "appointment.go", "Source": "appointment.go", "LogVerb": "servicelog.go", "RecordKind": "record.go"} {
		if diff := cmp.Diff(constants(t, file, typ), enum(t, typ)); diff != "" {
			t.Errorf("%s: domain (-) and openapi.yaml (+) differ:\n%s", typ, diff)
		}
	}
	for _, ch := range domain.Channels {
		if channelTexts[ch] == "" {
			t.Errorf("channel %s has no words", ch)
		}
	}
}

func TestCountersAreNamedAsInTheDomain(t *testing.T) {
	var c domain.Counters
	for i := range c {
		c[i] = i + 1
	}
	wire := countersOf(c)
	if back := wire.counted(); *back != c {
		t.Errorf("%v comes back as %v", c, *back)
	}
	text, err := json.Marshal(wire)
	if err != nil {
		t.Fatal(err)
	}
	var byName map[string]int
	if err := json.Unmarshal(text, &byName); err != nil {
		t.Fatal(err)
	}
	for i, name := range domain.CounterNames {
		if byName[name] != i+1 {
			t.Errorf("%s is %d, want %d", name, byName[name], i+1)
		}
	}
}

func TestANoticeIsSpoken(t *testing.T) {
	s := &Server{Config: Config{Places: &services.Places{}}}
	for _, tt := range []struct {
		start string
		want  string
	}{
		{"2026-11-25T00:00:00+08:00", "已约好：11月25日（周三）凌晨0:00，视频。"},
		{"2026-11-25T09:05:00+08:00", "已约好：11月25日（周三）上午9:05，视频。"},
		{"2026-11-25T12:30:00+08:00", "已约好：11月25日（周三）中午12:30，视频。"},
		{"2026-11-29T13:00:00+08:00", "已约好：11月29日（周日）下午1:00，视频。"},
		{"2026-11-25T18:00:00+08:00", "已约好：11月25日（周三）晚上6:00，视频。"},
		{"2026-11-24T16:30:00Z", "已约好：11月25日（周三）凌晨0:30，视频。"},
	} {
		start, err := time.Parse(time.RFC3339, tt.start)
		if err != nil {
			t.Fatal(err)
		}
		n := s.noticeOf(domain.Notice{Kind: domain.NoticeBooked, Start: start, End: start.Add(time.Hour), Channel: domain.Video})
		if n.Text != tt.want {
			t.Errorf("%s is spoken %s, want %s", tt.start, n.Text, tt.want)
		}
	}
	if n := s.noticeOf(domain.Notice{Kind: domain.NoticeCalendar, Note: "2027"}); n.Text != "请导入这一年的节假日安排：2027。" || n.Start != nil || n.Village != nil {
		t.Errorf("of a year: %+v", n)
	}
}

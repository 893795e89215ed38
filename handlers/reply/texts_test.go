package reply

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/domain"
)

// offWire are the sources whose faults are told at the command line alone.
var offWire = []string{"services/importing*.go", "services/sheetfile/*.go", "services/schedule/calendar.go"}

// given is what the sources say of faults.
type given struct {
	whole  map[string]string // reason of a fault -> its domain.Code
	fields map[string]bool   // reasons of fields
	names  map[string]bool   // of fields, their last parts
}

// readSources gathers the faults that stand in the program's sources.
func readSources(t *testing.T) given {
	t.Helper()
	g := given{map[string]string{}, map[string]bool{}, map[string]bool{}}
	const root = "../.."
	for _, folder := range []string{"handlers", "services", "store"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && slices.Contains([]string{"node_modules", "wechattest", "storetest"}, d.Name()) {
				return fs.SkipDir
			}
			rel, _ := filepath.Rel(root, path)
			if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || slices.ContainsFunc(offWire, func(p string) bool {
				off, _ := filepath.Match(p, rel)
				return off
			}) {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err == nil {
				ast.Inspect(file, g.read)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// readers are the functions that read one named thing of a request; the number
// says which argument is the name.
var readers = map[string]int{"text": 0, "digits": 0, "day": 0, "flag": 0, "moment": 1, "clock": 1, "dayOrNone": 1, "momentOrNone": 1, "month": 0, "check": 0}

func (g *given) read(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		switch {
		case name == "Fault" && len(n.Args) == 2:
			g.fault(n.Args[0], n.Args[1])
		case name == "InvalidField" && len(n.Args) == 2, name == "Add" && len(n.Args) == 2:
			g.field(n.Args[0], n.Args[1])
		case name == "Check" && len(n.Args) == 3:
			g.field(n.Args[1], n.Args[2])
		default:
			if i, ok := readers[name]; ok && i < len(n.Args) {
				g.name(n.Args[i])
			}
		}
	case *ast.AssignStmt:
		if sel, ok := n.Lhs[0].(*ast.SelectorExpr); ok && sel.Sel.Name == "Reason" {
			if reason := literal(n.Rhs[0]); reason != "" {
				g.whole[reason] = "Invalid" // as Faults.Err answers
			}
		}
	case *ast.CompositeLit:
		g.composite(n)
	}
	return true
}

// composite reads domain.Error{…}, domain.Field{…} and rows such as
// {domain.Unauthenticated, "wechat_code_invalid"}.
func (g *given) composite(n *ast.CompositeLit) {
	parts := map[string]ast.Expr{}
	for _, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if k, ok := kv.Key.(*ast.Ident); ok {
				parts[k.Name] = kv.Value
			}
		}
	}
	switch {
	case parts["Code"] != nil && parts["Reason"] != nil:
		g.fault(parts["Code"], parts["Reason"])
	case parts["Name"] != nil && parts["Reason"] != nil:
		g.field(parts["Name"], parts["Reason"])
	case len(n.Elts) == 2 && len(parts) == 0:
		if sel, ok := n.Elts[0].(*ast.SelectorExpr); ok && codes[sel.Sel.Name] != 0 {
			g.fault(n.Elts[0], n.Elts[1])
		}
	}
}

func (g *given) fault(code, reason ast.Expr) {
	c := ""
	switch e := code.(type) {
	case *ast.SelectorExpr:
		c = e.Sel.Name
	case *ast.Ident:
		c = e.Name
	}
	if r := literal(reason); r != "" && codes[c] != 0 {
		g.whole[r] = c
	}
}

func (g *given) field(name, reason ast.Expr) {
	if r := literal(reason); r != "" {
		g.fields[r] = true
		g.name(name)
	}
}

// name notes the last part of a field's name, if it is written out.
func (g *given) name(e ast.Expr) {
	if b, ok := e.(*ast.BinaryExpr); ok {
		e = b.Y
	}
	if n := literal(e); n != "" {
		g.names[strings.TrimPrefix(n[strings.LastIndexByte(n, '.')+1:], ".")] = true
	}
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

var codes = map[string]domain.Code{
	"Malformed": domain.Malformed, "Unauthenticated": domain.Unauthenticated, "Forbidden": domain.Forbidden, "NotFound": domain.NotFound,
	"Conflict": domain.Conflict, "Invalid": domain.Invalid, "TooMany": domain.TooMany, "Unavailable": domain.Unavailable,
}

// neither are the texts that no source gives as a reason of its own.
var neither = []string{Internal, "unknown_reason"}

func TestEveryReasonHasATextAndEveryTextAReason(t *testing.T) {
	g := readSources(t)
	if len(g.whole) < 30 || len(g.fields) < 20 {
		t.Fatalf("only %d and %d reasons found in the sources", len(g.whole), len(g.fields))
	}
	for reason := range g.whole {
		if texts[reason] == "" {
			t.Errorf("%s has no text", reason)
		} else if !strings.HasSuffix(texts[reason], "。") {
			t.Errorf("%s: a whole text ends with 。: %s", reason, texts[reason])
		}
	}
	for reason := range g.fields {
		if texts[reason] == "" {
			t.Errorf("%s has no text", reason)
		} else if strings.HasSuffix(texts[reason], "。") {
			t.Errorf("%s: the text of a field is part of a sentence: %s", reason, texts[reason])
		}
	}
	for reason, text := range texts {
		if g.whole[reason] == "" && !g.fields[reason] && !slices.Contains(neither, reason) {
			t.Errorf("no source gives %s", reason)
		}
		if narrow.MatchString(text) {
			t.Errorf("%s: narrow punctuation among Chinese: %s", reason, text)
		}
	}
}

// narrow is Western punctuation that touches Chinese.
var narrow = regexp.MustCompile(`\p{Han}[,;:?!()]|[,;:?!()]\p{Han}`)

func TestEveryFieldHasANameAndEveryNameAField(t *testing.T) {
	g := readSources(t)
	doc := contract(t)
	used := g.names
	for name, s := range doc.Components.Schemas {
		if strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Edit") || name == "Amendment" || name == "Beneficiary" {
			for field := range s.Value.Properties {
				used[field] = true
			}
		}
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range op.Parameters {
				if p.Value.In == openapi3.ParameterInQuery {
					used[p.Value.Name] = true
				}
			}
		}
	}
	for name := range used {
		if names[name] == "" {
			t.Errorf("field %s has no Chinese name", name)
		}
	}
	for name := range names {
		if !used[name] {
			t.Errorf("no field is called %s", name)
		}
	}
}

var row = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (?:(\\d{3}) \\| )?")

// The contract's tables and enumerations list exactly the reasons that there
// are, each with its status.
func TestTheContractListsTheReasons(t *testing.T) {
	g := readSources(t)
	doc := contract(t)
	wantWhole, wantFields := []string{Internal + " 500"}, []string(nil)
	for reason, code := range g.whole {
		status := statuses[codes[code]]
		if reason == "method_not_allowed" {
			status = 405
		}
		wantWhole = append(wantWhole, fmt.Sprint(reason, " ", status))
	}
	for reason := range g.fields {
		wantFields = append(wantFields, reason)
	}
	var gotWhole, gotFields, onlyWhole []string
	for _, m := range row.FindAllStringSubmatch(doc.Info.Description, -1) {
		if m[2] != "" {
			gotWhole, onlyWhole = append(gotWhole, m[1]+" "+m[2]), append(onlyWhole, m[1])
		} else {
			gotFields = append(gotFields, m[1])
		}
	}
	if diff := cmp.Diff(enum(doc, "Reason"), onlyWhole); diff != "" {
		t.Errorf("the enumeration (-) and the table (+) of reasons differ:\n%s", diff)
	}
	if diff := cmp.Diff(enum(doc, "FieldReason"), gotFields); diff != "" {
		t.Errorf("the enumeration (-) and the table (+) of the reasons of fields differ:\n%s", diff)
	}
	slices.Sort(wantWhole)
	slices.Sort(gotWhole)
	if diff := cmp.Diff(wantWhole, gotWhole); diff != "" {
		t.Errorf("the sources (-) and openapi.yaml (+) differ:\n%s", diff)
	}
	slices.Sort(wantFields)
	slices.Sort(gotFields)
	if diff := cmp.Diff(wantFields, gotFields); diff != "" {
		t.Errorf("the sources (-) and openapi.yaml (+) differ:\n%s", diff)
	}
}

func contract(t *testing.T) *openapi3.T {
	t.Helper()
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func enum(doc *openapi3.T, schema string) []string {
	var out []string
	for _, v := range doc.Components.Schemas[schema].Value.Enum {
		out = append(out, v.(string))
	}
	return out
}

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		status int
		want   Fault
	}{
		{"a fault", domain.ErrNotFound, 404, Fault{"not_found", "没有找到您要的内容。", []Field{}, "r"}},
		{"a fault within", fmt.Errorf("look: %w", domain.ErrForbidden), 403, Fault{"forbidden", "您没有权限这样操作。", []Field{}, "r"}},
		{"fields", &domain.Error{Code: domain.Invalid, Reason: "invalid_fields", Fields: []domain.Field{{Name: "for.phone", Reason: "bad_phone"}, {Name: "shifts[2].from", Reason: "overlaps"}}},
			422, Fault{"invalid_fields", "请检查填写的内容：「手机号」请填写 11 位手机号；「起」与另一班次的时间重叠。",
				[]Field{{"for.phone", "bad_phone", "「手机号」请填写 11 位手机号"}, {"shifts[2].from", "overlaps", "「起」与另一班次的时间重叠"}}, "r"}},
		{"what is nobody's business", errors.New("王秀英"), 500, Fault{"internal", "系统出了点问题，请稍后再试。", []Field{}, "r"}},
		{"what only the log may know", &domain.Error{Code: domain.Unavailable, Reason: "store_unavailable", Err: errors.New("王秀英")},
			503, Fault{"store_unavailable", "系统繁忙，请稍后再试。", []Field{}, "r"}},
		{"a reason without a text", domain.Fault(domain.Conflict, "brand_new"), 409, Fault{"brand_new", "不能这样操作。", []Field{}, "r"}},
		{"a field without a name", domain.InvalidField("brand_new", "required"), 422,
			Fault{"invalid_fields", "请检查填写的内容：「brand_new」必须填写。", []Field{{"brand_new", "required", "「brand_new」必须填写"}}, "r"}},
	} {
		status, got := Of(tt.err, "r")
		if diff := cmp.Diff(tt.want, got); diff != "" || status != tt.status {
			t.Errorf("%s: %d, want %d\n%s", tt.name, status, tt.status, diff)
		}
	}
}

func TestEverySortOfFaultHasAStatus(t *testing.T) {
	for name, code := range codes {
		if statuses[code] == 0 {
			t.Errorf("%s has no status", name)
		}
	}
	if len(statuses) != len(codes) {
		t.Errorf("%d statuses for %d sorts", len(statuses), len(codes))
	}
}

package handlers_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"villagecounsel/handlers"
	"villagecounsel/services/domain"
)

// pages are the routes that are no part of the contract: the viewer of it, and
// the mini-program in the browser.
var pages = []string{"GET /", "GET /docs", "GET /docs/assets/{file}", "GET /app", "GET /app/*file"}

func TestEveryRouteIsInTheContractAndEveryPathIsRouted(t *testing.T) {
	w := newWorld(t)
	doc, _ := contract()
	var written, routed []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			written = append(written, method+" "+path)
		}
	}
	for _, r := range w.handler.(*gin.Engine).Routes() {
		if route := r.Method + " " + braces(r.Path); !slices.Contains(pages, route) {
			routed = append(routed, route)
		}
	}
	slices.Sort(written)
	slices.Sort(routed)
	if diff := cmp.Diff(written, routed); diff != "" {
		t.Errorf("openapi.yaml (-) and the router (+) differ:\n%s", diff)
	}
	for _, r := range w.server.Routes() {
		op := doc.Paths.Find(braces(r.Path)).GetOperation(r.Method)
		if public := op.Security != nil && len(*op.Security) == 0; public != r.Public {
			t.Errorf("%s %s: public is %v in the route table, %v in openapi.yaml", r.Method, r.Path, r.Public, public)
		}
		if _, ok := op.Responses.Map()["401"]; !ok && !r.Public {
			t.Errorf("%s %s: 401 is not in openapi.yaml", r.Method, r.Path)
		}
	}
}

func TestWithoutDemoModeThereIsNoDemoRoute(t *testing.T) {
	w := newWorld(t, func(c *handlers.Config) { c.SetClock = nil })
	for _, r := range w.server.Routes() {
		if strings.HasPrefix(r.Path, "/demo") {
			t.Errorf("%s is routed", r.Path)
		}
	}
	w.nobody().call("POST", "/demo/clock", map[string]any{"offset_seconds": 1}, outside).want(404)
	for _, path := range []string{"/demo/people", "/app", "/app/", "/app/index.html"} {
		w.nobody().call("GET", path, nil, outside).want(404)
	}
}

var param = regexp.MustCompile(`:(\w+)`)

// braces writes a path of the router as the contract does.
func braces(path string) string { return param.ReplaceAllString(path, "{$1}") }

func TestTheContractIsServedAsItIs(t *testing.T) {
	w := newWorld(t)
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.nobody().call("GET", "/api/v1/openapi.yaml", nil).want(200); string(got.body) != string(text) {
		t.Error("the contract is served otherwise than it stands")
	}
	w.nobody().call("GET", "/healthz", nil).want(200)
	w.nobody().call("GET", "/readyz", nil).want(200)
	w.server.Drain()
	w.nobody().call("GET", "/healthz", nil).want(200)
	if a := w.nobody().call("GET", "/readyz", nil).want(503); a.text("status") != "draining" {
		t.Errorf("draining is told as %s", a.body)
	}
}

func TestTheContractCanBeRead(t *testing.T) {
	doc, _ := contract()
	tags, ids := map[string]bool{}, map[string]string{}
	for _, tag := range doc.Tags {
		tags[tag.Name] = false
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			what := method + " " + path
			if !isChinese(op.Summary) || !isChinese(op.Description) {
				t.Errorf("%s has no summary or no description in Chinese", what)
			}
			if op.OperationID == "" || ids[op.OperationID] != "" {
				t.Errorf("%s: operationId %q is missing or that of %s", what, op.OperationID, ids[op.OperationID])
			}
			ids[op.OperationID] = what
			if len(op.Tags) != 1 {
				t.Errorf("%s has tags %v", what, op.Tags)
				continue
			}
			if _, known := tags[op.Tags[0]]; !known {
				t.Errorf("%s: tag %s is not described", what, op.Tags[0])
			}
			tags[op.Tags[0]] = true
			for _, status := range []string{"429", "500"} {
				if _, ok := op.Responses.Map()[status]; !ok && strings.HasPrefix(path, "/api/v1/") && path != "/api/v1/openapi.yaml" {
					t.Errorf("%s does not say what happens at %s", what, status)
				}
			}
		}
	}
	for tag, used := range tags {
		if !used {
			t.Errorf("tag %s is not used", tag)
		}
	}
}

// An answer's object says which fields it has, and that there are no others.
func TestAnswersAreClosed(t *testing.T) {
	doc, _ := contract()
	open := []string{"LoginRequest", "Amendment", "ConsentRequest", "BindRequest", "BookRequest", "Beneficiary", "OpenRequest", "CancelRequest",
		"RescheduleRequest", "MissRequest", "ShiftEdit", "OpeningEdit", "ScheduleEdit", "CloseRequest", "WaitRequest", "ClockRequest", "CountersEdit",
		"LogRequest", "CorrectRequest", "ConfirmRequest", "DisputeRequest", "SignInRequest", "RateRequest", "ComplaintRequest", "AnswerRequest", "PhotoRequest", "ReadRequest"}
	for name, s := range doc.Components.Schemas {
		if s.Value.Type == nil || !s.Value.Type.Is(openapi3.TypeObject) {
			continue
		}
		closed := s.Value.AdditionalProperties.Has != nil && !*s.Value.AdditionalProperties.Has
		if closed == slices.Contains(open, name) {
			t.Errorf("schema %s: closed is %v", name, closed)
		}
		if !closed {
			continue
		}
		for field := range s.Value.Properties {
			optional := []string{"slots", "advisors", "office"}
			if !slices.Contains(s.Value.Required, field) && !slices.Contains(optional, field) && name+"."+field != "Rating.text" {
				t.Errorf("schema %s: %s is neither required nor known as optional", name, field)
			}
		}
	}
}

func TestEnumsAreThoseOfTheDomain(t *testing.T) {
	doc, _ := contract()
	for schema, want := range map[string][]string{
		"Kind": texts(domain.Kinds), "KindOrNull": texts(domain.Kinds),
		"Channel": texts(domain.Channels), "ChannelOrNull": texts(domain.Channels),
		"Status": texts(domain.Statuses),
		"Role":   {string(domain.Main), string(domain.StandIn)}, "RoleOrNull": {string(domain.Main), string(domain.StandIn)},
		"Mode": texts(domain.Modes), "Duty": texts(domain.Duties), "KeyGroup": texts(domain.KeyGroups), "LogStatus": texts(domain.LogStatuses),
		"Way": texts(domain.Ways), "RatingTag": texts(domain.RatingTags), "Outcome": texts(domain.Outcomes),
		"Party": {string(domain.Resident), string(domain.AdvisorKind)}, "PartyOrNull": {string(domain.Resident), string(domain.AdvisorKind)},
	} {
		var got []string
		for _, v := range doc.Components.Schemas[schema].Value.Enum {
			if s, ok := v.(string); ok {
				got = append(got, s)
			} else if !strings.HasSuffix(schema, "OrNull") {
				t.Errorf("%s: %v", schema, v)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: domain (-) and openapi.yaml (+) differ:\n%s", schema, diff)
		}
	}
}

func texts[T ~string](all []T) []string {
	var out []string
	for _, v := range all {
		out = append(out, string(v))
	}
	return out
}

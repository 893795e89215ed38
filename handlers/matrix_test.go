package handlers_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"villagecounsel/services/domain"
)

// The access matrix: what every kind of person is answered on every route, for
// a thing of their own, a near one and a far one. The table is written by hand
// and is not derived from the one in services: a change of either shows here.
//
//	own   theirs: they booked it, keep it, were sent it
//	near  somebody else's, in the village, town or district of theirs
//	hid   near, but it concerns the village
//	far   of another district
//	both  figures of their advisor in one village alone
//	old   theirs, of a month that is closed
//
// 200, 201, 409 and 422 say that they may: 409 because the appointments of
// this test are over and move no more, 422 because the code in it is no code.
// A dash says that there is no such thing.
const matrix = `
route                                    thing  nobody resident cadre collaborator advisor firm town district city auditor security system
POST   /api/v1/login                     -      200    200      200   200          200     200  200  200      200  200     200      200
GET    /api/v1/privacy                   -      200    200      200   200          200     200  200  200      200  200     200      200
GET    /api/v1/villages                  -      200    200      200   200          200     200  200  200      200  200     200      200
GET    /api/v1/villages/{code}           far    200    200      200   200          200     200  200  200      200  200     200      200
GET    /api/v1/villages/{code}/advisors  far    200    200      200   200          200     200  200  200      200  200     200      200
GET    /api/v1/advisors/{id}             far    200    200      200   200          200     200  200  200      200  200     200      200
GET    /api/v1/advisors/{id}/slots       far    200    200      200   200          200     200  200  200      200  200     200      200
GET    /api/v1/advisors/{id}/photo       far    200    200      200   200          200     200  200  200      200  200     200      200
GET    /demo/people                      -      200    200      200   200          200     200  200  200      200  200     200      200
POST   /demo/clock                       -      200    200      200   200          200     200  200  200      200  200     200      200
GET    /healthz                          -      200    200      200   200          200     200  200  200      200  200     200      200
GET    /readyz                           -      200    200      200   200          200     200  200  200      200  200     200      200
GET    /api/v1/openapi.yaml              -      200    200      200   200          200     200  200  200      200  200     200      200

GET    /api/v1/me                        own    401    200      200   200          200     200  200  200      200  200     200      200
PUT    /api/v1/me                        own    401    200      200   200          200     200  200  200      200  200     200      200
DELETE /api/v1/me/consents/{version}     own    401    200      200   200          200     200  200  200      200  200     200      200
POST   /api/v1/me/consents               own    401    201      201   201          201     201  201  201      201  201     201      201
POST   /api/v1/me/bind                   own    401    422      403   403          403     403  403  403      403  403     403      403
DELETE /api/v1/me/sessions               own    401    200      200   200          200     200  200  200      200  200     200      200
PUT    /api/v1/me/photo                  own    401    403      403   403          200     403  403  403      403  403     403      403
POST   /api/v1/people/{id}/bind-codes    near   401    403      403   403          403     403  409  409      403  403     201      403
POST   /api/v1/people/{id}/bind-codes    far    401    403      403   403          403     403  404  404      403  403     404      403
DELETE /api/v1/people/{id}/sessions      near   401    403      403   403          403     403  403  403      403  403     200      403
DELETE /api/v1/people/{id}/sessions      far    401    403      403   403          403     403  403  403      403  403     404      403

POST   /api/v1/appointments              own    401    201      201   201          403     403  201  201      403  403     403      403
GET    /api/v1/appointments              own    401    200      200   200          200     403  200  200      403  403     403      403
GET    /api/v1/appointments/{id}         own    401    200      200   200          200     -    200  200      -    -       -        -
GET    /api/v1/appointments/{id}         near   401    404      200   200          404     404  200  200      404  404     404      404
GET    /api/v1/appointments/{id}         hid    401    404      404   404          404     404  200  200      404  404     404      404
GET    /api/v1/appointments/{id}         far    401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/appointments/{id}/open    own    401    403      403   403          403     -    200  200      -    -       -        -
POST   /api/v1/appointments/{id}/open    near   401    403      403   403          403     403  200  200      403  403     403      403
POST   /api/v1/appointments/{id}/open    hid    401    403      403   403          403     403  200  200      403  403     403      403
POST   /api/v1/appointments/{id}/open    far    401    403      403   403          403     403  404  404      403  403     403      403
POST   /api/v1/appointments/{id}/cancel  own    401    409      409   409          409     -    409  409      -    -       -        -
POST   /api/v1/appointments/{id}/cancel  near   401    404      403   403          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/cancel  hid    401    404      404   404          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/cancel  far    401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/appointments/{id}/reschedule own  401   409      409   409          403     -    409  409      -    -       -        -
POST   /api/v1/appointments/{id}/reschedule near 401   404      403   403          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/reschedule hid  401   404      404   404          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/reschedule far  401   404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/appointments/{id}/confirm own    401    403      403   403          403     -    403  403      -    -       -        -
POST   /api/v1/appointments/{id}/confirm near   401    404      403   403          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/confirm hid    401    404      404   404          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/confirm far    401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/appointments/{id}/arrive  own    401    409      409   409          409     -    409  409      -    -       -        -
POST   /api/v1/appointments/{id}/arrive  near   401    404      403   403          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/arrive  hid    401    404      404   404          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/arrive  far    401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/appointments/{id}/complete own   401    403      403   403          409     -    403  403      -    -       -        -
POST   /api/v1/appointments/{id}/complete near  401    404      403   403          404     404  403  403      404  404     404      404
POST   /api/v1/appointments/{id}/complete hid   401    404      404   404          404     404  403  403      404  404     404      404
POST   /api/v1/appointments/{id}/complete far   401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/appointments/{id}/miss    own    401    409      409   409          409     -    409  409      -    -       -        -
POST   /api/v1/appointments/{id}/miss    near   401    404      403   403          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/miss    hid    401    404      404   404          404     404  409  409      404  404     404      404
POST   /api/v1/appointments/{id}/miss    far    401    404      404   404          404     404  404  404      404  404     404      404

POST   /api/v1/appointments/{id}/rate    own    401    200      200   200          403     -    200  200      -    -       -        -
POST   /api/v1/appointments/{id}/rate    near   401    404      403   403          404     404  200  409      404  404     404      404
POST   /api/v1/appointments/{id}/rate    hid    401    404      404   404          404     404  200  409      404  404     404      404
POST   /api/v1/appointments/{id}/rate    far    401    404      404   404          404     404  404  404      404  404     404      404

POST   /api/v1/service-logs              own    401    403      403   403          201     403  201  201      403  403     403      403
POST   /api/v1/service-logs              far    401    403      403   403          422     403  403  403      403  403     403      403
GET    /api/v1/service-logs              own    401    200      200   200          200     403  200  200      403  403     403      403
GET    /api/v1/service-logs/{id}         own    401    200      -     200          200     -    -    -        -    -       -        -
GET    /api/v1/service-logs/{id}         near   401    404      200   200          404     404  200  200      404  404     404      404
GET    /api/v1/service-logs/{id}         hid    401    404      404   404          404     404  200  200      404  404     404      404
GET    /api/v1/service-logs/{id}         far    401    404      404   404          404     404  404  404      404  404     404      404
GET    /api/v1/service-logs/{id}/versions own   401    200      -     200          200     -    -    -        -    -       -        -
GET    /api/v1/service-logs/{id}/versions near  401    404      404   404          404     404  200  200      404  404     404      404
GET    /api/v1/service-logs/{id}/versions hid   401    404      404   404          404     404  200  200      404  404     404      404
GET    /api/v1/service-logs/{id}/versions far   401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/service-logs/{id}/confirm own    401    200      -     403          403     -    -    -        -    -       -        -
POST   /api/v1/service-logs/{id}/confirm near   401    404      200   200          404     404  200  200      404  404     404      404
POST   /api/v1/service-logs/{id}/confirm hid    401    404      404   404          404     404  200  200      404  404     404      404
POST   /api/v1/service-logs/{id}/confirm far    401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/service-logs/{id}/dispute own    401    200      -     200          403     -    -    -        -    -       -        -
POST   /api/v1/service-logs/{id}/dispute near   401    404      200   200          404     404  200  200      404  404     404      404
POST   /api/v1/service-logs/{id}/dispute hid    401    404      404   404          404     404  200  200      404  404     404      404
POST   /api/v1/service-logs/{id}/dispute far    401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/service-logs/{id}/correct own    401    403      -     403          200     -    -    -        -    -       -        -
POST   /api/v1/service-logs/{id}/correct old    401    404      403   403          409     404  200  200      404  404     404      404
POST   /api/v1/service-logs/{id}/correct near   401    404      403   403          404     404  200  200      404  404     404      404
POST   /api/v1/service-logs/{id}/correct hid    401    404      404   404          404     404  200  200      404  404     404      404
POST   /api/v1/service-logs/{id}/correct far    401    404      404   404          404     404  404  404      404  404     404      404

POST   /api/v1/sign-ins                  own    401    403      201   403          201     403  403  403      403  403     403      403
GET    /api/v1/villages/{code}/sign-in-code near 401   403      200   403          403     403  200  200      403  403     403      403
GET    /api/v1/villages/{code}/sign-in-code far 401    403      404   403          403     403  404  404      403  403     403      403
GET    /api/v1/villages/{code}/helpers   near   401    403      403   403          200     403  200  200      403  403     403      403
GET    /api/v1/villages/{code}/helpers   far    401    403      403   403          404     403  404  404      403  403     403      403

POST   /api/v1/files                     own    401    201      201   201          201     403  201  201      403  403     403      403
GET    /api/v1/files/{id}                own    401    200      200   200          200     -    200  200      -    -       -        -
GET    /api/v1/files/{id}                near   401    404      404   404          404     404  404  404      404  404     404      404

POST   /api/v1/complaints                own    401    201      201   201          403     403  201  201      403  403     403      403
GET    /api/v1/complaints                own    401    200      200   200          403     403  200  200      403  403     403      403
GET    /api/v1/complaints/{id}           own    401    200      200   200          -       -    200  200      -    -       -        -
GET    /api/v1/complaints/{id}           near   401    404      404   404          404     404  200  200      404  404     404      404
GET    /api/v1/complaints/{id}           far    401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/complaints/{id}/answer    own    401    403      403   403          -       -    403  403      -    -       -        -
POST   /api/v1/complaints/{id}/answer    near   401    403      403   403          403     403  200  409      403  403     403      403
POST   /api/v1/complaints/{id}/answer    far    401    403      403   403          403     403  404  404      403  403     403      403

GET    /api/v1/records                   own    401    403      403   404          200     403  200  200      403  403     403      403
GET    /api/v1/records                   far    401    403      403   404          404     403  404  404      403  403     403      403
GET    /api/v1/tallies                   own    401    403      403   404          200     403  200  200      200  403     403      403
GET    /api/v1/tallies                   near   401    403      403   404          200     403  200  200      200  403     403      403
GET    /api/v1/tallies                   far    401    403      403   404          404     403  404  404      200  403     403      403
GET    /api/v1/tallies                   both   401    403      403   404          200     403  200  200      200  403     403      403

GET    /api/v1/me/schedule               own    401    403      403   403          200     403  403  403      403  403     403      403
PUT    /api/v1/me/schedule               own    401    403      403   403          200     403  403  403      403  403     403      403
GET    /api/v1/me/closures               own    401    403      403   403          200     403  403  403      403  403     403      403
POST   /api/v1/me/closures               own    401    403      403   403          201     403  403  403      403  403     403      403
DELETE /api/v1/me/closures/{id}          near   401    403      403   403          404     403  403  403      403  403     403      403
DELETE /api/v1/me/closures/{id}          own    401    403      403   403          200     403  403  403      403  403     403      403

GET    /api/v1/waitlist                  own    401    200      200   200          403     403  403  403      403  403     403      403
POST   /api/v1/waitlist                  own    401    201      201   201          403     403  403  403      403  403     403      403
DELETE /api/v1/waitlist/{id}             near   401    404      404   404          403     403  403  403      403  403     403      403
DELETE /api/v1/waitlist/{id}             own    401    200      200   200          -       -    -    -        -    -       -        -

GET    /api/v1/notices                   own    401    200      200   200          200     200  200  200      200  200     200      200
POST   /api/v1/notices/read              own    401    200      200   200          200     200  200  200      200  200     200      200
POST   /api/v1/notices/read              near   401    404      404   404          404     404  404  404      404  404     404      404
POST   /api/v1/notices/{id}/read         own    401    200      200   200          200     200  200  200      200  200     200      200
POST   /api/v1/notices/{id}/read         near   401    404      404   404          404     404  404  404      404  404     404      404
`

type cell struct{ method, path, thing, kind, want string }

// cells reads the matrix.
func cells(t *testing.T) (all []cell) {
	t.Helper()
	var kinds []string
	for line := range strings.Lines(matrix) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "route":
			kinds = f[2:]
		case len(f) != 3+len(kinds):
			t.Fatalf("a row of the matrix has %d columns: %s", len(f), line)
		default:
			for i, kind := range kinds {
				all = append(all, cell{f[0], f[1], f[2], kind, f[3+i]})
			}
		}
	}
	return all
}

func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	past := monday.AddDate(0, 0, -7)
	for _, kind := range []domain.Kind{domain.Resident, domain.Cadre, domain.Collaborator, domain.TownStaff, domain.DistrictKind} {
		w.appointment("own-"+string(kind), mainAdvisor, string(kind)+"-1", villageA, domain.Done, past, false)
	}
	w.appointment("own-advisor", mainAdvisor, "resident-2", villageA, domain.Done, past, false)
	w.appointment("near", standInAdvisor, "resident-2", villageA, domain.Done, past, false)
	w.appointment("hid", standInAdvisor, "resident-2", villageA, domain.Done, past, true)
	w.appointment("far", farAdvisor, "resident-3", villageFar, domain.Done, past, false)
	for _, p := range []string{"nobody", "resident-1", "resident-2", "cadre-1", "collaborator-1", mainAdvisor, "firm-secretary",
		"town-1", "district-1", "city-1", "auditor-1", "security-1", "system-1"} {
		w.notice(p, "notice-of-"+p)
	}
	w.closure(standInAdvisor, "closure-of-another")
	w.wait("resident-2", "wait-of-another")
	w.complaint("complaint-near", "resident-2", standInAdvisor, villageA, "town-1")
	w.complaint("complaint-far", "resident-3", farAdvisor, villageFar, "")
	w.file("file-of-another", "resident-2")
	w.photo(farAdvisor)
	own := map[string]string{} // what somebody has made by the matrix itself

	for n, c := range cells(t) {
		if c.want == "-" {
			continue
		}
		who := w.nobody()
		if c.kind != "nobody" {
			who = w.as("demo-" + c.kind + "-1")
		}
		id := fmt.Sprint("matrix-", n)
		if strings.Contains(c.path, "/service-logs/") {
			w.logFor(c, id)
		}
		body, options := c.body(n), []option{key(id)}
		if c.method+" "+c.path == "POST /api/v1/files" {
			form, kind := formOf("file", picture)
			body, options = form, append(options, header("Content-Type", kind))
		}
		a := who.call(c.method, strings.ReplaceAll(c.address(who, own), "{log}", id), body, options...)
		what := fmt.Sprintf("%s %s of %s by %s", c.method, c.path, c.thing, c.kind)
		if fmt.Sprint(a.status) != c.want {
			t.Errorf("%s answers %d, want %s: %s", what, a.status, c.want, a.body)
		}
		switch c.path {
		case "/api/v1/waitlist", "/api/v1/me/closures", "/api/v1/files", "/api/v1/complaints":
			if a.status == 201 {
				own[c.path+who.id] = a.text("id")
			}
		case "/api/v1/me/sessions":
			delete(w.people, "demo-"+c.kind+"-1")
		}
	}
}

// address answers the address of the thing that the cell is about.
func (c cell) address(who *client, own map[string]string) string {
	var id string
	switch {
	case strings.Contains(c.path, "/appointments/"):
		if id = c.thing; id == "own" {
			id += "-" + c.kind
		}
	case strings.Contains(c.path, "/service-logs/"):
		id = "{log}"
	case strings.Contains(c.path, "/complaints/"):
		if id = "complaint-" + c.thing; c.thing == "own" {
			id = cmp.Or(own["/api/v1/complaints"+who.id], "complaint-near")
		}
	case strings.Contains(c.path, "/files/"):
		if id = own["/api/v1/files"+who.id]; c.thing == "near" || id == "" {
			id = "file-of-another"
		}
	case c.path == "/api/v1/service-logs" && c.method == "GET" && c.kind == "resident":
		return c.path + "?appointment=own-resident"
	case c.path == "/api/v1/records", c.path == "/api/v1/tallies":
		return c.path + "?" + c.subject()
	case strings.Contains(c.path, "/villages/"):
		if id = villageFar; c.thing == "near" {
			id = villageA
		}
	case strings.Contains(c.path, "/advisors/"):
		id = farAdvisor
	case strings.Contains(c.path, "/people/"):
		id = "cadre-" + c.thing
	case strings.Contains(c.path, "/consents/"):
		id = "2026-11"
	case strings.Contains(c.path, "/notices/"):
		if id = "notice-of-" + who.id; c.thing == "near" || who.id == "" {
			id = "notice-of-nobody"
		}
	case strings.Contains(c.path, "/waitlist/"):
		if id = own["/api/v1/waitlist"+who.id]; c.thing == "near" || id == "" {
			id = "wait-of-another"
		}
	case strings.Contains(c.path, "/closures/"):
		if id = own["/api/v1/me/closures"+who.id]; c.thing == "near" || id == "" {
			id = "closure-of-another"
		}
	}
	return strings.NewReplacer("{id}", id, "{code}", id, "{version}", id).Replace(c.path)
}

// body answers a sound body for the cell's route; n tells bookings apart.
func (c cell) body(n int) any {
	switch c.method + " " + c.path {
	case "POST /api/v1/login":
		return map[string]any{"code": "demo-resident-1"}
	case "POST /demo/clock":
		return map[string]any{"offset_seconds": 0}
	case "PUT /api/v1/me/photo":
		return map[string]any{"file": nil}
	case "POST /api/v1/notices/read":
		if c.thing == "near" {
			return map[string]any{"until": "notice-of-nobody"}
		}
		return map[string]any{"until": "notice-of-" + c.person()}
	case "PUT /api/v1/me":
		return map[string]any{"phone": "139" + digits(c.kind, 8)}
	case "POST /api/v1/me/consents":
		return map[string]any{"version": "2026-11"}
	case "POST /api/v1/me/bind":
		return map[string]any{"code": "AAAAABBBBB"}
	case "POST /api/v1/appointments":
		start := monday.AddDate(0, 0, 1+n%12/6).Add(time.Hour + time.Duration(n%6)*30*time.Minute)
		b := map[string]any{"advisor": mainAdvisor, "village": villageA, "start": start.Format(time.RFC3339), "channel": "phone", "topic": "界石"}
		if c.kind == "town" || c.kind == "district" {
			b["for"] = map[string]any{"name": "赵钱孙", "phone": "13712345678"}
		}
		return b
	case "POST /api/v1/appointments/{id}/open":
		return map[string]any{"purpose": "核实"}
	case "POST /api/v1/appointments/{id}/cancel":
		return map[string]any{"reason": "有事"}
	case "POST /api/v1/appointments/{id}/reschedule":
		return map[string]any{"start": monday.AddDate(0, 0, 2).Format(time.RFC3339)}
	case "POST /api/v1/appointments/{id}/rate":
		return c.rating()
	case "POST /api/v1/service-logs":
		return c.log()
	case "POST /api/v1/service-logs/{id}/dispute":
		return map[string]any{"reason": "那天没有来"}
	case "POST /api/v1/service-logs/{id}/correct":
		return map[string]any{"version": 1, "reason": "写错了"}
	case "POST /api/v1/sign-ins":
		return c.signIn()
	case "POST /api/v1/complaints":
		return map[string]any{"text": "没有按时来"}
	case "POST /api/v1/complaints/{id}/answer":
		return map[string]any{"text": "已经核实", "outcome": "partly"}
	case "POST /api/v1/appointments/{id}/miss":
		return map[string]any{"by": "advisor"}
	case "PUT /api/v1/me/schedule":
		return map[string]any{"rev": 0, "daily_max": 0}
	case "POST /api/v1/me/closures":
		return map[string]any{"from": "2026-12-10", "to": "2026-12-11", "reason": "开庭"}
	case "POST /api/v1/waitlist":
		return map[string]any{"advisor": mainAdvisor, "village": villageA}
	}
	return nil
}

// TestTheMatrixIsWhole holds the rows of the matrix to the route table.
func TestTheMatrixIsWhole(t *testing.T) {
	doc, _ := contract()
	rows := map[string]bool{}
	for _, c := range cells(t) {
		rows[c.method+" "+c.path] = true
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if !rows[method+" "+path] {
				t.Errorf("%s %s has no row", method, path)
			}
			delete(rows, method+" "+path)
		}
	}
	for row := range rows {
		t.Errorf("%s is no route", row)
	}
}

func (w *world) notice(person, id string) {
	w.t.Helper()
	insert(w, w.data.Inboxes, domain.Inbox{Meta: meta(person), Items: []domain.Notice{{ID: id, Kind: domain.NoticeBooked, At: w.now()}}})
}

func (w *world) closure(advisor, id string) {
	w.t.Helper()
	if _, err := w.data.Diaries.Update(w.t.Context(), advisor, func(d *domain.Diary) error {
		d.Closures = append(d.Closures, domain.Closure{ID: id, From: w.start.AddDate(0, 0, 20), To: w.start.AddDate(0, 0, 21), Reason: "开庭", Days: true})
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wait(person, id string) {
	w.t.Helper()
	insert(w, w.data.Waitlists, domain.Waitlist{Meta: meta(mainAdvisor), Entries: []domain.Wait{
		{ID: id, Person: person, Village: villageA, From: domain.DayOf(w.start), To: domain.DayOf(w.start).Add(30), Created: w.start}}})
	insert(w, w.data.Sheets, domain.Sheet{Meta: meta(person), Waits: []string{mainAdvisor}})
}

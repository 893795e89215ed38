package handlers_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services/lifecycle"
)

const (
	privateNote = "当事人私下说了底价"
	reported    = "解答承包合同续签"
	grievance   = "律师迟到半小时"
	praise      = "讲得很细心"
)

func init() { keep(privateNote, reported, grievance, praise) }

// holdsAny answers the texts that stand in an answer.
func (a *answer) holdsAny(texts ...string) (found []string) {
	for _, s := range texts {
		if strings.Contains(string(a.body), s) {
			found = append(found, s)
		}
	}
	return found
}

// later moves the clock; tokens of before have expired.
func (w *world) later(at time.Time) {
	w.goTo(at)
	w.people = map[string]*client{}
}

// A visit, from the booking to the figures of the month.
func TestFromAVisitToTheFigures(t *testing.T) {
	w := newWorld(t)
	id := w.as("demo-resident-1").call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("a")).want(201).text("id")
	w.later(tomorrow(9, 35))
	adv, cadre, resident, town := w.as("demo-advisor-1"), w.as("demo-cadre-1"), w.as("demo-resident-1"), w.as("demo-town-1")

	// The advisor logs it in two taps.
	log := adv.call("POST", "/api/v1/service-logs", map[string]any{"appointment": id}, key("log")).want(201)
	want := map[string]any{"advisor": mainAdvisor, "village": villageA, "town": townA, "mode": "fixed", "duty": "consultation", "status": "unconfirmed",
		"start": "2026-11-24T09:00:00+08:00", "end": "2026-11-24T09:30:00+08:00", "appointment": id, "version": 1.0, "late_days": 0.0, "note": ""}
	for name, v := range want {
		if diff := cmp.Diff(v, log.at(name)); diff != "" {
			t.Errorf("logged: %s:\n%s", name, diff)
		}
	}
	if log.at("counters", "consultations") != 1.0 || log.at("counters", "materials") != 0.0 {
		t.Errorf("counted: %s", log.body)
	}
	if again := adv.call("POST", "/api/v1/service-logs", map[string]any{"appointment": id}, key("log")).want(201); again.text("id") != log.text("id") {
		t.Errorf("logged again: %s", again.body)
	}
	if a := adv.call("GET", "/api/v1/appointments/"+id, nil).want(200); a.text("status") != "done" || a.at("rating") != nil {
		t.Errorf("the appointment: %s", a.body)
	}
	w.settle()

	// The cadre is told, sees time, place and kind, and confirms.
	path := "/api/v1/service-logs/" + log.text("id")
	told := cadre.call("GET", "/api/v1/notices", nil).want(200)
	if !slices.Contains(told.texts("items", "kind"), "service_logged") || !slices.Contains(told.texts("items", "log"), log.text("id")) {
		t.Errorf("the cadre is told %s", told.body)
	}
	outline := map[string]any{"id": log.text("id"), "advisor": mainAdvisor, "village": villageA, "town": townA, "start": "2026-11-24T09:00:00+08:00",
		"end": "2026-11-24T09:30:00+08:00", "mode": "fixed", "duty": "consultation", "status": "unconfirmed", "version": 1.0, "can": []any{"confirm", "dispute"}}
	if diff := cmp.Diff(outline, cadre.call("GET", path, nil).want(200).json); diff != "" {
		t.Errorf("the cadre sees:\n%s", diff)
	}
	if diff := cmp.Diff([]any{outline}, cadre.call("GET", "/api/v1/service-logs", nil).want(200).list("items")); diff != "" {
		t.Errorf("the cadre sees in the list:\n%s", diff)
	}
	adv.call("POST", path+"/confirm", nil).refused(403, "forbidden")
	if a := cadre.call("POST", path+"/confirm", nil, key("c")).want(200); a.text("status") != "confirmed" {
		t.Errorf("confirmed: %s", a.body)
	}
	if a := cadre.call("POST", path+"/confirm", nil, key("c")).want(200); a.text("status") != "confirmed" {
		t.Errorf("confirmed again: %s", a.body)
	}

	// The resident rates; the text is for the office.
	rate := map[string]any{"stars": 4, "tags": []string{"clear", "late"}, "text": praise}
	rated := resident.call("POST", "/api/v1/appointments/"+id+"/rate", rate, key("r")).want(200)
	if rated.at("rating", "stars") != 4.0 || rated.text("rating", "text") != praise || rated.text("rating", "source") != "app" {
		t.Errorf("rated: %s", rated.body)
	}
	resident.call("POST", "/api/v1/appointments/"+id+"/rate", rate, key("r")).want(200)
	resident.call("POST", "/api/v1/appointments/"+id+"/rate", rate, key("r2")).refused(409, "rated_already")
	if a := adv.call("GET", "/api/v1/appointments/"+id, nil).want(200); a.at("rating", "stars") != 4.0 || a.at("rating", "text") != nil {
		t.Errorf("the advisor sees %s", a.body)
	}
	if a := town.call("GET", "/api/v1/appointments/"+id, nil).want(200); a.text("rating", "text") != praise {
		t.Errorf("the office sees %s", a.body)
	}

	// And complains; the office answers.
	complaint := resident.call("POST", "/api/v1/complaints", map[string]any{"appointment": id, "text": grievance}, key("p")).want(201)
	if complaint.text("status") != "open" || complaint.text("advisor") != mainAdvisor || complaint.text("village") != villageA ||
		complaint.at("owner") != nil || complaint.at("can_answer") != false || complaint.at("answer") != nil || complaint.text("due") == "" {
		t.Errorf("complained: %s", complaint.body)
	}
	w.settle()
	told = town.call("GET", "/api/v1/notices", nil).want(200)
	if !slices.Contains(told.texts("items", "complaint"), complaint.text("id")) {
		t.Errorf("the office is told %s", told.body)
	}
	at := "/api/v1/complaints/" + complaint.text("id")
	if a := town.call("GET", at, nil).want(200); a.text("text") != grievance || a.text("owner") != "town-1" || a.at("can_answer") != true {
		t.Errorf("the office sees %s", a.body)
	}
	adv.call("GET", at, nil).refused(404, "not_found")
	town.call("POST", at+"/answer", map[string]any{"text": "", "outcome": "guilty"}, malformed).refused(422, "invalid_fields", "text required", "outcome unknown")
	town.call("POST", at+"/answer", map[string]any{"text": "确有迟到，已提醒律师。", "outcome": "upheld"}, key("an")).want(200)
	town.call("POST", at+"/answer", map[string]any{"text": "没有迟到。", "outcome": "not_upheld"}).refused(409, "answered_already")
	w.settle()
	answered := resident.call("GET", at, nil).want(200)
	if answered.text("status") != "answered" || answered.text("answer", "outcome") != "upheld" || answered.at("owner") != nil {
		t.Errorf("answered: %s", answered.body)
	}
	if a := resident.call("GET", "/api/v1/notices", nil).want(200); !slices.Contains(a.texts("items", "kind"), "complaint_answered") || len(a.holdsAny(grievance, "确有迟到")) > 0 {
		t.Errorf("the resident is told %s", a.body)
	}

	// The records show it, each linked to the one before.
	records := adv.call("GET", "/api/v1/records?advisor="+mainAdvisor, nil).want(200)
	kinds := records.texts("items", "kind")
	slices.Sort(kinds)
	if diff := cmp.Diff([]string{"booked", "complaint", "completed", "confirmed", "rated", "service"}, kinds); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
	if records.at("length") != 6.0 || records.text("head") != records.texts("items", "hash")[0] || records.text("next") != "" {
		t.Errorf("the chain: %s", records.body)
	}
	if found := records.holdsAny(topic, grievance, praise, "王秀英", "resident-1", "cadre-1"); len(found) > 0 {
		t.Errorf("the records hold %v", found)
	}
	var walked, prevs []string
	for cursor := ""; ; {
		a := town.call("GET", "/api/v1/records?advisor="+mainAdvisor+"&limit=2&cursor="+url.QueryEscape(cursor), nil).want(200)
		walked, prevs = append(walked, a.texts("items", "hash")...), append(prevs, a.texts("items", "prev")...)
		if cursor = a.text("next"); cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(append(walked[1:len(walked):len(walked)], lifecycle.Origin(mainAdvisor)), prevs); diff != "" || !slices.Equal(walked, records.texts("items", "hash")) {
		t.Errorf("walked by two: %v, %v", walked, prevs)
	}

	// Of some kinds alone.
	for query, want := range map[string][]string{"kind=rated": {"rated"}, "kind=rated&kind=booked": {"rated", "booked"}, "kind=leave": nil} {
		a := adv.call("GET", "/api/v1/records?advisor="+mainAdvisor+"&"+query, nil).want(200)
		if diff := cmp.Diff(want, a.texts("items", "kind")); diff != "" || a.at("length") != 6.0 {
			t.Errorf("%s:\n%s", query, diff)
		}
	}

	// The tally counts it, for the advisor and for the village.
	for _, subject := range []string{"advisor=" + mainAdvisor, "village=" + villageA, "advisor=" + mainAdvisor + "&village=" + villageA} {
		a := town.call("GET", "/api/v1/tallies?from=2026-10&to=2026-11&"+subject, nil).want(200)
		month := a.list("items")[1].(map[string]any)
		for name, v := range map[string]any{"month": "2026-11", "on_site_minutes": 30.0, "visits": 1.0, "services": 1.0, "disputed": 0.0, "unconfirmed": 0.0,
			"bookings": 1.0, "completed": 1.0, "advisor_missed": 0.0, "resident_missed": 0.0, "cancelled": 0.0, "ratings": 1.0, "stars_mean": 4.0} {
			if diff := cmp.Diff(v, month[name]); diff != "" {
				t.Errorf("%s: %s:\n%s", subject, name, diff)
			}
		}
		if month["counters"].(map[string]any)["consultations"] != 1.0 {
			t.Errorf("%s: %s", subject, a.body)
		}
	}
	other := town.call("GET", "/api/v1/tallies?advisor="+mainAdvisor+"&village="+villageB, nil).want(200).list("items")[11].(map[string]any)
	if other["services"] != 0.0 || other["bookings"] != 0.0 || other["stars_mean"] != nil {
		t.Errorf("in the village where nothing took place: %v", other)
	}
	if a := adv.call("GET", "/api/v1/tallies?advisor="+mainAdvisor, nil).want(200); len(a.list("items")) != 12 || a.texts("items", "month")[11] != "2026-11" {
		t.Errorf("the last year: %s", a.body)
	}
}

// lecture is the body of a service of its own.
func lecture(more ...any) map[string]any {
	b := map[string]any{"village": villageA, "mode": "fixed", "duty": "publicity", "start": "2026-11-20T14:00:00+08:00", "end": "2026-11-20T15:30:00+08:00",
		"counters": map[string]any{"lecture_people": 42, "materials": 60}, "with": []string{"collaborator-1", standInAdvisor},
		"groups": []string{"elderly"}, "content": reported, "note": privateNote}
	for i := 0; i < len(more); i += 2 {
		b[more[i].(string)] = more[i+1]
	}
	return b
}

func TestALectureIsLoggedAndCorrected(t *testing.T) {
	w := newWorld(t)
	adv, town := w.as("demo-advisor-1"), w.as("demo-town-1")
	made := adv.call("POST", "/api/v1/service-logs", lecture(), key("l")).want(201)
	if made.text("note") != privateNote || made.at("late_days") != 3.0 || made.at("counters", "lecture_people") != 42.0 || made.at("appointment") != nil {
		t.Errorf("logged: %s", made.body)
	}
	adv.call("POST", "/api/v1/service-logs", lecture("content", "另一件事"), key("l")).refused(422, "idempotency_reused")
	w.settle()

	// Who served together sees what was reported; the note is the advisor's.
	path := "/api/v1/service-logs/" + made.text("id")
	for _, code := range []string{"demo-collaborator-1", "demo-advisor-2", "demo-town-1", "demo-district-1", "demo-cadre-1"} {
		a := w.as(code).call("GET", path, nil).want(200)
		in := w.as(code).call("GET", "/api/v1/service-logs", nil).want(200)
		if found := append(a.holdsAny(privateNote, `"note"`), in.holdsAny(privateNote, `"note"`)...); len(found) > 0 {
			t.Errorf("%s sees %v", code, found)
		}
		if sees := len(a.holdsAny(reported)) > 0; sees != (code != "demo-cadre-1") {
			t.Errorf("%s sees the report: %v", code, sees)
		}
		if !slices.Contains(in.texts("items", "id"), made.text("id")) || len(in.holdsAny(`"sign_ins":[`)) > 0 {
			t.Errorf("%s sees in the list %s", code, in.body)
		}
	}
	if a := adv.call("GET", path, nil).want(200); a.text("note") != privateNote || a.list("sign_ins") == nil {
		t.Errorf("the advisor sees %s", a.body)
	}
	w.as("demo-collaborator-1").call("POST", path+"/confirm", nil).refused(403, "forbidden")

	// A correction is a new version.
	correct := map[string]any{"version": 1, "reason": "人数写错", "counters": map[string]any{"lecture_people": 24}}
	adv.call("POST", path+"/correct", map[string]any{"reason": "人数写错"}, malformed).refused(422, "invalid_fields", "version required")
	adv.call("POST", path+"/correct", map[string]any{"version": 1}, malformed).refused(422, "invalid_fields", "reason required")
	second := adv.call("POST", path+"/correct", correct, key("k")).want(200)
	if second.at("version") != 2.0 || second.at("counters", "lecture_people") != 24.0 || second.text("content") != reported || second.text("note") != privateNote {
		t.Errorf("corrected: %s", second.body)
	}
	if again := adv.call("POST", path+"/correct", correct, key("k")).want(200); again.at("version") != 2.0 {
		t.Errorf("corrected again: %s", again.body)
	}
	adv.call("POST", path+"/correct", correct, key("k2")).refused(409, "log_changed")
	versions := town.call("GET", path+"/versions", nil).want(200)
	first, last := versions.list("items")[0].(map[string]any), versions.list("items")[1].(map[string]any)
	if first["no"] != 1.0 || first["reason"] != nil || last["no"] != 2.0 || last["reason"] != "人数写错" || last["by_kind"] != "advisor" ||
		first["counters"].(map[string]any)["lecture_people"] != 42.0 || len(versions.holdsAny(privateNote)) > 0 {
		t.Errorf("versions: %s", versions.body)
	}
	if page := town.call("GET", path+"/versions?limit=1", nil).want(200); len(page.list("items")) != 1 || page.text("next") == "" {
		t.Errorf("a page of versions: %s", page.body)
	}
	w.as("demo-cadre-1").call("GET", path+"/versions", nil).refused(404, "not_found")

	// When the month is closed the office corrects, without the note.
	w.later(time.Date(2026, 12, 20, 9, 0, 0, 0, monday.Location()))
	adv, town = w.as("demo-advisor-1"), w.as("demo-town-1")
	correct["version"] = 2
	adv.call("POST", path+"/correct", correct, key("k3")).refused(409, "month_closed")
	town.call("POST", path+"/correct", map[string]any{"version": 2, "reason": "核对签到表", "note": "我来写"}).refused(422, "invalid_fields", "note advisor_only")
	if a := town.call("POST", path+"/correct", correct).want(200); a.at("version") != 3.0 || a.text("status") != "confirmed" {
		t.Errorf("corrected by the office: %s", a.body)
	}
}

func TestADisputeIsDecidedByTheOffice(t *testing.T) {
	w := newWorld(t)
	const objection = "那天村里没有人见到律师"
	keep(objection)
	path := "/api/v1/service-logs/" + w.as("demo-advisor-1").call("POST", "/api/v1/service-logs", lecture("with", []string{}), key("l")).want(201).text("id")
	w.settle()
	cadre, town := w.as("demo-cadre-1"), w.as("demo-town-1")
	cadre.call("POST", path+"/dispute", map[string]any{"reason": " "}).refused(422, "invalid_fields", "reason required")
	if a := cadre.call("POST", path+"/dispute", map[string]any{"reason": objection}, key("d")).want(200); a.text("status") != "disputed" || len(a.holdsAny(objection)) > 0 {
		t.Errorf("disputed: %s", a.body)
	}
	cadre.call("POST", path+"/confirm", nil).refused(409, "log_status")
	w.settle()
	for _, code := range []string{"demo-advisor-1", "demo-town-1"} {
		if a := w.as(code).call("GET", path, nil).want(200); len(a.holdsAny(objection)) == 0 {
			t.Errorf("%s does not see why: %s", code, a.body)
		}
		if a := w.as(code).call("GET", "/api/v1/notices", nil).want(200); !slices.Contains(a.texts("items", "kind"), "service_disputed") || len(a.holdsAny(objection)) > 0 {
			t.Errorf("%s is told %s", code, a.body)
		}
	}
	a := w.as("demo-town-1").call("GET", "/api/v1/tallies?advisor="+mainAdvisor, nil).want(200).list("items")[11].(map[string]any)
	if a["disputed"] != 1.0 || a["on_site_minutes"] != 0.0 {
		t.Errorf("the tally of a disputed service: %v", a)
	}
	if a := town.call("POST", path+"/confirm", nil).want(200); a.text("status") != "confirmed" {
		t.Errorf("decided: %s", a.body)
	}
}

// What the office enters from paper or a call is marked as such.
func TestTheOfficeEntersForOthers(t *testing.T) {
	w := newWorld(t)
	town := w.as("demo-town-1")
	town.call("POST", "/api/v1/service-logs", lecture(), key("l")).
		refused(422, "invalid_fields", "advisor required", "reason required", "note advisor_only")
	body := lecture("advisor", mainAdvisor, "reason", "律师住院")
	delete(body, "note")
	made := town.call("POST", "/api/v1/service-logs", body, key("l")).want(201)
	if e := made.list("events")[0].(map[string]any); e["by"] != "town" || e["reason"] != "律师住院" || made.text("advisor") != mainAdvisor || len(made.holdsAny(`"note"`)) > 0 {
		t.Errorf("entered: %s", made.body)
	}
	w.appointment("from-paper", mainAdvisor, "resident-1", villageA, "done", monday.AddDate(0, 0, -3), false)
	rate := "/api/v1/appointments/from-paper/rate"
	w.as("demo-advisor-1").call("POST", rate, map[string]any{"stars": 5}).refused(403, "forbidden")
	w.as("demo-cadre-1").call("POST", rate, map[string]any{"stars": 5}).refused(403, "forbidden")
	town.call("POST", rate, map[string]any{"stars": 3}).refused(422, "invalid_fields", "source required")
	town.call("POST", rate, map[string]any{"stars": 9, "source": "letter", "tags": []string{"nice"}}, malformed).
		refused(422, "invalid_fields", "stars out_of_range", "tags unknown", "source unknown")
	if a := town.call("POST", rate, map[string]any{"stars": 3, "source": "paper"}).want(200); a.text("rating", "source") != "paper" || a.at("rating", "text") != nil {
		t.Errorf("rated: %s", a.body)
	}
}

func TestComplaintsAreListed(t *testing.T) {
	w := newWorld(t)
	c, district := w.as("demo-resident-1"), w.as("demo-district-1")
	var ids []string
	for _, k := range []string{"1", "2", "3"} {
		ids = append(ids, c.call("POST", "/api/v1/complaints", map[string]any{"advisor": mainAdvisor, "text": grievance}, key(k)).want(201).text("id"))
	}
	c.call("POST", "/api/v1/complaints", map[string]any{"text": "  ", "advisor": "nobody"}, key("x")).refused(422, "invalid_fields", "text required")
	c.call("POST", "/api/v1/complaints", map[string]any{"text": grievance}, malformed).refused(400, "idempotency_key_required")
	w.settle()
	slices.Reverse(ids)
	for _, who := range []*client{c, district} {
		var got []string
		for cursor := ""; ; {
			a := who.call("GET", "/api/v1/complaints?open=true&limit=2&cursor="+url.QueryEscape(cursor), nil).want(200)
			got = append(got, a.texts("items", "id")...)
			if cursor = a.text("next"); cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Errorf("listed:\n%s", diff)
		}
	}
	if a := c.call("GET", "/api/v1/complaints?open=false", nil).want(200); len(a.list("items")) != 0 {
		t.Errorf("answered: %s", a.body)
	}
	c.call("GET", "/api/v1/complaints?open=maybe", nil, malformed).refused(422, "invalid_fields", "open unknown")
}

func TestFieldsOfLogsAndFigures(t *testing.T) {
	w := newWorld(t)
	adv := w.as("demo-advisor-1")
	for _, wrong := range []struct{ body, field string }{
		{`{"counters":{"materials":"60"}}`, "counters.materials"}, {`{"counters":[1]}`, "counters"}, {`{"with":"a"}`, "with"},
		{`{"start":1}`, "start"}, {`{"concerns_village":1}`, "concerns_village"},
	} {
		adv.call("POST", "/api/v1/service-logs", wrong.body, key("k"), malformed).refused(400, "malformed_json", wrong.field+" wrong_type")
	}
	adv.call("POST", "/api/v1/service-logs", map[string]any{"start": "gestern", "end": "2026-11-20"}, key("k"), malformed).
		refused(422, "invalid_fields", "start bad_time", "end bad_time")
	adv.call("POST", "/api/v1/service-logs", lecture("counters", map[string]any{"materials": -1}, "groups", []string{"rich"}), key("k"), malformed).
		refused(422, "invalid_fields", "counters.materials out_of_range", "groups unknown")
	for _, tt := range []struct {
		path   string
		fields []string
	}{
		{"service-logs?status=done&village=1&limit=0", []string{"village bad_code", "limit bad_limit", "status unknown"}},
		{"service-logs?from=2026-11-01&to=2026-12-02", []string{"to too_wide"}},
		{"records", []string{"advisor required"}},
		{"records?limit=101&advisor=" + mainAdvisor, []string{"limit bad_limit"}},
		{"tallies", []string{"advisor one_of_two"}},
		{"tallies?advisor=" + mainAdvisor + "&village=北山", []string{"village bad_village"}},
		{"records?kind=joy&advisor=" + mainAdvisor, []string{"kind unknown"}},
		{"records?kind=rated&kind=leave&kind=rated&advisor=" + mainAdvisor, []string{"kind repeated"}},
		{"tallies?advisor=" + mainAdvisor + "&from=2026-13&to=11", []string{"from bad_month", "to bad_month"}},
		{"tallies?advisor=" + mainAdvisor + "&from=2026-11&to=2026-10", []string{"to bad_range"}},
		{"tallies?advisor=" + mainAdvisor + "&from=2023-11&to=2026-11", []string{"to too_many_months"}},
	} {
		adv.call("GET", "/api/v1/"+tt.path, nil, malformed).refused(422, "invalid_fields", tt.fields...)
	}
	for _, cursor := range []string{"!", "eA", "MA", "LTE", "MDE"} { // x, 0, -1, 01
		adv.call("GET", "/api/v1/records?advisor="+mainAdvisor+"&cursor="+cursor, nil, malformed).refused(400, "bad_cursor", "cursor bad_code")
	}
	for query, want := range map[string][]string{"from=2026-11": {"2026-11", "2027-10"}, "to=2026-02": {"2025-03", "2026-02"}, "from=2023-12&to=2026-11": {"2023-12", "2026-11"}} {
		months := adv.call("GET", "/api/v1/tallies?advisor="+mainAdvisor+"&"+query, nil).want(200).texts("items", "month")
		if len(months) == 0 || months[0] != want[0] || months[len(months)-1] != want[1] {
			t.Errorf("%s: %v", query, months)
		}
	}
	w.as("demo-resident-1").call("GET", "/api/v1/service-logs", nil).refused(422, "invalid_fields", "appointment required")
}

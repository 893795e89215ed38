package handlers_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// booking is the body of a sound booking with the main advisor.
func booking(start time.Time, more ...any) map[string]any {
	b := map[string]any{"advisor": mainAdvisor, "village": villageA, "start": start.Format(time.RFC3339), "channel": "visit", "topic": topic}
	for i := 0; i < len(more); i += 2 {
		b[more[i].(string)] = more[i+1]
	}
	return b
}

const (
	topic      = "祖宅析产旧账"
	details    = "兄弟三人各执一词"
	address    = "村东头第三户"
	otherParty = "张三元"
	purpose    = "核实投诉来由"
)

func init() { keep(topic, details, otherParty, purpose) }

// tomorrow answers a time of Tuesday, the world's second day.
func tomorrow(hour, minute int) time.Time {
	return time.Date(2026, 11, 24, hour, minute, 0, 0, domain.China)
}

func TestAVillagerBooksMovesAndCancels(t *testing.T) {
	w := newWorld(t)
	// A newcomer has nothing yet.
	c := w.login("demo-resident-77")
	me := c.call("GET", "/api/v1/me", nil).want(200)
	if me.at("village") != nil || me.at("consented") != false || me.text("name") != "" || me.at("area") != nil {
		t.Errorf("a newcomer is %s", me.body)
	}
	book := booking(tomorrow(9, 0), "details", details, "other_party", otherParty)
	c.call("POST", "/api/v1/appointments", book, key("k1")).refused(422, "consent_required")
	privacy := w.nobody().call("GET", "/api/v1/privacy", nil).want(200)
	c.call("POST", "/api/v1/me/consents", map[string]any{"version": "1999"}).refused(422, "invalid_fields", "version unknown_version")
	if a := c.call("POST", "/api/v1/me/consents", map[string]any{"version": privacy.text("version")}).want(201); a.at("consented") != true {
		t.Errorf("consent is answered by %s", a.body)
	}
	c.call("POST", "/api/v1/appointments", book, key("k1")).refused(422, "profile_incomplete", "name required", "phone required")
	keep("林小溪", "13612345678")
	c.call("PUT", "/api/v1/me", map[string]any{"name": "林小溪", "phone": "13612345678", "village": villageB}).want(200)
	if left := c.call("PUT", "/api/v1/me", map[string]any{"village": nil}).want(200); left.at("village") != nil || left.text("name") != "林小溪" {
		t.Errorf("after leaving the village: %s", left.body)
	}
	c.call("PUT", "/api/v1/me", map[string]any{"village": villageA}).want(200)
	if me = c.call("GET", "/api/v1/me", nil).want(200); me.at("village") != villageA || me.text("phone") != "13612345678" {
		t.Errorf("after the change: %s", me.body)
	}

	// From the village to a slot.
	found := c.call("GET", "/api/v1/villages?q="+url.QueryEscape("北山"), nil).want(200)
	if got := found.texts("items", "code"); !slices.Equal(got, []string{villageA}) {
		t.Errorf("villages found: %v", got)
	}
	advisors := c.call("GET", "/api/v1/villages/"+villageA+"/advisors", nil).want(200)
	if got := advisors.texts("items", "id"); !slices.Equal(got, []string{mainAdvisor, standInAdvisor}) {
		t.Errorf("advisors: %v, want the main one first", got)
	}
	slots := c.call("GET", "/api/v1/advisors/"+mainAdvisor+"/slots?from=2026-11-24&to=2026-11-24&channel=visit&village="+villageA, nil).want(200)
	starts := slots.texts("items", "start")
	if len(starts) != 6 || starts[0] != "2026-11-24T09:00:00+08:00" || len(slots.list("calendar_missing")) != 0 {
		t.Errorf("slots: %s", slots.body)
	}

	// The booking, and the same request again.
	made := c.call("POST", "/api/v1/appointments", book, key("k1")).want(201)
	if made.text("status") != "booked" || made.text("start") != starts[0] || made.text("topic") != topic || made.text("resident") != c.id ||
		made.text("name") != "林小溪" || made.at("for_other") != false {
		t.Errorf("booked: %s", made.body)
	}
	again := c.call("POST", "/api/v1/appointments", book, key("k1")).want(201)
	if again.text("id") != made.text("id") {
		t.Error("the same request made a second appointment")
	}
	c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 30)), key("k1")).refused(422, "idempotency_reused")
	slots = c.call("GET", "/api/v1/advisors/"+mainAdvisor+"/slots?from=2026-11-24&to=2026-11-24&channel=visit&village="+villageA, nil).want(200)
	if got := slots.texts("items", "start"); slices.Contains(got, starts[0]) || len(got) != 5 {
		t.Errorf("the slot that was booked is still offered: %v", got)
	}

	// Somebody else comes too late, and is offered others.
	other := w.as("demo-resident-2")
	taken := other.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("k1")).refused(409, "slot_taken")
	if got := taken.texts("slots", "start"); len(got) != 3 || got[0] != "2026-11-24T09:30:00+08:00" {
		t.Errorf("offered instead: %v", got)
	}

	// Both are told.
	w.settle()
	id := made.text("id")
	inbox := c.call("GET", "/api/v1/notices", nil).want(200)
	if got := inbox.texts("items", "kind"); !slices.Equal(got, []string{"booked"}) || inbox.at("unread") != 1.0 {
		t.Fatalf("the villager is told %s", inbox.body)
	}
	if text := inbox.texts("items", "text")[0]; !strings.Contains(text, "11月24日") || !strings.Contains(text, "上午9:00") || !strings.Contains(text, "北山村委会") {
		t.Errorf("the notice reads %s", text)
	}
	for _, line := range []string{topic, details, otherParty, "林小溪"} {
		if strings.Contains(string(inbox.body), line) {
			t.Errorf("a notice holds %s", line)
		}
	}
	notice := inbox.texts("items", "id")[0]
	c.call("POST", "/api/v1/notices/"+url.PathEscape(notice)+"/read", nil).want(200)
	if inbox = c.call("GET", "/api/v1/notices?unread=true", nil).want(200); inbox.at("unread") != 0.0 || len(inbox.list("items")) != 0 {
		t.Errorf("after reading: %s", inbox.body)
	}
	if a := w.as("demo-advisor-1").call("GET", "/api/v1/notices", nil).want(200); len(a.list("items")) != 1 {
		t.Errorf("the advisor is told %s", a.body)
	}

	// A move keeps the id; a cancellation frees the time.
	moved := c.call("POST", "/api/v1/appointments/"+id+"/reschedule", map[string]any{"start": "2026-11-25T01:30:00Z"}, key("m1")).want(200)
	if moved.text("id") != id || moved.text("start") != "2026-11-25T09:30:00+08:00" || moved.text("topic") != topic {
		t.Errorf("moved: %s", moved.body)
	}
	same := c.call("POST", "/api/v1/appointments/"+id+"/reschedule", map[string]any{"start": "2026-11-25T01:30:00Z"}, key("m1")).want(200)
	if len(same.list("events")) != 2 {
		t.Errorf("moved again: %s", same.body)
	}
	gone := c.call("POST", "/api/v1/appointments/"+id+"/cancel", nil).want(200)
	if gone.text("status") != "cancelled" || len(gone.list("can")) != 0 {
		t.Errorf("cancelled: %s", gone.body)
	}
	c.call("POST", "/api/v1/appointments/"+id+"/cancel", map[string]any{"reason": "不用了"}).refused(409, "wrong_status")
	other.call("POST", "/api/v1/appointments", booking(time.Date(2026, 11, 25, 9, 30, 0, 0, domain.China)), key("k2")).want(201)

	// Withdrawn consent ends booking, not seeing.
	c.call("DELETE", "/api/v1/me/consents/"+privacy.text("version"), nil).want(200)
	c.call("POST", "/api/v1/appointments", booking(tomorrow(11, 0)), key("k3")).refused(422, "consent_required")
	c.call("GET", "/api/v1/appointments/"+id, nil).want(200)
}

func TestAnAppointmentFromArrivalToTheEnd(t *testing.T) {
	w := newWorld(t)
	c := w.as("demo-resident-1")
	first := c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("a")).want(201).text("id")
	second := c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 30), "channel", "phone"), key("b")).want(201).text("id")
	c.call("POST", "/api/v1/appointments", booking(tomorrow(10, 0)), key("c")).refused(409, "too_many_open")
	c.call("POST", "/api/v1/appointments/"+first+"/arrive", nil).refused(409, "too_early")
	w.settle()

	w.goTo(tomorrow(9, 0))
	w.people = map[string]*client{} // their tokens have expired
	c.call("GET", "/api/v1/me", nil).refused(401, "token_expired")
	c, town := w.as("demo-resident-1"), w.as("demo-town-1")
	adv := w.as("demo-advisor-1")
	if a := c.call("POST", "/api/v1/appointments/"+first+"/arrive", nil).want(200); a.text("status") != "arrived" {
		t.Errorf("arrived: %s", a.body)
	}
	c.call("POST", "/api/v1/appointments/"+first+"/complete", nil).refused(403, "forbidden")
	if a := adv.call("POST", "/api/v1/appointments/"+first+"/complete", nil).want(200); a.text("status") != "done" {
		t.Errorf("done: %s", a.body)
	}
	miss := "/api/v1/appointments/" + second + "/miss"
	adv.call("POST", miss, map[string]any{"by": "resident"}).refused(409, "too_early")
	w.goTo(tomorrow(9, 40))
	adv.call("POST", miss, map[string]any{"by": "mayor"}, malformed).refused(422, "invalid_fields", "by unknown")
	adv.call("POST", miss, map[string]any{"by": "advisor"}).refused(422, "invalid_fields", "by other_side_only")
	if a := adv.call("POST", miss, map[string]any{"by": "resident", "reason": "没有接电话"}).want(200); a.at("missed_by") != "resident" {
		t.Errorf("missed: %s", a.body)
	}
	w.settle()
	if a := c.call("GET", "/api/v1/notices", nil).want(200); !slices.Contains(a.texts("items", "kind"), "please_rate") || !slices.Contains(a.texts("items", "kind"), "missed") {
		t.Errorf("the villager is told %s", a.body)
	}
	town.call("POST", "/api/v1/appointments/"+first+"/confirm", nil).refused(409, "wrong_status")
	c.call("POST", "/api/v1/appointments/"+first+"/reschedule", map[string]any{"start": tomorrow(11, 0).Format(time.RFC3339)}).refused(409, "wrong_status")
}

func TestAHeldBookingIsConfirmed(t *testing.T) {
	w := newWorld(t)
	var misses []domain.MissedTurn
	for i := range domain.MissesToHold {
		misses = append(misses, domain.MissedTurn{Appointment: fmt.Sprint("old-", i), At: monday.AddDate(0, 0, -1-i)})
	}
	insert(w, w.data.Sheets, domain.Sheet{Meta: meta("resident-1"), Misses: misses})
	held := w.as("demo-resident-1").call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("a")).want(201)
	if held.text("status") != "held" {
		t.Errorf("held: %s", held.body)
	}
	w.as("demo-resident-1").call("POST", "/api/v1/appointments/"+held.text("id")+"/confirm", nil).refused(403, "forbidden")
	if a := w.as("demo-town-1").call("POST", "/api/v1/appointments/"+held.text("id")+"/confirm", nil).want(200); a.text("status") != "booked" {
		t.Errorf("confirmed: %s", a.body)
	}
}

func TestForANeighbour(t *testing.T) {
	w := newWorld(t)
	neighbour := w.as("demo-resident-2")
	p, err := w.data.People.Get(t.Context(), neighbour.id)
	if err != nil {
		t.Fatal(err)
	}
	neighbour.call("PUT", "/api/v1/me", map[string]any{"phone": p.Phone.Reveal(), "name": p.Name.Reveal()}).want(200)
	book := booking(tomorrow(9, 0), "channel", "home", "address", address, "for", map[string]any{"name": p.Name.Reveal(), "phone": p.Phone.Reveal()})
	made := w.as("demo-resident-1").call("POST", "/api/v1/appointments", book, key("a")).want(201)
	if made.text("resident") != neighbour.id || made.text("booked_by") != "resident-1" || made.at("for_other") != true || made.text("address") != address {
		t.Errorf("booked for a neighbour: %s", made.body)
	}
	// The neighbour is told and may cancel; a phone that was only typed does
	// not show them what it is about.
	seen := neighbour.call("GET", "/api/v1/appointments/"+made.text("id"), nil).want(200)
	if strings.Contains(string(seen.body), topic) || !slices.Contains(stringsOf(seen.list("can")), "cancel") {
		t.Errorf("the neighbour sees %s", seen.body)
	}
	neighbour.call("POST", "/api/v1/appointments/"+made.text("id")+"/cancel", nil).want(200)

	stranger := booking(tomorrow(9, 0), "for", map[string]any{"name": "郝远客", "phone": "13512345678"})
	keep("郝远客", "13512345678")
	if a := w.as("demo-cadre-1").call("POST", "/api/v1/appointments", stranger, key("b")).want(201); a.at("resident") != nil {
		t.Errorf("for somebody who is not of the system: %s", a.body)
	}
	w.as("demo-town-1").call("POST", "/api/v1/appointments", booking(tomorrow(10, 0)), key("c")).refused(422, "invalid_fields", "for required")
}

// What the people of the village see of others is exactly this.
func TestTheVillageSeesTimePlaceAndChannel(t *testing.T) {
	w := newWorld(t)
	id := w.as("demo-resident-1").call("POST", "/api/v1/appointments", booking(tomorrow(9, 0), "details", details), key("a")).want(201).text("id")
	secret := w.as("demo-resident-1").call("POST", "/api/v1/appointments", booking(tomorrow(9, 30), "concerns_village", true), key("b")).want(201)
	if secret.text("office") != townA {
		t.Errorf("a matter that concerns the village offers no office: %s", secret.body)
	}
	w.settle()
	for _, code := range []string{"demo-cadre-1", "demo-collaborator-1"} {
		c := w.as(code)
		want := map[string]any{"id": id, "status": "booked", "village": villageA, "start": "2026-11-24T09:00:00+08:00",
			"end": "2026-11-24T09:30:00+08:00", "channel": "visit"}
		if diff := cmp.Diff(want, c.call("GET", "/api/v1/appointments/"+id, nil).want(200).json); diff != "" {
			t.Errorf("%s sees:\n%s", code, diff)
		}
		if diff := cmp.Diff([]any{want}, c.call("GET", "/api/v1/appointments", nil).want(200).list("items")); diff != "" {
			t.Errorf("%s sees in the list:\n%s", code, diff)
		}
		c.call("GET", "/api/v1/appointments/"+secret.text("id"), nil).refused(404, "not_found")
		c.call("POST", "/api/v1/appointments/"+id+"/cancel", map[string]any{"reason": "村里有事"}).refused(403, "forbidden")
	}
	w.as("demo-cadre-2").call("GET", "/api/v1/appointments/"+id, nil).refused(404, "not_found")
}

func TestTheOfficeOpensAMatterWithAPurpose(t *testing.T) {
	w := newWorld(t)
	c, town := w.as("demo-resident-1"), w.as("demo-town-1")
	made := c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0), "details", details, "other_party", otherParty), key("a")).want(201)
	id := made.text("id")
	w.settle()
	hidden := []string{topic, details, otherParty, "王秀英", made.text("phone"), purpose}
	holds := func(a *answer) (found []string) {
		for _, s := range hidden {
			if strings.Contains(string(a.body), s) {
				found = append(found, s)
			}
		}
		return found
	}
	for _, a := range []*answer{
		town.call("GET", "/api/v1/appointments/"+id, nil).want(200),
		town.call("GET", "/api/v1/appointments", nil).want(200),
		w.as("demo-district-1").call("GET", "/api/v1/appointments?from=2026-11-01&to=2026-11-30", nil).want(200),
	} {
		if found := holds(a); len(found) > 0 || !strings.Contains(string(a.body), id) {
			t.Errorf("%s: the office sees %v: %s", a.what, found, a.body)
		}
	}
	open := "/api/v1/appointments/" + id + "/open"
	town.call("POST", open, map[string]any{"purpose": "  "}).refused(422, "invalid_fields", "purpose required")
	town.call("POST", open, map[string]any{"purpose": strings.Repeat("长", 201)}, malformed).refused(422, "invalid_fields", "purpose too_long")
	if a := town.call("POST", open, map[string]any{"purpose": purpose}).want(200); a.text("topic") != topic || a.text("name") != "王秀英" {
		t.Errorf("opened: %s", a.body)
	}
	page, err := w.data.Audit.Get(t.Context(), string(domain.DayOf(w.now())))
	if err != nil || len(page.Items) != 1 || page.Items[0].Purpose.Reveal() != purpose || page.Items[0].Subject != id {
		t.Errorf("the audit trail holds %+v, %v", page.Items, err)
	}
	// What a villager says when cancelling is content as well.
	keep("对方已经把钱还了")
	c.call("POST", "/api/v1/appointments/"+id+"/cancel", map[string]any{"reason": "对方已经把钱还了"}).want(200)
	if a := town.call("GET", "/api/v1/appointments/"+id, nil).want(200); strings.Contains(string(a.body), "对方已经把钱还了") {
		t.Errorf("the office sees why a villager cancelled: %s", a.body)
	}
}

func TestWhenTheAdvisorCancels(t *testing.T) {
	w := newWorld(t)
	c, adv := w.as("demo-resident-1"), w.as("demo-advisor-1")
	id := c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("a")).want(201).text("id")
	cancel := "/api/v1/appointments/" + id + "/cancel"
	adv.call("POST", cancel, nil).refused(422, "invalid_fields", "reason required")
	adv.call("POST", cancel, map[string]any{"reason": "临时开庭"}).want(200)
	seen := c.call("GET", "/api/v1/appointments/"+id, nil).want(200)
	last := seen.list("events")[1].(map[string]any)
	if len(seen.list("slots")) != 3 || last["reason"] != "临时开庭" || last["by"] != "advisor" {
		t.Errorf("the villager sees %s", seen.body)
	}
}

func TestAConflictOfInterestOffersOthers(t *testing.T) {
	w := newWorld(t)
	a := w.as("demo-resident-1").call("POST", "/api/v1/appointments", booking(tomorrow(9, 0), "other_party", "北山村委会"), key("a"))
	a.refused(409, "conflict_of_interest")
	if a.text("office") != townA || a.at("advisors") == nil {
		t.Errorf("offered: %s", a.body)
	}
}

func TestClosures(t *testing.T) {
	w := newWorld(t)
	c, adv := w.as("demo-resident-1"), w.as("demo-advisor-1")
	id := c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("a")).want(201).text("id")
	days := map[string]any{"from": "2026-11-24", "to": "2026-11-24", "reason": "开庭"}
	dry := adv.call("POST", "/api/v1/me/closures?dry_run=true", days).want(200)
	if got := dry.texts("orphaned", "appointment"); !slices.Equal(got, []string{id}) {
		t.Errorf("tried: %s", dry.body)
	}
	if a := adv.call("GET", "/api/v1/me/closures", nil).want(200); len(a.list("items")) != 0 {
		t.Errorf("a trial made a closure: %s", a.body)
	}
	adv.call("POST", "/api/v1/me/closures", days).refused(400, "idempotency_key_required")
	made := adv.call("POST", "/api/v1/me/closures", days, key("c1")).want(201)
	if made.text("from") != "2026-11-24" || made.text("to") != "2026-11-24" || !slices.Equal(made.texts("orphaned", "appointment"), []string{id}) {
		t.Errorf("closed: %s", made.body)
	}
	again := adv.call("POST", "/api/v1/me/closures", days, key("c1")).want(201)
	if string(again.body) != string(made.body) {
		t.Errorf("closed again: %s", again.body)
	}
	adv.call("POST", "/api/v1/me/closures", map[string]any{"from": "2026-11-24", "to": "2026-11-25", "reason": "开庭"}, key("c1")).refused(422, "idempotency_reused")
	hours := adv.call("POST", "/api/v1/me/closures", map[string]any{"from": "2026-11-26T09:00:00+08:00", "to": "2026-11-26T02:00:00Z", "reason": "就医"}, key("c2")).want(201)
	if hours.text("from") != "2026-11-26T09:00:00+08:00" || hours.text("to") != "2026-11-26T10:00:00+08:00" {
		t.Errorf("closed for an hour: %s", hours.body)
	}
	slots := c.call("GET", "/api/v1/advisors/"+mainAdvisor+"/slots?from=2026-11-26&to=2026-11-26&village="+villageA+"&channel=visit", nil).want(200)
	if got := slots.texts("items", "start"); len(got) != 4 || got[0] != "2026-11-26T10:00:00+08:00" {
		t.Errorf("slots of a closed morning: %v", got)
	}
	for _, bad := range []struct {
		from, to string
		fields   []string
	}{
		{"2026-11-25", "2026-11-24", []string{"to bad_range"}},
		{"2026-11-01", "2026-11-02", []string{"to past"}},
		{"2026-11-25", "2026-11-26T09:00:00+08:00", []string{"from bad_time"}},
		{"gestern", "morgen", []string{"from bad_time", "to bad_time"}},
		{"", "2026-11-26T09:00:00+08:00", []string{"from required"}},
	} {
		adv.call("POST", "/api/v1/me/closures", map[string]any{"from": bad.from, "to": bad.to, "reason": "开庭"}, key("bad"), malformed).
			refused(422, "invalid_fields", bad.fields...)
	}
	w.settle()
	if a := c.call("GET", "/api/v1/appointments/"+id, nil).want(200); a.at("orphaned") != true || a.text("status") != "booked" {
		t.Errorf("the orphan is %s", a.body)
	}
	if a := c.call("GET", "/api/v1/notices", nil).want(200); a.texts("items", "kind")[0] != "orphaned" {
		t.Errorf("the villager is told %s", a.body)
	}
	if a := w.as("demo-advisor-2").call("GET", "/api/v1/notices", nil).want(200); !slices.Contains(a.texts("items", "kind"), "turn_offered") {
		t.Errorf("the stand-in is told %s", a.body)
	}
	adv.call("DELETE", "/api/v1/me/closures/"+made.text("id"), nil).want(200)
	adv.call("DELETE", "/api/v1/me/closures/"+made.text("id"), nil).refused(404, "not_found")
	w.settle()
	if a := c.call("GET", "/api/v1/appointments/"+id, nil).want(200); a.at("orphaned") != false {
		t.Errorf("after the closure is gone: %s", a.body)
	}
}

func TestTheSchedule(t *testing.T) {
	w := newWorld(t)
	c, adv := w.as("demo-resident-1"), w.as("demo-advisor-1")
	id := c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("a")).want(201).text("id")
	before := adv.call("GET", "/api/v1/me/schedule", nil).want(200)
	if len(before.list("shifts")) != 10 || before.at("horizon_days") != 30.0 || before.at("rev") != 0.0 {
		t.Fatalf("the schedule: %s", before.body)
	}
	edit := map[string]any{"rev": 0, "daily_max": 4, "shifts": []any{
		map[string]any{"village": villageA, "channels": []string{"visit", "phone"}, "weekday": 3, "from": "09:00", "to": "11:00"}},
		"openings": []any{map[string]any{"village": villageB, "channels": []string{"visit"}, "day": "2026-11-28", "from": "13:00", "to": "24:00", "slot_minutes": 60}}}
	dry := adv.call("PUT", "/api/v1/me/schedule?dry_run=true", edit).want(200)
	if got := dry.texts("orphaned", "appointment"); !slices.Equal(got, []string{id}) {
		t.Errorf("tried: %s", dry.body)
	}
	if a := adv.call("GET", "/api/v1/me/schedule", nil).want(200); string(a.body) != string(before.body) {
		t.Errorf("a trial changed the schedule: %s", a.body)
	}
	after := adv.call("PUT", "/api/v1/me/schedule", edit).want(200)
	shift := after.list("shifts")[0].(map[string]any)
	if after.at("rev") != 1.0 || after.at("daily_max") != 4.0 || after.at("horizon_days") != 30.0 || shift["slot_minutes"] != 30.0 || len(after.list("orphaned")) != 1 {
		t.Errorf("changed: %s", after.body)
	}
	adv.call("PUT", "/api/v1/me/schedule", edit).refused(409, "stale")
	edit["rev"] = 1
	for _, bad := range []struct {
		field  string
		value  any
		faults []string
	}{
		{"rev", nil, []string{"rev required"}},
		{"horizon_days", 91, []string{"horizon_days out_of_range"}},
		{"shifts", []any{map[string]any{"village": villageFar, "channels": []string{"fax"}, "weekday": 8, "from": "9", "to": "11:00"}},
			[]string{"shifts[0].from bad_time"}},
		{"shifts", []any{map[string]any{"village": villageFar, "channels": []string{"visit", "visit"}, "weekday": 8, "from": "09:00", "to": "11:00", "slot_minutes": 1}},
			[]string{"shifts[0].weekday out_of_range", "shifts[0].village not_served", "shifts[0].channels repeated", "shifts[0].slot_minutes out_of_range"}},
		{"openings", []any{map[string]any{"village": villageA, "channels": []string{"visit"}, "day": "2026-02-30", "from": "09:00", "to": "11:00"}},
			[]string{"openings[0].day bad_day"}},
	} {
		body := maps.Clone(edit)
		body[bad.field] = bad.value
		adv.call("PUT", "/api/v1/me/schedule", body, malformed).refused(422, "invalid_fields", bad.faults...)
	}
	if a := w.nobody().call("GET", "/api/v1/advisors/"+mainAdvisor, nil).want(200); len(a.list("service_times")) != 1 {
		t.Errorf("the card shows %s", a.body)
	}
}

// In a year without a table the slots follow the weekly shifts, and the answer
// says so.
func TestAYearWithoutATable(t *testing.T) {
	w := newWorld(t)
	a := w.nobody().call("GET", "/api/v1/advisors/"+mainAdvisor+"/slots?from=2026-12-20&to=2027-01-05", nil).want(200)
	if got := a.at("calendar_missing"); !cmp.Equal(got, []any{2027.0}) {
		t.Errorf("missing: %v", got)
	}
	w.goTo(time.Date(2026, 12, 28, 8, 0, 0, 0, domain.China))
	a = w.nobody().call("GET", "/api/v1/advisors/"+mainAdvisor+"/slots?from=2027-01-01&to=2027-01-01", nil).want(200)
	if len(a.list("items")) == 0 { // a Friday
		t.Errorf("no slots in 2027: %s", a.body)
	}
	if made := w.as("demo-resident-1").call("POST", "/api/v1/appointments", booking(time.Date(2027, 1, 1, 9, 0, 0, 0, domain.China)), key("a")); made.status != 201 {
		t.Errorf("booking stops at New Year: %s", made.body)
	}
	w.settle()
	if a := w.as("demo-district-1").call("GET", "/api/v1/notices", nil).want(200); !slices.Contains(a.texts("items", "kind"), "calendar_missing") {
		t.Errorf("the office is told %s", a.body)
	}
}

func TestTheWaitingList(t *testing.T) {
	w := newWorld(t)
	c, other := w.as("demo-resident-1"), w.as("demo-resident-2")
	id := c.call("POST", "/api/v1/appointments", booking(tomorrow(9, 0)), key("a")).want(201).text("id")
	wish := map[string]any{"advisor": mainAdvisor, "village": villageA, "from": "2026-11-24", "to": "2026-11-25"}
	made := other.call("POST", "/api/v1/waitlist", wish, key("w1")).want(201)
	if made.at("channel") != nil || made.text("from") != "2026-11-24" {
		t.Errorf("waits: %s", made.body)
	}
	if again := other.call("POST", "/api/v1/waitlist", wish, key("w1")).want(201); string(again.body) != string(made.body) {
		t.Errorf("waits twice: %s", again.body)
	}
	other.call("POST", "/api/v1/waitlist", map[string]any{"advisor": mainAdvisor, "village": villageB}, key("w1")).refused(422, "idempotency_reused")
	other.call("POST", "/api/v1/waitlist", map[string]any{"advisor": "nobody", "village": villageA}, key("w2")).refused(422, "invalid_fields", "advisor unknown")
	other.call("POST", "/api/v1/waitlist", map[string]any{"advisor": mainAdvisor, "village": villageFar, "from": "x", "to": "2026-11-25"}, key("w3"), malformed).
		refused(422, "invalid_fields", "from bad_day")
	c.call("POST", "/api/v1/appointments/"+id+"/cancel", nil).want(200)
	w.settle()
	if a := other.call("GET", "/api/v1/notices", nil).want(200); !slices.Equal(a.texts("items", "kind"), []string{"slot_freed"}) {
		t.Errorf("told: %s", a.body)
	}
	if a := other.call("GET", "/api/v1/waitlist", nil).want(200); len(a.list("items")) != 1 {
		t.Errorf("the list: %s", a.body)
	}
	other.call("DELETE", "/api/v1/waitlist/"+made.text("id"), nil).want(200)
	other.call("DELETE", "/api/v1/waitlist/"+made.text("id"), nil).refused(404, "not_found")
}

// A walk by cursor gives every item once, whatever the page's length.
func TestListsAreWalkedByCursor(t *testing.T) {
	w := newWorld(t)
	c := w.as("demo-resident-1")
	var appointments, notices []string
	var attended []domain.Attended
	inbox := domain.Inbox{Meta: meta("resident-1")}
	for i := range 23 {
		id := fmt.Sprintf("walk-%02d", i)
		start := monday.AddDate(0, 0, -i/2) // two at one time
		w.appointment(id, mainAdvisor, "resident-1", villageA, domain.Done, start, false)
		attended = append(attended, domain.Attended{Appointment: id, Start: start})
		appointments = append(appointments, id)
		inbox.Items = append(inbox.Items, domain.Notice{ID: "n-" + id, Kind: domain.NoticeBooked, At: start})
		notices = append(notices, "n-"+id)
	}
	insert(w, w.data.Journals, domain.Journal{Meta: meta("resident-1"), Items: attended})
	insert(w, w.data.Inboxes, inbox)
	slices.Reverse(notices)
	for path, want := range map[string][]string{
		"/api/v1/appointments": appointments, "/api/v1/notices": notices,
		"/api/v1/villages?q=" + url.QueryEscape("村委会"): {villageA, villageB, villageC, villageFar},
	} {
		for _, limit := range []int{1, 2, 5, 23, 100} {
			var got []string
			for cursor, pages := "", 0; ; pages++ {
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				a := c.call("GET", fmt.Sprintf("%s%slimit=%d&cursor=%s", path, sep, limit, url.QueryEscape(cursor)), nil).want(200)
				ids := a.texts("items", "id")
				if strings.Contains(path, "villages") {
					ids = a.texts("items", "code")
				}
				if len(ids) > limit || len(ids) == 0 || pages > 30 {
					t.Fatalf("%s: page %d has %d items", a.what, pages, len(ids))
				}
				got = append(got, ids...)
				if cursor = a.text("next"); cursor == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s by %d:\n%s", path, limit, diff)
			}
		}
	}
	for i := range 3 {
		day := fmt.Sprintf("2026-12-%02d", 10+i)
		w.as("demo-advisor-1").call("POST", "/api/v1/me/closures", map[string]any{"from": day, "to": day, "reason": "开庭"}, key("close"+day)).want(201)
		c.call("POST", "/api/v1/waitlist", map[string]any{"advisor": mainAdvisor, "village": villageA, "from": "2026-11-26", "to": day}, key("wait"+day)).want(201)
	}
	for path, who := range map[string]*client{"/api/v1/me/closures": w.as("demo-advisor-1"), "/api/v1/waitlist": c} {
		first := who.call("GET", path+"?limit=2", nil).want(200)
		second := who.call("GET", path+"?limit=2&cursor="+url.QueryEscape(first.text("next")), nil).want(200)
		ids := append(first.texts("items", "id"), second.texts("items", "id")...)
		slices.Sort(ids)
		if len(slices.Compact(ids)) != 3 || second.text("next") != "" {
			t.Errorf("%s by two: %s then %s", path, first.body, second.body)
		}
		who.call("GET", path+"?limit=x", nil, malformed).refused(422, "invalid_fields", "limit bad_limit")
		who.call("GET", path+"?cursor=eA", nil).refused(400, "bad_cursor", "cursor bad_code")
	}
	if a := c.call("GET", "/api/v1/appointments", nil).want(200); len(a.list("items")) != 20 {
		t.Errorf("a page without a limit has %d items", len(a.list("items")))
	}
	for _, bad := range []string{"!", "x", "eA", base64.RawURLEncoding.EncodeToString([]byte("1|")), base64.RawURLEncoding.EncodeToString([]byte("01|a")),
		base64.StdEncoding.EncodeToString([]byte("1|a??>")), strings.Repeat("e", 300)} {
		c.call("GET", "/api/v1/appointments?cursor="+url.QueryEscape(bad), nil, malformed).refused(400, "bad_cursor", "cursor bad_code")
		c.call("GET", "/api/v1/villages?cursor="+url.QueryEscape(bad), nil, malformed).refused(400, "bad_cursor", "cursor bad_code")
	}
}

func TestBindingAndTheEndOfSessions(t *testing.T) {
	w := newWorld(t)
	guest := w.login("demo-cadre-9") // a login that no roster knows: a resident
	if a := guest.call("GET", "/api/v1/me", nil).want(200); a.text("kind") != "resident" {
		t.Fatalf("an unknown login is %s", a.body)
	}
	town := w.as("demo-town-1")
	town.call("POST", "/api/v1/people/advisor-unbound/bind-codes", nil, malformed).refused(400, "idempotency_key_required")
	code := town.call("POST", "/api/v1/people/advisor-unbound/bind-codes", nil, key("b1")).want(201)
	keep(code.text("code"))
	if again := town.call("POST", "/api/v1/people/advisor-unbound/bind-codes", nil, key("b1")).want(201); string(again.body) != string(code.body) {
		t.Errorf("the same request got %s, then %s", code.body, again.body)
	}
	guest.call("POST", "/api/v1/me/bind", map[string]any{"code": "NOSUCHCODE"}).refused(422, "invalid_fields", "code bad_bind_code")
	typed := strings.ToLower(code.text("code")[:5] + "-" + code.text("code")[5:])
	bound := guest.call("POST", "/api/v1/me/bind", map[string]any{"code": typed}).want(200)
	if bound.text("person", "id") != "advisor-unbound" || bound.text("person", "kind") != "cadre" {
		t.Errorf("bound: %s", bound.body)
	}
	keep(bound.text("token"))
	guest.call("GET", "/api/v1/me", nil).refused(401, "token_revoked")
	guest.token = bound.text("token")
	guest.call("GET", "/api/v1/me", nil).want(200)
	w.login("demo-resident-50").call("POST", "/api/v1/me/bind", map[string]any{"code": typed}).refused(422, "invalid_fields", "code bad_bind_code")

	w.as("demo-security-1").call("DELETE", "/api/v1/people/advisor-unbound/sessions", nil).want(200)
	guest.call("GET", "/api/v1/me", nil).refused(401, "token_revoked")
	c := w.login("demo-resident-1")
	c.call("DELETE", "/api/v1/me/sessions", nil).want(200)
	c.call("GET", "/api/v1/me", nil).refused(401, "token_revoked")

	// Elsewhere a token is remembered for less than five seconds.
	c = w.login("demo-resident-1")
	c.call("GET", "/api/v1/me", nil).want(200)
	if _, err := w.data.People.Update(t.Context(), c.id, func(p *domain.Person) error { p.Tokens++; return nil }); err != nil {
		t.Fatal(err)
	}
	w.pass(5 * time.Second)
	c.call("GET", "/api/v1/me", nil).refused(401, "token_revoked")
}

func TestTheDemoClock(t *testing.T) {
	w := newWorld(t)
	a := w.nobody().call("POST", "/demo/clock", map[string]any{"offset_seconds": 86400}).want(200)
	if a.text("now") != "2026-11-24T08:00:00+08:00" || !w.now().Equal(w.start.AddDate(0, 0, 1)) {
		t.Errorf("moved to %s", a.body)
	}
	w.nobody().call("POST", "/demo/clock", map[string]any{}, malformed).refused(422, "invalid_fields", "offset_seconds required")
	w.nobody().call("POST", "/demo/clock", map[string]any{"offset_seconds": 157680001}, malformed).refused(422, "invalid_fields", "offset_seconds out_of_range")
}

func TestThePrivacyTextIsTheOneThatIsConsentedTo(t *testing.T) {
	w := newWorld(t)
	a := w.nobody().call("GET", "/api/v1/privacy", nil).want(200)
	if a.text("version") != services.PrivacyVersion || !strings.Contains(a.text("text"), "隐私政策") {
		t.Errorf("privacy: %s", a.body)
	}
}

func stringsOf(all []any) []string {
	var out []string
	for _, v := range all {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

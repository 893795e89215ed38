package services_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
)

// signedIn answers the sign-ins of a day: "110116101201 place".
func (w *world) signedIn(lawyer domain.Actor, day domain.Day) []string {
	w.Helper()
	d, err := w.data.SignIns.Get(w.ctx, lawyer.ID+"|"+string(day))
	if why(err) == "not_found" {
		return nil
	}
	w.must(err)
	var all []string
	for _, in := range d.Items {
		all = append(all, in.Village+" "+string(in.Way))
	}
	return all
}

// here is where the committee of 北房村 sits, in these tests.
const hereLat, hereLon = 40.3162, 116.6318

// placed lets the office enter where 北房村 is.
func (w *world) placed() {
	w.Helper()
	text := fmt.Sprintf("统计代码,村居,街乡,区县,纬度,经度\n%s,北房村委会,北房镇,怀柔区,%v,%v\n", beifang, hereLat, hereLon)
	table, err := sheetfile.Read(strings.NewReader(text), int64(len(text)))
	w.must(err)
	report, err := importer(w.data).Villages(w.ctx, table, false)
	w.must(err)
	if !report.Sound() {
		w.Fatal(report.Faults)
	}
}

// signing is a sign-in in 北房村, right now, by place.
func (w *world) signing(more ...func(*services.SignInRequest)) services.SignInRequest {
	lat, lon := hereLat, hereLon
	req := services.SignInRequest{Key: fmt.Sprint("key ", w.keys.Add(1)), Village: beifang, Way: domain.ByPlace, At: w.clock.now(), Lat: &lat, Lon: &lon}
	for _, m := range more {
		m(&req)
	}
	return req
}

func metresNorth(m float64) func(*services.SignInRequest) {
	return func(r *services.SignInRequest) { *r.Lat += m / 111_195 } // a degree of the meridian
}

func accurate(m int) func(*services.SignInRequest) {
	return func(r *services.SignInRequest) { r.Accuracy = m }
}

func way(v domain.Way) func(*services.SignInRequest) {
	return func(r *services.SignInRequest) { r.Way, r.Lat, r.Lon = v, nil, nil }
}

func madeAt(text string) func(*services.SignInRequest) {
	return func(r *services.SignInRequest) { r.At = at(text) }
}

func TestAnAdvisorSignsInByPlace(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		_, before, err := w.signIns.Add(w.ctx, lawyer, w.signing())
		w.must(err)
		if before.Measured || before.Inside || before.Distance != 0 {
			w.Errorf("nobody knows where the village is, and it is measured: %+v", before)
		}
		w.placed()
		for _, c := range []struct {
			metres   float64
			accuracy int
			inside   bool
		}{
			{0, 0, true}, {499, 0, true}, {510, 0, false}, {600, 120, true}, {690, 200, true}, {720, 200, false}, {720, 5000, false}, {90_000, 10, false},
		} {
			who, made, err := w.signIns.Add(w.ctx, lawyer, w.signing(metresNorth(c.metres), accurate(c.accuracy)))
			w.must(err)
			off := float64(made.Distance) - c.metres
			if who != lawyer.ID || !made.Measured || made.Inside != c.inside || off < -3 || off > 3 {
				w.Errorf("%v m away, accurate to %d: %+v", c.metres, c.accuracy, made)
			}
			if made.By != lawyer.ID || made.ByKind != domain.AdvisorKind || made.Way != domain.ByPlace || !made.Claimed.Equal(made.Received) {
				w.Errorf("it says %+v", made)
			}
		}
		w.settled()
	})
}

// What came later from a telephone without network carries both times.
func TestASignInThatComesLater(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		_, made, err := w.signIns.Add(w.ctx, lawyer, w.signing(madeAt("11-20 09:00")))
		w.must(err)
		if !made.Claimed.Equal(at("11-20 09:00")) || !made.Received.Equal(morning) {
			w.Errorf("claimed %v, received %v", made.Claimed, made.Received)
		}
		w.equal("that day", w.signedIn(lawyer, "2026-11-20"), beifang+" place")
		w.equal("today", w.signedIn(lawyer, "2026-11-23"))
		for text, reason := range map[string]string{
			"11-23 08:05": "", "11-23 08:06": "at:future", "11-16 08:00": "", "11-16 07:59": "at:too_old", "12-25 08:00": "at:future",
		} {
			_, _, err := w.signIns.Add(w.ctx, lawyer, w.signing(madeAt(text)))
			if why(err) != reason {
				w.Errorf("made at %s: refused by %q, want %q", text, why(err), reason)
			}
		}
	})
}

func TestAnAdvisorSignsInByCode(t *testing.T) {
	each(t, func(w *world) {
		lawyer, cadre := w.advisor("lawyer", post(beifang, domain.Main), post(weili, domain.Main)), w.villager(domain.Cadre, "cadre", beifang)
		code, err := w.signIns.Code(w.ctx, cadre, beifang)
		w.must(err)
		if !strings.HasPrefix(code, "vc1."+beifang+".") {
			w.Errorf("the code says %q", code)
		}
		signed := func(village, code string) error {
			_, _, err := w.signIns.Add(w.ctx, lawyer, w.signing(way(domain.ByCode), func(r *services.SignInRequest) { r.Village, r.Code = village, code }))
			return err
		}
		w.must(signed(beifang, code))
		for _, wrong := range []string{"", "vc1." + beifang, code + "x", strings.Replace(code, beifang, weili, 1)} {
			w.refused(signed(beifang, wrong), "code:bad_code")
		}
		w.refused(signed(weili, code), "code:bad_code")
		w.equal("the sign-ins", w.signedIn(lawyer, "2026-11-23"), beifang+" code")
	})
}

func TestWhoPrintsTheVillagesCode(t *testing.T) {
	each(t, func(w *world) {
		for _, c := range []struct {
			who    domain.Actor
			reason string
		}{
			{w.villager(domain.Cadre, "cadre", beifang), ""},
			{w.staff(domain.TownStaff, "town", "110116101"), ""},
			{w.staff(domain.DistrictKind, "district", "110116"), ""},
			{w.villager(domain.Cadre, "next", weili), "not_found"},
			{w.staff(domain.TownStaff, "next town", "110116102"), "not_found"},
			{w.staff(domain.DistrictKind, "next district", "110117"), "not_found"},
			{w.villager(domain.Collaborator, "helper", beifang), "forbidden"},
			{w.advisor("lawyer", post(beifang, domain.Main)), "forbidden"},
			{w.resident("wang", "王小明"), "forbidden"},
			{domain.Actor{}, "forbidden"},
		} {
			_, err := w.signIns.Code(w.ctx, c.who, beifang)
			w.refused(err, c.reason)
		}
		_, err := w.signIns.Code(w.ctx, domain.Actor{ID: "district", Kind: domain.DistrictKind, Area: "110116"}, "110116101999")
		w.refused(err, "not_found")
	})
}

func TestAnAdvisorSignsInByPhoto(t *testing.T) {
	each(t, func(w *world) {
		all := w.everybody()
		lawyer, second := all[0], all[5]
		mine, paper, theirs := w.uploaded(lawyer, "key", photo(1)), w.uploaded(lawyer, "paper", scan()), w.uploaded(second, "key", photo(1))
		sign := func(id string) error {
			_, _, err := w.signIns.Add(w.ctx, lawyer, w.signing(way(domain.ByPhoto), func(r *services.SignInRequest) { r.Photo = id }))
			return err
		}
		w.refused(sign(""), "photo:required")
		w.refused(sign("none"), "photo:unknown_file")
		w.refused(sign(theirs.ID), "photo:unknown_file")
		w.refused(sign(paper.ID), "photo:unknown_file")
		w.must(sign(mine.ID))
		w.equal("it opens for", w.opened(mine.ID, all...), "lawyer", "town", "district")
		w.clock.set(at("11-24 08:00"))
		w.refused(sign(mine.ID), "photo:unknown_file") // it shows another day
	})
}

func TestACadreVouchesForAnAdvisor(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		w.advisor("elsewhere", post(weili, domain.Main))
		cadre := w.villager(domain.Cadre, "cadre", beifang)
		vouch := func(who domain.Actor, more ...func(*services.SignInRequest)) (string, domain.SignIn, error) {
			more = append([]func(*services.SignInRequest){way(domain.ByCadre), func(r *services.SignInRequest) { r.Advisor = "lawyer" }}, more...)
			return w.signIns.Add(w.ctx, who, w.signing(more...))
		}
		who, made, err := vouch(cadre, func(r *services.SignInRequest) {
			lat, lon := hereLat, hereLon
			r.Lat, r.Lon, r.Accuracy = &lat, &lon, 10
		})
		w.must(err)
		if who != lawyer.ID || made.By != cadre.ID || made.ByKind != domain.Cadre || made.Point != "" || made.Accuracy != 0 {
			w.Errorf("it is of %s: %+v", who, made)
		}
		w.equal("the sign-ins", w.signedIn(lawyer, "2026-11-23"), beifang+" cadre")
		for name, c := range map[string]struct {
			who    domain.Actor
			more   func(*services.SignInRequest)
			reason string
		}{
			"for nobody":                   {cadre, func(r *services.SignInRequest) { r.Advisor = "" }, "advisor:required"},
			"for one who is none":          {cadre, func(r *services.SignInRequest) { r.Advisor = "none" }, "village:not_served"},
			"for another village's":        {cadre, func(r *services.SignInRequest) { r.Advisor = "elsewhere" }, "village:not_served"},
			"in another village":           {cadre, func(r *services.SignInRequest) { r.Village = weili }, "village:not_yours"},
			"by the code":                  {cadre, way(domain.ByCode), "way:not_yours code:bad_code"},
			"in no way":                    {cadre, way(""), "way:unknown"},
			"an advisor for themself":      {lawyer, func(*services.SignInRequest) {}, "way:not_yours"},
			"an advisor for another":       {lawyer, func(r *services.SignInRequest) { r.Advisor = "elsewhere" }, "way:not_yours"},
			"a mediator":                   {w.villager(domain.Collaborator, "helper", beifang), func(*services.SignInRequest) {}, "forbidden"},
			"the office":                   {w.staff(domain.TownStaff, "town", "110116101"), func(*services.SignInRequest) {}, "forbidden"},
			"a cadre, long after the time": {cadre, madeAt("11-01 08:00"), "at:too_old"},
		} {
			if _, _, err := vouch(c.who, c.more); why(err) != c.reason {
				w.Errorf("%s: refused by %q, want %q", name, why(err), c.reason)
			}
		}
	})
}

func TestWhatASignInMustSay(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		for name, c := range map[string]struct {
			more   func(*services.SignInRequest)
			reason string
		}{
			"no village":              {func(r *services.SignInRequest) { r.Village = "北房村" }, "village:bad_village"},
			"a village not served":    {func(r *services.SignInRequest) { r.Village = weili }, "village:not_served"},
			"a village of nowhere":    {func(r *services.SignInRequest) { r.Village = "999999999999" }, "village:not_served"},
			"before the post began":   {madeAt("11-18 08:00"), "village:not_served"},
			"no time":                 {func(r *services.SignInRequest) { r.At = time.Time{} }, "at:required"},
			"no place":                {func(r *services.SignInRequest) { r.Lat, r.Lon = nil, nil }, "lat:required lon:required"},
			"half a place":            {func(r *services.SignInRequest) { r.Lon = nil }, "lon:required"},
			"the other half":          {func(r *services.SignInRequest) { r.Lat = nil }, "lat:required"},
			"half a place, of a code": {func(r *services.SignInRequest) { r.Way, r.Lat = "cadre", nil }, "way:not_yours lat:required"},
			"a place abroad":          {func(r *services.SignInRequest) { *r.Lat, *r.Lon = 0, 0 }, "lat:out_of_range"},
			"turned round":            {func(r *services.SignInRequest) { *r.Lat, *r.Lon = *r.Lon, *r.Lat }, "lat:out_of_range"},
			"less than nothing":       {accurate(-1), "accuracy:out_of_range"},
			"a whole province":        {accurate(100_001), "accuracy:out_of_range"},
		} {
			_, err := w.data.Diaries.Update(w.ctx, lawyer.ID, func(d *domain.Diary) error { d.Posts[0].From = "2026-11-20"; return nil })
			w.must(err)
			if _, _, err := w.signIns.Add(w.ctx, lawyer, w.signing(c.more)); why(err) != c.reason {
				w.Errorf("%s: refused by %q, want %q", name, why(err), c.reason)
			}
		}
	})
}

func TestASignInSentAgain(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		req := w.signing()
		_, made, err := w.signIns.Add(w.ctx, lawyer, req)
		w.must(err)
		w.clock.add(8 * 24 * time.Hour) // the answer was lost for long
		_, again, err := w.signIns.Add(w.ctx, lawyer, req)
		w.must(err)
		if again.ID != made.ID || !again.Received.Equal(made.Received) {
			w.Errorf("sent again it is %+v", again)
		}
		other := req
		other.Accuracy = 7
		_, _, err = w.signIns.Add(w.ctx, lawyer, other)
		w.refused(err, "idempotency_reused")
		w.equal("the sign-ins", w.signedIn(lawyer, "2026-11-23"), beifang+" place")
	})
}

func TestTwentySignInsADay(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		var last services.SignInRequest
		for range 20 {
			last = w.signing()
			_, _, err := w.signIns.Add(w.ctx, lawyer, last)
			w.must(err)
		}
		_, _, err := w.signIns.Add(w.ctx, lawyer, w.signing())
		w.refused(err, "too_many_sign_ins")
		_, _, err = w.signIns.Add(w.ctx, lawyer, last)
		w.must(err)
		vouched := w.signing()
		vouched.Way, vouched.Advisor, vouched.Lat, vouched.Lon = domain.ByCadre, lawyer.ID, nil, nil
		_, _, err = w.signIns.Add(w.ctx, w.villager(domain.Cadre, "cadre", beifang), vouched)
		w.must(err) // one does not use up another's
		_, _, err = w.signIns.Add(w.ctx, lawyer, w.signing(madeAt("11-22 08:00")))
		w.must(err)
	})
}

// After thirty days nobody can tell where exactly somebody stood; whether it was
// in the village stays.
func TestExactPlacesAreErased(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		w.placed()
		for range 2 {
			_, _, err := w.signIns.Add(w.ctx, lawyer, w.signing(metresNorth(100)))
			w.must(err)
		}
		points := func() (n int) {
			d, err := w.data.SignIns.Get(w.ctx, "lawyer|2026-11-23")
			w.must(err)
			for _, in := range d.Items {
				if in.Point != "" {
					n++
				}
				if !in.Measured || !in.Inside || in.Distance < 97 || in.Distance > 103 {
					w.Errorf("it says %+v", in)
				}
			}
			return n
		}
		w.clock.set(at("12-22 23:00"))
		w.pass()
		if points() != 2 {
			w.Error("erased too early")
		}
		w.clock.set(at("12-23 00:00"))
		w.pass()
		if n := points(); n != 0 {
			w.Errorf("%d are left", n)
		}
	})
}

func TestTheOfficeEntersWhereAVillageIs(t *testing.T) {
	each(t, func(w *world) {
		town := func() domain.Town {
			town, err := w.data.Towns.Get(w.ctx, "110116101")
			w.must(err)
			return town
		}
		const head, row = "统计代码,村居,街乡,区县,纬度,经度\n", beifang + ",北房村委会,北房镇,怀柔区,"
		for name, c := range map[string]struct{ cells, fault string }{
			"no longitude": {"40.3,", "2:经度:required"}, "no latitude": {",116.6", "2:纬度:required"},
			"words": {"北纬,东经", "2:纬度:bad_point"}, "turned round": {"116.6,40.3", "2:纬度:point_abroad"}, "not a number": {"NaN,NaN", "2:纬度:point_abroad"},
		} {
			expectFaults(w.T, name, importText(w.T, importer(w.data), villages, head+row+c.cells+"\n", false), c.fault)
		}
		expect(w.T, "placed", importText(w.T, importer(w.data), villages, head+row+"\uFF14\uFF10.3162,116.6318\n", false), "村居 +0 ~1 =0 -4", "街乡 +0 ~2 =0 -0")
		if v := town().Villages[0]; v.Lat != 40.3162 || v.Lon != 116.6318 {
			w.Errorf("it lies at %v, %v", v.Lat, v.Lon)
		}
		expect(w.T, "again", importText(w.T, importer(w.data), villages, head+row+"40.3162,116.6318\n", false), "村居 +0 ~0 =1 -0", "街乡 +0 ~0 =2 -0")
		expect(w.T, "without", importText(w.T, importer(w.data), villages, head+row+",\n", false), "村居 +0 ~0 =1 -0", "街乡 +0 ~0 =2 -0")
		if v := town().Villages[0]; v.Lat != 40.3162 {
			w.Errorf("what the table leaves out has become %v", v.Lat)
		}
		fresh := strings.Replace(row, beifang, "110116101299", 1)
		importText(w.T, importer(w.data), villages, head+row+",\n"+fresh+"40.5,116.5\n", false)
		i := slices.IndexFunc(town().Villages, func(v domain.Village) bool { return v.Code == "110116101299" })
		if i < 0 || town().Villages[i].Lat != 40.5 {
			w.Error("a new village has no place")
		}
	})
}

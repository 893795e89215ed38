package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What somebody who opens the demo meets: people to be, faces, telephones.
func TestDemoPeople(t *testing.T) {
	p := demo(t).seeded()
	p.start()
	var people struct {
		Items []struct{ Code, Kind, Label string }
	}
	if status := p.ask("GET", "/demo/people", "", "", &people); status != http.StatusOK {
		t.Fatalf("the people answer %d", status)
	}
	var got []string
	for _, who := range people.Items {
		got = append(got, who.Code+" "+who.Label)
		if in := p.login(who.Code); in.Person.Kind != who.Kind {
			t.Errorf("%s is a %s, said to be a %s", who.Code, in.Person.Kind, who.Kind)
		}
	}
	for i, want := range []string{
		"demo-resident-1 村民 · 王秀英 · 富乐社区居委会", "demo-resident-2 村民", "demo-resident-3 村民", "demo-resident-500 新村民",
		"demo-advisor-1 法律顾问 · 邓凯川 · 富乐社区居委会等", "demo-advisor-5 法律顾问 · 佟宗泉", "demo-cadre-1 村干部 · 朱存安 · 富乐社区居委会",
		"demo-collaborator-2 法律明白人 · 黄月安", "demo-collaborator-1 人民调解员 · 武存屏 · 富乐社区居委会",
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("%d is not %s: %v", i, want, got)
		}
	}

	// One village: its resident, its cadre, its mediator and its advisors.
	village := *p.login("demo-resident-1").Person.Village
	for _, code := range []string{"demo-cadre-1", "demo-collaborator-1"} {
		if v := p.login(code).Person.Village; v == nil || *v != village {
			t.Errorf("%s is not of village %s", code, village)
		}
	}
	var advisors struct {
		Items []struct{ ID, Role, Photo string }
	}
	p.ask("GET", "/api/v1/villages/"+village+"/advisors", "", "", &advisors)
	if len(advisors.Items) != 2 || advisors.Items[0].ID != p.login("demo-advisor-1").Person.ID || advisors.Items[1].ID != p.login("demo-advisor-5").Person.ID {
		t.Fatalf("the advisors of village %s: %v", village, advisors.Items)
	}
	for _, a := range advisors.Items {
		if content := p.fetch("/api/v1/advisors/" + a.ID + "/photo"); a.Photo == "" || !bytes.HasPrefix(content, []byte("\x89PNG")) || len(content) > 15<<10 {
			t.Errorf("the photo of %s has %d bytes", a.ID, len(content))
		}
	}
	var card struct {
		Office struct{ Name, Phone string }
	}
	p.ask("GET", "/api/v1/villages/"+village, "", "", &card)
	if card.Office.Name != "泉河街道司法所" || card.Office.Phone != "15400050001" {
		t.Errorf("the office to call: %+v", card.Office)
	}

	// Of a newcomer nothing is known.
	var me struct {
		Name, Phone string
		Village     *string
		Consented   bool
	}
	for _, code := range []string{"demo-resident-500", "demo-resident-599"} {
		if p.ask("GET", "/api/v1/me", p.login(code).Token, "", &me); me.Name != "" || me.Phone != "" || me.Village != nil || me.Consented {
			t.Errorf("%s comes as %+v", code, me)
		}
	}
}

// fetch answers what lies at an address.
func (p *program) fetch(path string) []byte {
	p.t.Helper()
	res, err := http.Get(p.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s answers %d, %v", path, res.StatusCode, err)
	}
	return b
}

// A seeding that is cut off while faces are given out is brought to its end by
// the next, without a face twice.
func TestDemoSeedingIsTakenUp(t *testing.T) {
	p := demo(t).seeded()
	conf, err := readConfig(p.getenv)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close(context.WithoutCancel(t.Context()))
	count := func() (files, faces int) {
		for _, err := range h.data.Files.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			files++
		}
		for a, err := range h.data.Advisors.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if a.Photo != "" {
				faces++
			}
		}
		return files, faces
	}
	if err := h.data.Marks.Delete(t.Context(), seededMark); err != nil {
		t.Fatal(err)
	}
	if err := seed(t.Context(), h, io.Discard); err != nil {
		t.Fatal(err)
	}
	if files, faces := count(); files != 75 || faces != 75 {
		t.Errorf("%d files, %d faces, want 75 of each", files, faces)
	}
}

func TestDemoBannerBeginsWithTheMiniProgram(t *testing.T) {
	address := httptest.NewServer(http.NotFoundHandler())
	defer address.Close()
	for demo, want := range map[bool]bool{true: true, false: false} {
		text := banner(config{demo: demo}, address.Listener.Addr(), address.Listener.Addr())
		first, _, _ := strings.Cut(text, "\n")
		if strings.HasSuffix(first, "http://"+address.Listener.Addr().String()+"/app/") != want {
			t.Errorf("demo %v: it begins %s", demo, first)
		}
	}
}

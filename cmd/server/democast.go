package main

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"villagecounsel/handlers"
	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/wechat/wechattest"
)

// Residents of these numbers come as people really do: nothing is known of
// them, and they have agreed to nothing.
const firstStranger, lastStranger = 500, 599

// demoCast are the people whom the demo offers to log in as: those of one
// village, its stand-in advisor, and some of the next.
var demoCast = []struct {
	kind domain.Kind
	n    int
	word string
}{
	{domain.Resident, 1, "村民"}, {domain.Resident, 2, "村民"}, {domain.Resident, 3, "村民"}, {domain.Resident, firstStranger, "新村民"},
	{domain.AdvisorKind, 1, "法律顾问"}, {domain.AdvisorKind, 5, "法律顾问"}, {domain.Cadre, 1, "村干部"},
	{domain.Collaborator, 2, "法律明白人"}, {domain.Collaborator, 1, "人民调解员"},
}

// cast answers who there is to log in as.
func (h *house) cast(ctx context.Context) ([]handlers.DemoPerson, error) {
	var all []handlers.DemoPerson
	for _, c := range demoCast {
		code := fmt.Sprintf("demo-%s-%d", c.kind, c.n)
		label := c.word
		if c.n != firstStranger {
			login, err := h.data.Logins.Get(ctx, h.data.Hash("openid", wechattest.OpenIDOf(code)))
			if err != nil {
				return nil, err
			}
			p, err := h.data.People.Get(ctx, login.Person)
			if err != nil {
				return nil, err
			}
			where, err := h.whereabouts(ctx, &p)
			if err != nil {
				return nil, err
			}
			label = strings.Join([]string{c.word, p.Name.Reveal(), where}, " · ")
		}
		all = append(all, handlers.DemoPerson{Code: code, Kind: c.kind, Label: label})
	}
	return all, nil
}

// whereabouts answers the village of a person, or those that an advisor serves.
func (h *house) whereabouts(ctx context.Context, p *domain.Person) (string, error) {
	if p.Kind != domain.AdvisorKind {
		place, _ := h.places.Lookup(p.Village)
		return place.Name, nil
	}
	d, err := h.data.Diaries.Get(ctx, p.ID)
	if err != nil || len(d.Posts) == 0 {
		return "", err
	}
	place, _ := h.places.Lookup(d.Posts[0].Village)
	return fmt.Sprintf("%s等 %d 个村居", place.Name, len(d.Posts)), nil
}

//go:embed demo/photos/*.png
var demoPhotos embed.FS

const (
	demoFaces = 3 // of women, and of men
	// demoWomen are letters of given names that are mostly women's.
	demoWomen = "芝娥芸彤霜淑素月"
)

// demoPortraits puts a drawn face on the card of every advisor, by the verbs by
// which they do so themselves.
func demoPortraits(ctx context.Context, h *house, advisors []domain.Person) error {
	files := &services.Files{Data: h.data, Now: h.clock.now, Relay: h.relay()}
	given := map[string]int{}
	for _, p := range advisors {
		who := "man"
		if strings.ContainsAny(p.Name.Reveal(), demoWomen) {
			who = "woman"
		}
		given[who]++
		content, err := demoPhotos.ReadFile(fmt.Sprintf("demo/photos/%s-%d.png", who, given[who]%demoFaces+1))
		if err != nil {
			return err
		}
		f, err := files.Upload(ctx, p.Actor(), "demo portrait", content)
		if err != nil {
			return err
		}
		if err := files.SetPhoto(ctx, p.Actor(), f.ID); err != nil {
			return err
		}
	}
	return nil
}

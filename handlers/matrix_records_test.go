package handlers_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"strings"
	"time"

	"villagecounsel/services/domain"
)

// What the matrix needs of logs, files, complaints and figures.

// logFor puts the service log of one cell into the store.
func (w *world) logFor(c cell, id string) {
	w.t.Helper()
	start := monday.AddDate(0, 0, -7)
	switch c.thing {
	case "own":
		with := []string{}
		if c.kind == "collaborator" {
			with = append(with, "collaborator-1")
		}
		l := logOf(id, mainAdvisor, villageA, start, with...)
		if c.kind == "resident" {
			l.Appointment, l.Resident = "own-resident", "resident-1"
		}
		insert(w, w.data.Logs, l)
	case "old":
		insert(w, w.data.Logs, logOf(id, mainAdvisor, villageA, start.AddDate(0, -2, 0)))
	case "far":
		insert(w, w.data.Logs, logOf(id, farAdvisor, villageFar, start))
	default:
		l := logOf(id, standInAdvisor, villageA, start)
		l.Versions[0].ConcernsVillage = c.thing == "hid"
		insert(w, w.data.Logs, l)
	}
}

// logOf answers a service log that nobody has confirmed yet.
func logOf(id, advisor, village string, start time.Time, with ...string) domain.ServiceLog {
	return domain.ServiceLog{
		Meta: meta(id), Advisor: advisor, Status: domain.Unconfirmed, Note: privateNote, Created: start.Add(time.Hour),
		Versions: []domain.LogVersion{{At: start.Add(time.Hour), By: advisor, ByKind: domain.AdvisorKind, Report: domain.Report{
			Village: village, Town: domain.TownOf(village), Mode: domain.Fixed, Duty: domain.Consultation, Start: start,
			End: start.Add(30 * time.Minute), Counters: domain.Counters{domain.Consultations: 1}, With: with, Content: reported}}},
		Events: []domain.LogEvent{{Seq: 1, At: start.Add(time.Hour), Verb: domain.WriteLog, By: advisor, ByKind: domain.AdvisorKind,
			Version: 1, Status: domain.Unconfirmed}},
	}
}

func (w *world) complaint(id, by, advisor, village, owner string) {
	w.t.Helper()
	insert(w, w.data.Complaints, domain.Complaint{Meta: meta(id), By: by, ByKind: domain.Resident, Advisor: advisor, Village: village,
		Area: domain.TownOf(village), Text: grievance, Owner: owner, Days: domain.DefaultComplaintDays, Edition: 1, Created: w.start})
}

// file puts the document of a file into the store, without its content.
func (w *world) file(id, by string) {
	w.t.Helper()
	insert(w, w.data.Files, domain.File{Meta: meta(id), By: by, Type: "image/png", Size: 1, Created: w.start})
}

// photo puts a picture on an advisor's card, past the verbs.
func (w *world) photo(advisor string) {
	w.t.Helper()
	f := domain.File{Meta: meta("photoof" + strings.ReplaceAll(advisor, "-", "")), By: advisor, Type: "image/png", Size: int64(len(picture)),
		SHA256: fmt.Sprintf("%x", sha256.Sum256(picture)), Claim: "photo|" + advisor, Created: w.start}
	insert(w, w.data.Files, f)
	err := w.data.Blobs.Put(w.t.Context(), f.ID, picture)
	if err == nil {
		_, err = w.data.Advisors.Update(w.t.Context(), advisor, func(a *domain.Advisor) error { a.Photo = f.ID; return nil })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// person answers who somebody of the matrix is.
func (c cell) person() string {
	switch c.kind {
	case "advisor":
		return mainAdvisor
	case "firm":
		return "firm-secretary"
	}
	return c.kind + "-1"
}

// subject answers the query by which a cell asks for records or figures.
func (c cell) subject() string {
	switch {
	case c.thing == "near":
		return "village=" + villageA
	case c.thing == "own":
		return "advisor=" + mainAdvisor
	case c.thing == "both":
		return "advisor=" + mainAdvisor + "&village=" + villageB
	case c.path == "/api/v1/tallies":
		return "village=" + villageFar
	}
	return "advisor=" + farAdvisor
}

func (c cell) isStaff() bool { return c.kind == "town" || c.kind == "district" }

func (c cell) rating() map[string]any {
	b := map[string]any{"stars": 5, "tags": []string{"clear"}}
	if c.isStaff() && c.thing != "own" {
		b["source"] = "paper"
	}
	return b
}

func (c cell) log() map[string]any {
	start := monday.AddDate(0, 0, -3)
	b := map[string]any{"village": villageA, "mode": "fixed", "duty": "consultation", "content": reported,
		"start": start.Format(time.RFC3339), "end": start.Add(time.Hour).Format(time.RFC3339)}
	advisor := mainAdvisor
	if c.thing == "far" {
		b["village"], advisor = villageFar, farAdvisor
	}
	if c.isStaff() {
		b["advisor"], b["reason"] = advisor, "律师住院"
		b["end"] = start.Add(time.Duration(len(c.kind)) * time.Hour).Format(time.RFC3339) // each another service
	}
	return b
}

func (c cell) signIn() map[string]any {
	b := map[string]any{"village": villageA, "way": "place", "at": monday.Format(time.RFC3339), "lat": 40.35, "lon": 116.63, "accuracy": 20}
	if c.kind == "cadre" {
		return map[string]any{"village": villageA, "way": "cadre", "at": monday.Format(time.RFC3339), "advisor": mainAdvisor}
	}
	return b
}

// picture is a small sound PNG.
var picture = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// formOf answers a form with one file for each content, and its media type.
func formOf(field string, contents ...[]byte) (body, contentType string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, content := range contents {
		part, err := form.CreateFormFile(field, "photo.png")
		if err != nil {
			panic(err)
		}
		if _, err := part.Write(content); err != nil {
			panic(err)
		}
	}
	if err := form.Close(); err != nil {
		panic(err)
	}
	return b.String(), form.FormDataContentType()
}

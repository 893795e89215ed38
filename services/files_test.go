package services_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"sync"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// photo is a small picture; another number is another picture.
func photo(n uint8) []byte {
	pic := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range pic.Pix {
		pic.Pix[i] = n
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, pic, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// scan is a small PDF.
func scan() []byte {
	head := "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
	return fmt.Appendf(nil, "%sxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", head, len(head))
}

// uploaded uploads and fails the test if that is refused.
func (w *world) uploaded(who domain.Actor, key string, content []byte) domain.File {
	w.Helper()
	f, err := w.files.Upload(w.ctx, who, key, content)
	if err != nil {
		w.Fatalf("%s cannot upload: %s", who.ID, why(err))
	}
	return f
}

// blobs answers the ids of all contents.
func (w *world) blobs() []string {
	w.Helper()
	var ids []string
	for id, err := range w.data.Blobs.All(w.ctx) {
		w.must(err)
		ids = append(ids, id)
	}
	return ids
}

// kept answers the ids of all files, and fails the test unless each has a
// content and each content a file.
func (w *world) kept() []string {
	w.Helper()
	var ids []string
	for f, err := range w.data.Files.All(w.ctx) {
		w.must(err)
		ids = append(ids, f.ID)
	}
	slices.Sort(ids)
	there := w.blobs()
	slices.Sort(there)
	w.equal("the contents", there, ids...)
	return ids
}

// later lets so much time go by, and does what falls due.
func (w *world) later(d time.Duration) {
	w.Helper()
	w.clock.add(d)
	w.pass()
}

func TestAPictureIsUploaded(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		f := w.uploaded(wang, "key", append(photo(1), "what follows the picture"...))
		if f.Type != "image/jpeg" || f.By != wang.ID || len(f.ID) < 20 || len(f.SHA256) != 64 || f.Claim != "" || !f.Created.Equal(morning) {
			w.Errorf("it is %+v", f)
		}
		got, content, err := w.files.Open(w.ctx, wang, f.ID)
		w.must(err)
		if got.ID != f.ID || int64(len(content)) != f.Size || bytes.Contains(content, []byte("follows")) {
			w.Errorf("%d bytes are kept, %d are said", len(content), f.Size)
		}
		if n := len(w.lines()); n != 0 {
			w.Errorf("%d lines on the audit trail of one's own file", n)
		}
		_, err = w.files.Upload(w.ctx, wang, "other", []byte("<html>"))
		w.refused(err, "file:file_type")
		w.equal("the files", w.kept(), f.ID)
	})
}

func TestAnUploadSentAgain(t *testing.T) {
	each(t, func(w *world) {
		wang, li := w.resident("wang", "王小明"), w.resident("li", "李四")
		f := w.uploaded(wang, "key", photo(1))
		w.clock.add(time.Hour)
		if again := w.uploaded(wang, "key", photo(1)); again.ID != f.ID || !again.Created.Equal(f.Created) {
			w.Errorf("sent again it is %+v", again)
		}
		_, err := w.files.Upload(w.ctx, wang, "key", photo(2))
		w.refused(err, "idempotency_reused")
		if other := w.uploaded(li, "key", photo(1)); other.ID == f.ID {
			w.Error("two people share one file")
		}
		_, content, err := w.files.Open(w.ctx, wang, f.ID)
		w.must(err)
		if _, err := jpeg.Decode(bytes.NewReader(content)); err != nil {
			w.Errorf("what was refused has changed it: %v", err)
		}
	})
}

func TestOneKeyForManyUploadsAtOnce(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		var wg sync.WaitGroup
		won := make([]bool, 8)
		for i := range won {
			wg.Go(func() {
				_, err := w.files.Upload(w.ctx, wang, "key", photo(uint8(i)))
				if won[i] = err == nil; err != nil && why(err) != "idempotency_reused" {
					w.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(slices.DeleteFunc(won, func(ok bool) bool { return !ok })); n != 1 {
			w.Errorf("%d were kept", n)
		}
		_, _, err := w.files.Open(w.ctx, wang, w.kept()[0])
		w.must(err)
	})
}

// lines answers the verbs on the audit trail of today, with who and what.
func (w *world) lines() []string {
	w.Helper()
	var all []string
	for p, err := range w.data.Audit.All(w.ctx) {
		w.must(err)
		for _, l := range p.Items {
			all = append(all, l.By+" "+l.Verb+" "+l.Subject)
		}
	}
	return all
}

// opened answers who of some people may open a file.
func (w *world) opened(id string, people ...domain.Actor) []string {
	w.Helper()
	var may []string
	for _, who := range people {
		_, content, err := w.files.Open(w.ctx, who, id)
		switch {
		case err == nil && len(content) > 0:
			may = append(may, who.ID)
		default:
			w.refused(err, "not_found")
		}
	}
	return may
}

// everybody is one of each sort around 北房村, strangers at the end.
func (w *world) everybody() []domain.Actor {
	return []domain.Actor{
		w.advisor("lawyer", post(beifang, domain.Main)), w.villager(domain.Collaborator, "helper", beifang), w.resident("wang", "王小明"),
		w.staff(domain.TownStaff, "town", "110116101"), w.staff(domain.DistrictKind, "district", "110116"),
		w.advisor("second", post(beifang, domain.StandIn)), w.villager(domain.Cadre, "cadre", beifang), w.villager(domain.Collaborator, "mediator", beifang),
		w.resident("li", "李四"), w.staff(domain.TownStaff, "next town", "110116102"), w.staff(domain.DistrictKind, "next district", "110117"),
		w.person(domain.Person{Meta: domain.Meta{ID: "viewer"}, Kind: domain.CityViewer, Area: "11"}),
		w.person(domain.Person{Meta: domain.Meta{ID: "auditor"}, Kind: domain.Auditor, Area: "110116"}),
		w.person(domain.Person{Meta: domain.Meta{ID: "firm"}, Kind: domain.FirmKind}),
		w.person(domain.Person{Meta: domain.Meta{ID: "security"}, Kind: domain.Security, Area: "110116"}),
		{}, // nobody
	}
}

func TestWhoOpensAFileThatNothingClaims(t *testing.T) {
	each(t, func(w *world) {
		all := w.everybody()
		f := w.uploaded(all[0], "key", photo(1))
		w.equal("it opens for", w.opened(f.ID, all...), "lawyer")
		w.equal("one that is none opens for", w.opened("none", all...))
	})
}

func TestWhoOpensTheFilesOfAServiceLog(t *testing.T) {
	each(t, func(w *world) {
		all := w.everybody()
		lawyer, wang := all[0], all[2]
		id := w.served(lawyer, wang, "11-23 11:00")
		f, other := w.uploaded(lawyer, "key", photo(1)), w.uploaded(lawyer, "other", photo(2))
		edit := services.LogEdit{With: []string{"helper"}, Files: []string{f.ID}}
		seen := w.logged(lawyer, edit, func(r *services.LogRequest) { r.Appointment = id })
		w.equal("it opens for", w.opened(f.ID, all...), "lawyer", "helper", "wang", "town", "district")
		for _, line := range []string{"town open_file " + f.ID, "district open_file " + f.ID} {
			if !slices.Contains(w.lines(), line) {
				w.Errorf("the audit trail does not say %q", line)
			}
		}
		// Of an older version: for the standing one's people, and for nobody whom
		// that does not name.
		_, err := w.logs.Correct(w.ctx, lawyer, seen.ID, services.LogCorrection{Key: "key", Version: 1, Reason: "记错", Edit: services.LogEdit{With: []string{}, Files: []string{other.ID}}})
		w.must(err)
		w.equal("an older version's opens for", w.opened(f.ID, all...), "lawyer", "wang", "town", "district")
		// Whoever booked for a neighbour proves nothing of whose telephone it is.
		_, err = w.data.People.Update(w.ctx, wang.ID, func(p *domain.Person) error { p.Verified = false; return nil })
		w.must(err)
		w.equal("it opens for", w.opened(f.ID, wang), "wang")
		_, err = w.data.Appointments.Update(w.ctx, id, func(a *domain.Appointment) error { a.Booker = "li"; return nil })
		w.must(err)
		w.equal("it opens for", w.opened(f.ID, wang))
	})
}

func TestWhoOpensTheFilesOfAComplaint(t *testing.T) {
	each(t, func(w *world) {
		all := w.everybody()
		barred := w.staff(domain.DistrictKind, "barred", "110116")
		wang := all[2]
		f := w.uploaded(wang, "key", scan())
		w.must(w.data.Complaints.Insert(w.ctx, domain.Complaint{Meta: domain.Meta{ID: "c"}, By: wang.ID, Owner: "town", Area: "110116101",
			Advisor: "lawyer", Barred: []string{"barred"}, Files: []string{f.ID}}))
		w.claimed(f.ID, "complaint|c")
		w.equal("it opens for", w.opened(f.ID, append(all, barred)...), "wang", "town", "district")
	})
}

// claimed lets a file be claimed as if a thing had done so.
func (w *world) claimed(id, claim string) {
	w.Helper()
	_, err := w.data.Files.Update(w.ctx, id, func(f *domain.File) error { f.Claim = claim; return nil })
	w.must(err)
}

func TestAFileThatWasChangedOnTheDiskIsNotGivenOut(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		f, other := w.uploaded(wang, "key", photo(1)), w.uploaded(wang, "other", photo(2))
		_, content, err := w.files.Open(w.ctx, wang, other.ID)
		w.must(err)
		w.must(w.data.Blobs.Put(w.ctx, f.ID, content))
		if _, _, err := w.files.Open(w.ctx, wang, f.ID); why(err) == "" || why(err) == "not_found" {
			w.Errorf("another content is answered by %v", err)
		}
		w.must(w.data.Blobs.Delete(w.ctx, f.ID))
		if _, _, err := w.files.Open(w.ctx, wang, f.ID); why(err) == "" || why(err) == "not_found" {
			w.Errorf("a content that is missing is answered by %v", err)
		}
	})
}

func TestAThingClaimsItsFiles(t *testing.T) {
	each(t, func(w *world) {
		lawyer, second := w.advisor("lawyer", post(beifang, domain.Main)), w.advisor("second", post(beifang, domain.StandIn))
		var many []string
		for i := range 10 {
			many = append(many, w.uploaded(lawyer, fmt.Sprint(i), photo(uint8(i))).ID)
		}
		of := func(who domain.Actor, ids ...string) error {
			n := w.keys.Add(1)
			_, err := w.logs.Write(w.ctx, who, services.LogRequest{Key: fmt.Sprint("key ", n), Edit: services.LogEdit{
				Village: beifang, Mode: domain.Fixed, Duty: domain.Publicity, Start: at("11-22 15:00"), End: at("11-22 16:00").Add(time.Duration(n) * time.Minute), Content: "讲课", Files: ids}})
			return err
		}
		w.refused(of(lawyer, many...), "files:too_many")
		w.refused(of(lawyer, many[0], many[0]), "files:repeated")
		w.refused(of(lawyer, many[0], "none"), "files:unknown_file")
		w.refused(of(second, many[0]), "files:unknown_file")
		w.must(of(lawyer, many[:9]...))
		w.refused(of(lawyer, many[3]), "files:unknown_file")
		w.must(of(lawyer, many[9]))
		w.later(25 * time.Hour)
		w.later(2 * time.Hour)
		if n := len(w.kept()); n != 10 {
			w.Errorf("%d of 10 claimed files are kept", n)
		}
	})
}

// After a day nothing is left of an upload that nothing has claimed, and what
// was claimed stays.
func TestAnUploadThatNothingClaimsIsSwept(t *testing.T) {
	each(t, func(w *world) {
		lawyer, wang := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("wang", "王小明")
		w.uploaded(wang, "key", photo(1))
		kept := w.uploaded(lawyer, "key", photo(2))
		w.logged(lawyer, services.LogEdit{Village: beifang, Mode: domain.Fixed, Duty: domain.Publicity, Start: at("11-22 15:00"), End: at("11-22 16:00"), Content: "讲课", Files: []string{kept.ID}})
		lost := w.uploaded(lawyer, "lost", photo(3))
		w.claimed(lost.ID, "log|never written")
		w.later(23 * time.Hour)
		if n := len(w.kept()); n != 3 {
			w.Errorf("%d are left before the day is over", n)
		}
		w.later(time.Hour)
		if n := len(w.kept()); n != 2 {
			w.Errorf("%d are left after a day, with one whose thing may be being written", n)
		}
		w.later(time.Hour)
		w.equal("there is", w.kept(), kept.ID)
		w.later(30 * 24 * time.Hour)
		w.equal("there is", w.kept(), kept.ID)
	})
}

// What is uploaded again under the same key after a day is a new upload.
func TestASweptUploadMayBeSentAgain(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		w.uploaded(wang, "key", photo(1))
		w.later(24 * time.Hour)
		w.equal("there is", w.kept())
		f := w.uploaded(wang, "key", photo(2))
		w.later(23 * time.Hour)
		w.equal("there is", w.kept(), f.ID)
		w.later(time.Hour)
		w.equal("there is", w.kept())
	})
}

// An upload of which only the content was written when its program died, sent
// again just before the sweep, is kept for its own day.
func TestAnUploadSentAgainJustBeforeTheSweep(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		h := &harm{after: 3}
		if _, err := program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys).files.Upload(w.ctx, wang, "key", photo(1)); err == nil || len(w.blobs()) != 1 {
			w.Fatalf("it has not died with its content written: %v", h.names)
		}
		w.clock.add(24*time.Hour - time.Minute)
		f := w.uploaded(wang, "key", photo(1))
		w.later(time.Minute)
		w.equal("there is", w.kept(), f.ID)
		w.later(24 * time.Hour)
		w.equal("there is", w.kept())
	})
}

var fileDeeds = []deed{
	{"an upload", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		upload := func(w *world) error { _, err := w.files.Upload(w.ctx, lawyer, "key", photo(1)); return err }
		return upload, func(w *world, err error) {
			w.must(err)
			ids := w.kept()
			w.equal("it opens for", w.opened(ids[0], lawyer), "lawyer")
			w.later(24 * time.Hour)
			w.equal("there is", w.kept())
		}
	}},
	{"a sign-in with a photo", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		f := w.uploaded(lawyer, "key", photo(1))
		add := func(w *world) error {
			_, _, err := w.signIns.Add(w.ctx, lawyer, services.SignInRequest{Key: "key", Village: beifang, Way: domain.ByPhoto, At: morning, Photo: f.ID})
			return err
		}
		return add, func(w *world, err error) {
			w.must(err)
			w.equal("the sign-ins", w.signedIn(lawyer, "2026-11-23"), beifang+" photo")
			w.later(26 * time.Hour)
			w.equal("there is", w.kept(), f.ID)
		}
	}},
	{"a photo in the place of another", func(w *world) (func(*world) error, func(*world, error)) {
		lawyer := w.advisor("lawyer", post(beifang, domain.Main))
		w.pass() // the relay is at work
		w.must(w.files.SetPhoto(w.ctx, lawyer, w.uploaded(lawyer, "old", photo(1)).ID))
		w.later(30 * time.Hour) // by now the sweep has looked at the old one
		f := w.uploaded(lawyer, "key", photo(2))
		put := func(w *world) error { return w.files.SetPhoto(w.ctx, lawyer, f.ID) }
		return put, func(w *world, err error) {
			w.must(err)
			w.equal("the card shows", []string{w.shown(lawyer.ID)}, f.ID)
			w.later(26 * time.Hour)
			w.equal("there is", w.kept(), f.ID)
		}
	}},
}

func TestDyingInTheMiddleOfAnUpload(t *testing.T) {
	for _, d := range fileDeeds {
		t.Run(d.name, func(t *testing.T) {
			each(t, func(w *world) { dying(w, d, false) })
		})
		t.Run(d.name+", its last word unheard", func(t *testing.T) {
			each(t, func(w *world) { dying(w, d, true) })
		})
	}
}

// Nobody sends the request again: what the dead program left is swept, and the
// relay may die in that as well.
func TestWhatADeadUploadLeavesIsSwept(t *testing.T) {
	each(t, func(w *world) {
		for after := 1; ; after++ {
			w := newWorldOn(w, after)
			lawyer := w.advisor("lawyer", post(beifang, domain.Main))
			h := &harm{after: after, lost: after%2 == 0}
			dead := program(w.T, h.data(w.data), w.clock, time.Time{}, w.keys)
			f, err := dead.files.Upload(w.ctx, lawyer, "key", photo(1))
			if err == nil {
				_, _, err = dead.signIns.Add(w.ctx, lawyer, services.SignInRequest{Key: "key", Village: beifang, Way: domain.ByPhoto, At: morning, Photo: f.ID})
			}
			next := w.restarted()
			next.settled()
			w.clock.add(24 * time.Hour)
			for again := 1; again < 8; again++ {
				_, _ = program(w.T, (&harm{after: again, lost: again%2 == 0}).data(w.data), w.clock, time.Time{}, w.keys).relay.Sweep(w.ctx)
			}
			next.settled()
			next.later(2 * time.Hour)
			want := []string{}
			if signed := w.signedIn(lawyer, "2026-11-23"); len(signed) > 0 {
				d, err := w.data.SignIns.Get(w.ctx, "lawyer|2026-11-23")
				w.must(err)
				want = append(want, d.Items[0].Photo)
			}
			w.equal("there is", w.kept(), want...)
			if w.Failed() {
				w.Fatalf("killed after %d operations: %v", after, h.names)
			}
			if err == nil {
				return
			}
		}
	})
}

func TestAPNGStaysOne(t *testing.T) {
	each(t, func(w *world) {
		wang := w.resident("wang", "王小明")
		var out bytes.Buffer
		pic := image.NewNRGBA(image.Rect(0, 0, 3, 3))
		pic.SetNRGBA(1, 1, color.NRGBA{200, 10, 10, 128})
		w.must(png.Encode(&out, pic))
		if f := w.uploaded(wang, "key", out.Bytes()); f.Type != "image/png" {
			w.Errorf("it is %s", f.Type)
		}
	})
}

package services_test

import (
	"bytes"
	"testing"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// shown answers the file that anybody gets as an advisor's photo, or "".
func (w *world) shown(advisor string) string {
	w.Helper()
	f, content, err := w.files.Photo(w.ctx, advisor)
	if why(err) == "not_found" {
		return ""
	}
	w.must(err)
	if int64(len(content)) != f.Size || !bytes.HasPrefix(content, []byte("\xff\xd8")) {
		w.Errorf("%d bytes of the photo, %d are said", len(content), f.Size)
	}
	return f.ID
}

func TestAnAdvisorsPhoto(t *testing.T) {
	each(t, func(w *world) {
		lawyer, second := w.advisor("lawyer", post(beifang, domain.Main)), w.advisor("second", post(beifang, domain.StandIn))
		wang := w.resident("wang", "王小明")
		shows := func(want string) {
			w.Helper()
			if got := w.shown("lawyer"); got != want {
				w.Errorf("the card shows %q, want %q", got, want)
			}
		}
		w.pass() // the relay is at work
		shows("")
		w.must(w.files.SetPhoto(w.ctx, lawyer, "")) // there is none to take off
		f, other, paper := w.uploaded(lawyer, "1", photo(1)), w.uploaded(lawyer, "2", photo(2)), w.uploaded(lawyer, "3", scan())
		w.refused(w.files.SetPhoto(w.ctx, lawyer, "none"), "file:unknown_file")
		w.refused(w.files.SetPhoto(w.ctx, lawyer, paper.ID), "file:unknown_file")
		w.refused(w.files.SetPhoto(w.ctx, second, f.ID), "file:unknown_file")
		w.refused(w.files.SetPhoto(w.ctx, wang, f.ID), "forbidden")
		used := w.uploaded(lawyer, "4", photo(4))
		e := lecture("11-22 15:00")
		e.Files = []string{used.ID}
		w.logged(lawyer, e)
		w.refused(w.files.SetPhoto(w.ctx, lawyer, used.ID), "file:unknown_file")
		shows("")

		w.must(w.files.SetPhoto(w.ctx, lawyer, f.ID))
		w.must(w.files.SetPhoto(w.ctx, lawyer, f.ID))
		shows(f.ID)
		e = lecture("11-22 17:00")
		e.Files = []string{f.ID}
		_, err := w.logs.Write(w.ctx, lawyer, services.LogRequest{Key: "key", Edit: e})
		w.refused(err, "files:unknown_file")
		w.equal("as a file it opens for", w.opened(f.ID, lawyer, second, wang), "lawyer")
		w.later(25 * time.Hour)
		w.later(2 * time.Hour)
		shows(f.ID)
		w.refused(w.files.SetPhoto(w.ctx, lawyer, other.ID), "file:unknown_file") // swept

		next := w.uploaded(lawyer, "5", photo(5))
		w.must(w.files.SetPhoto(w.ctx, lawyer, next.ID))
		shows(next.ID)
		w.later(50 * time.Minute)
		w.must(w.files.SetPhoto(w.ctx, lawyer, f.ID)) // it was better
		w.later(20 * time.Minute)
		shows(f.ID)
		w.must(w.files.SetPhoto(w.ctx, lawyer, ""))
		shows("")
		w.later(26 * time.Hour)
		w.equal("there is", w.kept(), used.ID)
		w.sound()
	})
}

// Whoever serves nowhere any more has no photo out, as they have no card.
func TestThePhotoOfAFormerAdvisor(t *testing.T) {
	each(t, func(w *world) {
		lawyer := w.advisor("lawyer", domain.Post{Village: beifang, Role: domain.Main, From: "2026-01-01", To: "2026-11-24"})
		f := w.uploaded(lawyer, "1", photo(1))
		w.must(w.files.SetPhoto(w.ctx, lawyer, f.ID))
		if w.shown("lawyer") != f.ID {
			w.Error("the photo of an advisor in service is not out")
		}
		w.clock.set(at("11-25 00:00"))
		if w.shown("lawyer") != "" || w.shown("ghost") != "" {
			w.Error("the photo of a former advisor is out")
		}
	})
}

func TestTheOfficeThatAVillageMayCall(t *testing.T) {
	each(t, func(w *world) {
		for id, phone := range map[string]string{"110116": "010-60000000", "110116102": "15400050002"} {
			_, err := w.data.Offices.Upsert(w.ctx, id, func(o *domain.Office) error { o.Name, o.Phone = "司法"+id, phone; return nil })
			w.must(err)
		}
		w.staff(domain.TownStaff, "town", "110116101") // an office without a telephone
		for _, c := range []struct{ village, want string }{
			{yanqi, "15400050002"}, {beifang, "010-60000000"}, {xiagezhuang, ""},
		} {
			office, err := w.roster.Office(w.ctx, c.village)
			if c.want == "" {
				w.refused(err, "not_found")
			} else if w.must(err); office.Phone != c.want {
				w.Errorf("%s calls %s, want %s", c.village, office.Phone, c.want)
			}
		}
	})
}

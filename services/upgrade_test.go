package services_test

import (
	"fmt"
	"iter"
	"testing"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// A store of form 1 has bookings and no records of them. Bringing it up makes
// the records, twice as well as once, and tells nobody anew of what is long
// past, though their list has grown since.
func TestOldBookingsAreRecordedAndNothingElse(t *testing.T) {
	each(t, func(w *world) {
		lawyer, ann := w.advisor("lawyer", post(beifang, domain.Main)), w.resident("ann", "安小妹")
		old := w.booked(ann, w.wish(lawyer, "11-25 09:00"))
		_, err := w.booking.Reschedule(w.ctx, ann, old.ID, services.Turn{Start: at("11-26 09:00")}, "")
		w.must(err)
		_, err = w.booking.Cancel(w.ctx, ann, old.ID, "好了", "")
		w.must(err)
		w.booked(ann, w.wish(lawyer, "11-27 09:00"))
		w.pass()
		for i := range 4 * domain.PageLen {
			w.must(services.Notify(w.ctx, w.relay, ann.ID, domain.Notice{ID: fmt.Sprint("n", i), Kind: domain.NoticeBooked}))
		}
		wipe(w, w.data.Records)
		wipe(w, w.data.Heads)
		wipe(w, w.data.Ledgers)

		before := items(w)
		for range 2 {
			w.must(services.Upgrade(w.ctx, w.data, 1, w.clock.now()))
			w.must(services.Upgrade(w.ctx, w.data, 1, w.clock.now())) // it was killed before it could say that it was done
			w.settled()
			if got := fmt.Sprint(len(w.chain(lawyer))); got != "5" {
				t.Errorf("%s records, want 5: %v", got, w.chain(lawyer))
			}
			if got := items(w); got != before {
				t.Errorf("lists had %s items, now %s", before, got)
			}
		}
		if err := services.Upgrade(w.ctx, w.data, 0, w.clock.now()); err == nil {
			t.Error("there is a step from form 0")
		}
	})
}

// items counts what lists hold: notices, appointments, due things, audit lines.
func items(w *world) string {
	w.Helper()
	return fmt.Sprint(
		count(w, w.data.Inboxes.All(w.ctx), func(p domain.Inbox) int { return len(p.Items) }),
		count(w, w.data.Journals.All(w.ctx), func(p domain.Journal) int { return len(p.Items) }),
		count(w, w.data.Due.All(w.ctx), func(p domain.Bucket) int { return len(p.Items) }),
		count(w, w.data.Audit.All(w.ctx), func(p domain.AuditPage) int { return len(p.Items) }))
}

func count[T any](w *world, all iter.Seq2[T, error], of func(T) int) (n int) {
	w.Helper()
	for doc, err := range all {
		w.must(err)
		n += of(doc)
	}
	return n
}

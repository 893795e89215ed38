package handlers

import (
	"fmt"
	"testing"

	"villagecounsel/services/domain"
)

// So many are let in of one person, and so many of all; whoever ends makes room.
func TestUploadsAtOnce(t *testing.T) {
	var u uploads
	begin := func(person string, let bool) {
		t.Helper()
		err := u.begin(person)
		if (err == nil) != let || err != nil && domain.ReasonOf(err) != "too_many_requests" {
			t.Errorf("%s is answered %v, let in: %v", person, err, let)
		}
	}
	for i := range maxUploads / maxUploadsOfOne {
		person := fmt.Sprint("p", i)
		for range maxUploadsOfOne {
			begin(person, true)
		}
		begin(person, false)
	}
	begin("newcomer", false)
	u.end("p0")
	begin("newcomer", true)
	begin("p0", false)
	for i := range maxUploads / maxUploadsOfOne {
		for range maxUploadsOfOne {
			if person := fmt.Sprint("p", i); u.of[person] > 0 {
				u.end(person)
			}
		}
	}
	if u.end("newcomer"); u.all != 0 || len(u.of) != 0 {
		t.Errorf("after all have ended: %d, %v", u.all, u.of)
	}
}

package store

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestTheCacheIsBounded(t *testing.T) {
	c := newCache()
	doc := make(bson.Raw, 64<<10)
	used := docKey{"c", "used"}
	c.put(used, doc)
	for i := range 4 * cacheBytes / len(doc) {
		c.put(docKey{"c", fmt.Sprint(i)}, doc)
		if got := (len(c.young) + len(c.old)) * len(doc); got > cacheBytes+len(doc) {
			t.Fatalf("%d bytes are remembered after %d documents, want at most %d", got, i+1, cacheBytes)
		}
		if c.get(used) == nil {
			t.Fatalf("a document in use was forgotten after %d others", i+1)
		}
	}
	if c.get(docKey{"c", "0"}) != nil {
		t.Error("a document that nobody asked for is still remembered")
	}
	c.forget(used)
	if c.get(used) != nil {
		t.Error("a forgotten document is still remembered")
	}
}

package store

import (
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// cacheBytes bounds what is remembered.
const cacheBytes = 32 << 20

// cache remembers the documents of the embedded engine as they lie on disk.
// Nobody but this program writes there, and it reads into the cache and writes
// through it under the document's lock: what is remembered is what lies there.
// On MongoDB, where other programs write as well, there is none: a nil cache
// remembers nothing.
//
// What was used lately is in young. When that is full it becomes old, and what
// nobody asked for since the time before is forgotten.
type cache struct {
	mu         sync.Mutex
	young, old map[docKey]bson.Raw
	size       int // of young
}

func newCache() *cache { return &cache{young: map[docKey]bson.Raw{}} }

// get answers the document, or nil. Who gets it does not change it.
func (c *cache) get(k docKey) bson.Raw {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	doc, ok := c.young[k]
	if !ok {
		if doc, ok = c.old[k]; ok {
			c.keep(k, doc)
		}
	}
	return doc
}

func (c *cache) put(k docKey, doc bson.Raw) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(k, doc)
}

// forget drops a document that is being written: what lies there is known again
// when the write has come to its end.
func (c *cache) forget(k docKey) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size -= len(c.young[k])
	delete(c.young, k)
	delete(c.old, k)
}

func (c *cache) keep(k docKey, doc bson.Raw) {
	c.size += len(doc) - len(c.young[k])
	c.young[k] = doc
	if c.size > cacheBytes/2 {
		c.young, c.old, c.size = map[docKey]bson.Raw{}, c.young, 0
	}
}

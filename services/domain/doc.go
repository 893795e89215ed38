// Package domain holds the nouns of village legal advice (村(居)法律顾问):
// people, villages, diaries, appointments, notices. It knows no database, no
// wire and no clock. Tags say how a noun lies on disk; the wire has types of
// its own.
package domain

// Meta stands at the head of every document that is changed by id.
type Meta struct {
	ID     string `bson:"_id"`
	Rev    int64  `bson:"rev"`         // counts changes; the store keeps it
	Schema int    `bson:"v,omitempty"` // version of the form in which it lies on disk; the store keeps it
}

// Head answers the document's head.
func (m *Meta) Head() *Meta { return m }

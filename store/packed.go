package store

import (
	"bytes"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The embedded engine takes every field of a document apart into JSON text and
// back, which is nine tenths of its time where a document holds a long list. It
// is asked by id alone, so on it a document lies packed: its id, and all of it
// as one binary value. On MongoDB documents lie open.
type packed struct {
	ID  string `bson:"_id"`
	Doc []byte `bson:"doc"`
}

const fieldDoc = "doc"

var errNotPacked = errors.New("document is not packed")

// pack answers how a document lies on disk.
func (d *Docs[T, P]) pack(doc P) (bson.Raw, error) {
	var out bytes.Buffer
	enc := bson.NewEncoder(bson.NewDocumentWriter(&out))
	enc.SetRegistry(d.registry)
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	if !d.embedded {
		return out.Bytes(), nil
	}
	return bson.Marshal(packed{doc.Head().ID, out.Bytes()})
}

// unpack answers the document that lies on disk.
func (d *Docs[T, P]) unpack(raw bson.Raw) (doc T, err error) {
	if d.embedded {
		_, inner, ok := raw.Lookup(fieldDoc).BinaryOK()
		if !ok {
			return doc, errNotPacked
		}
		raw = inner
	}
	dec := bson.NewDecoder(bson.NewDocumentReader(bytes.NewReader(raw)))
	dec.SetRegistry(d.registry)
	return doc, dec.Decode(&doc)
}

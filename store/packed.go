package store

import (
	"bytes"
	"errors"
	"fmt"

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

// pack answers how a document lies on disk: always in the newest form.
func (d *Docs[T, P]) pack(doc P) (bson.Raw, error) {
	doc.Head().Schema = SchemaVersion
	var out bytes.Buffer
	enc := bson.NewEncoder(bson.NewDocumentWriter(&out))
	enc.SetRegistry(d.registry)
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return d.wrap(doc.Head().ID, out.Bytes())
}

// unpack answers the document that lies on disk. One in a newer form than the
// program knows is refused: what it does not know of would be lost when the
// document is written again.
func (d *Docs[T, P]) unpack(raw bson.Raw) (doc T, err error) {
	if raw, err = d.unwrap(raw); err != nil {
		return doc, err
	}
	if form, _ := raw.Lookup(fieldSchema).AsInt64OK(); form > SchemaVersion {
		return doc, fmt.Errorf("%w: form %d, the program knows %d", ErrNewer, form, SchemaVersion)
	}
	dec := bson.NewDecoder(bson.NewDocumentReader(bytes.NewReader(raw)))
	dec.SetRegistry(d.registry)
	return doc, dec.Decode(&doc)
}

// wrap answers how an open document lies on disk.
func (sh *shared) wrap(id string, open bson.Raw) (bson.Raw, error) {
	if !sh.embedded {
		return open, nil
	}
	return bson.Marshal(packed{id, open})
}

// unwrap answers the open document of one that lies on disk.
func (sh *shared) unwrap(raw bson.Raw) (bson.Raw, error) {
	if !sh.embedded {
		return raw, nil
	}
	_, open, ok := raw.Lookup(fieldDoc).BinaryOK()
	if !ok {
		return nil, errNotPacked
	}
	return open, nil
}

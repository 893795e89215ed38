package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// bookingDocs are the documents that a booking writes, as they lie on disk:
// the store has written them once, for the bare driver to write again and
// again under other ids of the same length.
type bookingDocs struct{ pointer, sheet, appointment bson.Raw }

// Ids as long as those of the store's hashes.
const (
	appointmentID = "a%025d"
	pointerID     = "appointment|" + appointmentID + "|1"
)

// bareBooking answers what a booking reads and writes before it answers, done
// by the bare driver: read the person and the diary, insert the pointer, read
// and write the sheet, read and write the diary, insert the appointment.
func (b *bench) bareBooking(ctx context.Context) (func(n int) error, error) {
	docs, err := b.bookingDocs(ctx)
	if err != nil {
		return nil, err
	}
	db := b.ceiling.bare
	people, diaries, pending := db.Collection("people"), db.Collection("diaries"), db.Collection("pending")
	sheets, appointments := db.Collection("sheets"), db.Collection("appointments")
	read := func(c *mongo.Collection, id string) (bson.Raw, error) { return c.FindOne(ctx, byID(id)).Raw() }
	insert := func(c *mongo.Collection, doc bson.Raw) error {
		_, err := c.InsertOne(ctx, doc)
		return err
	}
	replace := func(c *mongo.Collection, id string, doc bson.Raw) error {
		_, err := c.ReplaceOne(ctx, byID(id), doc)
		return err
	}
	return func(n int) error {
		person, advisor := b.residents[n%len(b.residents)].id, b.free[n%len(b.free)].advisor
		if _, err := read(people, person); err != nil {
			return err
		}
		if _, err := read(diaries, advisor); err != nil {
			return err
		}
		if err := insert(pending, withID(docs.pointer, fmt.Sprintf(pointerID, n))); err != nil {
			return err
		}
		_, err := read(sheets, person)
		switch {
		case errors.Is(err, mongo.ErrNoDocuments):
			err = insert(sheets, withID(docs.sheet, person))
		case err == nil:
			err = replace(sheets, person, b.touched(withID(docs.sheet, person), n))
		}
		if err != nil {
			return err
		}
		diary, err := read(diaries, advisor)
		if err != nil {
			return err
		}
		if err := replace(diaries, advisor, b.touched(diary, n)); err != nil {
			return err
		}
		return insert(appointments, withID(docs.appointment, fmt.Sprintf(appointmentID, n)))
	}, nil
}

// bookingDocs has the store write the residents, and one of each document that
// a booking writes.
func (b *bench) bookingDocs(ctx context.Context) (docs bookingDocs, err error) {
	now, start := time.Now(), b.free[0].start
	person := strings.Repeat("r", len(b.residents[0].id))
	id := strings.Repeat("t", len(fmt.Sprintf(appointmentID, 0)))
	pointer := strings.Repeat("t", len(fmt.Sprintf(pointerID, 0)))
	people := make([]domain.Person, len(b.residents))
	for i, r := range b.residents {
		people[i] = domain.Person{Meta: domain.Meta{ID: r.id}, Kind: domain.Resident, Name: "王建国", Phone: "15409001001", Verified: true,
			Village: villageOf(0), Consents: []domain.Consent{{Version: services.PrivacyVersion, At: now}}, Login: id, Created: now}
	}
	data := b.ceiling.data
	err = errors.Join(
		data.People.InsertMany(ctx, people),
		data.Pending.Insert(ctx, domain.Pointer{Meta: domain.Meta{ID: pointer}, Kind: "appointment", Subject: id, Seq: 1,
			Advisor: advisorID(0), Sheet: person, At: now}),
		data.Sheets.Insert(ctx, domain.Sheet{Meta: domain.Meta{ID: person}, Open: []domain.OpenBooking{{Appointment: id, Start: start, Edition: 1}}}),
		data.Appointments.Insert(ctx, domain.Appointment{Meta: domain.Meta{ID: id}, Status: domain.Booked, Advisor: advisorID(0), Resident: person,
			Booker: person, Sheet: person, Name: "王建国", Phone: "15409001001", Village: villageOf(0), Start: start, End: start,
			Channel: domain.Visit, Topic: topic, Details: details, Request: id, Created: now,
			Events: []domain.Event{{Seq: 1, At: now, Verb: domain.Book, By: person, ByKind: domain.Resident, Status: domain.Booked, Start: start}}}),
	)
	if err != nil {
		return docs, err
	}
	for _, t := range []struct {
		collection, id string
		doc            *bson.Raw
	}{{"pending", pointer, &docs.pointer}, {"sheets", person, &docs.sheet}, {"appointments", id, &docs.appointment}} {
		if *t.doc, err = b.ceiling.bare.Collection(t.collection).FindOne(ctx, byID(t.id)).Raw(); err != nil {
			return docs, err
		}
	}
	return docs, nil
}

// withID answers the document under another id of the same length, which stands
// first in it: four bytes of length, a type, "_id" and a zero, and four bytes of
// length come before.
func withID(doc bson.Raw, id string) bson.Raw {
	out := append(bson.Raw{}, doc...)
	copy(out[4+1+4+4:], id)
	return out
}

// touched answers the document with a number of its own written into it, so
// that it differs from the one on disk: an engine may leave the same alone.
func (b *bench) touched(doc bson.Raw, n int) bson.Raw {
	field := "rev"
	if b.engine.embedded() {
		field = "doc" // where all of it lies packed
	}
	out := append(bson.Raw{}, doc...)
	value := out.Lookup(field).Value
	binary.LittleEndian.PutUint64(value[len(value)-8:], uint64(n))
	return out
}

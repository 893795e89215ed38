package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

const (
	appendRatio = 0.5
	// loggers are the demo advisors who log, in turn.
	loggers = 60
	// What a chain, a ledger and an inbox hold on the whole.
	meanRecords, meanRows, meanNotices = domain.PageLen / 2, 25, domain.PageLen / 2
)

// logger is a demo advisor who logs services in a village.
type logger struct{ token, village string }

// append lets advisors log services: what is answered stands in the chain, in
// the month of the advisor and in the month of the village.
func (b *bench) append(ctx context.Context) error {
	b.say("append")
	all, err := b.loggers(ctx)
	if err != nil {
		return err
	}
	ceiling, err := b.bareLog(ctx)
	if err != nil {
		return err
	}
	end := time.Now().Add(-24 * time.Hour).Truncate(time.Second)
	ours, bare, err := b.sideBySide(ctx, func(n int) error {
		l, end := all[n%loggers], end.Add(-time.Duration(b.keys.Add(1))*time.Second) // each another service
		_, err := b.server.ask(ctx, http.MethodPost, b.server.base+"/api/v1/service-logs", request{
			token: l.token, key: fmt.Sprintf("bench-%d", b.keys.Add(1)),
			body: map[string]any{"village": l.village, "mode": domain.Fixed, "duty": domain.Consultation, "content": topic, "result": details,
				"start": end.Add(-time.Hour).Format(time.RFC3339), "end": end.Format(time.RFC3339), "counters": map[string]int{"consultations": 1}}})
		return err
	}, ceiling)
	if err != nil {
		return err
	}
	ratio := ours.rate() / bare.rate()
	b.page.add(row{"append", b.engine.name, perSecond(ours.rate()), perSecond(bare.rate()), ratioText(ratio), fmt.Sprintf(">= %.1f", appendRatio),
		millis(ours.percentile(50)), millis(ours.percentile(99)), milliCPU(ours.cpuEach()), verdict(ratio >= appendRatio)})
	b.page.note("%s, `append`: an answered log stands in its chain of %d records a page, in two ledgers, and in the inbox of the village's cadre.", b.engine.name, domain.PageLen)
	return nil
}

// loggers logs the demo advisors in, each with the first village that is served.
func (b *bench) loggers(ctx context.Context) ([]logger, error) {
	var all []logger
	for n := range loggers {
		body, err := b.server.ask(ctx, http.MethodPost, b.server.base+"/api/v1/login", request{body: map[string]string{"code": fmt.Sprintf("demo-advisor-%d", n+1)}})
		if err != nil {
			return nil, err
		}
		var in struct {
			Token  string
			Person struct{ ID string }
		}
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		body, err = b.server.ask(ctx, http.MethodGet, b.server.base+"/api/v1/advisors/"+in.Person.ID, request{})
		if err != nil {
			return nil, err
		}
		var card struct{ Villages []struct{ Code string } }
		if err := json.Unmarshal(body, &card); err != nil {
			return nil, err
		}
		if len(card.Villages) == 0 {
			return nil, errors.New("a demo advisor serves no village")
		}
		all = append(all, logger{in.Token, card.Villages[0].Code})
	}
	return all, nil
}

// bareLog answers what a log reads and writes before it answers, done by the
// bare driver: the writer, the diary and the district are read; the pointer and
// the log are inserted; the last page of the chain, its head, the months of the
// advisor and the village and the cadre's inbox are read and replaced; the
// pointer is deleted.
func (b *bench) bareLog(ctx context.Context) (func(n int) error, error) {
	docs, err := b.logDocs(ctx)
	if err != nil {
		return nil, err
	}
	db := b.ceiling.bare
	changed := []string{"records", "chain_heads", "ledgers", "ledgers", "inboxes"}
	return func(n int) error {
		person, id := b.residents[n%len(b.residents)].id, fmt.Sprintf("l%025d", n)
		for collection, key := range map[string]string{"people": person, "diaries": advisorID(n % advisors), "offices": logOffice} {
			if _, err := db.Collection(collection).FindOne(ctx, byID(key)).Raw(); err != nil {
				return err
			}
		}
		pointer := withID(docs.pointer, "log|"+id+"|1")
		if _, err := db.Collection("pending").InsertOne(ctx, pointer); err != nil {
			return err
		}
		if _, err := db.Collection("service_logs").InsertOne(ctx, withID(docs.log, id)); err != nil {
			return err
		}
		for i, collection := range changed {
			key := logKey(i, n%loggers)
			doc, err := db.Collection(collection).FindOne(ctx, byID(key)).Raw()
			if err != nil {
				return err
			}
			if _, err := db.Collection(collection).ReplaceOne(ctx, byID(key), b.touched(doc, n)); err != nil {
				return err
			}
		}
		_, err := db.Collection("pending").DeleteOne(ctx, byID("log|"+id+"|1"))
		return err
	}, nil
}

const logOffice = "110116"

// logKey answers the id of the i-th kind of document that a log of the n-th
// advisor changes.
func logKey(i, n int) string {
	return fmt.Sprintf([]string{"chain-of-%03d|1", "chain-of-%03d", "advisor-%03d|2026-11", "village-%03d|2026-11", "cadre-%03d"}[i], n)
}

// logDocs are the documents that a log inserts, as they lie on disk.
type logDocs struct{ pointer, log bson.Raw }

// logDocs has the store write one of each document that a log inserts, and for
// each advisor those that it changes.
func (b *bench) logDocs(ctx context.Context) (docs logDocs, err error) {
	now, data := time.Now(), b.ceiling.data
	id := "l" + strings.Repeat("t", 25)
	log := domain.ServiceLog{Meta: domain.Meta{ID: id}, Advisor: advisorID(0), Status: domain.Unconfirmed, Request: id, Created: now,
		Versions: []domain.LogVersion{{Report: domain.Report{Village: villageOf(0), Town: domain.TownOf(villageOf(0)), Mode: domain.Fixed, Duty: domain.Consultation,
			Start: now, End: now, Content: topic, Result: details}, At: now, By: advisorID(0), ByKind: domain.AdvisorKind}},
		Events: []domain.LogEvent{{Seq: 1, At: now, Verb: domain.WriteLog, By: advisorID(0), ByKind: domain.AdvisorKind, Version: 1, Status: domain.Unconfirmed}}}
	record := domain.Record{Source: "log|" + id + "|1", Kind: domain.RecordService, On: now, Recorded: now, By: advisorID(0), ByKind: domain.AdvisorKind, Ref: id,
		Village: villageOf(0), Codes: map[string]string{"how": "fixed", "duty": "consultation", "status": "unconfirmed"},
		Numbers: map[string]int64{"state": 1, "minutes": 60, "late_days": 1, "consultations": 1}}
	err = errors.Join(
		data.Pending.Insert(ctx, domain.Pointer{Meta: domain.Meta{ID: "log|" + id + "|1"}, Kind: "log", Subject: id, Seq: 1, At: now}),
		data.Logs.Insert(ctx, log), data.Offices.Insert(ctx, domain.Office{Meta: domain.Meta{ID: logOffice}}))
	for n := range loggers {
		page := domain.RecordPage{Meta: domain.Meta{ID: logKey(0, n)}}
		for range meanRecords {
			page.Items = append(page.Items, lifecycle.Link(logKey(1, n), nil, record))
		}
		fact, _ := lifecycle.FactOf(advisorID(n), &record)
		rows := make([]domain.Fact, meanRows)
		inbox := domain.Inbox{Meta: domain.Meta{ID: logKey(4, n)}, Items: make([]domain.Notice, meanNotices)}
		for i := range rows {
			rows[i] = fact
		}
		for i := range inbox.Items {
			inbox.Items[i] = domain.Notice{ID: id + ".1.service_logged", Kind: domain.NoticeLogged, At: now, Log: id, Advisor: advisorID(n), Village: villageOf(n), Start: now, End: now}
		}
		err = errors.Join(err, data.Records.Insert(ctx, page),
			data.Heads.Insert(ctx, domain.ChainHead{Meta: domain.Meta{ID: logKey(1, n)}, Len: 50, Hash: page.Items[0].Hash}),
			data.Ledgers.Insert(ctx, domain.Ledger{Meta: domain.Meta{ID: logKey(2, n)}, Rows: rows}),
			data.Ledgers.Insert(ctx, domain.Ledger{Meta: domain.Meta{ID: logKey(3, n)}, Rows: rows}),
			data.Inboxes.Insert(ctx, inbox))
	}
	if err != nil {
		return docs, err
	}
	if docs.pointer, err = raw(ctx, b.ceiling.bare.Collection("pending"), "log|"+id+"|1"); err != nil {
		return docs, err
	}
	docs.log, err = raw(ctx, b.ceiling.bare.Collection("service_logs"), id)
	return docs, err
}

func raw(ctx context.Context, c *mongo.Collection, id string) (bson.Raw, error) {
	return c.FindOne(ctx, byID(id)).Raw()
}

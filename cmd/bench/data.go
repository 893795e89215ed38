package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/schedule"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
)

// What is loaded: advisors whose every day has half-hour slots in a village and
// by video; on every second day half of them are taken.
const (
	advisors     = 300
	contended    = 10 // the last advisors, kept for `contend`
	horizonDays  = 30
	slotsOfDay   = 16
	takenOfDay   = slotsOfDay / 2
	askedDays    = 14
	morning      = domain.Minute(9 * 60)
	afternoon    = domain.Minute(14 * 60)
	halfDay      = domain.Minute(slotsOfDay / 2 * domain.DefaultSlotMinutes)
	firstVillage = 110116001001
)

// wish is a slot that somebody is to book.
type wish struct {
	advisor, village string
	start            time.Time
	channel          domain.Channel
}

func advisorID(i int) string { return fmt.Sprintf("bench-advisor-%03d", i) }

// villageOf spreads the advisors over the seventeen towns of the demo data.
func villageOf(i int) string { return strconv.Itoa(firstVillage + i%17*1000 + i/17) }

// diaryOf makes an advisor's diary.
func diaryOf(i int, today domain.Day) domain.Diary {
	village := villageOf(i)
	d := domain.Diary{
		Meta: domain.Meta{ID: advisorID(i)}, Edition: 1, Rules: domain.DefaultRules,
		Posts: []domain.Post{{Village: village, Role: domain.Main, From: today, To: today.Add(365)}},
	}
	for weekday := 1; weekday <= 7; weekday++ {
		d.Shifts = append(d.Shifts,
			domain.Shift{Village: village, Channels: []domain.Channel{domain.Visit}, Weekday: weekday,
				From: morning, To: morning + halfDay, Slot: domain.DefaultSlotMinutes},
			domain.Shift{Village: village, Channels: []domain.Channel{domain.Video}, Weekday: weekday,
				From: afternoon, To: afternoon + halfDay, Slot: domain.DefaultSlotMinutes})
	}
	slots := schedule.Slots(&d, schedule.NewCalendar(nil), today.Time(), schedule.Query{From: today.Add(1), To: today.Add(horizonDays)})
	for n, s := range slots {
		if n/slotsOfDay%2 == 0 && n%2 == 0 {
			d.Taken = append(d.Taken, domain.Booking{Appointment: hash(), From: s.Start, To: s.End, Channel: s.Channel,
				Village: s.Village, Client: hash(), Edition: 1})
		}
	}
	return d
}

// hash answers a text that looks like one of the store's hashes.
func hash() string { return strings.ToLower(rand.Text()) }

// diaries makes all diaries.
func diaries(today domain.Day) []domain.Diary {
	all := make([]domain.Diary, advisors)
	for i := range all {
		all[i] = diaryOf(i, today)
	}
	return all
}

// freeSlots lists what is free in the diaries.
func freeSlots(diaries []domain.Diary, today domain.Day) []wish {
	calendar := schedule.NewCalendar(schedule.Shipped())
	var all []wish
	for i := range diaries {
		q := schedule.Query{From: today.Add(1), To: today.Add(horizonDays)}
		for _, s := range schedule.Slots(&diaries[i], calendar, today.Time(), q) {
			all = append(all, wish{diaries[i].ID, s.Village, s.Start, s.Channel})
		}
	}
	return all
}

// site is an open database: as the store knows it, and as the bare driver does.
type site struct {
	data  services.Data
	bare  *mongo.Database
	close func(drop bool) error
}

// open opens a database of the engine; files lie in the folder, and on the
// embedded engine the database too.
func (e engine) open(ctx context.Context, folder, name string, key []byte) (*site, error) {
	keys, err := store.NewKeys(key)
	if err != nil {
		return nil, err
	}
	conf := store.Config{URI: e.uri, Database: name, Keys: keys, Folder: folder}
	bare, stop := options.Client(), func() {}
	if e.embedded() {
		host, err := embedded.Start(folder)
		if err != nil {
			return nil, err
		}
		conf.URI, conf.Embedded, stop = host.URI, host, host.Stop
		bare.SetMaxPoolSize(1).SetRetryReads(false).SetRetryWrites(false)
	}
	s, err := store.Open(ctx, conf)
	if err != nil {
		stop()
		return nil, err
	}
	client, err := mongo.Connect(bare.ApplyURI(conf.URI))
	if err != nil {
		return nil, err
	}
	return &site{data: s.Data(), bare: client.Database(name), close: func(drop bool) error {
		defer stop()
		defer func() { _ = client.Disconnect(ctx) }()
		if drop {
			if err := s.Drop(ctx); err != nil {
				return err
			}
		}
		return s.Close(ctx)
	}}, nil
}

func byID(id string) bson.D { return bson.D{{Key: "_id", Value: id}} }

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
)

// clock is the house's clock. Only demo mode moves it.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Now().Add(time.Duration(c.offset.Load())).Truncate(time.Millisecond)
}

// past answers the earliest that the clock may say again: it is set back to the
// machine's, or ahead of it.
func (c *clock) past() time.Time {
	if machine := time.Now(); machine.Before(c.now()) {
		return machine
	}
	return c.now()
}

func (c *clock) move(offset time.Duration) { c.offset.Store(int64(offset)) }

// house is what every command needs: the store, the clock and the villages.
type house struct {
	clock  clock
	data   services.Data
	years  *services.Years
	places *services.Places

	store  *store.Store
	engine *embedded.Engine // nil on MongoDB
}

// openHouse opens the store: MongoDB where one is named, the embedded engine
// otherwise.
func openHouse(ctx context.Context, conf config) (*house, error) {
	keys, err := store.NewKeys(conf.dataKey)
	if err != nil {
		return nil, err
	}
	h := &house{}
	sc := store.Config{URI: conf.mongoURI.Reveal(), Database: conf.mongoDatabase, Keys: keys}
	if conf.mongoURI == "" {
		if h.engine, err = embedded.Start(conf.dataDir); err != nil {
			return nil, err
		}
		sc.URI, sc.Embedded = h.engine.URI, h.engine
	}
	if h.store, err = store.Open(ctx, sc); err != nil {
		if h.engine != nil {
			h.engine.Stop()
		}
		return nil, err
	}
	h.data = h.store.Data()
	h.years = &services.Years{Data: h.data}
	h.places = &services.Places{Towns: h.data.Towns}
	if err := h.recognise(ctx, conf); err != nil {
		h.close(ctx)
		return nil, err
	}
	return h, nil
}

// errOtherStore says that a store was made in the other mode or with another
// key.
var errOtherStore = errors.New("this store belongs to other settings")

// recognise holds the store to the mode and the data key with which it was
// made: with another key nobody would be found again, and invented people have
// no place among real ones.
func (h *house) recognise(ctx context.Context, conf config) error {
	mode := "real"
	if conf.demo {
		mode = "demo"
	}
	key := h.data.Hash("store", "key")
	mark, err := h.data.Marks.Upsert(ctx, "store", func(m *domain.Mark) error {
		if m.Mode != "" {
			return domain.ErrUnchanged
		}
		m.Mode, m.Key, m.At = mode, key, h.clock.now()
		return nil
	})
	switch {
	case err != nil:
		return err
	case mark.Key != key:
		return fmt.Errorf("%w: it was made with another DATA_KEY", errOtherStore)
	case mark.Mode != mode:
		return fmt.Errorf("%w: it was made in %s mode, the program runs in %s mode (DEMO)", errOtherStore, mark.Mode, mode)
	}
	return nil
}

// close waits for what is under way and gives the data folder free.
func (h *house) close(ctx context.Context) {
	if err := h.store.Close(context.WithoutCancel(ctx)); err != nil {
		slog.Error("close the store", "err", err)
	}
	if h.engine != nil {
		h.engine.Stop()
	}
}

// since answers from when on pointers may belong to somebody alive: only this
// program writes to the embedded engine.
func (h *house) since() time.Time {
	if h.engine == nil {
		return time.Time{}
	}
	return h.clock.now()
}

func (h *house) relay() *services.Relay {
	return services.NewRelay(h.data, h.clock.now, h.years, h.since())
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"villagecounsel/handlers"
	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/wechat"
	"villagecounsel/services/wechat/wechattest"
	"villagecounsel/store/embedded"
)

const (
	drainLimit = 8 * time.Second // requests under way are waited for this long
	// placesFresh is how often the list of villages is read again: an import
	// may have run in another process.
	placesFresh = 5 * time.Minute
)

// serve runs the program until the context ends, and then drains it.
func serve(ctx context.Context, conf config, stdout, stderr io.Writer) error {
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	slog.SetDefault(log)
	h, err := openHouse(ctx, conf)
	if err != nil {
		return err
	}
	defer h.close(ctx)
	if err := embedded.ClearSnapshots(filepath.Join(conf.dataDir, snapshotsFolder), time.Now()); err != nil {
		log.WarnContext(ctx, "old snapshots stay", "err", err)
	}
	if conf.demo {
		if _, err := h.data.Marks.Get(ctx, seededMark); errors.Is(err, domain.ErrNotFound) {
			fmt.Fprintln(stdout, "正在装入演示数据,连同过去十二个月,需要几秒钟…… loading the demo data and its past")
		}
		if err := seed(ctx, h, io.Discard); err != nil {
			return err
		}
	}
	if err := h.places.Load(ctx); err != nil {
		return err
	}
	endpoint := ""
	if conf.demo {
		platform, err := wechattest.Start(wechattest.Options{AppID: conf.appID, AppSecret: conf.appSecret, Now: h.clock.now})
		if err != nil {
			return err
		}
		defer func() { _ = platform.Close() }()
		endpoint = platform.URL()
	}
	srv, relay, err := edge(h, conf, endpoint, log)
	if err != nil {
		return err
	}
	workers, stopWorkers := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { relay.Run(workers) })
	wg.Go(func() { refresh(workers, h, srv.Accounts) })
	defer wg.Wait()
	defer stopWorkers()

	var lc net.ListenConfig
	public, err := lc.Listen(ctx, "tcp", conf.addr)
	if err != nil {
		return fmt.Errorf("ADDR: %w", err)
	}
	admin, err := lc.Listen(ctx, "tcp", conf.adminAddr)
	if err != nil {
		_ = public.Close()
		return fmt.Errorf("ADMIN_ADDR: %w", err)
	}
	fmt.Fprint(stdout, banner(conf, public.Addr(), admin.Addr()))
	return listen(ctx, srv, public, admin)
}

// edge wires the verbs and the routes.
func edge(h *house, conf config, endpoint string, log *slog.Logger) (*handlers.Server, *services.Relay, error) {
	tokens, err := handlers.NewTokens([]byte(conf.jwtKey.Reveal()), h.clock.now)
	if err != nil {
		return nil, nil, err
	}
	relay := h.relay()
	accounts := &services.Accounts{Data: h.data, Now: h.clock.now, Places: h.places,
		Platform: wechat.New(wechat.Config{AppID: conf.appID, AppSecret: conf.appSecret, Endpoint: endpoint})}
	booking := &services.Booking{Data: h.data, Now: h.clock.now, Years: h.years, Places: h.places, Relay: relay, Past: h.clock.past}
	c := handlers.Config{
		Accounts:  accounts,
		Roster:    &services.Roster{Data: h.data, Now: h.clock.now, Places: h.places},
		Schedules: &services.Schedules{Data: h.data, Now: h.clock.now, Years: h.years, Relay: relay},
		Booking:   booking,
		Waiting:   &services.Waiting{Data: h.data, Now: h.clock.now, Places: h.places},
		Notices:   &services.Notices{Data: h.data},
		Relay:     relay, Places: h.places, Tokens: tokens,

		Logs:       &services.Logs{Data: h.data, Now: h.clock.now, Places: h.places, Relay: relay, Booking: booking},
		SignIns:    &services.SignIns{Data: h.data, Now: h.clock.now, Places: h.places, Relay: relay},
		Files:      &services.Files{Data: h.data, Now: h.clock.now, Relay: relay},
		Complaints: &services.Complaints{Data: h.data, Now: h.clock.now, Years: h.years, Relay: relay},
		Records:    &services.Records{Data: h.data, Now: h.clock.now},
		Tallies:    &services.Tallies{Data: h.data, Now: h.clock.now, Places: h.places},

		Now: h.clock.now, Wall: time.Now, Ping: h.store.Ping, Proxies: conf.proxies, RateLimit: conf.rateLimit, Log: log,
	}
	if h.engine != nil {
		c.Snapshot = &snapshots{house: h, conf: conf}
	}
	if conf.demo {
		accounts.Newcomer = newcomer(h)
		c.SetClock, c.Cast = h.clock.move, h.cast
	}
	return handlers.New(c), relay, nil
}

// listen serves until the context ends, then stops taking requests and waits
// for those under way.
func listen(ctx context.Context, srv *handlers.Server, public, admin net.Listener) error {
	servers := []*http.Server{server(srv.Handler()), server(srv.Admin())}
	failed := make(chan error, len(servers))
	for i, l := range []net.Listener{public, admin} {
		go func() { failed <- servers[i].Serve(l) }()
	}
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	srv.Drain()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	for _, s := range servers {
		if serr := s.Shutdown(drain); serr != nil {
			slog.Warn("some requests were cut off", "err", serr)
			_ = s.Close()
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
}

// refresh keeps what is remembered in memory fresh and small.
func refresh(ctx context.Context, h *house, accounts *services.Accounts) {
	tick := time.NewTicker(placesFresh)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			accounts.Forget()
			if err := h.places.Load(ctx); err != nil {
				slog.Error("read the villages again", "err", err)
			}
		}
	}
}

func banner(conf config, public, admin net.Addr) string {
	engine := "embedded FerretDB on SQLite, " + conf.dataDir
	if conf.mongoURI != "" {
		engine = "MongoDB, " + conf.mongoDatabase
	}
	text := fmt.Sprintf(`村居法顾已启动 villagecounsel is serving
  接口文档 API and docs   http://%[1]s/docs
  契约     contract       http://%[1]s/api/v1/openapi.yaml
  运行指标 figures        http://%[2]s/metrics
  数据     data           %[3]s
`, public, admin, engine)
	if conf.demo {
		text = fmt.Sprintf(demoOpening, public) + text + fmt.Sprintf(demoBanner, public)
	}
	return text
}

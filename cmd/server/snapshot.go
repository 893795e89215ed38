package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
)

const (
	snapshotsFolder = "snapshots" // in the data folder
	snapshotRoute   = "/snapshot"
	snapshotHeader  = "Snapshot-Key"
	// snapshotFresh is how far apart the clocks of the two programs may be.
	snapshotFresh = 5 * time.Minute
	// snapshotLife is how long a snapshot that nobody reads is left alone.
	snapshotLife = 10 * time.Minute
)

// snapshot is what the serving program answers: where a copy of its database
// lies within the data folder, and the moment that it shows.
type snapshot struct {
	Folder string     `json:"folder"`
	Made   time.Time  `json:"made"`
	Until  domain.Day `json:"until"` // day of the last digest then
}

// snapshotKey proves knowledge of the data key: a time and its keyed hash. It is
// good once.
func snapshotKey(hash func(purpose, text string) string, at time.Time) string {
	stamp := strconv.FormatInt(at.UnixNano(), 10)
	return stamp + "." + hash("admin", snapshotRoute+" "+stamp)
}

// snapshots makes snapshots for who knows the data key. No data goes over the
// wire.
type snapshots struct {
	*house
	conf config
	one  sync.Mutex
	used map[string]time.Time // keys that were accepted, until they no longer would be
}

func (s *snapshots) folder() string { return filepath.Join(s.conf.dataDir, snapshotsFolder) }

func (s *snapshots) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get(snapshotHeader)
	if !s.known(key) {
		http.NotFound(w, r)
		return
	}
	if !s.one.TryLock() {
		http.Error(w, "a snapshot is being made", http.StatusConflict)
		return
	}
	defer s.one.Unlock()
	if !s.first(key) {
		http.NotFound(w, r)
		return
	}
	// A large database takes longer than a request may.
	c := http.NewResponseController(w)
	err := errors.Join(c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{}))
	var shot snapshot
	if err == nil {
		shot, err = s.make(r.Context())
	}
	if err != nil {
		slog.ErrorContext(r.Context(), "make a snapshot", "err", err)
		http.Error(w, "no snapshot: see the program's log", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(shot) // who asked may be gone; what they leave is removed in time
}

func (s *snapshots) known(key string) bool {
	stamp, _, _ := strings.Cut(key, ".")
	nanos, err := strconv.ParseInt(stamp, 10, 64)
	at := time.Unix(0, nanos)
	return err == nil && time.Since(at).Abs() <= snapshotFresh &&
		subtle.ConstantTimeCompare([]byte(key), []byte(snapshotKey(s.data.Hash, at))) == 1
}

// first reports whether a key is used for the first time. The caller holds one.
func (s *snapshots) first(key string) bool {
	maps.DeleteFunc(s.used, func(_ string, at time.Time) bool { return time.Since(at) > 2*snapshotFresh })
	if _, ok := s.used[key]; ok {
		return false
	}
	if s.used == nil {
		s.used = map[string]time.Time{}
	}
	s.used[key] = time.Now()
	return true
}

func (s *snapshots) make(ctx context.Context) (shot snapshot, err error) {
	if err := embedded.ClearSnapshots(s.folder(), time.Now().Add(-snapshotLife)); err != nil {
		slog.WarnContext(ctx, "old snapshots stay", "err", err)
	}
	if shot.Until, err = lastDigest(ctx, s.data); err != nil {
		return shot, err
	}
	shot.Made = s.clock.now()
	shot.Folder, err = s.engine.Snapshot(ctx, s.conf.mongoDatabase, s.folder())
	return shot, err
}

var snapshotName = regexp.MustCompile(`^[a-z0-9]+$`)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 10

// askSnapshot asks the program that serves on the data folder for a snapshot.
func askSnapshot(ctx context.Context, conf config) (shot snapshot, err error) {
	keys, err := store.NewKeys(conf.dataKey)
	if err != nil {
		return shot, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+reachable(conf.adminAddr)+snapshotRoute, http.NoBody)
	if err != nil {
		return shot, err
	}
	req.Header.Set(snapshotHeader, snapshotKey(keys.Hash, time.Now()))
	transport := &http.Transport{DisableKeepAlives: true} // and no proxy
	res, err := transport.RoundTrip(req)
	if err != nil {
		return shot, fmt.Errorf("%w: %w", errLocked, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return shot, fmt.Errorf("%w: %w", errLocked, err)
	case res.StatusCode == http.StatusNotFound:
		return shot, fmt.Errorf("%w: %s knows of no snapshot by this DATA_KEY", errLocked, conf.adminAddr)
	case res.StatusCode != http.StatusOK:
		return shot, fmt.Errorf("snapshot: the program answers %d: %s", res.StatusCode, strings.TrimSpace(string(text)))
	}
	if err := json.Unmarshal(text, &shot); err != nil || !snapshotName.MatchString(shot.Folder) {
		return shot, fmt.Errorf("%w: %s answers something else", errLocked, conf.adminAddr)
	}
	if _, err := os.Stat(filepath.Join(conf.dataDir, snapshotsFolder, shot.Folder)); err != nil {
		return shot, fmt.Errorf("%w: %s serves another DATA_DIR", errLocked, conf.adminAddr)
	}
	return shot, nil
}

// reachable answers where a listener can be asked that listens everywhere.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}

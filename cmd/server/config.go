package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"villagecounsel/services/domain"
	"villagecounsel/store"
)

// config is what the environment says.
type config struct {
	addr, adminAddr string
	dataDir         string
	mongoURI        domain.Private // it may hold a password
	mongoDatabase   string
	demo            bool
	jwtKey          domain.Private
	dataKey         []byte
	appID           string
	appSecret       domain.Private
	rateLimit       float64
	proxies         []string
}

// mode answers the mode that a store remembers.
func (c *config) mode() string {
	if c.demo {
		return "demo"
	}
	return "real"
}

const (
	// demoPrefix marks keys that demo mode made, so that real mode refuses them.
	demoPrefix  = "demo-"
	demoAppID   = "demo-app"
	minTokenKey = 32
)

// readConfig reads the environment. All faults are reported together.
func readConfig(getenv func(string) string) (config, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	get := func(name, otherwise string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return otherwise
	}
	secret := func(name string) domain.Private {
		v, file := getenv(name), getenv(name+"_FILE")
		if v != "" && file != "" {
			fault("%s and %s_FILE are both set: leave one", name, name)
		}
		if file == "" {
			return domain.Private(v)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			fault("%s_FILE: cannot be read: %v", name, errors.Unwrap(err))
		}
		return domain.Private(strings.TrimSpace(string(b)))
	}
	c := config{
		addr: get("ADDR", "127.0.0.1:8080"), adminAddr: get("ADMIN_ADDR", "127.0.0.1:8081"),
		dataDir: get("DATA_DIR", "./data"), mongoURI: secret("MONGODB_URI"), mongoDatabase: get("MONGODB_DATABASE", "villagecounsel"),
		jwtKey: secret("JWT_KEY"), appID: getenv("WECHAT_APP_ID"), appSecret: secret("WECHAT_APP_SECRET"),
	}
	dataKey := secret("DATA_KEY")
	for name, addr := range map[string]string{"ADDR": c.addr, "ADMIN_ADDR": c.adminAddr} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			fault("%s: %q is no host:port", name, addr)
		}
	}
	switch v := getenv("DEMO"); v {
	case "", "0":
	case "1":
		c.demo = true
	default:
		fault("DEMO: %q is neither 1 nor 0", v)
	}
	for p := range strings.FieldsFuncSeq(getenv("TRUSTED_PROXIES"), func(r rune) bool { return r == ',' || r == ' ' }) {
		_, aerr := netip.ParseAddr(p)
		_, perr := netip.ParsePrefix(p)
		if aerr != nil && perr != nil {
			fault("TRUSTED_PROXIES: %q is no address or network", p)
		}
		c.proxies = append(c.proxies, p)
	}
	var err error
	if c.rateLimit, err = strconv.ParseFloat(get("RATE_LIMIT", "20"), 64); err != nil || c.rateLimit < 0 || c.rateLimit > 1e6 {
		fault("RATE_LIMIT: %q is no number of requests a second (0 = none)", getenv("RATE_LIMIT"))
	}
	if c.demo {
		err = c.demoSecrets(&dataKey)
	} else {
		err = c.checkSecrets(dataKey)
	}
	faults = append(faults, err)
	if text := strings.TrimPrefix(dataKey.Reveal(), demoPrefix); text != "" {
		if c.dataKey, err = base64.StdEncoding.DecodeString(text); err != nil || len(c.dataKey) != store.KeyBytes {
			fault("DATA_KEY: want %d bytes in base64 (openssl rand -base64 %d)", store.KeyBytes, store.KeyBytes)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return config{}, fmt.Errorf("the settings do not do:\n%w", err)
	}
	return c, nil
}

// checkSecrets holds real mode to secrets of its own.
func (c *config) checkSecrets(dataKey domain.Private) error {
	var faults []error
	for name, v := range map[string]domain.Private{"JWT_KEY": c.jwtKey, "DATA_KEY": dataKey, "WECHAT_APP_ID": domain.Private(c.appID), "WECHAT_APP_SECRET": c.appSecret} {
		switch {
		case v == "":
			faults = append(faults, fmt.Errorf("%s: missing (or set DEMO=1 to look around)", name))
		case strings.HasPrefix(v.Reveal(), demoPrefix):
			faults = append(faults, fmt.Errorf("%s: this one was made for demo mode and is refused here", name))
		}
	}
	if c.jwtKey != "" && len(c.jwtKey) < minTokenKey {
		faults = append(faults, fmt.Errorf("JWT_KEY: fewer than %d letters", minTokenKey))
	}
	return errors.Join(faults...)
}

// demoSecrets makes what demo mode needs, once, and keeps it in the data folder.
func (c *config) demoSecrets(dataKey *domain.Private) error {
	if c.appID != "" && c.appID != demoAppID {
		return errors.New("WECHAT_APP_ID: demo mode does not start with a real app id: unset it or DEMO")
	}
	c.appID, c.appSecret = demoAppID, demoPrefix+"secret"
	for _, k := range []struct {
		name  string
		value *domain.Private
	}{{"jwt.key", &c.jwtKey}, {"data.key", dataKey}} {
		if *k.value != "" && !strings.HasPrefix(k.value.Reveal(), demoPrefix) {
			return errors.New("JWT_KEY and DATA_KEY: demo mode makes its own: unset them or DEMO")
		}
		if *k.value != "" {
			continue
		}
		made, err := keptKey(filepath.Join(c.dataDir, "demo-keys", k.name))
		if err != nil {
			return fmt.Errorf("keep a demo key: %w", err)
		}
		*k.value = made
	}
	return nil
}

// keptKey answers the key of a file, made where it is missing. The file comes
// into being whole.
func keptKey(path string) (domain.Private, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		return domain.Private(strings.TrimSpace(string(b))), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	raw := make([]byte, store.KeyBytes)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	key := demoPrefix + base64.StdEncoding.EncodeToString(raw)
	part := path + ".part"
	if err := os.WriteFile(part, []byte(key+"\n"), 0o600); err != nil {
		return "", err
	}
	return domain.Private(key), os.Rename(part, path)
}

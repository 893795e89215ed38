package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"villagecounsel/services/domain"
)

const (
	tokenLife     = 2 * time.Hour
	tokenIssuer   = "villagecounsel"
	tokenAudience = "villagecounsel-api"
)

// Tokens signs and reads the tokens by which people stay logged in: JWT with
// HS256 and nothing else (RFC 7519, RFC 8725).
type Tokens struct {
	key    []byte
	keyID  string
	now    func() time.Time
	parser *jwt.Parser
}

// claims are what a token says: who, and which version of their tokens.
type claims struct {
	jwt.RegisteredClaims
	Version int `json:"ver"`
}

// NewTokens makes the signer of one key, which has at least 32 bytes.
func NewTokens(key []byte, now func() time.Time) (*Tokens, error) {
	if len(key) < sha256.Size {
		return nil, errors.New("the token key has fewer than 32 bytes")
	}
	sum := sha256.Sum256(append([]byte("kid"), key...))
	return &Tokens{key: key, keyID: hex.EncodeToString(sum[:4]), now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(tokenIssuer), jwt.WithAudience(tokenAudience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)}, nil
}

// Sign answers a token for a person, and when it expires.
func (t *Tokens) Sign(p *domain.Person) (token string, expires time.Time, err error) {
	now := t.now()
	expires = now.Add(tokenLife)
	tok := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: p.ID, Issuer: tokenIssuer, Audience: jwt.ClaimStrings{tokenAudience},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Version: p.Tokens,
	})
	tok.Header["kid"] = t.keyID
	token, err = tok.SignedString(t.key)
	return token, expires, err
}

// lineBreaks are skipped where base64 is decoded, however strictly: with them
// one token or cursor could be written in many ways.
const lineBreaks = "\r\n"

// Read answers whom a token names and which version it has, if it stands.
func (t *Tokens) Read(token string) (person string, version int, err error) {
	var c claims
	if strings.ContainsAny(token, lineBreaks) {
		return "", 0, domain.Fault(domain.Unauthenticated, "token_bad")
	}
	_, err = t.parser.ParseWithClaims(token, &c, func(tok *jwt.Token) (any, error) {
		if tok.Header["kid"] != t.keyID {
			return nil, errors.New("unknown key")
		}
		return t.key, nil
	})
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "", 0, domain.Fault(domain.Unauthenticated, "token_expired")
	case err != nil || c.Subject == "":
		return "", 0, domain.Fault(domain.Unauthenticated, "token_bad")
	}
	return c.Subject, c.Version, nil
}

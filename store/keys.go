package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"villagecounsel/services/domain"
)

// suiteAESGCM names AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D).
const suiteAESGCM = "a1"

// KeyBytes is the length of a data key.
const KeyBytes = 32

// Keys seals private text and answers the keyed hashes by which sealed things
// are found. A sealed value reads "suite.key id.base64", a sealed file the same
// without base64: suites and keys can be changed while old values stay readable.
type Keys struct {
	id     string
	aead   cipher.AEAD
	lookup []byte
}

// NewKeys derives the sealing key and the look-up key from one data key of
// KeyBytes bytes (HKDF, RFC 5869).
func NewKeys(dataKey []byte) (*Keys, error) {
	if len(dataKey) != KeyBytes {
		return nil, fmt.Errorf("data key has %d bytes, want %d", len(dataKey), KeyBytes)
	}
	sealing, err := hkdf.Key(sha256.New, dataKey, nil, "seal", KeyBytes)
	if err != nil {
		return nil, err
	}
	lookup, err := hkdf.Key(sha256.New, dataKey, nil, "lookup", KeyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(sealing)
	return &Keys{id: hex.EncodeToString(sum[:3]), aead: aead, lookup: lookup}, nil
}

var hashText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Hash answers the keyed hash of a text for one purpose: 26 letters and digits
// that say nothing to who has no key.
func (k *Keys) Hash(purpose, text string) string {
	mac := hmac.New(sha256.New, k.lookup)
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write([]byte(text))
	return hashText.EncodeToString(mac.Sum(nil)[:16])
}

// seal answers a text as it lies in a document.
func (k *Keys) seal(text domain.Private) (string, error) {
	if text == "" {
		return "", nil
	}
	box, err := k.shut([]byte(text.Reveal()), k.id)
	return k.mark() + base64.RawStdEncoding.EncodeToString(box), err
}

func (k *Keys) open(sealed string) (domain.Private, error) {
	if sealed == "" {
		return "", nil
	}
	text, err := k.unmark(sealed)
	if err != nil {
		return "", err
	}
	box, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("%w: cut short", errSealed)
	}
	plain, err := k.unshut(box, k.id)
	return domain.Private(plain), err
}

// sealBytes answers a content as it lies in a file. It can be opened under the
// same name alone: two files cannot be exchanged.
func (k *Keys) sealBytes(content []byte, name string) ([]byte, error) {
	box, err := k.shut(content, k.id+"|"+name)
	return append([]byte(k.mark()), box...), err
}

func (k *Keys) openBytes(sealed []byte, name string) ([]byte, error) {
	head := min(len(k.mark()), len(sealed)) // every mark is as long as this key's
	if _, err := k.unmark(string(sealed[:head])); err != nil {
		return nil, err
	}
	return k.unshut(sealed[head:], k.id+"|"+name)
}

// mark stands before what was sealed by this suite and key.
func (k *Keys) mark() string { return suiteAESGCM + "." + k.id + "." }

var errSealed = errors.New("sealed value cannot be opened")

// unmark answers what stands after the mark, if it is this key's.
func (k *Keys) unmark(sealed string) (rest string, err error) {
	suite, rest, _ := strings.Cut(sealed, ".")
	id, rest, ok := strings.Cut(rest, ".")
	if !ok || suite != suiteAESGCM {
		return "", fmt.Errorf("%w: unknown suite", errSealed)
	}
	if id != k.id {
		return "", fmt.Errorf("%w: it was sealed by key %s, the program has %s: is DATA_KEY the one this store was made with?", errSealed, id, k.id)
	}
	return rest, nil
}

// shut answers the nonce and the sealed bytes; bound is what they are bound to.
func (k *Keys) shut(plain []byte, bound string) ([]byte, error) {
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return k.aead.Seal(nonce, nonce, plain, []byte(bound)), nil
}

func (k *Keys) unshut(box []byte, bound string) ([]byte, error) {
	if len(box) < k.aead.NonceSize() {
		return nil, fmt.Errorf("%w: cut short", errSealed)
	}
	plain, err := k.aead.Open(nil, box[:k.aead.NonceSize()], box[k.aead.NonceSize():], []byte(bound))
	if err != nil {
		return nil, fmt.Errorf("%w: it was changed", errSealed)
	}
	return plain, nil
}

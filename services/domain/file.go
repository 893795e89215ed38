package domain

import "time"

// File is an uploaded file (附件): a JPEG or PNG picture without metadata, or a
// PDF. Its content lies outside the store under its id, which nobody can guess.
type File struct {
	Meta    `bson:",inline"`
	By      string    `bson:"by"`
	Type    string    `bson:"type"` // image/jpeg, image/png or application/pdf, by its content
	Size    int64     `bson:"size"` // bytes, as kept
	SHA256  string    `bson:"sha256"`
	Request string    `bson:"request"`         // SHA-256 of what was uploaded
	Claim   string    `bson:"claim,omitempty"` // the thing that it belongs to: "log|ID", "signin|advisor|day", "complaint|ID", "photo|advisor"
	Created time.Time `bson:"created"`
}

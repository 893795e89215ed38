// Package filecheck judges what people upload, by its content and never by its
// name: JPEG and PNG pictures, which are made anew from their pixels alone, and
// PDF files, which are kept as they are if nothing in them acts by itself. No
// content, however built, makes it use more than a bounded amount of memory.
package filecheck

import (
	"bytes"

	"villagecounsel/services/domain"
)

// MaxBytes is how large a file may be: the product's contract.
const MaxBytes = 10 << 20

// The types that are kept.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	PDF  = "application/pdf"
)

// Images are the types that are pictures.
var Images = []string{JPEG, PNG}

var (
	errType   = domain.InvalidField("file", "file_type")      // neither JPEG nor PNG nor PDF
	errLarge  = domain.InvalidField("file", "file_too_large") // bytes, or what they unpack to
	errBroken = domain.InvalidField("file", "file_broken")    // cut off, or not what it begins as
	errActive = domain.InvalidField("file", "file_active")    // may act by itself, or cannot be looked into
)

// Check judges a content and answers what of it is to be kept, and its type.
func Check(content []byte) (clean []byte, mime string, err error) {
	switch {
	case len(content) > MaxBytes:
		return nil, "", errLarge
	case bytes.HasPrefix(content, []byte("\xFF\xD8\xFF")):
		mime = JPEG
		clean, err = checkJPEG(content)
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1A\n")):
		mime = PNG
		clean, err = checkPNG(content)
	case bytes.HasPrefix(content, []byte("%PDF-")):
		mime = PDF
		clean, err = checkPDF(content)
	default:
		return nil, "", errType
	}
	switch {
	case err != nil:
		return nil, "", err
	case len(clean) > MaxBytes:
		return nil, "", errLarge
	}
	return clean, mime, nil
}

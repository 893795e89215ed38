// Package filecheck judges what people upload, by its content and never by its
// name: JPEG and PNG pictures, which are made anew from their pixels alone, and
// PDF files, which are kept as they are if nothing in them acts by itself. No
// content, however built, makes it use more than a bounded amount of memory.
package filecheck

import (
	"bytes"
	"strings"

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
	errMixed  = domain.InvalidField("file", "file_mixed")     // a picture that is something else as well
	errActive = domain.InvalidField("file", "file_active")    // may act by itself, or cannot be looked into
)

// pages are how a page, a drawing or a program of the web begins.
var pages = []string{"<script", "<html", "<!doctype", "<svg", "<?php"}

// isMixed reports whether a picture is something else at the same time (a
// polyglot): a page, a PDF, a ZIP. What is appended to a picture or written into
// its metadata is not kept, but who sends such a thing is told.
func isMixed(content []byte) bool {
	if bytes.Contains(content, []byte("%PDF-")) || bytes.Contains(content, []byte("PK\x03\x04")) && bytes.Contains(content, []byte("PK\x05\x06")) {
		return true
	}
	for rest := content; ; rest = rest[1:] {
		i := bytes.IndexByte(rest, '<')
		if i < 0 {
			return false
		}
		rest = rest[i:]
		for _, p := range pages {
			if len(rest) >= len(p) && strings.EqualFold(string(rest[:len(p)]), p) {
				return true
			}
		}
	}
}

// Check judges a content and answers what of it is to be kept, and its type.
func Check(content []byte) (clean []byte, mime string, err error) {
	switch {
	case len(content) > MaxBytes:
		return nil, "", errLarge
	case isPicture(content) && isMixed(content):
		return nil, "", errMixed
	case bytes.HasPrefix(content, []byte(jpegHead)):
		mime = JPEG
		clean, err = checkJPEG(content)
	case bytes.HasPrefix(content, []byte(pngHead)):
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

const (
	jpegHead = "\xFF\xD8\xFF"
	pngHead  = "\x89PNG\r\n\x1A\n"
)

func isPicture(content []byte) bool {
	return bytes.HasPrefix(content, []byte(jpegHead)) || bytes.HasPrefix(content, []byte(pngHead))
}

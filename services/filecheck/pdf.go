package filecheck

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checkPDF answers a PDF as it came, if nothing in it acts by itself.
//
// It looks through the whole file, earlier versions of it included, for the
// names by which PDF says what is to act (ISO 32000-1, 7.3.5 and 12.6), and
// unpacks object streams to look on in them. It is no reader of PDF and no
// scanner for viruses: a picture or a font that a faulty reader stumbles over
// looks to it like any other, a reader that takes for an object stream what
// does not say that it is one sees things that were not looked at here, and
// what a PDF tells of its author stays in it. It is therefore to be handed out
// as a file to be saved, never shown in place.
func checkPDF(content []byte) ([]byte, error) {
	body := bytes.TrimRight(content, space)
	if !pdfHead.Match(body[:min(len(body), headBytes)]) || !pdfEnd(body) {
		return nil, errBroken
	}
	if err := scanPDF(body); err != nil {
		return nil, err
	}
	return content, nil
}

const (
	space     = "\x00\t\n\f\r "
	delimiter = "()<>[]{}/%"
	headBytes = 16
	tailBytes = 64 // of startxref, a number and the end
	longName  = 32 // letters; no name that is looked for has more
	// maxUnpacked is what all object streams may unpack to: own choice.
	maxUnpacked = 64 << 20
)

var (
	pdfHead  = regexp.MustCompile(`^%PDF-[12]\.[0-9][\x00\t\n\f\r ]`)
	pdfTail  = regexp.MustCompile(`startxref[\x00\t\n\f\r ]+([0-9]{1,10})[\x00\t\n\f\r ]+%%EOF$`)
	pdfTable = regexp.MustCompile(`^[\x00\t\n\f\r ]*(xref[\x00\t\n\f\r ]|[0-9]+[\x00\t\n\f\r ]+[0-9]+[\x00\t\n\f\r ]+obj)`)
)

// pdfEnd reports whether the end of a PDF names the place of its table.
func pdfEnd(body []byte) bool {
	m := pdfTail.FindSubmatch(body[max(0, len(body)-tailBytes):])
	if m == nil {
		return false
	}
	at, err := strconv.Atoi(string(m[1]))
	return err == nil && at < len(body) && pdfTable.Match(body[at:min(len(body), at+tailBytes)])
}

// acting are the names of what acts by itself, brings other files along, or
// cannot be looked into. They never stand in the data of a stream, unless
// somebody hides there what a reader takes for an object.
var acting = []string{"JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "OpenAction",
	"Rendition", "SubmitForm", "ImportData", "Encrypt"}

var (
	// refused are the names that stand nowhere outside of streams: short ones
	// as well, which may be in packed data by chance.
	refused = set(append(slices.Clone(acting), "JS", "AA", "EF", "XFA")...)
	// hidden are those that stand nowhere in the data of a stream.
	hidden = set(append(slices.Clone(acting), "ObjStm", "First")...)
	// packing says how a stream holds objects. Flate, once and without a
	// predictor, is how programs pack them; what else there is cannot be
	// looked into.
	packing = set("ObjStm", "First", "N", "Filter", "FlateDecode", "Fl", "Predictor", "Crypt",
		"ASCIIHexDecode", "AHx", "ASCII85Decode", "A85", "LZWDecode", "LZW", "RunLengthDecode", "RL")
	usual = set("ObjStm", "First", "N", "Filter", "FlateDecode", "Fl")
)

func set(list ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range list {
		all[n] = true
	}
	return all
}

func scanPDF(body []byte) error {
	room := int64(maxUnpacked)
	for len(body) > 0 {
		outside, data, rest, err := cutStream(body)
		if err != nil {
			return err
		}
		if len(namesIn(outside, refused)) > 0 || len(namesIn(data, hidden)) > 0 {
			return errActive
		}
		// What stands between two streams says ObjStm only of the second.
		said := namesIn(outside, packing)
		own := namesIn(outside[max(0, bytes.LastIndex(outside, []byte("obj"))):], packing)
		switch {
		case said["ObjStm"] > 0:
			if err := scanObjects(data, said, &room); err != nil {
				return err
			}
		case data != nil && own["First"] > 0 && own["N"] > 0: // it is one and does not say so
			return errActive
		}
		body = rest
	}
	return nil
}

// pdfObject is how an object begins. In the data of a stream it stands only
// where somebody wants it to be read by some programs and not by others.
var pdfObject = regexp.MustCompile(`[0-9][\x00\t\n\f\r ]+[0-9]+[\x00\t\n\f\r ]+obj`)

// cutStream cuts off what comes before the next stream, and that stream's data.
// A stream follows a dictionary, and the word for it ends its line (ISO 32000-1,
// 7.3.8.1). Whatever might be one to one reader and none to another is refused:
// in a comment, within a string, or with objects in it.
func cutStream(body []byte) (outside, data, rest []byte, err error) {
	const begin, end = "stream", "endstream"
	for at := 0; ; {
		i := bytes.Index(body[at:], []byte(begin))
		if i < 0 {
			return body, nil, nil, nil
		}
		before := body[:at+i]
		at += i + len(begin)
		if !bytes.HasSuffix(bytes.TrimRight(before, space), []byte(">>")) {
			continue
		}
		data = bytes.TrimPrefix(body[at:], []byte("\r"))
		line := before[bytes.LastIndexAny(before, "\r\n")+1:]
		own := before[max(0, bytes.LastIndex(before, []byte("obj"))):]
		if !bytes.HasPrefix(data, []byte("\n")) || bytes.IndexByte(line, '%') >= 0 || withinString(own) {
			return nil, nil, nil, errBroken
		}
		data = data[1:]
		i = bytes.Index(data, []byte(end))
		if i < 0 {
			return nil, nil, nil, errBroken
		}
		if pdfObject.Match(data[:i]) {
			return nil, nil, nil, errActive
		}
		return body[:at], data[:i], data[i:], nil
	}
}

// withinString reports whether a string has been begun in an object and not
// ended (ISO 32000-1, 7.3.4.2).
func withinString(object []byte) bool {
	open := 0
	for i := 0; i < len(object); i++ {
		switch object[i] {
		case '\\':
			i++
		case '(':
			open++
		case ')':
			open--
		}
	}
	return open != 0
}

// scanObjects looks through the objects in a stream of which so much is said.
func scanObjects(data []byte, said map[string]int, room *int64) error {
	for name := range said {
		if !usual[name] {
			return errActive
		}
	}
	filters := said["Filter"]
	if filters > 1 || filters != said["FlateDecode"]+said["Fl"] {
		return errActive
	}
	if filters == 1 {
		var err error
		if data, err = unpack(data, room); err != nil {
			return err
		}
	}
	if len(namesIn(data, refused)) > 0 {
		return errActive
	}
	return nil
}

// unpack inflates as long as there is room.
func unpack(data []byte, room *int64) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, errBroken
	}
	out, err := io.ReadAll(io.LimitReader(z, *room+1))
	if err != nil {
		return nil, errBroken
	}
	if *room -= int64(len(out)); *room < 0 {
		return nil, errLarge
	}
	return out, nil
}

// namesIn counts those names among the wanted that stand in a text, "#4A" being
// read as the letter that it means.
func namesIn(text []byte, wanted map[string]bool) map[string]int {
	found := map[string]int{}
	name := make([]byte, 0, longName)
	for {
		i := bytes.IndexByte(text, '/')
		if i < 0 {
			return found
		}
		text, name = text[i+1:], name[:0]
		for i := 0; i < len(text) && len(name) < longName && strings.IndexByte(space+delimiter, text[i]) < 0; i++ {
			c := text[i]
			if c == '#' && i+2 < len(text) {
				if b, err := strconv.ParseUint(string(text[i+1:i+3]), 16, 8); err == nil {
					c, i = byte(b), i+2
				}
			}
			name = append(name, c)
		}
		if wanted[string(name)] {
			found[string(name)]++
		}
	}
}

package filecheck

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
)

// Bounds on the scans of a JPEG. Each costs as much as the whole picture,
// however few bytes it has; cameras and programs write one, or about ten of a
// progressive one (own choice).
const (
	maxScans            = 4 // one for each component
	maxProgressiveScans = 64
)

// quality is that of the JPEG that is kept: own choice.
const quality = 85

// The markers of a JPEG that matter here (ITU-T T.81, table B.1).
const (
	markerSOF0 = 0xC0 // baseline
	markerSOF1 = 0xC1
	markerSOF2 = 0xC2 // progressive
	markerRST0 = 0xD0
	markerRST7 = 0xD7
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerAPP1 = 0xE1
)

func checkJPEG(content []byte) ([]byte, error) {
	conf, err := jpeg.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, errBroken
	}
	j, ok := walkJPEG(content)
	if !ok {
		return nil, errBroken
	}
	perPixel := j.samples
	if j.progressive {
		perPixel += 4 * j.samples // its coefficients are held until the last scan
	}
	if j.components == 4 {
		perPixel += 4 // it is put together from its parts
	}
	if !fits(conf, perPixel) {
		return nil, errLarge
	}
	if j.scans > maxScans && (!j.progressive || j.scans > maxProgressiveScans) {
		return nil, errBroken
	}
	pic, err := jpeg.Decode(bytes.NewReader(content[:j.end]))
	if err != nil {
		return nil, errBroken
	}
	var out bytes.Buffer
	err = jpeg.Encode(&out, upright(shrink(pic), j.orientation), &jpeg.Options{Quality: quality})
	return out.Bytes(), err
}

// jpegShape is what the markers of a JPEG say.
type jpegShape struct {
	end         int // after the end marker
	components  int
	samples     float64 // of all components together, a pixel
	progressive bool
	scans       int
	orientation int // 1 to 8, as EXIF counts
}

// walkJPEG goes from marker to marker up to the end of the picture. What
// follows that, such as the film of a "live" picture, is no part of it.
func walkJPEG(b []byte) (j jpegShape, ok bool) {
	j.orientation = 1
	for i := 2; ; {
		skip := bytes.IndexByte(b[i:], 0xFF)
		if skip < 0 || i+skip+1 >= len(b) {
			return j, false
		}
		i += skip + 1
		marker := b[i]
		if marker == 0xFF { // a fill byte
			continue
		}
		i++
		switch {
		case marker == markerEOI:
			j.end = i
			return j, j.components > 0 && j.scans > 0
		case marker == 0, marker == markerSOI, markerRST0 <= marker && marker <= markerRST7:
			continue // of the entropy-coded data, or alone
		}
		if len(b)-i < 2 {
			return j, false
		}
		n := int(binary.BigEndian.Uint16(b[i:]))
		if n < 2 || len(b)-i < n {
			return j, false
		}
		segment := b[i+2 : i+n]
		i += n
		switch marker {
		case markerSOF0, markerSOF1, markerSOF2:
			j.progressive = marker == markerSOF2
			if j.components, j.samples = sampling(segment); j.components == 0 {
				return j, false
			}
		case markerSOS:
			j.scans++
		case markerAPP1:
			if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && j.orientation == 1 {
				j.orientation = orientation(tiff)
			}
		}
	}
}

// sampling answers how many components a frame has, and how many samples a
// pixel they have together: 1.5 where the two of colour are coarser.
func sampling(frame []byte) (components int, samples float64) {
	const header, each = 6, 3
	if len(frame) < header || len(frame) != header+each*int(frame[5]) {
		return 0, 0
	}
	var most, all byte
	for i := header; i < len(frame); i += each {
		n := (frame[i+1] >> 4) * (frame[i+1] & 0xF)
		most, all = max(most, n), all+n
	}
	if most == 0 || int(frame[5]) > 4 {
		return 0, 0
	}
	return int(frame[5]), float64(all) / float64(most)
}

// tagOrientation is the EXIF tag that says how the camera was held (CIPA
// DC-008, 4.6.4).
const tagOrientation = 0x0112

// orientation reads how a picture is to be turned out of its EXIF data. What
// cannot be read is taken as upright.
func orientation(tiff []byte) int {
	const header, entry, upright = 8, 12, 1
	if len(tiff) < header {
		return upright
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < entry {
			return upright
		}
		if order.Uint16(entries) == tagOrientation {
			if o := int(order.Uint16(entries[8:])); 1 <= o && o <= 8 {
				return o
			}
			return upright
		}
		entries = entries[entry:]
	}
	return upright
}

package filecheck

import (
	"image"
	"image/draw"
)

// Bounds on pictures, all own choices: those that cameras of telephones make
// have 12 to 24 megapixels, and a screen shows 2,560 across.
const (
	maxPixels  = 24_000_000
	maxLong    = 16_384    // of one side
	maxDecoded = 200 << 20 // bytes that a decoder may hold
	maxSide    = 2560      // of the picture that is kept
)

// fits reports whether a picture may be decoded, at so many bytes a pixel.
func fits(conf image.Config, perPixel float64) bool {
	w, h := int64(conf.Width), int64(conf.Height)
	if w < 1 || h < 1 || w > maxLong || h > maxLong {
		return false
	}
	return w*h <= maxPixels && float64(w*h)*perPixel <= maxDecoded
}

// shrink brings the longer side of a picture down to maxSide: each pixel
// becomes the mean of what it covers. It holds a few lines of the picture at a
// time beside the two pictures.
func shrink(src image.Image) image.Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if max(w, h) <= maxSide {
		return src
	}
	dw, dh := maxSide, max(1, h*maxSide/w)
	if h > w {
		dw, dh = max(1, w*maxSide/h), maxSide
	}
	dst := image.NewRGBA(image.Rect(0, 0, dw, dh))
	line := image.NewRGBA(image.Rect(0, 0, w, 1))
	across, down := spans(w, dw), spans(h, dh)
	sums := make([]float64, 4*dw)
	loaded := -1
	for y, rows := range down {
		clear(sums)
		for i, weight := range rows.weights {
			if sy := rows.from + i; sy != loaded {
				draw.Draw(line, line.Rect, src, image.Pt(b.Min.X, b.Min.Y+sy), draw.Src)
				loaded = sy
			}
			addLine(sums, line.Pix, across, weight)
		}
		for i, sum := range sums {
			dst.Pix[y*dst.Stride+i] = uint8(sum + 0.5)
		}
	}
	return dst
}

// addLine adds a line, scaled across and weighed, to the sums of its pixels.
func addLine(sums []float64, line []uint8, across []span, weight float64) {
	for x, columns := range across {
		var c [4]float64
		for i, part := range columns.weights {
			p := line[4*(columns.from+i):]
			for k := range c {
				c[k] += part * float64(p[k])
			}
		}
		for k := range c {
			sums[4*x+k] += weight * c[k]
		}
	}
}

// span is what one pixel covers of a line of the larger picture, with the part
// that each has in it.
type span struct {
	from    int
	weights []float64
}

// spans divides n pixels among m, m being fewer.
func spans(n, m int) []span {
	all := make([]span, m)
	for i := range all {
		// The i-th covers i*n/m to (i+1)*n/m. In units of 1/m all is whole.
		from, to := i*n, (i+1)*n
		s := span{from: from / m}
		for at := s.from * m; at < to; at += m {
			s.weights = append(s.weights, float64(min(at+m, to)-max(at, from))/float64(n))
		}
		all[i] = s
	}
	return all
}

// upright turns and mirrors a picture as its EXIF orientation says (CIPA
// DC-008, 4.6.4: 1 is upright, 3 upside down, 6 and 8 lie on a side, the even
// ones below 5 and the odd ones above are mirrored).
func upright(src image.Image, orientation int) image.Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation == 1 {
		return src
	}
	plain := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(plain, plain.Rect, src, b.Min, draw.Src)
	dw, dh := w, h
	if orientation >= 5 {
		dw, dh = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, dw, dh))
	for y := range dh {
		for x := range dw {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = w-1-y, x
			}
			copy(dst.Pix[y*dst.Stride+4*x:][:4], plain.Pix[sy*plain.Stride+4*sx:][:4])
		}
	}
	return dst
}

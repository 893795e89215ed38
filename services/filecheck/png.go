package filecheck

import (
	"bytes"
	"image/color"
	"image/png"
)

// interlace is the byte of a PNG that says whether it is interlaced (ISO/IEC
// 15948, 11.2.2).
const interlace = 28

func checkPNG(content []byte) ([]byte, error) {
	conf, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, errBroken
	}
	perPixel := 4.
	switch conf.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		perPixel = 8
	}
	if content[interlace] != 0 {
		perPixel *= 1.5 // its last pass is half the picture, and a picture of its own
	}
	if !fits(conf, perPixel) {
		return nil, errLarge
	}
	pic, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, errBroken
	}
	var out bytes.Buffer
	err = png.Encode(&out, shrink(pic))
	return out.Bytes(), err
}

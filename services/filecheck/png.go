package filecheck

import (
	"bytes"
	"image/color"
	"image/png"
)

func checkPNG(content []byte) ([]byte, error) {
	conf, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, errBroken
	}
	perPixel := 4
	switch conf.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		perPixel = 8
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

package filecheck_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"villagecounsel/services/domain"
	"villagecounsel/services/filecheck"
)

// The colours of the four quarters of a picture, by which one sees how it was
// turned.
var (
	red   = color.RGBA{220, 20, 20, 255}
	green = color.RGBA{20, 200, 20, 255}
	blue  = color.RGBA{20, 20, 220, 255}
	white = color.RGBA{240, 240, 240, 255}
)

// quarters is a picture that is red at the upper left, green at the upper right,
// blue at the lower left and white at the lower right.
func quarters(w, h int) *image.RGBA {
	pic := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, c := range []color.RGBA{red, green, blue, white} {
		at := image.Rect(i%2*w/2, i/2*h/2, w, h)
		draw.Draw(pic, at, image.NewUniform(c), image.Point{}, draw.Src)
	}
	return pic
}

func asJPEG(t testing.TB, pic image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, pic, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t testing.TB, pic image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, pic); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// where is what the EXIF data of the tests say of a place.
const where = "N40.316 E116.632 HUAIROU"

// withEXIF puts EXIF data with an orientation and a place into a JPEG.
func withEXIF(picture []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	tiff := []byte("II*\x00")
	if order.String() == "BigEndian" {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, entry := range [][2]uint16{{0x010F, 2}, {0x0112, 3}} { // the maker, and how the camera was held
		tiff = order.AppendUint16(tiff, entry[0])
		tiff = order.AppendUint16(tiff, entry[1])
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, orientation)
		tiff = order.AppendUint16(tiff, 0)
	}
	tiff = append(order.AppendUint32(tiff, 0), where...)
	return withSegment(withSegment(picture, 0xE1, "Exif\x00\x00"+string(tiff)), 0xFE, "comment "+where)
}

func withSegment(picture []byte, marker byte, text string) []byte {
	out := append([]byte{0xFF, 0xD8, 0xFF, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(text)+2))...)
	return append(append(out, text...), picture[2:]...)
}

// chunk is one chunk of a PNG.
func chunk(kind, data string) string {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return string(binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(kind+data))))
}

func header(w, h uint32, depth, colour byte) string {
	data := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return chunk("IHDR", string(append(data, depth, colour, 0, 0, 0)))
}

const pngHead = "\x89PNG\r\n\x1A\n"

// withChunk puts a chunk behind the header of a PNG.
func withChunk(picture []byte, kind, data string) []byte {
	const at = len(pngHead) + 25
	return []byte(string(picture[:at]) + chunk(kind, data) + string(picture[at:]))
}

func deflated(text string) string {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return out.String()
}

// pdf is a PDF of some objects.
func pdf(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, at)
	return []byte(b.String())
}

// addedTo is a later version of a PDF, written behind it.
func addedTo(first []byte, object string) []byte {
	out := fmt.Appendf(bytes.Clone(first), "1 0 obj\n%s\nendobj\n", object)
	return fmt.Appendf(out, "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(out))
}

func stream(dictionary, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dictionary, len(data), data)
}

// objects is a stream that holds an object in itself.
func objects(text string) string {
	return stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", deflated("7 0 "+text))
}

const catalog = "<< /Type /Catalog /Pages 2 0 R >>"

func TestWhatIsKept(t *testing.T) {
	pic := quarters(40, 20)
	noise := string(random(4 << 20))
	for name, c := range map[string]struct {
		content []byte
		mime    string
	}{
		"a JPEG":                                  {asJPEG(t, pic), filecheck.JPEG},
		"a JPEG with its place":                   {withEXIF(asJPEG(t, pic), binary.LittleEndian, 1), filecheck.JPEG},
		"a JPEG in shades of grey":                {asJPEG(t, image.NewGray(image.Rect(0, 0, 9, 9))), filecheck.JPEG},
		"a JPEG with a film behind it":            {append(asJPEG(t, pic), noise...), filecheck.JPEG},
		"a PNG":                                   {asPNG(t, pic), filecheck.PNG},
		"a PNG with text":                         {withChunk(asPNG(t, pic), "tEXt", "Comment\x00"+where), filecheck.PNG},
		"a PNG with packed text":                  {withChunk(asPNG(t, pic), "zTXt", "Comment\x00\x00"+deflated(strings.Repeat(where, 1000))), filecheck.PNG},
		"a PNG with EXIF data":                    {withChunk(asPNG(t, pic), "eXIf", "II*\x00"+where), filecheck.PNG},
		"a PNG with a palette":                    {asPNG(t, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{red, blue})), filecheck.PNG},
		"a PDF":                                   {pdf(catalog, stream("/Filter /FlateDecode", deflated("BT (hello) Tj ET"))), filecheck.PDF},
		"a PDF of version 2":                      {bytes.Replace(pdf(catalog), []byte("%PDF-1.7"), []byte("%PDF-2.0"), 1), filecheck.PDF},
		"a PDF with objects in a stream":          {pdf(catalog, objects("<< /Type /Page >>")), filecheck.PDF},
		"a PDF with plain objects in one":         {pdf(catalog, stream("/Type /ObjStm /N 1 /First 4", "7 0 << /Type /Page >>")), filecheck.PDF},
		"a PDF with lines of a film in a stream":  {pdf(catalog, stream("/Filter /DCTDecode", "/JS /AA /EF "+noise)), filecheck.PDF},
		"a PDF with an outline before a picture":  {pdf("<< /First 3 0 R /AP << /N 4 0 R >> >>", stream("/Filter /DCTDecode", "x")), filecheck.PDF},
		"a PDF with line ends of another system":  {append(bytes.TrimRight(pdf(catalog), "\n"), " \r\n\r\n"...), filecheck.PDF},
		"a PDF that was added to":                 {addedTo(pdf(catalog), catalog), filecheck.PDF},
		"a PDF whose table is packed in a stream": {packedTable(), filecheck.PDF},
	} {
		t.Run(name, func(t *testing.T) {
			clean, mime, err := filecheck.Check(c.content)
			if err != nil || mime != c.mime {
				t.Fatalf("it is %q, refused by %v; want %q", mime, err, c.mime)
			}
			if c.mime == filecheck.PDF {
				if !bytes.Equal(clean, c.content) {
					t.Error("a PDF is to be kept as it is")
				}
				return
			}
			for _, secret := range []string{where, "HUAIROU", "Exif", "<script>", "PK\x03\x04"} {
				if bytes.Contains(clean, []byte(secret)) {
					t.Errorf("%q is still in it", secret)
				}
			}
			if len(clean) > 10_000 {
				t.Errorf("%d bytes are kept of a small picture", len(clean))
			}
			if again, _, err := filecheck.Check(clean); err != nil || len(again) == 0 {
				t.Errorf("what is kept is refused: %v", err)
			}
		})
	}
}

func packedTable() []byte {
	head := "%PDF-1.7\n1 0 obj\n" + catalog + "\nendobj\n"
	return fmt.Appendf(nil, "%s5 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF", head,
		stream("/Type /XRef /W [1 2 1] /Filter /FlateDecode /DecodeParms << /Predictor 12 >>", deflated("\x00\x01")), len(head))
}

func random(n int) []byte {
	dice := rand.New(rand.NewPCG(1, 2))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(dice.Uint32())
	}
	return out
}

func zipped(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("evil.html")
	if err == nil {
		_, err = w.Write([]byte("<script>"))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsRefused(t *testing.T) {
	pic := quarters(40, 20)
	var moving bytes.Buffer
	if err := gif.Encode(&moving, pic, nil); err != nil {
		t.Fatal(err)
	}
	picture, drawn := asJPEG(t, pic), asPNG(t, pic)
	script := "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
	for name, c := range map[string]struct {
		content []byte
		reason  string
	}{
		"nothing":                               {nil, "file_type"},
		"a GIF":                                 {moving.Bytes(), "file_type"},
		"a ZIP":                                 {zipped(t), "file_type"},
		"a page":                                {[]byte("<!doctype html><script>alert(1)</script>"), "file_type"},
		"an SVG":                                {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "file_type"},
		"a program":                             {[]byte("MZ\x90\x00"), "file_type"},
		"a PDF behind a page":                   {append([]byte("<html>\n"), pdf(catalog)...), "file_type"},
		"a picture behind a space":              {append([]byte(" "), picture...), "file_type"},
		"more than may be":                      {append(asJPEG(t, pic), make([]byte, filecheck.MaxBytes)...), "file_too_large"},
		"a JPEG cut off":                        {picture[:len(picture)/2], "file_broken"},
		"a JPEG without its end":                {picture[:len(picture)-2], "file_broken"},
		"the first bytes of a JPEG":             {picture[:3], "file_broken"},
		"a JPEG of many pixels":                 {bigJPEG(picture, 60_000, 60_000), "file_too_large"},
		"a JPEG of 30 megapixels":               {bigJPEG(picture, 6000, 5000), "file_too_large"},
		"a JPEG of many scans":                  {manyScans(picture, 5), "file_broken"},
		"a progressive JPEG of many scans":      {bytes.Replace(manyScans(picture, 100), []byte{0xFF, 0xC0}, []byte{0xFF, 0xC2}, 1), "file_broken"},
		"a progressive JPEG of many pixels":     {bytes.Replace(manySamples(bigJPEG(picture, 5000, 4500)), []byte{0xFF, 0xC0}, []byte{0xFF, 0xC2}, 1), "file_too_large"},
		"a PNG cut off":                         {drawn[:len(drawn)/2], "file_broken"},
		"a PNG with a changed byte":             {bytes.Replace(drawn, []byte("IDAT"), []byte("IDAU"), 1), "file_broken"},
		"a PNG of many pixels":                  {[]byte(pngHead + header(60_000, 60_000, 8, 6)), "file_too_large"},
		"a PNG of one long line":                {[]byte(pngHead + header(1<<31-1, 1, 1, 0)), "file_too_large"},
		"a PNG of no pixels":                    {[]byte(pngHead + header(0, 0, 8, 6)), "file_broken"},
		"a PNG of 24 deep megapixels and more":  {[]byte(pngHead + header(5001, 5000, 16, 6)), "file_too_large"},
		"a PNG that unpacks to too much":        {[]byte(pngHead + header(4, 4, 8, 6) + chunk("IDAT", deflated(strings.Repeat("\x00", 4<<20))) + chunk("IEND", "")), "file_broken"},
		"a PDF cut off":                         {pdf(catalog)[:60], "file_broken"},
		"a PDF with something behind it":        {append(pdf(catalog), "<script>"...), "file_broken"},
		"a PDF with a ZIP behind it":            {append(pdf(catalog), zipped(t)...), "file_broken"},
		"a PDF of no version":                   {bytes.Replace(pdf(catalog), []byte("%PDF-1.7"), []byte("%PDF-x.7"), 1), "file_broken"},
		"a PDF without a table":                 {[]byte("%PDF-1.7\n1 0 obj\nendobj\nstartxref\n3\n%%EOF"), "file_broken"},
		"a PDF whose table lies elsewhere":      {[]byte("%PDF-1.7\n1 0 obj\nendobj\nstartxref\n9999\n%%EOF"), "file_broken"},
		"a PDF with a script":                   {pdf(catalog, script), "file_active"},
		"a PDF that opens something":            {pdf("<< /Type /Catalog /OpenAction 2 0 R >>"), "file_active"},
		"a PDF that starts a program":           {pdf("<< /S /Launch /F (calc.exe) >>"), "file_active"},
		"a PDF with a name in disguise":         {pdf("<< /S /J#61vaScr#69pt >>"), "file_active"},
		"a PDF with a short name in disguise":   {pdf("<< /#4aS 3 0 R >>"), "file_active"},
		"a PDF with a form of its own":          {pdf("<< /AcroForm << /XFA 3 0 R >> >>"), "file_active"},
		"a PDF with a file in it":               {pdf("<< /Type /Filespec /EF << /F 3 0 R >> >>"), "file_active"},
		"a PDF with a film":                     {pdf("<< /Subtype /RichMedia >>"), "file_active"},
		"a PDF that is locked":                  {bytes.Replace(pdf(catalog), []byte("/Root 1 0 R"), []byte("/Encrypt 9 0 R"), 1), "file_active"},
		"a script in an earlier version":        {addedTo(pdf(script), catalog), "file_active"},
		"a script in a later version":           {addedTo(pdf(catalog), script), "file_active"},
		"a script among packed objects":         {pdf(catalog, objects(script)), "file_active"},
		"a script among plain ones in a stream": {pdf(catalog, stream("/Type /ObjStm /N 1 /First 4", "7 0 << /JS (x) >>")), "file_active"},
		"objects packed twice":                  {pdf(catalog, stream("/Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode]", deflated(deflated(script)))), "file_active"},
		"objects packed in another way":         {pdf(catalog, stream("/Type /ObjStm /N 1 /First 4 /Filter /LZWDecode", "x")), "file_active"},
		"objects packed in a way not said here": {pdf(catalog, stream("/Type /ObjStm /N 1 /First 4 /Filter 9 0 R", deflated(script))), "file_active"},
		"objects with a predictor":              {pdf(catalog, stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /DecodeParms << /Predictor 12 >>", deflated(script))), "file_active"},
		"objects that do not say so":            {pdf(catalog, stream("/N 1 /First 4 /Filter /FlateDecode", deflated(script))), "file_active"},
		"packed objects cut off":                {pdf(catalog, stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", deflated(script)[:20])), "file_broken"},
		"packed objects that are none":          {pdf(catalog, stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", "none")), "file_broken"},
		"objects that unpack to too much":       {pdf(catalog, objects(strings.Repeat(" ", 65<<20))), "file_too_large"},
		"a script in what looks like a stream":  {pdf("(>>\nstream\n) " + script + " (endstream)"), "file_broken"},
		"packed objects in what looks like one": {pdf("(>>\nstream\n)", objects(script)), "file_broken"},
		"a stream that begins otherwise":        {pdf("<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream \n" + deflated(script) + "\nendstream"), "file_broken"},
		"objects in the data of a stream":       {pdf("<< /Length 9 >>\nstream\n7 0 obj << /AA 1 0 R >>\nendstream"), "file_active"},
		"a stream in a comment":                 {pdf("% <<>>stream\n<</AcroForm<</XFA 4 0 R>>>>\n% endstream"), "file_broken"},
		"a form behind a comment":               {pdf("%stream\n<</AcroForm<</XFA 4 0 R>>>>\n%endstream"), "file_active"},
		"a picture with a ZIP behind it":        {append(bytes.Clone(drawn), zipped(t)...), "file_mixed"},
		"a picture with a page behind it":       {append(bytes.Clone(picture), "<SCRIPT>alert(1)</SCRIPT>"...), "file_mixed"},
		"a picture with a page in its remarks":  {withChunk(drawn, "tEXt", "Comment\x00<html>"), "file_mixed"},
		"a picture that is a PDF as well":       {withChunk(drawn, "tEXt", "Comment\x00"+string(pdf(catalog))), "file_mixed"},
		"a PNG of one line":                     {[]byte(pngHead + header(24_000_000, 1, 16, 0)), "file_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			clean, mime, err := filecheck.Check(c.content)
			e, ok := err.(*domain.Error)
			if !ok || e.Code != domain.Invalid || len(e.Fields) != 1 || e.Fields[0] != (domain.Field{Name: "file", Reason: c.reason}) {
				t.Errorf("refused by %v, want %s", err, c.reason)
			}
			if clean != nil || mime != "" {
				t.Errorf("%d bytes of %s are answered all the same", len(clean), mime)
			}
		})
	}
}

// bigJPEG lets a JPEG claim another size.
func bigJPEG(picture []byte, w, h uint16) []byte {
	out := bytes.Clone(picture)
	at := bytes.Index(out, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(out[at+5:], h)
	binary.BigEndian.PutUint16(out[at+7:], w)
	return out
}

// manySamples lets a JPEG claim a full sample of colour for each pixel.
func manySamples(picture []byte) []byte {
	picture[bytes.Index(picture, []byte{0xFF, 0xC0})+11] = 0x11
	return picture
}

// manyScans repeats the scan of a JPEG.
func manyScans(picture []byte, n int) []byte {
	at := bytes.Index(picture, []byte{0xFF, 0xDA})
	out := bytes.Clone(picture[:at])
	for range n {
		out = append(out, picture[at:len(picture)-2]...)
	}
	return append(out, 0xFF, 0xD9)
}

// However the camera was held, the picture stands upright.
func TestAPictureStandsUpright(t *testing.T) {
	upright := [4]color.RGBA{red, green, blue, white}
	for orientation, want := range map[uint16][4]color.RGBA{
		0: upright, 1: upright, 9: upright,
		2: {green, red, white, blue},
		3: {white, blue, green, red},
		4: {blue, white, red, green},
		5: {red, blue, green, white},
		6: {blue, red, white, green},
		7: {white, green, blue, red},
		8: {green, white, red, blue},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			clean, _, err := filecheck.Check(withEXIF(asJPEG(t, quarters(64, 32)), order, orientation))
			if err != nil {
				t.Fatal(err)
			}
			pic, err := jpeg.Decode(bytes.NewReader(clean))
			if err != nil {
				t.Fatal(err)
			}
			size := image.Pt(64, 32)
			if 5 <= orientation && orientation <= 8 {
				size = image.Pt(32, 64)
			}
			if pic.Bounds().Size() != size {
				t.Errorf("orientation %d: it measures %v, want %v", orientation, pic.Bounds().Size(), size)
				continue
			}
			for i, c := range want {
				at := image.Pt(size.X/4+i%2*size.X/2, size.Y/4+i/2*size.Y/2)
				if !alike(pic.At(at.X, at.Y), c) {
					t.Errorf("orientation %d: %v at %v, want %v", orientation, pic.At(at.X, at.Y), at, c)
				}
			}
		}
	}
}

func alike(a, b color.Color) bool {
	const much = 24 << 8
	r, g, bl, _ := a.RGBA()
	r2, g2, bl2, _ := b.RGBA()
	near := func(x, y uint32) bool { return max(x, y)-min(x, y) < much }
	return near(r, r2) && near(g, g2) && near(bl, bl2)
}

func TestALargePictureIsScaledDown(t *testing.T) {
	for _, c := range []struct {
		name       string
		w, h       int
		want       image.Point
		make       func(testing.TB, image.Image) []byte
		mime       string
		orientated uint16
	}{
		{"a wide JPEG", 3000, 2250, image.Pt(2560, 1920), asJPEG, filecheck.JPEG, 1},
		{"a JPEG that lies on its side", 2700, 1800, image.Pt(1706, 2560), asJPEG, filecheck.JPEG, 6},
		{"a high PNG", 100, 5120, image.Pt(50, 2560), asPNG, filecheck.PNG, 0},
		{"a PNG of one line", 9000, 1, image.Pt(2560, 1), asPNG, filecheck.PNG, 0},
		{"a PNG just so large", 2560, 100, image.Pt(2560, 100), asPNG, filecheck.PNG, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			content := c.make(t, quarters(c.w, c.h))
			if c.orientated > 0 {
				content = withEXIF(content, binary.BigEndian, c.orientated)
			}
			clean, mime, err := filecheck.Check(content)
			if err != nil || mime != c.mime {
				t.Fatal(mime, err)
			}
			pic, _, err := image.Decode(bytes.NewReader(clean))
			if err != nil {
				t.Fatal(err)
			}
			if pic.Bounds().Size() != c.want {
				t.Errorf("it measures %v, want %v", pic.Bounds().Size(), c.want)
			}
			if c.h > 1 && c.orientated < 2 {
				for i, want := range []color.RGBA{red, green, blue, white} {
					if got := pic.At(c.want.X/4+i%2*c.want.X/2, c.want.Y/4+i/2*c.want.Y/2); !alike(got, want) {
						t.Errorf("quarter %d is %v, want %v", i, got, want)
					}
				}
			}
		})
	}
}

// A fine pattern becomes an even grey, not stripes.
func TestScalingDownTakesTheMean(t *testing.T) {
	fine := image.NewGray(image.Rect(0, 0, 5120, 8))
	for i := range fine.Pix {
		fine.Pix[i] = byte(i % 2 * 200)
	}
	clean, _, err := filecheck.Check(asPNG(t, fine))
	if err != nil {
		t.Fatal(err)
	}
	pic, err := png.Decode(bytes.NewReader(clean))
	if err != nil {
		t.Fatal(err)
	}
	for x := range pic.Bounds().Dx() {
		if r, _, _, a := pic.At(x, 2).RGBA(); r>>8 != 100 || a != 0xFFFF {
			t.Fatalf("the pixel at %d is %v", x, pic.At(x, 2))
		}
	}
}

// Whatever is uploaded: no panic, one of three types, a bounded answer, which
// would be kept as that type again.
func FuzzCheck(f *testing.F) {
	pic := quarters(16, 8)
	f.Add([]byte(nil))
	f.Add(asJPEG(f, pic))
	f.Add(withEXIF(asJPEG(f, pic), binary.BigEndian, 6))
	f.Add(append(asJPEG(f, pic), zipped(f)...))
	f.Add(asPNG(f, pic))
	f.Add(withChunk(asPNG(f, pic), "tEXt", "Comment\x00x"))
	f.Add([]byte(pngHead + header(60_000, 60_000, 8, 6)))
	f.Add(pdf(catalog, stream("/Filter /FlateDecode", deflated("BT ET"))))
	f.Add(pdf(catalog, objects("<< /Type /Page >>")))
	f.Add(pdf("<< /S /J#61vaScript >>"))
	f.Add(packedTable())
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		before := bytes.Clone(content)
		clean, mime, err := filecheck.Check(content)
		if !bytes.Equal(before, content) {
			t.Fatal("it has changed what it was given")
		}
		if err != nil {
			if clean != nil || mime != "" {
				t.Fatal("refused, and answered all the same")
			}
			return
		}
		if mime != filecheck.JPEG && mime != filecheck.PNG && mime != filecheck.PDF {
			t.Fatalf("it is %q", mime)
		}
		if len(clean) == 0 || len(clean) > filecheck.MaxBytes {
			t.Fatalf("%d bytes are kept", len(clean))
		}
		if _, again, err := filecheck.Check(clean); err != nil || again != mime {
			t.Fatalf("what is kept as %s is %q, refused by %v", mime, again, err)
		}
	})
}

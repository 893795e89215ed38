package store

import (
	"fmt"
	"reflect"

	"go.mongodb.org/mongo-driver/v2/bson"

	"villagecounsel/services/domain"
)

// registry teaches the driver to seal every domain.Private on its way to the
// disk and to open it on its way back, so that no verb can forget it.
func registry(keys *Keys) *bson.Registry {
	private := reflect.TypeFor[domain.Private]()
	r := bson.NewRegistry()
	r.RegisterTypeEncoder(private, bson.ValueEncoderFunc(
		func(_ bson.EncodeContext, w bson.ValueWriter, v reflect.Value) error {
			sealed, err := keys.seal(domain.Private(v.String()))
			if err != nil {
				return err
			}
			return w.WriteString(sealed)
		}))
	r.RegisterTypeDecoder(private, bson.ValueDecoderFunc(
		func(_ bson.DecodeContext, r bson.ValueReader, v reflect.Value) error {
			if r.Type() != bson.TypeString {
				return fmt.Errorf("sealed value is a %s, want a string", r.Type())
			}
			sealed, err := r.ReadString()
			if err != nil {
				return err
			}
			text, err := keys.open(sealed)
			if err != nil {
				return err
			}
			v.SetString(text.Reveal())
			return nil
		}))
	return r
}

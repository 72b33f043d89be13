package octopus_test

import (
	"strings"
	"testing"

	"walletwatch/octopus"
)

func FuzzDecodeOrder(f *testing.F) {
	f.Add([]byte(documentedSale))
	f.Add([]byte("[" + documentedSale + "]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		order, err := octopus.DecodeOrder(body, "ref-1")
		if err == nil && (order.ID == "" && order.Status == "" || order.Reference != "" && order.Reference != "ref-1") {
			t.Errorf("%q is %+v", body, order)
		}
		found, there, ferr := octopus.DecodeFound(body, "ref-1")
		if there && (ferr != nil || found.Reference != "ref-1") || !there && found != (octopus.Order{}) {
			t.Errorf("%q has %+v, %v, %v", body, found, there, ferr)
		}
		for _, err := range []error{err, ferr} {
			if err != nil && (len(err.Error()) > 1000 || strings.Contains(err.Error(), "canary-p")) {
				t.Errorf("%q: %v", body, err)
			}
		}
	})
}

func FuzzDecodeCharges(f *testing.F) {
	f.Add([]byte(`{"non_discounted_total":10,"handling_fee_amount":0,"total_payable":9.75,"max_quantity":3,"charges_details":{"source_currency":"USD"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := octopus.DecodeCharges(body)
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		if c.Payable.NumDigits() > 30 || c.Face.NumDigits() > 30 || c.Fee.NumDigits() > 30 {
			t.Errorf("decoded %+v", c)
		}
	})
}

func FuzzDecodeProducts(f *testing.F) {
	f.Add([]byte(`[{"id":7,"name":"Card","currency_code":"USD","available_denominations":[{"min_value":5,"max_value":500,"discount":2.5}]}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		products, err := octopus.DecodeProducts(body)
		for _, p := range products {
			if err != nil || p.ID <= 0 {
				t.Errorf("decoded %+v with error %v", p, err)
			}
			for _, d := range p.Denominations {
				if !d.Min.IsPositive() || d.Max.LessThan(d.Min) {
					t.Errorf("decoded %+v", d)
				}
			}
		}
	})
}

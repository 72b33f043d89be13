package tap_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"walletwatch/tap"
)

// A service that places orders wraps the transport of its client. What it reads is what the vendor sent, vouchers and all;
// what walletwatch receives has none.
func Example() {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"id":12345,"product_id":7,"amount":50.00,"discount":1.25,"wallet_id":1,"status":"DELIVERED","base_currency":"USD",`+
			`"deduction_currency":"USD","wallet_balance":4951.25,"vouchers":[{"card_number":"6006491234","pin_code":"9876"}]}`)
	}))
	defer vendor.Close()
	walletwatch := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		record, _, _ := strings.Cut(string(body), `,"walletwatch_age_ms"`)
		fmt.Println("walletwatch:", record+", …}")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"accepted":1,"ignored":0}`)
	}))
	defer walletwatch.Close()

	feed, err := tap.Open(tap.Config{
		URL:   walletwatch.URL,               // http://walletwatch:8080
		Token: tap.Token("its-ingest-token"), // or tap.TokenFile("/run/secrets/walletwatch-ingest-token")
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{Transport: feed.Wrap(nil), Timeout: time.Minute}

	resp, err := client.Post(vendor.URL+"/api/v1/orders", "application/json", strings.NewReader(`{"product_id":7,"denomination":50}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var order struct {
		Vouchers []struct {
			PIN string `json:"pin_code"`
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&order); err != nil {
		fmt.Println(err)
		return
	}

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := feed.Close(ctx); err != nil { // when the service ends
		fmt.Println(err)
	}
	fmt.Println("the service: PIN", order.Vouchers[0].PIN)
	fmt.Println("sent:", feed.Stats().Sent)
	// Output:
	// walletwatch: {"id":12345,"product_id":7,"amount":50.00,"discount":1.25,"wallet_id":1,"status":"DELIVERED","base_currency":"USD","deduction_currency":"USD","wallet_balance":4951.25, …}
	// the service: PIN 9876
	// sent: 1
}

package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
)

// asBare makes BenchmarkIngest serve the floor that it is measured against, at the address that is its value.
const asBare = "WALLETWATCH_TEST_AS_BARE"

// bareOrder has the fields that the daemon needs of an order response of vouchers.
type bareOrder struct {
	ID                int64       `json:"id"`
	WalletID          int64       `json:"wallet_id"`
	Status            string      `json:"status"`
	Amount            json.Number `json:"amount"`
	Discount          json.Number `json:"discount"`
	BaseCurrency      string      `json:"base_currency"`
	DeductionCurrency string      `json:"deduction_currency"`
	WalletBalance     json.Number `json:"wallet_balance"`
}

// serveBare answers order responses with 202 after it has read and decoded them, and does nothing else.
func serveBare(b *testing.B, address string) {
	b.Helper()
	b.Fatal(http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var order bareOrder
		if err := json.Unmarshal(body, &order); err != nil || order.ID == 0 {
			http.Error(w, "not an order", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"accepted":1,"ignored":0}` + "\n"))
	})))
}

// spawnBare starts a process that does no more than serveBare, until the benchmark ends, and returns its address.
func spawnBare(b *testing.B) string {
	b.Helper()
	address := freeAddress(b)
	cmd := exec.Command(os.Args[0], "-test.run", "^$", "-test.bench", "^BenchmarkIngest$", "-test.benchtime", "1x")
	cmd.Env = append(os.Environ(), asBare+"="+address)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	eventually(b, "the bare handler listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return address
}

package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/store"
	"walletwatch/wallet"
)

// crashWallets is how many wallets each of the child's transactions changes: enough for several pages.
const crashWallets = 120

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("STORE_WRITE_TO"); path != "" {
		if err := writeForEver(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(server.Run(m))
}

// writeForEver counts up in every table, one transaction a number, and prints each number once it is stored.
func writeForEver(path string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, "sqlite://"+path)
	if err != nil {
		return err
	}
	book, err := s.Load(ctx, account, nil, now)
	for err == nil {
		book, err = s.Update(ctx, account, book, now, countEverythingUp)
		fmt.Println(book.Account.LedgerReadAt.UnixMilli())
	}
	return err
}

func countEverythingUp(b *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
	a := b.Account
	n := a.LedgerReadAt.UnixMilli() + 1
	if a.LedgerReadAt.IsZero() {
		n = 1
	}
	a.LedgerReadAt = time.UnixMilli(n).UTC()
	c := &wallet.Change{Account: &a}
	for id := range int64(crashWallets) {
		key := wallet.Key{Account: account, Wallet: id}
		c.Wallets = append(c.Wallets, &wallet.State{Account: account, ID: id, Balance: decimal.NewFromInt(n)})
		c.Dispatches = append(c.Dispatches, &wallet.Dispatch{Key: key, Receiver: "slack", Want: wallet.Display{Seq: n}})
		c.Episodes = append(c.Episodes, &wallet.Episode{Key: key, Since: now, Level: strconv.FormatInt(n, 10)})
	}
	c.Spend = []wallet.MinuteSpend{{Wallet: 1, Minute: now.Add(time.Duration(n%50) * time.Minute), Amount: dec("1"), Source: wallet.SpendFromLedger}}
	_, err := j.Count([]wallet.Movement{{ID: n, CreatedAt: now, Status: wallet.StatusCompleted}})
	return c, err
}

// TestKilled kills a process while it writes, again and again on one file: the database stays sound, what was said to
// be stored is, and only whole changes are.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	random := seeded(uint64(time.Now().UnixNano()))
	last := int64(0)
	for round := range 12 {
		said := killed(t, path, last+1+random.Int64N(25), time.Duration(random.IntN(3000))*time.Microsecond)
		raw := rawSQLite(t, path)
		var sound string
		must(t, raw.QueryRow(`PRAGMA integrity_check`).Scan(&sound))
		if sound != "ok" {
			t.Fatalf("round %d: integrity_check says %s", round, sound)
		}
		must(t, raw.Close())
		last = whole(t, path)
		if last < said || last > said+1 {
			t.Fatalf("round %d: %d was stored by the child's word; the database is at %d", round, said, last)
		}
	}
}

// killed runs a child until it has said n, and a little longer, kills it, and returns the last number it said.
func killed(t *testing.T, path string, n int64, longer time.Duration) int64 {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "STORE_WRITE_TO="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	lines := bufio.NewScanner(out)
	said := int64(0)
	for lines.Scan() {
		said, err = strconv.ParseInt(lines.Text(), 10, 64)
		must(t, err)
		if said >= n {
			n = 1 << 62
			time.AfterFunc(longer, func() { child.Process.Kill() })
		}
	}
	if err := child.Wait(); err == nil || n != 1<<62 {
		t.Fatalf("the child ended by itself after %d: %v", said, err)
	}
	return said
}

// whole returns the number that the database is at, once it is the same in every table.
func whole(t *testing.T, path string) int64 {
	t.Helper()
	s := open(t, "sqlite://"+path)
	defer s.Close()
	b := load(t, s, nil)
	n := b.Account.LedgerReadAt.UnixMilli()
	if len(b.Wallets) != crashWallets || len(b.Dispatches) != crashWallets || len(b.Episodes) != crashWallets {
		t.Fatalf("there are %d wallets, %d dispatches, %d episodes", len(b.Wallets), len(b.Dispatches), len(b.Episodes))
	}
	for i := range crashWallets {
		if !b.Wallets[i].Balance.Equal(decimal.NewFromInt(n)) || b.Dispatches[i].Want.Seq != n || b.Episodes[i].Level != strconv.FormatInt(n, 10) {
			t.Fatalf("the account is at %d, wallet %d at %s, %d and %s", n, i, b.Wallets[i].Balance, b.Dispatches[i].Want.Seq, b.Episodes[i].Level)
		}
	}
	if total := spent(t, s, wallet.SpendFromLedger); !total.Equal(decimal.NewFromInt(n)) {
		t.Fatalf("the account is at %d, its spend at %s", n, total)
	}
	if rows := number(t, rawSQLite(t, path), `SELECT COUNT(*) FROM movement`); rows != n {
		t.Fatalf("the account is at %d and has counted %d movements", n, rows)
	}
	return n
}

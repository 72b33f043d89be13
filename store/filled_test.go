package store_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

// filler gives every field of a value something of its own, so that a column that is forgotten or mixed up with
// another shows.
type filler struct {
	n      int64
	random *rand.Rand // for flags, which have too few values to be told apart otherwise
}

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(now.Add(-time.Hour + time.Duration(f.n)*time.Millisecond)))
		return
	case decimal.Decimal:
		v.Set(reflect.ValueOf(decimal.New(f.n*1_000_000_007, -4)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d 'ü", f.n))
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(f.n)
	case reflect.Bool:
		v.SetBool(f.random.IntN(2) == 0)
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	default:
		panic("cannot fill a " + v.Type().String())
	}
}

func filled[T any](f *filler) *T {
	v := new(T)
	f.fill(reflect.ValueOf(v).Elem())
	return v
}

// filledChange changes everything there is, with names and ids where the book needs them.
func filledChange(f *filler, created time.Time) *wallet.Change {
	c := &wallet.Change{Account: filled[wallet.Account](f)}
	c.Account.Name, c.Account.CreatedAt = account, created
	for id := range int64(2) {
		s := filled[wallet.State](f)
		s.Account, s.ID = account, id+1
		for i := range s.News {
			n := &s.News[i]
			n.Channel = wallet.FromWebhook
			if !n.Claimed {
				n.Least, n.Last, n.Exact, n.LeastAt, n.LastAt = decimal.Zero, decimal.Zero, false, time.Time{}, time.Time{}
			}
		}
		d := filled[wallet.Dispatch](f)
		d.Key, d.Receiver = wallet.Key{Account: account, Wallet: id}, "slack"
		e := filled[wallet.Episode](f)
		e.Key, e.Since = wallet.Key{Account: account, Wallet: id}, created
		c.Wallets, c.Dispatches, c.Episodes = append(c.Wallets, s), append(c.Dispatches, d), append(c.Episodes, e)
	}
	return c
}

// differences lists where two values differ: amounts and times by what they mean, everything else by what it is.
func differences(path string, a, b reflect.Value) []string {
	switch x := a.Interface().(type) {
	case time.Time:
		return unless(x.Equal(b.Interface().(time.Time)), path, a, b)
	case decimal.Decimal:
		return unless(x.Equal(b.Interface().(decimal.Decimal)), path, a, b)
	}
	var found []string
	switch a.Kind() {
	case reflect.Pointer:
		return differences(path, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			found = append(found, differences(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))...)
		}
	case reflect.Slice:
		if a.Len() != b.Len() {
			return unless(false, path, a, b)
		}
		for i := range a.Len() {
			found = append(found, differences(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))...)
		}
	default:
		return unless(a.Interface() == b.Interface(), path, a, b)
	}
	return found
}

func unless(same bool, path string, a, b reflect.Value) []string {
	if same {
		return nil
	}
	return []string{fmt.Sprintf("%s is %v, want %v", path, a, b)}
}

func bookDifferences(got, want *wallet.Book) []string {
	return differences("book", reflect.ValueOf(got), reflect.ValueOf(want))
}

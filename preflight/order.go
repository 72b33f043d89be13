package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"walletwatch/octopus"
)

// placeOrder buys what was asked for, at most once for each reference that is stored. The reference is on disk before
// the first attempt; every attempt of this run and of later ones has the same, of which the vendor carries out one.
func (a *Account) placeOrder(ctx context.Context) Finding {
	switch {
	case a.order == nil:
		return a.leftBehind()
	case !a.signedIn:
		return skipped("", "not checked: the login failed")
	}
	ref, err := readReference(a.file)
	if err != nil {
		return failed("if no other preflight is running, look its orders up at the vendor, then remove the file", "%v", err)
	}
	switch {
	case ref == nil:
		return a.placeNew(ctx, storeNew)
	case !a.owns(ref):
		return failed("name another file with --reference-file", "%s is about an order of account %s at %s", a.file, ref.Account, ref.API)
	case !ref.Done:
		return a.resume(ctx, ref)
	case a.order.New:
		return a.placeNew(ctx, replace)
	}
	return a.lookAgain(ctx, ref)
}

// leftBehind tells of an order that an earlier run did not finish, where nothing is bought.
func (a *Account) leftBehind() Finding {
	if a.file != "" {
		ref, err := readReference(a.file)
		switch {
		case err != nil:
			return warned("if no other preflight is running, look its orders up at the vendor, then remove the file", "not checked, but there is a file: %v", err)
		case ref != nil && a.owns(ref) && !ref.Done:
			return warned(fmt.Sprintf("to settle it: --place-order --i-know-this-spends-money --product %d --denomination %s --reference-file %s; it is looked up first",
				ref.ProductID, ref.Denomination, a.file),
				"not checked, but an order of %s is unfinished: whether it was placed is not known (%s)", ref.CreatedAt.Format(time.DateOnly), a.file)
		}
	}
	return skipped("give --place-order --i-know-this-spends-money, --product and --denomination", "not checked: an order spends money")
}

// owns reports whether a reference is about an order of this account.
func (a *Account) owns(ref *reference) bool { return ref.Account == a.name && ref.API == a.host }

// placeNew stores a new reference, then orders.
func (a *Account) placeNew(ctx context.Context, keep func(string, *reference) error) Finding {
	if a.price == nil {
		return skipped("", "not ordered: there is no price that makes sense and can be paid")
	}
	ref := newReference(a.name, a.host, *a.purchase, a.now())
	if err := keep(a.file, ref); err != nil {
		return failed("name a file that can be written with --reference-file", "nothing was ordered: %v", err)
	}
	return a.buy(ctx, ref, true)
}

// resume finishes what an earlier run has left open.
func (a *Account) resume(ctx context.Context, ref *reference) Finding {
	order, found, err := a.client.FindOrder(ctx, ref.ClientReference)
	switch {
	case err != nil:
		return failed(a.unfinished(), "whether an earlier run has placed its order is not known: %v", err)
	case found:
		return a.finish(ref, order, "was placed by an earlier run and is not placed again")
	case a.price == nil:
		return skipped(a.unfinished(), "no order of the earlier run is known, and there is no price that makes sense and can be paid")
	case !ref.isFor(*a.purchase):
		return failed("give --product "+fmt.Sprint(ref.ProductID)+" --denomination "+ref.Denomination+", or name another file with --reference-file",
			"%s belongs to an unfinished order of something else", a.file)
	}
	return a.buy(ctx, ref, false)
}

// lookAgain judges an order of an earlier run by what has become of it since.
func (a *Account) lookAgain(ctx context.Context, ref *reference) Finding {
	order, found, err := a.client.FindOrder(ctx, ref.ClientReference)
	text := fmt.Sprintf("order %s (client_reference %s) was placed on %s and was %s when last seen", ref.OrderID, ref.ClientReference,
		ref.CreatedAt.Format(time.DateOnly), ref.Status)
	switch {
	case err != nil:
		return failed(advise(err), "%s; what has become of it is not known: %v", text, err)
	case !found:
		return failed("ask the vendor for it; nothing is bought again without --new-order", "%s, but the API knows no such order now", text)
	}
	return a.finish(ref, order, "was placed on "+ref.CreatedAt.Format(time.DateOnly)+"; nothing is bought again without --new-order")
}

// buy places the order. When that fails in whatever way, the API is asked whether it has placed it nevertheless: an
// answer may have been lost, and then a later attempt is refused as a duplicate. fresh says that the reference was
// never sent before.
func (a *Account) buy(ctx context.Context, ref *reference, fresh bool) Finding {
	placing, cancel := keepTime(ctx)
	before := len(a.seen())
	order, err := a.client.PlaceOrder(placing, *a.purchase, ref.ClientReference)
	cancel()
	if err == nil {
		return a.finish(ref, order, "was placed")
	}
	once := fresh && len(a.seen()) == before+1
	order, found, unknown := a.client.FindOrder(ctx, ref.ClientReference)
	switch {
	case unknown != nil:
		return failed(a.unfinished(), "whether the order was placed is not known: %v; looking it up: %v", err, unknown)
	case found:
		return a.finish(ref, order, "was placed, though the API's answer to it got lost; it was looked up")
	case once && isRefusal(err):
		return failed(advise(err)+"; then "+a.unfinished(), "the order was not placed: %v", err)
	}
	return failed(advise(err)+"; "+a.unfinished(), "no order is known yet, but it may still appear: %v", err)
}

// isRefusal reports an answer that says that what was asked for is not done, and not that it may be done later.
func isRefusal(err error) bool {
	e, answered := errors.AsType[*octopus.Error](err)
	return answered && e.Status/100 == 4
}

// unfinished is what to do about an order of which nobody knows whether it was placed.
func (a *Account) unfinished() string {
	return "keep " + a.file + " and " + a.again() + ": the order is looked up first, and placed under the same client_reference only if there is none"
}

// again says how to run again without buying anything more.
func (a *Account) again() string {
	if a.order.New {
		return "run again with the same flags but --new-order"
	}
	return "run again with the same flags"
}

// finish notes that the order exists, so that no later run places another.
func (a *Account) finish(ref *reference, order octopus.Order, how string) Finding {
	f := a.judgeOrder(order, fmt.Sprintf("order %s (client_reference %s) %s; it is %s", order.ID, ref.ClientReference, how, order.Status))
	was := *ref
	ref.Done, ref.OrderID, ref.Status = true, order.ID, order.Status
	if *ref == was {
		return f
	}
	if err := renew(a.file, ref); err != nil {
		f.Found += fmt.Sprintf("; noting that failed: %v", err)
		f.Advice = strings.TrimSuffix("see to the file, as the next run will look the order up; "+f.Advice, "; ")
		if f.Result == OK {
			f.Result = Warn
		}
	}
	return f
}

func (a *Account) judgeOrder(order octopus.Order, text string) Finding {
	switch order.Status {
	case "FAILED", "CANCELLED":
		return failed("ask the vendor why; what was paid is credited again", "%s", text)
	case "PENDING":
		f := passed("%s", text)
		f.Advice = a.again() + " to see what becomes of it"
		return f
	case "DELIVERED":
		return passed("%s", text)
	}
	return warned("look the order up at the vendor", "%s", text)
}

// keepTime leaves a quarter of ctx's time for looking the order up.
func keepTime(ctx context.Context) (context.Context, context.CancelFunc) {
	end, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-time.Until(end)/4))
}

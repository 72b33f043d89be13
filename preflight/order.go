package preflight

import (
	"context"
	"fmt"
	"time"

	"walletwatch/octopus"
)

// unfinished is what to do about an order of which nobody knows whether it was placed.
const unfinished = "run again with the same flags: the order is looked up first, and placed under the same client_reference only if there is none"

// placeOrder buys what was asked for, at most once for each reference that is stored. The reference is on disk before
// the first attempt; every attempt of this run and of later ones has the same, of which the vendor carries out one.
func (a *Account) placeOrder(ctx context.Context) Finding {
	switch {
	case a.order == nil:
		return skipped("give --place-order --i-know-this-spends-money, --product and --denomination", "not checked: an order spends money")
	case !a.signedIn:
		return skipped("", "not checked: the login failed")
	}
	ref, err := readReference(a.order.Path)
	if err != nil {
		return failed("if no other preflight is running, look its orders up at the vendor, then remove the file", "%v", err)
	}
	switch {
	case ref == nil:
		return a.placeNew(ctx, storeNew)
	case ref.Account != a.name || ref.API != a.host:
		return failed("name another file with --reference-file", "%s is about an order of account %s at %s", a.order.Path, ref.Account, ref.API)
	case !ref.Done:
		return a.resume(ctx, ref)
	case a.order.New:
		return a.placeNew(ctx, replace)
	}
	return passed("order %s was placed on %s and came out %s; nothing is bought again without --new-order", ref.OrderID, ref.CreatedAt.Format(time.DateOnly), ref.Status)
}

// placeNew stores a new reference, then orders.
func (a *Account) placeNew(ctx context.Context, keep func(string, *reference) error) Finding {
	if a.price == nil {
		return skipped("", "not ordered: there is no price that makes sense and can be paid")
	}
	ref := newReference(a.name, a.host, *a.purchase, a.now())
	if err := keep(a.order.Path, ref); err != nil {
		return failed("name a file that can be written with --reference-file", "nothing was ordered: %v", err)
	}
	return a.buy(ctx, ref)
}

// resume finishes what an earlier run has left open.
func (a *Account) resume(ctx context.Context, ref *reference) Finding {
	order, found, err := a.client.FindOrder(ctx, ref.ClientReference)
	switch {
	case err != nil:
		return failed(unfinished, "whether an earlier run has placed its order is not known: %v", err)
	case found:
		return a.finish(ref, order, "was placed by an earlier run and is not placed again")
	case a.price == nil:
		return skipped("", "the order of an earlier run was not placed, and there is no price that makes sense and can be paid")
	case !ref.isFor(*a.purchase):
		return failed("give --product "+fmt.Sprint(ref.ProductID)+" --denomination "+ref.Denomination+", or name another file with --reference-file",
			"%s belongs to an unfinished order of something else", a.order.Path)
	}
	return a.buy(ctx, ref)
}

// buy places the order. When that fails in whatever way, the API is asked whether it has placed it nevertheless: an
// answer may have been lost, and then a later attempt is refused as a duplicate.
func (a *Account) buy(ctx context.Context, ref *reference) Finding {
	placing, cancel := keepTime(ctx)
	order, err := a.client.PlaceOrder(placing, *a.purchase, ref.ClientReference)
	cancel()
	if err == nil {
		return a.finish(ref, order, "was placed")
	}
	order, found, unknown := a.client.FindOrder(ctx, ref.ClientReference)
	switch {
	case unknown != nil:
		return failed(unfinished, "whether the order was placed is not known: %v; looking it up: %v", err, unknown)
	case !found:
		return failed(advise(err)+"; then "+unfinished, "the order was not placed: %v", err)
	}
	return a.finish(ref, order, "was placed, though the API's answer to it got lost; it was looked up")
}

// finish notes that the order exists, so that no later run places another.
func (a *Account) finish(ref *reference, order octopus.Order, how string) Finding {
	ref.Done, ref.OrderID, ref.Status = true, order.ID, order.Status
	text := fmt.Sprintf("order %s (client_reference %s) %s; it is %s", order.ID, ref.ClientReference, how, order.Status)
	if err := replace(a.order.Path, ref); err != nil {
		return warned("see to the file: the next run will look the order up", "%s; noting that failed: %v", text, err)
	}
	switch order.Status {
	case "FAILED", "CANCELLED":
		return failed("ask the vendor why; what was paid is credited again", "%s", text)
	case "PENDING", "DELIVERED":
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

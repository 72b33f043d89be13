package main

import (
	"os"
	"path/filepath"
	"testing"

	"walletwatch/octopus/octopustest"
)

// TestReplicasWithDifferentFiles changes the file of one replica first, as the nodes of a cluster do that update a
// mounted ConfigMap one after the other: the change comes into force at once, and is told once.
func TestReplicasWithDifferentFiles(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 0)
	f.spent(1, "USD", "1000", "5000")
	before, err := os.ReadFile(f.configFile())
	if err != nil {
		t.Fatal(err)
	}
	after := string(before) + "wallets: [{match: {currency: USD}, floor: 100000}]\n"
	for i, r := range f.replicas {
		f.world.dir = filepath.Join(f.dir, "of replica")
		if i == 0 {
			f.world.dir = filepath.Dir(f.dir)
		}
		if err := os.MkdirAll(f.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		f.configure(string(before))
		f.start(r, 0)
	}
	first, second := f.replicas[0].daemon(), f.replicas[1].daemon()
	for _, c := range []*child{first, second} {
		eventually(t, "a replica is ready and wallet 1 is ok", func() bool { return c.ready() && c.level(1) == "ok" })
	}

	f.configure(after) // the second replica's
	eventually(t, "the change pages", func() bool { return f.open() == 1 })
	eventually(t, "the first replica stands by", func() bool { return first.metric("walletwatch_policy_in_force 0") })
	seen := f.api.Count(octopustest.RouteWallets)
	eventually(t, "five more polls", func() bool { return f.api.Count(octopustest.RouteWallets) >= seen+5 })
	if n := len(f.pager.Incidents()); n != 1 || f.open() != 1 {
		t.Fatalf("while the files differ: %d incidents, %d open", n, f.open())
	}

	f.world.dir = filepath.Dir(f.dir)
	f.configure(after)
	eventually(t, "both decide again", func() bool {
		return first.metric("walletwatch_policy_in_force 1") && second.metric("walletwatch_policy_in_force 1")
	})
	f.configure(string(before))
	f.world.dir = filepath.Join(f.dir, "of replica")
	f.configure(string(before))
	eventually(t, "the page closes", func() bool { return f.open() == 0 })
	if n := len(f.pager.Incidents()); n != 1 {
		t.Errorf("%d incidents for one change", n)
	}
}

// Package boards makes walletwatch's Grafana dashboards.
//
// Three rules hold in all of them. Replicas export the same gauges, so these are taken from the one that can be believed and
// never added up over replicas; counters are each replica's own, so their rates are added up. Currencies are never added up. A value that
// is not known stays away: nothing is filled with zeros.
package boards

import (
	"encoding/json"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Where the dashboards are, in links between them.
const (
	overviewURL = "/d/walletwatch-overview"
	walletURL   = "/d/walletwatch-wallet"
	healthURL   = "/d/walletwatch-health"
)

// File is a dashboard as Grafana reads it.
type File struct {
	Name string // such as walletwatch-overview.json
	Text []byte
}

// Files returns every dashboard. The same code makes the same bytes.
func Files() ([]File, error) {
	var files []File
	for _, make := range []func() *dashboard.DashboardBuilder{overview, wallet, health} {
		f, err := file(make())
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func file(b *dashboard.DashboardBuilder) (File, error) {
	d, err := b.Build()
	if err != nil {
		return File{}, fmt.Errorf("making a dashboard: %w", err)
	}
	next := uint32(0)
	for _, p := range d.Panels {
		if next++; p.Panel != nil {
			p.Panel.Id = cog.ToPtr(next)
		} else {
			p.RowPanel.Id = next
		}
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return File{}, fmt.Errorf("writing dashboard %s: %w", *d.Uid, err)
	}
	return File{Name: *d.Uid + ".json", Text: append(text, '\n')}, nil
}

// board begins a dashboard with what all of them have.
func board(uid, title, about, from string) *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder(title).Uid(uid).Description(about).Tags([]string{"walletwatch"}).
		Timezone(common.TimeZoneBrowser).Time(from, "now").Refresh("30s").Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(link("Overview", overviewURL)).Link(link("Wallet", walletURL)).Link(link("Health and go-live", healthURL))
}

// link leads to another dashboard of the same installation at the same time. Wallets are chosen in each anew.
func link(title, url string) cog.Builder[dashboard.DashboardLink] {
	return dashboard.NewDashboardLinkBuilder(title).Type(dashboard.DashboardLinkTypeLink).KeepTime(true).
		Url(url + "?${datasource:queryparam}&${namespace:queryparam}&${job:queryparam}")
}

func row(title string) *dashboard.RowBuilder { return dashboard.NewRowBuilder(title) }

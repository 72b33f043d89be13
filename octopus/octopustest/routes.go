package octopustest

import (
	"net/http"
	"strings"

	"github.com/segmentio/ksuid"
)

// The routes of the simulated API, as Fail, Count and Requests name them.
const (
	RouteLogin        = "POST /auth/login"
	RouteRefresh      = "POST /auth/refresh"
	RouteLogout       = "POST /auth/logout"
	RouteWallets      = "GET /api/v1/wallets"
	RouteCurrencies   = "GET /api/v1/currencies"
	RouteTransactions = "GET /api/v1/transactions"
	RouteProducts     = "GET /api/v1/products"
	RouteCharges      = "POST /api/v1/products/:id/charges"
	RouteOrders       = "POST /api/v1/orders"
	RouteFindOrders   = "GET /api/v1/orders"
	RouteTopUpOrders  = "POST /api/v1/topups/orders"
	RouteESIMOrders   = "POST /api/v1/esim/orders"

	RouteUnknown = "unknown" // a path or method the API does not have
	AnyRoute     = "*"       // every route, for Fail, FailAlways, Heal and Count
)

const maxRequestBody = 1 << 20

// maxRequestID is exclusive: the vendor asks for fewer than 64 characters.
const maxRequestID = 64

type handler func(*http.Request) (*Answer, *apiError)

type route struct {
	name   string // "METHOD /path/:id"
	quota  quotaClass
	public bool // needs no bearer token
	handle handler
}

// pattern is the name in the spelling of http.ServeMux.
func (rt route) pattern() string { return strings.ReplaceAll(rt.name, ":id", "{id}") }

func (s *Server) routes() []route {
	return []route{
		{name: RouteLogin, quota: quotaLogin, public: true, handle: s.login},
		{name: RouteRefresh, quota: quotaRefresh, public: true, handle: s.refresh},
		{name: RouteLogout, public: true, handle: s.logout},
		{name: RouteWallets, quota: quotaReads, handle: s.listWallets},
		{name: RouteCurrencies, quota: quotaReads, handle: s.listCurrencies},
		{name: RouteTransactions, quota: quotaReads, handle: s.listTransactions},
		{name: RouteProducts, quota: quotaReads, handle: s.listProducts},
		{name: RouteCharges, quota: quotaCharges, handle: s.charges},
		{name: RouteOrders, quota: quotaOrders, handle: s.placeOrder(VoucherOrder)},
		{name: RouteFindOrders, quota: quotaReads, handle: s.findOrders},
		{name: RouteTopUpOrders, quota: quotaOrders, handle: s.placeOrder(TopUpOrder)},
		{name: RouteESIMOrders, quota: quotaOrders, handle: s.placeOrder(ESIMOrder)},
	}
}

// Routes lists the routes that can be given to Fail, FailAlways, Heal and Count, without AnyRoute.
func (s *Server) Routes() []string {
	var names []string
	for _, rt := range s.routes() {
		names = append(names, rt.name)
	}
	return names
}

func notFound(r *http.Request) (*Answer, *apiError) {
	return nil, missing("Cannot " + r.Method + " " + r.URL.Path)
}

// requestID is what the client sent, or a new id. What the vendor does with one that is too long is not
// documented; here it is replaced.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) < maxRequestID {
		return id
	}
	return ksuid.New().String()
}

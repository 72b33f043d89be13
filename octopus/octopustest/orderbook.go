package octopustest

// PlacedOrder is an order that the API has carried out.
type PlacedOrder struct {
	ID        int64
	Reference string // client_reference; "": none
	Status    string
}

// PlacedOrders returns all orders that were placed, of every kind, oldest first.
func (s *Server) PlacedOrders() []PlacedOrder {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	list := make([]PlacedOrder, len(s.world.orders))
	for i, o := range s.world.orders {
		list[i] = PlacedOrder{o.id, o.req.Reference, o.status}
	}
	return list
}

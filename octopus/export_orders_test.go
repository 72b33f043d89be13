package octopus

// What the fuzz targets reach of buying.
var (
	DecodeOrder    = decodeOrder
	DecodeFound    = decodeFound
	DecodeCharges  = decodeCharges
	DecodeProducts = decodeProducts
)

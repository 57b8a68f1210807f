"""The landing zone, the formats and the way from there into bronze."""

"""The web shop: its visitors, customers, orders and catalogue."""

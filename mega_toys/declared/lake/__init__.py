"""The tables that the lake itself declares, as a domain does its own."""

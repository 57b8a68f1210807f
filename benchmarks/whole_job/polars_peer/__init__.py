"""The peer in Polars: a careful engineer's script, staged, its tables kept as Delta."""

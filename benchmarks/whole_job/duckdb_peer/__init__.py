"""The peer in DuckDB: a careful engineer's SQL, its tables kept as Parquet."""

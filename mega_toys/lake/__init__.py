"""What a table is, and the one way to read and write it."""

"""What the shop hands out: figures to decide by."""

"""What the shop receives, as it was sent."""

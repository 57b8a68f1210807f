"""What finance receives, as it was sent."""

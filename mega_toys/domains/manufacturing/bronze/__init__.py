"""What manufacturing receives, as it was sent."""

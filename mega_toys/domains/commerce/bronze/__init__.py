"""What commerce receives, as it was sent."""

"""What safety receives, as it was sent."""

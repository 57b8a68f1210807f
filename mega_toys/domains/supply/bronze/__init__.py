"""What supply receives, as it was sent."""

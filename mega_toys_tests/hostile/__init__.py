"""Files made to harm: each is refused or read, and none stops, hides or slows down another."""

"""What safety knows: cleaned, typed, each fact once."""

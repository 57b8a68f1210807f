"""What finance knows: cleaned, typed, each fact once."""

"""What manufacturing knows: cleaned, typed, each fact once."""

"""What the shop knows: cleaned, typed, each fact once."""

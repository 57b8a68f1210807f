"""What commerce knows: cleaned, typed, each fact once."""

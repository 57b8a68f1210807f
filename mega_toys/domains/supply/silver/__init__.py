"""What supply knows: cleaned, typed, each fact once."""

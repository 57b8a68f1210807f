"""The domains: what each part of the company makes of its data, one file per table."""

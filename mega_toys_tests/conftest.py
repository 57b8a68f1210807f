"""What holds for all tests."""

from hypothesis import settings

# How long an example takes says nothing on a machine that does other things as well.
settings.register_profile("mega_toys", deadline=None, print_blob=True)
settings.load_profile("mega_toys")

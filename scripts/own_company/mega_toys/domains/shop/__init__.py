"""The shop: what its tills sell."""

from mega_toys.declared.domain import Domain

DOMAIN = Domain(contact="shop-data@example.com")

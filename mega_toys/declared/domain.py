"""What a domain says for all of its tables, as `DOMAIN` in its `__init__.py`; it need not."""

import sys
from dataclasses import dataclass, replace
from types import ModuleType

from mega_toys.declared.contract import Contract, Support

READERS = frozenset({"engineer", "analyst"})


@dataclass(frozen=True, kw_only=True)
class Domain:
    """Who answers for the tables of a domain, and who may read them, where they do not say."""

    owner: str = ""
    contact: str = ""
    support: Support | None = None
    readers: frozenset[str] = READERS

    def completed(self, contract: Contract) -> Contract:
        """The contract with what it leaves to its domain."""
        return replace(
            contract,
            owner=contract.owner or self.owner,
            readers=contract.readers or self.readers,
            contact=contract.contact or self.contact,
            support=contract.support or self.support,
        )


def domain_of(declared: type) -> Domain:
    """The domain in whose folder a schema is declared."""
    found = getattr(_package(declared), "DOMAIN", None)
    return found if isinstance(found, Domain) else Domain()


def about(declared: type) -> str:
    """What the domain of a schema is about: the docstring of its folder."""
    return (getattr(_package(declared), "__doc__", "") or "").strip()


def _package(declared: type) -> ModuleType | None:
    return sys.modules.get(declared.__module__.rsplit(".", 2)[0])

"""The address of MongoDB, as PyMongo takes it."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError

if TYPE_CHECKING:
    from pymongo import MongoClient

_TIMES = {
    "serverSelectionTimeoutMS": 10_000,
    "connectTimeoutMS": 10_000,
    "socketTimeoutMS": 600_000,
}


def client_of(address: Address) -> "MongoClient[Any]":
    """A client, with our time-outs where the address tells none.

    Raises SourceError for an option that PyMongo would only warn of and go on without, as TLS.
    """
    from pymongo import MongoClient

    said = [option for option in urlsplit(address.url).query.split("&") if option]
    for option in said:
        _refuse_unknown(option, address)
    told = {option.partition("=")[0].lower() for option in said}
    times: dict[str, Any] = {name: ms for name, ms in _TIMES.items() if name.lower() not in told}
    return MongoClient(address.with_password(address.scheme), **times)


def _refuse_unknown(option: str, address: Address) -> None:
    from pymongo.errors import PyMongoError
    from pymongo.uri_parser import split_options

    name = option.partition("=")[0]
    try:
        split_options(option, warn=False)
    except (PyMongoError, ValueError, TypeError, OSError, UserWarning) as error:
        why = str(error).partition(" or maybe a camelCase")[0].partition("] ")
        said = address.without_secrets(why[2] or why[0])
        raise SourceError(f"its address says `{name}`: {said}") from None

"""What a store of objects answers where it does not do what it is asked, in words of ours.

Its own words may hold the name of a key, and take many lines.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mega_toys.declared.errors import MegaToysError, PlaceError

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"\b(4\d\d|5\d\d) (?=[A-Z])")
_OF_A_STORE = re.compile(r"Generic S3 error|Error performing|lacked the necessary")

_DENIED = "access is denied"
_WAY_OUT = {  # of a refusal that is not about the rights of a key
    "RequestTimeTooSkewed": "this machine's clock is wrong for it: set it",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY must be that of AWS_ACCESS_KEY_ID",
}
_NO_CONNECTION = re.compile(r"error sending request|dns error|connect|timed? ?out|timeout", re.I)
_NO_RIGHTS = re.compile(r"169\.254\.|CredentialsNotLoaded|no credential|authentication", re.I)


def why_refused(error: BaseException, endpoint: str | None = None) -> str | None:
    """Why a store refused something; none where the error is not of a store."""
    text = str(error)
    if not _OF_A_STORE.search(text):
        return None
    code, status = _CODE.search(text), _STATUS.search(text)
    told = code[1] if code else status[1] if status else ""
    if told == "NoSuchBucket":
        return "there is no such bucket: make it, or mend its name"
    if _NO_RIGHTS.search(text):
        return "no rights are told: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if (status and status[1] in ("401", "403")) or "lacked the necessary" in text:
        way_out = _WAY_OUT.get(told, "AWS_ACCESS_KEY_ID must be one that may do it")
        return f"{_DENIED} ({told or 403}): {way_out}"
    if status and (status[1] == "429" or status[1].startswith("5")):
        return f"the store is overloaded or fails ({told}): do it again later"
    if _NO_CONNECTION.search(text):
        return f"the store {endpoint or 'of AWS'} cannot be reached"
    return f"the store refuses it ({told or 'for an unknown reason'})"


@contextmanager
def naming_refusals(root: str, what: str, endpoint: str | None) -> Iterator[None]:
    """Raise PlaceError where the store refuses something; what is gone or there is an OSError."""
    try:
        yield
    except (FileNotFoundError, FileExistsError, MegaToysError):
        raise
    except Exception as error:
        kind = type(error).__name__
        if kind in ("AlreadyExistsError",):
            raise FileExistsError(17, "a file of that name is there", what) from None
        if kind in ("NotFoundError", "PreconditionError"):
            raise FileNotFoundError(2, "it is gone, or another one", what) from None
        if kind == "InvalidPathError":
            told = str(error).splitlines()[0]
            raise PlaceError(f"{root}: rename or remove what no path can name: {told}") from None
        if why := why_refused(error, endpoint):
            denied = why.startswith(_DENIED)
            raise PlaceError(f"{root}: {what}: {why}.", is_denied=denied) from None
        raise

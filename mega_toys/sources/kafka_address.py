"""The address of a Kafka cluster, as librdkafka takes it."""

from typing import Any

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError

_PORT = 9092
_GROUP = "mega_toys"
_OURS = {"registry", "registry_password_file", "schemas"}
_THEIRS = {
    "client.id",
    "client.rack",
    "enable.ssl.certificate.verification",
    "group.id",
    "sasl.mechanism",
    "security.protocol",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.location",
}  # of what an address may tell after the `?`


def configured(address: Address) -> dict[str, Any]:
    """The address for a consumer, whose options it may tell by librdkafka's names.

    Who is named signs in by SASL over TLS, unless it says otherwise.
    """
    options = address.options
    if wrong := sorted(options.keys() - _OURS - _THEIRS):
        known = ", ".join(sorted(_OURS | _THEIRS))
        raise SourceError(f"its address says `{wrong[0]}`, which is none of {known}")
    signed_in = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": address.user,
        "sasl.password": address.password() or "",
    }
    return {
        "bootstrap.servers": ",".join(_shown(*one) for one in address.hosts),
        "group.id": _GROUP,
        **(signed_in if address.user else {}),
        **{name: value for name, value in options.items() if name in _THEIRS},
    }


def _shown(host: str, port: int | None) -> str:
    return f"{f'[{host}]' if ':' in host else host}:{port or _PORT}"

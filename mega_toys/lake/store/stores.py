"""How a store of objects is reached: what the environment tells of it, and by which library."""

import datetime as dt
import os
from typing import Any

from mega_toys.declared.errors import SettingsError
from mega_toys.declared.extras import installed_by

_TOLD = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_REGION = "us-east-1"  # where a store has none
_ALLOW_HTTP = "aws_allow_http"
RETRIES = {
    "max_retries": 10,
    "retry_timeout": dt.timedelta(seconds=60),
    "backoff": {
        "init_backoff": dt.timedelta(milliseconds=100),
        "max_backoff": dt.timedelta(seconds=15),
        "base": 2,
    },
}


def options(root: str) -> dict[str, str]:
    """What Delta and Polars are told, from the environment; all else the libraries find there."""
    if _scheme(root) != "s3":
        return {}
    told = {name.lower(): os.environ[name] for name in _TOLD if os.environ.get(name)}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if region or "aws_endpoint_url" in told:
        told["aws_region"] = region or _REGION
    if told.get("aws_endpoint_url", "").startswith("http://"):
        told[_ALLOW_HTTP] = "true"
    return told


def objects(root: str, told: dict[str, str]) -> Any:
    """The store of obstore for an address; SettingsError where the extra is not installed."""
    return _library("obstore.store", root).from_url(root, **_configured(told))


def filesystem(root: str, told: dict[str, str]) -> Any:
    """The same as a file system, by which DuckDB reads."""
    return _library("obstore.fsspec", root).FsspecStore(_scheme(root), **_configured(told))


def _configured(told: dict[str, str]) -> dict[str, Any]:
    return {
        "config": {name: text for name, text in told.items() if name != _ALLOW_HTTP},
        "client_options": {
            "allow_http": _ALLOW_HTTP in told,
            "connect_timeout": dt.timedelta(seconds=5),
            "timeout": dt.timedelta(seconds=60),
        },
        "retry_config": RETRIES,
    }


def _scheme(root: str) -> str:
    return root.partition("://")[0]


def _library(name: str, root: str) -> Any:
    try:
        return __import__(name, fromlist=["_"])
    except ImportError:
        raise SettingsError(
            f"{root} is a bucket, for which the extra `s3` is missing: {installed_by('s3')}"
        ) from None

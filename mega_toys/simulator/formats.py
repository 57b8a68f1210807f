"""The formats of the landing zone: bytes of frames, the text formats also line by line."""

import gzip
import io
from collections.abc import Callable

import polars as pl
import polars.selectors as cs
import zstandard

from mega_toys.simulator.truth import BrokenFile

Lines = list[bytes]
KAFKA = ".kafka.parquet"
MONEY = ("unit_price", "discount", "value", "list_price_eur", "material_eur", "labour_eur",
         "overhead_eur")  # fmt: skip
INSTANT_TEXTS = cs.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ")


HEADERS = pl.List(pl.Struct({"key": pl.String, "value": pl.Binary}))


def is_text(form: str) -> bool:
    """Whether records are lines of text, once decompressed."""
    return form not in (".avro", ".parquet", KAFKA)


def is_json(form: str) -> bool:
    """Whether each record is a line of JSON."""
    return "json" in form or form == KAFKA


def is_plain(form: str) -> bool:
    """Whether a torn line spoils only itself, not the file."""
    return form in (".ndjson", ".jsonl", ".csv")


def encoded(frame: pl.DataFrame, form: str, spoil: Callable[[Lines], None] | None = None) -> bytes:
    """The bytes of a file; `spoil` may change its lines."""
    if is_text(form):
        return _packed(_text(frame, form, spoil), form)
    body = io.BytesIO()
    if form == KAFKA:
        _stream(_text(frame, ".ndjson", spoil).split(b"\n")[:-1]).write_parquet(body)
    elif form == ".avro":
        frame.with_columns(INSTANT_TEXTS).rechunk().write_avro(body)
    else:
        money = [name for name in MONEY if name in frame.columns]
        exact = frame.with_columns(pl.col(money).cast(pl.Decimal(18, 4)))
        exact.write_parquet(body, compression="zstd", compression_level=1, row_group_size=100_000)
    return body.getvalue()


def _text(frame: pl.DataFrame, form: str, spoil: Callable[[Lines], None] | None) -> bytes:
    body = io.BytesIO()
    if ".csv" in form:
        frame.with_columns(INSTANT_TEXTS, *_json_texts(frame)).write_csv(body)
    else:
        (frame.with_columns(INSTANT_TEXTS) if _has_instants(frame) else frame).write_ndjson(body)
    if not spoil and not is_array(form):
        return body.getvalue()
    lines = body.getvalue().split(b"\n")[:-1]
    header = [lines.pop(0)] if ".csv" in form else []
    if spoil:
        spoil(lines)
    if is_array(form):
        return b"[" + b",\n".join(lines) + b"]\n"
    return b"\n".join([*header, *lines, b""])


def _stream(values: Lines) -> pl.DataFrame:
    """What a consumer of a topic writes down: a record a row, its value as it was sent."""
    count = len(values)
    return pl.DataFrame(
        {
            "topic": pl.repeat("toys", count, dtype=pl.String, eager=True),
            "partition": pl.zeros(count, pl.Int32, eager=True),
            "offset": pl.int_range(count, eager=True),
            "timestamp": pl.repeat(None, count, dtype=pl.Datetime("ms", "UTC"), eager=True),
            "key": pl.repeat(None, count, dtype=pl.Binary, eager=True),
            "value": pl.Series(values, dtype=pl.Binary),
            "headers": pl.repeat(None, count, dtype=HEADERS, eager=True),
        }
    )


def _has_instants(frame: pl.DataFrame) -> bool:
    return any(dtype == pl.Datetime for dtype in frame.dtypes)


def is_array(form: str) -> bool:
    """Whether the records are one array, and not lines of their own."""
    return form.startswith(".json") and form != ".jsonl"


def _json_texts(frame: pl.DataFrame) -> list[pl.Expr]:
    """Lists and objects as JSON text; Polars encodes objects only, so a list is wrapped in one."""
    found = []
    for name, dtype in frame.schema.items():
        text = pl.col(name).struct.json_encode()
        if isinstance(dtype, pl.List):
            text = pl.struct(pl.col(name).alias("_")).struct.json_encode().str.slice(5).str.head(-1)
        if isinstance(dtype, pl.List | pl.Struct):
            found.append(pl.when(pl.col(name).is_not_null()).then(text).alias(name))
    return found


def _packed(body: bytes, form: str) -> bytes:
    if form.endswith(".gz"):
        return gzip.compress(body, 1, mtime=0)
    return zstandard.compress(body, 1) if form.endswith(".zst") else body


def broken(frame: pl.DataFrame, form: str, kind: BrokenFile) -> tuple[str, bytes]:
    """The format and the bytes of a file that nobody can read."""
    if kind is BrokenFile.EMPTY:
        return form, b""
    if kind is BrokenFile.UTF16:
        text = encoded(frame, ".csv").decode()
        return ".csv", text.encode("utf-16")
    if kind is BrokenFile.WRONG_FORMAT:
        return form, encoded(frame, ".csv" if form.endswith(".parquet") else ".parquet")
    torn = form + ".gz" if is_plain(form) else form
    whole = encoded(frame, torn)
    return torn, whole[: len(whole) // 2]

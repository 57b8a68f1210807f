"""Any bytes in a file of any name: they are read, or the file is unreadable; nothing else."""

import io
import json

import fastavro
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mega_toys.declared.table import Bronze
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.lake.own.files import newest
from mega_toys_tests.ingestion.formats.delivered import packed, read_file
from mega_toys_tests.lakes import DECLARED, Lake, needed_for

ROWS = [{"id": "a", "n": 1, "items": "[1]"}, {"id": "b", "n": None, "items": None}] * 3
SCHEMA = {
    "type": "record", "name": "r",
    "fields": [{"name": "id", "type": "string"}, {"name": "n", "type": ["null", "long"]}],
}  # fmt: skip


def _binary(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "avro":
        fastavro.writer(out, fastavro.parse_schema(SCHEMA), ROWS, codec="deflate")
    elif kind == "parquet":
        pl.DataFrame(ROWS).write_parquet(out)
    else:
        values = [json.dumps(row).encode() for row in ROWS]
        pl.DataFrame({"value": values}).write_parquet(out)
    return out.getvalue()


LINES = "\n".join(map(json.dumps, ROWS)).encode()
TEXTS = {
    "csv": b'id,n,items\na,1,"[1]"\nb,,\n' * 2,
    "json": json.dumps(ROWS).encode(),
    "ndjson": LINES,
    "jsonl": LINES,
}
GOOD = {
    **TEXTS,
    **{f"{name}.{by}": packed(text, by) for name, text in TEXTS.items() for by in ("gz", "zst")},
    **{name: _binary(name) for name in ("avro", "parquet", "kafka.parquet")},
}


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, bytes]:
    """A format and content of it in which some bytes went, came or are others."""
    name = draw(st.sampled_from(sorted(GOOD)))
    content = draw(st.sampled_from([GOOD[name], b""]))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(content)))
        gone = draw(st.integers(0, 8))
        content = content[:at] + draw(st.binary(max_size=8)) + content[at + gone :]
    return name, content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content


@settings(max_examples=60)
@given(file=spoilt())
def test_any_bytes_are_rows_or_an_unreadable_file(
    file: tuple[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    name, content = file
    try:
        rows = read_file(tmp_path_factory.mktemp("any"), f"a.{name}", content)
    except UnreadableFileError:
        return
    assert rows.width == 0 or rows["_row"].to_list() == list(range(rows.height))


names = st.text(
    st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda name: name not in (".", ".."))
BRONZE = DECLARED.bronze


@pytest.mark.slow
@pytest.mark.parametrize("table", BRONZE, ids=lambda table: str(table.name))
@settings(max_examples=4)
@given(files=st.lists(st.tuples(names, spoilt()), min_size=1, max_size=5))
def test_files_of_any_name_and_bytes_never_hide_another_in_any_dataset(
    table: Bronze, files: list[tuple[str, tuple[str, bytes]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    lake = Lake(tmp_path_factory.mktemp("any"), needed_for(str(table.name)))
    folder = f"{table.name.domain}/{table.name.table}/2026-03-10"
    for name, (ending, content) in files:
        lake.land(f"{folder}/{name[:20]}.{ending}", content)
    lake.send(f"{folder}/good.ndjson", dict.fromkeys(table.dataset.key, "good"))

    lake.refresh()

    good = lake.rows(str(table.name)).filter(pl.col("_file") == f"{folder}/good.ndjson")
    assert good.height == 1
    seen = newest(lake.store.scan("lake.files")).collect()
    rows = lake.rows(str(table.name)).group_by("_file").len().rows()
    told = {path: many for path, many in seen.select("path", "rows").rows() if many}
    assert dict(rows) == told
    there = [path for path in lake.landing.rglob("*") if path.is_file()]
    hidden = [path for path in there if path.name[0] in "._"]
    assert seen.height == len(there) - len(hidden)

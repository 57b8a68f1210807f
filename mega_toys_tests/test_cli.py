"""What the command says; it runs in this process, where the lake is not refreshed."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mega_toys.domains.commerce.gold as gold
from mega_toys import cli
from mega_toys_tests.lakes import Lake

EVENT = {
    "event_id": "e1", "client_id": "c1", "ts": "2026-03-10T12:00:00Z", "event_name": "purchase",
    "device": "mobile", "quantity": 2, "value": 12.5, "currency": "eur",
}  # fmt: skip
TABLES = (
    "commerce.gold.daily_sales", "manufacturing.gold.factory_oee_daily",
    "commerce.silver.customers",
)  # fmt: skip
Said = Callable[..., str]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    day = "commerce/web_events/2026-03-10"
    event, odd = json.dumps(EVENT), json.dumps(EVENT | {"event_id": "e2", "device": "[/tv]"})
    first = json.dumps(EVENT | {"event_id": "e0", "client_id": "c0"})
    lake.land(f"{day}/a.ndjson", f"{event}\n{odd}\ntorn {{\n{first}\n")
    lake.land(f"{day}/broken.json", '[{"event_id": ')
    lake.land(f"{day}/notes.txt", "not for us")
    lake.land("commerce/orders/2026-03-10/none.csv", "")
    lake.refresh()
    return lake


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def run(
    *words: str, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setattr(sys, "argv", ["mega-toys", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code == code, said.out + said.err
    return said.out if code == 0 else said.out + said.err


@pytest.fixture
def said(
    lake: Lake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Said:
    """What the command says of the lake when it ends as it should."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEGA_TOYS_LAKE_ROOT", lake.store.root)
    return lambda *words, code=0: run(*words, code=code, capsys=capsys, monkeypatch=monkeypatch)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["tables"], 0, "commerce"),
        (["query", "SELECT 1 AS one"], 0, "one\n1\n"),
        (["query", "SELECT * FROM commerce.gold.daily_sales"], 2, "daily_sales"),
        (["files"], 2, "mega-toys refresh"),
        (["show", "commerce.gold.daily_sales"], 2, "mega-toys refresh"),
        (["quarantine", "show", "commerce.silver.orders"], 2, "mega-toys refresh"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_lake_never_refreshed_can_be_asked(
    said: Said,
    words: list[str],
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("MEGA_TOYS_LAKE_ROOT", "never")

    answered = said(*words, code=code)
    assert told in unwrapped(answered) + answered
    assert "lake" not in answered or f"{tmp_path}/never" in answered


@pytest.mark.parametrize("name", TABLES)
def test_tables_names_every_table_in_full_where_no_terminal_is(said: Said, name: str) -> None:
    assert name in said("tables")


def test_show_gives_rows(said: Said) -> None:
    shown = said("show", "commerce.silver.web_events", "--day", "2026-03-10", "--limit", "5")

    assert "e1" in shown
    assert "e1" not in said("show", "commerce.silver.web_events", "--day", "2026-03-11")
    assert "2026-03-10" in said("show", "lake.row_accounts")
    assert "device_is_valid" in said("show", "commerce.quarantine.web_events")


def test_show_gives_the_first_rows_in_the_order_of_the_key(said: Said) -> None:
    shown = pl.read_csv(said("show", "commerce.silver.web_events").encode())

    assert shown["event_id"].to_list() == ["e0", "e1"]


def test_lineage_goes_down_to_the_sources(said: Said) -> None:
    told = said("lineage", "commerce.gold.funnel_daily")

    for name in ("commerce.silver.sessions", "commerce.bronze.web_events", "kafka: web.events"):
        assert name in told


def test_files_tells_what_became_of_each(said: Said) -> None:
    assert "broken.json" in said("files", "--status", "unreadable")
    assert "notes.txt" in said("files", "--status", "ignored")
    assert "none.csv" in said("files", "--status", "empty")
    loaded = said("files", "--status", "loaded")
    assert "a.ndjson" in loaded
    assert "broken" not in loaded


def test_quarantine_shows_records_with_their_rules(said: Said) -> None:
    told = said("quarantine", "show", "commerce.silver.web_events")

    for part in ("device_is_valid", "[/tv]", "record_is_readable", "torn {", "one of desktop"):
        assert part in told
    told = said("quarantine", "show", "commerce.silver.web_events", "--rule", "device_is_valid")
    assert "torn" not in told


@pytest.mark.parametrize("by", ["table", "day", "rule", "file"])
def test_quarantine_counts_records_by_what_is_asked(said: Said, by: str) -> None:
    told = pl.read_csv(said("quarantine", "list", "--by", by).encode())

    assert told["open"].sum() == 2
    assert by in told.columns


ANSWERS: list[tuple[str, list[Any]]] = [
    ("SELECT count(*) AS n FROM commerce.silver.web_events", [(2,)]),
    ("SELECT event_id, day, value FROM commerce.silver.web_events WHERE false", []),
    ("SELECT sum(sessions) AS n FROM commerce.gold.funnel_daily", [(2,)]),
    ("SELECT 'a,\"b' AS t, NULL AS n", [('a,"b', None)]),
]


@pytest.mark.parametrize(("sql", "rows"), ANSWERS)
@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_answers_are_written_in_three_formats(
    said: Said, sql: str, rows: list[Any], ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"out.{ending}"

    said("query", sql, "--output", str(path))

    if ending == "json":
        assert [tuple(row.values()) for row in json.loads(path.read_text())] == rows
    else:
        read = pl.read_csv if ending == "csv" else pl.read_parquet
        assert read(path).rows() == rows


def test_a_whole_number_of_an_answer_is_one_for_any_reader_of_parquet(
    said: Said, tmp_path: Path
) -> None:
    path = tmp_path / "out.parquet"
    sql = "SELECT sum(sessions) AS n FROM commerce.gold.funnel_daily"

    said("query", sql, "--output", str(path))

    kind = pq.read_schema(path).field("n").type
    assert pa.types.is_integer(kind) or pa.types.is_decimal(kind), kind


def test_an_answer_goes_to_standard_output_as_csv(said: Said) -> None:
    told = said("query", "SELECT event_id, value FROM commerce.silver.web_events ORDER BY 1")

    assert told == "event_id,value\ne0,12.5000\ne1,12.5000\n"


@pytest.mark.parametrize("ending", ["parquet", "json"])
def test_an_answer_with_lists_is_written_where_the_format_has_them(
    said: Said, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"out.{ending}"

    said("query", "SELECT rules FROM commerce.quarantine.web_events", "--output", str(path))

    read = pl.read_json if ending == "json" else pl.read_parquet
    assert sorted(read(path)["rules"].to_list()) == [["device_is_valid"], ["record_is_readable"]]


@pytest.mark.parametrize("words", [["demo"], ["simulate"], ["simulate", "--live"]], ids=" ".join)
def test_the_toy_company_leaves_a_landing_zone_of_others_alone(
    said: Said, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "landing" / "commerce" / "orders" / "2026-03-10" / "a.csv"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("order_id\n1\n")
    monkeypatch.setenv("MEGA_TOYS_LANDING_ROOT", str(tmp_path / "landing"))

    assert "MEGA_TOYS_LANDING_ROOT" in said(*words, code=2)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [theirs]


@pytest.mark.parametrize("word", ["tables", "doctor"])
def test_a_table_file_with_an_error_is_told_with_its_line_in_one_line(
    said: Said, word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "unfinished.py").write_text("\ndef unfinished(:\n")
    monkeypatch.setattr(gold, "__path__", [*gold.__path__, str(tmp_path)])

    told = said(word, code=2)

    assert f"{tmp_path}/unfinished.py, line 2: SyntaxError" in unwrapped(told)
    assert len(told.strip().splitlines()) == 1


MISTAKES = [
    ["show", "commerce.gold.daily_sale"],
    ["show", "[/x]"],
    ["show", "commerce.gold.daily_sales", "--day", "yesterday"],
    ["show", "commerce.gold.daily_sales", "--limit", "0"],
    ["lineage", "nothing"],
    ["quarantine", "show", "nothing"],
    ["quarantine", "show", "commerce.silver.sessions"],
    ["quarantine", "show", "commerce.silver.orders", "--day", "yesterday"],
    ["quarantine", "deliver", "no/such/file.ndjson"],
    ["quarantine", "dismiss", "commerce.silver.orders"],
    ["files", "--status", "lost"],
    ["query", "SELEC 1"],
    ["query", "SELECT nope FROM commerce.gold.daily_sales"],
    ["query", "SELECT '[/]' FROM nowhere"],
    ["query", "SELECT CAST('[/b]' AS INTEGER)"],
    ["query", "SELECT 1", "--output", "answer.txt"],
    ["query", "SELECT 1", "--output", "no/such/folder/answer.csv"],
    ["refreshh"],
    ["show"],
]


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_a_mistake_is_told_in_words(said: Said, words: list[str]) -> None:
    assert said(*words, code=2).strip()


@pytest.mark.parametrize("words", [["show", "commerce.gold.daily_sale"], ["lineage", "nothing"]])
def test_an_error_is_one_line_where_no_terminal_is(said: Said, words: list[str]) -> None:
    assert len(said(*words, code=2).strip().splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["SELECT rules FROM commerce.quarantine.web_events", "--output", "out.csv"],
        ["SELECT INTERVAL 1 DAY AS i"],
        ["SELECT INTERVAL 1 DAY AS i", "--output", "out.json"],
    ],
    ids=" ".join,
)
def test_an_answer_that_a_format_cannot_hold_is_written_otherwise_or_refused_in_words(
    words: list[str], monkeypatch: pytest.MonkeyPatch, lake: Lake, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEGA_TOYS_LAKE_ROOT", lake.store.root)
    monkeypatch.setattr(sys, "argv", ["mega-toys", "query", *words])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code in (0, 2)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MEGA_TOYS_LANDING_ROT", "x", "Did you mean `MEGA_TOYS_LANDING_ROOT`"),
        ("MEGA_TOYS_FIRST_DAY", "yesterday", "MEGA_TOYS_FIRST_DAY"),
        ("MEGA_TOYS_MEMORY_MB", "much", "MEGA_TOYS_MEMORY_MB"),
        ("MEGA_TOYS_MEMORY_MB", "1", "MEGA_TOYS_MEMORY_MB"),
    ],
)
def test_a_wrong_setting_is_told_in_words(
    said: Said, name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    assert told in unwrapped(said("tables", code=2))

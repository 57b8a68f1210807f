"""What the command says; it runs in this process, where the lake is not refreshed."""

import io
import json
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mega_toys.domains.commerce.gold as gold
from mega_toys.command import cli
from mega_toys.command.terminal import console
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.store.tables import Stored
from mega_toys_tests.lakes import DECLARED, Lake

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
    lake.land("commerce/web_events/2026-03-11/later.ndjson", "")
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
    monkeypatch.setenv("MEGA_TOYS_LANDING_ROOT", str(lake.landing))
    return lambda *words, code=0: run(*words, code=code, capsys=capsys, monkeypatch=monkeypatch)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command writes to a terminal of 80 columns."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setattr(console, "_width", 80)
    monkeypatch.setattr(console, "_height", 25)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["tables"], 0, "commerce"),
        (["query", "SELECT 1 AS one"], 0, "one\n1\n"),
        (["query", "SELECT * FROM commerce.gold.daily_sales"], 2, "daily_sales"),
        (["query", "SELECT * FROM commerce.gold.daily_sales"], 2, "mega-toys refresh"),
        (["query", "SHOW TABLES"], 2, "mega-toys refresh"),
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
    assert code == 0 or f"{tmp_path}/never" in answered


@pytest.mark.parametrize("name", TABLES)
def test_tables_names_every_table_in_full_where_no_terminal_is(said: Said, name: str) -> None:
    assert name in said("tables")


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("words", [["status"], ["tables"]], ids=" ".join)
def test_a_narrow_terminal_has_every_tables_name_on_one_line(said: Said, words: list[str]) -> None:
    lines = said(*words).splitlines()

    assert {line.split(" ")[0] for line in lines} >= {
        "manufacturing.silver.production_orders", "manufacturing.gold.factory_oee_daily",
    }  # fmt: skip
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("narrow")
def test_status_on_a_narrow_terminal_has_the_newest_days(said: Said) -> None:
    assert re.search(r"commerce\.silver\.web_events +up to date +2026-03-", said("status"))


def test_status_tells_which_checks_found_something_in_bronze_too(said: Said) -> None:
    assert re.search(r"failed commerce\.silver\.web_events: rules_hold", said("status"))
    assert re.search(r"warning commerce\.bronze\.web_events: files_are_read", said("status"))


def test_a_day_is_refused_for_a_table_whose_rows_are_of_no_day(said: Said) -> None:
    told = unwrapped(said("show", "commerce.gold.customer_value", "--day", "2026-03-10", code=2))

    assert "commerce.gold.customer_value" in told
    assert "without --day" in told


def test_tables_lists_every_table_that_can_be_shown(said: Said) -> None:
    told = said("tables")

    for name in names(DECLARED):
        assert re.search(rf"^{re.escape(name)} ", told, re.MULTILINE), name


@pytest.mark.slow
def test_a_table_that_no_file_declares_is_told_as_retired_and_forgotten_when_asked_to(
    said: Said, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    ghost = Stored("old.gold.ghost", pl.Schema({"a": pl.Int64()}))
    lake.store.create(ghost)

    assert "old.gold.ghost is declared no longer" in said("status", code=0)
    assert re.search(r"old.gold.ghost +retired +0", said("tables", code=0))
    for how in ((), ("--unconfined",)):
        told = unwrapped(said("query", 'SELECT a FROM "old".gold.Ghost', *how, code=2))
        assert "old.gold.ghost is declared no longer" in told
        assert "`mega-toys forget old.gold.ghost`" in told
    assert "ghost" in said("query", "SELECT 'old.gold.ghost' AS name", code=0)
    assert "0 rows" in said("forget", ghost.name, code=1)
    assert lake.store.exists(ghost.name)
    assert "is forgotten" in said("forget", ghost.name, "--yes", code=0)
    assert not (lake.folder / "lake/old/gold/ghost").exists()
    assert "is declared" in said("forget", "commerce.gold.daily_sales", "--yes", code=2)


@pytest.mark.usefixtures("narrow")
def test_what_a_day_is_that_records_are_chosen_by_is_said(said: Said) -> None:
    show = "quarantine", "show", "commerce.silver.web_events"

    assert "landed 2026-03-10, open" in unwrapped(said(*show, "--day", "2026-03-10"))
    assert "or its landing day where" in unwrapped(said(*show, "--day", "2026-03-11"))


def test_lineage_says_of_the_lakes_own_tables_what_they_are(said: Said) -> None:
    assert "kept by the lake itself" in said("lineage", "lake.files")
    quality = said("lineage", "lake.gold.data_quality_daily")
    assert "counted by the lake of its other tables" in quality


def test_lineage_of_a_quarantine_is_that_of_the_table_that_rejected(said: Said) -> None:
    told = said("lineage", "commerce.quarantine.web_events")

    assert told.index("commerce.quarantine.web_events") < told.index("web: web.events")


@pytest.mark.parametrize("sql", ["SHOW TABLES", " show tables ; "])
def test_show_tables_lists_them_by_the_names_that_a_query_uses(said: Said, sql: str) -> None:
    told = set(said("query", sql).splitlines())

    assert told >= {"table", *names(DECLARED), *DECLARED.views}


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", "asks nothing"),
        (" -- nothing", "asks nothing"),
        ("SELECT 1; SELECT 2", "2 statements"),
    ],
)
def test_a_query_is_one_statement(said: Said, sql: str, reason: str) -> None:
    assert reason in unwrapped(said("query", sql, code=2))


def test_what_is_left_off_is_said_beside_the_rows(
    said: Said, lake: Lake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del said  # for the settings
    for words, more in (
        (["files"], "4 more files"),
        (["show", "commerce.silver.web_events"], "1 more row"),
        (["quarantine", "show", "commerce.silver.web_events"], "1 more record"),
    ):
        monkeypatch.setattr(sys, "argv", ["mega-toys", *words, "--limit", "1"])
        with pytest.raises(SystemExit):
            cli.main()
        told = capsys.readouterr()
        assert len(told.out.splitlines()) == 2, words
        assert f"… {more}, see --limit" in told.err


def test_files_that_landed_last_come_first(said: Said) -> None:
    paths = pl.read_csv(said("files").encode())["path"].to_list()

    assert paths[0].startswith("commerce/web_events/2026-03-11/")


RULES = [
    ["list"],
    ["list", "commerce.silver.web_events"],
    ["show", "commerce.silver.web_events"],
    ["export", "commerce.silver.web_events"],
    ["replay", "commerce.silver.web_events"],
    ["dismiss", "commerce.silver.web_events", "--why", "so"],
]


@pytest.mark.parametrize("words", RULES, ids=" ".join)
def test_a_rule_that_no_table_has_is_refused_with_the_nearest(said: Said, words: list[str]) -> None:
    told = unwrapped(said("quarantine", *words, "--rule", "device_is_vald", code=2))

    assert "device_is_vald" in told
    assert "Did you mean `device_is_valid`?" in told
    if "commerce.silver.web_events" in words:
        assert "landed_within_window" in told


def test_the_quarantine_of_a_bronze_table_is_looked_for_at_its_silver_table(said: Said) -> None:
    told = unwrapped(said("quarantine", "show", "commerce.bronze.orders", code=2))

    assert "Did you mean `commerce.silver.orders`?" in told


def test_a_dry_run_says_what_would_be_done_and_why_and_does_nothing(
    said: Said, lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(console, "_width", 200)
    assert "Nothing to do: every table is up to date." in said("refresh", "--dry-run")
    landing = tmp_path / "landing"
    (landing / "commerce/orders/2026-03-12").mkdir(parents=True)
    (landing / "commerce/orders/2026-03-12/new.csv").write_text("order_id\n")
    (landing / "notes.txt").write_text("not for us")
    monkeypatch.setenv("MEGA_TOYS_LANDING_ROOT", str(landing))
    before = lake.versions()

    answered = unwrapped(said("refresh", "--dry-run"))

    orders = "commerce.bronze.orders 1 file, 1 day: 2026-03-12 the landing zone: 1 new file"
    assert orders in answered
    assert "commerce.silver.orders follow commerce.bronze.orders: built before" in answered
    assert "1 file of no table would be noted as ignored." in answered
    answered = unwrapped(said("refresh", "--preview"))
    assert "commerce.bronze.orders 1 1 not known 9 not known not known" in answered
    assert "would look at" not in answered
    assert lake.versions() == before


def test_a_dry_run_names_what_is_damaged_and_what_that_blocks_and_plans_the_others(
    said: Said, lake: Lake
) -> None:
    name = "commerce.silver.web_events"
    (*_, newest) = sorted(Path(lake.store.uri(name), "_delta_log").glob("*.json"))
    content = newest.read_bytes()
    newest.write_bytes(content[:50])
    try:
        answered = said("refresh", "--dry-run", code=2)
    finally:
        newest.write_bytes(content)

    assert f"damaged {name} in the lake cannot be opened" in answered
    assert f"blocked commerce.gold.funnel_daily, which rests on {name}" in answered
    assert "up to date" not in answered


def test_a_dry_run_tells_how_to_make_anew_what_older_code_built(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mega_toys.lake.code.hashing.code_version", lambda *of: "newer")

    answered = unwrapped(said("refresh", "--dry-run"))

    assert "tables were built by older code: `mega-toys refresh --changed-code`" in answered
    assert "up to date" not in answered


def test_doctor_says_ok_of_what_is_well(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGA_TOYS_LANDING_ROOT", "landing")
    Path("landing").mkdir()

    assert {line.split(" ")[0] for line in said("doctor").splitlines()} == {"ok"}


DAYS = [
    ["show", "commerce.gold.daily_sales", "--day"],
    ["quarantine", "list", "--day"],
    ["quarantine", "export", "commerce.silver.orders", "--day"],
]


@pytest.mark.parametrize("words", DAYS, ids=" ".join)
@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "2026-03-10T12:00", ""])
def test_what_is_no_day_is_refused_in_the_same_words_everywhere(
    said: Said, words: list[str], day: str
) -> None:
    told = re.sub(r"[^\w`:,.-]+", " ", said(*words, day, code=2))

    assert f"`{day}` is no day: YYYY-MM-DD is wanted." in told


LONG = "[/bold] a text that is longer than any terminal of eighty columns, by more than a little"


@pytest.mark.usefixtures("narrow")
def test_rows_too_wide_for_the_terminal_are_shown_value_by_value_and_nothing_is_cut(
    said: Said,
) -> None:
    told = said("query", f"SELECT '{LONG}' AS t, n FROM range(2) AS r(n)")

    assert told == f"t: {LONG}\nn: 0\n\nt: {LONG}\nn: 1\n"
    assert said("query", "SELECT 1 AS one").splitlines()[0] == "one"


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("by", ["rule", "file", "day", "table"])
def test_the_quarantine_is_counted_on_a_narrow_terminal_with_whole_names(
    said: Said, by: str
) -> None:
    told = said("quarantine", "list", "--by", by)

    assert "commerce.silver.web_events" in told
    if by in ("rule", "file"):
        assert {"rule": "record_is_readable", "file": "2026-03-10/a.ndjson"}[by] in told
    assert "…" not in told


@pytest.mark.usefixtures("narrow")
def test_files_on_a_narrow_terminal_are_named_whole(said: Said) -> None:
    told = said("files")

    assert "commerce/web_events/2026-03-10/broken.json" in told
    assert "unreadable" in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_table_has_no_trailing_blanks_where_no_terminal_is(said: Said) -> None:
    for words in (["status"], ["tables"]):
        assert not [line for line in said(*words).splitlines() if line != line.rstrip()]


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

    for name in ("commerce.silver.sessions", "commerce.bronze.web_events", "web: web.events"):
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
    ["simulate", "--scale", "0"],
    ["simulate", "--until", "yesterday"],
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


def test_the_command_says_its_version(said: Said) -> None:
    assert said("--version").strip() == f"mega-toys {version('mega_toys')}"


def test_try_shows_what_a_file_would_make_and_takes_nothing_in(
    said: Said, lake: Lake, tmp_path: Path
) -> None:
    before = lake.versions()
    file = tmp_path / "\x1b[31mpartner.csv"
    file.write_bytes(
        "Nr;E-Mail;Tag\n007;a@b.c;10.03.2026\n008;[red]é;11.03.2026\n".encode("cp1252")
    )

    told = said("try", str(file), "--dataset", "shop.visits")

    assert "nr = sent.text()" in told
    assert "e_mail = sent.text(personal=True)" in told
    assert 'key=("nr",)' in told
    assert 'contract=Contract(owner="shop-data", privacy="personal"),' in told
    assert "Its oldest record is of 2026-03-10. `Events` take such a first load" in told
    assert "[red]é" in told
    assert "\x1b" not in told
    assert "2 records: all would be accepted." in told
    assert "has an extension of no format" in said("try", __file__, code=2)
    assert "There is no file" in said("try", "gone.csv", code=2)
    assert lake.versions() == before


def test_try_says_of_a_file_in_the_landing_zone_what_its_dataset_would_quarantine(
    said: Said, lake: Lake
) -> None:
    told = said("try", str(lake.landing / "commerce/web_events/2026-03-10/a.ndjson"), code=1)

    assert "a.ndjson as commerce.bronze.web_events takes it: read as ndjson" in told
    assert "4 records: 2 would be quarantined." in told
    assert "`device` is `[/tv]`: it must be one of desktop, mobile, tablet." in told


@pytest.mark.parametrize(
    "words",
    [
        ("query", "SELECT '\udcff'"),
        ("quarantine", "admit", "commerce.silver.web_events", "--why", "x", "--file", "\udcff"),
    ],
)
def test_an_argument_that_is_no_text_is_named(words: tuple[str, ...], said: Said) -> None:
    told = said(*words, code=2)
    assert r"\xff" in told
    assert "is no UTF-8. Say it in UTF-8." in told


def test_a_file_whose_name_is_no_text_can_be_tried(said: Said, tmp_path: Path) -> None:
    Path(tmp_path, "a\udcff.csv").write_text("id,n\na,1\n")

    assert r"a\xff.csv as a new dataset" in said("try", str(tmp_path / "a\udcff.csv"))

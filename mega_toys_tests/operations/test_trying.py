"""A file tried: what it would make as a new dataset works when it is pasted."""

import datetime as dt
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.sent_as import SentAs, Wide
from mega_toys.declared.table import Bronze
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.store.place import place_of
from mega_toys.operations.trying.proposal import Proposal
from mega_toys.operations.trying.tried import Reading, as_new, better, by_dataset
from mega_toys_tests.ingestion.formats.workbooks import workbook
from mega_toys_tests.lakes import DECLARED, Lake, needed_for
from mega_toys_tests.operations.foreign_files import FILES, STRIKES
from mega_toys_tests.quick import few_quick


def landed(folder: Path, name: str, content: bytes, dataset: str = "new/file") -> LandingFile:
    path = f"{dataset}/2026-12-31/{name}"
    location = folder / "landing" / path
    location.parent.mkdir(parents=True, exist_ok=True)
    location.write_bytes(content)
    return LandingFile(
        path=path, location=location, size=len(content), modified_ns=0, changed_ns=0, inode=0
    )


def tried(folder: Path, name: str) -> tuple[Proposal, Reading]:
    return as_new(landed(folder, name, FILES[name][0]), place_of(folder))


def pasted(source: str, folder: Path) -> Bronze:
    """The table of a bronze file of this text."""
    file = folder / "file.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location("mega_toys.domains.new.bronze.file", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    table: Bronze = module.TABLE
    return table


@pytest.mark.parametrize("name", few_quick(FILES))
def test_what_is_proposed_takes_in_the_whole_file_when_it_is_pasted(
    name: str, tmp_path: Path
) -> None:
    if name.endswith(".xlsx"):
        pytest.importorskip("python_calamine", reason="the extra `excel` is not installed")
    proposal, found = tried(tmp_path, name)
    source = proposal.source("new", "file", name)

    table = pasted(source, tmp_path)
    lake = Lake(tmp_path, Catalog([table]))
    lake.refresh()

    rows = lake.rows(str(table.name)).sort("_row")
    assert rows.height == FILES[name][1]
    assert rows["_unfit"].null_count() == rows.height
    assert rows.select(list(table.fields)).equals(found.rows.select(list(table.fields)))
    assert rows.n_unique(list(table.dataset.key)) == rows.height
    for column, told in table.fields.items():
        assert not told.required or rows[column].null_count() == 0, column
    ruff = [sys.executable, "-m", "ruff", "format", "--check", tmp_path / "file.py"]
    assert subprocess.run(ruff, capture_output=True, check=False).returncode == 0, source


def test_where_no_fields_name_a_record_it_is_told_how_many_are_alike(tmp_path: Path) -> None:
    alone = landed(tmp_path, "strikes.csv", STRIKES.encode())
    twice = landed(tmp_path, "twice.csv", (STRIKES + STRIKES.split("\n")[1] + "\n").encode())

    known, found = as_new(alone, place_of(tmp_path))
    alike, _ = as_new(twice, place_of(tmp_path))

    assert found.rows.n_unique(known.key) == found.rows.height == 8
    assert (known.alike, alike.alike) == (0, 1)


@pytest.mark.parametrize(
    ("name", "content", "other"),
    [("all_day.geojson", b' {"a": [1]}', "all_day.json"), ("a.txt", b"a;b\n1;2\n", "a.csv"),
     ("x.pq", b"PAR1", "x.parquet"), ("b.xls", b"PK\x03\x04 xl/a", "b.xlsx"),
     ("c", b"Obj\x01", "c.avro"), ("d.log", b'{"a": 1}\n{"a": 2}\n', "d.ndjson")],
)  # fmt: skip
def test_of_a_file_of_another_ending_it_is_told_by_which_name_it_is_read(
    name: str, content: bytes, other: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match=f"no format; its content .*: name it {other}"):
        as_new(landed(tmp_path, name, content), place_of(tmp_path))
    with pytest.raises(UnreadableFileError, match=r"no format$"):
        as_new(landed(tmp_path, "a.csv.bz2", b"BZh91AY&SY"), place_of(tmp_path))


@pytest.mark.parametrize("content", ["[]", "[1, 2]", '{"": 1}'])
def test_what_has_no_names_is_no_dataset(content: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="holds no object with names"):
        as_new(landed(tmp_path, "a.json", content.encode()), place_of(tmp_path))


def test_fields_times_and_shape_are_guessed(tmp_path: Path) -> None:
    def guessed(name: str) -> tuple[dict[str, Any], SentAs, Proposal]:
        proposal, _ = tried(tmp_path, name)
        types = {n: one.kind for n, one in proposal.fields.items()}
        return types, proposal.sent_as, proposal

    types, sent_as, proposal = guessed("rides.csv")
    assert types == {
        "fahrt_nr": "text", "strasse": "text", "beginn": "time", "preis": "money", "bezahlt": "bool"
    }  # fmt: skip
    assert (sent_as.decimal, sent_as.thousands, sent_as.skip_lines) == (",", ".", 2)
    assert (sent_as.encoding, sent_as.times) == ("cp1252", "%d.%m.%Y %H:%M")
    assert (proposal.key, proposal.business_time) == (["fahrt_nr"], "beginn")

    types, sent_as, proposal = guessed("eurofxref-hist.csv")
    assert types == {"date": "date", "currency": "text", "rate": "number"}
    assert sent_as.wide == Wide(columns="[A-Z]{3}", name="currency", value="rate")
    assert (proposal.key, sent_as.nulls) == (["date", "currency"], ("N/A",))

    types, sent_as, proposal = guessed("population.csv")
    assert list(types) == ["country_name", "country_code", "year", "value"]
    assert (sent_as.skip_lines, sent_as.header) == (4, ())
    types, sent_as, proposal = guessed("cases.csv")
    assert (types["date"], types["value"]) == ("text", "number")
    assert "date" in proposal.key

    types, sent_as, _ = guessed("quakes.json")
    assert (types["mag"], types["time"], types["coordinates_1"]) == ("number", "time", "int")
    assert (sent_as.records, sent_as.times) == ("features[*]", "epoch ms")

    types, sent_as, proposal = guessed("weather.csv")
    assert types == {"date": "date", "station": "text", "temp": "number", "rain": "number"}
    assert (sent_as.nulls, sent_as.dates, proposal.key) == (("NA",), "%Y/%m/%d", ["station"])

    types, sent_as, _ = guessed("online_retail.csv")
    assert (types["unit_price"], types["invoice_date"]) == ("money", "time")
    assert (sent_as.times, sent_as.zone) == ("%m/%d/%Y %H:%M", "UTC")


SALES = (
    "Umsatzliste;;;;\r\nStand: 27.11.2026;;;;\r\n;;;;\r\n"
    "Beleg-Nr.;Datum;Kunde;Menge;Betrag netto\r\n"
    "1001;24.11.2026;Groß KG;1.200;9.901,57\r\n1002;25.11.2026;Jäger;3;832,19\r\n"
    "1003;26.11.2026;Groß KG;15;1,00\r\n1004;27.11.2026;Groß KG;2;20,00\r\n"
    "Summe;;;;10.754,76\r\n"
)


def test_lines_before_the_header_that_are_padded_and_a_total_at_the_end_mislead_nobody(
    tmp_path: Path,
) -> None:
    file = landed(tmp_path, "sales.csv", SALES.encode("cp1252"))

    proposal, found = as_new(file, place_of(tmp_path))

    kinds = {name: (one.kind, one.nullable) for name, one in proposal.fields.items()}
    assert kinds == {
        "beleg_nr": ("int", False), "datum": ("date", False), "kunde": ("text", False),
        "menge": ("int", False), "betrag_netto": ("money", False),
    }  # fmt: skip
    assert (proposal.key, proposal.has_total) == (["beleg_nr"], True)
    assert proposal.sent_as.nulls == ()
    assert found.rows["menge"].to_list() == [1200, 3, 15, 2, None]
    assert [(one.rules, one.records, one.row) for one in found.rejected] == [
        (["beleg_nr_is_valid"], 1, 4),
        (["datum_is_present", "kunde_is_present", "menge_is_present"], 1, 4),
    ]
    assert found.faults == 1


def test_a_record_that_lacks_what_all_others_have_would_be_quarantined(tmp_path: Path) -> None:
    told = SALES.replace("1001", "A-1").replace("1002", "A-2").encode("cp1252")

    proposal, found = as_new(landed(tmp_path, "sales.csv", told), place_of(tmp_path))

    assert proposal.fields["beleg_nr"].kind == "text"
    assert [(one.rules[0], one.records) for one in found.rejected] == [("datum_is_present", 1)]


def test_records_of_days_to_come_would_be_quarantined(tmp_path: Path) -> None:
    days = ["2026-12-31", "2027-01-01", "2027-01-02", "2044-01-01"]
    lines = [f"{at},{day}T10:00:00Z,{at}.5\n" for at, day in enumerate(days)]
    content = "".join(["id,sold_at,price\n", *lines]).encode()

    proposal, found = as_new(landed(tmp_path, "a.csv", content), place_of(tmp_path))

    assert proposal.business_time == "sold_at"
    assert found.faults == 2
    assert [(one.rules, one.rows) for one in found.rejected] == [(["landed_within_window"], [2, 3])]
    assert "from 1 day before its business day on" in found.rejected[0].reasons[0]


def test_a_record_with_two_faults_is_one_record_that_would_be_quarantined(tmp_path: Path) -> None:
    days = [f"{at + 10}.03.2026,{at + 10}.04.2026" for at in range(19)]
    content = "\n".join(["begun,ended", *days, "31.02.2026,31.04.2026"])

    _, found = as_new(landed(tmp_path, "a.csv", content.encode()), place_of(tmp_path))

    assert [(*one.rules, one.records, one.row) for one in found.rejected] == [
        ("begun_is_valid", 1, 19), ("ended_is_valid", 1, 19)
    ]  # fmt: skip
    assert found.faults == 1


WORDS = "Number of the household's members at the end of the year (see remark"


def test_long_names_are_cut_and_what_is_pasted_passes_the_linter(tmp_path: Path) -> None:
    names = [f"{WORDS} {at})" for at in range(3)] + ["Time at which the last of them was counted"]
    rows = [f"{at};{at};0{at};{at + 10}.03.2026 10:00" for at in range(9)]
    content = "\n".join([";".join(names), *rows]).encode()

    proposal, _ = as_new(landed(tmp_path, "a.csv", content), place_of(tmp_path))

    assert list(proposal.fields) == [
        "number_of_the_household_s_members_at_the",
        "number_of_the_household_s_members_at_the_2",
        "number_of_the_household_s_members_at_the_3",
        "time_at_which_the_last_of_them_was",
    ]
    source = proposal.source("new", "file", f"{'export ' * 12}.csv")
    ruff = [sys.executable, "-m", "ruff"]
    for check in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        told = subprocess.run(
            [*ruff, *check, "--stdin-filename", "mega_toys/domains/new/bronze/file.py", "-"],
            input=source, text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stdout
    assert pasted(source, tmp_path).dataset.sent_as == proposal.sent_as


REMARKS = (
    ("Lost luggage,", None, "by", None, None),
    ("as", "told", "at the", "counters", None),
    (None, "(draft)", None, None, None),
    ("Case", "Carrier", "Weight kg", "Pieces", "Lost on"),
    ("C-1", "AB", 12.5, 2, dt.datetime(2026, 3, 9)),  # noqa: DTZ001
    ("C-2", "XY", 3.5, 1, dt.datetime(2026, 3, 10)),  # noqa: DTZ001
)


def test_remarks_over_the_header_of_a_sheet_are_no_header(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine", reason="the extra `excel` is not installed")
    content = workbook({"Luggage": REMARKS})

    proposal, found = as_new(landed(tmp_path, "lost.xlsx", content), place_of(tmp_path))

    assert {name: one.kind for name, one in proposal.fields.items()} == {
        "case": "text", "carrier": "text", "weight_kg": "number", "pieces": "int", "lost_on": "date"
    }  # fmt: skip
    assert (found.rows.height, found.rejected) == (2, [])


def test_remarks_below_a_table_mislead_nobody_and_would_be_quarantined(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine", reason="the extra `excel` is not installed")
    more = [(f"C-{at}", "AB", at + 0.5, at, None) for at in range(3, 9)]
    below = [("Source:",), (None, "the desks")]
    content = workbook({"Luggage": [*REMARKS, *more, *below]})

    proposal, found = as_new(landed(tmp_path, "lost.xlsx", content), place_of(tmp_path))

    assert {name: (one.kind, one.nullable) for name, one in proposal.fields.items()} == {
        "case": ("text", False), "carrier": ("text", False), "weight_kg": ("number", False),
        "pieces": ("int", False), "lost_on": ("date", True),
    }  # fmt: skip
    assert (proposal.key, proposal.remarks, found.faults) == (["case"], 2, 2)


def test_sparse_records_at_the_end_are_no_remarks(tmp_path: Path) -> None:
    rows = [f"a{at},text {at},1.5,4" for at in range(5)]
    content = "\n".join(["id,note,more,last", *rows, "a5,,,", "a6,,,"])

    proposal, found = as_new(landed(tmp_path, "a.csv", content.encode()), place_of(tmp_path))

    assert (proposal.key, proposal.fields["note"].nullable, proposal.remarks) == (["id"], True, 0)
    assert found.rejected == []


def test_columns_with_other_words_for_true_and_false_are_all_read(tmp_path: Path) -> None:
    content = "id,paid,shipped\n" + "\n".join(f"a{at},{'yn'[at % 2]},true" for at in range(4))

    proposal, found = as_new(landed(tmp_path, "a.csv", content.encode()), place_of(tmp_path))

    assert (proposal.sent_as.true, proposal.sent_as.false) == (("true", "y"), ("false", "n"))
    assert (found.rejected, found.rows["shipped"].to_list()) == ([], [True] * 4)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_name_of_several_lines_is_one_name(end: str, tmp_path: Path) -> None:
    records = [f"00{at};R{at};{at}" for at in range(4)]
    content = end.join([f'Code;"Name {end}(of the town)";Size', *records])

    proposal, found = as_new(landed(tmp_path, "a.csv", content.encode()), place_of(tmp_path))

    assert found.rows["name_of_the_town"].to_list() == ["R0", "R1", "R2", "R3"]
    assert found.rejected == []
    table = pasted(proposal.source("new", "file", "a.csv"), tmp_path)
    assert table.dataset.sent_as == proposal.sent_as


def test_lists_of_plain_values_are_proposed_and_what_no_field_holds_is_told(
    tmp_path: Path,
) -> None:
    source = tried(tmp_path, "tags.json")[0].source("new", "file", "tags.json")
    assert "    tags = sent.values(sent.text(), may_be_empty=True)\n" in source
    assert "    sizes = sent.values(sent.number())\n" in source

    told = [{"id": f"{at}", "attributes": {"tags": ["a"] * at, "n.": at}} for at in range(5)]
    file = landed(tmp_path, "page.json", json.dumps({"meta": {"page": 1}, "data": told}).encode())

    proposal, _ = as_new(file, place_of(tmp_path))

    assert [(one.source, one.note) for one in proposal.left_out] == [
        ("attributes", "an object that no path leads into")
    ]


def test_words_among_numbers_mean_null_and_a_few_odd_times_would_be_quarantined(
    tmp_path: Path,
) -> None:
    lines = [f"{85000 + n}{'AB'[n] if n < 2 else ''},{n}.5,{n + 10}.03.2026" for n in range(15)]
    lines += ["85100,trace,31.02.2026"]
    content = "code,rain,measured\n" + "\n".join(lines)

    proposal, found = as_new(landed(tmp_path, "a.csv", content.encode()), place_of(tmp_path))

    assert {name: one.kind for name, one in proposal.fields.items()} == {
        "code": "text", "rain": "number", "measured": "date"
    }  # fmt: skip
    assert (proposal.sent_as.nulls, proposal.sent_as.dates) == (("trace",), "%d.%m.%Y")
    (rejected,) = found.rejected
    assert (rejected.rules, rejected.records, rejected.row) == (["measured_is_valid"], 1, 15)
    assert rejected.reasons == ["`measured` is `31.02.2026`: it must be a day as YYYY-MM-DD."]


LEDGER, PARTNER = "finance/sales_ledger", "partner.csv"
GERMAN = (
    "Entry-ID;invoice_id;line_no;posted_at;account_id;sku;quantity;unit_price;discount;currency;"
    "kind;updated_at\r\nE-1;I;1;10.03.2026 09:00;Müller;S;2;1.019,99;;EUR;invoice;"
    "10.03.2026 10:00\r\nE-2;I;2;10.03.2026 09:00;Müller;S;0;1,5;;EUR;invoice;10.03.2026 10:00\r\n"
)


def test_for_a_dataset_the_declaration_that_would_fit_is_found_and_what_is_still_wrong(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path, needed_for("finance.silver.sales_ledger"))
    file = landed(tmp_path, PARTNER, GERMAN.encode("cp1252"), LEDGER)
    table = DECLARED["finance.bronze.sales_ledger"]

    now = by_dataset(file, table, lake.work(), lake.zone)
    fitting = better(file, table, lake.work(), lake.zone, now)

    assert "Separated by `;`" in now.unreadable
    assert fitting is not None
    assert fitting.sent_as == SentAs(
        encoding="cp1252", separator=";", decimal=",", thousands=".", times="%d.%m.%Y %H:%M",
        zone="UTC", names={"Entry-ID": "entry_id"},
    )  # fmt: skip
    (rejected,) = fitting.rejected
    assert (rejected.rules, rejected.records, rejected.row) == (("quantity_is_valid",), 1, 1)
    assert rejected.reasons == ["`quantity` is `0`: it must be a whole number, at least 1."]
    assert not (tmp_path / "lake" / "finance").exists()


def test_of_a_file_that_fits_nothing_is_proposed(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("finance.silver.exchange_rates"))
    content = "day,currency,units_per_eur,updated_at\n2026-03-10,USD,1.1,2026-03-10T15:00:00Z\n"
    file = landed(tmp_path, "a.csv", content.encode(), "finance/exchange_rates")
    table = DECLARED["finance.bronze.exchange_rates"]

    now = by_dataset(file, table, lake.work(), lake.zone)

    assert (now.faults, better(file, table, lake.work(), lake.zone, now)) == (0, None)

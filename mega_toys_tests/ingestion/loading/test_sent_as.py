"""A declaration of how a partner sends, from the dataset to the lake."""

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.sent_as import Declared, SentAs
from mega_toys.lake.own.files import FILES, newest
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.operations.quarantine import explained
from mega_toys.operations.rebuild import built_by_other_code, forget_changed
from mega_toys_tests.lakes import DECLARED, Lake, needed_for

BRONZE, SILVER = "finance.bronze.sales_ledger", "finance.silver.sales_ledger"
DAY = "finance/sales_ledger/2026-03-10"
HEADER = (
    "entry_id;invoice_id;line_no;posted_at;account_id;sku;quantity;unit_price;discount;currency"
    ";kind;updated_at"
)
PARTNERS = (
    f"its header has none of the dataset's fields: `{HEADER}`. Separated by `;` and not by `,` it "
    "would have 12 fields of it. To read it, declare `sent_as=SentAs(separator=';')`"
)
LINE = "E-1;I;1;10.03.2026 09:00;Müller;S;2;19,99;;EUR;invoice;10.03.2026 10:00"
TORN = "E-2;1,5"
GERMAN = SentAs(
    separator=";", encoding="latin-1", decimal=",", times="%d.%m.%Y %H:%M", zone="Europe/Berlin"
)


def with_declared(catalog: Catalog, sent_as: Declared) -> Catalog:
    (bronze,) = (table for table in catalog.bronze if str(table.name) == BRONZE)
    changed = dataclasses.replace(
        bronze, dataset=dataclasses.replace(bronze.dataset, sent_as=sent_as)
    )
    return Catalog(changed if str(table.name) == BRONZE else table for table in catalog)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path, needed_for(SILVER))
    text = f"{HEADER}\r\n{LINE}\r\n{TORN}\r\n"
    made.land(f"{DAY}/partner.csv", text.encode("latin-1"))
    made.land(f"{DAY}/ours.ndjson", '{"entry_id": "E-3"}\n')
    made.refresh()
    return made


def statuses(lake: Lake) -> dict[str, tuple[str, str | None]]:
    seen = newest(lake.store.scan(FILES.name)).select("path", "status", "error").collect()
    return {path.rsplit("/", 1)[-1]: (status, error) for path, status, error in seen.rows()}


def test_of_a_private_file_the_way_out_is_told_and_of_its_header_the_names_of_fields(
    lake: Lake,
) -> None:
    lake.land(f"{DAY}/headless.csv", "E-7;4711;Anna Muster;2026-03-10\n")
    lake.refresh()

    assert statuses(lake)["partner.csv"] == ("unreadable", PARTNERS)
    assert statuses(lake)["headless.csv"] == (
        "unreadable",
        "its header has none of the dataset's fields. "
        "To read it, declare `sent_as=SentAs(separator=';', names={…})`",
    )


def test_a_declaration_lets_an_unreadable_file_be_read_at_the_next_refresh(lake: Lake) -> None:
    declared = Lake(lake.folder, with_declared(lake.catalog, {"partner*.csv": GERMAN}))

    declared.refresh()

    assert statuses(declared)["partner.csv"] == ("loaded", None)
    rows = declared.rows(SILVER, "entry_id", "unit_price", "account_id", "posted_at", "day")
    assert rows.drop("posted_at").rows() == [
        ("E-1", Decimal("19.9900"), "Müller", rows["posted_at"][0].date())
    ]
    assert f"{rows['posted_at'][0]:%Y-%m-%d %H:%M %Z}" == "2026-03-10 08:00 UTC"
    choice = Choice(file="*partner*")
    told = explained(declared.work(), choice, SILVER, declared.zone)["reasons"].to_list()
    assert told == [[f"This is no record: `{TORN}`. It has 2 fields, its header 12."]]


@pytest.mark.slow
def test_a_changed_declaration_is_other_code_of_that_table_alone_by_which_files_are_read_again(
    lake: Lake,
) -> None:
    Lake(lake.folder, with_declared(lake.catalog, GERMAN)).refresh()
    other = dataclasses.replace(GERMAN, zone="UTC")
    changed = Lake(lake.folder, with_declared(lake.catalog, other))

    assert BRONZE in {str(table.name) for table in built_by_other_code(changed.work())}
    forget_changed(changed.work(), changed.zone)
    changed.refresh()

    (posted_at,) = changed.rows(SILVER, "posted_at")["posted_at"]
    assert f"{posted_at:%H:%M}" == "09:00"
    assert built_by_other_code(changed.work()) == []


def test_a_declaration_that_cannot_be_is_refused_with_its_dataset() -> None:
    with pytest.raises(
        DeclarationError, match=rf"{BRONZE} has a `sent_as` that cannot be: `names` leads to"
    ):
        with_declared(DECLARED, SentAs(names={"Nr": "entry"}))

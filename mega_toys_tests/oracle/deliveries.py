"""Deliveries: random landing zones, strictly as sources.md allows them.

python -m mega_toys_tests.oracle.deliveries ROOT --seed 1 --days 6 --scale 1 --faults 0.1
"""

import argparse
import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from mega_toys_tests.oracle import faults as spoil
from mega_toys_tests.oracle.back_office import send_back_office
from mega_toys_tests.oracle.columns import Row
from mega_toys_tests.oracle.datasets import BY_FOLDER
from mega_toys_tests.oracle.dialects import dialect_for, written
from mega_toys_tests.oracle.factory_floor import send_factory_floor
from mega_toys_tests.oracle.packing import Lines, compressed, pack
from mega_toys_tests.oracle.senders import Season, Sent
from mega_toys_tests.oracle.shop import send_shop

FORMS = {
    (".ndjson", ""): 6, (".csv", ""): 5, (".json", ""): 2, (".jsonl", ""): 1,
     (".avro", ""): 3, (".parquet", ""): 3,
    (".ndjson", ".gz"): 1, (".jsonl", ".zst"): 1, (".csv", ".gz"): 1, (".csv", ".zst"): 1,
    (".json", ".gz"): 0.5, (".json", ".zst"): 0.5, (".kafka.parquet", ""): 1,
}  # fmt: skip
SUB_FOLDERS = ("", "", "", "", "late/", "a/b/", "Größe 1/", "hour=03/", "50%25 #1/")
MASTER_DATA = ("manufacturing/factories", "manufacturing/machines")
STRAYS = (
    "{folder}/{day}/_SUCCESS", "{folder}/{day}/.hidden.ndjson", "{folder}/{day}/part.ndjson.tmp",
    "{folder}/{day}/part.parquet.part", "{folder}/{day}/part.csv.crc",
    "{folder}/{day}/_temporary/part.ndjson",
    "{folder}/{day}/.staging/deep/part.ndjson", "{folder}/{day}/notes.txt",
    "{folder}/{day}/data.avro.gz",
    "{folder}/{day}/no_extension", "{folder}/{day}/data.ndjson.bz2",
    "{folder}/2026-02-30/data.ndjson",
    "{folder}/latest/data.ndjson", "{folder}/20260310/data.ndjson", "{folder}/data.ndjson",
    "commerce/returns/{day}/data.ndjson", "hr/people/{day}/data.ndjson", "data.ndjson",
)  # fmt: skip


def deliver(
    root: Path,
    *,
    seed: int,
    days: int,
    scale: float,
    faults: float,
    first_day: date = date(2026, 3, 10),
) -> None:
    """Fill a landing zone with what a season of so many days sends, and so large a share of faults.

    The first files land two days before the first day; business days may begin a week before it.
    """
    rng = Random(seed)
    season = Season(rng, first_day, days, scale)
    send_factory_floor(season)
    send_shop(season)
    send_back_office(season)
    in_utc = {folder: rng.random() < 0.4 for folder in BY_FOLDER}
    sent = [spoil.spoilt_record(one, rng) if rng.random() < faults else one for one in season.sent]
    for folder, day, records in batches(sent, rng):
        land(root, folder, day, records, rng, faults, as_instants=in_utc[folder])
    for stray in STRAYS:
        if rng.random() < min(1, faults * 8):
            drop(
                root,
                stray.format(folder=rng.choice(list(BY_FOLDER)), day=rng.choice(season.days)),
                b'{"a": 1}\n',
            )


def batches(sent: list[Sent], rng: Random) -> Iterator[tuple[str, date, list[Row]]]:
    """What lands together: the records of a dataset and a day, in one to three files."""
    landing: defaultdict[tuple[str, date], list[Row]] = defaultdict(list)
    for one in sent:
        landing[one.folder, one.lands].append(one.record)
    for (folder, day), records in sorted(landing.items(), key=lambda pair: pair[0]):
        rng.shuffle(records)
        files = rng.choice((1, 1, 2, 3))
        for number in range(files):
            if part := records[number::files]:
                yield folder, day, part


def land(
    root: Path,
    folder: str,
    day: date,
    records: list[Row],
    rng: Random,
    faults: float,
    *,
    as_instants: bool,
) -> None:
    """Write one file, and now and then the same content again under another name."""
    form, packing = rng.choices(list(FORMS), list(FORMS.values()))[0]
    dataset = BY_FOLDER[folder]
    if form == ".kafka.parquet" and dataset.kind != "Events":
        form = ".ndjson"
    dialect = dialect_for(rng, form, as_instants=as_instants)
    rows = [row for record in records if (row := written(dataset, record, dialect, rng))]
    if form == ".json" or packing or form == ".kafka.parquet":
        rows = [without_nan(row) for row in rows]
    if rng.random() < faults / 4:
        rows = spoil.without_zone(rows)

    def damage(lines: Lines) -> Lines:
        is_plain = not packing and rng.random() < faults * 2
        return spoil.spoilt_lines(lines, form, rng) if is_plain else lines

    body = compressed(pack(rows, form, rng, damage), packing)
    if rng.random() < faults / (20 if folder in MASTER_DATA else 3):
        body = spoil.spoilt_file(body, rows, form, packing, rng)
    path = f"{folder}/{day}/{name_of(form, packing, rng)}"
    drop(root, path, body)
    if rng.random() < 0.03:
        drop(
            root,
            f"{folder}/{day}/again-{rng.randrange(10**6):06}{''.join(Path(path).suffixes)}",
            body,
        )


def without_nan(row: Row) -> Row:
    """The row without binary NaN, which JSON lacks."""
    return {
        name: "NaN" if isinstance(value, float) and math.isnan(value) else value
        for name, value in row.items()
    }


def name_of(form: str, packing: str, rng: Random) -> str:
    """A file's name below its day."""
    extension = form + packing
    if rng.random() < 0.1:
        extension = extension.upper()
    stem = f"{rng.choice(('part', 'late-1', 'Z'))}-{rng.randrange(10**6):06}"
    return rng.choice(SUB_FOLDERS) + stem + extension


def drop(root: Path, path: str, body: bytes) -> None:
    """Put a file into the landing zone."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(body)


def main() -> None:
    """Fill a landing zone with a random delivery."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=6)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--faults", type=float, default=0.1)
    parser.add_argument("--first-day", type=date.fromisoformat, default=date(2026, 3, 10))
    given = parser.parse_args()
    deliver(
        given.root,
        seed=given.seed,
        days=given.days,
        scale=given.scale,
        faults=given.faults,
        first_day=given.first_day,
    )


if __name__ == "__main__":
    main()

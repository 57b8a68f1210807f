"""What a sequence lets a person do with quarantined records of a lake."""

import json
from pathlib import Path
from random import Random

import polars as pl

from mega_toys.declared.errors import CorrectionError
from mega_toys.declared.table import Events
from mega_toys.faults.moves import Decide
from mega_toys.lake.judging.window import OUT_OF_WINDOW
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.standing import Choice, quarantined_tables, standing
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import Place
from mega_toys.operations import quarantine
from mega_toys.operations.replay import deliver

_WHO, _WHY = "differ", "it was drawn"


def decided_about(move: Decide, work: Work) -> Choice | None:
    """The record that a move means; none where there is none about which one may decide so."""
    found = _places(move, work)
    if found.is_empty():
        return None
    file, number = found.row(move.pick % found.height)
    return Choice(file=file, row=number)


def decide(move: Decide, choice: Choice, work: Work, zone: Place, folder: Path) -> None:
    """Do it; a correction is delivered into the landing zone, from a file in the folder."""
    if move.how == "dismiss":
        quarantine.dismiss(work, choice, move.table, _WHO, _WHY)
    elif move.how == "admit":
        quarantine.admit(work, choice, move.table, _WHO, _WHY)
    elif move.how == "undo":
        quarantine.undo(work, choice, move.table, _WHO, _WHY)
    elif move.how == "replay":
        quarantine.replay(work, choice, move.table)
    else:
        _correct(choice, move, work, zone, folder / "mended.ndjson")


def _places(move: Decide, work: Work) -> pl.DataFrame:
    """Where the records lie about which may be decided so."""
    (table,) = quarantined_tables(work, move.table)
    if move.how == "undo":
        rows = work.store.scan(DECISIONS.name).filter(pl.col("table") == move.table)
    elif move.how == "admit":
        of_window = Choice(rule=OUT_OF_WINDOW if isinstance(table, Events) else "none")
        rows = of_window.of(standing(table, work))
    else:
        rows = Choice().of(standing(table, work))
    return rows.select(PLACE).unique().sort(PLACE).collect()


def _correct(choice: Choice, move: Decide, work: Work, zone: Place, file: Path) -> None:
    """Mend a record as an accepted one of its table has it, or not well enough."""
    lines = list(map(json.loads, quarantine.exported(work, choice, move.table, zone)))
    (table,) = quarantined_tables(work, move.table)
    bronze = work.catalog.bronze_of(table)
    rng = Random(move.pick)  # noqa: S311, no secret
    rows = work.store.scan(bronze.name).select(list(bronze.fields)).collect().to_dicts()
    for line in lines:
        other = rng.choice(rows)
        mended = [name for name in bronze.fields if rng.random() < 0.5]
        line |= {name: str(other[name]) for name in mended if other[name] is not None}
    file.write_text("".join(f"{json.dumps(line, default=str)}\n" for line in lines))
    try:
        deliver(file, zone, work, _WHO)
    except CorrectionError:
        return

"""Checks of what became of the records received: rules and accounts."""

from typing import Any

import polars as pl

from mega_toys.lake import accounts, quarantine
from mega_toys.lake.checks.found import EXAMPLES, Found, Severity, Told, found
from mega_toys.lake.checks.look import Look

_LONGEST = 300  # characters of a record that are shown


def _unbalanced(look: Look) -> Found:
    wrong = accounts.wrong(look.accounts.lazy()).collect().drop("table").to_dicts()
    wrong += [
        {"problem": f"{what}: {kept} in the accounts, {there} in the lake"}
        for what, (kept, there) in _totals(look).items()
        if kept != there
    ]
    sums = look.accounts.select("received", "accepted", "duplicates", "quarantined").sum()
    return found(ACCOUNTS_ADD_UP, *wrong, numbers=sums.row(0, named=True))


def _totals(look: Look) -> dict[str, tuple[int, int]]:
    """The sums of the accounts beside the rows of the tables, which their logs know."""
    work, received = look.work, look.work.catalog[look.table.received_from.table]
    rejected = work.store.rows_by_day(quarantine.stored(look.table))
    there = {
        "received": sum(work.store.rows_by_day(work.stored(received)).values()),
        "accepted": look.height,
        "quarantined": sum(rejected.values()),
    }
    return {name: (int(look.accounts[name].sum()), rows) for name, rows in there.items()}


def _broken(look: Look) -> Found:
    days = look.outcome.touched
    counted = look.accounts.filter(pl.col("day").is_in(list(days)))
    received, rejected = int(counted["received"].sum()), int(counted["quarantined"].sum())
    share = rejected / received if received else 0.0
    tolerance = look.table.tolerates
    severity: Severity = "error" if share > tolerance.error_above else "warn"
    return found(
        RULES_HOLD,
        severity=severity,
        rows=rejected,
        tolerated=share <= tolerance.warn_above,
        examples=_by_rule(look) if rejected else [],
        numbers={
            "received": received,
            "quarantined": rejected,
            "share_quarantined": round(share, 6),
            "warn_above": tolerance.warn_above,
            "error_above": tolerance.error_above,
        },
        by_day=dict(counted.filter(pl.col("quarantined") > 0)["day", "quarantined"].rows()),
    )


def _by_rule(look: Look) -> list[dict[str, Any]]:
    """How many records broke each rule, with one of them; personal ones only by their place."""
    shown = {} if look.table.contract.privacy == "personal" else {"record": pl.col("record")}
    rejected = look.work.scan_days(look.table.quarantine, "day", look.outcome.touched)
    by_rule = rejected.explode("rules").group_by(rule="rules")
    counted = by_rule.agg(
        records=pl.len(),
        file=pl.col("_file").first(),
        row=pl.col("_row").first(),
        **{name: told.first().str.head(_LONGEST) for name, told in shown.items()},
    )
    most = counted.sort("records", "rule", descending=[True, False]).collect(engine="streaming")
    return most.head(4 * EXAMPLES).to_dicts()


ACCOUNTS_ADD_UP = Told(
    name="accounts_add_up",
    description="received = accepted + duplicates + quarantined on every day, and the sums over "
    "all days are the rows of bronze, of the table and of its quarantine.",
    blocks=True,
    look=_unbalanced,
)
RULES_HOLD = Told(
    name="rules_hold",
    description="Of the records of the days touched, no more were quarantined than the table "
    "tolerates; tells the rules that were broken.",
    look=_broken,
)

"""The fixed rules: received records become typed, placed on a day, and are found valid or not.

All rules are made from the fields that the bronze schema declares (`tables.md`, "Silver").
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from mega_toys.declared.dataset import LANDING, Dataset
from mega_toys.declared.field import UNREADABLE_RECORD, Sent
from mega_toys.declared.table import Bronze, ByBusinessDay, Current, Events, FromBronze
from mega_toys.lake.fields.texts import (
    FIRST_INSTANT,
    LAST_INSTANT,
    calendar_day,
    instant,
    written_clock,
)
from mega_toys.lake.fields.valid import stored
from mega_toys.lake.judging.rejected import rejected
from mega_toys.lake.judging.window import OUT_OF_WINDOW, within

_ENDS = [end.replace(tzinfo=None) for end in (FIRST_INSTANT, LAST_INSTANT)]
PROVENANCE = ("_file", "_row", "_landed_on", "_ingested_at")
ORDER = ("_landed_on", "_file", "_row")  # the order in which records were received


@dataclass(frozen=True)
class Known:
    """What other tables know: the keys for each field, and the time zones of factories."""

    keys: Mapping[str, pl.Series] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judge:
    """The rules of one silver table, with what is known at the moment."""

    table: FromBronze
    received: Bronze
    known: Known

    @property
    def dataset(self) -> Dataset:
        """What the source's fields mean."""
        return self.received.dataset

    @property
    def fields(self) -> dict[str, Sent]:
        """The source's fields."""
        return self.received.fields

    @property
    def _sent_sequence(self) -> str | None:
        """The field that is the sequence; none where the landing is."""
        return None if self.dataset.sequence == LANDING else self.dataset.sequence

    def placed(self, received: pl.LazyFrame, admitted: pl.DataFrame | None = None) -> pl.LazyFrame:
        """Records with `day` of their accounts, `_business_day`, `_local` and `_late`.

        Those in the places `admitted`, columns `_file` and `_row`, are not late.
        """
        if not isinstance(self.table, ByBusinessDay):
            return received.with_columns(_account_day=pl.col("_landed_on"))
        timed = received.with_columns(_time=self._business_time())
        zoned = timed.with_columns(_instant=instant(pl.col("_time")), _zone=self._zone())
        local = zoned.with_columns(_local=self._local())
        dated = local.with_columns(_business_day=self._business_day())
        return dated.with_columns(_late=self._late(admitted)).with_columns(
            _account_day=pl.when(~pl.col("_late")).then("_business_day").otherwise("_landed_on")
        )

    def _business_time(self) -> pl.Expr:
        """The text of the business time, or day; null where it was not sent or is unfit."""
        time = pl.lit(None, pl.String)
        for name in reversed(self.dataset.business_time):
            sent = pl.col(name).cast(pl.String) if self._is_day(name) else pl.col(name)
            time = pl.when(_was_sent(name)).then(sent).otherwise(time)
        return time

    def _is_day(self, name: str) -> bool:
        return self.fields[name].type == "date"

    def _only_day(self) -> pl.Expr:
        """Whether what was sent as the business time is a day: no time text is as short."""
        days = any(map(self._is_day, self.dataset.business_time))
        return pl.col("_time").str.len_bytes() == len("YYYY-MM-DD") if days else pl.lit(False)

    def _zone(self) -> pl.Expr:
        zones = self.known.zones
        if self.table.zone_of is None or not zones:
            return pl.lit(None, pl.String)
        return pl.col(self.table.zone_of).replace_strict(
            list(zones), list(zones.values()), default=None, return_dtype=pl.String
        )

    def _local(self) -> pl.Expr:
        """The business time on the clock of its factory, or as the sender wrote it.

        At the ends of the calendar that clock stands still: it knows neither year 0 nor 10000.
        """
        is_day, zone = self._only_day(), pl.col("_zone")
        there = [
            pl.when(zone == one)
            .then("_instant")
            .dt.convert_time_zone(one)
            .dt.replace_time_zone(None)
            .clip(*_ENDS)
            for one in sorted(set(self.known.zones.values()))
        ]
        midnight = calendar_day(pl.when(is_day).then("_time")).cast(pl.Datetime("us"))
        clock = written_clock(pl.when(zone.is_null() & ~is_day).then("_time"))
        return pl.coalesce(*there, midnight, clock)

    def _business_day(self) -> pl.Expr:
        is_day = self._only_day()
        is_written = pl.col("_zone").is_null() | is_day
        written = calendar_day(pl.when(is_written).then("_time").str.slice(0, 10))
        day = pl.when(is_written).then(written).otherwise(pl.col("_local").dt.date())
        return pl.when(pl.col("_instant").is_not_null() | is_day).then(day)

    def _late(self, admitted: pl.DataFrame | None) -> pl.Expr:
        late = ~self._timely()
        if admitted is None or admitted.is_empty():
            return late
        there = pl.struct("_file", "_row").is_in(admitted.to_struct().implode())
        return late & ~(there & pl.col("_business_day").is_not_null())

    def _timely(self) -> pl.Expr:
        """Whether the record belongs to its business day; null where that cannot be read."""
        if isinstance(self.table, Events):
            return within(self.table.window)
        day, landed = pl.col("_business_day"), pl.col("_landed_on")
        first = self.table.first_day if isinstance(self.table, Current) else dt.date.min
        return (day >= first) & ((landed - day).dt.total_days() >= -1)

    def judged(self, received: pl.DataFrame) -> tuple[pl.DataFrame, Iterator[pl.DataFrame]]:
        """The valid records, typed, and the received rows of the others with `rules`, in parts."""
        typed = self._typed(received)
        broken = self._broken(typed)
        wrong = (
            broken.select(pl.any_horizontal(pl.all())).to_series() if broken.width else pl.Series()
        )
        valid = typed.filter(~wrong).select(pl.exclude(r"^_sent_.*$"))
        return valid, rejected(received, broken, wrong)

    def _typed(self, received: pl.DataFrame) -> pl.DataFrame:
        placed = [
            name
            for name in ("_local", "_business_day", "_late", "_time")
            if name in received.columns
        ]
        return (
            received.lazy()
            .select(
                *(self._stored(name, received.columns).alias(name) for name in self.fields),
                *(_was_sent(name).alias(f"_sent_{name}") for name in self.fields),
                *PROVENANCE,
                *placed,
                *([pl.col("_account_day").alias("day")] if self._adds_day(placed) else []),
                _readable=~pl.col("_rescued").str.starts_with(UNREADABLE_RECORD).fill_null(False),
            )
            .collect()
        )

    def _stored(self, name: str, there: Collection[str]) -> pl.Expr:
        """The valid value of a field; the instant that the placing has read already."""
        is_placed = self.dataset.business_time == (name,) and not self._is_day(name)
        if is_placed and "_instant" in there:
            return pl.col("_instant")
        return stored(pl.col(name), self.fields[name])

    def _adds_day(self, placed: Collection[str]) -> bool:
        """Whether `day` comes from the placing, and is no field that says it itself."""
        return "_business_day" in placed and "day" not in self.fields

    def _broken(self, typed: pl.DataFrame) -> pl.DataFrame:
        """One column for each rule that the typed records may break: whether they do.

        The table's own rules see no value of a field that is not valid.
        """
        broken = typed.select(self._fixed_rules())
        own = [(~rule() & pl.col("_readable")).fill_null(False) for rule in self.table.rules]
        found = self._valid_only(typed, broken).select(
            rule.alias(declared.__name__)
            for rule, declared in zip(own, self.table.rules, strict=True)
        )
        return broken.with_columns(
            rule | broken[rule.name] if rule.name in broken else rule for rule in found
        )

    def _valid_only(self, typed: pl.DataFrame, broken: pl.DataFrame) -> pl.DataFrame:
        """The records without a business time or sequence that their landing day refuses."""
        placing = dict.fromkeys((*self.dataset.business_time, self._sent_sequence))
        return typed.with_columns(
            pl.when(~broken[f"{name}_is_valid"]).then(pl.col(name)).alias(name)
            for name in placing
            if name is not None
        )

    def _fixed_rules(self) -> list[pl.Expr]:
        """The rules that are made from the fields."""
        broken: dict[str, pl.Expr] = {"record_is_readable": ~pl.col("_readable")}

        def breaks(rule: str, when: pl.Expr) -> None:
            wrong = (when & pl.col("_readable")).fill_null(False)
            broken[rule] = broken[rule] | wrong if rule in broken else wrong

        for name, sent in self.fields.items():
            if sent.required:
                breaks(f"{name}_is_present", ~pl.col(f"_sent_{name}"))
            breaks(f"{name}_is_valid", pl.col(f"_sent_{name}") & pl.col(name).is_null())
        for name, keys in self.known.keys.items():
            breaks(
                f"{name}_is_known", pl.col(name).is_not_null() & ~pl.col(name).is_in(keys.implode())
            )
        if sequence := self._sent_sequence:
            end = pl.col("_landed_on").dt.offset_by("2d")
            if not self._is_day(sequence):
                end = end.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
            breaks(f"{sequence}_is_valid", pl.col(sequence) > end)
        if isinstance(self.table, Events):
            breaks(OUT_OF_WINDOW, pl.col("_late"))
        elif isinstance(self.table, Current):
            for at, name in enumerate(self.dataset.business_time):
                before = [~pl.col(f"_sent_{other}") for other in self.dataset.business_time[:at]]
                used = pl.all_horizontal(f"_sent_{name}", *before)
                breaks(f"{name}_is_valid", pl.col("_late") & used)
        return [expression.alias(rule) for rule, expression in broken.items()]


def rule_names(table: FromBronze, received: Bronze) -> list[str]:
    """The names of all rules that a record of a silver table may break."""
    nothing = Known({name: pl.Series(dtype=pl.String) for name in table.known})
    fixed = [rule.meta.output_name() for rule in Judge(table, received, nothing)._fixed_rules()]
    return list(dict.fromkeys([*fixed, *(rule.__name__ for rule in table.rules)]))


def _was_sent(name: str) -> pl.Expr:
    """Whether the record has a value in the field, be it fit or not."""
    return pl.col(name).is_not_null() | pl.col("_unfit").list.contains(name).fill_null(False)

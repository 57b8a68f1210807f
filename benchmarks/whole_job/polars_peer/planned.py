"""Planned time: the days that shifts reach, and the seconds in them."""

import polars as pl


def local_days(shifts: pl.DataFrame) -> pl.DataFrame:
    """A row a shift and day of its factory's clock that it reaches, with the day's two ends."""
    last = pl.col("ends_at_local").dt.offset_by("-1us").dt.date()
    days = pl.date_ranges(pl.col("starts_at_local").dt.date(), last)
    reached = with_local(shifts, "starts_at", "ends_at").with_columns(day=days).explode("day")
    parts = []
    for (zone,), part in reached.partition_by("time_zone", as_dict=True).items():
        midnight = pl.col("day").cast(pl.Datetime("us"))
        parts.append(
            part.with_columns(
                begins=midnight.dt.replace_time_zone(str(zone)).dt.convert_time_zone("UTC"),
                ends=midnight.dt.offset_by("1d")
                .dt.replace_time_zone(str(zone))
                .dt.convert_time_zone("UTC"),
            )
        )
    return pl.concat(parts)


def busy_time(planned: pl.DataFrame, stopped: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Seconds in at least one shift and in no planned stop, by running sums over their ends."""
    spans = [(planned, "starts_at", "ends_at", 1, 0), (stopped, "started_at", "ended_at", 0, 1)]
    steps = pl.concat(
        part.select(*key, moment=bound, shifts=pl.lit(sign * shift), stops=pl.lit(sign * stop))
        for part, first, last, shift, stop in spans
        for bound, sign in (
            (pl.max_horizontal(first, "begins"), 1),
            (pl.min_horizontal(last, "ends"), -1),
        )
    )
    lasts = (pl.col("moment").shift(-1) - pl.col("moment")).over(key).dt.total_microseconds()
    running = steps.sort("moment").with_columns(
        lasts=lasts,
        shifts=pl.col("shifts").cum_sum().over(key),
        stops=pl.col("stops").cum_sum().over(key),
    )
    is_busy = (pl.col("shifts") > 0) & (pl.col("stops") == 0)
    return running.group_by(key).agg(pbt_s=pl.col("lasts").filter(is_busy).sum() / 1e6)


def with_local(rows: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The times by the clock of each row's `time_zone`, as `<name>_local`."""
    parts = []
    for (zone,), part in rows.partition_by("time_zone", as_dict=True).items():
        local = [
            pl.col(name)
            .dt.convert_time_zone(str(zone))
            .dt.replace_time_zone(None)
            .alias(f"{name}_local")
            for name in names
        ]
        parts.append(part.with_columns(local))
    return pl.concat(parts)

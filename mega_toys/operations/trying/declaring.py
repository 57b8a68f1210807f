"""The declaration by which columns are read, from what each of them is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mega_toys.declared.sent_as import ISO, SentAs
from mega_toys.operations.trying.columns import Column


def declared_of(columns: Sequence[Column], names: Mapping[str, str], form: SentAs) -> SentAs:
    """The declaration by which the columns are read; `names` gives the field of each source."""
    signs = form
    nulls = sorted({word for column in columns for word in column.nulls})
    flags = {column.flags for column in columns if column.flags}
    if flags and any(map(_has_usual_flags, columns)):
        flags.add(("true", "false"))
    kept = {names[one.source]: one for one in columns if one.source in names}
    layouts = {
        kind: {
            name: one.layout
            for name, one in kept.items()
            if one.kind == kind and one.layout not in (None, ISO)
        }
        for kind in ("date", "time")
    }
    local = any(one.local for one in kept.values())
    return replace(
        signs,
        nulls=tuple(nulls),
        true=tuple(sorted(pair[0] for pair in flags)),
        false=tuple(sorted(pair[1] for pair in flags)),
        dates=_shortest(layouts["date"], kept, "date"),
        times=_shortest(layouts["time"], kept, "time"),
        zone="UTC" if local else None,
        names={source: name for source, name in names.items() if source != name},
    )


def _has_usual_flags(column: Column) -> bool:
    """Whether true and false are written so, which declared words take the place of."""
    is_usual = column.kind == "bool" and not column.flags
    return is_usual and any(isinstance(value, str) for value in column.values)


def _shortest(
    layouts: Mapping[str, str | None], kept: Mapping[str, Column], kind: str
) -> str | dict[str, str] | tuple[()]:
    """One layout where all fields of the type have it, else the layouts by field."""
    told = {name: layout for name, layout in layouts.items() if layout}
    of_kind = [name for name, one in kept.items() if one.kind == kind]
    if not told:
        return ()
    if len(set(told.values())) == 1 and len(told) == len(of_kind):
        return next(iter(told.values()))
    return told

"""What the figures tell: the plots and the tables of docs/performance.md, made of the JSON file."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PAGE, PLOTS = Path("docs/performance.md"), Path("docs/pictures")
_FIGURES = re.compile(r"(<!-- figures: `make bench` -->\n).*?(<!-- end -->)", re.DOTALL)
RUNNERS = {"mega_toys": "mega_toys", "duckdb": "DuckDB script", "polars": "Polars script"}
Figures = Mapping[str, Any]
Rows = Sequence[Sequence[str]]


def write(figures: Figures, root: Path) -> None:
    """Make the plots, and put them with their tables into the page."""
    lines: list[str] = []
    for name, told in SECTIONS.items():
        if name in figures:
            lines += [*told(figures[name], root), ""]
    page = (root / PAGE).read_text(encoding="utf-8")
    text = _FIGURES.sub(lambda found: f"{found[1]}" + "\n".join(lines) + f"\n{found[2]}", page)
    (root / PAGE).write_text(text, encoding="utf-8")


def _whole_job(told: Figures, root: Path) -> Iterator[str]:
    of = told["medians"]
    yield from _headed("The whole job", told, f"{told['days']} days, {told['landing_mb']:,.0f} MB")
    columns = ("cpu_s", "wall_s", "peak_mb", "written_mb")
    yield from _table(
        ("", "CPU s", "wall s", "peak MB", "written MB", "CPU ÷ DuckDB"),
        [
            (name, *(_number(of[one][c]) for c in columns), _ratio(of[one], of["duckdb"]))
            for one, name in RUNNERS.items()
        ],
    )
    drawn = {"CPU s": "cpu_s", "wall s": "wall_s", "peak MB": "peak_mb"}
    parts = {told: [of[one][what] for one in RUNNERS] for told, what in drawn.items()}
    yield _bars("whole_job", root, [*RUNNERS.values()], parts)


def _stages(told: Figures, root: Path) -> Iterator[str]:
    seconds = dict(sorted(told["cpu_s"].items(), key=lambda one: one[1], reverse=True))
    whole = sum(seconds.values())
    yield from _headed("Where its CPU goes", told, f"{whole:.1f} CPU s in the process")
    rows = [(name, f"{s:.2f}", f"{s / whole:.0%}") for name, s in seconds.items()]
    yield from _table(("stage", "CPU s", "of all"), rows)
    yield _bars("stages", root, [*seconds], {"CPU s": [*seconds.values()]})


def _start_up(told: Figures, root: Path) -> Iterator[str]:
    yield from _headed("To be asked at all", told, f"median of {told['times']}")
    of = {f"mega-toys {name}": one for name, one in told["cpu_s"].items()}
    rows = [(f"`{n}`", f"{one['median']:.2f}", f"{one['least']:.2f}") for n, one in of.items()]
    yield from _table(("command, of 30 small days", "CPU s", "at least"), rows)
    yield _bars("start_up", root, [*of], {"CPU s": [one["median"] for one in of.values()]})


def _questions(told: Figures, root: Path) -> Iterator[str]:
    yield from _headed("To be answered, in a warm process", told, f"median of {told['times']}")
    yield from _table(("question", "ms"), [(n, f"{ms:.1f}") for n, ms in told["ms"].items()])
    yield _bars("questions", root, [*told["ms"]], {"ms": [*told["ms"].values()]})


def _ages(told: Figures, root: Path) -> Iterator[str]:
    yield from _headed("As a lake gets older", told, "CPU s of a `refresh`, small days, all tables")
    ages = told["ages"]
    what = [name for name in next(iter(ages.values())) if name != "catching up"]
    of = {name: [ages[age][name]["cpu_s"] for age in ages] for name in what}
    rows = [
        (name, *(f"{s:.1f}" for s in cpu), f"{cpu[-1] / cpu[0]:.2f}") for name, cpu in of.items()
    ]
    peaks = [_number(ages[age]["catching up"]["peak_mb"]) for age in ages]
    names = [f"day {age}" for age in ages]
    yield from _table(("", *names, "last ÷ first"), [*rows, ("catching up, MB", *peaks, "")])
    yield _lines("ages", root, [int(age) for age in ages], of, "days in the lake", "CPU s")


def _day_sizes(told: Figures, root: Path) -> Iterator[str]:
    yield from _headed("Memory against the size of a day", told, "a lake's first landing day")
    of = {float(scale): cost for scale, cost in told["scales"].items()}
    rows = [(f"{s * 1e6:,.0f}", f"{c['cpu_s']:.1f}", _number(c["peak_mb"])) for s, c in of.items()]
    yield from _table(("readings a day", "CPU s", "peak MB"), rows)
    peaks = {"peak": [cost["peak_mb"] for cost in of.values()]}
    yield _lines("day_sizes", root, [s * 1e6 for s in of], peaks, "readings a day", "MB")


def _tiny_files(told: Figures, root: Path) -> Iterator[str]:
    yield from _headed("Many small files", told, "readings of 30 days in files of ten")
    rows = [
        (f"{int(n):,}", f"{one['apart']['cpu_s']:.1f}", f"{one['whole']['cpu_s']:.1f}",
         _ratio(one["apart"], one["whole"]), _number(one["apart"]["peak_mb"]))
        for n, one in told["files"].items()
    ]  # fmt: skip
    yield from _table(("files", "CPU s", "the same in 30 files", "ratio", "peak MB"), rows)


def _pulls(told: Figures, root: Path) -> Iterator[str]:
    yield from _headed("Pulls", told, f"{told['rows']:,} rows of seven columns of a PostgreSQL")
    ways = told["ways"]
    alone = next(iter(ways.values()))
    rows = [
        (what, f"{one['cpu_s']:.1f}", f"{one['wall_s']:.1f}", _number(one["peak_mb"]),
         _ratio(one, alone))
        for what, one in ways.items()
    ]  # fmt: skip
    yield from _table(("", "CPU s", "wall s", "peak MB", "CPU ÷ ADBC"), rows)


SECTIONS: Mapping[str, Callable[[Figures, Path], Iterator[str]]] = {
    "whole_job": _whole_job,
    "stages": _stages,
    "start_up": _start_up,
    "questions": _questions,
    "ages": _ages,
    "day_sizes": _day_sizes,
    "tiny_files": _tiny_files,
    "pulls": _pulls,
}


def _headed(title: str, told: Figures, what: str) -> Iterator[str]:
    scale = f", scale {told['scale']:g}" if "scale" in told else ""
    yield f"### {title}"
    yield ""
    yield f"{told['day']}: {what}{scale}; {told['machine']}, load {told['load_before']} before."
    yield ""


def _table(heads: Sequence[str], rows: Rows) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _ratio(one: Figures, other: Figures) -> str:
    return f"{one['cpu_s'] / other['cpu_s']:.2f}"


def _bars(name: str, root: Path, labels: Sequence[str], of: Mapping[str, Sequence[float]]) -> str:
    """A row of bars for each label, beside each other for each measure."""
    figure, axes = _drawn(len(of), 1.2 + 0.28 * len(labels))
    for axis, (measure, values) in zip(axes, of.items(), strict=True):
        bars = axis.barh(labels, values, color="#4a7fb0")
        axis.bar_label(bars, fmt="{:,.3g}", padding=2, fontsize=8)
        axis.set_xlabel(measure)
        axis.margins(x=0.18)
        axis.set_yticks(range(len(labels)), labels if axis is axes[0] else [])
        axis.invert_yaxis()
    return _saved(figure, name, root)


def _lines(
    name: str, root: Path, at: Sequence[float], of: Mapping[str, Sequence[float]], x: str, y: str
) -> str:
    figure, (axis,) = _drawn(1, 3.2)
    for label, values in of.items():
        axis.plot(at, values, marker="o", label=label)
    axis.set(xlabel=x, ylabel=y, ylim=(0, None))
    axis.legend(fontsize=8)
    return _saved(figure, name, root)


def _drawn(number: int, height: float) -> tuple[Any, Sequence[Any]]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "mega_toys"  # the same figures give the same file
    mpl.rcParams["svg.fonttype"] = "none"  # texts, a tenth of the bytes of their shapes
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.subplots(1, number, squeeze=False)[0]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _saved(figure: Any, name: str, root: Path) -> str:
    path = PLOTS / f"performance_{name}.svg"
    figure.savefig(root / path, metadata={"Date": None})
    return f"![{name.replace('_', ' ')}]({path.relative_to(PAGE.parent).as_posix()})"

"""What a figure of the business is: one formula over the summed rows of one product."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.name import TableName
from mega_toys.declared.schemas import dy

TIMES = ("day", "week", "month", "quarter", "year")  # dimensions of a product with days


@dataclass(frozen=True)
class Sum:
    """The sum of a value of each row, by SQL over its columns; of those rows that it counts.

    It is unknown (null) as soon as one of the values is.
    """

    of: str
    where: str = "true"


@dataclass(frozen=True)
class Distinct:
    """How many different values there are, so that nothing counts twice."""

    of: str
    where: str = "true"


@dataclass(frozen=True)
class Balance:
    """The sum on the last day of each period: what is there is not added up over days."""

    of: str
    where: str = "true"


Measure = Sum | Distinct | Balance


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure, asked by any of its dimensions: its measures are taken first, then its formula.

    `over` is the product: a table's rows, or the name of a view. `formula` is SQL over the names
    of the measures; where it has none, the one measure is the figure. `dimensions` name columns
    of the product; one with a column `day` has the times, too.
    """

    over: type[dy.Schema] | str
    measures: Mapping[str, Measure]
    formula: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    by_day: bool = True
    unit: str
    owner: str
    description: str

    @property
    def product(self) -> str:
        """The name of the table or the view."""
        return self.over if isinstance(self.over, str) else str(TableName.of(self.over))

    @property
    def value(self) -> str:
        """The measure that is the figure, where no formula makes it."""
        return next(iter(self.measures))

    @property
    def additive(self) -> bool:
        """Whether the figures of parts add up to that of the whole, by any dimension."""
        return all(isinstance(one, Sum) for one in self.measures.values()) and not self.formula

    @property
    def all_dimensions(self) -> dict[str, str]:
        """The SQL of each dimension over the product's columns, the times first."""
        times = {
            time: "day" if time == "day" else f"date_trunc('{time}', day)::DATE" for time in TIMES
        }
        return (times if self.by_day else {}) | dict(self.dimensions)


def refuse_wrong_metrics(metrics: Mapping[str, Metric], views: Collection[str]) -> None:
    """Raise DeclarationError for the first metric that cannot be meant so."""
    for name, metric in metrics.items():
        if name in views:
            raise DeclarationError(
                f"{name} is a metric and a view in SQL: rename one of the files."
            )
        if isinstance(metric.over, str) and metric.over not in views:
            raise DeclarationError(f"{name} is over {metric.over}, which no SQL file declares.")
        for told in _contradictions(metric):
            raise DeclarationError(f"{name} {told}")


def _contradictions(metric: Metric) -> Iterator[str]:
    if not metric.measures:
        yield "has no measures: declare what is summed, as `measures={'units': Sum('units')}`."
    if not metric.formula and len(metric.measures) > 1:
        yield "has several measures and no `formula` that makes one figure of them."
    for name in metric.dimensions.keys() & ({*TIMES} if metric.by_day else set()):
        yield f"has a dimension `{name}` of its own, which is that of its column `day`."
    for name in metric.all_dimensions.keys() & metric.measures.keys():
        yield f"has a dimension and a measure of the name `{name}`."
    if not metric.by_day and any(isinstance(one, Balance) for one in metric.measures.values()):
        yield "has a balance, which needs the days of its product."
    yield from _of_columns(metric)


def _of_columns(metric: Metric) -> Iterator[str]:
    if isinstance(metric.over, str):
        return
    columns = metric.over.columns()
    if metric.by_day and "day" not in columns:
        yield f"is `by_day`, and {metric.product} has no column `day`."
    for name, column in metric.dimensions.items():
        if column not in columns:
            yield f"has a dimension `{name}` of `{column}`, which {metric.product} has not."
        elif (columns[column].metadata or {}).get("privacy") == "personal":
            yield f"has a dimension `{name}` of `{column}`, which is personal."

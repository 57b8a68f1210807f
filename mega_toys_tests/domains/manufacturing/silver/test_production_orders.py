import polars as pl
import pytest

from mega_toys.domains.manufacturing.silver.production_orders import TABLE, quantities_add_up
from mega_toys_tests.domains.rows import holds

MOST = 2**63 - 1


@pytest.mark.parametrize(
    ("produced", "good", "scrap", "rework", "verdict"),
    [
        (10, 7, 2, 1, True),
        (0, 0, 0, 0, True),
        (10, 7, 2, 2, False),
        (MOST, MOST, 0, 0, True),
        (0, MOST, MOST, 2, False),  # wraps round to 0 in 64 bits
        (None, 7, 2, 1, None),
        (10, 7, None, 1, None),
    ],
)
def test_good_scrap_and_rework_make_up_what_was_produced(
    produced: int | None, good: int, scrap: int | None, rework: int, verdict: bool | None
) -> None:
    quantities = {"produced": produced, "good": good, "scrap": scrap, "rework": rework}
    order = pl.DataFrame(
        {f"{sort}_quantity": [count] for sort, count in quantities.items()},
        schema_overrides={f"{sort}_quantity": pl.Int64 for sort in quantities},
    )

    assert holds(quantities_add_up(), order) == [verdict]


def test_the_rules_have_the_names_of_the_spec() -> None:
    assert [rule.__name__ for rule in TABLE.rules] == ["quantities_add_up", "ended_after_started"]

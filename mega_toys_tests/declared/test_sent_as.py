"""What is declared of how partners send: refused where it cannot be."""

import pytest

from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import SentAs, Wide
from mega_toys.declared.sent_as_faults import faults

FIELDS = {
    "id": Sent(type="text"),
    "at": Sent(type="time"),
    "on": Sent(type="date"),
    "x": Sent(type="number"),
}


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        (SentAs(encoding="latin-99"), "`latin-99` is no encoding of texts"),
        (SentAs(encoding="base64"), "`base64` is no encoding of texts"),
        (SentAs(separator=";;"), "';;' must be one sign"),
        (SentAs(separator='"'), "cannot be both the separator and the quote"),
        (SentAs(skip_lines=-1), "cannot be below 0"),
        (SentAs(escape="\t"), "one sign of its own"),
        (SentAs(escape="x", quote="x"), "one sign of its own"),
        (SentAs(header=("a", "a")), "names `a` twice"),
        (SentAs(header="a,b"), "is a text, and must be several"),  # type: ignore[arg-type]
        (SentAs(nulls="n/a"), r"write \('n/a',\)"),  # type: ignore[arg-type]
        (SentAs(decimal=",", thousands=","), "both decimals and thousands"),
        (SentAs(thousands="0"), "one sign that is no digit"),
        (SentAs(true=("1",)), "both `true` and `false`"),
        (SentAs(true=("1",), false=("0", "1")), "`1` cannot mean both"),
        (SentAs(zone="Berlin"), "`Berlin` is no time zone"),
        (SentAs(times="%d.%m.%Y %H:%M"), "say in which zone"),
        (SentAs(times="%Q", zone="UTC"), "none of strptime's"),
        (SentAs(times="%H:%M", zone="UTC"), "does not tell a whole day"),
        (SentAs(times="epoch h"), "epoch d, epoch s"),
        (SentAs(times={"ta": "iso"}), "`ta`, which is no field of type time"),
        (SentAs(dates={"at": "iso"}), "`at`, which is no field of type date"),
        (SentAs(names={"Nr": "ix"}), "did you mean `x`"),
        (SentAs(from_path="{shop}/*"), "`shop`, which is no field"),
        (SentAs(from_path="*.csv"), "no field in braces"),
        (SentAs(from_path="{id}", names={"Nr": "id"}), "both from a name of the record"),
        (SentAs(records="data.items"), "a path such as"),
        (SentAs(wide=Wide(columns="[", name="id", value="x")), "no regular expression"),
        (SentAs(wide=Wide(columns="a", name="x", value="x")), "name two fields"),
        (SentAs(wide=Wide(columns="a", name="currency", value="x")), "`currency`, which is no"),
        (SentAs(separator=None), "a value in it has another type"),  # type: ignore[arg-type]
        (SentAs(names=["a"]), "a value in it has another type"),  # type: ignore[arg-type]
        ({"*.csv": "latin-1"}, "a value in it has another type"),
        (SentAs(sheet=0), "counted from 1"),
        ({"a/*": SentAs(), "*.csv": SentAs(zone="Berlin")}, r"for `\*\.csv`: `Berlin` is no"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_the_way_out(declared: object, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        assert " ".join(faults(declared, FIELDS)) == ""  # type: ignore[arg-type]


def test_a_whole_declaration_has_no_fault() -> None:
    declared = SentAs(
        encoding="utf-16", separator="\t", quote=None, skip_lines=2, decimal=",", thousands="\xa0",
        nulls=("-",), true=("1",), false=("0",), zone="Europe/Berlin", dates="%d.%m.%y",
        times={"at": ("%d.%m.%Y %H:%M", "iso", "epoch ms")}, records="a.b[*].c[*]",
        names={"p.q[0]": "id"},
    )  # fmt: skip

    assert list(faults(declared, FIELDS)) == []
    assert eval(repr(declared)) == declared

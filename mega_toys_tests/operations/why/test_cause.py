from mega_toys.operations.why.cause import Cause, once

FILES = Cause("bronze took in 1 file.", (Cause("a.csv"),))


def test_what_two_inputs_lead_to_is_told_once() -> None:
    orders = Cause("orders changed", (FILES,))
    lines = Cause("lines changed", (orders, FILES))

    told = [line for one in once([lines, orders]) for line in one.lines()]

    assert told == [
        "lines changed",
        "  orders changed",
        "    bronze took in 1 file.",
        "      a.csv",
        "  bronze took in 1 file. (as above)",
        "orders changed (as above)",
    ]


def test_what_has_no_cause_is_told_as_often_as_it_is_so() -> None:
    assert once([Cause("late"), Cause("late")]) == [Cause("late"), Cause("late")]


def test_what_every_table_of_many_layers_leads_to_is_told_once_a_table() -> None:
    left, right = Cause("left 0", (FILES,)), Cause("right 0", (FILES,))
    for layer in range(1, 60):
        left, right = (Cause(f"{name} {layer}", (left, right)) for name in ("left", "right"))

    told = [line.strip() for one in once([left, right]) for line in one.lines()]

    assert len([line for line in told if not line.endswith("(as above)")]) == 2 * 60 + 2

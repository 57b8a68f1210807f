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

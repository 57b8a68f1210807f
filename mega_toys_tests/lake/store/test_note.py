"""What a commit says of itself comes back as it was said."""

import datetime as dt
import json

from hypothesis import given
from hypothesis import strategies as st

from mega_toys.declared.days import EVER
from mega_toys.lake.store.note import KEY, Note

DAYS = st.lists(st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 1)), unique=True).map(sorted)
SPANS = st.lists(st.tuples(st.dates(), st.dates()), max_size=3).map(tuple)
FINDINGS = st.dictionaries(st.text(max_size=5), SPANS, max_size=2)
NOTES = st.builds(
    Note,
    run=st.text(max_size=5), batch=st.text(max_size=5), code=st.text(max_size=5),
    changed=st.booleans(), whole=st.booleans(), days=DAYS.map(tuple),
    again=DAYS.map(tuple),
    reads=st.dictionaries(st.text(max_size=5), st.integers(0), max_size=3),
    failed=FINDINGS, warned=FINDINGS, unchecked=SPANS,
    grave=st.lists(st.text(max_size=5), max_size=2).map(tuple),
    ingested_at=st.none() | st.just("2026-03-10T12:00:00+00:00"), replaced=st.booleans(),
)  # fmt: skip


@given(NOTES)
def test_a_note_is_read_as_it_was_written(note: Note) -> None:
    assert Note.of({KEY: note.text(), "operation": "WRITE"}) == note


def test_a_commit_of_another_writer_has_no_note() -> None:
    assert Note.of({"operation": "WRITE"}) is None


def test_what_newer_code_says_beside_is_passed_over() -> None:
    note = Note(run="r", batch="b")
    told = json.loads(note.text()) | {"said_by_newer_code": 1}

    assert Note.of({KEY: json.dumps(told)}) == note


def test_checks_that_older_code_named_alone_fail_on_every_day() -> None:
    text = json.dumps(json.loads(Note(run="r", batch="b").text()) | {"failed": ["a", "b"]})

    note = Note.of({KEY: text})

    assert note is not None
    assert note.failed == {"a": (EVER,), "b": (EVER,)}


def test_contiguous_days_are_written_as_one_span() -> None:
    days = tuple(dt.date(2026, 3, day) for day in (1, 2, 3, 5))

    text = Note(run="r", batch="b", days=days).text()

    assert json.loads(text)["days"] == [["2026-03-01", "2026-03-03"], ["2026-03-05", "2026-03-05"]]

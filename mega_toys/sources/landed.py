"""What was pulled of an object so far: the names of its landing files say it, and nothing else.

<system>.<object>~<from>~<to>~<hash>.parquet            by a mark: the marks of its rows
<system>.<object>~<from>~<to>~until~<mark>~<hash>.parquet  rows without a mark, or with one that
                                                        is not yet; all until then has landed,
                                                        of `none` nothing is known
<system>.<object>~export~<number>~<hash>.parquet        a whole export
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import polars as pl

from mega_toys.declared.errors import SourceError
from mega_toys.declared.source import System
from mega_toys.declared.table import Bronze
from mega_toys.ingestion.landing_file import calendar_day
from mega_toys.lake.store.place import Place
from mega_toys.sources.contents import DOCUMENT, HASHES, hashed, of_documents, of_rows, rows_in
from mega_toys.sources.topic_files import End, ends_in

Mark = dt.datetime | int
_BY_MARK = re.compile(r"~(?P<first>\w[^~]*)~(?P<last>\w[^~]*)(?:~until~(?P<until>[^~]+))?~\w+")
_EXPORT = re.compile(r"~export~(?P<number>[0-9]+)~\w+")
_NO_MARK, _ROWS, _DOCUMENTS = "none", ".parquet", ".ndjson"


@dataclass(frozen=True)
class NewFile:
    """A landing file to be: its name, and what is in it."""

    name: str
    content: bytes
    rows: int
    first: Mark | None = None  # the lowest mark in it, where its rows have marks
    until: Mark | None = None  # the mark until which all has landed, once it has
    day: dt.date | None = None  # its landing day, where that is not today's
    of: int | None = None  # the rows of all files of the pull, where that is known
    is_next: bool = False  # it goes on where another ends, so where it is there all after it wait


@dataclass(frozen=True)
class _File:
    """A landing file of the object; `first` and `last` are none of rows without a mark.

    `until` is the mark until which all has landed, none where that is not known.
    """

    path: str
    first: Mark | None = None
    last: Mark | None = None
    until: Mark | None = None
    number: int = 0

    @property
    def day(self) -> dt.date | None:
        return calendar_day(self.path.split("/")[2])


@dataclass(frozen=True)
class Landed:
    """What of an object lies in the landing zone, as it is when it is first asked."""

    table: Bronze
    source: System
    root: Place
    anew: bool = False  # partitions of a topic that do not go on where they ended begin anew

    @property
    def folder(self) -> str:
        """Where its landing days lie."""
        return f"{self.table.name.domain}/{self.table.name.table}"

    @property
    def prefix(self) -> str:
        """How the names of its files begin."""
        return f"{self.source.system}.{quote(self.source.object, safe='')}"

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(entry.path for entry in self.root.below(self.folder))

    def look_again(self) -> None:
        """Forget what the landing zone held when it was last asked."""
        for name in ("_paths", "_files", "until", "ends"):
            self.__dict__.pop(name, None)

    @cached_property
    def _files(self) -> list[_File]:
        return [file for path in self._paths if (file := self._file(path))]

    @cached_property
    def ends(self) -> dict[int, End]:
        """Where each partition of a topic ends; who lands more says so here."""
        return ends_in(self.root, self.prefix, self._paths)

    def _file(self, path: str) -> _File | None:
        name = path.rpartition("/")[2]
        if not (name.startswith(f"{self.prefix}~") and name.endswith((_ROWS, _DOCUMENTS))):
            return None
        told = name[len(self.prefix) :].removesuffix(_ROWS).removesuffix(_DOCUMENTS)
        if export := _EXPORT.fullmatch(told):
            return _File(path, number=int(export["number"]))
        if found := _BY_MARK.fullmatch(told):
            first, last = _mark(found["first"]), _mark(found["last"])
            return _File(path, first, last, _mark(found["until"]) if found["until"] else last)
        return None

    @cached_property
    def until(self) -> Mark | None:
        """The mark until which all has landed; none where nothing has.

        Raises SourceError where files tell marks of two kinds, as after the column's type changed.
        """
        marks = [file.until for file in self._files if file.until is not None]
        if len({type(mark) for mark in marks}) > 1:
            raise SourceError(self.other_marks)
        return max(marks, default=None)

    @property
    def other_marks(self) -> str:
        """That the marks are others than before, and the way out."""
        return (
            f"the marks of {self.source.object} are of another type than those of the files that "
            f"lie in {self.root}/{self.folder}: declare the column that marked them, or rename "
            "these files to pull all rows anew"
        )

    def since(self, clock: dt.datetime, overlap: dt.timedelta | int) -> Mark | None:
        """The mark from which on rows are to be looked at; none where all are.

        An overlap before the last one, or before the server's clock where that was set back.
        """
        if self.until is None:
            return None
        if isinstance(self.until, int) and isinstance(overlap, int):
            return self.until - overlap
        if isinstance(self.until, dt.datetime) and isinstance(overlap, dt.timedelta):
            last = min(self.until, clock)
            return last - min(overlap, last - dt.datetime.min.replace(tzinfo=dt.UTC))
        raise SourceError(self.other_marks)

    def lacking(self, rows: pl.DataFrame, since: Mark | None, but: str) -> pl.DataFrame:
        """The rows that have not landed with a mark since then, nor without one.

        One column, which is none of theirs, does not count.
        """
        told = rows.drop(but)
        known = self._hashes(told.schema, since)
        if known.is_empty() or rows.is_empty():
            return rows
        return rows.hstack(hashed(told)).join(known, on=HASHES, how="anti").drop(HASHES)

    def _hashes(self, schema: pl.Schema, since: Mark | None) -> pl.DataFrame:
        """The hashes of rows of these columns that lie in files with such marks."""
        asked = (*schema.items(), since)
        if asked not in self._hashed:
            files = map(self._read, (file for file in self._files if _may_hold(file, since)))
            same = [hashed(rows) for rows in files if rows.schema == schema]
            self._hashed[asked] = pl.concat([hashed(pl.DataFrame(schema=schema)), *same])
        return self._hashed[asked]

    @cached_property
    def _hashed(self) -> dict[tuple[object, ...], pl.DataFrame]:
        return {}

    def _read(self, file: _File) -> pl.DataFrame:
        content = self.root.read(file.path) or b""
        return rows_in(content, is_documents=file.path.endswith(_DOCUMENTS))

    def by_mark(
        self, rows: pl.DataFrame, marks: pl.Series, clock: Mark | None, until: Mark | None
    ) -> Iterator[NewFile]:
        """The files for rows with these marks; none where there are no rows.

        Rows without a mark, or with one after the server's clock, lie in a file of their own, since
        no later pull must go on from there. It says the mark until which all has landed with it.
        """
        is_past = marks.is_not_null()
        if clock is not None:
            is_past &= marks.to_frame().select(pl.first() <= clock).to_series().fill_null(False)
        for here, ending in ((is_past, ""), (~is_past, f"~until~{_text(until)}")):
            if here.any():
                found = marks.filter(here)
                first, last = None if found.has_nulls() else found.min(), found.max()
                named = f"~{_text(first)}~{_text(last)}{ending}"
                yield self._new(named, rows.filter(here), first, until if ending else last)

    def export(self, rows: pl.DataFrame, today: dt.date) -> Iterator[NewFile]:
        """The file for a whole export; none where its rows landed last.

        What is complete lands once more where the last day has several: then their rows together
        are that day's delivery, and what is gone would stay.
        """
        exports = [file for file in self._files if file.number]
        number = max((file.number for file in exports), default=0)
        last = [file for file in exports if file.number == number]
        if (
            last
            and self._read(last[-1]).equals(rows)
            and not self._is_to_land_again(exports, today)
        ):
            return
        yield self._new(f"~export~{number + 1:08}", rows)

    def _is_to_land_again(self, exports: list[_File], today: dt.date) -> bool:
        days = [file.day for file in exports]
        last = max(day for day in days if day)
        return self.table.dataset.complete and last < today and days.count(last) > 1

    def _new(self, named: str, rows: pl.DataFrame, *marks: Any) -> NewFile:
        is_documents = rows.columns == [DOCUMENT]
        content = of_documents(rows) if is_documents else of_rows(rows)
        short = blake2b(content, digest_size=8).hexdigest()
        name = f"{self.prefix}{named}~{short}{_DOCUMENTS if is_documents else _ROWS}"
        return NewFile(name, content, rows.height, *marks)


def _may_hold(file: _File, since: Mark | None) -> bool:
    """Whether a file may hold rows with a mark since then, or without one."""
    if file.number:
        return False
    if since is None or file.first is None or file.last is None:
        return True
    return file.last >= since  # type: ignore[operator]  # of one type: see `until`


def _text(mark: object) -> str:
    """A mark in a file's name; names come in the order of their marks."""
    if isinstance(mark, dt.datetime):
        told = mark.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        return f"{told.replace('-', '').replace(':', '')}Z"
    return f"{mark:020d}" if isinstance(mark, int) else _NO_MARK


def _mark(text: str | None) -> Mark | None:
    if text is None or text == _NO_MARK:
        return None
    return dt.datetime.fromisoformat(text) if text.endswith("Z") else int(text)

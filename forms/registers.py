"""Registers as an office keeps them: tables of values that go together, found by key or by name.

A register is the file ``<name>.csv`` (UTF-8, with a header) in the folder ``GREFFIER_LOOKUPS``. It
may hold a province's postal codes: rows are tuples, and an index is an order of their numbers.
"""

from __future__ import annotations

import csv
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path

from forms.names import Names
from forms.types import plain_text
from greffier.errors import PackError

Row = Mapping[str, str]
Columns = tuple[str, ...]
#: The values of some columns of one row, in their order.
Values = tuple[str, ...]


class Register:
    """The rows of one register, as the file has them: the values of ``columns``, in that order."""

    def __init__(self, columns: Columns, rows: Sequence[Values]) -> None:
        self.columns = columns
        self.rows = rows
        self._orders: dict[Columns, Sequence[int]] = {}
        self._names: dict[Columns, Sequence[tuple[Values, int]]] = {}
        self._words: dict[str, Names] = {}
        self._signs: dict[str, set[str]] = {}

    def prepare(self, exact: Columns, columns: Columns) -> None:
        """Index the rows by their ``exact`` columns and count the others now, not when asked."""
        self._order(exact)
        for column in columns:
            if column in exact:
                self._signs_of(column)
            else:
                self.alike(column, "", "")
        self.names(tuple(column for column in columns if column not in exact))

    def with_key(self, columns: Columns, key: Values) -> list[Row]:
        """The rows whose ``columns`` are ``key``; all rows where there are no ``columns``."""
        order = self._order(columns)
        keyed = self._key(columns)
        first = bisect_left(order, key, key=keyed)
        from_there = (order[place] for place in range(first, len(order)))
        return [self._row(n) for n in takewhile(lambda n: keyed(n) == key, from_there)]

    def near_key(self, columns: Columns, key: Values) -> list[Row]:
        """The rows each of whose ``columns`` is as in ``key``, but for one sign at most that is
        changed, dropped or added."""
        if len(columns) == 1:
            slips = sorted(_slips(key[0], self._signs_of(columns[0])))
            return [row for slip in slips for row in self.with_key(columns, (slip,))]
        keyed = self._key(columns)
        near = (n for n in range(len(self.rows)) if all(map(is_one_off, key, keyed(n))))
        return [self._row(number) for number in near]

    def names(self, columns: Columns) -> Sequence[tuple[Values, int]]:
        """What stands in ``columns``, each with the number of its rows."""
        if columns not in self._names:
            self._names[columns] = [
                *Counter(map(self._key(columns), range(len(self.rows)))).items()
            ]
        return self._names[columns]

    def alike(self, column: str, one: str, other: str) -> float:
        """How alike two names of ``column`` are, 0 to 1."""
        if column not in self._words:
            self._words[column] = Names.of(name for (name,), _ in self.names((column,)))
        return self._words[column].alike(one, other)

    def _order(self, columns: Columns) -> Sequence[int]:
        """The rows' numbers, by what stands in ``columns``, else as in the file."""
        if columns not in self._orders:
            self._orders[columns] = sorted(range(len(self.rows)), key=self._key(columns))
        return self._orders[columns]

    def _key(self, columns: Columns) -> Callable[[int], Values]:
        places = [self.columns.index(column) for column in columns]
        return lambda number: tuple(self.rows[number][place] for place in places)

    def _signs_of(self, column: str) -> set[str]:
        if column not in self._signs:
            place = self.columns.index(column)
            self._signs[column] = {sign for row in self.rows for sign in row[place]}
        return self._signs[column]

    def _row(self, number: int) -> Row:
        return dict(zip(self.columns, self.rows[number], strict=True))


def load(folder: Path, name: str) -> Register | None:
    """The register ``name``; ``None`` when there is no such file.

    Raises ``PackError("register-unusable")`` for a file that is no CSV with a header.
    """
    path = folder / f"{name}.csv"
    return _load(path, path.stat().st_mtime_ns) if path.is_file() else None


@cache
def _load(path: Path, _changed: int) -> Register:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = tuple(dict.fromkeys(name for name in reader.fieldnames or () if name))
            # One name stands in many rows, and is kept once.
            rows = tuple(
                tuple(sys.intern(plain_text(row[column] or "")) for column in columns)
                for row in reader
            )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PackError("register-unusable", register=path.stem) from error
    if len(columns) < 2:
        raise PackError("register-unusable", register=path.stem)
    return Register(columns, rows)


def is_one_off(one: str, other: str) -> bool:
    """Whether two texts are the same but for one sign changed, dropped or added."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) <= 1
    shorter, longer = sorted((one, other), key=len)
    return any(longer[:n] + longer[n + 1 :] == shorter for n in range(len(longer)))


def _slips(text: str, signs: set[str]) -> set[str]:
    """``text``, and all that it may be misread as by one sign of ``signs``."""
    cuts = [(text[:n], text[n:]) for n in range(len(text) + 1)]
    dropped = {before + after[1:] for before, after in cuts if after}
    changed = {before + sign + after[1:] for before, after in cuts if after for sign in signs}
    added = {before + sign + after for before, after in cuts for sign in signs}
    return {text} | dropped | changed | added

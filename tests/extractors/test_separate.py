"""Stacks of pages told apart into documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.separate import Sheet, separate


def sheets(*what: str) -> list[Sheet]:
    """``A1`` is page 1 of form A, ``lettre`` a page of that kind, ``?`` of none, ``-`` blank."""
    made = []
    for number, name in enumerate(what, start=1):
        if name == "-":
            made.append(Sheet(number, blank=True))
        elif name[-1].isdigit():
            made.append(Sheet(number, form=name[0], revision="r", form_page=int(name[1])))
        else:
            made.append(Sheet(number, kind=None if name == "?" else name))
    return made


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (["A1", "A2"], [(1, 2)]),
        (["A1", "A2", "A1", "A2"], [(1, 2), (3, 4)]),
        (["A1", "A1", "A2"], [(1,), (2, 3)]),
        (["A2", "A1"], [(1, 2)]),
        (["A1", "B1"], [(1,), (2,)]),
        (["A1", "lettre", "lettre", "A1"], [(1,), (2, 3), (4,)]),
        (["lettre", "avis"], [(1,), (2,)]),
        (["A1", "?"], [(1,), (2,)]),
        (["A1", "-", "A2", "-", "A1"], [(1, 2, 3, 4), (5,)]),
        (["-", "A1", "A2"], [(1, 2, 3)]),
        (["-", "-"], [(1, 2)]),
        ([], []),
    ],
)
def test_a_stack_makes_these_documents(stack: list[str], expected: list[tuple[int, ...]]) -> None:
    assert [group.pages for group in separate(sheets(*stack))] == expected


def test_blank_pages_stay_with_their_document_but_are_not_read() -> None:
    [group] = separate(sheets("-", "A1", "-", "A2"))
    assert [sheet.number for sheet in group.sheets] == [2, 4]
    assert [sheet.number for sheet in group.blanks] == [1, 3]
    assert group.form == "A"


@given(st.lists(st.sampled_from(["A1", "A2", "B1", "lettre", "avis", "?", "-"]), max_size=12))
def test_no_page_is_lost_or_in_two_documents(stack: list[str]) -> None:
    pages = [page for group in separate(sheets(*stack)) for page in group.pages]
    assert sorted(pages) == list(range(1, len(stack) + 1))


def test_unknown_pages_stay_with_a_form_that_was_told_by_its_captions() -> None:
    stack = [Sheet(1, form="A", form_page=1), Sheet(2), Sheet(3), Sheet(4, form="A", form_page=1)]
    assert [group.pages for group in separate(stack)] == [(1, 2, 3), (4,)]


def test_a_letter_behind_such_a_form_is_a_document_of_its_own() -> None:
    stack = [Sheet(1, form="A", form_page=1), Sheet(2, kind="plainte")]
    assert [group.pages for group in separate(stack)] == [(1,), (2,)]

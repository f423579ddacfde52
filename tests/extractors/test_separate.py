"""Stacks of pages told apart into documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.separate import Sheet, separate


def sheets(*what: str) -> list[Sheet]:
    """``A1`` is page 1 of form A, ``lettre`` a page of that kind, ``?`` of none, ``-`` blank,
    ``|`` a separator sheet. ``>`` before a page: it says itself that a document begins with it;
    ``~``: it begins as letters do."""
    made = []
    for number, name in enumerate(what, start=1):
        begins, letter, name = name.startswith(">"), name.startswith("~"), name.lstrip(">~")
        if name == "|":
            made.append(Sheet(number, separator=True))
        elif name == "-":
            made.append(Sheet(number, blank=True))
        elif name[-1].isdigit():
            form_page = int(name[1])
            made.append(Sheet(number, False, name[0], "r", form_page, begins=begins))
        else:
            kind = None if name == "?" else name
            made.append(Sheet(number, kind=kind, begins=begins, letter=letter))
    return made


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (["A1", "A2"], [(1, 2)]),
        (["A1", "A2", "A1", "A2"], [(1, 2), (3, 4)]),
        (["A1", "A1", "A2"], [(1,), (2, 3)]),
        (["A2", "A1"], [(1, 2)]),
        (["A1", "B1"], [(1,), (2,)]),
        (["A1", ">lettre", "lettre", "A1"], [(1,), (2, 3), (4,)]),
        ([">lettre", ">lettre"], [(1,), (2,)]),
        (["lettre", "avis"], [(1,), (2,)]),
        (["~lettre", "?"], [(1, 2)]),
        (["~lettre", "avis"], [(1, 2)]),
        (["~?", "avis", "~?"], [(1, 2), (3,)]),
        (["~lettre", "avis", "~lettre"], [(1, 2), (3,)]),
        (["~lettre", "A1", "A2"], [(1,), (2, 3)]),
        (["A1", "~lettre", "avis", "B1"], [(1,), (2, 3), (4,)]),
        (["A1", "~?", "lettre"], [(1, 2, 3)]),
        (["lettre", "?", "lettre", "avis"], [(1, 2, 3), (4,)]),
        (["A1", "?", "lettre", "A2"], [(1, 2, 3), (4,)]),
        (["A1", "A2", ">A1"], [(1, 2), (3,)]),
        (["A1", ">A2"], [(1,), (2,)]),
        (["|", "A1", "A2", "|", "-", "A1", "?"], [(1, 2, 3), (4, 5, 6, 7)]),
        (["A1", "|", "|", "A2", "|"], [(1,), (2, 3, 4, 5)]),
        (["A1", "|", "-"], [(1, 2, 3)]),
        (["|", "-"], [(1, 2)]),
        (["?", "|", "?"], [(1,), (2, 3)]),
        (["A1", "-", "A1", "-", "-", "B1"], [(1, 2), (3, 4), (5, 6)]),
        (["A1", "-", "A1", "-", "-", "-"], [(1, 2), (3, 4, 5, 6)]),
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


PAGES = st.sampled_from(
    ["A1", "A2", ">A1", "B1", "lettre", "~lettre", ">lettre", "~?", "avis", "?", "-", "-", "|"]
)


@given(st.lists(PAGES, max_size=14))
def test_every_page_is_in_one_document_and_in_its_order(stack: list[str]) -> None:
    pages = [page for group in separate(sheets(*stack)) for page in group.pages]
    assert pages == list(range(1, len(stack) + 1))


@given(st.lists(PAGES, max_size=14))
def test_no_document_holds_pages_of_two(stack: list[str]) -> None:
    """Two forms, two papers of one form, or what stands on both sides of a separator sheet."""
    for group in separate(sheets(*stack)):
        forms = [(sheet.form, sheet.form_page) for sheet in group.sheets if sheet.form]
        assert len({form for form, _ in forms}) < 2
        assert len(set(forms)) == len(forms)
        if group.sheets and group.separators:
            last = max(sheet.number for sheet in group.separators)
            first = min(sheet.number for sheet in group.sheets)
            after_all = not any(name not in "-|" for name in stack[last:])
            assert last < first or after_all


@given(st.lists(PAGES, max_size=14))
def test_the_pages_of_a_form_stand_side_by_side(stack: list[str]) -> None:
    """Behind an attachment, a page of the form is another person's: nobody can tell otherwise."""
    for group in separate(sheets(*stack)):
        own = [bool(sheet.form) for sheet in group.sheets]
        assert own == sorted(own, reverse=True)


def test_unknown_pages_stay_with_a_form_that_was_told_by_its_captions() -> None:
    stack = [Sheet(1, form="A", form_page=1), Sheet(2), Sheet(3), Sheet(4, form="A", form_page=1)]
    assert [group.pages for group in separate(stack)] == [(1, 2, 3), (4,)]


def test_a_letter_behind_such_a_form_is_a_document_of_its_own() -> None:
    stack = [Sheet(1, form="A", form_page=1), Sheet(2, kind="plainte", letter=True)]
    assert [group.pages for group in separate(stack)] == [(1,), (2,)]


def test_pages_that_are_none_of_the_form_s_are_told_as_attachments() -> None:
    [group] = separate(sheets("A1", "A2", "?", "lettre"))
    assert [sheet.number for sheet in group.attachments] == [3, 4]

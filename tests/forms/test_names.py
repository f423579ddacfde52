"""Names of bodies compared."""

from __future__ import annotations

import pytest

from forms.names import Names, same, tokens

NAMES = Names.of(
    [
        "Quebec Government Office", "Arvania Tourist Office", "Norland Trade Center",
        "Kestria Tourist Office", "Harbour & Pine, LLP", "Norland Information Office",
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harbour & Pine, L.L.P.", "HARBOUR AND PINE LLP"),
        ("Québec Government Office", "QUEBEC GOVT. OFFICE"),
        ("Norland Trade Centre Inc.", "Norland Trade Center"),
        ("L'Œuvre du Nord Ltée", "Oeuvre du Nord"),
        ("Harbour & Pine", "Harbour Pine LLP"),
    ],
)
def test_accents_capitals_and_abbreviations_do_not_matter(one: str, other: str) -> None:
    assert tokens(one)
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Harbour & Pine", "Harbour & Pike"), ("Norland", ""), ("Arvania", "Kestria")],
)
def test_another_word_is_another_name(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("read", "listed"),
    [
        ("Quebec Government House", "Quebec Government Office"),
        ("Norlond Trode Center", "Norland Trade Center"),
        ("Arvania National Tourist Information Office", "Arvania Tourist Office"),
        ("NETRO, Norville", "Norland External Trade Organization, Norville"),
        ("Norland External Trade Organization", "NETRO"),
        ("VisitArvania", "Visit Arvania, Inc."),
        ("Har bour & Pine", "Harbour & Pine"),
    ],
)
def test_old_names_and_misread_ones_are_alike(read: str, listed: str) -> None:
    assert NAMES.alike(read, listed) > 0.6


def test_words_that_many_names_have_say_little() -> None:
    assert NAMES.alike("Arvania Tourist Office", "Kestria Tourist Office") < 0.45
    assert NAMES.alike("", "Kestria Tourist Office") == 0


def test_an_acronym_of_other_words_is_not_like_them() -> None:
    assert NAMES.alike("NETRO", "Norland Tourist Information Office") == 0

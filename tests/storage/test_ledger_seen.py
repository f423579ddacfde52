"""What an entry found and is to replace, where a save overwrites, until a person has looked."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session, sessionmaker

from greffier.words import EntryState, Record
from storage.ledger import Ledger


@pytest.fixture
def ledger(sessions: sessionmaker[Session]) -> Ledger:
    return Ledger(sessions, "elsewhere/1")


@pytest.fixture
def entry(ledger: Ledger, documents: list[str], a_record: Record) -> int:
    return ledger.plan(documents[0], a_record, "key").entry


def test_what_the_first_look_saw_is_known_to_the_next_worker(ledger: Ledger, entry: int) -> None:
    claim = ledger.claim(entry)
    assert claim
    assert ledger.seen(claim) is None
    ledger.looked_up(claim, "mark")
    ledger.release(claim, "target-slow")

    again = ledger.claim(entry)
    assert again
    assert ledger.seen(again) == "mark"


def test_a_person_who_sends_the_entry_on_has_looked_anew(ledger: Ledger, entry: int) -> None:
    claim = ledger.claim(entry)
    assert claim
    ledger.looked_up(claim, "mark")
    ledger.with_person(claim, "changed-meanwhile")
    ledger.settle(entry, EntryState.PLANNED, "Mme Roy", "seen-on-screen")

    again = ledger.claim(entry)
    assert again
    assert ledger.seen(again) is None

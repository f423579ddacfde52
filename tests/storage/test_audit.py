from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from greffier.errors import StoreError
from storage import audit
from storage.models import AuditEvent


@pytest.fixture
def chain(sessions: sessionmaker[Session]) -> sessionmaker[Session]:
    """A chain of five rows."""
    for number in range(5):
        with sessions.begin() as session:
            audit.append(session, "file-received", "Mme Roy", f"file-{number}", size=number, é="é")
    return sessions


def tamper(sessions: sessionmaker[Session], statement: object) -> None:
    """What somebody with the database's own password can do: the triggers are out of the way."""
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET session_replication_role = replica"))
        else:
            session.execute(text("DROP TRIGGER audit_events_no_update"))
            session.execute(text("DROP TRIGGER audit_events_no_delete"))
        session.execute(statement)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET session_replication_role = origin"))


def test_an_untouched_chain_is_whole(chain: sessionmaker[Session]) -> None:
    with chain() as session:
        head = audit.verify(session)
    assert head.count == 5
    assert len(head.hash) == 64


def test_an_empty_chain_is_whole(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        assert audit.verify(session) == audit.Head(0, audit.GENESIS)


@pytest.mark.parametrize("column", ["who", "event", "subject", "details", "hash", "at"])
def test_a_changed_row_is_found(chain: sessionmaker[Session], column: str) -> None:
    with chain() as session:
        other = session.get_one(AuditEvent, 2)
    value = getattr(other, column)
    change = update(AuditEvent).where(AuditEvent.seq == 3)
    if column == "hash":
        value = "f" * 64
    if column in ("who", "event"):
        value = "somebody else"
    tamper(chain, change.values({column: value}))
    with chain() as session, pytest.raises(StoreError) as error:
        audit.verify(session)
    assert (error.value.code, error.value.details) == ("audit-broken", {"row": 3})


def test_a_dropped_row_is_found(chain: sessionmaker[Session]) -> None:
    tamper(chain, text("DELETE FROM audit_events WHERE seq = 3"))
    with chain() as session, pytest.raises(StoreError) as error:
        audit.verify(session)
    assert error.value.details == {"row": 3}


def test_a_chain_cut_at_its_end_is_found_by_who_kept_its_head(
    chain: sessionmaker[Session],
) -> None:
    with chain() as session:
        kept = audit.verify(session)
    tamper(chain, text("DELETE FROM audit_events WHERE seq = 5"))
    with chain() as session:
        assert audit.verify(session).count == 4
        with pytest.raises(StoreError) as error:
            audit.verify(session, kept)
    assert error.value.code == "audit-cut"


def test_a_kept_head_stays_good_as_the_chain_grows(chain: sessionmaker[Session]) -> None:
    with chain() as session:
        kept = audit.verify(session)
    with chain.begin() as session:
        audit.append(session, "batch-done", "greffier", "lot-1")
    with chain() as session:
        assert audit.verify(session, kept).count == 6


def test_the_trace_is_lost_with_the_deed_that_failed(chain: sessionmaker[Session]) -> None:
    def fail() -> None:
        with chain.begin() as session:
            audit.append(session, "batch-done", "greffier", "lot-1")
            session.add(AuditEvent(seq=1))

    with pytest.raises(IntegrityError):
        fail()
    with chain() as session:
        assert audit.verify(session).count == 5


def test_writers_at_the_same_time_make_one_chain(sessions: sessionmaker[Session]) -> None:
    def append(number: int) -> None:
        with sessions.begin() as session:
            audit.append(session, "file-received", f"worker-{number}", "file")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(append, range(24)))
    with sessions() as session:
        assert audit.verify(session).count == 24


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # PostgreSQL refuses such values itself
@pytest.mark.parametrize(("column", "value"), [("details", "{"), ("at", "hier"), ("who", b"x")])
def test_a_row_made_unreadable_is_found_and_named(
    chain: sessionmaker[Session], column: str, value: object
) -> None:
    tamper(chain, text(f"UPDATE audit_events SET {column} = :v WHERE seq = 3").bindparams(v=value))
    seen: list[int] = []
    with chain() as session, pytest.raises(StoreError) as error:
        audit.verify(session, seen=lambda row: seen.append(row.seq))
    assert error.value.details == {"row": 3}
    assert seen == [1, 2]

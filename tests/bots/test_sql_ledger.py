"""SQL-Ledger, a real program from Debian: what its own database holds after each entry."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser

from bench.chaos.campaign import MOMENTS
from bench.chaos.worker import RECONCILING, STEPS, Death, Job
from bench.chaos.world import Worker, World
from bots.contract import Shown
from bots.memory import MemoryLedger
from bots.session import Credentials, Session
from bots.sql_ledger import SqlLedger as Bot
from greffier.words import EntryState, Record
from sandbox.legacy.cgi import Wire
from sandbox.legacy.sql_ledger import AS_BYTES, Customer, SqlLedger, missing, sql_ledger
from storage.models import Entry
from tests.bots.conftest import Clerk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing()), reason=f"Debian package: {missing()}"),
]
S = EntryState
NUMBERS = count(100)
NEW = {
    "address1": "1045 rue Sacré-Cœur Ouest",
    "address2": "app. 2B",
    "city": "L'Île-d'Orléans",
    "state": "QC",
    "zipcode": "G1R 5A5",
    "phone": "418 555-1234",
    "email": "helene.lc@exemple.ca",
}
OLD = {
    "address1": "12 rue des Érables",
    "address2": "",
    "city": "Lévis",
    "state": "ON",
    "zipcode": "G6V 1A1",
    "phone": "418 555-0000",
    "email": "helene@exemple.ca",
}


@pytest.fixture(scope="module")
def program() -> Iterator[SqlLedger]:
    with sql_ledger() as running:
        yield running


def start(kind: type[Bot], program: SqlLedger, browser: Browser) -> Session:
    who = Credentials(program.user, program.password)
    return Session(kind, program.url, who, browser=browser, seconds=8)


@pytest.fixture(scope="module")
def session(program: SqlLedger, browser: Browser) -> Iterator[Session]:
    with start(Bot, program, browser) as session:
        yield session


class Office(Clerk):
    """The bot before the program, and one customer's file of its own."""

    def __init__(self, program: SqlLedger, session: Session) -> None:
        super().__init__(session)
        self.program = program
        self.number = f"C-{next(NUMBERS)}"
        for number in (self.number, f"{self.number}0"):  # a search finds both
            self.program.add(
                Customer(
                    number, "Hélène", "Lavoie-Côté", OLD["address1"], OLD["city"], OLD["zipcode"],
                    OLD["phone"], OLD["email"], OLD["state"],
                )
            )  # fmt: skip

    def record(self, surname: str = "Lavoie-Cote", **changed: str) -> Record:
        values = {
            "file_number": self.number,
            "civic_number": "1045",
            "street": "rue Sacré-Cœur Ouest",
            "apartment": "2B",
            "municipality": "L'Île-d'Orléans",
            "postal_code": "G1R 5A5",
            "telephone": "4185551234",
            "email": "helene.lc@exemple.ca",
        }
        identity = {"surname": surname, "given_name": "Helene"}
        return Record(target="sql-ledger", form="essai", values=values | changed, identity=identity)

    def file(self, number: str = "") -> dict[str, Any]:
        """The customer's file in the program's database: exactly one row of each table."""
        [row] = self.program.rows(
            """SELECT address1, address2, city, state, zipcode, k.phone, k.email
               FROM customer c JOIN address a ON a.trans_id = c.id
                 JOIN contact k ON k.trans_id = c.id
               WHERE customernumber = %(number)s""",
            number=number or self.number,
        )
        return row

    def when(self, state: EntryState, act: Callable[[], object]) -> None:
        """Let ``act`` happen the first time that the ledger comes to ``state``."""
        left = [act]
        self.ledger = MemoryLedger(lambda now: left.pop()() if now is state and left else None)

    def somebody_else(self, **changed: str) -> None:
        """Another clerk changes the customer's address."""
        for column, value in changed.items():
            self.program.change(
                f"""UPDATE address SET {column} = %(value)s
                    WHERE trans_id = (SELECT id FROM customer WHERE customernumber = %(number)s)""",
                value=value,
                number=self.number,
            )


@pytest.fixture
def office(program: SqlLedger, session: Session) -> Office:
    return Office(program, session)


def told(outcome: Any) -> tuple[EntryState, str | None]:
    return outcome.state, outcome.reason and outcome.reason.code


def test_a_customer_is_found_changed_and_read_back_with_accents(office):
    outcome = office.enter(office.record())

    assert told(outcome) == (S.CONFIRMED, None)
    assert office.file() == NEW
    assert office.file(f"{office.number}0") == OLD
    assert office.session.known is not None  # the screens were compared with approved ones
    assert {"filled", "confirmation", "read-back"} <= set(office.evidence.kept)
    assert office.enter(office.record()).pre_existing  # its twin


def test_what_the_paper_does_not_say_stays_but_an_old_apartment_goes(office):
    office.somebody_else(address2="app. 7")
    office.program.change(  # an invoice: the form has a button less
        "INSERT INTO ar (customer_id) SELECT id FROM customer WHERE customernumber = %(number)s",
        number=office.number,
    )

    office.enter(office.record(apartment="", telephone="", email=""))

    assert office.file() == NEW | {"address2": "", "phone": OLD["phone"], "email": OLD["email"]}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"file_number": "C-99999"}, "file-unknown"),
        ({"surname": "Tremblay"}, "wrong-holder"),
        ({"street": "rue de la Très-Longue-Côte-du-Nord"}, "value-too-long"),
        ({"postal_code": "K1A 0A1"}, "value-not-holdable"),  # Ontario: the paper does not say so
        ({"email": "x', creditlimit = '99"}, "value-not-holdable"),  # it would be SQL there
    ],
)
def test_what_does_not_fit_goes_to_a_person_untyped(office, changed, code):
    outcome = office.enter(office.record(**changed))

    assert told(outcome) == (S.WITH_PERSON, code)
    assert office.file() == OLD


class Careless(Bot):
    """A bot whose author did not count the signs, nor think of quotes."""

    target = "sans-soin"
    fields: ClassVar = Bot.fields | {
        "street": Shown(made_of=("civic_number", "street")),
        "email": Shown(),
    }


def test_a_field_cut_and_a_refusal_are_noticed_by_what_the_program_shows(program, browser):
    with start(Careless, program, browser) as session:
        office = Office(program, session)
        cut = office.enter(office.record(street="rue de la Très-Longue-Côte-du-Nord"))
        refused = office.enter(office.record(email="o'neil@exemple.ca"))

        assert told(cut) == (S.WITH_PERSON, "read-back-differs")
        assert told(refused) == (S.WITH_PERSON, "target-refused")
        assert b"syntax error" in office.evidence.kept["refusal"][0]
        assert office.file() == OLD


def test_accents_spoilt_by_a_badly_installed_program_go_to_a_person(office, monkeypatch):
    def spoil() -> None:
        monkeypatch.setattr(office.program.cgi, "environment", {})

    def mend() -> None:
        monkeypatch.setattr(office.program.cgi, "environment", AS_BYTES)

    states = {S.SUBMITTING: spoil, S.SUBMITTED: mend}
    office.ledger = MemoryLedger(lambda now: states.get(now, lambda: None)())

    outcome = office.enter(office.record())

    assert told(outcome) == (S.WITH_PERSON, "wrong-holder")  # the save spoils the name as well
    assert office.file()["city"] != NEW["city"]


def test_what_somebody_changes_between_the_search_and_the_click_is_not_overwritten(office):
    office.when(S.LOOKED_UP, lambda: office.somebody_else(country="Belgique", city="Namur"))

    outcome = office.enter(office.record())

    assert told(outcome) == (S.WITH_PERSON, "changed-meanwhile")
    assert office.file() == OLD | {"city": "Namur"}


def test_a_session_that_dies_in_the_middle_of_an_entry_is_opened_again(office):
    office.when(S.LOOKED_UP, office.program.sign_everybody_out)

    assert told(office.enter(office.record())) == (S.CONFIRMED, None)
    assert office.file() == NEW


def test_a_session_that_dies_at_the_click_saves_nothing_and_is_entered_again(office):
    office.when(S.SUBMITTING, office.program.sign_everybody_out)

    assert told(office.enter(office.record())) == (S.UNKNOWN, "session-dead")
    assert office.file() == OLD
    assert office.reconcile(office.record()).state == S.PLANNED
    assert office.enter(office.record(), entry=0).state == S.CONFIRMED
    assert office.file() == NEW


@pytest.mark.parametrize(
    ("wire", "after"),
    [(Wire.CUT_BEFORE, S.PLANNED), (Wire.CUT_AFTER, S.CONFIRMED), (Wire.SILENT, S.CONFIRMED)],
)
def test_a_save_whose_answer_is_lost_is_settled_by_what_is_there(office, wire, after):
    office.program.cgi.wire = wire

    assert office.enter(office.record()).state == S.UNKNOWN
    assert office.reconcile(office.record()).state == after
    assert office.file() == (NEW if after == S.CONFIRMED else OLD)


def test_an_unknown_entry_whose_file_has_changed_since_is_a_persons(office):
    office.program.cgi.wire = Wire.CUT_AFTER
    office.enter(office.record())
    office.somebody_else(city="Namur")

    assert told(office.reconcile(office.record())) == (S.WITH_PERSON, "changed-meanwhile")
    assert office.file() == NEW | {"city": "Namur"}


#: Every boundary, before and after in turn: a death here costs a quarter of a minute.
_DEATHS = list(zip([name for name in STEPS if name not in RECONCILING], cycle(MOMENTS)))


@pytest.mark.parametrize(("boundary", "moment"), _DEATHS)
def test_a_worker_killed_at_any_boundary_loses_and_doubles_nothing(
    program, session, boundary, moment, tmp_path: Path
):
    office = Office(program, session)
    with World(tmp_path, f"sqlite:///{tmp_path / 'greffier.db'}", [], 0) as world:
        entry = world.write_down(office.record(), ("file_number",))
        job = (world.database, "sql-ledger", program.url, program.user, program.password, 1)
        states = []
        # What a dead worker left is settled once no save can still be on its way; later ones come.
        for death in (Death(boundary, moment), *[None] * 6):
            worker = Worker.on(Job(*job, death=death, visibility_delay=0.0))
            worker.finish(100)
            assert worker.killed == (death is not None)
            assert office.file() in (OLD, NEW)
            with world.sessions() as rows:
                states.append(rows.get_one(Entry, entry).state)
            if states[-1] == S.CONFIRMED:
                break
            time.sleep(1)
        assert states[-1] == S.CONFIRMED
    assert office.file() == NEW

"""One entry, from the search to the confirmation: the ledger's steps, and who may retry what.

The order is the promise. Before *submitting* anything that goes wrong on the screen may be tried
again on a fresh one. *Submitting* is committed before the click; from there nothing is retried,
and what was not seen is *unknown*, for ``reconcile`` alone to settle.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from playwright.sync_api import Error as PlaywrightError

from bots.compare import Wanted, difference, mark, wanted
from bots.contract import Bot
from bots.evidence import Camera, EvidencePort
from bots.ports import C, LedgerPort
from bots.privacy import Own
from bots.session import Session
from bots.shape import SUBMIT, Change, changes
from bots.watch import clock
from greffier.errors import (
    BusinessError,
    GreffierError,
    LeaseLost,
    ScreenError,
    TargetStopped,
    UnknownOutcome,
    UsageError,
)
from greffier.words import EntryState, Reason, Record

log = logging.getLogger("greffier.bots")


T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How often and how long before giving up.

    ``tries`` on one claim, ``pause`` seconds more between each; after ``claims`` claims on which
    the screen misbehaved a person looks, and after ``deaths`` whose worker did not live to tell.
    A trouble of the whole target counts for neither.
    ``longest``: seconds after which a try, or the click, is cut off, and always before the lease
    ends. ``linger``: seconds a worker itself waits for a slow target to show what it saved.
    ``in_flight``: seconds a save may still be on its way to the target when its worker is gone: an
    entry is not called absent before, whatever the target's visibility delay.
    """

    tries: int = 3
    pause: float = 1.0
    claims: int = 3
    deaths: int = 10
    longest: float = 120.0
    linger: float = 5.0
    in_flight: float = 30.0


@dataclass(frozen=True)
class Outcome:
    """Where the entry stands now, and why."""

    state: EntryState
    reason: Reason | None = None
    confirmation: str | None = None
    pre_existing: bool = False


def enter(
    session: Session,
    record: Record,
    claim: C,
    ledger: LedgerPort[C],
    evidence: EvidencePort,
    patience: Patience = Patience(),
) -> Outcome:
    """Enter ``record``, held by ``claim``, exactly once.

    Raises ``TargetStopped`` (the entry is planned again, or unknown; enter nothing more in this
    target) and ``LeaseLost`` (somebody else has it now); the rest is in the outcome.
    """
    run = _Run(session, record, claim, ledger, Camera(session, evidence), patience)
    return run.outcome(run.enter)


def reconcile(
    session: Session,
    record: Record,
    claim: C,
    ledger: LedgerPort[C],
    evidence: EvidencePort,
    patience: Patience = Patience(),
) -> Outcome:
    """Settle an *unknown* entry, held by ``claim``, by searching the target. Types nothing.

    Found as sent: confirmed. Found otherwise: a person. Absent: as ``LedgerPort.absent`` rules.
    A screen that misbehaves leaves it unknown. Raises as ``enter`` does.
    """
    run = _Run(session, record, claim, ledger, Camera(session, evidence), patience)
    return run.outcome(run.reconcile)


class _Run(Generic[C]):
    """One entry on its way."""

    def __init__(
        self,
        session: Session,
        record: Record,
        claim: C,
        ledger: LedgerPort[C],
        camera: Camera,
        patience: Patience,
    ) -> None:
        self.session = session
        self.record = record
        self.claim = claim
        self.ledger = ledger
        self.camera = camera
        self.patience = patience
        self.searched = False
        self.overwrites = session.kind.overwrites
        #: The mark of what this entry is to replace, in a target that overwrites.
        self.seen: str | None = None
        self.otherwise = "changed-meanwhile" if self.overwrites else "other-values"
        # No press may begin that the screen could still be waiting to do when the lease ends.
        self.longest = min(patience.longest, claim.lease - session.seconds)
        if self.longest <= 0:
            raise UsageError("lease-too-short", lease=claim.lease, seconds=session.seconds)

    def outcome(self, way: Callable[[Wanted], Outcome]) -> Outcome:
        """Go ``way``; whatever a person must look at ends with a person."""
        try:
            outcome = self._ended(way)
        except LeaseLost as error:
            self.session.renew(error)
            self.ledger.let_go(self.claim)
            raise
        finally:
            self.session.traced()  # not kept: there was no trouble
            self.camera.wait()
        log.info("Entry %s in %s: %s.", self.claim.entry, self.session.kind.target, outcome.state)
        return outcome

    def _ended(self, way: Callable[[Wanted], Outcome]) -> Outcome:
        try:
            expected = wanted(self.session.kind, self.record)
            self.camera.own = Own.of(self.record, expected)
            return way(expected)
        except BusinessError as error:
            self.ledger.with_person(self.claim, error.code)
            return Outcome(EntryState.WITH_PERSON, _reason(error))

    def enter(self, expected: Wanted) -> Outcome:
        if self.claim.deaths >= self.patience.deaths:
            raise BusinessError("worker-dies")
        try:
            already_there = self._trying(lambda bot: self._prepare(bot, expected))
        except TargetStopped as error:
            self.ledger.release(self.claim, error.code, blameless=True)
            raise
        except ScreenError as error:
            if self.claim.failures + 1 >= self.patience.claims:
                raise BusinessError(error.code, **error.details) from None
            self.ledger.release(self.claim, error.code)
            return Outcome(EntryState.PLANNED, _reason(error))
        if already_there:
            self.ledger.confirmed(self.claim, pre_existing=True)
            return Outcome(EntryState.CONFIRMED, pre_existing=True)
        self.ledger.filled(self.claim)
        # Should this worker die on the click, whoever settles it has the picture of what was typed.
        self.camera.wait()
        # A whole lease for the click; and committed before it.
        before = self._renew()
        self.ledger.submitting(self.claim)
        try:
            confirmation = self._submit(self.session.bot(), before)
        except BusinessError as error:
            self._trouble(error)
            raise
        except UnknownOutcome as error:
            self._trouble(error)
            self.ledger.unknown(self.claim, error.code)
            return Outcome(EntryState.UNKNOWN, _reason(error))
        self.ledger.submitted(self.claim, confirmation)
        self.camera.photograph("confirmation")
        return self._confirm(expected, confirmation)

    def reconcile(self, expected: Wanted) -> Outcome:
        try:
            entered = self._trying(lambda bot: self._search(bot, expected))
        except (ScreenError, TargetStopped) as error:
            self.ledger.let_go(self.claim)
            if isinstance(error, TargetStopped):
                raise
            return Outcome(EntryState.UNKNOWN, _reason(error))
        self.camera.photograph("reconciled")
        if entered is None:
            delay = max(self.session.visibility_delay, self.patience.in_flight)
            state = self.ledger.absent(self.claim, delay)
            why = "confirmed-but-absent" if state is EntryState.WITH_PERSON else "absent"
            return Outcome(state, Reason(code=why))
        self._compare(expected, entered, self.otherwise)
        self.ledger.confirmed(self.claim)
        return Outcome(EntryState.CONFIRMED)

    # The steps

    def _prepare(self, bot: Bot, expected: Wanted) -> bool:
        """Search, type and read back. Whether the target holds it already."""
        bot.screen.pages.clear()
        if self._is_there(bot, expected):
            return True
        if not self.searched:
            self.ledger.looked_up(self.claim, self.seen or "")
            self.searched = True
        _ask(lambda: bot.fill(self.record))
        self._same_screens(bot)
        shown = _ask(lambda: bot.read_back(self.record))
        self._compare(expected, shown, "read-back-differs")
        self.camera.photograph("filled")
        if self.overwrites:  # the save would undo what somebody else has changed since the search
            with self.session.aside() as another:
                return self._is_there(another, expected)
        return False

    def _is_there(self, bot: Bot, expected: Wanted) -> bool:
        """Whether the target holds the entry before anything is submitted."""
        entered = self._search(bot, expected, first=True)
        if entered is None:
            return False
        self._compare(expected, entered, self.otherwise)
        self.camera.photograph("pre-existing")
        return True

    def _same_screens(self, bot: Bot) -> None:
        """Every page typed in has the shape that a person approved, or nothing is submitted."""
        _ask(lambda: bot.screen.leave_page(SUBMIT))
        if self.session.known and (found := changes(self.session.known, bot.screen.pages)):
            raise self._changed(found)

    def _changed(self, found: Iterable[Change]) -> TargetStopped:
        told = "\n\n".join(map(str, found))
        error = TargetStopped("screen-changed", target=self.session.kind.target, changes=told)
        self._trouble(error)
        return error

    def _search(
        self, bot: Bot, expected: Wanted, *, first: bool = False
    ) -> Mapping[str, str] | None:
        """What the target holds under the entry's key, in the right person's file.

        A target that overwrites always holds something: it counts as nothing while it is what the
        entry's first look found. ``first``: this may be that look.
        """
        self.camera.recognised = False
        located = _ask(lambda: bot.locate(self.record))
        if (name := difference(expected.identity, located.holder)) is not None:
            raise BusinessError("wrong-holder", field=name)
        self.camera.recognised = True
        entered = located.entered
        if not self.overwrites or entered is None or difference(expected.fields, entered) is None:
            return entered
        self.seen = self.seen or self.ledger.seen(self.claim) or (mark(entered) if first else None)
        return None if self.seen == mark(entered) else entered

    def _compare(self, expected: Wanted, shown: Mapping[str, str], code: str) -> None:
        if (name := difference(expected.fields, shown)) is not None:
            raise BusinessError(code, field=name)

    def _submit(self, bot: Bot, before: float) -> str:
        """The one click. All that is not a plain answer of the target is ``UnknownOutcome``."""
        try:
            with self.session.bounded(self.longest), bot.screen.submitting(before):
                return bot.submit()
        except (BusinessError, UnknownOutcome):
            raise
        except GreffierError as error:
            raise UnknownOutcome(error.code, **error.details) from None
        except PlaywrightError:
            raise UnknownOutcome("screen-broken") from None
        except Exception as error:  # noqa: BLE001 - recorded: whatever broke, the click may be done
            _log_fault(error)
            raise UnknownOutcome("bot-fault") from None

    def _confirm(self, expected: Wanted, confirmation: str) -> Outcome:
        """Search afresh until the target shows what was sent, or the worker has lingered enough."""
        end = time.monotonic() + min(self.patience.linger, self.session.visibility_delay)
        try:
            while (entered := self._trying(lambda bot: self._search(bot, expected))) is None:
                if time.monotonic() >= end:
                    raise ScreenError("not-visible-yet")
                time.sleep(min(0.5, self.patience.linger))
        except (ScreenError, TargetStopped) as error:
            self.ledger.unknown(self.claim, error.code)
            if isinstance(error, TargetStopped):
                raise
            return Outcome(EntryState.UNKNOWN, _reason(error), confirmation)
        self.camera.photograph("read-back")
        self._compare(expected, entered, "saved-otherwise")
        self.ledger.confirmed(self.claim)
        return Outcome(EntryState.CONFIRMED, confirmation=confirmation)

    # Trouble

    def _trying(self, work: Callable[[Bot], T]) -> T:
        """Do ``work`` until the screen behaves, on a fresh one each time. It saves nothing.

        Raises ``TargetStopped`` when it is the whole target that does not answer.
        """
        attempt = 1
        while True:
            self._renew()
            try:
                with self.session.bounded(self.longest):
                    bot = self.session.bot()
                    if attempt > 1:  # what went wrong once is worth following closely
                        self.session.trace()
                    return work(bot)
            except BusinessError as error:
                self._trouble(error)
                raise
            except ScreenError as error:
                log.warning(
                    "Entry %s in %s: %s, try %d of %d.",
                    self.claim.entry,
                    self.session.kind.target,
                    error.code,
                    attempt,
                    self.patience.tries,
                )
                if attempt >= self.patience.tries:
                    if change := self.session.change_that_explains(error):
                        raise self._changed([change]) from None
                    is_down = self._is_down(error)
                    self._trouble(error)
                    if is_down:
                        target = self.session.kind.target
                        raise TargetStopped(error.code, target=target, **error.details) from None
                    raise
                self.session.renew(error)
                time.sleep(self.patience.pause * attempt)
                attempt += 1

    def _is_down(self, error: ScreenError) -> bool:
        self._renew()
        with self.session.bounded(self.longest):
            return self.session.is_down(error)

    def _renew(self) -> float:
        """Take a whole lease anew; until when something may be begun on the screen with it."""
        asked = clock()
        self.claim = self.ledger.renew(self.claim)
        return asked + self.longest

    def _trouble(self, error: GreffierError) -> None:
        """Keep what the screen looked like, and begin the next entry on a fresh one."""
        self.camera.photograph("failure")
        self.camera.trace()
        if error.code == "target-refused":
            self.camera.refusal(str(error.details.get("said", "")))
        if told := error.details.get("changes"):
            self.camera.write("screen-changed", str(told))
        self.session.renew(error)


def _ask(work: Callable[[], T]) -> T:
    """Ask the bot something before the click. A mistake of its own is for a person to see."""
    try:
        return work()
    except (BusinessError, ScreenError):
        raise
    except PlaywrightError:
        raise ScreenError("screen-broken") from None
    except Exception as error:  # noqa: BLE001 - recorded; one bad bot never stops the batch
        _log_fault(error)
        raise BusinessError("bot-fault") from None


def _log_fault(error: Exception) -> None:
    """Where a bot broke. Not what the error says: it may quote the record."""
    places = traceback.extract_tb(error.__traceback__)
    trail = " < ".join(f"{place.name}:{place.lineno}" for place in reversed(places))
    log.error("A bot broke: %s in %s.", type(error).__name__, trail)


def _reason(error: GreffierError) -> Reason:
    field = error.details.get("field")
    return Reason(code=error.code, field=str(field) if field else None)

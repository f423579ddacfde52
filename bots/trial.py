"""One record tried on its target, with no ledger, no store and nothing submitted.

What ``greffier bots doctor`` and ``greffier bots try --no-submit`` do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bots.compare import difference, wanted
from bots.session import Session
from bots.shape import SUBMIT, Change, Known, changes
from greffier.errors import BusinessError, ScreenError
from greffier.words import Record


@dataclass(frozen=True)
class Findings:
    """What a target's screens are like now, and how that differs from what is known of them.

    ``now`` is what approving keeps; ``trouble`` is where the bot could not go on, if it could not;
    ``differs`` names the first field that does not read back as typed, if one does not.
    """

    now: Known
    changes: list[Change]
    trouble: ScreenError | None = None
    differs: str | None = None

    @property
    def renamed(self) -> dict[str, str]:
        """The labels proposed in place of those the bot no longer finds."""
        return {old: new for change in self.changes for old, new in change.proposed.items()}


def examine(session: Session, record: Record) -> Findings:
    """Search for ``record``, type it, and look at every page on the way. Nothing is submitted.

    Raises ``BusinessError`` when the record does not fit or has no file to be typed in,
    ``ScreenError`` when the target itself misbehaves, ``TargetStopped`` when it does not let us in.
    """
    expected = wanted(session.kind, record)
    known = session.known or Known({})
    bot = session.bot()
    try:
        located = bot.locate(record)
        if (name := difference(expected.identity, located.holder)) is not None:
            raise BusinessError("wrong-holder", field=name)
        bot.fill(record)
        bot.screen.leave_page(SUBMIT)
        differs = difference(expected.fields, bot.read_back(record))
    except ScreenError as error:
        if (change := session.change_that_explains(error)) is None:
            raise
        return Findings(known, [change], error)
    screen = bot.screen
    # A session that goes on does not sign in again: what is known of that page stays.
    now = replace(known, pages={**known.pages, **screen.pages}, used=known.used | screen.used)
    return Findings(now, changes(known, screen.pages), differs=differs)

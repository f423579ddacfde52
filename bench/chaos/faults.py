"""What a target may do to a save, and what becomes of the entry: confirmed, or with a person."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from typing import Any

from bench.chaos.worker import PATIENCE, SECONDS
from bench.chaos.world import World
from greffier.words import EntryState
from storage.claims import ENDED


@dataclass(frozen=True)
class Fault:
    """``orders`` to the target's control address, and how long saves may stay out of sight."""

    name: str
    orders: dict[str, Any]
    visibility_delay: float | None = None
    #: Where the entry may end. A target that itself saves twice can only be shown to a person.
    ends: frozenset[EntryState] = field(
        default=frozenset({EntryState.CONFIRMED, EntryState.WITH_PERSON})
    )
    doubles: bool = False


#: The minute that a save may take to be shown, in seconds, and what the office allows for it.
LATE, ALLOWED = 60.0, 70.0

#: Seconds after which an entry that has come to no end is an error.
LONGEST = 600.0

FAULTS = (
    Fault("500 before saving", {"fail": "before"}),
    Fault("500 after saving", {"fail": "after"}),
    Fault("saves, and does not answer in time", {"hang": SECONDS * 2.5}),
    Fault("saves only after the bot has given up", {"lag": SECONDS + 3}),
    Fault("saves twice on a double click", {"double_click_saves": True}),
    Fault("shows the save a minute later", {"delay_visibility": LATE}, ALLOWED),
    Fault(
        "500 after saving, shown a minute later",
        {"fail": "after", "delay_visibility": LATE},
        ALLOWED,
    ),
    Fault("session expires in mid-entry", {"expire_after": 4}),
    Fault("session expires after a few pages more", {"expire_after": 6}),
    Fault("sign-in page after the click, saved", {"fail": "sign-in"}),
    Fault(
        "saves twice on one click",
        {"twice": True},
        ends=frozenset({EntryState.WITH_PERSON}),
        doubles=True,
    ),
)


@dataclass(frozen=True)
class End:
    """What became of one entry under one fault. ``rows``: how often its target holds it."""

    fault: str
    target: str
    state: str
    reason: str | None
    rows: int
    way: tuple[str, ...]
    right: bool


def try_faults(
    world: World, target: str, tried: Container[tuple[str, str]], note: Callable[[End], None]
) -> None:
    """Every fault not yet ``tried`` on ``target``, one after the other, each on its own entry."""
    world.settle(target, LONGEST)  # what an interrupted run left
    for fault in FAULTS:
        if (target, fault.name) not in tried:
            note(_try(world, target, fault))


def _try(world: World, target: str, fault: Fault) -> End:
    # A save that was asked for may come as late as the target may lag.
    patience = replace(PATIENCE, in_flight=SECONDS + 5)
    more = {"visibility_delay": fault.visibility_delay, "patience": patience}
    entry = world.plan(target)
    with world.targets[target].control() as control:
        control.order(reset=True, **fault.orders)
        world.start(target, 1, **more).finish(LONGEST)
        world.settle(target, LONGEST, **more)
        control.order(reset=True)
    (found,) = (one for one in world.entries(target) if one.id == entry)
    rows = len(world.rows(found))
    most = 2 if fault.doubles else 1
    confirmed = found.state is EntryState.CONFIRMED
    right = found.state in fault.ends & ENDED and rows <= most and (rows > 0 or not confirmed)
    reason = None if confirmed else found.reason
    return End(fault.name, target, found.state.value, reason, rows, tuple(world.way(entry)), right)

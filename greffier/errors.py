"""Every error Greffier raises on purpose: a code, what happened, and what the reader can do.

The texts live in the message catalogues under ``error.<code>`` (what happened) and
``error.<code>.hint`` (what to do). Error texts never hold what was read from paper.
"""

from __future__ import annotations

from greffier.messages import text


class GreffierError(Exception):
    """The root of our errors. ``details`` fill the placeholders of the catalogue's text."""

    #: The exit code of the command line when this error ends a command.
    exit_code = 1

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        super().__init__(code)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, self.details)

    def __str__(self) -> str:
        return self.explain()

    def explain(self, language: str | None = None) -> str:
        """What happened and what to do, in ``language`` (``fr`` or ``en``; default: settings)."""
        what = text(f"error.{self.code}", language, details=self.details)
        hint = text(f"error.{self.code}.hint", language, default="", details=self.details)
        return f"{what} {hint}".strip()


def _rebuild(kind: type[GreffierError], code: str, details: dict[str, object]) -> GreffierError:
    return kind(code, **details)


class UsageError(GreffierError):
    """The command was asked for something it does not do."""

    exit_code = 2


class BadInput(GreffierError):
    """A file cannot be read. ``code`` is also the reason it is quarantined for."""


class StoreError(GreffierError):
    """The object store or the database does not do what was asked of it, or not as promised."""


class PackError(GreffierError):
    """A form pack is not usable as written."""


class BusinessError(GreffierError):
    """The record is wrong in the target's eyes: never retried; a person looks."""


class ScreenError(GreffierError):
    """The screen did not behave; safe to retry, before *submitting* only."""


class UnknownOutcome(GreffierError):
    """The click's outcome was not seen: only the reconciler may act."""


class TargetStopped(GreffierError):
    """Nothing more can be entered in this target until a person has looked; others go on."""


class LeaseLost(GreffierError):
    """Another worker holds the entry now: stop touching it."""

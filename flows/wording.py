"""Reasons in the reader's language: what operators read in Prefect and at the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forms.schema import FormPack
from greffier.messages import current_language
from greffier.messages import text as t
from greffier.words import Reason
from storage.models import Document


def field_label(pack: FormPack | None, name: str) -> str:
    """What the form calls the field, in the reader's language; without a form, a letter's fact.

    A field that the pack had when the document was read, and has no more, is called by its name.
    """
    if pack is None:
        return _fact_label(name)
    field = pack.find(name)
    if field is None:
        return name
    return field.label.fr if current_language() == "fr" else field.label.en


def _fact_label(name: str) -> str:
    """« Numéro de dossier (2) » for the second of its name."""
    fact, _, again = name.rpartition("_")
    if not again.isdigit():
        return t(f"fact.{name}", default=name)
    return f"{t(f'fact.{fact}', default=fact)} ({again})"


def explain(reasons: Iterable[Reason], pack: FormPack | None = None) -> str:
    """All reasons in one line, the fields that share one named together after it."""
    fields: dict[str, list[str]] = {}
    for reason in reasons:
        named = fields.setdefault(t(f"reason.{reason.code}").rstrip("."), [])
        if reason.field:
            named.append(field_label(pack, reason.field))
    return " · ".join(
        f"{said} : {', '.join(named)}" if named else said for said, named in fields.items()
    )


def explain_document(document: Document, packs: Mapping[str, FormPack]) -> str:
    """Why a document is where it is."""
    reasons = (Reason(**reason) for reason in document.reasons)
    return explain(reasons, packs.get(document.form or ""))


def explain_missing(kind: str, why: str) -> str:
    """Which evidence of an entry is not there (``bots.evidence``), and why."""
    which, _, window = kind.rpartition("-")
    named = t(f"evidence.{which}") + f" ({window})" if window.isdigit() else t(f"evidence.{kind}")
    return f"{named} : {t(f'evidence.{why}', default=why)}"

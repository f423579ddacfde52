"""User-visible text, in French first and English second.

Texts are gettext catalogues under symbolic message ids: one ``.po`` file a room in
``greffier/catalogues/<language>/``. The language comes from ``GREFFIER_LANGUAGE``.
"""

from __future__ import annotations

import gettext
import io
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent / "catalogues"
LANGUAGES = ("fr", "en")


@cache
def translations(language: str) -> gettext.GNUTranslations:
    """All catalogues of ``language`` merged into one."""
    merged = Catalog(locale=language, charset="utf-8")
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language, abort_invalid=True):
                if message.id:
                    merged.add(message.id, message.string)
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def current_language() -> str:
    """The reader's language: ``GREFFIER_LANGUAGE`` if it is one of ours, else French."""
    asked = os.environ.get("GREFFIER_LANGUAGE", "fr")[:2].lower()
    return asked if asked in LANGUAGES else "fr"


def text(
    key: str,
    language: str | None = None,
    *,
    default: str | None = None,
    details: Mapping[str, object] | None = None,
) -> str:
    """The message ``key`` in ``language``, its ``{placeholders}`` filled from ``details``.

    A key that no catalogue holds gives ``default``, or the key itself, so that an error is never
    hidden by a missing translation.
    """
    found = translations(language or current_language()).gettext(key)
    if found == key:
        found = key if default is None else default
    return found.format_map(_Lenient(details or {}))


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"

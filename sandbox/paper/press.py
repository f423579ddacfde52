"""Prints one file: its papers filled, degraded as its medium does it, and bound."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

from forms.schema import FormPack
from sandbox.paper.degrade import bitonal, faxed, scanned, turned
from sandbox.paper.files import (
    noise,
    pdf_locked,
    pdf_lossless,
    pdf_of_jpegs,
    png,
    tiff_fax,
    tiff_grey,
    tiff_group4,
    word_file,
)
from sandbox.paper.fill import By, fill_paper, fill_screen
from sandbox.paper.ink import Page
from sandbox.paper.office import Handled
from sandbox.paper.pens import Glyphs
from sandbox.paper.strays import Kind, stray

Medium = Literal[
    "pdf-jpeg", "pdf-lossless", "png", "tiff-grey", "group4", "fax-fine", "fax-standard",
    "acroform", "flattened", "locked-pdf", "truncated-tiff", "noise", "word",
]  # fmt: skip

#: What the names of the files begin and end with.
NAMES: dict[Medium, tuple[str, str]] = {
    "pdf-jpeg": ("numerisation", "pdf"),
    "pdf-lossless": ("numerisation", "pdf"),
    "png": ("numerisation", "png"),
    "tiff-grey": ("numerisation", "tif"),
    "group4": ("numerisation", "tif"),
    "fax-fine": ("telecopie", "tif"),
    "fax-standard": ("telecopie", "tif"),
    "acroform": ("portail", "pdf"),
    "flattened": ("portail", "pdf"),
    "locked-pdf": ("portail", "pdf"),
    "truncated-tiff": ("numerisation", "tif"),
    "noise": ("numerisation", "tif"),
    "word": ("portail", "docx"),
}
PASSWORD = "exercice"
#: The share of a truncated file that did arrive.
_ARRIVED = 0.6


@dataclass(frozen=True)
class Filled:
    """One form somebody filled in. The same seed gives the same ink."""

    values: dict[str, str]
    by: By
    seed: int
    scribbled: str | None = None
    handled: Handled | None = None


@dataclass(frozen=True)
class Stray:
    """One page that is not the form."""

    kind: Kind
    seed: int


@dataclass(frozen=True)
class Job:
    """One file of the batch. ``turned`` holds the 0-based pages fed upside down."""

    medium: Medium
    papers: tuple[Filled | Stray, ...]
    level: str
    seed: int
    turned: frozenset[int] = field(default_factory=frozenset)


def print_job(job: Job, pack: FormPack, glyphs: Glyphs | None) -> bytes:
    """The file's bytes: the same for the same job."""
    if job.medium == "noise":
        return noise(job.seed)
    if job.medium == "word":
        return word_file("Bonjour, voici ma demande.")
    if job.medium in ("acroform", "flattened"):
        form = next(paper for paper in job.papers if isinstance(paper, Filled))
        signature = _signature(pack, form.values)
        return fill_screen(pack, form.values, signature, flat=job.medium == "flattened")
    sheets = [page for paper in job.papers for page in _inked(paper, pack, glyphs)]
    return _bound(
        job, [_page(job, sheet, order, len(sheets)) for order, sheet in enumerate(sheets)]
    )


def _inked(paper: Filled | Stray, pack: FormPack, glyphs: Glyphs | None) -> list[Page]:
    if isinstance(paper, Stray):
        return [stray(paper.kind, paper.seed)]
    return fill_paper(
        pack,
        paper.values,
        by=paper.by,
        seed=paper.seed,
        glyphs=glyphs,
        scribbled=paper.scribbled,
        handled=paper.handled,
    )


def _page(job: Job, sheet: Page, order: int, count: int) -> Page:
    """One page as the medium delivers it."""
    seed = job.seed + 1009 * order
    page = turned(sheet) if order in job.turned else sheet
    page = scanned(page, job.level, seed)
    if job.medium in ("group4", "truncated-tiff"):
        return bitonal(page, job.level, seed)
    if job.medium in ("fax-fine", "fax-standard"):
        header = f"{_sender(job.seed)}   P.{order + 1:03d}/{count:03d}"
        return faxed(page, job.level, seed, fine=job.medium == "fax-fine", header=header)
    return page


def _bound(job: Job, pages: list[Page]) -> bytes:
    match job.medium:
        case "pdf-lossless":
            return pdf_lossless(pages)
        case "locked-pdf":
            return pdf_locked(pages, PASSWORD)
        case "png":
            return png(pages[0])
        case "tiff-grey":
            return tiff_grey(pages)
        case "group4":
            return tiff_group4(pages)
        case "truncated-tiff":
            whole = tiff_group4(pages)
            return whole[: round(len(whole) * _ARRIVED)]
        case "fax-fine" | "fax-standard":
            return tiff_fax(pages, fine=job.medium == "fax-fine")
    return pdf_of_jpegs(pages)


def _sender(seed: int) -> str:
    rng = random.Random(seed)
    day, hour, minute = rng.randrange(10, 16), rng.randrange(7, 19), rng.randrange(60)
    number = f"418 555-01{rng.randrange(100):02d}"
    return f"{day} NOV 2026 {hour:02d}:{minute:02d}   DE {number}   A 418 555-0199"


def _signature(pack: FormPack, values: dict[str, str]) -> str:
    """The name typed where one signs on a screen."""
    named = [values.get(spec.name, "") for spec in pack.fields if spec.type == "name"]
    return " ".join(reversed(named)).title() or "Signé"

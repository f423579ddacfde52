"""Prints a batch of practice mail: the inbox, what the targets know, and the truth.

``OUT/inbox/`` holds the files; ``OUT/register.json`` the people each target knows beforehand;
``OUT/truth.json`` what every document says and what should become of it, which only tests and the
demo's last count may read.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from forms.schema import Destination, FormPack, load_pack, load_packs
from greffier.errors import UsageError
from sandbox.paper.degrade import LEVELS
from sandbox.paper.fill import blank_of
from sandbox.paper.pens import Glyphs, load_glyphs
from sandbox.paper.plan import ENTER, REFUSED, Document, PlannedFile, Planner
from sandbox.paper.press import Filled, print_job

DEGRADATIONS = (*LEVELS, "mixed")
DOCUMENTS = 36
#: People the targets know who do not write, in hundredths of those who do.
_SILENT = 60


@dataclass(frozen=True)
class Printed:
    """What was printed, and where."""

    inbox: Path
    register: Path
    truth: Path
    files: int
    documents: int


def find_pack(name: str) -> FormPack:
    """The pack called ``name``, or the one in that folder. Raises ``UsageError``."""
    packs = load_packs()
    if name in packs:
        return packs[name]
    if (Path(name) / "form.yaml").is_file():
        return load_pack(Path(name))
    raise UsageError("pack-unknown", pack=name)


def print_batch(
    out: Path,
    *,
    seed: int = 1,
    pack: FormPack | str = "changement-adresse",
    degradation: str = "mixed",
    glyphs: Path | None = None,
    documents: int = DOCUMENTS,
    progress: Callable[[int, int], None] = lambda done, total: None,
    workers: int | None = None,
) -> Printed:
    """Print ``documents`` documents into ``out``: the same bytes for the same arguments.

    ``glyphs`` is an ``.npz`` of real characters for hand-printed fields (see ``load_glyphs``).
    ``progress`` is told files done and files in all. ``workers`` processes print (default: one a
    processor; 0: this one). Raises ``UsageError`` for what cannot be printed, and when ``out``
    already holds a batch.
    """
    if degradation not in DEGRADATIONS:
        raise UsageError("degradation-unknown", degradation=degradation)
    if documents < 1:
        raise UsageError("documents-too-few")
    pack = find_pack(pack) if isinstance(pack, str) else pack
    blank_of(pack)
    signs = load_glyphs(glyphs) if glyphs else None
    inbox = out / "inbox"
    if inbox.exists() and any(inbox.iterdir()):
        raise UsageError("out-not-empty", path=inbox)
    inbox.mkdir(parents=True, exist_ok=True)

    planner = Planner(pack, seed, degradation)
    files = planner.plan(documents)
    task = partial(_print_one, inbox, pack, signs)
    for done, _ in enumerate(_each(task, files, workers), start=1):
        progress(done, len(files))
    printed = Printed(inbox, out / "register.json", out / "truth.json", len(files), documents)
    _write(printed.register, {"targets": _register(planner, files)})
    about = {"pack": pack.id, "seed": seed, "degradation": degradation}
    _write(printed.truth, about | {"files": _truth(pack, files)})
    return printed


def _print_one(inbox: Path, pack: FormPack, glyphs: Glyphs | None, file: PlannedFile) -> None:
    (inbox / file.name).write_bytes(print_job(file.job, pack, glyphs))


def _each(
    task: Callable[[PlannedFile], None], files: list[PlannedFile], workers: int | None
) -> Iterable[None]:
    """Do every file, the longest first so that no process is left with it at the end."""
    files = sorted(files, key=lambda file: -len(file.job.papers))
    workers = min(len(files), (os.cpu_count() or 1) if workers is None else workers)
    if workers < 2:
        yield from map(task, files)
        return
    # A server that has imported everything once, and has no threads, forks the printers.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sandbox.paper.press"])
    with ProcessPoolExecutor(workers, context) as pool:
        yield from pool.map(task, files)


def _write(path: Path, what: Any) -> None:
    path.write_text(json.dumps(what, ensure_ascii=False, indent=1) + "\n", "utf-8")


# --- what the targets know -----------------------------------------------------------------------


def _register(planner: Planner, files: list[PlannedFile]) -> dict[str, list[dict[str, str]]]:
    """For each target the files it holds: everybody who writes, and some who do not, among them
    namesakes. In no order that tells them apart."""
    writers = [
        document.person
        for file in files
        for document in file.documents
        if document.person and document.resend_of is None
    ]
    silent = [planner.people.person() for _ in range(len(writers) * _SILENT // 100)]
    silent += [planner.people.homonym(person) for person in writers[::7]]
    people = writers + silent
    register = {}
    for target, destination in planner.pack.destinations.items():
        planner.rng.shuffle(people)
        register[target] = [_known(planner, destination, person) for person in people]
    return register


def _known(planner: Planner, destination: Destination, person: dict[str, str]) -> dict[str, str]:
    """A file as it stands before the mail: by the target's field names, with the old address.

    Canonical values, spelt as on an envelope. What the mail is about to say anew is not in it.
    """
    known = {}
    for target_name, name in {**destination.values, **destination.identity}.items():
        spec = planner.pack.field(name)
        if name.startswith("new_"):
            known[target_name] = person.get(name.replace("new_", "old_", 1), "")
        elif spec.type == "phone":
            known[target_name] = f"{person[name][:8]}{planner.rng.randrange(100):02d}"
        elif spec.type not in ("date", "email") or name in destination.identity.values():
            known[target_name] = person[name]
    return known | {
        spec.name: person[spec.name]
        for spec in planner.pack.fields
        if spec.type == "name" or spec.name == "birth_date"
    }


# --- the truth -----------------------------------------------------------------------------------


def _truth(pack: FormPack, files: list[PlannedFile]) -> list[dict[str, Any]]:
    return [_file_truth(pack, file, files) for file in files]


def _file_truth(pack: FormPack, file: PlannedFile, files: list[PlannedFile]) -> dict[str, Any]:
    """Pages are 1-based; a file that cannot be opened, and one that is no document, has none."""
    readable = file.job.medium not in ("noise", "word", "locked-pdf", "truncated-tiff")
    sides = blank_of(pack)[0].pages
    documents: list[dict[str, Any]] = []
    blanks: list[int] = []
    left = list(file.documents)
    page = 1
    for paper in file.job.papers:
        pages = list(range(page, page + (sides if isinstance(paper, Filled) else 1)))
        page = pages[-1] + 1
        if left and paper is left[0].paper:
            truth = _document_truth(pack, file, left.pop(0), files)
            documents.append(truth | {"pages": pages if readable else []})
        else:
            blanks += pages
    documents += [_document_truth(pack, file, other, files) | {"pages": []} for other in left]
    for number, document in enumerate(documents, start=1):
        document["document"] = number
    return {
        "name": file.name,
        "medium": file.job.medium,
        "level": file.job.level,
        "pages": page - 1 if readable else 0,
        "blank_pages": blanks,
        "turned_pages": [number for number in range(1, page) if number - 1 in file.job.turned],
        "documents": documents,
    }


def _document_truth(
    pack: FormPack, file: PlannedFile, document: Document, files: list[PlannedFile]
) -> dict[str, Any]:
    paper = document.paper if isinstance(document.paper, Filled) else None
    values = paper.values if paper else {}
    refused = document.expected == REFUSED
    entries = {
        target: {
            "values": {theirs: values[ours] for theirs, ours in destination.values.items()},
            "identity": {theirs: values[ours] for theirs, ours in destination.identity.items()},
        }
        for target, destination in pack.destinations.items()
        if values and not refused and (not destination.when or values[destination.when])
    }
    resent = None if document.resend_of is None else files[document.resend_of].name
    return {
        "form": pack.id if paper else None,
        "trouble": document.trouble,
        "expected": list(document.expected),
        "by": paper.by if paper else None,
        # Clean and typed: must be entered everywhere it asks for, and confirmed there.
        "clean": document.expected == ENTER and document.trouble is None,
        "fields": values,
        "illegible": [paper.scribbled] if paper and paper.scribbled else [],
        "entries": entries,
        "resend_of": resent,
    }

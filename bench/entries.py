"""Entries a minute, bots against bare Playwright scripts: ``python -m bench.entries --help``.

For each practice target, the framework (ledger in memory, all evidence kept in a folder) and a bare
script take turns in the same browser, one entry each: the same keystrokes on the same screens, the
search after the save included. The bare script checks nothing and keeps nothing. What else the
machine does falls on both; the figure is the median of what one took by what the other took, pair
by pair. Both sign in before the clock starts, and what each typed is compared in the target.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

from bots import elections_quebec, emploi_solidarite, ramq, retraite_quebec, revenu_quebec, saaq
from bots.contract import Bot
from bots.memory import FolderEvidence, MemoryLedger
from bots.registry import bot_for
from bots.runner import enter
from bots.session import Credentials, Session, launch
from greffier.words import EntryState, Record
from sandbox.serve import LiveTarget
from sandbox.someone import HELENE, MOVE, file_of_helene
from sandbox.targets import TARGETS

#: A bare script's window, signed in: enters the values as shown.
Bare = Callable[[Page, str, Mapping[str, str]], None]


def number(target: str, index: int) -> str:
    """The file number of the person ``index``, in the target's own form."""
    if target == "ramq":
        return f"LAVH9054{index:04}"
    return f"L{index:012}" if target == "saaq" else f"{index % 9 + 1}{index:09}"


def record(kind: type[Bot], index: int) -> Record:
    values = MOVE | {"file_number": number(kind.target, index)}
    return Record(
        target=kind.target,
        form="changement-adresse",
        values={name: values[name] for name in (*kind.searched_by, *kind.fields)},
        identity={name: HELENE[name] for name in kind.identity},
    )


# -- Bare scripts: what somebody in a hurry would write ------------------------------------------


def _type(page: Page | FrameLocator, labels: Mapping[str, str], values: Mapping[str, str]) -> None:
    for name, label in labels.items():
        page.get_by_label(label, exact=True).fill(values[name])


def bare_elections(page: Page, url: str, values: Mapping[str, str]) -> None:
    def search() -> None:
        page.goto(f"{url}/recherche")
        page.get_by_label("Numéro de dossier").fill(values["file_number"])
        page.get_by_role("button", name="Rechercher").click()
        page.get_by_text("Changements inscrits").wait_for()

    search()
    page.get_by_role("link", name="Inscrire un changement").click()
    _type(page, elections_quebec.LABELS, values)
    page.get_by_role("button", name="Soumettre").click()
    page.get_by_text("est inscrit au registre").wait_for()
    search()


def bare_ramq(page: Page, url: str, values: Mapping[str, str]) -> None:
    def search() -> None:
        page.goto(f"{url}/Dossier.aspx")
        page.get_by_label("Numéro de dossier").fill(values["file_number"])
        page.get_by_role("button", name="Rechercher").click()
        page.get_by_text("Demandes enregistrées").wait_for()

    search()
    page.get_by_label("Genre de demande").select_option("Changement d'adresse")
    for name, label in ramq.LABELS.items():
        page.get_by_label(label).fill(values[name])
    page.get_by_role("button", name="Soumettre la demande").click()
    page.get_by_text("a été enregistrée").wait_for()
    search()


def bare_revenu(page: Page, url: str, values: Mapping[str, str]) -> None:
    def cell(label: str) -> str:
        return (
            f'xpath=//td[normalize-space(.)="{label}"]/following-sibling::td//input[@type="text"]'
        )

    def search() -> FrameLocator:
        page.goto(f"{url}/accueil")
        frame = page.frame_locator("frame[name=travail]")
        frame.locator(cell("No de dossier")).fill(values["file_number"])
        frame.get_by_role("button", name="Rechercher").click()
        frame.get_by_text("CONSULTATION DU DOSSIER").wait_for()
        return frame

    frame = search()
    frame.get_by_text("Changer l'adresse").click()
    for name, label in revenu_quebec.LABELS.items():
        frame.locator(cell(label)).fill(values[name])
    with page.expect_popup() as opened:
        frame.get_by_role("button", name="Enregistrer").click()
    opened.value.get_by_role("button", name="Confirmer").click()
    opened.value.get_by_text("CHANGEMENT ENREGISTRÉ").wait_for()
    opened.value.close()
    search()


def bare_saaq(page: Page, url: str, values: Mapping[str, str]) -> None:
    def search() -> None:
        page.goto(f"{url}/etape1")
        page.get_by_label("Numéro de dossier").fill(values["file_number"])
        page.get_by_role("button", name="Chercher").click()
        page.get_by_text("Changements au dossier").wait_for()

    search()
    page.get_by_text("Changer l'adresse").click()
    for labels in (saaq.ADDRESS, saaq.WHEN):
        for name, label in labels.items():
            page.get_by_label(label).fill(values[name])
        page.get_by_role("button", name="Suivant").click()
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Changement enregistré").wait_for()
    search()


def bare_emploi(page: Page, url: str, values: Mapping[str, str]) -> None:
    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()
        page.locator("#voile.actif").wait_for(state="hidden")

    def search() -> None:
        page.goto(f"{url}/accueil")
        page.get_by_label("No de dossier").fill(values["file_number"])
        press("Rechercher")
        press("No de dossier")
        row = page.get_by_role("row").filter(has=page.get_by_text(values["file_number"]))
        while not row.count():
            press("Suivante")
        row.get_by_role("button", name="Ouvrir").click()
        page.locator("#voile.actif").wait_for(state="hidden")
        page.get_by_text(f"Dossier {values['file_number']}", exact=True).wait_for()

    search()
    page.get_by_role("button", name="Changer l'adresse").click()
    _type(page, emploi_solidarite.LABELS, values)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("No de confirmation :").wait_for()
    search()


def bare_retraite(page: Page, url: str, values: Mapping[str, str]) -> None:
    def put(row: int, column: int, text: str) -> None:
        line = page.locator("#grille .ligne").nth(row - 1)
        box = line.bounding_box()
        assert box
        line.click(position={"x": (column - 0.5) * box["width"] / 80, "y": box["height"] / 2})
        page.keyboard.press("End")
        page.keyboard.type(text)

    def press(key: str, display: str) -> None:
        page.keyboard.press(key)
        page.locator("#grille .ligne").first.get_by_text(display).wait_for()

    def search() -> None:
        page.goto(f"{url}/terminal")
        page.locator("#grille .ligne").first.get_by_text("RQ").first.wait_for()
        if "RQM0" not in page.locator("#grille .ligne").first.inner_text():
            press("F3", "RQM0")
        put(13, 33, "1")
        press("Enter", "RQR1")
        put(8, 39, values["file_number"])
        press("F5", "RQD1")
        page.keyboard.press("F8")
        page.get_by_text("MAJ0202E").wait_for()

    search()
    press("F6", "RQC1")
    for name, (row, column, _) in retraite_quebec.ENTRY.items():
        put(row, column, values[name])
    press("F6", "RQC2")
    put(20, 24, "O")
    press("Enter", "RQC3")
    search()


BARE: dict[str, Bare] = {
    "elections-quebec": bare_elections,
    "emploi-solidarite": bare_emploi,
    "ramq": bare_ramq,
    "retraite-quebec": bare_retraite,
    "revenu-quebec": bare_revenu,
    "saaq": bare_saaq,
}


class Bystander:
    """A window signed in to the target that nothing of ours watches."""

    def __init__(self, kind: type[Bot], url: str, who: Credentials, browser: Browser) -> None:
        self.kind, self.url, self.who, self.browser = kind, url, who, browser
        self._page: Page | None = None

    def page(self) -> Page:
        if self._page is None:
            with Session(self.kind, self.url, self.who, browser=self.browser) as session:
                cookies = session.bot().screen.page.context.cookies()
            context = self.browser.new_context(locale="fr-CA", timezone_id="America/Toronto")
            context.add_cookies(cookies)  # type: ignore[arg-type]
            self._page = context.new_page()
            self._page.on("dialog", lambda dialog: dialog.accept())
        return self._page

    def close(self) -> None:
        if self._page:
            self._page.context.close()
            self._page = None


# -- The run -------------------------------------------------------------------------------------


def measure(browser: Browser, target: str, pairs: int, state: Path) -> dict[str, object]:
    """Rates of ``target`` in entries a minute, and their ratio with its quartiles."""
    kind = bot_for(target)
    files = [file_of_helene(number(target, index)) for index in range(2 * pairs + 2)]
    with ExitStack() as stack:
        live = stack.enter_context(LiveTarget(target, state / target, files))
        live.control.order(error_every=0)  # no pretended failures: neither side is timed at them
        # Both are signed in all the time: else each turn would begin with signing in again.
        live.target.most_sessions = 0  # type: ignore[misc]
        who = Credentials(live.credentials.user, live.credentials.password)
        ours = stack.enter_context(Session(kind, live.url, who, browser=browser))
        theirs = Bystander(kind, live.url, who, browser)
        stack.callback(theirs.close)
        indexes = iter(range(len(files)))

        def by_bot() -> None:
            index = next(indexes)
            ledger, evidence = MemoryLedger(), FolderEvidence(state / "evidence" / f"{index}")
            claim = ledger.claim(ledger.plan())
            outcome = enter(ours, record(kind, index), claim, ledger, evidence)
            assert outcome.state is EntryState.CONFIRMED, outcome
            assert not evidence.missing

        def bare() -> None:
            wanted = record(kind, next(indexes))
            shown = {name: how.of(wanted.values[name]) for name, how in kind.fields.items()}
            shown["file_number"] = wanted["file_number"]
            BARE[target](theirs.page(), live.url, shown)

        for way in (by_bot, bare):
            way()  # warm: sign-in, caches, fonts
        times: dict[Callable[[], None], list[float]] = {by_bot: [], bare: []}
        for pair in range(pairs):
            for way in (by_bot, bare) if pair % 2 else (bare, by_bot):
                start = time.perf_counter()
                way()
                times[way].append(time.perf_counter() - start)
        check_saved(kind, live.control.changes(), len(files))
    ratios = [b / a for a, b in zip(times[by_bot], times[bare], strict=True)]
    low, middle, high = (round(one, 2) for one in statistics.quantiles(ratios, n=4))
    return {
        "target": target,
        "bot_per_minute": round(60 / statistics.median(times[by_bot]), 1),
        "bare_per_minute": round(60 / statistics.median(times[bare]), 1),
        "ratio": middle,
        "quartiles": [low, high],
    }


def check_saved(kind: type[Bot], saved: list[dict[str, object]], entries: int) -> None:
    """Both sides have typed the same: every entry is there once, in the same words."""
    assert len(saved) == entries, "an entry is missing or doubled"
    assert len({row["file_number"] for row in saved}) == entries
    for name in kind.fields:
        assert len({row[name] for row in saved}) == 1, f"{name} was typed otherwise"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", default=sorted(TARGETS))
    parser.add_argument("--pairs", type=int, default=20, help="entries of each side, in turn")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        for target in arguments.targets or sorted(TARGETS):
            state = Path(folder)
            (state / target).mkdir()
            found = measure(browser, target, arguments.pairs, state)
            print(json.dumps(found), flush=True)
        browser.close()


if __name__ == "__main__":
    main()

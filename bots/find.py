"""How a label becomes a place on the page: rules that fit proper forms and old ones alike.

A label is what a person reads beside a control, without its colon or asterisk. Old screens put it
in the table cell before; newer ones in a ``<label>``. ``css=…`` and ``xpath=…`` name a place
outright. Each function gives the locators to try in one frame, best first: the next is only looked
at when the one before shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from playwright.sync_api import Frame, Locator

#: From a frame to the locators to try in it, best first.
Finder = Callable[[Frame], Sequence[Locator]]

_SELECTORS = ("css=", "xpath=")
_CONTROL = "*[self::input[not(@type='hidden')] or self::select or self::textarea]"
_ROWS = "tr:not(:has(tr)), [role=row]"


def tidy(text: str) -> str:
    """``text`` with every run of white space (French sets hard spaces) as one blank."""
    return " ".join(text.split())


def _caption(label: str) -> re.Pattern[str]:
    """``label`` alone, with or without a colon or asterisk after it."""
    words = (re.sub(r"([\\^$.|?*+()\[\]{}/-])", r"\\\1", word) for word in label.split())
    return re.compile(r"^\s*" + r"\s+".join(words) + r"[\s:*]*$")


def _literal(text: str) -> str:
    """``text`` as an XPath 1.0 string, which has no way to escape a quote."""
    if '"' not in text:
        return f'"{text}"'
    return "concat(" + ", '\"', ".join(f'"{part}"' for part in text.split('"')) + ")"


def _cell_after(label: str) -> str:
    """XPath of the table cell (or definition) that follows the one that says ``label``."""
    said = 'normalize-space(translate(., "\u00a0:*", "   "))'
    wanted = _literal(tidy(re.sub(r"[:*]", " ", label)))
    return (
        f"xpath=//*[self::td or self::th or self::dt][{said} = {wanted}]"
        "/following-sibling::*[1][self::td or self::dd]"
    )


def control(label: str) -> Finder:
    """The box, list or area that ``label`` stands beside."""
    if label.startswith(_SELECTORS):
        return lambda frame: [frame.locator(label)]
    return lambda frame: [
        frame.get_by_label(_caption(label)),
        frame.locator(f"{_cell_after(label)}//{_CONTROL}"),
    ]


def shown(label: str) -> Finder:
    """What ``label`` stands beside: a control, else a cell that merely shows a value."""
    if label.startswith(_SELECTORS):
        return control(label)
    cell = f"{_cell_after(label)}[not(.//{_CONTROL})]"
    return lambda frame: [*control(label)(frame), frame.locator(cell)]


def button(name: str, row: str | None) -> Finder:
    """The button or link called ``name``; with ``row``, in the table row with such a cell.

    Where there is neither: what a page of old makes a menu of, any element with a script to run.
    """

    def found(frame: Frame) -> Sequence[Locator]:
        scope: Frame | Locator = frame
        if row is not None:
            cell = frame.get_by_text(row, exact=True)
            scope = frame.locator(_ROWS).filter(has=cell)
        if name.startswith(_SELECTORS):
            return [scope.locator(name)]
        called = _caption(name)
        return [
            scope.get_by_role("button", name=called),
            scope.get_by_role("link", name=called),
            scope.locator("[onclick]").filter(has_text=called),
        ]

    return found


#: All innermost tables of a document: captions of the columns, then the visible rows.
TABLES = """() => {
  const words = node => (node.innerText ?? "").replace(/\\s+/g, " ").trim();
  const visible = node => node.getClientRects().length > 0;
  return [...document.querySelectorAll("table:not(:has(table))")].filter(visible).map(table => {
    const rows = [...table.rows].filter(visible).map(row => [...row.cells].map(words));
    const head = [...table.rows].filter(visible).findIndex(row => row.querySelector("th"));
    return {columns: rows[Math.max(head, 0)] ?? [], rows: rows.slice(Math.max(head, 0) + 1)};
  });
}"""

"""What a picture may show: the words of the program, and this entry's own data.

Old screens list people: results of a search, changes of the day. A picture is kept for years, so
whoever is not this record's holder is covered while it is taken, by a rule that a bot's author need
not think of:

- of a list (rows under headings, list items, ``Bot.lists``) only the rows of this entry are shown:
  those that hold its file number or, in the holder's own file, its date of effect;
- until the file on the screen is known to be the holder's, nothing is shown but labels, headings of
  columns, buttons, what the bot waits for, and the record's own values;
- from then on the file is shown, lists excepted;
- a password never is, nor a frame of another site.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bots.compare import Wanted
from bots.scripts import CONTROLS
from greffier.words import Record

#: Marks what is covered, while the picture is taken.
_MARK = "data-greffier-covered"
_SHEET = f"""
  [{_MARK}], [{_MARK}] * {{
    background: #f0f !important; color: #f0f !important; border-color: #f0f !important;
    -webkit-text-fill-color: #f0f !important; text-shadow: none !important;
    transition: none !important; animation: none !important; }}
  [{_MARK}]::before, [{_MARK}]::after, [{_MARK}] *::before, [{_MARK}] *::after,
  [{_MARK}]::placeholder, [{_MARK}] ::placeholder,
  [{_MARK}] :is(img, svg, canvas, video), :is(img, iframe, frame)[{_MARK}] {{
    visibility: hidden !important; color: #f0f !important; }}
"""


@dataclass(frozen=True)
class Own:
    """What one entry may show of itself. ``numbers`` and ``dates`` are what its key is made of."""

    values: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()

    @classmethod
    def of(cls, record: Record, expected: Wanted) -> Own:
        """The values of ``record``, as on paper and as its target shows them."""
        shown = [record.values, record.identity, expected.fields, expected.identity]
        day = "effective_date"
        return cls(
            values=frozenset(value for all_ in shown for value in all_.values() if value),
            numbers=frozenset(filter(None, [record.values.get("file_number")])),
            dates=frozenset(filter(None, [record.values.get(day), expected.fields.get(day)])),
        )


def question(
    own: Own, *, program: Iterable[str], password: str, lists: str, recognised: bool
) -> Mapping[str, Any]:
    """What ``COVER`` is asked with. ``program``: labels and phrases that name nobody."""
    told: dict[str, str | bool | Collection[str]] = {
        "program": sorted(program),
        "password": password,
        "lists": lists,
        "recognised": recognised,
    }
    return told | {name: sorted(getattr(own, name)) for name in ("values", "numbers", "dates")}


#: Covers a window and its frames for the picture. Gives the page's size in CSS pixels, and the
#: words that are left to be seen.
COVER = (
    "asked => {"
    + CONTROLS
    + f"const MARK = {_MARK!r}, SHEET = `{_SHEET}`;"
    + r"""
  const plain = text => (text ?? "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
  const set = texts => new Set(texts.map(plain).filter(Boolean));
  const [values, numbers, dates] = [set(asked.values), set(asked.numbers), set(asked.dates)];
  const program = set(asked.program);
  const own = text => values.has(plain(text)) || program.has(plain(text));
  const awaited = text => [...program].some(phrase =>
    phrase.length > 8 && plain(text).includes(phrase));
  const fields = "input:not([type=hidden]), select, textarea";
  const typed = "input:not([type=checkbox], [type=radio], [type=submit], [type=button], " +
    "[type=reset], [type=image], [type=hidden]), textarea, select";
  const covered = node => node.closest(`[${MARK}]`);
  const cover = node => node.setAttribute(MARK, "");
  const cells = item => item.matches("tr, [role=row]")
    ? [...item.querySelectorAll("td, [role=cell], [role=gridcell]")] : [item];

  // The rows of lists: not those of a form, nor a program's own menus and messages.
  const row = node => node.closest("table")?.querySelector("th") && !node.querySelector("th") &&
    ![...node.querySelectorAll(typed)].some(visible) && !program.has(plain(words(node.cells[0])));
  const item = node => !node.closest("nav, menu, [role=menu], [role=navigation], [role=alert]") &&
    !node.querySelector("[role=columnheader]");
  const items = root => {
    const rows = [...root.querySelectorAll("tr")].filter(row);
    const others = [...root.querySelectorAll("[role=row], li, [role=listitem], [role=option]")];
    const more = asked.lists ? [...root.querySelectorAll(asked.lists)] : [];
    return [...rows, ...others.filter(node => !node.matches("tr") && item(node)), ...more];
  };
  const holds = (node, wanted) => cells(node).some(cell =>
    [cell, ...cell.querySelectorAll("*")].some(part => wanted.has(plain(words(part)))));
  const coverLists = root => {
    const groups = new Map();
    for (const node of items(root)) {
      const list = node.closest("table, ul, ol, [role=list], [role=grid], [role=table]") ?? root;
      groups.set(list, [...groups.get(list) ?? [], node]);
    }
    for (const list of groups.values()) {
      const numbered = list.filter(node => holds(node, numbers));
      const ours = numbered.length || !asked.recognised
        ? numbered : list.filter(node => holds(node, dates));
      ours.flatMap(cells).forEach(node => seen.add(node));
      list.filter(node => !ours.includes(node)).flatMap(cells).forEach(cover);
    }
  };

  const seen = new Set();
  const known = node => {
    for (let up = node; up; up = up.parentElement) if (seen.has(up)) return true;
    return node.closest("label, th, legend, caption, button, [role=button], option");
  };
  const coverUnknown = root => {
    for (const node of root.body?.querySelectorAll("*") ?? []) {
      if (known(node) || node.matches("script, style")) continue;
      const said = [...node.childNodes].filter(part => part.nodeType === 3);
      const text = said.map(part => part.data).join(" ").trim();
      if (text && !own(text) && !own(words(node)) && !awaited(words(node))) cover(node);
    }
    for (const field of controls(typed, root)) {
      const shown = field.matches("select") ? field.selectedOptions[0]?.text : field.value;
      if (shown && !own(shown)) cover(field);
    }
  };
  const left = root => {
    const walk = root.createTreeWalker(root.body, NodeFilter.SHOW_TEXT);
    const all = [];
    while (walk.nextNode()) {
      const node = walk.currentNode.parentElement;
      if (!covered(node) && !node.matches("script, style, option") && visible(node)) {
        all.push(walk.currentNode.data);
      }
    }
    return all.join(" ");
  };

  const said = [];
  const read = root => {
    const sheet = new root.defaultView.CSSStyleSheet();
    sheet.replaceSync(SHEET);
    sheet.greffier = true;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    coverLists(root);
    if (!asked.recognised) coverUnknown(root);
    for (const field of controls(fields, root)) {
      const secret = field.type === "password" || labels(field).includes(asked.password);
      const list = field.matches("select") && (field.multiple || field.size > 1);
      if (secret || list) cover(field);
    }
    if (root.body) said.push(left(root));
    for (const frame of root.querySelectorAll("iframe, frame")) {
      if (frame.contentDocument?.documentElement) read(frame.contentDocument);
      else cover(frame);
    }
  };
  read(document);
  const page = document.documentElement;
  return {
    width: Math.max(page.scrollWidth, innerWidth), height: page.scrollHeight,
    beyond: page.scrollHeight > innerHeight || page.scrollWidth > innerWidth,
    words: said.join(" ").replace(/\s+/g, " ").trim(),
  };
}"""
)

#: Takes the covers away again.
UNCOVER = f"""() => {{
  const read = root => {{
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter(sheet => !sheet.greffier);
    root.querySelectorAll("[{_MARK}]").forEach(node => node.removeAttribute({_MARK!r}));
    for (const frame of root.querySelectorAll("iframe, frame")) {{
      if (frame.contentDocument?.documentElement) read(frame.contentDocument);
    }}
  }};
  read(document);
}}"""

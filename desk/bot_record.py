"""``greffier bots record``: what Playwright's recorder saw a person do, as a bot's four methods.

The recording is Playwright's own Python (``desk.recorder``, or ``playwright codegen`` elsewhere),
read as syntax and never run. What a person alone can say is left for them to write: whose file it
is, and how the target says no. Nothing that was typed is copied: a recording holds a password, and
people's data.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from bots.session import launch
from desk.bot_new import SCAFFOLD, names_of
from desk.bot_try import has_display, with_windows
from desk.recorder import recorded
from desk.show import console
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.settings import Settings

#: Playwright's verb → ours.
VERBS = {
    "goto": "go",
    "fill": "type",
    "press_sequentially": "type",
    "select_option": "choose",
    "check": "tick",
    "set_checked": "tick",
    "click": "press",
    "dblclick": "press",
    "press": "key",
}
#: What the recorder writes where a dialog or a window opens → what the author must make of it.
MARKS = {
    "once": '# À FAIRE: around what follows, with self.screen.expecting("words of the dialog"):',
    "expect_popup": "# À FAIRE: after what follows, with self.screen.popup() as window:",
}
#: A field that a password is typed in, by its label.
PASSWORD = re.compile(r"mot de passe|password|nip\b", re.IGNORECASE)
#: What a person clicks that is no button: the field, before typing in it.
FIELDS = ("get_by_label", "get_by_placeholder", "textbox", "combobox", "checkbox", "radio")


@dataclass(frozen=True)
class Action:
    """One thing done: ``verb`` (of ``VERBS``, or ``MARKS``) on what is called ``label``."""

    verb: str
    label: str

    def line(self) -> str:
        """The line of a bot that does it again."""
        return f'self.screen.{self.verb}("{_quoted(self.label)}")'


@dataclass(frozen=True)
class Parts:
    """A recording cut where a bot is: sign-in, search, form, and the press that saves."""

    sign_in: list[Action]
    locate: list[Action]
    fill: list[Action]
    submit: list[Action]


def record_bot(
    settings: Settings, url: str, target: str, source: Path | None, out: Path | None
) -> None:
    """Print, or write to ``out``, the bot that a recording of ``url`` amounts to.

    ``source`` is a recording made elsewhere; without one the recorder is started, which needs a
    display. Raises ``UsageError``: ``no-display``, ``not-a-recording``.
    """
    recording = source.read_text(encoding="utf-8") if source else shown_to_us(settings, url)
    code = bot_of(recording, target)
    if out is None:
        console.print(code, markup=False, soft_wrap=True)
    else:
        out.write_text(code, encoding="utf-8")
        console.print(t("cli.bots.record.done", details={"path": out}), markup=False)


def shown_to_us(settings: Settings, url: str) -> str:
    """What a person does in a window that opens on ``url``, until they close it."""
    if not has_display():
        raise UsageError("no-display-to-record", url=url)
    with sync_playwright() as playwright:
        browser = launch(playwright, with_windows(settings.chromium), headed=True)
        return recorded(browser, url)


def bot_of(recording: str, target: str) -> str:
    """The Python of a bot that does what ``recording`` did. Raises ``not-a-recording``."""
    try:
        parts = cut(actions_of(recording))
    except SyntaxError:
        raise UsageError("not-a-recording") from None
    typed = [action.label for action in parts.fill if action.verb in ("type", "choose", "tick")]
    if not typed or not parts.submit:
        raise UsageError("not-a-recording")
    labels = {field_name(label): label for label in typed}
    names = {label: name for name, label in labels.items()}
    signs = [action.label for action in parts.sign_in if action.verb in ("type", "press")]
    path = next((action.label for action in parts.sign_in if action.verb == "go"), "/")
    template = Template((SCAFFOLD / "recorded.py.txt").read_text(encoding="utf-8"))
    return template.substitute(
        names_of(target),
        labels="\n".join(f'    "{name}": "{_quoted(it)}",' for name, it in labels.items()),
        login=", ".join(f'"{_quoted(it)}"' for it in [path, *signs, "", "", ""][:4]),
        locate=_lines(parts.locate, {}),
        fill=_lines(parts.fill, names),
        submit=_lines(parts.submit, {}),
    )


def actions_of(recording: str) -> list[Action]:
    """The actions of a recording, in order. Clicks into a field before typing are left out."""
    calls = [node for node in ast.walk(ast.parse(recording)) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))
    found = []
    for call in calls:
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in VERBS:
            if isinstance(call.func, ast.Attribute) and call.func.attr in MARKS:
                found.append(Action(call.func.attr, ""))
            continue
        verb, place = VERBS[call.func.attr], call.func.value
        if verb == "go":
            found.append(Action(verb, _path(_text(call.args[0]))))
        elif verb == "key" and _text(call.args[0]) in ("Tab", "CapsLock"):
            continue  # bots leave a field by themselves
        elif verb == "key":
            found.append(Action(verb, _text(call.args[0])))
        elif isinstance(place, ast.Call) and not (verb == "press" and _is_field(place)):
            found.append(Action(verb, _label(place)))
    return found


def cut(actions: list[Action]) -> Parts:
    """Where sign-in ends, the search, the form, and what saves.

    Sign-in is what leads to the first press after a password; the search, to the first press after
    something typed; the last press saves, with all that follows it; the form is between.
    """
    start = next((n for n, one in enumerate(actions) if PASSWORD.search(one.label)), None)
    signed = 0 if start is None else _after_press(actions, start)
    sought = _after_press(actions, _next_typed(actions, signed))
    saved = max(
        (n for n, one in enumerate(actions) if one.verb in ("press", "key") and n >= sought),
        default=len(actions),
    )
    while saved > sought and actions[saved - 1].verb in MARKS:
        saved -= 1  # the dialog or the window of the save
    search = actions[signed:sought]
    if not any(one.verb == "go" for one in search):
        search = [Action("go", "/"), *search]  # a search begins anew, from anywhere
    return Parts(actions[:signed], search, actions[sought:saved], actions[saved:])


def field_name(label: str) -> str:
    """A record's name made of a label: « No de téléphone » gives ``no_de_telephone``."""
    plain = unicodedata.normalize("NFD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "field"


def _next_typed(actions: list[Action], start: int) -> int:
    typed = (n for n in range(start, len(actions)) if actions[n].verb == "type")
    return next(typed, len(actions))


def _after_press(actions: list[Action], start: int) -> int:
    pressed = (n for n in range(start, len(actions)) if actions[n].verb in ("press", "key"))
    return next((n + 1 for n in pressed), len(actions))


def _lines(actions: list[Action], names: dict[str, str]) -> str:
    """Lines of a method; what was typed becomes the record's field."""
    lines = []
    for action in actions:
        label = _quoted(action.label)
        if action.verb in MARKS:
            lines.append(f"        {MARKS[action.verb]}")
        elif action.verb in ("type", "choose"):
            value = f'self.shown(record, "{names[action.label]}")' if names else SEARCHED
            lines.append(f'        self.screen.{action.verb}("{label}", {value})')
        else:
            lines.append(f"        {action.line()}")
    return "\n".join(lines) or "        pass"


#: What a search is made by, until the author says otherwise.
SEARCHED = 'record["file_number"]'


def _is_field(place: ast.Call) -> bool:
    kind = place.func.attr if isinstance(place.func, ast.Attribute) else ""
    role = _text(place.args[0]) if kind == "get_by_role" and place.args else kind
    return role in FIELDS


def _label(place: ast.Call) -> str:
    """What the bot's screen calls a recorder's locator."""
    kind = place.func.attr if isinstance(place.func, ast.Attribute) else ""
    first = _text(place.args[0]) if place.args else ""
    if kind == "get_by_role":
        named = next((word.value for word in place.keywords if word.arg == "name"), None)
        return _text(named) if named else f"css=[role={first}]"
    if kind in ("first", "nth", "filter") and isinstance(place.func, ast.Attribute):
        inner = place.func.value
        return _label(inner) if isinstance(inner, ast.Call) else ""
    if kind == "get_by_placeholder":
        return f'css=[placeholder="{first}"]'
    if kind == "locator":
        return first if first.startswith(("css=", "xpath=")) else f"css={first}"
    return first


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _path(url: str) -> str:
    return urlsplit(url).path or "/"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')

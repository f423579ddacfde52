"""What is asked of a page in its own language: the controls it shows, its values, its tables."""

from __future__ import annotations

#: Visible controls of a document, and the label a person reads beside each.
CONTROLS = """
  const words = node => (node?.innerText ?? node?.textContent ?? "").replace(/\\s+/g, " ").trim();
  const tidy = text => text.replace(/[\\s:*]+$/, "");
  const labels = field => {
    const by = field.ownerDocument.getElementById(field.getAttribute("aria-labelledby"));
    const cell = field.closest("td, dd")?.previousElementSibling;
    const all = [field.getAttribute("aria-label"), ...[...field.labels ?? []].map(words)];
    return [...all, words(by), words(cell)].filter(Boolean).map(tidy);
  };
  const label = field => labels(field)[0] ?? "";
  const visible = node =>
    node.getClientRects().length && getComputedStyle(node).visibility === "visible";
  const controls = (all, root = document) => [...root.querySelectorAll(all)].filter(visible);
"""

#: The documents of a window, that of each frame included. Throws where one may not be looked into.
_DOCUMENTS = """
  const documents = (frame = window) => {
    const all = [frame.document];
    for (let i = 0; i < frame.length; i++) all.push(...documents(frame[i]));
    return all;
  };
"""

#: One line for every visible control of a document. Buttons of data tables are left out: there are
#: as many as rows. Options are listed when they are few enough to be choices and not data.
SHAPE = (
    "() => {"
    + CONTROLS
    + """
  const inData = node => node.closest("table")?.querySelector("th") &&
    !node.closest("table").querySelector("input[type=text], input:not([type])");
  const line = node => {
    const type = node.matches("input") ? node.type : node.localName;
    if (node.matches("button, [role=button], [type=submit], [type=button], [type=image]")) {
      return inData(node) ? null : `button "${tidy(node.value || words(node) || node.alt || "")}"`;
    }
    let told = `${type} "${label(node)}"`;
    if (node.maxLength > 0) told += ` max=${node.maxLength}`;
    if (node.required) told += " required";
    if (type === "select" && node.options.length <= 20) {
      told += " of " + [...node.options].map(words).join(" | ");
    }
    return told;
  };
  const all = "input:not([type=hidden]), select, textarea, button, [role=button]";
  return controls(all).map(line).filter(Boolean);
}"""
)

_VALUE = """
  const value = element => {
    if (element.matches("select")) return element.selectedOptions[0]?.text ?? "";
    if (element.matches("[type=checkbox], [type=radio]")) return element.checked ? "yes" : "";
    return "value" in element ? element.value : element.innerText;
  };
"""

#: What each of the elements shows; a ticked box shows ``yes``.
VALUES = "elements => {" + _VALUE + "return elements.map(value); }"

#: Label and value of every visible field, and of every cell that holds none, beside one of the
#: labels: of a window and all its frames.
FIELDS = (
    "asked => {"
    + CONTROLS
    + _DOCUMENTS
    + _VALUE
    + """
  const all = "input:not([type=hidden]), select, textarea";
  const found = [];
  for (const root of documents()) {
    for (const field of controls(all, root)) {
      for (const name of new Set(labels(field))) {
        if (asked.includes(name)) found.push([name, value(field)]);
      }
    }
    for (const cell of controls(":is(td, th, dt) + :is(td, dd)", root)) {
      const name = tidy(words(cell.previousElementSibling));
      if (asked.includes(name) && !cell.querySelector(all)) found.push([name, cell.innerText]);
    }
  }
  return found;
}"""
)

#: Label and value of every visible field of a window and all its frames, in order.
EVERYTHING = (
    "() => {"
    + CONTROLS
    + _DOCUMENTS
    + _VALUE
    + """
  const fields = root => controls("input:not([type=hidden]), select, textarea", root);
  return documents().flatMap(fields).map(field => [labels(field)[0] ?? "", value(field)]);
}"""
)

#: Writes each value in place of what the one field beside its label holds, as if typed: lengths
#: are kept to and events fire. Says whether it did; where one label does not lead to one text field
#: in all frames, nothing is written.
WRITE = (
    "wanted => {"
    + CONTROLS
    + _DOCUMENTS
    + """
  const typed = ["text", "search", "tel", "email", "url", "password", "number", "textarea"];
  const set = ["date", "time", "month", "week", "datetime-local"];
  let fields;
  try {
    const all = documents().flatMap(
      root => controls("input:not([type=hidden]), select, textarea", root));
    fields = wanted.map(([name]) => all.filter(field => labels(field).includes(name)));
  } catch { return false; }
  const ready = field =>
    [...typed, ...set].includes(field.type) && !field.disabled && !field.readOnly;
  if (!fields.every(found => found.length === 1 && ready(found[0]))) return false;
  return fields.every(([field], n) => {
    const text = wanted[n][1];
    field.focus();
    if (set.includes(field.type)) {
      field.value = text;
      for (const event of ["input", "change"]) {
        field.dispatchEvent(new Event(event, {bubbles: true, composed: true}));
      }
      return field.value === text;
    }
    field.select();
    if (text) field.ownerDocument.execCommand("insertText", false, text);
    else if (field.value) field.ownerDocument.execCommand("delete");
    return true;
  });
}"""
)

#: Throws unless an element may be pressed where it is, at once: its page has wholly come, nothing
#: moves in it, it is enabled, in view and, in each frame around it, on top. Then sees to it that
#: only the element gets the press that is next: one that begins elsewhere is swallowed whole, and
#: noted; one that begins on it is let through whole, so that no press is ever done twice.
_READY = """
  const ready = node => {
    const still = frame => {
      const here = frame.document;
      if (here.readyState !== "complete" || here.getAnimations().length) throw 0;
      if (frame !== frame.parent) still(frame.parent);
    };
    const onTop = (x, y, wanted, frame) => {
      const top = frame.document.elementFromPoint(x, y);
      if (!top || !wanted.contains(top)) throw 0;
      const outer = frame.frameElement;
      if (!outer) return;
      const box = outer.getBoundingClientRect();
      onTop(x + box.left + outer.clientLeft, y + box.top + outer.clientTop, outer, frame.parent);
    };
    still(window);
    if (node.matches(":disabled, [aria-disabled=true], [aria-disabled=true] *")) throw 0;
    const box = node.getClientRects()[0];
    onTop(box.left + box.width / 2, box.top + box.height / 2, node, window);
  };
  const guard = node => {
    const events = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
    const swallow = event => {
      if (!event.isTrusted) return;
      node.greffierMissed ??= !event.composedPath().includes(node);
      if (node.greffierMissed) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      if (event.type === "click") end();
    };
    delete node.greffierMissed;
    const end = () => events.forEach(name => removeEventListener(name, swallow, true));
    events.forEach(name => addEventListener(name, swallow, true));
    setTimeout(end, 2000);
  };
"""

#: Whether the press that ``BUTTON`` guarded went astray, so that nothing was pressed.
MISSED = "node => node.greffierMissed === true"

#: The one visible button or link of a document that is called so, ready to be pressed and guarded,
#: or nothing. Throws when that is not plain: several may be meant, its name is made of parts, or it
#: is not ready. Whoever looks closer then knows.
BUTTON = (
    "name => {"
    + CONTROLS
    + _READY
    + """
  const all = "button, [type=submit], [type=button], [type=reset], [type=image], summary, " +
    "a, area, [role=button], [role=link]";
  const parts = "[alt], [title], [aria-label]";
  const plain = text => tidy((text ?? "").replace(/\\s+/g, " ").trim());
  const names = node => [
    node.getAttribute("aria-labelledby") && labels(node).at(0), node.getAttribute("aria-label"),
    node.matches("input") ? node.value || node.alt : words(node), node.title,
  ].filter(Boolean).map(plain);
  const inner = node => [...node.querySelectorAll(parts)].flatMap(
    part => [part.alt, part.title, part.getAttribute("aria-label")]).map(plain);
  const found = controls(all).filter(node => [...names(node), ...inner(node)].includes(name));
  if (!found.length) return null;
  const [node] = found;
  if (found.length > 1 || names(node)[0] !== name || node.querySelector(parts)) throw 0;
  ready(node);
  guard(node);
  return node;
}"""
)

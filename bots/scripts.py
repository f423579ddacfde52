"""What is asked of a page in its own language: the controls it shows, its values, its tables."""

from __future__ import annotations

#: Visible controls of a document, and the label a person reads beside each.
_CONTROLS = """
  const words = node => (node?.innerText ?? node?.textContent ?? "").replace(/\\s+/g, " ").trim();
  const tidy = text => text.replace(/[\\s:*]+$/, "");
  const label = field => {
    const by = field.labels?.[0] ?? document.getElementById(field.getAttribute("aria-labelledby"));
    const cell = field.closest("td, dd")?.previousElementSibling;
    return tidy(field.getAttribute("aria-label") || words(by) || words(cell));
  };
  const visible = node =>
    node.getClientRects().length && getComputedStyle(node).visibility === "visible";
  const controls = all => [...document.querySelectorAll(all)].filter(visible);
"""

#: One line for every visible control of a document. Buttons of data tables are left out: there are
#: as many as rows. Options are listed when they are few enough to be choices and not data.
SHAPE = (
    "() => {"
    + _CONTROLS
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

#: Label and value of every visible field of a document.
FIELDS = (
    "() => {"
    + _CONTROLS
    + _VALUE
    + """return controls("input:not([type=hidden]), select, textarea")
    .map(field => [label(field), value(field)]);
}"""
)

"""A trace says what was done, and nothing of what the pages said."""

from __future__ import annotations

import io
import json
from zipfile import ZipFile

import pytest
from playwright.sync_api import Error as PlaywrightError
from starlette.responses import HTMLResponse

from bots.trace import scrubbed

pytestmark = pytest.mark.browser

#: Somebody else, in every place from which a trace quotes.
PAGE = """<title>Bélanger</title><p>Bélanger</p><button>Bélanger A</button><button>Bélanger B
</button><label>Rue <input></label>
<select><option>rang Saint-Ange</select><script>console.log("Bélanger")</script>"""


def test_nothing_of_the_pages_is_left_in_a_trace(browser, serve, tmp_path):
    context = browser.new_context()
    page = context.new_page()
    context.tracing.start(snapshots=True, screenshots=True)
    page.goto(serve(HTMLResponse(PAGE)))
    assert "Bélanger" in page.locator("p").inner_text()
    page.get_by_label("Rue").fill("rue de l'Érable")
    page.get_by_label("Rue").evaluate("(field, typed) => { field.value = typed }", "rue des Ormes")
    page.locator("select").select_option("rang Saint-Ange")
    with pytest.raises(PlaywrightError):
        page.locator("button").click(timeout=500)
    context.tracing.stop(path=tmp_path / "trace.zip")
    context.close()
    recorded = (tmp_path / "trace.zip").read_bytes()
    assert "Bélanger" in text(recorded)

    kept = text(scrubbed(recorded))

    assert "Bélanger" not in kept
    for typed in ("rue de l'Érable", "rue des Ormes", "rang Saint-Ange"):
        assert typed in text(recorded)
        assert typed not in kept
    events = [json.loads(line) for line in kept.splitlines() if line]
    done = [event["method"] for event in events if event["type"] == "before"]
    assert {"goto", "innerText", "fill", "click"} <= set(done)
    assert any(
        "strict mode violation" in event.get("error", {}).get("message", "") for event in events
    )


def text(zipped: bytes) -> str:
    """All that is in a zip, one file after the other, as far as it is text."""
    with ZipFile(io.BytesIO(zipped)) as files:
        return "\n".join(files.read(name).decode(errors="replace") for name in files.namelist())

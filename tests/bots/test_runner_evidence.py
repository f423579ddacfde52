"""What an entry leaves as evidence, and what evidence must never show: the registry target."""

from __future__ import annotations

import io
import logging
import time
import zipfile

import pytest

from bots.memory import MemoryEvidence
from greffier.errors import BusinessError
from greffier.words import EntryState as S

pytestmark = pytest.mark.browser


def test_an_entry_keeps_pictures_from_before_the_click_after_it_and_of_the_search(clerk, record):
    clerk.enter(record)

    assert clerk.evidence.missing == {}
    assert list(clerk.evidence.kept) == ["filled", "confirmation", "read-back"]
    for data, media_type in clerk.evidence.kept.values():
        assert (data[:4], media_type) == (b"\x89PNG", "image/png")


def test_a_screenshot_that_hangs_does_not_fail_the_entry(
    clerk, registry, record, monkeypatch, caplog
):
    monkeypatch.setattr("bots.evidence.SECONDS", 0.5)
    # A page that is busy with itself as soon as it is to be painted.
    registry.script = """const busy = () => {
          for (const end = Date.now() + 600; Date.now() < end;);
          return [];
        };
        Object.defineProperty(document, "adoptedStyleSheets", {get: busy});"""
    outcome = clerk.enter(record)

    assert outcome.state is S.CONFIRMED
    assert clerk.evidence.missing == {"filled": "not-taken", "read-back": "not-taken"}
    assert "Evidence filled" in caplog.text


def test_what_was_typed_is_kept_before_the_click(clerk, record, monkeypatch):
    keep, submitting = clerk.evidence.keep, clerk.ledger.submitting
    kept_by_then = []

    def slowly(kind, *rest):
        time.sleep(0.3)
        keep(kind, *rest)

    monkeypatch.setattr(clerk.evidence, "keep", slowly)
    monkeypatch.setattr(
        clerk.ledger,
        "submitting",
        lambda claim: kept_by_then.extend(clerk.evidence.kept) or submitting(claim),
    )
    clerk.enter(record)

    assert kept_by_then == ["filled"]


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
def test_a_store_that_fails_or_hangs_does_not_fail_the_entry(clerk, record, monkeypatch, trouble):
    monkeypatch.setattr("bots.evidence.SECONDS", 0.5)

    def keep(self, kind, data, media_type):
        if trouble == "fails":
            raise OSError("store down")
        time.sleep(2)

    monkeypatch.setattr(MemoryEvidence, "keep", keep)
    outcome = clerk.enter(record)

    assert outcome.state is S.CONFIRMED
    why = {"fails": "OSError", "hangs": "not-in-time"}[trouble]
    assert clerk.evidence.missing == dict.fromkeys(("filled", "confirmation", "read-back"), why)


def test_a_screen_that_never_behaves_leaves_a_trace(clerk, registry, record):
    registry.instead["/dossier"] = [(500, "Panne")] * 3
    clerk.enter(record)

    data, media_type = clerk.evidence.kept["trace"]
    assert media_type == "application/zip"
    assert b'"method": "goto"' in unzipped(data)


def test_an_entry_that_goes_through_leaves_no_trace(clerk, registry, record):
    registry.instead["/dossier"] = [(500, "Panne")]

    assert clerk.enter(record).state is S.CONFIRMED
    assert "trace" not in clerk.evidence.kept


def test_the_password_typed_at_sign_in_is_in_no_evidence(clerk, registry, record, monkeypatch):
    locate = clerk.session.kind.locate

    def signed_out(bot, record):
        registry.sessions.clear()  # so that every try signs in again
        registry.instead["/dossier"] = [(500, "Panne")]
        return locate(bot, record)

    monkeypatch.setattr(clerk.session.kind, "locate", signed_out)
    clerk.enter(record)
    monkeypatch.undo()
    registry.instead["/dossier"] = [(500, "Panne")] * 3
    clerk.enter(record)

    assert registry.sign_ins > 1
    assert {"failure", "trace"} <= set(clerk.evidence.kept)
    secret = clerk.session.credentials.password.encode()
    for data, media_type in clerk.evidence.kept.values():
        assert secret not in (unzipped(data) if media_type == "application/zip" else data)


def unzipped(data: bytes) -> bytes:
    """All that is in a trace, one file after the other."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_the_password_is_in_no_log_no_text_and_no_error(
    clerk, registry, record, monkeypatch, caplog
):
    caplog.set_level(logging.DEBUG)
    secret = clerk.session.credentials.password

    def submit(bot):
        raise BusinessError("target-refused", said=f"Le mot de passe {secret} expire demain.")

    monkeypatch.setattr(clerk.session.kind, "submit", submit)
    outcome = clerk.enter(record)

    assert secret not in caplog.text + repr(outcome) + repr(clerk.session.credentials)
    assert "•••" in clerk.evidence.kept["refusal"][0].decode()
    assert not any(secret.encode() in data for data, _ in clerk.evidence.kept.values())

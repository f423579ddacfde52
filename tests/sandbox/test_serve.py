"""All targets in one process, told apart by their ports."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from greffier.errors import UsageError
from sandbox.serve import ADDRESSES, Control, LiveTarget
from sandbox.targets.base import Credentials
from sandbox.targets.store import PersonFile, load_register

REGISTER = {
    "targets": {
        name: [{"file_number": number, "surname": "Roy", "given_name": "Odile", "sex": "F"}]
        for name, number in {"ramq": "ROYO 8556 0719", "saaq": "R1234-567890-12"}.items()
    }
}
SCRIPT = """
import sys
from pathlib import Path
from sandbox.serve import serve
serve(Path(sys.argv[1]), Path(sys.argv[2]), targets=["ramq", "saaq"])
"""


@pytest.fixture
def served(tmp_path: Path):
    register, state = tmp_path / "register.json", tmp_path / "state"
    register.write_text(json.dumps(REGISTER), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, register, state], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process, json.loads(process.stdout.readline()), state / ADDRESSES
    finally:
        process.kill()
        process.wait(timeout=10)


def test_each_target_answers_at_its_own_address_with_its_part_of_the_register(served):
    _, known, _ = served

    for target, number in (("ramq", "ROYO85560719"), ("saaq", "R123456789012")):
        with httpx.Client(base_url=known["targets"][target], follow_redirects=True) as client:
            client.post(
                "/connexion", data={"usager": known["user"], "mot_de_passe": known["password"]}
            )
            if target == "saaq":
                page = client.post("/etape1", data={"file_number": number})
                assert "Roy" in page.text
            else:
                assert "Recherche" in client.get("/").text


def test_the_addresses_and_the_token_are_in_a_file_of_the_owner_alone(served):
    _, known, addresses = served

    written = json.loads(addresses.read_text())

    assert addresses.stat().st_mode & 0o077 == 0
    assert "control_token" not in known
    control = Control(written["targets"]["ramq"], written["control_token"])
    control.order(slow=0)
    assert control.changes() == []
    control.close()


def test_it_stops_when_asked(served):
    process, _, _ = served

    process.send_signal(signal.SIGTERM)

    # uvicorn gives the signal back once it has stopped, as shells expect.
    assert process.wait(timeout=10) in (0, -signal.SIGTERM)


def test_a_target_can_be_lent_to_a_test_with_credentials_of_its_own(tmp_path: Path):
    own = Credentials("essai", "autre secret")
    with LiveTarget("saaq", tmp_path, [PersonFile("R1", "Roy", "Odile")], own) as live:
        answer = httpx.post(
            live.url + "/connexion", data={"usager": own.user, "mot_de_passe": own.password}
        )

        assert answer.status_code == 303
        assert live.control.changes() == []


@pytest.mark.parametrize("text", ["", "[]", '{"targets": {"ramq": [{"surname": "Tremblay"}]}}'])
def test_a_file_that_is_no_register_is_told_without_quoting_it(tmp_path, text):
    path = tmp_path / "register.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_register(path, "ramq")
    assert refused.value.code == "not-a-register"
    assert "Tremblay" not in refused.value.explain("fr")

"""SQL-Ledger, a program nobody here wrote, is started for real and left without a trace."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.legacy.sql_ledger import Customer, SqlLedger, missing, sql_ledger

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"Debian package: {missing()}")

BROWSER = {"User-Agent": "Mozilla/5.0"}


@pytest.fixture(scope="module")
def program() -> Iterator[SqlLedger]:
    with sql_ledger() as running:
        yield running


def sign_in(program: SqlLedger, password: str) -> str:
    words = {"login": program.user, "password": password, "action": "Login"}
    form = words | {"path": "bin/mozilla", "js": "1"}
    return httpx.post(f"{program.url}login.pl", data=form, headers=BROWSER, timeout=30).text


def test_it_speaks_the_french_of_canada_and_knows_its_user(program):
    page = httpx.get(f"{program.url}login.pl", headers=BROWSER, timeout=30).text

    assert "Version 3.2.6" in page
    assert "Mot de passe" in page
    assert "FRAMESET" in sign_in(program, program.password)
    assert "Incorrect Password!" in sign_in(program, "autre")


def test_its_dataset_is_canadian_and_keeps_accents(program):
    accounts = {row["description"] for row in program.rows("SELECT description FROM chart")}

    assert {"Compte chèque", "TPS", "TVQ"} <= accounts


def test_a_customers_file_is_one_row_in_each_of_its_three_tables(program):
    program.add(
        Customer("C-1", "Zoé", "Nœud", "1 rue de l'Île", "Saint-Élie", "G0X 1A0", "418 555-0001")
    )

    for table in ("address", "contact"):
        found = program.rows(
            f"""SELECT t.* FROM {table} t JOIN customer c ON c.id = t.trans_id
                WHERE customernumber = 'C-1'"""
        )
        assert len(found) == 1


def test_nothing_of_it_is_left_when_it_stops():
    with sql_ledger() as program:
        folder, url = program.folder, program.url
    assert not folder.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}login.pl", headers=BROWSER)

"""SQL-Ledger 3.2.6 as Debian packages it: Perl CGI in frames, PostgreSQL, in French of Canada.

Its own files are used as they are, but that its scripts change to a fixed folder and read their
settings there: those scripts, and the folders it writes in, are copied. Nothing listens outside
127.0.0.1, and nothing is left behind.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlencode

import psycopg
from psycopg.rows import dict_row

from sandbox.legacy.cgi import Cgi
from sandbox.postgresql import postgresql, unprivileged
from sandbox.serve import LiveApp

#: Where the Debian package puts the program.
PROGRAM = Path("/usr/share/sql-ledger")
#: In the form that saves a customer, what its button sends.
SAVING = b"action=Enregistrer"
DATASET = "ministere"
CHART = "Canada-French-UTF8_General"
#: The menus that its user is shown: a robot's account is given what it needs, and no more.
MENUS = {"Customers", "Preferences", "Version", "Logout"}

SETTINGS = """use vars qw($userspath $spool $memberfile $templates $sendmail $images $language
  $charset $latex $gzip $dvipdf $pdftk $xelatex);
$userspath = "users"; $memberfile = "users/members"; $spool = "spool"; $templates = "templates";
$images = "images"; $language = "cafr_utf"; $charset = "UTF-8"; $sendmail = "| cat > /dev/null";
$latex = 0;
1;
"""
#: Debian's Perl driver tells Perl that what comes from a UTF-8 database is text; the program takes
#: it for bytes, and spoils every accent it saves. Asked like this, the driver leaves bytes alone.
AS_BYTES = {"PGCLIENTENCODING": "SQL_ASCII"}


@dataclass(frozen=True)
class Customer:
    """A made-up customer's file, as the program keeps it."""

    number: str
    first_name: str
    last_name: str
    address: str
    city: str
    postal_code: str
    telephone: str = ""
    email: str = ""
    province: str = "QC"


@dataclass(frozen=True)
class SqlLedger:
    """The running program: where, who signs in, and its own database."""

    url: str
    user: str
    password: str
    database: str
    folder: Path
    cgi: Cgi

    def rows(self, query: LiteralString, **values: object) -> list[dict[str, Any]]:
        """What its own database answers."""
        with psycopg.connect(self.database, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def change(self, query: LiteralString, **values: object) -> None:
        """Change its own database, behind its back."""
        with psycopg.connect(self.database) as connection:
            connection.execute(query, values)

    def add(self, customer: Customer) -> None:
        """Open a customer's file, as the program itself writes one."""
        values = vars(customer) | {"name": f"{customer.last_name} {customer.first_name}"}
        for statement in FILE:
            self.change(statement, **values)

    def sign_everybody_out(self) -> None:
        """Forget who is signed in, as when the program is upgraded."""
        for known in self.folder.glob("users/*.conf"):
            known.unlink()


#: One customer: their row, their address, the person to reach.
FILE: tuple[LiteralString, ...] = (
    """INSERT INTO customer (name, contact, phone, email, customernumber, curr, startdate,
         arap_accno_id, payment_accno_id)
       SELECT %(name)s, %(first_name)s || ' ' || %(last_name)s, %(telephone)s, %(email)s,
         %(number)s, 'CAD', '2020-01-15',
         (SELECT id FROM chart WHERE link = 'AR' LIMIT 1),
         (SELECT id FROM chart WHERE link LIKE '%%AR_paid%%' ORDER BY accno LIMIT 1)""",
    """INSERT INTO address (trans_id, address1, address2, city, state, zipcode, country)
       SELECT id, %(address)s, '', %(city)s, %(province)s, %(postal_code)s, 'Canada'
       FROM customer WHERE customernumber = %(number)s""",
    """INSERT INTO contact (trans_id, firstname, lastname, salutation, contacttitle, occupation,
         phone, fax, mobile, typeofcontact, email, gender)
       SELECT id, %(first_name)s, %(last_name)s, '', '', '', %(telephone)s, '', '', 'person',
         %(email)s, 'F'
       FROM customer WHERE customernumber = %(number)s""",
)


def missing() -> str:
    """The Debian package that is not installed; nothing when the program can be started."""
    return "" if (PROGRAM / "login.pl").exists() else "sql-ledger"


@contextmanager
def sql_ledger(name: str = "commis", password: str = "Motdepasse-9") -> Iterator[SqlLedger]:
    """The program, with an empty Canadian dataset and one user, while the block lasts.

    Raises ``FileNotFoundError`` naming the Debian package that is missing.
    """
    if package := missing():
        raise FileNotFoundError(package)
    home = Path(tempfile.mkdtemp(prefix="greffier-legacy-"))
    try:
        home.chmod(0o755)  # the database's user goes through it
        with postgresql(home / "data", durable=False) as cluster:
            folder = _copy(home / "program")
            database = _dataset(folder, cluster, name)
            user = f"{name}@{DATASET}"
            members = _members(user, password, cluster)
            (folder / "users/members").write_text(members, encoding="utf-8")
            as_user = unprivileged(*folder.rglob("users"), *folder.glob("users/*"))
            cgi = Cgi(folder, ("css", "images"), SAVING, AS_BYTES, as_user)
            with LiveApp(cgi.app) as live:
                yield SqlLedger(f"{live.url}/", user, password, database, folder, cgi)
    finally:
        shutil.rmtree(home)


def _dataset(folder: Path, cluster: str, employee: str) -> str:
    """A dataset as the program makes it, by its own code.

    One line of its Canadian codes has a syntax error of its own, which it reports and passes over.
    Raises ``RuntimeError`` with its words when it made no chart of accounts.
    """
    about = {
        "db": DATASET,
        "dbname": DATASET,
        "dbdriver": "Pg",
        "dbhost": _host(cluster),
        "dbuser": "greffier",
        "dbdefault": "postgres",
        "encoding": "UTF8",
        "dateformat": "yy-mm-dd",
        "chart": CHART,
        "company": "Ministère d'essai",
    }
    make = ["perl", "-I.", "-MDBI", "-MSL::Form", "-MSL::User", "-e"]
    make += ["$form = new Form; User->dbcreate($form); User->dbupdate($form)", urlencode(about)]
    done = subprocess.run(
        make, cwd=folder, env=os.environ | AS_BYTES, capture_output=True, text=True, check=True
    )
    database = cluster.replace("/postgres?", f"/{DATASET}?")
    with psycopg.connect(database) as connection:
        if connection.execute("SELECT FROM chart LIMIT 1").fetchone() is None:
            raise RuntimeError(done.stdout + done.stderr)
        connection.execute(
            "INSERT INTO employee (login, name, sales, acs) VALUES (%s, 'Commis', true, %s)",
            (employee, ";".join(f"{menu}--{menu}" for menu in _menus() - MENUS)),
        )
    return database


def _menus() -> set[str]:
    """The names of all its menus."""
    listed = (PROGRAM / "menu.ini").read_text(encoding="latin-1")
    return {name for name in re.findall(r"^\[(.+)\]$", listed, re.MULTILINE) if "--" not in name}


def _host(cluster: str) -> str:
    """The folder of the cluster's socket."""
    return cluster.partition("host=")[2]


def _copy(folder: Path) -> Path:
    """The program in ``folder``: its scripts and what it writes are copies, the rest is linked."""
    folder.mkdir()
    for part in PROGRAM.iterdir():
        if part.suffix == ".pl":
            script = part.read_text(encoding="latin-1").replace(str(PROGRAM), str(folder))
            (folder / part.name).write_text(script, encoding="latin-1")
            (folder / part.name).chmod(0o755)
        elif part.exists() and part.name not in {"users", "spool", "templates", "sql-ledger.conf"}:
            (folder / part.name).symlink_to(part.resolve())
    for written in ("users", "spool", "templates"):
        (folder / written).mkdir()
    (folder / "sql-ledger.conf").write_text(SETTINGS, encoding="utf-8")
    return folder


def _members(user: str, password: str, cluster: str) -> str:
    """The program's list of users: who may sign in, and where their dataset is."""
    host = _host(cluster)
    about: Mapping[str, str] = {
        "charset": "UTF-8",
        "company": "Ministère d'essai",
        "countrycode": "cafr_utf",
        "dateformat": "yy-mm-dd",
        "dbconnect": f"dbi:Pg:dbname={DATASET};host={host}",
        "dbdriver": "Pg",
        "dbhost": host,
        "dbname": DATASET,
        "dboptions": "set DateStyle to 'ISO';set client_encoding to 'UTF8'",
        "dbuser": "greffier",
        "name": "Commis",
        "numberformat": "1 000,00",
        "password": _crypt(password, user[:2]),
        "stylesheet": "sql-ledger.css",
        "timeout": "86400",
        "vclimit": "1000",
    }
    lines = [f"[{user}]", *(f"{name}={value}" for name, value in about.items())]
    return "\n".join([*lines, "", ""])


def _crypt(password: str, salt: str) -> str:
    """The old DES hash that the program keeps, by the program's own language."""
    command = ["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, salt]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

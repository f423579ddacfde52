"""SQL-Ledger: frames, a menu of scripts, and one form that saves a customer's whole file at once.

It keeps what the file is now, not who asked for what: a change of address replaces the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, plain_capitals, telephone
from greffier.errors import BusinessError
from greffier.words import Record

#: The bank's address, lower on the page, has the same labels.
LABELS = {
    "street": "css=[name=address1]",
    "apartment": "css=[name=address2]",
    "municipality": "css=[name=city]",
    "province": "css=[name=state]",
    "postal_code": "css=[name=zipcode]",
    "telephone": "Tél.",
    "email": "E-mail",
}
NUMBER = "Numéro de client"
#: Said where there is no field to sign in with.
NOBODY = ("You are logged out", "Incorrect Password", "Incorrect Username")
#: Only a customer without invoices can be deleted; the lists hold the countries and clerks known.
VARIES = ('button "Supprimer"', 'select "Pays"', 'select "Vendeur"')
HOME = "/menu.pl?path=bin/mozilla&action=display&main=company_logo&js=1&login={}"
NAME = Shown(plain_capitals)


def province(postal_code: str) -> str:
    """Québec, by the postal code: the form asks for a province that the paper does not say."""
    if postal_code[0] not in "GHJ":
        raise ValueError(postal_code)
    return "QC"


def unquoted(value: str) -> str:
    """``value``, unless it has a quote: the program pastes this field into its SQL as it comes."""
    if set(value) & set("'\"\\"):
        raise ValueError(value)
    return value


class SqlLedger(Bot):
    target = "sql-ledger"
    login = Login("/login.pl", "Nom", "Mot de passe", "Login", "Mot de passe", also=NOBODY)
    overwrites = True
    varies = VARIES
    fields: ClassVar = {
        "street": Shown(limit=32, made_of=("civic_number", "street")),
        "apartment": Shown("app. {}".format, limit=32),
        "municipality": Shown(limit=32),
        "province": Shown(province, made_of=("postal_code",)),
        "postal_code": Shown(limit=10),
        "telephone": Shown(telephone("{} {}-{}"), kept=True),
        "email": Shown(unquoted, kept=True),
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME}

    def locate(self, record: Record) -> Located:
        screen, number = self.screen, record["file_number"]
        screen.go(HOME.format(screen.user))
        for entry in ("Clients", "Rapports", "Recherche"):
            screen.press(entry)
        screen.type(NUMBER, number)
        screen.tick("css=[name=l_customernumber]")
        screen.press("Continuer")
        # It searches by any part of the number, and says nothing when it finds none.
        if [row[NUMBER] for row in screen.table(NUMBER)].count(number) != 1:
            raise BusinessError("file-unknown")
        screen.press("css=a[href*='action=edit']", row=number)
        screen.wait_for("Modifier client")
        holder = self.holder({"surname": "Last Name", "given_name": "First Name"})
        # The whole form is saved: whatever else it shows would be undone too.
        return Located(holder, self.read_all(LABELS) | screen.everything())

    def fill(self, record: Record) -> None:
        self.type_all(record, LABELS)

    def read_back(self, record: Record) -> Mapping[str, str]:
        return self.read_all(LABELS)

    def submit(self) -> str:
        self.screen.press("Enregistrer")
        self.answer("Clients /", "Error!")
        return ""  # it gives no number

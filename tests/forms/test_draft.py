from __future__ import annotations

import pytest
import yaml

from forms.draft import Draft, field_of, form_yaml, guess_type, mark_of, slug, zones_of
from forms.schema import FormPack
from greffier.words import Box

BOX = Box(100, 200, 700, 280)


@pytest.mark.parametrize(
    ("caption", "layout", "cells", "kind"),
    [
        ("Numéro d’assurance sociale (NAS)", "comb", 9, "nas"),
        ("Social Insurance Number", "comb", 9, "nas"),
        ("NAM", "comb", 12, "nam"),
        ("Nouveau code postal", "comb", 6, "postal_code"),
        ("Date de naissance (AAAA MM JJ)", "comb", 8, "date"),
        ("Né(e) le", "line", None, "date"),
        ("Téléphone le jour", "line", None, "phone"),
        ("Courriel", "line", None, "email"),
        ("Nom de famille", "comb", 31, "name"),
        ("Last name", "line", None, "name"),
        ("Nom de la rue", "line", None, "text"),
        ("Nº de dossier", "comb", 10, "digits"),
        ("App.", "comb", 6, "apartment"),
        ("Motif de la demande", "line", None, "text"),
        ("J’accepte", "checkbox", None, "checkbox"),
    ],
)
def test_a_caption_says_what_its_field_holds(
    caption: str, layout: str, cells: int | None, kind: str
) -> None:
    assert guess_type(caption, layout, cells) == kind


def test_a_type_that_the_boxes_contradict_is_not_guessed() -> None:
    assert guess_type("Date de naissance", "comb", 4) == "digits"
    assert guess_type("Code postal", "comb", 7) == "text"


def test_names_are_plain_and_no_two_are_alike() -> None:
    draft = Draft("Nom de l’élève", "line", 1, {"": BOX})
    assert field_of(draft)["name"] == "nom_de_l_eleve"
    assert field_of(draft, ["nom_de_l_eleve"])["name"] == "nom_de_l_eleve_2"
    assert slug("3e enfant").startswith("field_3e")


def test_the_name_that_an_interactive_form_gives_is_kept_when_a_pack_may_have_it() -> None:
    assert field_of(Draft("Nom", "line", 1, {"": BOX}, name="surname"))["name"] == "surname"
    assert field_of(Draft("Nom", "line", 1, {"": BOX}, name="Texte 12"))["name"] == "nom"


def test_a_choice_has_a_zone_an_option() -> None:
    draft = Draft("Langue", "choice", 2, {"Français": BOX, "Anglais": Box(1, 2, 30, 40)})
    field = field_of(draft)
    assert set(field["options"]) == {"francais", "anglais"}
    assert zones_of(draft, field)["langue=anglais"] == [2, 1, 2, 30, 40]


def test_a_line_to_sign_on_is_a_signature_and_the_date_beside_it_is_a_date() -> None:
    assert field_of(Draft("Signature du demandeur", "line", 1, {"": BOX}))["layout"] == "signature"
    signed = field_of(Draft("Date de la signature", "line", 1, {"": BOX}))
    assert (signed["layout"], signed["type"]) == ("line", "date")


def test_a_mark_is_the_symbols_that_differ_by_the_page() -> None:
    assert mark_of({1: ["CA-001/1"], 2: ["CA-001/2"]}) == "CA-001/{page}"
    assert mark_of({1: ["CA-001/1"], 2: ["autre"]}) is None
    assert mark_of({1: ["seule"]}) == "seule"
    assert mark_of({1: []}) is None


def test_what_is_drafted_is_a_pack_whatever_the_captions_say() -> None:
    drafts = [
        Draft("", "line", 1, {"": BOX}),
        Draft('« Nom : "x" » # oui', "line", 1, {"": Box(1, 2, 300, 60)}),
        Draft("no", "comb", 1, {"": Box(1, 102, 300, 160)}, 5),
        Draft("Sexe", "choice", 2, {"F": Box(1, 2, 40, 60), "M": Box(100, 2, 140, 60)}),
    ]
    text = form_yaml("essai", "Demande: l’acte", "fra", 2, "E/{page}", drafts)
    pack = FormPack.model_validate(yaml.safe_load(text))
    assert [spec.type for spec in pack.fields] == ["text", "name", "digits", "choice"]
    assert pack.title.fr == "Demande: l’acte"
    assert pack.revisions[0].mark == "E/{page}"
    assert pack.revisions[0].zones["sexe=M"].box == Box(100, 2, 140, 60)

from __future__ import annotations

from storage.claims import business_key


def test_the_business_key_comes_from_content_and_not_from_spelling() -> None:
    key = business_key({"file": "123"}, {"street": "Rue  des Érables", "city": "Lévis"})
    assert key == business_key({"file": "123"}, {"city": "LÉVIS", "street": "rue des Érables "})
    decomposed = "Rue des E\N{COMBINING ACUTE ACCENT}rables"
    assert key == business_key({"file": "123"}, {"street": decomposed, "city": "Lévis"})
    assert key != business_key({"file": "123"}, {"street": "Rue des Erables", "city": "Lévis"})
    assert key != business_key({"file": "124"}, {"street": "Rue des Érables", "city": "Lévis"})


def test_the_business_key_gives_nobodys_number_away() -> None:
    assert "130692544" not in business_key({"file": "130692544"}, {})

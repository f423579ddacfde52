"""What a bot sees and does on a screen, whatever the screen is made of."""

from __future__ import annotations

import traceback

import pytest

from greffier.errors import ScreenError
from tests.bots.conftest import code_of

pytestmark = pytest.mark.browser

OLD = """<table>
<tr><td>Nom&nbsp;:</td><td>TREMBLAY</td></tr>
<tr><td>Rue *</td><td><input name=r value="  rue du Lac "></td></tr>
<tr><td>No de l'appartement</td><td><input name=a></td></tr>
<tr><td>Caché</td><td><input type=hidden><input name=c></td></tr></table>"""
NEW = """<label for=v>Ville</label><input id=v>
<label>Province <select aria-label=Province><option value=QC>Québec<option value=ON>Ontario</select>
</label><label><input type=checkbox> Avis par courriel</label>
<label><input type=radio name=s>Féminin</label><label><input type=radio name=s>Masculin</label>"""


# -- Finding -----------------------------------------------------------------------------------


def test_a_label_is_found_in_the_cell_before_the_field_with_or_without_its_colon(show):
    screen = show(index=OLD)

    screen.type("Rue", "chemin Sainte-Foy")
    screen.type("No de l'appartement", "2")
    screen.type("Caché", "x")

    assert screen.read("Rue") == "chemin Sainte-Foy"
    assert screen.read("No de l'appartement") == "2"
    assert screen.read("Nom") == screen.read("Nom :") == "TREMBLAY"


def test_proper_labels_lists_boxes_and_round_buttons_are_spoken_to_alike(show):
    screen = show(index=NEW)

    screen.type("Ville", "Lévis")
    screen.choose("Province", "Ontario")
    screen.tick("Avis par courriel")
    screen.tick("Masculin")

    labels = ("Ville", "Province", "Avis par courriel", "Féminin", "Masculin")
    assert [screen.read(label) for label in labels] == ["Lévis", "Ontario", "yes", "", "yes"]
    screen.choose("Province", "QC")
    screen.tick("Avis par courriel", on=False)
    assert (screen.read("Province"), screen.read("Avis par courriel")) == ("Québec", "")


def test_a_field_is_found_in_whichever_frame_holds_it_and_found_again_when_that_reloads(show):
    frames = "<frameset cols='*,*'><frame src=/menu><frame src=/droite></frameset>"
    menu = "<a href=/fiche target=d onclick='this.target=parent.frames[1].name'>Fiche</a>"
    screen = show(index=frames, menu=menu, droite="<p>Bienvenue</p>", fiche=OLD)

    screen.press("Fiche")
    screen.type("Rue", "rue du Fort")

    assert screen.read("Rue") == "rue du Fort"


def test_a_frame_that_answers_late_is_waited_for_after_the_press(show):
    frames = "<frameset rows='*'><frame src=/a></frameset>"
    a = "<p>État : ancien</p><form action=/b><input type=hidden name=lente value=1><button>Suite"
    screen = show(index=frames, a=a, b="<p>État : nouveau</p>")

    screen.press("Suite")

    assert "nouveau" in screen.text()


def test_a_page_that_will_not_be_left_stays_and_is_not_waited_for(show):
    holds = "<script>onbeforeunload = event => event.preventDefault()</script>"
    screen = show(index=f"{holds}<a href=/suite>Suite</a>{OLD}", suite="<p>Partie</p>")
    screen.type("Rue", "rue du Fort")  # a page that nobody touched may not hold anyone back

    screen.press("Suite")

    assert screen.read("Rue") == "rue du Fort"


def test_two_fields_of_the_same_name_are_as_bad_as_none(show):
    screen = show(index=OLD + OLD)

    with pytest.raises(ScreenError) as trouble:
        screen.type("Rue", "x")
    assert code_of(trouble) == "ambiguous-on-screen"


def test_what_is_hidden_is_not_found(show):
    screen = show(index=f"<div style='display:none'>{OLD}</div><p>Menu</p>")

    with pytest.raises(ScreenError) as trouble:
        screen.read("Rue")
    assert code_of(trouble) == "not-on-screen"
    assert "Rue" in str(trouble.value)


def test_labels_with_quotes_slashes_and_brackets_are_taken_at_their_word(show):
    labels = ["Date (JJ/MM/AAAA)", 'Nom "usuel"', "a/s de l'ami [2]"]
    cells = "".join(f"<tr><td>{label}<td><input></tr>" for label in labels)
    proper = "".join(f"<label>{label} bis <input></label>" for label in labels)
    screen = show(index=f"<table>{cells}</table>{proper}")

    for label in labels:
        screen.type(label, label)
        screen.type(f"{label} bis", "autre")
        assert (screen.read(label), screen.read(f"{label} bis")) == (label, "autre")


def test_a_screen_without_labels_is_reached_by_selector(show):
    screen = show(index="<input data-ligne=5><i role=button data-f=3>x</i>")

    screen.type("css=[data-ligne='5']", "abc")
    screen.press("css=[data-f='3']")

    assert screen.read("xpath=//input") == "abc"


# -- Tables ------------------------------------------------------------------------------------

ROWS = """<p id=p></p><table><tr><td><table id=t><tr><th>Date<th>Rue&nbsp;et no<th></tr>
<tr><td>2026-01-01<td>A  1<td><button onclick="p.innerText='ouvert 1'">Ouvrir</button></tr>
<tr><td>2026-02-01<td>B 2<td><a href=# onclick="p.innerText='ouvert 2'">Ouvrir</a></tr>
<tr><td colspan=3>2 demandes</tr></table></td><td><table><tr><td>Date<td>x</table></td></tr></table>
<script>let n=0; const i=setInterval(() => { if (n++ > 9) clearInterval(i);
  t.tBodies[0].insertBefore(t.rows[2], t.rows[1]) }, 20)</script>"""


def test_a_table_is_read_as_rows_by_its_captions_whatever_it_is_laid_out_in(show):
    screen = show(index=ROWS)
    screen.wait_for("2 demandes")

    rows = sorted(screen.table("Date", "Rue et no"), key=lambda row: row["Date"])

    assert [(row["Date"], row["Rue et no"]) for row in rows] == [
        ("2026-01-01", "A 1"),
        ("2026-02-01", "B 2"),
    ]


def test_a_button_is_pressed_in_its_row_although_the_rows_move(show):
    screen = show(index=ROWS)

    screen.press("Ouvrir", row="2026-02-01")
    assert screen.wait_for("ouvert 1", "ouvert 2") == "ouvert 2"
    screen.press("Ouvrir", row="A 1")
    assert screen.wait_for("ouvert 1", "ouvert 2") == "ouvert 1"


# -- Typing ------------------------------------------------------------------------------------


def test_leaving_a_field_tells_the_page_that_it_changed(show):
    screen = show(
        index="<p id=p></p><label>Code <input onchange=\"p.innerText='lu '+value\"></label>"
    )

    screen.type("Code", "G1R")

    assert screen.wait_for("lu G1R")


def test_a_field_that_formats_as_one_types_is_struck_key_by_key(show):
    mask = "onkeyup=\"if (/^\\d{3}$/.test(value)) value += '-'\""
    screen = show(index=f"<label>Tél. <input value=9 {mask}></label>")

    screen.type("Tél.", "4185551234", keys=True)

    assert screen.read("Tél.") == "418-5551234"


def test_a_key_is_struck(show):
    screen = show(
        index="<p id=p></p><script>onkeydown = e => p.innerText = 'touche ' + e.key</script>"
    )

    screen.key("F3")

    assert screen.wait_for("touche F3")


def test_what_was_typed_is_in_no_error(show):
    value = "-".join(("rue", "Secrète"))
    screen = show(index="<label>Rue <input readonly></label>")

    with pytest.raises(ScreenError) as trouble:
        screen.type("Rue", value)
    assert code_of(trouble) == "screen-broken"
    assert value not in "".join(traceback.format_exception(trouble.value))


# -- Many fields at once -----------------------------------------------------------------------


def test_fields_typed_together_are_each_left_as_typed(show):
    mask = "onblur='this.value = this.value.toUpperCase()'"
    screen = show(index=f"<label>Rue <input {mask}></label><label>Ville <input {mask}></label>")

    screen.type_all({"Rue": "du moulin", "Ville": "lévis"})

    assert screen.read_all(["Rue", "Ville"]) == ["DU MOULIN", "LÉVIS"]


def test_a_page_that_asks_the_server_after_a_field_loses_none_of_the_others(show):
    asks = "onchange='if (!location.search) location = \"/?lente=1\"'"
    form = "<label>Ville <input></label><label>Rue <input></label>"
    screen = show(index=f"<label>Genre <input {asks}></label>{form}")

    screen.type_all({"Genre": "A", "Ville": "Lévis", "Rue": "du Moulin"})

    assert screen.read_all(["Genre", "Ville", "Rue"]) == ["A", "Lévis", "du Moulin"]


def test_fields_typed_together_need_one_place_each(show):
    screen = show(index="<label>Rue <input></label>" * 2 + "<label>Ville <input></label>")

    with pytest.raises(ScreenError) as trouble:
        screen.type_all({"Ville": "Lévis", "Rue": "du Moulin"})
    assert code_of(trouble) == "ambiguous-on-screen"


def test_a_dialog_that_a_field_opens_stops_the_typing(show):
    screen = show(index="<label>Rue <input onblur='alert(1)'></label><label>Ville <input></label>")

    with pytest.raises(ScreenError) as trouble:
        screen.type_all({"Rue": "du Moulin", "Ville": "Lévis"})
    assert code_of(trouble) == "unexpected-dialog"


@pytest.mark.parametrize(
    "page",
    [
        "<button title='Chercher'>Effacer</button>",
        "<table><tr><td>Chercher</td><td><button>Effacer</button></td></tr></table>",
        "<button aria-label='Effacer'>Chercher</button>",
        "<button><img alt='Effacer et' width=9 height=9> Chercher</button>",
    ],
)
def test_a_button_is_not_pressed_for_words_that_are_not_its_name(show, page):
    screen = show(index=f"{page}<script>onclick = () => document.title = 'pressé'</script>")

    with pytest.raises(ScreenError) as missing:
        screen.press("Chercher")
    assert code_of(missing) == "not-on-screen"
    assert screen.page.title() == ""


def test_a_menu_made_of_scripts_is_pressed_by_its_words(show):
    screen = show(
        index="<div onclick=\"document.body.append('Ouvert')\">Clients</div>"
        "<div onclick=\"document.body.append('Perdu')\">Clients perdus</div>"
    )

    screen.press("Clients")

    assert "Ouvert" in screen.text()


def test_a_button_that_something_slips_before_is_pressed_once_it_is_free(show):
    slips = """<p id=n>0</p><button onclick="n.textContent++" onmouseenter="slip()">Enregistrer
    </button><div id=over hidden onmousedown="n.textContent = 'autre'"
     style="position: fixed; inset: 0"></div>
    <script>let slipped; const slip = () => {
      over.hidden = slipped; slipped = true;
      setTimeout(() => over.hidden = true, 200); }</script>"""
    screen = show(index=slips)
    screen.page.wait_for_load_state()  # until then, every button is pressed with care

    screen.press("Enregistrer")

    assert screen.read("css=#n") == "1"


def test_a_press_that_began_on_the_button_is_never_done_again(show):
    covered_by_itself = """<p id=n>0</p><button onmousedown="n.textContent++; over.hidden = false">
    Enregistrer</button><div id=over hidden style="position: fixed; inset: 0"></div>"""
    screen = show(index=covered_by_itself)
    screen.page.wait_for_load_state()  # until then, every button is pressed with care

    screen.press("Enregistrer")

    assert screen.read("css=#n") == "1"


@pytest.mark.parametrize(
    "busy",
    [
        '<button disabled onclick="n.textContent++">Suite</button>',
        """<button style="position: relative; transition: left .3s" onclick="n.textContent++"
        >Suite</button>""",
        """<button onclick="n.textContent++">Suite</button>
        <div class=veil style="position: fixed; inset: 0"></div>""",
    ],
    ids=["disabled", "moving", "covered"],
)
def test_a_button_that_is_not_ready_yet_is_waited_for(show, busy):
    frees = """<script>const button = document.querySelector("button");
    button.getClientRects(); button.style.left = "300px";
    setTimeout(() => {
      button.disabled = false; document.querySelector(".veil")?.remove(); }, 300)</script>"""
    screen = show(index=f"<p id=n>0</p>{busy}{frees}")

    screen.press("Suite")

    assert screen.read("css=#n") == "1"


def test_everything_on_the_screen_is_read_even_where_labels_repeat(show):
    cells = "".join(f"<tr><td>Ville<td><input value={city}>" for city in ("Laval", "Namur"))

    shown = show(index=f"<table>{cells}</table>").everything()

    assert shown == {"0 Ville": "Laval", "1 Ville": "Namur"}

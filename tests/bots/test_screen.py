"""What a bot sees and does on a screen, whatever the screen is made of."""

from __future__ import annotations

import time
import traceback

import pytest

from greffier.errors import GreffierError, ScreenError, UnknownOutcome

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


def code_of(trouble: pytest.ExceptionInfo[GreffierError]) -> str:
    return trouble.value.code


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


# -- Waiting -----------------------------------------------------------------------------------


def test_waiting_is_for_content_and_says_which_came(show):
    late = "<script>setTimeout(() => document.body.append('Aucun\\u00a0dossier'), 300)</script>"
    screen = show(index=f"<body>Recherche{late}</body>")

    assert screen.wait_for("Titulaire", "Aucun dossier") == "Aucun dossier"


def test_an_overlay_is_waited_out(show):
    away = "<script>setTimeout(() => o.remove(), 300)</script>"
    screen = show(index=f"<div id=o>Un instant…</div>{away}")

    screen.wait_gone("Un instant")

    assert screen.text() == ""


@pytest.mark.parametrize("wait", ["wait_for", "wait_gone"])
def test_no_wait_is_without_end(show, wait):
    screen = show(index="<p>Ici</p>")
    started = time.monotonic()

    with pytest.raises(ScreenError) as trouble:
        getattr(screen, wait)("Ici" if wait == "wait_gone" else "Ailleurs", seconds=0.3)
    assert code_of(trouble) == "not-shown"
    assert time.monotonic() - started < 5


def test_a_page_whose_script_never_ends_is_given_up(show):
    loop = "setTimeout(() => { while (true); }, 50)"
    screen = show(index=f"<button onclick='{loop}'>Boucle</button>")

    def press_and_wait():
        screen.press("Boucle")
        screen.wait_for("Jamais")

    with pytest.raises(ScreenError):
        press_and_wait()


# -- Windows -----------------------------------------------------------------------------------

OPENER = (
    """<p id=p>rien</p><button onclick="open('/fenetre', 'f', 'width=300')">Confirmer</button>"""
)


def test_a_window_that_closes_itself_hands_back_to_the_one_that_opened_it(show):
    window = "<button onclick=\"opener.p.innerText='fait'; close()\">Oui</button>"
    screen = show(index=OPENER, fenetre=window)

    screen.press("Confirmer")
    with screen.popup() as popup:
        popup.press("Oui")

    assert screen.wait_for("fait")


def test_a_window_left_open_is_closed_at_the_end(show):
    screen = show(index=OPENER, fenetre=OLD)

    for _ in range(2):
        screen.press("Confirmer")
        with screen.popup() as popup:
            assert popup.read("Nom") == "TREMBLAY"

    assert len(screen.page.context.pages) == 1


def test_a_window_that_a_link_opens_is_taken_up_too(show):
    screen = show(index="<a href=/fenetre target=_blank>Voir</a>", fenetre=OLD)

    screen.press("Voir")
    with screen.popup() as popup:
        assert popup.read("Nom") == "TREMBLAY"


def test_a_window_that_never_opens_is_not_waited_for_without_end(show):
    screen = show(index="<p>rien</p>")

    with pytest.raises(ScreenError) as trouble, screen.popup():
        pass
    assert code_of(trouble) == "not-shown"


# -- Dialogs -----------------------------------------------------------------------------------

ASKS = (
    "<p id=p></p><button onclick=\"p.innerText = confirm('Enregistrer la  fiche ?')\">Oui</button>"
)


@pytest.mark.parametrize("answer", [True, False])
def test_an_expected_dialog_is_given_its_answer_and_heard(show, answer):
    screen = show(index=ASKS)

    with screen.expecting("Enregistrer la fiche", accept=answer):
        screen.press("Oui")

    assert screen.heard == ("Enregistrer la fiche ?",)
    assert screen.text() == ("true Oui" if answer else "false Oui")


def test_an_unexpected_dialog_is_dismissed_and_the_action_fails(show, caplog):
    screen = show(index=ASKS)

    with pytest.raises(ScreenError) as trouble, screen.expecting("Autre chose"):
        screen.press("Oui")
    assert code_of(trouble) == "unexpected-dialog"
    assert screen.text() == "false Oui"
    assert "fiche" not in caplog.text


def test_a_dialog_expected_at_one_step_is_not_at_the_next(show):
    screen = show(index=ASKS)

    with screen.expecting("Enregistrer la fiche"):
        screen.press("Oui")
    with pytest.raises(ScreenError) as trouble:
        screen.press("Oui")
    assert code_of(trouble) == "unexpected-dialog"


def test_leaving_a_half_filled_page_on_purpose_is_not_asked_about(show):
    stay = "<label>A <input></label><script>onbeforeunload = e => e.preventDefault()</script>"
    screen = show(index=stay, autre="<p>Autre</p>")

    screen.type("A", "x")
    screen.go("/autre")

    assert screen.text() == "Autre"


# -- Server errors and dead sessions -----------------------------------------------------------


def test_a_server_error_in_a_frame_fails_the_action(show):
    frames = "<frameset rows='*'><frame src=/a></frameset>"
    screen = show(index=frames, a="<a href=/panne>Suite</a>")

    with pytest.raises(ScreenError) as trouble:
        screen.press("Suite")
    assert code_of(trouble) == "target-error"
    assert "500" in str(trouble.value)


def test_a_target_that_is_not_there_fails_the_action(show):
    screen = show(index="<p>Ici</p>")
    screen.address = "http://127.0.0.1:9"  # discard: nothing listens

    with pytest.raises(ScreenError) as trouble:
        screen.go("/")
    assert code_of(trouble) == "target-unreachable"


def test_the_sign_in_page_is_noticed_after_any_action_and_during_any_wait(show):
    back = "<script>setTimeout(() => location = '/entree', 200)</script>"
    screen = show(index=f"<a href=/entree>Suite</a>{back}", entree="<h1>IDENTIFIEZ-VOUS</h1>")
    screen.watch.marker = "Identifiez-vous"

    with pytest.raises(ScreenError) as trouble:
        screen.wait_for("Jamais")
    assert code_of(trouble) == "session-dead"


@pytest.mark.parametrize(
    ("press", "code"),
    [
        ("Panne", "target-error"),
        ("Entrée", "session-dead"),
        ("Dialogue", "unexpected-dialog"),
        ("Absent", "not-on-screen"),
    ],
)
def test_while_submitting_every_trouble_is_an_unknown_outcome(show, press, code):
    screen = show(
        index="<a href=/panne>Panne</a> <a href=/entree>Entrée</a>"
        "<button onclick=alert('?')>Dialogue</button>",
        entree="Identifiez-vous",
    )
    screen.watch.marker = "Identifiez-vous"

    with pytest.raises(UnknownOutcome) as trouble, screen.submitting():
        screen.press(press)
    assert code_of(trouble) == code
    with pytest.raises(ScreenError):
        screen.go("/panne")


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


def test_a_save_that_the_page_sends_in_the_background_and_that_fails_is_noticed(show):
    send = "fetch('/panne', {method: 'POST'}).then(() => document.body.append('Envoyé'))"
    screen = show(index=f'<button onclick="{send}">Enregistrer</button>')

    def save() -> None:
        screen.press("Enregistrer")
        screen.wait_for("Jamais", seconds=20)

    with pytest.raises(UnknownOutcome) as trouble, screen.submitting():
        save()
    assert code_of(trouble) == "target-error"


def test_a_poll_in_the_background_may_fail_even_while_submitting(show):
    poll = "fetch('/panne').then(() => document.body.append('Tableau à jour'))"
    screen = show(index=f'<button onclick="{poll}">Rafraîchir</button>')

    with screen.submitting():
        screen.press("Rafraîchir")
        assert screen.wait_for("Tableau à jour", seconds=20) == "Tableau à jour"

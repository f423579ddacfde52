"""What a window tells of itself: waited for, opened, asked by dialogs, and in trouble."""

from __future__ import annotations

import time

import pytest

from greffier.errors import ScreenError, UnknownOutcome
from tests.bots.conftest import code_of

pytestmark = pytest.mark.browser

FORM = "<table><tr><td>Nom</td><td>TREMBLAY</td></tr></table>"


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
    screen = show(index=OPENER, fenetre=FORM)

    for _ in range(2):
        screen.press("Confirmer")
        with screen.popup() as popup:
            assert popup.read("Nom") == "TREMBLAY"

    assert len(screen.page.context.pages) == 1


def test_a_window_that_a_link_opens_is_taken_up_too(show):
    screen = show(index="<a href=/fenetre target=_blank>Voir</a>", fenetre=FORM)

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
    screen.watch.markers = ("Identifiez-vous",)

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
    screen.watch.markers = ("Identifiez-vous",)

    with pytest.raises(UnknownOutcome) as trouble, screen.submitting():
        screen.press(press)
    assert code_of(trouble) == code
    with pytest.raises(ScreenError):
        screen.go("/panne")


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

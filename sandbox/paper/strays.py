"""Paper that comes with the mail and is not the form: a letter, another office's form, nothing."""

from __future__ import annotations

import random
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from greffier.words import Box
from sandbox.paper import names
from sandbox.paper.fonts import font_path
from sandbox.paper.ink import MM, Page, sign
from sandbox.paper.layout import PAGE_HEIGHT, PAGE_WIDTH

Kind = Literal["letter", "unknown-form", "blank"]

_LETTERS = (
    (
        "Objet : votre lettre du mois dernier",
        "Madame, Monsieur,",
        "J’ai bien reçu votre lettre et je vous en remercie. Je ne comprends pas pourquoi",
        "on me demande une seconde fois les pièces que j’ai déjà envoyées au printemps. J’en garde",
        "une copie, ainsi que la preuve de leur livraison.",
        "Pourriez-vous vérifier mon dossier et me dire par écrit ce qu’il y manque encore? Je suis",
        "à la maison en semaine, le matin surtout.",
        "Je vous prie d’agréer, Madame, Monsieur, mes salutations distinguées.",
    ),
    (
        "Objet : remerciements",
        "Bonjour,",
        "Je tiens à remercier la personne qui m’a aidé au comptoir la semaine passée. Elle a pris",
        "le temps de tout m’expliquer et mon problème est maintenant réglé.",
        "Il est rare qu’on prenne la peine d’écrire quand les choses vont bien; c’est pourtant",
        "mérité. Vous pouvez lui transmettre ce mot.",
        "Cordialement,",
    ),
)


def stray(kind: Kind, seed: int) -> Page:
    """One grey page at 300 dpi."""
    rng = random.Random(seed)
    image = Image.new("L", (round(PAGE_WIDTH * MM), round(PAGE_HEIGHT * MM)), 255)
    if kind == "letter":
        return _letter(image, rng)
    if kind == "unknown-form":
        return _campfire_permit(image)
    return np.array(image)


class _Writer:
    """Sets type on an image, in millimetres."""

    def __init__(self, image: Image.Image) -> None:
        self.draw = ImageDraw.Draw(image)

    def text(self, x: float, y: float, what: str, font: str, size: float = 4.0) -> None:
        face = ImageFont.truetype(str(font_path(font)), round(size * MM))
        self.draw.text((x * MM, y * MM), what, font=face, fill=15, anchor="ls")

    def frame(self, x: float, y: float, width: float, height: float, line: int = 3) -> None:
        corners = (x * MM, y * MM, (x + width) * MM, (y + height) * MM)
        self.draw.rectangle(corners, outline=15, width=line)


def _letter(image: Image.Image, rng: random.Random) -> Page:
    writer, font = _Writer(image), "Liberation Serif"
    place, _, _ = rng.choice(names.PLACES)
    writer.text(120, 32, f"{place}, le 12 novembre 2026", font)
    writer.text(25, 48, "Service de changement d’adresse (exercice)", font)
    writer.text(25, 54, "Case postale 001, Québec", font)
    y = 74.0
    for line in rng.choice(_LETTERS):
        writer.text(25, y, line, font)
        # Full lines run on; the others end a paragraph.
        y += 6.2 if len(line) > 75 else 11.5
    name = f"{rng.choice(names.GIVEN['M'])} {rng.choice(names.SURNAMES)}"
    writer.text(25, y + 28, name, font)
    page = np.array(image)
    box = Box(round(25 * MM), round(y * MM), round(95 * MM), round((y + 20) * MM))
    sign(page, box, rng, 60)
    return page


def _campfire_permit(image: Image.Image) -> Page:
    """A form no pack describes."""
    writer, font = _Writer(image), "Liberation Serif"
    writer.text(30, 26, "MUNICIPALITÉ DE SAINT-EXEMPLE", f"{font}:bold", 5.5)
    writer.text(30, 34, "Demande de permis de feu en plein air", f"{font}:italic", 6.0)
    writer.text(160, 26, "Imprimé SE-77", font, 3.6)
    questions = (
        ("Responsable du feu", "Normand Girard"),
        ("Lieu exact (lot, rang)", "lot 14, rang 3"),
        ("Matières à brûler", "branches, feuilles sèches"),
        ("Jour et heures", "samedi, de 18 h à 22 h"),
        ("Distance du bâtiment le plus proche (mètres)", "45"),
        ("Moyens d’extinction sur place", "boyau, deux pelles"),
    )
    for order, (question, answer) in enumerate(questions):
        y = 52 + order * 23.0
        writer.frame(30, y, 156, 18)
        writer.text(32, y + 4.5, f"{order + 1}. {question}", font, 3.6)
        writer.text(38, y + 13.5, answer, "Liberation Mono", 4.6)
    writer.text(30, 202, "Décision du garde-feu :   accordé   refusé", font, 4.2)
    writer.frame(30, 210, 156, 40, line=6)
    writer.text(32, 215, "Sceau de la municipalité", font, 3.6)
    return np.array(image)

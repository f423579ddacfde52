"""Letters told apart after a real fax: ``python bench/letters.py``.

Prints each text of the classifier's evaluation, faxes it (bitonal, 204×196 or 204×98 dpi, speckle,
skew), reads it with Tesseract and classifies what Tesseract says. Prints macro-F1, the share of
unknown texts refused, and the time the classifier took.
"""

from __future__ import annotations

import random
import textwrap
import time
from pathlib import Path

import numpy as np
import tesserocr
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from classifiers import classify
from classifiers.corpus import texts
from classifiers.evaluate import measure

TESSDATA = Path("/usr/share/tesseract-ocr/5/tessdata")
FONTS = ("DejaVuSerif.ttf", "DejaVuSans.ttf", "LiberationSerif-Regular.ttf", "FreeMono.ttf")
PAGE = (2550, 3300)


def printed(text: str, rng: random.Random) -> Image.Image:
    """The text as a letter at 300 dpi."""
    page = Image.new("L", PAGE, 255)
    for name in rng.sample(FONTS, len(FONTS)):
        try:
            font = ImageFont.truetype(name, 46)
            break
        except OSError:
            continue
    lines = [part for line in text.split("\n") for part in textwrap.wrap(line, 78) or [""]]
    ImageDraw.Draw(page).multiline_text((220, 300), "\n".join(lines), 0, font, spacing=20)
    return page


def faxed(page: Image.Image, lines_per_inch: int, rng: random.Random) -> Image.Image:
    """The page as a fax machine gives it, back at 300 dpi."""
    turned = page.rotate(rng.uniform(-1.0, 1.0), fillcolor=255).filter(ImageFilter.GaussianBlur(1))
    width, height = page.width * 204 // 300, page.height * lines_per_inch // 300
    grey = np.asarray(turned.resize((width, height))).astype(float)
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 25, grey.shape)
    bits = Image.fromarray(np.where(grey + noise > 150, 255, 0).astype("uint8"))
    return bits.resize(page.size)


def main() -> None:
    """Print a line for clean print, fine fax and standard fax."""
    with tesserocr.PyTessBaseAPI(path=str(TESSDATA), lang="fra") as reader:
        for name, lines_per_inch in (("clean", 0), ("fine fax", 196), ("standard fax", 98)):
            rng = random.Random(3)
            read = []
            for kind, text in texts("evaluation"):
                page = printed(text, rng)
                reader.SetImage(faxed(page, lines_per_inch, rng) if lines_per_inch else page)
                read.append((kind, reader.GetUTF8Text()))
            began = time.perf_counter()
            found = measure(read)
            spent = (time.perf_counter() - began) / len(read) * 1000
            print(f"{name:13} macro-F1 {found.macro_f1:.3f}, ", end="")
            print(f"unknown refused {found.refused:.3f}, {spent:.1f} ms a text", flush=True)


if __name__ == "__main__":
    classify("un premier texte, pour que le modèle soit chargé avant que l'on compte le temps")
    main()

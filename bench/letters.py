"""Letters told apart after a real fax: ``python -m bench.letters``.

Prints each text of the classifiers' evaluation, faxes it (bitonal, 204×196 or 204×98 dpi, speckle,
skew), reads it with Tesseract as ``extractors.text`` does, and classifies what Tesseract says.
Prints macro-F1 of kinds and themes, the share of unknown texts refused, the facts found, and the
time a text took. A folder as the argument keeps what was read, and takes it from there next time.
"""

from __future__ import annotations

import random
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from classifiers import classify, theme
from classifiers.corpus import Written, hand_written
from classifiers.evaluate import summary
from extractors.pages import Page
from extractors.text import page_text

FONTS = ("DejaVuSerif.ttf", "DejaVuSans.ttf", "LiberationSerif-Regular.ttf", "FreeMono.ttf")
PAGE = (2550, 3300)
#: What is printed and read, of what `classifiers.evaluate` measures: half an hour.
PRINTED = ("apart", "evaluation")


def printed(text: str, rng: random.Random) -> Image.Image:
    """The text as a letter at 300 dpi."""
    page = Image.new("L", PAGE, 255)
    for name in rng.sample(FONTS, len(FONTS)):
        try:
            font = ImageFont.truetype(name, 46)
            break
        except OSError:
            continue
    else:
        raise SystemExit(f"none of these fonts is installed: {', '.join(FONTS)}")
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


def read_back(folder: str, lines_per_inch: int, kept: Path | None) -> Iterator[Written]:
    """The texts of a corpus folder as a reader gives them back from paper or a fax."""
    rng = random.Random(3)
    for number, letter in enumerate(hand_written(folder)):
        page = printed(letter.text, rng)
        image = faxed(page, lines_per_inch, rng) if lines_per_inch else page
        file = kept / f"{folder}-{lines_per_inch}-{number}.txt" if kept else None
        if file and file.exists():
            text = file.read_text(encoding="utf-8")
        else:
            text = page_text(Page(number=1, image=np.asarray(image))).text
            if file:
                file.write_text(text, encoding="utf-8")
        yield letter._replace(text=text)


def main(kept: str | None = None) -> None:
    """Print a block for clean print, fine fax and standard fax of each folder."""
    for folder in PRINTED:
        for name, lines_per_inch in (("clean", 0), ("fine fax", 196), ("standard fax", 98)):
            read = list(read_back(folder, lines_per_inch, Path(kept) if kept else None))
            began = time.process_time()
            said = summary(read)
            spent = (time.process_time() - began) / len(read) * 1000
            print(f"{folder}, {name}: {said}\n  {spent:.1f} ms a text", flush=True)


if __name__ == "__main__":
    for load in (classify, theme):
        load("un premier texte, pour que le modèle soit chargé avant que l'on compte le temps")
    main(*sys.argv[1:])

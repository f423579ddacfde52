"""Train the classifier: ``python -m classifiers.train``; about two minutes on one core.

Reads ``config.cfg`` and the corpus beside it, writes ``model/``. With ``--tune`` the hand-written
examples are kept out of training, so that the scores printed on them choose settings honestly.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from spacy import util
from spacy.training.initialize import init_nlp
from spacy.training.loop import train

from classifiers import corpus, features  # noqa: F401  (they register what config.cfg names)
from classifiers.kinds import MODEL

CONFIG = Path(__file__).with_name("config.cfg")


def main(arguments: list[str] | None = None) -> None:
    """Train from the configuration and save the pipeline."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.train", description=__doc__)
    parser.add_argument("--output", type=Path, default=MODEL)
    parser.add_argument("--tune", action="store_true")
    asked = parser.parse_args(arguments)
    overrides = {"corpora.train.examples": 0} if asked.tune else {}
    nlp = init_nlp(util.load_config(CONFIG, overrides=overrides))
    trained, _ = train(nlp, None, stdout=sys.stdout, stderr=sys.stderr)
    trained.meta.update(name="greffier_kinds", description="Kinds of forms and letters.")
    # The pieces are hashed: no string of the training texts is of use to the model.
    trained.to_disk(asked.output, exclude=["vocab"])


if __name__ == "__main__":
    main()

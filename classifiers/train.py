"""Train the classifiers: ``python -m classifiers.train``; about a minute and a half on one core.

Reads ``config.cfg``, ``themes.cfg`` and the corpus beside them, writes ``model/kinds`` and
``model/themes``. With ``--tune`` the hand-written examples are kept out of training, so that the
scores printed on them choose settings honestly.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import registry
from thinc.api import Config

from classifiers import corpus, features  # noqa: F401  (the first registers the readers)
from classifiers.kinds import KINDS, MODELS, THEMES

CONFIG = Path(__file__).with_name("config.cfg")
_SAYS = {KINDS: "Kinds of forms and letters.", THEMES: "Themes of answers to a consultation."}


def main(arguments: list[str] | None = None) -> None:
    """Train from the configurations and save the pipelines."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.train", description=__doc__)
    parser.add_argument("--output", type=Path, default=MODELS)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--only", choices=tuple(_SAYS))
    asked = parser.parse_args(arguments)
    asked.output.mkdir(parents=True, exist_ok=True)
    for name in [asked.only] if asked.only else _SAYS:
        config = configured(name)
        if asked.tune:
            config["corpora"]["train"]["examples"] = 0
        nlp = init_nlp(config)
        read = registry.resolve(config.interpolate()["corpora"])["train"]
        learner: Any = nlp.get_pipe(name)
        features.count_pieces(learner.model, (example.text for example in read(nlp)))
        trained, _ = train(nlp, None, stdout=sys.stdout, stderr=sys.stderr)
        trained.meta.update(name=f"greffier_{name}", description=_SAYS[name])
        # The pieces are hashed: no string of the training texts is of use to the model.
        trained.to_disk(asked.output / name, exclude=["vocab"])


def configured(name: str) -> Config:
    """How the pipeline ``name`` is trained: ``config.cfg``, and what ``<name>.cfg`` changes."""
    config = Config().from_disk(CONFIG, interpolate=False)
    if name == KINDS:
        return config
    change = Config().from_disk(CONFIG.with_name(f"{name}.cfg"), interpolate=False)
    return Config({**config, **change})


if __name__ == "__main__":
    main()

"""Train the classifiers: ``python -m classifiers.train``; twenty minutes on one core.

Reads ``config.cfg``, ``meaning.cfg``, ``themes.cfg`` and the corpus beside them, writes
``model/kinds``, ``model/meaning`` and ``model/themes``. The first and the last are means of models
that differ in their seeds alone. ``--seed`` sets the first of these, to see how much of a score is
chance. With ``--tune`` the hand-written examples are kept out of training, so that the scores
printed on them choose settings honestly.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import registry
from thinc.api import Config

from classifiers import corpus  # noqa: F401  (registers the readers)
from classifiers.features import (
    average,
    count_pieces,
    learn_telling,
    learn_words,
    share_words,
)
from classifiers.kinds import KINDS, MEANING, MODELS, THEMES

CONFIG = Path(__file__).with_name("config.cfg")
#: What leaves the hand-written texts out of training.
_NO_EXAMPLES = {
    KINDS: {"examples": 0, "unknown": 0},
    MEANING: {"examples": 0, "unknown": 0},
    THEMES: {"examples": 0},
}
_SAYS = {
    KINDS: "Kinds of forms and letters, by pieces of words.",
    MEANING: "Kinds of forms and letters, by what sentences mean.",
    THEMES: "Themes of answers to a consultation.",
}


def main(arguments: list[str] | None = None) -> None:
    """Train from the configurations and save the pipelines."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.train", description=__doc__)
    parser.add_argument("--output", type=Path, default=MODELS)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--only", choices=tuple(_SAYS))
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args(arguments)
    asked.output.mkdir(parents=True, exist_ok=True)
    for name in [asked.only] if asked.only else _SAYS:
        config = configured(name)
        if asked.tune:
            config["corpora"]["train"].update(_NO_EXAMPLES[name])
            config["counting"].update(_NO_EXAMPLES[name])
        if asked.seed is not None:
            config["system"]["seed"] = asked.seed
        trained = by_meaning(config) if name == MEANING else averaged(config, name)
        # spaCy's own scores are of the last seed's last step: ``classifiers.evaluate`` measures.
        trained.meta.update(name=f"greffier_{name}", description=_SAYS[name], performance={})
        # The pieces are hashed: no string of the training texts is of use to the model.
        trained.to_disk(asked.output / name, exclude=["vocab"])


def by_meaning(config: Config) -> Language:
    """The pipeline over the vectors of sentences."""
    return train(init_nlp(config), None, stdout=sys.stdout, stderr=sys.stderr)[0]


def averaged(config: Config, name: str) -> Language:
    """The pipeline ``name``, with the mean of the weights that several seeds give."""
    first = config["system"]["seed"]
    pipelines: list[Language] = []
    models: list[Any] = []
    for seed in range(first, first + config["averaging"]["models"]):
        config["system"]["seed"] = seed
        nlp = init_nlp(config)
        learner: Any = nlp.get_pipe(name)
        if models:
            share_words(models[0], learner.model)
        else:
            learn_words(learner.model, _texts(config, nlp, damage=[0.0]))
            count_pieces(learner.model, _texts(config, nlp))
            learn_telling(learner.model, _by_kind(config, nlp, **config["counting"]))
        pipelines.append(train(nlp, None, stdout=sys.stdout, stderr=sys.stderr)[0])
        models.append(learner.model)
    average(models)
    return pipelines[0]


def _texts(config: Config, nlp: Language, **changed: Any) -> Iterator[str]:
    """The texts that ``config`` trains on, or would with its corpus ``changed``."""
    return (example.text for example in _examples(config, nlp, **changed))


def _by_kind(config: Config, nlp: Language, **changed: Any) -> dict[str, list[str]]:
    """The same, by label."""
    found: dict[str, list[str]] = {}
    for example in _examples(config, nlp, **changed):
        cats = example.reference.cats
        found.setdefault(max(cats, key=cats.__getitem__), []).append(example.text)
    return found


def _examples(config: Config, nlp: Language, **changed: Any) -> Iterator[Example]:
    read = registry.resolve({"train": {**config.interpolate()["corpora"]["train"], **changed}})
    return read["train"](nlp)  # type: ignore[no-any-return]


def configured(name: str) -> Config:
    """How the pipeline ``name`` is trained: ``config.cfg``, and what ``<name>.cfg`` changes."""
    config = Config().from_disk(CONFIG, interpolate=False)
    if name == KINDS:
        return config
    change = Config().from_disk(CONFIG.with_name(f"{name}.cfg"), interpolate=False)
    return Config({**config, **change})


if __name__ == "__main__":
    main()

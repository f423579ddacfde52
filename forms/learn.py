"""What a confidence is worth, and from which one on a reading may go through unseen.

**Worth.** The share of right readings as a rising step function of the confidence: isotonic
regression (Barlow et al. 1972, by ``scipy.optimize.isotonic_regression``), each step smoothed by
Laplace's rule of succession so that a few right readings do not make a certainty.

**Threshold.** The lowest one such that, with the stated certainty, at most the accepted share of
what reaches it is wrong. It goes below the fixed threshold only where readings so doubtful were
tried, and never lets one through which by itself is worth less than the fixed threshold, so that
many easy ones do not carry a few bad ones over. The upper bound on the share is Clopper and
Pearson's (Biometrika 26, 1934), exact for any number of examples. Trying many thresholds on the
same examples would spoil it; so they are tried in an order that does not depend on what turned out
right, from the strictest down, until the first that fails (fixed-sequence testing: Angelopoulos et
al., "Learn then Test", arXiv:2110.01052). A proof without a single error takes 598 examples for
0.5 % at 95 %; the first threshold tried lets twice as many through, where there are so many to
choose from, so that one error among the surest is not the end of it.

The bound takes examples as independent, and tomorrow's paper as like the verified paper. Neither is
quite true of fields of one page, nor of a new scanner: verify some documents of each.

**Pools.** Few fields have so many examples. A field is judged by its own, else by those of the
fields laid out like it that hold the same signs (figures, words, codes), else by all those laid out
like it; never by another reader's. Pools lend trust but hide no distrust: where a field's own
examples contradict the accepted share, its threshold is stricter.

**Not enough examples.** What no pool can prove keeps the fixed threshold, or the lowest stricter
one that the nearest pool of some size does not contradict, and is said to be *unproven*: that is no
guarantee. Where examples contradict every one, it is *refuted*: a person sees the field always.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, takewhile
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import beta

from forms.calibration import Calibration, Learned, Verdict
from forms.readers import fingerprint
from forms.schema import FormPack

#: One in twenty bounds may be too low.
CERTAINTY = 0.95
#: A threshold below the fixed one has so many examples at or below it: there it was tried.
_SUPPORT = 20
#: What is unproven is judged by examples that would prove so many times the accepted error; a
#: threshold stricter than the fixed one is reached by as many as prove so many times.
_NEARLY, _ROUGHLY = 2, 10


class Example(NamedTuple):
    """One reading that was verified."""

    field: str
    reader: str
    confidence: float
    right: bool


class Cut(NamedTuple):
    """A threshold, how many examples reach it, how many of these are wrong, and the upper bound."""

    threshold: float
    accepted: int
    wrong: int
    bound: float


def upper_bound(wrong: int, of: int, certainty: float = CERTAINTY) -> float:
    """The share wrong is at most this, with that certainty (Clopper-Pearson, one-sided)."""
    return _upper_bounds([wrong], [of], certainty)[0]


def _upper_bounds(wrong: Sequence[int], of: Sequence[int], certainty: float) -> list[float]:
    misses, counts = np.array(wrong), np.array(of)
    bounds = beta.ppf(certainty, misses + 1, np.maximum(counts - misses, 1))
    return [float(bound) for bound in np.where(misses >= counts, 1.0, bounds)]


def lower_bound(wrong: int, of: int, certainty: float = CERTAINTY) -> float:
    """The share wrong is at least this, with that certainty (Clopper-Pearson, one-sided)."""
    return 0.0 if wrong == 0 else float(beta.ppf(1 - certainty, wrong, of - wrong + 1))


def fewest(accepted_error: float, certainty: float = CERTAINTY) -> int:
    """How many examples, all right, prove that at most the accepted share is wrong."""
    return math.ceil(math.log(1 - certainty) / math.log(1 - accepted_error))


def cuts(examples: Iterable[Example], certainty: float = CERTAINTY) -> list[Cut]:
    """Every threshold the examples tell apart, from the strictest down."""
    levels: list[tuple[float, int, int]] = []
    accepted = wrong = 0
    ordered = sorted(examples, key=lambda one: -one.confidence)
    for confidence, same in groupby(ordered, key=lambda one: one.confidence):
        outcomes = [one.right for one in same]
        accepted += len(outcomes)
        wrong += outcomes.count(False)
        levels.append((confidence, accepted, wrong))
    bounds = _upper_bounds(
        [wrong for _, _, wrong in levels], [of for _, of, _ in levels], certainty
    )
    return [Cut(*level, bound) for level, bound in zip(levels, bounds, strict=True)]


def proofs(found: Sequence[Cut], accepted_error: float, certainty: float = CERTAINTY) -> list[Cut]:
    """Those of all ``cuts`` proven to let at most the accepted share of wrong ones through.

    From the strictest tried to the lowest. Empty for want of examples, or of right ones.
    """
    everything = found[-1].accepted if found else 0
    enough = fewest(accepted_error, certainty)
    start = max(enough, min(2 * enough, everything // 2))
    tried = (cut for cut in found if cut.accepted >= start)
    return list(takewhile(lambda cut: cut.bound <= accepted_error, tried))


def worth(examples: Sequence[Example]) -> tuple[tuple[float, float], ...]:
    """Rising steps ``(confidence, share right)``: from that confidence on, to the next step."""
    ordered = sorted(examples, key=lambda one: one.confidence)
    confidences = np.array([one.confidence for one in ordered])
    right = np.array([one.right for one in ordered], float)
    # Examples of one confidence are one point: isotonic regression knows no ties.
    levels, where, counts = np.unique(confidences, return_index=True, return_counts=True)
    means = np.add.reduceat(right, where) / counts
    fit = isotonic_regression(means, weights=counts)
    starts = fit.blocks[:-1]
    sizes = np.add.reduceat(counts, starts)
    shares = (fit.x[starts] * sizes + 1) / (sizes + 2)
    rising = np.maximum.accumulate(shares)
    steps = zip(levels[starts], rising, strict=True)
    return tuple((round(float(at), 4), round(float(share), 4)) for at, share in steps)


def learn(
    pack: FormPack,
    examples: Iterable[Example],
    documents: int,
    fixed: float,
    certainty: float = CERTAINTY,
) -> Calibration:
    """What ``examples`` from so many documents teach of the pack's fields.

    ``fixed`` is the threshold that holds where nothing is proven. The examples are taken to be of
    the readers there are now.
    """
    pools: dict[str, _Pool] = {}
    kinds: dict[tuple[str, str], tuple[str, ...]] = {}
    for example in examples:
        kinds[example.field, example.reader] = names = _pool_names(pack, example)
        for name in names:
            pool = pools.setdefault(name, _Pool(name, [], pack.accepted_error, certainty, fixed))
            pool.examples.append(example)
    order = [spec.name for spec in pack.fields]
    learned = [
        Learned(field=kind[0], reader=kind[1], **_judged([pools[n] for n in kinds[kind]]))
        for kind in sorted(kinds, key=lambda kind: (order.index(kind[0]), kind[1]))
    ]
    return Calibration(
        form=pack.id,
        accepted_error=pack.accepted_error,
        certainty=certainty,
        documents=documents,
        readers=fingerprint(),
        learned=tuple(learned),
        curves={name: pools[name].worth for name in sorted({o.pool for o in learned})},
    )


def _pool_names(pack: FormPack, example: Example) -> tuple[str, ...]:
    """Whose examples count for this one, the nearest first."""
    spec = pack.field(example.field)
    steps = (example.reader, spec.layout, _SIGNS.get(spec.type, "codes"), spec.name)
    return tuple("/".join(steps[:count]) for count in range(len(steps), 1, -1))


#: What a type's characters are; of all others, figures and letters mixed.
_SIGNS = {
    **dict.fromkeys(("digits", "date", "nas", "phone"), "figures"),
    **dict.fromkeys(("name", "text"), "words"),
    **dict.fromkeys(("checkbox", "choice", "signature"), "marks"),
}


@dataclass(frozen=True)
class _Pool:
    """Examples that count together, and what they prove."""

    name: str
    examples: list[Example]
    accepted_error: float
    certainty: float
    fixed: float

    @cached_property
    def proofs(self) -> list[Cut]:
        found = proofs(cuts(self.examples, self.certainty), self.accepted_error, self.certainty)
        good = min((at for at, share in self.worth if share >= self.fixed), default=math.inf)
        known = sorted(one.confidence for one in self.examples)[:_SUPPORT][-1]
        return [cut for cut in found if cut.threshold >= max(good, min(known, self.fixed))]

    @cached_property
    def worth(self) -> tuple[tuple[float, float], ...]:
        return worth(self.examples)

    def can_judge(self) -> bool:
        """Whether there are enough examples to see a promise broken badly."""
        return self.at(self.fixed)[0] >= fewest(_NEARLY * self.accepted_error, self.certainty)

    def unproven(self) -> Iterator[float]:
        """The fixed threshold, then stricter ones that enough examples reach to judge them by."""
        yield self.fixed
        enough = fewest(_ROUGHLY * self.accepted_error, self.certainty)
        for cut in reversed(cuts(self.examples, self.certainty)):
            if cut.threshold > self.fixed and cut.accepted >= enough:
                yield cut.threshold

    def at(self, threshold: float) -> tuple[int, int]:
        """How many examples reach the threshold, and how many of these are wrong."""
        reach = [one.right for one in self.examples if one.confidence >= threshold]
        return len(reach), reach.count(False)

    def contradicts(self, threshold: float) -> bool:
        """Whether surely more than the accepted share of what reaches the threshold is wrong."""
        accepted, wrong = self.at(threshold)
        return lower_bound(wrong, accepted, self.certainty) > self.accepted_error


def _judged(pools: Sequence[_Pool]) -> dict[str, Any]:
    """The verdict on what has these pools, the nearest (its own) first."""
    own, widest = pools[0], pools[-1]
    for pool in pools:
        for cut in reversed(pool.proofs):
            if not own.contradicts(cut.threshold):
                return _told("proven", own, pool, cut.threshold)
    judge = next((pool for pool in pools if pool.can_judge()), widest)
    for threshold in judge.unproven():
        if not (judge.contradicts(threshold) or own.contradicts(threshold)):
            return _told("unproven", own, judge, threshold)
    return _told("refuted", own, judge, None)


def _told(verdict: Verdict, own: _Pool, pool: _Pool, threshold: float | None) -> dict[str, Any]:
    accepted, wrong = (0, 0) if threshold is None else own.at(threshold)
    reach, misses = pool.at(pool.fixed if threshold is None else threshold)
    return {
        "verdict": verdict,
        "threshold": threshold,
        "examples": len(own.examples),
        "accepted": accepted,
        "wrong": wrong,
        "pool": pool.name,
        "pooled": len(pool.examples),
        "bound": upper_bound(misses, reach, pool.certainty),
    }

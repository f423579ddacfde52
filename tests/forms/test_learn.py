from __future__ import annotations

import random

import pytest

from forms.learn import Example, cuts, fewest, learn, lower_bound, proofs, upper_bound, worth
from forms.schema import FormPack

FIXED = 0.95


def examples(
    count: int, *, wrong: int = 0, sure: float = 0.99, field: str = "nas", reader: str = "print"
) -> list[Example]:
    return [Example(field, reader, sure, number >= wrong) for number in range(count)]


def verdicts(pack: FormPack, seen: list[Example]) -> dict[tuple[str, str], tuple[str, object]]:
    learned = learn(pack, seen, documents=100, fixed=FIXED).learned
    return {(one.field, one.reader): (one.verdict, one.threshold) for one in learned}


@pytest.mark.parametrize(
    ("wrong", "of", "bound"), [(0, 100, 0.0295), (1, 100, 0.0466), (5, 100, 0.1023)]
)
def test_the_upper_bound_is_the_tabled_clopper_pearson_one(
    wrong: int, of: int, bound: float
) -> None:
    assert upper_bound(wrong, of) == pytest.approx(bound, abs=1e-4)


def test_the_bounds_hold_the_share_that_was_seen_between_them() -> None:
    assert lower_bound(3, 200) < 3 / 200 < upper_bound(3, 200)
    assert lower_bound(0, 200) == 0.0
    assert upper_bound(0, 0) == 1.0


def test_as_many_examples_as_needed_prove_and_one_less_does_not() -> None:
    needed = fewest(0.005)
    assert upper_bound(0, needed) <= 0.005 < upper_bound(0, needed - 1)


def test_too_few_examples_prove_nothing_and_keep_the_fixed_threshold(pack: FormPack) -> None:
    assert verdicts(pack, examples(500)) == {("nas", "print"): ("unproven", FIXED)}


def test_enough_right_examples_prove_a_lower_threshold(pack: FormPack) -> None:
    seen = examples(700) + examples(400, sure=0.8)
    assert verdicts(pack, seen) == {("nas", "print"): ("proven", 0.8)}


def test_an_unproven_threshold_is_raised_to_where_nothing_contradicts_it(pack: FormPack) -> None:
    seen = examples(100, wrong=5, sure=0.96) + examples(200, sure=0.99)
    assert verdicts(pack, seen) == {("nas", "print"): ("unproven", 0.99)}


def test_no_threshold_lies_below_what_was_seen_often_enough(pack: FormPack) -> None:
    seen = examples(900) + examples(15, sure=0.2) + examples(15, sure=0.7)
    assert verdicts(pack, seen) == {("nas", "print"): ("proven", 0.7)}


def test_what_is_often_wrong_at_any_confidence_never_goes_through(pack: FormPack) -> None:
    assert verdicts(pack, examples(900, wrong=30)) == {("nas", "print"): ("refuted", None)}


def test_fields_laid_out_alike_lend_one_another_their_examples(pack: FormPack) -> None:
    seen = examples(40) + examples(700, field="birth_date")
    assert verdicts(pack, seen)["nas", "print"] == ("proven", 0.99)


def test_one_reader_proves_nothing_for_another(pack: FormPack) -> None:
    seen = examples(900) + examples(30, reader="hand")
    assert verdicts(pack, seen)["nas", "hand"] == ("unproven", FIXED)


def test_pools_do_not_hide_a_field_that_is_worse_than_the_others(pack: FormPack) -> None:
    bad = examples(20, wrong=4, field="nas", sure=0.97) + examples(20, field="nas", sure=0.999)
    good = examples(2000, field="birth_date", sure=0.97) + examples(1300, field="birth_date")
    found = verdicts(pack, bad + good)
    assert found["birth_date", "print"] == ("proven", 0.97)
    assert found["nas", "print"] == ("proven", 0.99)


def test_many_easy_readings_do_not_carry_a_few_bad_ones_over(pack: FormPack) -> None:
    seen = examples(5000) + examples(20, wrong=5, sure=0.6)
    assert verdicts(pack, seen)["nas", "print"] == ("proven", 0.99)


def test_what_a_confidence_is_worth_rises_and_a_few_examples_make_no_certainty() -> None:
    rng = random.Random(1)
    seen = [Example("nas", "print", sure, rng.random() < sure) for sure in [0.3, 0.6, 0.9] * 400]
    steps = worth(seen)
    assert [at for at, _ in steps] == [0.3, 0.6, 0.9]
    assert [share for _, share in steps] == pytest.approx([0.3, 0.6, 0.9], abs=0.05)
    assert worth(examples(8)) == ((0.99, 0.9),)


def test_more_than_the_accepted_share_goes_through_no_oftener_than_the_certainty_says() -> None:
    """A reader whose share of errors is known at each confidence, calibrated sixty times."""
    rng = random.Random(7)
    accepted_error, certainty, broken, useful = 0.02, 0.9, 0, 0
    for _ in range(60):
        seen = []
        for _ in range(800):
            sure = rng.random()
            seen.append(Example("nas", "print", sure, rng.random() > 0.1 * (1 - sure)))
        passed = proofs(cuts(seen, certainty), accepted_error, certainty)
        if passed:
            useful += 1
            # Above t the doubt is uniform on 0 to 1 - t: its mean error is 0.05 (1 - t).
            broken += 0.05 * (1 - passed[-1].threshold) > accepted_error
    assert broken <= 60 * (1 - certainty) * 1.7
    assert useful > 10

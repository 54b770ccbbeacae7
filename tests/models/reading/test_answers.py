"""What is trained for an answer, and in which order; a cause only where its mending alone helps."""

from dataclasses import replace

import pytest

from models import Experiment, train
from models.reading.answers import Answer, Diagnosis, Question, answer, counted, diagnosis
from models.reading.mending import Mended

RUN = Experiment(networks=8)
FIRST = Mended(("no_zero_grad",), replace(RUN, learning_rate=0.2), "first")
SECOND = Mended(("double_sigmoid",), replace(RUN, learning_rate=0.3), "second")
BOTH = Mended(("no_zero_grad", "double_sigmoid"), replace(RUN, learning_rate=0.4), "both")
REMEDY, OTHER = replace(RUN, activation="relu"), replace(RUN, optimizer="adam")
FOUND = Diagnosis("vanished", (REMEDY,), (OTHER,))


def told(asked: Question, shares: dict[Experiment, float], **found: Diagnosis) -> Answer:
    return answer(asked, shares.get, lambda experiment: found.get("found"))


def trained(asked: Question, shares: dict[Experiment, float]) -> tuple[list[Experiment], Answer]:
    """All that is trained on the way to an answer, in its order."""
    known: dict[Experiment, float] = {}
    order = []
    while (step := told(asked, known, found=FOUND)).missing is not None:
        assert step.kind == ""
        order.append(step.missing)
        known[step.missing] = shares.get(step.missing, 0.0)
    return order, step


def test_a_program_that_learns_is_said_to_though_it_has_mistakes():
    order, found = trained(Question(RUN, (FIRST,)), {RUN: 0.6, FIRST.experiment: 1.0})
    assert order == [RUN]
    assert found == Answer("learns")


def test_half_of_the_networks_are_not_most():
    _, found = trained(Question(RUN, (FIRST,)), {RUN: 0.5, FIRST.experiment: 0.5})
    assert found.kind == "nothing"
    _, found = trained(Question(RUN, (FIRST,)), {RUN: 0.5, FIRST.experiment: 0.51})
    assert found.kind == "cause"


def test_a_mistake_is_the_cause_where_mending_it_alone_helps_most_networks():
    asked = Question(RUN, (FIRST, SECOND), BOTH)
    order, found = trained(asked, {SECOND.experiment: 0.7, BOTH.experiment: 1.0})
    assert order == [RUN, FIRST.experiment, SECOND.experiment, BOTH.experiment]
    assert (found.kind, found.changes) == ("cause", (SECOND,))
    assert found.shown == SECOND.experiment


def test_of_two_causes_the_one_that_helps_more_comes_first():
    asked = Question(RUN, (FIRST, SECOND), BOTH)
    _, found = trained(asked, {FIRST.experiment: 0.6, SECOND.experiment: 0.9})
    assert found.changes == (SECOND, FIRST)


def test_mistakes_that_only_help_together_are_no_cause_each():
    _, found = trained(Question(RUN, (FIRST, SECOND), BOTH), {BOTH.experiment: 1.0})
    assert (found.kind, found.changes, found.cause) == ("together", (BOTH,), "")


def test_what_does_not_train_at_all_is_not_trained_as_it_is():
    order, found = trained(Question(None, (FIRST,)), {FIRST.experiment: 1.0})
    assert order == [FIRST.experiment]
    assert found.kind == "cause"


@pytest.mark.parametrize(("helps", "kind"), [(REMEDY, "diagnosed"), (OTHER, "helps")])
def test_a_cause_is_diagnosed_only_where_what_mends_it_helps(helps, kind):
    order, found = trained(Question(RUN), {helps: 1.0})
    assert order == [RUN, REMEDY, OTHER][: 2 if helps == REMEDY else 3]
    assert (found.kind, found.remedy) == (kind, helps)
    assert found.cause == ("vanished" if kind == "diagnosed" else "")


def test_a_remedy_beside_mended_mistakes_helps_and_is_no_cause():
    asked = Question(RUN, (FIRST, SECOND), BOTH)
    order, found = trained(asked, {REMEDY: 1.0})
    assert order[-1] == REMEDY
    assert (found.kind, found.cause, found.remedy) == ("helps", "", REMEDY)
    assert asked.base == BOTH.experiment


def test_if_nothing_helps_that_is_said_with_all_that_was_tried():
    _, found = trained(Question(RUN, (FIRST,)), {})
    assert found.kind == "nothing"
    assert found.tried == (FIRST.experiment, REMEDY, OTHER)


def test_what_may_not_be_trained_is_not_tried():
    found = answer(Question(RUN), {RUN: 0.0}.get, lambda run: FOUND, lambda run: run != REMEDY)
    assert found.missing == OTHER


def test_a_run_that_fails_suggests_what_mends_its_cause_and_what_else_may_help():
    linear = Experiment(activation="identity", depth=1, steps=20, networks=4)
    found = diagnosis(train(linear))
    assert found.cause == "linear"
    assert found.direct[0].activation == "relu"
    assert not set(found.direct) & set(found.besides)
    assert any(remedy.optimizer == "adam" for remedy in found.besides)


def test_weights_of_ones_own_are_one_network():
    start = (([[1.0, 1.0], [1.0, 1.0]], [0.0, 0.0]), ([[1.0], [1.0]], [0.0]))
    own = Experiment(depth=1, width=2, networks=1, start=start)
    assert counted(own, 64) == own
    assert counted(RUN, 16).networks == 16

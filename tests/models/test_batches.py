"""What a step is shown: against a plain loop, and what it may not depend on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models import Experiment, Trainer, train, train_together
from models.batches import Feed, batches_of, order_seed
from models.network import Ensemble
from models.plan import Arm
from models.tasks import XOR
from tests.models.reference import shown_points
from tests.models.test_trainer import assert_as_plain, assert_same_run

SOME = Experiment(
    activation="tanh", depth=2, width=5, init="pytorch", learning_rate=0.05, steps=200,
    networks=20, batch=1, order="shuffled", dtype="float64",
)  # fmt: skip
BATCHES = [(1, "fixed"), (1, "shuffled"), (2, "shuffled"), (3, "fixed"), (3, "shuffled")]


@pytest.mark.parametrize(("batch", "order"), BATCHES)
@pytest.mark.parametrize("networks", [1, 20])
def test_a_run_in_batches_is_that_of_a_plain_loop(networks, batch, order):
    experiment = replace(SOME, batch=batch, order=order, networks=networks)
    assert_as_plain(experiment, train(experiment), networks - 1)


@pytest.mark.parametrize(("batch", "order"), BATCHES)
def test_each_network_is_shown_what_its_seed_says(batch, order):
    experiment = replace(SOME, batch=batch, order=order, networks=3, seed=11)
    seeds = [11, 12, 13]

    def make(task, beside, apart):
        arms = [Arm.of(experiment, 3)]
        return Ensemble(experiment.shape, arms, task, torch.float64, beside=beside, apart=apart)

    feed = Feed(batches_of(XOR, batch, order, seeds), make, step=5)
    expected = [shown_points(experiment, network) for network in range(3)]
    for points in expected:
        for _ in range(5):
            next(points)
    for ensemble in feed.show(400):
        shown = ensemble.hidden[0, :, :, 1:3].contiguous()
        labels = ensemble._labels.values.expand(3, -1, -1)[..., 0]
        for network, points in enumerate(expected):
            places = next(points)
            assert torch.equal(shown[network], XOR.inputs[places])
            assert torch.equal(labels[network], XOR.labels[places])


def test_an_epoch_shows_every_point_once_and_orders_differ():
    points = shown_points(SOME, 0)
    epochs = [tuple(next(points)[0] for _ in range(4)) for _ in range(60)]
    assert all(sorted(epoch) == [0, 1, 2, 3] for epoch in epochs)
    assert len(set(epochs)) > 15  # of 24


@pytest.mark.parametrize("batch", [1, 3])
def test_a_network_is_the_same_alone_and_among_20(batch):
    many = replace(SOME, seed=10, batch=batch)
    crowd, alone = train(many), train(replace(many, networks=1, seed=10 + 17))
    np.testing.assert_allclose(crowd.loss[:, 17], alone.loss[:, 0], rtol=1e-9)


def test_trained_together_or_apart_is_the_same():
    others = [SOME, replace(SOME, order="fixed"), replace(SOME, batch=3), replace(SOME, batch=None)]
    experiments = [one.with_activation(name) for one in others for name in ("relu", "sigmoid")]
    for experiment, together in zip(experiments, train_together(experiments), strict=True):
        assert_same_run(together, train(experiment))


@pytest.mark.parametrize(("batch", "order"), BATCHES)
def test_a_run_that_rested_within_an_epoch_goes_on_as_if_it_had_not(batch, order):
    experiment = replace(SOME, batch=batch, order=order, steps=90)
    trainer, within = Trainer([experiment]), 0
    while not trainer.finished:
        trainer._burst = 1  # as on a machine where one step takes long
        trainer.advance(seconds=1e-9)
        within += trainer.step % experiment.epoch > 0
        trainer.rest()
    assert within, "it never rested within an epoch"
    assert_same_run(trainer.histories()[0], train(experiment), rtol=0)


def test_an_order_does_not_repeat_the_draws_of_the_weights():
    weights, orders = torch.Generator(), torch.Generator()
    for seed in (0, 7, 2**31 - 1):
        weights.manual_seed(seed)
        orders.manual_seed(order_seed(seed))
        drawn = [torch.rand(8, generator=each) for each in (weights, orders)]
        assert not torch.equal(*drawn)


def test_all_points_at_once_have_no_order():
    assert (
        replace(SOME, batch=4)
        == replace(SOME, batch=None)
        == replace(SOME, batch=None, order="fixed")
    )
    assert (SOME.epoch, replace(SOME, batch=3).epoch, replace(SOME, batch=None).epoch) == (4, 2, 1)

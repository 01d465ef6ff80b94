"""Studies of rules that ask for more than the gradient at the iterate, and what is refused."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest

import slalom
from slalom import SlalomError, descend, hyper, landscapes
from slalom.rules import Momentum, Rule
from slalom.rules.partition import Partition
from slalom.rules.vocabulary import sign
from slalom.studies import diff, race, respond
from slalom.studies.diff.arenas import arenas
from slalom.studies.diff.sides import RuleSide
from slalom.studies.diff.walks import walk
from slalom.studies.maps import basins, stability

from ..asking import Along, Ascent, ByLoss, Diagonal, Halving

ROUND = ("(x**2 + y**2)/2", [(-2, 2), (-2, 2)])
ASKING = [ByLoss(0.1), Along(0.1), Diagonal(0.1), Ascent()]


@dataclass(frozen=True)
class Damped(Rule, name="damped"):
    """Half of a step is taken back by the curvature: x is multiplied by 1 - a + a²/2, a = lr λ."""

    coupled = True
    lr: float = hyper(0.1, "learning rate")

    def update(self, g, hvp, state):
        return -self.lr * g + self.lr**2 / 2 * hvp(g), state


@dataclass(frozen=True)
class Signs(Rule, name="signs"):
    """Steps of one length, whose derivative is 0 nearly everywhere."""

    lr: float = hyper(0.1, "length of a step")

    def update(self, g, state):
        return -self.lr * sign(g), state


def named(rule):
    return rule.name


class TestDiff:
    def test_the_loss(self):
        """On |x|²/2 Polyak's step is half of x, times the share."""
        ground = landscapes.find(*ROUND)
        found = diff(ByLoss(0.5), ByLoss(0.8), landscape=ground, steps=1)
        assert found.partings[0].first == pytest.approx(0.15 * np.linalg.norm(ground.start))
        assert found.explained.needed == ("share",)

    def test_the_loss_elsewhere(self):
        """A rate of 4 is halved once before it is below 2, one of 1.9 is taken as it is."""
        ground = landscapes.find(*ROUND)
        found = diff(Halving(3.6), Halving(1.9), landscape=ground, steps=1)
        assert found.partings[0].first == pytest.approx(0.1 * np.linalg.norm(ground.start))

    def test_a_signal_is_left_out_where_a_loss_is_asked_for(self):
        found = diff(ByLoss(), "adam", landscape="bowl", steps=3)
        assert list(found.data.arena.values) == ["landscape", "network"]
        assert "answers" not in found.data
        assert [row["arena"] for row in found.summary()["arenas"]] == ["landscape", "network"]
        kept = diff(Ascent(), "adam", landscape="bowl", steps=3)
        assert list(kept.data.arena.values) == ["landscape", "signal", "network"]

    @pytest.mark.parametrize("rule", ASKING, ids=named)
    def test_free_runs_are_those_of_the_one_loop(self, rule):
        """On a landscape, and over the four leaves of the network: norms and products of all."""
        ground = landscapes.find("hills_and_canyon")
        with jax.enable_x64(True):
            network = arenas(ground, ("ones", np.ones(1)), 8, 3)["network"]
            free = walk(RuleSide(rule, network), network)
            run = descend(rule, network.objective, network.start, 8, seed=3)
        for index, leaf in enumerate(run.trace.position):
            ours = np.stack([point[index] for point in free.points])
            np.testing.assert_allclose(ours, leaf, rtol=1e-9, atol=1e-11)
        found = diff(rule, rule, landscape=ground, steps=8, seed=3)
        assert (found.data.distance.values == 0).all()
        raced = race(ground, [rule], steps=8, seed=3).data.position
        np.testing.assert_allclose(found.data.position[0], raced[0], rtol=1e-9, atol=1e-11)

    def test_a_partition(self):
        """Its matrices go by one rule and all else by another, on the network alone."""
        mixed = Partition(matrices=Momentum(0.05), rest=Momentum(0.01))
        found = diff(mixed, Momentum(0.01), landscape="bowl", steps=3)
        assert [parting.step for parting in found.partings] == [None, None, 1]


class TestRespond:
    @pytest.mark.parametrize(
        ("rule", "asked"),
        [(ByLoss(), "the loss"), (Halving(), "the loss"), (Diagonal(), "the Hessian")],
        ids=["loss", "value", "hvp"],
    )
    def test_a_signal_has_no_loss(self, rule, asked):
        told = f"{rule.name}.* asks for {asked}, and here there are gradients alone: run it on a"
        with pytest.raises(SlalomError, match=told) as caught:
            respond(["adam", rule], "noisy_sine")
        assert "\n" not in str(caught.value)

    def test_a_wrapper_does_not_hide_it(self):
        with pytest.raises(SlalomError, match="asks for the loss"):
            respond(slalom.rules.ClipNorm(1.0) | ByLoss(), "noisy_sine")

    def test_a_gradient_elsewhere_and_a_shared_number(self):
        """On a constant signal every step is as long as the longest gradient."""
        answers = respond(Ascent(0.05), np.ones(6)).data.answer.values[0]
        np.testing.assert_allclose(answers[1:], 0.05, rtol=1e-12)


class TestMaps:
    def test_a_linear_rule_that_asks_for_the_curvature(self):
        """|1 - a + a²/2| is 1 at a = 2, beyond which it diverges."""
        found = stability("quadratic(condition=10)", Damped(), size=60, steps=600)
        a = found.data.lr_lambda.values
        np.testing.assert_allclose(
            found.data.spectral_radius[0], abs(1 - a + a**2 / 2), rtol=1e-9, atol=1e-12
        )
        assert found.summary()["agreement"] == 1

    @pytest.mark.parametrize("rule", [Along(), Diagonal(), Ascent(), Signs()], ids=named)
    def test_rules_that_are_not_linear_have_no_radius(self, rule):
        found = stability("quadratic(condition=10)", rule, size=4, steps=50)
        assert np.isnan(found.data.spectral_radius.values).all()
        assert np.isfinite(found.data.growth.values).all()

    @pytest.mark.parametrize("rule", ASKING[:2] + ASKING[3:], ids=named)
    def test_basins_are_those_of_single_runs(self, rule):
        found = basins("hills_and_canyon", rule, size=2, steps=12).data
        for y in found.y.values:
            for x in found.x.values:
                run = descend(rule, "hills_and_canyon", [x, y], 12)
                one = found.sel(x=x, y=y)
                np.testing.assert_allclose(one.loss.item(), run.loss, rtol=1e-9)

"""Two optimizers compared: where they part by closed forms, and why by the libraries themselves."""

import json

import numpy as np
import pytest
import torch

from slalom import landscapes
from slalom.descent import Outcome
from slalom.errors import SlalomError
from slalom.rules import Adam, Momentum, parse
from slalom.studies import diff
from slalom.studies.diff import contenders
from slalom.studies.diff.explaining import changed, differing

QUICK = {"landscape": "bowl", "steps": 40}


def stepped(found):
    return [parting.step for parting in found.partings]


def test_a_rule_is_itself():
    found = diff("adam(lr=0.1)", Adam(lr=0.1), **QUICK)
    assert stepped(found) == [None, None, None]
    assert (found.data.distance.values == 0).all()
    assert found.explained.verdict == "the same, to rounding"
    assert found.explained.needed == ()


def test_another_rate_shows_at_once_by_its_share_of_the_slope():
    """On f = (x² + 4 y²)/2 from (1, 1) the slope is (1, 4): one step leads |Δlr| √17 apart."""
    ground = landscapes.find("(x**2 + 4*y**2)/2", [(-2, 2), (-2, 2)])
    start = np.array(ground.start)
    found = diff("sgd(lr=0.1)", "sgd(lr=0.15)", landscape=ground, signal=[3.0, -2.0], steps=2)
    landscape, signal, _ = found.partings
    slope = np.linalg.norm(start * [1, 4])
    assert (landscape.step, signal.step) == (1, 1)
    assert landscape.first == pytest.approx(0.05 * slope, rel=1e-12)
    assert signal.first == pytest.approx(0.05 * 3, rel=1e-12)
    # two free steps shrink x by (1 - lr)² and y by (1 - 4 lr)²
    ends = np.array([start * (1 - lr * np.array([1, 4])) ** 2 for lr in (0.1, 0.15)])
    assert landscape.final == pytest.approx(np.linalg.norm(ends[0] - ends[1]), rel=1e-12)
    assert landscape.losses == pytest.approx([(e**2 @ [1, 4]) / 2 for e in ends], rel=1e-12)
    # on the signal the gradients are the same wherever one stands
    assert found.data.one_step.sel(arena="signal").values[2] == pytest.approx(0.05 * 2, rel=1e-10)
    assert signal.final == pytest.approx(0.05 * 1, rel=1e-12)
    assert found.explained.needed == ("lr",)
    [rate] = found.explained.settings
    assert (rate.name, rate.a, rate.b) == ("lr", "0.1", "0.15")
    assert rate.alone == pytest.approx(1)


def test_dampening_begins_at_step_2():
    found = diff("momentum(lr=0.01)", "momentum(lr=0.01, dampening=0.3)", **QUICK)
    assert stepped(found) == [2, 2, 2]
    held_back = 0.01 * 0.3 * abs(found.data.gradient.values[2])
    assert found.partings[1].first == pytest.approx(held_back, rel=1e-9)
    assert found.explained.needed == ("dampening",)


def test_amsgrad_shows_when_the_gradient_shrinks():
    """Before, the largest average is the last one; the saturation falls to 0 at k = 40."""
    found = diff(
        "adam(lr=0.1)", "adam(lr=0.1, amsgrad=true)", signal="saturation", landscape="bowl",
        steps=60,
    )  # fmt: skip
    assert found.partings[1].step == 41
    assert found.explained.needed == ("amsgrad",)


def test_a_look_ahead_is_seen_where_it_asks():
    """Fed the same gradients the two are one rule; they part by where they ask, from step 2 on."""
    found = diff("momentum(lr=0.05)", "nesterov(lr=0.05)", **QUICK)
    assert stepped(found) == [2, 2, 2]
    assert found.explained.verdict == "they are different rules, momentum and nesterov"
    assert found.explained.needed is None


def test_an_average_is_judged_elsewhere():
    found = diff("sgd(lr=0.1)", "average(0.5) | sgd(lr=0.1)", **QUICK)
    assert stepped(found) == [1, 1, 1]
    half = 0.5 * 0.1 * abs(found.data.gradient.values[1])  # the mean of start and first iterate
    assert found.partings[1].first == pytest.approx(half, rel=1e-9)
    assert found.explained.needed == ("wrappers",)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("torch:Adam(lr=0.1, betas=(0.8, 0.99), amsgrad=true)", None),
        ("torch:AdamW(lr=0.1, weight_decay=0.3)", "adamw(lr=0.1, weight_decay=0.3)"),
        ("torch:SGD(lr=0.05, momentum=0.9, dampening=0.3)", None),
        ("torch:SGD(0.05, 0.9, nesterov=true, weight_decay=0.1)", None),
        ("torch:SGD(lr=0.05)", "sgd(lr=0.05)"),
        ("torch:RMSprop(lr=0.01, alpha=0.9, momentum=0.5, centered=true, eps=1e-3)", None),
        ("torch:Adagrad(lr=0.1, lr_decay=0.1, initial_accumulator_value=0.1)", None),
        ("torch:Adadelta(rho=0.95)", "adadelta"),
        ("torch:NAdam(lr=0.01, weight_decay=0.1, decoupled_weight_decay=true)", None),
        ("torch:Adamax", "adamax"),
        ("keras:Adam(0.1, beta_2=0.99, amsgrad=true, weight_decay=0.1)", None),
        ("keras:Nadam(0.01)", "nadam@keras(lr=0.01)"),
        ("keras:SGD(0.05, momentum=0.9, nesterov=true)", None),
        ("optax:adam(0.1, b2=0.99)", "adam(lr=0.1, beta2=0.99)"),
        ("optax:rmsprop(0.01, momentum=0.9, eps_in_sqrt=false)", None),
    ],
)
def test_a_librarys_optimizer_is_its_preset(theirs, ours):
    """The library, driven step by step, against the rule that its arguments are mapped to."""
    given = contenders.contender(theirs)
    rule = given.rule if ours is None else parse(ours)
    found = diff(rule, theirs, landscape="hills_and_canyon", steps=12)
    data = found.data
    parted = (data.one_step > data.rounding).values
    assert stepped(found) == [None] * 3, (data.one_step.values[parted], parted.nonzero())
    assert found.explained.strayed == ()
    # the mapping knows the library: every argument counts
    assert diff(theirs, given.rule, landscape="bowl", steps=4).explained.settings == ()


def test_one_argument_of_a_librarys_is_seen():
    """The comparison is sharp: a decay off by 1e-9 of itself is told from rounding."""
    found = diff("torch:Adam(lr=0.1)", "adam(lr=0.1, beta2=0.999000001)", **QUICK)
    assert all(stepped(found))
    assert found.explained.needed == ("beta2",)


def test_two_conventions_and_what_each_does_alone():
    found = diff("adam(lr=0.1)", "adam(lr=0.1, eps=1e-7, eps_hat=true)", **QUICK)
    why = found.explained
    assert why.verdict == "explained by eps (1e-8 → 1e-7) and eps_hat (false → true)"
    assert why.needed == ("eps", "eps_hat")
    # step 1 is lr g / (|g| + eps), with eps_hat lr g / (|g| + eps / sqrt(1 - beta2))
    g = abs(found.data.gradient.values[1])
    expected = 0.1 * g * (1 / (g + 1e-8) - 1 / (g + 1e-7 / 0.001**0.5))
    assert found.partings[1].step == 1
    assert found.partings[1].first == pytest.approx(expected, rel=1e-7)
    assert all(0 < setting.alone < 0.5 for setting in why.settings)


def test_only_what_matters_is_needed():
    """The place of the rate is idle without momentum, and at a constant rate."""
    found = diff("rmsprop(lr=0.01)", "rmsprop(lr=0.01, eps=1e-3, lr_inside=false)", **QUICK)
    assert [setting.name for setting in found.explained.settings] == ["eps", "lr_inside"]
    assert found.explained.needed == ("eps",)
    assert found.explained.settings[0].alone == pytest.approx(1)
    assert found.explained.settings[1].alone == pytest.approx(0, abs=1e-9)
    same = diff("momentum(lr=0.01)", "momentum(lr=0.01, lr_inside=false)", **QUICK)
    assert stepped(same) == [None] * 3
    assert same.explained.needed == ()
    assert same.explained.verdict == (
        "the same, to rounding, whatever the settings in which they differ"
    )


def test_settings_of_wrappers():
    found = diff(
        "weight_decay(0.1) | adam(lr=0.1)",
        "weight_decay(0.1, decoupled=true) | adam(lr=0.1)",
        **QUICK,
    )
    assert found.explained.needed == ("decoupled",)
    [setting] = found.explained.settings
    assert (setting.a, setting.b) == ("false", "true")
    bare = diff("adam(lr=0.1)", "torch:AdamW(lr=0.1)", **QUICK)
    assert bare.explained.needed == ("wrappers",)
    assert bare.explained.settings[0].b == "weight_decay(0.01, decoupled=true)"


def test_changing_some_settings():
    a, b = parse("clip_norm(1) | adam(lr=0.1)"), parse("clip_norm(2) | adam(eps=1e-3)")
    places = differing(a, b)
    assert list(places) == ["limit", "lr", "eps"]
    assert changed(a, b, [places["lr"]]) == parse("clip_norm(1) | adam(lr=0.001)")
    assert changed(a, b, places.values()) == b
    bare = parse("adam(eps=1e-3)")
    assert changed(a, bare, differing(a, bare).values()) == bare
    assert differing(a, Momentum()) is None
    twice = differing(parse("average(0.9) | rmsprop"), parse("average(0.8) | rmsprop(decay=0.8)"))
    assert list(twice) == ["average.decay", "decay"]


def test_settings_that_go_together_only():
    """Three points with three weights: neither can be changed alone."""
    found = diff(
        "smoothed_nesterov(points=(0.5, 1), weights=(1, 2))",
        "smoothed_nesterov(points=(0.2, 0.5, 1), weights=(1, 2, 4))",
        **QUICK,
    )
    assert found.explained.needed == ("points", "weights")
    assert [setting.alone for setting in found.explained.settings] == [None, None]


def test_rounding_that_grows_is_no_difference():
    """Here the step x - f'(x) is 3.9 x (1 - x), the logistic map, whose errors double."""
    ground = landscapes.find("-2.9*x**2/2 + 3.9*x**3/3", [(0, 1)])
    rule = "sgd(lr=1)"
    found = diff(rule, "weight_decay(2e-16) | sgd(lr=1)", landscape=ground, steps=120)
    chaotic = found.partings[0]
    assert chaotic.step is None
    assert chaotic.largest > 0.1
    assert chaotic.amplified
    assert chaotic.by_rounding
    assert chaotic.spread > 0.1
    assert "the same" in found.explained.verdict
    assert "on the landscape they part because of rounding" in found.explained.verdict
    assert [parting.by_rounding for parting in found.partings[1:]] == [False, False]


def test_a_library_that_rounds_otherwise_parts_because_of_rounding():
    """Adadelta at this rate whirls in its trap: PyTorch's copies are 1e-7 away after 125 steps."""
    rules = ("adadelta(lr=100, decay=0.95)", "torch:Adadelta(lr=100, rho=0.95, eps=1e-6)")
    found = diff(*rules)
    assert found.partings[0].largest > 1e-9
    assert "on the landscape they part because of rounding" in found.explained.verdict


def test_what_rounding_does_not_explain():
    """A drift of 2e-13 of each step, below what one step tells, for a thousand steps downhill."""
    found = diff("sgd(lr=0.001)", "sgd(lr=0.0010000000000002)", landscape="x", steps=1000)
    drift = found.partings[0]
    assert drift.step is None
    assert drift.largest == pytest.approx(1000 * 2e-16, rel=0.2)
    assert not drift.by_rounding


def test_a_step_far_below_the_place_is_rounded_with_it():
    """A pull of 3e-17 on steps of 1e-6, at a place whose last digit is worth 4e-16."""
    pulled = "weight_decay(1e-17, decoupled=true, scaled=false) | sgd(lr=1e-6)"
    found = diff("sgd(lr=1e-6)", pulled, landscape="hills_and_canyon", steps=60)
    seen = found.data.one_step.sel(arena="landscape").values
    assert 0 < seen.max() < 1e-15
    assert found.partings[0].step is None


def test_no_counterpart():
    theirs = "torch:RAdam(lr=0.1, maximize=true)"
    found = diff("adam(lr=0.1)", theirs, **QUICK)
    assert found.explained.verdict == f"{theirs} has no counterpart among Slalom's rules"
    upwards = diff("torch:SGD(lr=0.1)", "torch:SGD(lr=0.1, maximize=true)", **QUICK)
    assert "torch:SGD(lr=0.1, maximize=true) has no counterpart" in upwards.explained.verdict
    # the second walks the other way by as much
    assert upwards.partings[1].first == pytest.approx(0.2 * abs(upwards.data.gradient.values[1]))


def test_a_library_that_does_not_do_as_its_preset(monkeypatch):
    """A finding: here PyTorch's Adam is made to take steps a millionth too long."""
    usual = torch.optim.Adam.step

    def strayed(self, closure=None):
        before = [p.detach().clone() for g in self.param_groups for p in g["params"]]
        usual(self, closure)
        parameters = [p for g in self.param_groups for p in g["params"]]
        for parameter, start in zip(parameters, before, strict=True):
            parameter.data += 1e-6 * (parameter.data - start)

    monkeypatch.setattr(torch.optim.Adam, "step", strayed)
    found = diff("adam(lr=0.1)", "torch:Adam(lr=0.1)", **QUICK)
    assert found.explained.strayed == ("b",)
    assert found.explained.verdict == "not explained by their settings"
    assert diff("torch:Adam(lr=0.1)", "sgd(lr=0.1)", **QUICK).explained.strayed == ("a",)


def test_the_libraries_are_left_as_they_were():
    state = torch.random.get_rng_state()
    diff("keras:Nadam(0.01)", "torch:NAdam(lr=0.01)", landscape="bowl", steps=3)
    import keras

    assert keras.config.floatx() == "float32"
    assert torch.get_default_dtype() == torch.float32
    assert torch.equal(torch.random.get_rng_state(), state)


def test_runs_that_fail_are_results():
    found = diff("adam(lr=0.1)", "sgd(lr=100)", landscape="x**4 - x**2", steps=40)
    finished, diverged = found.partings[0].outcomes
    assert finished == Outcome("finished", 40)
    assert diverged.kind == "diverged"
    losses = found.data.loss.sel(arena="landscape", side="b").values
    assert diverged.step == np.flatnonzero(~np.isfinite(losses))[0]
    assert found.partings[0].step == 1
    assert np.isposinf(found.partings[0].final)
    summary = found.summary()
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["arenas"][0]["final"] is None
    assert summary["arenas"][0]["outcomes"] == ["finished", "diverged"]
    assert summary["arenas"][0]["outcome_steps"] == [40, diverged.step]
    left = diff("sgd(lr=9)", "sgd(lr=9)", landscape="x**2 + log(y)", steps=5).partings[0]
    assert left.outcomes == (Outcome("left the domain", 1),) * 2
    assert left.step is None


def test_noise_is_drawn_alike():
    few = {"landscape": "bowl", "steps": 2, "seed": 3}
    found = diff("noise(0.1) | sgd(lr=0.1)", "noise(0.1) | sgd(lr=0.1)", **few)
    assert (found.data.distance.values == 0).all()
    louder = diff("noise(0.1) | sgd(lr=0.1)", "noise(0.2) | sgd(lr=0.1)", **few)
    assert louder.explained.needed == ("scale",)


def test_the_free_runs_are_those_of_the_race():
    from slalom.studies import race, respond

    rules = ["adam(lr=0.1)", "nesterov(lr=0.01)"]
    found = diff(*rules, landscape="hills_and_canyon", steps=30, seed=2).data
    raced = race("hills_and_canyon", rules, steps=30).data
    np.testing.assert_allclose(found.position, raced.position, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.loss.sel(arena="landscape"), raced.loss, rtol=1e-10)
    answered = respond(rules, "noisy_sine", length=30, seed=2).data
    np.testing.assert_allclose(found.answers[:, 1:], answered.answer, rtol=1e-9, atol=1e-13)


def test_the_names_that_colours_go_by():
    found = diff("clip_norm(1.0) | adam@keras(lr=0.1)", "torch:Adam(lr=0.1)", **QUICK)
    assert found.data.rule_name.values.tolist() == ["adam", "torch:Adam"]


def test_a_comparison_in_a_notebook():
    found = diff("adam(lr=0.1)", "adam@keras(lr=0.1)", landscape="bowl", steps=5)
    assert found._repr_png_().startswith(b"\x89PNG")
    assert (
        repr(found) == f"<Diff of adam(lr=0.1) and adam@keras(lr=0.1): {found.explained.verdict}>"
    )


@pytest.mark.parametrize(
    ("b", "message"),
    [
        ("torch:Adma", "unknown optimizer of PyTorch 'Adma'; did you mean Adam"),
        ("keras:Adma", "unknown optimizer of Keras 'Adma'; did you mean"),
        ("keras:Adam(lr=0.1)", "keras:Adam: unknown argument 'lr'"),
        ("torch:LBFGS", "unknown optimizer of PyTorch 'LBFGS'"),
        ("torch:Adam(ls=1)", "torch:Adam: unknown argument 'ls'; did you mean lr"),
        ("torch:Adam(params=1)", "torch:Adam: unknown argument 'params'"),
        ("torch:Adam(lr=-1)", r"torch:Adam\(lr=-1\): Invalid learning rate: -1"),
        ("torch:Adam(lr=fast)", r"torch:Adam\(lr=fast\): "),
        ("torch:Adam(0.1, lr=0.1)", "multiple values for argument 'lr'"),
        ("torch:Adam(lr=[0.1, 0.2])", "torch:Adam sweeps over 2; one is allowed"),
        ("torch:Adam(lr=cosine(0.1))", "torch:Adam takes numbers and words, got cosine"),
        ("torch:Adam(lr=0.1", "expected ',' at character 18"),
        ("torch:Adam() adam", "expected the end at character 14"),
        ("torch:", "expected the name of an optimizer of torch"),
        ("clip_norm(1) | torch:Adam()", "compared as it is, without wrappers"),
        ("tensorflow:Adam()", "unknown library 'tensorflow'"),
        ("adam(lr=[0.1, 0.2])", "here one is allowed"),
        ("adma", "unknown rule 'adma'; did you mean adam"),
        (3, "must be a Rule or a string such as .*, got int"),
    ],
)
def test_refused_contenders(b, message):
    with pytest.raises(SlalomError, match=message) as caught:
        diff("adam", b, **QUICK)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"steps": 0}, "steps must be a whole number of at least 1, got 0"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"landscape": "bowel"}, "unknown landscape 'bowel'"),
        ({"landscape": 3}, "must be a Landscape or a string .*, got int"),
        ({"signal": "spike"}, "did you mean spikes"),
        ({"signal": []}, "at least one finite number"),
    ],
)
def test_refused_arguments(given, message):
    with pytest.raises(SlalomError, match=message):
        diff("adam", "adam", **given)


def test_without_pytorch(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(SlalomError, match=r"needs PyTorch: pip install torch$"):
        diff("adam", "torch:Adam(lr=0.1)", **QUICK)


def test_another_backend_of_keras(monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    with pytest.raises(SlalomError, match="JAX backend, not on tensorflow: set KERAS_BACKEND=jax"):
        diff("adam", "keras:Adam(0.1)", **QUICK)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("weight_decay(0.1, decoupled=true) | lion@optax(lr=0.01)", "lion(0.01, weight_decay=0.1)"),
        ("lamb@optax(lr=0.01, weight_decay=0.1)", "lamb(0.01, weight_decay=0.1)"),
        ("polyak@optax(f_min=-2, largest=0.1)", "polyak_sgd(0.1, f_min=-2)"),
        ("prodigy@optax(d0=0.01)", "prodigy(estim_lr0=0.01)"),
        (
            "partition(matrices=muon@optax(lr=0.02, scale=rms), rest=nadam@optax(lr=0.02))",
            "muon(0.02, consistent_rms=0.2)",
        ),
    ],
)
def test_modern_optimizers_of_optax_are_their_presets(ours, theirs):
    found = diff(ours, f"optax:{theirs}", steps=12).explained
    assert found.verdict.startswith("the same, to rounding")
    assert found.strayed == ()


def test_settings_inside_a_partition_are_told_apart():
    a = "partition(matrices=muon(0.02), rest=adam(lr=0.01))"
    b = "partition(matrices=weight_decay(0.1) | muon(0.01), rest=adam(lr=0.01, eps=1e-3))"
    found = diff(a, b, steps=12).explained
    told = {s.name: (s.a, s.b) for s in found.settings}
    assert told == {
        "matrices.wrappers": ("none", "weight_decay(0.1)"),
        "matrices.lr": ("0.02", "0.01"),
        "rest.eps": ("1e-8", "0.001"),
    }
    assert set(found.needed) <= {*told}
    assert {"matrices.lr", "rest.eps"} <= set(found.needed)
    assert found.verdict.startswith("explained by")


def test_a_part_that_is_another_rule_is_one_setting():
    a, b = (f"partition(matrices=muon(0.02), rest={rest})" for rest in ("adam", "lion"))
    [setting] = diff(a, b, steps=6).explained.settings
    assert (setting.name, setting.a, setting.b) == ("rest", "adam()", "lion()")


def test_a_rule_of_matrices_alone_has_nowhere_to_run():
    with pytest.raises(SlalomError, match=r"muon steps matrices.*partition\(matrices=muon"):
        diff("muon", "muon@torch")

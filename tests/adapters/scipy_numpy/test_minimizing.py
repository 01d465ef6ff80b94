"""Rules on plain NumPy functions: against closed forms, against the loop, and in SciPy."""

import subprocess
import sys
import warnings

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import Bounds, OptimizeResult, OptimizeWarning, rosen, rosen_der

import slalom
import slalom.scipy
from slalom import SlalomError, minimize
from slalom.scipy import method

CURVATURES = np.array([0.5, 1.0, 4.0])


def bowl(x):
    return 0.5 * np.sum(CURVATURES * x**2)


def slope(x):
    return CURVATURES * x


def by_scipy(rule, x0=(-1.2, 1.0), fun=rosen, jac=rosen_der, **given):
    return scipy.optimize.minimize(fun, x0, jac=jac, method=method(rule), **given)


class TestClosedForm:
    """Gradient descent on a quadratic: x_n = (1 - lr λ)^n x_0."""

    def test_minimize(self):
        found = minimize(
            bowl, [1.0, -2.0, 3.0], "gradient_descent(lr=0.1)", gradient=slope, steps=25
        )
        expected = (1 - 0.1 * CURVATURES) ** 25 * [1, -2, 3]
        np.testing.assert_allclose(found.x, expected, rtol=1e-13)
        np.testing.assert_allclose(found.fun, 0.5 * np.sum(CURVATURES * expected**2), rtol=1e-13)
        np.testing.assert_allclose(found.jac, CURVATURES * expected, rtol=1e-13)

    def test_the_method(self):
        found = by_scipy(
            "gradient_descent(lr=0.1)", (1, -2, 3), bowl, slope, options={"maxiter": 25}
        )
        np.testing.assert_allclose(found.x, (1 - 0.1 * CURVATURES) ** 25 * [1, -2, 3], rtol=1e-13)

    def test_it_stops_at_the_first_gradient_norm_below_tol(self):
        """(1 - 0.1)^n < 1e-3 first at n = 66."""
        found = minimize(lambda x: 0.5 * x**2, 1.0, "gradient_descent(lr=0.1)", tol=1e-3)
        assert found.nit == 66
        assert (found.success, found.status) == (True, 0)
        assert found.message == "The gradient norm fell below 0.001."


@pytest.mark.parametrize(
    "text",
    [
        "adam(lr=exponential(0.1, rate=0.01))",
        "nesterov(lr=0.001)",
        "smoothed_nesterov(lr=0.001)",
        "clip_norm(1) | rmsprop(lr=0.01, momentum=0.5)",
        "average(0.9) | weight_decay(0.01) | nadam(lr=0.05)",
    ],
)
def test_the_path_is_that_of_the_lab(text):
    path = []
    minimize(rosen, [-1.2, 1.0], text, gradient=rosen_der, steps=60, callback=path.append)
    run = slalom.descend(text, slalom.landscapes.rosenbrock, (-1.2, 1.0), 60)
    np.testing.assert_allclose(path, run.data.position.values[1:], rtol=1e-9)
    again = by_scipy(text, options={"maxiter": 60})
    np.testing.assert_array_equal(again.x, path[-1])


def test_any_shape_and_dtype():
    for shape in ((), (1,), (2, 3)):
        for dtype in (np.float32, np.float64):
            x0 = np.ones(shape, dtype)
            found = minimize(lambda x: np.sum((x - 3) ** 2), x0, "adam(lr=0.1)", steps=200)
            assert (found.x.shape, found.x.dtype) == (found.jac.shape, found.jac.dtype)
            assert (found.x.shape, found.x.dtype) == (shape, dtype)
            np.testing.assert_allclose(found.x, 3, rtol=1e-2)
    whole = minimize(lambda x: (x - 3) ** 2, 1, "gradient_descent(lr=0.5)", steps=1)
    assert whole.x.dtype == np.float64
    np.testing.assert_allclose(whole.x, 3, rtol=1e-7)


def test_the_start_is_not_touched():
    x0 = np.ones(3)

    def rude(x):
        x += 1
        return np.sum(x**2)

    minimize(rude, x0, "adam()", steps=2)
    assert np.all(x0 == 1)


class TestGradients:
    def test_differences_are_those_of_scipy(self):
        found = minimize(rosen, [-1.2, 1.0], "gradient_descent(lr=0.001)", steps=1)
        expected = scipy.optimize.approx_fprime([-1.2, 1.0], rosen)
        np.testing.assert_allclose(found.x, [-1.2, 1.0] - 0.001 * expected, rtol=1e-14)
        # two values, two gradients of three calls each
        assert (found.nfev, found.njev) == (2 + 2 * 3, 2)

    @pytest.mark.parametrize("jac", [None, False, "2-point"])
    def test_scipy_without_a_gradient(self, jac):
        found = by_scipy("adam(lr=0.1)", jac=jac, options={"maxiter": 50})
        expected = by_scipy("adam(lr=0.1)", options={"maxiter": 50})
        np.testing.assert_allclose(found.x, expected.x, rtol=1e-4)
        assert found.nfev > expected.nfev

    def test_both_at_once(self):
        def both(x):
            return rosen(x), rosen_der(x)

        apart = minimize(rosen, [-1.2, 1.0], "adam(lr=0.1)", gradient=rosen_der, steps=20)
        once = minimize(both, [-1.2, 1.0], "adam(lr=0.1)", gradient=True, steps=20)
        by = by_scipy("adam(lr=0.1)", fun=both, jac=True, options={"maxiter": 20})
        np.testing.assert_array_equal(once.x, apart.x)
        np.testing.assert_array_equal(by.x, apart.x)
        assert apart.nfev == once.nfev == by.nfev == 21

    def test_arguments_go_to_both(self):
        def fun(x, a, b):
            return a * np.sum((x - b) ** 2)

        def gradient(x, a, b):
            return 2 * a * (x - b)

        given = {"args": (0.5, 2.0)}
        one = minimize(fun, [0.0], "gradient_descent(lr=1)", gradient=gradient, steps=1, **given)
        two = by_scipy("gradient_descent(lr=1)", [0.0], fun, gradient, **given)
        assert one.x == two.x == 2
        alone = minimize(lambda x, a: (x - a) ** 2, 0.0, "sgd(lr=0.5)", args=3.0, steps=1)
        np.testing.assert_allclose(alone.x, 3, rtol=1e-7)


class TestCallback:
    def test_both_forms(self):
        positions, results = [], []

        def by_name(intermediate_result):
            results.append(intermediate_result)

        for callback in (positions.append, by_name):
            by_scipy("adam(lr=0.1)", callback=callback, options={"maxiter": 5})
        np.testing.assert_array_equal(positions, [r.x for r in results])
        assert all(isinstance(r, OptimizeResult) for r in results)
        assert [r.nit for r in results] == [1, 2, 3, 4, 5]
        np.testing.assert_array_equal([r.fun for r in results], [rosen(x) for x in positions])

    def test_stop_iteration_ends_the_run(self):
        def callback(xk):
            if xk[1] < 0.5:
                raise StopIteration

        found = by_scipy("adam(lr=0.1)", callback=callback)
        assert (found.success, found.status) == (False, 99)
        assert found.x[1] < 0.5
        assert 1 < found.nit < 1000


class TestOutcomes:
    def test_a_run_that_diverges_is_a_result(self):
        found = minimize(lambda x: np.sum(x**4), [3.0, 1.0], "gradient_descent(lr=1)", tol=1e-3)
        assert (found.success, found.status) == (False, 2)
        assert "diverged at step 5; x is the last finite position" in found.message
        assert np.isfinite(found.x).all()
        assert found.fun == np.sum(found.x**4)

    def test_a_gradient_that_is_not_finite(self):
        """Which clipping would hide: the root has a vertical tangent at 0."""
        found = minimize(
            lambda x: np.sqrt(x), 0.0, "clip_value(1) | sgd(lr=0.1)", gradient=lambda x: 1 / x
        )
        assert (found.status, found.nit, found.x) == (2, 1, 0)

    def test_a_tol_that_is_not_reached(self):
        found = by_scipy("adam(lr=0.1)", tol=1e-9, options={"maxiter": 7})
        assert (found.success, found.status, found.nit) == (False, 1, 7)
        assert found.message == "The gradient norm did not fall below 1e-09 within 7 steps."

    def test_without_a_tol_all_steps_are_made(self):
        found = by_scipy("adam(lr=0.1)")
        assert (found.success, found.nit, found.nfev, found.njev) == (True, 1000, 1001, 1001)

    def test_gtol_goes_before_tol(self):
        found = by_scipy("adam(lr=0.1)", tol=1e-9, options={"gtol": 1e3})
        assert (found.success, found.nit) == (True, 0)


def test_noise_is_drawn_by_the_seed():
    def end(seed):
        text = "noise(1.0) | gradient_descent(lr=1)"
        return by_scipy(
            text, np.zeros(4000), lambda x: 0.0, np.zeros_like, options={"maxiter": 2, "seed": seed}
        ).x

    one, again, other = end(1), end(1), end(2)
    np.testing.assert_array_equal(one, again)
    # two draws of N(0, 1), independent of each other and of another seed's
    np.testing.assert_allclose([one.std(), other.std()], np.sqrt(2), rtol=0.05)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.05


def test_optax_s_optimizers_step_numpy_s_arrays():
    found = minimize(rosen, [-1.2, 1.0], "optax:adam(0.1)", gradient=rosen_der, steps=20)
    expected = slalom.descend("optax:adam(0.1)", slalom.landscapes.rosenbrock, steps=20)
    assert isinstance(found.x, np.ndarray)
    np.testing.assert_allclose(found.x, expected.position, rtol=1e-12)
    assert jnp.zeros(1).dtype == np.float32  # the precision is the caller's again


def test_display(capsys):
    by_scipy("adam(lr=0.1)", options={"maxiter": 7, "disp": True})
    assert capsys.readouterr().out.splitlines()[2:] == [
        "         Iterations: 7",
        "         Function evaluations: 8",
        "         Gradient evaluations: 8",
    ]


@pytest.mark.parametrize(
    ("given", "kind", "told"),
    [
        ({"hess": lambda x: np.eye(2)}, RuntimeWarning, r"adam\(\) does not use Hessian info"),
        ({"hessp": lambda x, p: p}, RuntimeWarning, r"adam\(\) does not use Hessian info"),
        ({"options": {"maxfun": 3}}, OptimizeWarning, "Unknown solver options: maxfun"),
    ],
)
def test_what_is_not_used_is_said(given, kind, told):
    with pytest.warns(kind, match=told) as caught:
        by_scipy("adam()", **given)
    assert caught[0].filename == __file__ or "scipy" in caught[0].filename


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: method(3), "rule must be a Rule or a string, got int"),
        (lambda: method("adamm"), "did you mean adam"),
        (lambda: by_scipy("sgd", bounds=[(0, 1)] * 2), "would leave the bounds: SciPy's SLSQP"),
        (
            lambda: by_scipy("sgd", constraints={"type": "eq", "fun": np.sum}),
            "would leave the constraints",
        ),
        (lambda: by_scipy("sgd", options={"maxiter": -1}), "maxiter must be a whole number of at"),
        (lambda: by_scipy("sgd", options={"maxiter": 2.5}), "at least 0, got 2.5"),
        (lambda: by_scipy("sgd", bounds=[(None, 1), (None, None)]), "would leave the bounds"),
        (lambda: by_scipy("sgd", bounds=Bounds(-np.inf, [np.inf, 2])), "would leave the bounds"),
        (lambda: by_scipy("sgd", tol=-1), "tol must be a number above 0, got -1"),
        (lambda: by_scipy("sgd", options={"seed": 1.5}), "seed must be a whole number"),
        (lambda: by_scipy("sgd", [np.nan, 1.0]), "x0 must be one or more finite real numbers"),
        (lambda: minimize(rosen, [], "sgd"), r"finite real numbers, got \[\]"),
        (lambda: minimize(rosen, [1j, 2], "sgd"), "finite real numbers, got"),
        (lambda: minimize(rosen, ["a"], "sgd"), "finite real numbers, got"),
        (lambda: minimize(rosen, [[1], [2, 3]], "sgd"), "finite real numbers, got"),
        (lambda: minimize(3, [1.0], "sgd"), "fun must be a function, got int"),
        (lambda: minimize(rosen, [1.0], "sgd", gradient="exact"), "True or None, got 'exact'"),
        (
            lambda: minimize(rosen, [1.0], "sgd", hessp=np.eye(1)),
            "hessp must be a function or None",
        ),
        (lambda: minimize(rosen, [1.0, 1], "sgd", callback=3), "callback must be a function"),
        (lambda: minimize(rosen, [1.0, 1], "sgd", steps=True), "steps must be a whole number"),
        (lambda: minimize(lambda x: x, [1.0, 2], "sgd"), r"one real number, not float64 of .*2"),
        (lambda: minimize(lambda x: None, [1.0], "sgd"), "one real number, not NoneType"),
        (lambda: minimize(lambda x: 1j, [1.0], "sgd"), "one real number, not complex128"),
        (lambda: minimize(lambda x: np.nan, [1.0], "sgd"), "finite at the start, got nan"),
        (lambda: minimize(lambda x: 1.0, [1.0], "sgd", gradient=True), "value and its gradient"),
        (
            lambda: minimize(rosen, [1.0, 2], "sgd", gradient=lambda x: x[:1]),
            r"real numbers of shape \(2,\), got float64 of shape \(1,\)",
        ),
    ],
)
def test_what_is_refused(call, told):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SlalomError, match=told) as error:
            call()
    assert "\n" not in str(error.value)


def test_no_jax_is_loaded():
    code = (
        "import slalom.scipy, slalom, sys\n"
        "slalom.minimize(lambda x: x**2, 1.0, 'noise(0.1) | nesterov()', steps=2)\n"
        "print({'jax', 'torch', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "set()\n", done.stderr


@pytest.mark.parametrize(
    "bounds",
    [
        [(None, None)] * 2,
        [(-np.inf, np.inf)] * 2,
        [(None, np.inf), (-np.inf, None)],
        Bounds(-np.inf, np.inf),
        Bounds([-np.inf] * 2, [np.inf] * 2),
        (),
    ],
)
def test_bounds_that_bind_nothing_are_none(bounds):
    options = {"maxiter": 20}
    found = by_scipy("adam(lr=0.1)", bounds=bounds, options=options)
    expected = by_scipy("adam(lr=0.1)", options=options)
    np.testing.assert_array_equal(found.x, expected.x)


def test_how_many_steps_scipys_option_asks_for():
    assert by_scipy("adam(lr=0.1)", options={"maxiter": None}).nit == 1000
    assert by_scipy("adam(lr=0.1)", options={"maxiter": 2e1}).nit == 20
    none = by_scipy("adam(lr=0.1)", tol=1e-9, options={"maxiter": 0})
    theirs = scipy.optimize.minimize(
        rosen, (-1.2, 1.0), jac=rosen_der, method="BFGS", options={"maxiter": 0}
    )
    assert (none.nit, none.status, none.success) == (theirs.nit, theirs.status, theirs.success)
    np.testing.assert_array_equal(none.x, theirs.x)

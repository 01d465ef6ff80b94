"""What NumPy functions offer to rules beyond the gradient: losses, points, Hessians, draws."""

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod

import slalom
from slalom import SlalomError, minimize
from slalom.rules import ClipValue
from slalom.scipy.draws import NumpyDraws
from slalom.scipy.objective import Objective

from ...asking import Along, Ascent, ByLoss, Diagonal, Halving

CURVATURES = np.array([0.5, 1.0, 4.0])


def bowl(x):
    return 0.5 * np.sum(CURVATURES * x**2)


def slope(x):
    return CURVATURES * x


def test_the_loss():
    """On |x|² Polyak's step halves x; and the value at the iterate is not computed again."""
    found = minimize(
        lambda x: np.sum(x**2), [4.0, -2.0], ByLoss(), gradient=lambda x: 2 * x, steps=3
    )
    np.testing.assert_allclose(found.x, [0.5, -0.25], rtol=1e-15)
    assert found.nfev == 4


def test_the_loss_at_other_points():
    """On 4 x²/2 a rate of 1 or 1/2 does not lower the loss, and 1/4 leads to the minimum."""
    found = minimize(lambda x: 2 * x**2, 3.0, Halving(), gradient=lambda x: 4 * x, steps=1)
    assert found.x == 0


@pytest.mark.parametrize("given", [{"hessp": lambda x, p: CURVATURES * p}, {}])
def test_a_product_with_the_hessian_leads_to_the_minimum(given):
    """Where the Hessian is a diagonal one product with signs is exact."""
    found = minimize(bowl, [3.0, -1.0, 2.0], Diagonal(), gradient=slope, steps=1, **given)
    np.testing.assert_allclose(found.x, 0, atol=0 if given else 1e-9)
    assert found.nhev == 1
    assert found.njev == (2 if given else 4)


def test_a_product_by_differences_of_differences():
    found = minimize(bowl, [3.0, -1.0, 2.0], Diagonal(), steps=1)
    np.testing.assert_allclose(found.x, 0, atol=1e-4)


def test_differences_beside_the_closed_form():
    x, p = np.array([-1.2, 1.0, 0.5]), np.array([0.3, -2.0, 1.0])
    expected = rosen_hess_prod(x, p)
    by_gradients = Objective(rosen, rosen_der, ()).curved(x, p)
    np.testing.assert_allclose(by_gradients, expected, rtol=1e-8)
    np.testing.assert_allclose(Objective(rosen, None, ()).curved(x, p), expected, rtol=1e-3)
    single = Objective(rosen, rosen_der, ()).curved(x.astype(np.float32), p.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, rtol=1e-3)
    assert np.all(Objective(rosen, rosen_der, ()).curved(x, 0 * p) == 0)


def test_the_length_of_the_differences():
    """h = eps^(1/3) (1 + ‖x‖) / ‖p‖ to both sides of x."""
    asked = []

    def recorded(x):
        asked.append(x)
        return 2 * x

    Objective(lambda x: np.sum(x**2), recorded, ()).curved(np.array([3.0, 4.0]), np.array([0, 2.0]))
    h = 2.0 ** (-52 / 3) * 6 / 2
    np.testing.assert_allclose(np.subtract(asked, [3, 4]), [[0, 2 * h], [0, -2 * h]], rtol=1e-9)


def test_the_method_takes_scipys_hessians():
    def end(**given):
        run = slalom.scipy.method(Along())
        return scipy.optimize.minimize(
            rosen, [-1.2, 1.0], jac=rosen_der, method=run, options={"maxiter": 20}, **given
        )

    exact = end(hessp=rosen_hess_prod)
    np.testing.assert_allclose(end(hess=rosen_hess).x, exact.x, rtol=1e-9)
    for differences in ({}, {"hess": "2-point"}):
        np.testing.assert_allclose(end(**differences).x, exact.x, rtol=1e-4)
    assert exact.nhev == 20


def test_arguments_go_to_the_product():
    def end(**given):
        return minimize(
            lambda x, a: a * x**2 / 2, 3.0, Along(), args=2.0, steps=1, **given,
            gradient=lambda x, a: a * x, hessp=lambda x, p, a: a * p,
        ).x  # fmt: skip

    assert end() == 0


@pytest.mark.parametrize("rule", [Ascent(), Along(), ByLoss(share=0.5)], ids=lambda r: r.name)
def test_the_path_is_that_of_the_lab(rule):
    """Gradients elsewhere, a number that is shared, curvature and loss, as in the JAX loop."""
    path = []
    minimize(
        rosen, [-1.2, 1.0], rule, gradient=rosen_der, hessp=rosen_hess_prod, steps=20,
        callback=path.append,
    )  # fmt: skip
    run = slalom.descend(rule, slalom.landscapes.rosenbrock, (-1.2, 1.0), 20)
    np.testing.assert_allclose(path, run.data.position.values[1:], rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", [ByLoss(), Along(), Diagonal(), Ascent()], ids=lambda r: r.name)
def test_the_precision_is_that_of_the_start(rule, dtype):
    for shape in ((), (2, 3)):
        found = minimize(
            lambda x: np.sum(x**2), np.ones(shape, dtype), rule, gradient=lambda x: 2 * x, steps=2
        )
        assert (found.x.shape, found.x.dtype) == (shape, dtype)
        assert found.fun < np.ones(shape).sum()


def test_a_gradient_elsewhere_that_is_not_finite():
    """The point uphill of 1 on -log(1.005 - x) lies beyond the pole; clipping would hide it."""
    found = minimize(
        lambda x: -np.log(1.005 - x), 1.0, ClipValue(1.0) | Ascent(), steps=3,
        gradient=lambda x: 1 / (1.005 - x) if x < 1.005 else np.float64(np.inf),
    )  # fmt: skip
    assert (found.status, found.nit, found.x) == (2, 1, 1.0)


def test_signs():
    draws, like = NumpyDraws(3, (1,)), np.zeros(4000, np.float32)
    one_half, other_half = (half.signs(like) for half in draws.split())
    assert one_half.dtype == np.float32
    assert set(one_half) == {-1.0, 1.0}
    assert abs(one_half.mean()) < 0.06
    assert abs((one_half * other_half).mean()) < 0.06
    np.testing.assert_array_equal(draws.signs(like), NumpyDraws(3, (1,)).signs(like))
    assert not np.array_equal(draws.signs(like), NumpyDraws(4, (1,)).signs(like))


def test_a_product_of_another_shape():
    with pytest.raises(SlalomError, match=r"hessp must be real numbers of shape \(3,\), got flo"):
        minimize(bowl, np.ones(3), Along(), gradient=slope, hessp=lambda x, p: p[:1])

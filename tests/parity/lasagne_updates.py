"""Lasagne's updates, from the equations of its documentation, in its words and with its defaults.

Lasagne itself needs Theano, which no longer installs.
"""

import numpy as np


def sgd(param, gradients, learning_rate):
    for gradient, rate in zip(gradients, learning_rate, strict=True):
        param = param - rate * gradient
        yield param, {}


def momentum(param, gradients, learning_rate, momentum=0.9):
    velocity = 0.0
    for gradient, rate in zip(gradients, learning_rate, strict=True):
        velocity = momentum * velocity - rate * gradient
        param = param + velocity
        yield param, {"v": -velocity}


def nesterov_momentum(param, gradients, learning_rate, momentum=0.9):
    velocity = 0.0
    for gradient, rate in zip(gradients, learning_rate, strict=True):
        velocity = momentum * velocity - rate * gradient
        param = param + momentum * velocity - rate * gradient
        yield param, {"v": -velocity}


def adagrad(param, gradients, learning_rate=1.0, epsilon=1e-6):
    accu = 0.0
    for grad, eta in zip(gradients, learning_rate, strict=True):
        accu = accu + grad**2
        param = param - eta / np.sqrt(accu + epsilon) * grad
        yield param, {"G": accu}


def rmsprop(param, gradients, learning_rate=1.0, rho=0.9, epsilon=1e-6):
    r = 0.0
    for g, eta in zip(gradients, learning_rate, strict=True):
        r = rho * r + (1 - rho) * g**2
        param = param - eta / np.sqrt(r + epsilon) * g
        yield param, {"E": r}


def adadelta(param, gradients, learning_rate=1.0, rho=0.95, epsilon=1e-6):
    r = s = 0.0
    for g, eta in zip(gradients, learning_rate, strict=True):
        r = rho * r + (1 - rho) * g**2
        step = np.sqrt(s + epsilon) / np.sqrt(r + epsilon) * g
        s = rho * s + (1 - rho) * step**2
        param = param - eta * step
        yield param, {"E": r, "D": s}


def adam(param, gradients, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m = v = 0.0
    for t, (g, rate) in enumerate(zip(gradients, learning_rate, strict=True), start=1):
        a_t = rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        param = param - a_t * m / (np.sqrt(v) + epsilon)
        yield param, {"m": m, "v": v}


def amsgrad(param, gradients, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m = v = v_hat = 0.0
    for t, (g, rate) in enumerate(zip(gradients, learning_rate, strict=True), start=1):
        a_t = rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_hat = np.maximum(v_hat, v)
        param = param - a_t * m / (np.sqrt(v_hat) + epsilon)
        yield param, {"m": m, "v": v, "largest": v_hat}


def adamax(param, gradients, learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m = u = 0.0
    for t, (g, rate) in enumerate(zip(gradients, learning_rate, strict=True), start=1):
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        param = param - rate / (1 - beta1**t) * m / (u + epsilon)
        yield param, {"m": m, "u": u}

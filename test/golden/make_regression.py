"""Writes regression.json: see README.md. Needs scikit-learn 1.4 and NumPy."""

import json
import pathlib
import warnings
from fractions import Fraction

import numpy as np
import sklearn
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

random = np.random.default_rng(11)
ROWS = 40


def exact(x, y):
    """The solution of the normal equations with an intercept, in rational arithmetic."""
    rows = [[Fraction(1)] + [Fraction(float(v)) for v in row] for row in x]
    size = x.shape[1] + 1
    a = [[sum(r[i] * r[j] for r in rows) for j in range(size)] for i in range(size)]
    b = [sum(r[i] * Fraction(float(t)) for r, t in zip(rows, y)) for i in range(size)]
    for k in range(size):
        for i in range(size):
            if i != k:
                f = a[i][k] / a[k][k]
                a[i] = [p - f * q for p, q in zip(a[i], a[k])]
                b[i] -= f * b[k]
    solution = [float(b[i] / a[i][i]) for i in range(size)]
    return np.array(solution[1:]), solution[0]


def least_squares(x, y, penalty, coefficients, intercept):
    scales = np.maximum(np.abs(coefficients), 1e-3 * np.abs(y).max() / np.abs(x).max(axis=0))
    return {
        "columns": x.shape[1],
        "inputs": x.ravel().tolist(),
        "targets": y.tolist(),
        "penalty": penalty,
        "coefficients": coefficients.tolist(),
        "scales": scales.tolist(),
        "intercept": float(intercept),
        "interceptScale": float(np.abs(y).max()),
    }


def by_sklearn(x, y, penalty=0):
    model = Ridge(alpha=penalty, solver="svd") if penalty else LinearRegression()
    model.fit(x, y)
    return least_squares(x, y, penalty, model.coef_, model.intercept_)


def by_fractions(x, y):
    coefficients, intercept = exact(x, y)
    model = LinearRegression().fit(x, y)
    assert np.allclose(model.coef_, coefficients, rtol=1e-5, atol=0)
    return least_squares(x, y, 0, coefficients, intercept)


def with_condition(condition, columns):
    u, _ = np.linalg.qr(random.normal(size=(ROWS, columns)))
    v, _ = np.linalg.qr(random.normal(size=(columns, columns)))
    return u @ np.diag(np.geomspace(1, 1 / condition, columns)) @ v


def target_for(x):
    return x @ random.normal(size=x.shape[1]) / np.abs(x).max() + 0.1 * random.normal(size=len(x))


def linear_cases():
    x = random.normal(size=(ROWS, 5))
    y = target_for(x)
    yield "normal columns", by_sklearn(x, y)
    yield "ridge", by_sklearn(x, y, 3.0)
    ill = with_condition(1e8, 5)
    yield "condition 1e8", by_fractions(ill, target_for(ill))
    yield "ridge, condition 1e8", by_sklearn(ill, target_for(ill), 1e-4)
    hilbert = np.array([[1 / (i + j + 1) for j in range(6)] for i in range(ROWS)])
    yield "Hilbert columns", by_fractions(hilbert, np.sin(np.arange(ROWS)))
    scaled = x * 10.0 ** np.array([-6, -3, 0, 3, 6])
    yield "scales from 1e-6 to 1e6", by_fractions(scaled, x @ np.arange(1, 6) + 0.1 * random.normal(size=ROWS))
    yield "large means", by_fractions(x + 1e5, y)
    # LinearRegression has coefficients of 1e13 here: its cutoff is ε times the largest singular value.
    doubled = np.hstack([x, x[:, :2]])
    centred = doubled - doubled.mean(axis=0)
    coefficients = np.linalg.pinv(centred, rcond=1e-10) @ (y - y.mean())
    yield "duplicated columns", least_squares(doubled, y, 0, coefficients, y.mean() - doubled.mean(axis=0) @ coefficients)


def logistic(x, y, penalty, weights=None, intercept=True):
    classes = len(np.unique(y))
    solver = "newton-cholesky" if classes == 2 else "newton-cg"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a tolerance below rounding errors
        model = LogisticRegression(C=1 / penalty, solver=solver, tol=1e-13, max_iter=100_000, fit_intercept=intercept)
        model.fit(x, y, weights)
    return {
        "columns": x.shape[1],
        "inputs": x.ravel().tolist(),
        "targets": y.tolist(),
        "weights": None if weights is None else weights.tolist(),
        "penalty": penalty,
        "intercept": intercept,
        "coefficients": model.coef_.T.ravel().tolist(),
        "intercepts": np.broadcast_to(model.intercept_, (len(model.coef_),)).tolist(),
    }


def logistic_cases():
    x = random.normal(size=(60, 4))
    logits = x @ random.normal(size=(4, 3))
    two = (logits[:, 0] + random.logistic(size=60) > 0).astype(float)
    three = np.argmax(logits + random.gumbel(size=(60, 3)), axis=1).astype(float)
    weights = random.integers(0, 4, 60).astype(float)
    yield "two classes", logistic(x, two, 1.0)
    yield "two classes, weights", logistic(x, two, 0.5, weights)
    yield "two classes without intercept", logistic(x, two, 0.1, None, False)
    yield "separable classes", logistic(x, (x[:, 0] > 0).astype(float), 0.01)
    yield "scales from 1e-2 to 1e2", logistic(x * 10.0 ** np.array([-2, -1, 1, 2]), two, 0.1)
    yield "duplicated columns", logistic(np.hstack([x, x[:, :2]]), two, 0.3)
    yield "three classes", logistic(x, three, 1.0)
    yield "three classes, weights", logistic(x, three, 0.2, weights)


data = {
    "about": f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}; make_regression.py",
    "leastSquares": dict(linear_cases()),
    "logistic": dict(logistic_cases()),
}
pathlib.Path(__file__).with_name("regression.json").write_text(json.dumps(data) + "\n")

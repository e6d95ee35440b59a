"""Writes calibration.json: see README.md. Needs scikit-learn 1.4 and SciPy."""

import json
import pathlib

import numpy as np
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.calibration import _SigmoidCalibration

random = np.random.default_rng(5)


def weights_or_none(rows, i):
    return None if i % 2 == 0 else random.integers(0, 4, rows).astype(float)


def platt(rows, i):
    z = random.normal(0.5, 3, rows).round(2)
    y = (random.random(rows) < 1 / (1 + np.exp(1 - 0.4 * z * (-1) ** (i // 2)))).astype(int)
    w = weights_or_none(rows, i)
    fitted = _SigmoidCalibration().fit(z, y.astype(float), w)
    return "platt", z[:, None], y, w, {"slope": -float(fitted.a_), "intercept": -float(fitted.b_)}


def temperature(rows, i, classes):
    z = random.normal(0, 4, (rows, classes)).round(2)
    y = np.array([random.choice(classes, p=p) for p in np.exp(log_softmax(z * (0.3, 2)[i % 2], axis=1))])
    w = weights_or_none(rows, i)
    weights = np.ones(rows) if w is None else w
    loss = lambda slope: -np.sum(weights * log_softmax(slope * z, axis=1)[np.arange(rows), y])
    found = minimize_scalar(loss, bounds=(1e-3, 50), method="bounded", options={"xatol": 1e-12})
    return "temperature", z, y, w, {"slope": float(found.x), "intercept": 0}


CASES = [platt(60, i) for i in range(4)] + [temperature(60, i, 2 + i) for i in range(4)]


def case(method, z, y, w, found):
    given = {"method": method, "outputs": z.tolist(), "targets": y.tolist()}
    return {**given, **({} if w is None else {"weights": w.tolist()}), **found}


lines = ",\n".join("  " + json.dumps(case(*item), separators=(",", ":")) for item in CASES)
text = f'{{\n"sklearn": "{sklearn.__version__}",\n"cases": [\n{lines}\n]\n}}\n'
pathlib.Path(__file__).with_name("calibration.json").write_text(text)

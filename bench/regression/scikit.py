# An exact linear model of the numbers of a folder (rows.mjs). Prints JSON: seconds of the fit, and the gradient at its end over
# that at zero. Arguments: folder, leastSquares|ridge|logistic, columns, classes, solver.
import json, os, sys, time, warnings
import numpy as np
from scipy.special import softmax
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

warnings.filterwarnings("ignore")
folder, kind, columns, classes, solver = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
x = np.fromfile(os.path.join(folder, "inputs.bin")).reshape(-1, columns)
y = np.fromfile(os.path.join(folder, "targets.bin"))
penalty = 0.0 if kind == "leastSquares" else 1.0


def model():
    if kind == "leastSquares":
        return LinearRegression()
    if kind == "ridge":
        return Ridge(alpha=penalty, solver=solver)
    return LogisticRegression(C=1 / penalty, solver=solver, tol=1e-8, max_iter=10_000)


model().fit(x[:1000], y[:1000])  # starts threads
begin = time.perf_counter()
fitted = model().fit(x, y)
seconds = time.perf_counter() - begin


def gradient(scale):
    coefficients = scale * np.atleast_2d(fitted.coef_)
    z = x @ coefficients.T + scale * fitted.intercept_
    if kind != "logistic":
        d = z - y[:, None]
    elif classes == 2:
        d = 1 / (1 + np.exp(-z)) - y[:, None]
    else:
        d = softmax(z, axis=1) - np.eye(classes)[y.astype(int)]
    return np.linalg.norm(d.T @ x + penalty * coefficients)


print(json.dumps({"seconds": seconds, "gradient": float(gradient(1) / gradient(0))}))

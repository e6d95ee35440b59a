"""Writes smoothing.json: statsmodels' exponential smoothing at given parameters, and the errors of its optima.

Needs Debian's python3-statsmodels: /usr/bin/python3 test/golden/make_smoothing.py
"""

import json
import pathlib
import warnings

import numpy as np
import statsmodels
from statsmodels.tsa.holtwinters import ExponentialSmoothing

generator = np.random.default_rng(44)
warnings.simplefilter("ignore")


def series(count, season):
    t = np.arange(count)
    wave = np.sin(2 * np.pi * t / season) + 0.5 * np.cos(4 * np.pi * t / season)
    walk = np.cumsum(generator.normal(size=count)) * 0.4
    return np.round(40 + 0.15 * t + (4 + 0.02 * t) * wave + walk + generator.normal(size=count), 2)


def case(name, values, season, trend, damped, seasonal):
    model = ExponentialSmoothing(
        values,
        trend="add" if trend else None,
        damped_trend=damped,
        seasonal={"none": None, "additive": "add", "multiplicative": "mul"}[seasonal],
        seasonal_periods=season if seasonal != "none" else None,
        initialization_method="known",
        initial_level=38.5,
        initial_trend=0.2 if trend else None,
        initial_seasonal=None
        if seasonal == "none"
        else np.round(np.linspace(-3, 3, season), 2)
        if seasonal == "additive"
        else np.round(np.linspace(0.9, 1.1, season), 3),
    )
    alpha, beta_star, gamma_star, phi = 0.35, 0.2, 0.3, 0.92
    fit = model.fit(
        smoothing_level=alpha,
        smoothing_trend=beta_star if trend else None,
        # fit() takes the γ of the recursion.
        smoothing_seasonal=gamma_star if seasonal != "none" else None,
        damping_trend=phi if damped else None,
        optimized=False,
    )
    optimum = ExponentialSmoothing(
        values,
        trend="add" if trend else None,
        damped_trend=damped,
        seasonal={"none": None, "additive": "add", "multiplicative": "mul"}[seasonal],
        seasonal_periods=season if seasonal != "none" else None,
        initialization_method="estimated",
    ).fit()
    given = model.params
    return {
        "name": name,
        "form": {
            "trend": "damped" if damped else "additive" if trend else "none",
            "seasonal": seasonal,
            "season": season if seasonal != "none" else 1,
        },
        "values": values.tolist(),
        "weights": {"alpha": alpha, "betaStar": beta_star, "gamma": gamma_star, "phi": phi},
        "initial": {
            "level": 38.5,
            "trend": 0.2 if trend else 0,
            "seasonal": [] if seasonal == "none" else np.asarray(model.params["initial_seasons"]).tolist()[:season],
        },
        "fitted": fit.fittedvalues.tolist(),
        "squares": float(fit.sse),
        "forecasts": fit.forecast(2 * season).tolist(),
        "optimum": {"squares": float(optimum.sse)},
    }


cases = []
for season, count in ((4, 60), (12, 120)):
    values = series(count, season)
    for trend, damped in ((False, False), (True, False), (True, True)):
        for seasonal in ("none", "additive", "multiplicative"):
            kind = "damped" if damped else "trend" if trend else "level"
            cases.append(case(f"{kind}, {seasonal} season of {season}", values, season, trend, damped, seasonal))

path = pathlib.Path(__file__).with_name("smoothing.json")
path.write_text(json.dumps({"statsmodels": statsmodels.__version__, "cases": cases}) + "\n")
print(f"{len(cases)} cases")

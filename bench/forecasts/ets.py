# ETS of statsmodels, whose form has the least corrected criterion of Akaike, for each series from an origin.
# Arguments: series, number of the origin from 1. prepare.mjs prints the series.
import json
import pathlib
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

warnings.simplefilter("ignore")
node, name, number = sys.argv[1:]
folder = pathlib.Path(__file__).parent
text = subprocess.run([node, folder / "prepare.mjs", name, number], capture_output=True, text=True, check=True).stdout
data = json.loads(text)
season, horizon = data["season"], data["horizon"]


def forms(values):
    trends = [(None, False), ("add", False), ("add", True)]
    seasonals = [None]
    if 1 < season <= 60 and len(values) >= 2 * season + 4:
        seasonals += ["add"] + (["mul"] if values.min() > 0 else [])
    return [(trend, damped, seasonal) for seasonal in seasonals for trend, damped in trends]


def fit(values, trend, damped, seasonal):
    periods = season if seasonal else None
    model = ETSModel(values, error="add", trend=trend, damped_trend=damped, seasonal=seasonal, seasonal_periods=periods)
    return model.fit(disp=False)


errors, inside, count = [], 0, 0
begin = time.perf_counter()
for one in data["series"]:
    values, truths = pd.Series(one["values"], dtype=float), np.array(one["truths"], float)
    best = None
    for form in forms(values):
        try:
            found = fit(values, *form)
        except Exception:
            continue
        if np.isfinite(found.aicc) and (best is None or found.aicc < best.aicc):
            best = found
    end = len(values)
    frame = best.get_prediction(start=end, end=end + horizon - 1).summary_frame(alpha=0.1)
    at = np.array(one["steps"]) - 1
    mean = frame["mean"].to_numpy()[at]
    low, high = frame["pi_lower"].to_numpy()[at], frame["pi_upper"].to_numpy()[at]
    errors.append(np.mean(np.abs(truths - mean)) / one["unit"])
    inside += np.sum((low <= truths) & (truths <= high))
    count += len(truths)
seconds = time.perf_counter() - begin
print(json.dumps({"mase": float(np.mean(errors)), "inside": 100 * float(inside) / count, "seconds": seconds}))

# Trains HistGradientBoosting on the rows of flights.mjs and prints the same JSON. Days and airports are categories, and days are
# numbers too: of the columns that were tried, these gave the largest R². The time includes making the columns that a date gives.
# Arguments: folder with the columns, file (not read), number of iterations.
import json, os, sys, time
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

folder, _, iterations = sys.argv[1:]
read = lambda name: np.fromfile(os.path.join(folder, f"{name}.bin"))
given = {name: read(name) for name in ["date", "distance", "origin", "destination"]}
delay = read("delay")
is_held_out = np.arange(len(delay)) % 10 == 0
begin = time.perf_counter()
days = given.pop("date") / 86_400_000
day = np.floor(days) - np.floor(days.min())
weekday, hour = (np.floor(days) + 4) % 7, days % 1 * 24
x = np.column_stack([day, given["origin"], given["destination"], day, weekday, hour, given["distance"]])
model = HistGradientBoostingRegressor(
    max_iter=int(iterations), categorical_features=[0, 1, 2], early_stopping=False, random_state=1
)
model.fit(x[~is_held_out], delay[~is_held_out])
seconds = time.perf_counter() - begin
truth = delay[is_held_out]
error = ((model.predict(x[is_held_out]) - truth) ** 2).mean()
print(json.dumps({"score": float(100 * (1 - error / truth.var())), "seconds": seconds}))

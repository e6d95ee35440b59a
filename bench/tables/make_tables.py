# Writes the tables of tables.json into a folder: NAME.csv in the usual form (words unchanged, nothing for a
# missing value), and NAME.json: { "rows": its rows as objects, "heldOut": [[row, …] of each split] }. A split holds
# out a fifth of the rows, with the shares of classes kept. Arguments: folder, and the data folder of vega-datasets
# (without it, its tables are left out).
import csv, json, os, sys
import numpy as np
from sklearn import datasets
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

import adult_like, california_like, formulas

splits = 20
folder, *vega = sys.argv[1:]


def plain(x):
    return int(x) if float(x).is_integer() else float(x)


def of_scikit(name, target):
    data = datasets.load_diabetes(scaled=False) if name == "diabetes" else getattr(datasets, f"load_{name}")()
    named = lambda y: data.target_names[int(y)].item() if hasattr(data, "target_names") else plain(y)
    names = [str(column) for column in data.feature_names]
    return [{**dict(zip(names, map(plain, x))), target: named(y)} for x, y in zip(data.data, data.target)]


def of_formula(name):
    own = {"adult_like": adult_like, "california_like": california_like}
    columns = own[name].table() if name in own else getattr(formulas, name)()
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


def of_vega(name, target):
    with open(os.path.join(vega[0], f"{name}.json"), encoding="utf8") as file:
        rows = [row for row in json.load(file) if row[target] is not None]
    for column in rows[0]:
        if any(isinstance(row[column], str) for row in rows):
            for row in rows:
                row[column] = None if row[column] is None else str(row[column])  # titles of some films are numbers
    return rows


def held_out(rows, task, target):
    kind = StratifiedShuffleSplit if task == "classes" else ShuffleSplit
    values = [row[target] for row in rows]
    parts = kind(n_splits=splits, test_size=0.2, random_state=1).split(np.zeros(len(rows)), values)
    return [sorted(test.tolist()) for _, test in parts]


for table in json.load(open(os.path.join(os.path.dirname(__file__), "tables.json"))):
    name, task, target = table["name"], table["task"], table["target"]
    if table["from"] == "vega-datasets":
        if not vega:
            continue
        rows = of_vega(name, target)
    else:
        rows = of_scikit(name, target) if table["from"] == "scikit-learn" else of_formula(name)
    with open(os.path.join(folder, f"{name}.csv"), "w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf8") as file:
        json.dump({"rows": rows, "heldOut": held_out(rows, task, target)}, file)

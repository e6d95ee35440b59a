# Trains a model of scikit-learn on the training rows of a split, after the usual preprocessing. Prints JSON: the score
# on the held-out rows (accuracy in % for classes, root mean square error for numbers), and the time in s that
# preprocessing and training took, which is that of one fit too. Arguments: folder of make_tables.py, table,
# constant|linear|trees|tuned-trees|forest|mlp|stopped-mlp, number of the split from 1.
import json, os, sys, time, warnings
from datetime import datetime
import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import RandomizedSearchCV, ShuffleSplit
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

warnings.filterwarnings("ignore")  # hides the warnings about convergence and about constant columns
folder, name, kind, number = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
read = lambda *place: json.load(open(os.path.join(*place), encoding="utf8"))
[table] = [table for table in read(os.path.dirname(__file__), "tables.json") if table["name"] == name]
rows, held_out = read(folder, f"{name}.json").values()
target, is_classes, dates = table["target"], table["task"] == "classes", table.get("dates", [])


def date(text):
    for form in ["%Y-%m-%d", "%b %d %Y"]:
        try:
            day = datetime.strptime(text, form)
            return [day.year, day.month, day.day]
        except ValueError:
            pass
    raise ValueError(f"not a date: {text}")


# Columns of numbers, three for a date, then columns of words with "" for a missing value.
numeric, worded = [], []
for column in rows[0]:
    values = [row[column] for row in rows]
    if column == target:
        continue
    if column in dates:
        numeric += zip(*map(date, values))
    elif any(isinstance(x, str) for x in values):
        worded.append(["" if x is None else x for x in values])
    else:
        numeric.append([np.nan if x is None else x for x in values])
x = np.empty((len(rows), len(numeric) + len(worded)), object)
for k, column in enumerate([*numeric, *worded]):
    x[:, k] = column
y = np.array([row[target] for row in rows])
numbers = list(range(len(numeric)))
words = list(range(len(numeric), x.shape[1]))

frequent = 10  # rarer words share a category
imputed = SimpleImputer(strategy="median", add_indicator=True)
columns = ColumnTransformer(
    [
        ("numbers", make_pipeline(imputed, StandardScaler()), numbers),
        ("words", OneHotEncoder(min_frequency=frequent, handle_unknown="infrequent_if_exist"), words),
    ]
)
# Trees accept missing numbers, and categories by number, at most 255 per column.
ordinal = OrdinalEncoder(
    min_frequency=frequent, max_categories=254, handle_unknown="use_encoded_value", unknown_value=np.nan
)
plain = ColumnTransformer([("numbers", "passthrough", numbers), ("words", ordinal, words)])

# A network and a ridge regression are trained on standardised numbers.
standardised = lambda model: TransformedTargetRegressor(model, transformer=StandardScaler())
Trees = HistGradientBoostingClassifier if is_classes else HistGradientBoostingRegressor
Forest = RandomForestClassifier if is_classes else RandomForestRegressor
Network = MLPClassifier if is_classes else lambda **options: standardised(MLPRegressor(**options))
trees = Trees(categorical_features=words, random_state=number)
filled = make_pipeline(plain, SimpleImputer(strategy="median"))
choices = {
    "learning_rate": np.geomspace(0.02, 0.3, 30),
    "max_iter": [100, 200, 400, 800],
    "max_leaf_nodes": [7, 15, 31, 63],
    "min_samples_leaf": [5, 10, 20, 50],
    "l2_regularization": [0, 0.1, 1, 10],
}
scoring = "neg_log_loss" if is_classes else "neg_mean_squared_error"
# By three folds, or for many rows by one fifth that is held out.
folds = 3 if len(rows) < 1500 else ShuffleSplit(1, test_size=0.2, random_state=number)
tuned = RandomizedSearchCV(trees, choices, n_iter=20, cv=folds, scoring=scoring, random_state=number)
models = {
    "constant": DummyClassifier() if is_classes else DummyRegressor(),
    "linear": make_pipeline(columns, LogisticRegression(max_iter=1000) if is_classes else standardised(Ridge())),
    "trees": make_pipeline(plain, trees),
    "tuned-trees": make_pipeline(plain, tuned),
    "forest": make_pipeline(filled, Forest(200, n_jobs=-1, random_state=number)),
    "mlp": make_pipeline(columns, Network(max_iter=500, random_state=number)),
    "stopped-mlp": make_pipeline(columns, Network(max_iter=500, early_stopping=True, random_state=number)),
}
test = held_out[number - 1]
training = np.setdiff1d(np.arange(len(rows)), test)
model = models[kind]
begin = time.perf_counter()
model.fit(x[training], y[training])
seconds = time.perf_counter() - begin
predicted = model.predict(x[test])
if is_classes:
    score = 100 * (predicted == y[test]).mean()
else:
    score = np.sqrt(((predicted - y[test]) ** 2).mean())
print(json.dumps({"score": float(score), "seconds": seconds, "fit": seconds}))

"""Writes metrics.json: see README.md. Needs scikit-learn 1.4."""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from sklearn.preprocessing import label_binarize

random = np.random.default_rng(11)
warnings.simplefilter("ignore")  # of precisions without predictions, which are 0


def logistic(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def drawn_weights(rows, kind):
    """Whole numbers, so that repeated rows represent them; some of them 0."""
    return None if kind == 0 else random.integers(0 if kind == 2 else 1, 5, rows)


def calibration_error(y, p, w, bins):
    """From `calibration_curve` over rows repeated by their weights."""
    if w is not None:
        y, p = np.repeat(y, w), np.repeat(p, w)
    so, predicted = calibration_curve(y, p, n_bins=bins)
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], p), minlength=bins)
    return np.sum(np.abs(so - predicted) * counts[counts > 0]) / len(y)


def f1_and_parts(y, decided, w, averages, changes):
    functions = {"f1": sk.f1_score, "precision": sk.precision_score, "recall": sk.recall_score}
    return [
        ({"name": name, "average": average, **changes}, function(y, decided, average=average, sample_weight=w))
        for average in averages
        for name, function in functions.items()
    ]


def counted(y, decided, w, averages, changes=None):
    changes = changes or {}
    return [
        ({"name": "accuracy", **changes}, sk.accuracy_score(y, decided, sample_weight=w)),
        ({"name": "balancedAccuracy", **changes}, sk.balanced_accuracy_score(y, decided, sample_weight=w)),
        *f1_and_parts(y, decided, w, averages, changes),
    ]


def confusion(y, decided, w, classes, changes=None):
    matrix = sk.confusion_matrix(y, decided, labels=range(classes), sample_weight=w)
    return [({"name": "confusionMatrix", **(changes or {})}, matrix.tolist())]


def binary(rows, weighting):
    z = random.normal(0, 2, rows).round(1)
    y = (random.random(rows) < logistic(z)).astype(int)
    y[:2] = 0, 1
    w = drawn_weights(rows, weighting)
    if w is not None:
        w[:2] = 1, 2
    p = logistic(z)
    averages = ("binary", "macro", "micro")
    threshold = float(random.choice([0.2, 0.35, 0.8]))
    results = [
        ({"name": "auc"}, sk.roc_auc_score(y, z, sample_weight=w)),
        ({"name": "averagePrecision"}, sk.average_precision_score(y, z, sample_weight=w)),
        ({"name": "logLoss"}, sk.log_loss(y, p, sample_weight=w)),
        *counted(y, (z > 0).astype(int), w, averages),
        *confusion(y, (z > 0).astype(int), w, 2),
        *counted(y, (p > threshold).astype(int), w, averages, {"threshold": threshold}),
        *confusion(y, (p > threshold).astype(int), w, 2, {"threshold": threshold}),
        *(({"name": "calibrationError", "bins": bins}, calibration_error(y, p, w, bins)) for bins in (4, 15)),
    ]
    return "logistic", z[:, None], y[:, None], w, results


def labels(rows, weighting, outputs):
    z = random.normal(0, 2, (rows, outputs)).round(1)
    y = (random.random((rows, outputs)) < logistic(z)).astype(int)
    y[0], y[1] = 0, 1
    w = drawn_weights(rows, weighting)
    if w is not None:
        w[:2] = 1, 2
    decided = (z > 0).astype(int)
    results = [
        ({"name": "auc"}, sk.roc_auc_score(y, z, average="macro", sample_weight=w)),
        ({"name": "averagePrecision"}, sk.average_precision_score(y, z, average="macro", sample_weight=w)),
        ({"name": "accuracy"}, sk.accuracy_score(y, decided, sample_weight=w)),
        *f1_and_parts(y, decided, w, ("macro", "micro"), {}),
    ]
    return "logistic", z, y, w, results


def classes(rows, weighting, outputs):
    # Two decimals, and repeated rows: ties of probabilities are ties of rows, with any rounding.
    z = random.normal(0, 1.5, (rows, outputs)).round(2)
    z[rows // 2 : rows // 2 + 3] = z[:3]
    y = np.array([random.choice(outputs, p=p) for p in softmax(z)])
    y[:outputs] = range(outputs)
    w = drawn_weights(rows, weighting)
    if w is not None:
        w[:outputs] = 1 + np.arange(outputs) % 3
    p, decided = softmax(z), z.argmax(axis=1)
    one_hot = label_binarize(y, classes=range(outputs))
    # For two classes, the difference of their logits, which orders rows like the probability, except for its rounding.
    ranking = {"y_true": y, "y_score": z[:, 1] - z[:, 0]} if outputs == 2 else {"y_true": one_hot, "y_score": p}
    results = [
        ({"name": "auc"}, sk.roc_auc_score(**ranking, sample_weight=w)),
        ({"name": "averagePrecision"}, sk.average_precision_score(**ranking, sample_weight=w)),
        ({"name": "logLoss"}, sk.log_loss(y, p, labels=range(outputs), sample_weight=w)),
        *counted(y, decided, w, ("macro", "micro", *(("binary",) if outputs == 2 else ()))),
        *confusion(y, decided, w, outputs),
        *(
            ({"name": "topK", "k": k}, sk.top_k_accuracy_score(y, z, k=k, labels=range(outputs), sample_weight=w))
            for k in range(1, outputs)
            if outputs > 2
        ),
        ({"name": "calibrationError", "bins": 10}, calibration_error(decided == y, p.max(axis=1), w, 10)),
    ]
    if outputs > 2:
        auc = sk.roc_auc_score(y, p, multi_class="ovr", sample_weight=w)
        assert abs(auc - results[0][1]) < 1e-14
    return "crossEntropy", z, y[:, None], w, results


def tied_classes():
    """Whole logits, with ties within rows, and classes without targets or predictions."""
    z = random.integers(0, 3, (20, 5)).astype(float)
    z[:, 4] = -5
    y = random.integers(0, 4, 20)
    w = drawn_weights(20, 1)
    results = [
        *counted(y, z.argmax(axis=1), w, ("macro", "micro")),
        *(
            ({"name": "topK", "k": k}, sk.top_k_accuracy_score(y, z, k=k, labels=range(5), sample_weight=w))
            for k in (1, 2, 3)
        ),
    ]
    return "crossEntropy", z, y[:, None], w, results


def one_class(answer):
    """All targets equal: the metrics that are defined then."""
    z = random.normal(0, 2, 9).round(1)
    y = np.full(9, answer)
    decided = (z > 0).astype(int)
    results = [
        *counted(y, decided, None, ("binary", "macro", "micro")),
        *confusion(y, decided, None, 2),
        ({"name": "logLoss"}, sk.log_loss(y, logistic(z), labels=[0, 1])),
        ({"name": "calibrationError", "bins": 5}, calibration_error_of_one(y, logistic(z), 5)),
    ]
    if answer == 1:
        results.append(({"name": "averagePrecision"}, sk.average_precision_score(y, z)))
    return "logistic", z[:, None], y[:, None], None, results


def calibration_error_of_one(y, p, bins):
    """`calibration_curve` needs both classes. The added pair of rows is subtracted again: both are exact."""
    bin_of = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], p)
    return sum(abs(y[bin_of == b].sum() - p[bin_of == b].sum()) for b in range(bins)) / len(y)


def values(rows, weighting, outputs, constant=False):
    y = random.normal(3, 2, (rows, outputs)).round(2)
    z = (y + random.normal(0, 1, (rows, outputs))).round(2)
    if constant:
        y[:, 0] = 2.5
        z[:, 1] = y[:, 1] = -1.25
    w = drawn_weights(rows, weighting)
    if w is not None:
        w[:2] = 1, 2
    results = [
        ({"name": "meanAbsoluteError"}, sk.mean_absolute_error(y, z, sample_weight=w)),
        ({"name": "rootMeanSquaredError"}, sk.root_mean_squared_error(y, z, sample_weight=w)),
        ({"name": "r2"}, sk.r2_score(y, z, sample_weight=w)),
        *(
            ({"name": "quantileLoss", "quantile": q}, sk.mean_pinball_loss(y, z, alpha=q, sample_weight=w))
            for q in (0.1, 0.5, 0.9)
        ),
    ]
    return "squared", z, y, w, results


CASES = [
    *(binary(rows, i % 3) for i, rows in enumerate((2, 5, 9, 12, 16, 20, 25, 30, 40, 60, 12, 13, 14))),
    *(labels(rows, i % 3, 2 + i % 3) for i, rows in enumerate((4, 8, 12, 16, 20, 24, 9, 10))),
    *(classes(rows, i % 3, 2 + i % 4) for i, rows in enumerate((10, 10, 12, 14, 16, 20, 20, 24, 30, 30, 11, 12, 40))),
    tied_classes(),
    one_class(0),
    one_class(1),
    *(values(rows, i % 3, 1 + i % 3) for i, rows in enumerate((2, 3, 5, 8, 12, 16, 20, 24, 30, 10, 11))),
    values(7, 1, 3, constant=True),
    values(7, 0, 2, constant=True),
]
assert len(CASES) == 50


def case(loss, predictions, targets, weights, results):
    return {
        "loss": loss,
        "outputs": predictions.tolist(),
        "targets": targets.tolist(),
        **({} if weights is None else {"weights": weights.tolist()}),
        "results": [[metric, value if isinstance(value, list) else float(value)] for metric, value in results],
    }


lines = ",\n".join("  " + json.dumps(case(*item), separators=(",", ":")) for item in CASES)
text = f'{{\n"sklearn": "{sklearn.__version__}",\n"cases": [\n{lines}\n]\n}}\n'
pathlib.Path(__file__).with_name("metrics.json").write_text(text)

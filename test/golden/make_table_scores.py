"""Writes table_scores.json: scores of classes by scikit-learn, over predictions with ties and weights."""

import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics

generator = np.random.default_rng(43)


def case(classes, rows, positive):
    # Rounded probabilities, so that some are equal.
    logits = generator.normal(size=(rows, classes)) + np.linspace(0, 1.5, classes)
    probabilities = np.round(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), 2)
    probabilities[:, -1] = np.round(1 - probabilities[:, :-1].sum(axis=1), 2)
    truths = np.array([generator.choice(classes, p=np.abs(row) / np.abs(row).sum()) for row in probabilities])
    weights = np.round(generator.uniform(0.5, 3, size=rows), 2)
    decided = probabilities.argmax(axis=1)
    found = {}
    for name, w in (("plain", None), ("weighted", weights)):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(truths, decided, sample_weight=w)
        one = {
            "balancedAccuracy": metrics.balanced_accuracy_score(truths, decided, sample_weight=w),
            "precision": list(precision),
            "recall": list(recall),
            "f1": list(f1),
        }
        if classes == 2:
            scores = probabilities[:, positive]
            one["averagePrecision"] = metrics.average_precision_score(truths == positive, scores, sample_weight=w)
            one["auc"] = metrics.roc_auc_score(truths == positive, scores, sample_weight=w)
        found[name] = one
    return {
        "classes": classes,
        "positive": positive,
        "probabilities": probabilities.round(2).ravel().tolist(),
        "truths": truths.tolist(),
        "weights": weights.tolist(),
        **found,
    }


cases = [case(2, 60, 0), case(2, 25, 1), case(3, 50, 0)]
path = pathlib.Path(__file__).with_name("table_scores.json")
path.write_text(json.dumps({"scikit-learn": sklearn.__version__, "cases": cases}, indent=None) + "\n")

# Trains scikit-learn's SGDClassifier on words weighted by rarity. The loss, the penalty, and whether pairs of words are features too
# are chosen by five folds of the training rows, which keep documents together. Prints the JSON of glissade.mjs. Arguments:
# file of prepare.mjs, number of the split from 1.
import json
import sys
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GroupKFold, StratifiedKFold

rows, held_out = json.load(open(sys.argv[1], encoding="utf8")).values()
number = int(sys.argv[2])
x, y = (np.array([row[key] for row in rows], dtype=object) for key in ("text", "label"))
held = held_out[number - 1]
training = np.setdiff1d(np.arange(len(rows)), held)
documents = [rows[i].get("document") for i in training]

begin = time.process_time()
if documents[0] is None:
    folds = StratifiedKFold(5, shuffle=True, random_state=number).split(training, y[training])
else:
    folds = GroupKFold(5).split(training, groups=documents)
folds = [[training[part] for part in fold] for fold in folds]
losses, alphas = ["hinge", "log_loss"], [1e-5, 1e-4]
words = lambda longest: TfidfVectorizer(sublinear_tf=True, ngram_range=(1, longest))
sgd = lambda loss, alpha: SGDClassifier(loss=loss, alpha=alpha, random_state=number)

estimates = {}
for longest in (1, 2):
    for fitted, rest in folds:
        vectors = words(longest)
        inputs, others = vectors.fit_transform(x[fitted]), vectors.transform(x[rest])
        for loss in losses:
            for alpha in alphas:
                score = sgd(loss, alpha).fit(inputs, y[fitted]).score(others, y[rest])
                estimates.setdefault((longest, loss, alpha), []).append(score)
best = max(estimates, key=lambda one: np.mean(estimates[one]))
middle = time.process_time()
longest, loss, alpha = best
vectors = words(longest)
model = sgd(loss, alpha).fit(vectors.fit_transform(x[training]), y[training])
end = time.process_time()
print(best, file=sys.stderr)
score = model.score(vectors.transform(x[held]), y[held])
estimate = np.mean(estimates[best])
print(json.dumps({"score": 100 * score, "estimate": 100 * estimate, "seconds": end - begin, "fit": end - middle}))

# Logistic regression, one example at a time, on the examples of a folder (logistic_examples.mjs). Prints JSON: examples
# per second of the whole fit, and the final log loss over all examples. Arguments: folder, rows, columns, dense|sparse,
# learning rate, epochs, order|shuffled, float32|float64.
import json, os, sys, time, warnings
import numpy as np
from sklearn.linear_model import SGDClassifier, _base

_base.SPARSE_INTERCEPT_DECAY = 1.0  # the default for sparse columns is a hundredth of the rate
warnings.filterwarnings("ignore")  # hides the warning that it has not converged
folder, rows, columns, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
rate, epochs, order, number = float(sys.argv[5]), int(sys.argv[6]), sys.argv[7], sys.argv[8]
load = lambda name, of: np.fromfile(os.path.join(folder, f"{name}.bin"), of)
y = load("targets", np.uint8)
if kind == "dense":
    x = load("inputs", np.float32).astype(number).reshape(rows, columns)
else:
    from scipy.sparse import csr_matrix

    indices, offsets = load("indices", np.uint32).astype(np.int32), load("offsets", np.float64).astype(np.int32)
    x = csr_matrix((load("values", np.float32).astype(number), indices, offsets), (rows, columns))
model = SGDClassifier(
    loss="log_loss",
    penalty=None,
    learning_rate="constant",
    eta0=rate,
    max_iter=epochs,
    tol=None,
    shuffle=order == "shuffled",
    random_state=1,
)
begin = time.perf_counter()
model.fit(x, y)
elapsed = time.perf_counter() - begin
loss = np.logaddexp(0, np.where(y == 1, -1, 1) * model.decision_function(x)).mean()
print(json.dumps({"rate": rows * epochs / elapsed, "loss": float(loss)}))

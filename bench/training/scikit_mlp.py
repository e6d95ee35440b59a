# Prints the mean time of a training step in µs, over a whole fit. Arguments: layers, batch size.
import sys, time, warnings
import numpy as np
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore")  # hides the warning that it has not converged
(inputs, *hidden, classes), batch = [int(n) for n in sys.argv[1].split("-")], int(sys.argv[2])
rows = 64 * 128
x = np.square(np.sin(np.arange(rows * inputs, dtype=np.float32))).reshape(rows, inputs)
y = np.arange(rows) % classes


def time_of(epochs):
    model = MLPClassifier(
        hidden, solver="adam", alpha=0, batch_size=batch, max_iter=epochs, tol=0, n_iter_no_change=epochs + 1
    )
    begin = time.perf_counter()
    model.fit(x, y)
    return time.perf_counter() - begin


epochs = max(3, round(2 / (time_of(4) / 4)))
print(time_of(epochs) / epochs * 1e6 / (rows / batch))

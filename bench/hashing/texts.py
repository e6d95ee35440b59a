# Prints the million words per second from strings to a trained linear model of two classes.
import time
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

texts, labels, words = [], [], 0
for i in range(20_000):
    labels.append(i % 2)
    text = []
    for j in range(10 + (i * 7919) % 21):
        draw = ((i * 104_729 + j * 7_919) % 99_991) / 99_991
        text.append(f"word{2 * int(15_000 * draw**3) + (labels[i] if (i + j) % 5 == 0 else j % 2)}")
    words += len(text)
    texts.append(" ".join(text))

times = []
for trial in range(7):
    begin = time.perf_counter()
    inputs = HashingVectorizer(n_features=2**18, alternate_sign=False).transform(texts)
    SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=5, tol=None, random_state=trial).fit(inputs, labels)
    times.append(time.perf_counter() - begin)
print(words / sorted(times)[3] / 1e6)

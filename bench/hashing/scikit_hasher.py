# Prints the million features hashed per second. Argument: the kind of features.
import sys, time
from sklearn.feature_extraction import FeatureHasher

EXAMPLES, FEATURES = 10_000, 20
drawn = lambda i, j: (i * 7919 + j * 104_729) % 300_007
kinds = {
    "names": ("string", lambda i: [f"word{drawn(i, j)}" for j in range(FEATURES)]),
    "pairs": ("dict", lambda i: {f"field{j}": str(drawn(i, j)) for j in range(FEATURES)}),
    "numbers": ("dict", lambda i: {f"field{j}": 1 + drawn(i, j) for j in range(FEATURES)}),
}
kind, features_of = kinds[sys.argv[1]]
examples = [features_of(i) for i in range(EXAMPLES)]
hasher = FeatureHasher(2**20, input_type=kind)

times = []
while len(times) < 7:
    begin = time.perf_counter()
    hasher.transform(examples)
    times.append(time.perf_counter() - begin)
print(EXAMPLES * FEATURES / sorted(times)[len(times) // 2] / 1e6)

# Prints the median time of a prediction in µs, per 1,000 rows if there are more. Arguments: layers, rows, threads,
# precision.
import sys, time
import torch
from torch import nn

sizes, rows, threads = [int(n) for n in sys.argv[1].split("-")], int(sys.argv[2]), int(sys.argv[3])
precision = sys.argv[4]
torch.set_num_threads(threads)
x = torch.arange(rows * sizes[0], dtype=torch.float32).sin().square().reshape(rows, sizes[0])
layers = []
for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
    layers += [nn.Linear(a, b)] + ([nn.ReLU()] if i < len(sizes) - 2 else [])
model = nn.Sequential(*layers).eval()

times, begin, start = [], None, time.perf_counter()
with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
    while len(times) < 7 or (time.perf_counter() - begin < 0.8 and len(times) < 10_000):
        before = time.perf_counter_ns()
        model(x)
        elapsed = (time.perf_counter_ns() - before) / 1e3
        if time.perf_counter() - start < 0.4:
            continue
        begin = begin or time.perf_counter()
        times.append(elapsed)
print(sorted(times)[len(times) // 2] * (1000 / rows if rows > 1000 else 1))

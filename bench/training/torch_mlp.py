# Prints the median time of a training step in µs. Arguments: layers, batch size, threads, fused|plain.
import sys, time
import torch
from torch import nn

sizes, batch, threads, kind = [int(n) for n in sys.argv[1].split("-")], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.set_num_threads(threads)
rows = 64 * 128
x = torch.arange(rows * sizes[0], dtype=torch.float32).sin().square().reshape(rows, sizes[0])
y = torch.arange(rows) % sizes[-1]
layers = []
for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
    layers += [nn.Linear(a, b)] + ([nn.ReLU()] if i < len(sizes) - 2 else [])
model, loss = nn.Sequential(*layers), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), fused=kind == "fused")

times = []
for _ in range(25):
    begin = time.perf_counter_ns()
    order = torch.randperm(rows)
    for i in range(0, rows, batch):
        rows_of_batch = order[i : i + batch]
        optimizer.zero_grad(set_to_none=True)
        loss(model(x.index_select(0, rows_of_batch)), y.index_select(0, rows_of_batch)).backward()
        optimizer.step()
    times.append((time.perf_counter_ns() - begin) / 1e3 / (rows / batch))
print(sorted(times)[len(times) // 2])

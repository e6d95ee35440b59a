# Prints the median time of a training step in µs. Arguments: network, batch size, threads, fused|plain|compile,
# precision, and for images contiguous|channels_last. With compile, network and loss are compiled outside the measured
# time, and Adam is fused.
import json, os, sys, time
import torch
from torch import nn

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "pytorch"))
from layers import codes_of, inputs_of, is_categorical, module, rows_of, shape_of

network, batch, threads = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
kind, precision, layout = (sys.argv[4:] + ["contiguous"])[:3]
torch.set_num_threads(threads)
rows, columns = 64 * 128, torch.Size(shape_of(network)).numel()
x = codes_of(network, rows) if is_categorical(network) else rows_of(network, torch.arange(rows * columns, dtype=torch.float32).sin().square().reshape(rows, columns), layout)
layers = network["layers"]
y = torch.arange(rows) % next(layer["outputs"] for layer in reversed(layers) if "outputs" in layer)
members = layers[-2]["members"] if layers[-1]["kind"] == "memberMean" else 1
model, cross_entropy = module(network, layout), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), fused=kind != "plain")


def loss(x, y):
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        return cross_entropy(model(x), y.repeat_interleave(members) if members > 1 else y)


if kind == "compile":
    loss = torch.compile(loss)


def epoch():
    order = torch.randperm(rows)
    for i in range(0, rows, batch):
        rows_of_batch = order[i : i + batch]
        optimizer.zero_grad(set_to_none=True)
        loss(inputs_of(x.index_select(0, rows_of_batch), layout), y.index_select(0, rows_of_batch)).backward()
        optimizer.step()


start = time.perf_counter()
while time.perf_counter() - start < 0.4:
    epoch()
times = []
while len(times) < 3 or sum(times) < 1.5:
    begin = time.perf_counter()
    epoch()
    times.append(time.perf_counter() - begin)
print(sorted(times)[len(times) // 2] * 1e6 / (rows / batch))

# Prints the median time of an optimizer's step in µs. Arguments are those of glissade.mjs, with PyTorch's names.
import argparse, json, math, time
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--rule", default="Adam")
parser.add_argument("--options", default="{}")
parser.add_argument("--shape", default="16384")
parser.add_argument("--arrays", type=int, default=1)
parser.add_argument("--rows", type=int)  # of a sparse gradient
parser.add_argument("--fill", type=float)
parser.add_argument("--threads", type=int, default=1)
options = parser.parse_args()
torch.set_num_threads(options.threads)
shape = [int(side) for side in options.shape.split("x")]


def numbers(function):
    length = math.prod(shape)
    pattern = function(torch.arange(1, min(length, 1 << 16) + 1, dtype=torch.float32))
    return pattern.repeat(-(-length // len(pattern)))[:length].reshape(shape)


parameters = [torch.nn.Parameter(numbers(torch.sin)) for _ in range(options.arrays)]
optimizer = getattr(torch.optim, options.rule)(parameters, **json.loads(options.options))
for parameter in parameters:
    parameter.grad = None if options.rows else numbers(torch.cos)
row = 0


def prepare():
    global row
    if options.rows:
        touched = []
        for _ in range(options.rows):
            row = (row + 7919) % shape[0]
            touched.append(row)
        values = torch.full((options.rows, shape[1]), 0.5)
        parameters[0].grad = torch.sparse_coo_tensor([touched], values, shape)
    if options.fill is not None:
        for parameter in parameters:
            states = [x for x in optimizer.state[parameter].values() if torch.is_tensor(x) and x.numel() > 1]
            for x in [parameter.data, parameter.grad, *states]:
                x.fill_(options.fill)


times, begin, start = [], None, time.perf_counter()
while len(times) < 7 or (time.perf_counter() - begin < 0.8 and len(times) < 10_000):
    prepare()
    before = time.perf_counter_ns()
    optimizer.step()
    elapsed = (time.perf_counter_ns() - before) / 1e3
    if time.perf_counter() - start < 0.4:
        continue
    begin = begin or time.perf_counter()
    times.append(elapsed)
print(sorted(times)[len(times) // 2])

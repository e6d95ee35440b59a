# Trains on Fashion-MNIST by a recipe, and prints the JSON of outcome.mjs. Images are bytes in one tensor; each step
# selects and converts its rows. Initial weights are distributed like glissade's. Arguments: folder, recipe, precision,
# threads, fused|plain|compile, contiguous|channels_last, seed.
import gzip, json, os, sys, time
import torch
from torch import nn

here = os.path.dirname(__file__)
sys.path.append(os.path.join(here, "..", "pytorch"))
from layers import inputs_of, module, rows_of

folder, name, precision, threads, kind, layout, seed = sys.argv[1:]
recipe = json.load(open(os.path.join(here, "recipes", f"{name}.json")))
network, batch, epochs = recipe["network"], recipe["batchSize"], recipe["epochs"]
torch.set_num_threads(int(threads))
torch.manual_seed(int(seed))


def read(name, header):
    path = os.path.join(folder, name)
    content = open(path, "rb").read() if os.path.exists(path) else gzip.open(path + ".gz").read()
    return torch.frombuffer(bytearray(content[header:]), dtype=torch.uint8)


def load(part):
    labels = read(f"{part}-labels-idx1-ubyte", 8).long()
    images = read(f"{part}-images-idx3-ubyte", 16).reshape(len(labels), -1)
    return rows_of(network, images, layout), labels


(x, y), (test_x, test_y) = load("train"), load("t10k")
model, cross_entropy = module(network, layout), nn.CrossEntropyLoss()
groups = [
    {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": recipe["weightDecay"]},
    {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0},
]
optimizer = torch.optim.AdamW(groups, fused=kind != "plain")
steps = epochs * -(-len(x) // batch)
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, recipe["peak"], steps, pct_start=recipe["warmup"], cycle_momentum=False
)
autocast = lambda: torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")


def loss(x, y):
    with autocast():
        return cross_entropy(model(x), y)


def converted(rows):
    return inputs_of(rows.float().mul_(1 / 255), layout)


if kind == "compile":
    loss = torch.compile(loss)
    for rows in [batch, len(x) % batch]:  # compiles for both batch sizes, outside the measured time
        if rows:
            loss(converted(x[:rows]), y[:rows]).backward()


def accuracy():
    model.eval()
    with torch.inference_mode(), autocast():
        right = sum(
            (model(converted(rows)).argmax(1) == classes).sum().item()
            for rows, classes in zip(test_x.split(1000), test_y.split(1000))
        )
    model.train()
    return 100 * right / len(test_y)


total, to = 0, {goal: None for goal in recipe["goals"]}
for _ in range(epochs):
    begin = time.perf_counter()
    order = torch.randperm(len(x))
    for i in range(0, len(x), batch):
        rows = order[i : i + batch]
        optimizer.zero_grad(set_to_none=True)
        loss(converted(x.index_select(0, rows)), y.index_select(0, rows)).backward()
        optimizer.step()
        schedule.step()
    total += time.perf_counter() - begin
    reached = accuracy()
    for goal in to:
        if to[goal] is None and reached >= goal:
            to[goal] = total
times = {f"to{goal}": when for goal, when in to.items()}
print(json.dumps({"accuracy": reached, **times, "whole": total, "step": 1e6 * total / steps}))

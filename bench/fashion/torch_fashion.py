# Trains on Fashion-MNIST by recipe.json and prints what outcome.mjs does. Images are bytes in one tensor, of which a step's rows are
# selected and converted. Weights start as glissade's do. Arguments: folder, precision, threads, fused|plain|compile, seed.
import gzip, json, os, sys, time
import torch
from torch import nn

folder, precision, threads, kind, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
recipe = json.load(open(os.path.join(os.path.dirname(__file__), "recipe.json")))
sizes, batch, epochs = recipe["layers"], recipe["batchSize"], recipe["epochs"]
torch.set_num_threads(threads)
torch.manual_seed(seed)


def read(name, header):
    path = os.path.join(folder, name)
    content = open(path, "rb").read() if os.path.exists(path) else gzip.open(path + ".gz").read()
    return torch.frombuffer(bytearray(content[header:]), dtype=torch.uint8)


def load(part):
    labels = read(f"{part}-labels-idx1-ubyte", 8).long()
    return read(f"{part}-images-idx3-ubyte", 16).reshape(len(labels), -1), labels


(x, y), (test_x, test_y) = load("train"), load("t10k")
layers = []
for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
    is_last = i == len(sizes) - 2
    layers += [nn.Linear(a, b)] + ([] if is_last else [nn.ReLU()])
    variance = 2 / (a + b) if is_last else 2 / a
    nn.init.uniform_(layers[2 * i].weight, -((3 * variance) ** 0.5), (3 * variance) ** 0.5)
    nn.init.zeros_(layers[2 * i].bias)
model, cross_entropy = nn.Sequential(*layers), nn.CrossEntropyLoss()
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


if kind == "compile":
    loss = torch.compile(loss)
    for rows in [batch, len(x) % batch]:  # compiles for both sizes of minibatches, which is not measured
        if rows:
            loss(x[:rows].float() * (1 / 255), y[:rows]).backward()


def accuracy():
    with torch.inference_mode(), autocast():
        return 100 * (model(test_x.float() * (1 / 255)).argmax(1) == test_y).float().mean().item()


total, to = 0, {85: None, 88: None, 89: None}
for _ in range(epochs):
    begin = time.perf_counter()
    order = torch.randperm(len(x))
    for i in range(0, len(x), batch):
        rows = order[i : i + batch]
        optimizer.zero_grad(set_to_none=True)
        loss(x.index_select(0, rows).float().mul_(1 / 255), y.index_select(0, rows)).backward()
        optimizer.step()
        schedule.step()
    total += time.perf_counter() - begin
    reached = accuracy()
    for goal in to:
        if to[goal] is None and reached >= goal:
            to[goal] = total
print(json.dumps({"accuracy": reached, **{f"to{goal}": when for goal, when in to.items()}, "whole": total}))

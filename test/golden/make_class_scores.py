"""Writes class_scores.json: see README.md. Needs PyTorch 2.13."""

import heapq
import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(5)

CLASSES, INPUTS, ROWS = 11, 4, 9
SEED, DRAWN = 3, [1, 1, 10, 3, 8]  # what the library draws for the seed
frequencies = [3.0, 40.0, 1.5, 9.0, 0.25, 17.0, 5.5, 2.0, 30.0, 0.75, 7.0]
x = torch.randn(ROWS, INPUTS)
labels = torch.randint(CLASSES, (ROWS,))


def huffman():
    """The path of each class: pairs of a decision, counted from the root, and the side, 1 or -1."""
    heap = [(f, c) for c, f in enumerate(frequencies)]  # no sum is equal to another here
    heapq.heapify(heap)
    parent, merges = {}, CLASSES - 1
    for merge in range(merges):
        decision = merges - 1 - merge
        sides = [heapq.heappop(heap), heapq.heappop(heap)]
        for (_, node), side in zip(sides, (-1, 1)):
            parent[node] = (decision, side)
        heapq.heappush(heap, (sides[0][0] + sides[1][0], CLASSES + decision))
    paths = []
    for c in range(CLASSES):
        path, node = [], c
        while node in parent:
            path.insert(0, parent[node])
            node = CLASSES + parent[node][0]
        paths.append(path)
    return paths


def case(rows, loss_of):
    weight = torch.randn(rows, INPUTS, requires_grad=True)
    bias = torch.randn(rows, requires_grad=True)
    loss, outputs = loss_of(x @ weight.T + bias)
    loss.backward()
    flat = lambda a, b: a.detach().flatten().tolist() + b.detach().flatten().tolist()
    return {
        "parameters": flat(weight, bias),
        "outputs": outputs.detach().flatten().tolist(),
        "loss": loss.item(),
        "gradient": flat(weight.grad, bias.grad),
    }


def by_tree(scores):
    logs = torch.stack([sum(F.logsigmoid(side * scores[:, n]) for n, side in path) for path in huffman()], 1)
    return F.nll_loss(logs, labels), logs


def by_sample(drawn):
    def loss_of(scores):
        q = torch.tensor(frequencies) / sum(frequencies)
        own = scores.gather(1, labels[:, None])
        others = scores[:, drawn] - torch.log(len(drawn) * q[drawn])
        others = others.masked_fill(torch.tensor(drawn)[None] == labels[:, None], -torch.inf)
        return F.cross_entropy(torch.cat([own, others], 1), torch.zeros(ROWS, dtype=torch.long)), scores

    return loss_of


golden = {
    "classes": CLASSES,
    "inputs": INPUTS,
    "frequencies": frequencies,
    "x": x.flatten().tolist(),
    "labels": labels.tolist(),
    "hierarchical": case(CLASSES - 1, by_tree),
    "sampled": {"seed": SEED, "drawn": DRAWN, **case(CLASSES, by_sample(DRAWN))},
}
pathlib.Path(__file__).with_name("class_scores.json").write_text(json.dumps(golden, indent=1) + "\n")

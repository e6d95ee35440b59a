"""Writes losses.json: see README.md. Needs PyTorch 2.13."""

import json
import pathlib

import torch
from torch.nn import functional

ROWS, COLUMNS = 6, 4
torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(5)


def listed(tensor):
    """Rounds to six digits, so that both sides read equal numbers."""
    return torch.tensor([float(f"{x:.6g}") for x in tensor.flatten().tolist()]).reshape(tensor.shape)


normal = lambda scale, columns=COLUMNS: listed(scale * torch.randn(ROWS, columns, generator=generator))
uniform = lambda: listed(torch.rand(ROWS, COLUMNS, generator=generator))
classes = lambda: torch.randint(COLUMNS, (ROWS, 1), generator=generator).double()
bits = lambda: torch.randint(2, (ROWS, COLUMNS), generator=generator).double()
counts = lambda: torch.randint(7, (ROWS, COLUMNS), generator=generator).double()
signs = lambda: 2 * bits() - 1

WEIGHTS = torch.tensor([1.0, 0.5, 0.0, 3.0, 2.0, 0.25])
CLASS_WEIGHTS = [1.0, 5.0, 0.25, 2.0]


def distributions():
    p = uniform()
    p[:, -1] = 0
    return listed(p / p.sum(1, keepdim=True))


def by_rows(loss):
    """The loss of each row, summed over outputs, and its weight in the mean."""
    return lambda z, t: (loss(z, t).sum(1), torch.ones(ROWS))


def cross_entropy(smoothing=0.0, weights=None):
    weight = None if weights is None else torch.tensor(weights)

    def loss(z, t):
        isClass = t.shape[1] == 1
        target = t[:, 0].long() if isClass else t
        rows = functional.cross_entropy(z, target, weight=weight, label_smoothing=smoothing, reduction="none")
        return rows, weight[target] if isClass and weight is not None else torch.ones(ROWS)

    return loss


def margin_of_classes(z, t):
    """1 + max z_j − z_y over j ≠ y. PyTorch only has the sum over j."""
    label = t.long()
    others = z.scatter(1, label, float("-inf"))
    return (1 + others.max(1).values - z.gather(1, label)[:, 0]).clamp(min=0)


def huber(delta):
    return by_rows(lambda z, t: functional.huber_loss(z, t, reduction="none", delta=delta))


def logistic(smoothing, positive):
    """PyTorch's logistic loss, with Keras's label smoothing."""
    weight = torch.tensor(positive)
    return by_rows(
        lambda z, t: functional.binary_cross_entropy_with_logits(
            z, t * (1 - smoothing) + smoothing / 2, reduction="none", pos_weight=weight
        )
    )


def pinball(q):
    return by_rows(lambda z, t: torch.maximum(q * (t - z), (q - 1) * (t - z)))


def focal(gamma, alpha=None):
    """Like torchvision's `sigmoid_focal_loss`, from PyTorch's logistic loss."""

    def loss(z, t):
        p = torch.sigmoid(z)
        right = p * t + (1 - p) * (1 - t)
        weight = 1 if alpha is None else alpha * t + (1 - alpha) * (1 - t)
        entropy = functional.binary_cross_entropy_with_logits(z, t, reduction="none")
        return weight * entropy * (1 - right) ** gamma

    return by_rows(loss)


def focal_of_classes(gamma):
    def loss(z, t):
        entropy = functional.cross_entropy(z, t[:, 0].long(), reduction="none")
        return entropy * (1 - torch.exp(-entropy)) ** gamma, torch.ones(ROWS)

    return loss


CASES = [
    ("squared", {}, normal(1.5), by_rows(lambda z, t: functional.mse_loss(z, t, reduction="none"))),
    ("absolute", {}, normal(1.5), by_rows(lambda z, t: functional.l1_loss(z, t, reduction="none"))),
    *(("huber", {"delta": delta}, normal(1.5), huber(delta)) for delta in (1.0, 2.5, 0.1)),
    *(("quantile", {"quantile": q}, normal(1.5), pinball(q)) for q in (0.5, 0.9, 0.05)),
    (
        "poisson",
        {},
        counts(),
        by_rows(lambda z, t: functional.poisson_nll_loss(z, t, log_input=True, full=False, reduction="none")),
    ),
    *(
        ("logistic", {"labelSmoothing": s, "positiveWeight": p}, targets(), logistic(s, p))
        for targets, s, p in (
            (bits, 0.0, 1.0),
            (uniform, 0.0, 1.0),
            (bits, 0.1, 1.0),
            (uniform, 0.3, 4.0),
            (bits, 0.0, 0.2),
        )
    ),
    *(
        (
            "crossEntropy",
            {"labelSmoothing": smoothing, **({} if weights is None else {"classWeights": weights})},
            targets(),
            cross_entropy(smoothing, weights),
        )
        for targets in (classes, distributions)
        for smoothing in (0.0, 0.1)
        for weights in (None, CLASS_WEIGHTS)
    ),
    ("hinge", {}, signs(), by_rows(lambda z, t: (1 - t * z).clamp(min=0))),
    ("squaredHinge", {}, signs(), by_rows(lambda z, t: (1 - t * z).clamp(min=0) ** 2)),
    ("hinge", {}, classes(), lambda z, t: (margin_of_classes(z, t), torch.ones(ROWS))),
    ("squaredHinge", {}, classes(), lambda z, t: (margin_of_classes(z, t) ** 2, torch.ones(ROWS))),
]


def case(name, options, targets, loss, weights):
    outputs = normal(2.0).requires_grad_()
    values, shares = loss(outputs, targets)
    rows = torch.ones(ROWS) if weights is None else weights
    value = (rows * values).sum() / (rows * shares).sum()
    value.backward()
    return {
        "loss": {"name": name, **options},
        "outputs": outputs.tolist(),
        "targets": targets.tolist(),
        **({} if weights is None else {"weights": weights.tolist()}),
        "value": value.item(),
        "gradient": outputs.grad.tolist(),
    }


def check_reduction():
    """Checks that without weights of examples, means equal PyTorch's."""
    z, weight = normal(2.0), torch.tensor(CLASS_WEIGHTS)
    for targets in (classes(), distributions()):
        for smoothing in (0.0, 0.1):
            values, shares = cross_entropy(smoothing, CLASS_WEIGHTS)(z, targets)
            theirs = targets[:, 0].long() if targets.shape[1] == 1 else targets
            mean = functional.cross_entropy(z, theirs, weight=weight, label_smoothing=smoothing)
            assert abs(values.sum() / shares.sum() - mean) < 1e-14


check_reduction()
cases = [case(*rest, weights) for rest in CASES for weights in (None, WEIGHTS)]
cases += [
    case("focal", {"gamma": gamma, **({} if alpha is None else {"alpha": alpha})}, bits(), focal(gamma, alpha), weights)
    for gamma, alpha in ((2.0, None), (2.0, 0.25), (0.5, 0.75), (0.0, None))
    for weights in (None, WEIGHTS)
]
cases += [
    case("focal", {"gamma": gamma}, classes(), focal_of_classes(gamma), weights)
    for gamma in (2.0, 1.0, 3.5, 0.0)
    for weights in (None, WEIGHTS)
]
lines = ",\n".join("  " + json.dumps(item) for item in cases)
text = f'{{\n"torch": "{torch.__version__}",\n"cases": [\n{lines}\n]\n}}\n'
pathlib.Path(__file__).with_name("losses.json").write_text(text)

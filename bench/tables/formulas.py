# Tables of random numbers, whose targets are formulas that suit some kinds of models better than others: smooth
# functions, steps along the axes, interactions, heavy tails, many categories. Each function returns columns by name.
# `target` is the last column. The noise, which no model can predict, is in the comment of each.
import numpy as np
from sklearn import datasets

rows = 4_000


def columns(x, target, names=None):
    names = names or [f"x{k + 1}" for k in range(x.shape[1])]
    return {**{name: x[:, k].tolist() for k, name in enumerate(names)}, "target": target.tolist()}


def friedman1():
    """10 sin(πx₁x₂) + 20(x₃ − ½)² + 10x₄ + 5x₅, five more columns; noise 1 (Friedman 1991)."""
    return columns(*datasets.make_friedman1(rows, noise=1.0, random_state=1))


def friedman2():
    """√(x₁² + (x₂x₃ − 1/(x₂x₄))²); noise 75 (Friedman 1991)."""
    return columns(*datasets.make_friedman2(rows, noise=75.0, random_state=1))


def friedman3():
    """arctan((x₂x₃ − 1/(x₂x₄))/x₁); noise 0.1 (Friedman 1991)."""
    return columns(*datasets.make_friedman3(rows, noise=0.1, random_state=1))


def boxes():
    """The sum of 40 boxes, each with sides in three of eight columns, which are 1, ½ or −1 high; noise 0.3."""
    random = np.random.default_rng(1)
    x = random.uniform(size=(rows, 8))
    y = np.zeros(rows)
    for _ in range(40):
        inside = np.ones(rows, bool)
        for k in random.choice(8, 3, replace=False):
            edge = random.uniform(0.2, 0.8)
            inside &= (x[:, k] > edge) == (random.uniform() < 0.5)
        y += random.choice([1, 0.5, -1]) * inside
    return columns(x, y + 0.3 * random.normal(size=rows))


def stairs():
    """Stairs of unequal steps in three of five columns, whose heights multiply in pairs; noise 0.09."""
    random = np.random.default_rng(2)
    x = random.normal(size=(rows, 5))
    stair = lambda k, edges: np.searchsorted(edges, x[:, k]) / len(edges)
    a, b, c = stair(0, [-1.2, -0.7, -0.1, 0.15, 0.8, 1.4]), stair(1, [-0.6, 0.4, 0.5]), stair(2, [-0.3, 0, 0.9, 1.1])
    y = a + 2 * a * b - 2 * b * c + (x[:, 3] > 0.62)
    return columns(x, y + 0.09 * random.normal(size=rows))


def checkerboard():
    """The colour of a board of 5 × 5 fields in two of six columns; 5 % of the labels are wrong."""
    random = np.random.default_rng(3)
    x = random.uniform(size=(rows, 6))
    dark = (np.floor(5 * x[:, 0]) + np.floor(5 * x[:, 1])) % 2 == 1
    dark ^= random.uniform(size=rows) < 0.05
    return columns(x, np.where(dark, "dark", "light"))


def interactions():
    """Products and conditions of pairs among 20 columns, 12 of which mean nothing; noise 0.5."""
    random = np.random.default_rng(4)
    x = random.normal(size=(rows, 20))
    y = x[:, 0] * x[:, 1] + np.where(x[:, 2] > 0, x[:, 3], -x[:, 3]) + 2 * (x[:, 4] > 0.5) * (x[:, 5] > 0)
    y += np.maximum(x[:, 6], x[:, 7])
    return columns(x, y + 0.5 * random.normal(size=rows))


def heavy_tails():
    """Log-normal and Cauchy columns, of which logarithms and ranks decide; noise of Student's t with 3 degrees, × 0.5."""
    random = np.random.default_rng(5)
    x = np.column_stack([random.lognormal(0, 2, (rows, 3)), random.standard_cauchy((rows, 3)), random.normal(size=(rows, 2))])
    y = np.log(x[:, 0]) + np.tanh(x[:, 3]) * np.sqrt(np.log1p(x[:, 1])) + (np.abs(x[:, 4]) > 1) * x[:, 6]
    return columns(x, y + 0.5 * random.standard_t(3, size=rows))


def categories():
    """Effects of three columns of 12, 60 and 400 categories, some in pairs, and two numbers; 10 % noise in the logit."""
    random = np.random.default_rng(6)
    counts = [12, 60, 400]
    codes = [np.minimum((random.pareto(0.7, 3 * rows) * count / 20).astype(int), count - 1)[: 3 * rows] for count in counts]
    x = random.normal(size=(3 * rows, 2))
    effects = [random.normal(size=count) for count in counts]
    pairs = random.normal(size=(12, 60))
    logit = sum(effect[code] for effect, code in zip(effects, codes)) + pairs[codes[0], codes[1]]
    logit += x[:, 0] * effects[0][codes[0]] + np.abs(x[:, 1]) - 1
    bought = random.uniform(size=3 * rows) < 1 / (1 + np.exp(-logit))
    named = {f"{name}": [f"{name}{code}" for code in each] for name, each in zip(["region", "brand", "shop"], codes)}
    return {**named, "age": x[:, 0].tolist(), "income": x[:, 1].tolist(), "target": np.where(bought, "yes", "no").tolist()}

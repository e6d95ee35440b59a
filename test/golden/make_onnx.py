"""Writes the folder onnx: small ONNX files of other libraries, and expected.json with inputs and outputs of each.

The files torch_*.onnx are what torch.onnx.export (TorchScript) writes; outputs are PyTorch's. The package `onnx` is not
needed: export asks for it only in order to look for functions in scripts.

The files sklearn_*.onnx are written here, node by node, as skl2onnx writes MLPClassifier, MLPRegressor and
LogisticRegression behind a StandardScaler; outputs are computed here by NumPy with scikit-learn's formulas.

    pip install torch numpy && python test/golden/make_onnx.py
"""

import json
import os
import struct
import warnings

import numpy as np
import torch
from torch import nn
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

warnings.simplefilter("ignore")
onnx_proto_utils._add_onnxscript_fn = lambda model_bytes, custom_opsets: model_bytes
folder = os.path.join(os.path.dirname(__file__), "onnx")
os.makedirs(folder, exist_ok=True)
expected = {}


def keep(name, inputs, outputs):
    expected[name] = {
        "inputs": [np.asarray(x).reshape(-1).tolist() for x in inputs],
        "shapes": [list(np.asarray(x).shape) for x in inputs],
        "outputs": np.asarray(outputs, dtype=np.float64).reshape(-1).tolist(),
    }


# PyTorch


def export(name, model, *inputs, opset=17):
    torch.manual_seed(len(name))
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.4)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    model.eval()
    names = [f"x{i}" for i in range(len(inputs))]
    axes = {one: {0: "n"} for one in [*names, "y"]}
    torch.onnx.export(
        model, inputs, os.path.join(folder, f"{name}.onnx"), dynamo=False, opset_version=opset, input_names=names,
        output_names=["y"], dynamic_axes=axes,
    )
    with torch.no_grad():
        keep(name, inputs, model(*inputs))


class View(nn.Module):
    def forward(self, x):
        return x.view(x.size(0), -1)


class Residual(nn.Module):
    """A residual block with a projection, then one without."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, padding=1, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.short = nn.Conv2d(2, 4, 1, stride=2)
        self.third = nn.Conv2d(4, 4, 3, padding=1)
        self.last = nn.Linear(4, 3)

    def forward(self, x):
        x = torch.relu(self.second(torch.relu(self.norm(self.first(x)))) + self.short(x))
        x = torch.relu(self.third(x) + x)
        return self.last(x.mean((2, 3)))


class Tabular(nn.Module):
    """Embeddings of two columns beside numbers."""

    def __init__(self):
        super().__init__()
        self.colour, self.city = nn.Embedding(4, 2), nn.Embedding(6, 3)
        self.layers = nn.Sequential(nn.Linear(8, 5), nn.SiLU(), nn.Linear(5, 1), nn.Sigmoid())

    def forward(self, codes, x):
        return self.layers(torch.cat([self.colour(codes[:, 0]), self.city(codes[:, 1]), x], 1))


class Recommender(nn.Module):
    """Two inputs of one column each."""

    def __init__(self):
        super().__init__()
        self.user, self.item = nn.Embedding(4, 3), nn.Embedding(6, 3)
        self.layers = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 1))

    def forward(self, user, item):
        return self.layers(torch.cat([self.user(user), self.item(item)], 1))


class Scaled(nn.Module):
    """Normalises its inputs by constants."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([1.0, -2.0, 0.5]))
        self.register_buffer("deviation", torch.tensor([2.0, 0.5, 3.0]))
        self.layer = nn.Linear(3, 2)

    def forward(self, x):
        return self.layer((x - self.mean) / self.deviation)


torch.manual_seed(1)
image, odd = torch.randn(3, 2, 6, 4), torch.randn(3, 2, 7, 5)
codes = torch.tensor([[0, 5], [3, 0], [1, 2]])
export("torch_mlp", nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3)), torch.randn(3, 5))
export(
    "torch_activations",
    nn.Sequential(
        nn.Linear(4, 4), nn.GELU(), nn.Linear(4, 4), nn.LeakyReLU(0.01), nn.Linear(4, 4), nn.ELU(), nn.Linear(4, 4),
        nn.Softplus(), nn.LayerNorm(4), nn.SiLU(), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 3), nn.Softmax(-1),
    ),
    torch.randn(3, 4),
)
export(
    "torch_cnn",
    nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 4, (2, 1)), nn.ELU(),
        nn.Flatten(), nn.BatchNorm1d(16), nn.Linear(16, 5), nn.ReLU(), nn.Linear(5, 3),
    ),
    image,
)
export("torch_view", nn.Sequential(nn.AvgPool2d(2, stride=1), View(), nn.Linear(48, 2)), odd)
export("torch_pooled", nn.Sequential(nn.Conv2d(2, 5, 3, stride=2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 2)), odd)
export("torch_residual", Residual(), image)
export("torch_tabular", Tabular(), codes, torch.randn(3, 3))
export("torch_recommender", Recommender(), codes[:, 0].clone(), codes[:, 1].clone())
export("torch_scaled", Scaled(), torch.randn(3, 3))
export("torch_opset13", nn.Sequential(nn.Linear(4, 3), nn.Sigmoid()), torch.randn(2, 4), opset=13)


# Protocol buffers, as far as the graphs of scikit-learn need them


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, array, kind):
    array = np.asarray(array)
    data = b"".join(field(1, side) for side in array.shape) + field(2, {"float": 1, "int64": 7, "int32": 6}[kind])
    packed = struct.pack(f"<{array.size}f", *array.reshape(-1)) if kind == "float" else b"".join(varint(int(v)) for v in array.reshape(-1))
    return data + field({"float": 4, "int64": 7, "int32": 5}[kind], packed) + field(8, name)


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    if isinstance(value[0], int):
        return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)
    return field(1, name) + b"".join(field(7, float(v)) for v in value) + field(20, 6)


def node(kind, inputs, outputs, name, domain="", **attributes):
    out = b"".join(field(1, one) for one in inputs) + b"".join(field(2, one) for one in outputs)
    out += field(3, name) + field(4, kind)
    out += b"".join(field(5, attribute(key, value)) for key, value in attributes.items())
    return out + (field(7, domain) if domain else b"")


def value(name, kind, sides):
    dims = b"".join(field(1, b"" if side is None else field(1, side)) for side in sides)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dims)))


def write(name, nodes, tensors, columns, outputs):
    graph = b"".join(field(1, one) for one in nodes) + field(2, name) + b"".join(field(5, one) for one in tensors)
    graph += field(11, value("X", 1, [None, columns])) + b"".join(field(12, one) for one in outputs)
    model = field(1, 8) + field(2, "skl2onnx") + field(3, "1.17.0") + field(4, "ai.onnx") + field(7, graph)
    model += field(8, field(1, "ai.onnx.ml") + field(2, 1)) + field(8, field(1, "") + field(2, 17))
    with open(os.path.join(folder, f"{name}.onnx"), "wb") as file:
        file.write(model)


ml = "ai.onnx.ml"
labels, probabilities = value("label", 7, [None]), value("probabilities", 1, [None, None])
random = np.random.default_rng(3)
x = random.normal(size=(3, 4)).astype(np.float32)
draw = lambda *shape: random.normal(size=shape).astype(np.float32)
sigmoid = lambda z: 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def mlp(sizes, hidden, end):
    nodes, tensors, at, h = [node("Cast", ["X"], ["cast_input"], "Cast", to=1)], [], "cast_input", x.astype(np.float64)
    for i, (rows, columns) in enumerate(zip(sizes, sizes[1:])):
        w, b, own = draw(rows, columns), draw(1, columns), "" if i == 0 else str(i)
        last = i == len(sizes) - 2
        kind = end if last else hidden
        out = "out_activations_result" if last else f"next_activations{own}"
        tensors += [tensor(f"coefficient{own}", w, "float"), tensor(f"intercepts{own}", b, "float")]
        nodes += [
            node("MatMul", [at, f"coefficient{own}"], [f"mul_result{own}"], f"MatMul{own}"),
            node("Add", [f"mul_result{own}", f"intercepts{own}"], [f"add_result{own}"], f"Add{own}"),
            node(kind, [f"add_result{own}"], [out], f"{kind}{own}"),
        ]
        h = h @ w.astype(np.float64) + b
        h = {"Relu": lambda z: np.maximum(z, 0), "Tanh": np.tanh, "Sigmoid": sigmoid, "Softmax": softmax, "Identity": lambda z: z}[kind](h)
        at = out
    return nodes, tensors, at, h


def label_nodes(count):
    return [
        node("ArgMax", ["probabilities"], ["argmax_output"], "ArgMax", axis=1),
        node("ArrayFeatureExtractor", ["classes", "argmax_output"], ["array_feature_extractor_result"], "ArrayFeatureExtractor", ml),
        node("Reshape", ["array_feature_extractor_result", "shape_tensor"], ["reshaped_result"], "Reshape"),
        node("Cast", ["reshaped_result"], ["label"], "Cast1", to=7),
    ], [tensor("classes", np.arange(count), "int32"), tensor("shape_tensor", [-1], "int64")]


nodes, tensors, at, h = mlp([4, 5, 6, 3], "Relu", "Softmax")
extra, more = label_nodes(3)
write("sklearn_mlp_classifier", [*nodes, node("Identity", [at], ["probabilities"], "Identity"), *extra], tensors + more, 4, [labels, probabilities])
keep("sklearn_mlp_classifier", [x], h)

nodes, tensors, at, h = mlp([4, 5, 1], "Tanh", "Sigmoid")
extra, more = label_nodes(2)
both = [node("Sub", ["unity", at], ["negative_class_proba"], "Sub"), node("Concat", ["negative_class_proba", at], ["probabilities"], "Concat", axis=1)]
write("sklearn_mlp_binary", [*nodes, *both, *extra], [*tensors, *more, tensor("unity", np.float32(1), "float")], 4, [labels, probabilities])
keep("sklearn_mlp_binary", [x], np.concatenate([1 - h, h], 1))

nodes, tensors, at, h = mlp([4, 5, 1], "Relu", "Identity")
nodes.append(node("Reshape", [at, "shape_tensor"], ["variable"], "Reshape"))
write("sklearn_mlp_regressor", nodes, [*tensors, tensor("shape_tensor", [-1, 1], "int64")], 4, [value("variable", 1, [None, 1])])
keep("sklearn_mlp_regressor", [x], h)

offset, scale = draw(4), np.abs(draw(4)) + np.float32(0.5)
scaler = node("Scaler", ["X"], ["variable"], "Scaler", ml, offset=offset, scale=scale)
scaled = (x.astype(np.float64) - offset) * scale
w, b = draw(3, 4), draw(3)
classifier = node(
    "LinearClassifier", ["variable"], ["label", "probability_tensor"], "LinearClassifier", ml, classlabels_ints=[0, 1, 2],
    coefficients=w.reshape(-1), intercepts=b, multi_class=1, post_transform="SOFTMAX",
)
normalizer = node("Normalizer", ["probability_tensor"], ["probabilities"], "Normalizer", ml, norm="L1")
write("sklearn_logistic", [scaler, classifier, normalizer], [], 4, [labels, probabilities])
keep("sklearn_logistic", [x], softmax(scaled @ w.T + b))

w, b = draw(1, 4), draw(1)
classifier = node(
    "LinearClassifier", ["variable"], ["label", "probabilities"], "LinearClassifier", ml, classlabels_ints=[0, 1],
    coefficients=np.concatenate([-w, w]).reshape(-1), intercepts=np.concatenate([-b, b]), multi_class=0, post_transform="LOGISTIC",
)
write("sklearn_logistic_binary", [scaler, classifier], [], 4, [labels, probabilities])
p = sigmoid(scaled @ w.T + b)
keep("sklearn_logistic_binary", [x], np.concatenate([1 - p, p], 1))

w, b = draw(2, 4), draw(2)
regressor = node("LinearRegressor", ["X"], ["variable"], "LinearRegressor", ml, coefficients=w.reshape(-1), intercepts=b, targets=2)
write("sklearn_linear", [regressor], [], 4, [value("variable", 1, [None, 2])])
keep("sklearn_linear", [x], x.astype(np.float64) @ w.T + b)

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file, separators=(",", ":"))
    file.write("\n")

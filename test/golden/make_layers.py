"""Writes layers.json: see README.md. Needs PyTorch 2.13."""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": F.relu,
    "leakyRelu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
}

JOINS = {
    "concatenate": lambda branches: torch.cat(branches, -1),
    "sum": sum,
    "dot": lambda branches: (branches[0] * branches[1]).sum(-1, keepdim=True),
    "cosine": lambda branches: F.cosine_similarity(*branches, dim=-1).unsqueeze(-1),
}


# Descriptions of layers, in the library's form.


def dense(outputs, activation="identity", bias=True):
    return {"kind": "dense", "outputs": outputs, "activation": activation, "bias": bias}


def conv2d(channels, kernel=3, stride=1, padding=0, activation="identity", bias=True):
    return {
        "kind": "conv2d",
        "channels": channels,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "activation": activation,
        "bias": bias,
    }


def pool(kind, size=2, stride=None, padding=0):
    return {"kind": kind, "size": size, "stride": stride or size, "padding": padding}


def global_pool(of):
    return {"kind": "globalPool", "pooling": of}


def layer_norm(epsilon=1e-5, activation="identity"):
    return {"kind": "layerNorm", "epsilon": epsilon, "activation": activation}


def batch_norm(epsilon=1e-5, momentum=0.1, activation="identity"):
    return {"kind": "batchNorm", "epsilon": epsilon, "momentum": momentum, "activation": activation}


def residual(layers, shortcut=(), activation="identity"):
    return {"kind": "residual", "layers": layers, "shortcut": list(shortcut), "activation": activation}


def parallel(branches, join, activation="identity"):
    return {"kind": "parallel", "branches": branches, "join": join, "activation": activation}


def dropout(rate):
    return {"kind": "dropout", "rate": rate}


def embedding(*dimensions):
    return {"kind": "embedding", "dimensions": list(dimensions)}


def batch_ensemble(outputs, members, activation="identity", bias=True):
    return {"kind": "batchEnsemble", "outputs": outputs, "members": members, "activation": activation, "bias": bias}


MEMBER_MEAN = {"kind": "memberMean"}
FLATTEN = {"kind": "flatten"}
SOFTMAX = {"kind": "softmax"}


class Model:
    """Runs descriptions in PyTorch. Tensors are drawn when a layer needs them, in the library's order and layout."""

    def __init__(self, training, cardinalities, given, keys, generator):
        self.training, self.cardinalities, self.given, self.keys = training, cardinalities, given, keys
        self.generator = generator
        self.tensors = {}
        self.initial = []
        self.has_statistics = False

    def tensor(self, name, shape):
        values = torch.tensor(self.given[name]).reshape(shape) if name in self.given else draw(shape, self.generator)
        self.initial.append(values.clone())
        self.tensors[name] = values.requires_grad_()
        return values

    def statistics(self, path, channels):
        """A running mean and variance, which PyTorch updates in place."""
        self.has_statistics = True
        mean, variance = draw([channels], self.generator), draw([channels], self.generator).abs() + 0.25
        self.initial += [mean.clone(), variance.clone()]
        self.tensors |= {f"{path}.mean": mean, f"{path}.variance": variance}
        return mean, variance

    def sequence(self, layers, x, path):
        for i, layer in enumerate(layers):
            x = self.layer(layer, x, f"{path}.{i}")
            x = ACTIVATIONS[layer.get("activation", "identity")](x)
        return x

    def layer(self, layer, x, path):
        """x and the result are channels-last. PyTorch's functions for images get contiguous channels-first copies."""
        kind = layer["kind"]
        if kind == "dense":
            weight = self.tensor(f"{path}.weight", [x.shape[1], layer["outputs"]])
            return F.linear(x, weight.T, self.bias(layer, path, layer["outputs"]))
        if kind == "conv2d":
            kernel = pair(layer["kernel"])
            weight = self.tensor(f"{path}.weight", [*kernel, x.shape[-1], layer["channels"]]).permute(3, 2, 0, 1)
            bias = self.bias(layer, path, layer["channels"])
            return last(F.conv2d(first(x), weight.contiguous(), bias, layer["stride"], layer["padding"]))
        if kind == "maxPool":
            return last(F.max_pool2d(first(x), layer["size"], layer["stride"], layer["padding"]))
        if kind == "averagePool":
            arguments = layer["size"], layer["stride"], layer["padding"]
            return last(F.avg_pool2d(first(x), *arguments, count_include_pad=False))
        if kind == "globalPool":
            function = {"average": F.adaptive_avg_pool2d, "max": F.adaptive_max_pool2d}[layer["pooling"]]
            return function(first(x), 1).flatten(1)
        if kind == "flatten":
            return x.flatten(1)
        if kind == "dropout":
            if not self.training:
                return x
            channels = x.shape[-1]
            kept = [number_is_kept(n, layer["rate"], self.keys[path]) for n in range(x.numel())]
            return x * torch.tensor(kept).reshape(x.shape) / (1 - layer["rate"])
        if kind == "layerNorm":
            shape = [x.shape[-1]]
            weight, bias = self.tensor(f"{path}.weight", shape), self.tensor(f"{path}.bias", shape)
            return F.layer_norm(x, shape, weight, bias, layer["epsilon"])
        if kind == "batchNorm":
            trained = [self.tensor(f"{path}.{name}", [x.shape[-1]]) for name in ("weight", "bias")]
            running = self.statistics(path, x.shape[-1])
            arguments = *running, *trained, self.training, layer["momentum"], layer["epsilon"]
            return F.batch_norm(x, *arguments) if x.dim() == 2 else last(F.batch_norm(first(x), *arguments))
        if kind == "residual":
            body = self.sequence(layer["layers"], x, f"{path}.layers")
            return body + self.sequence(layer["shortcut"], x, f"{path}.shortcut")
        if kind == "parallel":
            branches = [self.sequence(b, x, f"{path}.branches.{i}") for i, b in enumerate(layer["branches"])]
            return JOINS[layer["join"]](branches)
        if kind == "embedding":
            tables = [
                self.tensor(f"{path}.tables.{j}", [cardinality, width])
                for j, (cardinality, width) in enumerate(zip(self.cardinalities, layer["dimensions"]))
            ]
            return torch.cat([F.embedding(x[:, j].long(), table) for j, table in enumerate(tables)], 1)
        if kind == "batchEnsemble":
            members, outputs = layer["members"], layer["outputs"]
            x = x[:, None, None] if x.dim() == 2 else x  # a position for each member
            weight = self.tensor(f"{path}.weight", [x.shape[-1], outputs])
            r, s = (
                self.tensor(f"{path}.{name}", [members, width])[:, None]
                for name, width in (("r", x.shape[-1]), ("s", outputs))
            )
            y = F.linear(x * r, weight.T) * s
            return y + self.tensor(f"{path}.bias", [members, outputs])[:, None] if layer["bias"] else y
        if kind == "memberMean":
            return x.mean([1, 2])
        if kind == "softmax":
            return F.softmax(x, -1)
        raise ValueError(kind)

    def bias(self, layer, path, outputs):
        return self.tensor(f"{path}.bias", [outputs]) if layer["bias"] else None


def number_is_kept(n, rate, key):
    """Whether dropout keeps a number, decided by its 32 pseudo-random bits under a key."""
    wrap = 2**32 - 1
    x = n + key[0] & wrap
    x ^= x >> 16
    x = x * 0x7FEB352D & wrap
    x ^= x >> 15
    x ^= key[1]
    x = x * 0x846CA68B & wrap
    x ^= x >> 16
    return x >= math.floor(rate * 2**32)


def pair(extent):
    return extent if isinstance(extent, list) else [extent, extent]


def first(x):
    return x.permute(0, 3, 1, 2).contiguous()


def last(x):
    return x.permute(0, 2, 3, 1)


def draw(shape, generator):
    """Normally distributed numbers with two decimals."""
    return (torch.randn(shape, generator=generator) * 100).round() / 100


def listed(tensors):
    """All numbers, one tensor after the other."""
    return [x for t in tensors for x in t.detach().flatten().tolist()]


def shape_of(inputs):
    if isinstance(inputs, int):
        return [inputs]
    return [inputs["height"], inputs["width"], inputs["channels"]]


def image(height, width, channels):
    return {"height": height, "width": width, "channels": channels}


def case(name, inputs, layers, rows=2, training=False, x=None, given={}, keys={}):
    """PyTorch's results for some inputs and a random gradient with respect to the outputs."""
    generator = torch.Generator().manual_seed(sum(name.encode()))
    cardinalities = inputs.get("cardinalities") if isinstance(inputs, dict) else None
    if cardinalities:
        x = torch.stack([torch.randint(c, [rows], generator=generator) for c in cardinalities], 1).double()
    else:
        x = draw([rows, *shape_of(inputs)], generator) if x is None else torch.tensor(x).reshape(rows, *shape_of(inputs))
        x.requires_grad_()
    model = Model(training, cardinalities, given, keys, generator)
    outputs = model.sequence(layers, x, "layers")
    upstream = draw(outputs.shape, generator)
    outputs.backward(upstream)
    tensors = list(model.tensors.values())
    return {
        "name": name,
        "inputs": inputs,
        "layers": layers,
        "mode": "training" if training else "evaluation",
        **({"keys": keys} if keys else {}),
        "tensors": [{"name": name, "shape": list(values.shape)} for name, values in model.tensors.items()],
        "parameters": listed(model.initial),
        "x": listed([x]),
        "outputs": listed([outputs]),
        "upstream": listed([upstream]),
        **({} if cardinalities else {"xGradient": listed([x.grad])}),
        "gradient": listed([torch.zeros_like(t) if t.grad is None else t.grad for t in tensors]),
        **({"after": listed(tensors)} if training and model.has_statistics else {}),
    }


POINTS = [-12.0, -5.0, -2.5, -1.0, -0.75, -0.01, 0.0, 0.01, 0.3, 1.0, 2.0, 4.5, 13.0]
BITS = torch.randint(3, [2 * 5 * 5 * 2], generator=torch.Generator().manual_seed(5)).double().tolist()

CASES = [
    *(
        case(f"{name} of some points", 1, [dense(1, name, False)], 13, x=POINTS, given={"layers.0.weight": [1.0]})
        for name in ACTIVATIONS
    ),
    *(case(f"dense, {name}", 3, [dense(2, name)]) for name in ACTIVATIONS),
    case("dense without biases", 4, [dense(3, bias=False)], 3),
    case("two dense layers", 4, [dense(5, "tanh"), dense(3)], 3),
    case("conv2d", image(4, 5, 1), [conv2d(2)]),
    case("conv2d, stride 2", image(5, 6, 3), [conv2d(2, 2, 2)]),
    case("conv2d, padding 1", image(3, 4, 3), [conv2d(1, padding=1)]),
    case("conv2d, stride 2, padding 1, relu", image(5, 4, 3), [conv2d(5, stride=2, padding=1, activation="relu")]),
    case("conv2d, kernel 1, stride 2, without biases", image(3, 4, 5), [conv2d(3, 1, 2, bias=False)]),
    case("conv2d, kernel 1 × 3", image(3, 5, 2), [conv2d(3, [1, 3])]),
    case("conv2d, kernel 3 × 2, padding 2 × 1", image(3, 4, 2), [conv2d(2, [3, 2], padding=[2, 1])]),
    case("conv2d, kernel 2 × 3, stride 2 × 1", image(5, 4, 2), [conv2d(2, [2, 3], [2, 1])]),
    case("conv2d, same, kernel 3", image(3, 4, 2), [conv2d(2, padding="same")]),
    case("conv2d, same, kernel 4 × 2", image(4, 3, 1), [conv2d(2, [4, 2], padding="same")]),
    case("conv2d, kernel 5, larger than the image", image(3, 3, 1), [conv2d(1, 5, padding=2)]),
    case("two conv2d", image(5, 5, 1), [conv2d(3, activation="silu"), conv2d(2, 2)]),
    *(
        c
        for kind in ("maxPool", "averagePool")
        for c in (
            case(f"{kind}", image(5, 4, 3), [pool(kind)]),
            case(f"{kind} with overlap", image(4, 5, 1), [pool(kind, 3, 1)]),
            case(f"{kind} with overlap and padding", image(5, 6, 2), [pool(kind, 3, 2, 1)]),
            case(f"{kind}, size 3 × 2, stride 1 × 2, padding 1 × 0", image(4, 5, 2), [pool(kind, [3, 2], [1, 2], [1, 0])]),
            case(f"{kind} with gaps", image(5, 5, 1), [pool(kind, 2, 3)]),
        )
    ),
    case("maxPool of ties", image(5, 5, 2), [pool("maxPool")], x=BITS),
    case("maxPool of ties with overlap", image(5, 5, 2), [pool("maxPool", 3, 1, 1)], x=BITS),
    case("global average", image(2, 3, 5), [global_pool("average")]),
    case("global maximum", image(3, 2, 5), [global_pool("max")]),
    case("global maximum of ties", image(5, 5, 2), [global_pool("max")], x=BITS),
    case("flatten", image(2, 3, 2), [FLATTEN, dense(2)]),
    case("dropout in evaluation", 4, [dropout(0.5)]),
    case("dropout", 7, [dropout(0.3)], 4, True, keys={"layers.0": [123456789, 987654321]}),
    case("dropout of an image", image(2, 3, 5), [dropout(0.5)], 2, True, keys={"layers.0": [4294967295, 3735928559]}),
    case("layerNorm", 5, [layer_norm()], 3),
    case("layerNorm, ε = 0.1, elu", 4, [layer_norm(0.1, "elu")], 3),
    case("layerNorm of an image", image(2, 3, 5), [layer_norm()]),
    *(
        c
        for training in (False, True)
        for mode in ["in training" if training else "in evaluation"]
        for c in (
            case(f"batchNorm {mode}", 3, [batch_norm()], 5, training),
            case(f"batchNorm {mode}, ε = 0.1, momentum = 0.3, leakyRelu", 2, [batch_norm(0.1, 0.3, "leakyRelu")], 4, training),
            case(f"batchNorm of an image {mode}", image(2, 3, 3), [batch_norm()], 2, training),
            case(
                f"residual block of convolutions {mode}",
                image(4, 3, 2),
                [
                    residual(
                        [conv2d(3, 3, 2, 1, bias=False), batch_norm(activation="relu"), conv2d(3, 3, 1, 1)],
                        [conv2d(3, 1, 2, bias=False), batch_norm()],
                        "relu",
                    )
                ],
                2,
                training,
            ),
        )
    ),
    case("residual", 3, [residual([dense(4, "tanh"), dense(3)])]),
    case("residual with a shortcut, nested", 3, [residual([dense(4), residual([dense(4, "gelu")])], [dense(4)], "silu")]),
    case("parallel, concatenated", 3, [parallel([[dense(2, "tanh")], [], [dense(1), dense(3)]], "concatenate", "sigmoid")]),
    case("parallel, summed", 3, [parallel([[dense(2, "tanh")], [dense(2)], [dense(1), dense(2)]], "sum", "softplus")]),
    case(
        "parallel, concatenated images",
        image(3, 3, 2),
        [parallel([[conv2d(1)], [pool("maxPool", 3), conv2d(2, 1)], [pool("averagePool", 3)]], "concatenate")],
    ),
    *(
        c
        for join in ("dot", "cosine")
        for c in (
            case(f"{join}", 3, [parallel([[dense(4, "tanh")], [dense(5), dense(4)]], join)], 4),
            case(f"{join} of the inputs, sigmoid", 3, [parallel([[], [dense(3)]], join, "sigmoid")], 3),
            case(f"{join} of zeros", 2, [parallel([[dense(3, bias=False)], [dense(3)]], join)], 2, x=[0.0, 0.0, 1.0, -2.0]),
            case(f"{join} of images", image(3, 3, 2), [parallel([[conv2d(3, 2)], [conv2d(3, 2, activation="elu")]], join)]),
        )
    ),
    case("embedding", {"cardinalities": [3, 5, 2]}, [embedding(2, 3, 1), dense(2)], 4),
    case("batchEnsemble", 3, [batch_ensemble(2, 4, "tanh"), FLATTEN], 3),
    case("batchEnsemble behind another", 4, [batch_ensemble(5, 3, "silu"), batch_ensemble(2, 3, bias=False), FLATTEN], 3),
    case("batchEnsemble of positions", image(4, 1, 3), [batch_ensemble(2, 4, "elu")]),
    case("memberMean", 3, [dense(4), batch_ensemble(5, 3, "relu"), batch_ensemble(2, 3), MEMBER_MEAN], 4),
    case("softmax", 4, [SOFTMAX], 3),
    case("softmax behind dense", 3, [dense(4), SOFTMAX], 3),
    case(
        "a small network of many layers",
        image(6, 6, 1),
        [
            conv2d(2, padding="same"),
            batch_norm(activation="relu"),
            pool("maxPool"),
            parallel([[conv2d(2)], [conv2d(1), conv2d(1, 1)]], "concatenate", "elu"),
            FLATTEN,
            layer_norm(),
            dropout(0.25),
            dense(3, "gelu"),
            SOFTMAX,
        ],
        3,
        True,
        keys={"layers.6": [2718281828, 3141592653]},
    ),
]
if __name__ == "__main__":
    path = pathlib.Path(__file__).parent / "layers.json"
    path.write_text(json.dumps(CASES, ensure_ascii=False, separators=(",", ":")).replace(".0,", ",").replace(".0]", "]") + "\n")

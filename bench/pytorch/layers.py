# Builds a PyTorch module from a network's description (networks.mjs). Initial weights are distributed like glissade's.
import torch
from torch import nn

ACTIVATIONS = {
    "identity": nn.Identity,
    "relu": lambda: nn.ReLU(inplace=True),
    "leakyRelu": lambda: nn.LeakyReLU(0.01),
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
}
HE = {"relu", "leakyRelu", "elu", "gelu", "silu"}


class FlattenChannelsLast(nn.Module):
    """Flattens images in their memory order, without a copy."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class Residual(nn.Module):
    def __init__(self, layers, activation):
        super().__init__()
        self.layers, self.activation = layers, activation

    def forward(self, x):
        return self.activation(self.layers(x) + x)


class Embeddings(nn.Module):
    """A table for each column of categories; the outputs are concatenated rows."""

    def __init__(self, cardinalities, dimensions):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(count, dimensions) for count in cardinalities)

    def forward(self, x):
        return torch.cat([table(x[:, i]) for i, table in enumerate(self.tables)], 1)


class BatchEnsemble(nn.Module):
    """Members at positions, (batch, members, columns), share a weight and differ by r, s and biases."""

    def __init__(self, inputs, outputs, members, activation, is_first):
        super().__init__()
        self.linear = start(nn.Linear(inputs, outputs), activation)
        self.linear.bias = None
        r = torch.randint(2, (members, inputs)) * 2.0 - 1 if is_first else torch.ones(members, inputs)
        self.r, self.s = nn.Parameter(r), nn.Parameter(torch.ones(members, outputs))
        self.bias = nn.Parameter(torch.zeros(members, outputs))

    def forward(self, x):
        x = x.unsqueeze(1) if x.dim() == 2 else x
        return torch.addcmul(self.bias, self.linear(x * self.r), self.s)


class MemberMean(nn.Module):
    """In training, the outputs of members one below another, each with a loss of its own."""

    def forward(self, x):
        return x.flatten(0, 1) if self.training else x.mean(1)


def start(layer, activation):
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    variance = 2 / fan_in if activation in HE else 2 / (fan_in + fan_out)
    nn.init.uniform_(layer.weight, -((3 * variance) ** 0.5), (3 * variance) ** 0.5)
    nn.init.zeros_(layer.bias)
    return layer


def chain(layers, shape, layout, cardinalities=()):
    """The modules of layers over a shape, [columns] or [height, width, channels], and their output shape."""
    modules = []
    for layer in layers:
        kind, activation = layer["kind"], layer.get("activation", "identity")
        if kind == "embedding":
            modules.append(Embeddings(cardinalities, layer["dimensions"]))
            shape = [len(cardinalities) * layer["dimensions"]]
        elif kind == "dense":
            modules.append(start(nn.Linear(shape[-1], layer["outputs"]), activation))
            shape = [layer["outputs"]]
        elif kind == "conv2d":
            options = {"stride": layer.get("stride", 1), "padding": layer.get("padding", 0)}
            modules.append(start(nn.Conv2d(shape[2], layer["channels"], layer["kernel"], **options), activation))
            shape = slid(shape, window=layer["kernel"], **options)[:2] + [layer["channels"]]
        elif kind in ("maxPool", "averagePool"):
            size = layer.get("size", 2)
            options = {"stride": layer.get("stride", size), "padding": layer.get("padding", 0)}
            modules.append(
                nn.MaxPool2d(size, **options)
                if kind == "maxPool"
                else nn.AvgPool2d(size, **options, count_include_pad=False)
            )
            shape = slid(shape, window=size, **options)
        elif kind == "globalPool":
            pool = nn.AdaptiveMaxPool2d if layer["pooling"] == "max" else nn.AdaptiveAvgPool2d
            modules += [pool(1), nn.Flatten()]
            shape = [shape[2]]
        elif kind == "batchEnsemble":
            arguments = shape[-1], layer["outputs"], layer["members"], activation
            modules.append(BatchEnsemble(*arguments, is_first=len(shape) == 1))
            shape = [layer["members"], layer["outputs"]]
        elif kind == "memberMean":
            modules.append(MemberMean())
            shape = shape[1:]
        elif kind == "flatten":
            modules.append(FlattenChannelsLast() if layout == "channels_last" else nn.Flatten())
            shape = [shape[0] * shape[1] * shape[2]]
        elif kind == "dropout":
            modules.append(nn.Dropout(layer["rate"]))
        elif kind == "layerNorm" and len(shape) == 1:
            modules.append(nn.LayerNorm(shape[0]))
        elif kind == "batchNorm":
            modules.append((nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(shape[-1]))
        elif kind == "residual":
            modules.append(Residual(chain(layer["layers"], shape, layout)[0], ACTIVATIONS[activation]()))
            activation = "identity"
        else:
            raise ValueError(f"no module is known for {kind} over {shape}")
        if activation != "identity":
            modules.append(ACTIVATIONS[activation]())
    return nn.Sequential(*modules), shape


def slid(shape, window, stride, padding):
    return [(size + 2 * padding - window) // stride + 1 for size in shape[:2]] + shape[2:]


def is_categorical(network):
    return not isinstance(network["inputs"], int) and "categories" in network["inputs"]


def shape_of(network):
    """[columns], or [height, width, channels] of images."""
    inputs = network["inputs"]
    if is_categorical(network):
        return [len(inputs["categories"])]
    return [inputs] if isinstance(inputs, int) else [inputs["height"], inputs["width"], inputs.get("channels", 1)]


def module(network, layout="contiguous"):
    """The module of a network. layout is that of images: contiguous or channels_last."""
    cardinalities = network["inputs"]["categories"] if is_categorical(network) else ()
    model, _ = chain(network["layers"], shape_of(network), layout, cardinalities)
    return model.to(memory_format=torch.channels_last) if layout == "channels_last" else model


def codes_of(network, rows):
    """Category numbers, equal to those of examples.mjs."""
    cardinalities = torch.tensor(network["inputs"]["categories"])
    i = torch.arange(rows * len(cardinalities)).reshape(rows, -1)
    return i * 7919 % cardinalities


def rows_of(network, x, layout="contiguous"):
    """Rows of numbers, or of images [height, width, channels], as a tensor from which inputs_of() takes rows."""
    shape = shape_of(network)
    if len(shape) == 1:
        return x
    images = x.reshape(-1, *shape)
    return images if layout == "channels_last" else images.permute(0, 3, 1, 2).contiguous()


def inputs_of(rows, layout="contiguous"):
    """Some rows of the tensor of rows_of(), as inputs of the module."""
    return rows.permute(0, 3, 1, 2) if layout == "channels_last" and rows.dim() == 4 else rows

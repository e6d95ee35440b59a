"""python3 check_models.py FOLDER: reads each file of a model there, computes its outputs in PyTorch, and compares
them with those in the JSON file beside it. PyTorch computes in float64, so that the errors are those of the model: in
float32 they are just as large, up to 9e-7 if a layerNorm divides by a small deviation. The long run of
test/models/files.test.ts writes such files with GLISSADE_SAVED_MODELS=FOLDER. Uses `safetensors.torch` if it is
installed, and otherwise its own reader."""

import json
import math
import pathlib
import struct
import sys

import torch
import torch.nn.functional as F

from make_layers import Model, first, last, pair

TYPES = {"F32": torch.float32, "F64": torch.float64}


def load_file(path):
    try:
        import safetensors.torch

        return safetensors.torch.load_file(path)
    except ImportError:
        header, body = parts(path)
        return {
            name: torch.frombuffer(bytearray(body[slice(*entry["data_offsets"])]), dtype=TYPES[entry["dtype"]]).reshape(
                entry["shape"]
            )
            for name, entry in header.items()
            if name != "__metadata__"
        }


def parts(path):
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


class Saved(Model):
    """A model with the tensors of a file."""

    def __init__(self, tensors, cardinalities):
        super().__init__(False, cardinalities, {}, {}, None)
        self.saved = tensors

    def tensor(self, name, shape):
        assert list(self.saved[name].shape) == list(shape), name
        return self.saved[name]

    def statistics(self, path, channels):
        return self.saved[f"{path}.mean"], self.saved[f"{path}.variance"]

    def layer(self, layer, x, path):
        if layer["kind"] == "embedding" and not isinstance(layer["dimensions"], list):
            layer = {**layer, "dimensions": [layer["dimensions"]] * len(self.cardinalities)}
        if layer["kind"] == "conv2d" and layer["padding"] == "same":
            x, layer = padded(x, layer), {**layer, "padding": 0}
        return super().layer(layer, x, path)


def padded(x, layer):
    """Zeros around images so that there are ⌈size / stride⌉ outputs; an odd line comes last."""
    lines = []
    for size, kernel, stride in zip(x.shape[1:3], pair(layer["kernel"]), pair(layer["stride"])):
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        lines.append([total // 2, total - total // 2])
    return last(F.pad(first(x), [*lines[1], *lines[0]]))


def error_of(path):
    network = json.loads(parts(path)[0]["__metadata__"]["network"])
    given = json.loads(path.with_suffix(".json").read_text())
    inputs = network["inputs"]
    cardinalities = inputs.get("categories") if isinstance(inputs, dict) else None
    shape = [-1]
    if isinstance(inputs, dict) and not cardinalities:
        shape = [inputs["height"], inputs["width"], inputs["channels"]]
    tensors = {name: tensor.double() for name, tensor in load_file(path).items()}
    x = torch.tensor(given["x"]).reshape(given["rows"], *shape)
    with torch.no_grad():
        outputs = Saved(tensors, cardinalities).sequence(network["layers"], x, "layers").flatten()
    expected = torch.tensor(given["outputs"])
    return ((outputs - expected).abs() / expected.abs().clamp(min=1)).max().item()


torch.set_default_dtype(torch.float64)
errors = {path.name: error_of(path) for path in sorted(pathlib.Path(sys.argv[1]).glob("*.safetensors"))}
worst = max(errors, key=errors.get)
print(f"{len(errors)} models; the largest error is {errors[worst]:.2e}, of {worst}")
sys.exit(not errors[worst] < 1e-6)

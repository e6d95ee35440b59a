# Prints the errors of PyTorch as glissade.mjs does, against PyTorch in float64. Arguments: outputs, gradients, patches
# or images, a size, positive or mixed, threads.
import json, sys
import torch
from torch import nn

kind, size, signs, threads = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(1)


def drawn(*shape):
    return torch.rand(shape) if signs == "positive" else 2 * torch.rand(shape) - 1


def outputs(x, weights):
    return {"one": nn.functional.linear(x[:1], weights), "several": nn.functional.linear(x, weights)}


def step_of(layer):
    def step(x, targets):
        module = layer().to(x.dtype)
        for parameter in module.parameters():
            nn.init.zeros_(parameter)
        ((module(x) - targets) ** 2).flatten(1).sum(1).mean().backward()
        return {"weights": module.weight.grad, "biases": module.bias.grad}

    return step


def convolved(x, weights):
    return {"outputs": nn.functional.conv2d(x, weights, padding=size // 2)}


def errors(compute, inputs, others):
    found, exact, sizes = compute(inputs, others), compute(inputs.double(), others.double()), compute(inputs.double().abs(), others.double().abs())
    return {key: 1e9 * ((found[key].double() - exact[key]).abs() / sizes[key].abs()).max().item() for key in found}


def images():
    x = drawn(16, 64, 14, 14)
    step = step_of(lambda: nn.Conv2d(64, 64, size, padding=size // 2))
    return errors(convolved, x, drawn(64, 64, size, size)) | errors(step, x, drawn(16, 64, 14, 14))


print(json.dumps({
    "outputs": lambda: errors(outputs, drawn(16, size), drawn(64, size)),
    "gradients": lambda: errors(step_of(lambda: nn.Linear(32, 48)), drawn(size, 32), drawn(size, 48)),
    "patches": lambda: errors(step_of(lambda: nn.Conv2d(8, 16, 3, padding=1)), drawn(size, 8, 14, 14), drawn(size, 16, 14, 14)),
    "images": images,
}[kind]()))

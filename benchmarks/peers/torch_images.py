"""Training steps of convolutional ReLU networks in PyTorch: backprop with autograd, and three rules as module replacements do them.

FA and uSF put another kernel into the backward pass of each layer by a custom autograd function. DFA is written as the
published toolbox computes it: a backward hook replaces the input gradient, which autograd has computed anyway, and the error is copied to
every position and passed through a transposed convolution. Prints one JSON object: the best over memory formats, for each rule.
"""
import argparse
import json

import torch
from torch import nn
from torch.nn import functional

from torch_step import seconds_a_step


class Replaced(torch.autograd.Function):
    """y = w * x, downward through b."""

    @staticmethod
    def forward(context, x, w, b, bias, stride, padding):
        context.save_for_backward(x, w, b)
        context.window = (stride, padding)
        return functional.conv2d(x, w, bias, stride, padding) if w.dim() == 4 else functional.linear(x, w, bias)

    @staticmethod
    def backward(context, d):
        x, w, b = context.saved_tensors
        below = gradient = None
        if w.dim() == 2:
            if context.needs_input_grad[0]:
                below = d.mm(b)
            return below, d.t().mm(x), None, d.sum(0), None, None
        stride, padding = context.window
        mask = [context.needs_input_grad[0], False, False]
        if mask[0]:
            below = torch.ops.aten.convolution_backward(d, x, b, None, stride, padding, (1, 1), False, (0, 0), 1, mask)[0]
        _, gradient, offsets = torch.ops.aten.convolution_backward(
            d, x, w, [w.shape[0]] if context.needs_input_grad[3] else None, stride, padding, (1, 1), False, (0, 0), 1,
            [False, True, context.needs_input_grad[3]])
        return below, gradient, None, offsets, None, None


class Carried(nn.Module):
    """A layer whose signal goes down through fixed feedback (fa) or through s sign(w) (usf)."""

    def __init__(self, layer, rule):
        super().__init__()
        self.layer, self.rule = layer, rule
        self.register_buffer("feedback", torch.randn_like(layer.weight).mul_(float(layer.weight.std())).detach())
        self.scale = float(layer.weight.std())

    def forward(self, x):
        w = self.layer.weight
        b = self.feedback if self.rule == "fa" else self.scale * torch.sign(w.detach())
        return Replaced.apply(x, w, b, self.layer.bias, getattr(self.layer, "stride", None), getattr(self.layer, "padding", None))


class Direct(nn.Module):
    """A layer whose input gradient is replaced by the projected error; autograd computes the true one first."""

    def __init__(self, layer, classes, error):
        super().__init__()
        self.layer, self.error = layer, error
        shape = (classes, *layer.weight.shape[1:])
        self.register_buffer("feedback", torch.randn(shape) * float(layer.weight.std()))
        self.register_full_backward_hook(self.replace)

    def forward(self, x):
        return self.layer(x)

    @staticmethod
    def replace(self, below, d):
        if below[0] is None:
            return below
        error = self.error[0]
        if self.feedback.dim() == 2:
            return (error.mm(self.feedback),)
        tiled = error[:, :, None, None].expand(-1, -1, *d[0].shape[2:])
        x = below[0]
        stride, padding = self.layer.stride, self.layer.padding
        return (nn.grad.conv2d_input(x.shape, self.feedback, tiled.contiguous(), stride, padding),)


class Unit(nn.Module):
    """Two convolutions and a shortcut, projected where shapes change."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(inplace=True),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters))
        self.shortcut = nn.Sequential() if stride == 1 and channels == filters else nn.Sequential(
            nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        y = self.branch(x)
        y += self.shortcut(x)
        return functional.relu(y, inplace=True)


def lenet():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(64, 128, 3), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 10))


def resnet():
    layers, channels = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)], 16
    for stage in range(3):
        for unit in range(3):
            layers.append(Unit(channels, 16 << stage, 2 if stage and not unit else 1))
            channels = 16 << stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


MODELS = {"lenet-cifar": lenet, "resnet-20": resnet}


def replace(module, make):
    for name, child in module.named_children():
        if isinstance(child, (nn.Conv2d, nn.Linear)):
            setattr(module, name, make(child))
        else:
            replace(child, make)


def step_of(rule, model, batch, last):
    error = [None]
    net = MODELS[model]()
    if rule in ("fa", "usf"):
        replace(net, lambda layer: Carried(layer, rule))
    if rule == "dfa":
        replace(net, lambda layer: layer if layer.weight.shape[0] == 10 else Direct(layer, 10, error))
    x, y = torch.randn(batch, 3, 32, 32), torch.arange(batch) % 10
    target = functional.one_hot(y, 10).float()
    if last:
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer, loss = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9), nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = net(x)
        value = loss(logits, y)
        if rule == "dfa":
            error[0] = torch.softmax(logits.detach(), 1).sub_(target).div_(batch)
        value.backward()
        optimizer.step()

    return step


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="lenet-cifar", choices=MODELS)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    best = {}
    for rule in ("backprop", "fa", "usf", "dfa"):
        best[rule] = max(options.batch / seconds_a_step(step_of(rule, options.model, options.batch, last), options.seconds)
                         for last in (False, True))
    print(json.dumps({"torch": torch.__version__, "model": options.model, "batch": options.batch, "threads": options.threads,
                      "samplesPerSecond": best}))


if __name__ == "__main__":
    main()

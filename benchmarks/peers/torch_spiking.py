"""Training steps of a network of leaky integrate-and-fire neurons in PyTorch, written plainly: a loop over steps, autograd through time.

u_t = leak u_(t-1) + I_t - threshold z_(t-1), z_t = 1 where u_t >= threshold; dz/du is the fast sigmoid 1 / (25 |u - threshold| + 1)^2.
Outputs are potentials of neurons that do not fire, and the loss is the cross-entropy of their mean over the steps. A constant input is
multiplied at every step, as a plain loop does, and in a second form once. A Poisson input is drawn in every training step. Prints one
JSON object.
"""
import argparse
import json
import sys
import time

import torch

LEAK, THRESHOLD, SLOPE = 0.9, 1.0, 25.0


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, above):
        ctx.save_for_backward(above)
        return (above >= 0).float()

    @staticmethod
    def backward(ctx, signal):
        (above,) = ctx.saved_tensors
        return signal / (SLOPE * above.abs() + 1) ** 2


class Network(torch.nn.Module):
    def __init__(self, widths, steps, folds):
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1))
        self.steps, self.folds = steps, folds

    def forward(self, inputs, poisson):
        potentials = [torch.zeros(inputs.shape[0], layer.out_features) for layer in self.layers]
        spikes = [torch.zeros_like(u) for u in potentials]
        first = self.layers[0](inputs) if self.folds and not poisson else None
        total = torch.zeros_like(potentials[-1])
        for _ in range(self.steps):
            z = inputs
            if poisson:
                z = (torch.rand_like(inputs) < inputs).float()
            for i, layer in enumerate(self.layers):
                current = first if i == 0 and first is not None else layer(z)
                if i + 1 == len(self.layers):
                    potentials[i] = LEAK * potentials[i] + current
                    total = total + potentials[i]
                else:
                    potentials[i] = LEAK * potentials[i] + current - THRESHOLD * spikes[i]
                    z = spikes[i] = Spike.apply(potentials[i] - THRESHOLD)
        return total / self.steps


def seconds_a_step(widths, batch, steps, poisson, folds, seconds):
    torch.manual_seed(0)
    net = Network(widths, steps, folds)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    loss = torch.nn.CrossEntropyLoss()
    x, y = torch.rand(batch, widths[0]), torch.arange(batch) % widths[-1]

    def step():
        optimizer.zero_grad(set_to_none=False)
        loss(net(x, poisson), y).backward()
        optimizer.step()

    for _ in range(3):
        step()
    rounds = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(rounds) < 5:
        start = time.perf_counter()
        step()
        rounds.append(time.perf_counter() - start)
    return sorted(rounds)[len(rounds) // 2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="lif:784-400-10,steps=25,input=poisson")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    widths, given = options.model.removeprefix("lif:").split(",")[0], options.model.split(",")[1:]
    words = {"steps": "25", "input": "constant"} | dict(word.split("=") for word in given)
    if set(words) != {"steps", "input"}:
        sys.exit(f"The model {options.model} has options of which this program knows only steps and input.")
    widths, steps, poisson = [int(width) for width in widths.split("-")], int(words["steps"]), words["input"] == "poisson"
    forms = {"backprop": False} if poisson else {"backprop": False, "backprop, a constant input multiplied once": True}
    result = {"torch": torch.__version__, "model": options.model, "batch": options.batch, "threads": options.threads}
    result["samplesPerSecond"] = {
        name: options.batch / seconds_a_step(widths, options.batch, steps, poisson, folds, options.seconds)
        for name, folds in forms.items()
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

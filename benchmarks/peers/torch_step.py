"""Training steps of a dense ReLU network in PyTorch: backprop with autograd, and direct feedback alignment by hand.

Prints one JSON object. Exits with 1 where torch.mm stays below 50 GFLOP/s: then PyTorch runs on reference BLAS (Debian: install
libopenblas0-openmp beside python3-torch), or OpenBLAS takes the processor for an old one, and the comparison would prove nothing.
"""
import argparse
import json
import sys
import time

import torch


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


def seconds_a_step(step, budget):
    for _ in range(5):
        step()
    start = time.perf_counter()
    step()
    once = max(time.perf_counter() - start, 1e-6)
    count = max(1, int(budget / once))
    rounds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(count):
            step()
        rounds.append((time.perf_counter() - start) / count)
    return median(rounds)


def backprop(widths, batch, narrow=False):
    """The forward pass under autocast to bfloat16 where it is narrow, and so its backward pass."""
    layers = []
    for i in range(1, len(widths)):
        layers.append(torch.nn.Linear(widths[i - 1], widths[i]))
        if i + 1 < len(widths):
            layers.append(torch.nn.ReLU(inplace=True))
    net = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    loss = torch.nn.CrossEntropyLoss()
    x, y = torch.randn(batch, widths[0]), torch.arange(batch) % widths[-1]

    def step():
        optimizer.zero_grad(set_to_none=False)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=narrow):
            value = loss(net(x), y)
        value.backward()
        optimizer.step()

    return step


def direct(widths, batch):
    """The fastest we know by hand: preallocated buffers, gradients accumulated straight into the momentum."""
    torch.set_grad_enabled(False)
    depth = len(widths) - 1
    weights = [torch.randn(widths[i], widths[i + 1]) / widths[i] ** 0.5 for i in range(depth)]
    biases = [torch.zeros(widths[i + 1]) for i in range(depth)]
    velocity = [torch.zeros_like(w) for w in weights]
    bias_velocity = [torch.zeros_like(b) for b in biases]
    feedback = [torch.randn(widths[-1], widths[i + 1]) / widths[-1] ** 0.5 for i in range(depth - 1)]
    hidden = [torch.empty(batch, widths[i + 1]) for i in range(depth)]
    signals = [torch.empty(batch, widths[i + 1]) for i in range(depth - 1)]
    x = torch.randn(batch, widths[0])
    target = torch.nn.functional.one_hot(torch.arange(batch) % widths[-1], widths[-1]).float()

    def step():
        h = x
        for i in range(depth):
            torch.addmm(biases[i], h, weights[i], out=hidden[i])
            if i + 1 < depth:
                hidden[i].clamp_(min=0)
            h = hidden[i]
        e = torch.softmax(hidden[-1], 1)
        e.sub_(target)
        for i in range(depth - 1, -1, -1):
            if i + 1 < depth:
                torch.mm(e, feedback[i], out=signals[i])
                d = signals[i].mul_(hidden[i] > 0)
            else:
                d = e
            below = hidden[i - 1] if i else x
            velocity[i].addmm_(below.t(), d, beta=0.9, alpha=1 / batch)
            bias_velocity[i].mul_(0.9).add_(d.sum(0), alpha=1 / batch)
            weights[i].add_(velocity[i], alpha=-0.001)
            biases[i].add_(bias_velocity[i], alpha=-0.001)

    return step


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="784-1000-1000-10")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.15)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    widths = [int(width) for width in options.model.split("-")]

    a, b, c = torch.randn(512, 512), torch.randn(512, 512), torch.empty(512, 512)
    with torch.no_grad():
        gflops = 2 * 512 ** 3 / seconds_a_step(lambda: torch.mm(a, b, out=c), 0.03) / 1e9
    if gflops < 50:
        sys.exit(
            f"torch.mm reaches {gflops:.0f} GFLOP/s, below 50: reference BLAS (install libopenblas0-openmp), an OpenBLAS kernel for "
            "another processor (try OPENBLAS_CORETYPE), or other busy programs."
        )
    result = {"torch": torch.__version__, "model": options.model, "batch": options.batch, "threads": options.threads, "mmGflops": gflops}
    result["samplesPerSecond"] = {
        "backprop": options.batch / seconds_a_step(backprop(widths, options.batch), options.seconds),
        "backprop bf16": options.batch / seconds_a_step(backprop(widths, options.batch, narrow=True), options.seconds),
        "dfa": options.batch / seconds_a_step(direct(widths, options.batch), options.seconds),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Tests.Cost;

/// <summary>
/// What is recorded of a step is what a hand counts, by kind, for every layer and every family of rules. That a planned step is what a real
/// one takes says little by itself: both ask the same kernels. Here the words are written out.
/// </summary>
public sealed class HandCountedTests
{
    private const int N = 4, M = 3, In = 6, Out = 5, K = 3;

    private static readonly Shape s_image = new(4, 4, 2);

    /// <summary>A layer behind y = W x + b, and what it takes: forward, on the way down, and for gradients.</summary>
    private static IEnumerable<(string Name, Func<Layer> Layer, Work Forward, Work Error, Work Gradient)> BehindADenseLayer()
    {
        const int Words = N * Out;
        yield return ("activation", () => Kit.Of("tanh"), new(0, new(Activations: Words), new(Activations: Words)),
            new(0, new(Activations: Words, Errors: Words), new(Errors: Words)), default);
        // A mask is drawn, then laid over the activities, and over the signal.
        yield return ("dropout", () => new Dropout(0.2),
            new(0, new(Activations: 2 * Words), new(Activations: 2 * Words)), new(0, new(Activations: Words, Errors: Words),
                new(Errors: Words)), default);
        // Moments; two running moments that follow them; then gain and shift. Both gradients are summed once and added where they belong;
        // the signal uses the sums again.
        yield return ("batch norm", () => new BatchNorm(),
            new(0, new(Weights: 2 * Out, Activations: Words + 4 * Out + Words + 2 * Out), new(Activations: 2 * Out + 2 * Out + Words)),
            new(0, new(Weights: Out, Activations: Words + 2 * Out, Errors: Words, Gradients: 2 * Out), new(Errors: Words)),
            new(0, new(Activations: Words + 2 * Out, Errors: Words, Gradients: 2 * Out), new(Gradients: 4 * Out)));
        yield return ("layer norm", () => new LayerNorm(),
            new(0, new(Weights: 2 * Out, Activations: Words + Words + 2 * N), new(Activations: 2 * N + Words)),
            new(0, new(Weights: Out, Activations: Words + 2 * N, Errors: Words), new(Errors: Words)),
            new(0, new(Activations: Words + 2 * N, Errors: Words), new(Gradients: 2 * Out)));
        // The branch is two dense layers with an activation in between, the last of which ends in the sum's place; then x is added, and on
        // the way down the signal.
        yield return ("residual", () => new Residual(new Linear(2), Kit.Of("tanh"), new Linear(Out)),
            Dense(Out, 2) + new Work(0, new(Activations: N * 2), new(Activations: N * 2)) + Dense(2, Out)
                + new Work(0, new(Activations: 2 * Words), new(Activations: Words)),
            Crossing(2, Out) + new Work(0, new(Activations: N * 2, Errors: N * 2), new(Errors: N * 2)) + Crossing(Out, 2)
                + new Work(0, new(Errors: 2 * Words), new(Errors: Words)),
            DenseGradient(Out, 2) + DenseGradient(2, Out));
    }

    private static Work Dense(int inputs, int outputs) => new(N * inputs * outputs,
        new(Weights: inputs * outputs + outputs, Activations: N * inputs + N * outputs), new(Activations: 2 * N * outputs));

    private static Work DenseGradient(int inputs, int outputs) =>
        new(N * inputs * outputs, new(Activations: N * inputs, Errors: 2 * N * outputs), new(Gradients: inputs * outputs + outputs));

    private static Work Crossing(int inputs, int outputs) =>
        new(N * inputs * outputs, new(Weights: inputs * outputs, Errors: N * outputs), new(Errors: N * inputs));

    [Fact]
    public void LayersOfUnitsCostWhatIsCountedByHand()
    {
        foreach (var (name, layer, forward, error, gradient) in BehindADenseLayer())
        {
            var cost = StepWork.Of(new(() => new(new(In), new LayerGroup("fc1", new Linear(Out), layer()),
                new LayerGroup("fc2", new Linear(K))), () => Kit.Rule("backprop")), new(N));
            Same(name, cost, "fc1", Dense(In, Out) + forward, error, DenseGradient(In, Out) + gradient);
            Same(name, cost, "fc2", Dense(Out, K), Crossing(Out, K), DenseGradient(Out, K));
            // Logits and targets in, errors and losses out; losses summed.
            Same(name, cost, StepWork.Loss, new(0, new(Activations: 2 * N * K, Errors: N), new(Errors: N * K + N)), default, default);
        }
    }

    [Fact]
    public void MaskedLayersCostWhatIsCountedByHand()
    {
        var cost = StepWork.Of(Kit.Blueprint("mlp:6-5-3,identity,mask.fc2=0.5:as-released", "backprop"), new(N));
        Work identity = new(0, new(Activations: N * Out), new(Activations: N * Out));
        Assert.Equal(Dense(In, Out) + identity, cost.Of(Phase.Forward, "fc1"));
        // The gradient and its mask are read, the gradient written.
        Assert.Equal(DenseGradient(Out, K) + new Work(0, new(Gradients: 2 * (Out * K + K)), new(Gradients: Out * K + K)),
            cost.Of(Phase.WeightGradient, "fc2"));
        // A mask of samples by inputs is drawn, made of zeros and ones, and laid over the signal.
        Assert.Equal(Crossing(Out, K) + new Work(0, new(Errors: N * Out + 2 * N * Out), new(Errors: N * Out + N * Out + N * Out)),
            cost.Of(Phase.Error, "fc2"));
    }

    [Fact]
    public void LayersOfImagesCostWhatIsCountedByHand()
    {
        const int Filters = 3, Kernel = 3 * 3 * 2 * Filters, Input = N * 32, Words = N * 16 * Filters, Pooled = N * 4 * Filters,
            Macs = N * 16 * Kernel;
        Work forward = new(Macs, new(Weights: Kernel + Filters, Activations: Input), new(Activations: Words)),
            gradient = new(Macs, new(Activations: Input, Errors: 2 * Words), new(Gradients: Kernel + Filters));
        var window = Window.Square(2, stride: 2);
        Check("max pool", [new MaxPool(window)], Pooled,
            new(0, new(Activations: Words), new(Activations: 2 * Pooled)), new(0, new(Activations: Pooled, Errors: Pooled),
                new(Errors: Words)));
        Check("average pool", [new AveragePool(window)], Pooled, new(0, new(Activations: Words), new(Activations: Pooled)),
            new(0, new(Errors: Pooled), new(Errors: Words)));
        // The pool comes first: f and f' are taken of the pooled images alone.
        Check("activation before a max pool", [Kit.Of("relu"), new MaxPool(window)], Pooled,
            new(0, new(Activations: Words + Pooled), new(Activations: 2 * Pooled + Pooled)), new(0,
                new(Activations: 2 * Pooled, Errors: Pooled), new(Errors: Words)));
        Check("no layer", [], Words, default, default);

        void Check(string name, Layer[] behind, int output, Work up, Work down)
        {
            var made = false;
            var cost = StepWork.Of(new(Network, () => Kit.Rule("backprop")), new(N));
            Same(name, cost, "conv1", forward + up, down, gradient);
            Work turned = new(0, new(Activations: output), new(Activations: output)),
                back = new(0, new(Errors: output), new(Errors: output));
            Same(name, cost, "fc2", Dense(output / N, K) + turned, Crossing(output / N, K) + back, DenseGradient(output / N, K));

            Network Network()
            {
                Assert.False(made);   // layers stand in one network
                made = true;
                return new(s_image, new LayerGroup("conv1", [new Convolution(Filters, Window.Square(3, padding: 1)), .. behind]),
                    new LayerGroup("fc2", new Flatten(), new Linear(K)));
            }
        }
    }

    private static void Same(string name, StepWork cost, string place, Work forward, Work error, Work gradient)
    {
        foreach (var (phase, expected) in new[] { (Phase.Forward, forward), (Phase.Error, error), (Phase.WeightGradient, gradient) })
            Assert.True(expected == cost.Of(phase, place),
                $"{name}, {place}, {phase}: by hand {expected}, recorded {cost.Of(phase, place)}");
    }

    // fc2 of 3-5-4-2 has 5 x 4 weights.
    private const int Weights = 20;

    /// <summary>What moving the feedback across fc2 takes per step.</summary>
    private static IEnumerable<(string Rule, Work Work)> Adaptations() =>
    [
        ("backprop", default), ("fa", default), ("dfa", default), ("shallow", default), ("fa feedback.rank=2", default),
        ("sham", Copy(weights: 1, feedback: 0)),
        ("usf", Copy(weights: 1, feedback: 1)),                  // signs of the weight, and those drawn where it is zero
        ("frsf", Copy(weights: 1, feedback: 2)),                 // and magnitudes
        ("brsf", Copy(weights: 1, feedback: 2, written: 2)),     // which are drawn again
        ("sn", Copy(weights: 2, feedback: 1)),                   // the norm reads the weight as well
        ("usf feedback.concordance=0.8", Copy(weights: 1, feedback: 3, written: 2)),   // B is read again with what is wrong in it
        ("fbp feedback.period=4", new(0, new(Weights: Weights / 4), new(Feedback: Weights / 4))),
        ("fbp feedback.period=4 feedback.scheme=top-k feedback.fraction=0.5",
            new(0, new(Weights: Weights / 4, Feedback: Weights / 4), new(Feedback: Weights / 4))),
        ("kolen-pollack", new(0, new(Feedback: Weights, Gradients: Weights), new(Feedback: Weights))),
        // Noise; y = tanh(W x + b); y less its mean; y x' into B; B held to its norm.
        ($"wm mirror.batch={M}", new(2 * M * Weights,
            new(Weights: Weights + 4, Feedback: 3 * Weights, Activations: M * 5 + M * 4 + M * 4 + M * 4 + (4 + M * 4) + M * (5 + 4)),
            new(Feedback: 2 * Weights, Activations: M * 5 + M * 4 + M * 4 + M * 4 + 4 + M * 4))),
        // W and B into the simulation, B out of it, once in four steps; noise of 9 neurons, filled up to 16, for 2 x 4,096 milliseconds.
        ("sal sal.seconds=5 sal.every=4", new(0, new(Weights: Weights / 4, Feedback: Weights / 4),
            new(Feedback: Weights / 4, Activations: 2 * 65_536 / 4))),
        // 2 Decay B, less W; then B less that.
        ("symmetric-alignment",
            new(0, new(Weights: Weights, Feedback: 2 * Weights, Gradients: 2 * Weights), new(Feedback: Weights, Gradients: 2 * Weights))),
        // Noise; W x and B x, each with its outer product.
        ($"activation-alignment alignment.batch={M}", new(4 * M * Weights,
            new(Weights: Weights, Feedback: 3 * Weights, Activations: 2 * M * 5 + 2 * M * (5 + 4), Gradients: 3 * Weights),
            new(Feedback: Weights, Activations: M * 5 + 2 * M * 4, Gradients: 3 * Weights))),
        // Noise; W x and B' W x, each with its outer product.
        ($"information-alignment alignment.batch={M}", new(4 * M * Weights,
            new(Weights: Weights, Feedback: 3 * Weights, Activations: M * 5 + M * 4 + 2 * M * (5 + 4), Gradients: 3 * Weights),
            new(Feedback: Weights, Activations: M * 5 + M * 4 + M * 5, Gradients: 3 * Weights))),
    ];

    private static Work Copy(int weights, int feedback, int written = 1) =>
        new(0, new(Weights: weights * Weights, Feedback: feedback * Weights), new(Feedback: written * Weights));

    [Fact]
    public void FeedbackThatMovesCostsWhatIsCountedByHand()
    {
        foreach (var (rule, expected) in Adaptations())
        {
            var actual = StepWork.Of(Kit.Blueprint("mlp:3-5-4-2,tanh", rule), new(N)).Of(Phase.Adaptation, "fc2");
            Assert.True(expected == actual, $"{rule}: by hand {expected}, recorded {actual}");
        }
    }

    [Fact]
    public void AMirrorPhaseIsInNoStep()
    {
        RuleCost Cost(int steps) => RuleCost.Of("mlp:3-5-4-2,tanh", "wm", N,
            new Dictionary<string, string> { ["mirror.batch"] = $"{M}", ["mirror.steps"] = $"{steps}" });
        var (none, phase) = (Cost(0), Cost(7));
        Assert.Equal(default, none.Preparation);
        Assert.Equal(none.Breakdown, phase.Breakdown);
        // Seven mirror steps of what one takes after a training step, with a period of one.
        var each = phase.Of(Phase.Adaptation);
        Assert.Equal(Enumerable.Repeat(each, 7).Aggregate((a, b) => a + b), phase.Preparation);
        Assert.Equal(default, RuleCost.Of("mlp:3-5-4-2,tanh", "fbp", N).Preparation);
    }

    /// <summary>How the error comes to fc2's port and across fc2, and what is made of it before, with two outputs.</summary>
    private static IEnumerable<(string Rule, Work Block, Work Loss)> Errors()
    {
        Work gate = new(0, new(Activations: N * 4, Errors: N * 4), new(Errors: N * 4)),
            errors = new(0, new(Errors: N * 2), new(Errors: N * 2));
        Work across = new(N * Weights, new(Feedback: Weights, Errors: N * 4), new(Errors: N * 5)),
            direct = new(N * 8, new(Feedback: 8, Errors: N * 2), new(Errors: N * 4));
        yield return ("shallow", default, default);
        yield return ("backprop", gate + new Work(N * Weights, new(Weights: Weights, Errors: N * 4), new(Errors: N * 5)), default);
        foreach (var rule in (string[])["fa", "usf", "brsf", "frsf", "sn", "fbp", "sham", "kolen-pollack", "wm", "sal",
            "symmetric-alignment", "activation-alignment", "information-alignment"])
            yield return (rule, gate + across, default);
        // Through two numbers per sample, by 4 x 2 and 2 x 5.
        yield return ("fa feedback.rank=2",
            gate + new Work(N * 18, new(Feedback: 18, Errors: N * (4 + 2)), new(Errors: N * (2 + 5))), default);
        yield return ("dfa", gate + direct, default);
        yield return ("sign-dfa", gate + direct, errors);
        yield return ("ternary-dfa", gate + direct, errors);
        yield return ("drtp", gate + direct, new(0, new(Activations: N * 2), new(Errors: N * 2)));
        yield return ("sparse-dfa", gate + new Work(N * 4, new(Feedback: 2 * 4, Errors: N * 2), new(Errors: N * 4)), default);
        // A classifier up and down again, with its loss in between.
        yield return ("local-pred", gate
            + new Work(N * 8, new(Feedback: 8 + 2, Activations: N * (4 + 2)), new(Activations: 2 * N * 2))
            + new Work(0, new(Activations: 2 * N * 2), new(Errors: N * 2 + N))
            + new Work(N * 8, new(Feedback: 8, Errors: N * 2), new(Errors: N * 4)), default);
        // A map, norms of what it makes and of the targets, the similarities' differences, and the way back.
        yield return ("local-sim", gate
            + new Work(N * 16, new(Feedback: 16, Activations: N * 4), new(Activations: N * 4))
            + RowNorm(4) + RowNorm(2)
            + new Work(N * N * 2, new(Activations: 2 * N * 2), new(Errors: N * N))
            + new Work(N * N * 4, new(Activations: 2 * N * 4, Errors: N * N), new(Errors: N * N))
            + new Work(N * N * 4, new(Activations: N * 4, Errors: N * N), new(Errors: N * 4))
            + new Work(0, new(Feedback: 4, Activations: N * 4 + 2 * N, Errors: N * 4), new(Errors: N * 4))
            + new Work(N * 16, new(Feedback: 16, Errors: N * 4), new(Errors: N * 4)), default);
        yield return ("dfa feedback.rank=1",
            gate + new Work(N * (2 + 4), new(Feedback: 2 + 4, Errors: N * (2 + 1)), new(Errors: N * (1 + 4))), default);
    }

    private static Work RowNorm(int units) =>
        new(0, new(Feedback: 2 * units, Activations: 2 * N * units + 2 * N), new(Activations: 2 * N + N * units));

    [Fact]
    public void ErrorsThatArriveCostWhatIsCountedByHand()
    {
        foreach (var (rule, block, loss) in Errors())
        {
            var cost = StepWork.Of(Kit.Blueprint("mlp:3-5-4-2,tanh", rule), new(N));
            foreach (var (place, expected) in new[] { ("fc2", block), (StepWork.Loss, loss) })
                Assert.True(expected == cost.Of(Phase.Error, place),
                    $"{rule}, {place}: by hand {expected}, recorded {cost.Of(Phase.Error, place)}");
        }
    }

    [Fact]
    public void AGradientThatGoesIntoTheMomentumReadsIt()
    {
        Work Gradient(bool accumulates) => StepWork.Of(Kit.Blueprint("mlp:3-5-4-2,tanh", "backprop"), new(N, Accumulates: accumulates))
            .Of(Phase.WeightGradient, "fc2");
        Assert.Equal(Gradient(false) + new Work(0, new(Gradients: 20 + 4), default), Gradient(true));
    }

    [Fact]
    public void RecomputedBlocksAreEvaluatedTwiceAndGivenOnesNotAtAll()
    {
        var once = StepWork.Of(Kit.Blueprint("mlp:3-5-4-2,tanh", "dfa"), new(N));
        var twice = StepWork.Of(Kit.Blueprint("mlp:3-5-4-2,tanh", "dfa"), new(N, Activations: ActivationPolicy.Recomputed));
        foreach (var block in (string[])["fc1", "fc2"]) Assert.Equal(once.Of(Phase.Forward, block), twice.Of(Phase.ExtraForward, block));
        Assert.Equal(default, twice.Of(Phase.ExtraForward, "fc3"));   // it is still there
        var given = StepWork.Of(Kit.Blueprint("mlp:3-5-4-2,tanh", "dfa", freeze: "fc1"), new(N, Given: 1));
        Assert.Equal([default, once.Of(Phase.Forward, "fc2")], new[] { "fc1", "fc2" }.Select(block => given.Of(Phase.Forward, block)));
        Assert.Equal(once.Of(Phase.Error, "fc2"), given.Of(Phase.Error, "fc2"));
    }
}

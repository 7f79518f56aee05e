using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>
/// e-prop on one recurrent layer against plain loops (<see cref="PlainNeurons"/>): with the outputs' own weight it is the gradient that is
/// stopped at recurrent spikes, and what the paper's equations say.
/// </summary>
public sealed class EPropTests
{
    private const int Samples = 3, Steps = 6, Inputs = 5, Classes = 3;
    private const double Rate = 0.3;

    private const string PerSynapse = "e-prop feedback.signal=symmetric online.trace=synapse";

    private static string Model(string neurons, string outputs = "") =>
        $"layers: {Steps}x{Inputs}; rows; dense units=4 gain=2; lif leak=0.8 threshold=0.4 surrogate=fast-sigmoid slope=3 recurrent=true "
        + $"{neurons}; dense units={Classes}{outputs}";

    private static (PlainNeurons Plain, double[][][] X, int[] Labels) Plain(Learner learner, double adaptation, bool detached, bool hard,
        double kappa = 0)
    {
        TimeKit.Fill(learner.Pass, Samples);
        var (x, targets) = (learner.Pass.Input.ToArray(), learner.Pass.Batch.FirstTargets.ToArray());
        return (new(Values(learner, "fc1.weight"), Values(learner, "fc1.bias"), Values(learner, "fc1.lif.recurrent"),
            Values(learner, "fc2.weight"), Values(learner, "fc2.bias"))
            { Adaptation = adaptation, DetachesReset = detached, IsHard = hard, Kappa = kappa },
            [.. Enumerable.Range(0, Samples).Select(n => Enumerable.Range(0, Steps).Select(t => x[((n * Steps + t) * Inputs)..][..Inputs])
                .ToArray())],
            [.. Enumerable.Range(0, Samples).Select(n => Enumerable.Range(0, Classes).First(k => targets[n * Classes + k] == 1))]);
    }

    private static double[] Values(Learner learner, string name) => Kit.Parameter(learner.Network, name).Value.ToArray();

    // Learns one step and compares what moved.
    private static void Moves(Learner learner, params (string Name, double[] Gradient)[] expected)
    {
        double[][] start = [.. expected.Select(entry => Values(learner, entry.Name))];
        learner.Step(Rate);
        foreach (var ((name, gradient), before) in expected.Zip(start))
        {
            Assert.Contains(gradient, value => Math.Abs(value) > 1e-3);
            Kit.Close(gradient, [.. before.Zip(Values(learner, name), (was, now) => (was - now) * Samples / Rate)], 1e-10, name);
        }
    }

    public static TheoryData<double, bool, bool> Neurons() => new()
    {
        { 0, true, false }, { 0, false, false }, { 0, false, true }, { 0, true, true },
        { 0.3, true, false }, { 0.3, false, false }, { 0.3, false, true }, { 0.3, true, true },
    };

    [Theory]
    [MemberData(nameof(Neurons))]
    public void ThroughTimeItIsTheGradient(double adaptation, bool detached, bool hard)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model(Words(adaptation, detached, hard)), "backprop", kernels, Kit.PlainSgd);
        var (plain, x, labels) = Plain(learner, adaptation, detached, hard);
        var (w, b, u) = plain.Gradients(x, labels, stops: false);
        Assert.InRange(plain.Fired, 10, Samples * Steps * 4 - 10);
        Moves(learner, ("fc1.weight", w), ("fc1.bias", b), ("fc1.lif.recurrent", u));
    }

    [Theory]
    [MemberData(nameof(Neurons))]
    public void ItIsTheGradientThatStopsAtRecurrentSpikes(double adaptation, bool detached, bool hard)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model(Words(adaptation, detached, hard)), PerSynapse, kernels, Kit.PlainSgd);
        var (plain, x, labels) = Plain(learner, adaptation, detached, hard);
        var (w, b, u) = plain.Gradients(x, labels, stops: true);
        Assert.True(Distance(w, plain.Gradients(x, labels, stops: false).W) > 1e-3, "Nothing was stopped.");
        Moves(learner, ("fc1.weight", w), ("fc1.bias", b), ("fc1.lif.recurrent", u));
    }

    [Theory]
    [InlineData("e-prop feedback.signal=symmetric", 0)]
    [InlineData(PerSynapse, 0)]
    [InlineData(PerSynapse, 0.3)]
    public void ItIsThePapersEquations(string rule, double adaptation)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model(Words(adaptation, detached: true, hard: false)), rule, kernels, Kit.PlainSgd);
        var (plain, x, labels) = Plain(learner, adaptation, detached: true, hard: false);
        var (w, u) = plain.Eligibility(x, labels, filters: false);
        Moves(learner, ("fc1.weight", w), ("fc1.lif.recurrent", u));
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0.3, 0, false)]
    [InlineData(0.3, 2, false)]
    [InlineData(0, 2, false)]
    [InlineData(0.3, 2, true)]
    public void EligibilitiesAreFilteredByTheLeakOfTheOutputsAndThePullOfRatesIsNot(double adaptation, double strength, bool off)
    {
        using var kernels = Kit.Double();
        var rule = PerSynapse + (strength > 0 ? " rate.strength=2 rate.target=0.3" : "") + (off ? " online.filter=false" : "");
        var learner = Kit.Learner(Model(Words(adaptation, detached: true, hard: false), "; leaky leak=0.7"), rule, kernels, Kit.PlainSgd);
        var (plain, x, labels) = Plain(learner, adaptation, detached: true, hard: false, kappa: 0.7);
        var (w, u) = plain.Eligibility(x, labels, filters: !off, strength, 0.3);
        if (strength == 0) Kit.Close(plain.Gradients(x, labels, stops: true).W, w, 1e-12, "the stopped gradient");
        Assert.Equal(!off, learner.Plan.Rows[0].Feedback.EndsWith("filtered by the outputs' leak 0.7", StringComparison.Ordinal));
        Moves(learner, ("fc1.weight", w), ("fc1.lif.recurrent", u));
    }

    [Fact]
    public void RatesPullWithATraceOfEachInput()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model(Words(0, detached: true, hard: false)),
            "e-prop feedback.signal=symmetric rate.strength=2 rate.target=0.3", kernels, Kit.PlainSgd);
        var (plain, x, labels) = Plain(learner, 0, detached: true, hard: false);
        var (w, u) = plain.Eligibility(x, labels, filters: false, 2, 0.3);
        Assert.True(Distance(w, plain.Eligibility(x, labels, filters: false).W) > 1e-2);
        Moves(learner, ("fc1.weight", w), ("fc1.lif.recurrent", u));
    }

    [Fact]
    public void AdaptationMatters()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model(Words(0.3, detached: true, hard: false)), PerSynapse, kernels, Kit.PlainSgd);
        var (plain, x, labels) = Plain(learner, 0.3, detached: true, hard: false);
        var (without, _, _) = Plain(learner, 0, detached: true, hard: false);
        Assert.True(Distance(plain.Eligibility(x, labels, filters: false).W, without.Eligibility(x, labels, filters: false).W) > 1e-2);
    }

    private static string Words(double adaptation, bool detached, bool hard) => FormattableString.Invariant(
        $"adaptation={adaptation}{(adaptation > 0 ? " adaptation-leak=0.9" : "")} detached-reset={(detached ? "true" : "false")} ")
        + $"reset={(hard ? "hard" : "soft")}";

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}

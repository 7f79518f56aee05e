using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Cli.Bench;

/// <summary>What one network, batch and number of threads came to; times in seconds a step.</summary>
internal sealed record StepFigures(
    string Model, int Batch, int Threads, double CeilingBackprop, double CeilingDirect, double Backprop, double Direct, double Sparse, double Managed, long FlopsBackprop, long FlopsDirect)
{
    /// <summary>Share of the ceiling that a backprop step reaches.</summary>
    public double OfCeiling => CeilingBackprop / Backprop;

    /// <summary>Direct feedback alignment's step over backprop's, in time.</summary>
    public double DirectRatio => Direct / Backprop;

    /// <summary>The same of their products alone.</summary>
    public double ProductRatio => CeilingDirect / CeilingBackprop;

    /// <summary>Speed of the managed engine relative to this one.</summary>
    public double ManagedShare => Backprop / Managed;
}

/// <summary>
/// Whole training steps beside their ceiling: the same matrix products alone, each in whichever transposition is fastest, by the
/// same engine in the same rounds.
/// </summary>
internal static class StepBench
{
    public static StepFigures Run(string model, int batch, Kernels kernels, Kernels managed, int rounds, double seconds)
    {
        var backprop = Products(model, batch, direct: false);
        var direct = Products(model, batch, direct: true);
        List<Contender> contenders =
        [
            Ceiling("ceiling backprop", kernels, backprop),
            Ceiling("ceiling dfa", kernels, direct),
            Step("backprop", model, batch, kernels),
            Step("dfa", model, batch, kernels),
            Step("sparse-dfa", model, batch, kernels),
            Step("backprop", model, batch, managed) with { Name = "managed" },
        ];
        var times = Interleaved.Measure(contenders, rounds, seconds);
        return new(model, batch, kernels.Threads, times["ceiling backprop"], times["ceiling dfa"], times["backprop"], times["dfa"], times["sparse-dfa"], times["managed"],
            2 * backprop.Sum(Macs), 2 * direct.Sum(Macs));
    }

    /// <summary>A warm learner on a random batch.</summary>
    public static Learner Learner(string rule, string model, int batch, Kernels kernels)
    {
        var network = ModelDescription.Parse(model);
        var learner = new Learner(network, RuleCatalogue.Create(rule, RuleOptions.None), new Objective(), new OptimizerSettings(LearningRate: 0.001), kernels, seed: 0);
        learner.Pass.Begin(batch);
        kernels.FillNormal(RandomStream.FromSeed(1), 0, 1, learner.Pass.Input);
        var classes = network.Output.Length;
        kernels.OneHot([.. Enumerable.Range(0, batch).Select(i => i % classes)], learner.Pass.Targets);
        return learner;
    }

    private static Contender Step(string rule, string model, int batch, Kernels kernels)
    {
        Learner? learner = null;
        kernels.Run(() => learner = Learner(rule, model, batch, kernels));
        return new(rule, count => kernels.Run(() =>
        {
            for (var i = 0; i < count; i++) learner!.Step(0.001);
        }));
    }

    private static Contender Ceiling(string name, Kernels kernels, IReadOnlyList<(int M, int N, int K)> products)
    {
        List<Action> best = [];
        kernels.Run(() =>
        {
            foreach (var (m, n, k) in products) best.Add(Fastest(kernels, m, n, k));
        });
        return new(name, count => kernels.Run(() =>
        {
            for (var i = 0; i < count; i++)
                foreach (var product in best) product();
        }));
    }

    private static Action Fastest(Kernels kernels, int m, int n, int k)
    {
        List<(Action Product, string Name)> variants = [];
        foreach (var transposeA in (ReadOnlySpan<bool>)[false, true])
            foreach (var transposeB in (ReadOnlySpan<bool>)[false, true])
            {
                var (ta, tb) = (transposeA, transposeB);
                var a = kernels.Allocate(ta ? new(k, m) : new(m, k));
                var b = kernels.Allocate(tb ? new(n, k) : new(k, n));
                var y = kernels.Allocate(new(m, n));
                kernels.FillNormal(RandomStream.FromSeed(2), 0, 1, a);
                kernels.FillNormal(RandomStream.FromSeed(3), 0, 1, b);
                variants.Add((() => kernels.Product(a, ta, b, tb, y), $"{ta}{tb}"));
            }
        var times = Interleaved.Measure([.. variants.Select(variant => new Contender(variant.Name, count =>
        {
            for (var i = 0; i < count; i++) variant.Product();
        }))], 3, 0.004);
        return variants.MinBy(variant => times[variant.Name]).Product;
    }

    private static long Macs((int M, int N, int K) product) => (long)product.M * product.N * product.K;

    /// <summary>The products of a step: forward, error (or projection) and weight gradient of every layer.</summary>
    private static List<(int M, int N, int K)> Products(string model, int batch, bool direct)
    {
        var widths = model.Split(':')[1].Split(',')[0].Split('-').Select(int.Parse).ToArray();
        List<(int M, int N, int K)> products = [];
        for (var l = 1; l < widths.Length; l++)
        {
            products.Add((batch, widths[l], widths[l - 1]));
            products.Add((widths[l - 1], widths[l], batch));
            if (l > 1) products.Add(direct ? (batch, widths[l - 1], widths[^1]) : (batch, widths[l - 1], widths[l]));
        }
        return products;
    }
}

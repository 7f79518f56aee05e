using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Bench;

/// <summary>What one network, batch and number of threads came to; times in seconds per step.</summary>
internal sealed record StepFigures(
    string Model, int Batch, int Threads, double CeilingBackprop, double CeilingDirect, double Backprop,
    IReadOnlyDictionary<string, double> Rules, double Managed, long FlopsBackprop)
{
    /// <summary>Share of the ceiling that a backprop step reaches.</summary>
    public double OfCeiling => CeilingBackprop / Backprop;

    /// <summary>Direct feedback alignment's products over backprop's, in time.</summary>
    public double ProductRatio => CeilingDirect / CeilingBackprop;

    /// <summary>Speed of the managed engine relative to this one.</summary>
    public double ManagedShare => Backprop / Managed;
}

/// <summary>
/// Whole training steps, compared with their ceiling: the same contractions alone, matrix products in whichever transposition is
/// fastest and convolutions as they are, by the same engine in the same rounds.
/// </summary>
internal static class StepBench
{
    /// <summary>What is compared with backpropagation: chain rules that cross as much as it does, and direct ones that do not.</summary>
    private static readonly string[] s_rules = ["fa", "usf", "dfa", "sparse-dfa"];

    public static StepFigures Run(string model, int batch, Kernels kernels, Kernels managed, int rounds, double seconds)
    {
        Learner truth = Learner("backprop", model, batch, kernels), direct = Learner("dfa", model, batch, kernels);
        List<Contender> contenders =
        [
            Ceiling("ceiling backprop", kernels, truth.Plan, batch),
            Ceiling("ceiling dfa", kernels, direct.Plan, batch),
            Step("backprop", truth),
            .. s_rules.Select(rule => Step(rule, rule == "dfa" ? direct : Learner(rule, model, batch, kernels))),
            Step("managed", Learner("backprop", model, batch, managed)),
        ];
        var times = Interleaved.Measure(contenders, rounds, seconds);
        return new(model, batch, kernels.Threads, times["ceiling backprop"], times["ceiling dfa"], times["backprop"],
            s_rules.ToDictionary(rule => rule, rule => times[rule]), times["managed"],
            2 * Contractions(truth.Plan, batch).Sum(part => part.Macs));
    }

    /// <summary>A learner on a random batch, made on the engine's own thread.</summary>
    public static Learner Learner(string rule, string model, int batch, Kernels kernels, OptimizerSettings? optimizer = null)
    {
        Learner? learner = null;
        kernels.Run(() =>
        {
            learner = new(Blueprint.Of(model, rule), new Objective(), optimizer ?? new(LearningRate: 0.001), kernels, seed: 0);
            learner.Pass.Begin(batch);
            kernels.FillNormal(RandomStream.FromSeed(1), 0, 1, learner.Pass.Input);
            var classes = learner.Network.Output.Length;
            learner.Pass.Batch.SetClasses([.. Enumerable.Range(0, batch).Select(i => i % classes)]);
        });
        return learner!;
    }

    public static Contender Step(string name, Learner learner) => new(name, count => learner.Kernels.Run(() =>
    {
        for (var i = 0; i < count; i++) learner.Step(0.001);
    }));

    public static Contender Ceiling(string name, Kernels kernels, Plan plan, int batch)
    {
        List<Action> best = [];
        kernels.Run(() =>
        {
            foreach (var (_, make) in Contractions(plan, batch)) best.Add(make(kernels));
        });
        return new(name, count => kernels.Run(() =>
        {
            for (var i = 0; i < count; i++)
                foreach (var contraction in best) contraction();
        }));
    }

    /// <summary>
    /// The contractions of a step, each with what it takes: forward, weight gradient, and the signal's crossing or its projection.
    /// </summary>
    private static IEnumerable<(long Macs, Func<Kernels, Action> Alone)> Contractions(Plan plan, int batch)
    {
        var network = plan.Network;
        foreach (var (connection, owner) in network.Owners)
        {
            var block = network.BlockOf(connection);
            var rows = batch * network.StepsOf(connection);
            var macs = rows * CallCost.Apply(connection).MultiplyAccumulates;
            yield return (macs, kernels => Alone(kernels, connection, Contraction.Apply, rows));
            yield return (macs, kernels => Alone(kernels, connection, Contraction.WeightGradient, rows));
            if (owner is not null && (owner.Below == block || plan.WantsInput(block)))
                yield return (macs, kernels => Alone(kernels, connection, Contraction.Transposed, rows));
        }
        foreach (var port in network.Ports)
            if (plan.RouteAt(port).Source is { Shape.Length: var sources })
                yield return ((long)batch * port.Shape.Length * sources, kernels => Fastest(kernels, batch, port.Shape.Length, sources));
    }

    private enum Contraction { Apply, WeightGradient, Transposed }

    private static Action Alone(Kernels kernels, Connection connection, Contraction contraction, int batch)
    {
        if (connection is not ConvolutionConnection images)
        {
            var (inputs, outputs) = (connection.Weight.Shape[0], connection.Weight.Shape[1]);
            return contraction switch
            {
                Contraction.Apply => Fastest(kernels, batch, outputs, inputs),
                Contraction.WeightGradient => Fastest(kernels, inputs, outputs, batch),
                _ => Fastest(kernels, batch, inputs, outputs),
            };
        }
        Tensor x = Random(images.Input.Batch(batch)), y = Random(images.Output.Batch(batch)), w = Random(images.Weight.Shape);
        return contraction switch
        {
            Contraction.Apply => () => images.Apply(kernels, w, x, y),
            Contraction.WeightGradient => () => images.WeightGradient(kernels, y, x, new(w, 1, 0)),
            _ => () => images.Transposed(kernels, w, y, x),
        };

        Tensor Random(Shape shape)
        {
            var tensor = kernels.Allocate(shape, Role.Activation);
            kernels.FillNormal(RandomStream.FromSeed(2), 0, 1, tensor);
            return tensor;
        }
    }

    private static Action Fastest(Kernels kernels, int m, int n, int k)
    {
        List<(Action Product, string Name)> variants = [];
        foreach (var transposeA in (ReadOnlySpan<bool>)[false, true])
            foreach (var transposeB in (ReadOnlySpan<bool>)[false, true])
            {
                var (ta, tb) = (transposeA, transposeB);
                var a = kernels.Allocate(ta ? new(k, m) : new(m, k), Role.Activation);   // the role of a step's operands
                var b = kernels.Allocate(tb ? new(n, k) : new(k, n), Role.Activation);
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
}

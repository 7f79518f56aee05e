using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>Feedback whose stability is compared: a name and what it puts in the place of a weight W.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="Make">Makes the carrier of a connection, of the weight as it stands at the solution, and fixed.</param>
public sealed record StabilityCarrier(string Name, Func<Connection, FeedbackCarrier> Make)
{
    /// <summary>The rule with that feedback.</summary>
    public LearningRule Rule() => new ChainRule(Name, (connection, _) => Make(connection));
}

/// <summary>One line of the table.</summary>
/// <param name="Carrier">The feedback.</param>
/// <param name="Seed">The seed of weights, data and feedback.</param>
/// <param name="Trial">What was predicted and measured.</param>
public sealed record StabilityRow(string Carrier, long Seed, StabilityTrial Trial);

/// <summary>
/// The check of the criterion on networks so small that all can be looked at: a solution found by backpropagation, five kinds of feedback,
/// what the least real part of the kernel's eigenvalues predicts, and what the network does when it is kicked. The network is 12-20-4,
/// tanh, without biases, its weights N(0, 1/inputs); 6 samples, inputs and targets N(0, 1); squared error; kick tests of rate 0.002 and,
/// for the long run, 0.02.
/// </summary>
public static class StabilityTable
{
    private const int Inputs = 12, Hidden = 20, Outputs = 4, Samples = 6;
    private static readonly Initializer s_initializer = new(InitializerKind.LeCunNormal);

    /// <summary>The seeds, fixed beforehand.</summary>
    public static IReadOnlyList<long> Seeds { get; } = [0, 1, 2, 3];

    /// <summary>The five kinds of feedback.</summary>
    public static IReadOnlyList<StabilityCarrier> Carriers { get; } =
    [
        new("W'", connection => new ConcordantCarrier(connection, new(Magnitude.OfWeight, Refreshes: false))),
        new("sign(W)'/sqrt h", connection => new ConcordantCarrier(connection,
            new(Magnitude.Constant, Refreshes: false, Scale: 1 / Math.Sqrt(connection.Weight.FanIn)))),
        new("random N(0, 1/h)", connection => new RandomCarrier(connection, s_initializer)),
        new("5 x random", connection => new RandomCarrier(connection, s_initializer with { Gain = 5 })),
        new("-W'", connection => new ConcordantCarrier(connection, new(Magnitude.OfWeight, Refreshes: false, Concordance: 0))),
    ];

    /// <summary>The rates and steps of the kick tests.</summary>
    public static KickSettings Kicks { get; } = new(0.002, 0.02);

    /// <summary>Makes the lines one after the other, seed by seed, as they are asked for.</summary>
    /// <param name="kernels">The engine, of double precision.</param>
    /// <param name="seeds">The seeds; <see cref="Seeds"/> if null.</param>
    /// <param name="kicks">Rates and steps; <see cref="Kicks"/> if null.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static IEnumerable<StabilityRow> Run(Kernels kernels, IReadOnlyList<long>? seeds = null, KickSettings? kicks = null,
        CancellationToken cancellation = default)
    {
        foreach (var seed in seeds ?? Seeds)
        {
            var point = InterpolatedNetwork.Train(MakeNetwork, new(LossKind.SquaredError), kernels, pass => Fill(pass, seed), seed,
                cancellation: cancellation);
            foreach (var carrier in Carriers)
                yield return new(carrier.Name, seed, StabilityTrial.Of(point, carrier.Rule, kicks ?? Kicks, cancellation));
        }
    }

    private static Network MakeNetwork() => new(new(Inputs),
        new LayerGroup("fc1", [new Linear(Hidden, s_initializer, hasBias: false), new ActivationLayer(ActivationLayer.ByName["tanh"])]),
        new LayerGroup("fc2", [new Linear(Outputs, s_initializer, hasBias: false)]));

    private static void Fill(Pass pass, long seed)
    {
        var stream = RandomStream.FromSeed(seed).Split("samples");
        pass.Begin(Samples);
        pass.Kernels.FillNormal(stream.Split("inputs"), 0, 1, pass.Input);
        pass.Kernels.FillNormal(stream.Split("targets"), 0, 1, pass.Targets);
    }
}

using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// The check of the criterion on networks so small that all can be looked at: a solution found by backpropagation, what the least real
/// part of a rule's eigenvalues predicts there, and what the network does when it is kicked. The network is 12-20-4, tanh, without biases,
/// its weights N(0, 1/inputs); 6 samples, inputs and targets N(0, 1); squared error; kick tests of rate 0.002 and, for the long run, 0.02.
/// </summary>
/// <param name="kernels">The engine, of double precision.</param>
/// <param name="kicks">Rates and steps; <see cref="Kicks"/> if null.</param>
public sealed class StabilityTable(Kernels kernels, KickSettings? kicks = null)
{
    private const int Inputs = 12, Hidden = 20, Outputs = 4, Samples = 6;
    private static readonly Initializer s_initializer = new(InitializerKind.LeCunNormal);
    private readonly Dictionary<long, InterpolatedNetwork> _points = [];

    /// <summary>The rates and steps of the kick tests.</summary>
    public static KickSettings Kicks { get; } = new(0.002, 0.02);

    /// <summary>What is predicted and measured of a rule at the solution of a seed, which all rules share.</summary>
    /// <param name="rule">Makes the rule, another each time.</param>
    /// <param name="seed">The seed of weights, samples and feedback.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">The rule has no kernel: see <see cref="StabilityTrial"/>.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public StabilityTrial Trial(Func<LearningRule> rule, long seed, CancellationToken cancellation = default)
    {
        if (!_points.TryGetValue(seed, out var point))
            _points[seed] = point = InterpolatedNetwork.Train(MakeNetwork, new(LossKind.SquaredError), kernels, pass => Fill(pass, seed),
                seed, cancellation: cancellation);
        return StabilityTrial.Of(point, rule, kicks ?? Kicks, cancellation);
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

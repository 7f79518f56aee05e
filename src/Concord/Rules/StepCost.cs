using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// What one training step takes under a plan, summed from what layers, carriers and projections state about themselves; by
/// phase, and by the place where it is done: a block, or the loss. The optimizer's own pass is not in it.
/// </summary>
public sealed class StepCost : CostSheet
{
    /// <summary>The place of the output error and of what a rule makes of it before it is delivered.</summary>
    public const string Loss = Objective.Place;

    private readonly Plan _plan;
    private readonly HashSet<Parameter> _learners;
    private readonly Func<Parameter, bool> _accumulates;
    private readonly Dictionary<(string Place, Phase Phase, int Period), Work> _work = [];
    private readonly HashSet<Connection> _crossed = [];
    private string _place = Loss;

    /// <summary>Sums a step.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="rows">Samples in the batch.</param>
    /// <param name="accumulates">Whether a parameter's gradient is added to what stands there (a momentum buffer) and so reads it; null for never.</param>
    /// <param name="objective">The loss; softmax cross-entropy unless given.</param>
    /// <param name="inputError">
    /// Whether the walk goes on to the network's input, where nobody wants the signal: what published counts often charge to rules
    /// whose signals pass from block to block, and what the program never does.
    /// </param>
    /// <param name="activations">Whether the hidden blocks that learn are evaluated a second time.</param>
    /// <param name="given">The lowest blocks that are not evaluated, because what they make of the samples is at hand (<see cref="Pass.Given"/>).</param>
    public StepCost(Plan plan, int rows, Func<Parameter, bool>? accumulates = null, Objective objective = default, bool inputError = false, ActivationPolicy activations = ActivationPolicy.Stored,
        int given = 0)
    {
        _plan = plan;
        _learners = [.. plan.Learners];
        _accumulates = accumulates ?? (_ => false);
        Rows = rows;
        Objective = objective;
        StateForward(given, plan.Network.Blocks.Count);
        if (activations == ActivationPolicy.Recomputed)
        {
            Repeats = true;
            StateForward(given, plan.RecomputedBlocks);
            Repeats = false;
        }
        _place = Loss;
        Networks.Objective.State(this);
        plan.Rule.State(this);
        foreach (var port in plan.Network.Ports)
        {
            _place = port.Name;
            var wanted = plan.WantsInput(port.Below) || (inputError && port.Index == 0 && plan.RouteAt(port) == Route.Arriving);
            if (plan.RouteAt(port) != Route.None) port.Below.Sequence.StateBackward(this, wanted);
        }
    }

    private void StateForward(int from, int blocks)
    {
        for (var i = from; i < blocks; i++)
        {
            _place = _plan.Network.Blocks[i].Name;
            _plan.Network.Blocks[i].Sequence.StateForward(this);
        }
    }

    /// <inheritdoc/>
    public override int Rows { get; }

    /// <summary>The loss.</summary>
    public Objective Objective { get; }

    /// <inheritdoc/>
    public override int Outputs => _plan.Network.Output.Length;

    /// <summary>The blocks, lowest first, and the loss.</summary>
    public IEnumerable<string> Places => [.. _plan.Network.Blocks.Select(block => block.Name), Loss];

    /// <summary>What that phase takes in all.</summary>
    public Work Of(Phase phase) => Places.Aggregate(default(Work), (sum, place) => sum + Of(phase, place));

    /// <summary>What that phase takes at that place; of what is done once in a while, a step's share, rounded down.</summary>
    public Work Of(Phase phase, string place) =>
        _work.Where(entry => entry.Key.Place == place && entry.Key.Phase == phase).Aggregate(default(Work), (sum, entry) => sum + Share(entry.Value, entry.Key.Period));

    /// <summary>What that phase takes in the first so many steps.</summary>
    public Work Over(int steps, Phase phase) =>
        _work.Where(entry => entry.Key.Phase == phase).Aggregate(default(Work), (sum, entry) =>
        {
            for (var i = 0; i < steps / entry.Key.Period; i++) sum += entry.Value;
            return sum;
        });

    /// <summary>What is stated, each time that it is done, with the number of steps after which it is done again.</summary>
    internal IEnumerable<(string Place, Phase Phase, int Period, Work Work)> Stated =>
        _work.Select(entry => (entry.Key.Place, entry.Key.Phase, entry.Key.Period, entry.Value));

    /// <summary>The connections that a signal crosses.</summary>
    public IReadOnlySet<Connection> Crossed => _crossed;

    /// <summary>The name of the block that has that connection.</summary>
    public string BlockOf(Connection connection) => _plan.Network.BlockOf(connection).Name;

    /// <inheritdoc/>
    public override void Add(Phase phase, Work work) => Add(_place, phase, work);

    /// <summary>States work that a rule does at a place: the name of a block, or <see cref="Loss"/>.</summary>
    /// <param name="place">The place.</param>
    /// <param name="phase">What it is done for.</param>
    /// <param name="work">What it takes each time.</param>
    /// <param name="period">After how many steps it is done again; the first time after so many.</param>
    public void Add(string place, Phase phase, Work work, int period = 1) => _work[(place, phase, period)] = _work.GetValueOrDefault((place, phase, period)) + work;

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection)
    {
        _crossed.Add(connection);
        return _plan.CarrierOf(connection);
    }

    private static Work Share(Work work, int period) => new(work.MultiplyAccumulates / period, Share(work.Read, period), Share(work.Written, period));

    private static Words Share(Words words, int period) =>
        new(words.Weights / period, words.Feedback / period, words.Activations / period, words.Errors / period, words.Gradients / period);

    /// <inheritdoc/>
    public override bool Learns(Parameter parameter, out bool keeps)
    {
        keeps = _accumulates(parameter);
        return _learners.Contains(parameter);
    }
}

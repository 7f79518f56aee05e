using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;

namespace Concord.Cost;

/// <summary>
/// What one training step of a network takes under a rule: operations and words by block and phase, words delivered to
/// neurons, memory. Nothing is computed for it: a step is recorded on an engine without memory. The weights are
/// taken to move by plain gradient descent, whatever the rule: the optimizer is the same for all.
/// </summary>
public sealed class RuleCost
{
    private static readonly Phase[] s_step = [Phase.Forward, Phase.ExtraForward, Phase.Error, Phase.WeightGradient, Phase.Update,
        Phase.Adaptation];

    private readonly Plan _plan;

    /// <summary>The cost of a step under a plan that was made for this alone.</summary>
    /// <exception cref="ConcordException">The batch is empty, or larger than a tensor can be.</exception>
    internal RuleCost(Plan plan, int rows, Objective objective = default)
    {
        if (rows < 1) throw new ConcordException($"The batch was given as {rows}; it takes a whole number of at least 1.");
        var widest = plan.Network.Blocks.SelectMany(block => block.Sequence.Shapes).Max(shape => shape.Elements);
        if (rows * widest > int.MaxValue)
            throw new ConcordException($"A batch of {rows} at a width of {widest} is more than a tensor holds; choose a smaller batch.");
        if (plan.Network.IsSpiking && !objective.IsOfSpikes) objective = new(LossKind.SpikeCount);
        _plan = plan;
        Rows = rows;
        var step = new StepWork(plan, new(rows, objective));
        Precision = plan.Kernels.Precision;
        InputError = step.InputError;
        Preparation = StepWork.PreparationOf(plan, rows, objective);
        Breakdown =
        [
            .. from block in step.Blocks
               from phase in s_step
               let work = (phase == Phase.Update ? Update(block) : default) + step.Of(phase, block)
               where work != default
               select new BlockCost(block, phase, work),
        ];
        ErrorFanIns = [.. plan.Network.Ports.Where(port => !port.IsOutput).Select(port => ErrorFanIn.At(port, plan))];
        ErrorFanInAtInput = ErrorFanIn.AtInput(plan);
        Memory = step.Memory;
    }

    /// <summary>Plans a network under a rule and says what a step takes, without drawing a weight.</summary>
    /// <param name="model">As on the command line: <c>mlp:784-1000-1000-10</c>.</param>
    /// <param name="rule">A rule, or a map of rules.</param>
    /// <param name="rows">Samples in the batch.</param>
    /// <param name="options">The rule's options.</param>
    /// <param name="objective">The loss; of a spiking network that of spike counts, if it is none of spikes.</param>
    /// <param name="freeze">Blocks that do not learn; none where null.</param>
    /// <param name="spikesPerNeuron">Spikes that each neuron of a spiking network is taken to give in a sample.</param>
    /// <param name="precision">What operands of products are rounded to; the machine at hand need not have it.</param>
    /// <exception cref="ConcordException">The model, the rule or an option cannot be read, or does not fit.</exception>
    public static RuleCost Of(string model, string rule, int rows, IReadOnlyDictionary<string, string>? options = null,
        Objective objective = default, BlockPatterns? freeze = null, double spikesPerNeuron = 1, Precision precision = Precision.Full) =>
        Of(Blueprint.Of(model, rule, options, freeze), rows, objective, spikesPerNeuron, precision);

    /// <summary>Plans a network under a rule, of whatever making, and says what a step takes.</summary>
    /// <param name="blueprint">The network and the rule.</param>
    /// <param name="rows">Samples in the batch, N.</param>
    /// <param name="objective">The loss; softmax cross-entropy unless given.</param>
    /// <exception cref="ConcordException">They do not fit, or the batch is empty or larger than a tensor can be.</exception>
    /// <param name="spikesPerNeuron">Spikes that each neuron of a spiking network is taken to give in a sample.</param>
    /// <param name="precision">What operands of products are rounded to; the machine at hand need not have it.</param>
    public static RuleCost Of(Blueprint blueprint, int rows, Objective objective = default, double spikesPerNeuron = 1,
        Precision precision = Precision.Full)
    {
        using var kernels = new PlanningKernels(spikesPerNeuron, precision);
        var plan = blueprint.PlanOn(kernels);
        var circuits = plan.Network.Blocks.SelectMany(block => block.Layers).Where(layer => layer.EnergyPerSpike is not null).ToList();
        return new(plan, rows, objective)
        {
            CircuitEnergy = circuits.Count == 0 ? null
                : spikesPerNeuron * circuits.Sum(layer => layer.Output.Length * layer.EnergyPerSpike!.Value),
        };
    }

    /// <summary>The rule's name.</summary>
    public string Rule => _plan.Rule.Name;

    /// <summary>Samples in the batch, N.</summary>
    public int Rows { get; }

    /// <summary>What operands of products are rounded to.</summary>
    public Precision Precision { get; }

    /// <summary>All work, by block and phase; what is nothing is left out.</summary>
    public IReadOnlyList<BlockCost> Breakdown { get; }

    /// <summary>
    /// What it would also take to carry the error to the network's input, where nothing needs it: through the lowest weights, for
    /// rules whose signals pass from block to block. No step of this program does it; published counts often charge it.
    /// </summary>
    public Work InputError { get; }

    /// <summary>What the rule does once, before the first step (a mirror phase); no part of a step.</summary>
    public Work Preparation { get; }

    /// <summary>What arrives at the neurons of each hidden port.</summary>
    public IReadOnlyList<ErrorFanIn> ErrorFanIns { get; }

    /// <summary>What arrives at the network's input, for a second pass; null under rules that bring nothing there.</summary>
    public ErrorFanIn? ErrorFanInAtInput { get; }

    /// <summary>Error words brought to all neurons for each sample, the input's included, and just as many error weights.</summary>
    public long ErrorWeights => ErrorFanIns.Sum(fanIn => fanIn.Words) + (ErrorFanInAtInput?.Words ?? 0);

    /// <summary>Words of memory.</summary>
    public MemoryCost Memory { get; }

    /// <summary>
    /// What circuits take from the supply for a sample's spikes, so many of each neuron, in units of a capacitance times the square of the
    /// supply's voltage; null where there are none. A run measures it.
    /// </summary>
    public double? CircuitEnergy { get; private init; }

    /// <summary>What a phase takes.</summary>
    public Work Of(Phase phase) => Sum(cost => cost.Phase == phase);

    /// <summary>What a part of the step takes.</summary>
    /// <param name="part">Which part.</param>
    /// <param name="inputError">Whether <see cref="InputError"/> is charged.</param>
    public Work Of(StepPart part, bool inputError = false) => (inputError ? InputError : default) + part switch
    {
        StepPart.ErrorPhase => Of(Phase.Error),
        StepPart.BackwardPhase => Of(Phase.Error) + Of(Phase.WeightGradient),
        _ => Sum(_ => true),
    };

    /// <summary>What enters each part if the network's blocks are spread over so many chips or cores.</summary>
    /// <exception cref="ConcordException">There are fewer blocks than parts, or no part at all.</exception>
    public PartitionCost Partition(int parts) => PartitionCost.Of(_plan, Rows, parts, EvaluationsOf);

    /// <summary>Blocks of the network.</summary>
    internal int Blocks => _plan.Network.Blocks.Count;

    private long EvaluationsOf(string block)
    {
        long At(Phase phase) => Sum(cost => cost.Block == block && cost.Phase == phase).MultiplyAccumulates;
        return At(Phase.Forward) is > 0 and var once ? 1 + At(Phase.ExtraForward) / once : 1;
    }

    /// <summary>A table: block, phase, multiply-accumulates, words by what they are.</summary>
    public override string ToString() => ToString(int.MaxValue);

    /// <summary>The same in lines of a width; columns that do not fit go on in a further table.</summary>
    /// <param name="width">Characters in a line.</param>
    public string ToString(int width) => TextTable.Of(
        ["block", "phase", "multiply-accumulates", .. HasSpikes ? (string[])["accumulates"] : [], "weights", "feedback", "activations",
            "errors", "gradients"],
        Breakdown.Select(cost => (IReadOnlyList<string>)[cost.Block, TextTable.Words(cost.Phase),
            TextTable.Count(cost.Work.MultiplyAccumulates), .. HasSpikes ? (string[])[TextTable.Count(cost.Work.Accumulates)] : [],
            .. TextTable.Counts(cost.Work.Moved)]),
        left: 2, width);

    /// <summary>Whether there are additions of spikes in it.</summary>
    internal bool HasSpikes => Breakdown.Any(cost => cost.Work.Accumulates > 0);

    private Work Sum(Func<BlockCost, bool> wanted) => Breakdown.Where(wanted).Aggregate(default(Work), (sum, cost) => sum + cost.Work);

    private Work Update(string name)
    {
        var words = _plan.Learners
            .Where(parameter => _plan.Network.Blocks.Any(block => block.Name == name && block.Parameters.Contains(parameter)))
            .Sum(parameter => (long)parameter.Shape.Length);
        var kept = (_plan.Needs & Needs.Update) != 0 ? words : 0;   // the step itself, for the rule to read
        return new(0, new(Weights: words, Gradients: words), new(Weights: words, Gradients: kept));
    }
}

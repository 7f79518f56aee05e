using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Rules;

namespace Concord.Cost;

/// <summary>
/// What one training step takes: a step is done on an engine without memory, and its kernel calls are recorded; by phase, and by the block
/// where they are done; the loss counts as one. Work that is done once in so many steps is recorded apart, as if it were due.
/// The optimizer's own pass is not in it.
/// </summary>
public sealed class StepWork
{
    /// <summary>Stands for a block where the output error is made, and what a rule makes of it before it is delivered.</summary>
    public const string Loss = Objective.BlockName;

    private readonly Dictionary<(string Block, Phase Phase, int Period), Work> _work = [];

    /// <summary>Records a step under a plan that was made for this alone: recording moves what its rule keeps from step to step.</summary>
    internal StepWork(Plan plan, StepShape shape)
    {
        var kernels = plan.Kernels;   // rules may hold on to the engine that they were attached on
        if (kernels is not PlanningKernels planning)
            throw new InvalidOperationException("A step is recorded on an engine without memory: make the plan on one.");
        var log = kernels.Log = new();
        Blocks = [.. plan.Network.Blocks.Select(block => block.Name), Loss];
        plan.Adaptation.Start(shape.Optimizer ?? new OptimizerSettings(Momentum: 0));
        var pass = new Pass(plan.Network, kernels, RandomStream.FromSeed(0), shape.Activations)
            { IsRecorded = true, Online = plan.Online };
        pass.Begin(shape.Rows);
        if (pass.Slices > 1) pass.Batch.RepeatTargets();
        var given = shape.Given > 0 ? pass.Give(plan.Network.Ports[shape.Given - 1]) : null;
        var batch = pass.Input.Length + (pass.Slices > 1 ? pass.Batch.FirstTargets : pass.Targets).Length + (given?.Length ?? 0L);
        var sink = new Sink(plan, kernels, shape.Accumulates);
        var backward = plan.BackwardPass(pass, sink);   // before the pass, on which tangents may ride
        Work walk = default;
        for (var slice = 0; slice < pass.Slices; slice++)
        {
            kernels.Phase = Phase.Forward;
            pass.Forward(step: 0, slice);
            shape.Objective.Error(pass);
            if (plan.Online is not { Drawn: > 0 and var drawn } || slice < drawn)   // whichever they are, they take the same
            {
                plan.CreditAssignment.Observe(backward);
                var observed = log[Phase.Error];
                plan.CreditAssignment.Teach(backward);
                walk += log[Phase.Error] - observed;
            }
            if (plan.Online is { MovesEach: true } || slice == pass.Slices - 1)
                plan.Adaptation.AdaptEach(new PlannedUpdate(kernels).After);
        }
        foreach (var record in log.Records)
        {
            if (record.Work.Moved.Other != 0)
                throw new InvalidOperationException($"{record.Operation} at {record.Block} read or wrote words that have no role"
                    + $" (extents {record.Extents}): allocate tensors with a {nameof(Role)}.");
            var key = (record.Block, record.Phase, record.Period);
            _work[key] = _work.GetValueOrDefault(key) + record.Work;
        }
        AddCopies(planning, plan, pass, given);
        Products = planning.Products.ToHashSet();   // without those of the way to the input, which no step does
        var activations = pass.ActivationBytes / sizeof(float);   // of second passes too, which the rule had made by now
        Memory = new(
            plan.Network.Parameters.Sum(parameter => (long)parameter.Shape.Length),
            activations,
            pass.Bytes / sizeof(float) - batch - activations,
            ((plan.Needs & Needs.Update) != 0 ? 2 * sink.Words : sink.Words)
                + plan.Groups.SelectMany(group => group.Parameters).Sum(parameter => (long)parameter.Shape.Length),
            plan.FeedbackWords) { CopyBytes = planning.Copies.Bytes };
        if (pass.Slices > 1 || plan.RouteAt(plan.Network.Ports[0]) != Route.Arriving || shape.Activations != ActivationPolicy.Stored
            || shape.Given > 0) return;
        log.Clear();
        plan.CreditAssignment.Teach(plan.BackwardPassToInput(pass, new Sink(plan, kernels, shape.Accumulates), lane: 1));
        InputError = log[Phase.Error] - walk;
    }

    /// <summary>Records a step.</summary>
    /// <param name="blueprint">The network and the rule.</param>
    /// <param name="shape">The step.</param>
    /// <exception cref="ConcordException">They do not fit.</exception>
    public static StepWork Of(Blueprint blueprint, StepShape shape)
    {
        using var kernels = new PlanningKernels(precision: shape.Precision);
        return new(blueprint.PlanOn(kernels), shape);
    }

    /// <summary>Records what a rule does before the first step, under a plan that was made for this alone.</summary>
    internal static Work PreparationOf(Plan plan, int rows, Objective objective)
    {
        var log = plan.Kernels.Log = new(keepsRecords: false);   // a mirror phase may have any number of steps
        using (new WorkScope(plan.Kernels, Phase.Adaptation)) plan.Rule.Prepare(new(plan.Kernels, objective, () =>
            {
                var pass = new Pass(plan.Network, plan.Kernels, RandomStream.FromSeed(0));
                pass.Begin(rows);
                return pass;
            }));
        plan.Kernels.Log = null;
        return log[Phase.Adaptation];
    }

    // What was recorded lacks the loading of a batch and the optimizer's pass. Both write tensors in each step, so bf16 copies of these
    // tensors have to be made again in each step.
    private void AddCopies(PlanningKernels kernels, Plan plan, Pass pass, Tensor? given)
    {
        kernels.Wrote(pass.Input);
        kernels.Wrote(pass.Targets);
        if (given is not null) kernels.Wrote(given);
        foreach (var block in plan.Network.Blocks)
        {
            using var _ = new WorkScope(kernels, Phase.Update, block.Name);
            foreach (var parameter in plan.Learners.Where(block.Parameters.Contains)) kernels.WroteAlong(parameter.Value);
        }
        foreach (var (place, bytes) in kernels.Copies.Made())
        {
            var key = (place.Block, place.Phase, place.Period);
            _work[key] = _work.GetValueOrDefault(key) + new Work { CopyBytes = bytes };
        }
    }

    /// <summary>The blocks, lowest first, and the loss.</summary>
    public IReadOnlyList<string> Blocks { get; }

    /// <summary>
    /// What it would also take to carry the error to the network's input, where nothing needs it: through the lowest weights, for
    /// rules whose signals pass from block to block. No step of this program does it; published counts often charge it.
    /// </summary>
    public Work InputError { get; }

    /// <summary>The products in it, each shape once.</summary>
    internal IReadOnlySet<ProductShape> Products { get; }

    /// <summary>Words of memory.</summary>
    public MemoryCost Memory { get; }

    /// <summary>What that phase takes in all.</summary>
    public Work Of(Phase phase) => Blocks.Aggregate(default(Work), (sum, block) => sum + Of(phase, block));

    /// <summary>What that phase takes in that block; of what is done once in a while, a step's share, rounded down.</summary>
    public Work Of(Phase phase, string block) =>
        _work.Where(entry => entry.Key.Block == block && entry.Key.Phase == phase)
            .Aggregate(default(Work), (sum, entry) => sum + Share(entry.Value, entry.Key.Period));

    /// <summary>What that phase takes in the first so many steps.</summary>
    public Work Over(int steps, Phase phase) =>
        _work.Where(entry => entry.Key.Phase == phase).Aggregate(default(Work), (sum, entry) =>
        {
            for (var i = 0; i < steps / entry.Key.Period; i++) sum += entry.Value;
            return sum;
        });

    /// <summary>What was recorded, each time that it is done, with the number of steps after which it is done again.</summary>
    public IEnumerable<(string Block, Phase Phase, int Period, Work Work)> Recorded =>
        _work.Select(entry => (entry.Key.Block, entry.Key.Phase, entry.Key.Period, entry.Value));

    private static Work Share(Work work, int period) =>
        new(work.MultiplyAccumulates / period, Share(work.Read, period), Share(work.Written, period), work.Accumulates / period)
            { Narrow = Share(work.Narrow, period), CopyBytes = work.CopyBytes / period };

    private static Words Share(Words words, int period) =>
        new(words.Weights / period, words.Feedback / period, words.Activations / period, words.Errors / period, words.Gradients / period);

    private sealed class Sink(Plan plan, Kernels kernels, bool accumulates) : IGradientSink
    {
        private readonly HashSet<Parameter> _learners = [.. plan.Learners], _touched = [];

        public long Words => _learners.Sum(parameter => (long)parameter.Shape.Length);

        public bool TryTake(Parameter parameter, out Accumulator gradient)
        {
            gradient = default;
            if (!_learners.Contains(parameter)) return false;
            gradient = new(kernels.Allocate(parameter.Shape, Role.Gradient), 1, accumulates | !_touched.Add(parameter) ? 1 : 0);
            return true;
        }
    }

    /// <summary>The last of so many steps, none of which was made.</summary>
    private sealed class PlannedUpdate(Kernels kernels) : Update
    {
        private long _steps;

        public override Kernels Kernels => kernels;

        public override long Steps => _steps;

        public override Tensor Delta(Parameter parameter) => kernels.Allocate(parameter.Shape, Role.Gradient);

        public override double Decay(Parameter parameter) => 0;

        public PlannedUpdate After(int steps)
        {
            _steps = steps;
            return this;
        }
    }
}

using Concord.Data;
using Concord.Diagnostics;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// Bias and variance of what rules put in the gradient's place, on a network whose weights stand still: the same batch again and again,
/// evaluated as in training, with what the rule draws at each step drawn anew. g is the true gradient of that batch. Below the output
/// layer alone, whose gradient most rules have exactly (<c>hidden weights</c>); of rules that learn along directions of weights,
/// <c>all weights</c>.
/// <para>Feedback that averages estimates (fdfa) is left to average until it has forgotten its start, and between two draws for as long as
/// it remembers. Its own error is measured as well, from the mean derivative of the outputs by the port, unless batch norms mix samples.
/// Other feedback stays as it starts.</para>
/// <para>Closed forms, b samples and R directions: fg-weight (P + 1) / R for P weights and normal directions, (P - 1) / R for 1 and -1;
/// feedback of fdfa alpha / (2 - alpha) / (b R) times the mean over samples of n_l sum_k |J_k|^2 + |J_l|^2, or - for 1 and -1, over
/// |mean J_l|^2, the sum over all ports with directions: (H + 1) alpha / ((2 - alpha) b) for one hidden layer of H units. The latter hold
/// where no batch norm mixes samples and no dropout draws masks.</para>
/// </summary>
public sealed class GradientVariance
{
    private const string All = "all weights", Hidden = "hidden weights";
    private const int Forgotten = 8;   // of the feedback's memory: e^-8 of the start is left
    private readonly RunSettings _settings;
    private readonly VarianceSettings _variance;
    private readonly Action<Pass, ReadOnlySpan<int>> _fill;
    private readonly Action<Network>? _load;
    private readonly Kernels _kernels;
    private readonly int _available;

    /// <summary>On a network as it starts, and training samples.</summary>
    /// <param name="settings">Model, loss and seed; as <see cref="RunSettings.Load"/> gives them.</param>
    /// <param name="data">The samples, normalised as a run's are.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="variance">Samples and draws.</param>
    /// <exception cref="ConcordException">The model does not fit the data, there are fewer samples, or too few draws.</exception>
    public GradientVariance(RunSettings settings, DataSplit data, Kernels kernels, VarianceSettings? variance = null)
        : this(settings, variance ?? new(), kernels, data.Train.Count)
    {
        var few = new FewSamples(settings, data, Math.Max(_variance.Batch, _variance.Samples), kernels, default);
        _fill = few.Fill;
    }

    /// <summary>On the network of a run as it has come to be.</summary>
    /// <param name="network">The run's network.</param>
    /// <param name="samples">Samples of its shape and classes.</param>
    /// <param name="variance">Samples and draws.</param>
    /// <exception cref="ConcordException">There are fewer samples, or too few draws.</exception>
    public GradientVariance(SavedNetwork network, Samples samples, VarianceSettings? variance = null)
        : this(network.Settings, variance ?? new(), network.Pass.Kernels, samples.Count)
    {
        _fill = (pass, rows) => network.Load(pass, samples, rows);
        _load = network.CopyTo;
    }

    private GradientVariance(RunSettings settings, VarianceSettings variance, Kernels kernels, int available)
    {
        (_settings, _variance, _kernels, _available) = (settings, variance, kernels, available);
        _fill = (_, _) => { };
        if (variance.Draws < 2 * DrawnErrors.Groups)
            throw new ConcordException(FormattableString.Invariant($"{variance.Draws} draws were asked for; it takes at least ")
                + FormattableString.Invariant($"{2 * DrawnErrors.Groups} to say how they vary (--draws)."));
        if (Math.Min(variance.Batch, variance.Samples) < 1 || variance.Batch > variance.Samples || variance.Samples > available)
            throw new ConcordException(FormattableString.Invariant($"A batch of {variance.Batch} of {variance.Samples} samples was asked ")
                + FormattableString.Invariant($"for, and there are {available}. Give a batch (--batch) of at most as many as --samples, ")
                + FormattableString.Invariant($"and these at most {available}."));
    }

    /// <summary>
    /// The gradient of a batch that is drawn from all samples, by backpropagation, about the gradient of all of them: the scale that other
    /// variances are to be held against.
    /// </summary>
    /// <param name="cancellation">Breaks off between draws.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public VarianceRow OfBatches(CancellationToken cancellation = default) => OnEngine(() =>
    {
        var learner = Learner(() => new Backpropagation(), Rows(_variance.Samples));
        var parameters = Trained(learner);
        var pair = new GradientPair(learner.Plan, learner.Pass);
        pair.Evaluate(_settings.Objective, 0, training: true);
        pair.WalkTrue();
        var whole = new Gradients(_kernels, pair.True.Parameters);
        whole.Combine(1.0 / _variance.Samples, pair.True, 0);
        var (errors, rows, square) = (new DrawnErrors(_variance.Draws), Rows(_variance.Samples), whole.Compare(whole, parameters).SquaredA);
        while (!errors.IsDone)
        {
            cancellation.ThrowIfCancellationRequested();
            RandomStream.FromSeed(_settings.Seed).Split("variance").At(errors.Count).Shuffle(rows.AsSpan());
            _fill(learner.Pass, rows.AsSpan(0, _variance.Batch));
            pair.Evaluate(_settings.Objective, errors.Count, training: true);
            pair.WalkTrue();
            pair.True.Scale(1.0 / _variance.Batch);
            errors.Add(Difference(pair.True, whole, parameters), square);
        }
        return errors.Row("backprop", "all weights, by batches", double.NaN);
    });

    /// <summary>What a rule puts in the gradient's place, and the feedback that it averages.</summary>
    /// <param name="rule">Its name, or a map.</param>
    /// <param name="options">Its options; null for none.</param>
    /// <param name="progress">Told the share of the draws that is done.</param>
    /// <param name="cancellation">Breaks off between steps.</param>
    /// <exception cref="ConcordException">The rule or an option is unknown, or there is no hidden layer to estimate a gradient of.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public IReadOnlyList<VarianceRow> Of(string rule, IReadOnlyDictionary<string, string>? options = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        OnEngine(() => Measure(rule, () => RuleCatalogue.Create(rule, options), progress, cancellation));

    private List<VarianceRow> Measure(string rule, Func<LearningRule> make, IProgress<double>? progress, CancellationToken cancellation)
    {
        var learner = Learner(make, Rows(_variance.Batch));
        var (plan, pass) = (learner.Plan, learner.Pass);
        var ofAll = plan.RouteAt(plan.Network.OutputPort) == Route.Directions;
        List<Parameter> parameters = ofAll ? Trained(learner) : [.. Trained(learner).Except(plan.Network.Blocks[^1].Parameters)];
        if (parameters.Count == 0)
            throw new ConcordException($"The model {_settings.Model} has no hidden layer that learns, and the output layer has its exact "
                + $"gradient under {rule}. Give a model with a hidden layer.");
        List<(Port Port, FeedbackAverage Average)> averages = [.. plan.Network.Ports
            .Select(port => (port, Average: port.Index < plan.Frozen ? null : plan.Rule.AverageAt(port)))
            .Where(entry => entry.Average is not null).Select(entry => (entry.port, entry.Average!))];
        var memory = averages.Count == 0 ? 0 : (int)Math.Ceiling(averages.Max(entry => 1 / entry.Average.Rate));
        var (pair, jacobian) = (new GradientPair(plan, pass), averages.Count == 0 ? null : new MeanJacobian(pass, plan.Frozen));
        var errors = new DrawnErrors(_variance.Draws);
        DrawnErrors[] ofFeedback = [.. averages.Select(_ => new DrawnErrors(_variance.Draws))];

        Steps(Forgotten * memory);
        while (!errors.IsDone)
        {
            Steps(memory);
            cancellation.ThrowIfCancellationRequested();
            pair.Evaluate(_settings.Objective, learner.Steps + errors.Count, training: true);
            pair.WalkTrue();
            pair.WalkRule();
            if (jacobian is { MixesSamples: true }) averages.Clear();
            jacobian?.Walk();
            for (var i = 0; i < averages.Count; i++)
            {
                var exact = jacobian!.At(averages[i].Port);
                var difference = plan.Rule.ProjectionAt(averages[i].Port)!.ToMatrix(_kernels).ToArray();
                for (var j = 0; j < difference.Length; j++) difference[j] -= exact[j];
                ofFeedback[i].Add(difference, _kernels.SumSquares(exact));
            }
            errors.Add(Difference(pair.Rule, pair.True, parameters), pair.True.Compare(pair.True, parameters).SquaredA);
            progress?.Report((double)errors.Count / _variance.Draws);
        }
        return [errors.Row(rule, ofAll ? All : Hidden, ofAll ? OfWeights(plan, parameters) : double.NaN),
            .. averages.Select((entry, i) => ofFeedback[i].Row(rule, $"feedback {entry.Port.Name}",
                OfFeedback(entry.Average, entry.Port, jacobian!, plan)))];

        // the weights stay where they are, at a rate of 0
        void Steps(int count)
        {
            for (var i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                learner.Step(0);
            }
        }
    }

    private static double OfWeights(Plan plan, List<Parameter> parameters)
    {
        double weights = parameters.Sum(parameter => (long)parameter.Shape.Length);
        var isNormal = plan.Tangents!.Injections[0].Perturbation.Kind == PerturbationKind.Normal;
        return (weights + (isNormal ? 1 : -1)) / plan.Tangents.Lanes;
    }

    private static double OfFeedback(FeedbackAverage average, Port port, MeanJacobian jacobian, Plan plan)
    {
        if (plan.Network.Blocks.SelectMany(block => block.Layers).SelectMany(layer => layer.WithBranches)
            .Any(layer => layer is BatchNorm or Dropout)) return double.NaN;
        var directions = plan.Tangents!.Injections.Where(injection => injection.Port is not null).ToList();
        var own = directions.First(injection => injection.Port == port).Perturbation;
        if (!own.PerSample || own.ActiveOnly) return double.NaN;
        var sum = directions.Where(injection => injection.Lane == 0).Sum(injection => jacobian.MeanSquares(injection.Port!));
        var each = port.Shape.Length * sum + (own.Kind == PerturbationKind.Normal ? 1 : -1) * jacobian.MeanSquares(port);
        return average.Rate / (2 - average.Rate) * each / (average.Directions * jacobian.Pass.Rows)
            / jacobian.Pass.Kernels.SumSquares(jacobian.At(port));
    }

    private Learner Learner(Func<LearningRule> rule, ReadOnlySpan<int> rows)
    {
        var learner = new Learner(new(_settings.Blueprint.MakeNetwork, rule), _settings.Objective, new(LearningRate: 1, Momentum: 0),
            _kernels, _settings.Seed, ActivationPolicy.Stored, _load);
        _fill(learner.Pass, rows);
        learner.Prepare();
        return learner;
    }

    private static List<Parameter> Trained(Learner learner) => [.. learner.Network.Parameters.Where(parameter => !parameter.Frozen)];

    private static int[] Rows(int count) => Samples.Ascending(count);

    private static double[] Difference(Gradients estimate, Gradients exact, List<Parameter> parameters)
    {
        var difference = new double[parameters.Sum(parameter => parameter.Shape.Length)];
        var start = 0;
        foreach (var parameter in parameters)
        {
            double[] a = estimate.Of(parameter).ToArray(), b = exact.Of(parameter).ToArray();
            for (var i = 0; i < a.Length; i++) difference[start + i] = a[i] - b[i];
            start += a.Length;
        }
        return difference;
    }

    private T OnEngine<T>(Func<T> work)
    {
        var result = default(T);
        _kernels.Run(() => result = work());
        return result!;
    }
}

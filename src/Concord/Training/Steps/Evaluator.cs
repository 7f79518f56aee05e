using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// Scores a network on samples, and probes its rule's alignment, in evaluation mode on a pass of its own. Scoring keeps no more
/// activities than training does; a probe needs them all.
/// </summary>
internal sealed class Evaluator
{
    private const int Most = RunSettings.MostProbeSamples, Activities = 1 << 26;   // samples, and elements of all their activities
    private readonly Learner _learner;
    private readonly PassLoader _loader;
    private readonly int _probeSamples;
    private readonly Pass _pass;
    private Pass? _probed;
    private BackwardPass? _backward;
    private readonly AlignmentProbe _probe;
    private readonly UnitActivity _units;
    private readonly ActivityNorms _norms;
    private readonly SpikeMeasures _spikes;
    private readonly EnergyMeasures _energy;
    private readonly int[] _labels = new int[Most], _answers = new int[Most];
    private readonly int _batch;

    public Evaluator(Learner learner, PassLoader loader, ProbeKind probe, int probeSamples, TrainingBatches? batches = null)
    {
        _learner = learner;
        _loader = loader;
        _probeSamples = probeSamples;
        _pass = new(learner.Network, learner.Kernels, default, learner.Pass.Activations);
        _batch = Math.Clamp(Activities / Math.Max(1, learner.Network.Blocks.Sum(block => block.Elements)), 16, Most);
        _units = new(learner.Plan, learner.Kernels);
        _norms = new(learner.Network, learner.Kernels);
        _spikes = new(learner.Plan);
        _energy = new(learner.Plan);
        _probe = new(learner.Plan, probe.HasFlag(ProbeKind.Gate), probe.HasFlag(ProbeKind.Rank),
            probe.HasFlag(ProbeKind.Feedback) && !learner.Network.HasTime, batches);
    }

    /// <summary>Samples that are scored at once.</summary>
    public int Batch => _batch;

    /// <summary>Loss over all the samples and, where they have classes, accuracy and confusion.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted between batches.</exception>
    public Evaluation Evaluate(Samples samples, CancellationToken cancellation)
    {
        var classes = samples.HasClasses ? _learner.Network.Output.Length : 0;
        var confusion = Enumerable.Range(0, classes).Select(_ => new int[classes]).ToArray();
        var (loss, correct) = (0.0, 0);
        for (var start = 0; start < samples.Count; start += _batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var rows = Forward(_pass, samples, start, Math.Min(_batch, samples.Count - start), Phase.Forward, out var batchLoss);
            loss += batchLoss * rows;
            if (classes == 0) continue;
            _learner.Plan.Answers(_pass, _answers.AsSpan(0, rows));
            for (var i = 0; i < rows; i++)
            {
                confusion[_labels[i]][_answers[i]]++;
                if (_labels[i] == _answers[i]) correct++;
            }
        }
        return samples.Count == 0 ? new(double.NaN, double.NaN, confusion)
            : new(loss / samples.Count, classes == 0 ? double.NaN : (double)correct / samples.Count, confusion)
                { TargetVariance = samples.TargetVariance() };
    }

    /// <summary>
    /// The same, with which hidden units are 0 on all of the samples, how large hidden activities are on the first, and what the spikes of
    /// spiking layers come to, and what those of circuits take.
    /// </summary>
    public Evaluation Evaluate(Samples samples, CancellationToken cancellation, out IReadOnlyList<DeadUnits> dead,
        out IReadOnlyList<ActivityNorm> norms, out IReadOnlyList<LayerSpikes> spikes, out IReadOnlyList<LayerEnergy> energy)
    {
        _units.Begin();
        _norms.Begin();
        _spikes.Begin();
        _energy.Begin();
        _pass.Evaluated = (pass, port) =>
        {
            _units.See(pass, port);
            _norms.See(pass, port);
            _spikes.See(pass, port);
            _energy.See(pass, port);
        };
        try
        {
            var evaluation = Evaluate(samples, cancellation);
            dead = samples.Count == 0 ? [] : _units.Dead;
            norms = _norms.Norms;
            spikes = _spikes.Layers;
            energy = _energy.Layers;
            return evaluation;
        }
        finally
        {
            _pass.Evaluated = null;
        }
    }

    /// <summary>Alignment on the first samples. Changes nothing that training reads.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted between ports.</exception>
    public IReadOnlyList<PortAlignment> Probe(Samples samples, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var kernels = _learner.Kernels;
        _probed ??= _pass.Activations == ActivationPolicy.Stored ? _pass : new(_learner.Network, kernels, default);
        _backward ??= _learner.Plan.BackwardPass(_probed, null);
        Forward(_probed, samples, 0, Math.Min(_probeSamples, samples.Count), Phase.Probe, out _);
        _learner.Plan.CreditAssignment.Observe(_backward);
        _learner.Plan.CreditAssignment.Teach(_backward);
        var rows = _probe.Measure(_backward, cancellation);
        kernels.Phase = Phase.Forward;
        return rows;
    }

    /// <summary>Alignment on the training pass as it stands, before the weights move.</summary>
    public IReadOnlyList<PortAlignment> ProbeTraining(BackwardPass backward) => _probe.Measure(backward);

    private int Forward(Pass pass, Samples samples, int start, int rows, Phase phase, out double loss)
    {
        var kernels = _learner.Kernels;
        kernels.Phase = phase;
        Span<int> picked = stackalloc int[rows];
        for (var i = 0; i < rows; i++) picked[i] = start + i;
        _loader.LoadEvaluation(pass, samples, picked);
        PassLoader.LoadTargets(pass, samples, picked, _labels.AsSpan(0, rows));
        pass.Forward(_learner.Steps, training: false, carries: phase == Phase.Probe);
        loss = _learner.Objective.Error(pass);
        return rows;
    }
}

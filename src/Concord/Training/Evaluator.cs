using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>Scores a network on samples, and probes its rule's alignment, in evaluation mode on a pass of its own.</summary>
internal sealed class Evaluator
{
    private const int Batch = 1000;
    private readonly Learner _learner;
    private readonly Normalization _normalization;
    private readonly Pass _pass;
    private readonly Sweep _sweep;
    private readonly AlignmentProbe _probe;
    private readonly int[] _labels = new int[Batch], _answers = new int[Batch];

    public Evaluator(Learner learner, Normalization normalization, bool gate)
    {
        _learner = learner;
        _normalization = normalization;
        _pass = new(learner.Network, learner.Kernels, default);
        _sweep = learner.Plan.Sweep(_pass, null);
        _probe = new(learner.Plan, learner.Kernels, gate);
    }

    /// <summary>Loss, accuracy and confusion over all the samples.</summary>
    public Evaluation Evaluate(Samples samples)
    {
        var classes = _learner.Network.Output.Length;
        var confusion = Enumerable.Range(0, classes).Select(_ => new int[classes]).ToArray();
        var (loss, correct) = (0.0, 0);
        for (var start = 0; start < samples.Count; start += Batch)
        {
            var rows = Forward(samples, start, Math.Min(Batch, samples.Count - start), Phase.Forward, out var batchLoss);
            loss += batchLoss * rows;
            _learner.Kernels.ArgMaxRows(_pass.Logits, _answers.AsSpan(0, rows));
            for (var i = 0; i < rows; i++)
            {
                confusion[_labels[i]][_answers[i]]++;
                if (_labels[i] == _answers[i]) correct++;
            }
        }
        return samples.Count == 0 ? new(double.NaN, double.NaN, confusion) : new(loss / samples.Count, (double)correct / samples.Count, confusion);
    }

    /// <summary>Alignment on the first thousand samples. Changes nothing that training reads.</summary>
    public IReadOnlyList<PortAlignment> Probe(Samples samples)
    {
        var kernels = _learner.Kernels;
        Forward(samples, 0, Math.Min(Batch, samples.Count), Phase.Probe, out _);
        _learner.Plan.Rule.Observe(_pass);
        _learner.Plan.Teach(_sweep);
        var rows = _probe.Measure(_sweep);
        kernels.Phase = Phase.Forward;
        return rows;
    }

    /// <summary>Alignment on the training pass as it stands, before the weights move.</summary>
    public IReadOnlyList<PortAlignment> ProbeTraining(Sweep sweep) => _probe.Measure(sweep);

    private int Forward(Samples samples, int start, int rows, Phase phase, out double loss)
    {
        var kernels = _learner.Kernels;
        kernels.Phase = phase;
        Span<int> picked = stackalloc int[rows];
        for (var i = 0; i < rows; i++) picked[i] = start + i;
        _pass.Begin(rows);
        samples.Load(kernels, picked, _normalization, _pass.Input);
        samples.LoadLabels(picked, _labels.AsSpan(0, rows));
        kernels.OneHot(_labels.AsSpan(0, rows), _pass.Targets);
        _pass.Forward(_learner.Steps, training: false);
        loss = _learner.Objective.Error(_pass);
        return rows;
    }
}

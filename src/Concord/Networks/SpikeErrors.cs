using System.Runtime.InteropServices;
using Concord.Layers;
using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Losses;

namespace Concord.Networks;

/// <summary>The losses of a pass whose outputs are spikes, and the pull of hidden layers towards a rate.</summary>
internal sealed class SpikeErrors(Pass pass)
{
    private readonly List<int> _labels = [];
    private SpikeTrains? _wanted;
    private Objective _objective;
    private SpikingLoss? _loss;
    private RateRegularizer? _rates;
    private double _duration;

    /// <summary>Fills the pass's output signal, its losses and, where the loss has one, its error.</summary>
    /// <returns>The mean loss of the batch.</returns>
    public double Fill(Objective objective)
    {
        objective.Check(pass.Network);
        var (kernels, port, signal) = (pass.Kernels, pass.Network.OutputPort, pass.OutputSignal);
        Tensor error = pass.Error, losses = pass.Losses;
        kernels.Count("SpikeLoss", error.Shape, new(0, Words.Of(Role.Activation, pass.Logits.Length + pass.Targets.Length),
            Words.Of(Role.Error, error.Length + losses.Length + signal.Length)));
        if (kernels.AssumedSpikes is not null) return 0;
        CollectionsMarshal.SetCount(_labels, pass.Rows);
        kernels.ArgMaxRows(pass.Targets, CollectionsMarshal.AsSpan(_labels));
        if (_loss is null || _objective != objective) Make(objective);
        if (_wanted is not null) Want();
        var spikes = pass.SpikesAt(port);
        var sum = _loss!.Of(spikes, signal, losses);
        if (_loss.HasErrorOfCounts) _loss.ErrorOfCounts(spikes, error);
        return sum / pass.Rows;
    }

    /// <summary>Adds the pull towards a rate to the signal at a hidden port.</summary>
    public void AddRates(Port port, Tensor signal)
    {
        if (_rates is null || port.IsOutput) return;
        _rates.Add(pass.SpikesAt(port), signal);
        pass.Kernels.Count("RatePull", signal.Shape, new(0, Words.Of(Role.Error, signal.Length), Words.Of(Role.Error, signal.Length)));
    }

    private void Make(Objective objective)
    {
        _objective = objective;
        _duration = pass.Network.Blocks[^1].Layers.OfType<SpikingNeurons>().Last().Duration;
        var aims = objective.Aims;
        var (ofLabel, ofOthers) = aims.TargetsOf(objective.Loss);
        _rates = aims.RateStrength > 0 ? new(aims.RateStrength, aims.RateTarget) : null;
        _wanted = objective.Loss is LossKind.SpikeTime or LossKind.SpikeTrain ? new(pass.Network.Output.Length, pass.Kernels.ElementType)
            : null;
        _loss = objective.Loss switch
        {
            LossKind.SpikeCount => new SpikeCountLoss(_labels, ofLabel, ofOthers),
            LossKind.FirstSpike => new FirstSpikeLoss(_labels, aims.TimeConstant ?? 0.005, _duration),
            LossKind.SpikeTime => new SpikeTimeLoss(_wanted!),
            _ => new SpikeTrainDistance(_wanted!, aims.TimeConstant ?? 0.01),
        };
    }

    // The spikes that a train is to have are spread evenly over the simulation.
    private void Want()
    {
        var (wanted, (ofLabel, ofOthers), end) = (_wanted!, _objective.Aims.TargetsOf(_objective.Loss), _duration);
        wanted.Clear();
        foreach (var label in _labels)
        {
            for (var o = 0; o < wanted.Neurons; o++)
                if (_objective.Loss == LossKind.SpikeTime) wanted.Add((o == label ? ofLabel : ofOthers) * end, o);
                else
                {
                    var spikes = (int)(o == label ? ofLabel : ofOthers);
                    for (var k = 1; k <= spikes; k++) wanted.Add(k * end / (spikes + 1), o);
                }
            wanted.EndSample();
        }
    }
}

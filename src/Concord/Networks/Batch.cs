using Concord.Layers;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Networks;

/// <summary>
/// Samples, what their outputs should be, and the step they belong to. It is used again for the next samples; its buffers are made at first
/// use. Several passes may evaluate one batch.
/// </summary>
public sealed class Batch
{
    private readonly Network _network;
    private readonly Kernels _kernels;
    private readonly Workspace _inner;
    private SpikeTrains? _spikes;
    private StepMask? _mask;
    private bool _areRepeated;   // targets that are the same at each step are made when they are asked for

    internal Batch(Network network, Kernels kernels, Workspace inner) => (_network, _kernels, _inner) = (network, kernels, inner);

    /// <summary>The optimizer step that the batch belongs to, from 0; draws are keyed by it.</summary>
    public long Step { get; internal set; }

    /// <summary>How many samples there are.</summary>
    public int Rows { get; internal set; }

    /// <summary>The inputs, N x input.</summary>
    public Tensor Input => Buffer("input", _network.Input);

    /// <summary>
    /// Where samples are laid as data have them, images with their channels first, until <see cref="Arrange"/>;
    /// the input itself where that is the same.
    /// </summary>
    public Tensor Samples => TurnsImages ? _inner.Get(_kernels, this, "samples", _network.Input.Batch(Rows), Role.Activation) : Input;

    /// <summary>Brings <see cref="Samples"/> into <see cref="Input"/>, where images have their channels last.</summary>
    public void Arrange()
    {
        if (TurnsImages) _kernels.TransposeEach(Samples, _network.Input[0] * _network.Input[1], Input);
    }

    /// <summary>
    /// The samples' spikes, where the network's input is spikes (<see cref="Network.ReadsSpikes"/>): clear it and write a sample for each
    /// row; <see cref="Input"/> is made of it when a pass is evaluated.
    /// </summary>
    public SpikeTrains Spikes => _spikes ??= new(_network.Input.Length, _kernels.ElementType);

    /// <summary>What the outputs should be, N x K; where they have T time steps, T N x K, at each step.</summary>
    public Tensor Targets
    {
        get
        {
            var targets = Buffer("targets", _network.Output);
            if (_areRepeated) _kernels.RepeatSteps(FirstTargets, targets);
            _areRepeated = false;   // who asked for them may write others
            return targets;
        }
    }

    /// <summary>The targets at the first step; <see cref="RepeatTargets"/> makes them those of all.</summary>
    internal Tensor FirstTargets => _network.Output.Steps == 1 ? Targets : Buffer("targets of a step", _network.Output.WithSteps(1));

    internal void RepeatTargets() => _areRepeated = _network.Output.Steps > 1;

    /// <summary>The targets of some time steps. Where they are the same at each, only those of the slice are made.</summary>
    internal Tensor TargetsOf(TimeSlice slice)
    {
        if (!slice.IsPart) return Targets;
        if (!_areRepeated) return Targets.Rows(slice.First * Rows, slice.Count * Rows);
        if (slice.Count == 1) return FirstTargets;
        var targets = _inner.Get(_kernels, this, "targets of a slice", slice.BatchOf(_network.Output, Rows), Role.Activation);
        _kernels.RepeatSteps(FirstTargets, targets);
        return targets;
    }

    /// <summary>Says which class each sample is of: 1 there and 0 elsewhere, at each step.</summary>
    /// <param name="labels">N classes, from 0.</param>
    public void SetClasses(ReadOnlySpan<int> labels)
    {
        _kernels.OneHot(labels, FirstTargets);
        RepeatTargets();
    }

    /// <summary>
    /// Says that samples end before the last of the network's time steps: what is behind the end is left out of what ends time, of losses
    /// and of answers, and no signal comes from there. Until the next <see cref="Pass.Begin"/>.
    /// </summary>
    /// <param name="lengths">How many steps each sample lasts, N numbers from 1.</param>
    /// <exception cref="ConcordException">A length is none of the network's steps, there are not N, the network has no time, or a batch
    /// norm in it, whose moments would be those of the padding too.</exception>
    public void SetLengths(ReadOnlySpan<int> lengths)
    {
        var layers = _network.Blocks.SelectMany(block => block.Layers).ToList();
        var steps = layers.Max(layer => Math.Max(layer.Input.Steps, layer.Output.Steps));
        if (steps == 1) throw new ConcordException("Samples were given lengths, and the network has no time steps.");
        if (lengths.Length != Rows) throw new ConcordException($"{lengths.Length} lengths were given for a batch of {Rows} samples.");
        if (layers.OfType<BatchNorm>().FirstOrDefault(norm => norm.Input.Steps > 1) is { } norm)
            throw new ConcordException($"The batch norm {norm.Name} takes its moments over all time steps, and samples of this batch end "
                + "earlier: they would be those of the padding too. Use a layer norm.");
        Mask = _mask ??= new(_kernels, steps);
        Mask.Take(lengths);
    }

    /// <summary>Where samples end; null where all last as long.</summary>
    internal StepMask? Mask { get; set; }

    internal Workspace Workspace { get; } = new();

    private bool TurnsImages => _network.Input.Rank == 3 && _network.Input[2] > 1;

    private Tensor Buffer(string name, Shape sample) => Workspace.Get(_kernels, this, name, sample.Batch(Rows), Role.Activation);
}

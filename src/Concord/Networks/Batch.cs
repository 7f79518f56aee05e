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

    /// <summary>What the outputs should be, N x K.</summary>
    public Tensor Targets => Buffer("targets", _network.Output);

    internal Workspace Workspace { get; } = new();

    private bool TurnsImages => _network.Input.Rank == 3 && _network.Input[2] > 1;

    private Tensor Buffer(string name, Shape sample) => Workspace.Get(_kernels, this, name, sample.Batch(Rows), Role.Activation);
}

using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// An operation: forward, backward and pushforward side by side. A layer knows tensors, kernels and
/// its connections; it knows no rule. x and y are the input and output of the pass, one row per sample; where there is time, one row per
/// step and sample, all samples of a step together (<see cref="Shape.Steps"/>).
/// </summary>
public abstract class Layer
{
    private Shape _input;
    private Shape? _output;

    /// <summary>Its name in the network and in files, as <c>fc1</c> or <c>fc1.norm</c>.</summary>
    public string Name { get; private set; } = "";

    /// <summary>One word for what it does, from which the network makes its name.</summary>
    public abstract string Kind { get; }

    /// <summary>What learns, in file order.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary>Tensors that are neither learned nor drawn but belong in a checkpoint, as a batch norm's running moments.</summary>
    public virtual IReadOnlyList<(string Name, Tensor Tensor)> Buffers => [];

    /// <summary>The connections that read the layer's input: what crosses them arrives at the block below.</summary>
    public virtual IReadOnlyList<Connection> EnteringConnections => [];

    /// <summary>The connections after them, inside a composite layer: their signal never leaves the block.</summary>
    public virtual IReadOnlyList<Connection> InnerConnections => [];

    /// <summary>The connections that a signal crosses on its way down through the layer.</summary>
    /// <param name="inputWanted">Whether it goes on to the layer's input.</param>
    public virtual IEnumerable<Connection> Crossed(bool inputWanted) => inputWanted ? EnteringConnections : [];

    /// <summary>The chains of layers inside a composite one; none in an elementary layer.</summary>
    public virtual IReadOnlyList<IReadOnlyList<Layer>> Branches => [];

    /// <summary>Itself and all layers of its branches.</summary>
    internal IEnumerable<Layer> WithBranches => Branches.SelectMany(branch => branch).SelectMany(layer => layer.WithBranches).Prepend(this);

    /// <summary>One sample's shape at the input, once the layer stands in a network.</summary>
    internal Shape Input => _input;

    /// <summary>One sample's shape at the output, once the layer stands in a network.</summary>
    internal Shape Output => _output ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <summary>Whether y may share x's memory, because no derivative of this layer reads x.</summary>
    public virtual bool RunsInPlace => false;

    /// <summary>Whether a derivative of this layer reads x, which is kept for it then.</summary>
    public virtual bool ReadsInput => true;

    /// <summary>Whether a derivative of this layer reads y, which must not be overwritten then.</summary>
    public virtual bool ReadsOutput => false;

    /// <summary>
    /// Whether the signal at the input may be written over the one at the output, and the tangent at the output over the one at the input.
    /// </summary>
    public virtual bool GatesInPlace => false;

    /// <summary>Whether it has connections: each such layer begins a block and lends it its name.</summary>
    public virtual bool IsWeighted => false;

    /// <summary>Whether its input is spikes (<see cref="Tape.SpikesOf"/>), and x how many of each neuron.</summary>
    public virtual bool ReadsSpikes => false;

    /// <summary>
    /// Whether it decides how many time steps follow, and so begins or ends time; otherwise it has as many at its output as at its input.
    /// </summary>
    public virtual bool ChangesSteps => false;

    /// <summary>Whether time begins with it, where it <see cref="ChangesSteps"/>; otherwise time ends.</summary>
    public virtual bool BeginsTime => false;

    /// <summary>Whether it has a state that goes from step to step.</summary>
    public virtual bool HasState => false;

    /// <summary>Whether a signal walks through the whole of it, and is not cut off on its way back through time.</summary>
    internal virtual bool IsExact => true;

    /// <summary>
    /// Whether its output is spikes, and y how many of each neuron. A teaching signal there is dLoss/dt of each spike, a flat list.
    /// </summary>
    public virtual bool EmitsSpikes => false;

    /// <summary>Whether its input has to be numbers from 0 to 1: probabilities, voltages, what is encoded as spikes.</summary>
    internal virtual bool TakesUnitRange => false;

    /// <summary>Whether its output is numbers from 0 to 1; null where it is if the input is.</summary>
    internal virtual bool? GivesUnitRange => FiresAtSteps;

    /// <summary>Whether its output is 1 at each time step at which a neuron fires, and else 0.</summary>
    internal virtual bool FiresAtSteps => false;

    /// <summary>
    /// What a circuit takes from the supply for a spike, in units of its capacitance times the square of the supply's voltage; null where
    /// it is no circuit that fires.
    /// </summary>
    internal virtual double? EnergyPerSpike => null;

    /// <summary>How many spikes such circuits gave in the last evaluation, of all samples.</summary>
    internal virtual double SpikesOn(Tensor y, Tape tape) => 0;

    /// <summary>Whether it is an activation, or begins with one: where the signal at a pre-activation is to be had.</summary>
    internal virtual bool IsActivation => false;

    /// <summary>Whether the layer stays as it is: nothing in it learns, and it works in training as in evaluation.</summary>
    internal bool IsFrozen { get; private set; }

    /// <summary>Freezes the layer and all of its parameters.</summary>
    internal void Freeze()
    {
        IsFrozen = true;
        foreach (var parameter in Parameters) parameter.Frozen = true;
        foreach (var layer in Branches.SelectMany(branch => branch)) layer.Freeze();
    }

    /// <summary>Fixes name and shapes, once; the same layer in another cut of its network keeps both.</summary>
    /// <param name="name">The layer's name.</param>
    /// <param name="input">One sample's shape at the input.</param>
    /// <returns>One sample's shape at the output.</returns>
    /// <exception cref="ConcordException">The layer cannot take that shape.</exception>
    /// <exception cref="InvalidOperationException">It is in another network already.</exception>
    public Shape Attach(string name, Shape input)
    {
        if (_output is { } known)
            return Name == name && _input == input ? known
                : throw new InvalidOperationException($"The layer {Name} stands in a network already; make another one for {name}.");
        Name = name;
        _input = input;
        _output = ChangesSteps ? Build(input) : Build(input.WithSteps(1)).WithSteps(input.Steps);
        return _output.Value;
    }

    /// <summary>
    /// Makes the parameters for an input of that shape and returns the output's shape; both without steps, unless it changes them.
    /// </summary>
    protected abstract Shape Build(Shape input);

    /// <summary>Sets buffers to their starting values.</summary>
    public virtual void Reset(Kernels kernels) { }

    /// <summary>y = f(x).</summary>
    public abstract void Forward(Tensor x, Tensor y, Tape tape);

    /// <summary>
    /// One walk down: the gradients of the layer's parameters and, if asked for, the signal at its input.
    /// </summary>
    /// <param name="x">The input of the pass.</param>
    /// <param name="y">The output of the pass.</param>
    /// <param name="signal">The teaching signal at the output; not written.</param>
    /// <param name="inputSignal">Receives J' signal, or what carriers make of it; null if nothing below needs it.</param>
    /// <param name="tape">The pass's tape.</param>
    /// <param name="context">Gradients and carriers.</param>
    public abstract void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context);

    /// <summary>
    /// The same above a convolution, which reads the signal at once, and nobody after it: it may be put off until then.
    /// </summary>
    internal virtual void BackwardWhenRead(Tensor x, Tensor y, Tensor signal, Tensor inputSignal, Tape tape, BackwardContext context) =>
        Backward(x, y, signal, inputSignal, tape, context);

    /// <summary>
    /// Whether the gradients of its parameters are products of a signal at its output and an input (<see cref="Correlate"/>).
    /// </summary>
    internal virtual bool Correlates => false;

    /// <summary>The gradients of the layer's parameters from a signal at its output and an input, which need not be of one pass.</summary>
    internal virtual void Correlate(Tensor x, Tensor signal, BackwardContext context) =>
        throw new InvalidOperationException($"The gradients of the layer {Name} are not products of a signal and an input.");

    /// <summary>
    /// result = J tangent + (dy / dp) p', p' the directions of the layer's parameters (<see cref="Tape.DirectionOf"/>): the derivative of
    /// the pass along both, batch statistics included.
    /// </summary>
    /// <param name="x">The input of the pass.</param>
    /// <param name="y">The output of the pass.</param>
    /// <param name="tangent">The tangent at the input; null stands for zero, and is given only where a parameter has a direction.</param>
    /// <param name="result">Receives the tangent at the output; it may be the tangent where <see cref="GatesInPlace"/>.</param>
    /// <param name="tape">The pass's tape.</param>
    public abstract void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape);

    /// <summary>
    /// Whether <see cref="Pushforward"/> is the derivative; where not, no rule that takes tangents works on a network with the layer in it.
    /// </summary>
    public virtual bool HasTangent => true;

    /// <summary>
    /// Its kind and keys as a list of layers has them, <c>dense units=10</c>, so that a model made in code can be written down; null where
    /// no list can say it.
    /// </summary>
    public virtual string? Written => null;

    /// <summary>The layer as a user would write it.</summary>
    public abstract override string ToString();
}

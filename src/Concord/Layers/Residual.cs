using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// y = x + F(x), F a branch of layers (He, Zhang, Ren, Sun 2015). The unit is one layer, so a port can stand at the sum and
/// nowhere inside: the skip cannot carry a true gradient past a port. Backward: signal + F' signal, where the branch's inner
/// connections cross through the carriers of the rule above and its first through those of the rule below.
/// </summary>
/// <param name="branch">F; its output has the shape of its input.</param>
public sealed class Residual(params IReadOnlyList<Layer> branch) : Layer
{
    private readonly Sequence _branch = new(branch);
    private readonly Tensor[] _activities = new Tensor[branch.Count + 1], _tangents = new Tensor[branch.Count + 1];
    private Parameter[] _parameters = [];

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _parameters;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor Tensor)> Buffers => [.. branch.SelectMany(layer => layer.Buffers)];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> EnteringConnections => _branch.EnteringConnections;

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> InnerConnections => _branch.InnerConnections;

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<Layer>> Branches => [branch];

    /// <inheritdoc/>
    public override bool IsWeighted => true;

    /// <inheritdoc/>
    public override string Kind => "residual";

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        List<Shape> shapes = [input];
        for (var i = 0; i < branch.Count; i++) shapes.Add(branch[i].Attach($"{Name}.{i + 1}", shapes[i]));
        if (shapes[^1] != input) throw new ConcordException($"The branch of the residual unit {Name} turns {input} into {shapes[^1]}; a sum needs equal shapes.");
        _branch.Adopt(shapes);
        _parameters = [.. branch.SelectMany(layer => layer.Parameters)];
        return input;
    }

    /// <inheritdoc/>
    public override void Reset(Kernels kernels)
    {
        foreach (var layer in branch) layer.Reset(kernels);
    }

    private ReadOnlySpan<Tensor> Activities(Tensor x, Tape tape)
    {
        _activities[0] = x;
        _branch.Lay(tape, _activities, x.Shape.Rows);
        return _activities;
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var activities = Activities(x, tape);
        _branch.Forward(activities, tape);
        tape.Kernels.Copy(activities[^1], y);
        tape.Kernels.Combine(1, x, 1, y);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, Descent descent)
    {
        _branch.Backward(Activities(x, tape), signal, inputSignal, tape, descent);
        if (inputSignal is not null) descent.Kernels.Combine(1, signal, 1, inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor tangent, Tensor result, Tape tape)
    {
        _tangents[0] = tangent;
        for (var i = 0; i < branch.Count; i++) _tangents[i + 1] = tape.Keep(branch[i], "tangent", _branch.Shapes[i + 1].Batch(x.Shape.Rows));
        _branch.Pushforward(Activities(x, tape), _tangents, tape);
        tape.Kernels.Copy(_tangents[^1], result);
        tape.Kernels.Combine(1, tangent, 1, result);
    }

    /// <inheritdoc/>
    public override void StateForward(CostSheet sheet)
    {
        var words = (long)sheet.Rows * _branch.Output.Length;
        _branch.StateForward(sheet);
        sheet.AddForward(new(Activations: words), new(Activations: words));
        sheet.AddForward(new(Activations: 2 * words), new(Activations: words));
    }

    /// <inheritdoc/>
    public override void StateBackward(CostSheet sheet, bool inputSignal)
    {
        var words = (long)sheet.Rows * _branch.Output.Length;
        _branch.StateBackward(sheet, inputSignal);
        if (inputSignal) sheet.Add(Phase.Error, new(Errors: 2 * words), new(Errors: words));
    }

    /// <inheritdoc/>
    public override string ToString() => $"residual ({string.Join(", ", branch)})";
}

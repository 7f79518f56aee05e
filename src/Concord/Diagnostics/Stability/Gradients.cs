using Concord.Layers;
using Concord.Numerics;

namespace Concord.Diagnostics;

/// <summary>Gradients of parameters that are looked at and move nothing: sums over the samples, zero where nothing was learned.</summary>
internal sealed class Gradients : IGradientSink
{
    private readonly Kernels _kernels;
    private readonly Dictionary<Parameter, Tensor> _tensors;
    private readonly RowComparison[] _comparison = new RowComparison[1];

    /// <summary>Room for the gradients of those parameters.</summary>
    public Gradients(Kernels kernels, IReadOnlyList<Parameter> parameters)
    {
        (_kernels, Parameters) = (kernels, parameters);
        _tensors = parameters.ToDictionary(parameter => parameter, parameter => kernels.Allocate(parameter.Shape, Role.Gradient));
    }

    /// <summary>Whose they are.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public bool Trains => false;

    /// <inheritdoc/>
    public Phase Phase => Phase.Probe;

    /// <summary>The gradient of one.</summary>
    public Tensor Of(Parameter parameter) => _tensors[parameter];

    /// <summary>Begins anew.</summary>
    public void Begin()
    {
        foreach (var tensor in _tensors.Values) _kernels.Fill(tensor, 0);
    }

    /// <inheritdoc/>
    public bool TryTake(Parameter parameter, out Accumulator gradient)
    {
        var found = _tensors.TryGetValue(parameter, out var tensor);
        gradient = found ? new(tensor!, 1, 1) : default;
        return found;
    }

    /// <summary>Inner product and squared norms of these and of others, over some of the parameters.</summary>
    public RowComparison Compare(Gradients other, IEnumerable<Parameter> parameters)
    {
        double dot = 0, mine = 0, theirs = 0;
        foreach (var parameter in parameters)
        {
            Tensor a = Of(parameter), b = other.Of(parameter);
            _kernels.CompareRows(a.Matrix(a.Length), b.Matrix(b.Length), _comparison);
            dot += _comparison[0].Dot;
            mine += _comparison[0].SquaredA;
            theirs += _comparison[0].SquaredB;
        }
        return new(dot, mine, theirs, 0);
    }

    /// <summary>These become a multiple of themselves.</summary>
    public void Scale(double factor)
    {
        foreach (var tensor in _tensors.Values) _kernels.Combine(factor, tensor, 0, tensor);
    }

    /// <summary>These become a multiple of themselves and a multiple of others.</summary>
    public void Combine(double alpha, Gradients other, double beta)
    {
        foreach (var parameter in Parameters) _kernels.Combine(alpha, other.Of(parameter), beta, Of(parameter));
    }
}

using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// The buffers of a pass and its sweeps, keyed by owner and name. First use allocates; a batch that is no larger reuses
/// the memory as a view of its first rows, so a warm step allocates nothing.
/// </summary>
public class Workspace
{
    private readonly Dictionary<(object Owner, string Name, int Index), Tensor> _tensors = [];

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private protected set; }

    /// <summary>Bytes of copies in bf16 of what is held.</summary>
    internal virtual long CopyBytes => _tensors.Values.Sum(tensor => tensor.CopyBytes);

    /// <summary>
    /// The buffer of that owner and name, at least as large as asked for, seen in that shape. Contents are what was last written.
    /// </summary>
    /// <param name="kernels">The engine it belongs to.</param>
    /// <param name="owner">Who uses it.</param>
    /// <param name="name">What for.</param>
    /// <param name="shape">Its shape now; the first axis may vary from call to call.</param>
    /// <param name="role">What its words are counted as.</param>
    /// <param name="index">Which of several of that name.</param>
    public virtual Tensor Get(Kernels kernels, object owner, string name, Shape shape, Role role, int index = 0)
    {
        if (_tensors.TryGetValue((owner, name, index), out var tensor) && Holds(tensor, shape)) return tensor.Rows(shape.Rows);
        if (tensor is not null) Bytes -= tensor.Bytes;
        tensor = kernels.Allocate(shape, role);
        Bytes += tensor.Bytes;
        _tensors[(owner, name, index)] = tensor;
        return tensor;
    }

    /// <summary>Says that what was handed out so far is read no more. It may still not be handed out again here.</summary>
    internal virtual void Recycle() { }

    private protected static bool Holds(Tensor tensor, Shape shape) =>
        tensor.Shape.Rows >= shape.Rows && tensor.Shape.WithRows(shape.Rows) == shape;
}

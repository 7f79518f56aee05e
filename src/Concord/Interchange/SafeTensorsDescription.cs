namespace Concord.Interchange;

/// <summary>What a safetensors file says about one of its tensors.</summary>
/// <param name="Type">What the elements are.</param>
/// <param name="Dimensions">The lengths of the axes, outermost first (row-major); none for a scalar.</param>
public sealed record SafeTensorsDescription(SafeTensorsType Type, IReadOnlyList<long> Dimensions)
{
    /// <summary>Type and axes, as in <c>F32 [128, 784]</c>.</summary>
    public override string ToString() => SafeTensorsTypes.Describe(Type, Dimensions);
}

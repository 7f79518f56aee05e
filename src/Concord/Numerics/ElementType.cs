namespace Concord.Numerics;

/// <summary>What a tensor's elements are. An engine works in one of the two; layers and rules know neither.</summary>
public enum ElementType
{
    /// <summary>32-bit floating point: training.</summary>
    Single,

    /// <summary>64-bit floating point: checking the same layers and rules against derivatives and closed forms.</summary>
    Double,
}

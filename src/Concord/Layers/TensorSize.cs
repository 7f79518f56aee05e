using System.Globalization;

namespace Concord.Layers;

/// <summary>What a layer says of a tensor that no memory could hold.</summary>
internal static class TensorSize
{
    /// <summary>Refuses more elements than a tensor can have.</summary>
    /// <param name="what">Whose they are, for people.</param>
    /// <param name="axes">The axes.</param>
    /// <exception cref="ConcordException">Their product is too large.</exception>
    public static void Check(string what, params ReadOnlySpan<int> axes)
    {
        decimal length = 1;   // four axes never leave its range
        foreach (var axis in axes) length *= axis;
        if (length > int.MaxValue) throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
            $"{what} would have {length:N0} numbers ({string.Join(" x ", axes.ToArray())}), more than the {int.MaxValue:N0} that a tensor "
                + $"holds. Choose a smaller layer, or give it less: a pool or a stride below makes an image smaller."));
    }
}

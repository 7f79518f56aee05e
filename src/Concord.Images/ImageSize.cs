using System.Globalization;

namespace Concord.Images;

/// <summary>Height and width of an image.</summary>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Columns of pixels.</param>
public readonly record struct ImageSize(int Height, int Width)
{
    private const int Most = 1 << 14;

    /// <summary>How many pixels.</summary>
    internal int Pixels => Height * Width;

    /// <summary>Height x width, as in <c>28x28</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Height}x{Width}");

    /// <summary>Reads <c>32</c> or <c>32x48</c>, height first; null for what is neither.</summary>
    internal static ImageSize? Parse(string text)
    {
        var sides = text.Split('x').Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length is >= 1 and <= Most ? length : 0).ToArray();
        return sides switch
        {
            [> 0 and var side] => new(side, side),
            [> 0 and var height, > 0 and var width] => new(height, width),
            _ => null,
        };
    }
}

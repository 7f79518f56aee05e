using System.Globalization;

namespace Concord;

/// <summary>A number of things in words, one of them in the singular.</summary>
public static class Things
{
    /// <summary>The number and the word: 1 epoch, 2 epochs.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">The word for one.</param>
    /// <param name="many">That for several; by default with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? $"{one}s")}");
}

using System.Globalization;

namespace Concord.Data.Formats;

/// <summary>One spelling for each number, however many digits it has: <c>1</c> for 1.0, +1, 01 and 1e0.</summary>
internal static class CanonicalNumber
{
    private const int MostZeros = 20, MostExponentDigits = 6;

    /// <summary>The spelling of the number that a text stands for; null if it stands for none.</summary>
    public static string? Of(ReadOnlySpan<char> text)
    {
        var rest = text.Length > 0 && text[0] is '+' or '-' ? text[1..] : text;
        var whole = TakeDigits(ref rest);
        ReadOnlySpan<char> fraction = "";
        if (rest.StartsWith('.'))
        {
            rest = rest[1..];
            fraction = TakeDigits(ref rest);
        }
        if (whole.IsEmpty && fraction.IsEmpty) return null;
        var exponent = 0;
        if (rest.Length > 0 && (rest[0] is not ('e' or 'E') || !int.TryParse(rest[1..], NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out exponent) || rest.Length > MostExponentDigits)) return null;

        var digits = string.Concat(whole, fraction).TrimStart('0');
        if (digits.Length == 0) return "0";
        var plain = digits.TrimEnd('0');
        exponent += digits.Length - plain.Length - fraction.Length;
        return (text[0] == '-' ? "-" : "") + exponent switch
        {
            >= 0 and <= MostZeros => plain + new string('0', exponent),
            < 0 when -exponent < plain.Length => $"{plain[..^-exponent]}.{plain[^-exponent..]}",
            < 0 and >= -MostZeros => $"0.{plain.PadLeft(-exponent, '0')}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{plain}e{exponent}"),
        };
    }

    /// <summary>Whether a number in its own spelling is a whole one.</summary>
    public static bool IsWhole(string number) =>
        !number.Contains('.', StringComparison.Ordinal) && !number.Contains("e-", StringComparison.Ordinal);

    private static ReadOnlySpan<char> TakeDigits(scoped ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? text : text[..end];
        text = text[digits.Length..];
        return digits;
    }
}

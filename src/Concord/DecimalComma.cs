namespace Concord;

/// <summary>Questions lists in which a comma may have been meant as a decimal point: <c>0,01</c> is read as 0 and 01.</summary>
public static class DecimalComma
{
    /// <summary>
    /// The question about the first two values that look like one: a whole number, and then digits with a zero in front (<c>0,01</c>), or,
    /// where fractions make sense, a zero and digits right after its comma (<c>0,5</c>).
    /// </summary>
    /// <param name="values">The values between the commas, with the spaces that stand before them.</param>
    /// <param name="fractions">Whether the values may be other than whole numbers.</param>
    /// <returns>What to ask, and how to write either; null where there is nothing to ask.</returns>
    public static string? Question(IReadOnlyList<string> values, bool fractions)
    {
        for (var i = 1; i < values.Count; i++)
        {
            var (before, value) = (values[i - 1].Trim(), values[i].Trim());
            var padded = value.Length > 1 && value[0] == '0' && AreDigits(value) && IsWhole(before);
            var split = fractions && values[i] == value && AreDigits(value) && before is "0" or "-0";
            if (padded || split)
                return $"there is '{value}' after '{before},': is it {before}.{value}? Decimals are written with a point. "
                    + $"If two values are meant, write '{before}, {(padded ? value.TrimStart('0').PadLeft(1, '0') : value)}'.";
        }
        return null;
    }

    private static bool AreDigits(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static bool IsWhole(string text) => AreDigits(text.StartsWith('-') ? text[1..] : text);
}

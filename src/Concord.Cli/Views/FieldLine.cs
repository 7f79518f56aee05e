namespace Concord.Cli.Views;

/// <summary>A line of fields of which those that matter least are left out, whole, where it would be wider than a line may be.</summary>
internal static class FieldLine
{
    private const string Gap = "  ";

    /// <summary>The line.</summary>
    /// <param name="width">How many characters fit.</param>
    /// <param name="fields">In the order in which they stand; those of the highest rank go first, and those of rank 0 always stay.
    /// An empty one is left out.</param>
    public static string Of(int width, params IEnumerable<(int Rank, string Text)> fields)
    {
        var left = fields.Where(field => field.Text.Length > 0).ToList();
        while (left.Sum(field => field.Text.Length + Gap.Length) - Gap.Length > width
            && left.MaxBy(field => field.Rank) is { Rank: > 0 } last) left.Remove(last);
        return string.Join(Gap, left.Select(field => field.Text));
    }
}

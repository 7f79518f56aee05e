using System.Globalization;
using Concord.Options;

namespace Concord.Training;

/// <summary>Epochs after which something happens, rising: <c>50,75,90</c>.</summary>
public sealed class Milestones : IEquatable<Milestones>
{
    private static readonly OptionType<int> s_epoch = OptionType.Whole(1);

    private readonly int[] _epochs;

    private Milestones(int[] epochs) => _epochs = epochs;

    /// <summary>What values an option of milestones has.</summary>
    internal static OptionType<Milestones> Type { get; } = new(
        "whole numbers of at least 1 that rise, with commas between them, as 50,75,90",
        text => (TryParse(text, out var milestones), milestones), milestones => milestones.ToString());

    /// <summary>How many have been reached.</summary>
    /// <param name="progress">Epochs done, with the fraction of the present one.</param>
    public int CountBy(double progress)
    {
        var count = 0;
        while (count < _epochs.Length && progress >= _epochs[count]) count++;
        return count;
    }

    /// <inheritdoc/>
    public bool Equals(Milestones? other) => other is not null && _epochs.AsSpan().SequenceEqual(other._epochs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Milestones);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>With commas between them.</summary>
    public override string ToString() => string.Join(',', _epochs.Select(epoch => epoch.ToString(CultureInfo.InvariantCulture)));

    private static bool TryParse(string text, out Milestones milestones)
    {
        var texts = text.Split(',');
        int[] epochs = [.. texts.Select(part => s_epoch.TryParse(part, out var epoch) ? epoch : 0)];
        milestones = new(epochs);
        return epochs[0] > 0 && epochs.Zip(epochs.Skip(1)).All(pair => pair.First < pair.Second);
    }
}

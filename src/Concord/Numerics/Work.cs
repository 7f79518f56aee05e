namespace Concord.Numerics;

/// <summary>Words (elements) by what they are.</summary>
/// <param name="Weights">Of parameters: weights, biases, gains.</param>
/// <param name="Feedback">Of feedback: tensors in a weight's place, direct matrices, their indices and magnitudes.</param>
/// <param name="Activations">Of the pass upward: inputs, activities, moments, masks, targets.</param>
/// <param name="Errors">Of the walk down: output errors, losses, teaching signals.</param>
/// <param name="Gradients">Of gradients, sums over the batch in a parameter's shape, and what an optimizer makes of them.</param>
/// <param name="Other">Of tensors without a <see cref="Role"/>.</param>
public readonly record struct Words(long Weights = 0, long Feedback = 0, long Activations = 0, long Errors = 0,
    long Gradients = 0, long Other = 0)
{
    /// <summary>All of them.</summary>
    public long Total => Weights + Feedback + Activations + Errors + Gradients + Other;

    /// <summary>Both.</summary>
    public static Words operator +(Words a, Words b) =>
        new(a.Weights + b.Weights, a.Feedback + b.Feedback, a.Activations + b.Activations, a.Errors + b.Errors, a.Gradients + b.Gradients,
            a.Other + b.Other);

    /// <summary>What the first has beyond the second.</summary>
    public static Words operator -(Words a, Words b) =>
        new(a.Weights - b.Weights, a.Feedback - b.Feedback, a.Activations - b.Activations, a.Errors - b.Errors, a.Gradients - b.Gradients,
            a.Other - b.Other);

    /// <summary>So many words of one kind.</summary>
    internal static Words Of(Role role, long words) => role switch
    {
        Role.Weight => new(Weights: words),
        Role.Feedback => new(Feedback: words),
        Role.Activation => new(Activations: words),
        Role.Error => new(Errors: words),
        Role.Gradient => new(Gradients: words),
        _ => new(Other: words),
    };
}

/// <summary>
/// Work: multiply-accumulates of products, and words (elements) read and written by all operations, told apart by what they are.
/// </summary>
/// <param name="MultiplyAccumulates">Multiply-accumulates of products and gathers; elementwise work counts none.</param>
/// <param name="Read">Words read, each operand once per operation.</param>
/// <param name="Written">Words written.</param>
/// <param name="Accumulates">
/// Additions of spiking layers, where nothing is multiplied: a weight is added up for a spike, a gradient for another.
/// </param>
public readonly record struct Work(long MultiplyAccumulates, Words Read, Words Written, long Accumulates = 0)
{
    private const int BytesOfAWord = 4, BytesOfANarrowOne = 2;

    /// <summary>Words read and written.</summary>
    public Words Moved => Read + Written;

    /// <summary>Those of the words read that products and convolutions read in bf16.</summary>
    public Words Narrow { get; init; }

    /// <summary>Bytes read and written to make the copies that these stand in.</summary>
    public long CopyBytes { get; init; }

    /// <summary>Bytes read and written in single precision: four a word, two a word in bf16, and those that copies take.</summary>
    public long Bytes => BytesOfAWord * Moved.Total - (BytesOfAWord - BytesOfANarrowOne) * Narrow.Total + CopyBytes;

    /// <summary>Both pieces of work.</summary>
    public static Work operator +(Work a, Work b) =>
        new(a.MultiplyAccumulates + b.MultiplyAccumulates, a.Read + b.Read, a.Written + b.Written, a.Accumulates + b.Accumulates)
            { Narrow = a.Narrow + b.Narrow, CopyBytes = a.CopyBytes + b.CopyBytes };

    /// <summary>What the first takes beyond the second.</summary>
    public static Work operator -(Work a, Work b) =>
        new(a.MultiplyAccumulates - b.MultiplyAccumulates, a.Read - b.Read, a.Written - b.Written, a.Accumulates - b.Accumulates)
            { Narrow = a.Narrow - b.Narrow, CopyBytes = a.CopyBytes - b.CopyBytes };
}

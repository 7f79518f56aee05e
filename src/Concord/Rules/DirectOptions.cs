using Concord.Feedback;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>What a direct rule projects to its ports.</summary>
public enum DirectSource
{
    /// <summary>e.</summary>
    Error,

    /// <summary>sign(e), per sample and output.</summary>
    SignOfError,

    /// <summary>sign(e) where |e| exceeds a threshold, else 0.</summary>
    TernaryError,

    /// <summary>-t: the targets stand in for the error.</summary>
    Targets,
}

/// <summary>The kinds of projection to a port of images [H, W, C]. Ports of rows have but the first.</summary>
public enum ProjectionKind
{
    /// <summary>An element for each output and unit: K H W C.</summary>
    Exact,

    /// <summary>The same at every pixel: K C.</summary>
    ChannelWise,

    /// <summary>A random kernel over the outputs' errors, tiled over the image: k k K C.</summary>
    Kernel,

    /// <summary>An element for each output and channel at every D-th pixel, none elsewhere.</summary>
    Dilated,
}

/// <summary>The options of a direct rule.</summary>
/// <param name="Preset">The published convention: distribution, sharing, reduction, injection point.</param>
/// <param name="Source">What is projected.</param>
/// <param name="NonZeros">k non-zeros per neuron; 0 for a dense matrix.</param>
/// <param name="Rank">r of a projection in two factors; 0 for a matrix in one piece.</param>
/// <param name="Classes">How the non-zeros are spread over the classes.</param>
/// <param name="Shared">Whether ports share one matrix; null for what the preset does.</param>
/// <param name="Scale">Factor on the preset's spread.</param>
/// <param name="Threshold">Of <see cref="DirectSource.TernaryError"/>.</param>
/// <param name="AsReleased">Sum the error over the batch, hidden and output, as the released code of <c>nokland2016</c> does.</param>
/// <param name="Projection">How ports of images are reached.</param>
/// <param name="KernelSize">Of <see cref="ProjectionKind.Kernel"/>: odd.</param>
/// <param name="Dilation">D of <see cref="ProjectionKind.Dilated"/>.</param>
public sealed record DirectOptions(
    FeedbackPreset Preset, DirectSource Source = DirectSource.Error, int NonZeros = 0, int Rank = 0, ClassAssignment Classes = ClassAssignment.Balanced,
    bool? Shared = null, double Scale = 1, double Threshold = 0.05, bool AsReleased = false,
    ProjectionKind Projection = ProjectionKind.Exact, int KernelSize = 3, int Dilation = 2)
{
    private static readonly Dictionary<string, ProjectionKind> s_projections = new()
    {
        ["exact"] = ProjectionKind.Exact, ["channel-wise"] = ProjectionKind.ChannelWise, ["kernel"] = ProjectionKind.Kernel, ["dilated"] = ProjectionKind.Dilated,
    };

    /// <summary>Whether ports share one matrix.</summary>
    internal bool Shares => Shared ?? Preset.Shared;

    /// <summary>Whether a port's units hear the same at every pixel.</summary>
    internal bool Tiles(Port port) => Projection == ProjectionKind.ChannelWise && IsImage(port);

    /// <summary>Whether a port is reached through a kernel.</summary>
    internal bool TakesKernel(Port port) => Projection is ProjectionKind.Kernel or ProjectionKind.Dilated && IsImage(port);

    internal static bool IsImage(Port port) => port.Shape.Rank == 3;

    /// <summary>The kind as a user writes it.</summary>
    internal string ProjectionName => s_projections.First(entry => entry.Value == Projection).Key;

    internal static DirectOptions Read(RuleOptions options, DirectSource source, int nonZeros)
    {
        var projection = options.Choice("feedback.projection", "exact", s_projections);
        nonZeros = options.Whole("feedback.nonZerosPerNeuron", nonZeros);
        return new(
            options.Choice("feedback.preset", "nokland2016", FeedbackPreset.ByName),
            source,
            nonZeros,
            options.Whole("feedback.rank", 0),
            options.When(nonZeros > 0, "feedback.nonZerosPerNeuron").Choice("feedback.classes", "balanced", new Dictionary<string, ClassAssignment> { ["balanced"] = ClassAssignment.Balanced, ["uniform"] = ClassAssignment.Uniform }),
            options.Choice("feedback.shared", "preset", new Dictionary<string, bool?> { ["preset"] = null, ["true"] = true, ["false"] = false }),
            options.Number("feedback.scale", 1, least: 0),
            source == DirectSource.TernaryError ? options.Number("feedback.threshold", 0.05, least: 0) : 0,
            options.Flag("feedback.asReleased", false),
            projection,
            OddTaps(options.When(projection == ProjectionKind.Kernel, "feedback.projection=kernel").Whole("feedback.kernel", 3, least: 1)),
            options.When(projection == ProjectionKind.Dilated, "feedback.projection=dilated").Whole("feedback.dilation", 2, least: 1));
    }

    private static int OddTaps(int size) => size % 2 == 1
        ? size
        : throw new ConcordException($"The option feedback.kernel was given '{size}'; it takes an odd number of taps, so that the image keeps its size.");
}

using Concord.Feedback;
using Concord.Networks;
using Concord.Options;

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
    private static readonly OptionType<ProjectionKind> s_projections = OptionType.Choice(new Dictionary<string, ProjectionKind>
    {
        ["exact"] = ProjectionKind.Exact, ["channel-wise"] = ProjectionKind.ChannelWise, ["kernel"] = ProjectionKind.Kernel, ["dilated"] = ProjectionKind.Dilated,
    });

    private static readonly Option<FeedbackPreset> s_preset = new("feedback.preset", OptionType.Choice(FeedbackPreset.ByName), FeedbackPreset.ByName["nokland2016"],
        "Published convention: how the feedback is drawn and shared, how the error is reduced, and where the signal is injected.");

    private static readonly Option<ProjectionKind> s_projection = new("feedback.projection", s_projections, ProjectionKind.Exact, "How the output error is projected to ports of images.");

    private static readonly Option<int> s_nonZeros = new("feedback.nonZerosPerNeuron", OptionType.Whole(), 0, "Non-zero feedback elements per neuron; 0 for a dense matrix.");

    private static readonly Option<ClassAssignment> s_classes = new Option<ClassAssignment>("feedback.classes",
        OptionType.Choice(new Dictionary<string, ClassAssignment> { ["balanced"] = ClassAssignment.Balanced, ["uniform"] = ClassAssignment.Uniform }), ClassAssignment.Balanced,
        "How the non-zero elements are spread over the classes: equally often, or drawn independently.").When(values => values.Of(s_nonZeros) > 0, "feedback.nonZerosPerNeuron above 0");

    private static readonly Option<bool?> s_shared = new("feedback.shared", OptionType.Choice(new Dictionary<string, bool?> { ["preset"] = null, ["true"] = true, ["false"] = false }),
        otherwise: (bool?)null, "Whether all ports take the leading columns of one matrix; preset for what the preset does.");

    private static readonly Option<int> s_kernel = new Option<int>("feedback.kernel",
        OptionType.Whole(1).Where(size => size % 2 == 1, "a whole number of at least 1, an odd number of taps, so that the image keeps its size"), 3, "Side of the random kernel, in pixels.")
        .When(values => values.Of(s_projection) == ProjectionKind.Kernel, "feedback.projection=kernel");

    private static readonly Option<int> s_dilation = new Option<int>("feedback.dilation", OptionType.Whole(1), 2, "Distance between pixels that receive the error directly.")
        .When(values => values.Of(s_projection) == ProjectionKind.Dilated, "feedback.projection=dilated");

    /// <summary>Of direct rules.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = With(nonZeros: 0);

    /// <summary>Of <c>sparse-dfa</c>.</summary>
    internal static IReadOnlyList<Option> DeclaredSparse { get; } = With(nonZeros: 1);

    /// <summary>Of <c>ternary-dfa</c>.</summary>
    internal static IReadOnlyList<Option> DeclaredTernary { get; } = [.. With(nonZeros: 0), FeedbackOptions.Threshold.Defaulting(0.05)];

    internal DirectOptions(DirectSource source, OptionValues values) : this(
        values.Of(s_preset), source, values.Of(s_nonZeros), values.Of(FeedbackOptions.Rank), values.Of(s_classes), values.Of(s_shared), values.Of(FeedbackOptions.Scale),
        source == DirectSource.TernaryError ? values.Of(FeedbackOptions.Threshold) : 0, values.Of(FeedbackOptions.AsReleased), values.Of(s_projection), values.Of(s_kernel), values.Of(s_dilation))
    {
    }

    private static IReadOnlyList<Option> With(int nonZeros) =>
        [s_preset, s_projection, s_nonZeros.Defaulting(nonZeros), FeedbackOptions.Rank, s_classes, s_shared, FeedbackOptions.Scale, FeedbackOptions.AsReleased, s_kernel, s_dilation];

    /// <summary>Whether ports share one matrix.</summary>
    internal bool Shares => Shared ?? Preset.Shared;

    /// <summary>Whether a port's units hear the same at every pixel.</summary>
    internal bool Tiles(Port port) => Projection == ProjectionKind.ChannelWise && IsImage(port);

    /// <summary>Whether a port is reached through a kernel.</summary>
    internal bool TakesKernel(Port port) => Projection is ProjectionKind.Kernel or ProjectionKind.Dilated && IsImage(port);

    internal static bool IsImage(Port port) => port.Shape.Rank == 3;

    /// <summary>The kind as a user writes it.</summary>
    internal string ProjectionName => s_projections.Write(Projection);
}

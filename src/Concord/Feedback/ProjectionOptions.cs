using Concord.Numerics;
using Concord.Options;

namespace Concord.Feedback;

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

/// <summary>How projections are drawn.</summary>
/// <param name="Distribution">What their elements are drawn from.</param>
/// <param name="Kind">How ports of images are reached.</param>
/// <param name="NonZeros">k non-zeros per neuron; 0 for a dense matrix.</param>
/// <param name="Rank">r of a projection in two factors; 0 for a matrix in one piece.</param>
/// <param name="Classes">How the non-zeros are spread over the classes.</param>
/// <param name="Shared">Whether ports share one matrix; null for what the distribution does.</param>
/// <param name="Scale">Factor on the distribution's spread.</param>
/// <param name="KernelSize">Of <see cref="ProjectionKind.Kernel"/>: odd.</param>
/// <param name="Dilation">D of <see cref="ProjectionKind.Dilated"/>.</param>
public sealed record ProjectionOptions(
    FeedbackDistribution Distribution, ProjectionKind Kind = ProjectionKind.Exact, int NonZeros = 0, int Rank = 0,
    ClassAssignment Classes = ClassAssignment.Balanced, bool? Shared = null, double Scale = 1, int KernelSize = 3, int Dilation = 2)
{
    private static readonly OptionType<ProjectionKind> s_kinds = OptionType.Choice(new Dictionary<string, ProjectionKind>
    {
        ["exact"] = ProjectionKind.Exact, ["channel-wise"] = ProjectionKind.ChannelWise, ["kernel"] = ProjectionKind.Kernel,
        ["dilated"] = ProjectionKind.Dilated,
    });

    private static readonly Option<ProjectionKind> s_kind =
        new("feedback.projection", s_kinds, ProjectionKind.Exact, "How the output error is projected to ports of images.");

    private static readonly Option<int> s_nonZeros = new("feedback.nonZerosPerNeuron", OptionType.Whole(), 0,
        "Non-zero feedback elements per neuron; 0 for a dense matrix.");

    private static readonly Option<ClassAssignment> s_classes = new Option<ClassAssignment>("feedback.classes",
        OptionType.Choice(new Dictionary<string, ClassAssignment>
        {
            ["balanced"] = ClassAssignment.Balanced, ["uniform"] = ClassAssignment.Uniform,
        }),
        ClassAssignment.Balanced, "How the non-zero elements are spread over the classes: equally often, or drawn independently.")
        .When(values => values.Of(s_nonZeros) > 0, "feedback.nonZerosPerNeuron above 0");

    private static readonly Option<bool?> s_shared = new("feedback.shared",
        OptionType.Choice(new Dictionary<string, bool?> { ["preset"] = null, ["true"] = true, ["false"] = false }),
        otherwise: (bool?)null, "Whether all ports take the leading columns of one matrix; preset for what the preset does.");

    private static readonly Option<int> s_kernel = new Option<int>("feedback.kernel",
        OptionType.Whole(1).Where(size => size % 2 == 1,
            "a whole number of at least 1, an odd number of taps, so that the image keeps its size"), 3,
            "Side of the random kernel, in pixels.")
        .When(values => values.Of(s_kind) == ProjectionKind.Kernel, "feedback.projection=kernel");

    private static readonly Option<int> s_dilation = new Option<int>("feedback.dilation", OptionType.Whole(1), 2,
        "Distance between pixels that receive the error directly.")
        .When(values => values.Of(s_kind) == ProjectionKind.Dilated, "feedback.projection=dilated");

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declare(int nonZeros) =>
        [s_kind, s_nonZeros.Defaulting(nonZeros), FeedbackOptions.Rank, s_classes, s_shared, FeedbackOptions.Scale, s_kernel, s_dilation];

    /// <summary>The options of a projection that ends at one place and so has nothing to share.</summary>
    /// <param name="scale">The usual factor on the distribution's spread.</param>
    internal static IReadOnlyList<Option> DeclareSingle(double scale) =>
        [s_kind, s_nonZeros, FeedbackOptions.Rank, s_classes, FeedbackOptions.Scale.Defaulting(scale), s_kernel, s_dilation];

    internal ProjectionOptions(FeedbackDistribution distribution, OptionValues values, bool isSingle = false) : this(
        distribution, values.Of(s_kind), values.Of(s_nonZeros), values.Of(FeedbackOptions.Rank), values.Of(s_classes),
        isSingle ? false : values.Of(s_shared), values.Of(FeedbackOptions.Scale), values.Of(s_kernel), values.Of(s_dilation))
    {
    }

    private bool Shares => Shared ?? Distribution.Shared;

    /// <summary>Draws a projection to each of some ports.</summary>
    /// <param name="ports">Their names and shapes, lowest first.</param>
    /// <param name="sources">K, the network's outputs.</param>
    /// <param name="state">Engine and streams; where the numbers are registered.</param>
    /// <exception cref="ConcordException">Options exclude each other, or ask for more than fits in memory.</exception>
    public IReadOnlyList<Projection> Draw(IReadOnlyList<(string Name, Shape Shape)> ports, int sources, FeedbackState state)
    {
        var largest = ports.Select(port => port.Shape.Length).DefaultIfEmpty().Max();
        List<ProjectionSite> sites = [.. ports.Select(port =>
            new ProjectionSite(port.Name, port.Shape, sources, largest, NonZeros == 0 ? sources : NonZeros,
            IsTiled: Kind == ProjectionKind.ChannelWise && port.Shape.Rank == 3, Distribution, Scale))];
        Refuse(sites);
        var shared = Rank == 0 && NonZeros == 0 && Shares && sites.Count > 0 ? DenseProjection.Shared(sites).ToList() : null;
        return ProjectionDrawing.DrawAll([.. sites.Select((site, i) =>
        {
            if (TakesKernel(site))
                return Kind == ProjectionKind.Kernel ? KernelProjection.At(site, KernelSize) : DilatedProjection.At(site, Dilation);
            var matrix = Rank > 0 ? LowRankProjection.At(site, Rank, NonZeros, Classes)
                : NonZeros > 0 ? SparseProjection.At(site, Classes) : shared?[i] ?? DenseProjection.At(site);
            return site.IsTiled ? ChannelWiseProjection.Of(matrix) : matrix;
        })], state);
    }

    private bool TakesKernel(ProjectionSite site) => Kind is ProjectionKind.Kernel or ProjectionKind.Dilated && site.Shape.Rank == 3;

    private void Refuse(IReadOnlyList<ProjectionSite> sites)
    {
        if (sites.Any(TakesKernel) && (NonZeros > 0 || Rank > 0 || Shares))
            throw new ConcordException($"A {s_kinds.Write(Kind)} projection is drawn for each port, whole: it can be neither sparse nor "
                + "of low rank nor a slice of a shared matrix. Give 'feedback.nonZerosPerNeuron=0', 'feedback.rank=0' or "
                + "'feedback.shared=false', or use feedback.projection=channel-wise, which can be all of these.");
        if (Rank > 0 && Shares)
            throw new ConcordException("A low-rank projection cannot be a slice of a shared matrix; "
                + "give 'feedback.shared=false', or drop 'feedback.rank'.");
        if (NonZeros > 0 && Shared == true)
            throw new ConcordException("A sparse projection cannot be a slice of a shared matrix; "
                + "drop 'feedback.shared' or 'feedback.nonZerosPerNeuron'.");
    }
}

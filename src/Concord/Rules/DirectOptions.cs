using Concord.Feedback;

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
    ProjectionKind Projection = ProjectionKind.Exact, int KernelSize = 3, int Dilation = 2);

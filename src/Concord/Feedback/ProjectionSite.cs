using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>Where a projection ends, and what it is drawn from there.</summary>
/// <param name="Name">The name of its stream, and of its numbers in checkpoints.</param>
/// <param name="Shape">One sample's shape there.</param>
/// <param name="Sources">K, the network's outputs.</param>
/// <param name="LargestUnits">d, the units of the largest site of the same rule.</param>
/// <param name="NonZeros">k non-zeros per neuron; K for a dense matrix.</param>
/// <param name="IsTiled">Whether all pixels of an image get the same, so that only its channels have elements of their own.</param>
/// <param name="Distribution">The distribution.</param>
/// <param name="Scale">Factor on its spread.</param>
public sealed record ProjectionSite(
    string Name, Shape Shape, int Sources, int LargestUnits, int NonZeros, bool IsTiled, FeedbackDistribution Distribution, double Scale)
{
    /// <summary>n, its units.</summary>
    public int Units => Shape.Length;

    /// <summary>C of images; n of anything else.</summary>
    public int Channels => Shape.Rank == 3 ? Shape[2] : Shape.Length;

    /// <summary>Those that have elements of their own.</summary>
    internal int Drawn => IsTiled ? Channels : Units;

    /// <summary>The distribution's spread here, without the scale.</summary>
    internal double Spread => Distribution.Spread(this);

    /// <summary>Draws numbers for this site.</summary>
    /// <param name="state">Streams and engine.</param>
    /// <param name="axes">The axes of the numbers.</param>
    /// <param name="name">Of the stream.</param>
    /// <param name="scale">Factor on the spread.</param>
    internal Tensor Fill(FeedbackState state, int[] axes, string name, double scale)
    {
        var numbers = state.Kernels.Allocate(new(axes), Role.Feedback);
        Distribution.Fill(state.Kernels, state.Stream(name), scale * Spread, numbers);
        return numbers;
    }

    /// <summary>The distribution, for people.</summary>
    internal string Describe(double scale) => Distribution.Describe(scale * Spread);
}

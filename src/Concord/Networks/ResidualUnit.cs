using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The basic block (He, Zhang, Ren, Sun 2015): two convolutions 3x3, the first with the stride,
/// norms after both and the activation between.
/// </summary>
internal static class ResidualUnit
{
    /// <summary>Makes one.</summary>
    /// <param name="stride">Of the first convolution and of the shortcut's.</param>
    /// <param name="projects">Whether the shortcut is a convolution 1x1 with a norm, for images that change their shape;
    /// else the identity.</param>
    /// <param name="convolution">Makes a convolution of a window.</param>
    /// <param name="norm">Makes what comes after one, if anything.</param>
    /// <param name="activation">Makes the activation.</param>
    public static Residual Of(int stride, bool projects, Func<Window, Convolution> convolution, Func<IEnumerable<Layer>> norm,
        Func<Layer> activation) => new(
    [
        convolution(Window.Square(3, stride, padding: 1)), .. norm(), activation(),
        convolution(Window.Square(3, padding: 1)), .. norm(),
    ])
    {
        Shortcut = projects ? [convolution(Window.Square(1, stride)), .. norm()] : [],
    };
}

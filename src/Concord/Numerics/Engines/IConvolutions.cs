namespace Concord.Numerics.Engines;

/// <summary>Convolutions of images whose channels come last, for those windows and shapes for which there is a fast way.</summary>
internal unsafe interface IConvolutions : IDisposable
{
    /// <summary>y = bias + w * x, where there is a fast way.</summary>
    bool TryForward(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y);

    /// <summary>x = w' d, where there is a fast way.</summary>
    bool TryTransposed(Window window, int groups, Tensor d, Tensor w, Tensor x);

    /// <summary>w = d x', where there is a fast way.</summary>
    bool TryWeightGradient(Window window, int groups, Tensor x, Tensor d, Shape kernel, float* w);
}

namespace Concord.Numerics;

/// <summary>
/// What <see cref="Kernels.MaxPoolSignal"/> would make, put off until it is read. A convolution's gradients are made of it as it is, one
/// number for each window, so that images that are mostly zeros are neither written nor read.
/// </summary>
/// <param name="Kernels">The engine.</param>
/// <param name="Number">Another one for each that is put off.</param>
/// <param name="Window">The pool's window.</param>
/// <param name="F">The function behind the pool.</param>
/// <param name="Y">Its output; null where there is none.</param>
/// <param name="Places">Where the maxima stood.</param>
/// <param name="Signal">The signal at the output.</param>
/// <param name="Result">What would be made.</param>
internal readonly record struct PooledSignal(Kernels Kernels, long Number, Window Window, Activation F, Tensor? Y, Tensor Places,
    Tensor Signal, Tensor Result)
{
    /// <summary>Whether it is what a tensor of an engine holds: the same place, and not a part of it.</summary>
    public bool IsOf(Kernels kernels, Tensor tensor) =>
        Kernels == kernels && Result.Length == tensor.Length && Result.BeginsWhere(tensor);

    /// <summary>Makes the whole of it.</summary>
    public void Make() => Kernels.Make(this);
}

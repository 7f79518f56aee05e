using Concord.Numerics;

namespace Concord.Training;

/// <summary>A copy of all that a network's evaluation depends on: its parameters, and the buffers of its layers.</summary>
internal sealed class SavedWeights
{
    private readonly (Tensor Live, Tensor Kept)[] _pairs;

    /// <summary>Copies them as they are.</summary>
    public SavedWeights(Learner learner)
    {
        _pairs = [.. learner.Network.Parameters.Select(parameter => parameter.Value).Concat(
            learner.Network.Buffers.Select(buffer => buffer.Tensor)).Select(live => (live, new Tensor(live.Shape, live.ElementType)))];
        Keep();
    }

    /// <summary>Copies them again.</summary>
    public void Keep()
    {
        foreach (var (live, kept) in _pairs) live.AsBytes().CopyTo(kept.AsBytes());
    }

    /// <summary>Puts them back.</summary>
    public void PutBack()
    {
        foreach (var (live, kept) in _pairs) kept.AsBytes().CopyTo(live.AsBytes());
    }
}

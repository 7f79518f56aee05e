using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines.Products;

/// <summary>One row of a tile: up to three registers side by side, as running sums or as what is added to them.</summary>
/// <typeparam name="TSimd">The instructions.</typeparam>
/// <typeparam name="TVector">Their register.</typeparam>
internal unsafe struct TileRow<TSimd, TVector> where TSimd : struct, ISimd<TVector> where TVector : unmanaged
{
    private TVector _first, _second, _third;

    /// <summary>Reads neighbouring numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TileRow<TSimd, TVector> Read<TVectors>(float* from) where TVectors : struct, ICount
    {
        TileRow<TSimd, TVector> row = default;
        row._first = TSimd.Load(from);
        if (TVectors.Value > 1) row._second = TSimd.Load(from + TSimd.Lanes);
        if (TVectors.Value > 2) row._third = TSimd.Load(from + 2 * TSimd.Lanes);
        return row;
    }

    /// <summary>Adds a multiple of another row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TVectors>(float factor, TileRow<TSimd, TVector> row) where TVectors : struct, ICount
    {
        var all = TSimd.Broadcast(factor);
        _first = TSimd.MultiplyAdd(all, row._first, _first);
        if (TVectors.Value > 1) _second = TSimd.MultiplyAdd(all, row._second, _second);
        if (TVectors.Value > 2) _third = TSimd.MultiplyAdd(all, row._third, _third);
    }

    /// <summary>Writes the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TVectors>(float* to) where TVectors : struct, ICount
    {
        TSimd.Store(_first, to);
        if (TVectors.Value > 1) TSimd.Store(_second, to + TSimd.Lanes);
        if (TVectors.Value > 2) TSimd.Store(_third, to + 2 * TSimd.Lanes);
    }

    /// <summary>y = beta y + alpha times the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Finish<TVectors>(float alpha, float beta, float* y) where TVectors : struct, ICount
    {
        Tile<TSimd, TVector>.Finish(_first, alpha, beta, y);
        if (TVectors.Value > 1) Tile<TSimd, TVector>.Finish(_second, alpha, beta, y + TSimd.Lanes);
        if (TVectors.Value > 2) Tile<TSimd, TVector>.Finish(_third, alpha, beta, y + 2 * TSimd.Lanes);
    }
}

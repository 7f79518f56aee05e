namespace Concord.Numerics.Engines.Products;

/// <summary>One thread's working memory in a <see cref="PanelProduct"/>, and the block sizes that it follows from.</summary>
internal readonly unsafe struct Scratch(float* start)
{
    /// <summary>Rows of a strip of a: a tile's rows.</summary>
    public const int Rows = 8;

    /// <summary>Steps along the inner length in one block: a strip of a is then 8 KB, a part of the first-level cache.</summary>
    public const int MaxDepth = 256;

    /// <summary>Numbers in a packed block of b: half a megabyte of second-level cache.</summary>
    public const int BlockLength = 128 * 1024;

    /// <summary>The widest tile.</summary>
    public const int MaxColumns = 48;

    /// <summary>Up to how many rows b is read where it stands: packing would cost more than it saves.</summary>
    public const int DirectRows = 64;

    /// <summary>Numbers for one thread.</summary>
    public const int Length = Rows * MaxDepth + BlockLength + Rows * MaxColumns;

    /// <summary>A strip of a.</summary>
    public float* A => start;

    /// <summary>A block of b.</summary>
    public float* B => start + Rows * MaxDepth;

    /// <summary>A tile on its way to y.</summary>
    public float* Tile => start + Rows * MaxDepth + BlockLength;

    /// <summary>In how many blocks an inner length is cut: by that alone, so that the order of every sum is always the same.</summary>
    public static int Blocks(int k) => (k + MaxDepth - 1) / MaxDepth;

    /// <summary>Where a block begins.</summary>
    public static int Edge(int k, int block, int blocks) => (int)((long)k * block / blocks);
}

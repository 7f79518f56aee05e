namespace Concord.Numerics;

/// <summary>
/// The part of an image that is loaded, and how (<c>LoadWindows</c> of <see cref="Kernels"/>): pixel (i, j) of the result is pixel
/// (Top + i, Left + j) of the image, counted from the right edge of the window where it is flipped.
/// </summary>
/// <param name="Top">The window's first row in the image; outside of it lie zeros.</param>
/// <param name="Left">The window's first column.</param>
/// <param name="Flip">Whether left and right change places.</param>
/// <param name="Hole">The rectangle of the result that is blotted out.</param>
public readonly record struct SampleWindow(int Top, int Left, bool Flip, SampleHole Hole);

/// <summary>A rectangle of an image, within its edges.</summary>
/// <param name="Top">Its first row.</param>
/// <param name="Left">Its first column.</param>
/// <param name="Bottom">The row after its last; not below <paramref name="Top"/>.</param>
/// <param name="Right">The column after its last; not below <paramref name="Left"/>.</param>
public readonly record struct SampleHole(int Top, int Left, int Bottom, int Right);

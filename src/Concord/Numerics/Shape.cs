using System.Globalization;

namespace Concord.Numerics;

/// <summary>
/// The lengths of a tensor's one to four axes, outermost first (row-major). The first axis of an activity is the
/// sample. One sample's shape also says how many time steps it has: in a batch they are folded into the rows, all samples of step 0
/// first, then all of step 1, so that a layer without state sees rows and nothing else.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int _first, _second, _third, _fourth, _laterSteps;

    /// <summary>A shape of one to four axes.</summary>
    /// <param name="axes">Lengths, outermost first; zero is allowed (an empty tensor).</param>
    /// <exception cref="ArgumentException">No axis, more than four, or a negative length.</exception>
    /// <exception cref="ConcordException">Over 2^31 - 1 elements.</exception>
    public Shape(params ReadOnlySpan<int> axes)
    {
        if (axes.Length is 0 or > 4)
            throw new ArgumentException($"A shape has one to four axes, not {axes.Length}.");
        decimal length = 1;   // four axes never leave its range
        foreach (var axis in axes)
        {
            if (axis < 0) throw new ArgumentException($"An axis of a shape cannot be negative, but {axis} was given.");
            length *= axis;
        }
        if (length > int.MaxValue)
            throw new ConcordException($"A tensor of {length.ToString("N0", CultureInfo.InvariantCulture)} elements is too large; "
                + "at most 2,147,483,647 fit. Choose a smaller model or batch.");
        Rank = axes.Length;
        _first = axes[0];
        _second = axes.Length > 1 ? axes[1] : 1;
        _third = axes.Length > 2 ? axes[2] : 1;
        _fourth = axes.Length > 3 ? axes[3] : 1;
    }

    private Shape(int first, int second, int third) => (Rank, _first, _second, _third, _fourth) = (3, first, second, third, 1);

    private Shape(Shape step, int steps)
    {
        this = step;
        _laterSteps = steps - 1;
    }

    /// <summary>
    /// The extents m x n x k of a matrix product: no tensor's shape, and their product may be larger than a tensor's length.
    /// </summary>
    internal static Shape OfProduct(int m, int n, int k) => new(m, n, k);

    /// <summary>The number of axes.</summary>
    public int Rank { get; }

    /// <summary>How many time steps one sample has, each of these axes; 1 unless said.</summary>
    public int Steps => _laterSteps + 1;

    /// <summary>The numbers of a sample over all of its steps.</summary>
    public long Elements => (long)Length * Steps;

    /// <summary>The number of elements of a step: the product of the axes.</summary>
    public int Length => Rank == 0 ? 0 : _first * _second * _third * _fourth;

    /// <summary>The first axis: samples of an activity, inputs of a dense weight.</summary>
    public int Rows => _first;

    /// <summary>Elements in one row: the product of all axes but the first.</summary>
    public int RowLength => Rank == 0 ? 0 : _second * _third * _fourth;

    /// <summary>The length of an axis.</summary>
    public int this[int axis] => axis switch
    {
        0 when Rank > 0 => _first,
        1 when Rank > 1 => _second,
        2 when Rank > 2 => _third,
        3 when Rank > 3 => _fourth,
        _ => throw new ArgumentOutOfRangeException(nameof(axis), $"Axis {axis} of the shape {this} does not exist."),
    };

    /// <summary>The same shape with another number of rows.</summary>
    public Shape WithRows(int rows) => Rank switch
    {
        1 => new(rows),
        2 => new(rows, _second),
        3 => new(rows, _second, _third),
        _ => new(rows, _second, _third, _fourth),
    };

    /// <summary>The same axes at each of so many time steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is less than one.</exception>
    public Shape WithSteps(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return new(this, steps);
    }

    /// <summary>
    /// This shape as one sample of a batch: <c>[n]</c> becomes <c>[samples, n]</c>, and with T steps <c>[T samples, n]</c>.
    /// </summary>
    public Shape Batch(int samples) => Rank switch
    {
        1 => new(RowsOf(samples), _first),
        2 => new(RowsOf(samples), _first, _second),
        3 => new(RowsOf(samples), _first, _second, _third),
        _ => throw new InvalidOperationException($"The shape {this} already has four axes."),
    };

    private int RowsOf(int samples) => (long)samples * Steps is <= int.MaxValue and var rows ? (int)rows
        : throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"{samples:N0} samples of {Steps:N0} steps are more rows ")
            + "than a tensor has; at most 2,147,483,647. Choose a smaller batch or fewer steps.");

    /// <inheritdoc/>
    public bool Equals(Shape other) =>
        Rank == other.Rank && _first == other._first && _second == other._second && _third == other._third && _fourth == other._fourth
        && _laterSteps == other._laterSteps;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, _first, _second, _third, _fourth, _laterSteps);

    /// <summary>Whether two shapes have the same axes and steps.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ in an axis or in their steps.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The axes joined by <c>x</c>, as in <c>128x784</c>; with time, <c>28 steps of 100</c>.</summary>
    public override string ToString() => Steps == 1 ? Axes : string.Create(CultureInfo.InvariantCulture, $"{Steps} steps of {Axes}");

    private string Axes => Rank switch
    {
        0 => "none",
        1 => $"{_first}",
        2 => $"{_first}x{_second}",
        3 => $"{_first}x{_second}x{_third}",
        _ => $"{_first}x{_second}x{_third}x{_fourth}",
    };
}

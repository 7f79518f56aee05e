using System.Runtime.CompilerServices;
using Concord.Numerics.Engines;

namespace Concord.Numerics;

/// <summary>
/// A dense, row-major block of numbers in pinned managed memory, 64-byte aligned, so that native code can read it and
/// no user has to dispose it. Only engines look at the elements in bulk: layers and rules pass tensors to
/// <see cref="Kernels"/>, which is why the very same layer trains in float and is checked in double.
/// </summary>
public sealed unsafe class Tensor
{
    private const int Alignment = 64;

    /// <summary>The most that the elements of one tensor may take, in bytes.</summary>
    internal static readonly long MostBytes = Array.MaxLength - Alignment;

    private readonly Storage _storage;   // keeps the pinned block alive
    private readonly byte* _address;
    private Tensor? _lastRows, _lastMatrix;
    private Dictionary<(int First, int Count), Tensor>? _runs;

    /// <summary>A tensor of zeros.</summary>
    /// <param name="shape">Its axes.</param>
    /// <param name="elementType">What it holds.</param>
    /// <param name="role">What its words are counted as.</param>
    /// <exception cref="ConcordException">It would take more memory than one tensor can have.</exception>
    public Tensor(Shape shape, ElementType elementType = ElementType.Single, Role role = Role.None)
    {
        Shape = shape;
        Role = role;
        ElementType = elementType;
        var bytes = (long)shape.Length * elementType.Size() + Alignment;
        if (bytes > Array.MaxLength)
            throw new ConcordException($"A tensor of shape {shape} needs {bytes} bytes; at most {Array.MaxLength} are possible. "
                + "Choose a smaller model or batch.");
        _storage = new(GC.AllocateArray<byte>((int)bytes, pinned: true));
        var start = (nint)Unsafe.AsPointer(ref _storage.Memory[0]);
        _address = (byte*)((start + Alignment - 1) & ~(nint)(Alignment - 1));
    }

    private Tensor(Shape shape, Role role)
    {
        Shape = shape;
        Role = role;
        ElementType = ElementType.Single;
        _storage = new([]);
    }

    private Tensor(Tensor whole, Shape shape, Role role, int first = 0)
    {
        Shape = shape;
        Role = role;
        ElementType = whole.ElementType;
        _storage = whole._storage;
        _address = whole._address is null ? null : whole._address + (long)first * ElementType.Size();
    }

    /// <summary>A tensor that is nothing but its shape: for planning what would be done. Its elements cannot be read or written.</summary>
    internal static Tensor WithoutMemory(Shape shape, Role role) => new(shape, role);

    /// <summary>The axes.</summary>
    public Shape Shape { get; }

    /// <summary>What its words are counted as.</summary>
    public Role Role { get; }

    /// <summary>What the elements are.</summary>
    public ElementType ElementType { get; }

    /// <summary>The number of elements.</summary>
    public int Length => Shape.Length;

    /// <summary>The memory the elements take, in bytes.</summary>
    public long Bytes => (long)Length * ElementType.Size();

    /// <summary>The elements of a tensor of singles.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds doubles.</exception>
    public Span<float> Singles => Elements<float>();

    /// <summary>The elements of a tensor of doubles.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds singles.</exception>
    public Span<double> Doubles => Elements<double>();

    /// <summary>The element at a flat (row-major) index, whatever the element type: for inspection, not for loops in a step.</summary>
    public double this[int index]
    {
        get => ElementType == ElementType.Single ? Singles[index] : Doubles[index];
        set
        {
            if (ElementType == ElementType.Single) Singles[index] = (float)value;
            else Doubles[index] = value;
        }
    }

    /// <summary>The first rows as a view of the same memory. The last view asked for is kept, so asking again allocates nothing.</summary>
    /// <param name="count">How many rows, at most <see cref="Shape.Rows"/>.</param>
    public Tensor Rows(int count)
    {
        if (count == Shape.Rows) return this;
        if ((uint)count > (uint)Shape.Rows)
            throw new ArgumentOutOfRangeException(nameof(count), $"A tensor of shape {Shape} has no {count} rows.");
        if (_lastRows is null || _lastRows.Shape.Rows != count) _lastRows = new Tensor(this, Shape.WithRows(count), Role);
        return _lastRows;
    }

    /// <summary>
    /// Rows that follow each other, as a view of the same memory: a time step of a batch, or several. Views are kept, so asking again
    /// allocates nothing.
    /// </summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public Tensor Rows(int first, int count)
    {
        if (first < 0 || count < 0 || first > Shape.Rows - count)
            throw new ArgumentOutOfRangeException(nameof(count), $"A tensor of shape {Shape} has no {count} rows from row {first}.");
        _runs ??= [];
        if (!_runs.TryGetValue((first, count), out var run))
            _runs[(first, count)] = run = new(this, Shape.WithRows(count), Role, first * Shape.RowLength);
        return run;
    }

    /// <summary>
    /// The same memory as a matrix of so many columns: an image batch [N, H, W, C] as one row per pixel. The last view asked for is
    /// kept, so asking again allocates nothing.
    /// </summary>
    /// <param name="columns">The columns; they divide the number of elements.</param>
    public Tensor Matrix(int columns)
    {
        if (Shape.Rank == 2 && Shape.RowLength == columns) return this;
        if (columns <= 0 || Length % columns != 0)
            throw new ArgumentException($"A tensor of shape {Shape} ({Length} elements) has no rows of {columns}.");
        if (_lastMatrix is null || _lastMatrix.Shape.RowLength != columns)
            _lastMatrix = new Tensor(this, new(Length / columns, columns), Role);
        return _lastMatrix;
    }

    /// <summary>The same memory under other axes.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public Tensor Reshape(Shape shape) => shape.Length == Length
        ? new Tensor(this, shape, Role)
        : throw new ArgumentException(
            $"A tensor of shape {Shape} ({Length} elements) cannot be read as {shape} ({shape.Length} elements).");

    /// <summary>The first elements under other axes, counted as what they are to the caller.</summary>
    internal Tensor View(Shape shape, Role role) => shape.Length <= Length
        ? new Tensor(this, shape, role)
        : throw new ArgumentException($"A tensor of shape {Shape} ({Length} elements) has no {shape.Length} elements for {shape}.");

    /// <summary>A copy of the elements as doubles.</summary>
    public double[] ToArray()
    {
        var values = new double[Length];
        for (var i = 0; i < values.Length; i++) values[i] = this[i];
        return values;
    }

    /// <summary>Overwrites every element, in row-major order.</summary>
    /// <exception cref="ArgumentException">The number of values differs.</exception>
    public void CopyFrom(ReadOnlySpan<double> values)
    {
        if (values.Length != Length)
            throw new ArgumentException($"A tensor of shape {Shape} takes {Length} values, but {values.Length} were given.");
        for (var i = 0; i < values.Length; i++) this[i] = values[i];
    }

    /// <summary>The raw bytes of the elements, little-endian: what a checkpoint stores.</summary>
    public Span<byte> AsBytes() => new(Address, checked((int)Bytes));

    internal Span<T> Elements<T>() where T : unmanaged
    {
        if (typeof(T) != (ElementType == ElementType.Single ? typeof(float) : typeof(double)))
            throw new InvalidOperationException($"The tensor holds {ElementType} elements and cannot be read as {typeof(T).Name}.");
        return new Span<T>(Address, Length);
    }

    /// <summary>The address of the first element. Valid as long as this tensor is reachable.</summary>
    internal T* Pointer<T>() where T : unmanaged => (T*)Address;

    /// <summary>The same for a caller that writes nothing: what was made of the elements stays valid (<see cref="Accesses"/>).</summary>
    internal T* ReadPointer<T>() where T : unmanaged => (T*)Present;

    /// <summary>
    /// Grows with each access to the memory by which it may be written, this tensor's own or a view's. Accesses that only read are
    /// counted with them where nobody told them apart, so what was made of the elements may be made again for nothing, but is never old.
    /// </summary>
    internal long Accesses => _storage.Accesses;

    /// <summary>What it and its views have in common, whatever their shapes.</summary>
    internal object Memory => _storage;

    /// <summary>Bytes of the copies in bf16 of it and of the views that it keeps.</summary>
    internal long CopyBytes => (Bfloat16 is null ? 0 : Bfloat16Copy.BytesOf(this)) + (Panels?.Bytes ?? 0) + (TransposedPanels?.Bytes ?? 0)
        + (_lastRows?.CopyBytes ?? 0) + (_lastMatrix?.CopyBytes ?? 0) + (_runs?.Values.Sum(run => run.CopyBytes) ?? 0);

    /// <summary>The elements in bf16, where a product asked for them (<see cref="Bfloat16Copy"/>).</summary>
    internal Bfloat16Copy? Bfloat16 { get; set; }

    /// <summary>The same, packed, as it stands and transposed.</summary>
    internal Bfloat16PanelCopy? Panels { get; set; }

    /// <inheritdoc cref="Panels"/>
    internal Bfloat16PanelCopy? TransposedPanels { get; set; }

    private byte* Address
    {
        get
        {
            _storage.Accesses++;
            return Present;
        }
    }

    /// <summary>What the elements are yet to be made of; who reads them makes them.</summary>
    internal Concordance? Unmade
    {
        get => _storage.Unmade;
        set
        {
            _storage.Accesses++;
            _storage.Unmade = value;
        }
    }

    /// <inheritdoc cref="Unmade"/>
    internal PooledSignal? Pooled
    {
        get => _storage.Pooled;
        set
        {
            _storage.Accesses++;
            _storage.Pooled = value;
        }
    }

    /// <summary>Whether two tensors begin at the same place in memory.</summary>
    internal bool BeginsWhere(Tensor other) => _address == other._address;

    private byte* Present
    {
        get
        {
            if (_storage.Unmade is { } unmade)
            {
                _storage.Unmade = null;
                unmade.Make();
            }
            if (_storage.Pooled is { } pooled)
            {
                _storage.Pooled = null;
                pooled.Make();
            }
            return _address is not null ? _address
                : throw new InvalidOperationException($"The tensor {this} was planned and has no memory.");
        }
    }

    /// <summary>Element type and axes, as in <c>Single 128x784</c>.</summary>
    public override string ToString() => $"{ElementType} {Shape}";

    /// <summary>What a tensor and its views have in common.</summary>
    private sealed class Storage(byte[] memory)
    {
        public readonly byte[] Memory = memory;
        public long Accesses;
        public Concordance? Unmade;
        public PooledSignal? Pooled;
    }
}

internal static class ElementTypes
{
    internal static int Size(this ElementType type) => type == ElementType.Single ? sizeof(float) : sizeof(double);
}

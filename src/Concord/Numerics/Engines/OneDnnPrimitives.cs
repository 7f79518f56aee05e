using System.Runtime.InteropServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// The few calls of oneDNN's C API of version 2.x by which primitives are made and run. Version 3 has other ones: there
/// <see cref="Of"/> finds nothing, and convolutions are made of products.
/// </summary>
internal sealed unsafe class OneDnnPrimitives : IDisposable
{
    /// <summary>Room for a memory description, which callers hold by value (696 bytes in 2.6), and for an operation's (5,976).</summary>
    public const int DescriptionBytes = 1024, OperationBytes = 8192;

    /// <summary>Layouts, by the numbers of dnnl_format_tag_t.</summary>
    public const int Any = 1, Vector = 2, Matrix = 3, TransposedMatrix = 22, Nhwc = 20, Hwio = 30, Hwigo = 33;

    /// <summary>Kinds of numbers, by those of dnnl_data_type_t.</summary>
    public const int Bfloat16 = 2, Single = 3;

    /// <summary>Arguments, by their numbers.</summary>
    public const int Source = 1, Destination = 17, Weights = 33, Bias = 41, DifferenceSource = 129, DifferenceDestination = 145,
        DifferenceWeights = 161;

    /// <summary>Questions to a primitive's description.</summary>
    public const int QuerySource = 129, QueryDifferenceSource = 130, QueryWeights = 131, QueryDifferenceWeights = 132,
        QueryDestination = 133, QueryDifferenceDestination = 134;

    private const int Cpu = 1, ForwardTraining = 64, Direct = 1, QueryImplementation = 8;

    private readonly nint _engine, _stream;
    private readonly delegate* unmanaged<byte*, int, long*, int, int, int> _describe;
    private readonly delegate* unmanaged<byte*, int, int, byte*, byte*, byte*, byte*, long*, long*, long*, long*, int> _forward;
    private readonly delegate* unmanaged<byte*, int, byte*, byte*, byte*, long*, long*, long*, long*, int> _backwardData;
    private readonly delegate* unmanaged<byte*, int, byte*, byte*, byte*, byte*, long*, long*, long*, long*, int> _backwardWeights;
    private readonly delegate* unmanaged<byte*, byte*, byte*, byte*, byte*, int> _matmul;
    private readonly delegate* unmanaged<nint*, int> _createAttributes, _createPostOperations;
    private readonly delegate* unmanaged<nint, long, int, float*, int> _scale;
    private readonly delegate* unmanaged<nint, float, int> _appendSum;
    private readonly delegate* unmanaged<nint, nint, int> _setPostOperations;
    private readonly delegate* unmanaged<nint*, byte*, nint, nint, nint, int> _createDescription;
    private readonly delegate* unmanaged<nint, int> _destroyDescription, _destroyPrimitive, _destroyMemory, _destroyStream,
        _destroyEngine, _destroyAttributes, _destroyPostOperations, _wait;
    private readonly delegate* unmanaged<nint, int, int, byte*> _queryMemory;
    private readonly delegate* unmanaged<nint, int, int, void*, int> _query;
    private readonly delegate* unmanaged<nint*, nint, int> _createPrimitive;
    private readonly delegate* unmanaged<nint, nint, int, Argument*, int> _execute;
    private readonly delegate* unmanaged<nint*, byte*, nint, void*, int> _createMemory;
    private readonly delegate* unmanaged<nint, void*, int> _setHandle;
    private readonly delegate* unmanaged<nint*, byte*, nint, byte*, nint, nint, int> _reorder;
    private readonly delegate* unmanaged<byte*, byte*, int> _same;
    private readonly delegate* unmanaged<byte*, nuint> _size;

    /// <summary>One operand of a primitive.</summary>
    /// <param name="name">Which.</param>
    /// <param name="memory">Its memory object.</param>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Argument(int name, nint memory)
    {
        private readonly int _name = name;
        private readonly nint _memory = memory;
    }

    /// <summary>The calls of a loaded library; null if one is missing, as all of these are in 3.x.</summary>
    public static OneDnnPrimitives? Of(nint library)
    {
        try
        {
            return new(library);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    private OneDnnPrimitives(nint library)
    {
        nint Export(string name) => NativeLibrary.GetExport(library, $"dnnl_{name}");
        _forward = (delegate* unmanaged<byte*, int, int, byte*, byte*, byte*, byte*, long*, long*, long*, long*,
            int>)Export("dilated_convolution_forward_desc_init");
        _backwardData = (delegate* unmanaged<byte*, int, byte*, byte*, byte*, long*, long*, long*, long*,
            int>)Export("dilated_convolution_backward_data_desc_init");
        _backwardWeights = (delegate* unmanaged<byte*, int, byte*, byte*, byte*, byte*, long*, long*, long*, long*,
            int>)Export("dilated_convolution_backward_weights_desc_init");
        _matmul = (delegate* unmanaged<byte*, byte*, byte*, byte*, byte*, int>)Export("matmul_desc_init");
        _createAttributes = (delegate* unmanaged<nint*, int>)Export("primitive_attr_create");
        _destroyAttributes = (delegate* unmanaged<nint, int>)Export("primitive_attr_destroy");
        _createPostOperations = (delegate* unmanaged<nint*, int>)Export("post_ops_create");
        _destroyPostOperations = (delegate* unmanaged<nint, int>)Export("post_ops_destroy");
        _scale = (delegate* unmanaged<nint, long, int, float*, int>)Export("primitive_attr_set_output_scales");
        _appendSum = (delegate* unmanaged<nint, float, int>)Export("post_ops_append_sum");
        _setPostOperations = (delegate* unmanaged<nint, nint, int>)Export("primitive_attr_set_post_ops");
        _describe = (delegate* unmanaged<byte*, int, long*, int, int, int>)Export("memory_desc_init_by_tag");
        _createDescription = (delegate* unmanaged<nint*, byte*, nint, nint, nint, int>)Export("primitive_desc_create");
        _destroyDescription = (delegate* unmanaged<nint, int>)Export("primitive_desc_destroy");
        _queryMemory = (delegate* unmanaged<nint, int, int, byte*>)Export("primitive_desc_query_md");
        _query = (delegate* unmanaged<nint, int, int, void*, int>)Export("primitive_desc_query");
        _createPrimitive = (delegate* unmanaged<nint*, nint, int>)Export("primitive_create");
        _destroyPrimitive = (delegate* unmanaged<nint, int>)Export("primitive_destroy");
        _execute = (delegate* unmanaged<nint, nint, int, Argument*, int>)Export("primitive_execute");
        _createMemory = (delegate* unmanaged<nint*, byte*, nint, void*, int>)Export("memory_create");
        _destroyMemory = (delegate* unmanaged<nint, int>)Export("memory_destroy");
        _setHandle = (delegate* unmanaged<nint, void*, int>)Export("memory_set_data_handle");
        _reorder = (delegate* unmanaged<nint*, byte*, nint, byte*, nint, nint, int>)Export("reorder_primitive_desc_create");
        _same = (delegate* unmanaged<byte*, byte*, int>)Export("memory_desc_equal");
        _size = (delegate* unmanaged<byte*, nuint>)Export("memory_desc_get_size");
        _wait = (delegate* unmanaged<nint, int>)Export("stream_wait");
        _destroyStream = (delegate* unmanaged<nint, int>)Export("stream_destroy");
        _destroyEngine = (delegate* unmanaged<nint, int>)Export("engine_destroy");
        nint engine, stream;
        Check(((delegate* unmanaged<nint*, int, nuint, int>)Export("engine_create"))(&engine, Cpu, 0));
        Check(((delegate* unmanaged<nint*, nint, uint, int>)Export("stream_create"))(&stream, engine, 1));
        (_engine, _stream) = (engine, stream);
    }

    /// <summary>Writes a description of a dense tensor.</summary>
    /// <param name="description">Receives it.</param>
    /// <param name="axes">In the library's logical order: samples, channels, rows, columns.</param>
    /// <param name="layout">How they stand in memory.</param>
    /// <param name="type">What its numbers are.</param>
    public bool Describe(byte* description, ReadOnlySpan<long> axes, int layout, int type = Single)
    {
        fixed (long* lengths = axes) return _describe(description, axes.Length, lengths, type, layout) == 0;
    }

    /// <summary>Chooses an implementation of y = beta y + alpha a b.</summary>
    /// <param name="description">Receives it.</param>
    /// <param name="a">Of the first matrix.</param>
    /// <param name="b">Of the second.</param>
    /// <param name="y">Of the result.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of what stands in y; 0 overwrites.</param>
    public bool Product(out nint description, byte* a, byte* b, byte* y, float alpha, float beta)
    {
        description = 0;
        nint attributes = 0, after = 0, made = 0;
        var operation = stackalloc byte[OperationBytes];
        try
        {
            if (_matmul(operation, a, b, null, y) != 0 || _createAttributes(&attributes) != 0) return false;
            if (alpha != 1 && _scale(attributes, 1, 0, &alpha) != 0) return false;
            if (beta != 0 && (_createPostOperations(&after) != 0 || _appendSum(after, beta) != 0
                || _setPostOperations(attributes, after) != 0)) return false;
            if (_createDescription(&made, operation, attributes, _engine, 0) != 0) return false;
            description = made;
            return true;
        }
        finally
        {
            if (after != 0) _destroyPostOperations(after);
            if (attributes != 0) _destroyAttributes(attributes);
        }
    }

    /// <summary>Describes a convolution upward.</summary>
    public bool Forward(byte* operation, byte* image, byte* kernel, byte* bias, byte* output, long* strides, long* dilates,
        long* padding) =>
        _forward(operation, ForwardTraining, Direct, image, kernel, bias, output, strides, dilates, padding, padding) == 0;

    /// <summary>Describes the convolution that leads a signal to the image.</summary>
    public bool BackwardData(byte* operation, byte* image, byte* kernel, byte* output, long* strides, long* dilates, long* padding) =>
        _backwardData(operation, Direct, image, kernel, output, strides, dilates, padding, padding) == 0;

    /// <summary>Describes the convolution that makes a kernel's gradient.</summary>
    public bool BackwardWeights(byte* operation, byte* image, byte* kernel, byte* output, long* strides, long* dilates, long* padding) =>
        _backwardWeights(operation, Direct, image, kernel, null, output, strides, dilates, padding, padding) == 0;

    /// <summary>Chooses an implementation.</summary>
    public bool Create(out nint description, byte* operation, nint forward)
    {
        nint made = 0;
        var done = _createDescription(&made, operation, 0, _engine, forward) == 0;
        description = made;
        return done;
    }

    /// <summary>Makes what can be run.</summary>
    public bool Create(out nint primitive, nint description)
    {
        nint made = 0;
        var done = _createPrimitive(&made, description) == 0;
        primitive = made;
        return done;
    }

    /// <summary>The name of the implementation that was chosen.</summary>
    public string Implementation(nint description)
    {
        byte* name = null;
        return _query(description, QueryImplementation, 0, &name) == 0 ? Marshal.PtrToStringUTF8((nint)name) ?? "" : "";
    }

    /// <summary>How an operand is laid out.</summary>
    public byte* Query(nint description, int what) => _queryMemory(description, what, 0);

    /// <summary>Makes a memory object without memory.</summary>
    public bool Memory(out nint memory, byte* description)
    {
        nint made = 0;
        var done = _createMemory(&made, description, _engine, null) == 0;
        memory = made;
        return done;
    }

    /// <summary>Makes a primitive that turns one layout into another.</summary>
    public bool Reorder(out nint primitive, byte* from, byte* to)
    {
        nint description = 0;
        primitive = 0;
        if (_reorder(&description, from, _engine, to, _engine, 0) != 0) return false;
        var done = Create(out primitive, description);
        _destroyDescription(description);
        return done;
    }

    /// <summary>Turns numbers from one layout into another, once.</summary>
    public bool Reorder(byte* from, void* source, byte* to, void* target)
    {
        nint primitive = 0, read = 0, written = 0;
        try
        {
            if (!Reorder(out primitive, from, to) || !Memory(out read, from) || !Memory(out written, to)) return false;
            Set(read, source);
            Set(written, target);
            var arguments = stackalloc Argument[2] { new(Source, read), new(Destination, written) };
            Execute(primitive, arguments, 2);
            return true;
        }
        finally
        {
            DestroyMemory(read);
            DestroyMemory(written);
            DestroyPrimitive(primitive);
        }
    }

    /// <summary>Whether two layouts are one.</summary>
    public bool Same(byte* a, byte* b) => _same(a, b) != 0;

    /// <summary>Bytes of a layout, its padding included.</summary>
    public long Size(byte* description) => (long)_size(description);

    /// <summary>Says where a memory object's numbers stand.</summary>
    public void Set(nint memory, void* numbers) => Check(_setHandle(memory, numbers));

    /// <summary>Runs a primitive and waits for it.</summary>
    public void Execute(nint primitive, Argument* arguments, int count)
    {
        Check(_execute(primitive, _stream, count, arguments));
        Check(_wait(_stream));
    }

    /// <summary>Frees a primitive.</summary>
    public void DestroyPrimitive(nint primitive)
    {
        if (primitive != 0) _destroyPrimitive(primitive);
    }

    /// <summary>Frees a primitive's description.</summary>
    public void DestroyDescription(nint description)
    {
        if (description != 0) _destroyDescription(description);
    }

    /// <summary>Frees a memory object; the numbers stay.</summary>
    public void DestroyMemory(nint memory)
    {
        if (memory != 0) _destroyMemory(memory);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _destroyStream(_stream);
        _destroyEngine(_engine);
    }

    private static void Check(int status)
    {
        if (status != 0) throw new InvalidOperationException($"oneDNN refused an operation with status {status}.");
    }
}

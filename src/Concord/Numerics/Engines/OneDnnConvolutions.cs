using Direction = Concord.Numerics.Engines.ConvolutionDirection;

namespace Concord.Numerics.Engines;

/// <summary>
/// oneDNN's convolutions (C API of 2.x). Images stay channels last; kernels are brought into the layout that the chosen implementation
/// wants, which moves few numbers, and gradients back. A convolution is prepared once for each window, shape and direction. All calls come
/// from the engine's thread.
/// </summary>
internal sealed unsafe class OneDnnConvolutions : IConvolutions
{
    /// <summary>Convolutions kept. Only batches of ever other sizes reach it; then all are made anew.</summary>
    private const int MostPrepared = 512;

    /// <summary>Channels below which the library writes beyond its working memory; see <see cref="Overruns"/>.</summary>
    private const int WidestBlock = 16;

    private readonly OneDnnPrimitives _api;
    private readonly Operand? _bfloat16;
    private readonly Dictionary<(ConvolutionShape, bool Bias), Prepared?> _prepared = [];

    private OneDnnConvolutions(OneDnnPrimitives api, Operand? bfloat16) => (_api, _bfloat16) = (api, bfloat16);

    /// <summary>A tensor's numbers in bf16.</summary>
    public delegate void* Operand(Tensor tensor);

    /// <summary>The convolutions of a library; null where it is not of the 2.x kind.</summary>
    /// <param name="library">The library.</param>
    /// <param name="bfloat16">Where images stand in bf16, if they and kernels are to be read so; results are always singles.</param>
    public static OneDnnConvolutions? Of(nint library, Operand? bfloat16 = null) =>
        OneDnnPrimitives.Of(library) is { } api ? new(api, bfloat16) : null;

    /// <inheritdoc/>
    public bool TryForward(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y)
    {
        if (Find(new(Direction.Forward, window, groups, x.Shape, w.Shape, y.Shape), bias is not null) is not { } prepared) return false;
        prepared.Run(Read(x), w.ReadPointer<float>(), bias is null ? null : bias.ReadPointer<float>(), y.Pointer<float>());
        return true;
    }

    /// <inheritdoc/>
    public bool TryTransposed(Window window, int groups, Tensor d, Tensor w, Tensor x)
    {
        if (Find(new(Direction.ToInput, window, groups, x.Shape, w.Shape, d.Shape), bias: false) is not { } prepared) return false;
        prepared.Run(x.Pointer<float>(), w.ReadPointer<float>(), null, Read(d));
        return true;
    }

    /// <inheritdoc/>
    public bool TryWeightGradient(Window window, int groups, Tensor x, Tensor d, Shape kernel, float* w)
    {
        if (Find(new(Direction.ToKernel, window, groups, x.Shape, kernel, d.Shape), bias: false) is not { } prepared) return false;
        prepared.Run(Read(x), w, null, Read(d));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        _api.Dispose();
    }

    private void Clear()
    {
        foreach (var prepared in _prepared.Values) prepared?.Dispose();
        _prepared.Clear();
    }

    private void* Read(Tensor tensor) => _bfloat16 is null ? tensor.ReadPointer<float>() : _bfloat16(tensor);

    private Prepared? Find(in ConvolutionShape shape, bool bias)
    {
        var key = (shape, bias);
        if (!_prepared.TryGetValue(key, out var prepared))
        {
            if (_prepared.Count == MostPrepared) Clear();
            _prepared[key] = prepared = shape.Input.Length == 0 || shape.Output.Length == 0 || Overruns(shape) ? null
                : Prepared.Create(_api, _bfloat16 is not null, shape, bias);
        }
        return prepared;
    }

    /// <summary>
    /// Whether the library's kernel for this shape writes beyond its working memory: it gathers the pixels that a window of one pixel
    /// takes at a stride, and steps through them by a block of 8 or 16 channels even where there are fewer. Gradients were wrong or
    /// the process ended with version 2.6 (with AVX2 and AVX-512; oneDNN issue 6035); with 16 channels and more they are right.
    /// </summary>
    private static bool Overruns(in ConvolutionShape shape) => shape.Direction == Direction.ToKernel
        && shape.Window is { Height: 1, Width: 1, Stride: > 1 } && shape.Kernel[2] < WidestBlock;

    /// <summary>One primitive with its memory objects, and the reorders of its kernel.</summary>
    private sealed class Prepared : IDisposable
    {
        private readonly OneDnnPrimitives _api;
        private readonly int _type;   // of what is read
        private readonly Direction _direction;
        private nint _primitive, _image, _kernel, _bias, _output, _plain, _reorder;
        private Tensor? _packed;   // the kernel in the primitive's layout

        private Prepared(OneDnnPrimitives api, int type, Direction direction) =>
            (_api, _type, _direction) = (api, type, direction);

        /// <summary>Prepares a convolution; null where the library has none, or none better than its slow reference.</summary>
        public static Prepared? Create(OneDnnPrimitives api, bool bfloat16, in ConvolutionShape shape, bool bias)
        {
            var made = new Prepared(api, bfloat16 ? OneDnnPrimitives.Bfloat16 : OneDnnPrimitives.Single, shape.Direction);
            nint forward = 0, chosen = 0;
            try
            {
                if (made.Describe(shape, bias, out forward, out chosen) && made.Build(chosen, shape.Groups, shape.Kernel, bias))
                    return made;
                made.Dispose();
                return null;
            }
            finally
            {
                if (chosen != forward) api.DestroyDescription(chosen);
                api.DestroyDescription(forward);
            }
        }

        private bool Describe(ConvolutionShape shape, bool bias, out nint forward, out nint chosen)
        {
            var (_, window, groups, x, w, y) = shape;
            forward = chosen = 0;
            byte* image = stackalloc byte[OneDnnPrimitives.DescriptionBytes], kernel = stackalloc byte[OneDnnPrimitives.DescriptionBytes];
            byte* offsets = stackalloc byte[OneDnnPrimitives.DescriptionBytes], output = stackalloc byte[OneDnnPrimitives.DescriptionBytes];
            var operation = stackalloc byte[OneDnnPrimitives.OperationBytes];
            long* strides = stackalloc long[2] { window.Stride, window.Stride }, dilates = stackalloc long[2] { window.Dilation - 1,
                window.Dilation - 1 }, padding = stackalloc long[2] { window.Padding, window.Padding };
            var ok = Operands(Direction.Forward)
                && _api.Describe(offsets, [w[3]], OneDnnPrimitives.Vector)
                && _api.Forward(operation, image, kernel, bias ? offsets : null, output, strides, dilates, padding)
                && _api.Create(out forward, operation, 0);
            if (!ok) return false;
            chosen = forward;
            if (_direction != Direction.Forward)
                ok = Operands(_direction) && (_direction == Direction.ToInput
                    ? _api.BackwardData(operation, image, kernel, output, strides, dilates, padding)
                    : _api.BackwardWeights(operation, image, kernel, output, strides, dilates, padding))
                    && _api.Create(out chosen, operation, forward);
            return ok && !_api.Implementation(chosen).StartsWith("ref", StringComparison.Ordinal);

            bool Operands(Direction direction) =>
                _api.Describe(image, [x[0], x[3], x[1], x[2]], OneDnnPrimitives.Nhwc, Type(direction == Direction.ToInput))
                && _api.Describe(output, [y[0], y[3], y[1], y[2]], OneDnnPrimitives.Nhwc, Type(direction == Direction.Forward))
                && _api.Describe(kernel, KernelAxes(groups, w), OneDnnPrimitives.Any, Type(direction == Direction.ToKernel));

            int Type(bool isResult) => isResult ? OneDnnPrimitives.Single : _type;
        }

        private bool Build(nint description, int groups, Shape w, bool bias)
        {
            var (image, kernel, output) = _direction switch
            {
                Direction.Forward => (OneDnnPrimitives.QuerySource, OneDnnPrimitives.QueryWeights, OneDnnPrimitives.QueryDestination),
                Direction.ToInput =>
                    (OneDnnPrimitives.QueryDifferenceSource, OneDnnPrimitives.QueryWeights, OneDnnPrimitives.QueryDifferenceDestination),
                _ => (OneDnnPrimitives.QuerySource, OneDnnPrimitives.QueryDifferenceWeights, OneDnnPrimitives.QueryDifferenceDestination),
            };
            byte* plain = stackalloc byte[OneDnnPrimitives.DescriptionBytes], offsets = stackalloc byte[OneDnnPrimitives.DescriptionBytes];
            var wanted = _api.Query(description, kernel);
            if (!_api.Create(out _primitive, description)
                || !_api.Memory(out _image, _api.Query(description, image)) || !_api.Memory(out _kernel, wanted)
                || !_api.Memory(out _output, _api.Query(description, output))
                || !_api.Describe(plain, KernelAxes(groups, w), groups == 1 ? OneDnnPrimitives.Hwio : OneDnnPrimitives.Hwigo)
                || (bias && !(_api.Describe(offsets, [w[3]], OneDnnPrimitives.Vector) && _api.Memory(out _bias, offsets)))) return false;
            if (_api.Same(plain, wanted)) return true;
            _packed = new Tensor(new((int)((_api.Size(wanted) + 3) / 4)));
            _api.Set(_kernel, _packed.Pointer<float>());
            return _api.Memory(out _plain, plain) && (_direction == Direction.ToKernel ? _api.Reorder(out _reorder, wanted, plain)
                : _api.Reorder(out _reorder, plain, wanted));
        }

        private static long[] KernelAxes(int groups, Shape w) => groups == 1 ? [w[3], w[2], w[0], w[1]]
            : [groups, w[3] / groups, w[2], w[0], w[1]];

        public void Run(void* image, float* kernel, float* bias, void* output)
        {
            _api.Set(_image, image);
            _api.Set(_output, output);
            if (_bias != 0) _api.Set(_bias, bias);
            _api.Set(_packed is null ? _kernel : _plain, kernel);
            var arguments = stackalloc OneDnnPrimitives.Argument[4];
            if (_packed is not null && _direction != Direction.ToKernel) Reorder(arguments, _plain, _kernel);
            var (imageName, kernelName, outputName) = _direction switch
            {
                Direction.Forward => (OneDnnPrimitives.Source, OneDnnPrimitives.Weights, OneDnnPrimitives.Destination),
                Direction.ToInput => (OneDnnPrimitives.DifferenceSource, OneDnnPrimitives.Weights, OneDnnPrimitives.DifferenceDestination),
                _ => (OneDnnPrimitives.Source, OneDnnPrimitives.DifferenceWeights, OneDnnPrimitives.DifferenceDestination),
            };
            arguments[0] = new(imageName, _image);
            arguments[1] = new(kernelName, _kernel);
            arguments[2] = new(outputName, _output);
            arguments[3] = new(OneDnnPrimitives.Bias, _bias);
            _api.Execute(_primitive, arguments, _bias == 0 ? 3 : 4);
            if (_packed is not null && _direction == Direction.ToKernel) Reorder(arguments, _kernel, _plain);
        }

        private void Reorder(OneDnnPrimitives.Argument* arguments, nint from, nint to)
        {
            arguments[0] = new(OneDnnPrimitives.Source, from);
            arguments[1] = new(OneDnnPrimitives.Destination, to);
            _api.Execute(_reorder, arguments, 2);
        }

        public void Dispose()
        {
            foreach (var memory in (ReadOnlySpan<nint>)[_image, _kernel, _bias, _output, _plain]) _api.DestroyMemory(memory);
            _api.DestroyPrimitive(_primitive);
            _api.DestroyPrimitive(_reorder);
        }
    }
}

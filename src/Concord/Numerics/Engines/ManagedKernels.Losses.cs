using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void SoftmaxCrossEntropyCore(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses)
    {
        var classes = logits.Shape.RowLength;
        var work = new SoftmaxWork(Pointer(logits), Pointer(targets), classes, Of(1 - smoothing), Of(smoothing / Math.Max(classes, 1)),
            Pointer(error), Pointer(losses));
        Rows(work, logits.Shape.Rows, classes, Costly, logits, targets, error, losses);
    }

    /// <inheritdoc/>
    protected override void SigmoidCrossEntropyCore(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses) =>
        Rows(
            new LossWork<SigmoidTerm>(new(Of(1 - smoothing), Of(smoothing / 2)), Pointer(logits), Pointer(targets), logits.Shape.RowLength,
                Pointer(error), Pointer(losses)),
            logits.Shape.Rows, logits.Shape.RowLength, Costly, logits, targets, error, losses);

    /// <inheritdoc/>
    protected override void SquaredErrorCore(Tensor outputs, Tensor targets, Tensor error, Tensor losses) =>
        Rows(
            new LossWork<SquaredTerm>(default, Pointer(outputs), Pointer(targets), outputs.Shape.RowLength, Pointer(error),
                Pointer(losses)),
            outputs.Shape.Rows, outputs.Shape.RowLength, Cheap, outputs, targets, error, losses);

    /// <summary>
    /// log p = z - max - log(sum exp(z - max)). Where the target is zero the term is zero, even if log p has overflowed.
    /// </summary>
    private readonly struct SoftmaxWork(T* logits, T* targets, int classes, T keep, T spread, T* error, T* losses) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                T* z = logits + (long)n * classes, t = targets + (long)n * classes, e = error + (long)n * classes;
                var largest = new Vector<T>(T.NegativeInfinity);
                for (var j = 0; j < classes; j += Lanes<T>.Count)
                    largest = Lanes<T>.Larger(Lanes<T>.Load(z + j, Math.Min(Lanes<T>.Count, classes - j), T.NegativeInfinity), largest);
                var max = new Vector<T>(Largest(largest));

                var sum = Vector<T>.Zero;
                for (var j = 0; j < classes; j += Lanes<T>.Count)
                {
                    var count = Math.Min(Lanes<T>.Count, classes - j);
                    var exp = SpecialFunctions.Exp(Lanes<T>.Load(z + j, count, T.NegativeInfinity) - max);
                    sum += exp;
                    Lanes<T>.Store(exp, e + j, count);
                }
                var total = Vector.Sum(sum);
                var logTotal = new Vector<T>(T.Log(total));

                var loss = Vector<T>.Zero;
                for (var j = 0; j < classes; j += Lanes<T>.Count)
                {
                    var count = Math.Min(Lanes<T>.Count, classes - j);
                    var target = Lanes<T>.Keep(Lanes<T>.Load(t + j, count) * keep + new Vector<T>(spread), count);
                    var term = target * (max - Lanes<T>.Load(z + j, count) + logTotal);
                    loss += Vector.ConditionalSelect(Vector.Equals(target, Vector<T>.Zero), Vector<T>.Zero, term);
                    Lanes<T>.Store(Lanes<T>.Load(e + j, count) / new Vector<T>(total) - target, e + j, count);
                }
                losses[n] = Vector.Sum(loss);
            }
        }

        private static T Largest(Vector<T> lanes)
        {
            var largest = lanes[0];
            for (var i = 1; i < Lanes<T>.Count; i++) largest = T.Max(largest, lanes[i]);
            return largest;
        }
    }

    /// <summary>A loss whose outputs do not interact: its term and derivative at one output.</summary>
    private interface ILossTerm
    {
        (Vector<T> Loss, Vector<T> Error) At(Vector<T> output, Vector<T> target);
    }

    private readonly struct LossWork<TTerm>(TTerm term, T* outputs, T* targets, int width, T* error, T* losses) : IRangeWork
        where TTerm : unmanaged, ILossTerm
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var offset = (long)n * width;
                var loss = Vector<T>.Zero;
                for (var j = 0; j < width; j += Lanes<T>.Count)
                {
                    var count = Math.Min(Lanes<T>.Count, width - j);
                    var at = term.At(Lanes<T>.Load(outputs + offset + j, count), Lanes<T>.Load(targets + offset + j, count));
                    loss += Lanes<T>.Keep(at.Loss, count);
                    Lanes<T>.Store(at.Error, error + offset + j, count);
                }
                losses[n] = Vector.Sum(loss);
            }
        }
    }

    /// <summary>-t' log p - (1 - t') log(1 - p) = softplus(z) - z t'.</summary>
    private readonly struct SigmoidTerm(T keep, T spread) : ILossTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector<T> Loss, Vector<T> Error) At(Vector<T> output, Vector<T> target)
        {
            var smooth = target * keep + new Vector<T>(spread);
            var (softplus, logistic) = SpecialFunctions.Softplus(output);
            return (softplus - output * smooth, logistic - smooth);
        }
    }

    private readonly struct SquaredTerm : ILossTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector<T> Loss, Vector<T> Error) At(Vector<T> output, Vector<T> target)
        {
            var error = output - target;
            return (error * error * Of(0.5), error);
        }
    }
}

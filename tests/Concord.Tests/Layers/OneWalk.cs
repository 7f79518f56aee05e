using Concord.Layers;
using Concord.Numerics;

namespace Concord.Tests.Layers;

/// <summary>A walk down through one layer, whose weights are their own carriers.</summary>
internal sealed class OneWalk(Kernels kernels, GradientKeeper keeper) : BackwardContext
{
    public override Kernels Kernels => kernels;

    public override Workspace Workspace { get; } = new();

    public override int Lane => 0;

    public override void Cross(Connection connection, Tensor delta, Tensor input) =>
        connection.Transposed(kernels, connection.Weight.Value, delta, input);

    public override Tensor MatrixOf(Connection connection) => connection.Weight.Value;

    public override bool TryTake(Parameter parameter, out Accumulator gradient) => keeper.TryTake(parameter, out gradient);

    /// <summary>The derivative of a sum by each number of a tensor, by central differences.</summary>
    public static double[] Differences(Tensor of, Func<double> sum)
    {
        const double Small = 1e-6;
        return [.. Enumerable.Range(0, of.Length).Select(i =>
        {
            var old = of[i];
            double[] both = [.. ((double[])[old + Small, old - Small]).Select(value =>
            {
                of[i] = value;
                return sum();
            })];
            of[i] = old;
            return (both[0] - both[1]) / (2 * Small);
        })];
    }
}

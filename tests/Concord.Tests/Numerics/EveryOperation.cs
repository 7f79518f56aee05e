using Concord.Numerics;

namespace Concord.Tests.Numerics;

/// <summary>One call of each operation, its operands drawn beforehand: for promises that all operations make.</summary>
internal static class EveryOperation
{
    /// <summary>The calls, and every tensor that they may write.</summary>
    public static (Dictionary<string, Action> Calls, Tensor[] Written) Of(Kernels k, int rows, int width)
    {
        var s = new Scene(k, rows, width, 5);
        Tensor x = s.Draw(), y = s.Draw(), z = s.Draw(), w = s.Draw(), v = s.Draw(), q = s.Draw(), error = s.Draw();
        Tensor row = s.DrawRow(), gain = s.DrawRow(), mean = s.DrawRow(), variance = s.DrawRow(), rowMean = s.DrawColumn(),
            rowVariance = s.DrawColumn(), losses = s.DrawColumn();
        var values = s.Draw(new Shape(width, 2));
        var index = Enumerable.Range(0, 2 * width).Select(i => i * 7 % width).ToArray();
        var labels = Enumerable.Range(0, rows).Select(n => n % width).ToArray();
        var picked = Enumerable.Range(0, rows).Select(n => n % 3).ToArray();
        var bytes = Enumerable.Range(0, 3 * width).Select(i => (byte)i).ToArray();
        var singles = bytes.Select(b => (float)b).ToArray();
        var columns = new int[rows];
        var comparisons = new RowComparison[rows];
        var sums = k.Allocate(new Shape(1 + 3 * rows));
        var step = new StepSettings(0.1, 0.5, 0.3, 0.01, 0.02);
        var stream = RandomStream.FromSeed(9);
        float[] offset = [0.5f], scale = [0.25f];
        var windows = Enumerable.Range(0, rows)
            .Select(n => new SampleWindow(0, n % 5 - 2, n % 2 == 1, new(0, n % 3, 1, Math.Min(width, n % 4 + 2)))).ToArray();
        var calls = new Dictionary<string, Action>
        {
            ["Fill"] = () => k.Fill(y, 0.5),
            ["Copy"] = () => k.Copy(x, y),
            ["Combine"] = () => k.Combine(0.5, x, 0.25, y),
            ["Multiply"] = () => k.Multiply(x, z, y),
            ["AddRow"] = () => k.AddRow(row, y),
            ["SumRows"] = () => k.SumRows(x, new(row, 0.5, 0.5)),
            ["Gather"] = () => k.Gather(x, index, values, z),
            ["Sign"] = () => k.Sign(x, y),
            ["Ternary"] = () => k.Ternary(x, 0.5, z),
            ["Clamp"] = () => k.Clamp(x, w, v, z),
            ["Concordant"] = () => k.Concordant(x, 0.5, w, v, z),
            ["CopySelected Block"] = () => sums[0] = k.CopySelected(new(SelectionKind.Block, y.Length / 2, y.Length / 3), x, y),
            ["CopySelected Random"] = () => sums[0] += k.CopySelected(new(SelectionKind.Random, y.Length / 3, Stream: stream), x, y),
            ["CopySelected Largest"] = () => sums[0] += k.CopySelected(new(SelectionKind.Largest, y.Length / 3), z, y),
            ["CopySelected Beyond"] = () => sums[0] += k.CopySelected(new(SelectionKind.Beyond, Threshold: 0.5), w, y),
            ["CopySelected ChangedSign"] = () => sums[0] += k.CopySelected(new(SelectionKind.ChangedSign), v, y),
            ["FillUniform"] = () => k.FillUniform(stream, -1, 1, y),
            ["FillNormal"] = () => k.FillNormal(stream, 0, 1, x),
            ["RowDots"] = () => k.RowDots(x, z, losses),
            ["ScaleRows"] = () => k.ScaleRows(rowMean, x, z),
            ["FillStandardNormal"] = () => k.FillStandardNormal(stream, y),
            ["FillRademacher"] = () => k.FillRademacher(stream, w),
            ["FillDropoutMask"] = () => k.FillDropoutMask(stream, 0.5, z),
            ["SumSquares"] = () => sums[0] = k.SumSquares(x),
            ["Sum"] = () => sums[0] += k.Sum(x),
            ["CompareRows"] = () =>
            {
                k.CompareRows(x, y, comparisons);
                for (var n = 0; n < rows; n++)
                    (sums[1 + n], sums[1 + rows + n], sums[1 + 2 * rows + n]) = (comparisons[n].Dot, comparisons[n].SquaredA,
                        comparisons[n].SameSign);
            },
            ["OneHot"] = () => k.OneHot(labels, error),
            ["ArgMaxRows"] = () => k.ArgMaxRows(x, columns),
            ["LoadRows"] = () => k.LoadRows(bytes, picked, offset, scale, y),
            ["LoadRows of singles"] = () => k.LoadRows(singles, picked, offset, scale, z),
            ["LoadWindows"] = () => k.LoadWindows(bytes, new(1, 1, width), picked, windows, offset, scale, new(1, 1, width), y),
            ["LoadWindows of singles"] = () =>
                k.LoadWindows(singles, new(1, 1, width), picked, windows, offset, scale, new(1, 1, width), z),
            ["SoftmaxCrossEntropy"] = () => k.SoftmaxCrossEntropy(x, z, 0.1, error, losses),
            ["SigmoidCrossEntropy"] = () => k.SigmoidCrossEntropy(x, z, 0.1, error, losses),
            ["SquaredError"] = () => k.SquaredError(x, z, error, losses),
            ["SgdStep"] = () => k.SgdStep(w, error, v, 0.9, true, step, y),
            ["SgdStep from velocity"] = () => k.SgdStep(w, null, v, 0.9, false, step, null),
            ["AdamStep"] = () => k.AdamStep(w, error, v, q, new(0.9, 0.99, 1, false, 3), step, y),
            ["RmsPropStep"] = () => k.RmsPropStep(w, error, q, v, 0.9, 1, 0.9, step, null),
            ["ManhattanStep"] = () => k.ManhattanStep(w, error, v, 0.9, SignedQuantity.Both, step, y),
            ["KeepSigns"] = () => k.KeepSigns(x, w),
            ["ColumnNorms"] = () => k.ColumnNorms(x, mean),
            ["RescaleColumns"] = () => k.RescaleColumns(mean, gain, z),
        };
        Window window = new(3, 2, Stride: 2, Padding: 1), pool = Window.Square(2);
        Tensor images = s.Draw(new Shape(3, 9, 8, 6)), kernels = s.Draw(new Shape(3, 2, 3, 8)), filtered = s.Draw(new Shape(3, 5, 5, 8)),
            bias = s.Draw(new Shape(8));
        Tensor pooled = s.Draw(new Shape(3, 8, 7, 6)), best = k.Allocate(pooled.Shape), places = k.Allocate(pooled.Shape),
            imageSignal = s.Draw(images.Shape), pooledSignal = s.Draw(pooled.Shape), turned = s.Draw(images.Shape);
        k.MaxPool(pool, images, best, places);
        calls["MaxPool"] = () => k.MaxPool(pool, images, best, places);
        calls["MaxPoolSignal"] = () => k.MaxPoolSignal(pool, places, pooledSignal, imageSignal);
        calls["MaxPoolSignal behind a function"] = () =>
            k.MaxPoolSignal(pool, places, pooledSignal, imageSignal, new(ActivationKind.Tanh), best);
        calls["MaxPoolTangent"] = () => k.MaxPoolTangent(pool, places, turned, pooled);
        calls["AveragePool"] = () => k.AveragePool(pool, images, pooled);
        calls["AveragePoolSignal"] = () => k.AveragePoolSignal(pool, pooledSignal, imageSignal);
        calls["TransposeEach"] = () => k.TransposeEach(images, 6, turned);
        calls["Convolve"] = () => k.Convolve(window, 2, images, kernels, bias, filtered);
        calls["ConvolveWeightGradient"] = () => k.ConvolveWeightGradient(window, 2, images, filtered, new(kernels, 0.1, 0.1));
        calls["ConvolveTransposed"] = () => k.ConvolveTransposed(window, 2, filtered, kernels, imageSignal);
        Window same = Window.Square(3, padding: 1);
        Tensor channels = s.Draw(new Shape(3, 9, 8, 16)), filters = s.Draw(new Shape(3, 3, 16, 16)), refiltered = s.Draw(channels.Shape);
        calls["Convolve whole registers"] = () => k.Convolve(same, 1, channels, filters, null, refiltered);
        calls["ConvolveWeightGradient of whole registers"] = () =>
            k.ConvolveWeightGradient(same, 1, channels, refiltered, new(filters, 0.1, 0.1));
        calls["ConvolveTransposed of whole registers"] = () => k.ConvolveTransposed(same, 1, refiltered, filters, channels);
        Tensor entering = s.Draw(new Shape(rows, 3 * width)), recurrent = s.Draw(entering.Shape), gates = s.Draw(entering.Shape),
            ofInput = k.Allocate(entering.Shape), ofState = k.Allocate(entering.Shape), straight = k.Allocate(x.Shape),
            repeated = k.Allocate(new Shape(3 * rows, width));
        calls["GruStep"] = () => k.GruStep(entering, recurrent, z, straight);
        calls["GruSignal"] = () => k.GruSignal(gates, recurrent, null, z, ofInput, ofState, straight);
        Tensor potential = s.Draw(new Shape(3 * rows, width)), spikes = s.Draw(potential.Shape), walk = k.Allocate(potential.Shape);
        var hard = new ClockedNeuron(0.5, SpikeReset.Hard, 1);
        calls["LeakySteps"] = () => k.LeakySteps(hard, row, repeated, potential, spikes, 3, 0, 3);
        calls["LeakySignal"] = () => k.LeakySignal(hard, row, potential, spikes, repeated, walk, walk, 3, 0, 3);
        var adapting = new ClockedNeuron(0.5, Adaptation: 0.3, AdaptationLeak: 0.9);
        Tensor adapted = s.Draw(potential.Shape), ofAdapted = k.Allocate(potential.Shape);
        calls["LeakySteps that adapt"] = () => k.LeakySteps(adapting, row, repeated, potential, spikes, 3, 0, 3, adapted: adapted);
        calls["LeakySignal that adapts"] = () => k.LeakySignal(adapting, row, potential, spikes, repeated, walk, walk, 3, 0, 3, adapted,
            ofAdapted, ofAdapted);
        calls["ChargingTimes"] = () => k.ChargingTimes(0.1, 0.2, x, y, z);
        calls["FillSpikes"] = () => k.FillSpikes(stream, x, z);
        calls["RepeatSteps"] = () => k.RepeatSteps(x, repeated);
        calls["SumSteps"] = () => k.SumSteps(repeated, new(y, 0.5, 0.25));
        calls["SwapRuns"] = () => k.SwapRuns(recurrent, rows, 3, ofState);
        foreach (var kind in Enum.GetValues<ActivationKind>())
        {
            calls[$"Activate {kind}"] = () => k.Activate(new(kind, 0.5), x, y);
            calls[$"Gate {kind}"] = () => k.MultiplyByDerivative(new(kind, 0.5), x, y, z, error);
        }
        foreach (var axis in Enum.GetValues<NormAxis>())
        {
            var (m, q2) = axis == NormAxis.Columns ? (mean, variance) : (rowMean, rowVariance);
            calls[$"Moments {axis}"] = () => k.Moments(axis, x, m, q2);
            calls[$"Normalize {axis}"] = () => k.Normalize(axis, x, m, q2, 0.1, gain, row, y);
            calls[$"NormalizeDerivative {axis}"] = () => k.NormalizeDerivative(axis, true, true, x, m, q2, 0.1, gain, z, error);
            calls[$"NormalizeGradients {axis}"] = () => k.NormalizeGradients(axis, x, m, q2, 0.1, z, new(gain), new(row));
        }
        return (calls, [x, y, z, w, v, q, error, row, gain, mean, variance, rowMean, rowVariance, losses, sums, kernels, filtered, pooled,
            best, imageSignal, turned, channels, filters, refiltered, entering, ofInput, ofState, straight, repeated,
            potential, spikes, walk]);
    }
}

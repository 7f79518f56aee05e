using Concord.Networks;
using Concord.Numerics;

namespace Concord.Tests.Networks;

public sealed class ObjectiveTests
{
    public static TheoryData<LossKind, double> Cases()
    {
        var data = new TheoryData<LossKind, double>();
        foreach (var loss in Enum.GetValues<LossKind>())
            foreach (var smoothing in (double[])[0, 0.1]) data.Add(loss, smoothing);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ErrorIsTheDerivativeOfEachSamplesLoss(LossKind loss, double smoothing)
    {
        using var kernels = Kit.Double();
        Tensor z = Kit.Tensor(kernels, new(3, 4), "z"), t = kernels.Allocate(new(3, 4)), e = kernels.Allocate(new(3, 4)),
            unused = kernels.Allocate(new(3, 4)), losses = kernels.Allocate(new(3));
        kernels.OneHot([2, 0, 3], t);
        Evaluate(kernels, loss, smoothing, z, t, e, losses);
        for (var i = 0; i < z.Length; i++)
        {
            const double Step = 1e-6;
            var center = z[i];
            z[i] = center + Step;
            Evaluate(kernels, loss, smoothing, z, t, unused, losses);
            var up = losses[i / 4];
            z[i] = center - Step;
            Evaluate(kernels, loss, smoothing, z, t, unused, losses);
            Assert.Equal((up - losses[i / 4]) / (2 * Step), e[i], 1e-8);
            z[i] = center;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void LossIsTheFormula(LossKind loss, double smoothing)
    {
        using var kernels = Kit.Double();
        Tensor z = Kit.Tensor(kernels, new(2, 3), "z"), t = kernels.Allocate(new(2, 3)), e = kernels.Allocate(new(2, 3)),
            losses = kernels.Allocate(new(2));
        kernels.OneHot([1, 2], t);
        Evaluate(kernels, loss, smoothing, z, t, e, losses);
        for (var n = 0; n < 2; n++)
        {
            double sum = 0, all = Enumerable.Range(0, 3).Sum(k => Math.Exp(z[n * 3 + k]));
            for (var k = 0; k < 3; k++)
            {
                double score = z[n * 3 + k], target = t[n * 3 + k], p = 1 / (1 + Math.Exp(-score));
                sum += loss switch
                {
                    LossKind.SoftmaxCrossEntropy => -((1 - smoothing) * target + smoothing / 3) * Math.Log(Math.Exp(score) / all),
                    LossKind.SigmoidCrossEntropy => -((1 - smoothing) * target + smoothing / 2) * Math.Log(p)
                        - (1 - (1 - smoothing) * target - smoothing / 2) * Math.Log(1 - p),
                    _ => 0.5 * (score - target) * (score - target),
                };
            }
            Assert.Equal(sum, losses[n], 1e-12);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void HugeLogitsStayFinite(LossKind loss, double smoothing)
    {
        foreach (var kernels in (Kernels[])[Kit.Double(), Kit.Single()])
        {
            Tensor z = kernels.Allocate(new(2, 3)), t = kernels.Allocate(new(2, 3)), e = kernels.Allocate(new(2, 3)),
                losses = kernels.Allocate(new(2));
            z.CopyFrom([1e4, -1e4, 0, -1e4, -1e4, 1e4]);
            kernels.OneHot([1, 2], t);
            Evaluate(kernels, loss, smoothing, z, t, e, losses);
            Assert.All((double[])[.. e.ToArray(), .. losses.ToArray()], value => Assert.True(double.IsFinite(value)));
            if (loss == LossKind.SoftmaxCrossEntropy && smoothing == 0) Kit.Close([2e4, 0], losses.ToArray(), 1e-6);
            kernels.Dispose();
        }
    }

    private static void Evaluate(Kernels kernels, LossKind loss, double smoothing, Tensor z, Tensor t, Tensor e, Tensor losses)
    {
        if (loss == LossKind.SoftmaxCrossEntropy) kernels.SoftmaxCrossEntropy(z, t, smoothing, e, losses);
        else if (loss == LossKind.SigmoidCrossEntropy) kernels.SigmoidCrossEntropy(z, t, smoothing, e, losses);
        else kernels.SquaredError(z, t, e, losses);
    }
}

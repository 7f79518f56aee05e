using Concord.Data;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Layers that take numbers from 0 to 1 are given such, or the run is refused with the layer's name and what to do.</summary>
public sealed class UnitRangeTests
{
    private static readonly Dataset s_data = Dataset.Postures(60, 20);

    [Theory]
    [InlineData("layers: 6; poisson steps=3; dense units=4; lif; mean; dense units=5", "fc1.poisson (poisson 3)")]
    [InlineData("layers: 6; repeat steps=3; rc units=4; mean; dense units=5", "rc1 (rc 4, threshold 0.1)")]
    [InlineData("layers: 6; first-spike units=5", "rc1 (first-spike 5, threshold 0.1)")]
    [InlineData("rc:4,steps=3", "rc1")]
    [InlineData("lif:4,steps=3,input=poisson", "fc1.poisson")]
    [InlineData("snn:6-4-5", "fc1.encoding")]
    public void SamplesOfAnotherRangeAreRefused(string model, string layer)
    {
        foreach (var (kind, word) in ((NormalizationKind, string)[])[(NormalizationKind.MeanStd, "mean-std"),
            (NormalizationKind.SymmetricRange, "symmetric-range")])
        {
            var message = Refusal(model, kind);
            Assert.Contains($"The layer {layer}", message, StringComparison.Ordinal);
            Assert.Contains($"--normalization {word}. Give --normalization unit-range.", message, StringComparison.Ordinal);
        }
        Made(model, NormalizationKind.UnitRange);
        Made(model, NormalizationKind.None);   // the data are from 0 to 1 as they are
    }

    [Theory]
    [InlineData("layers: 6; dense units=4; repeat steps=3; rc units=4; mean; dense units=5", "fc1 (linear 6 -> 4)")]
    [InlineData("layers: 6; dense units=4; tanh; dropout rate=0.1; poisson steps=3; dense units=5; lif; mean", "fc1.activation (tanh)")]
    [InlineData("layers: 6; first-spike units=4; first-spike units=5", "rc1 (first-spike 4, threshold 0.1)")]
    [InlineData("layers: 6; repeat steps=3; rc units=4; sum; first-spike units=5", "rc1.sum (sum over steps)")]
    public void SoAreThoseOfALayerBelow(string model, string below)
    {
        var message = Refusal(model, NormalizationKind.UnitRange);
        Assert.Contains($"those that {below} gives may be others. Put a logistic between the two.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("layers: 6; dense units=4; logistic; dropout rate=0.1; repeat steps=3; rc units=4; rc units=3; mean; first-spike units=5")]
    [InlineData("layers: 6; repeat steps=3; dense units=4; lif; rc units=4 fires=false; last; relu; first-spike units=5")]
    public void SpikesAndLogisticFunctionsAreFine(string model) => Made(model, NormalizationKind.MeanStd);

    private static string Refusal(string model, NormalizationKind kind) =>
        Assert.Throws<ConcordException>(() => Made(model, kind)).Message;

    private static void Made(string model, NormalizationKind kind)
    {
        using var kernels = Kit.Single();
        var isSpiking = model.StartsWith("snn", StringComparison.Ordinal);
        var settings = new RunSettings().WithUsualOf(isSpiking ? model : null) with
            { Data = "postures", Model = model, Batch = 10, Normalization = kind, Validation = 10 };
        _ = new Trainer(settings, s_data.Split(10, RandomStream.FromSeed(0)), kernels);
    }
}

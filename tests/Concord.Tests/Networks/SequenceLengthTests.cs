using Concord.Data;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Networks;

/// <summary>Samples of different length in one batch: padding changes no gradient, loss or answer.</summary>
public sealed class SequenceLengthTests
{
    private const int Steps = 5, Inputs = 3;
    private static readonly int[] s_lengths = [2, 5, 1, 4];

    public static TheoryData<string, string> Cases() => Kit.Pairs(["rnn:{0}x3-5-4-3", "gru:{0}x3-5-3,ends=mean", "rnn:{0}x3-5-3,ends=each",
        "rnn:{0}x3-5-4-3,truncate=1,ends=mean", "layers: {0}x3; rows; dense units=5; lif leak=0.7; dense units=4; lif recurrent=true; sum; "
            + "dense units=3", "layers: {0}x3; rows; gru units=4; dense units=3; leaky; mean"], ["backprop", "fa", "dfa", "drtp"]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void PaddingChangesNothing(string model, string rule)
    {
        using var kernels = Kit.Double();
        var padded = Kit.Learner(string.Format(System.Globalization.CultureInfo.InvariantCulture, model, Steps), rule, kernels);
        var x = Kit.Normals(RandomStream.FromSeed(4), s_lengths.Length * Steps * Inputs);
        int[] labels = [0, 1, 2, 1];
        var gradients = Gradients(padded, x, labels, s_lengths, out var loss, out var answers);
        var sums = gradients.ToDictionary(entry => entry.Key, entry => new double[entry.Value.Length]);
        var losses = 0.0;
        for (var n = 0; n < s_lengths.Length; n++)
        {
            // a network of as many steps as this sample lasts, with the same weights and feedback
            var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, model, s_lengths[n]);
            var alone = Kit.Learner(text, rule, kernels);
            var own = x.AsSpan(n * Steps * Inputs, s_lengths[n] * Inputs).ToArray();
            double ownLoss;
            int[] answer;
            foreach (var (name, gradient) in Gradients(alone, own, [labels[n]], null, out ownLoss, out answer))
                for (var i = 0; i < gradient.Length; i++) sums[name][i] += gradient[i];
            losses += ownLoss;
            Assert.Equal(answer[0], answers[n]);
        }
        Kit.Close([losses / s_lengths.Length], [loss], 1e-12, "loss");
        foreach (var (name, gradient) in gradients) Kit.Close(sums[name], gradient, 1e-11, name);
    }

    private static Dictionary<string, double[]> Gradients(Learner learner, double[] x, int[] labels, int[]? lengths, out double loss,
        out int[] answers)
    {
        var pass = learner.Pass;
        pass.Begin(labels.Length);
        pass.Input.CopyFrom(x);
        pass.Batch.SetClasses(labels);
        if (lengths is not null) pass.Batch.SetLengths(lengths);
        pass.Forward(0, training: true);
        loss = learner.Objective.Error(pass);
        var keeper = new GradientKeeper(learner.Kernels);
        var walk = learner.Plan.BackwardPass(pass, keeper);
        learner.Plan.CreditAssignment.Observe(walk);
        learner.Plan.CreditAssignment.Teach(walk);
        answers = new int[labels.Length];
        learner.Objective.Answers(pass, answers);
        return keeper.Gradients.ToDictionary(entry => entry.Key.Name, entry => entry.Value.ToArray());
    }

    [Fact]
    public void LengthsAreThoseOfTheirSamples()
    {
        var samples = new Samples(new(1, 3, 2), new float[4 * 6], [0, 1, 0, 1], 2) { StepLengths = [3, 1, 2, 3] };
        var lengths = new int[2];
        samples.Subset([3, 1]).LoadLengths([1, 0], lengths);
        Assert.Equal([1, 3], lengths);
        Assert.Throws<ArgumentException>(() => new Samples(new(1, 3, 2), new float[6], [0], 2) { StepLengths = [1, 2] });
        Assert.Throws<ArgumentException>(() => new Samples(new(1, 3, 2), new float[6], [0], 2) { StepLengths = [0] });
    }

    [Theory]
    [InlineData("mlp:6-5-3", "no time")]
    [InlineData("layers: 3x2; rows; dense units=4; batchnorm; recurrent units=4; last; dense units=3", "batch norm")]
    [InlineData("rnn:3x2-4-3", "lasts one")]
    public void LengthsThatDoNotFitAreRefused(string model, string says)
    {
        using var kernels = Kit.Double();
        var pass = Kit.Learner(model, "backprop", kernels).Pass;
        pass.Begin(2);
        Assert.Contains(says, Assert.Throws<ConcordException>(() => pass.Batch.SetLengths([3, 4])).Message, StringComparison.Ordinal);
        Assert.Throws<ConcordException>(() => pass.Batch.SetLengths([3]));
    }
}

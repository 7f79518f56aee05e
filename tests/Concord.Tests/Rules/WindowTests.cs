using Concord.Cost;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>
/// Backpropagation through time in windows: the weights move after each, states go on from one to the next and begin anew with every batch,
/// and signals walk back within one.
/// </summary>
public sealed class WindowTests
{
    private const int Samples = 4;

    public static TheoryData<string, string> Models => Kit.Pairs(["backprop", "fa", "dfa"], ["rnn:4x3-5-4-3,ends=each",
        "gru:4x3-5-3,ends=each", "lif:6-5-4-3,steps=4,ends=each,recurrent,learned-leak,reset=hard,input=poisson,threshold=0.4",
        "lif:6-5-3,steps=4,ends=each,input=poisson,threshold=0.4,adaptation=0.4", "rc:6-5-4-3,steps=4,ends=each,step=0.4,input=poisson"]);

    [Theory]
    [MemberData(nameof(Models))]
    public void OneWindowOfAllStepsChangesNoBit(string rule, string model)
    {
        var (whole, windowed) = (After(model, rule, null, steps: 3), After(model, rule, 4, steps: 3));
        Assert.All(whole, entry => Assert.Equal(entry.Value, windowed[entry.Key]));
        Assert.Contains(After(model, rule, 2, steps: 3), entry => !entry.Value.SequenceEqual(whole[entry.Key]));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void StatesGoOnAsInOneWalk(string rule, string model)
    {
        using var kernels = Kit.Double();
        Learner whole = Made(model, rule, null, kernels), windowed = Made(model, rule, 2, kernels);
        for (var batch = 0; batch < 2; batch++)   // weights stay as they are at a rate of 0
        {
            TimeKit.Fill(whole.Pass, Samples);
            TimeKit.Fill(windowed.Pass, Samples);
            Assert.Equal(whole.Step(0), windowed.Step(0), 1e-12);
            var logits = whole.Pass.Logits.ToArray();
            Kit.Close(logits[(logits.Length / 2)..], windowed.Pass.Logits.ToArray(), 1e-12, "the second window");
        }
        Assert.Equal(2, windowed.Steps);
    }

    // No signal walks back within one step, which is what sltt does.
    [Theory]
    [InlineData("rnn:4x3-5-4-3,ends=each")]
    [InlineData("gru:4x3-5-3,ends=each")]
    [InlineData("rc:6-5-4-3,steps=4,ends=each,step=0.4")]
    public void WindowsOfOneStepAreSlttThatMovesAtEach(string model)
    {
        var (windowed, online) = (After(model, "backprop", 1, steps: 2), After(model, "sltt online.update=slice", null, steps: 2));
        foreach (var (name, values) in online) Kit.Close(values, windowed[name], 1e-12, name);
    }

    // Samples that end with the first window teach nothing in the second, so a step is that of a network of as many steps.
    [Theory]
    [InlineData("rnn:{0}x3-5-4-3,ends=each")]
    [InlineData("gru:{0}x3-5-3,ends=each")]
    public void SignalsWalkBackWithinAWindow(string model)
    {
        string Of(int steps) => string.Format(System.Globalization.CultureInfo.InvariantCulture, model, steps);
        using var kernels = Kit.Double();
        Learner windowed = Made(Of(4), "backprop", 2, kernels), first = Made(Of(2), "backprop", null, kernels);
        TimeKit.Fill(windowed.Pass, Samples);
        windowed.Pass.Batch.SetLengths([2, 2, 2, 2]);
        first.Pass.Begin(Samples);
        var input = windowed.Pass.Input.ToArray();
        first.Pass.Input.CopyFrom([.. Enumerable.Range(0, Samples).SelectMany(n => input[(n * 12)..(n * 12 + 6)])]);
        first.Pass.Batch.SetClasses([.. Enumerable.Range(0, Samples).Select(n => (int)RandomStream.FromSeed(1000).Split("labels")
            .Below((ulong)n, 3))]);
        Assert.Equal(first.Step(0.5), windowed.Step(0.5), 1e-12);
        foreach (var (mine, other) in windowed.Network.Parameters.Zip(first.Network.Parameters))
            Kit.Close(other.Value.ToArray(), mine.Value.ToArray(), 1e-12, mine.Name);
    }

    [Fact]
    public void MemoryIsThatOfAWindowAndAWarmStepAllocatesNothing()
    {
        using var kernels = Kit.Single();
        MemoryCost Planned(int? window) =>
            StepWork.Of(Kit.Blueprint("lif:9-8-4,steps=100,ends=each,input=poisson", "backprop").InWindows(window), new(Samples)).Memory;
        Assert.True(Planned(null).Activations > 8 * Planned(10).Activations);
        var learner = Made("lif:9-8-4,steps=100,ends=each,input=poisson", "dfa", 10, kernels);
        TimeKit.Fill(learner.Pass, Samples);
        for (var i = 0; i < 3; i++) learner.Step(0.1);
        Assert.Equal(0, Allocation.Of(() => learner.Step(0.1)));
        Assert.Contains("10 windows of 10 steps, upward and down in turns, the weights moving after each", learner.Plan.ToString(),
            StringComparison.Ordinal);
    }

    // Every rule of the catalogue trains in windows, or says why not.
    [Theory]
    [MemberData(nameof(Rules))]
    public void ARuleTrainsOrIsRefusedByName(string rule)
    {
        using var kernels = Kit.Double();
        foreach (var model in (string[])["rnn:4x3-5-4-3,ends=each", "rc:6-5-4-3,steps=4,ends=each"])
        {
            Learner learner;
            try
            {
                learner = Made(model, rule, 2, kernels);
            }
            catch (ConcordException refused)
            {
                Assert.True(refused.Message.Contains(rule, StringComparison.Ordinal)
                    || refused.Message.Contains("has a state", StringComparison.Ordinal), refused.Message);
                continue;
            }
            for (var step = 0; step < 3; step++)
            {
                TimeKit.Fill(learner.Pass, Samples, step);
                Assert.True(double.IsFinite(learner.Step(0.1)), rule);
            }
            Assert.Equal(3, learner.Steps);
            Assert.True(learner.Cost(Samples).Of(Phase.Forward).MultiplyAccumulates > 0);
        }
    }

    public static TheoryData<string> Rules => Kit.Data(Kit.RuleNames);

    [Theory]
    [InlineData("backprop", "mlp:6-5-3", 2, "the network has none")]
    [InlineData("backprop", "rnn:4x3-5-3", 2, "an error is needed at each, and time ends at fc1.last (last step). Put a loss at each step")]
    [InlineData("fa", "rnn:4x3-5-3,ends=each", 3, "--window 3 does not divide the network's 4 time steps. Give a number that does, such")]
    [InlineData("fa", "rnn:4x3-5-3,ends=each", 8, "--window 8 does not divide the network's 4 time steps. Give a number that does, such")]
    [InlineData("dfa", "lif:6-5-3,steps=4,ends=each", 2, "weights move after each, and fc1 (linear 6 -> 5) is multiplied once")]
    [InlineData("sltt", "rnn:4x3-5-3,ends=each", 2, "The rule sltt learns at each time step")]
    public void WhatHasNoWindowsIsRefused(string rule, string model, int window, string says)
    {
        using var kernels = Kit.Double();
        Assert.Contains(says, Assert.Throws<ConcordException>(() => Made(model, rule, window, kernels)).Message, StringComparison.Ordinal);
    }

    private static Learner Made(string model, string rule, int? window, Kernels kernels) =>
        new(Kit.Blueprint(model, rule).InWindows(window), default, Kit.PlainSgd, kernels, Kit.Seed);

    private static Dictionary<string, double[]> After(string model, string rule, int? window, int steps)
    {
        using var kernels = Kit.Double();
        var learner = Made(model, rule, window, kernels);
        for (var step = 0; step < steps; step++)
        {
            TimeKit.Fill(learner.Pass, Samples, step);
            learner.Step(0.5);
        }
        return learner.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.ToArray());
    }
}

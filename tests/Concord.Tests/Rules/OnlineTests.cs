using Concord.Cost;
using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>
/// Rules that learn at each time step: they are the derivative through time where nothing but a leak leads from step to step, how many
/// steps are made at once changes nothing, and memory does not grow with their number.
/// </summary>
public sealed class OnlineTests
{
    private const int Samples = 4;

    private const string Layer = "lif:6-7-3,steps=8,ends=each,readout=linear,threshold=0.4,surrogate=arctan";
    private const string Leaky = "lif:6-7-3,steps=8,ends=each,readout=leaky,leak=0.8,threshold=0.4,surrogate=arctan";

    [Theory]
    [InlineData("ottt", Layer + ",detached-reset")]
    [InlineData("ottt", Layer + ",detached-reset,input=poisson")]
    [InlineData("ottt", Layer + ",reset=none,leak=0.5")]
    [InlineData("ottt", Layer + ",reset=none,leak=1")]
    [InlineData("ottt", "lif:6-3,steps=8,ends=each,readout=leaky")]
    [InlineData("ottt", "lif:6-3,steps=8,ends=each,readout=spikes,input=poisson,detached-reset,threshold=0.4")]
    [InlineData("ottt online.slice=4", Layer + ",detached-reset,input=poisson")]
    [InlineData("e-prop feedback.signal=symmetric", Layer + ",detached-reset")]
    [InlineData("ottt online.trace=synapse", Layer)]
    [InlineData("ottt online.trace=synapse", Layer + ",input=poisson")]
    [InlineData("ottt online.trace=synapse", Layer + ",input=poisson,reset=hard")]
    [InlineData("ottt online.trace=synapse", Layer + ",input=poisson,reset=hard,detached-reset")]
    [InlineData("ottt online.trace=synapse", Layer + ",reset=hard,surrogate=fast-sigmoid,slope=3")]
    [InlineData("e-prop feedback.signal=symmetric online.trace=synapse", Layer + ",input=poisson")]
    [InlineData("ottt online.trace=synapse", Layer + ",adaptation=0.4")]
    [InlineData("ottt online.trace=synapse", Layer + ",input=poisson,adaptation=0.4,reset=hard")]
    [InlineData("ottt online.trace=synapse", Layer + ",input=poisson,adaptation=0.4,detached-reset,adaptation-leak=0.7")]
    [InlineData("e-prop feedback.signal=symmetric online.trace=synapse", Layer + ",adaptation=0.4,reset=none")]
    [InlineData("ottt online.trace=synapse", "lif:6-3,steps=8,ends=each,readout=leaky,input=poisson")]
    [InlineData("ottt online.trace=synapse", "lif:6-3,steps=8,ends=each,readout=spikes,input=poisson,threshold=0.4")]
    [InlineData("e-prop feedback.signal=symmetric online.trace=synapse", Leaky + ",input=poisson")]
    [InlineData("e-prop feedback.signal=symmetric online.trace=synapse", Leaky + ",reset=hard")]
    [InlineData("e-prop feedback.signal=symmetric online.trace=synapse", Leaky + ",adaptation=0.4")]
    [InlineData("e-prop feedback.signal=symmetric online.trace=synapse", Leaky + ",adaptation=0.4,detached-reset,input=poisson")]
    [InlineData("ottt", "layers: 4x6; rows; dense units=5; lif detached-reset=true threshold=0.3; dense units=3")]
    public void ALayerOfNeuronsLearnsAsThroughTime(string rule, string model) => Same(model, "backprop", rule, 1e-11);

    [Theory]
    [InlineData("tess", Leaky)]
    [InlineData("tess trace.pre=0.3", "lif:6-7-3,steps=8,ends=each,readout=spikes,leak=0.8,threshold=0.4,detached-reset,input=poisson")]
    [InlineData("e-prop", Leaky + ",input=poisson")]
    public void OutputsThatLeakLearnAsThroughTime(string rule, string model)
    {
        var (through, online) = (After(model, "backprop"), After(model, rule));
        foreach (var name in (string[])["fc2.weight", "fc2.bias"]) Kit.Close(through[name], online[name], 1e-11, name);
        Assert.NotEqual(through["fc2.weight"], After(model, "backprop", rate: 0)["fc2.weight"]);
    }

    [Fact]
    public void WithoutATraceOutputsThatLeakDoNot()
    {
        var (through, online) = (After(Leaky, "backprop")["fc2.weight"], After(Leaky, "sltt")["fc2.weight"]);
        Assert.True(through.Zip(online, (a, b) => Math.Abs(a - b)).Max() > 1e-3);
    }

    [Fact]
    public void BelowTheHighestLayerItDoesNot()
    {
        const string Model = "lif:6-7-5-3,steps=8,ends=each,readout=linear,threshold=0.4,detached-reset,gain=2";
        var (through, online) = (After(Model, "backprop"), After(Model, "ottt"));
        Kit.Close(through["fc2.weight"], online["fc2.weight"], 1e-11, "fc2");
        var start = After(Model, "backprop", rate: 0)["fc1.weight"];
        double[] Moved(Dictionary<string, double[]> weights) => [.. weights["fc1.weight"].Zip(start, (now, was) => now - was)];
        var (a, b) = (Moved(through), Moved(online));
        var cosine = a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => y * y));
        Assert.InRange(cosine, 0.5, 0.9999);
    }

    [Theory]
    [InlineData("rnn:4x3-5-4-3,ends=each")]
    [InlineData("gru:4x3-5-3,ends=each")]
    [InlineData("lif:6-5-4-3,steps=4,ends=each,recurrent,input=poisson,threshold=0.4")]
    [InlineData("lif:6-5-3,steps=4,ends=each,learned-leak,reset=hard")]
    [InlineData("lif:6-5-4-3,steps=4,ends=each,recurrent,input=poisson,threshold=0.4,adaptation=0.4")]
    [InlineData("rc:6-5-4-3,steps=4,ends=each,step=0.4")]
    [InlineData("rc:6-5-4-3,steps=4,ends=each,step=0.4,input=poisson")]
    public void SlttIsBackpropagationThatDoesNotWalkBack(string model) => Same($"{model},truncate=0", "backprop", "sltt", 1e-11);

    public static TheoryData<string, string> Slices()
    {
        var data = Kit.Pairs(["sltt", "sltt feedback.signal=random", "sltt feedback.signal=adaptive"],
            ["rnn:4x3-5-4-3,ends=each", "gru:4x3-5-3,ends=each",
                "lif:6-5-4-3,steps=4,ends=each,recurrent,learned-leak,reset=hard,input=poisson,threshold=0.4,adaptation=0.3",
                "rc:6-5-4-3,steps=4,ends=each,step=0.4"]);
        foreach (var rule in (string[])["ottt", "ottt feedback.signal=random", "e-prop", "e-prop feedback.signal=adaptive",
            "e-prop rate.strength=3 rate.target=0.2"])
            foreach (var model in (string[])["lif:6-5-4-3,steps=4,ends=each,recurrent,threshold=0.4",
                "lif:6-5-4-3,steps=4,ends=each,recurrent,input=poisson,readout=spikes,reset=hard,threshold=0.4"]) data.Add(rule, model);
        return data;
    }

    [Theory]
    [MemberData(nameof(Slices))]
    public void HowManyStepsAreMadeAtOnceChangesNothing(string rule, string model)
    {
        foreach (var lengths in (int[]?[])[null, [4, 1, 3, 2]])
        {
            var whole = After(model, $"{rule} online.slice=4", lengths, 3);
            foreach (var slice in (int[])[1, 2])
                foreach (var (name, values) in After(model, $"{rule} online.slice={slice}", lengths, 3))
                    Kit.Close(whole[name], values, 1e-11, $"{name}, {slice} at once");
        }
    }

    [Theory]
    [InlineData("sltt", "rnn:{0}x3-8-4,ends=each")]
    [InlineData("sltt", "gru:{0}x3-8-4,ends=each")]
    [InlineData("ottt", "lif:9-8-8-4,steps={0},ends=each,recurrent")]
    [InlineData("e-prop", "lif:9-8-8-4,steps={0},ends=each,recurrent,input=poisson")]
    [InlineData("e-prop online.trace=synapse", "lif:9-8-8-4,steps={0},ends=each,recurrent,input=poisson")]
    [InlineData("sltt", "lif:9-8-8-4,steps={0},ends=each,learned-leak,reset=hard")]
    [InlineData("e-prop online.trace=synapse", "lif:9-8-8-4,steps={0},ends=each,recurrent,adaptation=0.5")]
    [InlineData("e-prop online.trace=synapse rate.strength=1", "lif:9-8-8-4,steps={0},ends=each,adaptation=0.5,input=poisson")]
    [InlineData("sltt", "rc:9-8-8-4,steps={0},ends=each")]
    [InlineData("tess", "lif:9-8-8-4,steps={0},ends=each")]
    [InlineData("tess", "lif:9-8-8-4,steps={0},ends=each,learned-leak,readout=linear,adaptation=0.5")]
    [InlineData("fptt", "gru:{0}x3-8-4,ends=each")]
    public void MemoryDoesNotGrowWithTheNumberOfSteps(string rule, string model)
    {
        string Of(int steps) => string.Format(System.Globalization.CultureInfo.InvariantCulture, model, steps);
        long Measured(int steps)
        {
            using var kernels = Kit.Single();
            var learner = Kit.Learner(Of(steps), rule, kernels);
            TimeKit.Fill(learner.Pass, Samples);
            learner.Step(0.01);
            return learner.Bytes - learner.Pass.Input.Bytes;   // rows are what a sample is made of, and grow with it
        }
        MemoryCost Planned(int steps) => StepWork.Of(Kit.Blueprint(Of(steps), rule), new(Samples)).Memory;
        Assert.Equal(Measured(10), Measured(1000));
        Assert.Equal(Planned(10), Planned(1000));
        Assert.True(StepWork.Of(Kit.Blueprint(Of(1000), "backprop"), new(Samples)).Memory.Activations > 50 * Planned(1000).Activations);
    }

    [Theory]
    [InlineData("sltt", "gru:4x3-5-3,ends=each")]
    [InlineData("sltt online.steps=2", "gru:4x3-5-3,ends=each")]
    [InlineData("ottt", "lif:6-5-4-3,steps=4,ends=each,recurrent")]
    [InlineData("e-prop online.slice=2", "lif:6-5-4-3,steps=4,ends=each,input=poisson")]
    [InlineData("e-prop online.trace=synapse", "lif:6-5-4-3,steps=4,ends=each,recurrent")]
    [InlineData("e-prop online.trace=synapse", "lif:6-5-4-3,steps=4,ends=each,recurrent,adaptation=0.5")]
    [InlineData("e-prop online.trace=synapse rate.strength=1", "lif:6-5-4-3,steps=4,ends=each,adaptation=0.5")]
    [InlineData("tess", "lif:6-5-4-3,steps=4,ends=each")]
    [InlineData("sltt", "rc:6-5-4-3,steps=4,ends=each")]
    [InlineData("fptt", "rc:6-5-4-3,steps=4,ends=each,input=poisson")]
    [InlineData("fptt", "lif:6-5-3,steps=4,ends=each,learned-leak,input=poisson")]
    public void AWarmStepAllocatesNothing(string rule, string model)
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner(model, rule, kernels);
        TimeKit.Fill(learner.Pass, Samples);
        for (var i = 0; i < 3; i++) learner.Step(0.1);
        Assert.True(Allocation.Of(() => learner.Step(0.1)) == 0, $"{rule} on {model} allocates.");
    }

    [Theory]
    [InlineData("sltt", "mlp:6-5-3", "sltt learns at each time step: the network has none")]
    [InlineData("sltt", "rnn:4x3-5-3", "time ends at fc1.last (last step). Put a loss at each step: ends=each")]
    [InlineData("e-prop", "lif:6-5-3,steps=4", "ends=each")]
    [InlineData("ottt online.slice=3", "lif:6-5-3,steps=4,ends=each", "3 steps at once do not divide the network's 4")]
    [InlineData("fptt", "lif:6-5-3,steps=4,ends=each", "is multiplied once for all of them")]
    [InlineData("sltt online.steps=2", "lif:6-5-3,steps=4,ends=each", "some are learned from, and fc1")]
    [InlineData("sltt online.steps=5", "gru:4x3-5-3,ends=each", "5 of its steps are to be drawn, and the network has 4")]
    [InlineData("sltt online.steps=2 online.slice=2", "gru:4x3-5-3,ends=each", "online.slice=1 and online.update=batch")]
    [InlineData("ottt online.update=slice", "lif:6-5-3,steps=4,ends=each", "Let time begin below it: input=poisson")]
    [InlineData("ottt", "rnn:4x3-5-3,ends=each", "traces are those of leaky neurons, and rnn1")]
    [InlineData("fptt", "rc:6-5-3,steps=4,readout=first-spike,input=poisson", "Put a loss at each step: ends=each with readout=linear.")]
    [InlineData("ottt", "rc:6-5-3,steps=4,ends=each", "traces are those of leaky neurons, and rc1")]
    [InlineData("e-prop online.trace=synapse", "rc:6-5-3,steps=4,ends=each", "traces are those of leaky neurons, and rc1")]
    [InlineData("tess", "rc:6-5-3,steps=4,ends=each", "rc1")]
    [InlineData("e-prop", "lif:6-5-3,steps=4,ends=each,learned-leak", "learn their own (learned-leak)")]
    [InlineData("e-prop", "lif:6-5-3,steps=4,ends=each,adaptation=0.5", "(adaptation) is another trace for each synapse and sample. Use")]
    [InlineData("e-prop rate.strength=1", "layers: 6; repeat steps=3; dense units=4; lif; dropout rate=0.5; dense units=3",
        "behind the neurons fc1.lif another layer stands (fc1.dropout)")]
    [InlineData("e-prop rate.strength=1", "layers: 6; repeat steps=3; dense units=5; tanh; dense units=4; lif; dense units=3",
        "rates are those of spikes, and the block fc1 has none")]
    [InlineData("tess", "lif:6-5-3,steps=4,ends=each,learned-leak", "fc2.leaky learn their own (learned-leak). Leave it out, or take")]
    [InlineData("e-prop online.trace=synapse", "lif:6-5-3,steps=4,ends=each,learned-leak", "filtered by one leak, and the outputs fc2")]
    [InlineData("sltt", "lif:6-5-3,steps=4,ends=each,refractory=1", "spikes of several steps (refractory)")]
    [InlineData("sltt", "layers: 6; dense units=5; tanh; dense units=4; repeat steps=3; lif; dense units=3", "fc1 stands before time")]
    [InlineData("ottt", "layers: 6; repeat steps=3; dense units=4; layernorm; lif; dense units=3", "another layer stands")]
    [InlineData("sltt", "layers: 6; repeat steps=3; dense units=4; batchnorm; lif; dense units=3", "takes its moments over all steps")]
    [InlineData("fc1=sltt,*=backprop", "rnn:4x3-5-3,ends=each", "backprop in the same map when all steps are done")]
    public void WhatCannotLearnStepByStepIsRefused(string rule, string model, string says)
    {
        using var kernels = Kit.Single();
        Assert.Contains(says, Assert.Throws<ConcordException>(() => Kit.Learner(model, rule, kernels)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "online.trace=input")]
    [InlineData(",adaptation=0.5", "sltt")]
    public void TracesOfSynapsesThatDoNotFitAreRefusedWithTheMemoryTheyWouldTake(string neurons, string instead)
    {
        var settings = new RunSettings
        {
            Data = "glyphs", Model = $"lif:784-30000-10,steps=4,ends=each,input=poisson{neurons}", Rule = "e-prop", Batch = 300,
            RuleOptions = new Dictionary<string, string> { ["online.trace"] = "synapse" }, Normalization = NormalizationKind.UnitRange,
        };
        using var kernels = Kit.Single();
        var data = Dataset.Glyphs(300, 10).Split(0, RandomStream.FromSeed(0));
        var message = Assert.Throws<ConcordException>(() => new Trainer(settings, data, kernels)).Message;
        Assert.Contains("The traces of the synapses fc1.weight for a batch of 300 would have 300x784x30,000 numbers, 28.224 GB", message,
            StringComparison.Ordinal);
        Assert.Contains(instead, message, StringComparison.Ordinal);
        Assert.Equal(neurons.Length == 0 ? 3 : 4,
            SynapseTraces.Extents(settings.Blueprint.MakeNetwork(), 300, new(Filters: true)).Count());
        Assert.Equal(neurons.Length == 0 ? 2 : 3, SynapseTraces.Extents(settings.Blueprint.MakeNetwork(), 300, new()).Count());
    }

    [Fact]
    public void StepsThatAreNotDrawnTakeNoWorkDownward()
    {
        Work Of(string rule, Phase phase) => StepWork.Of(Kit.Blueprint("gru:8x3-5-3,ends=each", rule), new(Samples)).Of(phase);
        Assert.Equal(Of("sltt", Phase.WeightGradient).MultiplyAccumulates,
            4 * Of("sltt online.steps=2", Phase.WeightGradient).MultiplyAccumulates);
        Assert.Equal(Of("sltt", Phase.Forward), Of("sltt online.steps=2", Phase.Forward));
        using var kernels = Kit.Single();
        Assert.Contains("; down in 2 of them, drawn for each batch", Kit.Learner("gru:8x3-5-3,ends=each", "sltt online.steps=2", kernels)
            .Plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ThePlanSaysThatTimeIsWalkedInSlices()
    {
        using var kernels = Kit.Single();
        var plan = Kit.Learner("lif:6-5-4-3,steps=8,ends=each,recurrent", "e-prop online.slice=2", kernels).Plan;
        Assert.Contains("time: 4 slices of 2 steps, upward and down in turns; memory is that of one", plan.ToString(),
            StringComparison.Ordinal);
        Assert.All(plan.Rows, row => Assert.EndsWith("; through time a trace of the input", row.Feedback, StringComparison.Ordinal));
        Assert.Empty(plan.Crossed);
        Assert.Contains("not recompute", Assert.Throws<ConcordException>(() => Kit.Learner("rnn:4x3-5-3,ends=each", "sltt", kernels,
            activations: ActivationPolicy.Recomputed)).Message.Replace("cannot be recomputed", "not recompute", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    private static void Same(string model, string first, string second, double tolerance)
    {
        var (expected, actual) = (After(model, first), After(model, second));
        foreach (var (name, values) in expected) Kit.Close(values, actual[name], tolerance, $"{second} on {model}: {name}");
        var start = After(model, first, rate: 0);
        Assert.All(expected, entry => Assert.NotEqual(start[entry.Key], entry.Value));
    }

    private static Dictionary<string, double[]> After(string model, string rule, int[]? lengths = null, int steps = 1, double rate = 0.5)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(model, rule, kernels);
        for (var step = 0; step < steps; step++)
        {
            TimeKit.Fill(learner.Pass, Samples, step);
            if (lengths is not null) learner.Pass.Batch.SetLengths(lengths);
            learner.Step(rate);
        }
        return learner.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.ToArray());
    }
}

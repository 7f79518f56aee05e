using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Spiking;
using Concord.Spiking.Losses;
using Concord.Training;

namespace Concord.Tests.Spiking;

/// <summary>Networks of spiking layers under rules: what each learns is held against the layers worked by hand.</summary>
public sealed class SpikingNetworkTests
{
    internal const string Three = "snn:6-5-4-3,tau=0.05,threshold=0.02/0.01,weights=-0.3/1,duration=0.3";
    internal const string Image = "snn:2x6x5-c3k3-p2-7-3,tau=0.05,threshold=0.015,weights=-0.3/1,duration=0.3";
    private const int N = 4;

    private static readonly Objective s_count = new(LossKind.SpikeCount);

    [Theory]
    [InlineData("count", "backprop")]
    [InlineData("count", "fa")]
    [InlineData("count", "usf")]
    [InlineData("count", "brsf")]
    [InlineData("count", "frsf")]
    [InlineData("count", "fbp")]
    [InlineData("count", "kolen-pollack")]
    [InlineData("first-spike", "backprop")]
    [InlineData("first-spike", "fa")]
    [InlineData("spike-time", "backprop")]
    [InlineData("van-rossum", "fa")]
    public void AChainRuleIsTheExactWalkWithItsFeedbackInTheWeightsPlace(string loss, string rule)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Three, rule, kernels, objective: new(Objective.ByName[loss]));
        Fill(learner.Pass);
        var before = Weights(learner);
        learner.Step(0);   // feedback that belongs to the step is there now, and nothing has moved
        Fill(learner.Pass);
        var kept = Gradients(learner);

        var stack = new SpikingStack(kernels, 0.3, Neurons(learner.Network), before);
        var input = learner.Pass.SpikesOf(learner.Network.Blocks[0].Layers[0])!;
        stack.Trains[0] = input;
        stack.Forward();
        Assert.True(stack.Output.Count > 0);
        stack.Signals[3] = stack.Output.ValuesOf(null);
        List<int> labels = [.. Enumerable.Range(0, N).Select(n => n % 3)];
        LossOf(loss, labels).Of(stack.Output, stack.Signals[3]!);
        for (var l = 2; l >= 0; l--)
        {
            var below = l == 0 ? null : stack.Trains[l].ValuesOf(null);
            var connection = Layers(learner.Network)[l].Connection;
            var carrier = l == 0 ? null : learner.Plan.CarrierOf(connection).Matrix(connection);
            if (rule is not "backprop" and not "fbp" && l > 0) Assert.NotSame(connection.Weight.Value, carrier);
            stack.Layers[l].Backward(stack.Signals[l + 1]!, below, carrier, new(stack.Gradients[l]));
            stack.Signals[l] = below;
            Kit.Close(stack.Gradients[l].ToArray(), kept[connection.Weight].ToArray(), 1e-9, $"{rule} {connection.Weight.Name}");
            Assert.Contains(kept[connection.Weight].ToArray(), value => value != 0);
        }
    }

    [Theory]
    [InlineData("dfa")]
    [InlineData("sparse-dfa")]
    public void ADirectRuleGivesEachSpikeMinusTheProjectedErrorOfItsNeuron(string rule)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Three, rule, kernels, objective: s_count);
        Fill(learner.Pass);
        var kept = Gradients(learner);
        var error = learner.Pass.Error;
        var counts = learner.Pass.Logits;
        for (var n = 0; n < N; n++)
            for (var o = 0; o < 3; o++) Assert.Equal(counts[n * 3 + o] - (o == n % 3 ? 15 : 3), error[n * 3 + o]);
        foreach (var port in learner.Network.Ports.SkipLast(1))
        {
            var projected = kernels.Allocate(port.Shape.Batch(N));
            learner.Plan.Rule.ProjectionAt(port)!.Apply(kernels, new(), error, projected);
            var spikes = learner.Pass.SpikesAt(port);
            var signal = spikes.ValuesOf(null);
            spikes.Spread(-1, projected, signal);
            for (var n = 0; n < N; n++)
                for (var e = spikes.Offsets[n]; e < spikes.Offsets[n + 1]; e++)
                    Assert.Equal(-projected[n * spikes.Neurons + spikes.NeuronsOfEvents[e]], signal[e]);
            var layer = Layers(learner.Network)[port.Index];
            var dense = new SpikingDense(kernels, layer.Input.Length, layer.Output.Length, layer.Neuron, 0.3);
            var input = port.Index == 0 ? learner.Pass.SpikesOf(learner.Network.Blocks[0].Layers[0])!
                : learner.Pass.SpikesAt(learner.Network.Ports[port.Index - 1]);
            dense.Forward(layer.Connection.Weight.Value, input, new(layer.Output.Length, kernels.ElementType));
            var gradient = kernels.Allocate(layer.Connection.Weight.Shape);
            dense.Backward(signal, null, null, new(gradient));
            Kit.Close(gradient.ToArray(), kept[layer.Connection.Weight].ToArray(), 1e-9, port.Name);
        }
    }

    [Theory]
    [InlineData("sham", Three)]
    [InlineData("fbp feedback.period=1", Three)]
    [InlineData("fa feedback.start=copied", Three)]
    [InlineData("sham", Image)]
    public void FeedbackThatIsTheWeightIsBackpropagationToTheBit(string rule, string network)
    {
        using var kernels = Kit.Single();
        var (one, other) = (Kit.Learner(network, rule, kernels, objective: s_count),
            Kit.Learner(network, "backprop", kernels, objective: s_count));
        for (var step = 0; step < (rule.StartsWith("fa", StringComparison.Ordinal) ? 1 : 4); step++)
            foreach (var learner in (Learner[])[one, other])
            {
                Fill(learner.Pass, step);
                learner.Step(0.001);
            }
        Assert.Equal(Kit.Bytes(other.Network), Kit.Bytes(one.Network));
    }

    [Theory]
    [InlineData("fa", Three)]
    [InlineData("dfa", Three)]
    [InlineData("fbp", Three)]
    [InlineData("kolen-pollack", Three)]
    [InlineData("fa", Image)]
    [InlineData("dfa", Image)]
    public void WeightsAboveABlockDoNotReachIt(string rule, string network) =>
        Assert.Equal(Learned(rule, network, (_, value) => value), Learned(rule, network, (i, _) => 3 * Math.Sin(i + 1)));

    [Theory]
    [InlineData(Three)]
    [InlineData(Image)]
    public void SignsAboveABlockReachItUnderUsfAndMagnitudesDoNot(string network)
    {
        var untouched = Learned("usf", network, (_, value) => value);
        Assert.Equal(untouched, Learned("usf", network, (i, value) => value * (2 + Math.Sin(i))));
        Assert.NotEqual(untouched, Learned("usf", network, (i, value) => i % 2 == 0 ? -value : value));
        Assert.NotEqual(Learned("backprop", network, (_, value) => value),
            Learned("backprop", network, (i, value) => value * (2 + Math.Sin(i))));
    }

    [Fact]
    public void UnderShallowOnlyTheOutputMovesAndNoSignalIsComputed()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Three, "shallow", kernels, objective: s_count);
        var before = Weights(learner);
        Fill(learner.Pass);
        kernels.Log = new();
        learner.Step(0.01);
        Assert.DoesNotContain(kernels.Log.Records, record => record.Operation == "SpikesDown");
        var after = Weights(learner);
        Assert.Equal(before[0].Cast<double>(), after[0].Cast<double>());
        Assert.Equal(before[1].Cast<double>(), after[1].Cast<double>());
        Assert.NotEqual(before[2].Cast<double>(), after[2].Cast<double>());
    }

    [Theory]
    [InlineData("backprop", Three, "count")]
    [InlineData("brsf", Three, "count")]
    [InlineData("dfa", Three, "first-spike")]
    [InlineData("fa", Image, "count")]
    [InlineData("backprop", Image, "van-rossum")]
    [InlineData("backprop", $"{Three},delays=0/0.02", "count")]
    [InlineData("kolen-pollack", "snn:6-5-3,encoder=rate,rate=50,threshold=0.05,tau=0.05,weights=-0.3/1", "spike-time")]
    public void AWarmStepAllocatesNothing(string rule, string network, string loss)
    {
        using var kernels = Kit.Single();
        var aims = new SpikeAims(RateStrength: 0.1);
        var learner = Kit.Learner(network, rule, kernels, new(OptimizerKind.Adam, Momentum: 0),
            new(Objective.ByName[loss], Spikes: aims));
        Fill(learner.Pass);
        double[] x = learner.Pass.Input.ToArray(), t = learner.Pass.Targets.ToArray();
        void Step(int rows)
        {
            learner.Pass.Begin(rows);
            learner.Pass.Input.CopyFrom(x.AsSpan(0, rows * learner.Network.Input.Length));
            learner.Pass.Targets.CopyFrom(t.AsSpan(0, rows * 3));
            learner.Step(0.001);
        }
        for (var warm = 0; warm < 8; warm++)
        {
            Step(N);
            Step(2);
        }
        Assert.Equal(0, Allocation.Of(() =>
        {
            Step(N);
            Step(2);
        }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void StepsAreTheSameToTheBitForAnyNumberOfThreads(int threads)
    {
        using var kernels = Kit.Single(threads);
        using var alone = Kit.Single();
        var (one, other) = (Kit.Learner("snn:40-200-3,threshold=0.05,tau=0.05", "fa", kernels, objective: s_count),
            Kit.Learner("snn:40-200-3,threshold=0.05,tau=0.05", "fa", alone, objective: s_count));
        foreach (var learner in (Learner[])[one, other])
            for (var step = 0; step < 3; step++)
            {
                Fill(learner.Pass, step);
                learner.Step(0.001);
            }
        Assert.Equal(Kit.Bytes(other.Network), Kit.Bytes(one.Network));
    }

    [Fact]
    public void ThePlanCountsAccumulatesForAssumedSpikesAndAStepForThoseThatThereWere()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Three, "fa", kernels, objective: s_count);
        Fill(learner.Pass);
        kernels.Log = new();
        learner.Step(0.1);
        var pass = learner.Pass;
        long[] spikes = [pass.SpikesOf(learner.Network.Blocks[0].Layers[0])!.Count,
            .. learner.Network.Ports.Select(port => (long)pass.SpikesAt(port).Count)];
        Assert.Equal(spikes[0] * 5 + spikes[1] * 4 + spikes[2] * 3, kernels.Log[Phase.Forward].Accumulates);
        Assert.Equal(spikes[0] * 5 + spikes[1] * 4 + spikes[2] * 3, kernels.Log[Phase.WeightGradient].Accumulates);
        Assert.Equal(spikes[1] * 4 + spikes[2] * 3, kernels.Log[Phase.Error].MultiplyAccumulates);
        Assert.Equal(0, kernels.Log[Phase.Forward].MultiplyAccumulates);

        var planned = learner.Cost(N);
        Assert.Equal(N * (6 * 5 + 5 * 4 + 4 * 3), planned.Of(Phase.Forward).Accumulates);
        Assert.Equal(N * (5 * 4 + 4 * 3), planned.Of(Phase.Error).MultiplyAccumulates);
        var step = kernels.Log.Records.Where(record => record.Phase != Phase.Update).Select(record => (record.Block, record.Phase))
            .Distinct().Order();
        Assert.Equal(step, planned.Recorded.Where(entry => entry.Period == 1).Select(entry => (entry.Block, entry.Phase)).Order());
        var twice = new StepWork(Kit.Blueprint(Three, "fa").PlanOn(new Concord.Numerics.Engines.PlanningKernels(spikesPerNeuron: 2)),
            new(N, s_count));
        Assert.Equal(2 * planned.Of(Phase.Forward).Accumulates, twice.Of(Phase.Forward).Accumulates);
    }

    [Fact]
    public void TheGradientAtTheInputIsThatOfLatencies()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Three, "backprop", kernels, objective: new(LossKind.SpikeTrain));
        Fill(learner.Pass);
        Loss();
        var gradient = new TrueGradient(learner.Pass).Walk().ToArray();
        var counted = 0;
        for (var i = 0; i < gradient.Length; i++)
        {
            const double Step = 1e-7;
            var value = learner.Pass.Input[i];
            if (value is 0 or > 1 - Step) continue;
            var (up, ups) = At(value + Step);
            var (down, downs) = At(value - Step);
            At(value);
            if (ups != downs) continue;   // a spike came or went
            Assert.True(Math.Abs((up - down) / (2 * Step) - gradient[i]) < 1e-4 * (1 + Math.Abs(gradient[i])),
                $"{i}: {(up - down) / (2 * Step)} is not {gradient[i]}");
            counted++;

            (double Loss, int Spikes) At(double x)
            {
                learner.Pass.Input[i] = x;
                return (Loss(), learner.Network.Ports.Sum(port => learner.Pass.SpikesAt(port).Count));
            }
        }
        Assert.True(counted > N * 4, $"{counted}");

        double Loss()
        {
            learner.Pass.Forward(0, training: true);
            return learner.Objective.Error(learner.Pass) * N;
        }
    }

    [Theory]
    [InlineData("fdfa", "gives spikes")]
    [InlineData("fg-weight", "tangents")]
    [InlineData("pepita", "spik")]
    [InlineData("wm", "cannot be asked by itself")]
    [InlineData("fa feedback.rank=2", "feedback.rank")]
    [InlineData("local-pred", "gives spikes, and the rule places its port at an activation")]
    [InlineData("ddtp", "spik")]
    [InlineData("dtp", "spik")]
    [InlineData("dfa feedback.preset=frenkel2021", "gives spikes")]
    public void WhatHasNoMeaningForSpikesIsRefusedByNameBeforeTraining(string rule, string because)
    {
        using var kernels = Kit.Double();
        var refused = Assert.Throws<ConcordException>(() => Kit.Learner(Three, rule, kernels, objective: s_count));
        Assert.Contains(because, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LossesAndNetworksThatDoNotGoTogetherAreRefused()
    {
        using var kernels = Kit.Double();
        string Refused(string network, LossKind loss, string rule = "backprop", ActivationPolicy activations = ActivationPolicy.Stored) =>
            Assert.Throws<ConcordException>(() => Kit.Learner(network, rule, kernels, objective: new(loss), activations: activations))
                .Message;
        Assert.Contains("count, first-spike, spike-time", Refused(Three, LossKind.SoftmaxCrossEntropy), StringComparison.Ordinal);
        Assert.Contains("cross-entropy, bce, mse", Refused("mlp:6-3", LossKind.SpikeCount), StringComparison.Ordinal);
        Assert.Contains("dfa", Refused(Three, LossKind.SpikeTime, "dfa"), StringComparison.Ordinal);
        Assert.Contains("stored", Refused(Three, LossKind.SpikeCount, "dfa", ActivationPolicy.Recomputed), StringComparison.Ordinal);
        Assert.Contains("a layer that spiking networks do not have (Dropout)",
            Assert.Throws<ConcordException>(() => ModelDescription.Parse("snn:6-5-d0.5-3")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("snn:1x8x8-c3k3", "last layer is dense")]
    [InlineData("snn:784-gap-10", "spiking networks do not have")]
    [InlineData("snn:1x8x8-c3k3p1-10", "spiking networks do not have")]
    [InlineData("snn:784-800-10,tanh", "no option 'tanh'")]
    [InlineData("layers: 784; spiking units=800; dense units=10", "'snn:784-800-10'")]
    [InlineData("snn:784-800-10,threshold=0", "above 0")]
    [InlineData("snn:784-800-10,threshold=1/2/3", "2 layers with weights, but 3 numbers")]
    [InlineData("snn:784-800-10,reset=1/2/3", "3 numbers for reset. Give one, two (hidden layers and the output), or 2")]
    [InlineData("snn:784-800-10,reset=0.1/threshold", "numbers above 0, with slashes between them, or threshold")]
    [InlineData("snn:784-800-10,rate=5", "encoder=rate")]
    [InlineData("snn:784-800-10,weights=1/-1", "LOW/HIGH")]
    [InlineData("snn:784-800-10,most-spikes=0", "at least 1")]
    [InlineData("snn:784-800-10,encoder=rate,rate=1e9", "Give a lower rate (rate=) or a shorter time (window=)")]
    public void AModelThatCannotBeMeantIsRefusedWithWhatCouldBe(string model, string because) =>
        Assert.Contains(because, Assert.Throws<ConcordException>(() => ModelDescription.Parse(model)).Message, StringComparison.Ordinal);

    [Fact]
    public void AModelStringSaysLayersNeuronsAndEncoding()
    {
        var network = ModelDescription.Parse("snn:1x28x28-c15k5-p2-c40k5-p2-300-10,encoder=population,population=4,"
            + "threshold=0.04/0.8/0.6/0.3,most-spikes=1/3/10/30,membrane=equal,tau=0.2,reset=0.1,grazing=clipped,slope=0.1");
        Assert.Equal(["conv1", "conv2", "fc1", "fc2"], network.Blocks.Select(block => block.Name));
        Assert.Equal("28x28x4", $"{network.Blocks[0].Layers[0].Output}");
        Assert.Equal("12x12x15", $"{network.Blocks[0].Output}");
        Assert.Equal([5 * 5 * 4 * 15, 5 * 5 * 15 * 40, 4 * 4 * 40 * 300, 3000],
            network.Parameters.Select(parameter => parameter.Shape.Length));
        var neurons = Neurons(network);
        Assert.Equal([0.04, 0.8, 0.6, 0.3], neurons.Select(neuron => neuron.Threshold));
        Assert.Equal([1, 3, 10, 30], neurons.Select(neuron => neuron.MostSpikes));
        Assert.All(neurons, neuron => Assert.Equal((Membrane.EqualToSynaptic, 0.2, 0.1, Grazing.Clipped, 0.1),
            (neuron.Membrane, neuron.SynapticTime, neuron.ResetBy, neuron.Grazing, neuron.SlopeLimit)));
    }

    [Theory]
    [InlineData("", new[] { 0.04, 0.04, 0.3 })]
    [InlineData(",reset=threshold", new[] { 0.04, 0.04, 0.3 })]
    [InlineData(",reset=0.1", new[] { 0.1, 0.1, 0.1 })]
    [InlineData(",reset=0.1/0.2", new[] { 0.1, 0.1, 0.2 })]
    [InlineData(",reset=0.1/0.5/0.2", new[] { 0.1, 0.5, 0.2 })]
    public void HiddenNeuronsMayBeResetByAnotherAmountThanTheOutputs(string reset, double[] expected) => Assert.Equal(expected,
        Neurons(ModelDescription.Parse($"snn:9-8-7-3,threshold=0.04/0.3{reset}")).Select(neuron => neuron.ResetBy));

    [Fact]
    public void NumbersOutsideTheRangeSayWhatToDo()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Three, "backprop", kernels, objective: s_count);
        Fill(learner.Pass);
        learner.Pass.Input[1] = -0.5;   // beyond the samples that the scale was fitted to
        learner.Pass.Input[2] = 1.5;
        learner.Step(0.1);
        var encoded = SpikingKit.Sample(learner.Pass.SpikesOf(learner.Network.Blocks[0].Layers[0])!, 0);
        Assert.Equal(new(0, 2), encoded[0]);
        Assert.DoesNotContain(encoded, e => e.Neuron == 1);
        learner.Pass.Input[2] = 2.5;
        Assert.Contains("--normalization unit-range", Assert.Throws<ConcordException>(() => learner.Step(0.1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void DataOfSpikesNeedNoEncoding()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("snn:6-5-3,encoder=none,tau=0.05,threshold=0.01,weights=-0.3/1", "fa", kernels, objective: s_count);
        var pass = learner.Pass;
        pass.Begin(1);
        pass.Targets.CopyFrom([0, 1, 0]);
        Assert.Contains("takes spikes", Assert.Throws<ConcordException>(() => learner.Step(0.1)).Message, StringComparison.Ordinal);
        pass.Batch.Spikes.Clear();
        pass.Batch.Spikes.Append([0, 0.01, 0.02, 0.03], [0, 1, 2, 0]);
        var before = Kit.Bytes(learner.Network);
        learner.Step(0.1);
        Assert.Equal([2, 1, 1, 0, 0, 0], pass.Input.ToArray());
        Assert.NotEqual(before, Kit.Bytes(learner.Network));
    }

    [Fact]
    public void DrawsAreKeyedBySeedStepAndRow()
    {
        using var kernels = Kit.Double();
        double[] Spikes(long seed, long step)
        {
            var learner = Kit.Learner("snn:6-5-3,encoder=rate,rate=200", "backprop", kernels, objective: s_count, seed: seed);
            Fill(learner.Pass);
            learner.Pass.Input.CopyFrom([.. Enumerable.Repeat(0.5, N * 6)]);
            learner.Pass.Forward(step, training: true);
            return learner.Pass.SpikesOf(learner.Network.Blocks[0].Layers[0])!.Times.ToArray();
        }
        Assert.Equal(Spikes(1, 2), Spikes(1, 2));
        Assert.NotEqual(Spikes(1, 2), Spikes(1, 3));
        Assert.NotEqual(Spikes(1, 2), Spikes(2, 2));
    }

    [Fact]
    public void SfdfaLearnsTheWeightTimesTheShareOfFirstSpikesThatComeInTime()
    {
        const int Samples = 64;
        using var kernels = Kit.Double();
        const string Two = "snn:6-5-3,tau=0.05,threshold=0.02/0.01,weights=-0.3/1,duration=0.3";
        var learner = Kit.Learner(Two, "sfdfa feedback.rate=0.008", kernels, objective: s_count);
        learner.Pass.Begin(Samples);
        var stream = RandomStream.FromSeed(3);
        learner.Pass.Input.CopyFrom([.. Enumerable.Range(0, Samples * 6).Select(i => stream.Uniform((ulong)i))]);
        learner.Pass.Targets.CopyFrom([.. Enumerable.Range(0, Samples * 3).Select(i => i % 3 == i / 3 % 3 ? 1.0 : 0)]);
        for (var step = 0; step < 1000; step++) learner.Step(0);   // the weights stay
        SpikeTrains hidden = learner.Pass.SpikesAt(learner.Network.Ports[0]), output = learner.Pass.SpikesAt(learner.Network.Ports[1]);
        var weight = Layers(learner.Network)[1].Connection.Weight.Value;
        var learned = learner.Plan.Rule.ProjectionAt(learner.Network.Ports[0])!.ToMatrix(kernels);
        for (var n = 0; n < 5; n++)
            for (var o = 0; o < 3; o++)
            {
                var (active, inTime) = (0, 0);
                for (var sample = 0; sample < Samples; sample++)
                {
                    var spikes = SpikingKit.Sample(hidden, sample).FindAll(e => e.Neuron == n);
                    if (spikes.Count == 0) continue;
                    active++;
                    if (SpikingKit.Sample(output, sample).Exists(e => e.Neuron == o && e.Time >= spikes[0].Time)) inTime++;
                }
                var expected = active == 0 ? 0 : weight[n * 3 + o] * inTime / active;
                Assert.True(Math.Abs(learned[n * 3 + o] - expected) < 0.06, $"{n}, {o}: {learned[n * 3 + o]} is not {expected}");
            }
    }

    [Fact]
    public void HiddenNeuronsAreHeldNearARate()
    {
        using var kernels = Kit.Single();
        double Rate(double strength)
        {
            var learner = Kit.Learner(Three, "dfa", kernels, new(OptimizerKind.Adam, 0.01, 0),
                new(LossKind.SpikeCount, Spikes: strength > 0 ? new(RateStrength: strength, RateTarget: 1) : null));
            for (var step = 0; step < 300; step++)
            {
                Fill(learner.Pass, step % 5);
                learner.Step(0.01);
            }
            return learner.Pass.SpikesAt(learner.Network.Ports[0]).Count / (N * 5.0);
        }
        Assert.True(Math.Abs(Rate(100) - 1) < Math.Abs(Rate(0) - 1), $"{Rate(100)} is no nearer to 1 than {Rate(0)}");
    }

    [Theory]
    [InlineData("cross-entropy", "spikeTargets", "15/3")]
    [InlineData("first-spike", "spikeTargets", "10/0")]
    [InlineData("count", "lossTime", "0.01")]
    [InlineData("count", "rateTarget", "0.4")]
    [InlineData("spike-time", "spikeTargets", "0.3/2")]
    public void SettingsWithoutEffectAreRefused(string loss, string key, string value) => Assert.Throws<ConcordException>(() =>
        RunSettings.Read([new("loss", loss), new(key, value)], new RunSettings { Model = Three }).Validate());

    [Fact]
    public void AModelBringsWhatIsUsualForItAndSoDoDataWithoutClasses()
    {
        var usual = new RunSettings().WithUsualOf("bats");
        Assert.Equal((LossKind.SpikeCount, 50, OptimizerKind.Adam, 0.003), (usual.Objective.Loss, usual.Batch, usual.Optimizer.Kind,
            usual.Optimizer.LearningRate));
        var plain = new RunSettings();
        Assert.Same(plain, plain.WithUsualOf("mlp:6-3", "mnist"));
        Assert.Equal(plain with { Objective = new(LossKind.SquaredError) }, plain.WithUsualOf("mlp:100-5", "teacher-student"));
    }

    private static byte[] Learned(string rule, string network, Func<int, double, double> above)
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner(network, rule, kernels, objective: s_count);
        Fill(learner.Pass);
        learner.Pass.Forward(0, training: true);
        learner.Objective.Error(learner.Pass);
        foreach (var layer in Layers(learner.Network).Skip(1))
        {
            var w = layer.Connection.Weight.Value;
            for (var i = 0; i < w.Length; i++) w[i] = above(i, w[i]);
        }
        var kept = Teach(learner);
        return [.. kept[Layers(learner.Network)[0].Connection.Weight].AsBytes()];
    }

    private static Dictionary<Parameter, Tensor> Gradients(Learner learner)
    {
        learner.Pass.Forward(0, training: true);
        learner.Objective.Error(learner.Pass);
        return Teach(learner);
    }

    private static Dictionary<Parameter, Tensor> Teach(Learner learner)
    {
        var kept = new GradientKeeper(learner.Kernels);
        var backward = learner.Plan.BackwardPass(learner.Pass, kept);
        learner.Plan.CreditAssignment.Observe(backward);
        learner.Plan.CreditAssignment.Teach(backward);
        return kept.Gradients;
    }

    private static SpikingNeurons[] Layers(Network network) =>
        [.. network.Blocks.SelectMany(block => block.Layers).OfType<SpikingNeurons>()];

    private static SpikingNeuron[] Neurons(Network network) => [.. Layers(network).Select(layer => layer.Neuron)];

    private static double[][,] Weights(Learner learner) => [.. Layers(learner.Network).Select(layer =>
    {
        var w = layer.Connection.Weight.Value;
        var values = new double[w.Shape.Rows, w.Shape.RowLength];
        for (var i = 0; i < w.Length; i++) values[i / w.Shape.RowLength, i % w.Shape.RowLength] = w[i];
        return values;
    })];

    private static SpikingLoss LossOf(string name, List<int> labels)
    {
        var wanted = new SpikeTrains(3, ElementType.Double);
        foreach (var label in labels)
        {
            for (var o = 0; o < 3; o++)
                if (name == "spike-time") wanted.Add(0.3 * (o == label ? 0.25 : 0.75), o);
                else for (var k = 1; k <= (o == label ? 15 : 3); k++) wanted.Add(k * 0.3 / ((o == label ? 15 : 3) + 1), o);
            wanted.EndSample();
        }
        return name switch
        {
            "count" => new SpikeCountLoss(labels),
            "first-spike" => new FirstSpikeLoss(labels, silent: 0.3),
            "spike-time" => new SpikeTimeLoss(wanted),
            _ => new SpikeTrainDistance(wanted),
        };
    }

    /// <summary>Uniform inputs, of which some are 0; sample n is of class n mod 3.</summary>
    private static void Fill(Pass pass, long batch = 0)
    {
        pass.Begin(N);
        var stream = RandomStream.FromSeed(2000 + batch);
        var (inputs, outputs) = (pass.Network.Input.Length, pass.Network.Output.Length);
        pass.Input.CopyFrom([.. Enumerable.Range(0, N * inputs).Select(i => i % 7 == 0 ? 0 : stream.Uniform((ulong)i))]);
        pass.Targets.CopyFrom([.. Enumerable.Range(0, N * outputs).Select(i => i % outputs == i / outputs % outputs ? 1.0 : 0)]);
    }
}

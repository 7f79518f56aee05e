using System.Text.Json;
using Concord.Data;
using Concord.Diagnostics;
using Concord.Experiments;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Tests.Cli;
using Concord.Training;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Training;

/// <summary>
/// What is said of a run that finished though something went wrong in it; and that nothing is said of a sound one.
/// </summary>
public sealed class RunWarningTests : IDisposable
{
    private const double Same = 2.302585;   // ln 10: what the same answer to ten classes alike costs
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2.2, new[] { 3.1, 11.8 }, "the training loss rose from 2.3 at the start to 11.8")]
    [InlineData(2.2, new[] { 11.8 }, "the training loss rose from 2.3 at the start to 11.8")]
    [InlineData(2.3, new[] { 1.0, 0.4, 2.4 }, "the training loss rose from 0.4 in epoch 2 to 2.4")]
    [InlineData(2.3, new[] { 0.4, 2.1, 1.9 }, null)]         // it fell again below five times
    [InlineData(2.3, new[] { 0.1, 0.001, 0.01 }, null)]      // both are small
    [InlineData(2.3, new[] { 2.3, 2.31, 2.32 }, null)]       // it learns nothing, which is another matter
    [InlineData(0.01, new[] { 2.0, 1.5, 1.0 }, null)]        // a first batch that happens to be easy
    [InlineData(40, new[] { 20.0, 15, 12 }, null)]           // a wild start that is falling
    public void ALossThatRoseFivefold(double first, double[] losses, string? says)
    {
        var warning = Result([.. losses.Select((loss, i) => Epoch(i + 1, loss) with { FirstLoss = i == 0 ? first : loss })]).Warning;
        if (says is null) Assert.Null(warning);
        else Assert.Equal($"{says}. Try a smaller --learning-rate (it was 0.01), say 0.001, or --clip-norm 1.", warning);
    }

    [Theory]
    [InlineData(0.1, 9.9, "Try a smaller --learning-rate (it was 0.1), say 0.01, or")]
    [InlineData(0.1, 10, "Try a smaller --weight-decay (it was 10, which times the learning rate of 0.1 takes a whole weight away at each "
        + "step), say 0.1, or")]
    [InlineData(1, 3, "Try a smaller --weight-decay (it was 3,")]
    public void WhereDecayAloneTakesTheWeightsAwayItIsNamed(double rate, double decay, string says)
    {
        var risen = Result([Epoch(1, 20) with { FirstLoss = 2.3 }]);
        var settings = risen.Settings with { Optimizer = risen.Settings.Optimizer with { LearningRate = rate, WeightDecay = decay } };
        Assert.Contains(says, (risen with { Settings = settings }).Warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 2.0, 1.5, 4.0, 9.0 }, false)]   // overfitting: worse than the same answer, and no divergence
    [InlineData(new[] { 2.0, 1.5, 14.0 }, true)]
    [InlineData(new[] { 14.0, 13.0 }, true)]            // within the first epoch
    public void AValidationLossThatRoseBeyondOverfitting(double[] losses, bool warns)
    {
        var warning = Result([.. losses.Select(
            (loss, i) => Epoch(i + 1, 1) with { FirstLoss = 2.3, ValidationLoss = loss, ValidationAccuracy = 0.5 })]).Warning;
        Assert.Equal(warns, warning is not null);
        if (warns) Assert.StartsWith("the validation loss rose from ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void AWarningOfTheLossNeedsARise()
    {
        Prop.ForAll(Gen.Choose(1, 1000).NonEmptyListOf().Select(list => list.Select(n => n / 100.0).ToArray()).ToArbitrary(), losses =>
        {
            var warning = Result([.. losses.Select((loss, i) => Epoch(i + 1, loss) with { FirstLoss = losses[0] })]).Warning;
            var low = Math.Min(losses.Min(), Math.Max(losses[0], Same));
            return warning is null == !(losses[^1] >= 5 * low && losses[^1] >= 0.1 * Same);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(new[] { 3, 97 }, "class 3 is never answered, though 97 of the validation samples are of it. "
        + "Try more epochs, or another --learning-rate (it was 0.01).")]
    [InlineData(new[] { 3, 9 }, null)]
    [InlineData(new[] { 0, 6, 4, 4 }, "classes 0 and 4 are never answered, though 10 of the validation samples are of them.")]
    [InlineData(new[] { 0, 50, 1, 50, 2, 50, 3, 50, 4, 50, 5, 50, 6, 50 }, "classes 0, 1, 2, 3, 4 and 2 more are never answered, "
        + "though 350 of the validation samples are of them.")]
    public void ClassesThatAreNeverAnswered(int[] pairs, string? says)
    {
        EpochMetrics Looked(int epoch, double loss, params int[] pairs) =>
            Epoch(epoch, loss) with { ValidationAccuracy = 0.5, ValidationLoss = 1,
                Unanswered = [.. pairs.Chunk(2).Select(pair => new UnansweredClass(pair[0], pair[1]))] };
        var warning = Result([Looked(1, 2.3, pairs)]).Warning;

        // A network that is learning has three epochs to answer a class.
        Assert.Equal(warning, Result([.. Enumerable.Range(1, 3).Select(epoch => Looked(epoch, 1, pairs))]).Warning);
        Assert.Null(Result([Looked(1, 1, pairs), Looked(2, 1, pairs)]).Warning);
        Assert.Null(Result([Looked(1, 1, pairs), Looked(2, 1), Looked(3, 1, pairs)]).Warning);
        if (says is null) Assert.Null(warning);
        else Assert.StartsWith(says, warning, StringComparison.Ordinal);
    }

    // A short run of a weak rule ends much where it was drawn: that it misses classes is no news.
    [Theory]
    [InlineData(300, 1, 128, "dfa", false)]
    [InlineData(300, 3, 128, "fa", false)]
    [InlineData(1000, 3, 128, "backprop", false)]
    [InlineData(300, 12, 128, "drtp", false)]
    [InlineData(300, 17, 128, "drtp", true)]   // 51 steps
    [InlineData(800, 1, 16, "drtp", true)]     // 50
    public void AShortRunIsGivenSomeSteps(int train, int epochs, int batch, string rule, bool warns)
    {
        using var kernels = Engines.Create("managed", 1);
        var settings = new RunSettings { Train = train, Validation = 300, Test = 100, Rule = rule, Batch = batch, Epochs = epochs,
            Probe = ProbeKind.Off,
            Model = "mlp:784-64-64-10", Optimizer = new(LearningRate: 1e-5, Momentum: 0), Engine = "managed",
            Threads = 1 }.Load(out _, out var data);
        Assert.Equal(warns, new Trainer(settings, data, kernels).Run().Warning is not null);
    }

    [Fact]
    public void TheControlMayMissClassesAndSoMayWeightsThatAreHeldStill()
    {
        var missed = Result([Epoch(1, 2.3) with { Unanswered = [new(3, 97)] }]);
        Assert.NotNull(missed.Warning);
        Assert.Null((missed with { Settings = missed.Settings with { Optimizer = new(LearningRate: 0) } }).Warning);
        Assert.Null((missed with { Settings = missed.Settings with { Rule = Comparison.Control } }).Warning);
        var risen = Result([Epoch(1, 20) with { Unanswered = [new(3, 97)] }]);
        Assert.StartsWith("the training loss rose", (risen with { Settings = risen.Settings with { Rule = Comparison.Control } }).Warning,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128, 256, "128 of the 256 units of fc1 are dead: 0 on every training sample. Try a smaller --learning-rate (it was 0.01), "
        + "say 0.001, or an activation that does not die, as leaky-relu=0.01 in the model.")]
    [InlineData(16, 16, "all 16 units of fc1 are dead")]
    [InlineData(127, 256, null)]
    [InlineData(4, 5, null)]
    [InlineData(5, 5, "all 5 units of fc1 are dead")]
    public void UnitsThatAreDead(int dead, int units, string? says)
    {
        var warning = Result([Epoch(1, 1) with { DeadUnits = [new("fc1", dead, units)] }]).Warning;
        if (says is null) Assert.Null(warning);
        else Assert.StartsWith(says, warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50.1, "activities grow 50.1 times from the block below unit2 to unit2, and a network of more than 50 is failing. "
        + "Try a smaller --learning-rate (it was 0.01), say 0.001, or more --weight-decay.")]
    [InlineData(50, null)]
    public void ActivitiesThatGrowWithoutBound(double growth, string? says) => Assert.Equal(says, Result([Epoch(1, 2) with
        { ActivityNorms = [new("fc1", 1, double.NaN), new("unit1", 2, 2), new("unit2", 2 * growth, growth)] }]).Warning);

    [Fact]
    public void AGradientThatVanishedWhereThereIsStillSomethingToLearn()
    {
        PortAlignment Port(string name, double norm) => new(name, double.NaN, double.NaN, 0, double.NaN, double.NaN, double.NaN, double.NaN,
            double.NaN, CosineQuantiles.None, double.NaN, double.NaN) { TrueNorm = norm, IsVoid = norm < PortAlignment.VoidBelow };
        RunResult Of(double loss) => Result([Epoch(1, loss) with { Alignment = [Port("fc1", 4e-9), Port("fc2", 2e-8), Port("fc3", 1)] }]);
        Assert.StartsWith("the true gradient has vanished at fc1 and fc2 (its mean norm there is 4e-9), so alignment with it is VOID. "
            + "Try a norm in the model", Of(2).Warning, StringComparison.Ordinal);
        Assert.Null(Of(0.1 * Same - 0.01).Warning);
    }

    [Theory]
    [InlineData(0, 1, "fc1 gave no spike on any training sample, so nothing can be learned from it. Lower its threshold, raise its "
        + "weights, or let the simulation last longer.")]
    [InlineData(14.2, 0, "fc1 is in a storm of 14.2 spikes a neuron, which costs time and accuracy. Hold it near a rate "
        + "(--rate-strength 0.1), or raise its threshold in the model.")]
    [InlineData(14.2, 0.25, "fc1 gave no spike on 25 % of the training samples, which are answered with the first class; fc1 is in a storm "
        + "of 14.2 spikes a neuron, which costs time and accuracy. Lower its threshold, raise its weights, or let the simulation last "
        + "longer.")]
    [InlineData(3.2, 0, null)]
    public void LayersThatAreSilentOrInAStorm(double spikes, double silentSamples, string? says)
    {
        LayerSpikes hidden = new("fc1", false, 10, spikes, 0, silentSamples, double.NaN, 1, 1, 0),
            output = new("fc2", true, 3, 4, 0, 0, 0.1, 1, 1, 1);
        Assert.Equal(says, Result([Epoch(1, 2) with { Spikes = [hidden, output] }]).Warning);
    }

    /// <summary>Bounded by most-spikes, a storm has few spikes a neuron and many neurons that are stopped.</summary>
    [Theory]
    [InlineData(4, 4, 5.1, 0, 0, "fc1 is in a storm of 4.0 spikes a neuron, where most-spikes stops 51 % of its neurons, which costs time "
        + "and accuracy. Hold it near a rate (--rate-strength 0.1), or raise its threshold in the model.")]
    [InlineData(4, 4, 5, 0, 0, null)]
    [InlineData(0.9, 4, 9, 0, 0, null)]   // a network of first spikes
    [InlineData(4, 15, 0, 0, 0, null)]    // the loss wants them
    [InlineData(4, 15.1, 0, 0, 0, "fc2 is in a storm of 15.1 spikes a neuron, which costs time and accuracy. Raise its threshold in the "
        + "model, or give a smaller number for most-spikes.")]
    [InlineData(4, 8, 0, 2, 0, "fc2 is in a storm of 8.0 spikes a neuron, where most-spikes stops 67 % of its neurons, which costs time "
        + "and accuracy. Raise its threshold in the model, or give a smaller number for most-spikes.")]
    [InlineData(4, 4, 0, 0, 101, "101 spikes of each input neuron come to fc1 in a sample, which costs time. Give fewer: a lower rate or "
        + "burst in the model, or data of fewer events.")]
    [InlineData(4, 4, 0, 0, 100, null)]
    public void StormsOfAllLayersAreNamed(double ofHidden, double ofOutput, double stopped, double stoppedOutputs, double arriving,
        string? says)
    {
        var result = Result([Epoch(1, 2) with
        {
            Spikes =
            [
                new("fc1", false, 10, ofHidden, 0, 0, 0.1, 1, 1, 0) { CutOff = stopped, ArrivingPerNeuron = arriving },
                new("fc2", true, 3, ofOutput, 0, 0, 0.1, 1, 1, 1) { CutOff = stoppedOutputs, ArrivingPerNeuron = ofHidden },
            ],
        }]);
        Assert.Equal(says, (result with { Settings = result.Settings with { Objective = new(LossKind.SpikeCount) } }).Warning);
    }

    [Theory]
    [InlineData(0, 0.05, LossKind.SpikeCount, null)]
    [InlineData(0, 0.9, LossKind.SpikeCount, "fc2 gave no spike on 90 % of the training samples, which are answered with the first class. "
        + "Lower its threshold, raise its weights, or let the simulation last longer.")]
    [InlineData(0, 0.9, LossKind.FirstSpike, "fc2 gave no spike on 90 % of the training samples, which are answered with the first class. "
        + "Lower its threshold, raise its weights, or let the simulation last longer, or give a shorter --loss-time.")]
    [InlineData(0.1, 0.9996, LossKind.FirstSpike, "fc1 gave no spike on 10 % of the training samples, which are answered with the first "
        + "class. Lower its threshold, raise its weights, or let the simulation last longer.")]
    public void LayersThatAreSilentOnManySamplesAreNamed(double hidden, double output, LossKind loss, string? says)
    {
        var result = Result([Epoch(1, 2) with
        {
            Spikes = [new("fc1", false, 10, 1, 0, hidden, 0.1, 1, 1, 0), new("fc2", true, 3, 1, 0, output, 0.1, 1, 1, 1)],
        }]);
        Assert.Equal(says, (result with { Settings = result.Settings with { Objective = new(loss) } }).Warning);
    }

    [Fact]
    public void WhatToDoAboutALayerThatIsSilentAndOneInAStormIsSaidOfEach() => Assert.Equal(
        "fc2 gave no spike on 25 % of the training samples, which are answered with the first class; fc1 is in a storm of 14.2 spikes a "
            + "neuron, which costs time and accuracy. For fc2: lower its threshold, raise its weights, or let the simulation last longer; "
            + "for fc1: hold it near a rate (--rate-strength 0.1), or raise its threshold in the model.",
        Result([Epoch(1, 2) with
        {
            Spikes = [new("fc1", false, 10, 14.2, 0, 0, 0.1, 1, 1, 0), new("fc2", true, 3, 1, 0, 0.25, 0.1, 1, 1, 1)],
        }]).Warning);

    [Theory]
    [InlineData(8, "8 of the 16 neurons of fc1 fire at every step of every training sample. Raise the threshold of such layers in the "
        + "model, or let more of the potential leak.")]
    [InlineData(7, null)]
    public void NeuronsWithAClockThatAlwaysFire(int saturated, string? says) =>
        Assert.Equal(says, Result([Epoch(1, 1) with { DeadUnits = [new("fc1", 0, 16) { Saturated = saturated }] }]).Warning);

    [Theory]
    [InlineData(0.5, 0.1, 0, null)]
    [InlineData(0.5, 0, 0, "rc2 gave no spike on any training sample, so nothing can be learned from it. Lower the threshold of such "
        + "circuits in the model, or their conductance to ground (ground).")]
    [InlineData(0, 0, 0, "rc1 and rc2 gave no spike on any training sample, so nothing can be learned from them. Lower the threshold of "
        + "such circuits in the model, or their conductance to ground (ground).")]
    [InlineData(0, 0.1, 16, "all 16 units of rc1 are dead: 0 on every training sample. Lower the threshold of such circuits in the model, "
        + "or their conductance to ground (ground).")]
    public void CircuitsThatNeverFire(double first, double second, int dead, string? says) => Assert.Equal(says, Result([Epoch(1, 1) with
    {
        Energy = [new("rc1", first, 1), new("rc2", second, 1)], DeadUnits = dead > 0 ? [new("rc1", dead, 16)] : [],
    }]).Warning);

    /// <summary>Hidden neurons, and outputs that are spikes: at each step, or their mean.</summary>
    [Theory]
    [InlineData("lif:6-9-5,steps=7", false)]
    [InlineData("lif:6-9-5,steps=7,readout=linear,ends=each", false)]
    [InlineData("lif:6-9-5,steps=7,readout=spikes", true)]
    [InlineData("lif:6-9-5,steps=7,readout=spikes,ends=each", true)]
    [InlineData("layers: 6; dense units=9; repeat steps=7; lif; dense units=5; lif; sum", true)]
    public void NeuronsWithAClockThatNeverOrAlwaysFireAreCountedByBlock(string model, bool outputsAreSpikes)
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner(model, "backprop", kernels);
        foreach (var (block, dead) in learner.Network.Blocks.Zip([4, 2])) Kill(block, dead);
        var (pass, units) = (new Pass(learner.Network, kernels, default), new UnitActivity(learner.Plan, kernels));
        pass.Evaluated = units.See;
        units.Begin();
        for (var batch = 0; batch < 3; batch++)
        {
            TimeKit.Fill(pass, 40, batch);
            pass.Forward(0, training: false);
        }
        Assert.Equal([new("fc1", 4, 9) { Saturated = 5 }, .. outputsAreSpikes ? (DeadUnits[])[new("fc2", 2, 5) { Saturated = 3 }] : []],
            units.Dead);
    }

    [Fact]
    public void SeveralFaultsAreOneLine()
    {
        var ill = Result([Epoch(1, 20) with { FirstLoss = 2.3, Unanswered = [new(1, 20)], DeadUnits = [new("conv2", 8, 8)] }]);
        Assert.Equal("the training loss rose from 2.3 at the start to 20; class 1 is never answered, "
            + "though 20 of the training samples are of it; all 8 units of conv2 are dead: 0 on every training sample. "
            + "Try a smaller --learning-rate (it was 0.01), say 0.001, or --clip-norm 1.", ill.Warning);
        Assert.Null(Result([Epoch(1, 1)]).Warning);
        Assert.StartsWith("seed 0: the training loss rose", new RuleResult([ill, Result([Epoch(1, 1)])]).Warning, StringComparison.Ordinal);
        Assert.StartsWith("seed 0, and 1 more of 2: the training loss rose", new RuleResult([ill, ill]).Warning, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, ActivationPolicy> Dying => new()
    {
        { "mlp:6-9-5-3", "backprop", ActivationPolicy.Stored }, { "mlp:6-9-5-3", "dfa", ActivationPolicy.Recomputed },
        // a port before the activation
        { "mlp:6-9-5-3,dropout=0.5", "dfa", ActivationPolicy.Stored }, { "mlp:6-9-5-3", "drtp feedback.preset=frenkel2021",
            ActivationPolicy.Stored },
        { "cnn:2x6x5-c9k3p1-p2-c5k2p1-5-3", "backprop", ActivationPolicy.Stored }, { "cnn:2x6x5-c9k3p1-c5k2p1-a2-5-3,batchnorm", "fa",
            ActivationPolicy.Stored },
    };

    [Theory]
    [MemberData(nameof(Dying))]
    public void DeadUnitsAreCountedByBlock(string model, string rule, ActivationPolicy activations)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(model, rule, kernels, activations: activations);
        var blocks = learner.Network.Blocks;
        Kill(blocks[0], 4);
        Kill(blocks[1], 5);
        var pass = new Pass(learner.Network, kernels, default, activations);
        var units = new UnitActivity(learner.Plan, kernels);
        pass.Evaluated = units.See;
        for (var round = 0; round < 2; round++)
        {
            units.Begin();
            for (var batch = 0; batch < 3; batch++)
            {
                Kit.Fill(pass, 40, batch);
                pass.Forward(0, training: false);
            }
            Assert.Equal([new(blocks[0].Name, 4, 9), new(blocks[1].Name, 5, 5)], units.Dead.Take(2));
        }
    }

    [Fact]
    public void BlocksThatDoNotLearnAreNotLookedAt()
    {
        using var kernels = Kit.Double();
        foreach (var (rule, counts) in (((string, int)[])[("shallow", 0), ("fc1=shallow,*=dfa", 1), ("backprop", 2)]))
        {
            var learner = Kit.Learner("mlp:6-9-5-3", rule, kernels);
            foreach (var block in learner.Network.Blocks.Take(2)) Kill(block, 3);
            var (pass, units) = (new Pass(learner.Network, kernels, default), new UnitActivity(learner.Plan, kernels));
            pass.Evaluated = units.See;
            Kit.Fill(pass, 40);
            pass.Forward(0, training: false);
            Assert.Equal(counts, units.Dead.Count);
        }
    }

    [Theory]
    [InlineData(LossKind.SoftmaxCrossEntropy, 0)]
    [InlineData(LossKind.SoftmaxCrossEntropy, 0.1)]
    [InlineData(LossKind.SigmoidCrossEntropy, 0)]
    [InlineData(LossKind.SigmoidCrossEntropy, 0.2)]
    [InlineData(LossKind.SquaredError, 0)]
    public void TheSameAnswerToEverythingCostsWhatTheLossSays(LossKind kind, double smoothing)
    {
        // Logits that are the same for all samples, moved down their gradient until they rest.
        int[] counts = [5, 3, 2];
        var objective = new Objective(kind, smoothing);
        using var kernels = Kit.Double();
        var pass = new Pass(Kit.Learner("mlp:1-3", "backprop", kernels).Network, kernels, default);
        var (bias, weight) = (Kit.Parameter(pass.Network, "fc1.bias").Value, Kit.Parameter(pass.Network, "fc1.weight").Value);
        weight.CopyFrom([0, 0, 0]);
        var loss = 0.0;
        for (var step = 0; step < 3000; step++)
        {
            pass.Begin(10);
            pass.Input.CopyFrom(new double[10]);
            pass.Targets.CopyFrom([.. counts.SelectMany((count, k) => Enumerable.Repeat(k, count))
                .SelectMany(k => Enumerable.Range(0, 3).Select(j => j == k ? 1.0 : 0))]);
            pass.Forward(0, training: false);
            loss = objective.Error(pass);
            var error = pass.Error.ToArray();
            for (var j = 0; j < 3; j++) bias[j] -= 0.1 * Enumerable.Range(0, 10).Sum(n => error[3 * n + j]) / 10;
        }
        Assert.Equal(loss, objective.OfConstantAnswer([[2, 3, 0], [0, 0, 3], [1, 0, 1]]), 6);
        Assert.True(double.IsNaN(objective.OfConstantAnswer([[0, 0], [0, 0]])));
    }

    [Theory]
    [InlineData("backprop", 30)]
    [InlineData("backprop", 0)]
    public void ARunWhoseUnitsDieSaysSoEverywhere(string rule, int validation)
    {
        // A rate at which the first steps throw a relu network where nothing comes through.
        var settings = new RunSettings
            { Train = 400, Validation = validation, Test = 100, Model = "mlp:784-32-32-10", Rule = rule, Batch = 16, Epochs = 3,
                Optimizer = new(LearningRate: 3, Momentum: 0.9, ClipNorm: 5), Engine = "managed", Threads = 1 }.Load(out _, out var data);
        using var kernels = Engines.Create("managed", 1);
        RunResult result;
        using (var folder = RunFolder.Create(_folder["run"])) result = new Trainer(settings, data, kernels, folder).Run();
        Assert.Contains("never answered", result.Warning, StringComparison.Ordinal);
        Assert.Contains(validation > 0 ? "0 on every validation sample" : "0 on every training sample", result.Warning,
            StringComparison.Ordinal);
        Assert.Equal(result.Warning, RunFolder.ResultOf(_folder["run"])!.Warning);
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["run"], "summary.json")));
        Assert.Equal(result.Warning, summary.RootElement.GetProperty("warning").GetString());
        var (_, note) = Assert.Single(Report.Of([_folder["run"]]).Notes);
        Assert.Contains(result.Warning!, note, StringComparison.Ordinal);
    }

    [Fact]
    public void ASoundRunIsSilent()
    {
        using var kernels = Engines.Create("managed", 1);
        var settings = new RunSettings { Train = 3000, Validation = 300, Test = 300, Model = "mlp:784-64-64-10", Batch = 32, Epochs = 2,
            Engine = "managed", Threads = 1 }.Load(out _, out var data);
        foreach (var outcome in new Comparison(settings, Comparison.DefaultRules, [0]).Run(data, kernels))
            Assert.Null(outcome.Result!.Warning);
    }

    [Fact]
    public void TheProgramSaysItInOneLineAndEndsWell()
    {
        using var concord = new ConcordProgram();
        const string Wild = "--data glyphs --train 400 --test 100 --validation 50 --model mlp:784-32-32-10 --batch 16 --epochs 3 "
            + "--learning-rate 3 --clip-norm 5 --engine managed --threads 1";
        var train = concord.Run($"train {Wild} --rule dfa --out run");
        Assert.Equal(0, train.ExitCode);
        Assert.Single(train.Out.Split('\n'), line => line.StartsWith("warning: ", StringComparison.Ordinal));
        Assert.Single(concord.Run("resume run --quiet").Out.Split('\n'), line => line.StartsWith("warning: ", StringComparison.Ordinal));

        var compare = concord.Run($"compare {Wild} --rules dfa --seeds 2 --json");
        Assert.Equal(0, compare.ExitCode);
        Assert.Contains("warning: backprop: seed 0", compare.Error, StringComparison.Ordinal);
        var result = compare.Events.First(
            line => line.GetProperty("event").GetString() == "result" && line.GetProperty("rule").GetString() == "backprop");
        Assert.Equal(2, result.GetProperty("warnings").GetArrayLength());

        File.WriteAllText(concord["wild.yaml"], "data: glyphs\ntrain: 400\ntest: 100\nvalidation: 50\nmodel: mlp:784-32-32-10\nbatch: "
            + "16\nepochs: 3\nclipNorm: 5\nlearningRate: [3, 0.02]\nengine: managed\n");
        var sweep = concord.Run("sweep wild.yaml");
        Assert.Equal(0, sweep.ExitCode);
        Assert.StartsWith("warning: backprop learningRate=3: ",
            Assert.Single(sweep.Out.Split('\n'), line => line.StartsWith("warning: ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    // Every weight of some units is 0, and their bias far below: no sample gets them going.
    private static void Kill(Block block, int count)
    {
        var bias = block.Parameters.First(parameter => parameter.Name.EndsWith(".bias", StringComparison.Ordinal)
            || parameter.Name.EndsWith(".shift", StringComparison.Ordinal)).Value;
        if (block.Parameters.FirstOrDefault(parameter => parameter.Name.EndsWith(".shift", StringComparison.Ordinal)) is { } shift)
            bias = shift.Value;
        for (var i = 0; i < bias.Length; i++) bias[i] = i < count ? -1e6 : 1e3;
    }

    private static EpochMetrics Epoch(int number, double loss) =>
        new(number, number * RunWarning.LeastSteps, 0.01, loss, 0.5, double.NaN, double.NaN, 1, 100, []);

    private static RunResult Result(IReadOnlyList<EpochMetrics> epochs) =>
        new(new RunSettings { Epochs = epochs.Count }, epochs,
            new(1, 0.5, [.. Enumerable.Range(0, 10).Select(k => Enumerable.Range(0, 10).Select(j => j == k ? 10 : 0).ToArray())]), 1, 100,
            default, default);
}

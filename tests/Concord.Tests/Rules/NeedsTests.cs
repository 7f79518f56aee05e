using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>A rule reads what it declared, at every port for itself, and nothing else.</summary>
public sealed class NeedsTests
{
    private const string Model = "mlp:6-5-4-3,tanh";

    private static readonly Dictionary<Needs, Action<RulePass>> s_reads = new()
    {
        [Needs.Error] = pass => _ = pass.Error,
        [Needs.Targets] = pass => _ = pass.Targets,
        [Needs.Losses] = pass => _ = pass.Losses,
        [Needs.Input] = pass => _ = pass.Input,
        [Needs.TrueGradient] = pass => _ = pass.TrueGradient(pass.Pass.Network.Ports[0]),
        [Needs.SecondPass] = pass => _ = pass.Again(Variation.Noise(new(true, 1), default, pass.Pass.Network.Ports[0])),
    };

    private static Learner Learner(LearningRule rule, Kernels kernels) =>
        new(Kit.Made(ModelDescription.Parse(Model), rule), default, Kit.PlainSgd, kernels, Kit.Seed);

    public static TheoryData<Needs> Readable => [.. s_reads.Keys];

    [Theory]
    [MemberData(nameof(Readable))]
    public void WhatWasNotDeclaredCannotBeRead(Needs need)
    {
        using var kernels = Kit.Double();
        var reader = new Reader { Observed = s_reads[need] };
        Says(reader, kernels, $"The rule reader reads ", "before the walk down", $"Add Needs.{need} to what NeedsAt returns for its ports");
        reader = new() { Observed = s_reads[need], Declares = (_, port) => port.Name == "fc2" ? need : Needs.None };
        Kit.Step(Learner(reader, kernels), 3);
        // On the walk down each port has its own declaration.
        reader = new()
            { At = (port, backward) => s_reads[need](backward.Pass), Declares = (_, port) => port.Name == "fc2" ? Needs.None : need };
        Says(reader, kernels, "at fc2", $"Add Needs.{need} to what NeedsAt returns for fc2");
        reader = new() { At = (port, backward) => s_reads[need](backward.Pass), Declares = (_, _) => need };
        Kit.Step(Learner(reader, kernels), 3);
    }

    [Fact]
    public void AnActivityIsDeclaredAtItsOwnPortAndMayBeReadAtAny()
    {
        using var kernels = Kit.Double();
        static void Read(Port port, RuleBackwardPass backward) => backward.Pass.At(backward.Pass.Pass.Network.Ports[1]);
        Says(new Reader { At = Read, Declares = (_, port) => port.Name == "fc1" ? Needs.Activation : Needs.None }, kernels,
            "The rule reader reads the activity of fc2", "for fc2");
        Kit.Step(Learner(new Reader { At = Read, Declares = (_, port) => port.Name == "fc2" ? Needs.Activation : Needs.None }, kernels), 3);
    }

    [Fact]
    public void APortOfAnotherNetworkIsRefused()
    {
        using var kernels = Kit.Double();
        var foreign = ModelDescription.Parse(Model).Ports;
        foreach (var read in new Action<Port, RuleBackwardPass>[]
            { (port, backward) => backward.Pass.At(foreign[port.Index]), (port, backward) => backward.SignalAt(foreign[port.Index]) })
            Assert.Contains("is one of another network: take it from RuleState.Network", Assert.Throws<ArgumentException>(
                () => Kit.Step(Learner(new Reader { At = read, Declares = (_, _) => Needs.Activation }, kernels), 3)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void TheStepIsReadWhereItWasDeclared()
    {
        using var kernels = Kit.Double();
        var reader = new Reader { Adapted = (network, update) => update.Delta(network.Parameters[0]) };
        var map = new RuleMap([("fc1", reader), ("*", Kit.Rule("kolen-pollack"))]);
        Says(map, kernels, "The rule reader reads the optimizer's step of fc1.weight",
            "Add Needs.Update to what NeedsAt returns for its ports");
        reader = new() { Adapted = (network, update) => update.Delta(network.Parameters[0]),
            Declares = (_, port) => port.Name == "fc1" ? Needs.Update : Needs.None };
        Kit.Step(Learner(new RuleMap([("fc1", reader), ("*", Kit.Rule("dfa"))]), kernels), 3);
    }

    [Fact]
    public void ASignalIsReadWhereARouteComesFrom()
    {
        using var kernels = Kit.Double();
        var reader = new Reader { At = (_, backward) => backward.SignalAt(backward.Pass.Pass.Network.Ports[2]) };
        Says(new RuleMap([("fc1", reader), ("*", new Backpropagation())]), kernels,
            "reads the signal at fc3, and no route of its ports comes from there");
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void InAMapTheDeclarationOfOneRuleExcusesNoOther(Needs need)
    {
        using var kernels = Kit.Double();
        var honest = new Reader("honest") { Observed = s_reads[need], Declares = (_, _) => need };
        var silent = new Reader("silent") { Observed = s_reads[need] };
        var mistake = Assert.Throws<ConcordException>(
            () => Kit.Step(Learner(new RuleMap([("fc1", honest), ("fc2", silent), ("*", honest)]), kernels), 3)).Message;
        Assert.StartsWith("The rule silent reads", mistake, StringComparison.Ordinal);
        silent = new("silent");
        Kit.Step(Learner(new RuleMap([("fc1", honest), ("fc2", silent), ("*", honest)]), kernels), 3);
        Assert.Equal((2, 1), (honest.Ports.Count, silent.Ports.Count));
    }

    [Fact]
    public void InAMapActivitiesOfOtherRulesAreDeclaredAsWell()
    {
        using var kernels = Kit.Double();
        static void Read(Port port, RuleBackwardPass backward) => backward.Pass.At(backward.Pass.Pass.Network.Ports[1]);
        var above = new Reader("above") { Declares = (_, _) => Needs.Activation };
        Says(new RuleMap([("fc1", new Reader("below") { At = Read }), ("*", above)]), kernels, "The rule below reads the activity of fc2");
        Kit.Step(Learner(new RuleMap([("fc1", new Reader("below") { At = Read, Declares = (_, _) => Needs.Activation }),
            ("*", new Reader("above"))]), kernels), 3);
    }

    [Fact]
    public void WhatReadsTheInputRefusesKeptFeaturesByName()
    {
        using var kernels = Kit.Double();
        Learner Frozen(params (string, LearningRule)[] rules)
        {
            var network = ModelDescription.Parse(Model);
            network.Freeze(BlockPatterns.Parse("fc1"));
            return new(Kit.Made(network, new RuleMap(rules)), default, Kit.PlainSgd, kernels, Kit.Seed);
        }
        var reader = new Reader { Declares = (_, port) => port.Name == "fc3" ? Needs.Input : Needs.Error };
        Assert.Equal("the rule reader reads the network's input at fc3",
            FeatureCache.Obstacle(new(), Frozen(("fc2", Kit.Rule("dfa")), ("*", reader))));
        Assert.Null(FeatureCache.Obstacle(new(), Frozen(("fc3", Kit.Rule("fa")), ("*", new Reader()))));
    }

    [Theory]
    [InlineData("rnn:4x3-5-3", "rnn1", false)]
    [InlineData("layers: 4x3; rows; recurrent units=5; last; dense units=4; tanh; dense units=3", "rnn1", true)]
    public void FeaturesOfManyStepsAreNotKept(string model, string frozen, bool isKept)
    {
        using var kernels = Kit.Double();
        var network = ModelDescription.Parse(model);
        network.Freeze(BlockPatterns.Parse(frozen));
        Assert.Equal(isKept ? null : "they would have time steps, and rows of samples are kept",
            FeatureCache.Obstacle(new(), new(Kit.Made(network, Kit.Rule("fa")), default, Kit.PlainSgd, kernels, Kit.Seed)));
    }

    [Fact]
    public void AProbeReadsWhatItLikes()
    {
        using var kernels = Kit.Double();
        var learner = Learner(new Reader(), kernels);
        Kit.Step(learner, 5, beforeStep: _ => Assert.Equal(2, new AlignmentProbe(learner.Plan).Measure(learner.BackwardPass).Count));
    }

    [Fact]
    public void ARuleMayAnswerOtherwiseThanByTheLargestOutput()
    {
        using var kernels = Kit.Double();
        var learner = new Learner(Kit.Made(ModelDescription.Parse("mlp:2-3"), new Contrary()), default, Kit.PlainSgd, kernels, Kit.Seed);
        Kit.Fill(learner.Pass, 4);
        learner.Pass.Forward(0, training: false);
        var logits = learner.Pass.Logits.ToArray();
        var answers = new int[4];
        learner.Plan.Answers(learner.Pass, answers);
        Assert.Equal(logits.Chunk(3).Select(row => Array.IndexOf(row, row.Min())), answers);
        var data = Dataset.Glyphs(60, 40).Split(10, RandomStream.FromSeed(0));
        Evaluation Of(LearningRule rule)
        {
            var made = new Learner(Kit.Made(ModelDescription.Parse("mlp:784-10"), rule), default, Kit.PlainSgd, kernels, Kit.Seed);
            var loader = new BatchLoader(FittedNormalization.Fit(data, new RunSettings().Normalization, new RunSettings().ZcaEpsilon),
                new RunSettings().Augment, default);
            return new Evaluator(made, new(loader), ProbeKind.Off, 1).Evaluate(data.Test, default);
        }
        var (straight, contrary) = (Of(new Backpropagation()), Of(new Contrary()));
        Assert.Equal(straight.Loss, contrary.Loss);
        Assert.NotEqual(straight.Confusion.Select(row => string.Join(' ', row)), contrary.Confusion.Select(row => string.Join(' ', row)));
        new Objective().Answers(learner.Pass, answers);
        Assert.Equal(logits.Chunk(3).Select(row => Array.IndexOf(row, row.Max())), answers);
    }

    // The first step is refused before a weight moves, unless what is read is that move.
    private static void Says(LearningRule rule, Kernels kernels, params string[] words)
    {
        var learner = Learner(rule, kernels);
        var before = Kit.Bytes(learner.Network);
        var mistake = Assert.Throws<ConcordException>(() => Kit.Step(learner, 3)).Message;
        Assert.All(words, word => Assert.Contains(word, mistake, StringComparison.Ordinal));
        var moved = !before.SequenceEqual(Kit.Bytes(learner.Network));
        Assert.Equal(words[0].Contains("the optimizer's step", StringComparison.Ordinal), moved);
    }

    private sealed class Reader(string name = "reader") : LearningRule
    {
        public Func<string, Port, Needs> Declares { get; init; } = (_, _) => Needs.None;
        public Action<RulePass>? Observed { get; init; }
        public Action<Port, RuleBackwardPass>? At { get; init; }
        public Action<Network, Update>? Adapted { get; init; }
        public IReadOnlyList<Port> Ports { get; private set; } = [];
        private Network? _network;
        public override string Name => name;
        public override void Attach(RuleState state) => (Ports, _network) = (state.Ports, state.Network);
        public override Needs NeedsAt(Port port) => Declares(name, port);
        public override void Adapt(Update update) => Adapted?.Invoke(_network!, update);
        public override void Observe(RulePass pass) => Observed?.Invoke(pass);

        public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
        {
            At?.Invoke(port, backward);
            return arriving!;
        }
    }

    private sealed class Contrary : LearningRule
    {
        public override string Name => "contrary";

        public override void Answers(RulePass pass, Span<int> answers)
        {
            var turned = pass.Workspace.Get(pass.Kernels, this, "turned", pass.Logits.Shape, Role.Activation);
            pass.Kernels.Combine(-1, pass.Logits, 0, turned);
            pass.Kernels.ArgMaxRows(turned, answers);
        }
    }
}

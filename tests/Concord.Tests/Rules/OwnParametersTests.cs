using Concord.Cost;
using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>Parameters of a rule's own: who moves them, when, and what is kept of them.</summary>
public sealed class OwnParametersTests
{
    private const string Model = "mlp:6-5-4-3,tanh";
    private const int N = 4;

    private static Learner Learner(LearningRule rule, Kernels kernels, OptimizerSettings? optimizer = null) =>
        new(Kit.Made(Kit.Network(Model), rule), default, optimizer ?? Kit.PlainSgd, kernels, Kit.Seed);

    public static TheoryData<string> Optimizers => Kit.Data(OptimizerSettings.ByName.Keys);

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void AGroupMovesByItsOwnOptimizerWhateverTheRuns(string optimizer)
    {
        using var kernels = Kit.Double();
        var rule = new Means(GroupOptimizer.Sgd(0.2));
        var learner = Learner(rule, kernels, OptimizerSettings.ByName[optimizer]);
        var expected = rule.Of.ToDictionary(entry => entry.Key, entry => entry.Value.Value.ToArray());
        for (var step = 0; step < 3; step++)
            Kit.Step(learner, N, step, beforeStep: _ =>
            {
                foreach (var (port, mean) in expected)
                {
                    var activity = learner.Pass.At(port).ToArray().Chunk(mean.Length).ToList();
                    // the gradient of |m - x|^2 / 2
                    for (var i = 0; i < mean.Length; i++) mean[i] -= 0.2 * activity.Average(row => mean[i] - row[i]);
                }
            });
        Assert.All(expected, entry => Kit.Close(entry.Value, rule.Of[entry.Key].Value.ToArray(), what: entry.Key.Name));
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void AsTheRunsMovesAsTheWeightsDo(string optimizer)
    {
        using var kernels = Kit.Double();
        var settings = OptimizerSettings.ByName[optimizer];
        Means Stepped(GroupOptimizer by, OptimizerSettings run, double rate)
        {
            var rule = new Means(by);
            var learner = Learner(rule, kernels, run);
            for (var step = 0; step < 4; step++) Kit.Step(learner, N, 0, rate);
            return rule;
        }
        // The run's own rate at each step, against an optimizer of the group's own with that rate.
        var asRun = Stepped(GroupOptimizer.AsTheRuns, settings, 0.03);
        var own = Stepped(GroupOptimizer.Of(settings with { LearningRate = 0.03 }), settings, 0.03);
        Assert.All(asRun.Of.Values.Zip(own.Of.Values), pair => Assert.Equal(pair.First.Value.ToArray(), pair.Second.Value.ToArray()));
        Assert.NotEqual(asRun.Of.Values.First().Value.ToArray(),
            Stepped(GroupOptimizer.AsTheRuns, settings, 0.06).Of.Values.First().Value.ToArray());
    }

    [Fact]
    public void AGroupCountsItsOwnStepsOfWhichThereMayBeSeveralInOne()
    {
        using var kernels = Kit.Double();
        var rule = new Means(GroupOptimizer.Of(new(OptimizerKind.Adam, 0.01, 0)), times: 3);
        var learner = Learner(rule, kernels);
        for (var step = 0; step < 2; step++) Kit.Step(learner, N, rate: 0);   // the same activities in each
        Assert.Equal((2L, 6L), (learner.Steps, learner.Plan.Groups.Single().Steps));
        foreach (var (port, mean) in rule.Of)
        {
            var activity = learner.Pass.At(port).ToArray().Chunk(port.Shape.Length).ToList();
            Kit.Close([.. Enumerable.Range(0, port.Shape.Length).Select(i => Adam(activity.Average(row => row[i]), 6))],
                mean.Value.ToArray(), what: port.Name);
        }

        // Adam's way from 0 towards x: bias correction goes by the group's own count.
        static double Adam(double x, int steps)
        {
            var (w, m, v) = (0.0, 0.0, 0.0);
            for (var t = 1; t <= steps; t++)
            {
                var g = w - x;
                (m, v) = (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g);
                w -= 0.01 * m / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8);
            }
            return w;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WhatLooksAtARuleChangesNothing(int times)
    {
        using var kernels = Kit.Double();
        byte[] State(bool looks)
        {
            var learner = Learner(new Means(GroupOptimizer.Of(new(OptimizerKind.Adam, 0.01, 0)), times), kernels);
            var evaluation = new Pass(learner.Network, kernels, default);
            for (var step = 0; step < 3; step++)
            {
                if (looks)
                    foreach (var training in new[] { false, true })   // a probe in evaluation, and one in the mode of training
                    {
                        Kit.Fill(evaluation, 7, 50);
                        evaluation.Forward(learner.Steps, training);
                        learner.Objective.Error(evaluation);
                        var backward = learner.Plan.BackwardPass(evaluation, null);
                        learner.Plan.CreditAssignment.Observe(backward);
                        learner.Plan.CreditAssignment.Teach(backward);
                        learner.Plan.Answers(evaluation, new int[7]);
                    }
                Kit.Step(learner, N, step);
            }
            return Bytes(learner);
        }
        Assert.Equal(State(looks: false), State(looks: true));
    }

    private static byte[] Bytes(Learner learner) =>
    [
        .. Checkpoint.Tensors(learner).SelectMany(entry => entry.Tensor.AsBytes().ToArray()),
        .. learner.Plan.Counters.SelectMany(entry => BitConverter.GetBytes(entry.Counter.Value)),
    ];

    [Theory]
    [InlineData("sgd", "group.means.fc1.mean, group.means.fc2.mean, optimizer.group.means.fc1.mean.first, "
        + "optimizer.group.means.fc2.mean.first")]
    [InlineData("adam", "group.means.fc1.mean, group.means.fc2.mean, optimizer.group.means.fc1.mean.first, "
        + "optimizer.group.means.fc1.mean.second, "
        + "optimizer.group.means.fc2.mean.first, optimizer.group.means.fc2.mean.second")]
    public void ACheckpointHoldsValuesMomentsAndStepsAndARunGoesOnFromIt(string optimizer, string names)
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Double();
        Learner Made() => Learner(new Means(GroupOptimizer.Of(OptimizerSettings.ByName[optimizer]), times: 2), kernels);
        var whole = Made();
        Assert.Equal(names, string.Join(", ", Checkpoint.Tensors(whole).Select(entry => entry.Name)
            .Where(name => name.Contains("group", StringComparison.Ordinal)).Order(StringComparer.Ordinal)));
        for (var step = 0; step < 2; step++) Kit.Step(whole, N, step);
        Checkpoint.Write(folder["half"], whole, new([], 2, 0, default, PlateauState.Start, double.NaN, 0, 0, 0, 0));
        for (var step = 2; step < 5; step++) Kit.Step(whole, N, step);
        var resumed = Made();
        Checkpoint.Read(folder["half"], resumed);
        Assert.Equal(4, resumed.Plan.Groups.Single().Steps);
        for (var step = 2; step < 5; step++) Kit.Step(resumed, N, step);
        Assert.Equal(Bytes(whole), Bytes(resumed));
    }

    [Theory]
    [InlineData("sgd", 1)]
    [InlineData("adam", 3)]
    [InlineData("muon", 1)]
    public void WhatIsRecordedIsWhatAStepDoes(string optimizer, int times)
    {
        foreach (var by in new[] { GroupOptimizer.AsTheRuns, GroupOptimizer.Sgd(0.1), GroupOptimizer.Of(new(OptimizerKind.Adam, 0.01, 0)) })
        {
            var settings = OptimizerSettings.ByName[optimizer];
            var cost = StepWork.Of(new(() => Kit.Network(Model), () => new Means(by, times)), new(N, Optimizer: settings));
            using var kernels = Kit.Double();
            var learner = Learner(new Means(by, times), kernels, settings);
            kernels.Log = new();
            Kit.Step(learner, N);
            foreach (var place in cost.Blocks)
                Assert.Equal(kernels.Log.Records.Where(record => record.Phase == Phase.Adaptation && record.Block == place)
                    .Aggregate(default(Work), (sum, record) => sum + record.Work),
                    cost.Of(Phase.Adaptation, place));
            Assert.True(cost.Of(Phase.Adaptation).Moved.Feedback > 0);
            Assert.Equal(5 + 4, cost.Memory.Feedback);
        }
    }

    [Theory]
    [InlineData("dkp", "fc1,fc2")]
    [InlineData("ddtp reverse.optimizer=adam", "fc1,fc2")]
    [InlineData("local-predsim", "fc1,fc2")]
    [InlineData("dtp", "fc1")]   // the target of the highest hidden port takes no map
    public void AStepOfAGroupCountsAtThePortsWhoseFeedbackMoves(string rule, string places)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model, rule, kernels);
        kernels.Log = new();
        Kit.Step(learner, N);
        Assert.Equal(places, string.Join(',', kernels.Log.Records.Where(record => record.Phase == Phase.Adaptation
            && record.Operation.EndsWith("Step", StringComparison.Ordinal)).Select(record => record.Block).Distinct().Order()));
        Assert.Equal(default, StepWork.Of(Kit.Blueprint(Model, rule), new(N)).Of(Phase.Adaptation, StepWork.Loss));
    }

    [Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Kit.Single();
        var learner = new Learner(Kit.Made(Kit.Network(Model),
            new RuleMap([("fc1", new Means(GroupOptimizer.Sgd(0.1), 2)), ("*", new Means(GroupOptimizer.AsTheRuns))])), default,
            Kit.PlainSgd, kernels, Kit.Seed);
        Kit.Fill(learner.Pass, N);
        Assert.Equal(0, Allocation.Of(() => learner.Step(0.1)));
    }

    [Fact]
    public void TwoRulesOfAMapMayNameTheirGroupsAlike()
    {
        using var kernels = Kit.Double();
        var learner = Learner(new RuleMap([("fc1", new Means(GroupOptimizer.Sgd(0.1))), ("*", new Means(GroupOptimizer.AsTheRuns))]),
            kernels);
        Assert.Equal(["means", "means.fc2"], learner.Plan.Groups.Select(group => group.Name));
        Kit.Step(learner, N);
        Assert.All(learner.Plan.Groups, group => Assert.Equal(1, group.Steps));
    }

    [Fact]
    public void AParameterWithoutAGroupStaysAsItIsDrawnAndBelongsToTheCheckpoint()
    {
        using var kernels = Kit.Double();
        var rule = new Means(optimizer: null);
        var learner = Learner(rule, kernels);
        var before = rule.Of.Values.Select(mean => mean.Value.ToArray()).ToList();
        for (var step = 0; step < 2; step++) Kit.Step(learner, N, step);
        Assert.Equal(before, rule.Of.Values.Select(mean => mean.Value.ToArray()));
        Assert.Equal(["feedback.fc1.mean", "feedback.fc2.mean"], learner.Plan.Feedback.Select(entry => entry.Name));
        Assert.Equal(5 + 4, learner.Plan.FeedbackWords);
        Assert.All(rule.Of.Values, mean => Assert.Equal(Role.Feedback, mean.Value.Role));
    }

    [Theory]
    [InlineData("no parameter", "gave it none")]
    [InlineData("no name", "has no name")]
    [InlineData("two names", "shares its name mean with another")]
    [InlineData("two names without a group", "shares its name mean with another")]
    [InlineData("two groups", "two groups of parameters named group.fc1")]
    public void GroupsThatCannotBeMeantAreRefused(string mistake, string says)
    {
        using var kernels = Kit.Double();
        var refused = Assert.Throws<ConcordException>(() => Learner(new Mistaken(mistake), kernels)).Message;
        Assert.Contains(says, refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void ARateThatIsNoStepIsRefused(double rate)
    {
        Assert.Contains("learningRate", Assert.Throws<ConcordException>(() => GroupOptimizer.Sgd(rate)).Message, StringComparison.Ordinal);
        Assert.Contains("learningRate", Assert.Throws<ConcordException>(() => GroupOptimizer.Of(new(LearningRate: rate))).Message,
            StringComparison.Ordinal);
    }

    // Backpropagation that learns the mean activity at each hidden port on the way: what it learns is no part of any signal.
    private sealed class Means(GroupOptimizer? optimizer, int times = 1) : LearningRule
    {
        private RuleState _state = null!;
        private ParameterGroup? _group;

        public Dictionary<Port, Parameter> Of { get; } = [];

        public override string Name => "means";

        public override Needs NeedsAt(Port port) => Needs.Activation;

        public override void Attach(RuleState state)
        {
            _state = state;
            if (!state.HiddenPorts.Any()) return;
            if (optimizer is not null) _group = state.Group("means", optimizer);
            foreach (var port in state.HiddenPorts)
                state.Learn(Of[port] = new(port.Shape, new(InitializerKind.Zero), 1, 1) { Name = $"{port.Name}.mean" }, _group);
        }

        public override void Observe(RulePass pass)
        {
            for (var time = 0; _group is not null && time < times; time++)
            {
                if (time > 0) _state.Step(_group);
                foreach (var (port, mean) in Of)
                {
                    if (!_group.TryTake(mean, pass, out var gradient)) continue;
                    var difference = pass.Workspace.Get(pass.Kernels, port, "difference", pass.At(port).Shape, Role.Error);
                    pass.Kernels.Combine(-1, pass.At(port), 0, difference);
                    pass.Kernels.AddRow(mean.Value, difference);
                    pass.Kernels.SumRows(difference, gradient);
                }
            }
        }
    }

    private sealed class Mistaken(string mistake) : LearningRule
    {
        public override string Name => "mistaken";

        public override void Attach(RuleState state)
        {
            var group = mistake.EndsWith("without a group", StringComparison.Ordinal)
                ? null
                : state.Group("group", GroupOptimizer.AsTheRuns);
            if (mistake == "no parameter") return;
            var second = mistake.StartsWith("two names", StringComparison.Ordinal) ? "mean" : "other";
            foreach (var name in mistake == "no name" ? [""] : (string[])["mean", second])
                state.Learn(new(new(2), new(InitializerKind.Zero), 1, 1) { Name = name }, group);
            state.Group("group", GroupOptimizer.AsTheRuns);
            state.Group("group", GroupOptimizer.AsTheRuns);
        }
    }
}

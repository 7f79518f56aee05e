using Concord.Cost;
using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>What the chain rule sees to in the life of its carriers.</summary>
public sealed class ChainRuleTests
{
    private const string Network = "mlp:6-5-4-3,tanh";

    [Fact]
    public void NothingIsDrawnUnlessAllOfItFits()
    {
        using var kernels = Kit.Single();
        List<Recorder> made = [];
        var rule = new ChainRule("large", (connection, _) =>
        {
            made.Add(new(connection) { Rows = connection.Weight.Name == "fc3.weight" ? int.MaxValue : 1 });
            return made[^1];
        });
        var message = Assert.Throws<ConcordException>(
            () => new Learner(Kit.Made(ModelDescription.Parse(Network), rule), default, Kit.PlainSgd, kernels, 0)).Message;
        Assert.Contains("What fc3.weight needs would have 2,147,483,647x2 numbers", message, StringComparison.Ordinal);
        Assert.EndsWith("Use less for fc3.weight.", message, StringComparison.Ordinal);
        Assert.Equal(2, made.Count);
        Assert.All(made, carrier => Assert.Equal("", carrier.Life));
    }

    [Fact]
    public void ACarrierIsCalledInTurnAndMovesWhenItIsDue()
    {
        using var kernels = Kit.Single();
        var (learner, carriers) = Make(kernels, of => new(of) { Every = 2 });
        for (var step = 0; step < 3; step++) Kit.Step(learner, 4, step);
        const string Life = "drawn, prepared 1 on 4, prepared 2 on 4, follows 0, follows 1, moves 2, follows 2";
        Assert.All(carriers, carrier => Assert.Equal(Life, carrier.Life));
    }

    [Fact]
    public void OfFrozenWeightsOnlyWhatFollowsTheirStepStandsStill()
    {
        using var kernels = Kit.Single();
        foreach (var needs in (Needs[])[Needs.None, Needs.Update])
        {
            var network = ModelDescription.Parse(Network);
            Kit.Parameter(network, "fc3.weight").Frozen = true;
            var (learner, carriers) = Make(kernels, of => new(of) { Every = 1, Reads = needs }, network);
            Kit.Step(learner, 4);
            Assert.Equal(needs, learner.Plan.Needs);
            Assert.All(carriers, carrier => Assert.Equal(
                needs == Needs.None || !carrier.Connection.Weight.Frozen, carrier.Life.EndsWith("moves 1", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void ARunPreparesOnABatchOfItsOwnWhichIsTheSameEachTime()
    {
        using var kernels = Kit.Single();
        double[] Prepared()
        {
            double[]? input = null;
            var rule = Rule([], of => new(of) { Seen = x => input ??= x });
            var learner = new Learner(Kit.Made(ModelDescription.Parse(Network), rule), default, Kit.PlainSgd, kernels, 0);
            var pass = new Pass(learner.Network, kernels, default);
            Kit.Fill(pass, 7, 3);
            learner.Prepare(batch: () => pass);
            Kit.Step(learner, 4);   // which has been prepared
            return input!;
        }
        var first = Prepared();
        Assert.Equal(7 * 6, first.Length);
        Assert.Equal(first, Prepared());
    }

    [Fact]
    public void PreparingOnABatchHasACost()
    {
        var blueprint = new Blueprint(() => ModelDescription.Parse(Network), () => Rule([], of => new(of)));
        // Twice a copy of 7 x 6 inputs for each of two carriers.
        Assert.Equal(2 * 2 * 42, RuleCost.Of(blueprint, 7).Preparation.Read.Activations);
    }

    [Fact]
    public void AProjectionMayEndAtTheInput()
    {
        using var kernels = Kit.Double();
        var state = new FeedbackState(kernels, RandomStream.FromSeed(1));
        var options = new ProjectionOptions(FeedbackPreset.ByName["unit"].Distribution);
        var projection = Assert.Single(options.Draw([("input", new(6))], 3, state));
        Assert.Equal(("feedback.input", new Shape(3, 6)), (state.Memory.Tensors[0].Name, state.Memory.Tensors[0].Tensor.Shape));
        Tensor source = Kit.Tensor(kernels, new(2, 3), "e"), result = kernels.Allocate(new(2, 6));
        projection.Apply(kernels, new(), source, result);
        Assert.Equal(source[0] * state.Memory.Tensors[0].Tensor[0] + source[1] * state.Memory.Tensors[0].Tensor[6]
            + source[2] * state.Memory.Tensors[0].Tensor[12], result[0], 1e-14);
    }

    private static (Learner Learner, List<Recorder> Carriers) Make(
        Kernels kernels, Func<Connection, Recorder> make, Network? network = null)
    {
        List<Recorder> carriers = [];
        var made = Kit.Made(network ?? ModelDescription.Parse(Network), Rule(carriers, make));
        return (new(made, default, Kit.PlainSgd, kernels, Kit.Seed), carriers);
    }

    private static ChainRule Rule(List<Recorder> made, Func<Connection, Recorder> make) => new("recorded", (connection, _) =>
    {
        var carrier = make(connection);
        made.Add(carrier);
        return carrier;
    });

    /// <summary>Writes down what happens to it.</summary>
    private sealed class Recorder(Connection connection) : FeedbackCarrier(connection)
    {
        private Tensor _tensor = null!;

        public string Life { get; private set; } = "";
        public int Rows { get; init; } = 1;
        public int Every { get; init; }
        public Needs Reads { get; init; }
        public Action<double[]>? Seen { get; init; }

        public override string Description => "recorded";
        public override Needs Needs => Reads;
        public override int Period => Every;
        public override int PreparationSteps => 2;

        public override IEnumerable<TensorMemory.Extent> Extents =>
            [new($"What {Weight.Name} needs", Rows, 2) { Instead = $"Use less for {Weight.Name}." }];

        public override Tensor Matrix(Connection connection) => _tensor;

        public override void Draw(FeedbackState state)
        {
            state.Keep(Weight.Name, _tensor = state.Kernels.Allocate(Weight.Shape, Role.Feedback));
            Note("drawn");
        }

        public override void Prepare(PreparationContext context, int move)
        {
            var input = context.Batch.Input;
            context.Kernels.Copy(input, context.Kernels.Allocate(input.Shape, Role.Feedback));
            Seen?.Invoke(input.ToArray());
            Note($"prepared {move} on {context.Batch.Rows}");
        }

        public override void Follow(Kernels kernels, long step) => Note($"follows {step}");

        public override void Adapt(Update update) => Note($"moves {update.Steps}");

        private void Note(string what) => Life += Life.Length == 0 ? what : $", {what}";
    }
}

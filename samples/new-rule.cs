// A learning rule of one's own: dotnet run -c Release samples/new-rule.cs
// Frozen backpropagation (after Goupy, Tirilly, Bilasco 2025): each signal crosses a copy of the weight, made again every so many steps.
#:project ../src/Concord/Concord.csproj
using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Options;
using Concord.Rules;
using Concord.Training;

var settings = new RunSettings { Epochs = 3 }.Load(out _, out var data)
    with { RuleOptions = new Dictionary<string, string> { ["rare.period"] = "50" } };
using var kernels = Engines.Create();
using var folder = RunFolder.Create(args is [var place, ..] ? place : RunFolder.MakeFree("runs", "rare-transport"));
var result = new Trainer(settings, data, kernels, folder, rule: RareTransport.Rule).Run();
Console.WriteLine($"{result.Test.Accuracy:P1} of the test samples are right; the run is in {folder.Path}");
foreach (var port in result.Epochs[^1].Alignment) Console.WriteLine($"{port.Port}: cosine with the true gradient {port.Cosine:0.000}");

/// <summary>s = d B, where B is a copy of the weight that is made again every so many steps, and stale in between.</summary>
public sealed class RareTransport(Connection connection, int period) : FeedbackCarrier(connection)
{
    private static readonly Option<int> s_period = new("rare.period", OptionType.Whole(1), 100, "Steps from one copy to the next.");
    private Tensor _copy = null!;

    public static RuleDescription Rule { get; } = new("rare-transport", "s = d B, B = W as it was at the last copy",
        "after Goupy, Tirilly, Bilasco 2025", "all, between steps", "the block above", [s_period], values =>
            new ChainRule("rare-transport", (connection, _) => new RareTransport(connection, values.Of(s_period))));

    public override string Description => "a copy of the weight";
    public override int Period => period;
    public override Tensor Matrix(Connection connection) => _copy;
    public override Transport Transported(Connection connection, long steps) => Own.Transported(connection, steps / period);

    public override void Draw(FeedbackState state)
    {
        _copy = state.Kernels.Allocate(Weight.Shape, Role.Feedback);
        state.Kernels.Copy(Weight.Value, _copy);
        state.Keep(Weight.Name, _copy);   // in checkpoints from now on
    }

    public override void Adapt(Update update) => update.Kernels.Copy(Weight.Value, _copy);
}

// A layer of one's own: dotnet run -c Release samples/new-layer.cs
// Registered, it has a name in lists of layers: every rule trains networks with it, and checkpoints, probes and costs know it.
#:project ../src/Concord/Concord.csproj
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Options;
using Concord.Training;

LayerKind.Register(Bent.Layer);
var settings = new RunSettings
{
    Model = "layers: 784; dense units=128; tanh; bent bend=0.3; dense units=10", Rule = "dfa", Epochs = 3,
}.Load(out _, out var data);
using var kernels = Engines.Create();
using var folder = RunFolder.Create(args is [var place, ..] ? place : RunFolder.MakeFree("runs", "bent"));
var result = new Trainer(settings, data, kernels, folder).Run();
Console.WriteLine($"{result.Test.Accuracy:P1} of the test samples are right; the run is in {folder.Path}");

/// <summary>y = x + a x x, element by element. Backward and pushforward: the signal, or the tangent, times 1 + 2 a x.</summary>
public sealed class Bent(double a) : Layer
{
    private static readonly Option<double> s_bend = new("bend", OptionType.Number(), 0.5, "How much of the square is added.");

    /// <summary>Its name in lists of layers. It has no weights, so it begins no block.</summary>
    public static LayerKind Layer { get; } = new("bent", Block: null, [s_bend], values => new Bent(values.Of(s_bend)));

    public override string Kind => "bent";

    public override string ToString() => FormattableString.Invariant($"bent bend={a}");

    public override string? Written => ToString();   // in a list of layers, where the network is made in code

    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        tape.Kernels.Multiply(x, x, y);
        tape.Kernels.Combine(1, x, a, y);
    }

    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) TimesSlope(x, signal, inputSignal, tape.Kernels);
    }

    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        TimesSlope(x, tangent!, result, tape.Kernels);

    protected override Shape Build(Shape input) => input;

    private void TimesSlope(Tensor x, Tensor signal, Tensor result, Kernels kernels)
    {
        kernels.Multiply(x, signal, result);
        kernels.Combine(1, signal, 2 * a, result);
    }
}

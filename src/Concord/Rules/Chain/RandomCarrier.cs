using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>B, drawn once and fixed, or where others begin that learn.</summary>
/// <param name="connection">What it stands for.</param>
/// <param name="initializer">
/// What it is drawn from; null for the weight's own distribution (PyTorch's, if the weight starts constant).
/// </param>
public class RandomCarrier(Connection connection, Initializer? initializer = null) : FeedbackCarrier(connection)
{
    /// <summary>B, in the weight's layout.</summary>
    public Tensor Tensor { get; private set; } = null!;

    /// <inheritdoc/>
    public override string Description => $"random {Weight.Shape}";

    /// <summary>What is drawn: its shape, the inputs of one of its outputs, and the outputs of one of its inputs.</summary>
    private protected virtual (Shape Shape, int FanIn, int FanOut) Drawn => (Weight.Shape, Weight.FanIn, Weight.FanOut);

    /// <inheritdoc/>
    public override Tensor Matrix(Connection connection) => Tensor;

    /// <inheritdoc/>
    public override void Draw(FeedbackState state)
    {
        var (shape, fanIn, fanOut) = Drawn;
        Tensor = state.Kernels.Allocate(shape, Role.Feedback);
        Distribution(initializer, Weight).Fill(state.Kernels, state.Stream(Weight.Name), Tensor, fanIn, fanOut);
        state.Keep(Weight.Name, Tensor);
    }

    /// <summary>
    /// What feedback in a weight's place is drawn from: what is given, else what the weight starts from, else PyTorch's where it starts
    /// constant.
    /// </summary>
    internal static Initializer Distribution(Initializer? given, Parameter weight) =>
        given ?? (weight.Initializer.Kind is InitializerKind.Zero or InitializerKind.Constant
            ? new(InitializerKind.PyTorch) : weight.Initializer);
}

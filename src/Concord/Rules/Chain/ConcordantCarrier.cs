using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// A tensor B of the weight's shape with the weight's signs, refreshed now and then. Uniform, batchwise-random and fixed-random
/// sign-concordant feedback, strict normalisation and frozen backpropagation are settings of this one thing (Liao, Leibo, Poggio 2015;
/// Moskovitz, Litwin-Kumar, Abbott 2018; Xiao, Chen, Liao, Poggio 2018; Goupy, Tirilly, Bilasco 2025):
/// <list type="bullet">
/// <item><c>usf</c>: B = s sign(W). <c>frsf</c>: B = |M| * sign(W), M drawn once. <c>brsf</c>: M redrawn at every step.</item>
/// <item><c>sn</c>: B = |W|_F / sqrt(n) * sign(W), strict normalisation (n the number of weights; no sign is zero), or |W|_2 / |sign W|_2 *
/// sign(W).</item>
/// <item><c>fbp</c>: B = W of the last refresh, whole or in parts. <c>sham</c>: B = W, copied at every step.</item>
/// </list>
/// <para>Where a weight is exactly zero its sign is drawn once: with sign(0) = 0 a zero start would silence the rule. What follows at every
/// step is made again wherever a pass is observed. What follows more rarely, or in parts, has a past: it moves after the weights have moved
/// and belongs in checkpoints.</para>
/// </summary>
/// <param name="connection">What it stands for.</param>
/// <param name="settings">What it is made of.</param>
public sealed class ConcordantCarrier(Connection connection, ConcordantSettings settings) : FeedbackCarrier(connection)
{
    private SignedMagnitudes? _source;   // null where B stays as it was made
    private PartialTransport? _transport;
    private Tensor? _whole;

    /// <summary>B, in the weight's layout.</summary>
    public Tensor Tensor { get; private set; } = null!;

    /// <inheritdoc/>
    public override string Description => settings.Describe(Weight);

    /// <inheritdoc/>
    public override int Period => settings.Rare?.Period ?? 0;

    /// <inheritdoc/>
    public override bool IsDue(long steps) => settings.Rare?.IsDue(steps) == true;

    /// <inheritdoc/>
    public override Tensor Matrix(Connection connection) => Tensor;

    /// <inheritdoc/>
    public override void Draw(FeedbackState state)
    {
        var (kernels, name, stream) = (state.Kernels, Weight.Name, state.Stream(Weight.Name));
        var source = new SignedMagnitudes(Weight, settings, kernels, stream);
        source.Make(kernels, step: 0, Tensor = kernels.Allocate(Weight.Shape, Role.Feedback));
        if (settings.Refreshes) _source = source;
        if (settings.Rare is { } rare)
        {
            _transport = new(rare, Weight.Shape.Length, settings.BitsPerElement, stream.Split("transport"));
            if (rare is not { Period: 0, EarlySteps: 0 } && !settings.IsCopy && !_transport.IsWhole)
                _whole = kernels.Allocate(Weight.Shape, Role.Feedback);
            state.Keep($"{name}.moved", _transport.Moved);
        }
        var extraWords = (_source?.Words ?? 0) + (_whole?.Length ?? 0);
        if (_source is null || _transport is not null) state.Keep(name, Tensor, extraWords);
        else state.Count(Tensor, extraWords);   // it follows from weights and step
    }

    /// <inheritdoc/>
    public override void Follow(Kernels kernels, long step)
    {
        if (_transport is null) _source?.Make(kernels, step, Tensor, whenRead: true);
    }

    /// <inheritdoc/>
    public override void Adapt(Update update)
    {
        var (kernels, steps) = (update.Kernels, update.Steps);
        if (_transport!.IsWhole || _whole is not null) _source!.Make(kernels, steps, _whole ?? Tensor);
        if (_transport.IsWhole) _transport.CountWhole();
        else _transport.Move(kernels, steps, _whole ?? Weight.Value, Tensor);
    }

    /// <inheritdoc/>
    public override Transport Transported(Connection connection, long steps) =>
        settings.Transported(_transport?.Total, Weight.Shape.Length, steps);
}

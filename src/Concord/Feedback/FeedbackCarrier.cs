using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>Where the magnitudes of a feedback tensor come from.</summary>
public enum Magnitude
{
    /// <summary>|B| = |W|, as it is at the refresh.</summary>
    OfWeight,

    /// <summary>|B| = s everywhere.</summary>
    Constant,

    /// <summary>|B| = |W|_F / sqrt(n): a constant that follows the weight's norm (strict normalisation).</summary>
    NormTracking,

    /// <summary>|B| = |M|, drawn once.</summary>
    Fixed,

    /// <summary>|B| = |M|, drawn again at every refresh.</summary>
    Redrawn,

    /// <summary>|B| = |W|_2 / |S|_2, S the signs of B: a constant that makes the largest singular value of B the weight's, both as matrices whose last axis is the output.</summary>
    SpectralTracking,
}

/// <summary>Where the signs of a feedback tensor come from.</summary>
public enum SignSource
{
    /// <summary>sign W, as it is at the refresh; a weight of exactly zero has a sign that is drawn once.</summary>
    OfWeight,

    /// <summary>Drawn once.</summary>
    Fixed,
}

/// <summary>What a <see cref="FeedbackCarrier"/> is made of.</summary>
/// <param name="Magnitude">Where magnitudes come from.</param>
/// <param name="Sign">Where signs come from.</param>
/// <param name="Refreshes">Whether it follows the weight; else it stays as it was drawn.</param>
/// <param name="Initializer">What M is drawn from; null for the weight's own distribution (PyTorch's, if the weight starts constant).</param>
/// <param name="Scale">s of <see cref="Magnitude.Constant"/>; null for the standard deviation of that distribution.</param>
/// <param name="Concordance">
/// c: B has the weight's sign with that probability, else the other one; which elements are wrong is drawn once and stays (Liao, Leibo, Poggio 2015
/// vary it).
/// </param>
/// <param name="Transport">When it follows, and which part of it; null for all of it at every step.</param>
public sealed record FeedbackSettings(
    Magnitude Magnitude, SignSource Sign, bool Refreshes, Initializer? Initializer = null, double? Scale = null, double Concordance = 1, TransportSettings? Transport = null);

/// <summary>
/// A tensor B of the weight's shape that stands for it on the way down: magnitude times sign, refreshed now and then.
/// Feedback alignment, uniform, batchwise-random and fixed-random sign-concordant feedback, strict normalisation and frozen
/// backpropagation are settings of this one thing (Moskovitz, Litwin-Kumar, Abbott 2018; Xiao, Chen, Liao, Poggio 2018; Liao, Leibo, Poggio 2015;
/// Goupy, Tirilly, Bilasco 2025).
/// <para>What follows at every step is a function of the weight and the step: it is made anew where a pass is observed (<see cref="Follow"/>),
/// as often as one likes. What follows more rarely, or in parts, has a past; it moves after the weights have moved (<see cref="Move"/>), where no
/// probe comes, and belongs in checkpoints.</para>
/// </summary>
public sealed class FeedbackCarrier : Carrier
{
    private readonly FeedbackSettings _settings;
    private readonly Parameter _weight;
    private readonly RandomStream _stream;
    private readonly Initializer _initializer;
    private readonly Tensor? _magnitudes, _ties, _flips, _whole;
    private readonly PartialTransport? _transport;
    private readonly SpectralNorm? _norm;

    /// <summary>Draws the tensor.</summary>
    /// <param name="connection">What it stands for.</param>
    /// <param name="settings">What it is made of.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="stream">Decides every draw, with the step.</param>
    public FeedbackCarrier(Connection connection, FeedbackSettings settings, Kernels kernels, RandomStream stream)
    {
        _settings = settings;
        _weight = connection.Weight;
        _stream = stream;
        _initializer = Distribution(settings.Initializer, _weight);
        Tensor = kernels.Allocate(_weight.Shape, Role.Feedback);
        if (settings is { Magnitude: Magnitude.Fixed, Sign: SignSource.Fixed })
        {
            Draw(kernels, stream, Tensor);
            return;
        }
        if (settings.Magnitude != Magnitude.OfWeight)
        {
            _ties = kernels.Allocate(_weight.Shape, Role.Feedback);
            kernels.FillUniform(stream.Split("tie"), -1, 1, _ties);
        }
        if (settings.Magnitude is Magnitude.Fixed or Magnitude.Redrawn)
        {
            _magnitudes = kernels.Allocate(_weight.Shape, Role.Feedback);
            Draw(kernels, stream.Split("magnitude"), _magnitudes);
        }
        if (settings.Concordance < 1)
        {
            _flips = kernels.Allocate(_weight.Shape, Role.Feedback);
            kernels.FillUniform(stream.Split("concordance"), settings.Concordance - 1, settings.Concordance, _flips);   // below zero with probability 1 - c
            kernels.Concordant(null, 1, _flips, _flips, _flips);
        }
        if (settings.Magnitude == Magnitude.SpectralTracking) _norm = new(_weight.Shape, kernels, stream.Split("norm"));
        Make(kernels, step: 0, Tensor);
        if (!settings.Refreshes)
        {
            (_ties, _magnitudes, _flips, _norm) = (null, null, null, null);   // never looked at again
            return;
        }
        if (settings.Transport is not { IsEveryStep: false } rare) return;
        _transport = new(rare, _weight.Shape.Length, IsCopy ? Transport.WordBits : 1, stream.Split("transport"));
        if (rare is not { Period: 0, EarlySteps: 0 } && !IsCopy && !_transport.IsWhole) _whole = kernels.Allocate(_weight.Shape, Role.Feedback);
    }

    /// <summary>What feedback in a weight's place is drawn from: what is given, else what the weight starts from, else PyTorch's where it starts constant.</summary>
    internal static Initializer Distribution(Initializer? given, Parameter weight) =>
        given ?? (weight.Initializer.Kind is InitializerKind.Zero or InitializerKind.Constant ? new(InitializerKind.PyTorch) : weight.Initializer);

    /// <summary>B, in the weight's layout.</summary>
    public Tensor Tensor { get; }

    /// <summary>Whether B has a past that a checkpoint must keep; else it follows from weights and step.</summary>
    public bool HasPast => !_settings.Refreshes || _transport is not null;

    /// <summary>How many elements were moved; null where that follows from the step.</summary>
    public Counter? Moved => _transport?.Moved;

    /// <inheritdoc/>
    public override string Description => (_settings.Magnitude, _settings.Sign, _settings.Refreshes) switch
    {
        (Magnitude.Fixed, SignSource.Fixed, _) => $"random {_weight.Shape}",
        (Magnitude.OfWeight, _, false) => "copy of the starting weight",
        (_, _, false) => $"{Magnitudes} x sign of the starting weight",
        (Magnitude.OfWeight, _, _) => $"copy of the weight{Wrong}{Rarely}",
        _ => $"{Magnitudes} x sign of the weight{Wrong}{Rarely}",
    };

    /// <summary>Words of memory besides <see cref="Tensor"/>: kept magnitudes, tie breakers of weights that are zero, wrong signs, what is to be moved, a norm's iteration.</summary>
    public long WordsBesides => (_magnitudes?.Length ?? 0) + (_ties?.Length ?? 0) + (_flips?.Length ?? 0) + (_whole?.Length ?? 0) + (_norm?.Words ?? 0);

    private string Magnitudes => _settings.Magnitude switch
    {
        Magnitude.Constant => FormattableString.Invariant($"{Scale:g3}"),
        Magnitude.NormTracking => "norm of the weight",
        Magnitude.SpectralTracking => "spectral norm of the weight",
        Magnitude.Fixed => "fixed random",
        Magnitude.Redrawn => "redrawn random",
        _ => "the weight's",
    };

    private string Wrong => _settings.Concordance < 1 ? FormattableString.Invariant($" (right with probability {_settings.Concordance})") : "";

    private string Rarely => _transport is null ? "" : $", {_settings.Transport}";

    private double Scale => _settings.Scale ?? _initializer.Deviation(_weight.FanIn, _weight.FanOut);

    private bool IsCopy => _settings.Magnitude == Magnitude.OfWeight && _flips is null;

    /// <inheritdoc/>
    public override Tensor Matrix(Connection connection) => Tensor;

    /// <summary>
    /// Makes B what belongs to the weight of this step, where it follows at every step. The draw is keyed by the step: doing it twice changes nothing.
    /// </summary>
    public void Follow(Kernels kernels, long step)
    {
        if (_settings.Refreshes && _transport is null) Make(kernels, step, Tensor);
    }

    /// <summary>When B follows, where that is rarely or in parts; else null.</summary>
    internal TransportSettings? Schedule => _transport is null ? null : _settings.Transport;

    /// <summary>Moves what the refresh after that many steps takes over, where B follows rarely or in parts. To be done when it is due.</summary>
    public void Move(Kernels kernels, long steps)
    {
        if (_transport is null) return;
        if (_transport.IsWhole)
        {
            Make(kernels, steps, Tensor);
            _transport.CountWhole();
            return;
        }
        if (_whole is not null) Make(kernels, steps, _whole);
        _transport.Move(kernels, steps, _whole ?? _weight.Value, Tensor);
    }

    /// <inheritdoc/>
    public override Transport Transported(Connection connection, long steps)
    {
        if (!_settings.Refreshes) return default;
        var moved = _transport?.Total ?? new(steps * Tensor.Length, 0, steps * Tensor.Length * (IsCopy ? Transport.WordBits : 1));
        var refreshes = _settings.Transport?.Refreshes(steps) ?? steps;
        return _settings.Magnitude is Magnitude.NormTracking or Magnitude.SpectralTracking ? moved + new Transport(0, 0, refreshes * Transport.WordBits) : moved;
    }

    private void Make(Kernels kernels, long step, Tensor into)
    {
        var weight = _weight.Value;
        switch (_settings.Magnitude)
        {
            case Magnitude.OfWeight:
                if (_flips is null) kernels.Copy(weight, into);
                else kernels.Multiply(weight, _flips, into);
                return;
            case Magnitude.Constant:
                kernels.Concordant(null, Scale, weight, _ties!, into);
                break;
            case Magnitude.NormTracking:
                kernels.Concordant(null, Math.Sqrt(kernels.SumSquares(weight) / weight.Length), weight, _ties!, into);
                break;
            case Magnitude.SpectralTracking:
                kernels.Concordant(null, 1, weight, _ties!, into);
                if (_flips is not null) kernels.Multiply(into, _flips, into);   // before the norm is taken, which wrong signs change
                kernels.Combine(_norm!.Of(kernels, weight) / Math.Max(1, _norm.Of(kernels, into)), into, 0, into);   // signs have a norm of at least 1
                return;
            case Magnitude.Redrawn:
                Draw(kernels, _stream.Split("magnitude").At(step), _magnitudes!);
                goto default;
            default:
                kernels.Concordant(_magnitudes, 1, weight, _ties!, into);
                break;
        }
        if (_flips is not null) kernels.Multiply(into, _flips, into);
    }

    private void Draw(Kernels kernels, RandomStream stream, Tensor into) => _initializer.Fill(kernels, stream, into, _weight.FanIn, _weight.FanOut);
}

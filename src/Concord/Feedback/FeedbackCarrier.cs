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
/// <param name="Refreshes">Whether it follows the weight at every step; else it stays as it was drawn.</param>
/// <param name="Initializer">What M is drawn from; null for the weight's own distribution (PyTorch's, if the weight starts constant).</param>
/// <param name="Scale">s of <see cref="Magnitude.Constant"/>; null for the standard deviation of that distribution.</param>
public sealed record FeedbackSettings(Magnitude Magnitude, SignSource Sign, bool Refreshes, Initializer? Initializer = null, double? Scale = null);

/// <summary>
/// A tensor B of the weight's shape that stands for it on the way down: magnitude times sign, refreshed now and then.
/// Feedback alignment, uniform, batchwise-random and fixed-random sign-concordant feedback and strict normalisation are
/// settings of this one thing (Moskovitz, Litwin-Kumar, Abbott 2018; Xiao, Chen, Liao, Poggio 2018; Liao, Leibo, Poggio 2015).
/// </summary>
public sealed class FeedbackCarrier : Carrier
{
    private readonly FeedbackSettings _settings;
    private readonly Parameter _weight;
    private readonly RandomStream _stream;
    private readonly Initializer _initializer;
    private readonly Tensor? _magnitudes, _ties;

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
        Tensor = kernels.Allocate(_weight.Shape);
        if (settings is { Magnitude: Magnitude.Fixed, Sign: SignSource.Fixed })
        {
            Draw(kernels, stream, Tensor);
            return;
        }
        if (settings.Magnitude != Magnitude.OfWeight)
        {
            _ties = kernels.Allocate(_weight.Shape);
            kernels.FillUniform(stream.Split("tie"), -1, 1, _ties);
        }
        if (settings.Magnitude is Magnitude.Fixed or Magnitude.Redrawn)
        {
            _magnitudes = kernels.Allocate(_weight.Shape);
            Draw(kernels, stream.Split("magnitude"), _magnitudes);
        }
        Refresh(kernels, step: 0);
        if (!settings.Refreshes) _ties = _magnitudes = null;   // never looked at again
    }

    /// <summary>What feedback in a weight's place is drawn from: what is given, else what the weight starts from, else PyTorch's where it starts constant.</summary>
    internal static Initializer Distribution(Initializer? given, Parameter weight) =>
        given ?? (weight.Initializer.Kind is InitializerKind.Zero or InitializerKind.Constant ? new(InitializerKind.PyTorch) : weight.Initializer);

    /// <summary>B, in the weight's layout.</summary>
    public Tensor Tensor { get; }

    /// <inheritdoc/>
    public override string Description => (_settings.Magnitude, _settings.Sign, _settings.Refreshes) switch
    {
        (Magnitude.Fixed, SignSource.Fixed, _) => $"random {_weight.Shape}",
        (Magnitude.OfWeight, _, false) => "copy of the starting weight",
        (_, _, false) => $"{Magnitudes} x sign of the starting weight",
        _ => $"{Magnitudes} x sign of the weight",
    };

    /// <summary>Words of memory besides <see cref="Tensor"/>: kept magnitudes, and the tie breakers of weights that are zero.</summary>
    public long WordsBesides => (_magnitudes?.Length ?? 0) + (_ties?.Length ?? 0);

    private string Magnitudes => _settings.Magnitude switch
    {
        Magnitude.Constant => FormattableString.Invariant($"{Scale:g3}"),
        Magnitude.NormTracking => "norm of the weight",
        Magnitude.Fixed => "fixed random",
        Magnitude.Redrawn => "redrawn random",
        _ => "the weight's",
    };

    private double Scale => _settings.Scale ?? _initializer.Deviation(_weight.FanIn, _weight.FanOut);

    /// <inheritdoc/>
    public override Tensor Matrix(Connection connection) => Tensor;

    /// <summary>
    /// Makes B follow the weight, where it does. The draw is keyed by the step: doing it twice changes nothing.
    /// </summary>
    public void Follow(Kernels kernels, long step)
    {
        if (_settings.Refreshes) Refresh(kernels, step);
    }

    /// <summary>What <see cref="Follow"/> takes.</summary>
    public Work FollowWork
    {
        get
        {
            long n = _weight.Shape.Length;
            if (!_settings.Refreshes) return default;
            return _settings.Magnitude switch
            {
                Magnitude.OfWeight => new(0, new(Weights: n), new(Feedback: n)),
                Magnitude.Constant => new(0, new(Weights: n, Feedback: n), new(Feedback: n)),
                Magnitude.NormTracking => new(0, new(Weights: 2 * n, Feedback: n), new(Feedback: n)),
                Magnitude.Fixed => new(0, new(Weights: n, Feedback: 2 * n), new(Feedback: n)),
                _ => new(0, new(Weights: n, Feedback: 2 * n), new(Feedback: 2 * n)),
            };
        }
    }

    private void Refresh(Kernels kernels, long step)
    {
        var weight = _weight.Value;
        switch (_settings.Magnitude)
        {
            case Magnitude.OfWeight:
                kernels.Copy(weight, Tensor);
                return;
            case Magnitude.Constant:
                kernels.Concordant(null, Scale, weight, _ties!, Tensor);
                return;
            case Magnitude.NormTracking:
                kernels.Concordant(null, Math.Sqrt(kernels.SumSquares(weight) / weight.Length), weight, _ties!, Tensor);
                return;
            case Magnitude.Redrawn:
                Draw(kernels, _stream.Split("magnitude").At(step), _magnitudes!);
                break;
        }
        kernels.Concordant(_magnitudes, 1, weight, _ties!, Tensor);
    }

    private void Draw(Kernels kernels, RandomStream stream, Tensor into) => _initializer.Fill(kernels, stream, into, _weight.FanIn, _weight.FanOut);
}

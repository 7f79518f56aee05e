using Concord.Feedback;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// A local alignment loss of the five primitives of Kunin and others 2020, as their code has them; W is a constant in it, &lt;.&gt; the
/// mean over samples:
/// <para>R = Decay (|W|^2 + |B|^2) - Self sum W * B - Amp &lt;B x . W x&gt; + Sparse (&lt;|W x|^2&gt; + &lt;|B x|^2&gt;)
/// + Null &lt;|B' W x|^2&gt;.</para>
/// </summary>
/// <param name="Rate">eta: B = B - eta dR/dB.</param>
/// <param name="Decay">Its coefficient.</param>
/// <param name="Self">Its coefficient. This primitive is weight transport with a leak.</param>
/// <param name="Amp">Its coefficient.</param>
/// <param name="Sparse">Its coefficient.</param>
/// <param name="Null">Its coefficient.</param>
/// <param name="TwoNullTerms">Whether the null primitive has &lt;|W' B x|^2&gt; as well, as in another reading of it.</param>
/// <param name="Noise">x: drawn again for each connection and step.</param>
/// <param name="Rows">Samples of x.</param>
public sealed record AlignmentOptions(
    double Rate, double Decay, double Self, double Amp, double Sparse, double Null, bool TwoNullTerms, Noise Noise, int Rows)
{
    /// <summary>Whether R has an x in it.</summary>
    public bool Responds => Amp != 0 || Sparse != 0 || Null != 0;

    private static readonly Option<double>
        s_rate = new("alignment.rate", OptionType.Number(0), 0.05, "Learning rate of B."),
        s_decay = new("alignment.decay", OptionType.Number(), 0, "Coefficient of the decay primitive, |W|^2 + |B|^2."),
        s_self = new("alignment.self", OptionType.Number(), 0, "Coefficient of the self primitive, the sum of W * B."),
        s_amp = new("alignment.amp", OptionType.Number(), 0, "Coefficient of the amp primitive, <B x . W x>."),
        s_sparse = new("alignment.sparse", OptionType.Number(), 0, "Coefficient of the sparse primitive, <|W x|^2> + <|B x|^2>."),
        s_null = new("alignment.null", OptionType.Number(), 0, "Coefficient of the null primitive, <|B' W x|^2>.");

    private static readonly Option<bool> s_twoNullTerms =
        new Option<bool>("alignment.twoNullTerms", OptionType.Flag, false, "Whether the null primitive also has <|W' B x|^2>.")
        .When(values => values.Of(s_null) != 0, "alignment.null other than 0");

    private static readonly Option<bool> s_noise = Responding(new Option<bool>("alignment.noise",
        OptionType.Choice(Noise.IsNormalByName), true, "Distribution of the noise x."));

    private static readonly Option<double> s_std = Responding(new Option<double>("alignment.std", OptionType.Number(0), 1,
        "Standard deviation of the noise x."));

    private static readonly Option<int> s_batch = Responding(new Option<int>("alignment.batch", OptionType.Whole(1), 128,
        "Samples of noise per step."));

    /// <summary>The options as they are declared, with the coefficients of one combination of primitives as defaults.</summary>
    internal static IReadOnlyList<Option> Declare(
        double decay = 0, double self = 0, double amp = 0, double sparse = 0, double nullify = 0) =>
    [
        s_rate, s_decay.Defaulting(decay), s_self.Defaulting(self), s_amp.Defaulting(amp), s_sparse.Defaulting(sparse),
        s_null.Defaulting(nullify), s_twoNullTerms, s_noise, s_std, s_batch,
    ];

    internal AlignmentOptions(OptionValues values) : this(
        values.Of(s_rate), values.Of(s_decay), values.Of(s_self), values.Of(s_amp), values.Of(s_sparse), values.Of(s_null),
        values.Of(s_twoNullTerms), new(values.Of(s_noise), values.Of(s_std)), values.Of(s_batch)) =>
        GroupOptimizer.CheckDecay(Rate, 2 * Decay);   // dR/dB has 2 Decay B in it

    private static Option<T> Responding<T>(Option<T> option) => option.When(
        values => values.Of(s_amp) != 0 || values.Of(s_sparse) != 0 || values.Of(s_null) != 0,
        "alignment.amp, alignment.sparse or alignment.null other than 0");
}

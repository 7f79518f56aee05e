using Concord.Feedback;

namespace Concord.Rules;

/// <summary>
/// A local alignment loss of the five primitives of Kunin and others 2020, as their code has them; W is a constant in it, &lt;.&gt; the mean over samples:
/// <para>R = Decay (|W|^2 + |B|^2) - Self sum W * B - Amp &lt;B x . W x&gt; + Sparse (&lt;|W x|^2&gt; + &lt;|B x|^2&gt;) + Null &lt;|B' W x|^2&gt;.</para>
/// </summary>
/// <param name="Rate">eta: B = B - eta dR/dB.</param>
/// <param name="Decay">Its coefficient.</param>
/// <param name="Self">Its coefficient. This primitive is weight transport with a leak.</param>
/// <param name="Amp">Its coefficient.</param>
/// <param name="Sparse">Its coefficient.</param>
/// <param name="Null">Its coefficient.</param>
/// <param name="TwoNullTerms">Whether the null primitive has &lt;|W' B x|^2&gt; besides, as another reading of it has.</param>
/// <param name="Noise">x: drawn anew for each connection and step.</param>
/// <param name="Rows">Samples of x.</param>
public sealed record AlignmentOptions(double Rate, double Decay, double Self, double Amp, double Sparse, double Null, bool TwoNullTerms, Noise Noise, int Rows)
{
    /// <summary>Whether R has an x in it.</summary>
    public bool Responds => Amp != 0 || Sparse != 0 || Null != 0;

    internal static AlignmentOptions Read(RuleOptions options, double decay = 0, double self = 0, double amp = 0, double sparse = 0, double nullify = 0)
    {
        (amp, sparse, nullify) = (options.Number("alignment.amp", amp), options.Number("alignment.sparse", sparse), options.Number("alignment.null", nullify));
        var nullifies = options.When(nullify != 0, "alignment.null");
        var responds = options.When(amp != 0 || sparse != 0 || nullify != 0, "alignment.amp, alignment.sparse or alignment.null");
        return new(
            options.Number("alignment.rate", 0.05, least: 0),
            options.Number("alignment.decay", decay), options.Number("alignment.self", self), amp, sparse, nullify, nullifies.Flag("alignment.twoNullTerms", false),
            new(responds.Choice("alignment.noise", "normal", new Dictionary<string, bool> { ["normal"] = true, ["uniform"] = false }), responds.Number("alignment.std", 1, least: 0)),
            responds.Whole("alignment.batch", 128, least: 1));
    }
}

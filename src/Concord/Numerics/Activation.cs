namespace Concord.Numerics;

/// <summary>The elementwise functions.</summary>
public enum ActivationKind
{
    /// <summary>f(x) = x.</summary>
    Identity,

    /// <summary>f(x) = max(x, 0); f'(0) = 0.</summary>
    Relu,

    /// <summary>f(x) = x for x &gt; 0, else a x, with the slope a as parameter (0.01); f'(0) = a.</summary>
    LeakyRelu,

    /// <summary>f(x) = tanh x.</summary>
    Tanh,

    /// <summary>f(x) = 1 / (1 + exp(-x)).</summary>
    Logistic,

    /// <summary>f(x) = x for x &gt; 0, else a (exp(x) - 1), with a as parameter (1); Clevert, Unterthiner, Hochreiter 2015.</summary>
    Elu,

    /// <summary>f(x) = x Phi(x), Phi the normal distribution function, exact form (error function); Hendrycks, Gimpel 2016.</summary>
    Gelu,

    /// <summary>f(x) = log(1 + exp x).</summary>
    Softplus,

    /// <summary>
    /// f(x) = 1 for x &gt;= 0, else -1. Its derivative is zero almost everywhere, so the published convention stands in for it:
    /// f'(x) := 1 where |x| &lt;= 1, else 0 (the straight-through estimator; Hubara and others 2016). No derivative in the strict sense.
    /// </summary>
    HardSign,
}

/// <summary>An elementwise function with its parameter.</summary>
/// <param name="Kind">Which function.</param>
/// <param name="Parameter">Slope of <see cref="ActivationKind.LeakyRelu"/>, scale of <see cref="ActivationKind.Elu"/>;
/// unused elsewhere.</param>
public readonly record struct Activation(ActivationKind Kind, double Parameter = 0)
{
    /// <summary>Whether the derivative can be read from the output alone, so that the input need not be kept.</summary>
    public bool SlopeFromOutput => Kind is ActivationKind.Identity or ActivationKind.Relu or ActivationKind.LeakyRelu
        or ActivationKind.Tanh or ActivationKind.Logistic or ActivationKind.Elu or ActivationKind.Softplus;

    /// <summary>
    /// Whether f(x) never falls as x grows and its slope is zero wherever f is flat,
    /// so that the largest of some inputs has the largest output and the whole slope.
    /// </summary>
    public bool Rises =>
        Kind is ActivationKind.Identity or ActivationKind.Relu or ActivationKind.Tanh or ActivationKind.Logistic or ActivationKind.Softplus
        || (Kind is ActivationKind.LeakyRelu or ActivationKind.Elu && Parameter >= 0);
}

namespace Concord.Rules;

/// <summary>
/// What a rule reads of a pass or an update beyond the signal that arrives. Reading what was not declared throws, so that what is kept,
/// what is counted and what can be left out follow from the declarations.
/// </summary>
[Flags]
public enum Needs
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The error of the output.</summary>
    Error = 1,

    /// <summary>The targets.</summary>
    Targets = 2,

    /// <summary>The loss of each sample.</summary>
    Losses = 4,

    /// <summary>The activity at that port, whichever rule it belongs to.</summary>
    Activation = 8,

    /// <summary>The network's input. It is not there where features of frozen blocks are kept on disk.</summary>
    Input = 16,

    /// <summary>What the optimizer subtracted from the weights, apart from decay.</summary>
    Update = 32,

    /// <summary>A second pass over the batch (<see cref="RulePass.Again"/>). It needs activations that are stored.</summary>
    SecondPass = 64,

    /// <summary>The true gradient at the ports (<see cref="RulePass.TrueGradient"/>), which crosses the weights themselves.</summary>
    TrueGradient = 128,
}

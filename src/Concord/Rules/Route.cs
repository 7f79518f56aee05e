namespace Concord.Rules;

/// <summary>Where the signal of a port comes from: static, known before training, so that work nobody needs is never done.</summary>
public enum Route
{
    /// <summary>Nowhere: the block below does not learn, and no signal goes on down from here.</summary>
    None,

    /// <summary>From the block above, which carries what it received through its layers.</summary>
    Arriving,

    /// <summary>From the network's output, in one hop. The block above then never computes its input signal.</summary>
    FromOutput,

    /// <summary>From this port's own activity: a local loss, a perturbation. The block above never computes its input signal either.</summary>
    Here,
}

/// <summary>What a rule reads of a pass or an update beyond the error. What is not declared is not kept, and reading it throws.</summary>
[Flags]
public enum Needs
{
    /// <summary>The error, and nothing else.</summary>
    None = 0,

    /// <summary>The targets.</summary>
    Targets = 1,

    /// <summary>What the optimizer subtracted from the weights, apart from decay.</summary>
    Update = 2,
}

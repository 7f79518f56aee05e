using Concord.Networks;

namespace Concord.Training;

/// <summary>What is measured of the teaching signals.</summary>
[Flags]
public enum ProbeKind
{
    /// <summary>Nothing.</summary>
    Off = 0,

    /// <summary>Alignment at the ports, with no f' in either vector.</summary>
    Port = 1,

    /// <summary>That, and alignment at the pre-activations with f' in both vectors.</summary>
    Gate = Port | 2,

    /// <summary>Alignment at the ports, and the effective rank of the signal and of the true gradient there.</summary>
    Rank = Port | 4,

    /// <summary>
    /// Alignment at the ports, and how far direct feedback is from the mean derivative of the outputs: lag and variance of what averages
    /// estimates, apart.
    /// </summary>
    Feedback = Port | 8,

    /// <summary>All of these; of networks with time steps all but the last, which refuses them by itself.</summary>
    Full = Gate | Rank | Feedback,
}

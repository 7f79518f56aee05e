namespace Concord.Numerics;

/// <summary>
/// What a tensor's words are counted as. It is given by the code that asks for the tensor:
/// memory that serves several in turn has a view for each.
/// </summary>
public enum Role : byte
{
    /// <summary>Not stated; a cost with such words in it is an error.</summary>
    None,

    /// <summary>Parameters of the network: weights, biases, gains.</summary>
    Weight,

    /// <summary>Feedback: tensors in a weight's place, direct matrices, their indices and magnitudes.</summary>
    Feedback,

    /// <summary>The pass upward: inputs, activities, moments, masks, targets.</summary>
    Activation,

    /// <summary>The walk down: output errors, losses, teaching signals.</summary>
    Error,

    /// <summary>Gradients, sums over the batch in a parameter's shape, and what an optimizer makes of them.</summary>
    Gradient,
}

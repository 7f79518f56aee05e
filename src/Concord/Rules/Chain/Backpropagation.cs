namespace Concord.Rules;

/// <summary>
/// Backpropagation (Rumelhart, Hinton, Williams 1986): s_(l-1) = d_l W_l, d_l = s_l * f'(a_l), with d_l [N, n_l] the signal at
/// the pre-activation and W_l [n_l, n_(l-1)]. Every signal crosses every weight by its transpose: the reference that all other
/// rules do without. It overrides nothing.
/// </summary>
/// <param name="name">Its name; another one where it learns online.</param>
public sealed class Backpropagation(string name = "backprop") : LearningRule
{
    /// <inheritdoc/>
    public override string Name => name;
}

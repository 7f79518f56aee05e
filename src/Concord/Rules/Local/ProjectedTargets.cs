using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// What a block of the bio variant is given in place of the targets t [N, K]: t P with P [K, M] random and fixed, a draw for each
/// block, for similarities; its signs as bits, 1 where t P is positive and 0 elsewhere, for the classifier.
/// </summary>
internal sealed class ProjectedTargets
{
    private readonly OwnNetwork _projection;

    /// <summary>Draws P.</summary>
    public ProjectedTargets(RuleState state, Port port, int length)
    {
        Length = length;
        _projection = state.NetworkOf($"targets.{port.Name}", state.Network.Output, [new Linear(length, hasBias: false)]);
    }

    /// <summary>M.</summary>
    public int Length { get; }

    /// <summary>t P, N x M.</summary>
    public Tensor Of(RulePass pass) => _projection.Forward(pass.Targets, pass);

    /// <summary>1 where t P is positive, else 0.</summary>
    public Tensor BitsOf(RulePass pass)
    {
        var projected = Of(pass);
        Tensor signs = Buffer("signs"), bits = Buffer("bits");
        pass.Kernels.Sign(projected, signs);
        pass.Kernels.Fill(bits, 0.5);
        pass.Kernels.Combine(0.5, signs, 1, bits);
        return bits;

        Tensor Buffer(string name) => pass.Workspace.Get(pass.Kernels, this, name, projected.Shape, Role.Activation);
    }
}

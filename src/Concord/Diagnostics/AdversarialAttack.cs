using Concord.Networks;
using Concord.Numerics;

namespace Concord.Diagnostics;

/// <summary>How an adversary looks for an input that raises the loss.</summary>
public enum AttackKind
{
    /// <summary>One step to the border of the ball along the gradient's sign (Goodfellow, Shlens, Szegedy 2015).</summary>
    Fgsm,

    /// <summary>
    /// A start drawn from the ball, then several smaller steps, each brought back into it (Madry, Makelov, Schmidt, Tsipras, Vladu 2018).
    /// </summary>
    Pgd,
}

/// <summary>
/// Moves the inputs of a pass within an L-infinity ball so that the loss rises, by the TRUE gradient of the loss:
/// <para>FGSM: x + epsilon r sign(g). PGD: x_0 uniform in the ball, x_(t+1) = x_t + alpha r sign(g_t) brought back into the ball,
/// alpha = 2.5 epsilon / steps.</para>
/// <para>g = dLoss/dx, r = high - low, the range of the pixel that the element of x is; everything is clipped to [low, high],
/// so that every result is an image.</para>
/// <para>A sure network has an error of exactly zero in single precision, and with it no gradient: it would look robust for having large
/// logits alone. So for softmax cross-entropy the error is taken as e / (1 - p_y) = softmax of the other classes' logits - onehot(y), a
/// positive multiple of each sample's own, which leaves the sign as it is and never vanishes (with label smoothing e itself does
/// not). Where there is an error at each of several time steps, it is left as it is: their multiples would differ.</para>
/// <para>The signal that a transport-free rule would carry to the input is no gradient of the loss. An attack by it misses and leaves
/// the network looking robust, the more so the worse the rule is aligned; that is no property of the network,
/// whose gradient any adversary can compute.</para>
/// </summary>
/// <param name="pass">A pass that stores its activities; evaluation mode is set here.</param>
/// <param name="objective">The loss.</param>
public sealed class AdversarialAttack(Pass pass, Objective objective)
{
    private const double Overshoot = 2.5;   // so that the border is reached from anywhere in the ball
    private const double Never = -1e30;   // a logit that no exponential sees
    private readonly TrueGradient _gradient = new(pass);

    /// <summary>
    /// Replaces the pass's input by its adversary, and evaluates it. The targets are those of the pass.
    /// </summary>
    /// <param name="kind">How.</param>
    /// <param name="epsilon">The ball's radius as a share of the pixel range; 0 leaves the input as it is.</param>
    /// <param name="steps">Of PGD, 1 at least.</param>
    /// <param name="low">What each element of the input is for the darkest pixel; as large as the input.</param>
    /// <param name="high">What it is for the brightest.</param>
    /// <param name="stream">Decides where PGD starts.</param>
    public void Run(AttackKind kind, double epsilon, int steps, Tensor low, Tensor high, RandomStream stream)
    {
        var (kernels, x) = (pass.Kernels, pass.Input);
        Tensor Buffer(string name) => pass.Workspace.Get(kernels, this, name, x.Shape, Role.Activation);
        if (epsilon == 0)
        {
            Evaluate();
            return;
        }
        Tensor range = Buffer("range"), bottom = Buffer("bottom"), top = Buffer("top"), move = Buffer("move");
        kernels.Copy(high, range);
        kernels.Combine(-1, low, 1, range);
        // Ball and valid range together, once: every step is brought back into both.
        foreach (var (sign, border) in ((double, Tensor)[])[(-1, bottom), (1, top)])
        {
            kernels.Copy(x, border);
            kernels.Combine(sign * epsilon, range, 1, border);
            kernels.Clamp(border, low, high, border);
        }
        var (count, stride) = kind == AttackKind.Fgsm ? (1, epsilon) : (steps, Overshoot * epsilon / steps);
        if (kind == AttackKind.Pgd)
        {
            kernels.FillUniform(stream, -epsilon, epsilon, move);
            Move(1);
        }
        for (var step = 0; step < count; step++)
        {
            Evaluate();
            if (objective is { Loss: LossKind.SoftmaxCrossEntropy, Smoothing: 0 } && pass.Network.Output.Steps == 1) RescaleError();
            kernels.Sign(_gradient.Walk(), move);
            Move(stride);
        }
        Evaluate();

        void Evaluate()
        {
            pass.Forward(pass.Step, training: false);
            objective.Error(pass);
        }

        void RescaleError()
        {
            var others = pass.Workspace.Get(kernels, this, "others", pass.Logits.Shape, Role.Error);
            kernels.Copy(pass.Logits, others);
            kernels.Combine(Never, pass.Targets, 1, others);
            kernels.SoftmaxCrossEntropy(others, pass.Targets, 0, pass.Error, pass.Losses);
        }

        void Move(double length)
        {
            kernels.Multiply(move, range, move);
            kernels.Combine(length, move, 1, x);
            kernels.Clamp(x, bottom, top, x);
        }
    }
}

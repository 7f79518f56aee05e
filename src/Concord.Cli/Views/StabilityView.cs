using Concord.Diagnostics;
using Concord.Experiments;
using Concord.Networks;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What a kernel says, and what a kick showed.</summary>
internal static class StabilityView
{
    public static void Show(Output output, IReadOnlyList<StabilityRow> rows)
    {
        var table = new TextTable([.. StabilityRow.Kind.Heads]);
        foreach (var row in rows) table.Row(row.Figures);
        output.Show(table, always: true);
        output.Conclude(StabilityRow.Agreement(rows));
        output.Say("predicted      least real part of the kernel's eigenvalues; below 0 the solution repels");
        output.Say("measured       rate at which the error decays after noise of 1e-6 on the weights; below 0 it grows");
        output.Say("cosine fc1     of what the rule and backpropagation would learn in the hidden layer; whole: in all weights");
        output.Say("after a kick   where the rule goes from noise of 1e-3; weights moved: their distance from the solution then");
        output.Say("networks       12-20-4, tanh, no biases; 6 samples, squared error; solutions found by backpropagation");
        output.Say($"feedback       of fa, in the place of the output weight; concord reproduce {StabilityRow.Entry} sets "
            + "published figures beside it");
    }

    public static void Show(Output output, FeedbackKernel kernel, StabilityTrial? trial)
    {
        output.Say();
        output.Conclude($"verdict            {Verdict(kernel, trial?.Point.IsSolution == true)}");
        output.Conclude($"eigenvalues        least real part {Rate(kernel.LeastReal)}, largest absolute value {Rate(kernel.Largest)} "
            + $"({kernel.Eigenvalues.Count} in all)");
        output.Conclude($"symmetric part     least eigenvalue {Rate(kernel.LeastSymmetric)}: {(kernel.LeastSymmetric > 0
            ? "the loss falls whatever the error" : "some errors make the loss rise for a while")}");
        var alignment = trial?.Kick?.Alignment ?? kernel.Alignment;
        output.Conclude($"whole network      cosine {Cosine(alignment.Cosine)} of what the rule and backpropagation would learn"
            + $"{(trial?.Kick is null ? "" : " after noise of 1e-6")}");
        var blocks = alignment.Blocks.Select(block => $"{block.Block} {Cosine(block.Cosine)}");
        output.Conclude($"blocks             {string.Join(", ", blocks)}");
        if (trial?.Kick is { } kick)
        {
            output.Conclude($"kick test          error {(kick.Exponent > 0 ? "decays" : "grows")} at the rate "
                + $"{Rate(Math.Abs(kick.Exponent))}, predicted {Rate(kernel.LeastReal)} "
                + $"{(trial.Agrees == true ? "(same sign)" : "(OTHER SIGN)")}");
            output.Conclude($"after a kick       {kick.OutcomeName}: |e| {Error(kick.Error)} after {kick.Steps} steps, weights moved by "
                + FormattableString.Invariant($"{100 * kick.Distance:0.0} %"));
        }
        if (kernel.IsRedrawn)
            output.Say($"note    what {kernel.Rule} learns from an error is drawn anew at each step: this is the kernel of one draw");
        if (trial is not null && trial.Kick is null)
            output.Say($"note    no kick test: {(trial.Point.Objective.Loss == LossKind.SquaredError
                ? $"backpropagation came to |e| {Error(trial.Point.Error)} only; give fewer samples or a wider network"
                : "it takes a point where the error vanishes, which this loss only nears; use --loss mse")}");
        if (trial?.Point.IsSolution != true)
            output.Say($"note    the error here is |e| {Error(kernel.Error)}, so this is no fixed point: the eigenvalues say how errors "
                + "move at this moment, not whether a solution is stable");
    }

    public static void Tell(Output output, string rule, long seed, FeedbackKernel kernel, StabilityTrial? trial) =>
        output.Event("stability", () => new StabilityEvent(rule, seed, kernel.Samples, kernel.Outputs,
            Objective.ByName.First(entry => entry.Value == kernel.Objective.Loss).Key, kernel.MeanLoss, kernel.Error,
            trial?.Point.IsSolution == true, kernel.VerdictName, kernel.LeastReal, kernel.LeastSymmetric, kernel.Largest,
            [.. kernel.Eigenvalues.Select(value => (double[])[value.Real, value.Imaginary])], kernel.IsRedrawn,
            Of(trial?.Kick?.Alignment ?? kernel.Alignment), trial?.Kick is { } kick
                ? new(kick.Exponent, kick.OutcomeName, kick.Rise, kick.Error, kick.Distance, kick.Steps, trial.Agrees == true) : null));

    private static WholeAlignment Of(UpdateAlignment alignment) => new(alignment.Cosine, alignment.LossRate,
        [.. alignment.Blocks.Select(block => new BlockCosine(block.Block, block.Cosine))]);

    private static string Verdict(FeedbackKernel kernel, bool isSolution) => (kernel.Verdict, isSolution) switch
    {
        (Stability.Stable, true) => $"stable: under {kernel.Rule} errors near this solution die out",
        (Stability.Unstable, true) => $"unstable: under {kernel.Rule} some errors near this solution grow, and learning leaves it",
        (_, true) => $"neutral: under {kernel.Rule} some errors near this solution neither grow nor die out, to first order",
        (Stability.Stable, false) => $"every error would die out under {kernel.Rule} if the weights stayed near here",
        (Stability.Unstable, false) => $"some errors would grow under {kernel.Rule} if the weights stayed near here",
        _ => $"some errors would neither grow nor die out under {kernel.Rule} if the weights stayed near here",
    };

    private static string Rate(double value) => Format.Number(value, "0.###");

    private static string Cosine(double value) => Format.Number(value, "0.00");

    private static string Error(double value) => Format.Number(value, "0.0e0");
}

using System.CommandLine;
using Concord.Cli.Views;
using Concord.Experiments;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Whether feedback will align: the kernel of a rule at a solution, what it predicts, and what a kick shows.</summary>
internal static class StabilityCommand
{
    private const int UsualErrors = 200;

    public static Command Create()
    {
        var command = new Command("stability", "Shows whether a solution attracts under a rule, and why: the feedback-alignment kernel, "
            + "its eigenvalues, and what a kick shows. By itself the table of five kinds of feedback; of a network with --model; or of a "
            + "run as it stands.");
        var run = new Argument<string?>("RUN") { Description = "a run's folder, in place of --model", Arity = ArgumentArity.ZeroOrOne };
        command.Add(run);
        var model = new Option<string?>("--model")
            { HelpName = "STRING", Description = "a small network, trained by backpropagation until its error on the samples vanishes" };
        var rule = new Option<string?>("--rule") { HelpName = "NAME", Description = "the rule, with --model; by default fa" };
        var set = SettingOptions.SetOption();
        var loss = new Option<string?>("--loss")
            { HelpName = "NAME", Description = "mse, cross-entropy or bce, with --model; by default mse, whose error can vanish" };
        var seed = new Option<long?>("--seed") { HelpName = "N", Description = "decides weights and feedback, with --model; by default 0" };
        var samples = new Option<int?>("--samples")
            { HelpName = "N", Description = $"how many samples; by default {UsualErrors} over the outputs" };
        foreach (var option in (Option[])[model, rule, set, loss, seed, samples]) command.Add(option);
        var saved = new SavedOptions(command);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            if (parsed.GetValue(samples) is < 1 and var few)
                throw new ConcordException(FormattableString.Invariant($"The option --samples was given {few}; it takes a whole number ")
                    + "of at least 1.");
            if (parsed.GetValue(run) is { } folder)
            {
                Given.Refuse(parsed, [model, rule, set, loss, seed],
                    "has no effect on a run, which has its own: leave it out, or leave out RUN");
                using var opened = saved.Open(parsed, session.Output, [folder]);
                return OfRun(session.Output, opened, folder, parsed.GetValue(samples));
            }
            Given.Refuse(parsed, Given.Named(command, "--checkpoint", "--on"), "takes a run: give its folder");
            if (parsed.GetValue(model) is null)
            {
                Given.Refuse(parsed, [rule, set, loss, seed, samples, .. Given.Named(command, "--data", "--data-root")],
                    "takes a network: give --model, or a run's folder");
                return OfTable(session.Output);
            }
            return OfModel(session.Output, RunSettings.Read(
            [
                new("model", parsed.GetValue(model)!), new("rule", parsed.GetValue(rule) ?? "fa"),
                new("loss", parsed.GetValue(loss) ?? "mse"), new("data", parsed.GetValue<string?>("--data") ?? "glyphs"),
            ]) with
            {
                Seed = parsed.GetValue(seed) ?? 0, DataRoot = parsed.GetValue<string?>("--data-root"),
                RuleOptions = SettingOptions.Pairs(parsed.GetValue(set)),
            }, parsed.GetValue(samples));
        });
        return command;
    }

    private static int OfTable(Output output)
    {
        var entry = Reproduction.Find(StabilityRow.Entry);
        StabilityView.Show(output, [.. TrialView.Make(output, entry, entry.Quick).Cast<StabilityRow>()]);
        return 0;
    }

    private static int OfModel(Output output, RunSettings settings, int? count)
    {
        settings = settings.Load(out var data, out var split);
        DataView.Show(output, data, split);
        using var kernels = Engines.Create("double");
        output.Say($"engine  {kernels.Description}");
        var samples = count ?? Usual(split.Train.Classes, split.Train.Count);
        var trial = StabilityTrial.Of(settings, split, samples, kernels, new Share(output));
        output.Say(FormattableString.Invariant($"point   {settings.Model}, seed {settings.Seed}, ")
            + FormattableString.Invariant($"after {Things.Of(trial.Point.Steps, "step")} of backpropagation on ")
            + FormattableString.Invariant($"{Things.Of(samples, "sample")}: |e| {trial.Point.Error:0.0e0}"));
        StabilityView.Show(output, trial.Kernel, trial);
        StabilityView.Tell(output, settings.Rule, settings.Seed, trial.Kernel, trial);
        return 0;
    }

    private static int OfRun(Output output, SavedOptions.Opened opened, string folder, int? count)
    {
        var network = opened.Network(folder);
        var samples = opened.Samples(network);
        var few = count ?? Usual(network.Classes.Count, samples.Count);
        if (few > samples.Count)
            throw new ConcordException($"{Things.Of(few, "sample was", "samples were")} asked for, and there are "
                + FormattableString.Invariant($"{samples.Count}. ") + "Give a smaller number (--samples).");
        output.Say(FormattableString.Invariant($"point   {folder}, {opened.Checkpoint}.safetensors, on ")
            + (opened.New is null ? Things.Of(few, $"{opened.Part} sample") : $"{Things.Of(few, "sample")} of {opened.New}")
            + ", in evaluation mode");
        output.Status("kernel ...");
        var kernel = network.KernelOf(samples, few);
        StabilityView.Show(output, kernel, null);
        StabilityView.Tell(output, network.Settings.Rule, network.Settings.Seed, kernel, null);
        return 0;
    }

    private static int Usual(int outputs, int most) => Math.Clamp(UsualErrors / Math.Max(1, outputs), 1, Math.Max(1, most));

    private sealed class Share(Output output) : IProgress<double>
    {
        public void Report(double value) =>
            output.Status(value < 1 ? FormattableString.Invariant($"backpropagation {100 * value:0} % of the steps") : "kernel, kick test");
    }
}

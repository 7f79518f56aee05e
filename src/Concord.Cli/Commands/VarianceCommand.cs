using System.CommandLine;
using Concord.Cli.Views;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Bias and variance of what rules put in the gradient's place, on a network that stands still.</summary>
internal static class VarianceCommand
{
    private const string Usual = "fg-weight,fg-activity,fdfa,dfa,fa";
    private const int MostSamples = 1000;

    public static Command Create()
    {
        var command = new Command("variance", "Measures how far each rule's estimate of the gradient lies from it, bias and variance "
            + "apart: of a network as it starts, or of a run as it stands.");
        var run = new Argument<string?>("RUN") { Description = "a run's folder, in place of --model", Arity = ArgumentArity.ZeroOrOne };
        command.Add(run);
        var rules = new Option<string>("--rules")
            { HelpName = "A,B,C", Description = "rules whose updates are estimates of a gradient", DefaultValueFactory = _ => Usual };
        var set = SettingOptions.SetOption();
        var model = new Option<string?>("--model")
            { HelpName = "STRING", Description = "the network; by default mlp:INPUTS-256-256-CLASSES" };
        var loss = new Option<string?>("--loss") { HelpName = "NAME", Description = "cross-entropy, bce or mse, without RUN" };
        var seed = new Option<long?>("--seed") { HelpName = "N", Description = "decides weights and draws, without RUN; by default 0" };
        var batch = new Option<int>("--batch")
            { HelpName = "N", Description = "samples of the batch that gradients are estimated on", DefaultValueFactory = _ => 64 };
        var samples = new Option<int?>("--samples")
            { HelpName = "N", Description = $"samples that backprop's batches are drawn from; by default {MostSamples}, or all" };
        var draws = new Option<int>("--draws") { HelpName = "N", Description = "estimates per rule", DefaultValueFactory = _ => 50 };
        foreach (var option in (Option[])[rules, set, model, loss, seed, batch, samples, draws]) command.Add(option);
        var saved = new SavedOptions(command);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var output = session.Output;
            var names = RuleList.Read(parsed.GetRequiredValue(rules));
            var options = RuleCatalogue.OptionsOf(names, SettingOptions.Pairs(parsed.GetValue(set)));
            foreach (var name in names) RuleCatalogue.Create(name, options(name));
            VarianceSettings Of(int available) =>
                new(parsed.GetValue(batch), parsed.GetValue(samples) ?? Math.Min(MostSamples, available), parsed.GetValue(draws));
            if (parsed.GetValue(run) is { } folder)
            {
                Given.Refuse(parsed, [model, loss, seed], "has no effect on a run, which has its own: leave it out, or leave out RUN");
                using var opened = saved.Open(parsed, output, [folder]);
                var network = opened.Network(folder);
                var part = opened.Samples(network);
                output.Say($"weights {folder}, {opened.Checkpoint}.safetensors");
                LeaveOutUnfit(network.Settings);
                return Measure(output, new(network, part, Of(part.Count)), names, options);
            }
            Given.Refuse(parsed, Given.Named(command, "--checkpoint", "--on"), "takes a run: give its folder");
            var settings = (RunSettings.Read(
            [
                new("model", parsed.GetValue(model) ?? "mlp"), new("loss", parsed.GetValue(loss) ?? "cross-entropy"),
                new("data", parsed.GetValue<string?>("--data") ?? "glyphs"),
            ]) with { Seed = parsed.GetValue(seed) ?? 0, DataRoot = parsed.GetValue<string?>("--data-root") })
                .Load(out var data, out var split);
            using var kernels = EngineStart.Start(ref settings, output);
            DataView.Show(output, data, split);
            output.Say($"weights {settings.Model}, seed {settings.Seed}, as they start");
            LeaveOutUnfit(settings);
            return Measure(output, new(settings, split, kernels, Of(split.Train.Count)), names, options);

            void LeaveOutUnfit(RunSettings of)
            {
                if (parsed.GetResult(rules) is { Implicit: true } || RuleList.IsEvery(parsed.GetRequiredValue(rules)))
                    RuleList.LeaveOutUnfit(output, of.Model, names, "backprop");
            }
        });
        return command;
    }

    private static int Measure(Output output, GradientVariance variance, List<string> rules,
        Func<string, IReadOnlyDictionary<string, string>> options)
    {
        var table = new TextTable("rule", "of", ">bias", ">variance", ">predicted", ">draws");
        Add(variance.OfBatches());
        foreach (var rule in rules)
            foreach (var row in variance.Of(rule, options(rule), new Share(output, rule))) Add(row);
        output.Show(table, always: true);
        output.Say("bias        |mean of the estimates - gradient|^2 over |gradient|^2; what varies is taken out of it");
        output.Say("variance    mean of |estimate - their mean|^2 over |gradient|^2; ± half a 95 % interval over the draws");
        output.Say("predicted   what theory says that the two are together, where it has a closed form");
        output.Say("feedback    that averages estimates, about the mean derivative of the outputs by the port");
        return 0;

        void Add(VarianceRow row)
        {
            table.Row(row.Rule, row.Of, Spread(row.Bias, row.BiasHalfWidth), Spread(row.Variance, row.VarianceHalfWidth),
                Figure(row.Predicted), FormattableString.Invariant($"{row.Draws}"));
            output.Event("variance", () => new VarianceEvent(row.Rule, row.Of, row.Bias, row.BiasHalfWidth, row.Variance,
                row.VarianceHalfWidth, row.Total, row.Predicted, row.Draws));
        }
    }

    private static string Spread(double value, double halfWidth) =>
        halfWidth == 0 ? Figure(value) : $"{Figure(value)} ± {Figure(halfWidth)}";

    private static string Figure(double value) =>
        Math.Abs(value) is >= 1000 and < 1e7 ? Format.Number(value, "0") : Format.Number(value, "g3");

    private sealed class Share(Output output, string rule) : IProgress<double>
    {
        public void Report(double value) => output.Status(FormattableString.Invariant($"{rule} {100 * value:0} %"));
    }
}

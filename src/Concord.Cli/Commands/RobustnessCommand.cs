using System.CommandLine;
using System.Globalization;
using Concord.Cli.Views;
using Concord.Diagnostics;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Accuracy of trained networks against the strength of an attack.</summary>
internal static class RobustnessCommand
{
    private static readonly Dictionary<string, AttackKind> s_attacks = new() { ["fgsm"] = AttackKind.Fgsm, ["pgd"] = AttackKind.Pgd };

    public static Command Create()
    {
        var command = new Command("robustness", "Attacks the networks of runs by the true gradient: accuracy against epsilon.");
        var runs = new Argument<string[]>("RUN") { Description = "run folders of one data set", Arity = ArgumentArity.OneOrMore };
        var attack = new Option<string>("--attack")
        {
            HelpName = "NAME", Description = "fgsm (one step) or pgd (several, from a random start)", DefaultValueFactory = _ => "fgsm",
        }.Among(s_attacks.Keys);
        var epsilon = new Option<string>("--epsilon") { HelpName = "LIST", Description = "radii as shares of the pixel range, "
            + "numbers or fractions", DefaultValueFactory = _ => "0,2/255,4/255,8/255,16/255" };
        var steps = new Option<int>("--steps")
            { HelpName = "N", Description = "steps of pgd, each 2.5 epsilon / N long", DefaultValueFactory = _ => 10 };
        var samples = new Option<int>("--samples")
            { HelpName = "N", Description = "how many samples; 0 for all", DefaultValueFactory = _ => 0 };
        var seed = new Option<long>("--seed") { HelpName = "N", Description = "decides where pgd starts", DefaultValueFactory = _ => 0 };
        var saved = new SavedOptions(command);
        command.Arguments.Insert(0, runs);
        foreach (var option in (Option[])[attack, epsilon, steps, samples, seed]) command.Add(option);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var settings = new AttackSettings(KnownWords.Find("attack", parsed.GetRequiredValue(attack), s_attacks), parsed.GetValue(steps),
                parsed.GetValue(seed));
            if (settings.Steps < 1) throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
                $"The option --steps was given {settings.Steps}; an attack takes at least one."));
            Options.OptionType.Seed.Read("The option --seed", Options.OptionType.Seed.Write(settings.Seed));
            if (parsed.GetValue(samples) < 0) throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
                $"The option --samples was given {parsed.GetValue(samples)}; it takes a number of samples, 0 for all."));
            var radii = Radii(parsed.GetRequiredValue(epsilon));
            var folders = parsed.GetRequiredValue(runs);
            using var opened = saved.Open(parsed, session.Output, folders);
            return Run(session, opened, folders, radii, settings, parsed.GetValue(samples));
        });
        return command;
    }

    private static int Run(Session session, SavedOptions.Opened opened, string[] folders, IReadOnlyList<(string Text, double Value)> radii,
        AttackSettings settings, int count)
    {
        var output = session.Output;
        var attack = s_attacks.First(entry => entry.Value == settings.Kind).Key;
        output.Say($"attack  {attack}{(settings.Kind == AttackKind.Pgd ? $", {Things.Of(settings.Steps, "step")}" : "")}, "
            + "within epsilon of each pixel's range, by the true gradient of the loss");
        output.Say();
        var table = new TextTable(["run", "rule", .. radii.Select(radius => $">{radius.Text}")]);
        foreach (var folder in folders)
        {
            var network = opened.Network(folder);
            var samples = opened.Samples(network);
            if (count > 0) samples = samples.First(Math.Min(count, samples.Count));
            output.Status($"{folder} ...");
            var points = Robustness.Measure(network, samples, [.. radii.Select(radius => radius.Value)], settings);
            table.Row([folder, network.Settings.Rule,
                .. points.Select(point => $"{Format.Percent(point.Accuracy)} ({Bound(point.Interval.Low)}-{Bound(point.Interval.High)})")]);
            output.Event("robustness", json =>
            {
                json.WritePart(new RobustnessOf(folder, network.Settings.Rule, network.Settings.Seed));
                opened.Write(json);
                json.WritePart(new RobustnessValues(
                    attack, settings.Kind == AttackKind.Pgd ? settings.Steps : null, samples.Count,
                    [.. from point in points
                        select new RobustnessRow(point.Epsilon, point.Accuracy, point.Interval.Low, point.Interval.High)]));
            });
        }
        output.Show(table, always: true);
        output.Explain("In brackets: 95 % interval over samples. The attack uses the true gradient whatever the rule was: the signal that "
            + "a transport-free rule would carry to the input is not the gradient of the loss; an attack by it would miss, and the network "
            + "would look robust.");
        return 0;
    }

    private static string Bound(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}");

    private static List<(string, double)> Radii(string text)
    {
        if (DecimalComma.Question(text.Split(','), fractions: true) is { } question)
            throw new ConcordException($"The option --epsilon was given '{text}', and {question}");
        List<(string, double)> radii = [];
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = word.Split('/');
            double divisor = 1;
            if (parts.Length > 2 || !Read(parts[0], out var value) || (parts.Length == 2 && !(Read(parts[1], out divisor) && divisor > 0))
                || !(value / divisor is >= 0 and <= 1))
                throw new ConcordException($"The option --epsilon was given '{word}'; it takes numbers from 0 to 1 or fractions, "
                    + "with commas in between, as in '0,2/255,0.05'.");
            radii.Add((word, value / divisor));
        }
        return radii;
    }

    private static bool Read(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
}

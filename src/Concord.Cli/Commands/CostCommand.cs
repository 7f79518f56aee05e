using System.CommandLine;
using Concord.Cost;
using Concord.Networks;
using Concord.Rules;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>What a training step takes under one rule or several, without training.</summary>
internal static class CostCommand
{
    private const string Reference = "backprop", Usual = "mlp:784-1000-1000-10";

    public static Command Create()
    {
        var command = new Command("cost", "Shows what a training step takes under each rule: operations, words moved, memory, energy.");
        var model = new ModelOption(command, $"a model string or a name; by default {Usual}");
        var rule = new Option<string>("--rule") { HelpName = "A,B,C",
            Description = $"rules, a map BLOCK=RULE,BLOCK=RULE, or all; {Reference} is always shown",
            DefaultValueFactory = _ => RuleCatalogue.Every };
        var (set, freeze) = (SettingOptions.SetOption(), SettingOptions.FreezeOption());
        var batch = new Option<string>("--batch") { HelpName = "N", Description = "samples per step", DefaultValueFactory = _ => "64" };
        var parts = new Option<string?>("--parts")
            { HelpName = "P", Description = "parts the network is cut into; by default one per block" };
        var technology = new Option<string>("--technology") { HelpName = "NAME",
            Description = $"{string.Join(", ", Technology.ByName.Keys)}; add=PJ,multiply=PJ,parameters=PJ,activations=PJ; "
                + "or a file of such lines", DefaultValueFactory = _ => Technology.Default.Name }.Among(Technology.ByName.Keys);
        var spikes = new Option<string>("--spikes-per-neuron") { HelpName = "X",
            Description = "spikes that each neuron of a spiking network is taken to give in a sample", DefaultValueFactory = _ => "1" };
        var numbers = RunSettings.Declared.First(setting => setting.Key == "precision");
        var precision = new Option<string>("--precision") { HelpName = "NAME",
            Description = "operands of products: float32, or bf16, whose bytes are counted whether this machine has it or not",
            DefaultValueFactory = _ => numbers.Write(new()) }.Among(numbers.Choices);
        command.Add(rule);
        command.Add(set);
        command.Add(freeze);
        command.Add(batch);
        command.Add(parts);
        command.Add(technology);
        command.Add(spikes);
        command.Add(precision);
        command.Add(Output.JsonOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var network = model.Read(parsed) ?? Usual;
            var rules = Rules(parsed.GetRequiredValue(rule));
            if (RuleList.IsEvery(parsed.GetRequiredValue(rule))) RuleList.LeaveOutUnfit(session.Output, network, rules, Reference);
            var comparison = CostComparison.Of(
                network, rules, Whole("--batch", parsed.GetRequiredValue(batch)),
                Technology.Parse(parsed.GetRequiredValue(technology)),
                parsed.GetValue(parts) is { } count ? Whole("--parts", count)
                    : 0, RuleCatalogue.OptionsOf(rules, SettingOptions.Pairs(parsed.GetValue(set))), parsed.GetRequiredValue(freeze),
                Options.OptionType.NumberAbove(0).Read("--spikes-per-neuron", parsed.GetRequiredValue(spikes)),
                numbers.Read(new(), parsed.GetRequiredValue(precision)).Precision);
            Show(session.Output, comparison);
            return 0;
        });
        return command;
    }

    private static void Show(Output output, CostComparison comparison)
    {
        if (output.IsJson)
        {
            foreach (var cost in comparison.Costs) output.Event("cost", json => CostJson.Write(json, comparison, cost));
            return;
        }
        var text = comparison.ToString(output.Width);
        if (comparison.Costs is [_, var one])
            text += $"\n\nWhere {one.Rule} does its work: words read and written, by what they are\n{one.ToString(output.Width)}";
        foreach (var line in text.Split('\n')) output.Explain(line);
    }

    private static List<string> Rules(string given)
    {
        List<string> rules = given.Contains('=', StringComparison.Ordinal) ? [given] : RuleList.Read(given);
        rules.RemoveAll(rule => rule == Reference);
        return [Reference, .. rules.Distinct()];
    }

    private static int Whole(string option, string given) => Options.OptionType.Whole(1).Read(option, given);
}

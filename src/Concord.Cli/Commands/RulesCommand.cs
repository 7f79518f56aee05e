using System.CommandLine;
using System.Text.Json;
using Concord.Cli.Views;
using Concord.Options;
using Concord.Rules;

namespace Concord.Cli.Commands;

/// <summary>The catalogue of rules.</summary>
internal static class RulesCommand
{
    public static Command Create()
    {
        var command = new Command("rules", "Lists the learning rules, or explains one.");
        var name = new Argument<string?>("NAME") { Description = "a rule", Arity = ArgumentArity.ZeroOrOne };
        command.Add(name);
        command.Add(Output.JsonOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            if (parsed.GetValue(name) is { } one) Explain(session.Output, RuleCatalogue.Find(one));
            else List(session.Output);
            return 0;
        });
        return command;
    }

    private static void List(Output output)
    {
        if (output.IsJson)
        {
            foreach (var rule in RuleCatalogue.All) Write(output, rule);
            return;
        }
        var table = new TextTable("rule", "signal at a port", "reads of the forward weights", "needs", "paper");
        foreach (var rule in RuleCatalogue.All) table.Row(rule.Name, rule.Equation, rule.Reads, rule.Locking, rule.Paper);
        output.Show(table);
        output.Explain("s: signal at a port; d: signal after the derivative above it; e: output error; t: targets; W, B, D: "
            + "weights, chain and direct feedback.");
        output.Say("concord rules NAME lists a rule's options.");
    }

    private static void Explain(Output output, RuleDescription rule)
    {
        if (output.IsJson)
        {
            Write(output, rule);
            return;
        }
        output.Say($"{rule.Name}");
        output.Explain($"  signal   {rule.Equation}", indent: 11);
        output.Explain($"  paper    {rule.Paper}", indent: 11);
        output.Explain($"  needs    {rule.Locking}", indent: 11);
        output.Say($"  reads    {rule.Reads} of the forward weights");
        output.Say(rule.Options.Count == 0 ? "  options  none" : "  options  (--set KEY=VALUE)");
        OptionView.Say(output, rule.Options, "    ");
    }

    private static void Write(Output output, RuleDescription rule) => output.Event("rule", json =>
    {
        json.WritePart(new RuleEvent(
            rule.Name, rule.Equation, rule.Paper, rule.Reads, rule.Locking, OptionValues.Defaults(rule.Options)));
        OptionView.Write(json, rule.Options);
    });
}

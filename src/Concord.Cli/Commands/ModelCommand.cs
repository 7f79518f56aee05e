using System.CommandLine;
using Concord.Cli.Views;
using Concord.Networks;
using Concord.Rules;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>The models by name, and what a model is made of.</summary>
internal static class ModelCommand
{
    public static Command Create() =>
        new("model", "Lists the models that have names, shows what a model is made of, or lists what models are written with.")
        { List(), Show(), Layers(), Options() };

    private static Command List()
    {
        var command = new Command("list", "Lists the models by name.") { Output.JsonOption() };
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            ModelView.List(session.Output);
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "Shows a model's layers, shapes, weights, work and memory.");
        var model = new Argument<string>("MODEL") { Description = "a name (concord model list), or a string (concord model options)" };
        command.Add(model);
        var options = new ModelOption(command, null);
        var rule = new Option<string>("--rule") { HelpName = "NAME", Description = "learning rule, or a map BLOCK=RULE,BLOCK=RULE, "
            + "whose feedback is counted", DefaultValueFactory = _ => "backprop" };
        var batch = new Option<int>("--batch")
            { HelpName = "N", Description = "samples per step, for the memory", DefaultValueFactory = _ => 128 };
        var (set, freeze) = (SettingOptions.SetOption(), SettingOptions.FreezeOption());
        foreach (var option in (Option[])[rule, set, freeze, batch, Output.JsonOption()]) command.Add(option);
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var text = options.Resolve(parsed, parsed.GetRequiredValue(model))!;
            ModelView.Show(session.Output, ModelSummary.Of(text, parsed.GetRequiredValue(rule),
                parsed.GetValue(batch), SettingOptions.Pairs(parsed.GetValue(set)), parsed.GetRequiredValue(freeze)),
                ModelCatalogue.Find(parsed.GetRequiredValue(model)));
            return 0;
        });
        return command;
    }

    private static Command Layers()
    {
        var command = new Command("layers",
            "Lists the kinds of layers that a list of layers can have, with their options, or explains one.");
        var name = new Argument<string?>("KIND") { Description = "a kind of layer", Arity = ArgumentArity.ZeroOrOne };
        command.Add(name);
        command.Add(Output.JsonOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            ModelView.Layers(session.Output, parsed.GetValue(name) is { } one ? [LayerKind.Find(one)] : LayerKind.All);
            return 0;
        });
        return command;
    }

    private static Command Options()
    {
        var command = new Command("options", "Lists the options that may stand after the commas of a model string.")
            { Output.JsonOption() };
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            ModelView.Options(session.Output);
            return 0;
        });
        return command;
    }
}

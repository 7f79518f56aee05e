using System.CommandLine;
using Concord.Cli.Views;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>A network of another program as an experiment file and weights, which all commands take.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var command = new Command("import", "Reads a network of another program, a NIR graph, as an experiment file and its weights.");
        var file = new Argument<string>("FILE") { Description = "the NIR file" };
        var folder = new Option<string?>("--out")
            { HelpName = "DIR", Description = "where model.yaml and weights.safetensors are written; by default named after the file" };
        var steps = new Option<int>("--steps")
            { HelpName = "T", Description = "time steps of a clocked network", DefaultValueFactory = _ => 25 };
        var input = new Option<string>("--input") { HelpName = "NAME", Description = "how numbers come in: constant at each step, poisson, "
            + "or rows of an image, one at each step", DefaultValueFactory = _ => NirReading.Constant }.Among(NirReading.Inputs);
        var ends = new Option<string>("--ends") { HelpName = "NAME", Description = "what is made of the outputs of the steps: mean, last, "
            + "sum, or each for a loss at each", DefaultValueFactory = _ => "mean" }.Among(NirReading.Endings);
        var set = SettingOptions.SetOption();
        set.Description = "more options of the neurons (surrogate=triangular), or of a network of spike times (duration=0.3)";
        command.Add(file);
        command.Add(folder);
        var time = new NirOptions(command);
        foreach (var option in (Option[])[steps, input, ends, set, Output.JsonOption(), Output.QuietOption()]) command.Add(option);
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var path = parsed.GetRequiredValue(file);
            var reading = new NirReading(time.Read(parsed), parsed.GetValue(steps), Chosen("input", parsed.GetRequiredValue(input),
                NirReading.Inputs), Chosen("end", parsed.GetRequiredValue(ends), NirReading.Endings),
                [.. SettingOptions.Pairs(parsed.GetValue(set)).Select(pair => $"{pair.Key}={pair.Value}")]);
            return Run(session.Output, path, reading, parsed.GetValue(folder) ?? Path.GetFileNameWithoutExtension(path));
        });
        return command;
    }

    private static int Run(Output output, string path, NirReading reading, string folder)
    {
        var import = NirImport.Read(path, reading);
        var (model, weights) = import.Write(folder);
        output.Say($"model   {import.Model}");
        foreach (var note in import.Notes) output.Say($"note    {note}");
        foreach (var difference in import.Differences) output.Conclude($"warning: the file's metadata say that {difference}");
        output.Conclude($"import  {model} and {import.Count} tensors in {weights}");
        output.Say($"Score it as it is: {NextCommand.Command("train", model, "--data", "NAME", "--epochs", "0")}");
        output.Say($"Train it: {NextCommand.Command("train", model, "--data", "NAME", "--rule", "fa")}");
        output.Event("import", () => new ImportEvent(model, weights, import.Model, import.Notes, import.Differences));
        return 0;
    }

    private static string Chosen(string what, string word, IReadOnlyList<string> words) =>
        KnownWords.Find(what, word, words.ToDictionary(known => known));
}

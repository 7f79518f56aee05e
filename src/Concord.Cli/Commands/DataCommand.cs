using System.CommandLine;
using Concord.Cli.Views;
using Concord.Data;

namespace Concord.Cli.Commands;

/// <summary>The data sets: which there are, where they lie, whether they are what they are called, and how to get them.</summary>
internal static class DataCommand
{
    public static Command Create()
    {
        var root = new Option<string?>("--data-root")
            { HelpName = "DIR", Description = "folder that has the data sets' folders in it", Recursive = true };
        var json = Output.JsonOption();
        json.Recursive = true;
        var command = new Command("data", "Lists the data sets and where they are.") { root, json };

        var list = new Command("list", "Lists the data sets and where they are.");
        list.SetAction(List);
        command.SetAction(List);
        command.Add(list);

        var name = new Argument<string>("NAME") { Description = "a data set, csv:PATH, or csv:PATH#COLUMN" };
        var verify = new Command("verify", "Reads a data set and says whether its contents are the official ones.") { name };
        verify.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            return Verify(session.Output, parsed.GetRequiredValue(name), parsed.GetValue(root));
        });
        command.Add(verify);
        command.Add(DataFetchCommand.Create(root));
        return command;

        int List(ParseResult parsed)
        {
            using var session = Session.Begin(parsed);
            var output = session.Output;
            var table = new TextTable("name", "where", "what");
            foreach (var source in DataSource.All)
            {
                var place = source.IsBuiltIn ? "built in" : source.Locate(parsed.GetValue(root));
                table.Row(source.Name, place ?? "-", source.Description);
                output.Event("data", () => new DataEvent(source.Name, source.Description, source.Expected, source.CanBeFetched, place));
            }
            if (!output.IsJson) output.Show(table);
            if (!output.IsJson) output.Explain("Looked in "
                + $"{string.Join(", ", DataSource.Roots(parsed.GetValue(root)).Select(Output.Field))}; --data-root and CONCORD_DATA name "
                + "other folders. csv:PATH takes a table, csv:PATH#COLUMN one whose label is the column of that name. "
                + "events:PATH takes a file of spikes, folder:PATH a folder of images with a subfolder for each class "
                + "(folder:PATH#32x32 resizes them). concord data fetch NAME gets what is missing.");
            return 0;
        }
    }

    private static int Verify(Output output, string name, string? root)
    {
        var data = Dataset.Load(name, root);
        output.Event("verification", () => new VerificationEvent(
            data.Name, Verification.WordOf(data.Verification.Verdict), data.Verification.Reason,
            [.. data.Verification.Files.Select(file =>
                new VerifiedFile(file.File, file.Sha256, Verification.WordOf(file.Verdict), file.Note))]));
        if (output.IsJson) return 0;
        DataView.Show(output, data);
        if (data.Verification.Files.Count == 0) return 0;
        var table = new TextTable("file", "verdict", "SHA-256 of the contents", "note");
        foreach (var file in data.Verification.Files) table.Row(file.File, Verification.WordOf(file.Verdict), file.Sha256, file.Note);
        output.Show(table);
        return 0;
    }
}

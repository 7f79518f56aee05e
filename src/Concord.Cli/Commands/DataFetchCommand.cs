using System.CommandLine;
using System.Globalization;
using Concord.Cli.Views;
using Concord.Data;

namespace Concord.Cli.Commands;

/// <summary>Gets a data set from where it is given out, or from a mirror.</summary>
internal static class DataFetchCommand
{
    public static Command Create(Option<string?> root)
    {
        var name = new Argument<string>("NAME") { Description = string.Join(", ", DataFetch.Names) };
        var mirrors = new Option<string[]>("--mirror") { HelpName = "URL",
            Description = "a data root on the web, used instead of the known addresses; may be repeated; also CONCORD_MIRROR"
            + "", Arity = ArgumentArity.OneOrMore };
        var force = new Option<bool>("--force") { Description = "replace files that are there and are not the official ones" };
        var unverified = new Option<bool>("--unverified") { Description = "accept well-formed files for which no official hash is known" };
        var timeout = new Option<string>("--timeout")
            { HelpName = "SECONDS", Description = "how long a server may be silent", DefaultValueFactory = _ => "30" };
        var retries = new Option<string>("--retries") { HelpName = "N",
            Description = "further attempts after a failure that may be temporary", DefaultValueFactory = _ => "5" };
        var command = new Command("fetch", "Gets a data set over https, checks its contents, and continues where it was interrupted.")
            { name, mirrors, force, unverified, timeout, retries, Output.QuietOption() };
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var settings = new FetchSettings
            {
                DataRoot = parsed.GetValue(root), Mirrors = parsed.GetValue(mirrors)
                    ?? [], Force = parsed.GetValue(force), AcceptUnverified = parsed.GetValue(unverified),
                Timeout = TimeSpan.FromSeconds(Number("--timeout", parsed.GetRequiredValue(timeout), 86_399)),
                Retries = (int)Number("--retries", parsed.GetRequiredValue(retries), 1000),
            };
            return Run(session, parsed.GetRequiredValue(name), settings);
        });
        return command;
    }

    private static int Run(Session session, string name, FetchSettings settings)
    {
        var output = session.Output;
        var view = new FetchView(output, name);
        IReadOnlyList<FetchedFile> files;
        try
        {
            files = session.Saving(stop => DataFetch.RunAsync(name, settings, view, stop).GetAwaiter().GetResult());
        }
        catch (OperationCanceledException)
        {
            output.Conclude($"What has arrived is kept. Continue with: {NextCommand.Command(
                NextCommand.With(session.Words, ("--data-root", settings.DataRoot is { } root ? Path.GetFullPath(root) : null)))}");
            throw;
        }
        var table = new TextTable("file", "verdict", "SHA-256 of the contents", "note");
        foreach (var file in files)
            table.Row(Path.GetFileName(file.Path), file.Verification.Verdict == Verdict.Unknown ? "unverified"
                : Verification.WordOf(file.Verification.Verdict), file.Verification.Sha256, file.Verification.Note);
        output.Show(table);
        var folder = Path.GetDirectoryName(files[0].Path)!;
        output.Conclude($"{name} is in {folder}{(files.All(file => file.WasPresent) ? ", and was there before" : "")}.");
        output.Event("fetched", () => new FetchedEvent(
            name, folder,
            [.. from file in files
                select new FetchedFileDetails(
                    Path.GetFileName(file.Path), file.WasPresent, file.Verification.Sha256, Verification.WordOf(file.Verification.Verdict),
                    file.Verification.Note)]));
        return 0;
    }

    private static double Number(string option, string given, double most) =>
        double.TryParse(given, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= most
            && (option != "--retries" || number == Math.Floor(number))
            ? number
            : throw new ConcordException(
                string.Create(CultureInfo.InvariantCulture, $"{option} was given as '{given}'; it takes a number from 0 to {most}."));
}

using System.CommandLine;
using System.CommandLine.Invocation;
using Concord.Cli.Views;
using Concord.Cli.Commands;
using Concord.Data;
using Concord.Images;
using Concord.Training;

namespace Concord.Cli;

/// <summary>Parses, runs, and turns whatever goes wrong into one line and an exit code.</summary>
internal static class Application
{
    /// <summary>Exit codes: the run, a disk or the network failed; the user's input is wrong; the user broke it off.</summary>
    public const int Failed = 1, BadInput = 2, Interrupted = 130;

    private const string HelpWord = "help";

    public static int Run(string[] args)
    {
        StandardStream.Prepare();
        ImageFolder.Register();
        if (!OperatingSystem.IsWindows()) Unix.IgnoreFileSizeSignal();
        var json = args.Contains("--json");
        var exitCode = Carry(args, json);
        if (json && exitCode == 0 && StandardStream.Error.IsIncomplete) WriteError(StandardStream.Error.Missing, Failed);
        return exitCode == 0 && (StandardStream.Output.IsIncomplete || StandardStream.Error.IsIncomplete) ? Failed : exitCode;
    }

    private static int Carry(string[] args, bool json)
    {
        try
        {
            if (args is [Completion.Word, .. var words])
            {
                foreach (var word in Completion.Of(Root(), words)) StandardStream.Output.Writer.WriteLine(word);
                return 0;
            }
            if (args is [HelpWord, .. var about]) args = [.. about, "--help"];
            var parsed = Root().Parse(args);
            if (parsed.Action is ParseErrorAction) throw ParseMistake.Explain(parsed);
            ParseMistake.Check(parsed);
            Plugins.Load(parsed);
            return parsed.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = StandardStream.Output.Writer,
                Error = StandardStream.Error.Writer,
            });
        }
        catch (Exception error) when (Environment.GetEnvironmentVariable("CONCORD_DEBUG") != "1"
            || error is ConcordException or RunFailure or FetchFailure or OperationCanceledException)
        {
            return Report(error, json);
        }
    }

    /// <summary>All commands, as they are parsed.</summary>
    internal static RootCommand Root()
    {
        var root = new RootCommand("Concord trains neural networks without weight transport: feedback alignment and its family, "
            + "next to backpropagation.")
        {
            TrainCommand.Create(), CompareCommand.Create(), SweepCommand.Create(), ResumeCommand.Create(), EvaluateCommand.Create(),
            PredictCommand.Create(), SimilarityCommand.Create(), RobustnessCommand.Create(), StabilityCommand.Create(),
            VarianceCommand.Create(), RasterCommand.Create(), ExportCommand.Create(), ImportCommand.Create(), ReportCommand.Create(),
            ReproduceCommand.Create(), RulesCommand.Create(), ModelCommand.Create(),
            DataCommand.Create(), DoctorCommand.Create(), CostCommand.Create(), BenchCommand.Create(),
            CompletionCommand.Create(),
        };
        root.SetAction(_ => Welcome.Show(StandardStream.Output.Writer));
        Plugins.Accept(root);
        Spellings.Accept(root);
        Help.Adorn(root);
        return root;
    }

    private static int Report(Exception error, bool json)
    {
        error = Plugins.Explain(error) ?? error;
        var (message, exitCode) = error switch
        {
            ConcordException { IsFailure: false } => (error.Message, BadInput),
            ConcordException or RunFailure or FetchFailure => (error.Message, Failed),
            OperationCanceledException => ("Interrupted.", Interrupted),
            FileNotFoundException when !HasFolder() =>
                ("The folder that this command was started in is not there any more. Go to another, and give it again.", Failed),
            _ when Plugin.IsMissingCode(error) => ($"A part of this program is missing, or is another: {error.Message} Install it again.",
                Failed),
            IOException or UnauthorizedAccessException => ($"A disk or a device refuses: {error.Message}", Failed),
            OutOfMemoryException => ("There is not enough memory for this. Choose a smaller model, batch or data set.", Failed),
            _ => ($"Something went wrong that should not have ({error.GetType().Name}: "
                + $"{error.Message}) Please report it with the command you gave; CONCORD_DEBUG=1 shows where.", Failed),
        };
        message = PlainText.Line(message);
        var line = error is OperationCanceledException ? message : $"concord: {message}";
        StandardStream.Error.Writer.WriteLine(line);
        if (json) WriteError(message, exitCode);
        else if (StandardStream.Error.IsIncomplete) StandardStream.Output.Writer.WriteLine(line);
        return exitCode;
    }

    /// <summary>Ends the program as one that was interrupted. No thread is waited for.</summary>
    public static void Leave(Output output)
    {
        output.ClearStatus();
        Unix.Exit(Report(new OperationCanceledException(), output.IsJson));
    }

    private static bool HasFolder()
    {
        try
        {
            return Directory.Exists(Directory.GetCurrentDirectory());
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void WriteError(string message, int exitCode) =>
        Output.WriteEvent("error", json => json.WritePart(new ErrorEvent(message, exitCode)));
}

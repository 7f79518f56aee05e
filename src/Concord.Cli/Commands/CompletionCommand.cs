using System.CommandLine;

namespace Concord.Cli.Commands;

/// <summary>Prints what a shell runs to complete the words of this program.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var command = new Command("completion", "Prints a script with which a shell completes rules, models, data sets and runs.");
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", CompletionScripts.Shells) };
        command.Add(shell);
        command.SetAction(parsed =>
        {
            StandardStream.Output.Writer.WriteLine(CompletionScripts.Of(parsed.GetRequiredValue(shell)));
            return 0;
        });
        return command;
    }
}

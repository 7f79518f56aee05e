using System.CommandLine;
using System.Runtime.InteropServices;

namespace Concord.Cli;

/// <summary>
/// One command at work: its output, and the wish to stop. The first Ctrl-C (or SIGTERM) asks the trainer to save and end, the
/// second ends the program.
/// </summary>
internal sealed class Session : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _interrupt, _terminate;

    private Session(Output output, string command)
    {
        Output = output;
        Command = command;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
    }

    public Output Output { get; }

    /// <summary>The command line, for the record.</summary>
    public string Command { get; }

    public CancellationToken Stop => _stop.Token;

    /// <summary>Begins the work of a command that has --json and --quiet among its options.</summary>
    public static Session Begin(ParseResult parsed) => new(
        new(parsed.GetValue<bool>("--json"), parsed.CommandResult.Command.Options.Any(option => option.Name == "--quiet") && parsed.GetValue<bool>("--quiet")),
        string.Join(' ', parsed.Tokens.Select(token => token.Value).Prepend("concord").Select(FollowUp.Quote)));

    public void Dispose()
    {
        Output.ClearStatus();
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_stop.IsCancellationRequested) return;   // not cancelled, the signal does what it always does
        context.Cancel = true;
        _stop.Cancel();
        StandardStream.Error.Writer.WriteLine("\nStopping after this step. Once more to stop at once.");
    }
}

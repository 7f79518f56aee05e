using System.CommandLine;
using System.Runtime.InteropServices;

namespace Concord.Cli;

/// <summary>
/// One command at work: its output, and the wish to stop. Where there is work to save, the first Ctrl-C (or SIGTERM, or SIGHUP of a
/// terminal that is closed) asks for that, and the second ends the program; anywhere else the first does. A signal that was ignored when
/// the program began, as SIGHUP under nohup, stays ignored.
/// </summary>
internal sealed class Session : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private volatile bool _isSaving;

    private Session(Output output, IReadOnlyList<string> words)
    {
        Output = output;
        Words = words;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            if (!Unix.IsIgnored(signal)) _signals.Add(PosixSignalRegistration.Create(signal, Handle));
    }

    public Output Output { get; }

    /// <summary>The words of the command line.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The command line, for the record.</summary>
    public string Command => string.Join(' ', Words.Prepend("concord").Select(NextCommand.Quote));

    /// <summary>
    /// Does work that keeps what it has done when it is asked to stop, and then throws.
    /// Outside of such work a signal ends the program at once.
    /// </summary>
    /// <param name="work">The work; the token is the wish.</param>
    public T Saving<T>(Func<CancellationToken, T> work)
    {
        _isSaving = true;
        try
        {
            return work(_stop.Token);
        }
        finally
        {
            _isSaving = false;
        }
    }

    /// <inheritdoc cref="Saving{T}"/>
    public void Saving(Action<CancellationToken> work) => Saving(stop =>
    {
        work(stop);
        return true;
    });

    /// <summary>Begins the work of a command that has --json among its options, and perhaps --quiet.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="resultIsForPrograms">Whether standard output is for the result alone.</param>
    public static Session Begin(ParseResult parsed, bool resultIsForPrograms = false) => new(
        new(parsed.GetValue<bool>("--json"),
            parsed.CommandResult.Command.Options.Any(option => option.Name == "--quiet") && parsed.GetValue<bool>("--quiet"),
            resultIsForPrograms),
        [.. parsed.Tokens.Select(token => token.Value)]);

    public void Dispose()
    {
        Output.ClearStatus();
        foreach (var signal in _signals) signal.Dispose();
        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_stop.IsCancellationRequested) return;   // not cancelled, the signal does what it always does
        context.Cancel = true;
        if (!_isSaving) Application.Leave(Output);
        _stop.Cancel();
        StandardStream.Error.Writer.WriteLine("\nSaving, then stopping. Once more to stop at once.");
    }
}

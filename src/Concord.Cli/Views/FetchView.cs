using System.Diagnostics;
using System.Globalization;
using Concord.Data;

namespace Concord.Cli.Views;

/// <summary>Shows a fetch as it goes: on a terminal one line that keeps changing, elsewhere a plain line now and then.</summary>
/// <param name="output">Where to.</param>
/// <param name="set">The data set.</param>
internal sealed class FetchView(Output output, string set) : IProgress<FetchProgress>
{
    private static readonly TimeSpan s_plainEvery = TimeSpan.FromSeconds(15), s_changeEvery = TimeSpan.FromMilliseconds(100),
        s_eventEvery = TimeSpan.FromSeconds(1);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private string _file = "";
    private long _begun;
    private TimeSpan _since, _shown, _sent;

    public void Report(FetchProgress value)
    {
        var now = _watch.Elapsed;
        var isNew = value.File != _file;
        var moves = value.Stage == FetchStage.Fetching;
        if (moves && isNew) (_file, _begun, _since, _shown, _sent) = (value.File, value.Bytes, now, TimeSpan.Zero, TimeSpan.Zero);
        if (!moves || isNew || now - _sent >= s_eventEvery)
        {
            _sent = now;
            Send(value);
        }
        switch (value.Stage)
        {
            case FetchStage.Present:
                output.Say($"{value.File}: there already{(value.Note.Length > 0 ? $" ({value.Note})" : "")}");
                break;
            case FetchStage.Retrying:
                output.Say($"{value.File}: {value.Note}");
                break;
            case FetchStage.Checking when output.IsTerminal:
                output.Status($"{value.File}: checking its contents");
                break;
            case FetchStage.Fetched:
                output.Say($"{value.File}: {Format.Bytes(value.Bytes)}, "
                    + $"{(value.Note.Length > 0 ? value.Note : "all contents have the original's SHA-256")}");
                break;
            case FetchStage.Fetching when isNew || now - _shown >= (output.IsTerminal ? s_changeEvery : s_plainEvery):
                _shown = now;
                if (output.IsTerminal) output.Status(Line(value, now));
                else if (!isNew) output.Say(Line(value, now));
                break;
        }
    }

    private string Line(FetchProgress value, TimeSpan now)
    {
        var seconds = (now - _since).TotalSeconds;
        var rate = seconds > 0.2 ? (value.Bytes - _begun) / seconds : double.NaN;
        var share = value.Total is > 0 and { } total
            ? string.Create(CultureInfo.InvariantCulture, $" of {Format.Bytes(total)}, {100.0 * value.Bytes / total:0} %") : "";
        var left = value.Total is { } whole && rate > 0 ? $", ETA {Format.Wait(TimeSpan.FromSeconds((whole - value.Bytes) / rate))}" : "";
        return $"{set}/{value.File}: "
            + $"{Format.Bytes(value.Bytes)}{share}{(double.IsNaN(rate) ? "" : $", {Format.Bytes((long)Math.Max(0, rate))}/s")}{left}";
    }

    private void Send(FetchProgress value) => output.Event("fetch", () => new FetchEvent(
        set, value.File, value.Stage.ToString().ToLowerInvariant(), value.Bytes, value.Total, value.Note));
}

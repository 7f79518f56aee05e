using System.Text.Json;
using Concord.Diagnostics;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>What a run writes down as it goes: <c>metrics.jsonl</c>, and the same for TensorBoard.</summary>
internal sealed class RunLog : IDisposable
{
    private const double SecondsHeld = 0.2;   // a write takes longer than a small network's step
    private readonly JsonLinesFile _lines;
    private readonly EventFile _events;
    private readonly Action<Utf8JsonWriter> _writeStep;   // made once, for a step allocates nothing
    private StepLine _step;
    private double _time, _released;

    private RunLog(JsonLinesFile lines, EventFile events)
    {
        (_lines, _events) = (lines, events);
        _writeStep = json =>
        {
            Head(json, StepLine.Type);
            _step.Write(json);
        };
    }

    /// <summary>Opens both files. TensorBoard's has what <c>metrics.jsonl</c> has up to now, whatever stood in it.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="settings">What decides the run.</param>
    /// <param name="extensions">The ends that it has gone beyond.</param>
    /// <exception cref="ConcordException">One of them cannot be written, or a line is damaged.</exception>
    public static RunLog Open(RunFolder folder, RunSettings settings, IReadOnlyList<Extension> extensions)
    {
        JsonLinesFile? lines = null;
        EventFile? events = null;
        try
        {
            lines = JsonLinesFile.Open(folder.Metrics);
            events = Told(folder.Events, folder.Metrics, settings, extensions, out _);
            events.Begin();
            var log = new RunLog(lines, events);
            (lines, events) = (null, null);
            return log;
        }
        finally
        {
            lines?.Dispose();
            events?.Dispose();
        }
    }

    /// <summary>Writes what TensorBoard is told of a run as a file of its own.</summary>
    /// <param name="path">The file; it is replaced.</param>
    /// <param name="metrics">The run's <c>metrics.jsonl</c>.</param>
    /// <param name="settings">What decided the run.</param>
    /// <param name="result">What it came to; null while it is not finished.</param>
    /// <exception cref="ConcordException">It cannot be written, or a line is damaged.</exception>
    public static void Export(string path, string metrics, RunSettings settings, RunResult? result)
    {
        using var events = Told(path, metrics, settings, result?.Extensions ?? [], out var time);
        if (result is not null) Ended(events, time, result);
        events.WriteWhole();
    }

    /// <summary>Writes down an epoch.</summary>
    public void Append(EpochMetrics epoch)
    {
        _time = Now;
        _lines.Append(json =>
        {
            Head(json, "epoch");
            epoch.Write(json);
        });
        _events.Append(_time, epoch, null, null);
    }

    /// <summary>Writes down a probe of a training step.</summary>
    public void Append(long step, IReadOnlyList<PortAlignment> rows)
    {
        _time = Now;
        var line = new ProbeLine(step, AlignmentRow.Of(rows));
        _lines.Append(json =>
        {
            Head(json, "probe");
            json.WriteMembers(line, RunJson.Default.ProbeLine);
        });
        _events.Append(_time, step, rows);
    }

    /// <summary>Writes down a step, some steps in one write. It allocates nothing.</summary>
    public void Append(in StepLine step)
    {
        (_time, _step) = (Now, step);
        _lines.Hold(_writeStep);
        _events.Hold(_time, step);
        if (_time - _released < SecondsHeld) return;
        _released = _time;
        _lines.Release();
        _events.Release();
    }

    /// <summary>Tells TensorBoard what the run came to; it has a file of its own for that.</summary>
    public void End(RunResult result) => Ended(_events, Now, result);

    /// <summary>Tells TensorBoard that the run failed.</summary>
    public void Fail()
    {
        _lines.Release();
        _events.End(Now, failed: true);
    }

    /// <summary>Writes all that is held, and flushes the lines to disk.</summary>
    /// <returns>How long they are, for the checkpoint to remember.</returns>
    /// <exception cref="ConcordException">The disk refuses.</exception>
    public long Commit()
    {
        _events.Release();
        return _lines.Commit();
    }

    /// <summary>Closes both files.</summary>
    public void Dispose()
    {
        _lines.Dispose();
        _events.Dispose();
    }

    // Of a file of before lines had a time, all is told as of now.
    private static EventFile Told(string path, string metrics, RunSettings settings, IReadOnlyList<Extension> extensions, out double time)
    {
        var lines = File.Exists(metrics) ? MetricsReader.Every(metrics).ToList() : [];
        var now = Now;
        time = lines.Count > 0 ? MetricsReader.TimeOf(lines[0]) ?? now : now;
        var events = new EventFile(path, time);
        try
        {
            events.Begin(time, settings);
            foreach (var line in lines)
            {
                time = MetricsReader.TimeOf(line) ?? now;
                if (MetricsReader.IsEpoch(line))
                {
                    var epoch = MetricsReader.Epoch(line);
                    events.Append(time, epoch, extensions.FirstOrDefault(end => end.From == epoch.Epoch)?.Test, null);
                }
                else if (MetricsReader.Step(line) is { } step) events.Hold(time, step);
                else if (MetricsReader.Probe(line) is { } probe) events.Append(time, probe.Step, probe.Rows);
            }
            return events;
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    private static void Ended(EventFile events, double time, RunResult result)
    {
        events.Append(time, result.Epochs.Count > 0 ? result.Epochs[^1].Step : 0, result.Test.Score, result.BestTest?.Score);
        events.End(time);
    }

    private static double Now => Math.Round((DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds, 3);

    private void Head(Utf8JsonWriter json, string type)
    {
        json.WriteString("type", type);
        json.WriteNumber(MetricsReader.TimeKey, _time);
    }
}

using System.Diagnostics;
using System.Globalization;
using Concord.Diagnostics;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>
/// Shows runs as they go: on a terminal one line that keeps changing, elsewhere a plain line now and then; a line per epoch, and
/// its event.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="runs">How many runs share the time to come.</param>
internal sealed class TrainingView(Output output, int runs)
{
    private static readonly TimeSpan s_plainEvery = TimeSpan.FromSeconds(15);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _said;
    private double _begun = double.NaN;

    /// <summary>What stands before each line, as a rule's name.</summary>
    public string Label { get; set; } = "";

    /// <summary>Whether each epoch gets a line of its own.</summary>
    public bool ShowsEpochs { get; init; } = true;

    /// <summary>Where a run is.</summary>
    /// <param name="settings">The run's.</param>
    /// <param name="run">Its number, from 1.</param>
    /// <param name="progress">Where it is.</param>
    public void Report(RunSettings settings, int run, TrainingProgress progress)
    {
        if (progress.Notice is { } notice) output.Say($"{Label}{notice}");
        if (progress.Preparing is { } preparing)
        {
            Show($"{Label}{Format.Preparing(preparing)}");
            return;
        }
        if (progress.Notice is not null) return;
        if (progress.Finished is { } epoch)
        {
            if (ShowsEpochs) output.Say(Line(epoch, progress.Epochs));
            Events.Epoch(output, settings, epoch);
            _said = _watch.Elapsed;
        }
        var done = (run - 1 + (progress.Epoch - 1 + progress.Fraction) / Math.Max(1, progress.Epochs)) / runs;
        if (double.IsNaN(_begun)) _begun = done;
        var left = done > _begun ? Format.Wait(_watch.Elapsed * ((1 - done) / (done - _begun))) : "-";
        Show(FieldLine.Of(output.Width - 1,
            (0, Text($"{Label}epoch {progress.Epoch}/{progress.Epochs} {100 * progress.Fraction,3:0} %")),
            (2, Text($"loss {progress.Loss:0.0000}")), (3, progress.Score.IsLoss ? "" : $"accuracy {Format.Percent(progress.Accuracy)}"),
            (5, Text($"{progress.SamplesPerSecond:N0} samples/s")), (4, runs == 1 ? "" : Text($"all {100 * done:0} %")),
            (1, $"ETA {left}")));
    }

    private void Show(string line)
    {
        if (output.IsQuiet || (!output.IsTerminal && _watch.Elapsed - _said < s_plainEvery)) return;
        _said = _watch.Elapsed;
        if (output.IsTerminal) output.Status(line);
        else output.Say(line);
    }

    private string Line(EpochMetrics epoch, int epochs)
    {
        var validation = (1, $"validation {Format.Score(epoch.Validation)}");
        if (epoch.Epoch == 0) return FieldLine.Of(output.Width, (0, $"{Label}untrained"), validation, (4, Angles(epoch)));
        var width = epochs.ToString(CultureInfo.InvariantCulture).Length;
        return FieldLine.Of(output.Width,
            (0, $"{Label}epoch {epoch.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(width)}/{epochs}"),
            (2, Text($"loss {epoch.TrainLoss:0.0000}")), (3, epoch.Train.IsLoss ? "" : $"train {Format.Percent(epoch.TrainAccuracy)}"),
            validation, (4, Angles(epoch)), (5, Spikes(epoch)), (5, EnergyView.Of(epoch)),
            (6, Text($"{epoch.SamplesPerSecond:N0} samples/s")));
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Spikes(EpochMetrics epoch) => epoch.Spikes.Count == 0 ? ""
        : "spikes" + string.Concat(epoch.Spikes.Select(layer => string.Create(CultureInfo.InvariantCulture,
            $" {layer.Layer} {layer.SpikesPerNeuron:0.00}")));

    private static string Angles(EpochMetrics epoch) =>
        string.Join("  ", epoch.Alignment.Where(port => port.IsVoid || !double.IsNaN(port.Cosine)).Select(port => port.IsVoid
            ? $"{port.Port} {PortAlignment.VoidWord}"
            : string.Create(CultureInfo.InvariantCulture, $"{port.Port} {port.AngleDegrees:0.0}°")));
}

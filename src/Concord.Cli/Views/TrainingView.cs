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
            if (ShowsEpochs) output.Say($"{Label}{Line(epoch, progress.Epochs)}");
            Events.Epoch(output, settings, epoch);
            _said = _watch.Elapsed;
        }
        var done = (run - 1 + (progress.Epoch - 1 + progress.Fraction) / Math.Max(1, progress.Epochs)) / runs;
        if (double.IsNaN(_begun)) _begun = done;
        var left = done > _begun ? Format.Wait(_watch.Elapsed * ((1 - done) / (done - _begun))) : "-";
        var line = string.Create(CultureInfo.InvariantCulture,
            $"{Label}epoch {progress.Epoch}/{progress.Epochs} {100 * progress.Fraction,3:0} %  loss {progress.Loss:0.0000}"
                + $"{(progress.Score.IsLoss ? "" : $"  accuracy {Format.Percent(progress.Accuracy)}")}  "
                + $"{progress.SamplesPerSecond:N0} samples/s  ETA {left}");
        Show(line);
    }

    private void Show(string line)
    {
        if (!output.ShowsProgress || (!output.IsTerminal && _watch.Elapsed - _said < s_plainEvery)) return;
        _said = _watch.Elapsed;
        if (output.IsTerminal) output.Status(line);
        else output.Say(line);
    }

    private static string Line(EpochMetrics epoch, int epochs)
    {
        if (epoch.Epoch == 0) return $"untrained  validation {Format.Score(epoch.Validation)}{Angles(epoch)}";
        var width = epochs.ToString(CultureInfo.InvariantCulture).Length;
        return string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(width)}/{epochs}  loss {epoch.TrainLoss:0.0000}  "
                + $"{(epoch.Train.IsLoss ? "" : $"train {Format.Percent(epoch.TrainAccuracy)}  ")}"
                + $"validation {Format.Score(epoch.Validation)}{Angles(epoch)}"
                + $"{Spikes(epoch)}{EnergyView.Of(epoch)}  {epoch.SamplesPerSecond:N0} samples/s");
    }

    private static string Spikes(EpochMetrics epoch) => epoch.Spikes.Count == 0 ? ""
        : "  spikes" + string.Concat(epoch.Spikes.Select(layer => string.Create(CultureInfo.InvariantCulture,
            $" {layer.Layer} {layer.SpikesPerNeuron:0.00}")));

    private static string Angles(EpochMetrics epoch) =>
        string.Concat(epoch.Alignment.Select(port => port.IsVoid ? $"  {port.Port} {PortAlignment.VoidWord}"
            : double.IsNaN(port.Cosine) ? "" : string.Create(CultureInfo.InvariantCulture, $"  {port.Port} {port.AngleDegrees:0.0}°")));
}

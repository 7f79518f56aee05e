using System.Globalization;
using System.Text;
using Concord.Data;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What a network answers: comma-separated values, a line for each sample below a header; JSON where a program listens.</summary>
/// <param name="output">Where a program may listen.</param>
/// <param name="writer">Takes the values.</param>
internal sealed class PredictionView(Output output, TextWriter writer)
{
    /// <summary>How many samples have been told.</summary>
    public int Count { get; private set; }

    /// <summary>Rows of a table.</summary>
    public void Rows(string file, Prediction said) => Tell(said, file, [], _ => [], null);

    /// <summary>An image, with its file in front.</summary>
    public void Image(string file, Prediction said) => Tell(said, file, ["file"], _ => [file], null);

    /// <summary>Samples whose classes or targets are known: with their numbers, and with these, in front.</summary>
    public void Known(string data, Samples samples, Prediction said)
    {
        var targets = Enumerable.Range(0, samples.HasClasses ? 0 : samples.Classes);
        Tell(said, data, ["row", .. samples.HasClasses ? ["true label"] : targets.Select(k => $"target {said.Classes[k]}")],
            sample => [Number(sample), .. samples.HasClasses ? [said.Classes[samples.Labels[sample]]]
                : targets.Select(k => Number(samples.Targets(sample)[k]))], samples);
    }

    /// <summary>The header alone, where no sample was answered.</summary>
    /// <param name="said">The answer to no samples.</param>
    /// <param name="areImages">Whether images were given.</param>
    public void None(Prediction said, bool areImages) => Tell(said, "", areImages ? ["file"] : [], _ => [], null);

    private void Tell(Prediction said, string source, string[] heads, Func<int, string[]> cells, Samples? known)
    {
        var rows = said.Outputs.GetLength(0);
        if (output.IsJson)
            for (var sample = 0; sample < rows; sample++) Event(said, source, sample, known);
        else Write(said, rows, heads, cells);
        Count += rows;
    }

    private void Write(Prediction said, int rows, string[] heads, Func<int, string[]> cells)
    {
        var lines = new StringBuilder();
        string[] label = said.HasAnswers ? ["label"] : [];
        var what = said.AreProbabilities ? "probability" : "output";
        if (Count == 0) Line([.. heads, .. label, .. said.Classes.Select(name => $"{what} {name}")]);
        for (var sample = 0; sample < rows; sample++)
            Line([.. cells(sample), .. label.Length > 0 ? (string[])[said.LabelOf(sample)] : [], .. Outputs(said, sample).Select(Number)]);
        writer.Write(lines);

        void Line(string[] fields) => lines.Append(CsvLine.Of(fields)).Append('\n');
    }

    private void Event(Prediction said, string source, int sample, Samples? known) => output.Event("prediction", () => new PredictionEvent(
        source, Count + sample, known is { HasClasses: true } ? said.Classes[known.Labels[sample]] : null,
        known is { HasClasses: false } ? [.. known.Targets(sample)] : null, said.HasAnswers ? said.LabelOf(sample) : null,
        said.AreProbabilities ? [.. Outputs(said, sample)] : null, said.AreProbabilities ? null : [.. Outputs(said, sample)]));

    private static IEnumerable<float> Outputs(Prediction said, int sample) =>
        Enumerable.Range(0, said.Classes.Count).Select(k => said.Outputs[sample, k]);

    private static string Number<T>(T value) where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}

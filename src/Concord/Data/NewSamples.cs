using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>
/// Samples for a network that was trained on others: all rows of a table, which need not have all classes and is read as the table that the
/// network was trained on; the test part of any other set.
/// </summary>
/// <param name="Name">What they are called.</param>
/// <param name="Samples">The samples, with labels of their own.</param>
/// <param name="Classes">What their labels stand for.</param>
internal sealed record NewSamples(string Name, Samples Samples, IReadOnlyList<string> Classes)
{
    /// <summary>Reads them by name.</summary>
    /// <param name="data">The name of a data set, or <c>csv:PATH</c>.</param>
    /// <param name="dataRoot">A folder to look for data sets in first.</param>
    /// <param name="columns">The columns of the table that the network was trained on; null where it was none.</param>
    /// <param name="shape">One sample's axes.</param>
    /// <exception cref="ConcordException">There are none, or they cannot be read, or the table has other features.</exception>
    public static NewSamples Read(string data, string? dataRoot, TableColumns? columns, Shape shape)
    {
        if (!DataReference.IsCsv(data)) return Of(ForeignData.Read(data, shape) ?? Dataset.Load(data, dataRoot));
        var (path, label) = DataReference.CsvParts(data);
        var table = CsvReader.Read(() => ContentStream.Open(path), label, columns ?? TableColumns.Unnamed(shape.Length));
        return new(path, new(new(table.Columns.Features.Count), table.Features, table.Labels, table.Classes.Length)
            { Columns = table.Columns }, table.Classes);
    }

    /// <summary>Those of a data set at hand.</summary>
    public static NewSamples Of(Dataset data) => new(data.Name, data.All ?? data.Test, data.Classes);
}

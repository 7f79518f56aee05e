using System.Runtime.InteropServices;
using Concord.Numerics.Engines;

namespace Concord.Training;

/// <summary>What ran a run, for its record.</summary>
internal static class Machine
{
    /// <summary>Processor, system and runtime in a line.</summary>
    public static string Description { get; } = FormattableString.Invariant(
        $"{ProcessorName.Value}, {Environment.ProcessorCount} threads, {RuntimeInformation.OSDescription.Trim()}, ")
            + $".NET {Environment.Version}";

    /// <summary>This program and its version.</summary>
    public static string Program { get; } = $"Concord {typeof(Machine).Assembly.GetName().Version?.ToString(3)}";
}

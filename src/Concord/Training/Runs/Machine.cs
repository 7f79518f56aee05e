using System.Runtime.InteropServices;

namespace Concord.Training;

/// <summary>What ran a run, for its record.</summary>
internal static class Machine
{
    /// <summary>Processor, system and runtime in a line.</summary>
    public static string Description { get; } =
        FormattableString.Invariant($"{Processor()}, {Environment.ProcessorCount} threads, {RuntimeInformation.OSDescription.Trim()}, ")
            + FormattableString.Invariant($".NET {Environment.Version}");

    /// <summary>This program and its version.</summary>
    public static string Program { get; } = $"Concord {typeof(Machine).Assembly.GetName().Version?.ToString(3)}";

    private static string Processor()
    {
        const string Key = "model name";
        try
        {
            var line = File.Exists("/proc/cpuinfo")
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) : null;
            var name = line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
                ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
            return string.IsNullOrEmpty(name) ? RuntimeInformation.ProcessArchitecture.ToString() : name;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
    }
}

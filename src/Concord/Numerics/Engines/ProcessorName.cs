using System.Runtime.InteropServices;

namespace Concord.Numerics.Engines;

/// <summary>What the processor calls itself.</summary>
internal static class ProcessorName
{
    /// <summary>Its model; where there is none to be had, its architecture.</summary>
    public static string Value { get; } = Find();

    private static string Find()
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

using System.Text;
using System.Text.RegularExpressions;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>Compares what two runs left behind: all but the time they took.</summary>
internal static partial class RunFiles
{
    public static void AssertSame(string expected, string actual)
    {
        foreach (var name in (string[])["last.safetensors", "best.safetensors"])
        {
            string one = Path.Combine(expected, name), other = Path.Combine(actual, name);
            Assert.Equal(Values(one), Values(other));
            Assert.Equal(Comparable(Checkpoint.ReadState(one)), Comparable(Checkpoint.ReadState(other)));
        }
        Assert.Equal(File.ReadAllBytes(Path.Combine(expected, "normalization.safetensors")),
            File.ReadAllBytes(Path.Combine(actual, "normalization.safetensors")));
        Assert.Equal(Lines(expected, "metrics.jsonl"), Lines(actual, "metrics.jsonl"));
        Assert.Equal(Lines(expected, "summary.json"), Lines(actual, "summary.json"));
    }

    // Everything behind the header, which is the state's business: the values of all tensors, in the order of their names.
    public static byte[] Values(string path)
    {
        var bytes = File.ReadAllBytes(path);
        using var file = SafeTensorsFile.Open(path);
        Assert.NotEmpty(file.Names);
        return bytes[(8 + BitConverter.ToInt32(bytes, 0))..];
    }

    private static string Comparable(CheckpointState state) =>
        string.Join(' ', state.Step, state.Epoch, state.Plateau, state.BestMerit, state.BestEpoch, string.Join(' ', state.Settings));

    private static string[] Lines(string folder, string file) => WithoutTimes(File.ReadAllBytes(Path.Combine(folder, file)));

    /// <summary>The lines of a text, without the times that something took.</summary>
    public static string[] WithoutTimes(byte[] text) =>
        [.. Encoding.UTF8.GetString(text).Split('\n').Select(line => Times().Replace(line, ""))];

    [GeneratedRegex("\"(seconds|samplesPerSecond|secondsPerEpoch|wallTime)\": ?[^,}]*")]
    private static partial Regex Times();
}

using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>What concord doctor finds of a machine, and what concord bench times on it.</summary>
public sealed class MachineCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Theory]
    [InlineData("DOTNET_EnableHWIntrinsic", "0")]
    [InlineData("DOTNET_EnableAVX2", "0")]
    [InlineData("DOTNET_EnableAVX512", "0")]
    [InlineData("DOTNET_gcServer", "0")]
    public void ArithmeticIsSoundWhateverTheProcessorHas(string variable, string value)
    {
        foreach (var engine in (string[])["managed", "auto"])
        {
            var result = _concord.Run($"doctor --json --engine {engine}", (variable, value));
            Assert.True(result.ExitCode == 0, result.Error + result.Out);
            var doctor = result.Event("doctor");
            Assert.True(doctor.GetProperty("arithmeticOk").GetBoolean());
            var flushed = doctor.GetProperty("denormalsFlushed").GetBoolean();
            if (OperatingSystem.IsLinux()) Assert.True(flushed);
            Assert.Contains(flushed ? "flushed to zero on" : "NOT", doctor.GetProperty("findings").GetProperty("denormals").GetString(),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AHiddenLibraryIsNamedAndReplaced()
    {
        var result = _concord.Run("doctor --json", ("CONCORD_DNNL", "none"));
        Assert.Equal("managed", result.Event("doctor").GetProperty("engine").GetString());
        Assert.Contains("apt-get install", result.Event("doctor").GetProperty("findings").GetProperty("oneDNN").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheBenchTimesStepsEarlyAndLate()
    {
        var result = _concord.Run("bench --quick --model mlp:20-30-5 --batch 8,2 --threads 1 --engine managed --json");
        Assert.True(result.ExitCode == 0, result.Error);
        var ages = result.Events.Where(line => line.GetProperty("event").GetString() == "age").ToList();
        Assert.Equal(["backprop sgd", "dfa sgd", "backprop adam", "dfa adam"],
            ages.Select(line => $"{line.GetProperty("rule")} {line.GetProperty("optimizer")}"));
        Assert.All(ages, line =>
        {
            Assert.Equal(2, line.GetProperty("batch").GetInt32());
            double young = line.GetProperty("youngSeconds").GetDouble(), old = line.GetProperty("oldSeconds").GetDouble();
            Assert.True(young > 0 && old > 0 && line.GetProperty("withoutDenormalsSeconds").GetDouble() > 0);
            Assert.Equal(old / young, line.GetProperty("ratio").GetDouble(), 1e-9);
        });
    }
}

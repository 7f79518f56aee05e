using System.Reflection;
using Concord.Numerics.Engines;
using Concord.Numerics.Engines.Products;
using Xunit.Sdk;

namespace Concord.Tests;

/// <summary>What a test needs that not every machine has.</summary>
internal enum Need
{
    Linux,
    Unix,
    OneDnn,
    OpenMp,
    FlushToZero,

    /// <summary>Vectors of 256 bits or more.</summary>
    WideVectors,
}

/// <summary>A test that needs something of the machine; skipped, and said so, where it is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithAttribute : FactAttribute
{
    public FactWithAttribute(params Need[] needs) => Skip = MachineNeeds.Missing(needs);
}

/// <summary>The same for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithAttribute : TheoryAttribute
{
    public TheoryWithAttribute(params Need[] needs) => Skip = MachineNeeds.Missing(needs);
}

/// <summary>A case of a theory that needs oneDNN.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class OneDnnDataAttribute : DataAttribute
{
    private readonly object[] _values;

    public OneDnnDataAttribute(params object[] values) => (_values, Skip) = (values, MachineNeeds.Missing([Need.OneDnn]));

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_values];
}

internal static class MachineNeeds
{
    private static readonly OneDnnLibrary? s_oneDnn = OneDnnLibrary.TryLoad(2, out s_missing!);
    private static readonly string s_missing;

    /// <summary>What is missing here, or null.</summary>
    public static string? Missing(IEnumerable<Need> needs) => needs.Select(Missing).FirstOrDefault(missing => missing is not null);

    private static string? Missing(Need need) => need switch
    {
        Need.Linux => OperatingSystem.IsLinux() ? null : "It needs Linux.",
        Need.Unix => OperatingSystem.IsWindows() ? "It needs a shell and signals." : null,
        Need.OneDnn => s_oneDnn is null ? $"No oneDNN: {s_missing}." : null,
        Need.OpenMp => s_oneDnn?.OpenMp is null ? "No oneDNN with OpenMP." : null,
        Need.WideVectors => VectorWidths.Widest < VectorWidth.Bits256 ? "It needs vectors of 256 bits." : null,
        _ => FlushToZero.Obstacle is { } obstacle ? $"Denormals are not flushed: {obstacle}." : null,
    };
}

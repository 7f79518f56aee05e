using Concord.Networks;
using Concord.Numerics;

namespace Concord.Tests;

/// <summary>Batches of networks with time steps.</summary>
internal static class TimeKit
{
    /// <summary>Normal inputs and a class for each sample, the same at each step.</summary>
    public static void Fill(Pass pass, int samples, long batch = 0)
    {
        pass.Begin(samples);
        var stream = RandomStream.FromSeed(1000 + batch);
        pass.Input.CopyFrom(Kit.Normals(stream, pass.Input.Length));
        var classes = pass.Network.Output.Length;
        pass.Batch.SetClasses([.. Enumerable.Range(0, samples).Select(n => stream.Split("labels").Below((ulong)n, classes))]);
    }
}

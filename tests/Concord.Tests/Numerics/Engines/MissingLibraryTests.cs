using Concord.Numerics.Engines;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics.Engines;

/// <summary>What is said where oneDNN is not there: alone, for it is sought by a variable that all tests and their children see.</summary>
[Collection(nameof(Alone))]
public sealed class MissingLibraryTests
{
    [Theory]
    [InlineData("auto"), InlineData("onednn")]
    public void WithoutTheLibraryTheManagedEngineRunsAndSaysSo(string name)
    {
        foreach (var (path, says) in new[] { ("none", "CONCORD_DNNL=none"), ("/no/such/libdnnl.so", "/no/such/libdnnl.so"),
            ("libc.so.6", "not oneDNN") })
            WithLibrary(path, () =>
            {
                var notices = new List<string>();
                using var kernels = Factory.Create(name, 1, notices.Add);
                Assert.Equal("managed", kernels.Name);
                var notice = Assert.Single(notices);
                Assert.Contains(says, notice, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', notice);
            });
    }

    private static void WithLibrary(string path, Action test)
    {
        var before = Environment.GetEnvironmentVariable(OneDnnLibrary.PathVariable);
        Environment.SetEnvironmentVariable(OneDnnLibrary.PathVariable, path);
        try
        {
            test();
        }
        finally
        {
            Environment.SetEnvironmentVariable(OneDnnLibrary.PathVariable, before);
        }
    }
}

/// <summary>Tests beside which no other may run.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

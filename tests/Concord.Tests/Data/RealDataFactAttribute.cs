namespace Concord.Tests.Data;

/// <summary>A test on real data files; skipped, and said so, on a machine that has none.</summary>
internal sealed class RealDataFactAttribute : FactAttribute
{
    public RealDataFactAttribute(string set)
    {
        if (RealData.Root is null || !Directory.Exists(Path.Combine(RealData.Root, set)))
            Skip = $"No real data: no folder '{set}' in CONCORD_DATA or in ../shared/data beside the repository.";
    }
}

/// <summary>Where real data files are: CONCORD_DATA, or <c>shared/data</c> in a folder above the tests.</summary>
internal static class RealData
{
    public static string? Root { get; } = Find();

    private static string? Find()
    {
        var root = Environment.GetEnvironmentVariable("CONCORD_DATA");
        if (!string.IsNullOrEmpty(root)) return Directory.Exists(root) ? root : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var beside = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(beside)) return beside;
        }
        return null;
    }
}

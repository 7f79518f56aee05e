namespace Concord.Experiments;

/// <summary>The YAML files that the assembly holds.</summary>
internal static class EmbeddedFiles
{
    private const string Extension = ".yaml";

    /// <summary>The files of a folder, each by its name without the extension, in the order of their names.</summary>
    public static IEnumerable<(string Name, string Text)> In(string folder) =>
        typeof(EmbeddedFiles).Assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith($"{folder}/", StringComparison.Ordinal))
            .Select(resource => (Name: resource[(folder.Length + 1)..^Extension.Length], TextOf(resource)))
            .OrderBy(file => file.Name, StringComparer.Ordinal);

    private static string TextOf(string resource)
    {
        using var reader = new StreamReader(typeof(EmbeddedFiles).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}

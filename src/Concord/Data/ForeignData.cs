using System.Collections.Concurrent;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>Data that other libraries read, by what their names begin with.</summary>
internal static class ForeignData
{
    /// <summary>What the name of a folder of images begins with.</summary>
    public const string Images = "folder:";

    private const int Deepest = 2, MostFolders = 100, MostFiles = 100;
    private static readonly string[] s_endings = [".png", ".jpg", ".jpeg"];
    private static readonly EnumerationOptions s_readable = new() { IgnoreInaccessible = true };
    private static readonly ConcurrentDictionary<string, Func<string, Shape?, Dataset>> s_readers = new();

    /// <summary>The name of the first of some folders that has images in a folder below it, at most two levels down; else null.</summary>
    public static string? ImagesAt(IEnumerable<string> folders) => folders.Where(folder => folder.Length > 0 && Directory.Exists(folder))
        .FirstOrDefault(folder => Below(folder, Deepest).Any()) is { } found ? Images + found : null;

    private static IEnumerable<string> Below(string folder, int levels) => levels == 0 ? []
        : Directory.EnumerateDirectories(folder, "*", s_readable).Take(MostFolders).SelectMany(below =>
            Directory.EnumerateFiles(below, "*", s_readable).Take(MostFiles)
                .Where(file => s_endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Concat(Below(below, levels - 1)));

    public static void Register(string prefix, Func<string, Shape?, Dataset> read) => s_readers[prefix] = read;

    /// <summary>What the name begins with, if another library reads such; else null.</summary>
    public static string? PrefixOf(string name) =>
        s_readers.Keys.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the data; null where the name is none of these.</summary>
    /// <exception cref="ConcordException">They cannot be read.</exception>
    public static Dataset? Read(string name, Shape? like = null) =>
        PrefixOf(name) is { } prefix && s_readers.TryGetValue(prefix, out var read) ? read(name, like)
        : !name.StartsWith(Images, StringComparison.OrdinalIgnoreCase) ? null
        : throw new ConcordException($"'{name}' is a folder of images, which the package Concord.Images reads: refer to it, and call "
            + "ImageFolder.Register().");
}

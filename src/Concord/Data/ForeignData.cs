using System.Collections.Concurrent;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>Data that other libraries read, by what their names begin with.</summary>
internal static class ForeignData
{
    /// <summary>What the name of a folder of images begins with.</summary>
    public const string Images = "folder:";

    private static readonly ConcurrentDictionary<string, Func<string, Shape?, Dataset>> s_readers = new();

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

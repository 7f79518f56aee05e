using System.Security.Cryptography;

namespace Concord.Interchange;

/// <summary>Reads a plugin's file once, so that what is hashed is what is loaded.</summary>
public static class PluginFile
{
    private const int MostBytes = 1 << 28;

    /// <summary>The plugin that a path names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its bytes.</param>
    /// <exception cref="ConcordException">It cannot be read.</exception>
    public static Plugin Read(string path, out byte[] content)
    {
        content = SmallFile.Bytes(path, MostBytes, "a plugin is a DLL that dotnet build made");
        return new(Path.GetFullPath(path), Convert.ToHexStringLower(SHA256.HashData(content)));
    }
}

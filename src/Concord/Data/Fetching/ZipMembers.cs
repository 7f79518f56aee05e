using System.IO.Compression;
using Concord.Interchange;

namespace Concord.Data.Fetching;

/// <summary>Takes files out of a zip archive. Entries are asked for by name, so that none can say where it is to be put.</summary>
internal static class ZipMembers
{
    private const long MostBytes = 1L << 30;

    /// <summary>Refuses what is no whole zip archive.</summary>
    /// <exception cref="ConcordException">It is none.</exception>
    public static void CheckForm(string path) => Explained(path, archive => archive.Entries.Count);

    /// <summary>Copies an entry out.</summary>
    /// <exception cref="ConcordException">There is none of that name, it is far too long, or the archive is damaged.</exception>
    public static void Copy(string path, string entry, Stream to) => Explained(path, archive =>
    {
        var found = archive.GetEntry(entry)
            ?? throw new ConcordException($"'{path}' has no entry '{entry}'. It is another archive; get it again.");
        using var from = found.Open();
        var buffer = new byte[1 << 17];
        long written = 0;
        for (int read; (read = from.Read(buffer)) > 0; written += read)
        {
            if (written + read > MostBytes)
                throw new ConcordException($"The entry '{entry}' of '{path}' is longer than {Formats.ContentStream.N(MostBytes)} bytes, "
                    + "far more than was expected. Do not trust this archive; get it again.");
            to.Write(buffer.AsSpan(0, read));
        }
        return written;
    });

    private static void Explained(string path, Func<ZipArchive, long> act)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 17);
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            act(archive);
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw new ConcordException($"'{path}' is not a zip archive or is damaged: {e.Message.TrimEnd('.')}. Get it again.", e);
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            throw FileErrors.Explain("read", path, e);
        }
    }
}

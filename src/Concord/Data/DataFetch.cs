using Concord.Data.Fetching;
using Concord.Data.Formats;
using Concord.Interchange;

namespace Concord.Data;

/// <summary>
/// Fetches data sets over https into the layout that their readers expect. A file gets its name only when its contents have been
/// checked; an interrupted download stays next to it as <c>NAME.part</c> and is continued.
/// </summary>
public sealed class DataFetch
{
    private readonly Origin _origin;
    private readonly FetchSettings _settings;
    private readonly IProgress<FetchProgress>? _progress;
    private readonly CancellationToken _stop;
    private readonly IReadOnlyList<Uri> _mirrors;
    private readonly string _root, _folder;

    private DataFetch(Origin origin, FetchSettings settings, IProgress<FetchProgress>? progress, CancellationToken stop)
    {
        settings.Validate();
        (_origin, _settings, _progress, _stop) = (origin, settings, progress, stop);
        _mirrors = settings.MirrorAddresses();
        _root = FileErrors.FullPath("write", DataSource.Roots(settings.DataRoot)[0]);
        _folder = Path.Combine(_root, origin.Set);
    }

    /// <summary>The data sets that can be fetched.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Origin.All.Select(origin => origin.Set)];

    /// <summary>
    /// Fetches what is missing of a data set. Files that are there and right are left alone; one that is there and wrong is reported,
    /// and replaced only by <see cref="FetchSettings.Force"/>.
    /// </summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="settings">Where from, where to, how.</param>
    /// <param name="progress">Told where it is.</param>
    /// <param name="cancellation">Breaks it off; what has come is kept.</param>
    /// <returns>Every file of the set.</returns>
    /// <exception cref="ConcordException">The name is unknown, a file there is wrong, or the folder cannot be written.</exception>
    /// <exception cref="FetchFailure">No address gave the right file.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static Task<IReadOnlyList<FetchedFile>> RunAsync(string name, FetchSettings settings, IProgress<FetchProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (Origin.Of(name) is { } origin) return RunAsync(origin, settings, progress, cancellation);
        var known = DataSource.All.FirstOrDefault(source => source.Name == DataSource.Named(name));
        throw new ConcordException(known is null ? $"There is no data set '{name}' to fetch. {KnownWords.Hint(name, [.. Names])}"
            : known.IsBuiltIn ? $"'{name}' is built in: there is nothing to fetch."
            : $"'{name}' is not published anywhere. These can be fetched: {string.Join(", ", Names)}.");
    }

    internal static Task<IReadOnlyList<FetchedFile>> RunAsync(Origin origin, FetchSettings settings, IProgress<FetchProgress>? progress,
        CancellationToken cancellation) =>
        new DataFetch(origin, settings, progress, cancellation).Run();

    private async Task<IReadOnlyList<FetchedFile>> Run()
    {
        var there = _origin.Wanted.Select(LookAt).ToList();
        if (there.Find(file => file.IsBad) is { } bad && !_settings.Force)
            throw new ConcordException($"'{bad.Path}' is there, but is not what it should be: "
                + $"{bad.Finding!.Verification.Note.TrimEnd('.')}. Nothing was changed; --force replaces it.");
        if (there.Find(file => Replaces(file) && Directory.Exists(file.Path)) is { } folder)
            throw new ConcordException($"'{folder.Path}' is a folder, which --force does not remove. Move it away.");
        if (!there.Exists(Replaces)) return [.. there.Select(file => Present(file))];

        FileErrors.MakeFolder(_folder);
        using var hold = FolderLock.Take(_folder);
        List<FetchedFile> done = [];
        using var http = new HttpClient(_settings.Handler ?? new SocketsHttpHandler { ConnectTimeout = _settings.Timeout,
            AllowAutoRedirect = false }, disposeHandler: _settings.Handler is null) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("Concord");
        (string Path, FileVerification Verification)? archive = _origin.Members is null ? null : await Archive(http).ConfigureAwait(false);
        foreach (var file in there)
        {
            if (!Replaces(file))
            {
                done.Add(Present(file));
                continue;
            }
            var target = Path.Combine(_folder, file.Wanted);
            var verification = archive is null
                ? await Fetch(http, _origin.Files.First(remote => remote.Name == file.Wanted), target).ConfigureAwait(false)
                : Unpack(archive.Value, file.Wanted, target);
            // the reader would go on taking the wrong one
            if (file.Path is not null && file.Path != target) FileErrors.Explained("write", file.Path, () => File.Delete(file.Path));
            done.Add(new(target, false, verification));
        }
        // whether the files belong together
        if (done.Exists(file => file.Verification.Verdict == Verdict.Unknown)) DataSource.Load(_origin.Set, [_root]);
        return done;
    }

    /// <summary>The archive that the set is in, fetched unless it is there.</summary>
    private async Task<(string Path, FileVerification Verification)> Archive(HttpClient http)
    {
        var folder = Path.Combine(_root, _origin.Folder);
        var path = Path.Combine(folder, _origin.Files[0].Name);
        if (File.Exists(path))
        {
            Tell(_origin.Files[0].Name, FetchStage.Checking, 0, null);
            var finding = Inspection.Of(_origin, _origin.Files[0].Name, path);
            if (finding.IsKnown || !finding.IsWrong && _settings.AcceptUnverified) return (path, finding.Verification);
            if (!_settings.Force)
                throw new ConcordException($"'{path}' is there, but is not what it should be: {finding.Verification.Note.TrimEnd('.')}. "
                    + "Nothing was changed; --force replaces it.");
        }
        FileErrors.MakeFolder(folder);
        using var hold = FolderLock.Take(folder);
        return (path, await Fetch(http, _origin.Files[0], path).ConfigureAwait(false));
    }

    private async Task<FileVerification> Fetch(HttpClient http, OriginFile file, string target)
    {
        List<string> reasons = [];
        foreach (var address in _origin.AddressesOf(file, _mirrors))
        {
            if (reasons.Count > 0) Tell(file.Name, FetchStage.Retrying, 0, null, $"{reasons[^1]}; asking {address.Host}");
            // an answer that was put together from several may be of several versions; one that came in a piece is what the address has
            for (var isJoined = true; isJoined;)
            {
                try
                {
                    using var part = PartFile.Open(target);
                    await new Transfer(http, _settings, (bytes, total, note) => Tell(file.Name, note.Length == 0 ? FetchStage.Fetching
                        : FetchStage.Retrying, bytes, total, note), _stop).Run(address, part, file.Bytes).ConfigureAwait(false);
                    isJoined = part.IsJoined;
                }
                catch (AddressFailure e)
                {
                    reasons.Add($"{address}: {e.Message}");
                    break;
                }
                Tell(file.Name, FetchStage.Checking, 0, null);
                var finding = Inspection.Of(_origin, file.Name, target + PartFile.Suffix);
                if (finding.IsKnown || !finding.IsWrong && _settings.AcceptUnverified)
                {
                    PartFile.Land(target);
                    Tell(file.Name, FetchStage.Fetched, new FileInfo(target).Length, null, finding.Verification.Note);
                    return finding.Verification;
                }
                PartFile.Remove(target);
                if (!isJoined) reasons.Add($"{address}: what came is not the right file: {finding.Verification.Note.TrimEnd('.')} (SHA-256 "
                    + $"{finding.Verification.Sha256}){(finding.IsWrong ? "" : "; --unverified accepts it anyway")}");
            }
        }
        var kept = File.Exists(target + PartFile.Suffix) ? $" {ContentStream.N(new FileInfo(target + PartFile.Suffix).Length)} bytes of it "
            + "are kept; the same command continues from there." : "";
        throw new FetchFailure($"'{file.Name}' of {_origin.Set} could not be fetched. "
            + $"{string.Join(". ", reasons)}.{kept} Check the connection, try again later, or name another place with --mirror.");
    }

    private FileVerification Unpack((string Path, FileVerification Verification) archive, string wanted, string target)
    {
        var part = target + PartFile.Suffix;
        FileErrors.Explained("write", part, () =>
        {
            using var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            ZipMembers.Copy(archive.Path, _origin.Members!.First(member => Path.GetFileName(member) == wanted), file);
            file.Flush(flushToDisk: true);
        });
        var finding = Inspection.Of(_origin, wanted, part);
        if (finding.IsWrong)
        {
            PartFile.Remove(target);
            throw new FetchFailure($"'{wanted}' in '{archive.Path}' is not what it should be: "
                + $"{finding.Verification.Note} Remove the archive and fetch it again.");
        }
        PartFile.Land(target);
        var verification = archive.Verification.Verdict == Verdict.Official
            ? finding.Verification with { Verdict = Verdict.Official, Note = "out of the archive that has the published MD5" }
            : finding.Verification;
        Tell(wanted, FetchStage.Fetched, new FileInfo(target).Length, null, verification.Note);
        return verification;
    }

    private Entry LookAt(string wanted)
    {
        _stop.ThrowIfCancellationRequested();
        var path = _origin.NamesOf(wanted).Select(name => Path.Combine(_folder, name)).FirstOrDefault(Path.Exists);
        if (path is null) return new(wanted, null, null);
        Tell(Path.GetFileName(path), FetchStage.Checking, 0, null);
        return new(wanted, path, Inspection.Of(_origin, wanted, path));
    }

    private bool Replaces(Entry file) => file.Path is null || _settings.Force && file.Finding!.Verification.Verdict != Verdict.Official;

    private FetchedFile Present(Entry file)
    {
        Tell(Path.GetFileName(file.Path!), FetchStage.Present, 0, null, file.Finding!.Verification.Note);
        return new(file.Path!, true, file.Finding.Verification);
    }

    private void Tell(string file, FetchStage stage, long bytes, long? total, string note = "") =>
        _progress?.Report(new(file, stage, bytes, total, note));

    private sealed record Entry(string Wanted, string? Path, Finding? Finding)
    {
        public bool IsBad => Finding is { IsWrong: true };
    }
}

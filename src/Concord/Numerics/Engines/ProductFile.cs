using System.Text;

namespace Concord.Numerics.Engines;

/// <summary>
/// The choices of one kind of engine on one machine: a file of lines <c>SHAPE WAY</c>. A choice is added at the end, by one process at a
/// time and only if no other has made it meanwhile; of several lines about a shape the first holds, and of a line that was cut off only
/// that choice is lost.
/// </summary>
internal sealed class ProductFile
{
    private const int MostTries = 200, MillisecondsATry = 10;

    private readonly string? _path;
    private readonly Action<string>? _notice;
    private Dictionary<string, ProductWay> _known;
    private bool _hasFailed;

    /// <summary>Reads what was chosen before.</summary>
    /// <param name="folder">Where such files are kept; null to keep nothing.</param>
    /// <param name="about">What the times depend on: processor, library, instructions and threads.</param>
    /// <param name="notice">Told if the file cannot be read or written.</param>
    public ProductFile(string? folder, string about, Action<string>? notice = null)
    {
        (About, _notice) = (about, notice);
        _path = folder is null ? null : Path.Combine(folder,
            $"products-{string.Concat(about.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'))}.txt");
        _known = Read();
    }

    /// <summary>What the times depend on.</summary>
    public string About { get; }

    /// <summary>The way that was chosen for a shape; null where none was.</summary>
    public ProductWay? Find(string shape) => _known.TryGetValue(shape, out var way) ? way : null;

    /// <summary>Reads it again: another process may have added to it. What could not be kept there still holds.</summary>
    public void Refresh()
    {
        foreach (var (shape, way) in Read()) _known[shape] = way;
    }

    /// <summary>Keeps a choice. What comes back holds: where another process was faster, it is its choice.</summary>
    public ProductWay Keep(string shape, ProductWay way)
    {
        _known[shape] = way;
        if (_path is null || _hasFailed) return way;
        Try("written", () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            using var file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var before = Text(file);
            if (Parse(before.Split('\n')).ContainsKey(shape)) return;
            var begin = before.Length == 0 ? $"{Head(About)}\n" : before.EndsWith('\n') ? "" : "\n";   // after a line that was cut off
            file.Seek(0, SeekOrigin.End);
            file.Write(Encoding.UTF8.GetBytes($"{begin}{Line(shape, way)}\n"));
        });
        _known = Read();
        return _known.TryGetValue(shape, out var first) ? first : _known[shape] = way;
    }

    /// <summary>Choices as lines, below one that says what they are of.</summary>
    public static string Text(string about, IEnumerable<KeyValuePair<string, ProductWay>> choices) =>
        $"{Head(about)}\n{string.Concat(choices.Select(choice => $"{Line(choice.Key, choice.Value)}\n"))}";

    /// <summary>The first line of what is of one kind of engine on one machine.</summary>
    public static string Head(string about) => $"# {about}";

    /// <summary>The choices in lines. What is no choice, as the end of a file that was cut off, is passed over.</summary>
    public static Dictionary<string, ProductWay> Parse(IEnumerable<string> lines)
    {
        Dictionary<string, ProductWay> choices = [];
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            if (words is [var shape, var name] && Ways.TryGetValue(name, out var way)) choices.TryAdd(shape, way);
        }
        return choices;
    }

    private static Dictionary<string, ProductWay> Ways { get; } = Enum.GetValues<ProductWay>().ToDictionary(Name);

    private static string Name(ProductWay way) => way.ToString().ToLowerInvariant();

    private static string Line(string shape, ProductWay way) => $"{shape} {Name(way)}";

    private Dictionary<string, ProductWay> Read()
    {
        Dictionary<string, ProductWay> choices = [];
        if (File.Exists(_path)) Try("read", () =>
        {
            using var file = Open(FileMode.Open, FileAccess.Read, FileShare.Read);
            choices = Parse(Text(file).Split('\n'));
        });
        return choices;
    }

    private static string Text(FileStream file)
    {
        using var reader = new StreamReader(file, leaveOpen: true);
        return reader.ReadToEnd();
    }

    // Another process holds it for a moment only.
    private FileStream Open(FileMode mode, FileAccess access, FileShare share)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return new(_path!, mode, access, share);
            }
            catch (IOException) when (tries < MostTries && File.Exists(_path))
            {
                Thread.Sleep(MillisecondsATry);
            }
        }
    }

    // A choice that cannot be kept is made again next time; the run goes on.
    private void Try(string what, Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed) _notice?.Invoke($"'{_path}' cannot be {what} ({error.Message}), so products are measured again next time.");
            _hasFailed = true;
        }
    }
}

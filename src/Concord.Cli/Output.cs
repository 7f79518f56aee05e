using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Concord.Cli.Views;
using Spectre.Console;

namespace Concord.Cli;

/// <summary>
/// Where a command's words go: people's text to standard output, or, where a program listens (--json), JSON Lines to standard
/// output and people's text to standard error; so too where the result itself is for programs.
/// </summary>
internal sealed class Output
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private const int Wide = 200;
    private const char Unbroken = '\u00A0';
    private const int Endless = 100_000;   // tables are cut to lines before they come to the console
    private readonly StandardStream _people;
    private readonly Lazy<IAnsiConsole> _console;
    private string _status = "";

    public Output(bool json, bool quiet, bool resultIsForPrograms = false)
    {
        IsJson = json;
        IsQuiet = quiet;
        _people = json || resultIsForPrograms ? StandardStream.Error : StandardStream.Output;
        IsTerminal = _people.IsTerminal;
        _console = new(MakeConsole);
    }

    public static Option<bool> JsonOption() => new("--json") { Description = "JSON Lines on standard output, and nothing else there" };

    public static Option<bool> QuietOption() => new("--quiet", "-q") { Description = "only the result" };

    public bool IsJson { get; }

    /// <summary>Whether people watch, on a terminal that can go back over a line.</summary>
    public bool IsTerminal { get; }

    /// <summary>Whether a file that a command writes in addition to its result is missing, because a disk refused it.</summary>
    public bool LacksFiles { get; set; }

    /// <summary>The exit code of a command that came to its result.</summary>
    public int ExitCode => LacksFiles ? Application.Failed : 0;

    /// <summary>Whether only the result is wanted, and what is to be warned of.</summary>
    public bool IsQuiet { get; }

    /// <summary>Characters in a line: COLUMNS, if it says so; else those of the terminal, or without one generously many.</summary>
    public int Width => WidthOf(_people);

    /// <summary>The same of a stream.</summary>
    public static int WidthOf(StandardStream stream) =>
        Columns > 0 ? Columns : !stream.IsTerminal ? Wide : Console.BufferWidth > 0 ? Console.BufferWidth : 80;

    private static int Columns => int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out var columns) ? columns : 0;

    /// <summary>A line that --quiet leaves out.</summary>
    public void Say(string line = "")
    {
        if (!IsQuiet) Conclude(line);
    }

    /// <summary>A line that always comes: a result, a warning.</summary>
    public void Conclude(string line)
    {
        ClearStatus();
        _people.Writer.WriteLine(PlainText.Line(line));
    }

    /// <summary>
    /// Sentences or fields, left out by --quiet: in lines of whole words, and of whole fields (<see cref="Field"/>). Not for commands and
    /// paths, which are copied.
    /// </summary>
    /// <param name="words">What is said.</param>
    /// <param name="indent">Where the second line begins and those after it.</param>
    public void Explain(string words, int indent = 0)
    {
        foreach (var line in HelpGroups.Wrapped(words, Width, indent).TrimEnd('\n').Split('\n')) Say(line.Replace(Unbroken, ' '));
    }

    /// <summary>Words between which <see cref="Explain"/> begins no line.</summary>
    public static string Field(string words) => words.Replace(' ', Unbroken);

    /// <summary>A table; left out by --quiet unless it is the result.</summary>
    public void Show(TextTable table, bool always = false)
    {
        if (IsQuiet && !always) return;
        ClearStatus();
        foreach (var part in table.Within(Width)) _console.Value.Write(part);
    }

    /// <summary>A line that the next one overwrites. For terminals alone.</summary>
    public void Status(string line)
    {
        if (!IsTerminal || IsQuiet) return;
        line = PlainText.Line(line);
        if (line.Length >= Width) line = line[..(Width - 1)];
        _people.Writer.Write($"\r{line.PadRight(_status.Length)}");
        _status = line;
    }

    /// <summary>One JSON object, where a program listens.</summary>
    public void Event(string name, Action<Utf8JsonWriter> members)
    {
        if (IsJson) WriteEvent(name, members);
    }

    /// <summary>One JSON object with the members of what is made where a program listens.</summary>
    public void Event<T>(string name, Func<T> members) => Event(name, json => json.WritePart(members()));

    public static void WriteEvent(string name, Action<Utf8JsonWriter> members)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, s_json))
        {
            json.WriteStartObject();
            json.WriteString("event", name);
            members(json);
            json.WriteEndObject();
        }
        memory.WriteByte((byte)'\n');
        StandardStream.Output.Write(memory.GetBuffer().AsSpan(0, (int)memory.Length));
    }

    /// <summary>Removes the line that the next one would overwrite.</summary>
    public void ClearStatus()
    {
        if (_status.Length == 0) return;
        _people.Writer.Write($"\r{new string(' ', _status.Length)}\r");
        _status = "";
    }

    private IAnsiConsole MakeConsole()
    {
        var console = AnsiConsole.Create(new()
        {
            Ansi = AnsiSupport.Yes,   // of which plain text makes no use; the other way goes past the writer
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new ConsoleTarget(_people),
        });
        console.Profile.Width = Endless;
        console.Profile.Capabilities.Unicode = _people.Writer.Encoding is UTF8Encoding;
        return console;
    }

    private sealed class ConsoleTarget(StandardStream stream) : IAnsiConsoleOutput
    {
        public TextWriter Writer => stream.Writer;

        public bool IsTerminal => stream.IsTerminal;

        public int Width => Wide;

        public int Height => 1;

        public void SetEncoding(Encoding encoding) { }
    }
}

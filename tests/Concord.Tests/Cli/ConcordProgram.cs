using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Concord.Tests.Cli;

/// <summary>What the built program did.</summary>
internal sealed record ProgramResult(int ExitCode, string Out, string Error)
{
    /// <summary>The objects of its standard output, every line of which must be one.</summary>
    public List<JsonElement> Events =>
        [.. Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    public JsonElement Event(string name) => Events.Single(line => line.GetProperty("event").GetString() == name);
}

/// <summary>Runs the built command line as a user does, in a folder of its own.</summary>
internal sealed class ConcordProgram : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>A table of three classes that a small network learns in a second.</summary>
    public ConcordProgram()
    {
        var table = new StringBuilder("a,b,c,d,class\n");
        for (var i = 0; i < 90; i++)
        {
            var angle = i * 0.7;
            table.Append(string.Create(CultureInfo.InvariantCulture,
                $"{Math.Sin(angle):0.000},{Math.Cos(angle):0.000},{i % 3 + 0.3 * Math.Sin(5 * angle):0.000},{i % 7},{"xyz"[i % 3]}\n"));
        }
        File.WriteAllText(_folder["table.csv"], table.ToString());
    }

    public string Folder => _folder.Path;

    public string this[string name] => _folder[name];

    /// <summary>The words that train a small network with dropout, Adam, a rule that redraws and a schedule with a memory.</summary>
    public static string SmallRun(string folder, int epochs = 3) =>
        "train --data csv:table.csv --model mlp:4-12-8-3,dropout=0.2 --rule brsf --optimizer adam --schedule "
            + FormattableString.Invariant($"plateau:0.5:1 --batch 8 --epochs {epochs} --validation 12 --engine managed --threads 1 ")
            + FormattableString.Invariant($"--out {folder}");

    public ProgramResult Run(string words, params (string Name, string Value)[] environment) => End(Start(words, environment));

    /// <summary>Runs another program that was built here.</summary>
    public ProgramResult RunOther(string dll, params string[] words) => End(Start([Line("")[0], dll, .. words], []));

    /// <summary>Runs it by a line of the shell, in which <c>"$@"</c> is the program with its words.</summary>
    public ProgramResult RunIn(string shell, string words, params (string Name, string Value)[] environment) =>
        End(Start(["sh", "-c", shell, "sh", .. Line(words)], environment));

    /// <summary>Runs a line that the program printed for people to give, in a folder.</summary>
    public ProgramResult RunPrinted(string folder, string line) => End(Start(["sh", "-c",
        $"program=$1 library=$2; concord() {{ \"$program\" \"$library\" \"$@\"; }}; cd '{folder}' && {line}", "sh", .. Line("")], []));

    /// <summary>Starts it by another program, which becomes it: nohup.</summary>
    public Process StartUnder(string program, string words) => Start([program, .. Line(words)], []);

    public Process Start(string words, params (string Name, string Value)[] environment) => Start(Line(words), environment);

    /// <summary>
    /// Whether a signal reaches what is started here: what runs in the background of a script ignores Ctrl-C (INT), what runs under
    /// nohup a closed terminal (HUP), and so do its children.
    /// </summary>
    public static bool Gets(string signal)
    {
        if (!OperatingSystem.IsLinux()) return !OperatingSystem.IsWindows();
        var mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
        var number = signal switch { "HUP" => 1, "INT" => 2, "KILL" => 9, "TERM" => 15, _ => throw new ArgumentException(signal) };
        return (Convert.ToUInt64(mask, 16) >> (number - 1) & 1) == 0;
    }

    private static string[] Line(string words)
    {
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        return [host, Path.Combine(AppContext.BaseDirectory, "program", "Concord.Cli.dll"),
            .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    private Process Start(string[] line, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(line[0], line[1..])
            { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        start.Environment["XDG_CACHE_HOME"] = _folder["cache"];
        start.Environment["CONCORD_PRODUCTS"] = "table";   // what is measured would take its time in each of these runs
        start.Environment["DOTNET_TC_QuickJitForLoops"] = "1"; // Less to compile in a run of a second; the bits are the same.
        foreach (var name in (string[])["CONCORD_FAULT", "CONCORD_DATA", "CONCORD_DEBUG", "CONCORD_MIRROR", "CONCORD_LAUNCHER", "COLUMNS"])
            start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static ProgramResult End(Process started)
    {
        using var process = started;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, errors.Result);
    }

    public void Dispose() => _folder.Dispose();
}

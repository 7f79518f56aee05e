using System.CommandLine;
using Concord.Training;

namespace Concord.Cli;

/// <summary>The options that say what the time in a NIR file is.</summary>
internal sealed class NirOptions
{
    private static readonly Dictionary<string, double> s_units = new() { ["s"] = 1, ["ms"] = 1000 };
    private static readonly Dictionary<string, NirScheme> s_schemes = new() { ["exact"] = NirScheme.Exact, ["euler"] = NirScheme.Euler };

    private readonly Option<double> _step = new("--dt") { HelpName = "X", Description = "how long a step of a clocked network is, in the "
        + "file's unit", DefaultValueFactory = _ => 0.001 };
    private readonly Option<string> _unit = new Option<string>("--time-unit")
        { HelpName = "UNIT", Description = "the file's unit of time: s or ms", DefaultValueFactory = _ => "s" }.Among(s_units.Keys);
    private readonly Option<string> _scheme = new Option<string>("--scheme") { HelpName = "NAME", Description = "how a step and a time "
        + "constant belong together: exact, exp(-dt/tau), or euler, 1 - dt/tau", DefaultValueFactory = _ => "exact" }.Among(s_schemes.Keys);

    public NirOptions(Command command)
    {
        foreach (var option in (Option[])[_step, _unit, _scheme]) command.Add(option);
    }

    public NirTime Read(ParseResult parsed) => new(parsed.GetValue(_step),
        KnownWords.Find("scheme", parsed.GetRequiredValue(_scheme), s_schemes),
        KnownWords.Find("unit of time", parsed.GetRequiredValue(_unit), s_units));
}

using System.CommandLine;

namespace Concord.Cli;

/// <summary>
/// Other spellings of options, which people know from the scripts of other programs; every command that has the option takes them.
/// </summary>
internal static class Spellings
{
    private static readonly Dictionary<string, string[]> s_others = new()
    {
        ["--learning-rate"] = ["--lr"],
        ["--batch"] = ["--batch-size", "-b"],
        ["--epochs"] = ["-e", "--epoch"],
        ["--rule"] = ["--rules"],
        ["--rules"] = ["--rule"],
        ["--threads"] = ["--thread"],
    };

    /// <summary>Has a command and those below it take them.</summary>
    public static void Accept(Command command)
    {
        foreach (var option in command.Options)
            foreach (var other in s_others.GetValueOrDefault(option.Name, []))
                option.Aliases.Add(other);
        foreach (var below in command.Subcommands) Accept(below);
    }
}

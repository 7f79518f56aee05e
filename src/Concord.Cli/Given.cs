using System.CommandLine;

namespace Concord.Cli;

/// <summary>Which options stand on a command line, and a refusal of those that have no effect there.</summary>
internal static class Given
{
    /// <summary>Whether an option was given, and has not only its default.</summary>
    public static bool Has(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>Refuses options that were given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">Options that have no effect here.</param>
    /// <param name="why">Why not, and what to do: what follows "The option --name".</param>
    /// <exception cref="ConcordException">One of them was given.</exception>
    public static void Refuse(ParseResult parsed, IEnumerable<Option> options, string why)
    {
        foreach (var option in options)
            if (Has(parsed, option)) throw new ConcordException($"The option {option.Name} {why}.");
    }

    /// <summary>The options of a command that have one of some names.</summary>
    public static IEnumerable<Option> Named(Command command, params string[] names) =>
        command.Options.Where(option => names.Contains(option.Name));
}

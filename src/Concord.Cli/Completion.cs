using System.CommandLine;
using System.CommandLine.Completions;
using Concord.Data;
using Concord.Experiments;
using Concord.Networks;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Cli;

/// <summary>
/// What may stand where the cursor is: commands, options, and the values of those whose values have names. A shell asks for it with
/// <c>concord __complete WORD ...</c>, the last word being the one that is typed.
/// </summary>
internal static class Completion
{
    /// <summary>The word that asks.</summary>
    public const string Word = "__complete";

    // Values by the name of an option or of a command's argument, where more than one command has it.
    private static readonly Dictionary<string, Func<IEnumerable<string>>> s_values = new()
    {
        ["--rule"] = () => RuleCatalogue.Names,
        ["--rules"] = () => RuleCatalogue.Names.Prepend(RuleCatalogue.Every),
        ["--model"] = () => ModelCatalogue.Names,
        ["--data"] = () => DataSource.All.Select(source => source.Name),
        ["--optimizer"] = () => OptimizerSettings.ByName.Keys,
        ["--engine"] = () => Engines.Names,
        ["--loss"] = () => Objective.ByName.Keys,
        ["--checkpoint"] = () => ["last", "best"],
        ["--control"] = Runs,
        ["RUN"] = Runs,
        ["MODEL"] = () => ModelCatalogue.Names,
        ["layers KIND"] = () => LayerKind.All.Select(kind => kind.Name),
        ["rules NAME"] = () => RuleCatalogue.Names,
        ["reproduce NAME"] = () => Reproduction.Catalogue.Select(entry => entry.Name),
        ["fetch NAME"] = () => DataFetch.Names,
        ["verify NAME"] = () => DataSource.All.Select(source => source.Name),
        ["SHELL"] = () => CompletionScripts.Shells,
    };

    /// <summary>An option whose values are words of a list, which a shell then offers.</summary>
    /// <param name="option">The option.</param>
    /// <param name="values">The words.</param>
    public static Option<T> Among<T>(this Option<T> option, IEnumerable<string> values)
    {
        option.CompletionSources.Add([.. values]);
        return option;
    }

    /// <summary>The words that may follow an option.</summary>
    public static IEnumerable<string> ValuesOf(Option option) => s_values.TryGetValue(option.Name, out var values) ? values()
        : option.CompletionSources.SelectMany(source => source(CompletionContext.Empty)).Select(item => item.Label);

    /// <summary>What the last word may become.</summary>
    /// <param name="root">The program's commands.</param>
    /// <param name="words">The words behind the program's name.</param>
    public static IEnumerable<string> Of(Command root, IReadOnlyList<string> words)
    {
        if (words.Count == 0) return [];
        var command = root;
        foreach (var word in words.SkipLast(1))
            command = command.Subcommands.FirstOrDefault(below => below.Name == word) ?? command;
        var last = words[^1];
        // --option=value
        if (last.StartsWith('-') && last.IndexOf('=', StringComparison.Ordinal) + 1 is var value and > 0)
            return Of(root, [.. words.SkipLast(1), last[..(value - 1)], last[value..]]).Select(word => last[..value] + word);
        var option = words.Count > 1 ? Find(command, words[^2]) : null;
        if (option is { Name: "--set", Description: SettingOptions.SetMeaning }) return OptionsOf(RulesIn(command, words), last);
        if (option is not null && option.ValueType != typeof(bool)) return Among(ValuesOf(option), last);
        if (last.StartsWith('-'))
            return command.Options.SelectMany(known => known.Aliases.Prepend(known.Name)).Where(name => name.StartsWith(last,
                StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return Among([.. command.Subcommands.Where(below => !below.Hidden).Select(below => below.Name),
            .. command.Arguments.SelectMany(argument => Values($"{command.Name} {argument.Name}").Concat(Values(argument.Name)))], last);
    }

    // The rules that a line names; all where it names none.
    private static IReadOnlyList<string> RulesIn(Command command, IReadOnlyList<string> words) =>
        words.Zip(words.Skip(1)).LastOrDefault(pair => Find(command, pair.First) is { Name: "--rule" or "--rules" }).Second is not { } named
            || named.Equals(RuleCatalogue.Every, StringComparison.OrdinalIgnoreCase) ? RuleCatalogue.Names
            : [.. named.Split(',').Select(entry => RuleCatalogue.Named(entry[(entry.IndexOf('=', StringComparison.Ordinal) + 1)..]))];

    // A key of the rules' options with the = behind it, and behind that one of its words.
    private static IEnumerable<string> OptionsOf(IReadOnlyList<string> rules, string typed)
    {
        var options = RuleCatalogue.All.Where(rule => rules.Contains(rule.Name)).SelectMany(rule => rule.Options).ToList();
        var mark = typed.IndexOf('=', StringComparison.Ordinal);
        var found = mark < 0 ? options.Select(option => $"{option.Key}=")
            : options.Where(option => option.Key == typed[..mark]).SelectMany(option => option.Choices)
                .Select(word => typed[..(mark + 1)] + word);
        return found.Where(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Distinct().Order(StringComparer.Ordinal);
    }

    private static Option? Find(Command command, string name) =>
        command.Options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));

    private static IEnumerable<string> Values(string name) => s_values.GetValueOrDefault(name)?.Invoke() ?? [];

    // Of a list with commas the last entry is completed, and of a map its last value.
    private static IEnumerable<string> Among(IEnumerable<string> values, string typed)
    {
        var before = typed[..(typed.LastIndexOfAny([',', '=']) + 1)];
        return values.Where(value => value.StartsWith(typed[before.Length..], StringComparison.OrdinalIgnoreCase))
            .Select(value => before + value).Distinct().Order(StringComparer.Ordinal);
    }

    // Those of the folder runs and of the one that the command is given in, as they would be typed, and those that a comparison, a sweep
    // or several seeds left below a folder of their own.
    private static IEnumerable<string> Runs()
    {
        const int Deepest = 3, MostFolders = 5_000;
        var folders = 0;
        return [.. ((string[])["runs", "."]).Where(Directory.Exists).SelectMany(folder => Below(folder, Deepest))
            .Select(folder => folder.StartsWith("./", StringComparison.Ordinal) ? folder[2..] : folder).Distinct()];

        IEnumerable<string> Below(string folder, int levels)
        {
            List<string> below;
            try
            {
                below = [.. Directory.EnumerateDirectories(folder)];
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return [];
            }
            return below.TakeWhile(_ => ++folders <= MostFolders).SelectMany(one =>
                File.Exists(RunFolder.LastCheckpointOf(one)) ? [one] : levels > 1 ? Below(one, levels - 1) : []);
        }
    }
}

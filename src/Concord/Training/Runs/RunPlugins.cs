using Concord.Networks;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// Which plugins decide a run: those that its rule and its layers come from. A run records where they lay, their SHA-256 and that of each
/// library that they bring along; a plugin is code, so none is ever loaded because a file names it.
/// </summary>
internal static class RunPlugins
{
    /// <summary>The settings with the plugins of their rule and layers: none where no plugin has these.</summary>
    /// <exception cref="ConcordException">They were meant for others, or name one that has no part in the run.</exception>
    public static RunSettings Recorded(RunSettings settings)
    {
        var (paths, hashes) = Given(settings);
        if (settings.PluginHash == RunSettings.NoPlugin && settings.Plugin != RunSettings.NoPlugin && hashes == RunSettings.NoPlugin)
            throw new ConcordException($"The settings name the plugin {settings.Plugin}, but the rule and the layers are of none that was "
                + "given. A plugin is code, so it is loaded only where you name it: --plugin FILE.dll. Where none is needed, leave plugin "
                + "out.");
        if (settings.PluginHash == RunSettings.NoPlugin) return settings with { Plugin = paths, PluginHash = hashes };
        if (hashes == RunSettings.NoPlugin)
            throw new ConcordException($"The settings name the plugin {settings.Plugin} with the SHA-256 {settings.PluginHash}, but "
                + "none was given. A plugin is code, so it is loaded only where you name it: --plugin FILE.dll.");
        return AreSame(settings.PluginHash, hashes) ? settings with { PluginHash = hashes }
            : throw new ConcordException($"The settings name {Other(settings, paths, hashes)} Give these files (--plugin), or leave plugin "
                + "and pluginHash out.");
    }

    /// <summary>Refuses a run whose plugins were not given, or were changed since.</summary>
    /// <exception cref="ConcordException">It is such a run.</exception>
    public static void Check(string folder, RunSettings settings)
    {
        if (settings.PluginHash == RunSettings.NoPlugin) return;
        var (paths, hashes) = Given(settings);
        if (AreSame(settings.PluginHash, hashes)) return;
        throw new ConcordException(hashes == RunSettings.NoPlugin
            ? $"The run in '{folder}' was begun with the plugin {settings.Plugin}, which was not given. A plugin is code, so it is loaded "
                + "only where you name it; give the same command again with "
                + string.Join(' ', settings.Plugin.Split(Between).Select(path => $"--plugin {NextCommand.Quote(path)}"))
            : $"The run in '{folder}' was begun with {Other(settings, paths, hashes)} Give the files that the run was begun with, or begin "
                + "a new run.");
    }

    /// <summary>Why the command line cannot make this run's rule and network again by itself; null where it can.</summary>
    public static string? Strange(RunSettings settings)
    {
        if (settings.InCode is not null)
            return "The network and the rule are made in code: only this program can resume the run, the command line cannot.";
        List<string> own = [.. Foreign(settings).Where(entry => entry.From is null).Select(entry => entry.Name)];
        return own.Count == 0 ? null : $"{string.Join(" and ", own)} {(own.Count == 1 ? "is" : "are")} this program's own: the command "
            + "line resumes the run only with the DLL that registers it (--plugin FILE.dll).";
    }

    private const string Between = "; ";

    private static bool AreSame(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    // What was and what is given, by what differs.
    private static string Other(RunSettings settings, string paths, string hashes)
    {
        string[] was = settings.PluginHash.Split([Between, ", "], default), given = hashes.Split([Between, ", "], default);
        static string Said(IEnumerable<string> items) => string.Join(" and ", items.Select(item =>
            item.Split(' ') is [.. var name, var hash] && name.Length > 0 ? $"{hash} of {string.Join(' ', name)} beside it" : item));
        var comparer = StringComparer.OrdinalIgnoreCase;
        var (gone, come) = (Said(was.Except(given, comparer)), Said(given.Except(was, comparer)));
        return $"the plugin {settings.Plugin}{(gone.Length == 0 ? "" : $" with the SHA-256 {gone}")}, but {paths} is given, which has "
            + $"{(come.Length == 0 ? "not all of it" : come)}.";
    }

    private static (string Paths, string Hashes) Given(RunSettings settings)
    {
        List<Plugin> plugins = [.. Foreign(settings).Select(entry => entry.From).OfType<Plugin>().Distinct()
            .OrderBy(plugin => plugin.Sha256, StringComparer.Ordinal)];
        return plugins.Count == 0 ? (RunSettings.NoPlugin, RunSettings.NoPlugin)
            : (string.Join(Between, plugins.Select(plugin => plugin.Path)), string.Join(Between, plugins.Select(plugin => plugin.Hashes)));
    }

    // What a run names that is none of Concord's own. What is not known at all is refused where it is read.
    private static IEnumerable<(string Name, Plugin? From)> Foreign(RunSettings settings) => settings.InCode is not null ? [] :
        [.. Known(() => RuleCatalogue.ForeignIn(settings.Rule)).Select(entry => ($"The rule {entry.Name}", entry.From)),
            .. LayerList.KindsIn(settings.Model).Where(LayerKind.IsForeign)
                .Select(name => ($"The layer {name}", LayerKind.OriginOf(name)))];

    private static IEnumerable<(string Name, Plugin? From)> Known(Func<IEnumerable<(string, Plugin?)>> entries)
    {
        try
        {
            return [.. entries()];
        }
        catch (ConcordException)
        {
            return [];
        }
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Concord.Data;
using Concord.Networks;
using Concord.Rules;
using Concord.Training;

namespace Concord.Cli;

/// <summary>
/// Rules and layers of a user's own, from a DLL that the command line names. It is never searched for, and nothing but the command line
/// can name one: it is code with the user's rights.
/// </summary>
internal static class Plugins
{
    private const string OptionName = "--plugin";
    private static readonly string[] s_commands = ["train", "compare", "sweep", "resume", "evaluate", "predict", "similarity", "robustness",
        "stability", "variance", "raster", "export", "rules", "show", "layers", "cost", "bench", "reproduce"];

    /// <summary>Whether this build can load one: not where it was compiled ahead of time, or trimmed.</summary>
    [FeatureSwitchDefinition("Concord.Cli.Plugins")]
    private static bool IsSupported =>
        AppContext.TryGetSwitch("Concord.Cli.Plugins", out var isOn) ? isOn : RuntimeFeature.IsDynamicCodeSupported;

    /// <summary>Has the commands take them that make rules or networks.</summary>
    public static void Accept(Command command)
    {
        if (s_commands.Contains(command.Name))
            command.Add(new Option<string[]>(OptionName)
            {
                HelpName = "FILE.dll", Arity = ArgumentArity.OneOrMore, Description = "a DLL with rules or layers of your own; may be "
                    + "repeated. It is code that runs with your rights: give only what you trust",
            });
        foreach (var below in command.Subcommands) Accept(below);
    }

    /// <summary>Loads those that were given, in their order.</summary>
    /// <exception cref="ConcordException">One cannot be loaded, or has nothing to register.</exception>
    public static void Load(ParseResult parsed)
    {
        var given = parsed.CommandResult.Command.Options.Any(option => option.Name == OptionName)
            ? parsed.GetValue<string[]>(OptionName) ?? [] : [];
        if (given.Length == 0) return;
        if (!IsSupported)
            throw new ConcordException("This build of Concord cannot load a plugin: it was compiled ahead of time, or trimmed. "
                + "Use the tool package or ./concord.");
        foreach (var path in given.Select(path => path.Length == 0 ? path : Path.GetFullPath(path)).Distinct()) Load(path);
        NextCommand.Append([.. given.SelectMany(path => (string[])[OptionName, Path.GetFullPath(path)])]);
    }

    /// <summary>
    /// What an error means where plugins are at hand: a fault of theirs, if it rose in their code or is about code that is not there;
    /// null for any other.
    /// </summary>
    public static ConcordException? Explain(Exception error)
    {
        var cause = Cause(error);
        if (s_loaded.Count == 0 || cause is ConcordException or RunFailure or FetchFailure or OperationCanceledException
            or OutOfMemoryException) return null;
        if (IsMisfit(cause)) return Misfit((CulpritOf(error) ?? s_loaded[^1]).File.Path, cause);
        if (cause is IOException or UnauthorizedAccessException || CulpritOf(error) is not { } plugin) return null;
        return new($"The plugin '{plugin.File.Path}' failed ({Said(cause)}) The fault is in its code; CONCORD_DEBUG=1 shows where. What "
            + "a run had saved is in its folder.", error);
    }

    private static readonly List<PluginContext> s_loaded = [];

    private static Exception Cause(Exception error)
    {
        while (error is TargetInvocationException or TypeInitializationException && error.InnerException is { } inner) error = inner;
        return error;
    }

    // Code that is not there, or is another.
    private static bool IsMisfit(Exception cause) =>
        cause is MemberAccessException or TypeLoadException or BadImageFormatException || Plugin.IsMissingCode(cause);

    private static string Said(Exception error) => $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}";

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed build loads none.")]
    private static PluginContext? CulpritOf(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
            foreach (var frame in new StackTrace(cause).GetFrames())
                if (frame.GetMethod()?.Module.Assembly is { } assembly
                    && AssemblyLoadContext.GetLoadContext(assembly) is PluginContext plugin) return plugin;
        return null;
    }

    private static ConcordException Misfit(string path, Exception cause) => new($"The plugin '{path}' does not fit this Concord "
        + $"{PluginSurface.Version}: it was built against another state of that version, or of a library that it needs ({Said(cause)}) "
        + "Build it against this one, with all that it needs beside it.", cause);

    private static void Load(string path)
    {
        try
        {
            var context = new PluginContext(path);
            s_loaded.Add(context);
            PluginSurface.Check(context.Plugin);
            if (!Register(context))
                throw new ConcordException($"The plugin '{path}' has no rule and no layer: a public type with a public static member of "
                    + $"type {nameof(RuleDescription)} or {nameof(LayerKind)} was expected. CONTRIBUTING.md shows one.");
        }
        catch (Exception error) when (IsMisfit(Cause(error)))
        {
            throw Misfit(path, Cause(error));
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed build loads none.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A trimmed build loads none.")]
    private static bool Register(PluginContext context)
    {
        var hasAny = false;
        try
        {
            foreach (var type in context.Plugin.GetExportedTypes().Where(type => !type.ContainsGenericParameters))
                foreach (var entry in Entries(type))
                {
                    hasAny = true;
                    if (entry is RuleDescription rule) RuleCatalogue.Register(rule, context.File);
                    else if (entry is LayerKind kind) LayerKind.Register(kind, context.File);
                }
        }
        catch (Exception error) when (Cause(error) is ConcordException cause)
        {
            throw new ConcordException($"The plugin '{context.Name}' cannot be used: {cause.Message}", error);
        }
        return hasAny;
    }

    private static IEnumerable<object?> Entries(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicFields)]
        Type type)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
        static bool IsEntry(Type member) => member == typeof(RuleDescription) || member == typeof(LayerKind);
        foreach (var property in type.GetProperties(Own).Where(property => IsEntry(property.PropertyType) && property.CanRead))
            yield return property.GetValue(null);
        foreach (var field in type.GetFields(Own).Where(field => IsEntry(field.FieldType))) yield return field.GetValue(null);
    }
}

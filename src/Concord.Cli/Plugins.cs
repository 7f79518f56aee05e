using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Concord.Interchange;
using Concord.Networks;
using Concord.Rules;

namespace Concord.Cli;

/// <summary>
/// Rules and layers of a user's own, from a DLL that the command line names. It is never searched for, and nothing but the command line
/// can name one: it is code with the user's rights.
/// </summary>
internal static class Plugins
{
    private const string OptionName = "--plugin", Library = "Concord";
    private static readonly string[] s_commands = ["train", "compare", "sweep", "resume", "evaluate", "predict", "similarity", "robustness",
        "stability", "variance", "raster", "export", "rules", "show", "layers", "cost"];

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

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "IsSupported is false in a trimmed build.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "IsSupported is false in a trimmed build.")]
    private static void Load(string path)
    {
        var plugin = PluginFile.Read(path, out var bytes);
        CheckVersion(path, bytes);
        var entries = 0;
        try
        {
            using var stream = new MemoryStream(bytes);   // what is hashed is what runs
            var assembly = new Context(path).LoadFromStream(stream);
            foreach (var type in assembly.GetExportedTypes().Where(type => !type.ContainsGenericParameters))
                foreach (var entry in Entries(type))
                {
                    entries++;
                    if (entry is RuleDescription rule) RuleCatalogue.Register(rule, plugin);
                    else if (entry is LayerKind kind) LayerKind.Register(kind, plugin);
                }
        }
        catch (Exception error) when ((error.InnerException ?? error) is not ConcordException)
        {
            var cause = error;
            while (cause is TargetInvocationException or TypeInitializationException && cause.InnerException is { } inner) cause = inner;
            throw new ConcordException($"The plugin '{path}' cannot be used ({cause.GetType().Name}: "
                + $"{cause.Message.ReplaceLineEndings(" ")}) Build it against this version of Concord, {Version}, with all that it needs "
                + "next to it.", error);
        }
        catch (Exception error)
        {
            throw new ConcordException($"The plugin '{path}' cannot be used: {(error.InnerException ?? error).Message}", error);
        }
        if (entries == 0)
            throw new ConcordException($"The plugin '{path}' has no rule and no layer: a public type with a public static member of type "
                + $"{nameof(RuleDescription)} or {nameof(LayerKind)} was expected. docs/adding-a-rule.md shows one.");
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

    private static Version Version => typeof(ConcordException).Assembly.GetName().Version!;

    // Read without running anything of it.
    private static void CheckVersion(string path, byte[] bytes)
    {
        try
        {
            using var file = new PEReader(new MemoryStream(bytes));
            if (!file.HasMetadata || !file.GetMetadataReader().IsAssembly) throw new BadImageFormatException();
            var reader = file.GetMetadataReader();
            var built = reader.AssemblyReferences.Select(reader.GetAssemblyReference)
                .Where(reference => reader.StringComparer.Equals(reference.Name, Library)).Select(reference => reference.Version)
                .FirstOrDefault()
                ?? throw new ConcordException($"The plugin '{path}' does not refer to the library {Library}, so it has no rule and no "
                    + "layer. Give the DLL of a project that does.");
            if (built != Version)
                throw new ConcordException($"The plugin '{path}' was built against Concord {built}, and this is {Version}. Build it "
                    + "against this version.");
        }
        catch (Exception error) when (error is BadImageFormatException or InvalidOperationException)
        {
            throw new ConcordException($"The plugin '{path}' is no .NET assembly. Give the DLL that dotnet build made.", error);
        }
    }

    // What the program has already is shared, so that a rule of the plugin is one of the program's rules; the rest lies next to the file.
    private sealed class Context(string path) : AssemblyLoadContext(path)
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "IsSupported is false in a trimmed build.")]
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            try
            {
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (Exception error) when (error is FileNotFoundException or FileLoadException)
            {
                return _resolver.ResolveAssemblyToPath(assemblyName) is { } place ? LoadFromAssemblyPath(place) : null;
            }
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } place ? LoadUnmanagedDllFromPath(place) : 0;
    }
}

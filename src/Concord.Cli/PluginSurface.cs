using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Concord.Cli;

/// <summary>
/// Whether a plugin fits the Concord that is to run it: the same version, and all there that it calls, implements and overrides. Versions
/// under development share a number, and a member that is missing would otherwise end a run in its middle, or be passed over.
/// </summary>
internal static class PluginSurface
{
    private const string Library = "Concord";

    /// <summary>This program's version of the library.</summary>
    public static Version Version => typeof(ConcordException).Assembly.GetName().Version!;

    /// <summary>Reads which version a file was built against. Nothing of it runs.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="isPart">Whether it is a library that a plugin brings along, which need not know Concord.</param>
    /// <exception cref="ConcordException">It is no assembly, or was built against another version.</exception>
    public static void CheckVersion(string path, byte[] content, bool isPart)
    {
        var name = isPart ? "library" : "plugin";
        try
        {
            using var file = new PEReader(new MemoryStream(content));
            if (!file.HasMetadata || !file.GetMetadataReader().IsAssembly) throw new BadImageFormatException();
            var reader = file.GetMetadataReader();
            var built = reader.AssemblyReferences.Select(reader.GetAssemblyReference)
                .Where(reference => reader.StringComparer.Equals(reference.Name, Library)).Select(reference => reference.Version)
                .FirstOrDefault();
            if (built is null && !isPart)
                throw new ConcordException($"The plugin '{path}' does not refer to the library {Library}, so it has no rule and no "
                    + "layer. Give the DLL of a project that does.");
            if (built is not null && built != Version)
                throw new ConcordException($"The {name} '{path}' was built against Concord {built}, and this is {Version}. Build it "
                    + "against this version.");
        }
        catch (Exception error) when (error is BadImageFormatException or InvalidOperationException)
        {
            throw new ConcordException($"The {name} '{path}' is no .NET assembly. Give the DLL that dotnet build made.", error);
        }
    }

    /// <summary>Looks for all that a plugin expects. Nothing of it runs.</summary>
    /// <param name="plugin">The plugin, loaded.</param>
    /// <exception cref="MemberAccessException">A member is not there, or not open to others.</exception>
    /// <exception cref="TypeLoadException">A type is not there, or one of the plugin's lacks what it must have.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed build loads none.")]
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A trimmed build loads none.")]
    public static unsafe void Check(Assembly plugin)
    {
        if (!plugin.TryGetRawMetadata(out var blob, out var length)) return;
        var reader = new MetadataReader(blob, length);
        for (var row = 1; row <= reader.GetTableRowCount(TableIndex.TypeRef); row++)
            plugin.ManifestModule.ResolveType(MetadataTokens.GetToken(MetadataTokens.TypeReferenceHandle(row)));
        foreach (var handle in reader.MemberReferences)
            if (Resolve(plugin.ManifestModule, MetadataTokens.GetToken(handle)) is { } member && !IsOpen(member))
                throw new MissingMemberException($"{member.DeclaringType}.{member.Name} is not open to others.");
        foreach (var type in TypesOf(plugin))
            foreach (var method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.DeclaredOnly))
                // the compiler marks what overrides nothing as new
                if (method.IsVirtual && !method.Attributes.HasFlag(MethodAttributes.NewSlot) && method.GetBaseDefinition() == method)
                    throw new MissingMethodException($"{type}.{method.Name} overrides what {type.BaseType} does not have.");
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed build loads none.")]
    private static MemberInfo? Resolve(Module module, int token)
    {
        try
        {
            return module.ResolveMember(token);
        }
        catch (Exception error) when (error is ArgumentException or BadImageFormatException)
        {
            return null;   // of a type that is known only where it is used
        }
    }

    private static bool IsOpen(MemberInfo member) => member.Module.Assembly != typeof(ConcordException).Assembly || member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        _ => true,
    };

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed build loads none.")]
    private static Type[] TypesOf(Assembly plugin)
    {
        try
        {
            return plugin.GetTypes();
        }
        catch (ReflectionTypeLoadException error) when (error.LoaderExceptions is [{ } first, ..])
        {
            throw new TypeLoadException(first.Message, first);
        }
    }
}

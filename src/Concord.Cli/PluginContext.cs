using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using Concord.Interchange;

namespace Concord.Cli;

/// <summary>
/// The code of a plugin. What the program has already is shared, so that a rule of the plugin is one of the program's rules; the rest is
/// taken from beside the plugin. Each file is read once, and hashed, before anything of it runs; what none of them refers to is not loaded.
/// </summary>
internal sealed class PluginContext : AssemblyLoadContext
{
    private readonly AssemblyDependencyResolver? _resolver;
    private readonly string _folder;
    private readonly Dictionary<string, (Plugin File, byte[] Content)> _libraries = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Plugin> _native = [];

    /// <summary>Reads a plugin and all that it brings along. Nothing of it runs.</summary>
    /// <exception cref="ConcordException">A file cannot be read, is no plugin, or needs what is nowhere.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed build loads none.")]
    public PluginContext(string path) : base(path)
    {
        var file = PluginFile.Read(path, out var content);
        PluginSurface.CheckVersion(path, content, isPart: false);
        _folder = System.IO.Path.GetDirectoryName(file.Path)!;
        try
        {
            _resolver = new(path);
        }
        catch (InvalidOperationException)
        {
            // its list of libraries names one that is not there, as is said below, by name
        }
        Bring(path, content, isPart: false);
        File = file with { Parts = [.. _libraries.Values.Select(library => library.File).Concat(_native.Values).Distinct()] };
        using var stream = new MemoryStream(content);   // what is hashed is what runs
        Plugin = LoadFromStream(stream);
    }

    /// <summary>What was read.</summary>
    public Plugin File { get; }

    /// <summary>The plugin itself.</summary>
    public Assembly Plugin { get; }

    // What a library refers to, and so on.
    private void Bring(string from, byte[] content, bool isPart)
    {
        using var image = new PEReader(new MemoryStream(content));
        var reader = image.GetMetadataReader();
        foreach (var reference in reader.AssemblyReferences.Select(reader.GetAssemblyReference))
        {
            var name = reference.GetAssemblyName();
            if (_libraries.ContainsKey(name.Name!) || Shared(name) is not null) continue;
            if (PlaceOf(name) is not { } place)
            {
                if (isPart) continue;   // libraries refer to much that they need on other systems only
                throw new ConcordException($"The plugin '{from}' needs {name.Name} {name.Version}, which is neither a part of this program "
                    + $"nor beside the plugin. Put {name.Name}.dll into {_folder}; dotnet build does where the project has "
                    + "<EnableDynamicLoading>true</EnableDynamicLoading>.");
            }
            var file = PluginFile.Read(place, out var bytes);
            PluginSurface.CheckVersion(place, bytes, isPart: true);
            _libraries[name.Name!] = (file, bytes);
            Bring(place, bytes, isPart: true);
        }
        for (var row = 1; row <= reader.GetTableRowCount(TableIndex.ModuleRef); row++)
        {
            var name = reader.GetString(reader.GetModuleReference(MetadataTokens.ModuleReferenceHandle(row)).Name);
            if (_resolver?.ResolveUnmanagedDllToPath(name) is { } place) _native[name] = PluginFile.Read(place, out _);
        }
    }

    private string? PlaceOf(AssemblyName name)
    {
        var beside = System.IO.Path.Combine(_folder, $"{name.Name}.dll");
        return _resolver?.ResolveAssemblyToPath(name) ?? (System.IO.File.Exists(beside) ? beside : null);
    }

    private static Assembly? Shared(AssemblyName name)
    {
        try
        {
            return Default.LoadFromAssemblyName(name);
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException)
        {
            return null;
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (!_libraries.TryGetValue(assemblyName.Name!, out var library)) return Shared(assemblyName);
        using var stream = new MemoryStream(library.Content);
        return LoadFromStream(stream);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _native.TryGetValue(unmanagedDllName, out var library) ? LoadUnmanagedDllFromPath(library.Path) : 0;
}

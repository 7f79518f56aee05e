using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Concord.Tests;

/// <summary>
/// C# that is compiled within the tests, as dotnet builds a program of one file: against all that the tests are built against, in a second.
/// </summary>
internal static class Compiled
{
    private const string Usual = """
        global using System; global using System.IO; global using System.Linq; global using System.Collections.Generic;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions s_options =
        new CSharpParseOptions(LanguageVersion.CSharp14).WithFeatures([new("FileBasedProgram", "true")]);

    private static readonly List<MetadataReference> s_references = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>The assembly that a source becomes: a program where it has statements of its own, or else a library.</summary>
    /// <param name="name">The assembly's name.</param>
    /// <param name="source">The source. What does not compile fails the test, with the compiler's words.</param>
    /// <param name="libraries">Other assemblies that it refers to.</param>
    public static byte[] Of(string name, string source, params IEnumerable<byte[]> libraries)
    {
        SyntaxTree[] trees = [Tree(source), Tree(Usual)];
        var isProgram = trees[0].GetRoot().ChildNodes().Any(node => node.IsKind(SyntaxKind.GlobalStatement));
        var compilation = CSharpCompilation.Create(name, trees,
            [.. s_references, .. libraries.Select(library => MetadataReference.CreateFromImage(library))],
            new(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions:
                NullableContextOptions.Enable, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true));
        using var content = new MemoryStream();
        var result = compilation.Emit(content);
        var errors = result.Diagnostics.Where(said => said.Severity == DiagnosticSeverity.Error);
        Assert.True(result.Success, $"{name}: {string.Join('\n', errors)}\n{source}");
        return content.ToArray();
    }

    private static SyntaxTree Tree(string source) => CSharpSyntaxTree.ParseText(SourceText.From(source), s_options);
}

using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Concord.Tests.Cli;

/// <summary>What is given to others: packages and programs, each tried in an empty folder. Making them takes minutes.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly string s_configuration =
        Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar))!);

    private static readonly string s_version = typeof(ConcordException).Assembly.GetName().Version!.ToString(3);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ThePackageOfTheLibraryIsWholeAndNamesNoMachine()
    {
        Run("dotnet", Repository.Root, "pack", "src/Concord/Concord.csproj", "-c", s_configuration, "--no-build", "-o", _folder.Path);
        AssertOfTheLibrary(_folder.Path);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void PackagesAreInstalledFromAFolderAndTrain()
    {
        Release("packages");
        AssertOfTheLibrary(_folder["packages"]);
        var place = Directory.CreateDirectory(_folder["empty"]).FullName;
        // nothing but the folder is asked for the tool
        File.WriteAllText(Path.Combine(place, "nuget.config"), $"""
            <configuration><packageSources><clear/><add key="here" value="{_folder["packages"]}"/></packageSources></configuration>
            """);
        Run("dotnet", place, "tool", "install", "Concord.Cli", "--tool-path", "tool", "--version", s_version);
        // nor an SDK, where it runs: what programs need, and nothing for servers, in a place of its own, and no PATH
        var runtime = BaseRuntime(_folder["runtime"]);
        Trains("env", place, "-i", $"DOTNET_ROOT={runtime}", Path.Combine(place, "tool", "concord"));
        Trains("env", Directory.CreateDirectory(_folder["dependent"]).FullName, "-i", $"DOTNET_ROOT={runtime}",
            Path.Combine(AppContext.BaseDirectory, "program", "Concord.Cli"));   // built for a machine that has the runtime
        Assert.Contains("rare-transport", Run(Path.Combine(place, "tool", "concord"), place, "rules", "--plugin", Plugin),
            StringComparison.Ordinal);

        var app = Directory.CreateDirectory(_folder["app"]).FullName;
        File.WriteAllText(Path.Combine(app, "app.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{_folder["packages"]}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{_folder["cache"]}</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Concord" Version="{s_version}" />
                <PackageReference Include="Concord.Images" Version="{s_version}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(app, "app.cs"), """
            using Concord.Images;
            using Concord.Numerics.Engines;
            using Concord.Training;
            ImageFolder.Register();
            var settings = new RunSettings { Rule = "dfa", Epochs = 1, Train = 2000 }.Load(out _, out var data);
            using var kernels = Engines.Create("managed");
            Console.WriteLine($"accuracy {new Trainer(settings, data, kernels).Run().Test.Accuracy:0.00}");
            """);
        Assert.Contains("accuracy 0.", Run("dotnet", app, "run"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void PackagesOfOneCommitAreTheSameWheneverTheyAreMade()
    {
        // the time of the commit, where there is one
        string[] time = Directory.Exists(Path.Combine(Repository.Root, ".git")) || File.Exists(Path.Combine(Repository.Root, ".git")) ? []
            : ["SOURCE_DATE_EPOCH=1700000000"];
        foreach (var folder in (string[])["one", "two"])
            Run("env", Repository.Root, [.. time, "sh", Path.Combine(Repository.Root, "eng", "release"), "--out", _folder[folder],
                "packages"]);
        var names = Directory.GetFiles(_folder["one/packages"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
        Assert.Equal(names, Directory.GetFiles(_folder["two/packages"]).Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal));
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(_folder[$"one/packages/{name}"]),
            File.ReadAllBytes(_folder[$"two/packages/{name}"])));
    }

    [Fact]
    [Trait("Category", "Long")]
    public void TheSingleFileNeedsNothingAndTrains()
    {
        Release("single");
        var program = _folder["single/concord"];
        Assert.Single(Directory.GetFiles(_folder["single"]));
        Trains(program, Directory.CreateDirectory(_folder["empty"]).FullName);
        Assert.Contains("rare-transport", Run(program, _folder["empty"], "rules", "--plugin", Plugin), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void TheTrimmedFileTrainsAndTakesNoPlugin()
    {
        Release("trimmed");
        Assert.Single(Directory.GetFiles(_folder["trimmed"]));
        Trains(_folder["trimmed/concord"], Directory.CreateDirectory(_folder["empty"]).FullName);
        RefusesPlugins(_folder["trimmed/concord"], _folder["empty"]);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void WhatIsCompiledAheadOfTimeComputesTheSameBitsAndTakesNoPlugin()
    {
        Release("aot");
        var program = _folder["aot/concord"];
        var place = Directory.CreateDirectory(_folder["empty"]).FullName;
        Trains(program, place);
        RefusesPlugins(program, place);
        // as wide as the processor allows, so the program that is compiled while it runs goes on to the same bits
        Run("dotnet", place, Path.Combine(AppContext.BaseDirectory, "program", "Concord.Cli.dll"), "resume", "run", "--epochs", "2");
        Run(program, place, [.. s_train, "--epochs", "2", "--out", "whole"]);
        Assert.Equal(RunFiles.Values(Path.Combine(place, "whole", "last.safetensors")),
            RunFiles.Values(Path.Combine(place, "run", "last.safetensors")));
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("avx2")]
    [InlineData("avx512")]
    public void ItIsMadeForTheProcessorThatIsNamed(string cpu)
    {
        Release("aot", "--cpu", cpu);
        var place = Directory.CreateDirectory(_folder["empty"]).FullName;
        if (cpu == "avx512" ? Avx512F.IsSupported : Avx2.IsSupported) Trains(_folder["aot/concord"], place);
        else Assert.True(File.Exists(_folder["aot/concord"]));
        if (cpu == "avx512" || !Avx512F.IsSupported) return;
        using var refused = Start("dotnet", place, Path.Combine(AppContext.BaseDirectory, "program", "Concord.Cli.dll"), "resume", "run",
            "--epochs", "2");   // what computes with more than the run was begun with
        Assert.Contains("products in AVX2", refused.StandardError.ReadToEnd(), StringComparison.Ordinal);
        refused.WaitForExit();
        Assert.Equal(2, refused.ExitCode);
    }

    private static readonly string[] s_train =
        ["train", "--rule", "dfa", "--train", "2000", "--batch", "50", "--engine", "managed", "--threads", "1"];

    private static string Plugin =>
        Path.Combine(Repository.Root, "tests", "Plugins", "NewRule", "bin", s_configuration, "net10.0", "NewRule.dll");

    private static void RefusesPlugins(string program, string place)
    {
        using var refused = Start(program, place, "rules", "--plugin", Plugin);
        var error = refused.StandardError.ReadToEnd();
        refused.WaitForExit();
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal("concord: This build of Concord cannot load a plugin: it was compiled ahead of time, or trimmed. Use the tool package "
            + "or ./concord.", error.TrimEnd());
    }

    private void Release(params string[] words) =>
        Run("sh", Repository.Root, [Path.Combine(Repository.Root, "eng", "release"), "--out", _folder.Path, .. words]);

    // A copy of the runtime that runs this, without what stands beside it.
    private static string BaseRuntime(string folder)
    {
        var shared = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", ".."));
        foreach (var part in (string[])["host", Path.Combine("shared", "Microsoft.NETCore.App", Path.GetFileName(
            RuntimeEnvironment.GetRuntimeDirectory().TrimEnd(Path.DirectorySeparatorChar)))])
        {
            var from = Path.Combine(shared, "..", part);
            foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            {
                var to = Path.Combine(folder, part, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to);
            }
        }
        return folder;
    }

    private static void Trains(string program, string place, params string[] first)
    {
        Assert.Contains("test accuracy", Run(program, place, [.. first, .. s_train, "--epochs", "1", "--out", "run"]),
            StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(place, "run", "summary.json")));
    }

    private static void AssertOfTheLibrary(string folder)
    {
        var names = Contents(Path.Combine(folder, $"Concord.{s_version}.nupkg"));
        foreach (var name in (string[])["README.md", "lib/net10.0/Concord.dll", "lib/net10.0/Concord.xml", "Concord.nuspec"])
            Assert.Contains(name, names.Keys);
        Assert.Contains("<license type=\"expression\">MIT</license>", Encoding.UTF8.GetString(names["Concord.nuspec"]),
            StringComparison.Ordinal);
        var symbols = Contents(Path.Combine(folder, $"Concord.{s_version}.snupkg"));
        Assert.Contains("lib/net10.0/Concord.pdb", symbols.Keys);
        var path = Encoding.UTF8.GetBytes(Repository.Root);
        foreach (var (name, bytes) in names.Concat(symbols)) Assert.True(bytes.AsSpan().IndexOf(path) < 0, $"{name} names this machine");
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(symbols["lib/net10.0/Concord.pdb"]));
        var reader = provider.GetMetadataReader();
        Assert.NotEmpty(reader.Documents);
        Assert.All(reader.Documents, document =>
            Assert.StartsWith("/_/", reader.GetString(reader.GetDocument(document).Name), StringComparison.Ordinal));
    }

    private static Dictionary<string, byte[]> Contents(string package)
    {
        using var file = ZipFile.OpenRead(package);
        return file.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        });
    }

    private static string Run(string program, string place, params string[] words)
    {
        using var process = Start(program, place, words);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', words)}: {output}{error.Result}");
        return output;
    }

    private static Process Start(string program, string place, params string[] words)
    {
        var start = new ProcessStartInfo(program, words)
            { WorkingDirectory = place, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);   // of the program that runs the tests
        return Process.Start(start)!;
    }
}

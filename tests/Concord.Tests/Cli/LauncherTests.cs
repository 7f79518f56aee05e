using System.Diagnostics;

namespace Concord.Tests.Cli;

/// <summary>
/// The launchers take up nothing that lies where they are started or above themselves, and leave the user where he stands.
/// </summary>
public sealed class LauncherTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LauncherTests()
    {
        foreach (var name in (string[])["concord", "test", "eng/setup.sh", "global.json", ".editorconfig", "Concord.slnx"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Root(name))!);
            File.Copy(Path.Combine(Repository.Root, name), Root(name));
        }
        foreach (var file in Directory.GetFiles(Repository.Root, "Directory.*")) File.Copy(file, Root(Path.GetFileName(file)));
        foreach (var folder in (string[])["src/Concord.Cli/bin/Release/net10.0", "tests/Concord.Tests", "experiments", "../user"])
            Directory.CreateDirectory(Root(folder));
        File.WriteAllText(Root("tests/Concord.Tests/Concord.Tests.csproj"), "<Project />");
        Trap(_folder.Path);
        Trap(User(""));
    }

    public void Dispose() => _folder.Dispose();

    [FactWith(Need.Unix)]
    public void OnlyTheProgramRunsWhereTheUserStands()
    {
        Directory.CreateDirectory(User("bin"));
        Script(User("bin/dotnet"), $"""
            printf '%s|%s\n' "$(pwd -P)" "$*" >> '{_folder["calls"]}'
            case $1 in
                --list-sdks) echo '9.0.1 [/else/sdk]'; echo '10.0.100 [/usr/sdk]' ;;
                --version) echo 10.0.100 ;;
            esac
            """);
        foreach (var path in (string[])[$"{User("bin")}:/usr/bin:/bin", "bin:/usr/bin:/bin"])
        {
            File.Delete(_folder["calls"]);
            File.Delete(Root("src/Concord.Cli/bin/Release/net10.0/.built"));
            Assert.Equal(0, Run("concord", path, "train", "--out", "mine").ExitCode);
            Assert.Equal(
            [
                $"{Real(Root(""))}|--list-sdks",
                $"{Real(Root(""))}|build {Root("src/Concord.Cli")} -c Release -nologo -v q --disable-build-servers",
                $"{Real(User(""))}|{Root("src/Concord.Cli/bin/Release/net10.0/Concord.Cli.dll")} train --out mine",
            ], File.ReadAllLines(_folder["calls"]));
        }
        File.Delete(_folder["calls"]);
        Assert.Equal(0, Run("test", $"{User("bin")}:/usr/bin:/bin", "--results-directory", "mine").ExitCode);
        Assert.Equal($"{Real(User(""))}|/usr/sdk/10.0.100/dotnet.dll test {Root("tests/Concord.Tests/Concord.Tests.csproj")} -c Release "
            + "--no-build --nologo --filter Category!=Long --results-directory mine", File.ReadAllLines(_folder["calls"])[^1]);
        Assert.All(File.ReadAllLines(_folder["calls"])[..^1],
            call => Assert.StartsWith($"{Real(Root(""))}|", call, StringComparison.Ordinal));
    }

    [FactWith(Need.Unix)]
    public void AnEditedExperimentIsBuiltIn()
    {
        Directory.CreateDirectory(User("bin"));
        Script(User("bin/dotnet"), $"""
            printf '%s\n' "$1" >> '{_folder["calls"]}'
            [ "$1" = --list-sdks ] && echo '10.0.100 [/usr/sdk]' || :
            """);
        Assert.Equal(1, Builds());
        Assert.Equal(1, Builds());   // nothing is newer than the program
        File.WriteAllText(Root("experiments/mine.yaml"), "name: mine");
        File.SetLastWriteTimeUtc(Root("experiments/mine.yaml"), DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(2, Builds());

        int Builds()
        {
            Assert.Equal(0, Run("concord", $"{User("bin")}:/usr/bin:/bin", "train").ExitCode);
            return File.ReadAllLines(_folder["calls"]).Count(call => call == "build");
        }
    }

    [FactWith(Need.Unix)]
    public void TheProgramKnowsHowItIsCalledAgain()
    {
        Directory.CreateDirectory(User("bin"));
        Script(User("bin/dotnet"), $"""
            printf '%s\n' "$CONCORD_LAUNCHER" >> '{_folder["calls"]}'
            [ "$1" = --list-sdks ] && echo '10.0.100 [/usr/sdk]' || :
            """);
        Assert.Equal(0, Run("concord", $"{User("bin")}:/usr/bin:/bin", "train").ExitCode);
        Assert.Equal(Path.Combine(Real(Root("")), "concord"), File.ReadAllLines(_folder["calls"])[^1]);
        File.CreateSymbolicLink(User("bin/concord"), Root("concord"));
        Assert.Equal(0, Run("concord", $"{User("bin")}:/usr/bin:/bin", "train").ExitCode);
        Assert.Equal("concord", File.ReadAllLines(_folder["calls"])[^1]);
    }

    [FactWith(Need.Unix)]
    public void ABuiltProgramRunsInAFolderFullOfTraps()
    {
        var output = Root("src/Concord.Cli/bin/Release/net10.0");
        string[] wanted = ["Concord.Cli.*", "Concord.dll", "Concord.Images.dll", "MathNet.Numerics.dll", "Spectre.Console.dll",
            "System.CommandLine.dll", "System.IO.Hashing.dll", "System.Numerics.Tensors.dll", "YamlDotNet.dll"];
        foreach (var file in wanted.SelectMany(pattern => Directory.GetFiles(AppContext.BaseDirectory, pattern)))
            File.Copy(file, Path.Combine(output, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(output, ".built"), "");
        var result = Run("concord", Environment.GetEnvironmentVariable("PATH")!, "rules", "dfa");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.StartsWith("dfa\n", result.Out, StringComparison.Ordinal);
        Assert.Empty(result.Error);
        Assert.False(File.Exists(_folder["sprung"]));
    }

    [FactWith(Need.Unix)]
    [Trait("Category", "Long")]
    public void ABuildTakesUpNothingFromAboveOrFromWhereTheUserStands()
    {
        Directory.Delete(Root("src"), recursive: true);
        foreach (var name in (string[])["src", "experiments", "README.md"]) Copy(Path.Combine(Repository.Root, name), Root(name));
        var result = Run("concord", Environment.GetEnvironmentVariable("PATH")!, "rules", "dfa");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.StartsWith("dfa\n", result.Out, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["sprung"]));
    }

    private string Root(string name) => Path.Combine(_folder["root"], name);

    private string User(string name) => Path.Combine(_folder["user"], name);

    // What the tools of .NET would take up in a folder, each with a way to be noticed.
    private void Trap(string folder)
    {
        var command = $"echo {folder} >> {_folder["sprung"]}";
        var targets = $"""
            <Project>
              <Target Name="Trap" BeforeTargets="Restore;Build"><Exec Command="{command}" /><Error Text="a trap" /></Target>
            </Project>
            """;
        foreach (var name in (string[])["Directory.Build.targets", "Directory.Build.props", "Directory.Solution.targets",
            "Directory.Solution.props"]) File.WriteAllText(Path.Combine(folder, name), targets);
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"),
            "<Project><ItemGroup><PackageVersion Include=\"YamlDotNet\" Version=\"1.0.0\" /></ItemGroup></Project>");
        File.WriteAllText(Path.Combine(folder, "Directory.Build.rsp"), "-noSuchOption");
        File.WriteAllText(Path.Combine(folder, "MSBuild.rsp"), "-noSuchOption");
        File.WriteAllText(Path.Combine(folder, ".globalconfig"), "is_global = true\nglobal_level = 999\ndotnet_diagnostic.CA1852.severity "
            + "= error\ndotnet_diagnostic.IDE0011.severity = error\ndotnet_diagnostic.CS1591.severity = error\n");
        File.WriteAllText(Path.Combine(folder, ".editorconfig"), "[*.cs]\ncsharp_style_namespace_declarations = block_scoped:error\n");
        File.WriteAllText(Path.Combine(folder, "global.json"),
            """{"sdk": {"version": "99.0.100", "paths": ["sdk"]}, "msbuild-sdks": {"Microsoft.NET.Sdk": "1.0.0"}}""");
        Directory.CreateDirectory(Path.Combine(folder, "sdk", "99.0.100"));
    }

    private ProgramResult Run(string launcher, string path, params string[] words)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\"", "sh", Root(launcher), .. words])
            { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = User("") };
        start.Environment["PATH"] = path;
        start.Environment["CONCORD_NO_INSTALL"] = "1";
        // those of the program that runs the tests
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, errors.Result);
    }

    private static string Real(string folder)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "cd \"$0\" && pwd -P", folder])
            { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd().TrimEnd('\n');
    }

    private static void Script(string path, string lines)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{lines}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            File.Copy(from, to);
            return;
        }
        Directory.CreateDirectory(to);
        foreach (var entry in Directory.GetFileSystemEntries(from).Where(entry => Path.GetFileName(entry) is not ("bin" or "obj")))
            Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
    }
}

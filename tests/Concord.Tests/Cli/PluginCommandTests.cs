using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Reflection.Metadata;
using Concord.Interchange;

namespace Concord.Tests.Cli;

/// <summary>Rules and layers of one's own on the command line: the samples, as plugins and as programs.</summary>
public sealed class PluginCommandTests : IDisposable
{
    private const string Small = "--data csv:table.csv --batch 8 --engine managed --threads 1 --validation 12";
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    private static string Built(string name) =>
        Path.Combine(Repository.Root, "tests", "Plugins", name, "bin", Configuration, "net10.0", $"{name}.dll");

    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!);

    private static string Rule => Built("NewRule");

    [Fact]
    public void ARuleOfOnesOwnIsTrainedAndContinuedLikeAnyOther()
    {
        string[] train = ["train", Small, "--rule rare-transport --set rare.period=3 --plugin", Rule];
        Assert.Equal(0, _concord.Run(string.Join(' ', [.. train, "--epochs 3 --out whole"])).ExitCode);
        Assert.Equal(0, _concord.Run(string.Join(' ', [.. train, "--epochs 2 --out run"])).ExitCode);
        Assert.Contains($"pluginHash: {PluginFile.Read(Rule, out _).Sha256}", File.ReadAllText(_concord["run/experiment.yaml"]),
            StringComparison.Ordinal);

        foreach (var command in (string[])["resume run --epochs 3", "evaluate run", "predict run table.csv"])
        {
            var refused = _concord.Run(command);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains($"begun with the plugin {Rule}, which was not given", refused.Error, StringComparison.Ordinal);
            Assert.EndsWith($"give the same command again with --plugin {Rule}", refused.Error.TrimEnd(), StringComparison.Ordinal);
        }
        File.WriteAllBytes(_concord["other.dll"], [.. File.ReadAllBytes(Rule), 0]);
        var another = _concord.Run("resume run --epochs 3 --plugin other.dll");
        Assert.Equal(2, another.ExitCode);
        Assert.Contains("Give the file that the run was begun with", another.Error, StringComparison.Ordinal);

        File.Copy(Rule, _concord["moved.dll"]);   // what it holds counts, not where it lies
        Assert.Equal(0, _concord.Run("resume run --epochs 3 --plugin moved.dll").ExitCode);
        Assert.Equal(RunFiles.Values(_concord["whole/last.safetensors"]), RunFiles.Values(_concord["run/last.safetensors"]));
        Assert.Equal(0, _concord.Run($"predict run table.csv --plugin {Rule}").ExitCode);
        Assert.Equal(0, _concord.Run("report run").ExitCode);

        // a file that names a plugin loads nothing
        var file = _concord.Run("train run/experiment.yaml --out again");
        Assert.Equal(2, file.ExitCode);
        Assert.Contains("--plugin FILE.dll", file.Error, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run($"train run/experiment.yaml --out again --plugin {Rule}").ExitCode);
        Assert.Contains("Give that file (--plugin)", _concord.Run("train run/experiment.yaml --out third --plugin other.dll").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void APluginThatHasNoPartInARunIsNotRecorded()
    {
        File.WriteAllText(_concord["file.yaml"],
            "plugin: new-rule.dll\ndata: csv:table.csv\nmodel: mlp:4-6-3\nrule: dfa\nepochs: 1\nbatch: 8\nengine: managed\n");
        foreach (var loaded in (string[])["", $" --plugin {Rule}"])
        {
            Assert.Equal(0, _concord.Run($"train file.yaml --out run{loaded.Length}{loaded}").ExitCode);
            Assert.DoesNotContain("new-rule.dll", File.ReadAllText(_concord[$"run{loaded.Length}/experiment.yaml"]),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ItIsListedCostedAndComparedLikeAnyOther()
    {
        Assert.Contains("rare.period = 100", _concord.Run($"rules rare-transport --plugin {Rule}").Out, StringComparison.Ordinal);
        Assert.Contains("\nrare-transport ", _concord.Run($"cost --model mlp:3-5-4-2 --rule rare-transport --plugin {Rule}").Out,
            StringComparison.Ordinal);
        var compared = _concord.Run($"compare {Small} --rules backprop,rare-transport --seeds 1 --epochs 1 --plugin {Rule}");
        Assert.Equal(0, compared.ExitCode);
        Assert.Contains("rare-transport", compared.Out, StringComparison.Ordinal);
        var help = _concord.Run("train --help").Out;
        Assert.Contains("code that runs with your rights", string.Join(' ', help.Split((char[]?)null,
            StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("Did you mean 'rare-transport'?", _concord.Run($"train {Small} --rule rare-transpor --plugin {Rule}").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ALayerOfOnesOwnStandsInListsOfLayers()
    {
        var layer = Built("NewLayer");
        Assert.Equal(0, _concord.RunOther(layer, "program").ExitCode);   // the sample, as a program
        Assert.Contains("There is no layer 'bent'", _concord.Run("resume program --epochs 4").Error, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run($"resume program --epochs 4 --plugin {layer}").ExitCode);

        File.WriteAllText(_concord["own.yaml"],
            "data: csv:table.csv\nmodel:\n- input: 4\n- dense: 8\n- bent: {bend: 0.2}\n- dense: 3\nepochs: 1\nbatch: 8\n");
        Assert.Equal(0, _concord.Run($"train own.yaml --out own --plugin {layer}").ExitCode);
        Assert.Contains("begun with the plugin", _concord.Run("resume own --epochs 2").Error, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run($"resume own --epochs 2 --plugin {layer}").ExitCode);
    }

    [Fact]
    public void WhatIsNoPluginIsRefusedInOneLine()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "program");
        File.WriteAllBytes(_concord["older.dll"], BuiltAgainst(new(0, 0, 9, 0)));
        foreach (var (file, said) in ((string, string)[])
        [
            ("table.csv", "is no .NET assembly"), (Path.Combine(program, "Spectre.Console.dll"), "does not refer to the library Concord"),
            (Path.Combine(program, "Concord.Bench.dll"), "has no rule and no layer"), ("nowhere.dll", "there is no such file"),
            (".", "it is a folder"), ("older.dll", "was built against Concord 0.0.9.0"),
        ])
        {
            var refused = _concord.Run($"train {Small} --epochs 1 --plugin {file}");
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains(said, refused.Error, StringComparison.Ordinal);
            Assert.Single(refused.Error.TrimEnd().Split('\n'));
        }
        Assert.False(Directory.Exists(_concord["runs"]));
    }

    // The sample with another version of the library in its table of references.
    private static byte[] BuiltAgainst(Version version)
    {
        var bytes = File.ReadAllBytes(Rule);
        using var file = new PEReader(new MemoryStream(bytes));
        var reader = file.GetMetadataReader();
        var row = reader.AssemblyReferences.First(handle => reader.GetString(reader.GetAssemblyReference(handle).Name) == "Concord");
        var at = file.PEHeaders.MetadataStartOffset + reader.GetTableMetadataOffset(TableIndex.AssemblyRef)
            + (MetadataTokens.GetRowNumber(row) - 1) * reader.GetTableRowSize(TableIndex.AssemblyRef);
        foreach (var part in (int[])[version.Major, version.Minor, version.Build, version.Revision])
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(at), (ushort)part);
            at += sizeof(ushort);
        }
        return bytes;
    }
}

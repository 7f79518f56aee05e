using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Reflection.Metadata;
using System.Text;
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
        Assert.Contains("Give the files that the run was begun with", another.Error, StringComparison.Ordinal);

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
        Assert.Contains("Give these files (--plugin)", _concord.Run("train run/experiment.yaml --out third --plugin other.dll").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void APluginThatHasNoPartInARunIsNotRecorded()
    {
        const string Settings = "data: csv:table.csv\nmodel: mlp:4-6-3\nrule: dfa\nepochs: 1\nbatch: 8\nengine: managed\n";
        File.WriteAllText(_concord["file.yaml"], Settings);
        Assert.Equal(0, _concord.Run($"train file.yaml --out run --plugin {Rule}").ExitCode);
        Assert.DoesNotContain("new-rule.dll", File.ReadAllText(_concord["run/experiment.yaml"]), StringComparison.Ordinal);
        File.WriteAllText(_concord["names.yaml"], $"plugin: new-rule.dll\n{Settings}");
        foreach (var loaded in (string[])["", $" --plugin {Rule}"])
        {
            var refused = _concord.Run($"train names.yaml --out other{loaded}");
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("The settings name the plugin new-rule.dll, but the rule and the layers are of none that was given.",
                refused.Error, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("Allocate", "Allokate", "Method not found: 'Concord.Numerics.Tensor Concord.Numerics.Kernels.Allokate")]   // called
    [InlineData("FeedbackCarrier", "FeedbackBarrier", "Could not load type 'Concord.Rules.FeedbackBarrier'")]            // inherited
    [InlineData("get_Period", "get_Perios", "get_Perios overrides what Concord.Rules.FeedbackCarrier does not have")]
    [InlineData("get_Description", "get_Deskription", "does not have an implementation")]   // of what is asked for
    public void APluginOfAnotherStateOfThisVersionIsRefusedWhenItIsLoaded(string name, string other, string said)
    {
        File.WriteAllBytes(_concord["other.dll"], Renamed(File.ReadAllBytes(Rule), name, other));
        var refused = _concord.Run("rules --plugin other.dll");
        Assert.Equal(2, refused.ExitCode);
        var line = Assert.Single(refused.Error.TrimEnd().Split('\n'));
        Assert.Contains("does not fit this Concord 0.1.0.0: it was built against another state of that version", line,
            StringComparison.Ordinal);
        Assert.Contains(said, line, StringComparison.Ordinal);
    }

    /// <summary>.NET says of a library that is not there what it says of a file.</summary>
    [Fact]
    public void AMissingLibraryIsNoMissingFile()
    {
        Assert.False(FileErrors.Is(new FileNotFoundException("", "Deep, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null")));
        Assert.True(FileErrors.Is(new FileNotFoundException("", "table, version 1.csv")));
        var said = Assert.Throws<FileNotFoundException>(() => FileErrors.Explained("write", _concord["table.csv"],
            () => throw new FileNotFoundException("none", "Deep, Version=1.0.0.0")));
        Assert.True(Plugin.IsMissingCode(said));
    }

    [Fact]
    public void WhatAPluginBringsAlongIsRecordedAndMissedByName()
    {
        var deep = Compiled.Of("Deep", "public static class Deep { public static float Value => 3; }");
        var helper = Compiled.Of("Helper", "public static class Helper { public static float Value => Deep.Value; }", deep);
        File.WriteAllBytes(_concord["Deep.dll"], deep);
        File.WriteAllBytes(_concord["Helper.dll"], helper);
        File.WriteAllBytes(_concord["Own.dll"], Compiled.Of("Own", OwnRule("Helper.Value"), helper));
        Assert.Equal(0, _concord.Run($"train {Small} --rule own --epochs 1 --out run --plugin Own.dll").ExitCode);
        string Sha(string name) => PluginFile.Read(_concord[name], out _).Sha256;
        Assert.Contains($"pluginHash: \"{Sha("Own.dll")}, Deep.dll {Sha("Deep.dll")}, Helper.dll {Sha("Helper.dll")}\"",
            File.ReadAllText(_concord["run/experiment.yaml"]), StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("resume run --epochs 2 --plugin Own.dll").ExitCode);

        string Refused(string words)
        {
            var result = _concord.Run($"{words} --plugin Own.dll");
            Assert.Equal(2, result.ExitCode);
            return Assert.Single(result.Error.TrimEnd().Split('\n'));
        }
        var was = Sha("Deep.dll");
        File.WriteAllBytes(_concord["Deep.dll"], [.. deep, 0]);
        foreach (var words in (string[])["resume run --epochs 3", "evaluate run", "predict run table.csv"])
            Assert.Contains($"with the SHA-256 {was} of Deep.dll beside it, but {_concord["Own.dll"]} is given, which has "
                + $"{Sha("Deep.dll")} of Deep.dll beside it. Give the files", Refused(words), StringComparison.Ordinal);
        File.Delete(_concord["Deep.dll"]);   // a library's own need
        Assert.Contains("which has not all of it", Refused("evaluate run"), StringComparison.Ordinal);
        Assert.Contains("does not fit this Concord", Refused($"train {Small} --rule own --epochs 1 --out other"), StringComparison.Ordinal);
        File.Delete(_concord["Helper.dll"]);   // the plugin's
        Assert.Contains("needs Helper 0.0.0.0, which is neither a part of this program nor beside the plugin. Put Helper.dll into "
            + _concord.Folder, Refused("evaluate run"), StringComparison.Ordinal);

        // what breaks in the middle of a run
        File.WriteAllBytes(_concord["Helper.dll"], helper);
        File.WriteAllBytes(_concord["Deep.dll"], Renamed(deep, "get_Value", "get_Worth"));
        Assert.Contains("(MissingMethodException: Method not found: 'Single Deep.get_Value()'.) Build it against this one",
            Refused($"train {Small} --rule own --epochs 1 --out third"), StringComparison.Ordinal);
        File.WriteAllBytes(_concord["Own.dll"], Compiled.Of("Own", OwnRule("_numbers[_steps]")));
        Assert.Contains("failed (IndexOutOfRangeException: Index was outside the bounds of the array.) The fault is in its code",
            Refused($"train {Small} --rule own --epochs 1 --out fourth"), StringComparison.Ordinal);
    }

    // Feedback of equal numbers, of which a step may make others.
    private static string OwnRule(string number) => $$"""
        using Concord.Feedback;
        using Concord.Layers;
        using Concord.Numerics;
        using Concord.Optimizers;
        using Concord.Rules;

        public sealed class Even(Connection connection) : FeedbackCarrier(connection)
        {
            private readonly float[] _numbers = new float[3];
            private Tensor _feedback = null!;
            private int _steps;

            public static RuleDescription Rule { get; } = new("own", "s = d B, all B alike", "nobody", "nothing", "the block above", [],
                _ => new ChainRule("own", (connection, _) => new Even(connection)));

            public override string Description => "equal numbers";
            public override int Period => 1;
            public override Tensor Matrix(Connection connection) => _feedback;

            public override void Draw(FeedbackState state)
            {
                _feedback = state.Kernels.Allocate(Weight.Shape, Role.Feedback);
                state.Keep(Weight.Name, _feedback);
            }

            public override void Adapt(Update update)
            {
                _steps++;
                update.Kernels.Fill(_feedback, {{number}});
            }
        }
        """;

    // An assembly in whose names one is another of the same length.
    private static byte[] Renamed(byte[] assembly, string name, string other) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(assembly).Replace(name, other, StringComparison.Ordinal));

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

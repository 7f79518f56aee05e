using Concord.Data;
using Concord.Experiments;
using Concord.Tests.Data;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>A test on the small inputs of <c>shared/cases</c>; skipped, and said so, on a machine that has none.</summary>
internal sealed class SharedCaseFactAttribute : FactAttribute
{
    public SharedCaseFactAttribute()
    {
        if (Folder is null) Skip = "No small inputs: no folder 'shared/cases' beside the repository.";
    }

    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var beside = Path.Combine(folder.FullName, "shared", "cases");
            if (Directory.Exists(beside)) return beside;
        }
        return null;
    }
}

/// <summary>Small inputs, each of a kind that went wrong somewhere in public: what they are made of, or why they are refused.</summary>
public sealed class SharedCaseTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    private static string At(string file) => Path.Combine(SharedCaseFactAttribute.Folder!, file);

    private static (RunResult Result, Dataset Data, IReadOnlyList<string> Notes) Train(string table,
        Func<RunSettings, RunSettings>? change = null)
    {
        var settings = new RunSettings { Data = $"csv:{At(table)}", Batch = 8, Epochs = 3, Engine = "managed", Threads = 1 };
        settings = (change?.Invoke(settings) ?? settings).Load(out var data, out var split);
        using var kernels = Kit.Single();
        return (new Trainer(settings, split, kernels).Run(), data, data.Notes(split));
    }

    private static string Refusal(string table) => DataFiles.Refusal(() => Train(table));

    [SharedCaseFact]
    public void LabelsThatAreOneNumberAreOneClass() => Assert.Equal(["0", "1"], Train("min-labels-equal-numbers.csv").Data.Classes);

    [SharedCaseFact]
    public void AFirstLineOfNumbersIsASample()
    {
        var (_, data, notes) = Train("min-no-header.csv");
        Assert.Equal(4, data.Train.Count + data.Test.Count);
        Assert.Contains(notes, note => note.StartsWith("The first line of the table holds numbers only", StringComparison.Ordinal));
    }

    [SharedCaseFact]
    public void AColumnCalledLabelIsTheLabel()
    {
        var data = Train("label-first-int.csv").Data;
        Assert.Contains("3 features (p1, p2, p3), label column 'label' of 2 classes (0: 100, 1: 100)", data.ToString(),
            StringComparison.Ordinal);
    }

    [SharedCaseFact]
    public void WordsForMissingLabelsAreNoClasses() => Assert.Contains(
        "line 2: the label 'y' is 'NA', which stands for a missing value", Refusal("missing-label-words.csv"), StringComparison.Ordinal);

    [SharedCaseFact]
    public void AClassWithoutSamplesIsNoted() => Assert.Contains(Train("rare-class.csv").Notes,
        note => note.StartsWith("The class '2' has no sample in ", StringComparison.Ordinal));

    [SharedCaseFact]
    public void AColumnThatIsNotFiniteIsNamed() =>
        Assert.Contains("The column 'a' is not finite after normalising", Refusal("max-feature.csv"), StringComparison.Ordinal);

    [SharedCaseFact]
    public void AClassNameWithAnEscapeSequenceSteersNoTerminal()
    {
        foreach (var words in (string[])[$"train --data csv:{At("escape-label-title.csv")} --epochs 1 --out run",
            $"train --data csv:{At("escape-label-title.csv")} --epochs 1 --json --out other", "evaluate run", "evaluate run --json",
            "report run other"])
        {
            var done = _concord.Run(words);
            Assert.Equal(0, done.ExitCode);
            Assert.DoesNotContain('\u001b', done.Out + done.Error);
        }
        foreach (var file in (string[])["report.html", "summary.json", "experiment.yaml", "metrics.jsonl"])
            Assert.DoesNotContain('\u001b', File.ReadAllText(Path.Combine(_concord.Folder, "run", file)));
    }

    [SharedCaseFact]
    public void OneClassInAnIdxSetIsRefusedAsInATable()
    {
        Assert.Contains("every training sample has the class",
            DataFiles.Refusal(() => Dataset.Load("idx-one-class", SharedCaseFactAttribute.Folder)), StringComparison.Ordinal);
        var done = _concord.Run($"train --data idx-one-class --data-root {SharedCaseFactAttribute.Folder}");
        Assert.Equal(2, done.ExitCode);
        Assert.Contains("at least two classes were expected", done.Error, StringComparison.Ordinal);
    }

    [SharedCaseFact]
    public void WeightsOfOtherWidthsAndUnderAPrefixAreTaken()
    {
        foreach (var (file, what) in ((string, string)[])[("w-f16", "F16 (widened"), ("w-bf16", "BF16 (widened"),
            ("w-dataparallel", "names without 'module.'")])
        {
            Train("good.csv", settings => settings with { Model = "mlp:2-4-3", Weights = At($"{file}.safetensors") });
            Assert.Contains(what, StartingWeights.Describe(At($"{file}.safetensors")), StringComparison.Ordinal);
        }
        var done = _concord.Run($"train --data csv:{At("good.csv")} --model mlp:2-4-3 --epochs 1 --weights {At("w-bf16.safetensors")}");
        Assert.Contains($"weights {At("w-bf16.safetensors")}: 4 tensors, BF16 (widened to single precision)", done.Out,
            StringComparison.Ordinal);
    }

    [SharedCaseFact]
    public void FilesInThePlaceOfWeightsAreCalledWhatTheyAre()
    {
        foreach (var (file, what) in ((string, string)[])[("w-lfs-pointer.safetensors", "a pointer of git-lfs"),
            ("w-torch-zip.pt", "a file of PyTorch")])
            Assert.Contains($"it is {what}",
                DataFiles.Refusal(() => Train("good.csv", settings => settings with { Model = "mlp:2-4-3", Weights = At(file) })),
                StringComparison.Ordinal);
    }

    [SharedCaseFact]
    public void AGoodTableIsLearned()
    {
        var (result, data, notes) = Train("good.csv", settings => settings with { Epochs = 20 });
        Assert.True(result.Test.Accuracy > 0.8, $"{result.Test.Accuracy}");
        Assert.Equal((3, 0), (data.Classes.Count, notes.Count));
        var file = ExperimentFile.Parse($"data: csv:{At("good.csv")}\nepochs: 1", "here.yaml");
        Assert.Equal("mlp:2-256-256-3", Assert.Single(file.Cells).Settings.Load(out _, out _).Model);
    }
}

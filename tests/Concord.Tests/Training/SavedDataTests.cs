using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>A run's data are part of it, for those who write programs: data made in code, resumed and applied.</summary>
public sealed class SavedDataTests : IDisposable
{
    private static readonly RunSettings s_settings = new()
        { Model = "mlp:4-8-3", Rule = "dfa", Epochs = 3, Batch = 8, Validation = 6, Engine = "managed", Threads = 1 };
    private readonly TemporaryFolder _folder = new();
    private readonly Kernels _kernels = Kit.Single();

    public void Dispose()
    {
        _kernels.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void ARunOnArraysGoesOnWithTheSameArraysOnly()
    {
        BrokenOff("run");
        var error = Assert.Throws<ConcordException>(() => Resume("run", Data(shift: 1)));
        Assert.Contains("samples have other values", error.Message, StringComparison.Ordinal);
        Assert.Contains("labels are others", Assert.Throws<ConcordException>(() => Resume("run", Data(turn: 1))).Message,
            StringComparison.Ordinal);
        Resume("run", Data());
        Assert.NotNull(RunFolder.ResultOf(_folder["run"]));
        Assert.Contains("made in code", Assert.Throws<ConcordException>(() => SavedData.Of(_folder["run"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ARunOnArraysSaysWhatItsDataAreCalled()
    {
        BrokenOff("run");
        Assert.Equal("own data", RunFolder.SettingsOf(_folder["run"]).Data);
        using (var folder = RunFolder.Create(_folder["named"]))
            new Trainer(s_settings with { Data = "mine" }, Split(Data()), _kernels, folder).Run();
        Assert.Equal("mine", RunFolder.SettingsOf(_folder["named"]).Data);
        using (var folder = RunFolder.Create(_folder["glyphs"]))
            new Trainer(s_settings with { Model = "mlp:784-4-10" }, Dataset.Glyphs(40, 20).Split(6, RandomStream.FromSeed(0)),
                _kernels, folder).Run();
        Assert.Equal("glyphs", RunFolder.SettingsOf(_folder["glyphs"]).Data);
    }

    // A table read by itself may have had something taken out of its columns that the run knows nothing of.
    [Fact]
    public void ATableReadInAnotherWayIsRefused()
    {
        using (var folder = RunFolder.Create(_folder["run"])) new Trainer(s_settings, Split(Data()), _kernels, folder).Run();
        var network = SavedNetwork.Open(_folder["run"], _kernels);
        var (plain, late) = (_folder["plain.csv"], _folder["late.csv"]);
        string[] rows = [.. Enumerable.Range(0, 30)
            .Select(n => FormattableString.Invariant($"{n % 3 + 0.01 * n},{n % 5},{n % 4},{n % 3},{"abc"[n % 3]}"))];
        File.WriteAllLines(plain, ["p,q,r,s,class", .. rows]);
        File.WriteAllLines(late, ["p,q,r,s,class", .. rows.Select(row => FormattableString.Invariant($"{1.6e9 + double.Parse(row.Split(
            ',')[0], System.Globalization.CultureInfo.InvariantCulture)},{row[(row.IndexOf(',', StringComparison.Ordinal) + 1)..]}"))]);
        Assert.Equal(network.Evaluate(network.SamplesOf($"csv:{plain}")).Loss,
            network.Evaluate(network.SamplesOf(Dataset.FromCsv(plain))).Loss);
        Assert.Equal(30, network.SamplesOf($"csv:{late}").Count);
        Assert.Contains("other offsets and scales", Assert.Throws<ConcordException>(() => network.SamplesOf(Dataset.FromCsv(late))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ARunOfBeforeGoesOnAndHasTheFilesFromThenOn()
    {
        BrokenOff("run");
        File.Delete(Path.Combine(_folder["run"], "data.json"));
        var normalization = File.ReadAllBytes(Path.Combine(_folder["run"], "normalization.safetensors"));
        File.Delete(Path.Combine(_folder["run"], "normalization.safetensors"));
        List<string> notices = [];
        Resume("run", Data(), new Listener<TrainingProgress>(progress => { if (progress.Notice is { } notice) notices.Add(notice); }));
        Assert.Contains("older than the record", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Equal(normalization, File.ReadAllBytes(Path.Combine(_folder["run"], "normalization.safetensors")));
        Assert.Null(RunData.Read(_folder["run"])!.Fingerprint.ChangeTo(DataFingerprint.Of(Split(Data()))));
    }

    [Fact]
    public void ANetworkAnswersTheSameWhereverItsPortsStand()
    {
        var own = Split(Data());
        using (var folder = RunFolder.Create(_folder["run"])) new Trainer(s_settings with { Rule = "dfa" }, own, _kernels, folder).Run();
        var answers = SavedNetwork.Open(_folder["run"], _kernels).Answers(own.Test);
        Assert.All(Enum.GetValues<Placement>(), at =>
        {
            var network = SavedNetwork.Open(_folder["run"], _kernels, at: at);
            Assert.Equal(answers, network.Answers(own.Test));
            Assert.Equal(network.Evaluate(own.Test).Accuracy,
                Robustness.Measure(network, own.Test, [0], new()).Single().Accuracy);
        });
    }

    [Fact]
    public void ANetworkTakesNewSamplesAsItsOwnWereTaken()
    {
        var own = Split(Data());
        using (var folder = RunFolder.Create(_folder["run"])) new Trainer(s_settings, own, _kernels, folder).Run();
        var network = SavedNetwork.Open(_folder["run"], _kernels);
        Assert.Null(network.Split);
        Assert.Equal(["a", "b", "c"], network.Classes);
        Assert.Equal(RunFolder.ResultOf(_folder["run"])!.Test.Loss, network.Evaluate(own.Test).Loss);
        Assert.Equal(SavedNetwork.Open(_folder["run"], Data(), _kernels).Evaluate(own.Test).Loss, network.Evaluate(own.Test).Loss);

        // shifted as a whole: by a normalisation of their own they would be the very samples that the network knows
        var shifted = Split(Data(shift: 3)).Test;
        Assert.NotEqual(network.Answers(own.Test), network.Answers(shifted));
        Assert.Equal(network.Evaluate(shifted).Accuracy,
            network.Answers(shifted).Zip(shifted.Labels.ToArray()).Average(pair => pair.First == pair.Second ? 1.0 : 0));

        Assert.Contains("not those that the run",
            Assert.Throws<ConcordException>(() => SavedNetwork.Open(_folder["run"], Data(shift: 3), _kernels)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => network.Evaluate(new Samples(new(5), new float[10], [0, 1], 3)));
        Assert.Throws<ArgumentException>(() => network.Answers(new Samples(new(4), new float[8], [0, 1], 2)));
    }

    [Fact]
    public void ClassesOfNewDataAreFoundByTheirNames()
    {
        using (var folder = RunFolder.Create(_folder["run"])) new Trainer(s_settings, Split(Data()), _kernels, folder).Run();
        var network = SavedNetwork.Open(_folder["run"], _kernels);
        var (inputs, labels) = Arrays();
        var samples = new Samples(new(4), [.. inputs.Cast<float>()], labels, 3);
        // the classes in another order, and a table that has only some of them
        var turned = Dataset.From(inputs, [.. labels.Select(label => (label + 1) % 3)], classes: ["c", "a", "b"]);
        Assert.Equal(network.Evaluate(samples).Loss, network.Evaluate(network.SamplesOf(turned)).Loss);
        int[] some = [.. Enumerable.Range(0, labels.Length).Where(row => labels[row] != 0)];
        var two = new float[some.Length, 4];
        for (var n = 0; n < some.Length; n++)
            for (var i = 0; i < 4; i++) two[n, i] = inputs[some[n], i];
        var part = Dataset.From(two, [.. some.Select(row => labels[row] == 2 ? 0 : 1)], classes: ["c", "b"]);
        Assert.Equal(network.Evaluate(samples.Subset(some)).Loss, network.Evaluate(network.SamplesOf(part)).Loss);
        Assert.Contains("has no d",
            Assert.Throws<ConcordException>(() => network.SamplesOf(Dataset.From(inputs, labels, classes: ["a", "b", "d"]))).Message,
            StringComparison.Ordinal);
        Assert.Contains("those of the run", Assert.Throws<ConcordException>(
            () => network.SamplesOf(Dataset.From(new float[9, 3], [0, 1, 2, 0, 1, 2, 0, 1, 2], classes: ["a", "b", "c"]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AWhiteningIsWrittenOnceAndReadBack()
    {
        var settings = s_settings with { Normalization = NormalizationKind.Zca };
        using (var folder = RunFolder.Create(_folder["whole"])) new Trainer(settings, Split(Data()), _kernels, folder).Run();
        BrokenOff("run", settings);
        var file = Path.Combine(_folder["run"], "normalization.safetensors");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        Resume("run", Data());
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file));
        Cli.RunFiles.AssertSame(_folder["whole"], _folder["run"]);
        Assert.Equal(RunFolder.ResultOf(_folder["run"])!.Test.Loss,
            SavedNetwork.Open(_folder["run"], _kernels).Evaluate(Split(Data()).Test).Loss);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"name\":1}")]
    [InlineData("{\"name\":null,\"data\":null,\"dataRoot\":null,\"shape\":[4],\"classes\":[],"
        + "\"train\":1,\"validation\":1,\"test\":1,\"samples\":\"\",\"labels\":\"\",\"split\":\"\"}")]
    [InlineData("{\"name\":\"\",\"data\":null,\"dataRoot\":null,\"shape\":[-4],\"classes\":[],"
        + "\"train\":1,\"validation\":1,\"test\":1,\"samples\":\"\",\"labels\":\"\",\"split\":\"\"}")]
    [InlineData("{\"name\":\"\",\"data\":null,\"dataRoot\":null,\"shape\":[4],\"classes\":[],"
        + "\"train\":1.5,\"validation\":1,\"test\":1,\"samples\":\"\",\"labels\":\"\",\"split\":\"\"}")]
    [InlineData("no json")]
    public void ARecordThatIsNoneIsRefused(string text)
    {
        BrokenOff("run");
        File.WriteAllText(Path.Combine(_folder["run"], "data.json"), text);
        Assert.Contains("data.json", Assert.Throws<ConcordException>(() => Resume("run", Data())).Message, StringComparison.Ordinal);
    }

    private void BrokenOff(string name, RunSettings? settings = null)
    {
        using var stop = new CancellationTokenSource();
        using var folder = RunFolder.Create(_folder[name]);
        var trainer = new Trainer(settings ?? s_settings, Split(Data()), _kernels, folder);
        Assert.Throws<OperationCanceledException>(() => trainer.Run(
            new Listener<TrainingProgress>(progress => { if (progress.Finished is not null) stop.Cancel(); }), cancellation: stop.Token));
    }

    private void Resume(string name, Dataset data, IProgress<TrainingProgress>? progress = null)
    {
        using var folder = RunFolder.Open(_folder[name]);
        var trainer = new Trainer(RunFolder.SettingsOf(_folder[name]), Split(data), _kernels, folder, restores: true);
        trainer.Restore();
        trainer.Run(progress);
    }

    private static DataSplit Split(Dataset data) => data.Split(6, RandomStream.FromSeed(0).Split("split"));

    private static Dataset Data(float shift = 0, int turn = 0)
    {
        var (inputs, labels) = Arrays(shift, turn);
        return Dataset.From(inputs, labels, classes: ["a", "b", "c"]);
    }

    private static (float[,] Inputs, int[] Labels) Arrays(float shift = 0, int turn = 0)
    {
        var (inputs, labels) = (new float[90, 4], new int[90]);
        for (var n = 0; n < 90; n++)
        {
            for (var i = 0; i < 4; i++) inputs[n, i] = MathF.Sin(0.7f * n + i) + n % 3 + shift;
            labels[n] = (n + (n == 5 ? turn : 0)) % 3;
        }
        return (inputs, labels);
    }
}

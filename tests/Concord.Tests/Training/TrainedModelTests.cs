using System.IO.Compression;
using System.Text;
using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>A trained network answers new samples with nothing but its run's folder.</summary>
public sealed class TrainedModelTests : IDisposable
{
    private static readonly RunSettings s_settings = new()
        { Model = "mlp:4-8-3", Rule = "dfa", Epochs = 8, Batch = 8, Validation = 6, Engine = "managed", Threads = 1 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ItSaysWhatTheRunsNetworkSaysAndNeedsNoData()
    {
        var inputs = Table("table.csv");
        var data = Dataset.FromCsv(_folder["table.csv"]);
        Train(s_settings, data, "run");
        using var kernels = Kit.Single();
        var network = SavedNetwork.Open(_folder["run"], kernels);
        var expected = network.Answers(network.SamplesOf(data));
        var accuracy = network.Evaluate(network.SamplesOf(data)).Accuracy;
        File.Delete(_folder["table.csv"]);

        using var model = TrainedModel.Load(_folder["run"], engine: "managed", threads: 1);
        Assert.Equal(["a", "b", "c"], model.Classes);
        Assert.Equal(["p", "q", "r", "s"], model.Features);
        var said = model.Predict(inputs);
        Assert.Equal(expected, said.Answers);
        Assert.True(said.AreProbabilities);
        for (var i = 0; i < 60; i++)
        {
            float[] row = [.. Enumerable.Range(0, 3).Select(k => said.Outputs[i, k])];
            Assert.Equal(1, row.Sum(), 5);
            Assert.Equal(row.Max(), row[said.Answers[i]]);
        }
        Assert.Equal(accuracy, Enumerable.Range(0, 60).Count(i => said.LabelOf(i) == "abc"[i % 3].ToString()) / 60.0, 12);
        Assert.True(accuracy > 0.6, $"The network should have learned something: {accuracy}.");
        Assert.Empty(model.Predict(new float[0, 4]).Answers);
        Assert.Throws<ArgumentNullException>(() => model.Predict(null!));
        Assert.Throws<ArgumentNullException>(() => model.PredictTable((TextReader)null!));
        Assert.Throws<ArgumentNullException>(() => model.PredictTable(null!, _ => { }));
        Assert.Throws<ArgumentNullException>(() => model.PredictTable("table.csv", null!));
        Assert.Throws<ArgumentNullException>(() => TrainedModel.Load(null!));
        Assert.Throws<ArgumentNullException>(() => TrainedModel.Load(_folder["run"], (Kernels)null!));
    }

    [Fact]
    public void SeveralThreadsMayAsk()
    {
        var inputs = Table("table.csv");
        Train(s_settings, Dataset.FromCsv(_folder["table.csv"]), "run");
        using var model = TrainedModel.Load(_folder["run"], threads: 2);
        var expected = model.Predict(inputs);
        Parallel.For(0, 16, _ =>
        {
            var said = model.Predict(inputs);
            Assert.Equal(expected.Answers, said.Answers);
            Assert.Equal(expected.Outputs.Cast<float>(), said.Outputs.Cast<float>());
        });
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Predict(inputs));
    }

    /// <summary>An engine has memory for one operation, so two models on it take turns as well.</summary>
    [Fact]
    public void SeveralModelsMayShareAnEngine()
    {
        var inputs = Table("table.csv");
        var data = Dataset.FromCsv(_folder["table.csv"]);
        Train(s_settings, data, "run");
        Train(s_settings with { Model = "mlp:4-32-3", Seed = 2 }, data, "other");
        using var kernels = Engines.Create("managed", 2);
        using var model = TrainedModel.Load(_folder["run"], kernels);
        using var other = TrainedModel.Load(_folder["other"], kernels);
        var (expected, otherwise) = (model.Predict(inputs), other.Predict(inputs));
        Parallel.For(0, 200, i =>
        {
            var said = i % 2 == 0 ? model.Predict(inputs) : other.Predict(inputs);
            Assert.Equal((i % 2 == 0 ? expected : otherwise).Outputs.Cast<float>(), said.Outputs.Cast<float>());
        });
    }

    [Fact]
    public void ATableIsAnsweredHoweverItsColumnsAreLabelled()
    {
        var inputs = Table("table.csv");
        Train(s_settings, Dataset.FromCsv(_folder["table.csv"]), "run");
        using var model = TrainedModel.Load(_folder["run"], engine: "managed", threads: 1);
        var expected = model.Predict(inputs);
        var rows = File.ReadAllLines(_folder["table.csv"])[1..];
        string[] bare = [.. rows.Select(row => row[..row.LastIndexOf(',')])];
        foreach (var lines in (string[][])[["p,q,r,s,class", .. rows], ["p,q,r,s", .. bare], bare,
            ["class,p,q,r,s", .. bare.Select(row => $"unknown,{row}")]])
        {
            var said = model.PredictTable(new StringReader(string.Join('\n', lines))).ToList();
            Assert.Equal(expected.Answers, said.SelectMany(part => part.Answers));
            Assert.Equal(expected.Outputs.Cast<float>(), said.SelectMany(part => part.Outputs.Cast<float>()));
        }
        using (var packed = new GZipStream(File.Create(_folder["new.csv.gz"]), CompressionLevel.Fastest))
            packed.Write(Encoding.UTF8.GetBytes(string.Join('\n', bare)));
        List<int> answers = [];
        model.PredictTable(_folder["new.csv.gz"], part => answers.AddRange(part.Answers));
        Assert.Equal(expected.Answers, answers);
    }

    [Theory]
    [InlineData("q,p,r,s\n1,2,3,4", "has the columns in another order. It takes the 4 features p, q, r, s, in that order")]
    [InlineData("p,q,s\n1,2,4", "lacks r")]
    [InlineData("p,q,z,s\n1,2,3,4", "lacks r and has z, which the network does not know")]
    [InlineData("p,q,r,s,t\n1,2,3,4,5", "has t, which the network does not know")]
    [InlineData("1,2,3", "has 3 columns and no header, for its first line (1, 2, 3) looks like numbers and not like names: put the "
        + "columns' names above it. It takes the 4 features p, q, r, s")]
    [InlineData("0.5,2,3,4,x", "has 5 columns and no header, for its first line (0.5, 2, 3, 4, x) looks like numbers and not like names")]
    [InlineData("p,q,r,s,5\n1,2,3,4,5", "has 5, which the network does not know")]
    [InlineData("p,q,r,s\n1,2,x,4", "line 2: 'x' found in column 'r', but a finite number such as 0.5 was expected. Fill it in or remove")]
    [InlineData("p,q,r,s\n1,2,3", "line 2: 3 fields found, 4 expected")]
    [InlineData("", "is empty, but rows of the 4 features p, q, r, s were expected")]
    public void ATableOfOtherColumnsIsRefused(string table, string because)
    {
        Table("table.csv");
        Train(s_settings with { Epochs = 1 }, Dataset.FromCsv(_folder["table.csv"]), "run");
        using var model = TrainedModel.Load(_folder["run"], engine: "managed", threads: 1);
        Assert.Contains(because, Assert.Throws<ConcordException>(() => model.PredictTable(new StringReader(table)).Count()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void InputsThatDoNotFitAreRefused()
    {
        Table("table.csv");
        Train(s_settings with { Epochs = 1 }, Dataset.FromCsv(_folder["table.csv"]), "run");
        using var model = TrainedModel.Load(_folder["run"], engine: "managed", threads: 1);
        Assert.Contains("have 3 features each", Assert.Throws<ConcordException>(() => model.Predict(new float[2, 3])).Message,
            StringComparison.Ordinal);
        Assert.Contains("finite", Assert.Throws<ConcordException>(() => model.Predict(new float[,] { { 0, float.NaN, 0, 0 } })).Message,
            StringComparison.Ordinal);
        Assert.Contains("There is no checkpoint 'last-7'",
            Assert.Throws<ConcordException>(() => TrainedModel.Load(_folder["run"], "last-7")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cross-entropy")]
    [InlineData("bce")]
    [InlineData("mse")]
    public void LargeOutputsGiveNumbers(string loss)
    {
        Table("table.csv");
        Train(s_settings with
        {
            Model = "mlp:4-8-3,gain=100000", Epochs = 0, Objective = new(Objective.ByName[loss]),
        }, Dataset.FromCsv(_folder["table.csv"]), "run");
        using var model = TrainedModel.Load(_folder["run"], engine: "managed", threads: 1);
        var said = model.Predict(new float[,] { { 3, -2, 1, 4 }, { -3, 2, 9, 1 } });
        Assert.Equal(loss != "mse", said.AreProbabilities);
        Assert.All(said.Outputs.Cast<float>(), value => Assert.True(said.AreProbabilities ? value is >= 0 and <= 1
            : Math.Abs(value) > 1e6));
    }

    [Fact]
    public void RealTargetsHaveOutputsAndNoAnswers()
    {
        var data = Dataset.TeacherStudent(60, 20);
        Train(s_settings with { Model = "mlp:100-8-5", Objective = new(LossKind.SquaredError) }, data, "run");
        using var model = TrainedModel.Load(_folder["run"], engine: "managed", threads: 1);
        var said = model.Predict(new float[2, 100]);
        Assert.Empty(said.Answers);
        Assert.False(said.AreProbabilities);
        Assert.Equal((2, 5), (said.Outputs.GetLength(0), said.Outputs.GetLength(1)));
    }

    // Sixty samples of three classes, whose first feature has a large offset, which is taken out of the column.
    private float[,] Table(string name)
    {
        var inputs = new float[60, 4];
        var lines = new List<string> { "p,q,r,s,class" };
        for (var n = 0; n < 60; n++)
        {
            (inputs[n, 0], inputs[n, 1], inputs[n, 2], inputs[n, 3]) = (16384 + n % 3, n % 5, 2 * (n % 3) + n % 2, n % 4);
            lines.Add(FormattableString.Invariant($"{inputs[n, 0]},{inputs[n, 1]},{inputs[n, 2]},{inputs[n, 3]},{"abc"[n % 3]}"));
        }
        File.WriteAllLines(_folder[name], lines);
        return inputs;
    }

    private void Train(RunSettings settings, Dataset data, string name)
    {
        using var kernels = Kit.Single();
        using var folder = RunFolder.Create(_folder[name]);
        new Trainer(settings, data.Split(settings.Validation ?? 0, RandomStream.FromSeed(0)), kernels, folder).Run();
    }
}

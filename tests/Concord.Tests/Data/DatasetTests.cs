using Concord.Data;
using Concord.Numerics;

namespace Concord.Tests.Data;

public class DatasetTests
{
    private static float[,] Inputs(int rows)
    {
        var inputs = new float[rows, 2];
        for (var n = 0; n < rows; n++) (inputs[n, 0], inputs[n, 1]) = (n, -n);
        return inputs;
    }

    private static int[] Labels(int rows) => [.. Enumerable.Range(0, rows).Select(n => n % 2)];

    private static int[] Rows(Samples samples) => [.. Enumerable.Range(0, samples.Count).Select(n => (int)samples.Singles(n)[0])];

    [Fact]
    public void OwnDataAreCutIntoTwoPartsByTheSeed()
    {
        var labels = Enumerable.Range(0, 100).Select(n => n % 3).ToArray();
        var data = Dataset.From(Inputs(100), labels, testFraction: 0.25, seed: 7);
        Assert.Equal((75, 25, 3), (data.Train.Count, data.Test.Count, data.Classes.Count));
        Assert.Equal(Enumerable.Range(0, 100), Rows(data.Train).Concat(Rows(data.Test)).Order());
        for (var n = 0; n < 75; n++) Assert.Equal(Rows(data.Train)[n] % 3, data.Train.Labels[n]);
        Assert.Equal(Rows(data.Test), Rows(Dataset.From(Inputs(100), labels, 0.25, 7).Test));
        Assert.NotEqual(Rows(data.Test), Rows(Dataset.From(Inputs(100), labels, 0.25, 8).Test));
    }

    [Fact]
    public void OwnDataMayBringTheirTestPartClassNamesAndShape()
    {
        var data = Dataset.From(Inputs(4), [0, 1, 0, 1], Inputs(2), [2, 0], ["a", "b", "c"], new Shape(1, 1, 2), "mine");
        Assert.Equal("mine: 4 training and 2 test samples of 1x1x2 in 3 classes, given as arrays (unknown: your own data; "
            + "there is nothing to compare with)", data.ToString());
        Assert.Equal([2, 0], data.Test.Labels.ToArray());
    }

    [Fact]
    public void ChangingTheGivenArraysAfterwardsChangesNothing()
    {
        var (inputs, labels) = (Inputs(4), new[] { 0, 1, 0, 1 });
        var data = Dataset.From(inputs, labels, Inputs(1), [1]);
        (inputs[0, 0], labels[0]) = (99, 1);
        Assert.Equal((0f, 0), (data.Train.Singles(0)[0], data.Train.Labels[0]));
    }

    [Fact]
    public void ASplitHasThreePartsWithoutACommonSample()
    {
        var data = Dataset.From(Inputs(100), Labels(100), Inputs(30), Labels(30));
        var split = data.Split(20, RandomStream.FromSeed(1), train: 50, test: 10);
        Assert.Equal("50 train, 20 validation, 10 test", split.ToString());
        Assert.Equal(70, Rows(split.Train).Concat(Rows(split.Validation)).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 10), Rows(split.Test));
        Assert.Equal(Rows(split.Validation), Rows(data.Split(20, RandomStream.FromSeed(1)).Validation));
        Assert.NotEqual(Rows(split.Validation), Rows(data.Split(20, RandomStream.FromSeed(2)).Validation));
    }

    [Fact]
    public void ASplitWithoutValidationIsTheWhole()
    {
        var data = Dataset.From(Inputs(10), Labels(10));
        var split = data.Split(0, RandomStream.FromSeed(1));
        Assert.Same(data.Train, split.Train);
        Assert.Same(data.Test, split.Test);
        Assert.Equal(0, split.Validation.Count);
    }

    [Theory]
    [InlineData(80, null, null)]
    [InlineData(-1, null, null)]
    [InlineData(int.MaxValue, null, null)]
    [InlineData(int.MinValue, null, null)]
    [InlineData(0, 0, null)]
    [InlineData(40, 41, null)]
    [InlineData(10, int.MaxValue, null)]
    [InlineData(10, null, 0)]
    [InlineData(10, null, 21)]
    public void AnImpossibleSplitIsRefused(int validation, int? train, int? test)
    {
        var data = Dataset.From(Inputs(100), Labels(100));
        Assert.Contains("'own data' has",
            Assert.Throws<ConcordException>(() => data.Split(validation, RandomStream.FromSeed(1), train, test)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OwnDataThatCannotBeUsedAreRefusedInPlainWords()
    {
        var holed = Inputs(3);
        holed[1, 1] = float.NaN;
        Refused("3 samples and 2 labels", () => Dataset.From(Inputs(3), [0, 1]));
        Refused("label of sample 1 is -1", () => Dataset.From(Inputs(3), [0, -1, 1]));
        Refused("label of sample 2 is 5, but 0 to 1", () => Dataset.From(Inputs(3), [0, 1, 5], classes: ["a", "b"]));
        Refused("Feature 1 of sample 1 is NaN", () => Dataset.From(holed, [0, 1, 0]));
        Refused("do not make the shape 1x3x3", () => Dataset.From(Inputs(3), [0, 1, 0], shape: new Shape(1, 3, 3)));
        Refused("at least one sample", () => Dataset.From(new float[0, 2], []));
        Refused("at least one sample", () => Dataset.From(new float[2, 0], [0, 1]));
        Refused("has one sample", () => Dataset.From(Inputs(1), [0]));
        Refused("part for the test is 1", () => Dataset.From(Inputs(3), [0, 1, 0], testFraction: 1));
        Refused("part for the test is NaN", () => Dataset.From(Inputs(3), [0, 1, 0], testFraction: double.NaN));
        Refused("every training sample has the class '1', but at least two classes", () => Dataset.From(Inputs(3), [1, 1, 1]));
        Refused("every training sample has the class 'b'", () => Dataset.From(Inputs(2), [1, 1], Inputs(2), [0, 1], ["a", "b"]));
        Refused("A label is 2147483647", () => Dataset.From(Inputs(3), [0, int.MaxValue, 0]));

        static void Refused(string why, Func<Dataset> make) =>
            Assert.Contains(why, Assert.Throws<ConcordException>(make).Message, StringComparison.Ordinal);
    }
}

using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Figures over seeds, against tables of Student's t and sums done by hand.</summary>
public sealed class SeedStatisticTests
{
    [Theory]
    [InlineData(2, double.NaN)]   // too wide to say anything
    [InlineData(3, 4.302653)]
    [InlineData(5, 2.776445)]
    [InlineData(10, 2.262157)]
    [InlineData(31, 2.042272)]
    public void IntervalsAreStudents(int count, double t)
    {
        var statistic = new SeedStatistic([double.NaN, .. Enumerable.Range(0, count).Select(i => (double)i)]);
        Assert.Equal(count, statistic.Count);
        Assert.Equal((count - 1) / 2.0, statistic.Mean, 12);
        Assert.Equal(Math.Sqrt(count * (count + 1) / 12.0), statistic.Std, 12);   // of 0..n-1, dividing by n - 1
        Assert.Equal(t, statistic.HalfWidth95 / statistic.Std * Math.Sqrt(count), 1e-5);
    }

    [Fact]
    public void PairingTakesOutWhatTheSeedDecides()
    {
        var a = new Dictionary<long, double> { [0] = 0.5, [1] = 0.9, [7] = 0.3 };
        var b = new Dictionary<long, double> { [1] = 0.8, [0] = 0.4, [2] = 0.0 };
        var difference = SeedStatistic.PairedDifference(a, b);
        Assert.Equal(2, difference.Count);
        Assert.Equal(0.1, difference.Mean, 12);
        Assert.Equal(0, difference.Std, 12);
        Assert.True(double.IsNaN(new SeedStatistic([0.5]).HalfWidth95));
        Assert.True(double.IsNaN(SeedStatistic.PairedDifference(a, new Dictionary<long, double>()).Mean));
    }
}

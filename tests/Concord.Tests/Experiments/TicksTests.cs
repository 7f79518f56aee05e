using Concord.Experiments.Charts;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Experiments;

/// <summary>Axes over any values: ticks in steps of 1, 2 or 5, in order, within the range, few enough, each named apart.</summary>
public sealed class TicksTests
{
    private static Gen<double> Numbers => from digits in Gen.Choose(-99999, 99999) from power in Gen.Choose(-30, 30)
        select digits * Math.Pow(10, power);

    private static Arbitrary<(double A, double B)> Pairs => (from a in Numbers from b in Gen.OneOf(Numbers, Gen.Constant(a),
        from part in Gen.Choose(1, 100) select a * (1 + part * 1e-6)) select (a, b)).ToArbitrary();

    [Fact]
    public void LinearAxesHoldWhatTheyShow() => Prop.ForAll(Pairs, pair =>
    {
        var axis = Axis.Linear([pair.A, double.NaN, pair.B], 6);
        var values = axis.Marks.Select(mark => mark.Value).ToList();
        return axis.Low <= Math.Min(pair.A, pair.B) && axis.High >= Math.Max(pair.A, pair.B) && axis.Low < axis.High
            && values.Count is >= 2 and <= 9
            && values.All(value => value >= axis.Low - 1e-6 * (axis.High - axis.Low) && value <= axis.High + 1e-6 * (axis.High - axis.Low))
            && axis.Marks.Select(mark => mark.Label).Distinct().Count() == axis.Marks.Count
            && values.Zip(values.Skip(1)).All(next => next.First < next.Second);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void StepsAreOneTwoOrFive() => Prop.ForAll(Pairs, pair =>
    {
        var width = Math.Max(Math.Abs(pair.A - pair.B), 1e-200);
        var step = Ticks.StepFor(width, 6);
        return step.Digit is 1 or 2 or 5 && step.Value >= width / 6 * (1 - 1e-9) && step.Value <= width / 6 * 2.5 * (1 + 1e-9);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void LogarithmicAxesHoldWhatTheyShow() => Prop.ForAll(Pairs, pair =>
    {
        var (a, b) = (Math.Abs(pair.A) + 1e-30, Math.Abs(pair.B) + 1e-30);
        var axis = Axis.Logarithmic([a, b, 0, -1, double.NaN], 6);
        var places = axis.Marks.Select(mark => axis.Position(mark.Value, 0, 100)).ToList();
        return axis.Low <= Math.Min(a, b) && axis.High >= Math.Max(a, b) && places.Count <= 12
            && places.All(place => place is >= 0 and <= 100) && places.Zip(places.Skip(1)).All(next => next.First < next.Second)
            && axis.Position(-5, 0, 100) == 0 && !axis.Holds(0);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void EpochsAreWholeNumbers()
    {
        Assert.Equal(["1", "2", "3"], Axis.Linear([1, 3], 7, round: false, least: 1).Marks.Select(mark => mark.Label));
        Assert.Equal(["0", "20", "40", "60", "80", "100"],
            Axis.Linear([3.2, 97], 6, floor: 0, ceiling: 100).Marks.Select(mark => mark.Label));
        Assert.Equal(["-0.2", "0", "0.2", "0.4"], Axis.Linear([-0.13, 0.37], 4).Marks.Select(mark => mark.Label));
        Assert.Equal(["1.2345e9", "1.23451e9", "1.23452e9"], Axis.Linear([1.2345e9, 1.23452e9], 2).Marks.Select(mark => mark.Label));
        Assert.Equal(["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"], Axis.Logarithmic([1e-5, 1], 6).Marks.Select(mark => mark.Label));
    }

    [Fact]
    public void LabelsKeepTheirDistance() => Prop.ForAll(
        (from count in Gen.Choose(1, 12) from wanted in Gen.ArrayOf(Gen.Choose(46, 260), count) select wanted.Select(place => (double)place)
            .ToArray()).ToArbitrary(),
        wanted =>
        {
            var placed = LabelLayout.Spread(wanted, 15, 46, 260);
            var order = Enumerable.Range(0, wanted.Length).OrderBy(i => placed[i]).ToArray();
            return placed.All(place => place is >= 46 - 1e-9 and <= 260 + 1e-9)
                && order.Zip(order.Skip(1))
                    .All(next => placed[next.Second] - placed[next.First] >= 15 - 1e-9 && wanted[next.First] <= wanted[next.Second]);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void LabelsStayWhereThereIsRoom() => Assert.Equal([50, 100, 65.5, 80.5], LabelLayout.Spread([50, 100, 72, 74], 15, 46, 260));
}

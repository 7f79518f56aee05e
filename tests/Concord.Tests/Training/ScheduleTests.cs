using Concord.Training;

namespace Concord.Tests.Training;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData("constant", 7.5, 1)]
    [InlineData("step:3:0.1", 2.99, 1)]
    [InlineData("step:3:0.1", 3, 0.1)]
    [InlineData("step:3:0.1", 9.5, 0.001)]
    [InlineData("step:3:0.1:2", 2.99, 1)]
    [InlineData("step:3:0.1:2", 3, 0.1)]
    [InlineData("step:3:0.1:2", 4.99, 0.1)]
    [InlineData("step:3:0.1:2", 7.5, 0.001)]
    [InlineData("milestones:2,5,6:0.1", 1.99, 1)]
    [InlineData("milestones:2,5,6:0.1", 2, 0.1)]
    [InlineData("milestones:2,5,6:0.1", 5.5, 0.01)]
    [InlineData("milestones:2,5,6:0.1", 9.5, 0.001)]
    [InlineData("exponential:0.5", 0.9, 1)]
    [InlineData("exponential:0.5", 3.2, 0.125)]
    [InlineData("cosine", 0, 1)]
    [InlineData("cosine", 5, 0.5)]
    [InlineData("cosine", 10, 0)]
    [InlineData("cosine:2", 0.5, 0.25)]
    [InlineData("cosine:2", 2, 1)]
    [InlineData("cosine:2", 6, 0.5)]
    [InlineData("cosine:10", 5, 0.5)]
    [InlineData("cosine:10", 10, 1)]
    public void FactorIsTheFormula(string schedule, double progress, double factor) =>
        Assert.Equal(factor, Schedule.Parse(schedule).FactorAt(progress, 10, PlateauState.Start), 1e-12);

    [Fact]
    public void PlateauWaitsThenFalls()
    {
        var schedule = Schedule.Parse("plateau:0.5:2");
        var state = PlateauState.Start;
        double[] losses = [1, 0.9, 0.9, 0.95, 0.8, 0.85, 0.85, 0.85, 0.85, double.NaN, double.NaN],
            factors = [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.0625];
        foreach (var (loss, factor) in losses.Zip(factors))
        {
            state = schedule.After(state, loss);
            Assert.Equal(factor, schedule.FactorAt(0, 10, state));
        }
        Assert.Equal(0.8, state.Best);
        Assert.Equal(PlateauState.Start, Schedule.Parse("cosine").After(PlateauState.Start, 1));
    }

    [Theory]
    [InlineData("constant")]
    [InlineData("step:30:0.1")]
    [InlineData("step:50:0.1:25")]
    [InlineData("milestones:50,75,89,94:0.25")]
    [InlineData("exponential:0.95")]
    [InlineData("cosine")]
    [InlineData("cosine:2")]
    [InlineData("plateau:0.5:3")]
    public void ParseReadsWhatIsWritten(string schedule)
    {
        Assert.Equal(schedule, Schedule.Parse(schedule).ToString());
        Assert.Equal(Schedule.Parse(schedule), Schedule.Parse(Schedule.Parse(schedule).ToString()));
        Assert.Equal(Schedule.Parse(schedule).GetHashCode(), Schedule.Parse(schedule).GetHashCode());
    }

    [Theory]
    [InlineData("cosin", "Did you mean 'cosine'?")]
    [InlineData("step:3", "step:FIRST:FACTOR:EPOCHS")]
    [InlineData("step:x:0.1", "The option epochs of the schedule")]
    [InlineData("plateau:2:3", "a number above 0 and at most 1")]
    public void MistakesAreExplained(string schedule, string said) =>
        Assert.Contains(said, Assert.Throws<ConcordException>(() => Schedule.Parse(schedule)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("linear")]
    [InlineData("step")]
    [InlineData("step:0:0.1")]
    [InlineData("step:3:0.1:0")]
    [InlineData("step:3:0,1")]
    [InlineData("step:3:0")]
    [InlineData("step:-3:0.1")]
    [InlineData("milestones:0,3:0.1")]
    [InlineData("milestones:5,5:0.1")]
    [InlineData("milestones:5,3:0.1")]
    [InlineData("milestones:3,:0.1")]
    [InlineData("milestones:,3:0.1")]
    [InlineData("milestones::0.1")]
    [InlineData("milestones:3.5:0.1")]
    [InlineData("milestones:3,5:0.1:2")]
    [InlineData("exponential:1.5")]
    [InlineData("exponential:NaN")]
    [InlineData("cosine:1:2")]
    [InlineData("plateau:0.5:0")]
    public void WhatCannotBeReadIsRefused(string schedule) =>
        Assert.Contains($"'{schedule}'", Assert.Throws<ConcordException>(() => Schedule.Parse(schedule)).Message, StringComparison.Ordinal);
}

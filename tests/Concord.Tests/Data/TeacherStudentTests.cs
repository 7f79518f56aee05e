using Concord.Data;
using Concord.Numerics;

namespace Concord.Tests.Data;

/// <summary>Real targets, which stand where samples have no classes, and the teacher that gives them.</summary>
public sealed class TeacherStudentTests
{
    private static readonly Dataset s_data = Dataset.TeacherStudent(400, 50, inputs: 6, hidden: 3, outputs: 2);

    [Fact]
    public void InputsAreNormalAndTargetsAreOneFunctionOfThem()
    {
        var many = Dataset.TeacherStudent(4000, 10, inputs: 3, hidden: 2, outputs: 1).Train;
        for (var input = 0; input < 3; input++)
        {
            double[] values = [.. Enumerable.Range(0, many.Count).Select(row => (double)many.Singles(row)[input])];
            Assert.InRange(values.Average(), -0.07, 0.07);   // four standard errors
            Assert.InRange(values.Average(value => value * value), 0.9, 1.1);
        }
        // V tanh(W x) is odd and bounded, and near 0 where x is
        Assert.InRange(many.TargetVariance(), 1e-3, 2);
        Assert.All(Enumerable.Range(0, many.Count), row => Assert.InRange(many.Targets(row)[0], -6, 6));
        // a sample depends on its number and not on how many there are, and both parts are the work of one teacher
        var fewer = Dataset.TeacherStudent(20, 10, inputs: 6, hidden: 3, outputs: 2);
        Assert.Equal(s_data.Train.Targets(19).ToArray(), fewer.Train.Targets(19).ToArray());
        Assert.Equal(s_data.Train.Singles(19).ToArray(), fewer.Train.Singles(19).ToArray());
        Assert.NotEqual(s_data.Train.Targets(0).ToArray(), Dataset.TeacherStudent(20, 10, 2, 6, 3, 2).Train.Targets(0).ToArray());
    }

    [Fact]
    public void TargetsGoWithTheirSamples()
    {
        var train = s_data.Train;
        var some = train.Subset([7, 3, 11]).Subset([2, 0]);
        Assert.False(some.HasClasses);
        Assert.Equal(train.Targets(11).ToArray(), some.Targets(0).ToArray());
        Assert.Equal(train.Targets(7).ToArray(), some.Targets(1).ToArray());
        Assert.Equal(some.Targets(1).ToArray(), some.WithElements(new float[12]).Targets(1).ToArray());
        var split = s_data.Split(40, RandomStream.FromSeed(3));
        foreach (var part in (Samples[])[split.Train, split.Validation])
            Assert.All(Enumerable.Range(0, part.Count),
                row => Assert.Equal(train.Targets(part.Rows[row]).ToArray(), part.Targets(row).ToArray()));
        // whitened samples keep theirs
        Assert.Equal(split.Train.Targets(5).ToArray(), split.Whitening().Apply(split.Train).Targets(5).ToArray());
    }

    [Fact]
    public void ABatchOfThemIsWhatTheyAreInEitherPrecision()
    {
        var part = s_data.Train.Subset([5, 9, 2]);
        foreach (var kernels in (Kernels[])[Kit.Double(), Kit.Single()])
            using (kernels)
            {
                var t = kernels.Allocate(new(2, 2));
                part.LoadTargets(kernels, [2, 0], t);
                Assert.Equal([.. part.Targets(2), .. part.Targets(0)], Enumerable.Range(0, 4).Select(i => (float)t[i]));
            }
        using var engine = Kit.Double();
        Assert.Throws<InvalidOperationException>(() => Dataset.YinYang(10, 10).Train.LoadTargets(engine, [0], engine.Allocate(new(1, 3))));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.LoadTargets(engine, [3], engine.Allocate(new(1, 2))));
    }

    [Fact]
    public void WhatIsSaidByClassesIsNotSaid()
    {
        Assert.Equal("400 samples of 6 with 2 real targets each", s_data.Train.ToString());
        Assert.Contains("of 6 with 2 real targets each, generated", s_data.ToString(), StringComparison.Ordinal);
        Assert.Empty(s_data.Notes());
        Assert.Empty(s_data.ClassCounts());
        Assert.True(double.IsNaN(Dataset.YinYang(10, 10).Train.TargetVariance()));
    }

    /// <summary>A hash of them tells data apart whose inputs are the same.</summary>
    [Fact]
    public void OtherTargetsAreOtherData()
    {
        float[] elements = [1, 2, 3, 4], targets = [0.5f, -1];
        Samples one = new(new(2), elements, targets, 1), other = new(new(2), elements, [0.5f, -1.5f], 1);
        Assert.Equal(DataHashes.Of(one).Samples, DataHashes.Of(other).Samples);
        Assert.NotEqual(DataHashes.Of(one).Labels, DataHashes.Of(other).Labels);
        Assert.Equal(2.25 / 4, one.TargetVariance(), 12);   // of 0.5 and -1
    }

    [Fact]
    public void ABadOneIsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Samples(new(1), [1f, 2], [1f, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => new Samples(new(1), [1f, 2], [1f, float.NaN], 1));
        Assert.Throws<ArgumentException>(() => new Samples(new(1), [1f, 2], [1f, 2], 0));
        Assert.Contains("teacher-student can be generated with", DataFiles.Refusal(() => Dataset.TeacherStudent(0, 10)),
            StringComparison.Ordinal);
        Assert.Contains("at least one of each", DataFiles.Refusal(() => Dataset.TeacherStudent(inputs: 0)), StringComparison.Ordinal);
    }
}

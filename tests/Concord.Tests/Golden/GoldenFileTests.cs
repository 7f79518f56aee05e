namespace Concord.Tests.Golden;

/// <summary>A golden file holds what was written, and a change is told by its case and its figure.</summary>
public sealed class GoldenFileTests
{
    private static readonly GoldenCase[] s_cases =
    [
        new("first", [new("weights", "1 2 3"), new("moments", "4")]),
        new("second", [new("weights", "1 2 3"), new("moments", "5"), new("feedback", "6")]),
        new("third", [new("weights", "1 2 3"), new("moments", "5")], Like: "second"),
        new("again", [new("weights", "1 2 3"), new("moments", "4")]),
        new("impossible", [new(GoldenCase.Refused, "by its options")]),
        new("impossible, too", [new(GoldenCase.Refused, "by its options")], Like: "impossible"),
        new("like nothing", [new("weights", "7")], Like: "impossible"),
    ];

    [Fact]
    public void WhatWasWrittenIsRead()
    {
        var text = GoldenFile.Write(s_cases);
        Assert.Empty(GoldenFile.Changes(GoldenFile.Read(text), s_cases));
        Assert.Equal("""
            # Written by a test; GoldenFile.cs says how to read it and when to write it anew.
            first
                weights: 1 2 3
                moments: 4
            second
                moments: 5
                feedback: 6
            third = second
                feedback: -
            again = first
            impossible
                refused: by its options
            impossible, too = impossible
            like nothing
                moments: -
                weights: 7

            """.ReplaceLineEndings("\n"), text);
    }

    [Fact]
    public void ChangesNameTheCaseAndTheFigure()
    {
        GoldenCase[] now =
        [
            s_cases[0],
            s_cases[1] with { Lines = [new("weights", "10", was => $"was {was.Length} long"), new("moments", "7"), new("counters", "8")] },
            new("fourth", []),
            s_cases[4] with { Lines = [new("weights", "1")] },
        ];
        Assert.Equal(
            [
                "again: is gone", "second, feedback: is gone, was 6", "second, weights: was 5 long", "second, moments: was 5, is 7",
                "second, counters: is new, 8", "fourth: is new", "impossible, refused: is gone, was by its options",
                "impossible, weights: is new, 1",
            ],
            GoldenFile.Changes([s_cases[0], s_cases[1], s_cases[3], s_cases[4]], now));
    }
}

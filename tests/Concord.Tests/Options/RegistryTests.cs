using Concord.Options;

namespace Concord.Tests.Options;

/// <summary>What is added to a catalogue from outside.</summary>
public sealed class RegistryTests
{
    private static readonly Plugin s_plugin = new("/some/where.dll", "abc");
    private readonly Registry<Entry> _entries = new("rule", [new("dfa", 0)], entry => entry.Name);

    [Fact]
    public void WhatWasAddedStandsAtTheEndAndHasAnOrigin()
    {
        var before = _entries.All;
        _entries.Add(new("mine", 1), s_plugin);
        _entries.Add(new("mine", 1), null);   // the same again
        Assert.Equal(["dfa", "mine"], _entries.All.Select(entry => entry.Name));
        Assert.Single(before);   // who reads a list keeps it
        Assert.Equal(s_plugin, _entries.OriginOf("mine"));
        Assert.Equal((true, false), (_entries.IsForeign("mine"), _entries.IsForeign("dfa")));
    }

    [Theory]
    [InlineData("dfa", "There is a rule 'dfa' already, one of Concord's own")]
    [InlineData("DFA", "There is a rule 'dfa' already, one of Concord's own")]
    [InlineData("theirs", "already, from the plugin '/some/where.dll'")]
    [InlineData("here", "already, which this program registered from another description")]
    [InlineData("fc1=x", "a name is made of letters")]
    [InlineData("", "a name is made of letters")]
    public void NamesThatAreTakenOrNoneAreRefused(string name, string said)
    {
        _entries.Add(new("theirs", 1), s_plugin);
        _entries.Add(new("here", 1), null);
        Assert.Contains(said, Assert.Throws<ConcordException>(() => _entries.Add(new(name, 2), null)).Message, StringComparison.Ordinal);
        Assert.Equal(3, _entries.All.Count);
    }

    [Fact]
    public void ThreadsLoseNothing()
    {
        Parallel.For(0, 200, i => _entries.Add(new(FormattableString.Invariant($"r{i}"), i), null));
        Assert.Equal(201, _entries.All.Distinct().Count());
    }

    private sealed record Entry(string Name, int Number);
}

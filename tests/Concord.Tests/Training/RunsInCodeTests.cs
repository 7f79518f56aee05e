using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Runs whose network and rule a program makes: what no file can make again is refused, and what is given twice.</summary>
public sealed class RunsInCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Kernels _kernels = Engines.Create("managed", 1);
    private readonly RunSettings _settings;
    private readonly DataSplit _data;

    public RunsInCodeTests() => _settings = Settings("own-rule").Split(Dataset.Glyphs(40, 20), out _data);

    public void Dispose()
    {
        _kernels.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void WhatNoFileCanMakeAgainIsRefused()
    {
        using (var place = RunFolder.Create(_folder["run"])) new Trainer(_settings, _data, _kernels, place).Run();
        Assert.Contains("model: in-code", File.ReadAllText(Path.Combine(_folder["run"], SettingsFile.Name)), StringComparison.Ordinal);
        var begun = RunFolder.SettingsOf(_folder["run"]);
        foreach (var attempt in (Action[])
        [
            () => _ = new Trainer(begun, _data, _kernels), begun.Validate, () => SavedNetwork.Open(_folder["run"], _kernels),
        ])
            Assert.Contains("The network and the rule own-rule were made in code", Assert.Throws<ConcordException>(attempt).Message,
                StringComparison.Ordinal);
        Assert.Contains("begun with the rule own-rule, and the Blueprint makes another",
            Assert.Throws<ConcordException>(() => new Trainer(begun with { InCode = Own("another") }, _data, _kernels)).Message,
            StringComparison.Ordinal);
        using var again = RunFolder.Open(_folder["run"]);
        var trainer = new Trainer(begun with { InCode = Own("own-rule") }, _data, _kernels, again, restores: true);
        trainer.Restore();
        Assert.Single(trainer.Run().Epochs);
    }

    [Fact]
    public void SettingsThatWouldHaveNoEffectAreRefused()
    {
        foreach (var settings in (RunSettings[])
        [
            Settings("own") with { Rule = "dfa" }, Settings("own") with { Model = "mlp:784-5-10" },
            Settings("own") with { Freeze = BlockPatterns.Parse("fc1") },
            Settings("own") with { RuleOptions = new Dictionary<string, string> { ["feedback.rank"] = "2" } },
        ])
            Assert.Contains("have no effect", Assert.Throws<ConcordException>(() => new Trainer(settings, _data, _kernels)).Message,
                StringComparison.Ordinal);
    }

    private static RunSettings Settings(string rule) =>
        new() { InCode = Own(rule), Epochs = 1, Batch = 8, Engine = "managed", Threads = 1 };

    private static Blueprint Own(string rule) => new(() => Kit.Network("mlp:784-5-10,tanh"), () => new Named(rule));

    private sealed class Named(string name) : LearningRule
    {
        public override string Name => name;
    }
}

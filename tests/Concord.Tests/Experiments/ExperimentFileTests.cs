using System.Text;
using Concord.Experiments;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Experiments;

/// <summary>What an experiment file says, and what is said about a wrong one.</summary>
public sealed class ExperimentFileTests
{
    private const string Valid = """
        # sparse feedback
        name: sparse
        description: "how many: a test"
        data: glyphs
        model: mlp:784-32-10,tanh
        optimizer: adam
        learningRate: [0.01, 0.002]
        seeds: 3
        rules:
          backprop:
          sparse-dfa:
            feedback: {nonZerosPerNeuron: [1, 3], preset: crafton2019}
            batch: 32
        """;

    [Theory]
    [InlineData("epoch: 3", "here.yaml, line 1: there is no key 'epoch'. Did you mean 'epochs'?")]
    [InlineData("epochs: 3\nlearningrate: 1", "line 2: there is no key 'learningrate'. Did you mean 'learningRate'?")]
    [InlineData("feedback:\n  scale: 1\n  nonZeroPerNeuron: 1", "line 3: there is no key 'feedback.nonZeroPerNeuron'. "
        + "Did you mean 'feedback.nonZerosPerNeuron'?")]
    [InlineData("rules:\n  dfa:\n    epoch: 1", "line 3: there is no key 'epoch'")]
    [InlineData("rules: {dfaa: }", "line 1: There is no rule 'dfaa'. Did you mean 'dfa'?")]
    [InlineData("epochs: 3\nbatch: many", "line 2: The setting batch was given 'many'; it takes a whole number of at least 1.")]
    [InlineData("batch: [32, 0]", "line 1: The setting batch was given '0'; it takes a whole number of at least 1.")]
    [InlineData("learningRate: 0,1", "with a point for decimals")]
    [InlineData("epochs: 3\nlearningRate: [0,01]", "line 2: in the list of 'learningRate' there is '01' after '0,': "
        + "is it 0.01? Decimals are written with a point. If two values are meant, write '0, 1'.")]
    [InlineData("learningRate: [0, 01]", "is it 0.01?")]
    [InlineData("learningRate: [0,5]", "is it 0.5? Decimals are written with a point. If two values are meant, write '0, 5'.")]
    [InlineData("weightDecay: [0,1,0,25]", "is it 0.1?")]
    [InlineData("clipNorm: [0.5, 1,05]", "is it 1.05?")]
    [InlineData("seeds: [0,01]", "in the list of 'seeds' there is '01' after '0,'")]
    [InlineData("rule: wm\nmirror.rate: [0,5]", "in the list of 'mirror.rate' there is '5' after '0,'")]
    [InlineData("rules: {dfa: {feedback: {scale: [0,5]}}}", "in the list of 'feedback.scale'")]
    [InlineData("model: mlp:784-x-10", "line 1: The model 'mlp:784-x-10'")]
    [InlineData("schedule: cosin", "line 1: The schedule 'cosin'")]
    [InlineData("optimizer: adm", "Did you mean 'adam'?")]
    [InlineData("engine: fast", "line 1: The setting engine was given 'fast'")]
    [InlineData("epochs: 1\n\nepochs: 2", "line 3: 'epochs' is given twice, first in line 1.")]
    [InlineData("feedback.scale: 1\nfeedback: {scale: 1}", "line 2: 'scale' is given twice")]
    [InlineData("name: a\nname: b", "line 2: 'name' is given twice")]
    [InlineData("batch: [8, 8]", "line 1: 'batch' has a value twice.")]
    [InlineData("learningRate: [0.1, 0.10]", "is in the grid twice")]
    [InlineData("", "the file has no line 'key: value', so it describes no experiment.")]
    [InlineData("# all of it\n# is remarks\n", "no line 'key: value'")]
    [InlineData("---\n", "here.yaml")]
    [InlineData("{}", "no line 'key: value'")]
    [InlineData("epochs: 1\npretrain: {}", "'pretrain' takes the settings of a run")]
    [InlineData("epochs:", "line 1: 'epochs' has no value.")]
    [InlineData("epochs: []", "line 1: 'epochs' takes a value or a list of values.")]
    [InlineData("seeds: 0", "line 1: 'seeds' was given as '0'")]
    [InlineData("rule: [dfa, DFA]", "line 1: 'rule' has a value twice.")]
    [InlineData("rules: {dfa: , fa: , DFA: }", "line 1: 'DFA' is given twice")]
    [InlineData("seeds: [0, -1]", "line 1: The setting seed was given '-1'; it takes a whole number of at least 0.")]
    [InlineData("seed: -1", "line 1: The setting seed was given '-1'; it takes a whole number of at least 0.")]
    [InlineData("seeds: [0, x]", "line 1: The setting seed was given 'x'")]
    [InlineData("seed: 1\nseeds: 2", "line 2: 'seed' and 'seeds' are both given")]
    [InlineData("rule: dfa\nrules: {fa: }", "line 1: 'rule' and 'rules' are both given")]
    [InlineData("rules: [dfa, fa]", "write 'rule: [dfa, fa]'")]
    [InlineData("rule: [backprop, dfa]\nfeedback.scale: 2", "line 2: the rule backprop takes no options, but 'feedback.scale' is given. "
        + "To give it to other rules alone")]
    [InlineData("rule: fa\nfeedback.preset: unit", "line 2: the rule fa has no such option")]
    [InlineData("rules: {fa: {feedback.preset: unit}}", "Known: feedback.init, feedback.rank, feedback.scale, feedback.shape")]
    [InlineData("rule: dfa\nfeedback.preset: launay2018", "line 2: The option feedback.preset was given 'launay2018'. "
        + "Did you mean 'launay2019'?")]
    [InlineData("preset: tinydfa-mnst", "line 1: there is no preset 'tinydfa-mnst'. Did you mean 'tinydfa-mnist'?")]
    [InlineData("optimizer: rmsprop\nnesterov: true", "Nesterov's step needs SGD")]
    [InlineData("a: &x 1\nb: *x", "line 1: an anchor (&name) stands here")]
    [InlineData("epochs: *x", "line 1: a reference (*name) stands here")]
    [InlineData("epochs: !!int 3", "line 1: a tag (!name) stands here")]
    [InlineData("epochs: 3\n\tbatch: 4", "line 2: the line is indented with a tab")]
    [InlineData("epochs: [3", "this cannot be read as YAML")]
    [InlineData("- epochs", "an experiment file is a list of 'key: value' lines")]
    [InlineData("epochs: 3\n---\nepochs: 4", "a second document begins here")]
    [InlineData("epochs: 3\0", "line 1: there is the character U+0000")]
    [InlineData("seeds: 10000\nlearningRate: [0.1, 0.2]", "more than 10000 cells")]
    public void MistakesNameFileLineAndNearestKey(string text, string says)
    {
        var message = Assert.Throws<ConcordException>(() => ExperimentFile.Parse(text, "here.yaml")).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.StartsWith("here.yaml", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learningRate: [0, 1]")]
    [InlineData("learningRate: [0.0,1]")]
    [InlineData("learningRate: [0,0.1]")]
    [InlineData("learningRate: [0,1e-3]")]
    [InlineData("learningRate: [1,5]")]
    [InlineData("train: [0,100]")]
    [InlineData("seeds: [0,1]")]
    [InlineData("rule: wm\nmirror.steps: [0,5]")]
    public void ListsThatCanBeMeantAreNotQuestioned(string text) => Assert.Equal(2, ExperimentFile.Parse(text, "here.yaml").Cells.Count);

    [Fact]
    public void AGridIsTheProductOfItsLists()
    {
        var file = ExperimentFile.Parse(Valid, "folder/here.yaml");
        Assert.Equal(("sparse", "how many: a test"), (file.Name, file.Description));
        Assert.Equal(2 * 3 + 2 * 2 * 3, file.Cells.Count);
        Assert.Equal("backprop learningRate=0.01 seed=0", file.Cells[0].ToString());
        Assert.Equal("sparse-dfa learningRate=0.002 nonZerosPerNeuron=3 seed=2", file.Cells[^1].ToString());
        Assert.Equal([0, 1, 2], file.Cells.Take(3).Select(cell => cell.Settings.Seed));
        Assert.All(file.Cells, cell => Assert.Equal(OptimizerKind.Adam, cell.Settings.Optimizer.Kind));
        Assert.All(file.Cells, cell =>
            Assert.Equal(cell.Settings.Rule == "backprop" ? (128, 0) : (32, 2), (cell.Settings.Batch, cell.Settings.RuleOptions.Count)));
        Assert.Equal(0, file.Cells[0].Settings.Optimizer.Momentum);   // Adam's usual settings, as on the command line
        Assert.Equal("here", ExperimentFile.Parse("rule: backprop", "folder/here.yaml").Name);
        Assert.Equal(new RunSettings().Write(), Assert.Single(ExperimentFile.Parse("rule: backprop", "here.yaml").Cells).Settings.Write());
    }

    [Fact]
    public void AnOptionHasItsPointsWhereItSaysSomething()
    {
        static string[] Labels(string text) => [.. ExperimentFile.Parse(text, "here.yaml").Cells.Select(cell => cell.Label)];
        Assert.Equal(["dfa projection=exact", "dfa projection=kernel kernel=3", "dfa projection=kernel kernel=5"],
            Labels("rules: {dfa: {feedback.projection: [exact, kernel], feedback.kernel: [3, 5]}}"));
        Assert.Equal(["fbp period=0", "fbp period=5 scheme=random", "fbp period=5 scheme=top-k"],
            Labels("rules: {fbp: {feedback.period: [0, 5], feedback.scheme: [random, top-k]}}"));
        // the preset's
        Assert.DoesNotContain("feedback.kernel", Assert.Single(ExperimentFile.Parse("preset: biotorch-mnist\nrules: {dfa: "
            + "{feedback.projection: exact}}", "here.yaml").Cells).Settings.RuleOptions.Keys);
        Assert.Equal(["dfa projection=kernel kernel=3", "dfa projection=kernel kernel=5", "dfa projection=exact"],
            Labels("rule: dfa\nfeedback.projection: [kernel, exact]\nfeedback.kernel: [3, 5]\nfeedback.dilation: 2"));
        Assert.Equal(["fa init=as-weight start=random", "fa init=xavier-uniform start=random", "fa start=copied"],
            Labels("feedback.init: [as-weight, xavier-uniform]\nrules: {fa: [{feedback.start: random}, {feedback.start: copied}]}"));
        Assert.Equal(["usf", "sn"], Labels("feedback.init: xavier-uniform\nrules: {usf: , sn: }"));   // an option of one of them
        foreach (var kernels in (string[])["[3, 5]", "[5, 3]"])
            Assert.StartsWith("here.yaml, line 2: The option feedback.kernel was given '5', but it has no effect here",
                Assert.Throws<ConcordException>(() => ExperimentFile.Parse($"rule: dfa\nfeedback.kernel: {kernels}", "here.yaml")).Message,
                StringComparison.Ordinal);
        Assert.StartsWith("here.yaml, line 3: The option feedback.kernel was given 'banana'", Assert.Throws<ConcordException>(() =>
            ExperimentFile.Parse("rule: dfa\nfeedback.projection: [exact, kernel]\nfeedback.kernel: [3, banana]", "here.yaml")).Message,
            StringComparison.Ordinal);
        var message = Assert.Throws<ConcordException>(
            () => ExperimentFile.Parse("epochs: 1\nrules:\n  dfa:\n    feedback.kernel: 5", "here.yaml")).Message;
        Assert.Equal("here.yaml, line 4: The option feedback.kernel was given '5', but it has no effect here; "
            + "it applies only with feedback.projection=kernel. Give that, or leave feedback.kernel out.", message);
    }

    [Fact]
    public void ARuleMayHaveSeveralGrids()
    {
        const string Text = "epochs: 1\nrules:\n  backprop:\n  fbp:\n    - {feedback.period: [1, 10]}\n    - {feedback.period: "
            + "1, feedback.scheme: [random, top-k], feedback.fraction: 0.1}\n";
        Assert.Equal(["backprop", "fbp period=1", "fbp period=10", "fbp period=1 scheme=random fraction=0.1",
            "fbp period=1 scheme=top-k fraction=0.1"],
            ExperimentFile.Parse(Text, "here.yaml").Cells.Select(cell => cell.Label));
        Assert.Equal(4, ExperimentFile.Parse(Text, "here.yaml", ["rule=fbp"]).Cells.Count);
        Assert.Equal(4, ExperimentFile.Parse(Text, "here.yaml", ["rule=FBP"]).Cells.Count);
        Assert.Contains("is in the grid twice", Assert.Throws<ConcordException>(
            () => ExperimentFile.Parse("rules: {fbp: [{feedback.period: 1}, {feedback.period: [1, 10]}]}", "here.yaml")).Message,
            StringComparison.Ordinal);
        Assert.Contains("a list of such mappings",
            Assert.Throws<ConcordException>(() => ExperimentFile.Parse("rules: {fbp: [1]}", "here.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void EveryGridHasTheProductOfItsCounts()
    {
        var counts = Gen.Choose(1, 4).ListOf(4).Select(list => list.ToArray());
        Prop.ForAll(counts.ToArbitrary(), count =>
        {
            string Of(int n, Func<int, string> value) => $"[{string.Join(", ", Enumerable.Range(1, n).Select(value))}]";
            var text = $"seeds: {count[0]}\nbatch: {Of(count[1], i => $"{i}")}\nlearningRate: {Of(count[2], i => $"0.{i}")}\nrule: "
                + $"sparse-dfa\nfeedback: {{nonZerosPerNeuron: {Of(count[3], i => $"{i}")}}}";
            var cells = ExperimentFile.Parse(text, "here.yaml").Cells;
            return cells.Count == count.Aggregate((a, b) => a * b)
                && cells.Select(cell => cell.ToString()).Distinct().Count() == cells.Count;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TheCommandLineWinsOverTheFile()
    {
        Assert.Equal(3, ExperimentFile.Parse(Valid, "here.yaml", ["rule=backprop", "learningRate=0.5"]).Cells.Count);
        var file = ExperimentFile.Parse(Valid, "here.yaml", ["batch=4", "seed=7", "feedback.nonZerosPerNeuron=2", "name=other"]);
        Assert.Equal("other", file.Name);
        Assert.Equal(4, file.Cells.Count);
        Assert.All(file.Cells, cell => Assert.Equal((4, 7), (cell.Settings.Batch, cell.Settings.Seed)));
        Assert.Equal("2", file.Cells[^1].Settings.RuleOptions["feedback.nonZerosPerNeuron"]);
        Assert.Equal(2, ExperimentFile.Parse("", "here.yaml", ["rule=[dfa,fa]"]).Cells.Count);
        Assert.Equal("fc1=shallow,fc*=dfa", ExperimentFile.Parse("", "here.yaml", ["rule=fc1=shallow,fc*=dfa"]).Cells[0].Settings.Rule);
        foreach (var (word, says) in new[] { ("epoch=1", "Did you mean 'epochs'?"), ("epochs", "KEY=VALUE is expected"),
            ("epochs=x", "'epochs=x' on the command line"), ("epochs=[1", "cannot be read as YAML") })
            Assert.Contains(says, Assert.Throws<ConcordException>(() => ExperimentFile.Parse(Valid, "here.yaml", [word])).Message,
                StringComparison.Ordinal);
        Assert.Contains("twice",
            Assert.Throws<ConcordException>(() => ExperimentFile.Parse(Valid, "here.yaml", ["epochs=1", "epochs=2"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void PresetsAreDefaults()
    {
        Assert.All(ExperimentPreset.ByName.Values, preset =>
        {
            var cells = ExperimentFile.Parse($"preset: {preset.Name}", "here.yaml").Cells;
            Assert.Contains(cells, cell => cell.Settings.Rule == Comparison.Reference);
            Assert.All(cells,
                cell => Assert.Equal(preset.Name.Contains("cifar", StringComparison.Ordinal) ? "cifar-10" : "mnist", cell.Settings.Data));
            Assert.Contains("20", preset.Source, StringComparison.Ordinal);   // a year
        });
        var crafton = ExperimentFile.Parse("preset: crafton-mnist\nepochs: 2\nrules: {sparse-dfa: {feedback.nonZerosPerNeuron: "
            + "[1, 3]}, drtp: }", "here.yaml").Cells;
        Assert.Equal(["sparse-dfa", "sparse-dfa", "drtp"], crafton.Select(cell => cell.Settings.Rule));
        Assert.All(crafton, cell => Assert.Equal((2, 32, true, 1.0),
            (cell.Settings.Epochs, cell.Settings.Batch, cell.Settings.Optimizer.TensorFlowEpsilon, cell.Settings.Optimizer.Epsilon)));
        Assert.Equal(["1", "3"], crafton.Take(2).Select(cell => cell.Settings.RuleOptions["feedback.nonZerosPerNeuron"]));
        Assert.Equal("crafton2019", crafton[0].Settings.RuleOptions["feedback.preset"]);
        Assert.Empty(crafton[2].Settings.RuleOptions);
    }

    [Fact]
    public void ResolvedSettingsAreAFileOfOneCell()
    {
        var settings =
            from rule in Gen.Elements<string>([.. RuleCatalogue.Names, "fc1=shallow,fc*=sparse-dfa"])
            from optimizer in Gen.Elements(OptimizerSettings.ByName.Values.ToArray())
            from rate in Gen.Choose(1, int.MaxValue).Select(i => 1.0 / i)
            from seed in ArbMap.Default.GeneratorFor<long>().Select(any => any & long.MaxValue)
            from data in Gen.Elements("glyphs", "csv:some where/ä #1.csv#class", "csv:\"quoted\": {x}", "csv:\U0001F600,\u2028'&*!|>%@`",
                "-", "true", "null", "1e5", "~", "[a", "csv:C:\\x")
            from schedule in Gen.Elements("constant", "cosine:2", "plateau:0.5:3", "step:30:0.1")
            from batch in Gen.Choose(1, 1000)
            select (rule, optimizer, rate, seed, data, schedule, batch);
        Prop.ForAll(settings.ToArbitrary(), given =>
        {
            var options = RuleCatalogue.Resolve(given.rule);
            var run = new RunSettings
            {
                Data = given.data, Rule = given.rule, RuleOptions = options.Resolved,
                Optimizer = given.optimizer with { LearningRate = given.rate }, Seed = given.seed,
                Schedule = Schedule.Parse(given.schedule), Batch = given.batch, Validation = 7, Probe = ProbeKind.Gate,
                Engine = "managed", Threads = 1,
            };
            using var folder = new TemporaryFolder();
            using (var hold = RunFolder.Create(folder["run"])) hold.WriteSettings(run.Write(), ["concord train 'a\nb'"]);
            var read = ExperimentFile.Read(Path.Combine(folder["run"], "experiment.yaml")).Cells.Single().Settings;
            var again = RuleCatalogue.Resolve(read.Rule, read.RuleOptions);   // what has no effect was left out
            return (read with { RuleOptions = again.Resolved }).Write().SequenceEqual(run.Write());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void WhateverAFileHoldsOnlyMistakesOfTheUsersComeOut()
    {
        var valid = Encoding.UTF8.GetBytes(Valid);
        string[] snippets = ["&a", "*a", "[", "]", "{", "}", ": ", "- ", "\t", "\n", "'", "\"", "|", ">", "? ", "!!x", "%YAML 1.9\n",
            "---\n", "...\n", "#", "<<: ", "\\x", "@", "`", "\r", "\u0085"];
        var mutated =
            from changes in Gen.Choose(0, int.MaxValue).ListOf(6)
            from snippet in Gen.Elements(snippets)
            from kind in Gen.Choose(0, 3)
            select Mutate(valid, [.. changes], Encoding.UTF8.GetBytes(snippet), kind);
        var files = Gen.Frequency((1, ArbMap.Default.GeneratorFor<byte[]>()), (6, mutated));
        using var folder = new TemporaryFolder();
        var path = folder["file.yaml"];
        Prop.ForAll(files.ToArbitrary(), bytes =>
        {
            File.WriteAllBytes(path, bytes);
            try
            {
                return ExperimentFile.Read(path).Cells.Count > 0;
            }
            catch (ConcordException error)
            {
                return error.Message.Contains("file.yaml", StringComparison.Ordinal);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    }

    private static byte[] Mutate(byte[] valid, int[] changes, byte[] snippet, int kind)
    {
        var at = changes[0] % valid.Length;
        return kind switch
        {
            0 => valid[..at],
            1 => [.. valid[..at], .. snippet, .. valid[at..]],
            2 => [.. valid[..at], .. valid[Math.Min(valid.Length, at + 1 + changes[1] % 12)..]],
            _ => [.. valid.Select((b, i) => changes.Any(change => change % valid.Length == i) ? (byte)(changes[2] >> (i % 8)) : b)],
        };
    }

    [Theory]
    [InlineData("bomb")]
    [InlineData("deep")]
    [InlineData("blocks")]
    [InlineData("wide")]
    [InlineData("large")]
    [InlineData("key")]
    public void ABombDoesNotGoOff(string kind)
    {
        var text = kind switch
        {
            "bomb" => "a: &a [1,1,1,1,1,1,1,1]\n" + string.Concat(Enumerable.Range(1, 9).Select(
                i => $"{(char)('a' + i)}: &{(char)('a' + i)} [{string.Join(',', Enumerable.Repeat($"*{(char)('a' + i - 1)}", 8))}]\n")),
            "deep" => "epochs: " + new string('[', 500_000),
            "blocks" => string.Concat(Enumerable.Repeat("- ", 200_000)),
            "wide" => "epochs: [" + string.Join(',', Enumerable.Range(0, 100_000)) + "]",
            "large" => "# " + new string('x', 1 << 20),
            _ => new string('k', 900_000) + ": 1",
        };
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["bomb.yaml"], text);
        Assert.Throws<ConcordException>(() => ExperimentFile.Read(folder["bomb.yaml"]));
    }

    [Fact]
    public void FilesThatAreNoneAreRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["latin.yaml"], [(byte)'a', 0xE4, (byte)':']);
        foreach (var (path, says) in new[] { ("nowhere.yaml", "no such file"), (".", "folder"), ("latin.yaml", "UTF-8") })
            Assert.Contains(says, Assert.Throws<ConcordException>(() => ExperimentFile.Read(folder[path])).Message,
                StringComparison.Ordinal);
    }
}

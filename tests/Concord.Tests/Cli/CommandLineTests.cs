using System.Globalization;
using System.Text.Json;
using Concord.Cost;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Options;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>What the program says, to people and to programs, and how it ends.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Theory]
    [InlineData("report run --bogus")]
    [InlineData("report run --oot page.html", "Did you mean '--out'?")]
    [InlineData("robustness run --bogus")]
    [InlineData("similarity run --bogus")]
    [InlineData("export run --bogus")]
    [InlineData("predict run --bogus")]
    [InlineData("stability --bogus")]
    [InlineData("train --bogus")]
    [InlineData("sweep file.yaml --bogus")]
    public void AMistypedOptionIsNoFolderAndNoFile(string words, string said = "has no option '--bogus'")
    {
        Directory.CreateDirectory(_concord["run"]);
        var refused = _concord.Run(words);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(said, refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_concord["run"]));
        Assert.Equal("table.csv", Assert.Single(Directory.GetFiles(_concord.Folder).Select(Path.GetFileName)));
    }

    [Fact]
    public void CostComparesWithBackpropagation()
    {
        var people = _concord.Run("cost --model mlp:3-5-4-2 --rule sparse-dfa --set feedback.nonZerosPerNeuron=2 --batch 7");
        Assert.Equal(0, people.ExitCode);
        Assert.Contains("\nbackprop ", people.Out, StringComparison.Ordinal);
        Assert.Contains("Where sparse-dfa does its work", people.Out, StringComparison.Ordinal);

        var rules =
            _concord.Run("cost --model mlp:3-5-4-2 --rule dfa,sparse-dfa,fa --set feedback.nonZerosPerNeuron=2 --batch 7 --json").Events;
        Assert.Equal(["backprop", "dfa", "sparse-dfa", "fa"], rules.Select(rule => rule.GetProperty("rule").GetString()));
        long[] error = [7 * (20 + 8), 7 * 9 * 2, 7 * 9 * 2, 7 * (20 + 8)];
        Assert.Equal(error, rules.Select(rule => rule.GetProperty("errorPhase").GetProperty("multiplyAccumulates").GetInt64()));
    }

    // On every machine: what it would take is planned, and nothing is computed.
    [Fact]
    public void CostCountsBytesInBfloat16()
    {
        var people = _concord.Run("cost --model mlp:6-5-3 --rule dfa --batch 4 --precision bf16");
        Assert.Equal(0, people.ExitCode);
        Assert.Contains("\nBytes read and written, by phase, with products' operands in bf16\n", people.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("bf16", _concord.Run("cost --model mlp:6-5-3 --rule dfa --batch 4").Out, StringComparison.Ordinal);

        var narrow = _concord.Run("cost --model mlp:6-5-3 --rule dfa --batch 4 --precision bf16 --json").Events[0].GetProperty("bf16");
        var cost = RuleCost.Of("mlp:6-5-3", "backprop", 4, precision: Precision.Bfloat16);
        Assert.Equal(cost.Of(StepPart.WholeStep).Bytes, narrow.GetProperty("stepBytes").GetInt64());
        Assert.Equal(cost.Memory.CopyBytes, narrow.GetProperty("memoryBytes").GetInt64());
        Assert.Equal(cost.Of(StepPart.WholeStep).Bytes,
            narrow.GetProperty("breakdown").EnumerateArray().Sum(place => place.GetProperty("bytes").GetInt64()));
        var wide = _concord.Run("cost --model mlp:6-5-3 --rule dfa --batch 4 --json").Events[0];
        Assert.False(wide.TryGetProperty("bf16", out _));
    }

    [Theory]
    [InlineData("trian", "Did you mean 'train'?")]
    [InlineData("bogus --json", "There is no command 'bogus'")]
    [InlineData("train --epoch 3", "Did you mean '--epochs'?")]
    [InlineData("train --epochs", "--epochs")]
    [InlineData("compare extra", "'extra' is more than concord compare takes")]
    [InlineData("train --rule dfaa", "Did you mean 'dfa'?")]
    [InlineData("train --rule dfa --set feedback.presett=unit", "Did you mean 'feedback.preset'?")]
    [InlineData("train --rule dfa --set feedback.preset", "KEY=VALUE")]
    [InlineData("train --optimizer adm", "Did you mean 'adam'?")]
    [InlineData("train --schedule cosin", "cosine:WARMUP")]
    [InlineData("train --learning-rate -1", "at least 0")]
    [InlineData("train --learning-rate 0,1", "a point for decimals")]
    [InlineData("train --seeds 0,01", "there is '01' after '0,'")]
    [InlineData("robustness nowhere --epsilon 0,05", "is it 0.05?")]
    [InlineData("robustness nowhere --epsilon 0,5", "is it 0.5?")]
    [InlineData("bench --batch 1,08", "there is '08' after '1,'")]
    [InlineData("train --train 65 --validation 0 --schedule plateau:0.5:2", "plateau:0.5:2 lowers the learning rate by the loss on "
        + "validation samples, and there are none")]
    [InlineData("train --data csv:table.csv --validation 0 --schedule plateau:0.5:2 --model mlp:4-3", "Give --validation a number above 0")]
    [InlineData("compare --tune --validation 0", "give --validation a number above 0")]
    [InlineData("train --rule fcl=shallow,fc*=dfa", "names 'fcl', and there is no such block in the network. Did you mean 'fc1'?")]
    [InlineData("cost --rule fcl=dfa,fc*=fa", "Did you mean 'fc1'?")]
    [InlineData("model show lenet --rule cnv1=shallow,*=dfa", "Did you mean 'conv1'?")]
    [InlineData("train --freeze fcl", "The setting freeze names 'fcl', and there is no such block in the network. Did you mean 'fc1'?")]
    [InlineData("model show mlp:784-20-10,mask.fcl=0.1", "names 'fcl', and there is no such block among its dense ones. "
        + "Did you mean 'fc1'?")]
    [InlineData("train --batch 0", "a whole number of at least 1")]
    [InlineData("train --model mlp:784-0-10", "the width '0'")]
    [InlineData("train --model mlp:784-99999999-10", "the width '99999999'")]
    [InlineData("train --data mnist", "mnist")]
    [InlineData("train --data csv:nothing.csv", "nothing.csv")]
    [InlineData("train --data-root nowhere --data mnist", "nowhere")]
    [InlineData("train --data csv:table.csv --model mlp:5-3", "takes 5 inputs")]
    [InlineData("train --data csv:table.csv --validation 500", "cannot be taken from them")]
    [InlineData("train --data csv:table.csv --engine fast", "The setting engine was given 'fast'")]
    [InlineData("train --data csv:table.csv --threads 9999", "9999")]
    [InlineData("train --data csv:table.csv --rule kolen-pollack --weight-decay 0.1", "--decoupled-decay")]
    [InlineData("train --data csv:table.csv --seeds 0", "--seeds", "seeds were given as '0'")]
    [InlineData("train --data csv:table.csv --seeds 1,1", "twice")]
    [InlineData("compare --rules dfa,dff", "Did you mean 'dfa'?")]
    [InlineData("train --data cifar10", "Did you mean 'cifar-10'?")]
    [InlineData("train --model resnet20", "Did you mean 'resnet-20'?")]
    [InlineData("train --model mpl:784-20-10,tanh", "Did you mean 'mlp:784-20-10,tanh'?")]
    [InlineData("compare --rules dfa --set feedback.presett=unit", "Did you mean 'feedback.preset'?")]
    [InlineData("compare --rules dfa --set feedback.kernel=5", "it applies only with feedback.projection=kernel")]
    [InlineData("compare --rules dfa --set feedback.rank=50", "choose 1 to 10")]
    [InlineData("train --train 65 --model mlp:784-5-10,batchnorm --batch 1", "Choose a --batch of 2 or more")]
    [InlineData("compare --rules fa --set feedback.init=nonsense", "feedback.init was given 'nonsense'")]
    [InlineData("model show lenet --rule dfa --set feedback.projection=kernel --set feedback.kernel=400001",
        "Use a smaller feedback.kernel")]
    [InlineData("model show lenet --rul dfa", "See concord model show --help")]
    [InlineData("train --train 65 --model mlp:784-5-10,batchnorm --batch 64", "end in one of 1")]
    [InlineData("robustness nowhere --samples -3", "--samples was given -3")]
    [InlineData("similarity nowhere here --samples -3", "--samples was given -3")]
    [InlineData("stability --rule dfa", "The option --rule takes a network: give --model, or a run's folder.")]
    [InlineData("stability nowhere", "There is no folder 'nowhere'")]
    [InlineData("stability nowhere --model mlp:4-3", "The option --model has no effect on a run")]
    [InlineData("stability --on test", "The option --on takes a run: give its folder.")]
    [InlineData("stability --model mlp:4-8-3 --samples 0", "--samples was given 0")]
    [InlineData("stability --model mlp:4-8-3 --data csv:table.csv --samples 200", "600 errors; at most 500 can be looked at")]
    [InlineData("stability --model mlp:4-8-3 --data csv:table.csv --samples 100", "100 samples were asked for")]
    [InlineData("stability --model mlp:4-8-3 --data csv:table.csv --rule sign-dfa", "The rule sign-dfa has no kernel")]
    [InlineData("stability --model mlp:5-8-3 --data csv:table.csv", "takes 5 inputs")]
    [InlineData("stability --model mlp:4-8-3 --data csv:table.csv --rule dff --json", "Did you mean 'dfa'?")]
    [InlineData("variance --draws 5", "5 draws were asked for; it takes at least 20")]
    [InlineData("variance --batch 99 --samples 50", "A batch of 99 of 50 samples was asked for")]
    [InlineData("variance --rules fdfa,dff --json", "Did you mean 'dfa'?")]
    [InlineData("variance --set feedback.ratee=1", "Did you mean 'feedback.rate'?")]
    [InlineData("variance --checkpoint best", "The option --checkpoint takes a run: give its folder.")]
    [InlineData("variance --model mlp:784-10 --draws 20", "has no hidden layer that learns")]
    [InlineData("variance nowhere --seed 1", "The option --seed has no effect on a run")]
    [InlineData("resume nowhere --epochs many", "--epochs was given 'many'; it takes a whole number")]
    [InlineData("train --seed -1", "--seed was given '-1'; it takes a whole number of at least 0. Several seeds are --seeds 0,1,2.")]
    [InlineData("compare --seeds 0,-1", "The seeds were given as '0,-1'; they take")]
    [InlineData("variance --seed -1", "seed was given '-1'; it takes a whole number of at least 0")]
    [InlineData("stability --model mlp:4-8-3 --seed -1", "seed was given '-1'; it takes a whole number of at least 0")]
    [InlineData("robustness nowhere --seed -1", "--seed was given '-1'; it takes a whole number of at least 0")]
    [InlineData("robustness nowhere --seed 1.5", "--seed was given '1.5'; it takes a whole number")]
    [InlineData("reproduce lighton-mnist --jobs two", "--jobs was given 'two'; it takes a whole number")]
    [InlineData("resume nowhere", "There is no folder 'nowhere'")]
    [InlineData("evaluate nowhere", "There is no folder 'nowhere'")]
    [InlineData("evaluate nowhere --on tset", "Did you mean 'test'?")]
    [InlineData("data verify nope", "There is no data set 'nope'")]
    [InlineData("data veirfy glyphs", "Did you mean 'verify'?")]
    [InlineData("train --data csv:table.csv --optimizer moun", "Did you mean 'muon'?")]
    [InlineData("train --data csv:table.csv --rule kolen-pollack --keep-signs", "--constrain-weights")]
    [InlineData("train --data csv:table.csv --signed both", "of the optimizer 'manhattan' alone")]
    [InlineData("train --data csv:table.csv --normalize-incoming unit --constrain-weights", "choose one")]
    [InlineData("rules nope", "There is no rule 'nope'")]
    [InlineData("rules dfa,fa", "'dfa,fa' names 2 rules, and one is taken here")]
    [InlineData("train --rule dfa,fa", "'dfa,fa' names 2 rules, and a run has one. To train several side by side: "
        + "concord compare --rules dfa,fa; in an experiment file: rule: [dfa, fa].")]
    [InlineData("model show lenet --rule dfa,fa", "concord compare --rules dfa,fa")]
    [InlineData("train --rule all", "concord compare --rules all")]
    [InlineData("compare --rules fc1=dfa,*=fa", "concord train --rule 'fc1=dfa,*=fa'")]
    [InlineData("compare --rules dfa,all", "Write 'all' by itself")]
    [InlineData("cost --rule dfa,all", "Write 'all' by itself")]
    [InlineData("train --optimizer sgd,adam", "'sgd,adam' names 2 optimizers, and one is taken here")]
    [InlineData("train --data glyphs,mnist", "'glyphs,mnist' names 2 data sets, and one is taken here")]
    [InlineData("cost --model lenet,vgg-16", "'lenet,vgg-16' names 2 models, and one is taken here")]
    [InlineData("model layers dens", "Did you mean 'dense'?")]
    [InlineData("cost --rule dff", "Did you mean 'dfa'?")]
    [InlineData("cost --rule backprop,dfa --set feedback.presett=unit", "Did you mean 'feedback.preset'?")]
    [InlineData("cost --batch 0", "--batch was given '0'")]
    [InlineData("cost --parts 9", "choose 1 to 3")]
    [InlineData("cost --freeze conv*", "names 'conv*'")]
    [InlineData("model show lenet --freeze ,", "The blocks ',' cannot be read")]
    [InlineData("cost --technology horowitz-srem", "Did you mean 'horowitz-sram'?")]
    [InlineData("cost --model mlp:1000000-1000000-10", "1,000,000,000,000 numbers")]
    [InlineData("bench --batch 0", "--batch was given '0'")]
    [InlineData("model show lenett", "Did you mean 'lenet'?")]
    [InlineData("model show vgg-16 --data mnist", "takes images of 3x224x224")]
    [InlineData("model show lenet --rule dff", "Did you mean 'dfa'?")]
    [InlineData("model show lenet --batch 0", "given as 0")]
    [InlineData("model lsit", "Did you mean 'list'?")]
    [InlineData("cost --model lenet --data nope", "There is no data set 'nope'")]
    [InlineData("train --data csv:table.csv --model lenet", "the data have samples of 4")]
    [InlineData("train --model cnn:1x28x28-c6k5-p2-c16k5-p2-c120k5-84-10", "conv3 has a window 5x5, which does not fit an image of 4x4: "
        + "it needs 5x5 at least")]
    [InlineData("train --model cnn:3x28x28-c6k5-gap-10", "takes 2352 inputs")]
    [InlineData("train --model cnn:1x28x28-c1000000k3p1-gap-10", "The output of conv1 for a batch of 128 would have 128x28x28x1,000,000 "
        + "numbers, 401.408 GB, which does not fit")]
    [InlineData("train --model cnn:1x28x28-c20000k3-c10000k3-gap-10", "The weight conv2.weight would have 3x3x20,000x10,000 numbers, "
        + "7.2 GB, which does not fit: a tensor holds at most 2.147 GB")]
    [InlineData("train --model cnn:1x28x28-c1k3p2000-gap-10",
        "The output of conv1 for a batch of 128 would have 128x4,026x4,026x1 numbers")]
    [InlineData("train --model mlp:784-30000-30000-10 --batch 1", "The weight fc2.weight would have 30,000x30,000 numbers, 3.6 GB")]
    [InlineData("cost --model cnn:1x28x28-c1000000k3p1-gap-10", "A batch of 64 at a width of 784000000 is more than a tensor holds")]
    public void MistakesAreOneLineAndExitCodeTwo(string words, params string[] said)
    {
        var result = _concord.Run(words);
        Assert.Equal(2, result.ExitCode);
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(said[^1], line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_concord["runs"]));
        if (words.Contains("--json", StringComparison.Ordinal)) Assert.Equal(2, result.Event("error").GetProperty("exitCode").GetInt32());
        else Assert.DoesNotContain("Usage", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void NoWordsShowTheFirstSteps()
    {
        var result = _concord.Run("");
        Assert.Equal(0, result.ExitCode);
        Assert.True(result.Out.Split('\n').Count(line => line.StartsWith("  concord ", StringComparison.Ordinal)) >= 4, result.Out);
    }

    /// <summary>A screen is 30 lines of 80 characters: the list of commands, and what a newcomer is told, are seen as a whole.</summary>
    [Theory]
    [InlineData("--help")]
    [InlineData("")]
    public void WhatIsSeenFirstFitsAScreen(string words)
    {
        var lines = _concord.Run(words, ("COLUMNS", "80")).Out.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 8, 30);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [InlineData("--help", "compare")]
    [InlineData("train --help", "Examples:")]
    [InlineData("compare --help", "--tune")]
    [InlineData("--version", "0.")]
    [InlineData("rules", "kolen-pollack")]
    [InlineData("rules dfa", "feedback.preset = nokland2016")]
    [InlineData("data", "glyphs")]
    [InlineData("model list", "resnet-20")]
    [InlineData("model show lenet --data cifar-10 --rule dfa", "cnn:3x32x32-c32k3-p2-c64k3-p2-c128k3-gap-256-10,init=xavier-uniform")]
    [InlineData("model show cnn:1x6x6-c3k3p1-r4s2-gap-3,batchnorm", "unit1.shortcut.1.weight")]
    [InlineData("cost --model lenet --data cifar-10 --rule dfa --batch 1", "5,107,584")]
    [InlineData("cost --model lenet --data cifar-10 --freeze conv* --rule dfa --batch 1", "5,145,472")]
    [InlineData("model show lenet --data cifar-10 --freeze conv*", "none: frozen")]
    public void AnswersAreToTheQuestion(string words, string said)
    {
        var result = _concord.Run(words);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(said, result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Concord.Cli", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Out);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void RulesAreListedForPrograms() =>
        Assert.Equal(RuleCatalogue.Names, _concord.Run("rules --json").Events.Select(line => line.GetProperty("name").GetString()!));

    [Fact]
    public void RulesOptionsAreExplainedForPrograms()
    {
        var rule = _concord.Run("rules dfa --json").Event("rule");
        Assert.Equal("nokland2016", rule.GetProperty("options").GetProperty("feedback.preset").GetString());
        AssertDeclared(RuleCatalogue.Find("dfa").Options, rule);
    }

    [Fact]
    public void LayersAreListedWithTheirOptions()
    {
        var layers = _concord.Run("model layers --json").Events;
        Assert.Equal(LayerKind.All.Select(kind => kind.Name), layers.Select(line => line.GetProperty("name").GetString()!));
        foreach (var (kind, line) in LayerKind.All.Zip(layers)) AssertDeclared(kind.Options, line);
        var people = _concord.Run("model layers dense").Out;
        Assert.Contains("units (must be given)", people, StringComparison.Ordinal);
        Assert.Contains("Applies only with mask.", people, StringComparison.Ordinal);
        Assert.DoesNotContain("convolution", people, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsOfModelStringsAreListed()
    {
        var ofModels = _concord.Run("model options --json").Events;
        AssertDeclared(ModelOptions.Declared, ofModels[0]);
        AssertDeclared(RecurrentModel.Declared, ofModels[1]);
        AssertDeclared(ClockedModel.Declared, ofModels[2]);
        AssertDeclared(CircuitModel.Declared, ofModels[3]);
        AssertDeclared(SpikingOptions.Declared, ofModels[4]);
        Assert.Contains("no-bias = false", _concord.Run("model options").Out, StringComparison.Ordinal);
    }

    private static void AssertDeclared(IReadOnlyList<Option> options, JsonElement line)
    {
        var defaults = OptionValues.Defaults(options);
        Assert.Equal(
            options.Select(
                option => (option.Key, option.IsRequired ? null : defaults[option.Key], option.Meaning, option.Values, option.Needs)),
            line.GetProperty("declared").EnumerateArray().Select(declared => (declared.GetProperty("key").GetString()!,
                declared.GetProperty("default").GetString(), declared.GetProperty("meaning").GetString()!,
                declared.GetProperty("values").GetString()!, declared.GetProperty("appliesWith").GetString())));
    }

    [Fact]
    public void ModelsAreListedAndShownForPrograms()
    {
        Assert.Equal(ModelCatalogue.Names, _concord.Run("model list --json").Events.Select(line => line.GetProperty("name").GetString()!));
        var shown = _concord.Run("model show lenet --data cifar-10 --rule fa --batch 32 --json").Event("model");
        Assert.Equal(128_842, shown.GetProperty("parameters").GetInt64());
        Assert.Equal(5_107_584, shown.GetProperty("forwardMultiplyAccumulates").GetInt64());
        Assert.Equal("conv1.weight 32x3x3x3",
            $"{shown.GetProperty("weights")[0].GetProperty("name")} {shown.GetProperty("weights")[0].GetProperty("shape")}");
        Assert.Equal("32x15x15", shown.GetProperty("layers")[2].GetProperty("output").GetString());
        Assert.Equal(64 * 32 * 9 + 128 * 64 * 9 + 256 * 128 + 10 * 256,
            shown.GetProperty("memoryWords").GetProperty("feedback").GetInt64());
        Assert.Equal(32, shown.GetProperty("batch").GetInt32());
    }

    [Fact]
    public void AConvolutionalNetworkIsComparedByItsName()
    {
        var result = _concord.Run("compare --model lenet --rules dfa --seeds 1 --epochs 1 --train 96 --validation 32 --test 32 --batch 32 "
            + "--engine managed --threads 1 --out runs --json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["backprop", "dfa", "shallow"], result.Events.Where(line => line.GetProperty("event").GetString() == "result")
            .Select(line => line.GetProperty("rule").GetString()!));
        Assert.Contains("model: \"cnn:1x28x28-c6k5p2-p2-c16k5-p2-c120k5-84-10,init=xavier-uniform\"",
            File.ReadAllText(Path.Combine(_concord["runs"], "dfa", "seed-0", "experiment.yaml")), StringComparison.Ordinal);
        Assert.Contains("optimizer: adam", File.ReadAllText(Path.Combine(_concord["runs"], "dfa", "seed-0", "experiment.yaml")),
            StringComparison.Ordinal);
        Assert.All(result.Events.Where(line => line.GetProperty("event").GetString() == "result"),
            line => Assert.Equal(2, line.GetProperty("tuned").GetArrayLength()));
        Assert.DoesNotContain("tuned", _concord.Run("compare --model lenet --rules dfa --learning-rate 0.001 --seeds 1 --epochs 1 --train "
            + "32 --validation 32 --test 32 --batch 32 --engine managed --threads 1 --json").Out, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("evaluate runs/dfa/seed-0").ExitCode);
    }

    [Theory]
    [InlineData("DOTNET_EnableHWIntrinsic", "0")]
    [InlineData("DOTNET_EnableAVX2", "0")]
    [InlineData("DOTNET_EnableAVX512", "0")]
    [InlineData("DOTNET_gcServer", "0")]
    public void ArithmeticIsSoundWhateverTheProcessorHas(string variable, string value)
    {
        foreach (var engine in (string[])["managed", "auto"])
        {
            var result = _concord.Run($"doctor --json --engine {engine}", (variable, value));
            Assert.True(result.ExitCode == 0, result.Error + result.Out);
            var doctor = result.Event("doctor");
            Assert.True(doctor.GetProperty("arithmeticOk").GetBoolean());
            var flushed = doctor.GetProperty("denormalsFlushed").GetBoolean();
            if (OperatingSystem.IsLinux()) Assert.True(flushed);
            Assert.Contains(flushed ? "flushed to zero on" : "NOT", doctor.GetProperty("findings").GetProperty("denormals").GetString(),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TheBenchTimesStepsEarlyAndLate()
    {
        var result = _concord.Run("bench --quick --model mlp:20-30-5 --batch 8,2 --threads 1 --engine managed --json");
        Assert.True(result.ExitCode == 0, result.Error);
        var ages = result.Events.Where(line => line.GetProperty("event").GetString() == "age").ToList();
        Assert.Equal(["backprop sgd", "dfa sgd", "backprop adam", "dfa adam"],
            ages.Select(line => $"{line.GetProperty("rule")} {line.GetProperty("optimizer")}"));
        Assert.All(ages, line =>
        {
            Assert.Equal(2, line.GetProperty("batch").GetInt32());
            double young = line.GetProperty("youngSeconds").GetDouble(), old = line.GetProperty("oldSeconds").GetDouble();
            Assert.True(young > 0 && old > 0 && line.GetProperty("withoutDenormalsSeconds").GetDouble() > 0);
            Assert.Equal(old / young, line.GetProperty("ratio").GetDouble(), 1e-9);
        });
    }

    [Fact]
    public void AHiddenLibraryIsNamedAndReplaced()
    {
        var result = _concord.Run("doctor --json", ("CONCORD_DNNL", "none"));
        Assert.Equal("managed", result.Event("doctor").GetProperty("engine").GetString());
        Assert.Contains("apt-get install", result.Event("doctor").GetProperty("findings").GetProperty("oneDNN").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingTellsProgramsEverything()
    {
        var result = _concord.Run(ConcordProgram.SmallRun("run") + " --seeds 2 --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["start", "epoch", "epoch", "epoch", "epoch", "epoch", "epoch", "result"],
            result.Events.Select(line => line.GetProperty("event").GetString()));
        var start = result.Event("start");
        foreach (var key in (string[])["engine", "threads", "data", "model", "settings"])
            Assert.True(start.TryGetProperty(key, out _), key);
        var epoch = result.Events[1];
        foreach (var key in (string[])["seed", "epoch", "trainLoss", "trainAccuracy", "validationAccuracy", "alignment", "seconds"])
            Assert.True(epoch.TryGetProperty(key, out _), key);
        var sum = result.Event("result");
        Assert.Equal("brsf", sum.GetProperty("rule").GetString());
        Assert.Equal("csv:table.csv", sum.GetProperty("data").GetString());
        Assert.Equal("run", sum.GetProperty("run").GetString());
        Assert.Equal([0L, 1L], sum.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetInt64()));
        foreach (var key in (string[])["testAccuracy", "validationAccuracy"])
        {
            var accuracy = sum.GetProperty(key);
            var values = accuracy.GetProperty("values").EnumerateArray().Select(value => value.GetDouble()).ToArray();
            Assert.All(values, value => Assert.InRange(value, 0, 1));
            Assert.Equal(values.Average(), accuracy.GetProperty("mean").GetDouble(), 12);
            Assert.Equal(Math.Abs(values[0] - values[1]) / Math.Sqrt(2), accuracy.GetProperty("std").GetDouble(), 12);   // n - 1
        }
        Assert.Equal(["fc1", "fc2"], sum.GetProperty("alignment").EnumerateArray().Select(port => port.GetProperty("port").GetString()));
        var macs = sum.GetProperty("macsPerSample");
        Assert.Equal(4 * 12 + 12 * 8 + 8 * 3, macs.GetProperty("forward").GetDouble());
        Assert.Equal(12 * 8 + 8 * 3, macs.GetProperty("error").GetDouble());
        foreach (var key in (string[])["weightGradient", "adaptation", "extraForward", "probe"])
            Assert.True(macs.TryGetProperty(key, out _), key);
        foreach (var key in (string[])["samplesPerSecond", "secondsPerEpoch"]) Assert.True(sum.GetProperty(key).GetDouble() > 0, key);
        Assert.Contains("test accuracy", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ComparingPutsReferenceAndControlBeside()
    {
        var result = _concord.Run("compare --rules dfa --data csv:table.csv --epochs 2 --batch 8 --seeds 2 --validation 12 --engine "
            + "managed --threads 1 --json --tune --out kept");
        Assert.True(result.ExitCode == 0, result.Error);
        var results = result.Events.Where(line => line.GetProperty("event").GetString() == "result").ToList();
        Assert.Equal(["backprop", "dfa", "shallow"], results.Select(line => line.GetProperty("rule").GetString()));
        Assert.All(results, line => Assert.Equal(Comparison.UsualFactors.Count, line.GetProperty("tuned").GetArrayLength()));
        Assert.True(File.Exists(Path.Combine(_concord["kept"], "dfa", "seed-1", "summary.json")));
        Assert.Contains("shallow", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsMovedToFeedbackIsReported()
    {
        var result = _concord.Run("compare --rules fbp,fa --data csv:table.csv --model mlp:4-12-8-3 --epochs 2 --batch 8 --seeds 1 "
            + "--engine managed --threads 1 --json --out moved");
        Assert.True(result.ExitCode == 0, result.Error);
        var rules = result.Events.Where(line => line.GetProperty("event").GetString() == "result")
            .ToDictionary(line => line.GetProperty("rule").GetString()!, line => line.GetProperty("transport"));
        Assert.Equal(12 * 8 + 8 * 3, rules["backprop"].GetProperty("weightsPerStep").GetDouble());
        Assert.Equal(4 * (12 * 8 + 8 * 3), rules["backprop"].GetProperty("bytesPerStep").GetDouble());
        Assert.Equal(1, rules["backprop"].GetProperty("reduction").GetDouble());
        Assert.Equal(0, rules["fa"].GetProperty("weightsPerStep").GetDouble());
        Assert.Equal(JsonValueKind.Null, rules["fa"].GetProperty("reduction").ValueKind);
        Assert.Equal(2, rules["fbp"].GetProperty("connections").GetArrayLength());
        var run = _concord.Run("train --rule fbp --set feedback.period=2 --set feedback.scheme=top-k --set feedback.fraction=0.5 --data "
            + "csv:table.csv --model mlp:4-12-8-3 --epochs 2 --batch 8 --engine managed --threads 1 --out half");
        Assert.Contains("times fewer than backprop", run.Out + run.Error, StringComparison.Ordinal);
        Assert.Contains(": as many as backprop, 32 times fewer bytes.", _concord.Run("compare --rules usf --data csv:table.csv --model "
            + "mlp:4-12-8-3 --epochs 1 --batch 8 --seeds 1 --engine managed --threads 1 --out signs").Out, StringComparison.Ordinal);
        var kept = RunFolder.ResultOf(
            Path.GetDirectoryName(Directory.GetFiles(_concord["half"], "summary.json", SearchOption.AllDirectories).Single())!)!;
        Assert.InRange(kept.Transport!.Reduction, 3.9, 4.3);   // an odd number of steps leaves one of them out
        Assert.Equal(kept.Transport.Moved, kept.Epochs[^1].Transported);
        Assert.True(kept.Transport.Moved.IndexBits > 0);
    }

    [Fact]
    public void QuietLeavesTheResult()
    {
        var result = _concord.Run(ConcordProgram.SmallRun("run") + " --quiet");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("test accuracy", result.Out, StringComparison.Ordinal);
        var line = Assert.Single(result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => !line.StartsWith("warning: ", StringComparison.Ordinal));
        Assert.EndsWith("   run", line, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    /// <summary>Every option in a group, every default shown, what people want first before the others, in lines that fit.</summary>
    [Theory]
    [InlineData("train", "--rule", "--epochs <N>", "[default: 10]", "--seeds <N>", "[default: 1]")]
    [InlineData("compare", "--rules", "--epochs <N>", "[default: 6]", "--seeds <N>", "[default: 3]")]
    public void HelpIsInGroups(string command, string rule, params string[] said)
    {
        var help = _concord.Run($"{command} --help", ("COLUMNS", "90")).Out;
        Assert.False(help.Contains("Other:", StringComparison.Ordinal), "give each new option a group in HelpGroups.cs");
        var lines = help[help.IndexOf("Most wanted:", StringComparison.Ordinal)..help.IndexOf("Examples:", StringComparison.Ordinal)]
            .Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 90));
        var names = lines.Where(line => line.StartsWith("  -", StringComparison.Ordinal)).ToList();
        Assert.Equal(["--data", "--model", rule], names.Take(3).Select(line => line.Trim().Split(' ', ',')[0]));
        for (var i = 0; i < said.Length; i += 2)
        {
            var at = help.IndexOf(said[i], StringComparison.Ordinal);
            var end = help.IndexOf("\n  -", at, StringComparison.Ordinal);
            Assert.Contains(said[i + 1], help[at..end], StringComparison.Ordinal);
        }
        foreach (var name in RunSettings.Declared.Select(setting => $"{setting.Usage.Split(' ')[0]} <").Where(name => name != " <"))
        {
            var at = help.IndexOf(name, StringComparison.Ordinal);
            if (at < 0) continue;
            Assert.Contains("[default: ", help[at..help.IndexOf("]\n", at, StringComparison.Ordinal)], StringComparison.Ordinal);
        }
    }

    /// <summary>What tells of rules keeps to the line: columns that do not fit go on below, and no figure is lost.</summary>
    [Theory]
    [InlineData("cost --model mlp:784-30-10 --rule fa")]
    [InlineData("cost --model mlp:784-30-10 --rule dfa,sparse-dfa,fg-weight")]
    [InlineData("rules dfa")]
    [InlineData("sweep --help")]
    public void NarrowLinesLoseNothing(string words)
    {
        var narrow = _concord.Run(words, ("COLUMNS", "70")).Out;
        Assert.All(narrow.Split('\n'), line => Assert.InRange(line.Length, 0, 70));
        Assert.Empty(Words(_concord.Run(words, ("COLUMNS", "200")).Out).Except(Words(narrow)));

        static IEnumerable<string> Words(string text) => text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    [Theory]
    [InlineData("train", 40)]
    [InlineData("train", 59)]
    [InlineData("compare", 50)]
    [InlineData("compare", 66)]
    public void HelpIsNoWiderThanTheTerminal(string command, int columns) =>
        Assert.All(_concord.Run($"{command} --help", ("COLUMNS", $"{columns}")).Out.Split('\n'),
            line => Assert.InRange(line.Length, 0, columns));

    /// <summary>Examples that a narrow screen breaks are one command to the shell that they are pasted into.</summary>
    [Theory]
    [InlineData("train")]
    [InlineData("cost")]
    public void ExamplesAreWrappedSoThatTheyCanBePasted(string command)
    {
        var narrow = Examples("40");
        Assert.All(narrow.Split('\n'), line => Assert.InRange(line.Length, 0, 50));   // one word is longer than the line
        Assert.Contains(narrow.Split('\n'), line => line.EndsWith(" \\", StringComparison.Ordinal));
        Assert.Equal(Examples("200"), narrow.Replace(" \\\n     ", "", StringComparison.Ordinal));

        string Examples(string columns)
        {
            var help = _concord.Run($"{command} --help", ("COLUMNS", columns)).Out;
            return help[help.IndexOf("Examples:", StringComparison.Ordinal)..];
        }
    }

    /// <summary>A line of progress loses whole fields, and what matters most stays.</summary>
    [Fact]
    public void NarrowLinesLoseWholeFields()
    {
        var words = ConcordProgram.SmallRun("run") + " --early-stop 1";
        var wide = Epochs(_concord.Run(words, ("COLUMNS", "120")).Out);
        Assert.All(wide, line => Assert.EndsWith(" samples/s", line, StringComparison.Ordinal));
        var narrow = _concord.Run(words.Replace("--out run", "--out narrow", StringComparison.Ordinal), ("COLUMNS", "50")).Out;
        Assert.NotEmpty(Epochs(narrow));
        Assert.All(Epochs(narrow).Zip(wide), pair =>
        {
            Assert.InRange(pair.First.Length, 30, 50);
            Assert.Contains("  validation ", pair.First, StringComparison.Ordinal);
            Assert.Empty(pair.First.Split("  ").Except(pair.Second.Split("  ")));
        });

        static List<string> Epochs(string output) =>
            [.. output.Split('\n').Where(line => line.StartsWith("epoch ", StringComparison.Ordinal))];
    }

    /// <summary>What was trained for a comparison is there afterwards, and the last line says where to look.</summary>
    [Fact]
    public void AComparisonKeepsItsRuns()
    {
        const string Words = "compare --rules dfa --data csv:table.csv --model mlp:4-6-3 --epochs 1 --batch 8 --seeds 2 --engine managed "
            + "--threads 1";
        var result = _concord.Run(Words);
        Assert.True(result.ExitCode == 0, result.Error);
        var page = result.Out.TrimEnd().Split('\n')[^1];
        Assert.StartsWith("report  runs/table-compare", page.Replace('\\', '/'), StringComparison.Ordinal);
        Assert.True(File.Exists(_concord[page["report  ".Length..]]));
        Assert.True(File.Exists(_concord["runs/table-compare/shallow/seed-1/summary.json"]));
        Assert.Contains("weights: angle of a rule's feedback with the forward weights it stands for: dfa fc1 ", result.Out,
            StringComparison.Ordinal);
        Assert.Matches("^test accuracy backprop [^\n]+   dfa [^\n]+   shallow [^\n]+   runs.table-compare-2.report.html\n$",
            _concord.Run(Words + " -q").Out);
        Assert.Equal(2, _concord.Run(Words + " --early-stop 4").ExitCode);
        Assert.False(Directory.Exists(_concord["runs/table-compare-3"]));   // nothing is left of what could not begin
    }

    [Fact]
    public void ADecimalCommaChangesNothing()
    {
        (string, string)[] german = [("LANG", "de_DE.UTF-8"), ("LC_ALL", "de_DE.UTF-8"), ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "0")];
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("here")).ExitCode);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("there"), german).ExitCode);
        RunFiles.AssertSame(_concord["here"], _concord["there"]);
        Assert.Equal(_concord.Run("evaluate here").Out, _concord.Run("evaluate there", german).Out);
        Assert.Equal(_concord.Run("rules dfa").Out, _concord.Run("rules dfa", german).Out);
        Assert.Equal(2, _concord.Run("train --learning-rate 0,1", german).ExitCode);
    }

    [Fact]
    public void TheLibraryWritesNumbersAlikeInEveryCulture()
    {
        var settings = new RunSettings { Optimizer = new(LearningRate: 0.0125), Model = "mlp:4-8-3", Rule = "dfa" };
        string Text()
        {
            using var kernels = Engines.Create("managed", 1);
            var learner = new Learner(Kit.Made(ModelDescription.Parse(settings.Model), RuleCatalogue.Create("dfa")), new(),
                settings.Optimizer, kernels, 0);
            return string.Join('\n', [.. settings.Write().Select(pair => pair.ToString()), learner.Plan.ToString(),
                learner.Network.ToString(), new Shape(1000, 2).ToString()]);
        }
        var (before, plain) = (CultureInfo.CurrentCulture, Text());
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal("0,5", 0.5.ToString(CultureInfo.CurrentCulture));   // or this test tests nothing
            Assert.Equal(plain, Text());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}

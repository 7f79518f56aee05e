using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>What the program says of mistakes, and to questions.</summary>
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

    [Theory]
    [InlineData("trian", "Did you mean 'train'?")]
    [InlineData("bogus --json", "There is no command 'bogus'")]
    [InlineData("train --epohcs 3", "Did you mean '--epochs'?")]
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

    [Theory]
    [InlineData("--help", "compare")]
    [InlineData("train --help", "Examples:")]
    [InlineData("help train", "Examples:")]
    [InlineData("help", "compare")]
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
}

using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests;

/// <summary>Networks, rules and batches that the tests of the laws share.</summary>
internal static class Kit
{
    public const long Seed = 7;

    public static OptimizerSettings PlainSgd { get; } = new(LearningRate: 0.1, Momentum: 0);

    /// <summary>The losses of networks that give numbers, and not spikes.</summary>
    public static IEnumerable<string> LossesOfNumbers { get; } =
        [.. Objective.ByName.Where(entry => !new Objective(entry.Value).IsOfSpikes).Select(entry => entry.Key)];

    /// <summary>
    /// One of each: every rule of the catalogue that networks without time steps can have, by its bare name, so that a new one is tested
    /// without being listed.
    /// </summary>
    public static IReadOnlyList<string> RuleNames => [.. RuleCatalogue.All.Where(rule => !rule.NeedsTime).Select(rule => rule.Name)];

    /// <summary>The rules again with the options that change what they do.</summary>
    public static IEnumerable<string> RuleVariants =>
    [
        .. RuleNames,
        "fa feedback.start=signed", "fa feedback.start=copied", "fa feedback.init=xavier-normal",
        "usf feedback.scale=0.3", "usf feedback.concordance=0.7", "frsf feedback.concordance=0.9 feedback.period=2",
        "sn feedback.period=1 feedback.scheme=changed-sign", "sn feedback.norm=spectral",
        "sn feedback.norm=spectral feedback.concordance=0.8", "fbp feedback.period=1", "fbp feedback.period=0",
        "fbp feedback.period=1 feedback.scheme=random feedback.fraction=0.3",
        "fbp feedback.period=1 feedback.scheme=round-robin feedback.fraction=0.3",
        "fbp feedback.period=1 feedback.scheme=top-k feedback.fraction=0.3",
        "fbp feedback.period=2 feedback.scheme=threshold feedback.threshold=0.01",
        "kolen-pollack feedback.asReleased=true", "kolen-pollack feedback.scale=0.1", "fa feedback.rank=2", "fa feedback.rank=9",
        "information-alignment alignment.batch=5 alignment.twoNullTerms=true alignment.self=0.1 alignment.sparse=0.1",
        "activation-alignment alignment.amp=0", "wm mirror.batch=5 mirror.steps=2",
        "wm mirror.asReleased=true mirror.steps=1 mirror.decay=0.1", "wm mirror.every=0 mirror.steps=3",
        "sal sal.seconds=2 sal.every=1 sal.gain=2",
        .. FeedbackPreset.ByName.Keys.Select(preset => $"dfa feedback.preset={preset}"),
        .. FeedbackPreset.ByName.Keys.Select(preset => $"sparse-dfa feedback.preset={preset}"),
        "dfa feedback.asReleased=true", "sign-dfa feedback.preset=launay2019", "drtp feedback.preset=frenkel2021",
        "sparse-dfa feedback.nonZerosPerNeuron=2 feedback.classes=uniform",
        "dfa feedback.rank=2", "drtp feedback.rank=1", "sparse-dfa feedback.rank=2 feedback.nonZerosPerNeuron=2",
        "sparse-dfa feedback.preset=crafton2019 feedback.rank=3 feedback.nonZerosPerNeuron=2",
        "ternary-dfa feedback.asReleased=true", "dfa feedback.shared=true",
        .. ImageVariants,
        "local-pred local.bio=true local.projected=5", "local-sim local.bio=true local.elements=8",
        "local-predsim local.bio=true local.beta=0.5 local.optimizer=sgd", "local-predsim local.elements=8 local.optimizer=adam",
        "fc1=local-predsim,*=dfa",
        "dtp reverse.steps=2 reverse.optimizer=sgd", "dtp reverse.optimizer=run target.alpha=1", "dtp reverse.steps=0",
        "ddtp reverse.steps=2 reverse.optimizer=rmsprop reverse.decay=0.1", "ddtp reverse.steps=0",
        "fc1=dtp,fc2=dfa,*=backprop", "fc1=backprop,*=ddtp",
        "fdfa perturbation.distribution=normal perturbation.directions=2", "fdfa perturbation.perSample=false feedback.optimizer=adam",
        "dkp feedback.optimizer=sgd feedback.decay=0.1", "fg-weight perturbation.distribution=normal perturbation.directions=2",
        "fg-activity perturbation.activeOnly=true perturbation.directions=3 perturbation.perSample=false",
        "grape perturbation.directions=2", "fc1=fdfa,fc2=fg-activity,*=fg-weight", "fc1=dkp,fc2=backprop,*=fdfa",
        "fc1=backprop,*=dfa", "fc1=dfa,*=fa feedback.asReleased=true", "*1=shallow,*=sparse-dfa", "fc1=fa,fc2=kolen-pollack,*=usf",
    ];

    /// <summary>What moves its feedback once in so many steps, of which six hold two at least.</summary>
    public static IEnumerable<string> RareVariants =>
    [
        "fbp feedback.period=3", "fbp feedback.period=2 feedback.scheme=top-k feedback.fraction=0.3",
        "fbp feedback.period=3 feedback.scheme=random feedback.fraction=0.3",
        "fbp feedback.period=3 feedback.scheme=round-robin feedback.fraction=0.3",
        "sn feedback.period=3 feedback.scheme=changed-sign feedback.concordance=0.8",
        "sn feedback.period=2 feedback.norm=spectral feedback.concordance=0.8", "brsf feedback.period=3",
        "wm mirror.every=2 mirror.batch=5", "sal sal.seconds=2 sal.every=3",
    ];

    /// <summary>All of them, and the rule that the README shows, which no catalogue has: the laws hold of it as well.</summary>
    public static IEnumerable<string> LawfulRules => RuleVariants.Append(ReadmeRule);

    public const string ReadmeRule = "rare-transport period=2";

    /// <summary>What feedback to convolutions and ports of images can be; on networks without, the bare rule.</summary>
    public static IEnumerable<string> ImageVariants =>
    [
        "fa feedback.shape=dense", "dfa feedback.projection=channel-wise",
        "dfa feedback.projection=channel-wise feedback.preset=launay2019", "sparse-dfa feedback.projection=channel-wise",
        "dfa feedback.projection=kernel", "sign-dfa feedback.projection=kernel feedback.kernel=5 feedback.preset=frenkel2021",
        "dfa feedback.projection=dilated", "drtp feedback.projection=dilated feedback.dilation=3",
    ];

    /// <summary>
    /// Networks of images: convolutions and pools before dense layers; strides, groups, dilation;
    /// residual units with and without a convolution as shortcut.
    /// </summary>
    public static IReadOnlyList<string> ImageNetworks { get; } =
    [
        "cnn:2x6x5-c3k3p1-p3s2-c4k2p1-5-3,tanh", "cnn:2x5x5-c4k3p1g2-a2-c3k2d1-d0.3-4-3,gelu,batchnorm-after,no-bias",
        "cnn:2x5x6-c3k3p1-r3-p2-r4s2-gap-4-3,tanh,batchnorm,no-bias", "cnn:1x4x4-c3k3s2d2p2-m2s1-4-3,logistic,layernorm,dropout=0.2",
    ];

    /// <summary>Networks with one peculiarity each, all to 3 outputs; dense ones have 6 inputs.</summary>
    public static IEnumerable<string> Networks =>
    [
        "mlp:6-5-4-3,tanh", "mlp:6-3", "mlp:6-5-4-3,gelu,batchnorm", "mlp:6-5-4-3,relu,batchnorm-after", "mlp:6-5-4-3,logistic,layernorm",
        "mlp:6-5-4-3,elu,dropout=0.3,input-dropout=0.1", "residual", "images", .. ImageNetworks,
    ];

    /// <summary>
    /// Whether a rule is defined on a network. All are on all, but for PEPITA: it takes no derivative, and a signal at the sum of a
    /// residual unit reaches the weights of its branch through one.
    /// </summary>
    public static bool Takes(string network, string rule) => !rule.Contains("pepita", StringComparison.Ordinal)
        || !Network(network).Blocks.SelectMany(block => block.Layers).OfType<Residual>().Any();

    /// <summary>Rules on networks, where they are defined.</summary>
    public static TheoryData<string, string> On(IEnumerable<string> rules, IReadOnlyList<string> networks)
    {
        var data = new TheoryData<string, string>();
        foreach (var rule in rules)
            foreach (var network in networks.Where(network => Takes(network, rule))) data.Add(rule, network);
        return data;
    }

    /// <summary>A rule map in the words of a network: where it names blocks that are not there, others of the same place.</summary>
    public static string Fitting(string rule, string network)
    {
        if (network == "mlp:6-3" && rule.StartsWith("fc1=", StringComparison.Ordinal)) return "*=" + rule.Split('=')[1].Split(',')[0];
        var blocks = Network(network).Blocks;
        return blocks.Count < 3 ? rule : rule.Replace("fc1=", $"{blocks[0].Name}=", StringComparison.Ordinal)
            .Replace("fc2=", $"{blocks[1].Name}=", StringComparison.Ordinal);
    }

    public static Network Network(string text) => text switch
    {
        "residual" => new(new(6),
            new LayerGroup("fc1", new Linear(5), Of("tanh")),
            new LayerGroup("unit1", new Residual(new Linear(4), Of("tanh"), new Linear(5)), Of("logistic")),
            new LayerGroup("unit2",
                new Residual(new BatchNorm(), Of("tanh"), new Linear(5), new LayerNorm(), new Dropout(0.2), new Linear(5)), Of("tanh")),
            new LayerGroup("fc2", new Linear(3))),
        "images" => new(new(4, 4, 2),
            new LayerGroup("conv1", new Convolution(3, Window.Square(3, padding: 1)), Of("tanh")),
            new LayerGroup("conv2", new Convolution(4, Window.Square(2), bias: false), new BatchNorm(), Of("relu"),
                new MaxPool(Window.Square(2, stride: 1))),
            new LayerGroup("unit", new Residual(new Convolution(4, Window.Square(3, padding: 1)), Of("tanh"),
                new Convolution(4, Window.Square(3, padding: 1), groups: 2)), Of("tanh")),
            new LayerGroup("fc2", new Flatten(), new Linear(3))),
        _ => ModelDescription.Parse(text),
    };

    public static ActivationLayer Of(string name) => new(ActivationLayer.ByName[name]);

    /// <summary>A rule as on the command line: name or map, then its options, with spaces in between.</summary>
    public static LearningRule Rule(string text)
    {
        var words = text.Split(' ');
        if (text == ReadmeRule) return new ChainRule(words[0], (connection, _) => new RareTransport(connection, 2));
        return RuleCatalogue.Create(words[0], words.Skip(1).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]));
    }

    public static Kernels Double() => new DoubleKernels();

    public static Kernels Single(int threads = 1) => new SingleKernels(threads);

    public static Learner Learner(string network, string rule, Kernels kernels, OptimizerSettings? optimizer = null,
        Objective objective = default, long seed = Seed, ActivationPolicy activations = ActivationPolicy.Stored) =>
        new(Blueprint(network, rule), objective, optimizer ?? PlainSgd, kernels, seed, activations);

    /// <summary>Network and rule, made again for each who asks.</summary>
    public static Blueprint Blueprint(string network, string rule, string? freeze = null) =>
        new(() => Network(network), () => Rule(rule), freeze is null ? null : BlockPatterns.Parse(freeze));

    /// <summary>A network and a rule that are there already: for a learner that is not asked what a step takes.</summary>
    public static Blueprint Made(Network network, LearningRule rule) => new(() => network, () => rule);

    /// <summary>A batch that depends only on its number: normal inputs, of spiking networks uniform from 0 to 1; one-hot targets.</summary>
    public static void Fill(Pass pass, int rows, long batch = 0, int copies = 1)
    {
        pass.Begin(rows * copies);
        var stream = RandomStream.FromSeed(1000 + batch);
        int inputs = pass.Network.Input.Length, outputs = pass.Network.Output.Length;
        var x = pass.Network.OutputPort.IsSpiking ? [.. Enumerable.Range(0, rows * inputs).Select(i => stream.Uniform((ulong)i))]
            : Normals(stream, rows * inputs);
        var t = new double[rows * outputs];
        for (var n = 0; n < rows; n++) t[n * outputs + stream.Split("labels").Below((ulong)n, outputs)] = 1;
        pass.Input.CopyFrom([.. Enumerable.Repeat(x, copies).SelectMany(part => part)]);
        pass.Targets.CopyFrom([.. Enumerable.Repeat(t, copies).SelectMany(part => part)]);
    }

    public static double Step(Learner learner, int rows, long batch = 0, double rate = 0.1, int copies = 1,
        Action<Learner>? beforeStep = null)
    {
        Fill(learner.Pass, rows, batch, copies);
        return learner.Step(rate, beforeStep);
    }

    public static double[] Normals(RandomStream stream, int count)
    {
        using var kernels = Double();
        var tensor = kernels.Allocate(new(count));
        kernels.FillNormal(stream, 0, 1, tensor);
        return tensor.ToArray();
    }

    public static Tensor Tensor(Kernels kernels, Shape shape, string name, Role role = Role.None)
    {
        var tensor = kernels.Allocate(shape, role);
        tensor.CopyFrom(Normals(RandomStream.FromSeed(5).Split(name), shape.Length));
        return tensor;
    }

    /// <summary>Every byte of a network that learning moves: parameters and buffers.</summary>
    public static byte[] Bytes(Network network) =>
        [.. network.Parameters.SelectMany(parameter => parameter.Value.AsBytes().ToArray()),
            .. network.Buffers.SelectMany(buffer => buffer.Tensor.AsBytes().ToArray())];

    public static Parameter Parameter(Network network, string name) => network.Parameters.Single(parameter => parameter.Name == name);

    public static Tensor Feedback(Plan plan, string name) => plan.Feedback.Single(entry => entry.Name == $"feedback.{name}").Tensor;

    public static void Close(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance = 1e-11, string what = "")
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                $"{what}[{i}]: expected {expected[i]:r}, got {actual[i]:r}");
    }

    /// <summary>Sums in single precision against exact ones: errors are measured by the sizes of a sum's terms, which may cancel.</summary>
    /// <param name="expected">The sums.</param>
    /// <param name="sizes">For each the sum of its terms' absolute values.</param>
    /// <param name="terms">How many terms a sum has at most.</param>
    /// <param name="actual">What is tested.</param>
    /// <param name="what">What it is called.</param>
    public static void CloseSums(double[] expected, double[] sizes, int terms, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 6e-8 * (1 + sizes[i]) * (4 + Math.Sqrt(terms)),
                $"{what}[{i}]: expected {expected[i]:r}, got {actual[i]:r}, of terms that come to {sizes[i]:r}");
    }

    public static TheoryData<string> Data(IEnumerable<string> texts) => [.. texts];

    public static TheoryData<string, string> Pairs(IEnumerable<string> first, IEnumerable<string> second)
    {
        var data = new TheoryData<string, string>();
        foreach (var a in first)
            foreach (var b in second) data.Add(a, b);
        return data;
    }
}

/// <summary>Keeps what a walk down teaches, for as long as a test wants to look at it.</summary>
internal sealed class GradientKeeper(Kernels kernels) : IGradientSink
{
    public Dictionary<Parameter, Tensor> Gradients { get; } = [];

    public bool Trains { get; init; } = true;

    public bool TryTake(Parameter parameter, out Accumulator gradient)
    {
        var kept = Gradients.TryGetValue(parameter, out var tensor);
        if (tensor is null) Gradients[parameter] = tensor = kernels.Allocate(parameter.Shape);
        gradient = new(tensor, 1, kept ? 1 : 0);
        return true;
    }
}

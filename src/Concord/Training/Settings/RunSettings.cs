using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Options;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// All that decides a run, every default included. What a run folder, a checkpoint and a resumed run go by; the names of the
/// keys are those of the command line.
/// </summary>
public sealed record RunSettings
{
    /// <summary>The word for weights as they are drawn.</summary>
    public const string NoWeights = "none";

    /// <summary>The word for a run whose rule and layers are Concord's own.</summary>
    public const string NoPlugin = "none";

    /// <summary>The word for a model that a program made (<see cref="InCode"/>).</summary>
    public const string CodeModel = "in-code";

    /// <summary>The most samples that a probe looks at.</summary>
    public const int MostProbeSamples = 1000;

    /// <summary>The data set's name, or <c>csv:PATH</c>.</summary>
    public string Data { get; init; } = "glyphs";

    /// <summary>Where data sets lie; null for the usual places. Not part of a run's identity.</summary>
    public string? DataRoot { get; init; }

    /// <summary>
    /// Where features of frozen blocks are kept; null for the folder <c>features</c> of Concord's cache. Not part of a run's identity.
    /// </summary>
    public string? FeatureFolder { get; init; }

    /// <summary>Training samples; 0 for all that are not validation samples.</summary>
    public int Train { get; init; }

    /// <summary>Samples taken from the training part to choose by; may be 0. By default a tenth of them, at most 5,000.</summary>
    public int? Validation { get; init; }

    /// <summary>Test samples; 0 for all.</summary>
    public int Test { get; init; }

    /// <summary>How inputs are normalised.</summary>
    public NormalizationKind Normalization { get; init; } = NormalizationKind.MeanStd;

    /// <summary>Added to every eigenvalue by <see cref="NormalizationKind.Zca"/>; read by nothing else.</summary>
    public double ZcaEpsilon { get; init; } = Whitening.UsualEpsilon;

    /// <summary>How training images are varied.</summary>
    public Augmentation Augment { get; init; } = Augmentation.None;

    /// <summary>The model string, or the name of a model; with the data at hand the name becomes the string that it stands for.</summary>
    public string Model { get; init; } = "mlp";

    /// <summary>
    /// The safetensors file that the weights start from, or <see cref="NoWeights"/>. What it holds decides a run,
    /// not where it lies: <see cref="WeightsHash"/>.
    /// </summary>
    public string Weights { get; init; } = NoWeights;

    /// <summary>
    /// The SHA-256 of <see cref="Weights"/>, or <see cref="NoWeights"/> where it was left open: <see cref="Load"/> finds it out.
    /// </summary>
    public string WeightsHash { get; init; } = NoWeights;

    /// <summary>Blocks that start from their own draw although <see cref="Weights"/> are given.</summary>
    public BlockPatterns Fresh { get; init; } = BlockPatterns.None;

    /// <summary>Blocks that do not learn and are evaluated as after training: norms by their running moments, no dropout.</summary>
    public BlockPatterns Freeze { get; init; } = BlockPatterns.None;

    /// <summary>
    /// Whether what the lowest frozen blocks make of the samples is computed once and kept on disk. It changes no bit of the result but
    /// where the engine rounds differently in a short last batch.
    /// </summary>
    public FeatureCaching CacheFeatures { get; init; }

    /// <summary>The rule's name, or a map from blocks to rules.</summary>
    public string Rule { get; init; } = "backprop";

    /// <summary>The rule's own options.</summary>
    public IReadOnlyDictionary<string, string> RuleOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The plugins that rule and layers come from, or <see cref="NoPlugin"/>. What they hold decides a run, not where they lie:
    /// <see cref="PluginHash"/>.
    /// </summary>
    public string Plugin { get; init; } = NoPlugin;

    /// <summary>
    /// The SHA-256 of <see cref="Plugin"/>, with name and SHA-256 of each library beside it that is loaded with it; or
    /// <see cref="NoPlugin"/> where it was left open.
    /// </summary>
    public string PluginHash { get; init; } = NoPlugin;

    /// <summary>
    /// A network and a rule that a program makes, in place of <see cref="Model"/>, <see cref="Rule"/>, <see cref="RuleOptions"/> and
    /// <see cref="Freeze"/>; null for those. No file can hold it: a run is continued by the program that began it, which gives it again.
    /// </summary>
    public Blueprint? InCode { get; init; }

    /// <summary>The loss.</summary>
    public Objective Objective { get; init; }

    /// <summary>
    /// The share of a hidden spiking layer's neurons that may be silent in a batch; beyond it the weights of silent ones are raised, and
    /// those of silent outputs whose class is in the batch (<see cref="Spiking.WeightBump"/>). Null for never.
    /// </summary>
    public double? WeightBump { get; init; }

    /// <summary>The optimizer.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>How the learning rate changes.</summary>
    public Schedule Schedule { get; init; } = new();

    /// <summary>Whether a training step keeps activities for the walk down, or computes them again block by block.</summary>
    public ActivationPolicy Activations { get; init; }

    /// <summary>
    /// Whether the weights above the ports of a direct rule start where the true gradient agrees with the rule's signal: the
    /// pre-alignment initialisation of Launay, Poli, Krzakala 2019, on one batch, with Frobenius norm 1; biases stay.
    /// </summary>
    public bool PreAlign { get; init; }

    /// <summary>
    /// Time steps of a window, after each of which the weights move; states go on from window to window of a batch, and signals walk back
    /// within one. Null for all steps at once.
    /// </summary>
    public int? Window { get; init; }

    /// <summary>Samples a step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Whether each epoch visits the training samples in an order of its own; else always in the data set's order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether samples that do not fill an epoch's last batch are left out of that epoch.</summary>
    public bool DropLast { get; init; }

    /// <summary>Samples that an epoch takes.</summary>
    /// <param name="count">Training samples.</param>
    internal int SamplesAnEpoch(int count) => DropLast ? count - count % Batch : count;

    /// <summary>Passes over the training samples; 0 looks at the untrained network, with its alignment.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>
    /// Epochs without a better score on the validation samples after which the run ends; null for never. The test samples are scored with
    /// the last weights and with those of the best epoch, as always.
    /// </summary>
    public int? EarlyStop { get; init; }

    /// <summary>Decides every draw.</summary>
    public long Seed { get; init; }

    /// <summary>What is probed.</summary>
    public ProbeKind Probe { get; init; } = ProbeKind.Port;

    /// <summary>Samples that the probe after each epoch looks at, the first ones: at most <see cref="MostProbeSamples"/>.</summary>
    public int ProbeSamples { get; init; } = MostProbeSamples;

    /// <summary>Also probe the training pass itself, every so many steps; 0 for never.</summary>
    public int ProbeEvery { get; init; }

    /// <summary>The engine: bits are promised on the same engine with the same number of threads.</summary>
    public string Engine { get; init; } = "auto";

    /// <summary>Its threads; 0 for one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>What operands of products are rounded to.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// Whether the way in which a product is computed is taken from a table, the same on every machine, and not measured on this one. The
    /// environment variable CONCORD_PRODUCTS=table has every engine do so that settings start.
    /// </summary>
    public bool DeterministicKernels { get; init; }

    /// <summary>Starts the engine that these settings ask for.</summary>
    /// <param name="notice">Told in one line what is to be known about it (<see cref="Engines.Create"/>).</param>
    /// <param name="beside">An engine whose threads it uses too; null for threads of its own.</param>
    /// <exception cref="ConcordException">There is no such engine, or it has no such precision here.</exception>
    public Kernels StartEngine(Action<string>? notice = null, Kernels? beside = null)
    {
        var takesTable = DeterministicKernels || Environment.GetEnvironmentVariable("CONCORD_PRODUCTS") == "table";
        return Engines.Create(Engine, Threads, notice, Precision,
            takesTable ? null : DataSource.Cache(Environment.GetEnvironmentVariable), beside);
    }

    /// <summary>Minutes between checkpoints within an epoch.</summary>
    public double CheckpointMinutes { get; init; } = 5;

    /// <summary>
    /// These settings with what is usual for a model: for spiking networks the loss of spike counts, inputs from 0 to 1, Adam at 0.003 and
    /// batches of 50 (BATS for MNIST; Bacho and Chu); for spiking neurons with a clock, and circuits, inputs from 0 to 1, Adam at 0.001 and
    /// batches of 128; for others no change; and with the loss mse for data without classes.
    /// </summary>
    /// <param name="model">The model string, or the name of a model; null for none.</param>
    /// <param name="data">The data, as <see cref="Data"/> has them; null for none.</param>
    public RunSettings WithUsualOf(string? model, string? data = null) =>
        model is not null && SpikingModel.IsOne(model) ? this with
        {
            Objective = new(LossKind.SpikeCount), Normalization = NormalizationKind.UnitRange,
            Optimizer = OptimizerSettings.ByName["adam"] with { LearningRate = 0.003 }, Batch = 50,
        }
        : model is not null && (ClockedModel.IsOne(model) || CircuitModel.IsOne(model)) ? this with
        {
            Normalization = NormalizationKind.UnitRange, Optimizer = OptimizerSettings.ByName["adam"] with { LearningRate = 0.001 },
            Batch = 128,
        }
        : data is not null && !DataSource.HasClasses(data) ? this with { Objective = new(LossKind.SquaredError) }
        : this;

    /// <summary>Refuses settings that cannot be meant.</summary>
    /// <exception cref="ConcordException">One is out of range.</exception>
    public void Validate()
    {
        foreach (var setting in SettingsTable.All) setting.Check(this);
        if (Activations == ActivationPolicy.Recomputed && Probe != ProbeKind.Off && ProbeEvery > 0)
            throw new ConcordException("The training pass cannot be probed while its activations are recomputed: "
                + "no signal outlives its block. Leave out --probe-every (the probe after each epoch stays), or use --activations stored.");
        Optimizer.Validate();
        Objective.Spikes?.Check(Objective);
        if (InCode is not null || Model == CodeModel) CheckCode();
        else
        {
            ModelDescription.Parse(Model);
            RuleCatalogue.Create(Rule, RuleOptions);
        }
    }

    // What was made in code has no settings of its own, and is known again by the rule's name alone.
    private void CheckCode()
    {
        if (InCode is null)
            throw new ConcordException($"The network and the rule {Rule} were made in code (model: {CodeModel}), and settings cannot make "
                + $"them again. Continue in the program that began the run: give it its {nameof(Blueprint)} as {nameof(InCode)}.");
        var (plain, begun) = (new RunSettings(), Model == CodeModel);
        if (begun && InCode.MakeRule().Name is var made && made != Rule)
            throw new ConcordException($"The run was begun with the rule {Rule}, and the {nameof(Blueprint)} makes {made}. "
                + "Give it the one that it was begun with.");
        if ((!begun && (Model, Rule) != (plain.Model, plain.Rule)) || RuleOptions.Count > 0 || !Freeze.IsNone)
            throw new ConcordException($"The network and the rule are made in code, so the settings model, rule, freeze and options of the "
                + $"rule have no effect. Leave them out, and give frozen blocks to the {nameof(Blueprint)}.");
    }

    /// <summary>These settings with a rule of the program's own, which is registered.</summary>
    /// <exception cref="ConcordException">They name another rule, or its name is taken.</exception>
    internal RunSettings Ruled(RuleDescription rule)
    {
        if (InCode is not null || (Rule != new RunSettings().Rule && Rule != rule.Name))
            throw new ConcordException($"The rule {rule.Name} is given in code, but the settings have {(InCode is null ? $"the rule {Rule}"
                : "one in code as well")}. Leave one of them out; for a map of rules, register yours ({nameof(RuleCatalogue)}."
                + $"{nameof(RuleCatalogue.Register)}) and name it in the settings.");
        RuleCatalogue.Register(rule);
        return this with { Rule = rule.Name };
    }

    /// <summary>These settings with a program's own network: as a list of layers where one describes it, else made in code.</summary>
    /// <exception cref="ConcordException">They name another model.</exception>
    internal RunSettings Modelled(Func<Network> network)
    {
        if (LayerList.Of(network()) is { } line)
            return Model == new RunSettings().Model || Model == line ? this with { Model = line }
                : throw new ConcordException($"The network is given in code, but the settings have the model {Model}. Leave one out.");
        if (InCode is not null || (Model != new RunSettings().Model && Model != CodeModel))
            throw new ConcordException($"The network is given in code, but the settings have {(InCode is null ? $"the model {Model}"
                : "one in code as well")}. Leave one of them out.");
        if (RuleOptions.Count > 0 || !Freeze.IsNone)
            throw new ConcordException("No list of layers describes the network, so no file can keep it, the rule's options, or what is "
                + $"frozen. Give all of it as one: {nameof(InCode)} = new {nameof(Rules.Blueprint)}(network, rule, freeze).");
        var rule = Rule;
        return this with
        {
            InCode = new(network, () => RuleCatalogue.Create(rule)), Rule = Model == CodeModel ? rule : new RunSettings().Rule,
        };
    }

    /// <summary>These settings, with the words that stand for what is made in code.</summary>
    internal RunSettings Named => InCode is null ? this : this with { Model = CodeModel, Rule = InCode.MakeRule().Name };

    /// <summary>The rule's options, defaults included; none where the rule is made in code.</summary>
    internal IReadOnlyDictionary<string, string> ResolvedOptions =>
        InCode is null ? RuleCatalogue.Resolve(Rule, RuleOptions).Resolved : RuleOptions;

    /// <summary>
    /// Reads the data set and draws its parts: always the same ones, whatever the seed of the run. <see cref="Validation"/>, where it
    /// was left open, is decided here, and so is what a model's name stands for.
    /// </summary>
    /// <param name="dataset">The data set as it was read, for people.</param>
    /// <param name="split">The parts.</param>
    /// <returns>These settings with the number of validation samples and the model for these data in them.</returns>
    /// <exception cref="ConcordException">It is not found, is damaged, or has fewer samples than are asked for.</exception>
    public RunSettings Load(out Dataset dataset, out DataSplit split)
    {
        Validate();
        dataset = Dataset.Load(Data, DataRoot);
        return Split(dataset, out split);
    }

    /// <summary>The same with a data set that is at hand.</summary>
    internal RunSettings Split(Dataset dataset, out DataSplit split)
    {
        var validation = Validation ?? dataset.UsualValidation;
        split = dataset.Split(validation, RandomStream.FromSeed(0).Split("split"), Train == 0 ? null : Train, Test == 0 ? null : Test);
        return RunPlugins.Recorded(WithWeightsHash()) with { Data = KnownWords.Meant(Data, [dataset.Name]) ?? Data,
            Validation = validation, Model = InCode is not null ? Model
            : ModelCatalogue.Resolve(Model, Augment.ViewOf(dataset.Shape), dataset.Classes.Count) };
    }

    /// <summary>These settings with the hash of their weights, unless it is known.</summary>
    /// <exception cref="ConcordException">The file cannot be read.</exception>
    internal RunSettings WithWeightsHash() => Weights == NoWeights || WeightsHash != NoWeights ? this
        : this with { WeightsHash = StartingWeights.HashOf(Weights) };

    /// <summary>Network and rule, made again for each who asks.</summary>
    /// <exception cref="ConcordException">They were made in code, and are not given.</exception>
    internal Blueprint Blueprint
    {
        get
        {
            if (Model == CodeModel) CheckCode();
            return (InCode ?? Blueprint.Of(Model, Rule, RuleOptions, Freeze)).InWindows(Window);
        }
    }

    /// <summary>What the weights start from; null for their own draw.</summary>
    internal StartingWeights? StartingWeights => Weights == NoWeights ? null : new(Weights, WithWeightsHash().WeightsHash, Fresh);

    /// <summary>
    /// The settings as they are declared, in the order in which <see cref="Write"/> has them. Those of the rule are its own.
    /// </summary>
    public static IReadOnlyList<Setting<RunSettings>> Declared => SettingsTable.All;

    /// <summary>Every setting as key and value, for the resolved experiment file: what <see cref="Read"/> takes back.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Write() =>
    [
        .. SettingsTable.All.Select(entry => KeyValuePair.Create(entry.Key, entry.Write(this))),
        .. RuleOptions.OrderBy(option => option.Key, StringComparer.Ordinal),
    ];

    /// <summary>Takes back what <see cref="Write"/> wrote. Keys that are no settings are options of the rule, which checks them.</summary>
    /// <param name="pairs">Keys and values.</param>
    /// <param name="onto">The settings that stay where no key is given; by default the default ones.</param>
    /// <exception cref="ConcordException">A value cannot be read.</exception>
    public static RunSettings Read(IEnumerable<KeyValuePair<string, string>> pairs, RunSettings? onto = null)
    {
        var settings = onto ?? new();
        var options = new Dictionary<string, string>(settings.RuleOptions);
        foreach (var (key, value) in pairs)
        {
            if (SettingsTable.Find(key) is { } entry) settings = entry.Read(settings, value);
            else options[key] = value;
        }
        return settings with { RuleOptions = options };
    }
}

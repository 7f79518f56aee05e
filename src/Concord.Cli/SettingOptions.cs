using System.CommandLine;
using System.Globalization;
using Concord.Networks;
using Concord.Training;

namespace Concord.Cli;

/// <summary>
/// The options of a command that decide its runs. Each stands for one key of <see cref="RunSettings"/>, which reads the value, so
/// that a mistake is explained the same way wherever it comes from.
/// </summary>
internal sealed class SettingOptions
{
    private static readonly (string Name, string Key, string Value, string Description)[] s_all =
    [
        ("--data", "data", "NAME", "data set: glyphs (built in), mnist, ..., csv:PATH or csv:PATH#COLUMN (the label's); see concord data"),
        ("--model", "model", "STRING", "a name (lenet, resnet-20, ...; see concord model list) or a string, as mlp:784-256-256-10,tanh; by default mlp:INPUTS-256-256-CLASSES"),
        ("--weights", "weights", "FILE", "safetensors file that the weights start from: a run's checkpoint, or PyTorch's names"),
        ("--fresh", "fresh", "BLOCKS", "blocks that start from their own draw all the same, as fc* or fc3"),
        ("--freeze", "freeze", "BLOCKS", "blocks that do not learn, as conv*,fc1"),
        ("--cache-features", "cacheFeatures", "NAME", "keep on disk what frozen blocks make of the samples: auto, on or off"),
        ("--rule", "rule", "NAME", "learning rule, or a map BLOCK=RULE,BLOCK=RULE; see concord rules"),
        ("--optimizer", "optimizer", "NAME", "sgd, adam, adamw, rmsprop, manhattan or muon"),
        ("--learning-rate", "learningRate", "X", "step size before any schedule"),
        ("--momentum", "momentum", "X", "momentum of sgd and rmsprop"),
        ("--nesterov", "nesterov", "", "Nesterov's momentum"),
        ("--weight-decay", "weightDecay", "X", "decay of every parameter that learns"),
        ("--decoupled-decay", "decoupledDecay", "", "decay acts on the weight, not on the gradient"),
        ("--epsilon", "epsilon", "X", "added to the root of the second moment (adam, rmsprop)"),
        ("--tensorflow-epsilon", "tensorFlowEpsilon", "", "epsilon outside adam's bias correction"),
        ("--clip-value", "clipValue", "X", "bound on each element of the gradient"),
        ("--clip-norm", "clipNorm", "X", "bound on the gradient's norm"),
        ("--signed", "signed", "NAME", "what manhattan takes the sign of: gradient, momentum or both"),
        ("--keep-signs", "keepSigns", "", "no weight changes its sign"),
        ("--constrain-weights", "constrainWeights", "", "each weight matrix keeps the norm it starts with"),
        ("--normalize-incoming", "normalizeIncoming", "NAME", "norm of each unit's incoming weights: free, unit or start"),
        ("--schedule", "schedule", "STRING", "constant, step:EPOCHS:FACTOR, step:FIRST:FACTOR:EPOCHS, exponential:FACTOR, cosine, cosine:WARMUP, plateau:FACTOR:EPOCHS"),
        ("--loss", "loss", "NAME", "cross-entropy, bce or mse"),
        ("--label-smoothing", "labelSmoothing", "X", "share of the targets spread over all classes"),
        ("--activations", "activations", "NAME", "stored, or recomputed: memory that does not grow with depth (dfa and its kind)"),
        ("--pre-align", "preAlign", "", "weights start where the true gradient agrees with the signals of dfa and its kind"),
        ("--batch", "batch", "N", "samples a step"),
        ("--epochs", "epochs", "N", "passes over the training samples; 0 looks at the untrained network, with its alignment"),
        ("--train", "train", "N", "training samples; 0 for all"),
        ("--validation", "validation", "N", "samples held back to choose by"),
        ("--test", "test", "N", "test samples; 0 for all"),
        ("--normalization", "normalization", "NAME", "mean-std, unit-range, zca (whitening) or none"),
        ("--zca-epsilon", "zcaEpsilon", "X", "added to every eigenvalue by zca"),
        ("--augment", "augment", "STRING", "views of training images, as crop=4,flip,cutout=8; crop=24x24 or centre-crop=24 for smaller ones"),
        ("--probe", "probe", "NAME", "alignment: off, port, gate (with f' as well), rank (effective rank as well), or full"),
        ("--probe-every", "probeEvery", "K", "also on the training pass itself, every K steps"),
        ("--checkpoint-minutes", "checkpointMinutes", "X", "time between checkpoints within an epoch"),
        ("--engine", "engine", "NAME", "auto, managed or onednn"),
        ("--threads", "threads", "N", "threads of the engine; 0 for one a processor"),
    ];

    private readonly List<(string Key, Option Option)> _options = [];
    private readonly Option<string?> _dataRoot = new("--data-root") { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };
    private readonly Option<string?> _seeds = new("--seeds") { HelpName = "N", Description = "so many seeds (0 to N-1), or a list: 0,1,2" };
    private readonly Option<string[]> _set = SetOption();

    /// <summary>Adds all of them to a command but some.</summary>
    public SettingOptions(Command command, params ReadOnlySpan<string> without)
    {
        foreach (var (name, key, value, description) in s_all)
        {
            if (name == "--rule") command.Add(_set);
            if (without.Contains(name)) continue;
            Option option = value.Length == 0 ? new Option<bool>(name) { Description = description } : new Option<string?>(name) { HelpName = value, Description = description };
            _options.Add((key, option));
            command.Add(option);
            if (name == "--data") command.Add(_dataRoot);
            if (name == "--epochs") command.Add(_seeds);
        }
    }

    /// <summary>The settings that were given, upon others. Options of the rule are added to those that are there.</summary>
    /// <exception cref="ConcordException">A value cannot be read.</exception>
    public RunSettings Read(ParseResult parsed, RunSettings onto)
    {
        List<KeyValuePair<string, string>> given = [];
        foreach (var (key, option) in _options)
        {
            var value = option is Option<bool> flag ? (parsed.GetValue(flag) ? "true" : null) : parsed.GetValue((Option<string?>)option);
            if (value is null) continue;
            if (key == "optimizer") onto = onto with { Optimizer = Nearest.Find("optimizer", value, OptimizerSettings.ByName) };
            else given.Add(new(key, value));
        }
        return RunSettings.Read(given, onto) with { DataRoot = parsed.GetValue(_dataRoot), RuleOptions = RuleOptions(parsed, onto) };
    }

    public static Option<string[]> SetOption() => new("--set") { HelpName = "KEY=VALUE", Description = "an option of the rule, or of those rules that know it; may be given again", Arity = ArgumentArity.OneOrMore };

    /// <summary>--freeze, of commands that take no other settings.</summary>
    public static Option<BlockPatterns> FreezeOption() => new("--freeze")
    {
        HelpName = "BLOCKS", Description = s_all.First(option => option.Key == "freeze").Description,
        CustomParser = result => BlockPatterns.Parse(result.Tokens[0].Value), DefaultValueFactory = _ => BlockPatterns.None,
    };

    /// <summary>Whether an option was given.</summary>
    public bool Has(ParseResult parsed, string key) => _options.Any(entry => entry.Key == key && parsed.GetResult(entry.Option) is { Implicit: false });

    /// <summary>The seeds.</summary>
    /// <exception cref="ConcordException">They cannot be read.</exception>
    public IReadOnlyList<long> Seeds(ParseResult parsed, int otherwise) => Seeds(parsed, Range(otherwise));

    /// <summary>The seeds, or others if none were given.</summary>
    /// <exception cref="ConcordException">They cannot be read.</exception>
    public IReadOnlyList<long> Seeds(ParseResult parsed, IReadOnlyList<long> otherwise)
    {
        const int Most = 10_000;
        if (parsed.GetValue(_seeds) is not { } text) return otherwise;
        if (!text.Contains(',', StringComparison.Ordinal))
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= Most
                ? Range(count)
                : throw Wrong(text);
        if (DecimalComma.Question(text.Split(','), fractions: false) is { } question) throw new ConcordException($"The seeds were given as '{text}', and {question}");
        var seeds = text.TrimEnd(',').Split(',').Select(word => long.TryParse(word.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) ? seed : throw Wrong(text)).ToList();
        return seeds.Distinct().Count() == seeds.Count ? seeds : throw new ConcordException($"The seeds '{text}' have one of them twice.");

        static ConcordException Wrong(string text) => new($"The seeds were given as '{text}'; they take a number of seeds from 1 to {Most}, or a list such as 0,1,2 (one seed: '7,').");
    }

    private static IReadOnlyList<long> Range(int count) => [.. Enumerable.Range(0, count).Select(seed => (long)seed)];

    private Dictionary<string, string> RuleOptions(ParseResult parsed, RunSettings onto)
    {
        Dictionary<string, string> options = new(onto.RuleOptions);
        foreach (var (key, value) in Pairs(parsed.GetValue(_set))) options[key] = value;
        return options;
    }

    /// <summary>The pairs that were given to --set.</summary>
    /// <exception cref="ConcordException">One of them is none, or a key is given twice.</exception>
    public static Dictionary<string, string> Pairs(IEnumerable<string>? given)
    {
        Dictionary<string, string> options = [];
        foreach (var pair in given ?? [])
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 1) throw new ConcordException($"--set was given '{pair}'; it takes KEY=VALUE, as feedback.preset=tinydfa. concord rules NAME lists a rule's keys.");
            if (!options.TryAdd(pair[..at], pair[(at + 1)..])) throw new ConcordException($"The option {pair[..at]} was set twice.");
        }
        return options;
    }
}

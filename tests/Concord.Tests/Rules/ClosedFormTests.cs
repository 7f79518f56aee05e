using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Spiking;
using Concord.Tests.Spiking;
using Concord.Training;
using static Concord.Tests.Rules.PaperNetwork;

namespace Concord.Tests.Rules;

/// <summary>
/// Law 1: on a 3-5-4-2 network, a batch of 3, biases not zero and f' not 1, each rule's update is the published equation.
/// </summary>
public sealed class ClosedFormTests
{
    private const int Samples = 3, Outputs = 2;
    private const double Rate = 0.3;
    private static readonly int[] s_widths = [3, 5, 4, 2];

    /// <summary>The rules whose equations are written out below.</summary>
    internal static IEnumerable<string> Rules =>
    [
        .. Kit.RuleNames, "fa feedback.start=signed", "fa feedback.start=copied", "fa feedback.start=opposite",
        "usf feedback.scale=0.3", "usf feedback.concordance=0.6", "frsf feedback.concordance=0.6", "fbp feedback.period=2",
        "fbp feedback.period=1 feedback.scheme=round-robin feedback.fraction=0.4",
        "wm mirror.batch=4 mirror.steps=2 mirror.rate=0.5 mirror.std=0.7",
        "wm mirror.batch=4 mirror.steps=2 mirror.rate=0.5 mirror.std=0.7 mirror.sum=true",
        "wm mirror.batch=4 mirror.steps=1 mirror.rate=0.5 mirror.std=0.7 mirror.noise=uniform mirror.rescale=false mirror.decay=0.1 "
            + "mirror.every=2",
        "wm mirror.batch=4 mirror.asReleased=true mirror.steps=1", "kolen-pollack feedback.asReleased=true",
        "kolen-pollack feedback.scale=0.1", "fbp feedback.period=1 feedback.scheme=top-k feedback.fraction=0.4",
        "sal sal.seconds=5 sal.every=2 sal.rate=0.02 sal.gain=2 sal.tau=20",
        "sal sal.seconds=5 sal.before=2 sal.every=0 sal.rate=0.02 sal.noise=white sal.closed=false",
        "sal sal.seconds=5 sal.before=0 sal.every=1 sal.rate=0.02 sal.drive=0.9 sal.std=0.1 sal.antiHebbian=false",
        "ternary-dfa feedback.threshold=0.5", "sparse-dfa feedback.nonZerosPerNeuron=2",
        .. FeedbackPreset.ByName.Keys.Select(preset => $"dfa feedback.preset={preset}"), "dfa feedback.asReleased=true",
        "drtp feedback.preset=frenkel2021", "dfa feedback.rank=1", "dfa feedback.preset=frenkel2021 feedback.rank=2",
        "local-pred local.bio=true local.projected=3", "local-sim local.bio=true local.projected=6", "local-predsim local.beta=0.4",
        "local-predsim local.beta=0.6 local.bio=true local.projected=5",
        "dtp reverse.steps=3 target.alpha=2 reverse.optimizer=sgd reverse.rate=0.7 reverse.std=0.4 reverse.decay=0.2",
        "dtp reverse.steps=0", "ddtp reverse.steps=0", "ddtp reverse.steps=2 reverse.optimizer=sgd reverse.std=0.5",
        "ddtp reverse.steps=2 reverse.rate=0.03 reverse.decay=0",
        "fdfa feedback.rate=0.4 perturbation.directions=3", "fdfa perturbation.distribution=normal perturbation.perSample=false",
        "sfdfa feedback.rate=0.3", "dkp feedback.optimizer=sgd feedback.rate=0.2 feedback.decay=0.3",
        "fg-activity perturbation.directions=2 perturbation.activeOnly=true perturbation.perSample=false",
        "grape feedback.rate=0.2 feedback.scale=3 perturbation.directions=2", "fg-activity perturbation.distribution=normal",
        "fg-weight perturbation.distribution=normal perturbation.directions=2",
    ];

    public static TheoryData<string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var rule in Rules)
            foreach (var activation in (string[])["tanh", "logistic"])
                foreach (var loss in Kit.LossesOfNumbers) data.Add(rule, activation, loss);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void UpdateIsThePublishedEquation(string rule, string activation, string loss)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner($"mlp:3-5-4-2,{activation}", rule, kernels, Kit.PlainSgd, new(Objective.ByName[loss]));
        var paper = Copy(learner.Network, activation);
        var feedback = new PaperFeedback(rule, paper, learner.Plan);
        for (var step = 0; step < 3; step++)
        {
            Kit.Fill(learner.Pass, Samples, step);
            paper.Forward(Read(learner.Pass.Input.ToArray(), Samples, 3));
            var targets = Read(learner.Pass.Targets.ToArray(), Samples, Outputs);
            var e = Error(loss, paper.Logits, targets);
            feedback.Teach(paper, e, targets, step, loss, Rate);
            learner.Step(Rate);
            Compare(paper, learner.Network);
            feedback.Targets?.Compare();
            feedback.Forward?.Compare();
        }
    }

    // Of fg-activity each copy has a direction of its own, unless all share one.
    [Theory]
    [MemberData(nameof(Names))]
    public void DoublingEverySampleLeavesTheUpdateUnchanged(string rule)
    {
        using var kernels = Kit.Double();
        if (rule == "fg-activity") rule += " perturbation.perSample=false";
        var (once, twice) = (Updates(rule, kernels, 1), Updates(rule, kernels, 2));
        foreach (var (name, update) in once) Kit.Close(update, twice[name], 1e-12, name);
    }

    // Conventions that sum over the batch double where they sum: in hidden layers, and as nokland2016 was released in all of them.
    [Theory]
    [InlineData("dfa feedback.preset=launay2019", 2, 1)]
    [InlineData("dfa feedback.preset=frenkel2021", 2, 1)]
    [InlineData("dfa feedback.asReleased=true", 2, 2)]
    public void ConventionsThatSumDouble(string rule, double hidden, double output)
    {
        using var kernels = Kit.Double();
        var (once, twice) = (Updates(rule, kernels, 1), Updates(rule, kernels, 2));
        foreach (var (name, update) in once)
            Kit.Close([.. update.Select(value => value * (name.StartsWith("fc3", StringComparison.Ordinal) ? output : hidden))],
                twice[name], 1e-12, name);
    }

    // Launay 2019 as released: no feedback enters in front of the masked layer, so the first layer receives the second's signal through the
    // second's weight, and all hidden layers sum over the batch; the output layer takes the mean. A mask of 1 leaves all as it is.
    [Fact]
    public void TheBottleneckAsReleasedIsBackpropagationBelowTheMaskedLayer()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:3-5-4-2,tanh,mask.fc2=1:as-released", "fc1=backprop,*=dfa feedback.preset=launay2019", kernels);
        var paper = Copy(learner.Network, "tanh");
        var d = Transpose(Read(Kit.Feedback(learner.Plan, "fc2.shared").ToArray(), 4, Outputs));
        for (var step = 0; step < 3; step++)
        {
            Kit.Fill(learner.Pass, Samples, step);
            paper.Forward(Read(learner.Pass.Input.ToArray(), Samples, 3));
            var e = Error("cross-entropy", paper.Logits, Read(learner.Pass.Targets.ToArray(), Samples, Outputs));
            var second = paper.Gate(Times(e, d), 1);
            var first = paper.Gate(Times(second, paper.W[1]), 0);
            paper.Descend(0, first, Rate);
            paper.Descend(1, second, Rate);
            paper.Descend(2, e, Rate / Samples);
            learner.Step(Rate);
            Compare(paper, learner.Network);
        }
    }

    [Fact]
    public void TheTernaryThresholdPartsLargeErrorsFromSmallOnes()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:3-5-4-2,tanh", "backprop", kernels);
        Kit.Step(learner, Samples);
        var large = learner.Pass.Error.ToArray().Count(value => Math.Abs(value) > 0.5);
        Assert.InRange(large, 1, Samples * Outputs - 1);   // or the case above with threshold 0.5 would prove little
    }

    public static TheoryData<string> Names() => Kit.Data(Kit.RuleNames);

    private static Dictionary<string, double[]> Updates(string rule, Kernels kernels, int copies)
    {
        var learner = Kit.Learner("mlp:3-5-4-2,tanh", rule, kernels);
        var before = learner.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.ToArray());
        Kit.Step(learner, Samples, copies: copies);
        return learner.Network.Parameters.ToDictionary(parameter => parameter.Name,
            parameter => before[parameter.Name].Zip(parameter.Value.ToArray(), (was, now) => was - now).ToArray());
    }

    private static PaperNetwork Copy(Network network, string activation) => new(
        [.. network.Parameters.Where(parameter => parameter.Shape.Rank == 2)
            .Select(weight => Transpose(Read(weight.Value.ToArray(), weight.Shape.Rows, weight.Shape.RowLength)))],
        [.. network.Parameters.Where(parameter => parameter.Shape.Rank == 1).Select(bias => bias.Value.ToArray())], activation);

    private static void Compare(PaperNetwork paper, Network network)
    {
        for (var l = 0; l < paper.Layers; l++)
        {
            Kit.Close(Flat(Transpose(paper.W[l])), Kit.Parameter(network, $"fc{l + 1}.weight").Value.ToArray(), 1e-12, $"W{l + 1}");
            Kit.Close(paper.B[l], Kit.Parameter(network, $"fc{l + 1}.bias").Value.ToArray(), 1e-12, $"b{l + 1}");
        }
    }

    /// <summary>
    /// The feedback of the rules, from the equations and the streams they are drawn from; index l carries the signal across W_(l+1).
    /// </summary>
    private sealed class PaperFeedback
    {
        private readonly string _rule, _start, _preset;
        private readonly Dictionary<string, string> _options;
        private readonly RandomStream _stream = RandomStream.FromSeed(Kit.Seed).Split("feedback");
        private readonly double[][,] _v = new double[3][,];
        private readonly double[][,] _d = new double[2][,];
        private readonly PaperLocalErrors? _local;

        public PaperFeedback(string text, PaperNetwork paper, Plan plan)
        {
            _options = text.Split(' ').Skip(1).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
            _rule = text.Split(' ')[0];
            _start = _options.GetValueOrDefault("feedback.start", "random");
            _preset = _options.GetValueOrDefault("feedback.preset", "nokland2016");
            if (_rule.StartsWith("local-", StringComparison.Ordinal)) _local = new(_rule, _options, plan);
            for (var l = 1; l < 3; l++)
                _v[l] = (_rule, _start) switch
                {
                    ("fa", "signed") => Map(paper.W[l], (w, _, _) => Math.Sign(w) / Math.Sqrt(3.0 * s_widths[l])),
                    ("fa", "opposite") => Map(paper.W[l], (w, _, _) => -w),
                    ("fa", "copied") or ("fbp", _) => paper.W[l],
                    ("kolen-pollack", _) => Map(Draw(l, _stream.Split($"fc{l + 1}.weight")), (b, _, _) => Option("feedback.scale", 1) * b),
                    _ => Draw(l, _stream.Split($"fc{l + 1}.weight")),
                };
            for (var step = 1; _rule == "wm" && step <= (int)Option("mirror.steps", 200); step++) Mirror(paper, -step);
            for (var move = 1; _rule == "sal" && move <= (int)Option("sal.before", 1); move++) Pair(paper, -move);
            if (_rule is "fdfa" or "sfdfa" or "grape" or "dkp" or "fg-activity" or "fg-weight")
                Forward = new(_rule, _options, plan, _stream, Rate);
            if (_rule is "dtp" or "ddtp")
                Targets = new(plan, _stream, _rule == "ddtp", _options.GetValueOrDefault("reverse.optimizer", "adam") == "adam", Option);
            for (var l = 0; l < 2; l++)
                if (_rule == "sparse-dfa")
                    _d[l] = Sparse((SparseProjection)plan.Rule.ProjectionAt(plan.Network.Ports[l])!, s_widths[l + 1]);
                else if (_options.TryGetValue("feedback.rank", out var rank))
                    _d[l] = LowRank(l, int.Parse(rank, System.Globalization.CultureInfo.InvariantCulture));
                else _d[l] = Direct(l);
        }

        public PaperTargets? Targets { get; }

        public PaperForward? Forward { get; }

        // U(-1/sqrt(fanIn), 1/sqrt(fanIn)), the distribution of W_(l+1), in the order of the weight in memory: [in, out].
        private static double[,] Draw(int l, RandomStream stream)
        {
            var bound = 1 / Math.Sqrt(s_widths[l]);
            return Transpose(Map(new double[s_widths[l], s_widths[l + 1]],
                (_, i, o) => bound * (2 * stream.Uniform((ulong)(i * s_widths[l + 1] + o)) - 1)));
        }

        // D_l [K, n]; shared ones are drawn for the widest port, units first, and their leading columns rescaled.
        private double[,] Direct(int l)
        {
            int n = s_widths[l + 1], widest = s_widths[1];
            var (spread, shared, normal) = _preset switch
            {
                "launay2019" => (1 / Math.Sqrt(Outputs * n), true, true),
                "tinydfa" => (1 / Math.Sqrt(widest), true, false),
                "frenkel2021" => (Math.Sqrt(6.0 / n), false, false),
                "biotorch2021" => (Math.Sqrt(6.0 / (Outputs + n)), false, false),
                "kaiming" => (Math.Sqrt(2.0 / Outputs), false, true),
                "unit" => (1 / Math.Sqrt(Outputs), false, true),
                _ => (1 / Math.Sqrt(n), false, false),
            };
            var stream = _stream.Split(shared ? "shared" : $"fc{l + 1}");
            var normals = Kit.Normals(stream, widest * Outputs);
            double Element(int index) => spread * (normal ? normals[index] : 2 * stream.Uniform((ulong)index) - 1);
            return Map(new double[Outputs, n], (_, k, j) => Element(shared ? j * Outputs + k : k * n + j));
        }

        // D_l = U V, both U(-1, 1), times what gives its elements the preset's standard deviation.
        private double[,] LowRank(int l, int rank)
        {
            var n = s_widths[l + 1];
            double[,] Factor(string name, int rows, int columns) => Map(new double[rows, columns],
                (_, i, j) => 2 * _stream.Split($"fc{l + 1}").Split(name).Uniform((ulong)(i * columns + j)) - 1);
            var product = Times(Factor("down", Outputs, rank), Factor("up", rank, n));
            var elements = product.Cast<double>().ToList();
            var (mean, wanted) = (elements.Average(), Math.Sqrt((_preset == "frenkel2021" ? 6.0 : 1.0) / n / 3));
            var drawn = Math.Sqrt(elements.Average(value => (value - mean) * (value - mean)));
            return Map(product, (value, _, _) => value * wanted / drawn);
        }

        private static double[,] Sparse(SparseProjection projection, int n)
        {
            var d = new double[Outputs, n];
            var k = projection.Index.Length / n;
            for (var j = 0; j < n; j++)
                for (var i = 0; i < k; i++) d[projection.Index[j * k + i], j] += projection.Values[j * k + i];
            return d;
        }

        public void Teach(PaperNetwork paper, double[,] e, double[,] targets, int step, string loss, double rate)
        {
            if (_rule == "pepita")
            {
                Modulate(paper, e, targets, loss, rate / Samples);
                return;
            }
            if (_rule == "fg-weight")
            {
                Forward!.Descend(paper, e, step, rate / Samples);
                return;
            }
            var deltas = new double[3][,];
            deltas[2] = e;
            var source = _rule switch
            {
                "sign-dfa" => Map(e, (value, _, _) => Math.Sign(value)),
                "ternary-dfa" => Map(e, (value, _, _) => Math.Abs(value) > double.Parse(_options.GetValueOrDefault("feedback.threshold",
                    "0.05"), System.Globalization.CultureInfo.InvariantCulture) ? Math.Sign(value) : 0),
                "drtp" => Map(targets, (value, _, _) => -value),
                _ => e,
            };
            var aimed = Targets?.Signals(paper, e, step) ?? Forward?.Signals(paper, e, step);
            for (var l = 1; l >= 0; l--)
            {
                var signal = aimed is not null ? aimed[l] : _rule is "dfa" or "sign-dfa" or "ternary-dfa" or "drtp" or "sparse-dfa"
                    ? Times(source, _d[l])
                    : _local is not null ? _local.Teach(l, paper.X[l + 1], targets, rate)
                    : Times(deltas[l + 1], Carrier(paper, l + 1, step));
                deltas[l] = paper.Gate(signal, l);
            }
            var asReleased = _rule != "kolen-pollack" && _options.ContainsKey("feedback.asReleased");
            var hidden = _preset is "launay2019" or "frenkel2021" || asReleased ? 1 : 1.0 / Samples;
            var output = (asReleased ? 1 : 1.0 / Samples) / (_preset == "frenkel2021" && loss != "cross-entropy" ? Outputs : 1);
            for (var l = 0; l < 3; l++)
            {
                if (_rule == "shallow" && l < 2) continue;
                var factor = rate * (l < 2 ? hidden : output);
                if (_rule == "kolen-pollack" && l > 0)
                {
                    var gradient = paper.Gradient(l, deltas[l]);
                    _v[l] = Map(_v[l], (b, i, j) => b - factor * gradient[i, j]);
                }
                paper.Descend(l, deltas[l], factor);
            }
            for (var l = 1; l < 3 && _rule.EndsWith("-alignment", StringComparison.Ordinal); l++) Align(paper.W[l], l, step + 1);
            if (_rule == "wm" && (step + 1) % (int)Option("mirror.every", 1) == 0) Mirror(paper, step + 1);
            if (_rule == "sal" && Option("sal.every", 400) is > 0 and var every && (step + 1) % (int)every == 0) Pair(paper, step + 1);
            if (_rule == "fbp" && (step + 1) % int.Parse(_options.GetValueOrDefault("feedback.period", "100"),
                System.Globalization.CultureInfo.InvariantCulture) == 0)
                for (var l = 1; l < 3; l++) Refresh(l, paper.W[l], step);
        }

        // x~_0 = x_0 + e F; hidden (x - x~)' x~_below, at the output e~' x~_below, and the biases' sums.
        private void Modulate(PaperNetwork paper, double[,] e, double[,] targets, string loss, double rate)
        {
            var (bound, stream) = (0.05 * Math.Sqrt(6.0 / s_widths[0]), _stream.Split("input"));
            var f = Map(new double[Outputs, s_widths[0]], (_, k, j) => bound * (2 * stream.Uniform((ulong)(k * s_widths[0] + j)) - 1));
            var change = Times(e, f);
            var second = paper.Again(Map(paper.X[0], (x, n, j) => x + change[n, j]));
            for (var l = 0; l < 3; l++)
            {
                var layer = l;
                second.Descend(l, l == 2 ? Error(loss, second.Logits, targets)
                    : Map(paper.X[l + 1], (x, n, j) => x - second.X[layer + 1][n, j]), rate);
            }
        }

        private double Option(string key, double otherwise) => _options.TryGetValue(key, out var text)
            ? double.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;

        // B = B - 0.05 dR/dB with the default coefficients, x noise: B - W, (B - W) C or B - W C + 0.2 W C W' B, C the mean of x x'.
        private void Align(double[,] w, int l, long moment)
        {
            const int Rows = 128;
            var inputs = s_widths[l];
            var normals = Kit.Normals(_stream.Split($"fc{l + 1}.weight").Split("alignment").At(moment), Rows * inputs);
            var x = Read(normals, Rows, inputs);
            var c = Map(Times(Transpose(x), x), (value, _, _) => value / Rows);
            var wc = Times(w, c);
            var b = _v[l];
            var bc = Times(b, c);
            var nullified = Times(Times(wc, Transpose(w)), b);
            _v[l] = Map(b, (value, o, i) => value - 0.05 * _rule switch
            {
                "symmetric-alignment" => value - w[o, i],
                "activation-alignment" => bc[o, i] - wc[o, i],
                _ => value - wc[o, i] + 0.2 * nullified[o, i],
            });
        }

        // Noise x, y = f(x W' + b), B = (1 - lambda) B + eta y' x, with y centred and B at the norm it started with unless as released.
        private void Mirror(PaperNetwork paper, long moment)
        {
            var released = _options.ContainsKey("mirror.asReleased");
            var (rows, std, rate) = ((int)Option("mirror.batch", 128), Option("mirror.std", released ? 0.1 / Math.Sqrt(12) : 1),
                released ? 0.01 : Option("mirror.rate", 0.0256) / (_options.ContainsKey("mirror.sum") ? 1 : Option("mirror.batch", 128)));
            for (var l = 1; l < 3; l++)
            {
                var (inputs, layer) = (s_widths[l], l);
                var stream = _stream.Split($"fc{l + 1}.weight").Split("mirror").At(moment);
                var normals = Kit.Normals(stream, rows * inputs);
                var uniform = released || _options.GetValueOrDefault("mirror.noise") == "uniform";
                var x = Map(new double[rows, inputs], (_, n, i) =>
                    std * (uniform ? Math.Sqrt(3) * (2 * stream.Uniform((ulong)(n * inputs + i)) - 1) : normals[n * inputs + i]));
                var bias = paper.B[l];
                var y = Map(Times(x, Transpose(paper.W[l])), (value, _, o) =>
                    layer < 2 ? paper.F(value + bias[o]) : released ? 1 / (1 + Math.Exp(-value - bias[o])) : value + bias[o]);
                if (!released)
                {
                    double[] means = [.. Enumerable.Range(0, y.GetLength(1)).Select(o => Enumerable.Range(0, rows).Average(n => y[n, o]))];
                    y = Map(y, (value, _, o) => value - means[o]);
                }
                var gain = Times(Transpose(y), x);
                var before = Math.Sqrt(_v[l].Cast<double>().Sum(value => value * value));   // rescaling keeps it what it was at the start
                _v[l] = Map(_v[l], (value, o, i) => (1 - Option("mirror.decay", 0)) * value + rate * gain[o, i]);
                if (released || _options.GetValueOrDefault("mirror.rescale") == "false") continue;
                var after = Math.Sqrt(_v[l].Cast<double>().Sum(value => value * value));
                _v[l] = Map(_v[l], (value, _, _) => value * before / after);
            }
        }

        // Spikes of two populations, by which B comes to W; W and B in the order of memory, [in, out].
        private void Pair(PaperNetwork paper, long moment)
        {
            using var kernels = Kit.Double();
            for (var l = 1; l < 3; l++)
            {
                double[] w = [.. Flat(Transpose(paper.W[l]))], b = [.. Flat(Transpose(_v[l]))];
                var noise = _stream.Split($"fc{l + 1}.weight").Split("pairing").At(moment);
                ReciprocalSettings settings = new(Option("sal.rate", 0.01), Option("sal.tau", 10), Option("sal.gain", 1),
                    Option("sal.drive", 0.7), Option("sal.std", 0.22), _options.ContainsKey("sal.noise") ? 0 : 10, PlasticSide.Feedback,
                    !_options.ContainsKey("sal.closed"), !_options.ContainsKey("sal.antiHebbian"));
                PaperPairing.Run(kernels, noise, w, b, s_widths[l], s_widths[l + 1], settings, (int)(1000 * Option("sal.seconds", 300)));
                _v[l] = Transpose(Read(b, s_widths[l], s_widths[l + 1]));
            }
        }

        // Copies W to B: all of it, the next block in the order of memory ([in, out]), or what differs most.
        private void Refresh(int l, double[,] w, int refresh)
        {
            int outputs = s_widths[l + 1], n = w.Length, before = (int)Math.Floor(0.4 * n * refresh + 1e-9),
                now = (int)Math.Floor(0.4 * n * (refresh + 1) + 1e-9);
            var b = _v[l];
            double Gap(int i) => Math.Abs(w[i % outputs, i / outputs] - b[i % outputs, i / outputs]);
            var moved = _options.GetValueOrDefault("feedback.scheme", "full") switch
            {
                "round-robin" => Enumerable.Range(before, now - before).Select(i => i % n),
                "top-k" => Enumerable.Range(0, n).OrderByDescending(Gap).Take(now - before),
                _ => Enumerable.Range(0, n),
            };
            var which = moved.ToHashSet();
            _v[l] = Map(b, (value, o, i) => which.Contains(i * outputs + o) ? w[o, i] : value);
        }

        private double[,] Carrier(PaperNetwork paper, int l, int step)
        {
            var w = paper.W[l];
            if (_options.TryGetValue("feedback.concordance", out var concordance))
            {
                var c = double.Parse(concordance, System.Globalization.CultureInfo.InvariantCulture);
                var draws = _stream.Split($"fc{l + 1}.weight").Split("concordance");
                w = Map(w, (value, o, i) => draws.Uniform((ulong)(i * s_widths[l + 1] + o)) < 1 - c ? -value : value);
            }
            var stream = _stream.Split($"fc{l + 1}.weight").Split("magnitude");
            switch (_rule)
            {
                case "backprop" or "sham":
                    return w;
                case "usf":
                    var scale = _options.TryGetValue("feedback.scale", out var given)
                        ? double.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : 1 / Math.Sqrt(3.0 * s_widths[l]);
                    return Map(w, (value, _, _) => scale * Math.Sign(value));
                case "frsf" or "brsf":
                    var m = Draw(l, _rule == "frsf" ? stream : stream.At(step));
                    return Map(w, (value, i, j) => Math.Abs(m[i, j]) * Math.Sign(value));
                case "sn":
                    var norm = Math.Sqrt(w.Cast<double>().Sum(value => value * value) / w.Length);
                    return Map(w, (value, _, _) => norm * Math.Sign(value));
                default:
                    return _v[l];   // fa and kolen-pollack; shallow has no use for it
            }
        }
    }
}

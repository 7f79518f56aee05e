using System.Diagnostics;
using System.Globalization;
using Concord.Cost;
using Concord.Data;
using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Spiking;

namespace Concord.Training;

/// <summary>
/// A run: epochs of <see cref="Learner.Step"/> over shuffled batches, an evaluation and a probe after each, checkpoints in
/// between, the test samples once at the end, with the last weights and with those of the best epoch on the validation samples. A run that
/// was interrupted at any moment continues to the same bits.
/// </summary>
public sealed class Trainer
{
    private readonly DataSplit _data;
    private readonly BatchLoader _loader;
    private readonly PassLoader _passes;
    private readonly Learner _learner;
    private readonly Evaluator _evaluator;
    private readonly RunProducts _products;
    private RunFolder? _folder;
    private readonly RandomStream _shuffle;
    private readonly int[] _order, _labels, _answers;
    private readonly int _count;   // of an epoch's samples
    private readonly int _gap;     // steps between those that are written down
    private readonly SpikingNeurons[] _clipping;   // the layers that clip slopes
    private readonly List<EpochMetrics> _epochs = [];
    private RunLog? _log;
    private readonly Stopwatch _watch = new();
    private CheckpointState _state;   // as of the last checkpoint
    private PartialEpoch _here;         // since then
    private bool _isRestored;
    private SavedWeights? _best;      // where there is no folder to keep them in

    /// <summary>Prepares a run.</summary>
    /// <param name="settings">What decides it.</param>
    /// <param name="data">Its samples.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="folder">Where it leaves its files; null to leave none.</param>
    /// <param name="restores">Whether a checkpoint is read before anything else,
    /// so that the file of starting weights is not needed.</param>
    /// <param name="rule">A rule of the program's own, which is registered (<see cref="RuleCatalogue.Register"/>) and becomes that of the
    /// settings; null for the rule that the settings name.</param>
    /// <param name="model">Makes a network of the program's own, another each time, in place of the settings' model; null for that. A
    /// network that a list of layers describes is recorded as one (<see cref="LayerList.Of"/>), and the run is like any other. Of others
    /// only the program that began a run can go on with it, as with <see cref="RunSettings.InCode"/>.</param>
    /// <exception cref="ConcordException">Settings, model, rule, starting weights and data do not fit together.</exception>
    public Trainer(RunSettings settings, DataSplit data, Kernels kernels, RunFolder? folder = null, bool restores = false,
        RuleDescription? rule = null, Func<Network>? model = null)
    {
        if (restores && folder is not null) RunProducts.Adopt(folder.Path, kernels);
        if (rule is not null) settings = settings.Ruled(rule);
        if (model is not null) settings = settings.Modelled(model);
        settings.Validate();
        settings = RunPlugins.Recorded(settings.Named);
        // Data made in code need not be named again.
        if (data.Whole is { Reference: null } made && settings.Data == new RunSettings().Data)
            settings = settings with { Data = made.Name };
        RunFit.CheckWeights(settings);
        if (!restores) settings = settings.WithWeightsHash();
        settings = settings with { Model = ModelCatalogue.Resolve(settings.Model, settings.Augment.ViewOf(data.Train.Shape),
            data.Train.Classes) };
        Settings = settings with { RuleOptions = settings.ResolvedOptions };
        var blueprint = restores ? settings.Blueprint.WithinItsBlocks : settings.Blueprint;
        var network = blueprint.MakeNetwork();
        RunFit.CheckData(settings, network, data);
        if (!restores) RunFit.CheckSchedule(settings, data);
        if (!restores) RunFit.CheckEarlyStop(settings, data);
        if (!restores) UnitRange.Check(settings, network, data.Train);
        _data = data;
        _folder = folder;
        var normalization = restores && folder is not null && File.Exists(folder.Normalization)
            ? FittedNormalization.Read(folder.Normalization, settings.Normalization).SharedWith(data, settings.ZcaEpsilon)
            : FittedNormalization.Fit(data, settings.Normalization, settings.ZcaEpsilon);
        _loader = new(normalization, settings.Augment, RandomStream.FromSeed(settings.Seed).Split("augmentation"));
        NetworkMemory.Check(network, kernels, Math.Min(settings.Batch, data.Train.Count), settings.Activations);
        _learner = new(blueprint, settings.Objective, settings.Optimizer, kernels, settings.Seed, settings.Activations,
            restores ? null : settings.StartingWeights);
        RunFit.CheckTargets(settings, data.Train, _learner.Plan);
        if (_learner.Plan.Online is { PerSynapse: true } online)
            TensorMemory.Check(kernels, [.. SynapseTraces.Extents(network, Math.Min(settings.Batch, data.Train.Count), online)],
                "Choose a smaller network or --batch, or a trace of each input (online.trace=input).", "all traces of synapses");
        if (settings.WeightBump is { } mostSilent) _learner.BreakSilence(mostSilent);
        if (settings.PreAlign) PreAlignment.Check(_learner.Plan);
        if (settings.Probe == ProbeKind.Feedback) MeanJacobian.Check(_learner.Network);
        if (settings is { Probe: not ProbeKind.Off, ProbeEvery: > 0 } && _learner.Plan.Online is not null)
            throw new ConcordException($"The rule {_learner.Plan.Rule.Name} learns {(_learner.Plan.Online.Walks ? "window by window"
                : "step by step")} in time, so its training steps cannot be probed. Leave out --probe-every (probeEvery). "
                + "Validation samples are still probed after each epoch.");
        if (settings.CacheFeatures == FeatureCaching.On && FeatureCache.Obstacle(settings, _learner) is { } obstacle)
            throw new ConcordException($"The features of frozen blocks cannot be kept: {obstacle}. "
                + "Change what stands in the way, or leave cacheFeatures (--cache-features) at auto.");
        _clipping = [.. _learner.Network.Blocks.SelectMany(block => block.Layers).OfType<SpikingNeurons>()
            .Where(layer => layer.Neuron.Grazing == Grazing.Clipped)];
        _passes = new(_loader);
        _shuffle = RandomStream.FromSeed(settings.Seed).Split("shuffle");
        _order = new int[data.Train.Count];
        _count = settings.DropLast ? _order.Length - _order.Length % settings.Batch : _order.Length;
        RunFit.CheckBatches(settings, network, _order.Length, _count);
        _gap = StepLine.Gap(StepsOf(_count));
        _products = new(kernels);
        _evaluator = new(_learner, _passes, settings.Probe, settings.ProbeSamples, TrainingBatches.Of(_count, settings.Batch));
        (_labels, _answers) = (new int[Math.Min(settings.Batch, _count)], new int[Math.Min(settings.Batch, _count)]);
        _state = new(Settings.Write(), 0, 0, default, PlateauState.Start, double.NaN, 0, 0, 0, 0) { Arithmetic = kernels.Arithmetic };
    }

    /// <summary>What decides the run, the rule's own defaults included.</summary>
    public RunSettings Settings { get; private set; }

    /// <summary>Network, rule and optimizer.</summary>
    public Learner Learner => _learner;

    /// <summary>What is probed: the validation samples, or, where there are none, training samples.</summary>
    private Samples Probed => _data.Validation.Count > 0 ? _data.Validation : _data.Train;

    /// <summary>Goes back to the last checkpoint in the folder.</summary>
    /// <param name="otherBits">Whether it may go on where arithmetic has other last bits than so far (<see cref="Kernels.Arithmetic"/>).
    /// </param>
    /// <exception cref="ConcordException">It belongs to another run, the data are not those that the run was begun with, or the arithmetic
    /// is another.</exception>
    public void Restore(bool otherBits = false)
    {
        var folder = _folder ?? throw new InvalidOperationException("A run without a folder cannot be restored.");
        if (RunData.Read(folder.Path)?.Fingerprint.ChangeTo(DataFingerprint.Of(_data)) is { } change)
            throw new ConcordException($"The data are not those that the run in '{folder.Path}' was begun with: {change}. "
                + "Give it the same data, or begin a new run.");
        _state = Checkpoint.Read(folder.LastCheckpoint, _learner);
        var arithmetic = _learner.Kernels.Arithmetic;
        if (!otherBits && _state.Arithmetic is { } before && before != arithmetic)
            throw new ConcordException($"The run in '{folder.Path}' was computed with {before}; here it would go on with {arithmetic}, and "
                + "so to other bits. Go on where it was begun, or take other bits: "
                + $"{NextCommand.Command("resume", Path.GetFullPath(folder.Path), "--other-bits")}");
        _state = _state with { Arithmetic = arithmetic };
        _here = _state.Here;
        if (_here.Clipped?.Length != _clipping.Length) _here.Clipped = null;
        long batch = Settings.Batch, steps = (_count + batch - 1) / batch;
        if (_here.Cursor > _count || _here.Cursor % batch != 0 && _here.Cursor != _count || _state.Epoch > Settings.Epochs
            || _state.Step != _state.Epoch * steps + (_here.Cursor + batch - 1) / batch)
            throw new ConcordException(FormattableString.Invariant($"'{folder.LastCheckpoint}' is damaged, or of other data: ")
                + FormattableString.Invariant($"by its state it has taken {_state.Step} steps, {_state.Epoch} of {Settings.Epochs} ")
                + FormattableString.Invariant($"epochs, and {_here.Cursor} samples of the next, which do not belong together with ")
                + FormattableString.Invariant($"{_count} samples in batches of {batch}. Use another copy of it."));
        _isRestored = true;
        using var metrics = JsonLinesFile.Open(folder.Metrics);
        metrics.TruncateTo(_state.MetricsBytes);
        _epochs.AddRange(MetricsReader.Epochs(folder.Metrics));
        if (_epochs.Count != _state.Epoch || _epochs.Where((epoch, i) => epoch.Epoch != i + 1).Any())
            throw new ConcordException(FormattableString.Invariant($"'{folder.Metrics}' is damaged: it should have a line for each ")
                + FormattableString.Invariant($"of the {_state.Epoch} epochs that the checkpoint counts as done, one after the other. ")
                + "Use another copy of it, or start a new run.");
    }

    /// <summary>
    /// Gives a restored run more epochs than it was to have. What a run of that many would have done from the start is the same up to the
    /// old end, whose checkpoint and summary are kept under other names. The test samples are then looked at once more, which is recorded.
    /// </summary>
    /// <param name="epochs">How many in all; more than it has.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <exception cref="ConcordException">They are not more, or the schedule depends on the length of the run.</exception>
    public void Extend(int epochs, string command = "")
    {
        if (_folder is null || !_isRestored)
            throw new InvalidOperationException("A run is restored from its folder before it is extended.");
        CheckExtension(Settings, epochs);
        if (StopsEarly)
            throw new ConcordException(FormattableString.Invariant($"The run stopped early (--early-stop {Settings.EarlyStop}): the score ")
                + FormattableString.Invariant($"on the validation samples was best after epoch {_state.BestEpoch}. One of {epochs} epochs ")
                + "would stop there as well. Begin a new one with a higher --early-stop.");
        var end = RunFolder.ResultOf(_folder.Path);
        if (_state.Epoch == Settings.Epochs) _folder.KeepEnd(Settings.Epochs);
        _state = _state.ExtendedTo(epochs, end?.Test.Score);
        Settings = Settings with { Epochs = epochs };
        Checkpoint.Write(_folder.LastCheckpoint, _learner, _state);
        _folder.WriteSettings(_state.Settings, [.. SettingsFile.Commands(_folder.Settings), command]);
    }

    /// <summary>Refuses to extend a run where its length decides more than its end.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="epochs">The epochs that it is to have.</param>
    /// <exception cref="ConcordException">It cannot be extended to so many.</exception>
    public static void CheckExtension(RunSettings settings, int epochs)
    {
        if (epochs <= settings.Epochs)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The run has {settings.Epochs} epochs, "
                + $"and {epochs} were asked for. A run can be made longer, not shorter; begin a new one for that."));
        if (settings.Epochs == 0)
            throw new ConcordException("The run has 0 epochs: it looked at the untrained network and trained nothing. Begin a new one.");
        if (settings.Schedule.LooksAtLength)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The schedule {settings.Schedule} spreads the learning "
                + $"rate over all epochs of a run, so a run of {epochs} is another one from its first step on. Begin it again (--epochs "
                + $"{epochs}), or train with a schedule that does not look at the length: constant, step, exponential, plateau."));
    }

    /// <summary>The same run, not yet begun, with a folder to leave its files in.</summary>
    /// <param name="folder">The folder.</param>
    public Trainer In(RunFolder folder)
    {
        _folder = folder;
        return this;
    }

    /// <summary>Scores samples with the weights of a checkpoint, which replace those at hand.</summary>
    /// <param name="checkpoint">The file.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">It belongs to another run.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public Evaluation Score(string checkpoint, Samples samples, CancellationToken cancellation = default)
    {
        Checkpoint.Read(checkpoint, _learner);
        Evaluation? evaluation = null;
        _learner.Kernels.Run(() => evaluation = _evaluator.Evaluate(samples, cancellation));
        return evaluation!;
    }

    /// <summary>Runs to the end. When cancelled, saves first.</summary>
    /// <param name="progress">Told where the run is, on the engine's thread; should be quick.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <param name="cancellation">Breaks the run off after the present step, or batch of samples that is looked at.</param>
    /// <exception cref="OperationCanceledException">It was interrupted; what is done is in the checkpoint. Before the first one, while
    /// samples are whitened or weights aligned, there is none.</exception>
    /// <exception cref="RunFailure">It diverged.</exception>
    public RunResult Run(IProgress<TrainingProgress>? progress = null, string command = "", CancellationToken cancellation = default)
    {
        RunResult? result = null;
        _learner.Kernels.Run(() => result = RunOnEngine(progress, command, cancellation));
        return result!;
    }

    private RunResult RunOnEngine(IProgress<TrainingProgress>? progress, string command, CancellationToken cancellation)
    {
        try
        {
            _folder?.WriteFailure(null);
            _loader.Normalization.Prepare(_data, _learner.Kernels.Threads, cancellation);
            if (_folder is not null)
            {
                _log = RunLog.Open(_folder, Settings, _state.Extensions ?? []);
                KeepData(_folder, progress);
            }
            if (_state.Epoch == 0 && _here.Cursor == 0)
            {
                // the checkpoint below has it
                if (Settings.PreAlign && !_isRestored)
                    PreAlignment.Apply(_learner.Plan, Settings.Objective, PreparationBatch(), cancellation);
                if (!_isRestored) _folder?.WriteSettings(_state.Settings, [command]);
                if (!_isRestored && _folder is not null && RunPlugins.Strange(Settings) is { } notice)
                    progress?.Report(Standing with { Notice = notice });
                Save();   // a run that is interrupted in its first epoch can continue as well
            }
            _learner.Prepare(new Share(Telling(progress, "moving the feedback before the first step")), PreparationBatch, cancellation);
            if (Settings.Epochs == 0 && _epochs.Count == 0) LookAtUntrained(progress, cancellation);
            if (!IsOver) _passes.Features = OpenFeatures(progress, cancellation);
            while (!IsOver)
            {
                TrainEpoch(progress, cancellation);
                FinishEpoch(progress, cancellation);
            }
            return Finish(cancellation);
        }
        catch (RunFailure failure) when (_folder is not null)
        {
            Record(failure, _folder, _log);
            throw;
        }
        finally
        {
            _log?.Dispose();
            _passes.Features?.Dispose();
            _passes.Features = null;
        }
    }

    // A disk that refuses must not hide why the run failed.
    private static void Record(RunFailure failure, RunFolder folder, RunLog? log)
    {
        try
        {
            folder.WriteFailure(failure.Message);
            log?.Fail();
        }
        catch (ConcordException error)
        {
            throw new RunFailure($"{failure.Message} {error.Message}");
        }
    }

    // Before the first checkpoint, so that there is none without them. A run that continues has them, unless it is older than these files.
    private void KeepData(RunFolder folder, IProgress<TrainingProgress>? progress)
    {
        if (!_isRestored || !File.Exists(folder.Normalization)) _loader.Normalization.Write(folder.Normalization, _learner.Kernels.Threads);
        var (now, kept) = (RunData.Of(_data), _isRestored ? RunData.Read(folder.Path) : null);
        if (kept is null || (now.Reference is not null && now.Reference != kept.Reference)) folder.Record(_data);
        if (!_isRestored) return;
        if (kept is null) Tell($"{SavedData.Unchecked} From now on it is.");
        if (_state.Extensions is null || SettingsFile.Edits(folder.Settings, _state.Settings).Count == 0) return;
        folder.WriteSettings(_state.Settings, SettingsFile.Commands(folder.Settings));   // it was interrupted while it was extended
        Tell(FormattableString.Invariant($"{SettingsFile.Name} describes the run as it was before it was extended; ")
            + FormattableString.Invariant($"from now on it has {Settings.Epochs} epochs from now on."));

        void Tell(string notice) => progress?.Report(Standing with { Notice = notice });
    }

    // Where the disk refuses, a run that was not told to keep features continues without: only time is lost.
    private FeatureCache? OpenFeatures(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (Settings.CacheFeatures == FeatureCaching.Off || FeatureCache.Obstacle(Settings, _learner) is not null) return null;
        var tell = Telling(progress, "features of the frozen blocks");
        try
        {
            return FeatureCache.Open(new(_learner, _loader, _data, Settings, _evaluator.Batch), (share, notice) =>
            {
                if (share is { } done) tell(done);
                if (notice is not null) Notice(notice);
            }, cancellation);
        }
        catch (ConcordException error) when (Settings.CacheFeatures == FeatureCaching.Auto)
        {
            Notice($"Training continues without keeping the features of frozen blocks. {error.Message}");
            return null;
        }

        void Notice(string notice) => progress?.Report(Standing with { Notice = notice });
    }

    private bool StopsEarly => Settings.EarlyStop is { } patience && _state.BestEpoch > 0 && _state.Epoch - _state.BestEpoch >= patience;

    private bool IsOver => _state.Epoch >= Settings.Epochs || StopsEarly;

    private TrainingProgress Standing => new(_state.Epoch + 1, Settings.Epochs, (double)_here.Cursor / _count, 0, 0, 0, null);

    // Ten times a second at most.
    private Action<double> Telling(IProgress<TrainingProgress>? progress, string what)
    {
        var (watch, told) = (Stopwatch.StartNew(), TimeSpan.Zero);
        return share =>
        {
            if (progress is null || watch.Elapsed - told < TimeSpan.FromMilliseconds(100)) return;
            told = watch.Elapsed;
            progress.Report(Standing with { Preparing = new(what, share) });
        };
    }

    private sealed class Share(Action<double> tell) : IProgress<double>
    {
        public void Report(double value) => tell(value);
    }

    private void TrainEpoch(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        for (var i = 0; i < _order.Length; i++) _order[i] = i;
        if (Settings.Shuffle) _shuffle.At(_state.Epoch).Shuffle(_order.AsSpan());
        var before = _here.Seconds;
        var (saved, told) = (TimeSpan.Zero, TimeSpan.Zero);
        var measured = _learner.Kernels.Choices?.Seconds;   // the time of choosing among products is not that of training
        _watch.Restart();
        while (_here.Cursor < _count)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save();
                throw new OperationCanceledException(cancellation);
            }
            var rows = Math.Min(Settings.Batch, _count - _here.Cursor);
            var rate = Rate(_here.Cursor);
            var loss = TrainBatch(_order.AsSpan(_here.Cursor, rows), rate);
            if (!double.IsFinite(loss))
                throw Diverged(FormattableString.Invariant($"the loss is {loss}, and {Divergence.Overflow(_learner)}"));
            if (_here.Cursor == 0) _here.FirstLoss = loss;
            _here.LossSum += loss * rows;
            for (var i = 0; i < rows && _data.Train.HasClasses; i++)
                if (_labels[i] == _answers[i]) _here.Correct++;
            _here.Cursor += rows;
            _here.Seconds = before + _watch.Elapsed.TotalSeconds - (_learner.Kernels.Choices?.Seconds - measured ?? 0);
            if (_log is not null && StepsOf(_here.Cursor) % _gap == 0)
                _log.Append(new StepLine(_learner.Steps, loss, rate, _here.Cursor / _here.Seconds));
            FaultInjection.Reach("step");
            if (_watch.Elapsed - saved > TimeSpan.FromMinutes(Settings.CheckpointMinutes) && _here.Cursor < _count)
            {
                _watch.Stop();
                Save();
                _watch.Start();
                saved = _watch.Elapsed;
            }
            if (progress is not null && _watch.Elapsed - told > TimeSpan.FromMilliseconds(100))
            {
                told = _watch.Elapsed;
                progress.Report(new(_state.Epoch + 1, Settings.Epochs, (double)_here.Cursor / _count, _here.LossSum / _here.Cursor,
                    Accuracy(_here.Cursor), _here.Cursor / _here.Seconds, null));
            }
        }
    }

    private double TrainBatch(ReadOnlySpan<int> rows, double rate)
    {
        var pass = _learner.Pass;
        Load(rows, pass);
        var loss = _learner.Step(rate, ProbesNow() ? ProbeTraining : null);
        if (_data.Train.HasClasses) _learner.Plan.Answers(pass, _answers.AsSpan(0, rows.Length));
        if (_clipping.Length > 0) _here.Clipped ??= new long[_clipping.Length];
        for (var i = 0; i < _clipping.Length; i++) _here.Clipped![i] += pass.CountsOf(_clipping[i]).Clipped;
        return loss;
    }

    private long StepsOf(int samples) => ((long)samples + Settings.Batch - 1) / Settings.Batch;

    // Of the epoch's samples so far.
    private double Accuracy(int samples) => _data.Train.HasClasses ? (double)_here.Correct / samples : double.NaN;

    private void Load(ReadOnlySpan<int> rows, Pass pass)
    {
        _passes.LoadTraining(pass, _data.Train, rows, _learner.Steps);
        PassLoader.LoadTargets(pass, _data.Train, rows, _labels.AsSpan(0, rows.Length));
    }

    // A batch of its own draw, so that it has all classes in it whatever the order of the data.
    private Pass PreparationBatch()
    {
        for (var i = 0; i < _order.Length; i++) _order[i] = i;
        RandomStream.FromSeed(Settings.Seed).Split("pre-alignment").Shuffle(_order.AsSpan());
        var pass = new Pass(_learner.Network, _learner.Kernels, default);
        Load(_order.AsSpan(0, Math.Min(Settings.Batch, _order.Length)), pass);
        return pass;
    }

    private bool ProbesNow() => Settings.Probe != ProbeKind.Off && Settings.ProbeEvery > 0 && _learner.Steps % Settings.ProbeEvery == 0;

    private void ProbeTraining(Learner learner)
    {
        _watch.Stop();
        var rows = _evaluator.ProbeTraining(learner.BackwardPass);
        _log?.Append(learner.Steps, rows);
        _watch.Start();
    }

    private double Rate(int cursor) => Settings.Optimizer.LearningRate
        * Settings.Schedule.FactorAt(_state.Epoch + (double)cursor / _count, Settings.Epochs, _state.Plateau);

    // The control that papers leave out. The checkpoint stays that of a run that has not been prepared.
    private void LookAtUntrained(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var untrained = Look(new(0, 0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, 0, 0, []), cancellation, out _);
        _log?.Commit();
        progress?.Report(Standing with { Epoch = 0, Finished = untrained });
    }

    // Looks at the network as it is, and writes down what there is to see.
    private EpochMetrics Look(EpochMetrics metrics, CancellationToken cancellation, out Evaluation validation)
    {
        validation = Finite(_evaluator.Evaluate(_data.Validation, cancellation, out var dead, out var norms, out var spikes,
            out var energy), _data.Validation, "validation");
        var first = _data.Train.First(Math.Min(Settings.ProbeSamples, _data.Train.Count));
        var seen = _data.Validation.Count > 0 ? validation
            : Finite(_evaluator.Evaluate(first, cancellation, out dead, out norms, out spikes, out energy), first, "training");
        metrics = metrics with
        {
            DeadUnits = dead, ActivityNorms = norms, Spikes = WithClipped(spikes), Energy = energy,
            Unanswered = [.. from number in Enumerable.Range(0, seen.Confusion.Length) where seen.Confusion[number].Sum() > 0
                && seen.Confusion.All(row => row[number] == 0) select new UnansweredClass(number, seen.Confusion[number].Sum())],
            ValidationLoss = validation.Loss, ValidationAccuracy = validation.Accuracy, Alignment = Settings.Probe == ProbeKind.Off ? []
                : CountedProbe(cancellation),
            Transported = _learner.Plan.Transport(_learner.Steps).Moved,
        };
        _epochs.Add(metrics);
        _log?.Append(metrics);
        return metrics;
    }

    // Slopes are clipped on the way down, so these are of the training samples.
    private IReadOnlyList<LayerSpikes> WithClipped(IReadOnlyList<LayerSpikes> spikes) => _here.Clipped is not { } clipped ? spikes
        : [.. spikes.Select(layer => Array.FindIndex(_clipping, one => one.Name == layer.Layer) is >= 0 and var i
            ? layer with { Clipped = (double)clipped[i] / _count } : layer)];

    private void FinishEpoch(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        _learner.EndEpoch();   // of a run that was interrupted from here on, once more: it does nothing then
        EpochMetrics metrics;
        Evaluation validation;
        try
        {
            metrics = Look(new(_state.Epoch + 1, _learner.Steps, Rate(Math.Max(0, _count - Settings.Batch)), _here.LossSum / _count,
                Accuracy(_count),
                double.NaN, double.NaN, _here.Seconds, _count / _here.Seconds, [])
                { FirstLoss = _here.FirstLoss }, cancellation, out validation);
        }
        catch (OperationCanceledException)
        {
            Save();   // all steps of the epoch are done; it continues with the look
            throw;
        }
        var merit = validation.Score.Merit;
        var best = merit > _state.BestMerit || (double.IsNaN(_state.BestMerit) && _data.Validation.Count > 0);
        _state = _state with
        {
            Epoch = _state.Epoch + 1,
            Plateau = Settings.Schedule.After(_state.Plateau, validation.Loss),
            BestMerit = best ? merit : _state.BestMerit,
            BestEpoch = best ? _state.Epoch + 1 : _state.BestEpoch,
        };
        _here = default;
        Save(best);
        if (best && _folder is null)
        {
            if (_best is null) _best = new(_learner);
            else _best.Keep();
        }
        progress?.Report(new(metrics.Epoch, Settings.Epochs, 1, metrics.TrainLoss, metrics.TrainAccuracy,
            metrics.SamplesPerSecond, metrics));
    }

    private IReadOnlyList<PortAlignment> CountedProbe(CancellationToken cancellation)
    {
        var kernels = _learner.Kernels;
        var (log, mine) = (kernels.Log, new OperationLog());
        kernels.Log = mine;
        IReadOnlyList<PortAlignment> rows;
        try
        {
            rows = _evaluator.Probe(Probed, cancellation);
        }
        finally
        {
            kernels.Log = log;
        }
        _state = _state with { ProbeMacs = Enum.GetValues<Phase>().Sum(phase => mine[phase].MultiplyAccumulates) };
        return rows;
    }

    private SampleCost Cost() =>
        SampleCost.Of(_learner.Cost(Settings.Batch, _passes.Features?.Blocks ?? 0), Settings.Batch, (double)_state.ProbeMacs / _count);

    private RunResult Finish(CancellationToken cancellation)
    {
        var test = Finite(_evaluator.Evaluate(_data.Test, cancellation), _data.Test, "test");
        var seconds = _epochs.Count == 0 ? 0 : _epochs.Select(epoch => epoch.Seconds).Order().ElementAt((_epochs.Count - 1) / 2);
        var memory = new MemoryUse(_learner.Network.Parameters.Sum(parameter => parameter.Value.Bytes),
            _learner.Plan.FeedbackWords * sizeof(float), Math.Max(_state.PeakBytes, _learner.Bytes),
            Math.Max(_state.PeakActivationBytes, _learner.Pass.ActivationBytes));
        var result = new RunResult(Settings, [.. _epochs], test, seconds, seconds > 0 ? _count / seconds : 0, memory, Cost())
            { BestTest = TestOfBest(test, cancellation), Transport = _learner.Plan.Transport(_learner.Steps),
                Extensions = _state.Extensions ?? [] };
        if (_folder is not null) FirstTestSpikes()?.Write(_folder.Path);
        _log?.End(result);
        if (_folder is not null) _products.Write(_folder);
        _folder?.WriteSummary(result, _learner.Kernels.Description);
        return result;
    }

    // For the report; nothing else follows from it.
    private SpikeRecord? FirstTestSpikes()
    {
        if (!_learner.Network.OutputPort.IsSpiking) return null;
        var (pass, answers) = (new Pass(_learner.Network, _learner.Kernels, default) { Objective = Settings.Objective }, new int[1]);
        _passes.LoadEvaluation(pass, _data.Test, [0]);
        pass.Forward(_learner.Steps, training: false);
        _learner.Plan.Answers(pass, answers);
        return SpikeRecord.Of(pass, "test", 0, _data.Test.Labels[0], answers[0]);
    }

    // The weights of the best epoch are looked at on the test samples once, as those of the last are, and then these are put back.
    private Evaluation? TestOfBest(Evaluation last, CancellationToken cancellation)
    {
        if (_data.Validation.Count == 0 || Settings.Epochs == 0) return null;
        if (_state.BestEpoch == _state.Epoch) return last;
        var here = new SavedWeights(_learner);
        try
        {
            if (_folder is null) _best!.PutBack();
            else Checkpoint.ReadWeights(_folder.BestCheckpoint, _learner);
            return Finite(_evaluator.Evaluate(_data.Test, cancellation), _data.Test, "test");
        }
        finally
        {
            here.PutBack();
        }
    }

    // The metrics reach the disk before the checkpoint that counts on them.
    private void Save(bool best = false)
    {
        if (Divergence.NotFinite(_learner) is { } faults) throw Diverged(faults);
        if (_folder is null) return;
        _state = _state with
        {
            MetricsBytes = _log!.Commit(), Step = _learner.Steps, Here = _here,
            PeakBytes = Math.Max(_state.PeakBytes, _learner.Bytes), PeakActivationBytes = Math.Max(_state.PeakActivationBytes,
                _learner.Pass.ActivationBytes),
        };
        _products.Write(_folder);
        if (best) Checkpoint.Write(_folder.BestCheckpoint, _learner, _state);
        Checkpoint.Write(_folder.LastCheckpoint, _learner, _state);
    }

    // What replaces the last checkpoint must be worth going on from, and what is reported must be one.
    private Evaluation Finite(Evaluation evaluation, Samples samples, string name) =>
        double.IsFinite(evaluation.Loss) || samples.Count == 0
        ? evaluation
        : throw Diverged(FormattableString.Invariant($"the {name} loss is {evaluation.Loss}, and {Divergence.NotFinite(_learner)
            ?? "all that is kept of the run is finite, so an activity or the loss itself overflowed on some of the samples"}"));

    private RunFailure Diverged(string what) => Divergence.Of(what, Settings, _learner.Steps,
        (_count + Settings.Batch - 1) / Settings.Batch,
        _folder is not null && File.Exists(_folder.LastCheckpoint) ? (_state.Step, _folder.Path) : null);
}

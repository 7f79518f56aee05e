using Concord.Data;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// A run: epochs of <see cref="Learner.Step"/> over shuffled batches, an evaluation and a probe after each, checkpoints in
/// between, the test samples once at the end, with the last weights and with those of the best epoch on the validation samples. A run that
/// was interrupted at any moment continues to the same bits.
/// </summary>
public sealed class Trainer
{
    private readonly RunState _run;
    private readonly TrainingEpoch _epoch;
    private readonly EpochLook _look;

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
        settings = settings with { RuleOptions = settings.ResolvedOptions };
        var blueprint = restores ? settings.Blueprint.WithinItsBlocks : settings.Blueprint;
        var network = blueprint.MakeNetwork();
        RunFit.CheckData(settings, network, data);
        if (!restores) RunFit.CheckSchedule(settings, data);
        if (!restores) RunFit.CheckEarlyStop(settings, data);
        if (!restores) UnitRange.Check(settings, network, data.Train);
        var normalization = restores && folder is not null && File.Exists(folder.Normalization)
            ? FittedNormalization.Read(folder.Normalization, settings.Normalization).SharedWith(data, settings.ZcaEpsilon)
            : FittedNormalization.Fit(data, settings.Normalization, settings.ZcaEpsilon);
        NetworkMemory.Check(network, kernels, Math.Min(settings.Batch, data.Train.Count), settings.Activations);
        var learner = new Learner(blueprint, settings.Objective, settings.Optimizer, kernels, settings.Seed, settings.Activations,
            restores ? null : settings.StartingWeights);
        RunFit.CheckRule(settings, learner, data.Train);
        RunFit.CheckBatches(settings, network, data.Train.Count);
        if (settings.WeightBump is { } mostSilent) learner.BreakSilence(mostSilent);
        _run = new(settings, data, learner,
            new(normalization, settings.Augment, RandomStream.FromSeed(settings.Seed).Split("augmentation")), folder);
        (_epoch, _look) = (new(_run), new(_run));
    }

    /// <summary>What decides the run, the rule's own defaults included.</summary>
    public RunSettings Settings => _run.Settings;

    /// <summary>Network, rule and optimizer.</summary>
    public Learner Learner => _run.Learner;

    /// <summary>Goes back to the last checkpoint in the folder.</summary>
    /// <param name="otherBits">Whether it may go on where arithmetic has other last bits than so far (<see cref="Kernels.Arithmetic"/>).
    /// </param>
    /// <exception cref="ConcordException">It belongs to another run, the data are not those that the run was begun with, or the arithmetic
    /// is another.</exception>
    public void Restore(bool otherBits = false) => RunContinuation.Restore(_run, otherBits);

    /// <summary>
    /// Gives a restored run more epochs than it was to have. What a run of that many would have done from the start is the same up to the
    /// old end, whose checkpoint and summary are kept under other names. The test samples are then looked at once more, which is recorded.
    /// </summary>
    /// <param name="epochs">How many in all; more than it has.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <exception cref="ConcordException">They are not more, or the schedule depends on the length of the run.</exception>
    public void Extend(int epochs, string command = "") => RunContinuation.Extend(_run, epochs, command);

    /// <summary>The same run, not yet begun, with a folder to leave its files in.</summary>
    /// <param name="folder">The folder.</param>
    public Trainer In(RunFolder folder)
    {
        _run.Folder = folder;
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
        Checkpoint.Read(checkpoint, Learner);
        Evaluation? evaluation = null;
        Learner.Kernels.Run(() => evaluation = _run.Evaluator.Evaluate(samples, cancellation));
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
        Learner.Kernels.Run(() => result = RunOnEngine(progress, command, cancellation));
        return result!;
    }

    private RunResult RunOnEngine(IProgress<TrainingProgress>? progress, string command, CancellationToken cancellation)
    {
        try
        {
            var beginning = new RunBeginning(_run, progress, cancellation);
            beginning.Prepare(_epoch.PreparationBatch, command);
            if (Settings.Epochs == 0 && _run.Epochs.Count == 0) _look.Untrained(progress, cancellation);
            if (!_run.IsOver) _run.Passes.Features = beginning.OpenFeatures();
            while (!_run.IsOver)
            {
                _epoch.Run(progress, cancellation);
                _look.Finish(progress, cancellation);
            }
            return RunEnd.Of(_run, cancellation);
        }
        catch (RunFailure failure) when (_run.Folder is not null)
        {
            Record(failure, _run.Folder, _run.Log);
            throw;
        }
        finally
        {
            _run.Log?.Dispose();
            _run.Passes.Features?.Dispose();
            _run.Passes.Features = null;
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
}

using System.Runtime.InteropServices;
using Concord.Data;
using Concord.Data.Formats;
using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// A run's network as a checkpoint holds it, or as it began: to be looked at, in evaluation mode. Inputs go through the normalisation that
/// the run's own training samples decided, whichever samples they are. Ports stand at the ends of blocks, or where they are asked for,
/// whatever the rule, so that those of two runs can be compared.
/// </summary>
public sealed class SavedNetwork
{
    private const int Most = 256, Activities = 1 << 25;   // samples, and elements of all their activities
    private readonly BatchLoader _loader;
    private readonly Evaluator _evaluator;
    private readonly Learner _learner;
    private Pass? _answering;
    private int[] _labels = new int[Most];

    private SavedNetwork(string folder, RunSettings settings, DataSplit? split, IReadOnlyList<string> classes, Learner learner,
        BatchLoader loader, Placement at)
    {
        (Folder, Settings, Split, Classes, _learner, _loader) = (folder, settings, split, classes, learner, loader);
        HasClasses = split?.Train.HasClasses ?? RunData.Read(folder)?.HasClasses ?? true;
        _evaluator = new(learner, new(loader), ProbeKind.Off, settings.ProbeSamples);
        var isCutThere = learner.Network.Blocks.All(block => learner.Network.PlacementOf(block.Name) == at);
        var network = isCutThere ? learner.Network : learner.Network.Recut(_ => at);
        Pass = new(network, learner.Kernels, default);
        BatchSize = Math.Clamp(Activities / Math.Max(1, network.Blocks.Sum(block => block.Elements)), 16, Most);
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>What decided the run.</summary>
    public RunSettings Settings { get; }

    /// <summary>The samples as the run had them; null where it was opened without its data.</summary>
    public DataSplit? Split { get; }

    /// <summary>The classes' names, in the order of the outputs.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Whether the run's samples are of classes, and not with real targets.</summary>
    public bool HasClasses { get; }

    /// <summary>The columns of the table that the run's samples came from; null where they came from none.</summary>
    internal TableColumns? Columns => _loader.Normalization.Columns;

    /// <summary>One sample's axes.</summary>
    public Shape SampleShape => _loader.Normalization.Shape;

    /// <summary>The pass that its samples go through.</summary>
    public Pass Pass { get; }

    /// <summary>The network.</summary>
    public Network Network => Pass.Network;

    /// <summary>Samples that go through at once.</summary>
    internal int BatchSize { get; }

    /// <summary>The least and the largest value of each channel among the training samples; empty for bytes.</summary>
    internal (float[] Lowest, float[] Highest) TrainingRange => _loader.Normalization.Range;

    /// <summary>
    /// Makes the network of the run in a folder, to be given new samples: what was done to the run's own is read from the folder.
    /// </summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="checkpoint"><c>last</c>, <c>best</c>, or that of an earlier end of an extended run, such as <c>last-10</c>.</param>
    /// <param name="untrained">The weights it began with instead of a checkpoint's.</param>
    /// <param name="at">Where the ports of <see cref="Network"/> stand.</param>
    /// <exception cref="ConcordException">There is no such run or checkpoint, or it is older than the record of its
    /// normalisation.</exception>
    public static SavedNetwork Open(string folder, Kernels kernels, string checkpoint = "last", bool untrained = false,
        Placement at = Placement.BlockEnd)
    {
        var settings = SettingsOf(folder);
        if (!RunFolder.HasNormalization(folder))
            throw new ConcordException($"The run in '{folder}' is older than the record of its normalisation "
                + $"({Path.GetFileName(RunFolder.NormalizationOf(folder))}), so new samples cannot be brought in as its own were. "
                + "Give its own data as well, or resume it, which writes the file.");
        var classes = RunData.Read(folder)?.Fingerprint.Classes ?? OwnData.Numbered(ModelDescription.Parse(settings.Model).Output.Length);
        return Make(folder, settings, null, classes, FittedNormalization.Read(RunFolder.NormalizationOf(folder), settings.Normalization),
            kernels, checkpoint, untrained, at);
    }

    /// <summary>Makes the network of the run in a folder, with the run's own samples.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="data">The data set that the run was begun with.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="checkpoint"><c>last</c>, <c>best</c>, or that of an earlier end of an extended run, such as <c>last-10</c>.</param>
    /// <param name="untrained">The weights it began with instead of a checkpoint's.</param>
    /// <param name="at">Where the ports of <see cref="Network"/> stand.</param>
    /// <exception cref="ConcordException">There is no such run or checkpoint, or the data are others.</exception>
    public static SavedNetwork Open(string folder, Dataset data, Kernels kernels, string checkpoint = "last", bool untrained = false,
        Placement at = Placement.BlockEnd)
    {
        var settings = SettingsOf(folder).Split(data, out var split);
        if (RunData.Read(folder)?.Fingerprint.ChangeTo(DataFingerprint.Of(split)) is { } change)
            throw new ConcordException($"The data '{data.Name}' are not those that the run in '{folder}' was begun with: {change}. "
                + "Give it the same data, or open the run without data and give it new samples.");
        var normalization = RunFolder.HasNormalization(folder)
            ? FittedNormalization.Read(RunFolder.NormalizationOf(folder), settings.Normalization).SharedWith(split, settings.ZcaEpsilon)
            : FittedNormalization.Fit(split, settings.Normalization, settings.ZcaEpsilon);
        return Make(folder, settings, split, data.Classes, normalization, kernels, checkpoint, untrained, at);
    }

    private static RunSettings SettingsOf(string folder) => RunFolder.SettingsOf(folder) with { Activations = ActivationPolicy.Stored };

    private static SavedNetwork Make(
        string folder, RunSettings settings, DataSplit? split, IReadOnlyList<string> classes, FittedNormalization normalization,
        Kernels kernels, string checkpoint, bool untrained, Placement at)
    {
        RunProducts.Adopt(folder, kernels);
        SavedNetwork? made = null;
        kernels.Run(() =>
        {
            var loader = new BatchLoader(normalization, settings.Augment, default);
            var blueprint = settings.Blueprint.WithinItsBlocks;
            var network = blueprint.MakeNetwork();
            if (network.Input.Length != loader.Shape.Length || network.Output.Length != classes.Count)
                throw new ConcordException($"The model {settings.Model} of the run in '{folder}' takes {network.Input.Length} inputs and "
                    + $"gives {network.Output.Length} outputs, but its data have samples of {normalization.Shape} in {classes.Count} "
                    + "classes. Its files do not belong together; use another copy of the folder.");
            var learner = new Learner(blueprint, settings.Objective, settings.Optimizer, kernels, settings.Seed,
                settings.Activations, untrained ? settings.StartingWeights : null);
            if (!untrained) Checkpoint.Read(RunFolder.CheckpointOf(folder, checkpoint), learner);
            made = new(folder, settings, split, classes, learner, loader, at);
        });
        return made!;
    }

    /// <summary>
    /// New samples for this network, with the classes' numbers of this run: all rows of a table, read as the run's own table was, or the
    /// test part of other sets. They may lack some of the classes.
    /// </summary>
    /// <param name="data">The name of a data set, or <c>csv:PATH</c>.</param>
    /// <param name="dataRoot">A folder to look for data sets in first.</param>
    /// <exception cref="ConcordException">They cannot be read, are of another shape, or a class is none of the run's.</exception>
    public Samples SamplesOf(string data, string? dataRoot = null) =>
        Fitted(NewSamples.Read(data, dataRoot, _loader.Normalization.Columns, SampleShape));

    /// <summary>Samples without labels, given as the run's data set had them; each is said to be of the first class.</summary>
    /// <param name="inputs">N x features, finite.</param>
    /// <exception cref="ConcordException">There are more or fewer features, or a number is not finite.</exception>
    public Samples SamplesOf(float[,] inputs)
    {
        var (rows, features) = (inputs.GetLength(0), inputs.GetLength(1));
        if (features != SampleShape.Length)
            throw new ConcordException($"The inputs have {Things.Of(features, "feature")} each, but the run in '{Folder}' "
                + $"takes {SampleShape} ({SampleShape.Length}).");
        if (rows == 0) return new(SampleShape, Array.Empty<float>(), Array.Empty<int>(), Classes.Count);
        var columns = _loader.Normalization.Columns ?? TableColumns.Unnamed(features);
        return OwnData.Samples(inputs, new int[rows], Classes.Count, SampleShape, columns);
    }

    /// <summary>The same of a data set at hand.</summary>
    /// <param name="data">The data set.</param>
    /// <exception cref="ConcordException">Its samples are of another shape, a class is none of the run's, or columns were read in another
    /// way than the run's.</exception>
    public Samples SamplesOf(Dataset data) => Fitted(NewSamples.Of(data));

    /// <summary>Loss, accuracy and confusion over samples, by the same arithmetic as at the end of a run.</summary>
    /// <param name="samples">The run's own, or any of the same shape and classes (<see cref="SamplesOf(string, string?)"/>).</param>
    /// <param name="cancellation">Breaks off between batches.</param>
    public Evaluation Evaluate(Samples samples, CancellationToken cancellation = default)
    {
        samples = Checked(samples);
        Evaluation? evaluation = null;
        Pass.Kernels.Run(() => evaluation = _evaluator.Evaluate(samples, cancellation));
        return evaluation!;
    }

    /// <summary>
    /// The feedback-alignment kernel of the network and its rule, with the feedback that it has come to, on the first of some samples, in
    /// evaluation mode.
    /// </summary>
    /// <param name="samples">Samples of the run's shape and classes.</param>
    /// <param name="count">How many of them; there are as many.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">There is none: see <see cref="FeedbackKernel.Of"/>.</exception>
    public FeedbackKernel KernelOf(Samples samples, int count, CancellationToken cancellation = default)
    {
        samples = Checked(samples);
        FeedbackKernel.CheckSize(count, Classes.Count);
        FeedbackKernel? kernel = null;
        Pass.Kernels.Run(() =>
        {
            var pass = new Pass(_learner.Network, Pass.Kernels, default);
            Load(pass, samples, [.. Enumerable.Range(0, count)]);
            pass.Batch.Step = _learner.Steps;
            kernel = FeedbackKernel.Of(_learner.Plan, pass, Settings.Objective, cancellation: cancellation);
        });
        return kernel!;
    }

    /// <summary>The class that the network answers for each sample; labels are not looked at.</summary>
    /// <param name="samples">Samples of the run's shape.</param>
    /// <param name="cancellation">Breaks off between batches.</param>
    public int[] Answers(Samples samples, CancellationToken cancellation = default)
    {
        var answers = new int[samples.Count];
        ForBatches(samples, (start, rows) => Answer(answers.AsSpan(start, rows)), cancellation);
        return answers;
    }

    /// <summary>What the network says of each sample; labels are not looked at.</summary>
    /// <param name="samples">Samples of the run's shape.</param>
    /// <param name="cancellation">Breaks off between batches.</param>
    public Prediction Predict(Samples samples, CancellationToken cancellation = default)
    {
        var answers = new int[HasClasses ? samples.Count : 0];
        var outputs = new float[samples.Count, Classes.Count];
        ForBatches(samples, (start, rows) =>
        {
            if (HasClasses) Answer(answers.AsSpan(start, rows));
            Settings.Objective.Outputs(Pass, MemoryMarshal.CreateSpan(ref outputs[start, 0], rows * Classes.Count));
        }, cancellation);
        return new(Classes, answers, outputs, HasClasses && Settings.Objective.HasProbabilities) { HasAnswers = HasClasses };
    }

    // Brings samples through the network, batch after batch.
    private void ForBatches(Samples samples, Action<int, int> see, CancellationToken cancellation)
    {
        samples = Checked(samples);
        Pass.Kernels.Run(() =>
        {
            for (var start = 0; start < samples.Count; start += BatchSize)
            {
                cancellation.ThrowIfCancellationRequested();
                int[] rows = [.. Enumerable.Range(start, Math.Min(BatchSize, samples.Count - start))];
                Load(samples, rows);
                Pass.Forward(step: 0, training: false);
                see(start, rows.Length);
            }
        });
    }

    /// <summary>What its neurons do on the first of some samples, by the nodes of its graph (<see cref="NirExport"/>).</summary>
    /// <param name="samples">Samples as the run's own.</param>
    /// <param name="count">How many of them, at least 1.</param>
    /// <param name="time">What time is in a file.</param>
    /// <exception cref="ConcordException">The network has no neurons that NIR has a node for.</exception>
    public IReadOnlyList<NirRecording> RecordingsOf(Samples samples, int count, NirTime time)
    {
        samples = Checked(samples);
        if (count < 1 || count > Math.Min(samples.Count, BatchSize))
            throw new ConcordException(FormattableString.Invariant($"{count} samples were asked for; 1 to ")
                + FormattableString.Invariant($"{Math.Min(samples.Count, BatchSize)} can be recorded at once (--samples)."));
        var recorder = new NirRecorder(time);
        Pass.Kernels.Run(() =>
        {
            Load(samples, [.. Enumerable.Range(0, count)]);
            Pass.Evaluated = recorder.See;
            try
            {
                Pass.Forward(step: 0, training: false);
            }
            finally
            {
                Pass.Evaluated = null;
            }
        });
        return recorder.Recordings.Count > 0 ? recorder.Recordings
            : throw new ConcordException($"The run in '{Folder}' is of the model {Settings.Model}, which has no spiking neurons that NIR "
                + "has a node for. Give a run of one that has, such as lif:784-400-10 or snn:784-800-10.");
    }

    /// <summary>The spikes of one sample on its way through the network.</summary>
    /// <param name="samples">Samples as the run's own.</param>
    /// <param name="sample">Which of them, from 0.</param>
    /// <param name="part">What they are called.</param>
    /// <exception cref="ConcordException">The network has no spikes, or there is no such sample.</exception>
    public SpikeRecord SpikesOf(Samples samples, int sample, string part = "test")
    {
        samples = Checked(samples);
        if (!Network.OutputPort.IsSpiking)
            throw new ConcordException($"The run in '{Folder}' is of the model {Settings.Model}, which has no spikes at exact times. "
                + "Give a run of a spiking network, such as snn:784-800-10.");
        if ((uint)sample >= (uint)samples.Count)
            throw new ConcordException(FormattableString.Invariant($"There is no sample {sample}; {part} samples are numbered from 0 to ")
                + FormattableString.Invariant($"{samples.Count - 1} (--sample)."));
        SpikeRecord? record = null;
        Pass.Kernels.Run(() =>
        {
            Load(samples, [sample]);
            Pass.Forward(step: 0, training: false);
            var answers = new int[1];
            Answer(answers);
            record = SpikeRecord.Of(Pass, part, sample, samples.Labels[sample], answers[0]);
        });
        return record!;
    }

    private Samples Fitted(NewSamples foreign)
    {
        var (name, samples, classes) = foreign;
        if (samples.Shape != SampleShape && (samples.Shape.Rank == 3 || samples.Shape.Length != SampleShape.Length))
            throw new ConcordException($"The samples of '{name}' are {samples.Shape}, but those of the run in '{Folder}' are "
                + $"{SampleShape}. Give data of that shape.");
        if (samples.Columns is { } theirs && _loader.Normalization.Columns is var own)
        {
            if (own is not null && !own.Fits(theirs))
                throw new ConcordException($"'{name}' has the features {CsvReader.Listed(theirs.Features)}, "
                    + $"but the run in '{Folder}' takes "
                    + $"{CsvReader.Listed(own.Features)}, in that order.");
            if (!theirs.AreTakenOutAlike(own))
                throw new ConcordException($"The columns of '{name}' were read with other offsets and scales than those of the run in "
                    + $"'{Folder}'. Have the run read the table: SamplesOf(\"csv:PATH\").");
        }
        var known = Classes.ToList();
        int[] numbers = [.. classes.Select(label => known.IndexOf(label))];
        var strange = classes.Where((_, i) => numbers[i] < 0).ToList();
        if (strange.Count > 0)
            throw new ConcordException($"The classes of '{name}' are not those of the run in '{Folder}', which has no "
                + $"{DataFingerprint.Listed(strange)}. It knows {DataFingerprint.Listed(Classes)}; use the same names"
                + $"{(samples.Columns?.Label is { } label
                    ? $", and name the label's column if it is not '{label}' (csv:PATH#COLUMN)" : "")}.");
        var fitted = Checked(samples.OnAxes(SampleShape).Relabelled(numbers, Classes.Count));
        _loader.Normalization.Normalization.CheckFinite(fitted);
        return fitted;
    }

    // Of new samples the same is taken out as of the run's own.
    private Samples Checked(Samples samples)
    {
        if (samples.Shape != SampleShape || samples.Classes != Classes.Count)
            throw new ArgumentException($"The run in '{Folder}' takes samples of {SampleShape} for {Classes.Count} outputs, but "
                + $"{samples} were given.", nameof(samples));
        RunFit.CheckTargets(Settings, samples);
        return samples.Columns is null && _loader.Normalization.Columns is { AreAsRead: false } columns
            ? samples.TakenOutBy(columns) : samples;
    }

    /// <summary>Puts this network's weights and norm buffers into another that was made alike.</summary>
    internal void CopyTo(Network other)
    {
        foreach (var (from, to) in StartingWeights.Weights(Network).Zip(StartingWeights.Weights(other)))
            Pass.Kernels.Copy(from.Tensor, to.Tensor);
    }

    /// <summary>Brings samples and their targets into the pass.</summary>
    internal void Load(Samples samples, ReadOnlySpan<int> rows) => Load(Pass, samples, rows);

    /// <summary>The same into a pass through a network of this one's shape.</summary>
    internal void Load(Pass pass, Samples samples, ReadOnlySpan<int> rows)
    {
        if (_labels.Length < rows.Length) _labels = new int[rows.Length];
        new PassLoader(_loader).LoadEvaluation(pass, samples, rows);
        PassLoader.LoadTargets(pass, samples, rows, _labels.AsSpan(0, rows.Length));
    }

    /// <summary>What the run's rule answers for the samples that were evaluated last.</summary>
    internal void Answer(Span<int> answers)
    {
        var pass = Pass;
        if (pass.Network != _learner.Network)   // the rule may read its own ports
        {
            pass = _answering ??= new(_learner.Network, Pass.Kernels, default);
            pass.Begin(Pass.Rows);
            if (pass.Network.ReadsSpikes) Pass.Batch.Spikes.CopyTo(pass.Batch.Spikes);
            else pass.Kernels.Copy(Pass.Input, pass.Input);
            pass.Batch.Mask = Pass.Batch.Mask;
            pass.Forward(step: 0, training: false);
        }
        pass.Objective = Settings.Objective;
        _learner.Plan.Answers(pass, answers);
    }

    /// <summary>The classes of the samples that were loaded last.</summary>
    internal ReadOnlySpan<int> Labels => _labels.AsSpan(0, Pass.Rows);
}

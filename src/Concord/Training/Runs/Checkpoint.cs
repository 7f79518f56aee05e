using System.Text;
using System.Text.Json;
using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// One safetensors file: weights (the way everybody's files have them, <see cref="FileLayout"/>), norm buffers, feedback, the optimizer's
/// moments, and the state as JSON in its metadata, with a checksum of the values. Written whole or not at all.
/// </summary>
internal static class Checkpoint
{
    private const string Version = "1", VersionKey = "concord", StateKey = "state";

    public static void Write(string path, Learner learner, CheckpointState state) =>
        SafeTensors.WriteChecked(path, Tensors(learner).Select(entry => FileLayout.Entry(entry.Name, entry.Tensor, entry.Turned)),
            new Dictionary<string, string>
        {
            [VersionKey] = Version,
            [StateKey] = JsonSerializer.Serialize(state with { Counters = learner.Counters.ToDictionary(entry => entry.Name,
                entry => entry.Counter.Value) }, CheckpointJson.Default.CheckpointState),
        });

    /// <summary>Reads the state alone.</summary>
    /// <exception cref="ConcordException">It is no checkpoint of this version.</exception>
    public static CheckpointState ReadState(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        return State(file);
    }

    /// <summary>Reads everything into a learner that was made from the same settings.</summary>
    /// <exception cref="ConcordException">It belongs to another network, rule or version.</exception>
    public static CheckpointState Read(string path, Learner learner)
    {
        using var file = SafeTensorsFile.Open(path);
        var state = State(file);
        var expected = Tensors(learner).ToList();
        if (expected.FirstOrDefault(entry => !file.Contains(entry.Name)) is { Name: { } missing })
            throw new ConcordException($"'{path}' holds no '{missing}': it is a checkpoint of another network, rule or optimizer. "
                + "Resume it with the settings it was made with.");
        if (file.Names.Except(expected.Select(entry => entry.Name)).FirstOrDefault() is { } left)
            throw new ConcordException($"'{path}' holds '{left}', which this network, rule and optimizer do not have. "
                + "Resume it with the settings it was made with.");
        file.CheckValues(Otherwise(path));
        foreach (var entry in expected) FileLayout.Read(file, entry.Name, entry.Tensor, entry.Turned);
        foreach (var (name, counter) in learner.Counters)
            counter.Value = state.Counters?.TryGetValue(name, out var value) == true ? value : throw new ConcordException(
                $"'{path}' holds no number '{name}': it is a checkpoint of another rule. Resume it with the settings it was made with.");
        learner.Steps = state.Step;
        return state;
    }

    /// <summary>Reads parameters and norm buffers alone into the learner that wrote them.</summary>
    /// <exception cref="ConcordException">It is no checkpoint of this version, or lacks one of them.</exception>
    public static void ReadWeights(string path, Learner learner)
    {
        using var file = SafeTensorsFile.Open(path);
        State(file);
        file.CheckValues(Otherwise(path));
        foreach (var entry in StartingWeights.Weights(learner.Network)) FileLayout.Read(file, entry.Name, entry.Tensor, entry.Turned);
    }

    private static CheckpointState State(SafeTensorsFile file)
    {
        var version = file.Metadata.GetValueOrDefault(VersionKey);
        if (version != Version)
            throw new ConcordException(version is null
                ? $"'{file.Path}' is a safetensors file, but not a checkpoint of Concord's: it has no '{VersionKey}' in its metadata."
                : $"'{file.Path}' is a checkpoint of version {version}; this program reads version {Version}. "
                    + "Use the program that wrote it.");
        var state = file.Metadata.GetValueOrDefault(StateKey)
            ?? throw new ConcordException($"The checkpoint '{file.Path}' has no state in its metadata; it cannot be resumed.");
        return CheckpointState.Read(CheckedJson.Parse(Encoding.UTF8.GetBytes(state), file.Path,
            $"Use another copy of it{Otherwise(file.Path)}."));
    }

    // The two checkpoints of a run stand in for each other.
    private static string Otherwise(string path) => (Path.GetFileName(path), Path.GetDirectoryName(path)) switch
    {
        (RunFolder.LastFile, { } folder) when File.Exists(Path.Combine(folder, RunFolder.BestFile)) =>
            ", or go back to the run's best epoch on validation: "
                + $"copy {RunFolder.BestFile} over {RunFolder.LastFile} in its folder and resume it",
        (RunFolder.BestFile, { } folder) when File.Exists(Path.Combine(folder, RunFolder.LastFile)) =>
            $", or use the run's last checkpoint, {RunFolder.LastFile}",
        _ => "",
    };

    /// <summary>All that a checkpoint holds, by the names it has there, and whether it is turned round.</summary>
    internal static IEnumerable<(string Name, Tensor Tensor, bool Turned)> Tensors(Learner learner)
    {
        foreach (var entry in StartingWeights.Weights(learner.Network)) yield return entry;
        foreach (var (name, tensor) in learner.Plan.Feedback) yield return (name, tensor, false);
        foreach (var group in learner.Plan.Groups)
        {
            foreach (var parameter in group.Parameters)
                yield return ($"group.{group.Name}.{parameter.Name}", parameter.Value, FileLayout.Turns(parameter.Shape));
            foreach (var (name, tensor) in group.Norms) yield return (name, tensor, false);
            foreach (var (name, parameter, tensor) in group.Moments) yield return (name, tensor, FileLayout.Turns(parameter.Shape));
        }
        foreach (var (name, tensor) in learner.Optimizer.Norms) yield return (name, tensor, false);
        foreach (var (name, parameter, tensor) in learner.Optimizer.Moments) yield return (name, tensor, FileLayout.Turns(parameter.Shape));
    }
}

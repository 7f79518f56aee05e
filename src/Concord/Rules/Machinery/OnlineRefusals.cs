using Concord.Layers;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>
/// How the rules of a plan learn while time goes on, and what is refused then: a network whose steps cannot be made one after the other, or
/// whose error is known at the end only.
/// </summary>
internal static class OnlineRefusals
{
    /// <summary>How they learn; null where none does so.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="window">Time steps after which the weights move, whatever the rule; null for all.</param>
    /// <exception cref="ConcordException">The network is none for it, or rules of a map differ.</exception>
    public static OnlineLearning? Check(Plan plan, int? window)
    {
        if (plan.Declarations.FirstOrDefault(declared => declared.Rule.Online is not null) is not { } declared)
            return window is { } steps ? InWindows(plan.Network, steps) : null;
        var (name, online) = (declared.Rule.Name, declared.Rule.Online!);
        if (window is not null)
            throw new ConcordException($"The rule {name} learns at each time step, so there are no windows that it could walk back in. "
                + "Leave out --window (window); online.slice says how many steps are made at once.");
        if (plan.Declarations.FirstOrDefault(other => other.Rule.Online != online) is { } other)
            throw new ConcordException($"The rule {name} learns at each time step, and {other.Rule.Name} in the same map "
                + $"{(other.Rule.Online is null ? "when all steps are done" : "otherwise")}: one of them has to do for the whole network.");
        if (Obstacle(plan.Network, online) is { } obstacle)
            throw new ConcordException($"The rule {name} learns at each time step: {obstacle}.");
        return online;
    }

    // One window of all steps is none.
    private static OnlineLearning? InWindows(Network network, int steps)
    {
        if (network.HasTime && steps == network.Steps) return null;
        if (network.HasTime && network.Output.Steps > 1 && network.Steps % steps != 0)
        {
            var divides = Enumerable.Range(1, Math.Min(steps, network.Steps - 1)).Last(window => network.Steps % window == 0);
            throw new ConcordException(FormattableString.Invariant($"--window {steps} does not divide the network's {network.Steps} time ")
                + FormattableString.Invariant($"steps. Give a number that does, such as {divides}, or leave it out."));
        }
        var windows = OnlineLearning.InWindows(steps);
        return Obstacle(network, windows) is not { } obstacle ? windows
            : throw new ConcordException(FormattableString.Invariant($"--window {steps} cuts time into windows: {obstacle}."));
    }

    private static string? Obstacle(Network network, OnlineLearning online)
    {
        if (!network.HasTime)
            return "the network has none. Use one with time steps (--model lif:784-400-10,ends=each or rnn:100,ends=each), "
                + $"or {(online.Walks ? "leave it out" : "another rule")}";
        var layers = network.Blocks.SelectMany(block => block.Layers).ToList();
        if (network.Output.Steps == 1)
            return $"{(online.Walks ? "an" : "its")} error is needed at each, and time ends at {Last(layers).Name} ({Last(layers)}). Put "
                + $"a loss at each step: ends=each{(layers[^1] is RcReadout ? " with readout=linear" : "")}";
        if (network.Steps % online.Slice != 0)
            return FormattableString.Invariant($"{online.Slice} steps at once do not divide the network's {network.Steps}. ")
                + "Choose a number that does (online.slice)";
        if (network.Blocks[0].Output.Steps == 1)
            return $"the block {network.Blocks[0].Name} stands before time begins, and would learn when all steps are done. Let time begin "
                + "in the lowest block";
        if (layers.Skip(1).FirstOrDefault(layer => layer is RowsToSteps) is { } rows)
            return $"the layer {rows.Name} ({rows}) cuts what other layers made. Let it be the lowest";
        if (layers.FirstOrDefault(layer => layer is BatchNorm && layer.Input.Steps > 1) is { } norm)
            return $"the batch norm {norm.Name} takes its moments over all steps. Use a layer norm";
        if (layers.OfType<ClockedNeurons>().FirstOrDefault(neurons => neurons.Neuron.Refractory > 0) is { } refractory)
            return $"the neurons {refractory.Name} remember spikes of several steps (refractory). Leave it out";
        if (online.Drawn > network.Steps)
            return FormattableString.Invariant($"{online.Drawn} of its steps are to be drawn, and the network has {network.Steps}. Give ")
                + "fewer (online.steps)";
        if ((online.MovesEach || online.Drawn > 0)
            && layers.TakeWhile(layer => !layer.BeginsTime).FirstOrDefault(layer => layer.Parameters.Count > 0) is { } early)
            return $"{(online.Walks ? "weights move after each" : online.MovesEach ? "weights move at each" : "some are learned from")}, "
                + $"and {early.Name} ({early}) is multiplied once for all of them. Let time begin below it: "
                + "input=poisson, or repeat before the weight in a list of layers";
        return online.Traces ? TraceObstacle(network, online) : null;
    }

    private static string? TraceObstacle(Network network, OnlineLearning online)
    {
        var perSynapse = online.PerSynapse;
        foreach (var block in network.Blocks)
        {
            if (block.Layers.FirstOrDefault(layer => layer is { HasState: true } and not ClockedNeurons) is { } cell)
                return $"traces are those of leaky neurons, and {cell.Name} ({cell}) has none. Use a network of clocked neurons "
                    + "(--model lif:784-400-10,ends=each), or sltt";
            if (block.Layers.OfType<ClockedNeurons>().FirstOrDefault() is not { } neurons)
            {
                if (online.Pull is not null && block != network.Blocks[^1])
                    return $"rates are those of spikes, and the block {block.Name} has none ({string.Join(", ", block.Layers)}). Leave out "
                        + "rate.strength";
                continue;
            }
            if (neurons.Neuron.Adapts && !perSynapse && online.TraceLeak is null)
                return $"what raises the threshold of the neurons {neurons.Name} (adaptation) is another trace for each synapse and "
                    + "sample. Use online.trace=synapse on a small network, or sltt or fptt, which take the threshold as given";
            if ((online.Pull is not null || (online.Filters && SynapseTraces.LeakOfOutputs(network) is not null))
                && block != network.Blocks[^1] && block.Layers[^1] != neurons)
                return $"the pull of rates, and the filter by the outputs' leak, are those of spikes at the port, and behind the neurons "
                    + $"{neurons.Name} another layer stands ({block.Layers[^1].Name}). Leave it out, or leave out rate.strength and give "
                    + "online.filter=false";
            if (online.Filters && !neurons.Neuron.Fires && neurons.LearnsLeak && block == network.Blocks[^1])
                return $"eligibilities are filtered by one leak, and the outputs {neurons.Name} learn their own (learned-leak). Leave it "
                    + "out, or give online.filter=false";
            if (neurons.LearnsLeak && !perSynapse && (online.TraceLeak is null || block == network.Blocks[^1]))
                return $"a trace has one leak, and the neurons {neurons.Name} learn their own (learned-leak). Leave it out, or "
                    + (online.TraceLeak is null ? "use online.trace=synapse, sltt or fptt"
                        : "take outputs without memory (readout=linear), sltt or fptt");
            if (perSynapse && block.Layers.Any(layer => layer is Convolution))
                return $"a weight that several places share has no synapses of its own, and {block.Name} is a convolution. Use "
                    + "online.trace=input";
            if (InputTraces.Feeding(block) is null)
                return $"a trace is that of the input of a weight onto neurons, and between those of {block.Name} another layer stands "
                    + $"({string.Join(", ", block.Layers)}). Leave it out, or use sltt";
        }
        return null;
    }

    private static Layer Last(List<Layer> layers) => layers.Last(layer => layer is { ChangesSteps: true, BeginsTime: false });
}

using Concord.Layers;

namespace Concord.Networks;

/// <summary>
/// Refuses layers in an order that makes no sense in time, as they are put on each other: time begins once and ends at most once, so that
/// every port has either one step or all of them.
/// </summary>
internal struct TimeCheck
{
    private Layer? _begin, _end;

    /// <summary>Sees the next layer, which has its shapes.</summary>
    /// <exception cref="ConcordException">It cannot stand there.</exception>
    public void See(Layer layer)
    {
        if (layer.WithBranches.Skip(1).FirstOrDefault(inner => inner.ChangesSteps || inner.HasState) is { } inner)
            throw new ConcordException($"The layer {layer.Name} has a layer of time inside ({inner}); they stand in a chain only.");
        if (layer.Input.Steps > 1 && (layer.ReadsSpikes || layer.EmitsSpikes))
            throw new ConcordException($"The layer {layer.Name} ({layer}) finds spikes in continuous time, and its input has "
                + $"{layer.Input}. Use clocked neurons (lif), or leave out {_begin!.Name}.");
        if (layer.HasState && _begin is null)
            throw new ConcordException($"The layer {layer.Name} ({layer}) has a state that goes from step to step, and its input has no "
                + "steps. Let time begin below it: rows (of an image), repeat or poisson.");
        if (layer.HasState && _end is not null)
            throw new ConcordException($"The layer {layer.Name} ({layer}) has a state that goes from step to step, and time has ended at "
                + $"{_end.Name} ({_end}). Put it before that.");
        if (!layer.ChangesSteps) return;
        if (layer.BeginsTime && _begin is not null)
            throw new ConcordException($"Time begins twice, at {_begin.Name} ({_begin}) and at {layer.Name} ({layer}). Leave one out.");
        if (!layer.BeginsTime && (_begin is null || _end is not null))
            throw new ConcordException($"The layer {layer.Name} ({layer}) ends time, which {(_end is null ? "has not begun. Let it begin "
                + "below: rows (of an image), repeat or poisson." : $"has ended at {_end.Name} ({_end}). Leave one out.")}");
        if (layer.BeginsTime) _begin = layer;
        else _end = layer;
    }
}

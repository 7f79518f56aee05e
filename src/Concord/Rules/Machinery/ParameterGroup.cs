using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// Parameters of a rule's own that move together: by an optimizer with moments, a step count and a number of samples of their own. They
/// gather gradients and move in training steps alone, so that a probe, an evaluation or a preparation leaves every byte as it is.
/// Checkpoints keep values, moments and the step count. Made by <see cref="RuleState.Group"/>.
/// </summary>
public sealed class ParameterGroup
{
    private readonly List<Parameter> _parameters = [];
    private readonly Counter _steps = new();
    private readonly GroupOptimizer _settings;
    private Optimizer? _optimizer;
    private bool _gathers;
    private double _runRate;

    internal ParameterGroup(string name, GroupOptimizer settings, RuleState state)
    {
        (Name, _settings) = (name, settings);
        state.Keep($"group.{name}.steps", _steps);
    }

    /// <summary>Its name in checkpoints.</summary>
    public string Name { get; }

    /// <summary>What learns in it.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Steps that it has taken; there may be several within a training step.</summary>
    public long Steps => _steps.Value;

    /// <summary>How it moves, for people.</summary>
    public string Movement => _settings.ToString();

    /// <summary>
    /// Where the gradient of a parameter goes, as a sum over samples: in a training step, and nowhere else.
    /// The step divides it by the samples of the batch.
    /// </summary>
    /// <param name="parameter">One of the group's.</param>
    /// <param name="pass">The pass that it is made of.</param>
    /// <param name="gradient">The target, its factor and that of what stands there.</param>
    public bool TryTake(Parameter parameter, RulePass pass, out Accumulator gradient)
    {
        gradient = default;
        if (!pass.Learns || _optimizer is null) return false;
        if (!_gathers) _optimizer.Begin(pass.Rows);
        if (!_optimizer.TryTake(parameter, out gradient)) return false;
        return _gathers = true;
    }

    internal IEnumerable<(string Name, Tensor Tensor)> Norms =>
        (_optimizer?.Norms ?? []).Select(entry => (Named(entry.Name), entry.Tensor));

    internal IEnumerable<(string Name, Parameter Parameter, Tensor Tensor)> Moments =>
        (_optimizer?.Moments ?? []).Select(entry => (Named(entry.Name), entry.Parameter, entry.Tensor));

    internal long Bytes => _optimizer?.Bytes ?? 0;

    internal void Add(Parameter parameter)
    {
        if (_optimizer is not null)
            throw new InvalidOperationException($"The group {Name} learns already: give it its parameters when the rule is attached.");
        _parameters.Add(parameter);
    }

    /// <summary>Makes the optimizer.</summary>
    /// <param name="run">The run's.</param>
    /// <param name="kernels">The engine.</param>
    internal void Start(OptimizerSettings run, Kernels kernels) =>
        _optimizer = new(_settings.Settings ?? run, kernels, _parameters, keepsDelta: false, Phase.Adaptation);

    /// <summary>Begins a training step.</summary>
    /// <param name="runRate">The run's learning rate in it.</param>
    internal void Begin(double runRate) => _runRate = runRate;

    /// <summary>Moves what has gathered a gradient since the last time; nothing where none has.</summary>
    internal void Step()
    {
        if (!_gathers) return;
        _gathers = false;
        _optimizer!.Steps = _steps.Value;
        _optimizer.Step(_settings.Settings?.LearningRate ?? _runRate);
        _steps.Value = _optimizer.Steps;
    }

    private string Named(string name) => name.Replace("optimizer.", $"optimizer.group.{Name}.", StringComparison.Ordinal);
}

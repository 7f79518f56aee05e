using Concord.Layers;
using Concord.Numerics;

namespace Concord.Optimizers;

/// <summary>
/// Receives the gradients of a step, as sums over samples, and moves the weights in one pass over memory a parameter. Plain
/// momentum receives them straight in the velocity: v = mu v + (1/N) sum, so the gradient never travels by itself. Parameters
/// that got no gradient do not move, decay included.
/// </summary>
public sealed class Optimizer : IGradientSink
{
    private readonly OptimizerSettings _settings;
    private readonly Phase _phase;
    private readonly Kernels _kernels;
    private readonly Dictionary<Parameter, Slot> _slots = [];
    private readonly Dictionary<Shape, Orthogonalizer> _orthogonalizers = [];   // parameters of one shape take turns
    private readonly StepUpdate _update;
    private int _rows = 1;

    /// <summary>An optimizer for those parameters.</summary>
    /// <param name="settings">How they move.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="learners">The parameters that learn.</param>
    /// <param name="keepsDelta">Whether a rule reads what was subtracted.</param>
    /// <param name="phase">What a step is counted as: of weights, or of feedback that moves.</param>
    public Optimizer(OptimizerSettings settings, Kernels kernels, IEnumerable<Parameter> learners, bool keepsDelta,
        Phase phase = Phase.Update)
    {
        _phase = phase;
        settings.Validate();
        _settings = settings;
        _kernels = kernels;
        _update = new(this);
        Accumulates = settings is { Kind: OptimizerKind.Sgd, Momentum: > 0, Nesterov: false, ClipValue: 0, ClipNorm: 0 };
        foreach (var parameter in learners)
            _slots[parameter] = new(
                Accumulates ? null : kernels.Allocate(parameter.Shape, Role.Gradient),
                settings.Kind is OptimizerKind.Adam or OptimizerKind.RmsProp || settings.Momentum > 0
                    ? kernels.Allocate(parameter.Shape, Role.Gradient) : null,
                settings.Kind == OptimizerKind.Adam || (settings.Kind == OptimizerKind.RmsProp && settings.Momentum > 0)
                    ? kernels.Allocate(parameter.Shape, Role.Gradient) : null,
                keepsDelta ? kernels.Allocate(parameter.Shape, Role.Gradient) : null,
                settings.Kind == OptimizerKind.Muon && parameter.Shape.Rank >= 2 ? OrthogonalizerOf(parameter.MatrixShape) : null,
                settings.ConstrainsWeights && parameter.Shape.Rank >= 2 ? new(settings, kernels, parameter) : null);
    }

    /// <summary>Whether gradients go straight into the velocity.</summary>
    public bool Accumulates { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>What the last step did, for rules that move their feedback by it.</summary>
    public Update Update => _update;

    /// <summary>Bytes of gradients, moments and what else a step needs.</summary>
    public long Bytes => _slots.Values.Sum(slot => (slot.Gradient?.Bytes ?? 0) + (slot.First?.Bytes ?? 0) + (slot.Second?.Bytes ?? 0)
        + (slot.Delta?.Bytes ?? 0) + (slot.Constraint?.Bytes ?? 0))
        + _orthogonalizers.Values.Sum(orthogonalizer => orthogonalizer.Bytes);

    /// <summary>Norms that weights are held to, by the names that a checkpoint gives them.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Norms =>
        _slots.Where(entry => entry.Value.Constraint?.Norms is not null)
            .Select(entry => ($"optimizer.{entry.Key.Name}.norms", entry.Value.Constraint!.Norms!));

    /// <summary>The moments, by the names that a checkpoint gives them, with the parameter they belong to.</summary>
    public IEnumerable<(string Name, Parameter Parameter, Tensor Tensor)> Moments
    {
        get
        {
            foreach (var (parameter, slot) in _slots)
            {
                if (slot.First is not null) yield return ($"optimizer.{parameter.Name}.first", parameter, slot.First);
                if (slot.Second is not null) yield return ($"optimizer.{parameter.Name}.second", parameter, slot.Second);
            }
        }
    }

    /// <summary>Begins a step on that many samples.</summary>
    public void Begin(int rows)
    {
        _rows = rows;
        foreach (var slot in _slots.Values) slot.Touched = false;
    }

    /// <inheritdoc/>
    public bool TryTake(Parameter parameter, out Accumulator gradient)
    {
        gradient = default;
        if (!_slots.TryGetValue(parameter, out var slot)) return false;
        gradient = Accumulates
            ? new(slot.First!, 1.0 / _rows, slot.Touched ? 1 : _settings.Momentum)
            : new(slot.Gradient!, 1, slot.Touched ? 1 : 0);
        slot.Touched = true;
        slot.Block = _kernels.Block;
        return true;
    }

    /// <summary>Moves every parameter that got a gradient.</summary>
    /// <param name="rate">The learning rate of this step.</param>
    public void Step(double rate)
    {
        using var _ = new WorkScope(_kernels, _phase);
        Steps++;
        var scale = 1.0 / _rows;
        if (_settings.ClipNorm > 0)
        {
            var squares = 0.0;
            foreach (var slot in _slots.Values)
                if (slot.Touched) squares += _kernels.SumSquares(slot.Gradient!);
            var norm = scale * Math.Sqrt(squares);
            if (norm > _settings.ClipNorm) scale *= _settings.ClipNorm / norm;
        }
        _update.Rate = rate;
        var clip = _settings.ClipValue > 0 ? _settings.ClipValue : double.PositiveInfinity;
        foreach (var (parameter, slot) in _slots)
        {
            if (!slot.Touched) continue;
            using var at = new WorkScope(_kernels, block: slot.Block);
            slot.Constraint?.BeforeStep();
            var step = new StepSettings(rate * RateFactor(parameter), scale, clip, _settings.DecoupledDecay ? 0 : _settings.WeightDecay,
                _update.Decay(parameter));
            switch (_settings.Kind)
            {
                case OptimizerKind.Sgd:
                    _kernels.SgdStep(parameter.Value, slot.Gradient, slot.First, _settings.Momentum, _settings.Nesterov, step, slot.Delta);
                    break;
                case OptimizerKind.Muon when slot.Orthogonalizer is { } orthogonalizer:
                    _kernels.SgdStep(parameter.Value, Orthogonalized(parameter, slot, orthogonalizer, step), null, 0, false,
                        new(rate * orthogonalizer.Gain, 1, double.PositiveInfinity, 0, step.Shrink), slot.Delta);
                    break;
                case OptimizerKind.Muon:
                    _kernels.SgdStep(parameter.Value, slot.Gradient, slot.First, _settings.Momentum, _settings.Nesterov, step, slot.Delta);
                    break;
                case OptimizerKind.Manhattan:
                    _kernels.ManhattanStep(parameter.Value, slot.Gradient!, slot.First, _settings.Momentum, _settings.Signed,
                        step, slot.Delta);
                    break;
                case OptimizerKind.Adam:
                    _kernels.AdamStep(parameter.Value, slot.Gradient!, slot.First!, slot.Second!,
                        new(_settings.Beta1, _settings.Beta2, _settings.Epsilon, _settings.TensorFlowEpsilon, Steps), step, slot.Delta);
                    break;
                default:
                    _kernels.RmsPropStep(parameter.Value, slot.Gradient!, slot.First!, slot.Second, _settings.Beta2, _settings.Epsilon,
                        _settings.Momentum, step, slot.Delta);
                    break;
            }
            slot.Constraint?.AfterStep();
            parameter.Clamp(_kernels);
        }
    }

    private double RateFactor(Parameter parameter) => parameter.IsBias ? _settings.BiasRate : 1;

    // g = scale G + decay w; v = mu v + g; v orthogonalised, or with Nesterov g + mu v.
    private Tensor Orthogonalized(Parameter parameter, Slot slot, Orthogonalizer orthogonalizer, in StepSettings step)
    {
        var direction = orthogonalizer.Input;
        _kernels.Combine(step.Scale, slot.Gradient!, 0, direction);
        if (step.CoupledDecay > 0) _kernels.Combine(step.CoupledDecay, parameter.Value, 1, direction);
        if (slot.First is { } velocity)
        {
            _kernels.Combine(1, direction, _settings.Momentum, velocity);
            if (_settings.Nesterov) _kernels.Combine(_settings.Momentum, velocity, 1, direction);
            else _kernels.Copy(velocity, direction);
        }
        return orthogonalizer.Orthogonalize();
    }

    private Orthogonalizer OrthogonalizerOf(Shape shape)
    {
        if (!_orthogonalizers.TryGetValue(shape, out var orthogonalizer)) _orthogonalizers[shape] = orthogonalizer = new(_kernels, shape);
        return orthogonalizer;
    }

    private sealed class Slot(Tensor? gradient, Tensor? first, Tensor? second, Tensor? delta, Orthogonalizer? orthogonalizer,
        WeightConstraint? constraint)
    {
        public Orthogonalizer? Orthogonalizer => orthogonalizer;
        public WeightConstraint? Constraint => constraint;
        public Tensor? Gradient => gradient;
        public Tensor? First => first;
        public Tensor? Second => second;
        public Tensor? Delta => delta;
        public bool Touched { get; set; }

        /// <summary>Where its gradient was made, and its step therefore counts.</summary>
        public string Block { get; set; } = "";
    }

    private sealed class StepUpdate(Optimizer optimizer) : Update
    {
        public double Rate { get; set; }

        public override Kernels Kernels => optimizer._kernels;

        public override long Steps => optimizer.Steps;

        public override Tensor Delta(Parameter parameter) => optimizer._slots[parameter].Delta
            ?? throw new InvalidOperationException($"The step of {parameter.Name} was not kept: declare Needs.Update.");

        public override double Decay(Parameter parameter) =>
            optimizer._settings.DecoupledDecay ? Rate * optimizer.RateFactor(parameter) * optimizer._settings.WeightDecay : 0;
    }
}

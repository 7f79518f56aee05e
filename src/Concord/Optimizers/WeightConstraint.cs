using Concord.Layers;
using Concord.Numerics;

namespace Concord.Optimizers;

/// <summary>
/// What is done to one weight around a step of the optimizer: signs kept, the whole norm kept, or the norm of each unit's incoming weights
/// kept (<see cref="OptimizerSettings"/>). A unit's incoming weights are a column: a weight's last axis is the output,
/// in dense layers as in convolutions.
/// </summary>
internal sealed class WeightConstraint
{
    private readonly OptimizerSettings _settings;
    private readonly Kernels _kernels;
    private readonly Tensor _weight, _matrix;
    private readonly Tensor? _before, _columns;

    public WeightConstraint(OptimizerSettings settings, Kernels kernels, Parameter parameter)
    {
        (_settings, _kernels, _weight, _matrix) = (settings, kernels, parameter.Value, parameter.Value.Reshape(parameter.MatrixShape));
        if (settings.KeepSigns) _before = kernels.Allocate(_weight.Shape, Role.Weight);
        if (settings.ConstrainWeights)
        {
            Norms = kernels.Allocate(new(1), Role.Weight);
            kernels.Fill(Norms, Math.Sqrt(kernels.SumSquares(_weight)));
        }
        if (settings.NormalizeIncoming == IncomingNorm.Free) return;
        _columns = kernels.Allocate(new(_matrix.Shape.RowLength), Role.Weight);
        Norms = kernels.Allocate(_columns.Shape, Role.Weight);
        if (settings.NormalizeIncoming == IncomingNorm.Unit) kernels.Fill(Norms, 1);
        else kernels.ColumnNorms(_matrix, Norms);
    }

    /// <summary>What the weight is held to; null where only signs are.</summary>
    public Tensor? Norms { get; }

    public long Bytes => (_before?.Bytes ?? 0) + (_columns?.Bytes ?? 0) + (Norms?.Bytes ?? 0);

    public void BeforeStep()
    {
        if (_before is not null) _kernels.Copy(_weight, _before);
    }

    public void AfterStep()
    {
        if (_before is not null) _kernels.KeepSigns(_before, _weight);
        if (_settings.ConstrainWeights)
        {
            var norm = Math.Sqrt(_kernels.SumSquares(_weight));
            if (norm > 0) _kernels.Combine(Norms![0] / norm, _weight, 0, _weight);
        }
        if (_columns is null) return;
        _kernels.ColumnNorms(_matrix, _columns);
        _kernels.RescaleColumns(_columns, Norms!, _matrix);
    }
}

using System.Text.Json.Serialization;
using Concord.Cost;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>Multiply-accumulates per training sample: what a step takes, over its samples.</summary>
/// <param name="Forward">The pass upward.</param>
/// <param name="Error">Carrying signals down.</param>
/// <param name="WeightGradient">Signal times presynaptic activity.</param>
/// <param name="Adaptation">Moving or redrawing feedback.</param>
/// <param name="ExtraForward">Second passes.</param>
/// <param name="Probe">Measuring alignment; never part of a rule's cost.</param>
public readonly record struct SampleCost(double Forward, double Error, double WeightGradient, double Adaptation,
    double ExtraForward, double Probe)
{
    /// <summary>All phases but the probe.</summary>
    [JsonIgnore]
    public double Total => Forward + Error + WeightGradient + Adaptation + ExtraForward;

    /// <summary>That of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="rows">Its samples.</param>
    /// <param name="probe">What measuring alignment took.</param>
    internal static SampleCost Of(StepWork step, int rows, double probe)
    {
        double Of(Phase phase) => (double)step.Of(phase).MultiplyAccumulates / rows;
        return new(Of(Phase.Forward), Of(Phase.Error), Of(Phase.WeightGradient), Of(Phase.Adaptation), Of(Phase.ExtraForward), probe);
    }
}

using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Spiking;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// One layer of resistor-capacitor neurons on <c>postures</c>, trained through the closed form of its first spikes
/// (<see cref="RcReadout"/>), beside a linear readout of the same samples: both 20 epochs of batches of 100 by Adam, on 5,000 samples.
/// </summary>
/// <param name="Cell">The seed of starts and batches.</param>
/// <param name="Accuracy">The share of test samples that the circuit answers rightly.</param>
/// <param name="Linear">The same of the linear readout.</param>
/// <param name="Firing">The share of neurons that would fire if all were waited for.</param>
public sealed record CircuitRow(ExperimentCell Cell, double Accuracy, double Linear, double Firing) : TrialRow(Cell)
{
    private const int Epochs = 20, Batch = 100;
    private const double Rate = 0.01, LinearRate = 0.03, Time = 0.05, Supply = 1;
    private static readonly RcNeuron s_neuron = new(Capacitance: 1, Leak: 0.2, Threshold: 0.1);

    /// <summary>Such trials as a kind.</summary>
    public static TrialKind Kind { get; } = new(FigureQuantity.Circuit, "circuit", "circuits, trained", "All circuits:",
        ["circuit", "seed", "test accuracy, %", "linear readout, %", "neurons that fire, %", "energy of a sample, C V²"],
        new Dictionary<string, TrialMeasure>
        {
            ["accuracy"] = Points("test accuracy of the circuit, %", row => 100 * row.Accuracy),
            ["linear"] = Points("test accuracy of the linear readout, %", row => 100 * row.Linear),
            ["behind"] = Points("points behind the linear readout", row => 100 * (row.Linear - row.Accuracy)),
            ["firing"] = Points("neurons that fire, %", row => 100 * row.Firing),
            ["energy"] = new("energy of a sample, C V²", 3, row => ((CircuitRow)row).Energy, (by, value) => by.Ratio * value),
        }, "one layer of neurons and data of its own, postures", _ => "",
        (cells, kernels, stop) => cells.Select(cell => Of(cell, kernels, stop)));

    /// <summary>
    /// What the supply gives for the spikes of a sample if each neuron that would fire does so once, in units of C times the square of the
    /// supply's voltage.
    /// </summary>
    public double Energy => Firing * PosturesSet.Classes.Count * s_neuron.EnergyPerSpike(Supply) / s_neuron.Capacitance;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Figures =>
    [
        Cell.Label, FormattableString.Invariant($"{Cell.Settings.Seed}"), NumberFormat.Fixed(100 * Accuracy, 2),
        NumberFormat.Fixed(100 * Linear, 2), NumberFormat.Fixed(100 * Firing, 1), NumberFormat.Fixed(Energy, 3),
    ];

    /// <summary>Trains and scores one.</summary>
    /// <param name="cell">The seed.</param>
    /// <param name="kernels">The engine, for the linear readout.</param>
    /// <param name="stop">Breaks off between epochs.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static CircuitRow Of(ExperimentCell cell, Kernels kernels, CancellationToken stop = default)
    {
        var data = Dataset.Postures();
        var (train, test) = (Rows(data.Train)[..(PosturesSet.Train - PosturesSet.Validation)], Rows(data.Test));
        var stream = RandomStream.FromSeed(cell.Settings.Seed).Split("circuit");
        var circuit = new RcReadout(s_neuron, PosturesSet.Features, PosturesSet.Classes.Count, Time, stream.Split("conductances"));
        var linear = new Learner(new(() => ModelDescription.Parse(FormattableString.Invariant(
            $"mlp:{PosturesSet.Features}-{PosturesSet.Classes.Count}")), () => new Backpropagation()), default, new(
            Optimizers.OptimizerKind.Adam, Momentum: 0), kernels, cell.Settings.Seed);
        int[] order = [.. Enumerable.Range(0, train.Length)];
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            stop.ThrowIfCancellationRequested();
            stream.Split("order").At(epoch).Shuffle<int>(order);
            foreach (var batch in order.Chunk(Batch))
            {
                circuit.Learn([.. batch.Select(n => train[n])], Rate);
                Fill(linear.Pass, [.. batch.Select(n => train[n])]);
                linear.Step(LinearRate);
            }
        }
        Fill(linear.Pass, test);
        linear.Pass.Forward(0, training: false);
        var logits = linear.Pass.Logits.ToArray();
        var right = Enumerable.Range(0, test.Length).Count(n => test[n].Label
            == Enumerable.Range(0, PosturesSet.Classes.Count).MaxBy(k => logits[n * PosturesSet.Classes.Count + k]));
        return new(cell, test.Count(row => circuit.AnswerTo(row.Voltages) == row.Label) / (double)test.Length,
            right / (double)test.Length,
            test.Average(row => circuit.TimesOf(row.Voltages).Average(time => double.IsFinite(time) ? 1.0 : 0)));
    }

    private static TrialMeasure Points(string words, Func<CircuitRow, double> of) =>
        new(words, 2, row => of((CircuitRow)row), (by, _) => by.Points);

    private static (float[] Voltages, int Label)[] Rows(Samples samples) =>
        [.. Enumerable.Range(0, samples.Count).Select(n => (samples.Singles(n).ToArray(), samples.Labels[n]))];

    private static void Fill(Pass pass, (float[] Voltages, int Label)[] rows)
    {
        pass.Begin(rows.Length);
        pass.Input.CopyFrom([.. rows.SelectMany(row => row.Voltages.Select(value => (double)value))]);
        pass.Targets.CopyFrom([.. rows.SelectMany(row => Enumerable.Range(0, PosturesSet.Classes.Count)
            .Select(k => k == row.Label ? 1.0 : 0))]);
    }
}

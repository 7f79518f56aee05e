using Concord.Networks;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>Models, for people and for scripts.</summary>
internal static class ModelView
{
    public static void List(Output output)
    {
        var table = new TextTable("model", "input", ">classes", ">parameters", ">forward", "what it is");
        foreach (var model in ModelCatalogue.All)
        {
            var summary = ModelSummary.Of(model.Name);
            table.Row(model.Name, model.Sample.ToString(), Whole(model.Classes), Whole(summary.Parameters),
                Format.Count(summary.MultiplyAccumulates), model.Summary);
            output.Event("model", () => new ModelEvent(
                model.Name, model.Summary, model.Source, summary.Model, model.Sample.ToString(), model.Classes, summary.Parameters,
                summary.MultiplyAccumulates));
        }
        if (output.IsJson) return;
        output.Show(table);
        output.Say("forward: multiply-accumulates per sample. Shapes are those of the usual data; "
            + "--data gives a model those of other data.");
        output.Say("concord model show NAME lists a model's layers, its source, and the model string that the name stands for.");
        output.Say("concord model layers lists the kinds of layers that a model of your own can have, with their options.");
    }

    public static void Layers(Output output, IReadOnlyList<LayerKind> kinds)
    {
        foreach (var kind in kinds)
        {
            output.Event("layer", json =>
            {
                json.WriteString("name", kind.Name);
                json.WriteString("block", kind.Block);
                OptionView.Write(json, kind.Options);
            });
            if (output.IsJson) continue;
            output.Say(kind.Block is { } block ? $"{kind.Name}: begins a block {block}1, {block}2, ..." : kind.Name);
            OptionView.Say(output, kind.Options, "    ");
        }
        if (output.IsJson) return;
        output.Say();
        output.Say("A model is its inputs and its layers: layers: 784; dense units=256; relu; dense units=10. "
            + "A value without a key is that of the first option.");
    }

    public static void Options(Output output)
    {
        output.Event("modelOptions", json => OptionView.Write(json, ModelOptions.Declared));
        output.Event("recurrentModelOptions", json => OptionView.Write(json, RecurrentModel.Declared));
        output.Event("clockedModelOptions", json => OptionView.Write(json, ClockedModel.Declared));
        output.Event("circuitModelOptions", json => OptionView.Write(json, CircuitModel.Declared));
        output.Event("spikingModelOptions", json => OptionView.Write(json, SpikingOptions.Declared));
        if (output.IsJson) return;
        OptionView.Say(output, ModelOptions.Declared, "");
        output.Say();
        output.Say("A model string has them after commas, for all hidden layers: mlp:784-256-256-10,tanh,dropout=0.5.");
        output.Say();
        OptionView.Say(output, RecurrentModel.Declared, "");
        output.Say();
        output.Say("These belong to recurrent models: rnn:28x28-100-10,truncate=5, gru:28x28-100-10; rnn:100 for the data's rows.");
        output.Say();
        OptionView.Say(output, ClockedModel.Declared, "");
        output.Say();
        output.Say("These belong to models of spiking neurons with a clock: lif:784-400-10,steps=25,input=poisson; lif:400 for the data's "
            + "inputs and outputs.");
        output.Say();
        OptionView.Say(output, CircuitModel.Declared, "");
        output.Say();
        output.Say("These belong to models of resistor-capacitor circuits: rc:784-100-10,steps=20; rc:100 for the data's inputs and "
            + "outputs.");
        output.Say();
        OptionView.Say(output, SpikingOptions.Declared, "");
        output.Say();
        output.Say("These belong to spiking models: snn:784-800-10,threshold=0.2/1.3,encoder=rate.");
    }

    public static void Show(Output output, ModelSummary summary, NamedModel? named)
    {
        if (output.IsJson)
        {
            output.Event("model", json =>
            {
                json.WritePart(new ModelEvent(named?.Name, named?.Summary, named?.Source, summary.Model, summary.Input.ToString(), null,
                    summary.Parameters, summary.MultiplyAccumulates));
                json.WritePart(Details(summary));
            });
            return;
        }
        if (named is not null) output.Explain($"{named.Name}: {named.Summary} ({named.Source})");
        output.Say($"model   {summary.Model}");
        output.Say($"input   {summary.Input}{(summary.Input.Rank == 3 ? " (channels x height x width)" : "")}");

        var layers = new TextTable("block", "layer", ">output", ">parameters", ">forward");
        var block = "";
        foreach (var layer in summary.Layers)
        {
            layers.Row(layer.Block == block ? "" : layer.Block, layer.Layer, layer.Output.ToString(), Some(layer.Parameters),
                Some(layer.MultiplyAccumulates));
            block = layer.Block;
        }
        layers.Row("", "", "", Whole(summary.Parameters), Whole(summary.MultiplyAccumulates));
        output.Show(layers);

        var weights = new TextTable("weight in files", ">shape");
        foreach (var (name, shape) in summary.Weights) weights.Row(name, shape.ToString());
        output.Show(weights);

        var plan = new TextTable("block", "signal from", "feedback tensor", "exact");
        foreach (var row in summary.PlanRows) plan.Row(row.Block, row.Signal, row.Feedback, row.Exact ? "yes" : "no");
        output.Show(plan);

        var (cost, memory) = (summary.Cost, summary.Cost.Memory);
        var totals = new TextTable(FormattableString.Invariant($"a step of {Things.Of(cost.Rows, "sample")} under {summary.Rule}"), ">");
        foreach (var phase in (Phase[])[Phase.Forward, .. cost.Of(Phase.ExtraForward) == default ? (Phase[])[] : [Phase.ExtraForward],
            Phase.Error, Phase.WeightGradient, Phase.Adaptation])
            totals.Row($"{Words(phase)}, multiply-accumulates per sample", Whole(cost.Of(phase).MultiplyAccumulates / cost.Rows));
        foreach (var (what, words) in ((string, long)[])[("weights", memory.Weights), ("activations", memory.Activations),
            ("signals", memory.Signals), ("gradients", memory.Gradients), ("feedback", memory.Feedback)])
            totals.Row($"{what}, memory", Format.Bytes(sizeof(float) * words));
        output.Show(totals);
        if (cost.Of(Phase.Forward).Accumulates > 0) output.Say("Spikes, and what walks keep of them, are not counted.");
    }

    private static ModelDetails Details(ModelSummary summary)
    {
        var memory = summary.Cost.Memory;
        return new(
            [.. from layer in summary.Layers
                select new LayerDetails(
                    layer.Block, layer.Name, layer.Layer, layer.Output.ToString(), layer.Parameters, layer.MultiplyAccumulates)],
            [.. summary.Weights.Select(weight => new WeightDetails(weight.Name, weight.Shape.ToString()))], summary.Rule, summary.Cost.Rows,
            [.. summary.PlanRows.Select(row => new PlanDetails(row.Block, row.Signal, row.Feedback, row.Exact))],
            new(memory.Weights, memory.Activations, memory.Signals, memory.Gradients, memory.Feedback));
    }

    private static string Words(Phase phase) => phase switch
    {
        Phase.WeightGradient => "weight gradient",
        Phase.ExtraForward => "extra forward",
        _ => phase.ToString().ToLowerInvariant(),
    };

    private static string Some(long number) => number == 0 ? "" : Whole(number);

    private static string Whole(long number) => FormattableString.Invariant($"{number:N0}");
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Concord.Bench;
using Concord.Cli.Views;
using Concord.Data;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Times training steps and their ceiling, and what else the project promises figures for.</summary>
internal static class BenchCommand
{
    private static readonly string[] s_models = ["mlp:784-1000-1000-10", "mlp:3072-1000-1000-1000-10"];
    private static readonly string[] s_rules = ["backprop", "dfa", "sparse-dfa"];

    public static Command Create()
    {
        var command = new Command("bench",
            "Times training steps and their ceiling, the same products alone, and steps late in a training compared with early ones.");
        var batch = new Option<string>("--batch")
            { HelpName = "N,N", Description = "samples per step", DefaultValueFactory = _ => "128,32,1" };
        var threads = new Option<string?>("--threads") { HelpName = "N,N", Description = "threads; by default one per processor, and 1" };
        var engine = new Option<string>("--engine")
            { HelpName = "NAME", Description = "auto, managed or onednn", DefaultValueFactory = _ => "auto" };
        var root = new Option<string?>("--data-root") { HelpName = "DIR", Description = "where MNIST may be, to time its loading" };
        var quick = new Option<bool>("--quick") { Description = "three short rounds instead of seven" };
        command.Add(batch);
        command.Add(threads);
        command.Add(engine);
        command.Add(root);
        command.Add(quick);
        var model = new ModelOption(command, $"one model, a string or a name; by default {string.Join(" and ", s_models)}");
        command.Add(Output.JsonOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var fast = parsed.GetValue(quick);
            var plan = new Schedule(
                parsed.GetRequiredValue(engine), model.Read(parsed) is { } one ? [one]
                    : s_models, Numbers("--batch", parsed.GetRequiredValue(batch)),
                Numbers("--threads", parsed.GetValue(threads)
                    ?? (Environment.ProcessorCount == 1 ? "1" : FormattableString.Invariant($"{Environment.ProcessorCount},1"))),
                fast ? 3 : 7, fast ? 0.05 : 0.08);
            Run(session, plan, parsed.GetValue(root));
            return 0;
        });
        return command;
    }

    private static void Run(Session session, Schedule schedule, string? root)
    {
        var output = session.Output;
        var steps = new TextTable("model", ">batch", ">threads", ">ceiling", ">GFLOP/s", ">backprop", ">GFLOP/s", ">of ceiling",
            ">products dfa/backprop", ">managed/engine");
        var rules = new TextTable("model", "rule", ">batch", ">threads", ">step", ">samples/s", ">of backprop's step");
        var projections = new TextTable("projection", ">threads", ">dense", ">sparse", ">times faster", ">dense MACs", ">sparse MACs");
        var ages = new TextTable("rule", "optimizer", ">batch", ">threads", $">near step {Whole(LateStepBench.Young)}",
            $">near step {Whole(LateStepBench.Old)}", ">ratio", ">without denormals");
        var spikes = new TextTable("spiking layer", ">threads", ">spikes", ">upward", ">events/s", ">ceiling", ">of it", ">down",
            ">events/s", ">ceiling", ">of it");
        var networks = new TextTable("spiking network", ">batch", ">threads", ">step", ">samples/s", ">inference", ">samples/s");
        var precisions = new TextTable("in bf16", ">batch", ">threads", ">ceiling", ">step", ">of ceiling", ">float32/bf16", ">of ceilings",
            ">inference, batch 256", ">float32/bf16");
        var memory = new TextTable("warm steps", ">threads", ">steps", ">managed bytes", ">process grew by");
        foreach (var threads in schedule.Threads)
        {
            var settings = new RunSettings { Engine = schedule.Engine, Threads = threads };
            using var kernels = settings.StartEngine(output.Say);
            using var managed = Engines.Create("managed", threads);
            using var narrow = Bfloat16(settings, kernels, output);
            output.Say($"engine  {kernels.Description}");
            var (slow, aged) = (false, schedule.Batches.Min());
            foreach (var model in schedule.Models)
                foreach (var batch in schedule.Batches)
                {
                    output.Status($"{model}, batch {batch}, {Things.Of(threads, "thread")} ...");
                    var figures = StepBench.Run(model, batch, kernels, managed, schedule.Rounds, schedule.Seconds);
                    slow |= figures.Backprop > 0.02;
                    if (model == schedule.Models[0] && batch == aged)
                        AddAges(figures.FlopsBackprop, schedule, batch, kernels, ages, session);
                    Add(figures, steps, rules, output);
                    if (narrow is not null)
                        Add(PrecisionBench.Run(model, batch, kernels, narrow, schedule.Rounds, schedule.Seconds), precisions, output);
                }
            Add(ProjectionBench.Run(kernels, schedule.Rounds, schedule.Seconds), threads, projections, output);
            if (kernels.ElementType == ElementType.Single)
            {
                Add(SpikeBench.Run(kernels, schedule.Rounds, schedule.Seconds), threads, spikes, output);
                Add(SpikingNetworkBench.Run(kernels, schedule.Rounds, schedule.Seconds), networks, output);
            }
            foreach (var rule in s_rules)
                Add(MemoryBench.Run(rule, schedule.Models[0], schedule.Batches[0], kernels, slow ? 100 : 250), threads, memory, output);
        }
        output.Show(steps);
        output.Explain("ceiling: the step's contractions alone, matrix products each in its fastest transposition; "
            + $"medians of {schedule.Rounds} interleaved rounds. managed/engine: speed of the managed engine relative to the other.");
        output.Show(rules);
        if (precisions.Count > 0) output.Show(precisions);
        if (ages.Count > 0) output.Show(ages);
        output.Show(projections);
        output.Show(spikes);
        output.Explain("spikes: of a neuron in a sample. events: input spikes times neurons. ceiling: what the memory delivers where the "
            + "same weights are read, or added to, in the same order, and nothing else is done.");
        output.Show(networks);
        output.Show(memory);
        TimeLoading(output, root);
    }

    private static void Add(StepFigures figures, TextTable table, TextTable rules, Output output)
    {
        var (ceiling, backprop) = (figures.FlopsBackprop / figures.CeilingBackprop / 1e9, figures.FlopsBackprop / figures.Backprop / 1e9);
        table.Row(figures.Model, Whole(figures.Batch), Whole(figures.Threads), Milliseconds(figures.CeilingBackprop),
            Format.Number(ceiling, "0"), Milliseconds(figures.Backprop), Format.Number(backprop, "0"),
            Format.Percent(figures.OfCeiling), Format.Number(figures.ProductRatio, "0.000"), Format.Percent(figures.ManagedShare));
        foreach (var (rule, seconds) in figures.Rules.Prepend(new("backprop", figures.Backprop)))
            rules.Row(figures.Model, rule, Whole(figures.Batch), Whole(figures.Threads), Milliseconds(seconds),
                Format.Number(figures.Batch / seconds, "0"), Format.Number(seconds / figures.Backprop, "0.000"));
        output.Event("bench", () => new BenchEvent(
            figures.Model, figures.Batch, figures.Threads, figures.CeilingBackprop, ceiling, figures.Backprop, backprop, figures.OfCeiling,
            figures.ProductRatio, figures.Managed, figures.ManagedShare,
            figures.Rules.Prepend(new("backprop", figures.Backprop)).ToDictionary(rule => rule.Key, rule => figures.Batch / rule.Value)));
    }

    private static void Add(PrecisionFigures figures, TextTable table, Output output)
    {
        var (step, ceilings, inference) = (figures.SingleStep / figures.NarrowStep, figures.SingleCeiling / figures.NarrowCeiling,
            figures.SingleInference / figures.NarrowInference);
        table.Row(figures.Model, Whole(figures.Batch), Whole(figures.Threads), Milliseconds(figures.NarrowCeiling),
            Milliseconds(figures.NarrowStep), Format.Percent(figures.NarrowCeiling / figures.NarrowStep), Format.Number(step, "0.00"),
            Format.Number(ceilings, "0.00"), Milliseconds(figures.NarrowInference), Format.Number(inference, "0.00"));
        output.Event("precision", () => new PrecisionEvent(figures.Model, figures.Batch, figures.Threads, figures.SingleStep,
            figures.NarrowStep, figures.SingleCeiling, figures.NarrowCeiling, figures.Answered, figures.SingleInference,
            figures.NarrowInference));
    }

    // On the threads of the engine that it is compared with: threads of its own would slow both.
    private static Kernels? Bfloat16(RunSettings settings, Kernels beside, Output output)
    {
        if (Engines.Bfloat16Obstacle(settings.Engine, settings.Threads) is not { } obstacle)
            return (settings with { Precision = Precision.Bfloat16 }).StartEngine(beside: beside);
        output.Say($"bf16 is not timed: {obstacle}.");
        return null;
    }

    /// <summary>Eight thousand steps a round: left out where they would take minutes.</summary>
    private static void AddAges(long flops, Schedule schedule, int batch, Kernels kernels, TextTable table, Session session)
    {
        if (flops > 1_000_000_000)
        {
            session.Output.Say($"Whether steps keep their speed over {Whole(LateStepBench.Old)} of them is measured with smaller "
                + "batches or networks only: here it would take minutes.");
            return;
        }
        foreach (var optimizer in (string[])["sgd", "adam"])
            foreach (var rule in (string[])["backprop", "dfa"])
            {
                session.Output.Status($"{rule} by {optimizer}, batch {batch}, {Things.Of(kernels.Threads, "thread")}, "
                    + $"{LateStepBench.Old} steps ...");
                var figures = LateStepBench.Run(rule, optimizer, schedule.Models[0], batch, kernels, schedule.Rounds >= 7 ? 3 : 1);
                table.Row(rule, optimizer, Whole(batch), Whole(kernels.Threads), Milliseconds(figures.Young), Milliseconds(figures.Old),
                    Format.Number(figures.Ratio, "0.00"), Milliseconds(figures.Lively));
                session.Output.Event("age", () =>
                    new LateStepEvent(rule, optimizer, batch, kernels.Threads, figures.Young, figures.Old, figures.Ratio, figures.Lively));
            }
    }

    private static void Add(ProjectionFigures figures, int threads, TextTable table, Output output)
    {
        table.Row(FormattableString.Invariant($"N={figures.Rows}, n={figures.Units}, C={figures.Classes}"), Whole(threads),
            Milliseconds(figures.Dense), Milliseconds(figures.Sparse), Format.Number(figures.Dense / figures.Sparse, "0.0"),
            Whole(figures.DenseMacs), Whole(figures.SparseMacs));
        output.Event("projection", () =>
            new ProjectionEvent(threads, figures.Dense, figures.Sparse, figures.DenseMacs, figures.SparseMacs));
    }

    private static void Add(SpikeFigures figures, int threads, TextTable table, Output output)
    {
        table.Row("784-800, 50 samples", Whole(threads), Format.Number(figures.Spikes, "0.00"),
            Milliseconds(figures.Forward), Rate(figures.Forward), Rate(figures.Read), Format.Percent(figures.Read / figures.Forward),
            Milliseconds(figures.Backward), Rate(figures.Backward), Rate(figures.Update),
            Format.Percent(figures.Update / figures.Backward));
        output.Event("spikes", () => new SpikeEvent(threads, figures.Events, figures.Spikes, figures.Forward, figures.Read,
            figures.Backward, figures.Update));

        string Rate(double seconds) => $"{Format.Number(figures.Events / seconds / 1e9, "0.00")}e9";
    }

    private static void Add(SpikingNetworkFigures figures, TextTable table, Output output)
    {
        var (trained, answered) = (figures.Batch / figures.Step, figures.Batch / figures.Inference);
        table.Row(figures.Model, Whole(figures.Batch), Whole(figures.Threads), Milliseconds(figures.Step), Format.Number(trained, "0"),
            Milliseconds(figures.Inference), Format.Number(answered, "0"));
        output.Event("spiking-network", () => new SpikingNetworkEvent(figures.Model, figures.Batch, figures.Threads, figures.Step, trained,
            figures.Inference, answered));
    }

    private static void Add(MemoryFigures figures, int threads, TextTable table, Output output)
    {
        table.Row(figures.Rule, Whole(threads), Whole(figures.Steps), Whole(figures.ManagedBytes),
            FormattableString.Invariant($"{figures.ProcessBytes / 1024:N0} KiB"));
        output.Event("memory", () => new MemoryEvent(figures.Rule, threads, figures.Steps, figures.ManagedBytes, figures.ProcessBytes));
    }

    private static void TimeLoading(Output output, string? root)
    {
        var mnist = DataSource.All.First(source => source.Name == "mnist");
        if (mnist.Locate(root) is not { } place)
        {
            output.Say("MNIST was not found, so its loading is not timed; --data-root or CONCORD_DATA says where it is.");
            return;
        }
        var start = Stopwatch.GetTimestamp();
        mnist.Load(root);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.Say($"MNIST loads in {Format.Seconds(seconds)} from {place}");
        output.Event("loading", () => new LoadingEvent("mnist", seconds));
    }

    private static int[] Numbers(string option, string text)
    {
        if (DecimalComma.Question(text.Split(','), fractions: false) is { } question)
            throw new ConcordException($"{option} was given '{text}', and {question}");
        return [.. text.Split(',')
            .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ConcordException($"{option} was given '{text}'; it takes whole numbers above 0, as 128 or 128,32."))];
    }

    private static string Whole(long number) => FormattableString.Invariant($"{number:N0}");

    private static string Milliseconds(double seconds) => FormattableString.Invariant($"{1000 * seconds:0.000} ms");

    private sealed record Schedule(string Engine, string[] Models, int[] Batches, int[] Threads, int Rounds, double Seconds);
}

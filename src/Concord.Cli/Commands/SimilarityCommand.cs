using System.CommandLine;
using Concord.Cli.Views;
using Concord.Data;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>How alike two trained networks represent samples, with the controls that say what a figure is worth.</summary>
internal static class SimilarityCommand
{
    public static Command Create()
    {
        var command = new Command("similarity", "Compares what two runs learned, layer by layer: linear CKA.");
        var runs = new Argument<string[]>("RUN") { Description = "two run folders of one data set", Arity = new(2, 2) };
        var control = new Option<string?>("--control")
            { HelpName = "RUN", Description = "a run of the first one's rule with another seed; by default one in the same folder" };
        var samples = new Option<int>("--samples") { HelpName = "N", Description = "how many samples", DefaultValueFactory = _ => 2048 };
        var wrong = new Option<bool>("--where-wrong")
            { Description = "only samples that the first run answers rightly and the other one wrongly" };
        var saved = new SavedOptions(command);
        command.Arguments.Insert(0, runs);
        command.Add(control);
        command.Add(samples);
        command.Add(wrong);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            if (parsed.GetValue(samples) < 1)
                throw new ConcordException(FormattableString.Invariant($"The option --samples was given {parsed.GetValue(samples)}; ")
                    + "it takes a whole number of at least 1.");
            var folders = parsed.GetRequiredValue(runs);
            using var opened = saved.Open(parsed, session.Output, folders);
            return Run(session, opened, folders, parsed.GetValue(control), parsed.GetValue(samples),
                parsed.GetValue(wrong) ? ComparedSamples.FirstAloneIsRight : ComparedSamples.All);
        });
        return command;
    }

    private static int Run(Session session, SavedOptions.Opened opened, string[] folders, string? control, int count, ComparedSamples which)
    {
        var output = session.Output;
        SavedNetwork first = opened.Network(folders[0]), second = opened.Network(folders[1]);
        var samples = opened.Samples(first);
        var beside = control ?? Similarity.OtherSeed(folders[0]);
        if (beside is not null) opened.Check(beside);
        Similarity Compare(SavedNetwork other) => Similarity.Between(first, other, samples, count, which: which);
        var (similarity, before) = (Compare(second),
            BeforeTraining(opened, folders[1], output) is { } untrained ? Compare(untrained) : null);
        var same = beside is null ? null : Compare(opened.Network(beside));

        output.Say($"samples {similarity.Samples} of {samples.Count}, in batches of {similarity.Batch}{(which == ComparedSamples.All ? ""
            : ", all of them answered rightly by the first run and wrongly by the second; the controls have their own")}");
        output.Say();
        var table = new TextTable("layer", ">CKA", ">other seed", ">before training");
        foreach (var layer in similarity.First)
            table.Row(layer, Format.Number(similarity.Of(layer), "0.000"), Format.Number(same?.Of(layer) ?? double.NaN, "0.000"),
                Format.Number(before?.Of(layer) ?? double.NaN, "0.000"));
        output.Show(table, always: true);
        output.Say($"CKA              {Name(first)} and {Name(second)}");
        output.Say(beside is null
            ? "other seed       not measured: train the first run's rule with a second seed (--seeds 2), or name such a run with --control"
            : $"other seed       {Name(first)} and {beside}: what two networks of one rule have in common");
        if (before is not null)
            output.Say($"before training  {Name(first)} and {Name(second)} with the weights it began with: "
                + "what is alike without any training");
        if (first.Settings.Seed == second.Settings.Seed)
            output.Say($"Both began with the weights that seed {first.Settings.Seed} draws: "
                + "low layers that hardly moved are alike for that reason.");
        output.Say();
        var matrix = new TextTable(["", .. similarity.Second.Select(layer => $">{layer}")]);
        for (var i = 0; i < similarity.First.Count; i++)
        {
            var row = i;
            matrix.Row([similarity.First[i],
                .. Enumerable.Range(0, similarity.Second.Count).Select(j => Format.Number(similarity.Values[row, j], "0.000"))]);
        }
        output.Show(matrix);
        output.Event("similarity", json =>
        {
            json.WritePart(new SimilarityOf(folders[0], folders[1], beside));
            opened.Write(json);
            json.WritePart(new SimilarityValues(
                which == ComparedSamples.All ? "all" : "where-wrong", similarity.Samples, similarity.Batch,
                [.. from layer in similarity.First
                    select new LayerSimilarity(
                        layer, similarity.Of(layer), same?.Of(layer) ?? double.NaN, before?.Of(layer) ?? double.NaN)],
                similarity.Second,
                [.. Enumerable.Range(0, similarity.First.Count).Select(i =>
                    Enumerable.Range(0, similarity.Second.Count).Select(j => similarity.Values[i, j]).ToArray())]));
        });
        return 0;
    }

    // A run that started from a file needs it again here, and only here.
    private static SavedNetwork? BeforeTraining(SavedOptions.Opened opened, string folder, Output output)
    {
        try
        {
            return opened.Network(folder, untrained: true);
        }
        catch (ConcordException fault) when (RunFolder.SettingsOf(folder).Weights != RunSettings.NoWeights)
        {
            output.Say($"before training  not measured: {fault.Message}");
            return null;
        }
    }

    private static string Name(SavedNetwork network) => $"{network.Folder} ({network.Settings.Rule}, seed {network.Settings.Seed})";
}

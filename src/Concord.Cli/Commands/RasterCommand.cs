using System.CommandLine;
using Concord.Cli.Views;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>The spikes of one sample on its way through a trained network.</summary>
internal static class RasterCommand
{
    public static Command Create()
    {
        var command = new Command("raster", "Draws the spikes of a sample in a run of a spiking network.");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        var sample = new Option<int>("--sample") { HelpName = "K", Description = "which sample of that part, from 0" };
        var file = new Option<string?>("--out") { HelpName = "FILE", Description = "the drawing; by default raster.html in the folder" };
        command.Add(run);
        command.Add(sample);
        command.Add(file);
        var saved = new SavedOptions(command);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var folder = parsed.GetRequiredValue(run);
            var path = parsed.GetValue(file) ?? Path.Combine(folder, "raster.html");
            OutputFile.Check(path, [], saved.Data(parsed), folder);
            using var opened = saved.Open(parsed, session.Output, [folder]);
            return Run(session.Output, opened, folder, parsed.GetValue(sample), path);
        });
        return command;
    }

    private static int Run(Output output, SavedOptions.Opened opened, string folder, int sample, string file)
    {
        var network = opened.Network(folder);
        var samples = opened.Samples(network);
        var record = network.SpikesOf(samples, sample, opened.New is null ? opened.Part : "new");
        SpikePage.Write(record, folder, file);
        if (opened.New is null) record.Write(folder);   // for the run's report
        RasterView.Show(output, record, network.Classes);
        output.Conclude($"raster  {file}");
        output.Event("raster", () => new RasterEvent(file, record.Part, record.Sample, record.Label, record.Answer,
            [.. record.Layers.Select(layer => new RasterEvent.Layer(layer.Name, layer.Neurons, layer.Times.Count,
                layer.Counts().Count(count => count == 0), layer.Times.Count > 0 ? layer.Times[0] : null))]));
        return 0;
    }
}

using System.Text;
using Concord.Experiments.Charts;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>A drawing of one sample's spikes, as one file of HTML that needs nothing but a browser.</summary>
public static class SpikePage
{
    private const string Style = "body{margin:1.5rem auto;max-width:44rem;padding:0 1rem;background:var(--page);color:var(--ink)}";

    /// <summary>Writes it, whole or not at all.</summary>
    /// <param name="record">The sample.</param>
    /// <param name="run">What the run is called.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public static void Write(SpikeRecord record, string run, string path)
    {
        var page = new Markup();
        page.Raw("<!DOCTYPE html>\n").Open("html", ("lang", "en")).Open("head").Shape("meta", ("charset", "utf-8"));
        page.Shape("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'"));
        page.Element("title", $"Spikes: {run}").Open("style").Raw(Palette.Style).Raw(Style).Close().Close().Line().Open("body");
        SpikeCharts.Draw(page, record, run);
        page.Close().Close().Line();
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(page.ToString())));
    }
}

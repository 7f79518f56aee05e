using System.Globalization;
using System.Xml.Linq;
using Concord.Experiments.Charts;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Experiments;

/// <summary>Charts are well formed whatever they are given, escape what they are told, and say so when they are empty.</summary>
public sealed class ChartTests
{
    private static readonly ChartText s_text = new("Loss", "epoch", "loss per sample", "No epoch is done yet.");

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"/><img src=x onerror=alert(1)>")]
    [InlineData("' onload='alert(1)")]
    [InlineData("&lt;b&gt; ]]> <!-- \0\u0001\ud800 end")]
    [InlineData("photo\u202egnp.exe")]
    [InlineData("two \u2067\u200f\u2066 marks\u2069")]
    [InlineData("a tag \U000E0041 that is not seen")]
    public void StringsFromOutsideAreOnlyText(string hostile)
    {
        var page = new Markup();
        var series = Series(hostile, 0, 1, 2, 3);
        new LineChart(new(hostile, hostile, hostile, hostile), [series]).Draw(page.Open("div"));
        new ScatterChart(new(hostile, hostile, hostile, hostile), [series]).Draw(page);
        new HeatMap(hostile, [[1, 2], [3, 4]], hostile).Draw(page);
        new LineChart(new(hostile, hostile, hostile, hostile), []).Draw(page);
        new BarChart(new(hostile, hostile, hostile, hostile), [series]).Draw(page);
        new RasterPlot(hostile, [new(hostile, 1, 3, [0.1, 0.2], [0, 2])], 1, hostile).Draw(page);
        var drawing = XDocument.Parse(page.Close().ToString());
        string[] known = ["div", "svg", "text", "title", "line", "path", "g", "circle", "rect"];
        Assert.All(drawing.Descendants(), element => Assert.Contains(element.Name.LocalName, known));
        Assert.DoesNotContain(drawing.Descendants().Attributes(), attribute =>
            attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || attribute.Name.LocalName is "href" or "src" or "style");
        Assert.Contains(drawing.Descendants("title"), title => title.Value.StartsWith(PlainText.Line(hostile), StringComparison.Ordinal));
        Assert.Equal(drawing.Root!.Value, PlainText.Line(drawing.Root.Value));
    }

    [Fact]
    public void AnyValuesMakeAWellFormedChart()
    {
        var value = Gen.Frequency((6, from n in Gen.Choose(-1000, 1000) select n / 10.0), (1, Gen.Constant(double.NaN)),
            (1, Gen.Constant(double.PositiveInfinity)), (1, Gen.Constant(1e200)), (1, Gen.Constant(1e-200)));
        var lines = from count in Gen.Choose(0, 20) from rows in Gen.ArrayOf(Gen.ArrayOf(value), count)
            from logarithmic in Gen.Elements(true, false) select (rows, logarithmic);
        Prop.ForAll(lines.ToArbitrary(), given =>
        {
            var page = new Markup();
            List<ChartSeries> series = [.. given.rows.Select((row, i) => Series($"series {i}", i, row))];
            (new LineChart(s_text, series) { MayBeLogarithmic = given.logarithmic }).Draw(page.Open("div"));
            new ScatterChart(s_text, series).Draw(page);
            new BarChart(s_text, series).Draw(page);
            var drawing = page.Close().ToString();
            return XDocument.Parse(drawing).Descendants("svg").Count() == 3 && !drawing.Contains("NaN", StringComparison.Ordinal)
                && !drawing.Contains('∞');
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ARasterHasATickForEachSpikeAtItsTimeAndNeuron()
    {
        var drawing = Draw(new RasterPlot("Sample 3", [new("input", 0, 4, [0, 0.5], [0, 3]), new("fc1", 1, 1, [1], [0]),
            new("silent", 2, 2, [], [])], Duration: 1, "No spike.").Draw);
        var ticks = drawing.Descendants("path").Select(path => path.Attribute("d")!.Value).ToList();
        // 480 - 12 - 8 pixels of time, rows of 9 pixels from 52 on, and the next band 22 below the first
        Assert.Equal(["M8 52v9M238 79v9", "M468 110v26"], ticks);
        Assert.Equal(["input: 2 spikes of 4 neurons", "fc1: 1 spike of 1 neuron", "silent: 0 spikes of 2 neurons"],
            drawing.Descendants("text").Select(text => text.Value).Where(text => text.Contains(" of ", StringComparison.Ordinal)));
        Assert.Contains("No spike.", Draw(new RasterPlot("Sample 3", [new("input", 0, 4, [], [])], 1, "No spike.").Draw).Root!.Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ARasterOfVeryManySpikesShowsAPartOfTheNeuronsAndSaysSo()
    {
        int[] neurons = [.. Enumerable.Range(0, 50_000).Select(i => i % 1000)];
        var drawing = Draw(new RasterPlot("Storm", [new("fc1", 0, 1000, [.. neurons.Select(i => i / 1000.0)], neurons)], 1, "").Draw);
        Assert.Contains("50,000 spikes of 1,000 neurons, one of 3 neurons shown", drawing.Root!.Value, StringComparison.Ordinal);
        Assert.Equal(334 * 50, drawing.Descendants("path").Single().Attribute("d")!.Value.Count(letter => letter == 'M'));
    }

    [Fact]
    public void BarsStandOnZeroSideBySide()
    {
        var drawing = Draw(new BarChart(s_text, [Series("one", 0, 2, 4), Series("other", 1, 1, 0)]).Draw);
        var bars = drawing.Descendants("rect").Select(bar => (X: Number(bar, "x"), Y: Number(bar, "y"), Width: Number(bar, "width"),
            Height: Number(bar, "height"))).ToList();
        Assert.Equal(4, bars.Count);
        Assert.All(bars, bar => Assert.Equal(bars[0].Y + bars[0].Height, bar.Y + bar.Height, 0.02));
        Assert.Equal(2, bars[1].Height / bars[0].Height, 0.01);
        Assert.Equal((2.0, 0.0), (Math.Round(bars[0].Height / bars[2].Height, 1), bars[3].Height));
        Assert.Equal(bars[0].X + bars[0].Width, bars[2].X, 0.02);

        static double Number(XElement bar, string name) => double.Parse(bar.Attribute(name)!.Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void GapsBreakTheLineAndSinglePointsAreSeen()
    {
        var drawing = Draw(new LineChart(s_text, [Series("dfa", 1, 3, 2, double.NaN, 1, double.NaN, 0.5, 0.4)]));
        var line = drawing.Descendants("path").Single(path => path.Attribute("class")!.Value.StartsWith("line", StringComparison.Ordinal));
        Assert.Equal(2, line.Attribute("d")!.Value.Count(c => c == 'M'));
        Assert.Equal(5, drawing.Descendants("circle").Count());
        Assert.Equal("3.5", drawing.Descendants("circle").ElementAt(2).Attribute("r")!.Value);
        Assert.Equal("dfa: 1", drawing.Descendants("circle").ElementAt(2).Value);
    }

    [Fact]
    public void EmptyChartsSaySoInWords()
    {
        Assert.Contains("No epoch is done yet.", Draw(new LineChart(s_text, [Series("dfa", 1, double.NaN)])).Root!.Value,
            StringComparison.Ordinal);
        var page = new Markup();
        new HeatMap("dfa", [], "There are no test samples.").Draw(page);
        Assert.Contains("There are no test samples.", page.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TooManyLinesForNamesGetALegend()
    {
        var few = Draw(new LineChart(s_text, [.. Enumerable.Range(0, 5).Select(i => Series($"rule {i}", i, 1, 2))]));
        var many = Draw(new LineChart(s_text, [.. Enumerable.Range(0, 13).Select(i => Series($"rule {i}", i, 1, 2))]));
        Assert.Equal(5, few.Descendants("line").Count(line => line.Attribute("class")!.Value.StartsWith("lead", StringComparison.Ordinal)));
        Assert.DoesNotContain(many.Descendants("line"),
            line => line.Attribute("class")!.Value.StartsWith("lead", StringComparison.Ordinal));
        Assert.All(Enumerable.Range(0, 13), i => Assert.Contains(many.Descendants("text"), text => text.Value == $"rule {i}"));
    }

    [Fact]
    public void NumbersDoNotDependOnTheReadersLanguage()
    {
        var chart = new LineChart(s_text, [Series("dfa", 1, 0.25, 0.75, 0.5)]);
        var before = CultureInfo.CurrentCulture;
        try
        {
            var plain = Draw(chart).ToString();
            CultureInfo.CurrentCulture = new("de-DE");
            Assert.Equal(plain, Draw(chart).ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void LargeHeatMapsStaySmall()
    {
        var page = new Markup();
        new HeatMap("a hundred classes", [.. Enumerable.Range(0, 100)
            .Select(i => Enumerable.Range(0, 100).Select(j => i == j ? 50L : 1 + (i * j) % 7).ToArray())], "").Draw(page);
        Assert.InRange(page.ToString().Length, 50_000, 200_000);
        XDocument.Parse(page.ToString());
    }

    private static XDocument Draw(LineChart chart) => Draw(chart.Draw);

    private static XDocument Draw(Action<Markup> draw)
    {
        var page = new Markup();
        draw(page);
        return XDocument.Parse(page.ToString());
    }

    private static ChartSeries Series(string label, int number, params double[] values) =>
        new(label, number, [.. values.Select((value, i) =>
            new ChartPoint(i + 1, value, value - 0.1, value + 0.1, $"{label}: {value.ToString(CultureInfo.InvariantCulture)}"))]);
}

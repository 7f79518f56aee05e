using Concord.Experiments;
using Microsoft.Playwright;

namespace Concord.Tests.Experiments;

/// <summary>A test in a real browser; skipped, and said so, on a machine that has none.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public static string? Browser { get; } = new[] { Environment.GetEnvironmentVariable("CONCORD_BROWSER"), "/usr/bin/chromium",
        "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    public BrowserFactAttribute()
    {
        if (Browser is null) Skip = "No browser: no Chromium in /usr/bin or in CONCORD_BROWSER (apt-get install chromium).";
    }
}

/// <summary>
/// The same where axe-core is there too, which npm has: <c>npm install axe-core</c>, and CONCORD_AXE names its axe.min.js.
/// </summary>
internal sealed class AxeFactAttribute : FactAttribute
{
    public static string? Axe { get; } = new[] { Environment.GetEnvironmentVariable("CONCORD_AXE"),
        "/usr/lib/node_modules/axe-core/axe.min.js", "/usr/local/lib/node_modules/axe-core/axe.min.js" }.FirstOrDefault(File.Exists);

    public AxeFactAttribute()
    {
        if (BrowserFactAttribute.Browser is null || Axe is null)
            Skip = "No Chromium (CONCORD_BROWSER), or no axe-core (npm install axe-core; CONCORD_AXE names its axe.min.js).";
    }
}

/// <summary>
/// The report as a reader sees it: light and dark, wide and narrow. Fails on a word from the console, a request to anywhere, an
/// empty chart, labels that overlap or leave their chart, a page wider than the window.
/// </summary>
public sealed class ReportBrowserTests(SampleRuns runs) : IClassFixture<SampleRuns>
{
    private static readonly string[] s_arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"];

    private const string Faults =
        """
        () => {
          const faults = [], charts = [...document.querySelectorAll('svg.chart')];
          if (charts.length < 9) faults.push(`only ${charts.length} charts`);
          for (const chart of charts) {
            const name = chart.getAttribute('aria-label'), frame = chart.getBoundingClientRect();
            if (!chart.querySelector('circle, polygon, rect.heat, .none')) faults.push(`${name}: empty`);
            const texts = [...chart.querySelectorAll('text')].map(text => [text.firstChild.textContent, text.getBoundingClientRect()]);
            texts.forEach(([text, a], i) => {
              if (a.width < 1 || a.height < 1) faults.push(`${name}: '${text}' is not seen`);
              if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1)
                faults.push(`${name}: '${text}' leaves the chart`);
              for (const [other, b] of texts.slice(i + 1))
                if (a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
                  faults.push(`${name}: '${text}' on '${other}'`);
            });
          }
          for (const head of document.querySelectorAll('tbody th:not(.long)'))
            if (head.getClientRects().length !== 1 || head.offsetHeight > 40) faults.push(`'${head.textContent}' is broken`);
          if (document.documentElement.scrollWidth > window.innerWidth) faults.push('the page is wider than the window');
          return faults.join('\n');
        }
        """;

    /// <summary>What axe-core finds of WCAG and of good practice, in light and dark.</summary>
    [AxeFact]
    public async Task NothingKeepsAnybodyFromReadingIt()
    {
        var file = Path.Combine(runs.Root, Report.FileName);
        Report.Of([runs.Root]).Write(file);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
            { ExecutablePath = BrowserFactAttribute.Browser, Args = s_arguments });
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            var page = await browser.NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = 1280, Height = 800 },
                BypassCSP = true });
            await page.GotoAsync(new Uri(file).AbsoluteUri);
            await page.AddScriptTagAsync(new() { Path = AxeFactAttribute.Axe });
            Assert.Equal("", await page.EvaluateAsync<string>(
                "async () => (await axe.run()).violations.map(one => `${one.id}: ${one.nodes[0].html}`).join('\\n')"));
            await page.CloseAsync();
        }
    }

    [BrowserFact]
    public async Task ThePageIsFitToRead()
    {
        var file = Path.Combine(runs.Root, Report.FileName);
        Report.Of([runs.Root]).Write(file);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
            { ExecutablePath = BrowserFactAttribute.Browser, Args = s_arguments });
        Dictionary<ColorScheme, double> brightness = [];
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            foreach (var width in new[] { 1280, 390 })
            {
                var page = await browser.NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 } });
                List<string> said = [];
                page.Console += (_, message) => said.Add(message.Text);
                page.PageError += (_, error) => said.Add(error);
                page.Request += (_, request) =>
                    said.AddRange(request.Url.StartsWith("file:", StringComparison.Ordinal) ? [] : [request.Url]);
                await page.GotoAsync(new Uri(file).AbsoluteUri);
                Assert.Equal("", await page.EvaluateAsync<string>(Faults));
                Assert.Empty(said);
                brightness[scheme] =
                    await page.EvaluateAsync<double>("() => Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])");
                Assert.Contains("backprop", await page.EvaluateAsync<string>(
                    "() => { getSelection().selectAllChildren(document.querySelector('svg.chart')); return getSelection().toString(); }"),
                    StringComparison.Ordinal);
                await page.CloseAsync();
            }
        Assert.True(brightness[ColorScheme.Light] > 240 && brightness[ColorScheme.Dark] < 40,
            $"light {brightness[ColorScheme.Light]}, dark {brightness[ColorScheme.Dark]}");
    }
}

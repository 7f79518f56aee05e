using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Concord.Tests.Cli;

namespace Concord.Tests.Docs;

/// <summary>
/// The programs in the folder samples, run as their first lines say. These build the library again, and so take their time; two of them are
/// run by <see cref="PluginCommandTests"/> each time.
/// </summary>
public sealed class SampleTests : IDisposable
{
    private static readonly string s_samples = Path.Combine(Repository.Root, "samples");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EachSaysHowItIsRunAndIsTested()
    {
        string[] names = [.. Directory.GetFiles(s_samples, "*.cs").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(["cost-table.cs", "new-layer.cs", "new-rule.cs", "own-data.cs", "predict-service.cs"], names);
        foreach (var name in names)
        {
            var text = File.ReadAllText(Path.Combine(s_samples, name));
            Assert.Contains($"dotnet run -c Release samples/{name}", text.Split('\n')[0], StringComparison.Ordinal);
            Assert.Contains("\n#:project ../src/Concord/Concord.csproj\n", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("new-rule.cs", "run", "of the test samples are right", "fc2: cosine with the true gradient")]
    [InlineData("new-layer.cs", "run", "of the test samples are right")]
    [InlineData("own-data.cs", "run", "of the test samples are right", "point 1: green")]
    [InlineData("cost-table.cs", "mlp:784-1000-10", "sparse-dfa")]
    public async Task ItDoesWhatItSays(string sample, string argument, params string[] said)
    {
        using var process = Start(sample, argument == "run" ? _folder["run"] : argument);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
        Assert.All(said, text => Assert.Contains(text, output, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task BuiltTheRuleIsAPlugin()
    {
        using var building = Begin("build", "-c", "Release", "samples/new-rule.cs", "--output", _folder["my-rules"]);
        var said = building.StandardError.ReadToEndAsync();
        var output = await building.StandardOutput.ReadToEndAsync();
        await building.WaitForExitAsync();
        Assert.True(building.ExitCode == 0, output + await said);
        using var program = new ConcordProgram();
        var trained = program.Run("train --data csv:table.csv --batch 8 --epochs 1 --rule rare-transport --plugin "
            + _folder["my-rules/new-rule.dll"]);
        Assert.True(trained.ExitCode == 0, trained.Error);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task TheServiceAnswers()
    {
        using (var training = Start("own-data.cs", _folder["run"])) await training.WaitForExitAsync();
        var address = $"http://127.0.0.1:{FreePort()}";
        using var service = Start("predict-service.cs", _folder["run"], "--urls", address);
        try
        {
            using var client = new HttpClient();
            Assert.Contains("\"takes\":2", await Patiently(service, () => client.GetStringAsync($"{address}/")), StringComparison.Ordinal);
            float[][] right = [[0, 1], [0.9f, -0.5f]], wrong = [[0, 1, 2]];
            using var answer = await client.PostAsJsonAsync($"{address}/predict", right);
            Assert.Contains("\"label\":\"red\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            using var refused = await client.PostAsJsonAsync($"{address}/predict", wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("The inputs have 3 features", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            using var missing = await client.PostAsJsonAsync($"{address}/predict", new float[]?[] { null });
            Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        }
        finally
        {
            service.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string sample, params string[] words) =>
        Begin(["run", "-c", "Release", $"samples/{sample}", "--", .. words]);

    private static Process Begin(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", words)
            { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);   // of the program that runs the tests
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // It is built first.
    private static async Task<string> Patiently(Process service, Func<Task<string>> ask)
    {
        for (var waited = Stopwatch.StartNew(); ;)
            try
            {
                return await ask();
            }
            catch (HttpRequestException) when (waited.Elapsed < TimeSpan.FromMinutes(5))
            {
                Assert.False(service.HasExited, service.HasExited ? await service.StandardError.ReadToEndAsync()
                    + await service.StandardOutput.ReadToEndAsync() : "");
                await Task.Delay(TimeSpan.FromMilliseconds(300));
            }
    }
}

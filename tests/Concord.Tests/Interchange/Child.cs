using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Concord.Interchange;

namespace Concord.Tests.Interchange;

/// <summary>
/// A process of its own to be killed in. The test assembly is a program too: started with the variable
/// <c>CONCORD_TEST_CHILD</c> it plays one small scene and ends.
/// </summary>
internal static class Child
{
    private const string Variable = "CONCORD_TEST_CHILD";
    internal const int KilledExitCode = 137;   // 128 + SIGKILL

    /// <summary>Writes a file atomically.</summary>
    internal const string Write = "write";

    /// <summary>Appends three lines to a file.</summary>
    internal const string Append = "append";

    /// <summary>Takes the lock of a folder, says so and waits for its input to end.</summary>
    internal const string Hold = "hold";

    internal static Process Start(string scene, string path, string fault = "")
    {
        var start = new ProcessStartInfo(Host)
            { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(Child).Assembly.Location);
        start.Environment[Variable] = $"{scene} {path}";
        start.Environment[FaultInjection.Variable] = fault;
        return Process.Start(start)!;
    }

    internal static async Task<(int ExitCode, string Output)> Run(string scene, string path, string fault)
    {
        using var process = Start(scene, path, fault);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    // CA2255: an initializer of the module is the one place that runs before the entry point that the test SDK generates.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void PlayIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } setting) return;
        var (scene, path) = (setting[..setting.IndexOf(' ')], setting[(setting.IndexOf(' ') + 1)..]);
        try
        {
            switch (scene)
            {
                case Write:
                    AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes("new")));
                    break;
                case Append:
                    using (var lines = JsonLinesFile.Open(path))
                        for (var epoch = 1; epoch <= 3; epoch++) lines.Append(json => json.WriteNumber("epoch", epoch));
                    break;
                default:
                    using (FolderLock.Take(path))
                    {
                        Console.WriteLine("held");
                        Console.In.ReadToEnd();
                    }
                    break;
            }
        }
        catch (ConcordException e)
        {
            Console.Error.Write(e.Message);
            Environment.Exit(2);
        }
        Environment.Exit(0);
    }

    private static string Host => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path : "dotnet";
}

using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Concord.Cli.Views;
using Concord.Data;
using Concord.Diagnostics;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Cli.Commands;

/// <summary>What this machine has, and whether the engine computes what it should on it.</summary>
internal static class DoctorCommand
{
    private const string Package = "apt-get install -y libdnnl2";

    public static Command Create()
    {
        var command = new Command("doctor", "Shows what this machine has, and checks the engine's arithmetic.");
        var engine = new Option<string>("--engine")
            { HelpName = "NAME", Description = "auto, managed or onednn", DefaultValueFactory = _ => "auto" };
        var threads = new Option<string>("--threads")
            { HelpName = "N", Description = "threads of the engine; 0 for one per processor", DefaultValueFactory = _ => "0" };
        var root = new Option<string?>("--data-root") { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };
        command.Add(engine);
        command.Add(threads);
        command.Add(root);
        command.Add(Output.JsonOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var count = Options.OptionType.Whole().Read("--threads", parsed.GetRequiredValue(threads));
            return Run(session.Output, parsed.GetRequiredValue(engine), count, parsed.GetValue(root));
        });
        return command;
    }

    private static int Run(Output output, string engine, int threads, string? root)
    {
        string? notice = null;
        using var kernels = Engines.Create(engine, threads, line => notice = line);
        var error = EngineCheck.WorstError(kernels);
        var sound = EngineCheck.IsSound(error);
        var denormals = EngineCheck.Denormals(kernels);
        List<(string What, string Finding)> findings =
        [
            ("engine", kernels.Description),
            ("oneDNN", kernels.Name == "onednn" ? notice ?? $"found, {kernels.Version}" : notice is null ? "not asked for"
                : $"{notice} To install it: {Package}"),
            ("arithmetic", $"{(sound ? "ok" : "NOT OK")}: "
                + $"largest error of a product {error.ToString("0.0e0", CultureInfo.InvariantCulture)} sqrt k, against double precision"),
            ("denormals", denormals.Finding),
            ("precision bf16", Bfloat16(engine, kernels.Threads)),
            ("processor", $"{Things.Of(Environment.ProcessorCount, "thread")}, {RuntimeInformation.ProcessArchitecture}, "
                + $"vectors of {VectorBits()} bits{(Fma.IsSupported ? " with fused multiply-add" : "")}"),
            (".NET", $"{Environment.Version} on {RuntimeInformation.OSDescription}"),
            .. DataSource.All.Where(source => !source.IsBuiltIn && source.Locate(root) is not null)
                .Select(source => ($"data {source.Name}", source.Locate(root)!)),
            .. Missing(root),
            ("data looked for in", string.Join(", ", DataSource.Roots(root))),
            ("runs go to",
                $"{Path.GetFullPath("runs")} ({(IsWritable(Environment.CurrentDirectory) ? "writable" : "NOT writable: give --out")})"),
        ];
        var width = findings.Max(finding => finding.What.Length);
        foreach (var (what, finding) in findings) output.Explain($"{what.PadRight(width)}  {finding}", indent: width + 2);
        output.Event("doctor", () => new DoctorEvent(
            kernels.Name, kernels.Version, kernels.InstructionSet, kernels.Threads, sound, double.IsFinite(error) ? error : double.MaxValue,
            denormals.Flushed, findings.ToDictionary(one => one.What, one => one.Finding)));
        return sound ? 0 : Application.Failed;
    }

    private static IEnumerable<(string What, string Finding)> Missing(string? root)
    {
        var missing = DataSource.All.Where(source => source.CanBeFetched && source.Locate(root) is null)
            .Select(source => source.Name).ToList();
        return missing.Count == 0 ? [] : [("data not here", $"{string.Join(", ", missing)}; concord data fetch NAME gets one")];
    }

    private static string Bfloat16(string engine, int threads)
    {
        if (Engines.Bfloat16Obstacle(engine, threads) is { } obstacle) return $"no: {obstacle}";
        using var narrow = Engines.Create(engine, threads, precision: Precision.Bfloat16);
        return $"{narrow.InstructionSet} (--precision bf16)";
    }

    private static int VectorBits() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128 : 0;

    private static bool IsWritable(string folder)
    {
        try
        {
            var path = Path.Combine(folder, $".concord-{Guid.NewGuid():N}");
            using (File.Create(path, 1, FileOptions.DeleteOnClose)) return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

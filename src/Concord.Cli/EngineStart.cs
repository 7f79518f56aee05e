using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Cli;

/// <summary>Starts the engine that settings ask for, and says which one it is.</summary>
internal static class EngineStart
{
    /// <param name="settings">Become those of the engine that runs, so that a resumed run asks for the same.</param>
    /// <param name="output">Told which.</param>
    public static Kernels Start(ref RunSettings settings, Output output)
    {
        var kernels = Engines.Create(settings.Engine, settings.Threads, output.Say);
        settings = settings with { Engine = kernels.Name, Threads = kernels.Threads };
        output.Say($"engine  {kernels.Description}");
        return kernels;
    }
}

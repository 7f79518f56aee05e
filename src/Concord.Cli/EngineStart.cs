using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Cli;

/// <summary>Starts the engine that settings ask for, and says which one it is.</summary>
internal static class EngineStart
{
    /// <param name="settings">Become those of the engine that runs, so that a resumed run asks for the same.</param>
    /// <param name="output">Told which.</param>
    /// <param name="onlyAnswers">Whether nothing is trained: then a network that learned in bf16 also answers where there is none.</param>
    public static Kernels Start(ref RunSettings settings, Output output, bool onlyAnswers = false)
    {
        if (onlyAnswers && settings.Precision == Precision.Bfloat16
            && Engines.Bfloat16Obstacle(settings.Engine, settings.Threads) is { } obstacle)
        {
            output.Say($"The network learned with products in bf16 and answers in float32 here: {obstacle}.");
            settings = settings with { Precision = Precision.Full };
        }
        var kernels = settings.StartEngine(output.Say);
        settings = settings with { Engine = kernels.Name, Threads = kernels.Threads };
        output.Say($"engine  {kernels.Description}");
        return kernels;
    }
}

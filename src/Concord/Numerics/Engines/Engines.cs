namespace Concord.Numerics.Engines;

/// <summary>Starts the engine that does the arithmetic.</summary>
public static class Engines
{
    private const int MostThreads = 1024;

    /// <summary>The names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "managed", "onednn", "double"];

    /// <summary>Starts an engine. Dispose it when it is done with.</summary>
    /// <param name="name">
    /// <c>managed</c>: all in C#; <c>onednn</c>: matrix products by oneDNN; <c>auto</c>: the latter if the library is installed, else
    /// the former; <c>double</c>: double precision on one thread, for checking derivatives. The environment variable
    /// CONCORD_DNNL says where oneDNN is (a path), or hides it (<c>none</c>).
    /// </param>
    /// <param name="threads">How many threads share an operation; 0 for one per processor.</param>
    /// <param name="notice">Told in one line if oneDNN was to be had but is missing, and how to get it,
    /// or is of a version that was not tested.</param>
    /// <exception cref="ConcordException">There is no such engine or number of threads.</exception>
    public static Kernels Create(string name = "auto", int threads = 0, Action<string>? notice = null)
    {
        if (threads is < 0 or > MostThreads)
            throw new ConcordException($"The number of threads lies in 1..{MostThreads}, or is 0 for one per processor, "
                + $"but {threads} was given.");
        if (threads == 0) threads = Math.Min(Environment.ProcessorCount, MostThreads);
        switch (name)
        {
            case "managed":
                return new SingleKernels(threads);
            case "double":
                return new DoubleKernels();
            case "auto" or "onednn":
                var library = OneDnnLibrary.TryLoad(threads, out var missing);
                if (library is not null)
                {
                    if (OneDnnLibrary.CaveatOf(library.Version) is { } caveat) notice?.Invoke($"{caveat}.");
                    return OneDnnKernels.Start(library, threads);
                }
                notice?.Invoke($"oneDNN is not used: {missing}; the managed engine runs instead.");
                return new SingleKernels(threads);
            default:
                throw new ConcordException($"There is no engine '{name}'; the engines are {string.Join(", ", Names)}.");
        }
    }
}

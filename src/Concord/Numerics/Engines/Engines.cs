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
    /// <param name="precision">What operands of products are rounded to.</param>
    /// <param name="choices">
    /// Folder where the engine keeps which way it found fastest for products of each shape on this machine, and looks for it first; null to
    /// choose by a table, the same on every machine. The managed engine has one way only.
    /// </param>
    /// <param name="beside">
    /// An engine that lives longer, whose threads a oneDNN engine of as many uses too; null for threads of its own. Of two engines with
    /// threads of their own in one process each forks ten times as slowly, for OpenMP then waits for them asleep.
    /// </param>
    /// <exception cref="ConcordException">There is no such engine or number of threads, or it has no such precision here.</exception>
    public static Kernels Create(string name = "auto", int threads = 0, Action<string>? notice = null,
        Precision precision = Precision.Full, string? choices = null, Kernels? beside = null)
    {
        if (threads is < 0 or > MostThreads)
            throw new ConcordException($"The number of threads lies in 1..{MostThreads}, or is 0 for one per processor, "
                + $"but {threads} was given.");
        threads = CountOf(threads);
        name = KnownWords.Meant(name, Names) ?? name;
        var host = beside is OneDnnKernels other && other.Threads == threads ? other : null;
        if (precision == Precision.Bfloat16)
        {
            var (narrow, obstacle) = Bfloat16Library(name, threads);
            return narrow is not null ? new Bfloat16Kernels(narrow, threads, choices, notice, host)
                : throw new ConcordException($"Precision bf16 is not to be had: {obstacle}. Use precision float32.");
        }
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
                    return new OneDnnKernels(library, threads, choices, notice, host);
                }
                notice?.Invoke($"oneDNN is not used: {missing}; the managed engine runs instead.");
                return new SingleKernels(threads);
            default:
                throw new ConcordException($"There is no engine '{name}'. {KnownWords.Hint(name, Names)}");
        }
    }

    /// <summary>Why this machine has no engine with products in bf16, a clause for people; null where it has one.</summary>
    /// <param name="name">The engine that is asked for.</param>
    /// <param name="threads">Its threads.</param>
    public static string? Bfloat16Obstacle(string name = "auto", int threads = 0) => Bfloat16Library(name, threads).Obstacle;

    /// <summary>Asked by Concord itself, since oneDNN computes in bf16 anywhere, without instructions for it more slowly.</summary>
    private static (OneDnnLibrary? Library, string? Obstacle) Bfloat16Library(string name, int threads)
    {
        if (name is not ("auto" or "onednn")) return (null, $"it is the engine onednn that has it, but {name} was asked for");
        if (OneDnnLibrary.TryLoad(CountOf(threads), out var missing) is not { } library)
            return (null, $"it takes oneDNN, but {missing}");
        if (!library.HasPrimitives) return (null, $"it takes oneDNN 2.x, but {library.Version} was found");
        return library.Bfloat16Instructions is null
            ? (null, $"it takes a processor with AMX or AVX-512 BF16, but this one has {library.InstructionSet}")
            : (library, null);
    }

    private static int CountOf(int threads) => threads == 0 ? Math.Min(Environment.ProcessorCount, MostThreads) : threads;
}

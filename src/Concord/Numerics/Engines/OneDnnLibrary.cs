using System.Globalization;
using System.Runtime.InteropServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// oneDNN, Intel's and others' library of fast products, where it is installed: found at run time, so that Concord neither
/// ships nor needs it.
/// </summary>
internal sealed unsafe partial class OneDnnLibrary
{
    /// <summary>Where the library is sought instead of the usual names: a path, or <see cref="Hidden"/>.</summary>
    public const string PathVariable = "CONCORD_DNNL";

    /// <summary>The value of <see cref="PathVariable"/> that says it is to be taken for missing.</summary>
    public const string Hidden = "none";

    private static readonly string[] Names = ["libdnnl.so.2", "libdnnl.so.3", "libdnnl.so"];

    private readonly nint _handle;
    private readonly int _instructions;
    private readonly delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int> _sgemm;

    private OneDnnLibrary(nint handle)
    {
        _sgemm = (delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int>)
            NativeLibrary.GetExport(handle, "dnnl_sgemm");
        var version = ((delegate* unmanaged<int*>)NativeLibrary.GetExport(handle, "dnnl_version"))();
        Version = string.Create(CultureInfo.InvariantCulture, $"{version[0]}.{version[1]}.{version[2]}");
        InstructionSet = NativeLibrary.TryGetExport(handle, "dnnl_get_effective_cpu_isa", out var isa)
            ? NameOf(_instructions = ((delegate* unmanaged<int>)isa)())
            : "unknown";
        OpenMp = OpenMp.Of(handle);
        _handle = handle;
    }

    /// <summary>As <c>2.6.3</c>.</summary>
    public string Version { get; }

    /// <summary>The widest vector instructions that it uses here.</summary>
    public string InstructionSet { get; }

    /// <summary>The OpenMP runtime that it shares its work with; null if it was built upon something else.</summary>
    public OpenMp? OpenMp { get; }

    /// <summary>Its convolutions; null where its version has other calls than 2.x, with which this program was tested.</summary>
    /// <param name="bfloat16">Where images stand in bf16, if they are to be read so.</param>
    public OneDnnConvolutions? Convolutions(OneDnnConvolutions.Operand? bfloat16 = null) => OneDnnConvolutions.Of(_handle, bfloat16);

    /// <summary>Whether its version is called as 2.x, so that it has convolutions and products in bf16.</summary>
    public bool HasPrimitives => NativeLibrary.TryGetExport(_handle, "dnnl_matmul_desc_init", out _);

    /// <summary>Its products by primitives; null where its version has other calls than 2.x.</summary>
    /// <param name="type">What the operands are, as <see cref="OneDnnPrimitives.Single"/>.</param>
    public OneDnnProducts? Products(int type) => OneDnnProducts.Of(_handle, type);

    /// <summary>One of <see cref="Bfloat16Instructions"/>: a processor's unit for products of small matrices.</summary>
    public const string Amx = "AMX";

    /// <summary>How it multiplies numbers in bf16 here; null where the processor has no instructions for them, and it would compute
    /// them as singles, more slowly than singles.</summary>
    public string? Bfloat16Instructions => _instructions switch
    {
        _ when (_instructions & 0x200) != 0 => Amx,
        _ when (_instructions & 0x80) != 0 => "AVX-512 BF16",
        _ => null,
    };

    /// <summary>What is to be said of a version, a clause for people; null of 2.x.</summary>
    internal static string? CaveatOf(string version) => version.StartsWith("2.", StringComparison.Ordinal)
        ? null
        : $"oneDNN {version} is not 2.x, with which this program was tested: its matrix products are used as they are, untested, "
            + "and its convolutions only if they are called as in 2.x, else they run as matrix products";

    /// <summary>Loads the library.</summary>
    /// <param name="threads">How many threads OpenMP is told of, if this is the first time that it is loaded.</param>
    /// <param name="missing">Why there is none, if null comes back, and what to do: a clause for people.</param>
    public static OneDnnLibrary? TryLoad(int threads, out string missing)
    {
        var path = Environment.GetEnvironmentVariable(PathVariable);
        missing = path switch
        {
            null or "" => $"none of {string.Join(", ", Names)} was found (install it, as by 'apt install libdnnl2', "
                + $"or set {PathVariable} to its path)",
            Hidden => $"{PathVariable}={Hidden} hides it (unset it to have oneDNN back)",
            _ => $"{PathVariable}={path} could not be loaded (set it to the path of libdnnl, or unset it)",
        };
        if (path == Hidden) return null;
        OpenMp.Configure(threads);
        foreach (var name in string.IsNullOrEmpty(path) ? Names : [path])
        {
            if (!NativeLibrary.TryLoad(name, out var handle)) continue;
            try
            {
                return new OneDnnLibrary(handle);
            }
            catch (EntryPointNotFoundException)
            {
                NativeLibrary.Free(handle);
                missing = $"{name} is not oneDNN: it has no dnnl_sgemm or dnnl_version";
            }
        }
        return null;
    }

    /// <summary>
    /// y = beta y + alpha op(a) op(b), all dense and row-major, no extent zero. Nor may alpha be: with alpha = beta = 0,
    /// version 2.6.3 leaves what is not a number in y as it stands.
    /// </summary>
    /// <exception cref="InvalidOperationException">The library refused.</exception>
    public void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, float* b, float beta, float* y)
    {
        var status = _sgemm((byte)(transposeA ? 'T' : 'N'), (byte)(transposeB ? 'T' : 'N'), m, n, k,
            alpha, a, transposeA ? m : k, b, transposeB ? k : n, beta, y, n);
        if (status != 0)
            throw new InvalidOperationException($"oneDNN {Version} refused a product {m}x{k} times {k}x{n} with status {status}.");
    }

    /// <summary>The bits of dnnl_cpu_isa_t: each set contains the narrower ones.</summary>
    private static string NameOf(int isa) => isa switch
    {
        _ when (isa & 0x20) != 0 => "AVX-512",
        _ when (isa & 0x4) != 0 => "AVX2",
        _ when (isa & 0x2) != 0 => "AVX",
        _ => "128-bit",
    };
}
